#pragma once
// desk_change - what each command of the desk would change: which state it is asked for before,
// and what of it then stands where. Named by the command's subject.
//
// Sums are those of rules.md as a reader knows them: a refund is held of the balance's cash, a
// bonus raises the bonus. What the core adds (a claw-back, a closing's end of bonuses) is its own,
// and is seen after. Failures: changes->unknown where the state is not there. Threads: the
// pages' listener.
#include "tools/desk/desk_command.h"

#define SUBJECT(subject)                                                                           \
    bool desk_ask_##subject(web_visit_t *visit, const request_t *request, unsigned round);         \
    void desk_show_##subject(web_visit_t *visit, request_t *request, desk_changes_t *changes);
SUBJECT(hold)
SUBJECT(resume)
SUBJECT(revoke)
SUBJECT(post)
SUBJECT(bonus)
SUBJECT(void)
SUBJECT(close)
SUBJECT(reopen)
SUBJECT(limit)
SUBJECT(refund)
SUBJECT(cancel)
SUBJECT(refund_done)
SUBJECT(resolve)
SUBJECT(receipt)
SUBJECT(assign)
SUBJECT(settle)
SUBJECT(begin)
SUBJECT(add)
SUBJECT(stop)
SUBJECT(quotas)
SUBJECT(tariff)
SUBJECT(rate)
SUBJECT(withdraw)
#undef SUBJECT

// Of one process each, by its door.
void desk_show_proposal(web_visit_t *visit, request_t *request, desk_changes_t *changes);
void desk_show_policy(web_visit_t *visit, request_t *request, desk_changes_t *changes);
void desk_show_clock(web_visit_t *visit, request_t *request, desk_changes_t *changes);
