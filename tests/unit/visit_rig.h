#pragma once
// visit_rig - a request of the customer's page without HTTP: a site whose judge takes "read",
// "read pay" and nothing else for the customer 7…, and answers that a test makes up.
#include "services/web/web_visit.h"

extern web_site_t visit_rig_site;
extern web_visit_t visit_rig;

#define VISIT_RIG_NOW INT64_C(1795950300000000) // 29.11.2026 14:05 in Moscow
extern const uid_t16 visit_rig_account;

void visit_rig_begin(void); // a fresh site
// A fresh desk of Ivan's, who has come in by its link: what his browser sends as its cookie.
enum { VISIT_RIG_COOKIE = 96 };
void visit_rig_begin_desk(char ret_cookie[VISIT_RIG_COOKIE]);
// A request of our own page; a POST has its form as the body. `token` NULL: nobody is signed in.
bool visit_rig_come(const char *method, const char *path, const char *form, const char *token);
// A ticket for that route, as visit_new_ticket makes it, escaped by nothing: it needs none.
const char *visit_rig_ticket(const char *route, const char *seen);
void visit_rig_answer(size_t index, const answer_t *answer); // its fail is that of the asking
void visit_rig_fail(size_t from, fail_t fail);               // of all questions from there on
bool visit_rig_step(web_step_fn *step);                      // and the next round begins
bool visit_rig_shows(const char *text);
void visit_rig_end(void);

// A statement of these postings, in the caller's buffer.
typedef struct {
    uint64_t sequence, debit, credit, kind;
    kopecks_t amount, cash, bonus;
    uid_t16 reference;
    uint64_t usage; // metering's sequence that caused it
} visit_rig_posting_t;
answer_t visit_rig_statement(const visit_rig_posting_t *postings, size_t count, uint64_t next,
                             uint8_t *buffer, size_t size);
