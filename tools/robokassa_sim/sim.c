#include "tools/robokassa_sim/sim.h"
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/text.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define US_PER_MS 1000
#define HOLD_US (INT64_C(7) * 86400 * 1000000)

static bool load_line(void *context, const json_t *json)
{
    sim_t *self = context;
    const char *type = json_string_value(json_object_get(json, "type"));
    const json_t *body = json_object_get(json, "body");
    int64_t id = json_integer_value(json_object_get(body, "id"));
    if (type && strcmp(type, "operation") == 0) {
        bool fresh = id == (int64_t)book_count(self->book) + 1;
        if (!fresh && (id < 1 || id > (int64_t)book_count(self->book)))
            return false;
        operation_t *operation = fresh ? book_add(self->book) : book_at(self->book, (size_t)id - 1);
        if (!operation || !operation_load(operation, body))
            return false;
        if (fresh)
            book_index(self->book, operation);
        book_watch(self->book, operation);
        if (operation->state_us > self->driven_now_us)
            self->driven_now_us = operation->state_us;
        return true;
    }
    if (type && strcmp(type, "refund") == 0 && self->refund_count < SIM_REFUNDS_MAX) {
        sim_refund_t *refund = &self->refunds[self->refund_count++];
        const char *name = json_string_value(json_object_get(body, "refund"));
        snprintf(refund->id, sizeof refund->id, "%s", name ? name : "");
        refund->operation = json_integer_value(json_object_get(body, "operation"));
        refund->kopecks = json_integer_value(json_object_get(body, "kopecks"));
        refund->created_us = json_integer_value(json_object_get(body, "created_us"));
        return true;
    }
    if (type && strcmp(type, "receipt") == 0 && self->receipt_count < SIM_RECEIPTS_MAX) {
        self->receipts[self->receipt_count++] =
            (sim_receipt_t){.id = json_integer_value(json_object_get(body, "receipt")),
                            .invoice = json_integer_value(json_object_get(body, "invoice")),
                            .kopecks = json_integer_value(json_object_get(body, "kopecks")),
                            .created_us = json_integer_value(json_object_get(body, "created_us")),
                            .stuck = json_is_true(json_object_get(body, "stuck"))};
        return true;
    }
    return false;
}

sim_t *sim_create(config_t **config_p)
{
    sim_t *self = calloc(1, sizeof *self);
    assert(self);
    self->config = *config_p;
    *config_p = NULL;
    self->shop = &self->config->shop;
    self->faults = self->config->faults;
    self->driven_now_us = self->config->start_us;
    self->book = book_create((size_t)self->config->operations_max);
    self->refunds = calloc(SIM_REFUNDS_MAX, sizeof *self->refunds);
    self->receipts = calloc(SIM_RECEIPTS_MAX, sizeof *self->receipts);
    assert(self->refunds && self->receipts);
    self->public_url = text_copy(self->config->public_url);
    self->journal.file = -1;
    self->key = token_key_create(self->config->jws_key_file, self->config->jws_expired);
    if (!self->key || (self->config->journal &&
                       !journal_open(&self->journal, self->config->journal, load_line, self))) {
        sim_destroy(&self);
        return NULL;
    }
    book_sweep(self->book);
    return self;
}

void sim_destroy(sim_t **self_p)
{
    sim_t *self = *self_p;
    if (!self)
        return;
    journal_close(&self->journal);
    book_destroy(&self->book);
    token_key_destroy(&self->key);
    config_destroy(&self->config);
    free(self->refunds);
    free(self->receipts);
    free(self->public_url);
    free(self);
    *self_p = NULL;
}

