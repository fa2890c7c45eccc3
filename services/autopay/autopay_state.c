#include "services/autopay/autopay_state.h"
#include "proto/month.h"
#include <assert.h>
#include <stdlib.h>

static_assert(sizeof(autopay_account_t) <= 136, "a million accounts with mandates in 136 MB");

void *autopay_state_create(const void *settings)
{
    (void)settings;
    autopay_state_t *self = calloc(1, sizeof *self);
    assert(self);
    self->agenda = calloc(1, sizeof *self->agenda);
    assert(self->agenda);
    table_init(&self->accounts, sizeof(autopay_account_t));
    table_init(&self->counted, sizeof(uid_t16));
    autopay_view_init(&self->view);
    return self;
}

void autopay_state_destroy(void *state)
{
    autopay_state_t *self = state;
    if (!self)
        return;
    table_release(&self->accounts);
    table_release(&self->counted);
    autopay_view_release(&self->view);
    autopay_agenda_release(self->agenda);
    free(self->agenda);
    free(self);
}

autopay_account_t *autopay_account(const autopay_state_t *self, const uid_t16 *id)
{
    uint32_t number = table_find(&self->accounts, id);
    return number == TABLE_NONE ? NULL : table_row(&self->accounts, number);
}

void autopay_touch(const autopay_state_t *self, const uid_t16 *id)
{
    uint32_t number = table_find(&self->accounts, id);
    if (number != TABLE_NONE)
        autopay_agenda_touch(self->agenda, number);
}

static void touch_all(const autopay_state_t *self)
{
    for (uint32_t number = 0; number < self->accounts.count; number++)
        autopay_agenda_touch(self->agenda, number);
}

// --- months ---

static void mark_month(autopay_state_t *self, uint64_t month, uint64_t sequence)
{
    uint32_t count = self->months_count;
    if (count > 0 && self->months[count - 1].month >= month)
        return;
    assert(count < MONTHS_MAX);
    self->months[count].month = month;
    self->months[count].first = sequence;
    self->months_count++;
    table_clear(&self->counted);
}

uint64_t autopay_request_month(const autopay_state_t *self, uint64_t request)
{
    for (uint32_t i = self->months_count; i > 0; i--)
        if (self->months[i - 1].first <= request)
            return self->months[i - 1].month;
    return 0;
}

bool autopay_request_is_counted(const autopay_state_t *self, uint64_t request)
{
    uid_t16 key = table_key(request, 0);
    return table_find(&self->counted, &key) != TABLE_NONE;
}

static void mark_counted(autopay_state_t *self, uint64_t request)
{
    uid_t16 key = table_key(request, 0);
    if (table_find(&self->counted, &key) == TABLE_NONE)
        (void)table_insert(&self->counted, &key);
}

// Payment's history goes on behind that event. What a lost one credited beyond it the ledger has
// posted, or never will.
static void apply_reseeded(autopay_state_t *self, uint64_t sequence)
{
    for (uint32_t number = 0; number < self->accounts.count; number++) {
        autopay_account_t *account = table_row(&self->accounts, number);
        account->credit = account->credit > sequence ? sequence : account->credit;
    }
}

// Brings the counters to a month that has begun since; false for one that is already past.
static bool reach_month(autopay_account_t *account, uint64_t month)
{
    if (month > account->month) {
        account->month = (uint32_t)month;
        account->count = 0;
        account->sum = 0;
        account->attempts = 0;
    }
    return month == account->month;
}

// --- the fold ---

static autopay_account_t *find_or_insert(autopay_state_t *self, const uid_t16 *id)
{
    uint32_t number = table_find(&self->accounts, id);
    if (number == TABLE_NONE)
        number = table_insert(&self->accounts, id);
    return table_row(&self->accounts, number);
}

static uint16_t one_more(uint16_t count)
{
    return count == UINT16_MAX ? count : (uint16_t)(count + 1);
}

static void apply_mandate(autopay_account_t *account, const event_autopay_mandate_noted_t *noted)
{
    bool consented = noted->state == MANDATE_LIVE && !uid_equal(&account->mandate, &noted->mandate);
    account->mandate = noted->mandate;
    account->amount = noted->amount;
    account->count_max = noted->count_max < UINT32_MAX ? (uint32_t)noted->count_max : UINT32_MAX;
    account->sum_max = noted->sum_max;
    account->state = (uint8_t)noted->state;
    if (noted->credit > account->credit)
        account->credit = noted->credit;
    if (!consented)
        return;
    account->reason = AUTOPAY_NO_ABOVE_THRESHOLD;
    account->earliest = 0;
    account->no_card = false;
    account->renewed = account->request != 0;
}

