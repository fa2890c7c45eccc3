#include "tools/kopeck/verify_autopay.h"
#include "proto/month.h"

#define INSTANT_LAST (INT64_C(9000000000) * SECOND_US) // year 2255: months are counted until then

typedef struct {
    uid_t16 id, mandate;
    kopecks_t amount, sum_max;
    uint64_t count_max;
    uint64_t request;  // in flight, 0 if none
    uint64_t decision; // the last
    uint64_t month;    // that count, sum and attempts are of
    uint64_t count, attempts, declines;
    kopecks_t sum;
    instant_t last, declined;
    instant_t earliest; // of a payment that is announced
    bool live, revoked, held, suspended, no_card, renewed;
} account_t;

// What was noted of a mandate, and payment's event that caused it.
typedef struct {
    uid_t16 key; // made of its sequence
    uint64_t sequence, cause;
    event_autopay_mandate_noted_t event;
} noted_t;

// What both kinds of decisions say.
typedef struct {
    uid_t16 account, mandate;
    uint64_t month, balance_sequence, previous;
    autopay_inputs_t in;
} decision_view_t;

void verify_autopay_init(verify_autopay_t *self, verify_report_t *report)
{
    *self = (verify_autopay_t){.report = report};
    table_init(&self->accounts, sizeof(account_t));
    table_init(&self->noted, sizeof(noted_t));
    table_init(&self->counted, sizeof(uid_t16));
}

void verify_autopay_release(verify_autopay_t *self)
{
    table_release(&self->accounts);
    table_release(&self->noted);
    table_release(&self->counted);
}

static account_t *account_of(verify_autopay_t *self, const uid_t16 *id)
{
    uint32_t row = table_find(&self->accounts, id);
    if (row == TABLE_NONE)
        row = table_insert(&self->accounts, id);
    return table_row(&self->accounts, row);
}

static bool equal(verify_autopay_t *self, const char *rule, uint64_t sequence, int64_t expected,
                  int64_t found)
{
    return verify_equal(self->report, rule, STREAM_AUTOPAY, sequence, expected, found);
}

static bool that(verify_autopay_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_AUTOPAY, sequence, holds, expected, found);
}

static void reach_month(account_t *account, uint64_t month)
{
    if (month <= account->month)
        return;
    account->month = month;
    account->count = account->attempts = 0;
    account->sum = 0;
}

static uint64_t month_of_request(const verify_autopay_t *self, uint64_t request)
{
    for (size_t i = self->months_count; i > 0; i--)
        if (self->months[i - 1].first <= request)
            return self->months[i - 1].month;
    return 0;
}

// A sum that leaves int64 stands above every threshold.
static kopecks_t plus(kopecks_t a, kopecks_t b)
{
    kopecks_t sum;
    return money_add(a, b, &sum) ? sum : INT64_MAX;
}

// --- decisions ---

static decision_view_t view_of(const verify_autopay_t *self, const event_t *event)
{
    decision_view_t view = {.in = autopay_inputs_from_event(event, &self->policy)};
    const event_autopay_payment_requested_t *r = &event->autopay_payment_requested;
    const event_autopay_withheld_t *w = &event->autopay_withheld;
    bool charge = event->type == EVENT_autopay_payment_requested;
    view.account = charge ? r->account : w->account;
    view.mandate = charge ? r->mandate : w->mandate;
    view.month = charge ? r->month : w->month;
    view.balance_sequence = charge ? r->balance_sequence : w->balance_sequence;
    view.previous = charge ? r->previous : w->previous;
    return view;
}

uint64_t verify_autopay_needs(const event_t *event)
{
    if (event->type == EVENT_autopay_payment_requested)
        return event->autopay_payment_requested.balance_sequence;
    return event->type == EVENT_autopay_withheld ? event->autopay_withheld.balance_sequence : 0;
}

