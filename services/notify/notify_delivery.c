#include "services/notify/notify_delivery.h"
#include "proto/codes.h"
#include "services/base/webhook.h"
#include "services/notify/notify_contact.h"
#include "services/notify/notify_letter.h"
#include "services/notify/notify_mail.h"
#include "services/notify/notify_notice.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRESH_MAX = 24, // flights of each lane
    AGAIN_MAX = 16,
    MAIL_MAX = 8,
    FLIGHTS_MAX = FRESH_MAX + AGAIN_MAX + MAIL_MAX,
    TIMEOUT_MS = 15000,
    CODE_MAX = 64 // of a tariff; metering takes 32
};

static const size_t lane_max[LANES] = {FRESH_MAX, AGAIN_MAX, MAIL_MAX};

typedef enum { FREE, WANTS_EVENT, WANTS_ROWS, SENDS } stage_t;

typedef struct {
    stage_t stage;
    lane_t lane; // whose places it takes
    uint64_t notice, of;
    uint8_t contact;
    uid_t16 account;
    instant_t queued;
    event_t told;
    char code[CODE_MAX]; // of a price, which is the one slice that `told` has
    // The request.
    char url[CONTACT_URL_MAX], name[NOTICE_NAME_MAX], body[MAIL_SIZE_MAX];
    char timestamp[WEBHOOK_TIMESTAMP_SIZE], signatures[WEBHOOK_SIGNATURES_SIZE];
    size_t url_size, body_size;
} flight_t;

struct notify_flights {
    flight_t flights[FLIGHTS_MAX];
    size_t counts[LANES];
};

notify_flights_t *notify_flights_new(void)
{
    notify_flights_t *self = calloc(1, sizeof *self);
    assert(self);
    return self;
}

static void end(notify_flights_t *self, flight_t *flight)
{
    self->counts[flight->lane]--;
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
    size_t count = 0;
    for (size_t lane = 0; lane < LANES; lane++)
        count += self->counts[lane];
    return count;
}

// --- whose turn it is ---

static bool has_place(const notify_flights_t *self, lane_t lane)
{
    return self->counts[lane] < lane_max[lane];
}

static void begin(notify_flights_t *self, const notify_delivery_t *row, lane_t lane)
{
    flight_t *flight = self->flights;
    while (flight->stage != FREE)
        flight++;
    *flight = (flight_t){.stage = row->of ? WANTS_EVENT : WANTS_ROWS,
                         .lane = lane,
                         .notice = row->notice,
                         .of = row->of,
                         .contact = row->contact,
                         .account = row->account,
                         .queued = row->queued};
    self->counts[lane]++;
}

size_t notify_delivery_begin(notify_flights_t *self, notify_outbox_t *outbox, instant_t now)
{
    size_t begun = 0;
    for (lane_t lane = 0; lane < LANES; lane++) {
        uint32_t number;
        while (has_place(self, lane) &&
               (number = notify_outbox_take(outbox, lane, now)) != TABLE_NONE) {
            begin(self, table_row(&outbox->deliveries, number), lane);
            begun++;
        }
    }
    return begun;
}

