#pragma once
// page_sign - coming and going: the platform's one-use link, sign-out, the language, and what
// stands still (style and script).
//
// The link is /enter?k=TOKEN with an access token of the platform that is younger than a minute, is
// used for the first time and was not issued before we started; who holds it gets a session of his
// own, with a new random id. Ownership, failures, threads: as web_visit.h.
#include "services/web/web_visit.h"

web_step_fn page_sign_enter;
web_step_fn page_sign_in; // to the platform, if it is known where it signs people in
web_step_fn page_sign_out;
web_step_fn page_sign_language;
web_step_fn page_sign_root; // to the balance
web_step_fn page_sign_static;
web_step_fn page_sign_missing; // there is no such page
// An address of ours that somebody may be sent back to: a path with no host in it.
bool page_sign_is_own(span_t address);
