#include "tests/model/autopay_harness.h"
#include "proto/posting.h"
#include <assert.h>
#include <stdlib.h>

// --- playing the node ---

static event_t recoded(const event_t *event)
{
    static uint8_t bytes[EVENT_BYTES_MAX];
    event_t back;
    size_t size = event_encode(event, bytes, sizeof bytes);
    assert(size > 0);
    assert(event_decode(bytes, size, &back) == FAIL_NONE);
    return back;
}

static void commit(harness_t *self)
{
    for (size_t i = 0; i < self->decision.count; i++) {
        assert(self->journal_count < HARNESS_EVENTS_MAX);
        event_t *stored = &self->journal[self->journal_count++];
        *stored = recoded(&self->decision.events[i]);
        autopay_core.apply(self->state, stored, self->journal_count);
    }
}

static fail_t decide(harness_t *self, input_t *input, size_t *ret_count)
{
    size_t count = 0;
    fail_t fail;
    input->now = self->now;
    self->decision.input = input;
    do {
        self->decision.count = 0;
        self->decision.more = false;
        fail = autopay_core.decide(self->state, input, &self->decision);
        assert(!fail || self->decision.count == 0);
        commit(self);
        count += self->decision.count;
    } while (self->decision.more);
    if (ret_count)
        *ret_count = count;
    return fail;
}

harness_t *harness_new(instant_t now)
{
    harness_t *self = calloc(1, sizeof *self);
    assert(self);
    self->journal = calloc(HARNESS_EVENTS_MAX, sizeof *self->journal);
    self->payment = calloc(HARNESS_EVENTS_MAX, sizeof *self->payment);
    self->ledger = calloc(HARNESS_EVENTS_MAX, sizeof *self->ledger);
    self->decision.events = calloc(DECISION_EVENTS_MAX, sizeof *self->decision.events);
    self->decision.scratch = calloc(1, DECISION_SCRATCH_BYTES);
    assert(self->journal && self->payment && self->ledger);
    assert(self->decision.events && self->decision.scratch);
    self->now = now;
    self->state = autopay_core.create(NULL);
    input_t input = {.kind = INPUT_TICK, .now = now};
    self->decision.input = &input;
    assert(autopay_core.found(self->state, &input, &self->decision) == FAIL_NONE);
    commit(self);
    return self;
}

void harness_free(harness_t *self)
{
    autopay_core.destroy(self->state);
    free(self->journal);
    free(self->payment);
    free(self->ledger);
    free(self->decision.events);
    free(self->decision.scratch);
    free(self);
}

// --- the ledger ---

static event_t *append(event_t *stream, uint64_t *count, instant_t at, event_type_t type)
{
    assert(*count < HARNESS_EVENTS_MAX);
    event_t *event = &stream[(*count)++];
    *event = (event_t){.type = type, .at = at};
    return event;
}

size_t harness_account_index(const harness_t *self, const uid_t16 *id)
{
    for (size_t i = 0; i < self->accounts_count; i++)
        if (uid_equal(&self->accounts[i].id, id))
            return i;
    assert(false);
    return 0;
}

size_t harness_open(harness_t *self)
{
    assert(self->accounts_count < HARNESS_ACCOUNTS_MAX);
    size_t i = self->accounts_count++;
    harness_account_t *account = &self->accounts[i];
    account->id = table_key(0x6b6f7065636bu + i, ~(uint64_t)i);
    event_t *event = append(self->ledger, &self->ledger_count, self->now, EVENT_account_opened);
    event->account_opened = (event_account_opened_t){account->id, SYSTEM_END + i};
    account->head = self->ledger_count;
    return i;
}

void harness_ledger_says(harness_t *self, const event_t *event)
{
    event_t *said = append(self->ledger, &self->ledger_count, self->now, event->type);
    *said = *event;
    said->at = self->now;
}

static void post(harness_t *self, size_t i, kopecks_t amount, posting_kind_t kind, cause_t cause)
{
    harness_account_t *account = &self->accounts[i];
    event_t *event = append(self->ledger, &self->ledger_count, self->now, EVENT_posted);
    account->balance += amount;
    account->head = self->ledger_count;
    if (kind == POSTING_CHARGE)
        account->returned = 0;
    else if (kind == POSTING_REFUND || kind == POSTING_CHARGEBACK)
        account->returned -= amount;
    if (cause.stream == STREAM_PAYMENT)
        account->credit = cause.sequence;
    event->cause = cause;
    event->posted = (event_posted_t){
        .account = account->id,
        .debit = amount < 0 ? SYSTEM_END + i : SYSTEM_CLEARING,
        .credit = amount < 0 ? SYSTEM_REVENUE : SYSTEM_END + i,
        .amount = amount < 0 ? -amount : amount,
        .kind = kind,
        .cash = account->balance - 7, // some of it is bonus
        .bonus = 7,
    };
}