static void check_inputs(verify_autopay_t *self, uint64_t sequence, const account_t *account,
                         const decision_view_t *view)
{
    const autopay_inputs_t *in = &view->in;
    bool same_month = account->month == view->month;
    equal(self, "autopay: month is Moscow's of the decision", sequence, (int64_t)month_of(in->now),
          (int64_t)view->month);
    equal(self, "autopay: previous is the decision before", sequence, (int64_t)account->decision,
          (int64_t)view->previous);
    equal(self, "autopay: threshold is the policy's", sequence, self->policy.threshold,
          in->policy.threshold);
    verify_same(self->report, "autopay: mandate is the account's", STREAM_AUTOPAY, sequence,
                &account->mandate, &view->mandate);
    equal(self, "autopay: amount is the mandate's", sequence, account->amount, in->amount);
    equal(self, "autopay: count limit is the mandate's", sequence, (int64_t)account->count_max,
          (int64_t)in->count_max);
    equal(self, "autopay: sum limit is the mandate's", sequence, account->sum_max, in->sum_max);
    equal(self, "autopay: count is the month's", sequence, same_month ? (int64_t)account->count : 0,
          (int64_t)in->count);
    equal(self, "autopay: sum is the month's", sequence, same_month ? account->sum : 0, in->sum);
    equal(self, "autopay: attempts are the month's", sequence,
          same_month ? (int64_t)account->attempts : 0, (int64_t)in->attempts);
    equal(self, "autopay: declines are counted", sequence, (int64_t)account->declines,
          (int64_t)in->declines);
    equal(self, "autopay: last charge is the one before", sequence, account->last, in->last);
    equal(self, "autopay: last decline is the one before", sequence, account->declined,
          in->declined);
    equal(self, "autopay: what was announced is said", sequence, account->earliest, in->earliest);
}

static void check_flags(verify_autopay_t *self, uint64_t sequence, const account_t *account,
                        uint64_t flags)
{
    uint64_t known = AUTOPAY_OPERATOR_HOLD | AUTOPAY_SUSPENDED | AUTOPAY_REVOKED |
                     AUTOPAY_NEVER_ENABLED | AUTOPAY_NO_CARD;
    uint64_t expected =
        (account->held ? AUTOPAY_OPERATOR_HOLD : 0) | (account->suspended ? AUTOPAY_SUSPENDED : 0) |
        (account->revoked ? AUTOPAY_REVOKED : 0) | (account->no_card ? AUTOPAY_NO_CARD : 0) |
        (account->live || account->revoked ? 0 : AUTOPAY_NEVER_ENABLED);
    equal(self, "autopay: holds, suspensions, revocations are seen", sequence, (int64_t)expected,
          (int64_t)(flags & known));
    // A credit that is not posted yet pends too; that the payment in flight pends is a must.
    that(self, "autopay: what is in flight is seen", sequence,
         !account->request || flags & AUTOPAY_PENDING, "the flag of a payment in flight",
         (int64_t)flags);
}

static void check_balance(verify_autopay_t *self, uint64_t sequence, const decision_view_t *view,
                          const verify_ledger_t *ledger)
{
    const verify_account_t *account = verify_ledger_account(ledger, &view->account);
    kopecks_t balance = account ? plus(account->cash, account->bonus) : 0;
    if (view->in.flags & AUTOPAY_STALE)
        return;
    equal(self, "autopay: balance is true at its sequence", sequence,
          account ? (int64_t)account->head : 0, (int64_t)view->balance_sequence);
    equal(self, "autopay: balance is the ledger's", sequence, balance, view->in.balance);
    if (view->in.rule == AUTOPAY_RULE_FIRST)
        return; // it did not look at what was given back
    kopecks_t before = account ? account->returned : 0, threshold = view->in.policy.threshold;
    bool returned = balance < threshold && plus(balance, before) >= threshold;
    equal(self, "autopay: what refunds and chargebacks alone took is seen", sequence, returned,
          (view->in.flags & AUTOPAY_RETURNED) != 0);
}

static void check_decision(verify_autopay_t *self, uint64_t sequence, const event_t *event,
                           const verify_ledger_t *ledger)
{
    decision_view_t view = view_of(self, event);
    account_t *account = account_of(self, &view.account);
    check_inputs(self, sequence, account, &view);
    if (event->type == EVENT_autopay_withheld)
        check_flags(self, sequence, account, view.in.flags);
    if (ledger)
        check_balance(self, sequence, &view, ledger);
    if (that(self, "autopay: rule is known", sequence, autopay_rule_is_known(view.in.rule),
             "1 or 2", (int64_t)view.in.rule))
        equal(self, "autopay: decided again, the same verdict", sequence, autopay_verdict(&view.in),
              autopay_verdict_stated(event));
    account->decision = sequence;
    self->decisions++;
}

