#include "tests/simulation/fold.h"
#include "proto/payment.h"
#include "proto/posting.h"
#include "services/common/head.h"
#include "store/record.h"
#include "tests/simulation/world.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

enum { UNITS = 43200, RECORD_BYTES = 64 * 1024 * 1024, EPOCH_NUMBERS = 1000000000 };

// --- lists ---

static void *add(fold_list_t *list, size_t row_size)
{
    if (list->count == list->cap) {
        list->cap = list->cap ? 2 * list->cap : 64;
        list->rows = realloc(list->rows, list->cap * row_size);
        assert(list->rows);
    }
    void *row = (uint8_t *)list->rows + row_size * list->count++;
    memset(row, 0, row_size);
    return row;
}

void fold_release(fold_t *self)
{
    fold_list_t *lists[] = {&self->requests, &self->invoices, &self->mandates,
                            &self->meters,   &self->charges,  &self->credits};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        free(lists[i]->rows);
    for (size_t i = 0; i < RESOURCES_MAX; i++)
        free(self->charged[i]);
}

fold_invoice_t *fold_invoice(fold_t *self, uint64_t invoice)
{
    uint64_t index = invoice % EPOCH_NUMBERS;
    return index && index <= self->invoices.count
               ? (fold_invoice_t *)self->invoices.rows + index - 1
               : NULL;
}

fold_request_t *fold_request(fold_t *self, uint64_t sequence)
{
    fold_request_t *rows = self->requests.rows;
    for (size_t i = self->requests.count; i-- > 0;)
        if (rows[i].sequence == sequence)
            return &rows[i];
    return NULL;
}

fold_mandate_t *fold_mandate(fold_t *self, const uid_t16 *id)
{
    fold_mandate_t *rows = self->mandates.rows;
    for (size_t i = self->mandates.count; i-- > 0;)
        if (uid_equal(&rows[i].id, id))
            return &rows[i];
    return NULL;
}

