#pragma once
// notify_decide_contact - commands about contacts: set, confirmed, erased. What a contact is goes
// into the side store, that there is one into the event of the same commit.
// Source: docs/rules.md "Contacts".
#include "services/notify/notify_state.h"

fail_t notify_decide_contact_set(const notify_state_t *self, const request_contact_set_t *asked,
                                 decision_t *out);
fail_t notify_decide_contact_confirm(const notify_state_t *self,
                                     const request_contact_confirm_t *asked, decision_t *out);
fail_t notify_decide_contact_choose(const notify_state_t *self,
                                    const request_contact_choose_t *asked, decision_t *out);
fail_t notify_decide_contact_erase(const notify_state_t *self, const request_contact_erase_t *asked,
                                   decision_t *out);
