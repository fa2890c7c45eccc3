#include "tests/simulation/contacts.h"
#include "proto/digest.h"
#include "proto/posting.h"
#include "services/base/webhook.h"
#include "tests/simulation/customers.h"
#include "tests/simulation/fold_parts.h"
#include "tests/simulation/wires.h"
#include "tests/simulation/world.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LOOK_EVERY_US (4 * HOUR_US)
#define LAST_ACTION_US (2 * DAY_US) // before the end nobody does anything new
#define LATE_US (10 * MINUTE_US)    // what was said so shortly before the end may not be heard yet

#define TRIED_US (26 * HOUR_US)       // so long one is tried at most,
#define TRIED_LEAST_US (19 * HOUR_US) // and at least, also where fewer are asked for

enum { CODE_SIZE = 16, WANTS_KINDS = 16 };

const notify_settings_t *contacts_settings(void)
{
    static const notify_settings_t settings = {
        .contacts = true, .mail_from = "billing@kopeck.example", .mail_patience = 365 * DAY_US};
    return &settings;
}

void contacts_init(world_t *world)
{
    world->contacts = (contacts_t){.draw = draw_fork(world->scenario.seed, 27)};
}

void contacts_release(world_t *world)
{
    free(world->contacts.places.rows);
    free(world->contacts.notices.rows);
    free(world->contacts.facts.rows);
    free(world->contacts.heard.rows);
}

static contact_place_t *place_at(const contacts_t *self, size_t place)
{
    return (contact_place_t *)self->places.rows + place;
}

static contact_notice_t *notice_at(const contacts_t *self, size_t notice)
{
    return (contact_notice_t *)self->notices.rows + notice;
}

static uint64_t told_of(stream_t stream, uint64_t sequence)
{
    return sequence << 8 | (uint64_t)stream;
}

// --- who wants to be told ---

static void set(world_t *world, unsigned account, uint64_t kind)
{
    contacts_t *self = &world->contacts;
    static const uint64_t chosen[] = {
        0, 0, 0, UINT64_C(1) << (WANTS_KINDS + NOTICE_TOPPED_UP) | UINT64_C(1) << LADDER_STOPPED};
    uint8_t secret[32];
    char base64[DIGEST_BASE64_MAX + 1];
    size_t number = self->places.count;
    contact_place_t *place = fold_add(&self->places, sizeof *place);
    place->account = account;
    place->kind = kind;
    place->wants = chosen[draw_below(&self->draw, 4)];
    snprintf(place->url, sizeof place->url,
             kind == CONTACT_EMAIL ? "a%zu@mail.example" : "https://a%zu.hooks.example/", number);
    for (size_t i = 0; i < sizeof secret; i++)
        secret[i] = (uint8_t)draw_next(&self->draw);
    base64[digest_base64(secret, sizeof secret, base64)] = '\0';
    snprintf(place->key, sizeof place->key, "whsec_%s", kind == CONTACT_WEBHOOK ? base64 : "");
    request_t request = {.type = REQUEST_contact_set};
    request.contact_set =
        (request_contact_set_t){.account = platform_model_account(account),
                                .kind = kind,
                                .address = text_of(place->url),
                                .key = text_of(kind == CONTACT_WEBHOOK ? place->key : ""),
                                .wants = place->wants,
                                .language = SAID_IN_ENGLISH};
    customers_order(world, NOTIFY, ROLE_OPERATOR, account, &request);
    place_at(self, number)->command = request.id;
}

static void erase(world_t *world, unsigned account)
{
    request_t request = {.type = REQUEST_contact_erase};
    request.contact_erase.account = platform_model_account(account);
    customers_order(world, NOTIFY, ROLE_OPERATOR, account, &request);
}

static void look(world_t *world, const step_t *step)
{
    draw_t *draw = &world->contacts.draw;
    unsigned account = (unsigned)draw_below(draw, world->profile.accounts);
    uint64_t kind = draw_chance(draw, 700000) ? CONTACT_WEBHOOK : CONTACT_EMAIL;
    (void)step;
    if (world->now > world->end - LAST_ACTION_US)
        return;
    if (world->contacts.current[account][CONTACT_WEBHOOK] && draw_chance(draw, 150000))
        erase(world, account);
    else if (!world->contacts.current[account][kind] || draw_chance(draw, 200000))
        set(world, account, kind);
    world_after(world, draw_span(draw, MINUTE_US, LOOK_EVERY_US), look, NULL, 0);
}

