#include "tests/simulation/accountant.h"
#include "proto/month.h"
#include "services/documents/act_period.h"
#include "services/documents/act_request.h"
#include "store/record.h"
#include "tests/simulation/fold_parts.h"
#include "tests/simulation/world.h"
#include <assert.h>

// Paid: so many pieces of money are named, since an order is small.
enum { READ_BYTES = 256 * 1024, PAID_BYTES = 600 };
#define AGAIN_US (20 * HOUR_US)
#define TRIES_US (9 * DAY_US)

void accountant_init(accountant_t *self, uint64_t seed)
{
    *self = (accountant_t){.draw = draw_fork(seed, 12)};
}

// --- reading what is durable ---

typedef struct {
    act_fold_t *fold;
    process_name_t of;
    uint64_t next, to;
    world_t *world;
} books_t;

static void read_books(world_t *world, act_fold_t *fold, process_name_t of, uint64_t from,
                       uint64_t to);

static void read_event(books_t *self, const event_t *event, uint64_t sequence)
{
    uint64_t cause = event->cause.stream == STREAM_METERING ? event->cause.sequence : 0;
    if (event->type == EVENT_credit_made)
        cause = event->credit_made.credit;
    if (self->of == DOCUMENTS) {
        act_fold_documents(self->fold, event);
    } else if (self->of == METERING) {
        act_fold_metering(self->fold, event, sequence);
    } else {
        if (cause > self->fold->metering)
            read_books(self->world, self->fold, METERING, self->fold->metering + 1, cause);
        act_fold_ledger(self->fold, event, sequence);
    }
}

static fail_t read_record(const journal_record_t *record, void *arg)
{
    books_t *self = arg;
    record_walk_t walk;
    if (self->next > self->to)
        return FAIL_NONE;
    if (!record_walk_from(record, self->next, &walk))
        return FAIL_CORRUPT;
    while (self->next <= self->to && record_walk_next(&walk)) {
        event_t event;
        fail_t fail = event_decode(walk.event.data, walk.event.size, &event);
        if (fail)
            return fail;
        read_event(self, &event, walk.sequence);
        self->next = walk.sequence + 1;
    }
    return FAIL_NONE;
}

static void read_books(world_t *world, act_fold_t *fold, process_name_t of, uint64_t from,
                       uint64_t to)
{
    journal_t *journal = NULL;
    journal_reader_t *reader = NULL;
    books_t books = {fold, of, from, to, world};
    fail_t fail = journal_open_memory(world->processes[of].disk, &journal);
    fail = fail ? fail : journal_reader_open(journal, &reader);
    while (!fail && books.next <= to)
        fail = journal_read(reader, books.next, READ_BYTES, read_record, &books);
    assert(!fail);
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
}

static void fold_books(world_t *world, uint64_t quarter, act_fold_t *ret_fold)
{
    act_fold_init(ret_fold, quarter);
    read_books(world, ret_fold, DOCUMENTS, 1, world->fold.seen[DOCUMENTS]);
    read_books(world, ret_fold, LEDGER, 1, world->fold.seen[LEDGER]);
}

// --- issuing ---

static void issue_act(world_t *world, const act_fold_t *fold, const uid_t16 *account)
{
    static uint8_t rows[ACT_REQUEST_BYTES];
    request_t request = {.type = REQUEST_act_issue};
    if (!act_request_write(fold, account, rows, &request.act_issue))
        return;
    if (request.act_issue.paid.size > PAID_BYTES)
        request.act_issue.paid.size = 0;
    customers_order(world, DOCUMENTS, ROLE_OPERATOR, fold_account_of(world, account), &request);
}

static void issue_advances(world_t *world, const act_fold_t *fold)
{
    act_money_t money;
    for (uint32_t i = 0; act_fold_money(fold, i, &money); i++) {
        if (money.invoiced || !draw_chance(&world->accountant.draw, 100000))
            continue;
        request_t request = {.type = REQUEST_advance_issue};
        request.advance_issue.account = money.account;
        request.advance_issue.reference = money.reference;
        request.advance_issue.amount = money.amount;
        request.advance_issue.came = money.came;
        customers_order(world, DOCUMENTS, ROLE_OPERATOR, fold_account_of(world, &money.account),
                        &request);
    }
}

static void issue(world_t *world, const step_t *step)
{
    act_fold_t fold;
    uid_t16 account;
    uint64_t quarter = step->number;
    fold_books(world, quarter, &fold);
    issue_advances(world, &fold);
    for (uint32_t i = 0; act_fold_account(&fold, i, &account); i++)
        issue_act(world, &fold, &account);
    act_fold_release(&fold);
    instant_t last = act_period_begin(quarter + 1) + TRIES_US;
    if (world->now + AGAIN_US < world->end && world->now + AGAIN_US < last)
        world_after(world, AGAIN_US, issue, NULL, quarter);
}

void accountant_begin(world_t *world)
{
    accountant_t *self = &world->accountant;
    if (!world->profile.quarters)
        return;
    for (uint64_t quarter = act_period_of(world->start + 1);; quarter++) {
        instant_t over = act_period_begin(quarter + 1) - world->now;
        // Half of them are in a hurry: then what the last hours cost comes late.
        bool hurries = draw_chance(&self->draw, 500000);
        instant_t delay = draw_span(&self->draw, MINUTE_US, hurries ? 3 * HOUR_US : 3 * DAY_US);
        if (world->now + over + delay >= world->end)
            break;
        world_after(world, over + delay, issue, NULL, quarter);
    }
}