// What must hold of a charge whatever its inputs say.
static void check_charge(verify_autopay_t *self, uint64_t sequence, const event_t *event)
{
    const event_autopay_payment_requested_t *r = &event->autopay_payment_requested;
    account_t *account = account_of(self, &r->account);
    uint64_t month = month_of(event->at);
    uint64_t count = account->month == month ? account->count : 0;
    kopecks_t sum = account->month == month ? account->sum : 0, after;
    that(self, "autopay: one payment in flight", sequence, account->request == 0,
         "the request before to be settled", (int64_t)account->request);
    that(self, "autopay: charged by a clock that is not doubted", sequence, !self->clock_doubted,
         "an operator to have confirmed it", (int64_t)event->at);
    that(self, "autopay: charged under a live mandate", sequence,
         account->live && !account->held && !account->suspended && !account->no_card,
         "a live mandate with a card, not held, not suspended", (int64_t)account->request);
    that(self, "autopay: count limit holds", sequence, count < account->count_max,
         "fewer payments this month than the limit", (int64_t)count);
    bool within = money_add(sum, r->amount, &after) && after <= account->sum_max;
    that(self, "autopay: sum limit holds", sequence, within,
         "the month's sum with this payment within the limit", sum);
    if (self->months_count < VERIFY_MONTHS_MAX &&
        (!self->months_count || self->months[self->months_count - 1].month != r->month)) {
        self->months[self->months_count].month = r->month;
        self->months[self->months_count++].first = sequence;
    }
    reach_month(account, month);
    that(self, "autopay: charged no earlier than was announced", sequence,
         account->earliest ? event->at >= account->earliest : !self->policy.prenotice_us,
         "an announcement whose time has come", account->earliest);
    account->request = sequence;
    account->last = event->at;
    account->earliest = 0;
    account->renewed = false;
    self->charges++;
}

static void take_withheld(verify_autopay_t *self, const event_autopay_withheld_t *withheld)
{
    if (withheld->reason != AUTOPAY_NO_PRENOTICE)
        account_of(self, &withheld->account)->earliest = 0;
}

static void check_announced(verify_autopay_t *self, uint64_t sequence, const event_t *event)
{
    const event_autopay_announced_t *said = &event->autopay_announced;
    account_t *account = account_of(self, &said->account);
    verify_same(self->report, "autopay: what is announced is under the account's mandate",
                STREAM_AUTOPAY, sequence, &account->mandate, &said->mandate);
    equal(self, "autopay: what is announced is the mandate's amount", sequence, account->amount,
          said->amount);
    that(self, "autopay: a payment is announced once", sequence, account->earliest == 0,
         "none to be announced", account->earliest);
    equal(self, "autopay: a payment is announced as long before as the policy says", sequence,
          event->at + (instant_t)self->policy.prenotice_us, said->earliest);
    account->earliest = said->earliest;
}

static void check_card_gone(verify_autopay_t *self, uint64_t sequence,
                            const event_autopay_card_gone_t *gone)
{
    account_t *account = account_of(self, &gone->account);
    verify_same(self->report, "autopay: the card that is gone is the mandate's", STREAM_AUTOPAY,
                sequence, &account->mandate, &gone->mandate);
    that(self, "autopay: the card is gone that was charged", sequence, !account->renewed,
         "no consent since the charge", (int64_t)gone->code);
    account->no_card = true;
}

// --- outcomes ---

// What is counted already is told of again by a journal of payment that was put back, and then
// counts in no month.
static bool is_counted(const verify_autopay_t *self, uint64_t request)
{
    uid_t16 key = table_key(request, 0);
    return table_find(&self->counted, &key) != TABLE_NONE;
}

static void note_counted(verify_autopay_t *self, uint64_t request)
{
    uid_t16 key = table_key(request, 0);
    if (!is_counted(self, request))
        (void)table_insert(&self->counted, &key);
}

static void take_settled(verify_autopay_t *self, uint64_t sequence, const event_t *event)
{
    const event_autopay_settled_t *settled = &event->autopay_settled;
    account_t *account = account_of(self, &settled->account);
    if (settled->month || !is_counted(self, settled->request))
        equal(self, "autopay: settled in the month of its decision", sequence,
              (int64_t)month_of_request(self, settled->request), (int64_t)settled->month);
    that(self, "autopay: a payment succeeds or is declined", sequence,
         codes_find(CODES_outcome, settled->outcome) != NULL, "1 or 2", (int64_t)settled->outcome);
    if (account->request == settled->request)
        account->request = 0;
    reach_month(account, settled->month);
    bool same_month = account->month == settled->month;
    if (settled->outcome == OUTCOME_SUCCEEDED) {
        note_counted(self, settled->request);
        account->count += same_month;
        if (same_month && !money_add(account->sum, settled->amount, &account->sum))
            account->sum = INT64_MAX; // of such amounts the ledger's checks tell
        account->declines = 0;
    } else if (autopay_reason_declines((decline_t)settled->reason)) {
        account->attempts += same_month;
        account->declines++;
        account->declined = event->at;
    }
}