void contacts_begin(world_t *world)
{
    if (world->profile.notices)
        world_after(world, draw_span(&world->contacts.draw, MINUTE_US, HOUR_US), look, NULL, 0);
}

// --- notify's journal ---

static contact_place_t *current(const contacts_t *self, unsigned account, uint64_t kind)
{
    uint32_t place = kind < CONTACT_KIND_END ? self->current[account][kind] : 0;
    return place ? place_at(self, place - 1) : NULL;
}

static void end_current(contacts_t *self, unsigned account, uint64_t kind)
{
    contact_place_t *before = current(self, account, kind);
    if (before)
        before->over = true;
    self->current[account][kind] = 0;
}

static void fold_set(world_t *world, const event_t *event)
{
    contacts_t *self = &world->contacts;
    const event_contact_set_t *e = &event->contact_set;
    unsigned account = fold_account_of(world, &e->account);
    end_current(self, account, e->kind);
    for (size_t i = 0; i < self->places.count; i++) {
        contact_place_t *place = place_at(self, i);
        if (!uid_equal(&place->command, &event->cause.command))
            continue;
        place->since = event->at;
        place->known = world->now;
        place->on = e->kind == CONTACT_WEBHOOK;
        self->current[account][e->kind] = (uint32_t)i + 1;
        world_reach(world, REACH_CONTACT_SET);
    }
}

static void fold_off(world_t *world, const event_contact_off_t *e)
{
    unsigned account = fold_account_of(world, &e->account);
    const contact_place_t *place = current(&world->contacts, account, e->kind);
    if (!place || !place->gone)
        world_violate(world, "I27", "account %u: its contact is off, and never said so", account);
    end_current(&world->contacts, account, e->kind);
    world_reach(world, REACH_CONTACT_GONE);
}

static void fold_erased(world_t *world, const uid_t16 *id)
{
    unsigned account = fold_account_of(world, id);
    end_current(&world->contacts, account, CONTACT_EMAIL);
    end_current(&world->contacts, account, CONTACT_WEBHOOK);
    world_reach(world, REACH_CONTACT_ERASED);
}

static void fold_queued(world_t *world, const event_notice_queued_t *e, uint64_t sequence)
{
    contacts_t *self = &world->contacts;
    unsigned account = fold_account_of(world, &e->account);
    uint64_t of = e->kind == NOTICE_LADDER || e->kind == NOTICE_CONFIRM ? 0 : self->last_heard;
    if (e->kind == NOTICE_PRICE)
        of = self->prices[(sequence - e->back) % PRICES];
    for (uint64_t kind = CONTACT_EMAIL; kind < CONTACT_KIND_END; kind++) {
        if (!(e->to >> kind & 1))
            continue;
        if (!self->current[account][kind]) {
            world_violate(world, "I27", "account %u: queued for a contact that is not there",
                          account);
            return;
        }
        *(contact_notice_t *)fold_add(&self->notices, sizeof(contact_notice_t)) =
            (contact_notice_t){.sequence = sequence,
                               .kind = e->kind,
                               .of = of,
                               .at = world->now,
                               .place = self->current[account][kind] - 1};
    }
}

// Its row among the notices, found from behind.
static contact_notice_t *find(const contacts_t *self, uint64_t sequence, uint64_t kind)
{
    for (size_t i = self->notices.count; i-- > 0;) {
        contact_notice_t *notice = notice_at(self, i);
        if (notice->sequence == sequence && place_at(self, notice->place)->kind == kind)
            return notice;
    }
    return NULL;
}