// What is announced holds until something else stands against the payment.
static void apply_withheld(autopay_account_t *account, const event_autopay_withheld_t *withheld,
                           uint64_t sequence)
{
    account->decision = sequence;
    account->reason = (uint8_t)withheld->reason;
    if (withheld->reason != AUTOPAY_NO_PRENOTICE)
        account->earliest = 0;
}

static void apply_card_gone(autopay_account_t *account, const event_autopay_card_gone_t *gone)
{
    if (uid_equal(&account->mandate, &gone->mandate))
        account->no_card = true;
}

static void apply_requested(autopay_state_t *self, autopay_account_t *account,
                            const event_autopay_payment_requested_t *requested, instant_t at,
                            uint64_t sequence)
{
    mark_month(self, requested->month, sequence);
    reach_month(account, requested->month);
    account->request = sequence;
    account->requested = requested->amount;
    account->renewed = false;
    account->earliest = 0;
    account->last = at;
    account->decision = sequence;
    account->reason = AUTOPAY_NO_PENDING; // a request is in flight from here on, without more words
}

static void apply_settled(autopay_state_t *self, autopay_account_t *account,
                          const event_autopay_settled_t *settled, instant_t at)
{
    if (account->request == settled->request)
        account->request = 0;
    if (settled->credit > account->credit)
        account->credit = settled->credit;
    if (settled->outcome == OUTCOME_SUCCEEDED) {
        mark_counted(self, settled->request);
        if (reach_month(account, settled->month)) {
            account->count++;
            if (!money_add(account->sum, settled->amount, &account->sum))
                account->sum = INT64_MAX;
        }
        account->declines = 0;
    } else if (autopay_reason_declines((decline_t)settled->reason)) {
        if (reach_month(account, settled->month))
            account->attempts = one_more(account->attempts);
        account->declines = one_more(account->declines);
        account->declined = at;
    }
}

static void apply_to_account(autopay_state_t *self, autopay_account_t *account,
                             const event_t *event, uint64_t sequence)
{
    switch (event->type) {
    case EVENT_autopay_mandate_noted:
        apply_mandate(account, &event->autopay_mandate_noted);
        break;
    case EVENT_autopay_payment_requested:
        apply_requested(self, account, &event->autopay_payment_requested, event->at, sequence);
        break;
    case EVENT_autopay_withheld:
        apply_withheld(account, &event->autopay_withheld, sequence);
        break;
    case EVENT_autopay_announced:
        account->earliest = event->autopay_announced.earliest;
        break;
    case EVENT_autopay_card_gone:
        apply_card_gone(account, &event->autopay_card_gone);
        break;
    case EVENT_autopay_settled:
        apply_settled(self, account, &event->autopay_settled, event->at);
        break;
    case EVENT_autopay_suspended:
        account->suspended = true;
        break;
    case EVENT_autopay_resumed:
        account->suspended = false;
        account->declines = 0;
        break;
    case EVENT_autopay_held:
        account->held = event->autopay_held.held;
        break;
    default:
        assert(false);
    }
}

// Every event about one account has it as its first field.
static const uid_t16 *account_of(const event_t *event)
{
    switch (event->type) {
    case EVENT_autopay_mandate_noted:
        return &event->autopay_mandate_noted.account;
    case EVENT_autopay_payment_requested:
        return &event->autopay_payment_requested.account;
    case EVENT_autopay_withheld:
        return &event->autopay_withheld.account;
    case EVENT_autopay_announced:
        return &event->autopay_announced.account;
    case EVENT_autopay_card_gone:
        return &event->autopay_card_gone.account;
    case EVENT_autopay_settled:
        return &event->autopay_settled.account;
    case EVENT_autopay_suspended:
        return &event->autopay_suspended.account;
    case EVENT_autopay_resumed:
        return &event->autopay_resumed.account;
    case EVENT_autopay_held:
        return &event->autopay_held.account;
    default:
        return NULL;
    }
}

static void count_account(autopay_state_t *self, const autopay_account_t *account, int step)
{
    if (account->state == MANDATE_LIVE)
        self->live += (uint64_t)step;
    if (account->request)
        self->in_flight += (uint64_t)step;
    if (account->suspended)
        self->suspended += (uint64_t)step;
}

static bool is_decision(event_type_t type)
{
    return type == EVENT_autopay_payment_requested || type == EVENT_autopay_withheld ||
           type == EVENT_autopay_announced;
}

