#include "services/notify/notify_delivery.h"
#include "proto/codes.h"
#include "services/base/webhook.h"
#include "services/notify/notify_contact.h"
#include "services/notify/notify_notice.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRESH_MAX = 24, // flights of the undoubted, and of the others
    AGAIN_MAX = 16,
    FLIGHTS_MAX = FRESH_MAX + AGAIN_MAX,
    TIMEOUT_MS = 15000
};

typedef enum { FREE, WANTS_EVENT, WANTS_ROWS, SENDS } stage_t;

typedef struct {
    stage_t stage;
    bool fresh; // which places it takes
    uint64_t notice, of;
    uint8_t contact;
    uid_t16 account;
    event_t told; // has no slices
    // The request.
    char url[CONTACT_URL_MAX], name[NOTICE_NAME_MAX], body[NOTICE_BODY_MAX];
    char timestamp[WEBHOOK_TIMESTAMP_SIZE], signatures[WEBHOOK_SIGNATURES_SIZE];
    size_t url_size, body_size;
} flight_t;

struct notify_flights {
    flight_t flights[FLIGHTS_MAX];
    size_t fresh, again;
};

notify_flights_t *notify_flights_new(void)
{
    notify_flights_t *self = calloc(1, sizeof *self);
    assert(self);
    return self;
}

static void end(notify_flights_t *self, flight_t *flight)
{
    *(flight->fresh ? &self->fresh : &self->again) -= 1;
    explicit_bzero(flight, sizeof *flight);
}

void notify_flights_destroy(notify_flights_t **self_p)
{
    if (*self_p)
        explicit_bzero(*self_p, sizeof **self_p);
    free(*self_p);
    *self_p = NULL;
}

size_t notify_flights_count(const notify_flights_t *self)
{
    return self->fresh + self->again;
}

// --- whose turn it is ---

static bool has_place(const notify_flights_t *self, bool fresh)
{
    return fresh ? self->fresh < FRESH_MAX : self->again < AGAIN_MAX;
}

static void begin(notify_flights_t *self, const notify_delivery_t *row, bool fresh)
{
    flight_t *flight = self->flights;
    while (flight->stage != FREE)
        flight++;
    *flight = (flight_t){.stage = row->of ? WANTS_EVENT : WANTS_ROWS,
                         .fresh = fresh,
                         .notice = row->notice,
                         .of = row->of,
                         .contact = row->contact,
                         .account = row->account};
    *(fresh ? &self->fresh : &self->again) += 1;
}

size_t notify_delivery_begin(notify_flights_t *self, notify_outbox_t *outbox, instant_t now)
{
    size_t begun = 0;
    for (int fresh = 1; fresh >= 0; fresh--) {
        uint32_t number;
        while (has_place(self, fresh) &&
               (number = notify_outbox_take(outbox, fresh, now)) != TABLE_NONE) {
            begin(self, table_row(&outbox->deliveries, number), fresh);
            begun++;
        }
    }
    return begun;
}

instant_t notify_delivery_wake(const notify_flights_t *self, const notify_outbox_t *outbox)
{
    instant_t fresh = has_place(self, true) ? heap_least(&outbox->fresh) : INT64_MAX;
    instant_t again = has_place(self, false) ? heap_least(&outbox->again) : INT64_MAX;
    return fresh < again ? fresh : again;
}

void notify_delivery_drop(notify_flights_t *self, const notify_outbox_t *outbox)
{
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        flight_t *flight = &self->flights[i];
        if (flight->stage != FREE && !notify_outbox_find(outbox, flight->notice, flight->contact))
            end(self, flight);
    }
}

// --- what they want ---

// Names a flight's wish: the notice, the contact, and of recalls which one it is.
static uint64_t key_of(const flight_t *flight)
{
    return flight->notice << 4 | (uint64_t)flight->contact << 2 | flight->stage;
}

static flight_t *find(notify_flights_t *self, uint64_t key)
{
    for (size_t i = 0; i < FLIGHTS_MAX; i++)
        if (self->flights[i].stage != FREE && key_of(&self->flights[i]) == key)
            return &self->flights[i];
    return NULL;
}

static void wish(const flight_t *flight, due_t *out)
{
    if (out->recalls_count == DUE_RECALLS_MAX)
        return;
    recall_t *recall = &out->recalls[out->recalls_count++];
    *recall = (recall_t){.key = key_of(flight)};
    recall->by = flight->stage == WANTS_EVENT ? RECALL_SEQUENCE : RECALL_ROWS;
    recall->number = flight->of;
    recall->sought[0] = flight->account;
}

static void want(const flight_t *flight, bool inside, due_t *out)
{
    if (out->count == DUE_REQUESTS_MAX)
        return;
    outside_t *request = &out->requests[out->count++];
    *request = (outside_t){.key = key_of(flight),
                           .method = OUTSIDE_POST,
                           .url = {flight->url, (uint32_t)flight->url_size},
                           .content_type = text_of("application/json"),
                           .headers_count = 3,
                           .body = {(const uint8_t *)flight->body, (uint32_t)flight->body_size},
                           .public_only = !inside,
                           .timeout_ms = TIMEOUT_MS};
    request->headers[0] = (outside_header_t){text_of("webhook-id"), text_of(flight->name)};
    request->headers[1] =
        (outside_header_t){text_of("webhook-timestamp"), text_of(flight->timestamp)};
    request->headers[2] =
        (outside_header_t){text_of("webhook-signature"), text_of(flight->signatures)};
}