static fold_fact_t *find_fact(fold_list_t *list, uint64_t sequence)
{
    fold_fact_t *rows = list->rows;
    for (size_t low = 0, high = list->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle].sequence == sequence)
            return &rows[middle];
        if (rows[middle].sequence < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

// Moscow's calendar month, by the C library's calendar.
int64_t fold_month(instant_t at)
{
    time_t moscow = (time_t)(at / SECOND_US + 3 * 3600);
    struct tm tm;
    gmtime_r(&moscow, &tm);
    return (tm.tm_year + INT64_C(1900)) * 12 + tm.tm_mon;
}

static unsigned account_of(world_t *world, const uid_t16 *id)
{
    int account = platform_model_account_of(id);
    if (account < 0)
        world_violate(world, "I12", "an event names an account that is none");
    return account < 0 ? 0 : (unsigned)account;
}

// --- metering ---

static void fold_charged(world_t *world, const event_usage_charged_t *e, uint64_t sequence)
{
    fold_t *self = &world->fold;
    int number = platform_model_resource_of(&e->resource);
    fold_meter_t *meters = self->meters.rows;
    if (number < 0 || e->meter == 0 || e->meter > self->meters.count) {
        world_violate(world, "I5", "a charge for what is none");
        return;
    }
    fold_meter_t *meter = &meters[e->meter - 1];
    const resource_t *resource = &world->platform.resources[number];
    size_t hour = (size_t)((e->hour - world->platform.start) / HOUR_US);
    if (!self->charged[number]) {
        self->charged[number] = calloc(HOURS_MAX, sizeof *self->charged[number]);
        assert(self->charged[number]);
    }
    uint16_t *charged = &self->charged[number][hour];
    *charged = (uint16_t)(*charged + e->minutes);
    if (*charged > resource->minutes[hour])
        world_violate(world, "I5", "resource %d, hour %zu: %u minutes charged of %u", number, hour,
                      *charged, resource->minutes[hour]);
    if (e->price != platform_model_price(resource->tariff))
        world_violate(world, "I5", "resource %d charged under another price", number);
    if (platform_model_account_of(&e->account) != resource->account)
        world_violate(world, "I5", "resource %d charged to another account", number);
    __int128 units = (__int128)e->price * (int64_t)e->minutes;
    fold_account_t *account = &self->accounts[meter->account];
    __int128 *exact = meter->closed ? &account->closed_units : &meter->units;
    int64_t *posted = meter->closed ? &account->closed_posted : &meter->posted;
    *exact += units;
    *posted += e->amount;
    if (*exact / UNITS != *posted)
        world_violate(world, "I5", "meter %" PRIu64 ": %" PRId64 " kopecks posted of %" PRId64,
                      e->meter, *posted, (int64_t)(*exact / UNITS));
    if (e->reason == 3)
        world_reach(world, REACH_LATE_LINE);
    if (e->reason == 2)
        world_reach(world, REACH_DELETION_LINE);
    if (e->amount)
        *(fold_fact_t *)add(&self->charges, sizeof(fold_fact_t)) =
            (fold_fact_t){sequence, e->amount, false};
}

static void fold_closed(world_t *world, const event_meter_closed_t *e, uint64_t sequence)
{
    fold_t *self = &world->fold;
    if (e->meter == 0 || e->meter > self->meters.count || uid_is_zero(&e->account))
        return;
    fold_meter_t *meter = (fold_meter_t *)self->meters.rows + e->meter - 1;
    fold_account_t *account = &self->accounts[meter->account];
    meter->closed = true;
    account->closed_units += meter->units;
    account->closed_posted += meter->posted + e->amount;
    if (account->closed_units / UNITS != account->closed_posted)
        world_violate(world, "I5", "account %u: a remainder was lost at a deletion",
                      meter->account);
    if (e->amount)
        *(fold_fact_t *)add(&self->charges, sizeof(fold_fact_t)) =
            (fold_fact_t){sequence, e->amount, false};
}

// A forgotten meter's number is given again; only one whose remainder has moved may be forgotten.
static void fold_opened(world_t *world, const event_meter_opened_t *e)
{
    fold_t *self = &world->fold;
    if (e->meter == 0 || e->meter > self->meters.count + 1) {
        world_violate(world, "I5", "meter %" PRIu64 " is not the next number", e->meter);
        return;
    }
    fold_meter_t *meter = e->meter > self->meters.count
                              ? add(&self->meters, sizeof *meter)
                              : (fold_meter_t *)self->meters.rows + e->meter - 1;
    if (meter->units % UNITS && !meter->closed)
        world_violate(world, "I5", "meter %" PRIu64 " forgotten with a remainder", e->meter);
    *meter = (fold_meter_t){.resource = platform_model_resource_of(&e->resource)};
    if (!uid_is_zero(&e->account))
        meter->account = account_of(world, &e->account);
}

static void fold_metering(world_t *world, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_meter_opened) {
        fold_opened(world, &event->meter_opened);
    } else if (event->type == EVENT_usage_charged) {
        fold_charged(world, &event->usage_charged, sequence);
    } else if (event->type == EVENT_meter_closed) {
        fold_closed(world, &event->meter_closed, sequence);
    } else if (event->type == EVENT_usage_expired) {
        world_violate(world, "I5", "minutes expired that came in time");
    }
}

// --- the ledger ---

static void take_fact(world_t *world, fold_list_t *list, const event_t *event)
{
    const event_posted_t *e = &event->posted;
    fold_fact_t *fact = find_fact(list, event->cause.sequence);
    bool bonus_split = e->kind == POSTING_CHARGE;
    if (!fact)
        world_violate(world, "I12", "a posting is caused by an event that is not durable");
    else if (fact->taken || (!bonus_split && fact->amount != e->amount) || fact->amount < e->amount)
        world_violate(world, "I1",
                      "event %" PRIu64 " of stream %" PRIu64 " posted twice or wrongly",
                      event->cause.sequence, event->cause.stream);
    else if ((fact->amount -= e->amount) == 0)
        fact->taken = true;
}

static void fold_posted(world_t *world, const event_t *event)
{
    fold_t *self = &world->fold;
    const event_posted_t *e = &event->posted;
    if (e->debit < SYSTEM_END)
        self->systems[e->debit] -= e->amount;
    if (e->credit < SYSTEM_END)
        self->systems[e->credit] += e->amount;
    if (e->debit == SYSTEM_SUSPENSE || e->credit == SYSTEM_SUSPENSE)
        world_violate(world, "I3", "money of a known account went to suspense");
    if (!uid_is_zero(&e->account)) {
        fold_account_t *account = &self->accounts[account_of(world, &e->account)];
        account->balance += e->credit >= SYSTEM_END ? e->amount : -e->amount;
        if (account->balance != e->cash + e->bonus)
            world_violate(world, "I2", "a posting's balance is not the sum of the postings");
    }
    self->bonus += e->kind == POSTING_BONUS ? e->amount : 0;
    if (event->cause.stream == STREAM_METERING)
        take_fact(world, &self->charges, event);
    if (event->cause.stream == STREAM_PAYMENT)
        take_fact(world, &self->credits, event);
}

