#include "tests/simulation/fold_parts.h"
#include "services/node/head.h"
#include "store/record.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

enum { RECORD_BYTES = 64 * 1024 * 1024 };

// --- lists ---

void *fold_add(fold_list_t *list, size_t row_size)
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

void fold_init(fold_t *self)
{
    self->closing.deleted = -1;
    self->payment.epoch = self->follows[LEDGER] = self->follows[AUTOPAY] = PROCESS_EPOCH;
    table_init(&self->numbers, sizeof(fold_number_t));
    for (unsigned i = 0; i < PROCESSES; i++)
        fold_commands_init(&self->commands[i]);
}

void fold_release(fold_t *self)
{
    for (unsigned i = 0; i < PROCESSES; i++)
        fold_commands_release(&self->commands[i]);
    fold_history_t *lost = self->lost.rows;
    for (size_t i = 0; i < self->lost.count; i++)
        fold_history_release(&lost[i]);
    fold_history_release(&self->payment);
    fold_backup_release(&self->backup);
    table_release(&self->numbers);
    fold_list_t *lists[] = {&self->requests,      &self->meters,     &self->charges,
                            &self->given,         &self->bank.facts, &self->bank.fees,
                            &self->bank.invoices, &self->lost,       &self->acts.charges,
                            &self->receipts};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        free(lists[i]->rows);
    for (size_t i = 0; i < PROCESSES; i++)
        free(self->leaves[i].rows), free(self->roots[i].rows);
    for (size_t i = 0; i < ACCOUNTS_MAX; i++) {
        free(self->accounts[i].balances.rows);
        free(self->accounts[i].purse.lots.rows);
        free(self->ladder.accounts[i].lines.rows);
    }
    for (size_t i = 0; i < RESOURCES_MAX; i++)
        free(self->charged[i]), free(self->late[i]);
}

fold_invoice_t *fold_invoice(fold_t *self, uint64_t invoice)
{
    return fold_invoice_in(&self->payment, invoice);
}

fold_invoice_t *fold_invoice_in(const fold_history_t *history, uint64_t invoice)
{
    fold_invoice_t *rows = history->invoices.rows;
    size_t low = 0, high = history->invoices.count; // numbers ascend
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle].number < invoice)
            low = middle + 1;
        else
            high = middle;
    }
    return low < history->invoices.count && rows[low].number == invoice ? &rows[low] : NULL;
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
    return fold_mandate_in(&self->payment, id);
}

fold_mandate_t *fold_mandate_in(const fold_history_t *history, const uid_t16 *id)
{
    fold_mandate_t *rows = history->mandates.rows;
    for (size_t i = history->mandates.count; i-- > 0;)
        if (uid_equal(&rows[i].id, id))
            return &rows[i];
    return NULL;
}

const fold_terms_t *fold_terms_at(const fold_mandate_t *mandate, uint64_t sequence)
{
    const fold_terms_t *rows = mandate->terms.rows;
    size_t i = mandate->terms.count;
    while (i > 0 && rows[i - 1].sequence > sequence)
        i--;
    return i > 0 ? &rows[i - 1] : NULL;
}

uint64_t fold_paid(fold_t *self, unsigned account, int64_t month, int64_t *ret_sum)
{
    const fold_request_t *rows = self->requests.rows;
    uint64_t count = 0;
    *ret_sum = 0;
    for (size_t i = 0; i < self->requests.count; i++) {
        bool of_month = rows[i].account == account && rows[i].month == month && rows[i].invoice;
        const fold_invoice_t *invoice = of_month ? fold_invoice(self, rows[i].invoice) : NULL;
        if (invoice && invoice->succeeded)
            count++, *ret_sum += invoice->succeeded;
    }
    return count;
}

fold_fact_t *fold_fact(fold_list_t *list, uint64_t sequence)
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