static void fold_tried(world_t *world, const event_notice_tried_t *e, instant_t at)
{
    contact_notice_t *notice = find(&world->contacts, e->notice, e->contact);
    if (!notice || !notice->left) {
        world_violate(world, "I27", "notice %" PRIu64 " was tried, and never left", e->notice);
        return;
    }
    if (e->status == 410 && e->delivery != DELIVERY_GONE)
        world_violate(world, "I27", "notice %" PRIu64 ": its endpoint is gone, and is kept",
                      e->notice);
    if (e->delivery == DELIVERY_TAKEN && !notice->taken)
        world_violate(world, "I27", "notice %" PRIu64 " counts as taken, and was not", e->notice);
    notice->given_up = e->delivery == DELIVERY_GIVEN_UP;
    notice->tried_at = notice->tried_at ? notice->tried_at : at;
    if (notice->given_up && at < notice->tried_at + TRIED_LEAST_US)
        world_violate(world, "I27", "notice %" PRIu64 " is given up too soon", e->notice);
}

static void fold_notices(world_t *world, const event_t *event, uint64_t sequence)
{
    contacts_t *self = &world->contacts;
    contact_place_t *place;
    switch ((int)event->type) {
    case EVENT_contact_set:
        fold_set(world, event);
        break;
    case EVENT_contact_confirmed:
        place =
            current(self, fold_account_of(world, &event->contact_confirmed.account), CONTACT_EMAIL);
        if (place) {
            place->on = true;
            // What is said from now on is told; what was said since it was set, may be.
            place->since = event->at;
            place->known = world->now;
        }
        world_reach(world, REACH_CONTACT_CONFIRMED);
        break;
    case EVENT_contact_off:
        fold_off(world, &event->contact_off);
        break;
    case EVENT_contacts_erased:
        fold_erased(world, &event->contacts_erased.account);
        break;
    case EVENT_notice_heard:
        self->last_heard = told_of(event->cause.stream, event->cause.sequence);
        break;
    case EVENT_price_heard:
        self->prices[sequence % PRICES] = told_of(event->cause.stream, event->cause.sequence);
        break;
    case EVENT_notice_tried:
        fold_tried(world, &event->notice_tried, event->at);
        break;
    case EVENT_notice_queued:
        fold_queued(world, &event->notice_queued, sequence);
        break;
    default:
        break;
    }
}

// --- what the others say ---

static uint64_t of_ledger(const event_t *event, const uid_t16 **ret_account)
{
    const event_posted_t *posted = &event->posted;
    if (event->type == EVENT_posted) {
        *ret_account = &posted->account;
        return posted->credit < SYSTEM_END || uid_is_zero(&posted->account) ? 0
               : posted->kind == POSTING_TOPUP                              ? NOTICE_TOPPED_UP
               : posted->kind == POSTING_BANK                               ? NOTICE_TRANSFER_CAME
                                                                            : 0;
    }
    if (event->type == EVENT_bonus_ends_soon) {
        *ret_account = &event->bonus_ends_soon.account;
        return event->bonus_ends_soon.amount ? NOTICE_BONUS_ENDS : 0;
    }
    *ret_account = &event->account_closed.account;
    return event->type == EVENT_account_closed ? NOTICE_ACCOUNT_CLOSED : 0;
}

static void note_fact(world_t *world, contact_fact_t fact)
{
    *(contact_fact_t *)fold_add(&world->contacts.facts, sizeof fact) = fact;
}

static uint64_t of_payment(const event_t *event, const uid_t16 **ret_account)
{
    *ret_account = event->type == EVENT_refund_requested ? &event->refund_requested.account
                   : event->type == EVENT_refund_done    ? &event->refund_done.account
                                                         : &event->refund_ended.account;
    return event->type == EVENT_refund_requested ? NOTICE_REFUND_ASKED
           : event->type == EVENT_refund_done    ? NOTICE_REFUND_DONE
           : event->type == EVENT_refund_ended   ? NOTICE_REFUND_FAILED
                                                 : 0;
}