// --- payment ---

static fold_invoice_t *known_invoice(world_t *world, uint64_t invoice)
{
    static fold_invoice_t none;
    fold_invoice_t *known = fold_invoice(&world->fold, invoice);
    if (!known)
        world_violate(world, "I7", "an event names invoice %" PRIu64 ", which is none", invoice);
    none = (fold_invoice_t){0};
    return known ? known : &none;
}

static void fold_created(world_t *world, const event_payment_created_t *e)
{
    fold_t *self = &world->fold;
    fold_invoice_t *invoice = add(&self->invoices, sizeof *invoice);
    *invoice = (fold_invoice_t){.account = account_of(world, &e->account),
                                .kind = (unsigned)e->kind,
                                .amount = e->amount,
                                .request = e->request,
                                .mandate = e->mandate};
    if (e->invoice != EPOCH_NUMBERS + self->invoices.count)
        world_violate(world, "I7", "invoice %" PRIu64 " is not the next number", e->invoice);
    if (e->kind != PAYMENT_KIND_AUTOPAY)
        return;
    fold_request_t *request = fold_request(self, e->request);
    const fold_mandate_t *mandate = fold_mandate(self, &e->mandate);
    if (!request)
        world_violate(world, "I7", "invoice %" PRIu64 " without a durable decision", e->invoice);
    else if (request->invoice)
        world_violate(world, "I7", "decision %" PRIu64 " has two invoices", e->request);
    else if (request->account != invoice->account || request->amount != e->amount)
        world_violate(world, "I7", "decision %" PRIu64 " became another payment", e->request);
    else
        request->invoice = e->invoice;
    if (request && request->credit != self->accounts[invoice->account].credit)
        world_violate(world, "I9", "invoice %" PRIu64 " for a decision that did not know a credit",
                      e->invoice);
    if (!mandate || !mandate->live)
        world_violate(world, "I9", "invoice %" PRIu64 " under a mandate that is not live",
                      e->invoice);
}

static void fold_sent(world_t *world, const event_payment_sent_t *e)
{
    fold_invoice_t *invoice = known_invoice(world, e->invoice);
    const fold_mandate_t *mandate = fold_mandate(&world->fold, &invoice->mandate);
    if (invoice->declined || invoice->succeeded)
        world_violate(world, "I7", "invoice %" PRIu64 " sent after its end", e->invoice);
    if (mandate && !mandate->live)
        world_violate(world, "I9", "invoice %" PRIu64 " sent under a revoked mandate", e->invoice);
    invoice->sent++;
}

static void fold_succeeded(world_t *world, const event_payment_succeeded_t *e, uint64_t sequence)
{
    fold_t *self = &world->fold;
    fold_invoice_t *invoice = known_invoice(world, e->invoice);
    const operation_t *operation = robokassa_model_find(&world->robokassa, e->invoice);
    if (invoice->succeeded)
        world_violate(world, "I3", "invoice %" PRIu64 " succeeded twice", e->invoice);
    if (!operation || operation->state != OPERATION_PAID || operation->paid != e->amount)
        world_violate(world, "I3", "invoice %" PRIu64 " succeeded, and Robokassa has no such money",
                      e->invoice);
    if (e->evidence != 4 && e->amount != invoice->amount)
        world_violate(world, "I3", "invoice %" PRIu64 " credited with another amount", e->invoice);
    invoice->succeeded = e->amount;
    invoice->credit = sequence;
    self->accounts[invoice->account].credit = sequence;
    *(fold_fact_t *)add(&self->credits, sizeof(fold_fact_t)) =
        (fold_fact_t){sequence, e->amount, false};
    if (e->after)
        world_reach(world, REACH_AFTER_DECLINE);
    if (e->evidence == 2)
        world_reach(world, REACH_BY_STATE);
    fold_request_t *request = e->request ? fold_request(self, e->request) : NULL;
    if (request)
        request->answered++;
}