const fold_mandate_t *fold_live_mandate(const fold_t *self, unsigned account)
{
    const fold_mandate_t *mandates = self->payment.mandates.rows;
    for (size_t i = self->payment.mandates.count; i-- > 0;)
        if (mandates[i].account == account && mandates[i].live)
            return &mandates[i];
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

unsigned fold_account_of(world_t *world, const uid_t16 *id)
{
    int account = platform_model_account_of(id);
    if (account < 0)
        world_violate(world, "I12", "an event names an account that is none");
    return account < 0 ? 0 : (unsigned)account;
}

// --- journals ---

typedef struct {
    world_t *world;
    process_t *process;
} reading_t;

// A clock that is noticed to be ahead moves no stamp; what is not noticed is less.
#define STAMP_AHEAD_US (5 * MINUTE_US)

static void check_time(world_t *world, process_name_t name, const event_t *event)
{
    fold_t *self = &world->fold;
    if (event->at < self->times[name])
        world_violate(world, "I1", "%s: event %" PRIu64 " is older than the one before",
                      process_title(name), self->seen[name]);
    if (event->at > world->now + STAMP_AHEAD_US)
        world_violate(world, "I1",
                      "%s: event %" PRIu64 " is stamped %" PRId64 " s ahead of the time",
                      process_title(name), self->seen[name], (event->at - world->now) / SECOND_US);
    self->times[name] = event->at;
    if (event->type == EVENT_node_clock_borne_out)
        world_reach(world, REACH_BORNE_OUT);
}

static bool is_same(const hash_t *a, const hash_t *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static bool has_still(const fold_list_t *leaves, uint64_t last, const hash_t *leaf)
{
    const hash_t *rows = leaves->rows;
    return last == 0 || (last <= leaves->count && is_same(&rows[last - 1], leaf));
}

// Who has noted something of a history holds it against what comes after. What he notes may be an
// answer of before it was lost.
static void check_kept(world_t *world, process_name_t by, process_name_t of,
                       const event_node_witnessed_t *said)
{
    const fold_root_t *before = &world->fold.noted[by][of];
    const fold_list_t *leaves = &world->fold.leaves[of];
    if (before->epoch == said->epoch && has_still(leaves, said->last, &said->leaf) &&
        !has_still(leaves, before->last, &before->leaf))
        world_violate(world, "I18",
                      "%s: it notes %s anew at %" PRIu64
                      ", which has lost what it noted at %" PRIu64,
                      process_title(by), process_title(of), said->last, before->last);
}

// What is noted of a journal is what it was after some commit.
static void check_noted(world_t *world, process_name_t by, const event_node_witnessed_t *said)
{
    process_name_t of = process_of(said->stream);
    const fold_list_t *list = &world->fold.roots[of];
    const fold_root_t *rows = list->rows;
    bool met = false, same = said->ended; // an end's root covers its own commit
    for (size_t i = list->count; i-- > 0 && !same;) {
        bool it = rows[i].epoch == said->epoch && rows[i].last == said->last;
        met = met || it;
        same = it && is_same(&rows[i].root, &said->root);
    }
    if (met && !same)
        world_violate(world, "I18", "%s: it notes %s at %" PRIu64 " with a root that it never had",
                      process_title(by), process_title(of), said->last);
    world_reach(world, REACH_WITNESSED);
    check_kept(world, by, of, said);
    world->fold.noted[by][of] = (fold_root_t){
        .epoch = said->epoch, .last = said->last, .root = said->root, .leaf = said->leaf};
}

static void fold_witnessed(world_t *world, process_name_t by, const event_t *event)
{
    if (event->type == EVENT_node_reseeded)
        world->fold.noted[by][process_of(event->node_reseeded.stream)] = (fold_root_t){0};
    if (event->type == EVENT_node_witnessed)
        check_noted(world, by, &event->node_witnessed);
}

static fail_t take_record(const journal_record_t *record, void *arg)
{
    world_t *world = ((reading_t *)arg)->world;
    process_name_t name = ((reading_t *)arg)->process->index;
    fold_t *self = &world->fold;
    record_walk_t walk;
    if (!record_walk_from(record, self->seen[name] + 1, &walk)) {
        world_violate(world, "I1", "%s: a gap after %" PRIu64, process_title(name),
                      self->seen[name]);
        return FAIL_CORRUPT;
    }
    while (record_walk_next(&walk)) {
        event_t event;
        hash_t leaf;
        if (event_decode(walk.event.data, walk.event.size, &event)) {
            world_violate(world, "I1", "%s: event %" PRIu64 " does not decode", process_title(name),
                          walk.sequence);
            return FAIL_CORRUPT;
        }
        tree_leaf(walk.event.data, walk.event.size, &leaf);
        tree_append(&self->trees[name], &leaf);
        *(hash_t *)fold_add(&self->leaves[name], sizeof leaf) = leaf;
        self->seen[name] = walk.sequence;
        if (walk.sequence > self->high[name])
            self->high[name] = walk.sequence;
        check_time(world, name, &event);
        fold_commands_take(world, &self->commands[name], process_title(name), &event);
        if (event.type == EVENT_node_reseeded)
            fold_reseeded(world, name, &event);
        fold_witnessed(world, name, &event);
        if (name == PAYMENT || name == LEDGER)
            promotions_fold(world, name, &event, walk.sequence);
        if (name == PAYMENT)
            fold_receipts_payment(world, &event);
        if (name == PAYMENT)
            receipt_contacts_fold(world, &event);
        closings_fold(world, name, &event, walk.sequence);
        contacts_fold(world, name, &event, walk.sequence);
        if (name == PAYMENT && walk.sequence <= self->again)
            continue; // the backup's own: known, as it was then
        if (name == METERING)
            fold_acts_metering(world, &event, walk.sequence);
        if (name == METERING)
            fold_metering(world, &event, walk.sequence);
        else if (name == PAYMENT)
            fold_payment(world, &event, walk.sequence);
        else if (name == AUTOPAY)
            fold_autopay(world, &event, walk.sequence);
        else if (name == NOTIFY)
            fold_notify(world, &event, walk.sequence);
        else if (name == DOCUMENTS)
            fold_documents(world, &event, walk.sequence);
        else
            fold_ledger(world, &event, walk.sequence);
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
    *(fold_root_t *)fold_add(&world->fold.roots[process->index], sizeof(fold_root_t)) =
        (fold_root_t){.epoch = head.epoch, .last = last, .root = own};
}

void fold_forget_journal(fold_t *self, process_name_t name)
{
    self->seen[name] = 0;
    self->times[name] = 0;
    self->trees[name] = (tree_t){0};
    self->leaves[name].count = 0;
    memset(self->noted[name], 0, sizeof self->noted[name]); // its notes went with it
    fold_commands_forget(&self->commands[name]);
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