void notify_delivery_due(const notify_flights_t *self, bool inside, due_t *out)
{
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        const flight_t *flight = &self->flights[i];
        if (flight->stage == SENDS)
            want(flight, inside, out);
        else if (flight->stage != FREE)
            wish(flight, out);
    }
}

// --- what became of it ---

// After that many tries, at that instant; 0 if there is none any more. Who asks for fewer is left
// alone for a step of the table.
static instant_t next_try(instant_t first, uint32_t tries, bool slower, instant_t now)
{
    instant_t at;
    uint32_t step = tries + slower;
    while (webhook_next_try(first, step, &at))
        if (at > now)
            return at;
        else
            step++;
    return 0;
}

static void add_tried(const flight_t *flight, const notify_delivery_t *row, delivery_t what,
                      uint64_t status, decision_t *out)
{
    instant_t now = out->input->now, next = 0;
    uint32_t tries = row->tries + 1;
    if (what == DELIVERY_AGAIN || what == DELIVERY_SLOWER) {
        next = next_try(row->first ? row->first : now, tries, what == DELIVERY_SLOWER, now);
        what = next ? what : DELIVERY_GIVEN_UP;
    }
    decision_add(out, EVENT_notice_tried)->notice_tried =
        (event_notice_tried_t){.account = flight->account,
                               .contact = flight->contact,
                               .notice = flight->notice,
                               .delivery = what,
                               .status = status,
                               .tries = tries,
                               .next = next};
    if (what == DELIVERY_GONE)
        decision_add(out, EVENT_contact_off)->contact_off =
            (event_contact_off_t){.account = flight->account,
                                  .kind = flight->contact,
                                  .state = CONTACT_IS_GONE,
                                  .notice = flight->notice};
}

static bool render_webhook(flight_t *flight, uint64_t epoch, const contact_row_t *row,
                           instant_t now)
{
    webhook_key_t key;
    size_t name = notify_notice_name(epoch, flight->notice, flight->name);
    flight->body_size = notify_notice_json(&flight->told, flight->of, flight->body);
    if (!name || !flight->body_size || row->address.size > sizeof flight->url ||
        !webhook_key_read((span_t){row->key.data, row->key.size}, &key))
        return false;
    memcpy(flight->url, row->address.data, row->address.size);
    flight->url_size = row->address.size;
    webhook_t webhook = {.id = {flight->name, name},
                         .seconds = now / SECOND_US,
                         .body = {flight->body, flight->body_size}};
    (void)webhook_timestamp_print(webhook.seconds, flight->timestamp);
    size_t signatures = webhook_sign(&webhook, &key, 1, flight->signatures);
    explicit_bzero(&key, sizeof key);
    return signatures > 0;
}

static void take_event(flight_t *flight, const recalled_t *recalled)
{
    if (!recalled->fail && recalled->event->type == EVENT_ladder_moved)
        flight->told = *recalled->event;
    flight->stage = WANTS_ROWS;
}

fail_t notify_delivery_recalled(notify_flights_t *self, const notify_outbox_t *outbox,
                                uint64_t epoch, const recalled_t *recalled, decision_t *out)
{
    flight_t *flight = find(self, recalled->wish.key);
    contact_row_t row;
    if (!flight)
        return FAIL_NONE;
    if (flight->stage == WANTS_EVENT) {
        take_event(flight, recalled);
        return FAIL_NONE;
    }
    const notify_delivery_t *delivery = notify_outbox_find(outbox, flight->notice, flight->contact);
    assert(delivery); // else it was dropped
    if (flight->told.type == EVENT_ladder_moved &&
        contact_row_find(recalled, flight->contact, &row) &&
        render_webhook(flight, epoch, &row, out->input->now)) {
        flight->stage = SENDS;
        return FAIL_NONE;
    }
    add_tried(flight, delivery, DELIVERY_UNREADABLE, 0, out);
    end(self, flight);
    return FAIL_NONE;
}

static delivery_t answer_of(const result_t *result)
{
    switch (webhook_answer_read(result->what == RESULT_ANSWERED ? (int)result->http_status : 0)) {
    case WEBHOOK_TAKEN:
        return DELIVERY_TAKEN;
    case WEBHOOK_SLOWER:
        return DELIVERY_SLOWER;
    case WEBHOOK_DISABLE:
        return DELIVERY_GONE;
    case WEBHOOK_AGAIN:
        break;
    }
    return DELIVERY_AGAIN;
}

fail_t notify_delivery_result(notify_flights_t *self, const notify_outbox_t *outbox,
                              const result_t *result, decision_t *out)
{
    flight_t *flight = find(self, result->key);
    if (!flight || flight->stage != SENDS)
        return FAIL_NONE; // its contact is gone, or another
    const notify_delivery_t *row = notify_outbox_find(outbox, flight->notice, flight->contact);
    assert(row);
    uint64_t status = result->what == RESULT_ANSWERED ? result->http_status : 0;
    add_tried(flight, row, answer_of(result), status, out);
    end(self, flight);
    return FAIL_NONE;
}