static void fold_declined(world_t *world, const event_payment_declined_t *e)
{
    static const reach_t reached[] = {[DECLINE_STALE] = REACH_STALE,
                                      [DECLINE_EXPIRED] = REACH_EXPIRED_REQUEST,
                                      [DECLINE_REVOKED] = REACH_REQUEST_REVOKED,
                                      [DECLINE_BUSY] = REACH_BUSY,
                                      [DECLINE_NOT_ARRIVED] = REACH_NOT_ARRIVED,
                                      [DECLINE_REJECTED] = REACH_DECLINED,
                                      [DECLINE_STATE_10] = REACH_DECLINED,
                                      [DECLINE_STATE_60] = REACH_DECLINED};
    if (e->reason < sizeof reached / sizeof *reached && reached[e->reason])
        world_reach(world, reached[e->reason]);
    if (e->invoice)
        known_invoice(world, e->invoice)->declined = true;
    fold_request_t *request = e->request ? fold_request(&world->fold, e->request) : NULL;
    if (e->request && !request)
        world_violate(world, "I7", "decision %" PRIu64 " declined, and it is not durable",
                      e->request);
    if (request && request->answered++)
        world_violate(world, "I7", "decision %" PRIu64 " answered twice", e->request);
}

static void fold_consented(world_t *world, const event_mandate_consented_t *e)
{
    fold_mandate_t *mandate = add(&world->fold.mandates, sizeof *mandate);
    *mandate = (fold_mandate_t){.id = e->mandate,
                                .account = account_of(world, &e->account),
                                .amount = e->amount,
                                .sum_max = e->sum_max,
                                .count_max = e->count_max,
                                .live = true};
    world_reach(world, REACH_LINKED);
}

static void fold_revoked(world_t *world, const event_mandate_revoked_t *e)
{
    fold_mandate_t *mandate = fold_mandate(&world->fold, &e->mandate);
    world_reach(world, e->why == 2 ? REACH_RELINKED : REACH_REVOKED);
    if (!mandate)
        return; // a ticket that was not paid yet
    mandate->live = false;
    const fold_account_t *account = &world->fold.accounts[mandate->account];
    if (account->open)
        world_reach(world, REACH_REVOKED_IN_FLIGHT);
}

static void fold_payment(world_t *world, const event_t *event, uint64_t sequence)
{
    switch (event->type) {
    case EVENT_payment_created:
        fold_created(world, &event->payment_created);
        break;
    case EVENT_payment_sent:
        fold_sent(world, &event->payment_sent);
        break;
    case EVENT_payment_succeeded:
        fold_succeeded(world, &event->payment_succeeded, sequence);
        break;
    case EVENT_payment_declined:
        fold_declined(world, &event->payment_declined);
        break;
    case EVENT_payment_unknown:
        if (event->payment_unknown.why == 3)
            world_reach(world, REACH_UNKNOWN_RESTART);
        break;
    case EVENT_payment_mismatch: {
        fold_invoice_t *invoice = known_invoice(world, event->payment_mismatch.invoice);
        if (!invoice->mismatch)
            customers_resolve(world, event->payment_mismatch.invoice,
                              event->payment_mismatch.received);
        invoice->mismatch = true;
        world_reach(world, REACH_MISMATCH);
        break;
    }
    case EVENT_payment_expired:
        known_invoice(world, event->payment_expired.invoice)->expired = true;
        world_reach(world, REACH_LAPSED);
        break;
    case EVENT_mandate_consented:
        fold_consented(world, &event->mandate_consented);
        break;
    case EVENT_mandate_changed: {
        fold_mandate_t *mandate = fold_mandate(&world->fold, &event->mandate_changed.mandate);
        if (mandate) {
            mandate->count_max = event->mandate_changed.count_max;
            mandate->sum_max = event->mandate_changed.sum_max;
        }
        world_reach(world, REACH_CHANGED);
        break;
    }
    case EVENT_mandate_revoked:
        fold_revoked(world, &event->mandate_revoked);
        break;
    default:
        break;
    }
}

// --- autopay ---

static void fold_noted(world_t *world, const event_autopay_mandate_noted_t *e)
{
    fold_account_t *account = &world->fold.accounts[account_of(world, &e->account)];
    if (!fold_mandate(&world->fold, &e->mandate))
        world_violate(world, "I12", "autopay noted a mandate that is not durable");
    account->noted = e->mandate;
    account->noted_live = e->state == 1;
    account->noted_amount = e->amount;
    account->noted_count = e->count_max;
    account->noted_sum = e->sum_max;
}

