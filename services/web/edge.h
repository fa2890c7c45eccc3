#pragma once
// edge - what the HTTP face makes of a request and of an answer, pure: bytes in, bytes out. The
// library around it only moves them, so it can be replaced, and tests need none.
//
// web holds no secret of the payment system: a notice's raw fields go to payment as they came, and
// only what payment has committed is answered with OK{InvId}. A bad signature and an unknown
// invoice look the same from outside.
// Ownership: results lie in the caller's struct. Threads: any.
// Source: Robokassa's protocol §2.1-2.3; findings §3.3, §3.6.
#include "proto/request.h"

enum {
    EDGE_BODY_MAX = 16 * 1024, // of a received body or query
    EDGE_REPLY_MAX = 4096
};

typedef enum {
    EDGE_NOTICE,  // ResultURL
    EDGE_SUCCESS, // the browser came back from a payment
    EDGE_FAIL,    // the browser came back without one
    EDGE_HEALTH,
    EDGE_NOT_FOUND,
    EDGE_NOT_ALLOWED // the method
} edge_route_t;

typedef struct {
    unsigned status;
    const char *content_type;
    char body[EDGE_REPLY_MAX];
    size_t size;
} edge_reply_t;

edge_route_t edge_route(const char *method, const char *path);

// Fills in the request to payment: the decoded fields, packed into `buffer` (EDGE_BODY_MAX * 4
// suffices). FAIL_INVALID if `form` is not well-formed or too long.
fail_t edge_request(edge_route_t route, const char *form, size_t size, const uid_t16 *id,
                    uint8_t *buffer, size_t cap, request_t *ret_request);

// What the other side of the HTTP connection gets. `fail` is the call's own failure or the
// answer's.
void edge_reply(edge_route_t route, fail_t fail, const answer_t *answer, bool english,
                edge_reply_t *ret_reply);