void harness_post(harness_t *self, size_t account, kopecks_t amount)
{
    post(self, account, amount, amount < 0 ? POSTING_CHARGE : POSTING_CORRECTION, (cause_t){0});
}

void harness_give_back(harness_t *self, size_t account, posting_kind_t kind, kopecks_t amount)
{
    post(self, account, -amount, kind, (cause_t){0});
}

bool harness_ledger_consume(harness_t *self)
{
    if (self->payment_posted == self->payment_count)
        return false;
    const event_t *event = &self->payment[self->payment_posted++];
    if (event->type == EVENT_payment_succeeded)
        post(self, harness_account_index(self, &event->payment_succeeded.account),
             event->payment_succeeded.amount, POSTING_TOPUP,
             (cause_t){.stream = STREAM_PAYMENT, .sequence = self->payment_posted});
    return true;
}

// --- payment ---

uint64_t harness_say(harness_t *self, const event_t *event)
{
    *append(self->payment, &self->payment_count, self->now, event->type) = *event;
    return self->payment_count;
}

uint64_t harness_topup(harness_t *self, size_t account, kopecks_t amount)
{
    event_t event = {.type = EVENT_payment_succeeded, .at = self->now};
    event.payment_succeeded = (event_payment_succeeded_t){
        .invoice = ++self->invoices,
        .account = self->accounts[account].id,
        .amount = amount,
        .kind = PAYMENT_KIND_TOPUP,
        .evidence = EVIDENCE_CALLBACK,
    };
    return harness_say(self, &event);
}

uint64_t harness_consent(harness_t *self, size_t account, kopecks_t amount, uint64_t count_max,
                         kopecks_t sum_max)
{
    uint64_t credit = harness_topup(self, account, amount);
    event_t event = {.type = EVENT_mandate_consented, .at = self->now};
    event.mandate_consented = (event_mandate_consented_t){
        .mandate = table_key(UINT64_C(0x6d616e64617465), credit),
        .account = self->accounts[account].id,
        .parent = self->invoices,
        .amount = amount,
        .count_max = count_max,
        .sum_max = sum_max,
        .credit = credit,
    };
    return harness_say(self, &event);
}

uid_t16 harness_mandate(const harness_t *self, size_t account)
{
    for (uint64_t n = self->payment_count; n > 0; n--) {
        const event_t *event = &self->payment[n - 1];
        if (event->type == EVENT_mandate_consented &&
            uid_equal(&event->mandate_consented.account, &self->accounts[account].id))
            return event->mandate_consented.mandate;
    }
    return (uid_t16){0};
}

void harness_revoke(harness_t *self, size_t account, const uid_t16 *mandate)
{
    event_t event = {.type = EVENT_mandate_revoked, .at = self->now};
    event.mandate_revoked = (event_mandate_revoked_t){*mandate, self->accounts[account].id, 1};
    harness_say(self, &event);
}

void harness_refund(harness_t *self, size_t account)
{
    event_t event = {.type = EVENT_mandate_refunded, .at = self->now};
    event.mandate_refunded =
        (event_mandate_refunded_t){harness_mandate(self, account), self->accounts[account].id};
    harness_say(self, &event);
}

static const event_autopay_payment_requested_t *requested(const harness_t *self, uint64_t request)
{
    assert(request > 0 && request <= self->journal_count);
    assert(self->journal[request - 1].type == EVENT_autopay_payment_requested);
    return &self->journal[request - 1].autopay_payment_requested;
}

uint64_t harness_succeed(harness_t *self, uint64_t request, bool after)
{
    event_t event = {.type = EVENT_payment_succeeded, .at = self->now};
    event.payment_succeeded = (event_payment_succeeded_t){
        .invoice = ++self->invoices,
        .account = requested(self, request)->account,
        .amount = requested(self, request)->amount,
        .kind = PAYMENT_KIND_AUTOPAY,
        .request = request,
        .evidence = EVIDENCE_STATE,
        .after = after,
    };
    return harness_say(self, &event);
}

void harness_decline(harness_t *self, uint64_t request, decline_t reason, uint64_t code,
                     uint64_t credit)
{
    event_t event = {.type = EVENT_payment_declined, .at = self->now};
    event.payment_declined = (event_payment_declined_t){
        .invoice = ++self->invoices,
        .account = requested(self, request)->account,
        .request = request,
        .reason = reason,
        .code = code,
        .credit = credit,
    };
    harness_say(self, &event);
}