// No decision on a balance that lacks a payment which autopay knows of.
static void check_posted(world_t *world, const fold_request_t *request, unsigned account)
{
    const fold_invoice_t *invoice = fold_invoice(&world->fold, request->invoice);
    if (request->account != account || request->outcome != REQUEST_SUCCEEDED || !invoice)
        return;
    const fold_fact_t *fact = find_fact(&world->fold.credits, invoice->credit);
    if (fact && !fact->taken)
        world_violate(world, "I9", "account %u: a decision before its payment was posted", account);
}

static void fold_requested(world_t *world, const event_t *event, uint64_t sequence)
{
    fold_t *self = &world->fold;
    const event_autopay_payment_requested_t *e = &event->autopay_payment_requested;
    unsigned number = account_of(world, &e->account);
    fold_account_t *account = &self->accounts[number];
    int64_t month = fold_month(event->at), sum = e->amount;
    uint64_t count = 1;
    const fold_request_t *rows = self->requests.rows;
    for (size_t i = 0; i < self->requests.count; i++)
        check_posted(world, &rows[i], number);
    for (size_t i = 0; i < self->requests.count; i++)
        if (rows[i].account == number && rows[i].month == month &&
            rows[i].outcome == REQUEST_SUCCEEDED)
            count++, sum += rows[i].amount;
    if (account->open)
        world_violate(world, "I9", "account %u: a decision while %" PRIu64 " is open", number,
                      account->open);
    if (!account->noted_live || account->suspended)
        world_violate(world, "I9", "account %u: a decision without a live mandate, or suspended",
                      number);
    if (count > account->noted_count || sum > account->noted_sum)
        world_violate(world, "I8",
                      "account %u: payment %" PRIu64 " of %" PRIu64 ", %" PRId64 " of %" PRId64
                      " kopecks",
                      number, count, account->noted_count, sum, account->noted_sum);
    if ((int64_t)e->month != month || e->amount != account->noted_amount)
        world_violate(world, "I8", "account %u: another month or amount than the mandate's",
                      number);
    if (e->balance >= e->threshold)
        world_violate(world, "I9", "account %u: a decision above the threshold", number);
    *(fold_request_t *)add(&self->requests, sizeof(fold_request_t)) =
        (fold_request_t){.sequence = sequence,
                         .account = number,
                         .mandate = e->mandate,
                         .amount = e->amount,
                         .month = month,
                         .credit = e->credit};
    account->open = sequence;
    world_reach(world, REACH_DECIDED);
    customers_hear_decision(world, number);
}

static void fold_settled(world_t *world, const event_t *event)
{
    const event_autopay_settled_t *e = &event->autopay_settled;
    fold_request_t *request = fold_request(&world->fold, e->request);
    if (!request || !request->answered) {
        world_violate(world, "I12", "autopay settled what payment has not durably answered");
        return;
    }
    request->outcome = e->outcome == 1 ? REQUEST_SUCCEEDED : REQUEST_DECLINED;
    fold_account_t *account = &world->fold.accounts[request->account];
    if (account->open == e->request)
        account->open = 0;
    if (e->outcome == 1)
        world_reach(world, REACH_SETTLED);
    if (fold_month(event->at) != request->month)
        world_reach(world, REACH_MONTH_IN_FLIGHT);
}

static void fold_autopay(world_t *world, const event_t *event, uint64_t sequence)
{
    fold_t *self = &world->fold;
    switch (event->type) {
    case EVENT_autopay_mandate_noted:
        fold_noted(world, &event->autopay_mandate_noted);
        break;
    case EVENT_autopay_payment_requested:
        fold_requested(world, event, sequence);
        break;
    case EVENT_autopay_settled:
        fold_settled(world, event);
        break;
    case EVENT_autopay_suspended:
        self->accounts[account_of(world, &event->autopay_suspended.account)].suspended = true;
        world_reach(world, REACH_SUSPENDED);
        break;
    case EVENT_autopay_resumed:
        self->accounts[account_of(world, &event->autopay_resumed.account)].suspended = false;
        break;
    case EVENT_autopay_withheld:
        if (event->autopay_withheld.reason == 13)
            world_reach(world, REACH_COUNT_CAP);
        if (event->autopay_withheld.reason == 14)
            world_reach(world, REACH_SUM_CAP);
        if (event->autopay_withheld.reason == 10)
            world_reach(world, REACH_BACKOFF);
        break;
    default:
        break;
    }
}

