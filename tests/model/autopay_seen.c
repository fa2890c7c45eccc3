#include "tests/model/autopay_seen.h"
#include "proto/posting.h"
#include <time.h>

enum { BONUS = 7 }; // what of a balance is no cash (autopay_harness)

int seen_month(instant_t at)
{
    time_t seconds = (time_t)(at / SECOND_US) + 3 * 3600;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    return (tm.tm_year + 1900) * 12 + tm.tm_mon;
}

// The account's posting at that sequence, or NULL.
static const event_posted_t *posting_of(const harness_t *world, size_t account, uint64_t sequence)
{
    const event_t *event = &world->ledger[sequence - 1];
    bool own = event->type == EVENT_posted &&
               uid_equal(&event->posted.account, &world->accounts[account].id);
    return own ? &event->posted : NULL;
}

kopecks_t seen_balance(const harness_t *world, size_t account, uint64_t end, uint64_t *ret_sequence)
{
    kopecks_t balance = 0;
    for (uint64_t n = 1; n <= end; n++) {
        const event_posted_t *posted = posting_of(world, account, n);
        if (posted) {
            balance = posted->cash + posted->bonus;
            *ret_sequence = n;
        }
    }
    return balance;
}

kopecks_t seen_returned(const harness_t *world, size_t account, uint64_t end)
{
    kopecks_t returned = 0;
    for (uint64_t n = 1; n <= end; n++) {
        const event_posted_t *posted = posting_of(world, account, n);
        if (posted && posted->kind == POSTING_CHARGE)
            returned = 0;
        else if (posted && (posted->kind == POSTING_REFUND || posted->kind == POSTING_CHARGEBACK))
            returned += posted->amount;
    }
    return returned;
}

void seen_give_back(harness_t *world, size_t account, uint64_t chance(uint64_t below))
{
    for (size_t i = 0; i < world->accounts_count && world->accounts[account].balance <= BONUS; i++)
        account = (account + 1) % world->accounts_count;
    kopecks_t cash = world->accounts[account].balance - BONUS;
    if (chance(4) == 0)
        harness_give_back(world, account, POSTING_CHARGEBACK, 1 + (kopecks_t)chance(60000));
    else if (cash > 0)
        harness_give_back(world, account, POSTING_REFUND,
                          chance(2) ? cash : 1 + (kopecks_t)chance((uint64_t)cash));
}

bool seen_went_back(const harness_t *world, uint64_t sequence, size_t *ret_account)
{
    const event_t *event = &world->ledger[sequence - 1];
    uint64_t kind = event->type == EVENT_posted ? event->posted.kind : POSTING_CHARGE;
    if (kind != POSTING_CHARGEBACK && kind != POSTING_REFUND)
        return false;
    *ret_account = harness_account_index(world, &event->posted.account);
    return true;
}