void autopay_state_apply(void *state, const event_t *event, uint64_t sequence)
{
    autopay_state_t *self = state;
    if (event->type == EVENT_autopay_policy_changed) {
        self->policy = event->autopay_policy_changed;
        touch_all(self);
        return;
    }
    if (event->type == EVENT_node_reseeded && event->node_reseeded.stream == STREAM_PAYMENT) {
        apply_reseeded(self, event->node_reseeded.sequence);
        touch_all(self);
    }
    const uid_t16 *id = account_of(event);
    if (!id)
        return;
    autopay_account_t *account = find_or_insert(self, id);
    count_account(self, account, -1);
    apply_to_account(self, account, event, sequence);
    count_account(self, account, +1);
    if (!is_decision(event->type)) // a decision changes no verdict but to the one it implies
        autopay_touch(self, id);
}

// --- the ledger's balances ---

void autopay_state_view_reset(void *state, stream_t stream)
{
    autopay_state_t *self = state;
    if (stream == STREAM_LEDGER)
        autopay_view_reset(&self->view);
}

fail_t autopay_state_view_row(void *state, stream_t stream, wire_t *row)
{
    autopay_state_t *self = state;
    uid_t16 account;
    assert(stream == STREAM_LEDGER);
    fail_t fail = autopay_view_take_row(&self->view, row, &account);
    if (!fail)
        autopay_touch(self, &account);
    return fail;
}

void autopay_state_view_cursors(void *state, stream_t stream, stream_t of, uint64_t sequence)
{
    autopay_state_t *self = state;
    if (stream != STREAM_LEDGER || of != STREAM_PAYMENT)
        return;
    autopay_view_take_cursor(&self->view, sequence);
    autopay_agenda_take_credits(self->agenda, self->view.payment);
}

void autopay_state_observe(void *state, stream_t stream, const event_t *event, uint64_t sequence)
{
    autopay_state_t *self = state;
    if (stream != STREAM_LEDGER)
        return;
    autopay_view_take_event(&self->view, event, sequence);
    if (event->type == EVENT_account_opened)
        autopay_touch(self, &event->account_opened.account);
    if (event->type == EVENT_account_closed)
        autopay_touch(self, &event->account_closed.account);
    if (event->type == EVENT_account_reopened)
        autopay_touch(self, &event->account_reopened.account);
    if (event->type == EVENT_posted) {
        autopay_touch(self, &event->posted.account);
        autopay_agenda_take_credits(self->agenda, self->view.payment);
    }
}

// --- what a decision looks at ---

// Is a payment owed a notice that was not given, or whose time is not over?
static bool notice_runs(const autopay_state_t *self, const autopay_account_t *account,
                        instant_t now)
{
    return account->earliest ? now < account->earliest : self->policy.prenotice_us > 0;
}

static uint64_t flags_of(const autopay_state_t *self, const autopay_account_t *account,
                         const autopay_view_row_t *row, instant_t now)
{
    bool pending = account->request || account->credit > self->view.payment;
    bool returned =
        row && autopay_balance_was_returned(row->balance, row->returned, self->policy.threshold);
    return (row ? 0 : AUTOPAY_STALE) | (pending ? AUTOPAY_PENDING : 0) |
           (account->held ? AUTOPAY_OPERATOR_HOLD : 0) |
           (account->suspended ? AUTOPAY_SUSPENDED : 0) |
           (account->state == MANDATE_REVOKED ? AUTOPAY_REVOKED : 0) |
           (account->state == MANDATE_NONE ? AUTOPAY_NEVER_ENABLED : 0) |
           (row && row->closed ? AUTOPAY_ACCOUNT_CLOSED : 0) |
           (account->no_card ? AUTOPAY_NO_CARD : 0) |
           (!returned && notice_runs(self, account, now) ? AUTOPAY_NOTICE_RUNS : 0) |
           (returned ? AUTOPAY_RETURNED : 0);
}

autopay_inputs_t autopay_inputs(const autopay_state_t *self, const autopay_account_t *account,
                                instant_t now, const autopay_view_row_t **ret_row)
{
    const autopay_view_row_t *row = autopay_view_find(&self->view, &account->id);
    bool same_month = account->month == month_of(now);
    *ret_row = row;
    return (autopay_inputs_t){
        .rule = AUTOPAY_RULE,
        .flags = flags_of(self, account, row, now),
        .now = now,
        .balance = row ? row->balance : 0,
        .amount = account->amount,
        .sum_max = account->sum_max,
        .count_max = account->count_max,
        .count = same_month ? account->count : 0,
        .sum = same_month ? account->sum : 0,
        .declines = account->declines,
        .attempts = same_month ? account->attempts : 0,
        .last = account->last,
        .declined = account->declined,
        .earliest = account->earliest,
        .policy = self->policy,
    };
}