// --- autopay ---

bool harness_hear(harness_t *self)
{
    if (self->payment_heard == self->payment_count)
        return false;
    uint64_t sequence = ++self->payment_heard;
    event_t event = recoded(&self->payment[sequence - 1]);
    input_t input = {
        .kind = INPUT_EVENT,
        .stream = STREAM_PAYMENT,
        .sequence = sequence,
        .event = &event,
        .cause = {.stream = STREAM_PAYMENT, .sequence = sequence},
    };
    assert(decide(self, &input, NULL) == FAIL_NONE);
    return true;
}

bool harness_see(harness_t *self)
{
    if (self->ledger_seen == self->ledger_count)
        return false;
    uint64_t sequence = ++self->ledger_seen;
    event_t event = recoded(&self->ledger[sequence - 1]);
    autopay_core.observe(self->state, STREAM_LEDGER, &event, sequence);
    return true;
}

void harness_catch_up(harness_t *self)
{
    while (harness_ledger_consume(self))
        ;
    while (harness_hear(self))
        ;
    while (harness_see(self))
        ;
}

size_t harness_tick(harness_t *self, bool current)
{
    size_t count;
    input_t input = {.kind = INPUT_TICK, .current = current};
    assert(decide(self, &input, &count) == FAIL_NONE);
    return count;
}

fail_t harness_command(harness_t *self, role_t role, request_t request)
{
    request.id = table_key(++self->commands, 1);
    input_t input = {
        .kind = INPUT_REQUEST,
        .request = &request,
        .role = role,
        .cause = {.command = request.id},
    };
    return decide(self, &input, NULL);
}

answer_autopay_t harness_ask(harness_t *self, size_t account, bool current)
{
    request_t request = {.type = REQUEST_autopay};
    request.autopay.account = self->accounts[account].id;
    answer_t answer = {.type = REQUEST_autopay};
    query_t query = {
        .answer = &answer, .last = self->journal_count, .now = self->now, .current = current};
    assert(autopay_core.query(self->state, &request, NULL, 0, &query) == FAIL_NONE);
    return answer.autopay;
}

instant_t harness_wake(harness_t *self)
{
    static due_t due;
    autopay_core.due(self->state, self->now, &due);
    assert(due.count == 0);
    return due.wake;
}

// The table, each row read as it would come over the wire.
static void fetch_view(harness_t *self)
{
    enum { ROW_BYTES_MAX = 128 };
    autopay_core.view_reset(self->state, STREAM_LEDGER);
    for (size_t i = 0; i < self->accounts_count; i++) {
        const harness_account_t *account = &self->accounts[i];
        uint8_t bytes[ROW_BYTES_MAX];
        pack_t pack;
        pack_start(&pack, bytes, sizeof bytes);
        pack_array(&pack, 7);
        pack_u64(&pack, SYSTEM_END + i);
        pack_uid(&pack, &account->id);
        pack_i64(&pack, account->balance - 3);
        pack_i64(&pack, 3);
        pack_u64(&pack, account->head);
        pack_u64(&pack, account->credit);
        pack_i64(&pack, account->returned);
        wire_t wire;
        wire_start(&wire, bytes, pack_end(&pack));
        assert(autopay_core.view_row(self->state, STREAM_LEDGER, &wire) == FAIL_NONE);
        assert(wire_end(&wire) == FAIL_NONE);
    }
    autopay_core.view_cursors(self->state, STREAM_LEDGER, STREAM_PAYMENT, self->payment_posted);
}

void harness_crash(harness_t *self)
{
    autopay_core.destroy(self->state);
    self->state = autopay_core.create(NULL);
    for (uint64_t n = 1; n <= self->journal_count; n++)
        autopay_core.apply(self->state, &self->journal[n - 1], n);
    fetch_view(self);
    // the follower goes on a little before the table: what rows include already comes again
    self->ledger_seen = self->ledger_count > 5 ? self->ledger_count - 5 : 0;
}

// --- its journal ---

uint64_t harness_last_sequence(const harness_t *self, event_type_t type)
{
    uint64_t n = self->journal_count;
    while (n > 0 && self->journal[n - 1].type != type)
        n--;
    return n;
}

const event_t *harness_last(const harness_t *self, event_type_t type)
{
    uint64_t n = harness_last_sequence(self, type);
    return n ? &self->journal[n - 1] : NULL;
}

size_t harness_count(const harness_t *self, event_type_t type)
{
    size_t count = 0;
    for (uint64_t n = 0; n < self->journal_count; n++)
        count += self->journal[n].type == type;
    return count;
}
