#include "tests/simulation/final.h"
#include "proto/codes.h"
#include "proto/digest.h"
#include "proto/posting.h"
#include "tests/simulation/bounds.h"
#include "tests/simulation/fold_parts.h"
#include "tests/simulation/turns.h"
#include <inttypes.h>

#define TURN_US (75 * MINUTE_US) // after a decision: the interval, and the pacing of a crowd

void final_roots(const world_t *world, char ret_hex[2 * 32 + 1])
{
    hash_t roots[PROCESSES];
    uint8_t digest[DIGEST_SHA256_SIZE];
    for (unsigned i = 0; i < world->count; i++)
        tree_root(&world->fold.trees[i], &roots[i]);
    digest_sha256(roots, world->count * sizeof *roots, digest);
    digest_hex_lower(digest, sizeof digest, ret_hex);
}

static void check_usage(world_t *world)
{
    const fold_t *fold = &world->fold;
    if (!platform_model_is_done(&world->platform))
        world_violate(world, "I13", "usage is not acknowledged: %zu of %zu items",
                      world->platform.acked, world->platform.items_count);
    for (size_t r = 0; r < world->platform.resources_count; r++)
        for (size_t line = 0; line < world->platform.hours * PLATFORM_LINES; line++) {
            uint16_t made = world->platform.resources[r].minutes[line];
            uint16_t charged = fold->charged[r] ? fold->charged[r][line] : 0;
            if (made != charged)
                world_violate(world, "I5", "resource %zu, hour %zu: %u minutes charged of %u", r,
                              line / PLATFORM_LINES, charged, made);
        }
    const fold_fact_t *facts = fold->charges.rows;
    for (size_t i = 0; i < fold->charges.count; i++)
        if (facts[i].left)
            world_violate(world, "I13", "metering's charge %" PRIu64 " was never posted",
                          facts[i].sequence);
}

// All that the bank had is there, and moved.
static void check_bank(world_t *world)
{
    const fold_bank_t *bank = &world->fold.bank;
    const fold_fact_t *facts = bank->facts.rows;
    for (size_t i = 0; i < bank->facts.count; i++)
        if (facts[i].left)
            world_violate(world, "I20", "transfer %" PRIu64 " was never posted", facts[i].sequence);
    facts = bank->fees.rows;
    for (size_t i = 0; i < bank->fees.count; i++)
        if (facts[i].left)
            world_violate(world, "I20", "what was kept of %" PRIu64 " was never posted",
                          facts[i].sequence);
    for (size_t i = 0; i < world->bank.count; i++)
        if (!world->bank.transfers[i].received &&
            bank_model_is_due(world, &world->bank.transfers[i]))
            world_violate(world, "I20", "a transfer of the bank was never received");
    if (bank->received != -world->fold.systems[SYSTEM_BANK])
        world_violate(world, "I20", "%" PRId64 " came by bank, %" PRId64 " is posted from it",
                      bank->received, -world->fold.systems[SYSTEM_BANK]);
}

static void check_given(world_t *world)
{
    const fold_fact_t *facts = world->fold.given.rows;
    for (size_t i = 0; i < world->fold.given.count; i++)
        if (facts[i].left)
            world_violate(world, "I13", "metering's credit %" PRIu64 " was never given back",
                          facts[i].sequence);
}

// What Robokassa has paid out, with what it kept, as far as it is settled: that left clearing.
static int64_t settled(world_t *world)
{
    int64_t sum = 0;
    for (size_t i = 0; i < world->bank.count; i++) {
        const bank_truth_t *truth = &world->bank.transfers[i];
        bool done = truth->received && !truth->open;
        if (truth->payout && !truth->echo && !truth->again && done)
            sum += truth->amount + truth->fee;
    }
    if (sum && sum == world->bank.paid_out)
        world_reach(world, REACH_SETTLED_ALL);
    return sum;
}

static void check_money(world_t *world)
{
    fold_t *fold = &world->fold;
    int64_t sum = 0, captured = 0;
    for (unsigned i = 0; i < SYSTEM_END; i++)
        sum += fold->systems[i];
    for (unsigned i = 0; i < world->profile.accounts; i++)
        sum += fold->accounts[i].balance;
    if (sum != 0)
        world_violate(world, "I4", "all accounts sum to %" PRId64, sum);
    for (size_t i = 0; i < world->robokassa.count; i++)
        captured += world->robokassa.operations[i].state == OPERATION_PAID
                        ? world->robokassa.operations[i].paid
                        : 0;
    for (size_t i = 0; i < world->robokassa.count; i++) {
        const operation_t *operation = &world->robokassa.operations[i];
        const fold_invoice_t *invoice = fold_invoice(fold, operation->invoice);
        unsigned credits = fold_credits(fold, operation->invoice);
        if (operation->state == OPERATION_PAID && credits != 1)
            world_violate(world, "I3", "invoice %" PRIu64 " is paid and %u times credited%s%s%s%s",
                          operation->invoice, credits, invoice ? "" : ", lost",
                          invoice && invoice->declined ? ", declined" : "",
                          invoice && invoice->expired ? ", expired" : "",
                          operation->acknowledged ? ", acknowledged" : "");
    }
    captured -= fold_refunds_gone(world) + settled(world);
    if (captured + fold->repeated != -fold->systems[SYSTEM_CLEARING] ||
        fold->repeated + fold->kept + fold->bank.suspense != fold->systems[SYSTEM_SUSPENSE])
        world_violate(world, "I3",
                      "%" PRId64 " kopecks captured, %" PRId64 " told of again, %" PRId64
                      " from clearing, %" PRId64 " in suspense",
                      captured, fold->repeated, -fold->systems[SYSTEM_CLEARING],
                      fold->systems[SYSTEM_SUSPENSE]);
    request_t request = {.type = REQUEST_totals, .number = 1};
    answer_t answer = {0};
    int64_t customers = 0;
    for (unsigned i = 0; i < world->profile.accounts; i++)
        customers += fold->accounts[i].balance;
    if (turns_query(world, LEDGER, &request, &answer) && !answer.fail &&
        (answer.totals.sum != 0 || answer.totals.customers != customers))
        world_violate(world, "I2",
                      "the ledger says %" PRId64 " of all customers, the fold %" PRId64,
                      answer.totals.customers, customers);
}

