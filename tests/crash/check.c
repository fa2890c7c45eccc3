#include "tests/crash/check.h"
#include "store/record.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { GO_ON_BATCHES = 2, NUMBER_CUSTOMERS = 1000, NUMBER_REPEATED = 1001 };
#define LATER_US (10 * MINUTE_US) // after the run: the same day
#define STEP_US (2 * SECOND_US)

static void broken(check_t *self, const char *why)
{
    if (!self->broken)
        self->broken = why;
}

// --- the journal that came up ---

typedef struct {
    check_t *check;
    const commit_t *commit;
    uint64_t next;
} compare_t;

static fail_t compare(const journal_record_t *record, void *arg)
{
    compare_t *self = arg;
    record_walk_t walk;
    if (!record_walk_from(record, self->next, &walk)) {
        broken(self->check, "the records have a gap");
        return FAIL_CORRUPT;
    }
    for (; record_walk_next(&walk); self->next++) {
        const bytes_t *wanted = &self->commit->facts[walk.sequence - 1].bytes;
        if (walk.sequence > self->commit->last || wanted->size != walk.event.size ||
            memcmp(wanted->data, walk.event.data, wanted->size) != 0) {
            broken(self->check, "an event is another one than was submitted");
            return FAIL_CORRUPT;
        }
    }
    return FAIL_NONE;
}

static void check_events(check_t *self)
{
    const commit_t *commit = &self->history->commits[self->found];
    compare_t progress = {.check = self, .commit = commit, .next = 1};
    while (progress.next <= commit->last && !self->broken)
        if (journal_read(self->life.past.reader, progress.next, SIZE_MAX, compare, &progress))
            broken(self, "an event cannot be read");
}

static void find_commit(check_t *self)
{
    static uint8_t head[JOURNAL_HEAD_MAX];
    size_t size;
    uint64_t last;
    const bounds_t *bounds = &self->bounds;
    if (journal_head(self->life.past.journal, head, sizeof head, &size, &last)) {
        broken(self, "the head cannot be read");
        return;
    }
    self->found = history_find(self->history, head, size);
    if (self->found == HISTORY_NONE)
        broken(self, "half a batch: a head that was never submitted");
    else if (self->found > bounds->submitted)
        broken(self, "a commit that was not submitted yet");
    else if (!history_follows(self->history, self->found, bounds->acknowledged))
        broken(self, "an acknowledged commit is lost");
    else if (last != self->history->commits[self->found].last)
        broken(self, "the head's last event is not the journal's");
    for (size_t i = 0; i < bounds->sent_count && !self->broken; i++)
        if (!history_sent(self->history, self->found, bounds->sent[i]))
            broken(self, "a charge left, and no payment.sent of it is in the journal");
}

// --- what is asked of the node ---

enum { PEER_COMMIT = 9, PEER_INVOICE = 10 }; // whose answer is the commit's; whose may come later

static void ask(node_t *node, request_t *request, uint8_t asker, uint64_t number)
{
    peer_t peer = {.size = 1, .bytes = {asker}};
    uint8_t bytes[256];
    request->number = number;
    size_t size = request_encode(request, bytes, sizeof bytes);
    assert(size);
    node_message(node, DOOR_COMMAND, &peer, ROLE_AUDITOR, bytes, size);
}

// Before anything new gets a number. What payment must recall for it comes in a later batch.
static void ask_invoice(check_t *self, node_t *node)
{
    request_t request = {.type = REQUEST_payment};
    self->asked_invoice = &self->demand->invoices[self->nth % self->demand->invoices_count];
    request.payment.invoice = self->asked_invoice->invoice;
    ask(node, &request, PEER_INVOICE, 1);
}

static void give(void *arg, node_t *node)
{
    check_t *self = arg;
    if (self->batch) { // going on
        demand_go_on(self->demand, node, self->batch);
        return;
    }
    if (self->history->stream == STREAM_LEDGER) {
        request_t totals = {.type = REQUEST_totals};
        for (unsigned i = 0; i < HISTORY_ACCOUNTS; i++) {
            request_t balance = {.type = REQUEST_balance};
            balance.balance.account = history_account(i);
            ask(node, &balance, PEER_COMMIT, i + 1);
        }
        ask(node, &totals, PEER_COMMIT, NUMBER_CUSTOMERS);
    }
    if (self->demand->invoices_count)
        ask_invoice(self, node);
    self->repeated = NULL;
    if (self->demand->said_count) {
        self->repeated = &self->demand->said[self->nth % self->demand->said_count];
        demand_repeat(self->repeated, node);
    }
    demand_push_again(self->demand, node);
}

// Nothing that is there is done again.
static void look_at_batch(check_t *self, const node_batch_t *batch)
{
    for (size_t i = 0; i < batch->records_count; i++)
        for (record_walk_t walk = record_walk(&batch->records[i]); record_walk_next(&walk);) {
            fact_t fact = fact_of(walk.event);
            bool caused = fact.cause.stream || !uid_is_zero(&fact.cause.command);
            if (caused && history_holds(self->history, self->found, &fact.cause))
                broken(self, "a command or an item was carried out a second time");
            if (fact.sent && self->new_charges_count < CHECK_SENT_MAX)
                self->new_charges[self->new_charges_count++] = fact.sent;
        }
}

static void submit(void *arg, const node_batch_t *batch)
{
    check_t *self = arg;
    look_at_batch(self, batch);
    self->found = history_add(self->history, self->found, batch);
}

static void submit_nothing(void *arg, const node_batch_t *batch)
{
    look_at_batch(arg, batch);
}

