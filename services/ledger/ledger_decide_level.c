#include "services/ledger/ledger_decide_level.h"
#include "proto/month.h"
#include "proto/posting.h"
#include "proto/wire.h"
#include "services/ledger/ledger_closing.h"
#include "services/ledger/ledger_decide_wish.h"
#include "services/ledger/ledger_sla.h"
#include <assert.h>

enum { MONTHS_MAX = 12 * 9999 }; // so that no instant of one overflows

static bool is_list_of_ids(bytes_t bytes)
{
    wire_t wire;
    if (!bytes.size)
        return true;
    wire_start(&wire, bytes.data, bytes.size);
    uint32_t count = wire_array(&wire, LEDGER_LEVEL_RESOURCES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        uid_t16 id;
        wire_uid(&wire, &id);
    }
    return wire_end(&wire) == FAIL_NONE && count > 0;
}

static const char *order_wrong(const request_level_grant_t *order, instant_t now)
{
    if (order->month >= MONTHS_MAX || month_start(order->month + 1) > now)
        return "the month is not over";
    if (order->all == 0 || order->up > order->all || order->all > INT64_MAX / 1000)
        return "expected minutes in all, and no more that were up";
    if (order->use < 0 || order->topups < 0)
        return "usage and top-ups are not below nought";
    if (posting_system_number(&order->account))
        return "a grant is a customer's";
    return is_list_of_ids(order->resources) ? NULL : "expected at most 32 resources";
}

static event_level_granted_t granted_by(const ledger_state_t *self,
                                        const request_level_grant_t *order)
{
    return (event_level_granted_t){
        .account = order->account,
        .reference = posting_level_reference(&order->account, order->month),
        .month = order->month,
        .up = order->up,
        .all = order->all,
        .lost = order->lost,
        .percent = ledger_sla_percent(order->up, order->all, order->lost),
        .use = order->use,
        .topups = order->topups,
        .granted = ledger_bonuses_levels(&self->bonuses, &order->account),
        .amount = order->amount,
        .metering = order->metering,
        .resources = order->resources};
}

static fail_t check_sum(const event_level_granted_t *level, decision_t *out)
{
    kopecks_t due = 0;
    ledger_sla_t sla = {.use = level->use,
                        .percent = (uint32_t)level->percent,
                        .topups = level->topups,
                        .granted = level->granted};
    bool computed = ledger_sla_grant(&sla, &due);
    assert(computed); // its parts were looked at
    if (due == 0)
        return decision_refuse(out, FAIL_INVALID, "nothing is due for that level");
    if (due != level->amount)
        return decision_refuse(out, FAIL_MISMATCH, "another amount follows from the level");
    return FAIL_NONE;
}

fail_t ledger_level_grant(const ledger_state_t *self, const request_level_grant_t *order,
                          decision_t *out)
{
    event_level_granted_t level = granted_by(self, order);
    event_posting_requested_t wish = {.debit = posting_system_id(SYSTEM_PROMO),
                                      .credit = order->account,
                                      .amount = order->amount,
                                      .kind = POSTING_BONUS,
                                      .reference = level.reference};
    const char *wrong = order_wrong(order, out->input->now);
    if (wrong)
        return decision_refuse(out, FAIL_INVALID, wrong);
    if (ledger_bonuses_find(&self->bonuses, &level.reference))
        return FAIL_NONE; // once for an account and month
    if (ledger_closing_is(self, &order->account))
        return decision_refuse(out, FAIL_STATE, "the account is closed");
    fail_t fail = check_sum(&level, out);
    fail = fail ? fail : ledger_decide_wish(self, &wish, out);
    if (fail)
        return fail;
    const event_t *posted = &out->events[out->count - 1];
    posted -= posted->type != EVENT_posted; // account.restored stands behind it
    assert(posted->type == EVENT_posted);
    decision_add(out, EVENT_bonus_given)->bonus_given =
        (event_bonus_given_t){.account = order->account,
                              .reference = level.reference,
                              .amount = level.amount,
                              .lot = posted->posted.lot,
                              .source = BONUS_OF_LEVEL};
    decision_add(out, EVENT_level_granted)->level_granted = level;
    return FAIL_NONE;
}
