#include "services/notify/notify_state.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static_assert(sizeof(notify_account_t) <= 64, "a million accounts on the ladder in 64 MB");

void *notify_state_create(const void *settings)
{
    notify_state_t *self = calloc(1, sizeof *self);
    assert(self);
    self->agenda = calloc(1, sizeof *self->agenda);
    self->relief = calloc(1, sizeof *self->relief);
    assert(self->agenda && self->relief);
    if (settings)
        self->settings = *(const notify_settings_t *)settings;
    self->outbox = calloc(1, sizeof *self->outbox);
    assert(self->outbox);
    notify_outbox_init(self->outbox);
    notify_told_init(&self->told);
    self->flights = notify_flights_new();
    table_init(&self->accounts, sizeof(notify_account_t));
    notify_view_init(&self->view);
    return self;
}

void notify_state_destroy(void *state)
{
    notify_state_t *self = state;
    if (!self)
        return;
    table_release(&self->accounts);
    notify_view_release(&self->view);
    notify_outbox_release(self->outbox);
    notify_told_release(&self->told);
    free(self->outbox);
    notify_flights_destroy(&self->flights);
    notify_agenda_release(self->agenda);
    notify_agenda_release(self->relief);
    free(self->agenda);
    free(self->relief);
    free(self);
}

const notify_account_t *notify_account(const notify_state_t *self, const uid_t16 *id)
{
    uint32_t number = table_find(&self->accounts, id);
    return number == TABLE_NONE ? NULL : table_row(&self->accounts, number);
}

// By the view's number.
static void touch(notify_state_t *self, uint32_t number)
{
    if (number == TABLE_NONE)
        return;
    notify_agenda_touch(self->agenda, number);
    const notify_account_t *account =
        notify_account(self, &notify_view_row(&self->view, number)->account);
    if (account && account->step != LADDER_NONE)
        notify_agenda_touch(self->relief, number);
}

static void touch_all(notify_state_t *self)
{
    for (uint32_t number = 0; number < self->view.rows.count; number++)
        notify_agenda_touch(self->agenda, number);
}

// --- the fold ---

static notify_account_t *find_or_insert(notify_state_t *self, const uid_t16 *id)
{
    uint32_t number = table_find(&self->accounts, id);
    if (number == TABLE_NONE) {
        number = table_insert(&self->accounts, id);
        self->on[LADDER_NONE]++;
    }
    return table_row(&self->accounts, number);
}

// A step of a newer rule counts as the last one that we know.
static uint8_t step_of(uint64_t step)
{
    return step <= LADDER_DELETABLE ? (uint8_t)step : LADDER_DELETABLE;
}

static void apply_moved(notify_state_t *self, const event_ladder_moved_t *moved, instant_t at,
                        uint64_t sequence)
{
    notify_account_t *account = find_or_insert(self, &moved->account);
    self->on[account->step]--;
    account->step = step_of(moved->rung);
    self->on[account->step]++;
    account->said = notify_view_money(moved->balance, moved->limit);
    account->since = at;
    account->next = moved->next;
    account->moved = sequence;
    if (account->step == LADDER_GRACE)
        account->grace = at;
    self->moves++;
    touch(self, notify_view_find(&self->view, &moved->account));
}

static uint8_t step_now(const notify_state_t *self, const event_t *event)
{
    const notify_account_t *account = event->type == EVENT_notice_queued
                                          ? notify_account(self, &event->notice_queued.account)
                                          : NULL;
    return account ? account->step : LADDER_NONE;
}

void notify_state_apply(void *state, const event_t *event, uint64_t sequence)
{
    notify_state_t *self = state;
    self->last = sequence;
    if (event->type == EVENT_ladder_policy_changed) {
        self->policy = event->ladder_policy_changed;
        touch_all(self);
    }
    if (event->type == EVENT_ladder_moved)
        apply_moved(self, &event->ladder_moved, event->at, sequence);
    if (event->type == EVENT_node_booted)
        self->epoch = event->node_booted.epoch;
    notify_outbox_apply(self->outbox, event, sequence);
    notify_told_apply(&self->told, event, sequence, step_now(self, event));
    notify_prices_apply(&self->prices, self->outbox, event, sequence);
    if (event->type == EVENT_contact_set || event->type == EVENT_contact_off ||
        event->type == EVENT_contacts_erased)
        notify_delivery_drop(self->flights, self->outbox);
}

bool notify_state_lacks(const void *state, char *ret_what, size_t cap)
{
    const notify_state_t *self = state;
    bool lacks = !self->settings.contacts && table_used(&self->outbox->contacts) > 0;
    if (lacks)
        snprintf(ret_what, cap, "side/keys: the journal has contacts, whose keys are missing");
    return lacks;
}

// --- what others say ---

void notify_state_view_reset(void *state, stream_t stream)
{
    notify_view_reset(&((notify_state_t *)state)->view, stream);
}

fail_t notify_state_view_row(void *state, stream_t stream, wire_t *row)
{
    notify_state_t *self = state;
    uint32_t number;
    fail_t fail = notify_view_take_row(&self->view, stream, row, &number);
    touch(self, number);
    return fail;
}

void notify_state_view_cursors(void *state, stream_t stream, stream_t of, uint64_t sequence)
{
    notify_state_t *self = state;
    if (stream == STREAM_LEDGER && of == STREAM_METERING)
        notify_view_take_cursor(&self->view, sequence);
}

// Of who is warned it may be that nothing runs any more.
static void touch_warned(notify_state_t *self)
{
    for (uint32_t number = 0; number < self->accounts.count; number++) {
        const notify_account_t *account = table_row(&self->accounts, number);
        if (account->step == LADDER_EARLY || account->step == LADDER_LATE)
            touch(self, notify_view_find(&self->view, &account->id));
    }
}

void notify_state_observe(void *state, stream_t stream, const event_t *event, uint64_t sequence)
{
    notify_state_t *self = state;
    if (event->type == EVENT_hour_closed)
        touch_warned(self);
    touch(self, notify_view_take_event(&self->view, stream, event, sequence));
}

// --- what a judgement looks at ---

ladder_inputs_t notify_inputs(const notify_state_t *self, const notify_account_t *account,
                              const notify_view_row_t *row, instant_t now)
{
    int64_t burn = notify_view_burn(&self->view, row);
    // A grace that has begun lasts as it was promised, if the payment is not ended.
    bool in_grace = account && account->step == LADDER_GRACE;
    uint64_t span = in_grace ? UINT64_MAX : self->policy.grace_us;
    return (ladder_inputs_t){
        .step = account ? (ladder_step_t)account->step : LADDER_NONE,
        .said = account ? account->said : 0,
        .next = account ? account->next : 0,
        .grace = account ? account->grace : 0,
        .money = notify_view_money(row->balance, row->limit),
        .closed = row->closed,
        .burn = burn,
        .hour = burn ? row->hour : 0,
        .pending = notify_view_pending(row, now, span) != 0,
        .now = now,
        .policy = self->policy,
    };
}