int64_t sim_now_us(const sim_t *self)
{
    if (self->config->driven)
        return self->driven_now_us;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool sim_set_now_us(sim_t *self, int64_t now_us)
{
    if (!self->config->driven || now_us < self->driven_now_us)
        return false;
    self->driven_now_us = now_us;
    return true;
}

void sim_id(const sim_t *self, int64_t number, const char *salt, char ret_id[SIM_ID_MAX])
{
    char source[128], hex[DIGEST_HEX_MAX];
    snprintf(source, sizeof source, "%s:%" PRId64 ":%" PRId64, salt, self->config->seed, number);
    digest_hex(DIGEST_SHA256, source, false, hex);
    snprintf(ret_id, SIM_ID_MAX, "%08" PRIx64 "-%.4s-%.4s-%.4s-%.12s", (uint64_t)number, hex,
             hex + 4, hex + 8, hex + 12);
}

operation_t *sim_open(sim_t *self, const order_t *order)
{
    operation_t *o = book_add(self->book);
    if (!o)
        return NULL;
    o->invoice = order->invoice ? order->invoice : book_free_invoice(self->book);
    o->parent = order->previous;
    o->amount_kopecks = order->amount_kopecks;
    o->recurring = order->recurring;
    o->receipted = order->receipt;
    o->hold = order->step_by_step;
    o->test = order->test;
    o->created_us = o->state_us = sim_now_us(self);
    o->expires_us = order->expires_us;
    text_replace(&o->out_sum, order->out_sum);
    text_replace(&o->shp, order->shp);
    text_replace(&o->description, order->description);
    text_replace(&o->culture, order->culture && !strcmp(order->culture, "en") ? "en" : "ru");
    text_replace(&o->result_url2, order->result_url2);
    text_replace(&o->success_url2, order->success_url2);
    text_replace(&o->success_method, order->success_method);
    text_replace(&o->fail_url2, order->fail_url2);
    text_replace(&o->fail_method, order->fail_method);
    text_replace(&o->email, order->email);
    char id[SIM_ID_MAX], key[SIM_ID_MAX], hex[DIGEST_HEX_MAX];
    sim_id(self, o->id, "page", id);
    text_replace(&o->page, id);
    sim_id(self, o->id, "key", id);
    digest_hex(DIGEST_MD5, id, false, hex);
    for (char *c = id; *c; c++)
        *c = *c >= 'a' && *c <= 'f' ? (char)(*c - 'a' + 'A') : *c;
    snprintf(key, sizeof key, "%.36s-%.10s", id, hex);
    text_replace(&o->op_key, key);
    book_index(self->book, o);
    sim_touch(self, o);
    return o;
}

void sim_plan(sim_t *self, operation_t *o, const fault_set_t *set)
{
    int64_t base_ms = o->parent ? self->config->decision_delay_ms : 0;
    o->outcome = set->struck[FAULT_STUCK]     ? OPERATION_STICKS
                 : set->struck[FAULT_DECLINE] ? OPERATION_DECLINES
                                              : OPERATION_PAYS;
    o->decide_delay_us = (base_ms + set->delay_ms[FAULT_LATE_DECISION]) * US_PER_MS;
    o->callback_delay_us = set->delay_ms[FAULT_CALLBACK_LATE] * US_PER_MS;
    o->callback_never = set->struck[FAULT_CALLBACK_NEVER];
    o->wrong_amounts = set->times[FAULT_CALLBACK_WRONG_AMOUNT];
    o->wrong_signatures = set->times[FAULT_CALLBACK_WRONG_SIGNATURE];
    o->channel[OPERATION_RESULT].duplicates = set->times[FAULT_CALLBACK_DUPLICATE];
    sim_touch(self, o);
}

void sim_confirm(sim_t *self, operation_t *o)
{
    bool confirmed = operation_apply(o, OPERATION_CONFIRM, sim_now_us(self));
    assert(confirmed);
    o->decide_us =
        o->outcome == OPERATION_STICKS ? OPERATION_NEVER_US : sim_now_us(self) + o->decide_delay_us;
    book_watch(self->book, o);
    sim_touch(self, o);
}

// Test payments may repeat a number as often as they like.
static bool paid_before(const sim_t *self, const operation_t *o)
{
    if (o->test)
        return false;
    const operation_t *other = book_find(self->book, o->invoice, o->test);
    return other != o && other->captured_us;
}

bool sim_receive(sim_t *self, operation_t *o, operation_event_t event)
{
    int64_t now_us = sim_now_us(self);
    bool paid = paid_before(self, o);
    if (!operation_apply(o, event, now_us))
        return false;
    o->hold_until_us = OPERATION_NEVER_US;
    sim_touch(self, o);
    book_watch(self->book, o);
    if (paid) { // a number is paid once: the second money goes back
        operation_apply(o, OPERATION_RETURN, now_us);
        return true;
    }
    if (o->callback_never || self->config->credit_at_once || !self->shop->result_url)
        operation_apply(o, OPERATION_CREDIT, now_us);
    int64_t due_us = o->callback_never ? OPERATION_NEVER_US : now_us + o->callback_delay_us;
    if (self->shop->result_url)
        o->channel[OPERATION_RESULT].due_us = due_us;
    if (*o->result_url2 && !o->test)
        o->channel[OPERATION_RESULT2].due_us = due_us;
    return true;
}

static void decide(sim_t *self, operation_t *o)
{
    int64_t now_us = sim_now_us(self);
    o->decide_us = OPERATION_NEVER_US;
    if (o->outcome == OPERATION_DECLINES) {
        operation_apply(o, OPERATION_DECLINE, now_us);
    } else if (o->hold) {
        operation_apply(o, OPERATION_AUTHORISE, now_us);
        o->hold_until_us = now_us + HOLD_US;
        if (*o->result_url2)
            o->channel[OPERATION_RESULT2].due_us = now_us + o->callback_delay_us;
    } else {
        sim_receive(self, o, OPERATION_RECEIVE);
    }
    sim_touch(self, o);
}

void sim_advance(sim_t *self)
{
    int64_t now_us = sim_now_us(self);
    for (size_t i = 0; i < book_watched(self->book); i++) {
        operation_t *o = book_watched_at(self->book, i);
        if (o->decide_us <= now_us)
            decide(self, o);
        if (o->hold_until_us <= now_us) {
            o->hold_until_us = OPERATION_NEVER_US;
            operation_apply(o, OPERATION_RETURN, now_us);
            sim_touch(self, o);
        }
    }
    book_sweep(self->book);
}

void sim_delivered(sim_t *self, operation_t *o, size_t channel, bool accepted)
{
    const config_t *config = self->config;
    if (operation_delivered(o, channel, accepted, sim_now_us(self), config->gaps_us,
                            config->gap_count))
        fprintf(stderr,
                "admin e-mail: invoice %" PRId64 ": %s not accepted in %" PRId64 " deliveries\n",
                o->invoice, channel == OPERATION_RESULT ? "ResultURL" : "ResultUrl2",
                o->channel[channel].deliveries);
    sim_touch(self, o);
}

sim_refund_t *sim_refund(sim_t *self, operation_t *o, int64_t kopecks)
{
    if (self->refund_count == SIM_REFUNDS_MAX)
        return NULL;
    sim_refund_t *refund = &self->refunds[self->refund_count++];
    sim_id(self, (int64_t)self->refund_count, "refund", refund->id);
    refund->operation = o->id;
    refund->kopecks = kopecks;
    refund->created_us = sim_now_us(self);
    o->refunded_kopecks += kopecks;
    sim_touch(self, o);
    journal_append(&self->journal,
                   json_pack("{s:s, s:{s:s, s:I, s:I, s:I}}", "type", "refund", "body", "refund",
                             refund->id, "operation", (json_int_t)o->id, "kopecks",
                             (json_int_t)kopecks, "created_us", (json_int_t)refund->created_us));
    return refund;
}

sim_receipt_t *sim_receipt(sim_t *self, int64_t id, int64_t invoice, int64_t kopecks, bool stuck)
{
    if (self->receipt_count == SIM_RECEIPTS_MAX)
        return NULL;
    sim_receipt_t *receipt = &self->receipts[self->receipt_count++];
    *receipt = (sim_receipt_t){id, invoice, kopecks, sim_now_us(self), stuck, ""};
    self->generation++;
    journal_append(&self->journal,
                   json_pack("{s:s, s:{s:I, s:I, s:I, s:I, s:b}}", "type", "receipt", "body",
                             "receipt", (json_int_t)id, "invoice", (json_int_t)invoice, "kopecks",
                             (json_int_t)kopecks, "created_us", (json_int_t)receipt->created_us,
                             "stuck", stuck));
    return receipt;
}

void sim_touch(sim_t *self, operation_t *o)
{
    self->generation++;
    for (size_t i = 0; i < self->dirty_count; i++)
        if (self->dirty[i] == o)
            return;
    if (self->dirty_count == SIM_DIRTY_MAX)
        sim_flush(self);
    self->dirty[self->dirty_count++] = o;
}

// By id, so that the journal's new operations come in order.
static int by_id(const void *a, const void *b)
{
    const operation_t *const *x = a, *const *y = b;
    return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

void sim_flush(sim_t *self)
{
    if (self->journal.file >= 0) {
        // NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers
        qsort(self->dirty, self->dirty_count, sizeof self->dirty[0], by_id);
        for (size_t i = 0; i < self->dirty_count; i++)
            journal_append(&self->journal, json_pack("{s:s, s:o}", "type", "operation", "body",
                                                     operation_json(self->dirty[i])));
        journal_sync(&self->journal);
    }
    self->dirty_count = 0;
}

int64_t sim_next_wake_us(const sim_t *self)
{
    int64_t wake_us = OPERATION_NEVER_US;
    for (size_t i = 0; i < book_watched(self->book); i++) {
        int64_t one_us = operation_wake_us(book_watched_at(self->book, i));
        if (one_us < wake_us)
            wake_us = one_us;
    }
    return wake_us;
}

size_t sim_in_flight(const sim_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < book_watched(self->book); i++)
        for (size_t c = 0; c < OPERATION_CHANNELS; c++)
            count += book_watched_at(self->book, i)->channel[c].in_flight;
    return count;
}
