#pragma once
// desk_link - the one-time link that opens the desk: who can read the operator's secret
// certificate can make one, and nobody else.
//
// A link is a ticket (services/web/web_ticket.h) of the route /enter under a key that is derived
// from the secret key. So `kopeck-desk --link` needs no word with the process that runs: both
// derive the same key. It is good once, for DESK_LINK_US, at a desk that was started before it was
// made.
// Ownership: the key is the caller's, and wiped by him. Failures: false. Threads: any.
#include "services/web/web_site.h"
#include <czmq.h>

#define DESK_LINK_US (10 * MINUTE_US)

void desk_link_key(zcert_t *own, web_form_key_t *ret_key);
void desk_link_make(const web_form_key_t *key, const uid_t16 *id, char ret_text[TICKET_SIZE + 1]);

// For web_site_t: `arg` of the judge is the web_form_key_t. What is a link is good for a session of
// the operator, which is no customer's.
speaker_judge_fn desk_link_judge;
web_once_fn desk_link_once;
