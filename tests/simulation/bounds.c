#include "tests/simulation/bounds.h"
#include "services/payment/payment_core.h"
#include "tests/simulation/turns.h"
#include <inttypes.h>
#include <malloc.h>

enum {
    RECORDS_MAX = 512,              // of one commit
    NOTICES_AT_ONCE = 48,           // docs/rules.md "Notices to contacts"
    MEMORY_SPARE = 24 * 1024 * 1024 // buffers of the largest batch; all else is state
};

void bounds_batch(world_t *world, const process_t *process, const node_batch_t *batch)
{
    if (batch->records_count > RECORDS_MAX || batch->head_size > JOURNAL_HEAD_MAX)
        world_violate(world, "I15", "%s: a batch of %zu records", process_title(process->index),
                      batch->records_count);
}

// While nothing fails nobody may fall so far behind that messages to him are thrown away.
void bounds_queue(world_t *world, const process_t *process)
{
    if (world->calm && process->mails_count == MAILS_MAX)
        world_violate(world, "I15", "%s: its queue is full", process_title(process->index));
}

void bounds_outside(world_t *world, const process_t *process)
{
    uint64_t most = process->index == NOTIFY ? NOTICES_AT_ONCE
                                             : robokassa_model_settings(false, false)->requests_max;
    if (process->outside > most)
        world_violate(world, "I15", "%s: %u requests outside at once",
                      process_title(process->index), process->outside);
}

// MemorySanitizer does not see what the C library writes.
#ifdef __clang__
__attribute__((no_sanitize("memory")))
#endif
static size_t
memory(void)
{
    return mallinfo2().uordblks;
}

// From its journal alone the ledger says what the fold says.
static void check_balances(world_t *world)
{
    for (unsigned i = 0; i < world->profile.accounts; i++) {
        request_t request = {.type = REQUEST_balance, .number = 1};
        answer_t answer = {0};
        request.balance.account = platform_model_account(i);
        int64_t known = world->fold.accounts[i].balance;
        bool answered = turns_query(world, LEDGER, &request, &answer);
        if (answered && answer.fail == FAIL_UNKNOWN_ACCOUNT && known == 0)
            continue;
        if (!answered || answer.fail || answer.balance.cash + answer.balance.bonus != known)
            world_violate(world, "I2",
                          "account %u: %" PRId64 " kopecks after a replay, not %" PRId64, i,
                          answer.balance.cash + answer.balance.bonus, known);
    }
}

void bounds_replay(world_t *world)
{
    for (unsigned i = 0; i < world->count; i++) {
        process_t *process = &world->processes[i];
        const char *why;
        size_t before = memory();
        process_kill(process, false);
        size_t without = memory();
        if (!process_start(process, world->now, &why)) {
            world_violate(world, "I2", "%s does not replay: %s", process_title(process->index),
                          why);
            return;
        }
        size_t used = before - without, fresh = memory() - without;
        if (before > without && used > 2 * fresh + MEMORY_SPARE)
            world_violate(world, "I15", "%s: %zu bytes in use, %zu after a replay",
                          process_title(process->index), used, fresh);
        node_set_full(process->node, true); // it answers without a boot event
    }
    check_balances(world);
}