static uint64_t of_autopay(const event_t *event, const uid_t16 **ret_account)
{
    const event_autopay_settled_t *settled = &event->autopay_settled;
    *ret_account = event->type == EVENT_autopay_settled ? &settled->account
                                                        : &event->autopay_mandate_noted.account;
    if (event->type == EVENT_autopay_settled)
        return settled->outcome == OUTCOME_SUCCEEDED ? NOTICE_AUTOPAY_PAID : 0;
    return event->type != EVENT_autopay_mandate_noted           ? 0
           : event->autopay_mandate_noted.state == MANDATE_LIVE ? NOTICE_MANDATE_GIVEN
                                                                : NOTICE_MANDATE_REVOKED;
}

// An older journal that was put back is read from its first event on.
static void forget(contacts_t *self, stream_t stream)
{
    contact_fact_t *facts = self->facts.rows;
    size_t kept = 0;
    for (size_t i = 0; i < self->facts.count; i++)
        if (facts[i].stream != (uint64_t)stream)
            facts[kept++] = facts[i];
    self->facts.count = kept;
}

void contacts_fold(world_t *world, process_name_t process, const event_t *event, uint64_t sequence)
{
    contacts_t *self = &world->contacts;
    stream_t stream = world->processes[process].core->stream;
    const uid_t16 *account = NULL;
    uint64_t kind = 0;
    if (!world->profile.notices)
        return;
    if (process == NOTIFY)
        fold_notices(world, event, sequence);
    if (sequence == 1)
        forget(self, stream);
    if (process == LEDGER)
        kind = of_ledger(event, &account);
    else if (process == PAYMENT)
        kind = of_payment(event, &account);
    else if (process == AUTOPAY)
        kind = of_autopay(event, &account);
    instant_t at = event->at, said = world->now;
    if (kind)
        note_fact(world, (contact_fact_t){stream, sequence, kind, fold_account_of(world, account),
                                          at, said});
    bool price = process == METERING && event->type == EVENT_tariff_announced;
    for (unsigned i = 0; price && i < world->profile.accounts; i++)
        note_fact(world, (contact_fact_t){stream, sequence, NOTICE_PRICE, i, at, said});
}

// --- the endpoints, and the relay ---

static contact_place_t *addressed(const contacts_t *self, text_t url)
{
    for (size_t i = 0; i < self->places.count; i++)
        if (text_equal(url, text_of(place_at(self, i)->url)))
            return place_at(self, i);
    return NULL;
}

// The number behind the last point of evt_0.6.EPOCH.SEQUENCE, up to `end`.
static uint64_t sequence_in(const char *text, size_t size)
{
    static const char begins[] = "evt_0.6.";
    const char *at = memmem(text, size, begins, sizeof begins - 1);
    uint64_t number = 0;
    if (!at)
        return 0;
    for (at += sizeof begins - 1; at < text + size; at++)
        if (*at == '.')
            number = 0;
        else if (*at >= '0' && *at <= '9')
            number = number * 10 + (uint64_t)(*at - '0');
        else
            break;
    return number;
}

static bool has(const outside_t *request, const char *text)
{
    return memmem(request->body.data, request->body.size, text, strlen(text)) != NULL;
}

static span_t span(text_t text)
{
    return (span_t){text.data, text.size};
}

static void check_signed(world_t *world, const contact_place_t *place, const outside_t *request)
{
    webhook_key_t key;
    char account[UID_TEXT_SIZE];
    uid_t16 id = platform_model_account(place->account);
    uid_format(&id, account);
    webhook_t webhook = {.id = span(request->headers[0].value),
                         .body = {(const char *)request->body.data, request->body.size}};
    bool good = request->headers_count == 3 &&
                webhook_timestamp_read(span(request->headers[1].value), &webhook.seconds) &&
                webhook_key_read(span_of(place->key), &key) &&
                webhook_verify(&webhook, span(request->headers[2].value), &key, 1, webhook.seconds);
    if (!good)
        world_violate(world, "I27", "account %u: not signed by its secret", place->account);
    if (!has(request, account) || !request->public_only)
        world_violate(world, "I27", "account %u: it is told of another", place->account);
}