// What payment and Robokassa have together for a charge when nothing fails any more.
static const instant_t settles_us = HOUR_US;

static void check_open(world_t *world)
{
    fold_t *fold = &world->fold;
    const fold_request_t *requests = fold->requests.rows;
    for (size_t i = 0; i < fold->requests.count; i++)
        if (requests[i].outcome == REQUEST_OPEN && world->now - requests[i].at > settles_us)
            world_violate(world, "I13",
                          "decision %" PRIu64 " of account %u is still open after %" PRId64
                          " minutes, invoice %" PRIu64,
                          requests[i].sequence, requests[i].account,
                          (world->now - requests[i].at) / MINUTE_US, requests[i].invoice);
    for (unsigned i = 0; i < world->count; i++) {
        if (!world->processes[i].up)
            world_violate(world, "I13", "%s is down", process_title((process_name_t)i));
        else if (node_trouble(world->processes[i].node))
            world_violate(world, "I13", "%s: %s", process_title((process_name_t)i),
                          node_trouble(world->processes[i].node));
    }
}

// Below the threshold, with a mandate, and not charged: there must be one of the reasons that wait
// for more than time.
static void check_accounts(world_t *world)
{
    for (unsigned i = 0; i < world->profile.accounts; i++) {
        request_t request = {.type = REQUEST_autopay, .number = 1};
        answer_t answer = {0};
        const fold_account_t *account = &world->fold.accounts[i];
        request.autopay.account = platform_model_account(i);
        if (!account->noted_live || !turns_query(world, AUTOPAY, &request, &answer) || answer.fail)
            continue;
        if (answer.autopay.balance != account->balance)
            world_violate(world, "I13",
                          "account %u: autopay sees %" PRId64 " of %" PRId64 " kopecks", i,
                          answer.autopay.balance, account->balance);
        uint64_t verdict = answer.autopay.verdict;
        if (verdict == AUTOPAY_CHARGE && account->decisions.decided_at > world->now - TURN_US)
            continue; // the interval is just over: his turn in a crowd may be still to come
        if (verdict == AUTOPAY_NO_PENDING &&
            account->decisions.decided_at > world->now - settles_us)
            continue;
        if (verdict == AUTOPAY_CHARGE || verdict == AUTOPAY_NO_STALE ||
            verdict == AUTOPAY_NO_PENDING || verdict == AUTOPAY_NO_REVOKED ||
            verdict == AUTOPAY_NO_NOT_ENABLED)
            world_violate(world, "I13",
                          "account %u: a live mandate, %" PRId64 " kopecks, and verdict %" PRIu64,
                          i, account->balance, verdict);
        if (account->balance < 10000 && verdict == AUTOPAY_NO_ABOVE_THRESHOLD)
            world_violate(world, "I13", "account %u is below the threshold and autopay denies it",
                          i);
    }
}

// All has been heard: no mandate outlives a chargeback that came after its money, and who got all
// his cash back is suspended until somebody goes on. Autopay may know a younger mandate, which an
// older journal of payment has lost since: nothing is charged under either.
static void check_returns(world_t *world)
{
    for (unsigned i = 0; i < world->profile.accounts; i++) {
        const fold_account_t *account = &world->fold.accounts[i];
        const fold_mandate_t *mandate = fold_live_mandate(&world->fold, i);
        if (!mandate)
            continue;
        if (fold_is_before(&world->fold, mandate, account->charged_back))
            world_violate(world, "I9", "account %u: a live mandate after a chargeback", i);
        if (account->refund)
            world_violate(world, "I13", "account %u: payment never told of full refund %" PRIu64, i,
                          account->refund);
        if (account->refunded && uid_equal(&account->refunded_mandate, &mandate->id) &&
            uid_equal(&account->noted, &mandate->id) && !account->suspended)
            world_violate(world, "I9", "account %u: not suspended after a full refund", i);
    }
}

void final_check(world_t *world)
{
    check_usage(world);
    check_given(world);
    check_bank(world);
    fold_acts_finish(world);
    customers_check_postings(world);
    check_money(world);
    check_open(world);
    check_accounts(world);
    check_returns(world);
    promotions_check(world);
    closings_check(world);
    counting_check(world);
    fold_refunds_check(world);
    fold_receipts_check(world);
    receipt_contacts_check(world);
    fold_notify_check(world);
    contacts_check(world);
    bounds_replay(world);
}