static void hear_balance(check_t *self, const commit_t *commit, const output_t *output)
{
    answer_t head = {0};
    request_type_t type = REQUEST_balance;
    (void)answer_decode(output->head.data, output->head.size, type, &head); // sets the number
    if (head.number == NUMBER_CUSTOMERS) {
        answer_t totals = {0};
        if (answer_decode(output->head.data, output->head.size, REQUEST_totals, &totals) ||
            totals.fail || totals.totals.customers != commit->customers || totals.totals.sum ||
            totals.totals.accounts != commit->accounts)
            broken(self, "the sums are not those of an independent fold");
    } else if (head.number >= 1 && head.number <= HISTORY_ACCOUNTS) {
        // An account without postings is no account.
        kopecks_t balance = head.fail ? 0 : head.balance.cash + head.balance.bonus;
        if (balance != commit->balances[head.number - 1])
            broken(self, "a balance is not that of an independent fold");
        self->asked_accounts++;
    }
}

// It is missing where the crash came before its commit.
static void hear_invoice(check_t *self, const output_t *output)
{
    answer_t answer = {0};
    const invoice_seen_t *seen = self->asked_invoice;
    if (answer_decode(output->head.data, output->head.size, REQUEST_payment, &answer) ||
        (answer.fail && answer.fail != FAIL_MISSING))
        broken(self, "an invoice cannot be recalled");
    else if (!answer.fail && (answer.payment.amount != seen->amount ||
                              !uid_equal(&answer.payment.account, &seen->account)))
        broken(self, "an invoice is recalled as another one");
    self->recalled += !answer.fail;
}

static void hear(void *arg, const output_t *output)
{
    check_t *self = arg;
    uint64_t invoice = demand_charges(output);
    bool fresh = invoice == 0;
    for (size_t i = 0; i < self->new_charges_count && !fresh; i++)
        fresh = self->new_charges[i] == invoice;
    if (!fresh)
        broken(self, "a charge leaves that was sent before the crash");
    if (output->kind != OUTPUT_ANSWER || self->batch)
        return;
    if (output->peer.bytes[0] == 7) { // the repeated command
        answer_t answer = {0};
        if (answer_decode(output->head.data, output->head.size, self->repeated->type, &answer) ||
            (answer.fail && self->repeated->type == REQUEST_post))
            broken(self, "a command that was said before the crash is refused after it");
    }
}

// Balances are asked before anything else is done in the batch, so they are the commit's.
static void hear_all(void *arg, const output_t *output)
{
    check_t *self = arg;
    if (output->kind == OUTPUT_ANSWER && output->peer.bytes[0] == PEER_INVOICE)
        hear_invoice(self, output);
    if (output->kind == OUTPUT_ANSWER && output->peer.bytes[0] == PEER_COMMIT && !self->batch)
        hear_balance(self, self->came_up, output);
    hear(self, output);
}

// --- start ---

static bool start(check_t *self)
{
    self->broken = NULL;
    self->found = HISTORY_NONE;
    self->batch = 0;
    self->new_charges_count = 0;
    self->started = life_start(&self->life, &self->life_options, self->demand->now + LATER_US);
    if (!self->started) {
        (void)snprintf(self->why, sizeof self->why, "does not start: %.200s", self->life.error);
        broken(self, self->why);
        return false;
    }
    self->found_term = self->life.past.term;
    if (self->found_term <= self->bounds.term)
        broken(self, "a term is given twice");
    find_commit(self);
    return true;
}

static void go_on(check_t *self, const turn_t *turn)
{
    int count = self->history->count;
    const life_options_t *options = &self->life_options;
    self->continued++;
    fail_t fail = life_turn(&self->life, turn, STEP_US);
    for (self->batch = 1; self->batch <= GO_ON_BATCHES && !fail; self->batch++) {
        self->new_charges_count = 0;
        fail = life_turn(&self->life, turn, STEP_US);
        if (!fail && self->batch < GO_ON_BATCHES)
            fail = life_seal(&self->life);
    }
    if (fail)
        broken(self, "the process cannot go on");
    life_stop(&self->life);
    if (!self->broken && !life_start(&self->life, options, self->demand->now + 2 * LATER_US))
        broken(self, "the process cannot start again after it went on");
    if (!self->broken) {
        bounds_t bounds = self->bounds;
        self->bounds.acknowledged = self->bounds.submitted = self->found;
        find_commit(self);
        if (!self->broken)
            check_events(self);
        self->bounds = bounds;
    }
    history_keep(self->history, count);
}

const char *check_state(check_t *self, unsigned nth, bool asks, bool goes_on)
{
    turn_t turn = {.give = give, .submit = submit, .hear = hear_all, .arg = self};
    self->nth = nth;
    if (start(self) && !self->broken) {
        check_events(self);
        self->came_up = &self->history->commits[self->found];
        self->asked_accounts = 0;
        turn.submit = goes_on ? submit : submit_nothing;
        if (!self->broken && goes_on)
            go_on(self, &turn);
        else if (!self->broken && asks)
            life_ask(&self->life, &turn);
        if (!self->broken && (asks || goes_on) && self->history->stream == STREAM_LEDGER &&
            self->asked_accounts != HISTORY_ACCOUNTS)
            broken(self, "a question was not answered");
    }
    life_stop(&self->life);
    return self->broken;
}

bool check_recover(check_t *self, const turn_t *turn)
{
    bool up = start(self) && !self->broken && life_turn(&self->life, turn, STEP_US) == FAIL_NONE;
    life_stop(&self->life);
    return up;
}