// Limits are payment's: a note of other ones would let charges pass, or hold them back. Payment may
// be read later than this, so what is noted is kept until all is read.
static void keep_noted(verify_autopay_t *self, uint64_t sequence, const event_t *event)
{
    uid_t16 key = table_key(sequence, 1);
    noted_t *row = table_row(&self->noted, table_insert(&self->noted, &key));
    row->sequence = sequence;
    row->cause = event->cause.stream == STREAM_PAYMENT ? event->cause.sequence : 0;
    row->event = event->autopay_mandate_noted;
}

static void check_noted(verify_autopay_t *self, const noted_t *row, const verify_payment_t *payment)
{
    const event_autopay_mandate_noted_t *noted = &row->event;
    const verify_terms_t *terms = verify_payment_terms(payment, row->cause);
    bool said = terms && uid_equal(&terms->mandate, &noted->mandate);
    if (!that(self, "autopay: what is noted is payment's word", row->sequence, said,
              "the mandate event of payment that caused it", (int64_t)row->cause))
        return;
    equal(self, "autopay: noted amount is payment's", row->sequence, terms->amount, noted->amount);
    equal(self, "autopay: noted count limit is payment's", row->sequence, (int64_t)terms->count_max,
          (int64_t)noted->count_max);
    equal(self, "autopay: noted sum limit is payment's", row->sequence, terms->sum_max,
          noted->sum_max);
    equal(self, "autopay: noted state is payment's", row->sequence,
          terms->live ? MANDATE_LIVE : MANDATE_REVOKED, (int64_t)noted->state);
}

void verify_autopay_finish(verify_autopay_t *self, const verify_payment_t *payment)
{
    for (uint32_t i = 0; i < self->noted.count; i++)
        check_noted(self, table_row(&self->noted, i), payment);
}

static void take_mandate(verify_autopay_t *self, const event_autopay_mandate_noted_t *noted)
{
    account_t *account = account_of(self, &noted->account);
    if (noted->state == MANDATE_LIVE && !uid_equal(&account->mandate, &noted->mandate)) {
        account->no_card = false;
        account->earliest = 0;
        account->renewed = account->request != 0;
    }
    account->mandate = noted->mandate;
    account->amount = noted->amount;
    account->count_max = noted->count_max;
    account->sum_max = noted->sum_max;
    account->live = noted->state == MANDATE_LIVE;
    account->revoked = noted->state == MANDATE_REVOKED;
}

void verify_autopay_feed(verify_autopay_t *self, uint64_t sequence, const event_t *event,
                         const verify_ledger_t *ledger)
{
    if (!that(self, "autopay: instants are of our time", sequence,
              event->at >= 0 && event->at <= INSTANT_LAST, "1970 to 2255", event->at))
        return;
    switch (event->type) {
    case EVENT_node_clock_doubted:
        self->clock_doubted = true;
        break;
    case EVENT_node_clock_confirmed:
    case EVENT_node_clock_borne_out:
        self->clock_doubted = false;
        break;
    case EVENT_autopay_policy_changed:
        self->policy = event->autopay_policy_changed;
        break;
    case EVENT_autopay_mandate_noted:
        keep_noted(self, sequence, event);
        take_mandate(self, &event->autopay_mandate_noted);
        break;
    case EVENT_autopay_payment_requested:
        check_decision(self, sequence, event, ledger);
        check_charge(self, sequence, event);
        break;
    case EVENT_autopay_withheld:
        check_decision(self, sequence, event, ledger);
        take_withheld(self, &event->autopay_withheld);
        break;
    case EVENT_autopay_announced:
        check_announced(self, sequence, event);
        break;
    case EVENT_autopay_card_gone:
        check_card_gone(self, sequence, &event->autopay_card_gone);
        break;
    case EVENT_autopay_settled:
        take_settled(self, sequence, event);
        break;
    case EVENT_autopay_suspended:
        account_of(self, &event->autopay_suspended.account)->suspended = true;
        break;
    case EVENT_autopay_resumed: {
        account_t *account = account_of(self, &event->autopay_resumed.account);
        account->suspended = false;
        account->declines = 0;
        break;
    }
    case EVENT_autopay_held:
        account_of(self, &event->autopay_held.account)->held = event->autopay_held.held;
        break;
    default:
        break;
    }
}
