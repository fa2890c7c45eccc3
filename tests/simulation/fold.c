#include "tests/simulation/fold_parts.h"
#include "services/common/head.h"
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
    for (unsigned i = 0; i < PROCESSES; i++)
        fold_commands_init(&self->commands[i]);
}

void fold_release(fold_t *self)
{
    for (unsigned i = 0; i < PROCESSES; i++)
        fold_commands_release(&self->commands[i]);
    fold_list_t *lists[] = {&self->requests, &self->invoices, &self->mandates,
                            &self->meters,   &self->charges,  &self->credits};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        free(lists[i]->rows);
    for (size_t i = 0; i < PROCESSES; i++)
        free(self->leaves[i].rows);
    for (size_t i = 0; i < ACCOUNTS_MAX; i++)
        free(self->accounts[i].balances.rows);
    for (size_t i = 0; i < RESOURCES_MAX; i++)
        free(self->charged[i]);
}

fold_invoice_t *fold_invoice(fold_t *self, uint64_t invoice)
{
    uint64_t index = invoice % FOLD_EPOCH_NUMBERS;
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

static void check_time(world_t *world, process_name_t name, const event_t *event)
{
    fold_t *self = &world->fold;
    if (event->at < self->times[name])
        world_violate(world, "I1", "%s: event %" PRIu64 " is older than the one before",
                      process_title(name), self->seen[name]);
    self->times[name] = event->at;
}

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
        *(hash_t *)fold_add(&self->leaves[name], sizeof leaf) = leaf;
        self->seen[name] = walk.sequence;
        if (walk.sequence > self->high[name])
            self->high[name] = walk.sequence;
        check_time(world, name, &event);
        if (event.cause.stream == STREAM_NONE)
            fold_commands_take(world, &self->commands[name], process_title(name),
                               &event.cause.command);
        if (name == METERING)
            fold_metering(world, &event, walk.sequence);
        else if (name == PAYMENT)
            fold_payment(world, &event, walk.sequence);
        else if (name == AUTOPAY)
            fold_autopay(world, &event, walk.sequence);
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
