#pragma once
// web_visit - one request of the customer's page: who he is, what his form says, what is asked of
// the processes for him, and the page that comes of it. Pure.
//
// A step is called when the request is there whole, and again whenever all that it asked has come
// back; it says true when the reply is ready. Account, and what may be done in its name, come from
// the platform's access token alone, never from a path or a form. A state changes only by POST,
// from our own pages (Sec-Fetch-Site, or else Origin), for who is signed in, with a ticket. At the
// operators' desk (web_site.h) the account is the one that he looks at, zero for none, and no page
// of a customer changes anything.
// Units: microseconds of real time; milliseconds that never go back. Ownership: owns its questions,
// its page and its memory; headers, form and site are borrowed. Failures: its reply says so.
// Threads: the pages' listener.
#include "proto/field.h"
#include "proto/form.h"
#include "services/web/page_made.h"
#include "services/web/web_question.h"
#include "services/web/web_site.h"

enum {
    VISIT_ASKS_MAX = 12,
    VISIT_PAGE_MAX = 256 * 1024,
    VISIT_TEXT_MAX = 8192,  // a Location: of Robokassa's page, with a receipt
    VISIT_BLOCK_MS = 300,   // how long a block of a page is waited for
    VISIT_LEDGER_MS = 2000, // and the sums, without which there is no page
    VISIT_COMMAND_MS = 8000,
    VISIT_HEADERS_MAX = 4,
    VISIT_HEADER_MAX = 1024,
    VISIT_AGAIN_MAX = FORM_FIELDS_MAX // of a form that is offered once more
};

// Headers as they came; NULL for what did not.
typedef struct {
    const char *cookie, *host, *origin, *fetch_site, *fetch_dest, *purpose, *language,
        *authorization, *content_type, *accept, *if_none_match, *idempotency_key, *last_event_id;
    uint8_t address[16]; // behind the proxy
} web_head_t;

typedef struct web_visit {
    web_site_t *site;
    void *face; // what the steps of another face share (web_listener.h)
    web_head_t head;
    const char *method, *path; // path as in the request line, without the query
    span_t query, body;
    bool too_long, takes_file; // the second: as its route says
    instant_t now;
    int64_t now_ms;
    unsigned round; // 0 at the first call of its step

    bool signed_in, reads, pays;
    web_session_t *session; // in this call only
    uid_t16 account;
    char account_text[40], viewed_text[UID_TEXT_SIZE]; // for a page; the second whole, at the desk
    char *access_token;
    language_t language;
    char sign_out[TICKET_SIZE + 1];

    form_t form; // of the body, or else of the query
    char *form_buffer;

    web_question_t asks[VISIT_ASKS_MAX];
    request_t requests[VISIT_ASKS_MAX];
    size_t asks_count, asked; // those before `asked` went out in earlier rounds

    feed_batch_t batch; // of the question that pushes, if one does

    void *own;                  // of the step, from visit_own
    void (*end_own)(void *own); // frees what that owns; NULL for nothing
    char *counters;             // of web itself, as lines of a status: for /metrics alone
    // the reply
    unsigned status, retry_s;
    const char *content_type;
    char *page;
    size_t page_size;
    char location[VISIT_TEXT_MAX], cookie[256], disposition[96];
    struct {
        const char *name;
        char value[VISIT_HEADER_MAX];
    } headers[VISIT_HEADERS_MAX]; // further ones
    size_t headers_count;
    bool cached;       // a static file
    bool pays_outside; // the page has a form that ends at the payment system
} web_visit_t;

typedef bool web_step_fn(web_visit_t *visit);

void web_visit_release(web_visit_t *self);
// Reads who it is and what the form says. False: the reply is ready, for it is refused as a whole.
bool web_visit_begin(web_visit_t *self);

// For steps. Each says true, as the step then does, when the reply is ready.
bool visit_needs_customer(web_visit_t *self, bool pays); // true: he must sign in first
bool visit_needs_own_page(web_visit_t *self);            // true: the form was another site's
bool visit_is_limited(web_visit_t *self, char kind, int64_t each_ms, int64_t burst);
// The same of the address that he comes from, whoever he is.
bool visit_address_is_limited(web_visit_t *self, char kind, int64_t each_ms, int64_t burst);
void *visit_own(web_visit_t *self, size_t size); // zeroes at first, then what was left in it

span_t visit_field(const web_visit_t *self, const char *name); // empty if it is not there
bool visit_number(span_t text, uint64_t *ret_number);          // digits alone; 0 for an empty one
// Are there only fields of these names, each once at most? NULL ends them.
bool visit_form_has_only(const web_visit_t *self, const char *const *names);
bool visit_ticket(const web_visit_t *self, const char *route, web_ticket_t *ret_ticket);
void visit_new_ticket(const web_visit_t *self, const char *route, const char *seen,
                      char ret_text[TICKET_SIZE + 1]);

// Adds a question in the customer's name; fill in its fields. A command wants its id set.
request_t *visit_ask(web_visit_t *self, web_door_id_t door, request_type_t type,
                     int64_t patience_ms);
void visit_forget(web_visit_t *self); // the questions so far
// What came of the n-th question: NULL if it failed, and visit_fail says how.
const answer_t *visit_answer(const web_visit_t *self, size_t index);
fail_t visit_fail(const web_visit_t *self, size_t index);

page_frame_t visit_frame(web_visit_t *self, text_id_t title, uint64_t sequence);
writer_t visit_writer(web_visit_t *self); // of the page
bool visit_show(web_visit_t *self, unsigned status, writer_t *writer);
bool visit_redirect(web_visit_t *self, const char *location);
// A page that says one thing. `back` is where a sign-in leads to, "" for the balance.
bool visit_say(web_visit_t *self, unsigned status, text_id_t title, text_id_t why);
bool visit_say_failure(web_visit_t *self, fail_t fail); // docs/failures.md as HTTP
bool visit_say_again(web_visit_t *self, const char *route, const char *const *names); // E9
