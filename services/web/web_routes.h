#pragma once
// web_routes - the one table of what this process serves: a row says where, by which methods, what
// is asked for it, for how long, and what is made of the answer. A new page is a row.
//
// Ownership: rows are static. Failures: none. Threads: any.
#include "services/web/edge.h"
#include "services/web/web_question.h"
#include "services/web/web_reply.h"
#include "services/web/web_visit.h"

// Bits: the listeners that serve a row, and those that a listener stands for. Where notices have no
// listener of their own, one stands for both.
enum { WEB_PAGES = 1 << 0, WEB_NOTICES = 1 << 1, WEB_METRICS = 1 << 2 };

// Bits of `methods`.
enum {
    WEB_GET = 1 << 0,
    WEB_POST = 1 << 1,
    WEB_ANY = 1 << 2 // the step says what it takes
};

typedef struct web_route {
    const char *path; // as it stands on the wire: none has an escape
    unsigned served;  // WEB_PAGES, WEB_NOTICES or WEB_METRICS
    unsigned methods;
    size_t form_max;     // bytes of the body, or else of the query; 0: neither is read
    web_lane_t lane;     // whose places in the queue its question takes
    int64_t deadline_ms; // of the question, from when the request is there whole
    edge_read_fn *read;  // what is asked
    web_reply_fn *reply; // what is rendered
    // Or else, of the customer's page, its steps; `prefix` takes every path that goes on from it.
    web_step_fn *step;
    bool prefix;
    bool takes_file; // its body is multipart/form-data, which the step reads
    bool inner;      // for who runs us: its steps know no customer, and need no page
} web_route_t;

// Of every other path, where the customer's page is served.
extern const web_route_t web_route_missing;

// NULL if no such path is served by a listener that stands for `served`. Another face of this
// program has another one, and is told NULL of a path with escapes.
typedef const web_route_t *web_route_find_fn(unsigned served, const char *path);
web_route_find_fn web_route_find;
bool web_route_takes(const web_route_t *self, const char *method);
const char *web_route_allow(const web_route_t *self); // for the header of a 405
