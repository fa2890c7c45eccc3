#pragma once
// web_exchange - one HTTP request, from its first line to its reply, without the library around it:
// its route, its form, the question that is asked for it.
//
// The form is the body or, where there is none, the query. It is taken as it came, for the library
// decodes what we decode ourselves, once. It has the room that the route gives it; what is longer
// is read to its end and not kept.
//
// Ownership: made and destroyed by the listener; while its question is with the asker, the listener
// leaves it alone. Failures: no memory ends the process. Threads: one at a time.
#include "services/web/web_routes.h"

typedef struct {
    web_route_find_fn *find;  // whose routes; NULL: those of web
    const web_route_t *route; // NULL: there is none
    void *owner;              // of the connection that it came by
    bool routed, whole, asked, has_body, too_long;
    bool escaped; // the path: ours need none, and behind %00 it would end for some readers only
    bool wrong_method;
    bool has_page;      // the customer's page is served
    char *query, *form; // `form` is the body's
    size_t query_size, form_size, form_room;
    web_question_t question;
    web_visit_t *visit; // of the customer's page, instead of the question
    size_t waiting;     // questions that are with the asker
} web_exchange_t;

web_exchange_t *web_exchange_new(const char *uri); // as in the request line
void web_exchange_destroy(web_exchange_t **self_p);

// The head is in. `served` says for whom this listener stands (web_routes.h).
void web_exchange_route(web_exchange_t *self, unsigned served, const char *method,
                        const char *path);
void web_exchange_take(web_exchange_t *self, const char *data, size_t size); // of the body
// Is it one of the customer's page?
bool web_exchange_visits(const web_exchange_t *self);
// Is there anything to ask before it can be answered?
bool web_exchange_asks(const web_exchange_t *self);
// Reads the question; `buffer` has EDGE_PACKED_MAX bytes.
fail_t web_exchange_read(const web_exchange_t *self, const uid_t16 *id, uint8_t *buffer,
                         request_t *ret_request);
// The reply, once the question has come back or `question.fail` says why it was not asked. Before
// that it says that nothing is known yet.
void web_exchange_reply(const web_exchange_t *self, bool english, web_reply_t *ret_reply);