// --- journals ---

typedef struct {
    world_t *world;
    process_t *process;
} reading_t;

static fail_t take_record(const journal_record_t *record, void *arg)
{
    world_t *world = ((reading_t *)arg)->world;
    process_name_t name = ((reading_t *)arg)->process->index;
    fold_t *self = &world->fold;
    if (record->first != self->seen[name] + 1)
        world_violate(world, "I1", "%s: a gap after %" PRIu64, process_title(name),
                      self->seen[name]);
    for (record_walk_t walk = record_walk(record); record_walk_next(&walk);) {
        event_t event;
        hash_t leaf;
        if (event_decode(walk.event.data, walk.event.size, &event)) {
            world_violate(world, "I1", "%s: event %" PRIu64 " does not decode", process_title(name),
                          walk.sequence);
            return FAIL_CORRUPT;
        }
        tree_leaf(walk.event.data, walk.event.size, &leaf);
        tree_append(&self->trees[name], &leaf);
        self->seen[name] = walk.sequence;
        if (name == METERING)
            fold_metering(world, &event, walk.sequence);
        else if (name == PAYMENT)
            fold_payment(world, &event, walk.sequence);
        else if (name == AUTOPAY)
            fold_autopay(world, &event, walk.sequence);
        else if (event.type == EVENT_posted)
            fold_posted(world, &event);
        else if (event.type == EVENT_account_exhausted)
            world_reach(world, REACH_EXHAUSTED);
    }
    return FAIL_NONE;
}

static void check_head(world_t *world, process_t *process, journal_t *journal)
{
    static uint8_t bytes[JOURNAL_HEAD_MAX];
    static head_t head;
    size_t size;
    uint64_t last;
    hash_t own, stored;
    if (journal_head(journal, bytes, sizeof bytes, &size, &last) || size == 0)
        return;
    if (head_decode(bytes, size, &head) || head.last != last) {
        world_violate(world, "I1", "%s: the head does not fit the journal",
                      process_title(process->index));
        return;
    }
    tree_root(&head.tree, &stored);
    tree_root(&world->fold.trees[process->index], &own);
    if (last != world->fold.seen[process->index] || memcmp(&own, &stored, sizeof own) != 0)
        world_violate(world, "I1", "%s: the recomputed root is not the head's",
                      process_title(process->index));
}

void fold_catch_up(world_t *world, process_t *process)
{
    journal_t *journal = NULL;
    journal_reader_t *reader = NULL;
    reading_t reading = {world, process};
    fail_t fail = journal_open_memory(process->disk, &journal);
    fail = fail ? fail : journal_reader_open(journal, &reader);
    assert(!fail);
    uint64_t last, seen = world->fold.seen[process->index];
    fail = journal_reader_last(reader, &last);
    if (!fail && last < seen)
        world_violate(world, "I6", "%s: the journal lost durable events",
                      process_title(process->index));
    if (!fail && last > seen)
        fail = journal_read(reader, seen + 1, RECORD_BYTES, take_record, &reading);
    if (fail)
        world_violate(world, "I1", "%s: the journal cannot be read: %s",
                      process_title(process->index), fail_name(fail));
    else
        check_head(world, process, journal);
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
}

void fold_check_push(world_t *world, uint64_t epoch, uint64_t acknowledged)
{
    static uint8_t bytes[JOURNAL_HEAD_MAX];
    static head_t head;
    journal_t *journal = NULL;
    size_t size = 0;
    uint64_t last;
    fail_t fail = journal_open_memory(world->processes[METERING].disk, &journal);
    fail = fail ? fail : journal_head(journal, bytes, sizeof bytes, &size, &last);
    fail = fail || size == 0 ? FAIL_CORRUPT : head_decode(bytes, size, &head);
    const cursor_t *cursor = fail ? NULL : head_cursor(&head, PRODUCER_FIRST);
    if (acknowledged && (!cursor || cursor->epoch < epoch ||
                         (cursor->epoch == epoch && cursor->sequence < acknowledged)))
        world_violate(world, "I6", "usage %" PRIu64 " acknowledged and not durable", acknowledged);
    journal_destroy(&journal);
}
