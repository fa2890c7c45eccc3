#pragma once
// web_reply - what the other side of an HTTP connection gets, made from what payment answered.
// Pure.
//
// Whatever a stranger may send as a notice is answered with the same bytes, so an answer tells
// nobody whether an invoice exists. A notice that could not be decided upon is answered 503, and
// Robokassa repeats it.
// Ownership: all in the caller's struct; content_type and allow are static. Failures: none.
// Threads: any.
#include "proto/request.h"

enum { WEB_REPLY_MAX = 4096, WEB_REPLY_LOCATION_MAX = 64 };

typedef struct {
    unsigned status;
    const char *content_type;
    const char *allow;                     // of a 405: the methods that there are; else NULL
    char location[WEB_REPLY_LOCATION_MAX]; // of a redirect; else ""
    char body[WEB_REPLY_MAX];
    size_t size;
} web_reply_t;

// What came of a question. `fail` is its own failure or the answer's; the answer is read if it is
// FAIL_NONE.
typedef struct {
    fail_t fail;
    const answer_t *answer;
    bool english;  // what the reader reads; else Russian
    bool has_page; // the customer's page is served, which shows his payments
} web_outcome_t;

// One of the functions below.
typedef void web_reply_fn(const web_outcome_t *outcome, web_reply_t *ret_reply);

web_reply_fn web_reply_notice;
web_reply_fn web_reply_success; // to the payment's page, or what a payer who came back reads
web_reply_fn web_reply_failure; // and one who came back without having paid
web_reply_fn web_reply_health;

void web_reply_not_found(web_reply_t *ret_reply);
void web_reply_not_allowed(const char *allow, web_reply_t *ret_reply);