instant_t notify_delivery_wake(const notify_flights_t *self, const notify_outbox_t *outbox)
{
    instant_t wake = INT64_MAX;
    for (lane_t lane = 0; lane < LANES; lane++)
        if (has_place(self, lane) && heap_least(&outbox->lanes[lane]) < wake)
            wake = heap_least(&outbox->lanes[lane]);
    return wake;
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

static void want_mail(const flight_t *flight, due_t *out)
{
    out->requests[out->count++] =
        (outside_t){.key = key_of(flight),
                    .method = OUTSIDE_MAIL,
                    .url = {flight->url, (uint32_t)flight->url_size},
                    .body = {(const uint8_t *)flight->body, (uint32_t)flight->body_size}};
}

static void want_webhook(const flight_t *flight, bool inside, due_t *out)
{
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
        if (flight->stage != FREE && flight->stage != SENDS)
            wish(flight, out);
        else if (flight->stage == FREE || out->count == DUE_REQUESTS_MAX)
            continue;
        else if (flight->contact == CONTACT_EMAIL)
            want_mail(flight, out);
        else
            want_webhook(flight, inside, out);
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
    if (what == DELIVERY_GONE || what == DELIVERY_BOUNCED)
        decision_add(out, EVENT_contact_off)->contact_off = (event_contact_off_t){
            .account = flight->account,
            .kind = flight->contact,
            .state = what == DELIVERY_GONE ? CONTACT_IS_GONE : CONTACT_IS_BOUNCED,
            .notice = flight->notice};
}

// --- the request ---

static span_t span(text_t text)
{
    return (span_t){text.data, text.size};
}

// The key of now, and that of before while it signs too.
static size_t read_keys(const recalled_t *recalled, const notify_contact_t *contact,
                        const contact_row_t *row, instant_t now, webhook_key_t keys[2])
{
    contact_row_t before;
    if (!webhook_key_read(span(row->key), &keys[0]))
        return 0;
    bool both = now < contact->both && contact_row_before(recalled, CONTACT_WEBHOOK, &before) &&
                webhook_key_read(span(before.key), &keys[1]);
    return both ? 2 : 1;
}

static bool render_webhook(flight_t *flight, const notify_contact_t *contact,
                           const recalled_t *recalled, const contact_row_t *row, instant_t now)
{
    webhook_key_t keys[WEBHOOK_KEYS_MAX];
    char body[NOTICE_BODY_MAX];
    flight->body_size = notify_notice_json(&flight->told, flight->of, &flight->account, body);
    size_t count = read_keys(recalled, contact, row, now, keys), signatures = 0;
    if (flight->body_size && count) {
        memcpy(flight->body, body, flight->body_size);
        webhook_t webhook = {.id = span_of(flight->name),
                             .seconds = now / SECOND_US,
                             .body = {flight->body, flight->body_size}};
        (void)webhook_timestamp_print(webhook.seconds, flight->timestamp);
        signatures = webhook_sign(&webhook, keys, count, flight->signatures);
    }
    explicit_bzero(keys, sizeof keys);
    return signatures > 0;
}

static bool render_mail(flight_t *flight, const notify_contact_t *contact,
                        const notify_renders_t *by, const contact_row_t *row)
{
    char subject[MAIL_SUBJECT_MAX], words[MAIL_WORDS_MAX];
    writer_t subject_writer = writer_on(subject, sizeof subject);
    writer_t words_writer = writer_on(words, sizeof words);
    const notify_settings_t *settings = by->settings;
    language_t language = contact->language ? LANGUAGE_ENGLISH : LANGUAGE_RUSSIAN;
    span_t choose = span_of(settings->mail_choose ? settings->mail_choose : "");
    letter_t letter = {.language = language,
                       .account = flight->account,
                       .of = flight->of ? &flight->told : NULL,
                       .at = flight->queued,
                       .choose = choose,
                       .confirm = span_of(settings->mail_confirm ? settings->mail_confirm : "")};
    if (!flight->of)
        letter.code = row->code;
    if (!settings->mail_from || !letter_write(&letter, &subject_writer, &words_writer))
        return false;
    mail_t mail = {.from = span_of(settings->mail_from),
                   .to = span(row->address),
                   .subject = {subject, subject_writer.size},
                   .words = {words, words_writer.size},
                   .name = span_of(flight->name),
                   .choose = choose,
                   .language = language,
                   .at = flight->queued};
    flight->body_size = mail_write(&mail, flight->body);
    explicit_bzero(words, sizeof words); // a code may be there
    return flight->body_size > 0;
}

static bool is_told(uint64_t type)
{
    return type == EVENT_ladder_moved || type == EVENT_notice_heard || type == EVENT_price_heard;
}

static bool render(flight_t *flight, const notify_outbox_t *outbox, const notify_renders_t *by,
                   const recalled_t *recalled, instant_t now)
{
    contact_row_t row;
    const notify_contact_t *contact =
        notify_contact_of(notify_contacts(outbox, &flight->account), flight->contact);
    if (!contact || (flight->of && !is_told(flight->told.type)) ||
        !contact_row_find(recalled, flight->contact, &row) ||
        row.address.size > sizeof flight->url ||
        !notify_notice_name(by->epoch, flight->notice, flight->name))
        return false;
    memcpy(flight->url, row.address.data, row.address.size);
    flight->url_size = row.address.size;
    return flight->contact == CONTACT_EMAIL ? render_mail(flight, contact, by, &row)
                                            : render_webhook(flight, contact, recalled, &row, now);
}

static void keep_code(flight_t *flight, text_t code)
{
    size_t size = code.size < sizeof flight->code ? code.size : sizeof flight->code;
    if (size)
        memcpy(flight->code, code.data, size);
    flight->told.price_heard.code = (text_t){flight->code, (uint32_t)size};
}

static void take_event(flight_t *flight, const recalled_t *recalled)
{
    flight->stage = WANTS_ROWS;
    if (recalled->fail || !is_told(recalled->event->type))
        return;
    flight->told = *recalled->event;
    if (flight->told.type == EVENT_price_heard)
        keep_code(flight, recalled->event->price_heard.code);
}

fail_t notify_delivery_recalled(notify_flights_t *self, const notify_outbox_t *outbox,
                                const notify_renders_t *by, const recalled_t *recalled,
                                decision_t *out)
{
    flight_t *flight = find(self, recalled->wish.key);
    if (!flight)
        return FAIL_NONE;
    if (flight->stage == WANTS_EVENT) {
        take_event(flight, recalled);
        return FAIL_NONE;
    }
    const notify_delivery_t *delivery = notify_outbox_find(outbox, flight->notice, flight->contact);
    assert(delivery); // else it was dropped
    if (render(flight, outbox, by, recalled, out->input->now)) {
        flight->stage = SENDS;
        return FAIL_NONE;
    }
    add_tried(flight, delivery, DELIVERY_UNREADABLE, 0, out);
    end(self, flight);
    return FAIL_NONE;
}

static delivery_t mail_answer_of(const result_t *result)
{
    span_t line = {(const char *)result->body.data, result->body.size};
    unsigned status = result->what == RESULT_ANSWERED ? result->http_status : 0;
    switch (mail_answer_read(status, result->at_recipient, line)) {
    case MAIL_TAKEN:
        return DELIVERY_TAKEN;
    case MAIL_REFUSED:
        return DELIVERY_BOUNCED;
    case MAIL_LATER:
        return DELIVERY_SLOWER;
    case MAIL_UNSENT:
        break;
    }
    return DELIVERY_AGAIN;
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
    bool mail = flight->contact == CONTACT_EMAIL;
    add_tried(flight, row, mail ? mail_answer_of(result) : answer_of(result), status, out);
    end(self, flight);
    return FAIL_NONE;
}
