#include "tests/model/payment_returns.h"

static uint64_t chance(returns_t *self, uint64_t below)
{
    return world_random(self->world) % below;
}

void returns_init(returns_t *self, world_t *world)
{
    returns_t fresh = {.world = world,
                       .chargebacks = self->chargebacks,
                       .full_refunds = self->full_refunds,
                       .partial_refunds = self->partial_refunds};
    *self = fresh;
}

// How far the ledger was is not remembered.
void returns_restarted(returns_t *self)
{
    self->posted = 0;
}

void returns_hear(returns_t *self, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_payment_created) {
        self->last = event->payment_created.invoice;
        if (event->payment_created.count_max > 0)
            self->accounts[event->payment_created.account.bytes[0]].ticked = self->last;
    } else if (event->type == EVENT_payment_succeeded) {
        self->accounts[event->payment_succeeded.account.bytes[0]].credit = sequence;
    } else if (event->type == EVENT_mandate_consented) {
        const event_mandate_consented_t *e = &event->mandate_consented;
        size_t number = e->account.bytes[0];
        if (e->parent < self->accounts[number].consent_from)
            fail_msg("a chargeback: a ticket that it stood against became a mandate");
        self->accounts[number].mandate = e->mandate;
        self->accounts[number].live = true;
        self->accounts[number].link = e->credit;
        self->accounts[number].consent_from = e->parent + 1;
    } else if (event->type == EVENT_mandate_revoked) {
        const event_mandate_revoked_t *e = &event->mandate_revoked;
        size_t number = e->account.bytes[0];
        if (uid_equal(&self->accounts[number].mandate, &e->mandate))
            self->accounts[number].live = false;
        if (e->why != REVOKE_REPLACED) // a refusal stands against what was ticked before it
            self->accounts[number].consent_from = self->last + 1;
    }
}

void returns_post(returns_t *self)
{
    while (self->read < world_last(self->world)) {
        event_t event = harness_read(self->world->harness, ++self->read);
        if (event.type != EVENT_payment_succeeded)
            continue;
        self->posted = self->read;
        world_posting(self->world, &event.payment_succeeded.account, POSTING_TOPUP, false, 50000,
                      self->posted);
        assert_string_equal(world_events(self->world), "");
        return;
    }
}

// Was that money still to be posted when the ledger said what payment hears now?
static bool is_later(const returns_t *self, uint64_t credit)
{
    return self->posted && credit > self->posted;
}

void returns_take_back(returns_t *self, const uid_t16 *account)
{
    size_t number = account->bytes[0];
    bool live = self->accounts[number].live;
    bool ticket = self->accounts[number].ticked &&
                  self->accounts[number].ticked >= self->accounts[number].consent_from;
    uid_t16 mandate = self->accounts[number].mandate;
    uint64_t money = live ? self->accounts[number].link : self->accounts[number].credit;
    bool expected = (live || ticket) && !is_later(self, money);
    kopecks_t cash = (kopecks_t)chance(self, 20000) - 10000; // it comes whatever is there
    uint64_t posting = world_posting(self->world, account, POSTING_CHARGEBACK, true, cash, 0);
    const event_t *event = world_event(self->world, EVENT_mandate_revoked);
    if (expected != (event != NULL))
        fail_msg("a chargeback: %s", expected ? "unheard" : "of a mandate that is newer");
    if (!event)
        return;
    assert_int_equal(event->mandate_revoked.why, REVOKE_CHARGEBACK);
    assert_int_equal(event->cause.stream, STREAM_LEDGER);
    assert_int_equal(event->cause.sequence, posting);
    assert_true(!live || uid_equal(&event->mandate_revoked.mandate, &mandate));
    self->chargebacks += live;
}

void returns_refund(returns_t *self, const uid_t16 *account)
{
    size_t number = account->bytes[0];
    uid_t16 mandate = self->accounts[number].mandate;
    bool names = self->accounts[number].live && !is_later(self, self->accounts[number].link);
    bool taken = chance(self, 8) != 0, full = chance(self, 2);
    kopecks_t cash = full ? -(kopecks_t)chance(self, 2) : 1 + (kopecks_t)chance(self, 50000);
    uint64_t posting = world_posting(self->world, account, POSTING_REFUND, taken, cash, 0);
    const event_t *event = world_event(self->world, EVENT_mandate_refunded);
    if ((names && taken && full) != (event != NULL))
        fail_msg("a %s refund that %s: %s", full ? "full" : "partial",
                 taken ? "is paid" : "comes back", event ? "told of" : "untold");
    assert_null(world_event(self->world, EVENT_mandate_revoked));
    self->full_refunds += event != NULL;
    self->partial_refunds += names && taken && !full;
    if (!event)
        return;
    assert_true(uid_equal(&event->mandate_refunded.mandate, &mandate));
    assert_true(uid_equal(&event->mandate_refunded.account, account));
    assert_int_equal(event->cause.sequence, posting);
}