// First tries in order: none was passed over.
static void check_order(world_t *world, contact_place_t *place, const contact_notice_t *notice)
{
    const contacts_t *self = &world->contacts;
    for (size_t i = 0; i < self->notices.count && notice->left == 0; i++) {
        const contact_notice_t *other = notice_at(self, i);
        if (other->place == notice->place && other->sequence < notice->sequence && !other->left)
            world_violate(world, "I27", "account %u: notice %" PRIu64 " before %" PRIu64,
                          place->account, notice->sequence, other->sequence);
    }
    if (notice->left == 0 && notice->sequence < place->first)
        world_violate(world, "I27", "account %u: notice %" PRIu64 " after %" PRIu64, place->account,
                      notice->sequence, place->first);
    if (notice->left)
        world_reach(world, REACH_CONTACT_AGAIN);
}

static contact_notice_t *check(world_t *world, const outside_t *request)
{
    contacts_t *self = &world->contacts;
    contact_place_t *place = addressed(self, request->url);
    bool mail = request->method == OUTSIDE_MAIL;
    text_t name = mail ? (text_t){(const char *)request->body.data, request->body.size}
                       : request->headers[0].value;
    uint64_t sequence = sequence_in(name.data, name.size);
    contact_notice_t *notice =
        find(self, sequence, mail ? (uint64_t)CONTACT_EMAIL : (uint64_t)CONTACT_WEBHOOK);
    if (!place || !notice) {
        world_violate(world, "I27", "notice %" PRIu64 " left, and is not durable", sequence);
        return NULL;
    }
    if (place_at(self, notice->place) != place) {
        world_violate(world, "I27", "account %u is told what is account %u's", place->account,
                      place_at(self, notice->place)->account);
        return NULL;
    }
    if (place->over || (!place->on && notice->kind != NOTICE_CONFIRM)) {
        world_violate(world, "I27", "account %u: told by a contact that is no more",
                      place->account);
        return NULL;
    }
    if (mail && !has(request, place->url))
        world_violate(world, "I27", "account %u: a letter to another", place->account);
    if (!mail)
        check_signed(world, place, request);
    check_order(world, place, notice);
    place->first = notice->left ? place->first : sequence;
    notice->left++;
    world_reach(world, mail ? REACH_NOTICE_MAILED : REACH_NOTICE_POSTED);
    return notice;
}

