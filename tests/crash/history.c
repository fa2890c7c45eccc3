#include "tests/crash/history.h"
#include "services/node/head.h"
#include "store/record.h"
#include "tools/kopeck/verify_ledger.h"
#include "tools/kopeck/verify_payment.h"
#include "tools/kopeck/verify_stream.h"
#include <assert.h>
#include <stdlib.h>

history_t *history_new(stream_t stream)
{
    history_t *self = calloc(1, sizeof *self);
    assert(self);
    self->stream = stream;
    self->count = 1;
    return self;
}

void history_keep(history_t *self, int count)
{
    while (self->count > count) {
        commit_t *commit = &self->commits[--self->count];
        for (uint64_t i = self->commits[commit->parent].last; i < commit->last; i++)
            free((void *)(uintptr_t)commit->facts[i].bytes.data);
        free(commit->facts);
        free(commit->head);
    }
}

void history_destroy(history_t **self_p)
{
    if (*self_p) {
        history_keep(*self_p, 1);
        free(*self_p);
        *self_p = NULL;
    }
}

uid_t16 history_account(unsigned index)
{
    uid_t16 id = {{0xac, 0xc0}};
    id.bytes[15] = (uint8_t)(index + 1);
    return id;
}

fact_t fact_of(bytes_t bytes)
{
    event_t event;
    fact_t fact = {.bytes = bytes};
    if (event_decode(bytes.data, bytes.size, &event) == FAIL_NONE) {
        fact.cause = event.cause;
        fact.sent = event.type == EVENT_payment_sent ? event.payment_sent.invoice : 0;
    }
    return fact;
}

// --- the verifier's fold ---

static void fold_ledger(commit_t *commit, verify_report_t *report)
{
    static verify_ledger_t ledger;
    event_t event;
    verify_ledger_init(&ledger, report);
    for (uint64_t i = 0; i < commit->last; i++)
        if (event_decode(commit->facts[i].bytes.data, commit->facts[i].bytes.size, &event) == 0)
            verify_ledger_feed(&ledger, i + 1, &event);
    verify_ledger_finish(&ledger, commit->last);
    for (unsigned i = 0; i < HISTORY_ACCOUNTS; i++) {
        uid_t16 id = history_account(i);
        const verify_account_t *account = verify_ledger_account(&ledger, &id);
        commit->balances[i] = account ? account->cash + account->bonus : 0;
    }
    commit->customers = ledger.customers;
    commit->accounts = ledger.accounts.count;
    verify_ledger_release(&ledger);
}

static void fold_payment(commit_t *commit, verify_report_t *report)
{
    static verify_payment_t payment;
    event_t event;
    verify_payment_init(&payment, report, 0, 0);
    for (uint64_t i = 0; i < commit->last; i++)
        if (event_decode(commit->facts[i].bytes.data, commit->facts[i].bytes.size, &event) == 0)
            verify_payment_feed(&payment, i + 1, &event);
    (void)verify_payment_finish(&payment, false);
    verify_payment_release(&payment);
}

static void fold(history_t *self, commit_t *commit)
{
    static verify_report_t report;
    static head_t head;
    verify_stream_t stream;
    event_t event;
    hash_t root;
    report = (verify_report_t){0};
    verify_stream_init(&stream, &report, self->stream);
    for (uint64_t i = 0; i < commit->last; i++)
        (void)verify_stream_feed(&stream, i + 1, commit->facts[i].bytes, &event);
    fail_t fail = head_decode(commit->head, commit->head_size, &head);
    assert(!fail);
    tree_root(&head.tree, &root);
    verify_stream_finish(&stream, head.last, &root);
    if (self->stream == STREAM_LEDGER)
        fold_ledger(commit, &report);
    if (self->stream == STREAM_PAYMENT)
        fold_payment(commit, &report);
    self->violations += report.violated;
}

// --- commits ---

int history_add(history_t *self, int parent, const node_batch_t *batch)
{
    assert(self->count < HISTORY_COMMITS_MAX);
    const commit_t *before = &self->commits[parent];
    commit_t *commit = &self->commits[self->count];
    uint64_t last = before->last;
    for (size_t i = 0; i < batch->records_count; i++)
        last += batch->records[i].count;
    *commit = (commit_t){.parent = parent, .last = last, .head_size = batch->head_size};
    commit->facts = calloc(last + 1, sizeof *commit->facts);
    commit->head = malloc(batch->head_size);
    assert(commit->facts && commit->head);
    memcpy(commit->head, batch->head, batch->head_size);
    if (before->last)
        memcpy(commit->facts, before->facts, before->last * sizeof *commit->facts);
    for (size_t i = 0; i < batch->records_count; i++)
        for (record_walk_t walk = record_walk(&batch->records[i]); record_walk_next(&walk);) {
            uint8_t *copy = malloc(walk.event.size);
            assert(copy);
            memcpy(copy, walk.event.data, walk.event.size);
            commit->facts[walk.sequence - 1] = fact_of((bytes_t){copy, walk.event.size});
        }
    fold(self, commit);
    return self->count++;
}

int history_find(const history_t *self, const void *head, size_t size)
{
    for (int i = self->count - 1; i >= 0; i--)
        if (self->commits[i].head_size == size &&
            (size == 0 || memcmp(self->commits[i].head, head, size) == 0))
            return i;
    return HISTORY_NONE;
}

bool history_follows(const history_t *self, int commit, int ancestor)
{
    while (commit > ancestor)
        commit = self->commits[commit].parent;
    return commit == ancestor;
}

bool history_holds(const history_t *self, int number, const cause_t *cause)
{
    const commit_t *commit = &self->commits[number];
    for (uint64_t i = 0; i < commit->last; i++) {
        const cause_t *other = &commit->facts[i].cause;
        if (other->stream == cause->stream && other->sequence == cause->sequence &&
            uid_equal(&other->command, &cause->command))
            return true;
    }
    return false;
}

bool history_sent(const history_t *self, int number, uint64_t invoice)
{
    const commit_t *commit = &self->commits[number];
    for (uint64_t i = 0; i < commit->last; i++)
        if (commit->facts[i].sent == invoice)
            return true;
    return false;
}