static const uint8_t *six_bits(char c, uint8_t *ret_bits)
{
    static const char symbols[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(symbols, c) : NULL;
    *ret_bits = at ? (uint8_t)(at - symbols) : 0;
    return at ? (const uint8_t *)at : NULL;
}

static size_t decode(const char *text, size_t size, char *out, size_t cap)
{
    uint32_t bits = 0;
    size_t count = 0, written = 0;
    for (size_t i = 0; i < size && written < cap; i++) {
        uint8_t six;
        if (!six_bits(text[i], &six))
            continue;
        bits = bits << 6 | six;
        count += 6;
        if (count >= 8)
            out[written++] = (char)(bits >> (count -= 8));
    }
    return written;
}

static void confirm(world_t *world, const step_t *step)
{
    contact_place_t *place = place_at(&world->contacts, step->number);
    request_t request = {.type = REQUEST_contact_confirm};
    request.contact_confirm.account = platform_model_account(place->account);
    request.contact_confirm.code = text_of(place->code);
    customers_order(world, NOTIFY, ROLE_OPERATOR, place->account, &request);
}

// Whoever reads it types its code, or does not.
static void read_code(world_t *world, const contact_notice_t *notice, const outside_t *request)
{
    static const char before[] = "Confirmation code: ";
    char words[4096];
    contact_place_t *place = place_at(&world->contacts, notice->place);
    const char *body = memmem(request->body.data, request->body.size, "\r\n\r\n", 4);
    size_t size = body ? (size_t)((const char *)request->body.data + request->body.size - body) : 0;
    size_t decoded = decode(body, size, words, sizeof words);
    const char *at = memmem(words, decoded, before, sizeof before - 1);
    if (!at || at + sizeof before - 1 + CODE_SIZE > words + decoded) {
        world_violate(world, "I27", "account %u: a letter without its code", place->account);
        return;
    }
    memcpy(place->code, at + sizeof before - 1, CODE_SIZE);
    if (draw_chance(&world->contacts.draw, 800000))
        world_after(world, draw_span(&world->contacts.draw, SECOND_US, 2 * HOUR_US), confirm, NULL,
                    notice->place);
}

// Of webhooks; of e-mails what the relay says of whom it goes to.
static unsigned draw_answer(world_t *world, bool mail)
{
    static const unsigned posted[] = {200, 200, 200, 204, 404, 429, 500, 503, 0, 0};
    static const unsigned mailed[] = {250, 250, 250, 250, 450, 450, 554, 0, 0, 0};
    draw_t *draw = &world->contacts.draw;
    uint64_t which = draw_below(draw, 10);
    bool ends = draw_chance(draw, 30000);
    if (world->calm)
        return mail ? 250 : 200;
    return ends ? (mail ? 550 : 410) : mail ? mailed[which] : posted[which];
}

void contacts_take(world_t *world, const outside_t *request)
{
    draw_t *draw = &world->contacts.draw;
    bool mail = request->method == OUTSIDE_MAIL;
    contact_notice_t *notice = check(world, request);
    if (!notice)
        return;
    unsigned status = draw_answer(world, mail);
    instant_t delay = draw_span(draw, SECOND_US / 100, status ? 2 * SECOND_US : 15 * SECOND_US);
    result_t result = {.key = request->key,
                       .what = status ? RESULT_ANSWERED : RESULT_NO_ANSWER,
                       .http_status = status,
                       .at_recipient = mail && status != 250};
    bool taken = status >= 200 && status <= 299;
    notice->taken += taken;
    place_at(&world->contacts, notice->place)->gone += status == 410 || status == 550;
    if (taken && notice->kind == NOTICE_CONFIRM)
        read_code(world, notice, request);
    wires_result(world, NOTIFY, delay, &result, "");
}

// --- the end ---

static void check_left(world_t *world)
{
    const contacts_t *self = &world->contacts;
    for (size_t i = 0; i < self->notices.count; i++) {
        const contact_notice_t *notice = notice_at(self, i);
        const contact_place_t *place = place_at(self, notice->place);
        bool fresh = notice->left && notice->at > world->now - TRIED_US;
        if (!place->over && !notice->taken && !notice->given_up && !fresh)
            world_violate(world, "I27", "account %u: notice %" PRIu64 " left %u times, in vain",
                          place->account, notice->sequence, notice->left);
    }
}

static bool is_told(const contacts_t *self, const contact_fact_t *fact, uint32_t place)
{
    for (size_t i = self->notices.count; i-- > 0;) {
        const contact_notice_t *notice = notice_at(self, i);
        if (notice->place == place && notice->kind == fact->kind &&
            notice->of == told_of((stream_t)fact->stream, fact->sequence))
            return true;
    }
    return false;
}

static void check_fact(world_t *world, const contact_fact_t *fact)
{
    const contacts_t *self = &world->contacts;
    for (uint64_t kind = CONTACT_EMAIL; kind < CONTACT_KIND_END; kind++) {
        uint32_t number = self->current[fact->account][kind];
        const contact_place_t *place = number ? place_at(self, number - 1) : NULL;
        bool wants = place && place->on && place->since <= fact->at && place->known <= fact->said &&
                     (!place->wants || place->wants >> (WANTS_KINDS + fact->kind) & 1);
        if (wants && !is_told(self, fact, number - 1))
            world_violate(world, "I27",
                          "account %u: event %" PRIu64 " of stream %" PRIu64 " is not told",
                          fact->account, fact->sequence, fact->stream);
        if (wants)
            world_reach(world, fact->kind == NOTICE_PRICE        ? REACH_NOTICE_OF_PRICE
                               : fact->kind == NOTICE_BONUS_ENDS ? REACH_NOTICE_OF_END
                                                                 : REACH_NOTICE_OF_OTHERS);
    }
}

void contacts_check(world_t *world)
{
    const contact_fact_t *facts = world->contacts.facts.rows;
    if (!world->profile.notices)
        return;
    check_left(world);
    for (size_t i = 0; i < world->contacts.facts.count; i++)
        if (facts[i].at < world->now - LATE_US)
            check_fact(world, &facts[i]);
}
