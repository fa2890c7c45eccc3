#include "tools/kopeck/verify_ledger.h"

typedef struct {
    uid_t16 key; // metering's sequence of the credit
    event_credit_noted_t noted;
} noted_t;

#define BONUS_SPAN (100 * HOUR_US)

typedef struct {
    uid_t16 key; // metering's sequence of the line
    kopecks_t bonus;
} bonus_paid_t;

typedef struct {
    uid_t16 key; // the refund
    uint64_t lot;
} hold_t;

void verify_ledger_init(verify_ledger_t *self, verify_report_t *report)
{
    *self = (verify_ledger_t){.report = report};
    table_init(&self->accounts, sizeof(verify_account_t));
    table_init(&self->credited, sizeof(uid_t16));
    table_init(&self->noted, sizeof(noted_t));
    for (unsigned i = 0; i < 2; i++)
        table_init(&self->bonus_paid[i], sizeof(bonus_paid_t));
    table_init(&self->holds, sizeof(hold_t));
    verify_lots_init(&self->lots, report);
    verify_bonus_init(&self->bonus, report);
    self->ending.report = report;
}

void verify_ledger_release(verify_ledger_t *self)
{
    table_release(&self->accounts);
    table_release(&self->credited);
    table_release(&self->noted);
    for (unsigned i = 0; i < 2; i++)
        table_release(&self->bonus_paid[i]);
    table_release(&self->holds);
    verify_lots_release(&self->lots);
    verify_bonus_release(&self->bonus);
}

const verify_account_t *verify_ledger_account(const verify_ledger_t *self, const uid_t16 *id)
{
    uint32_t row = table_find(&self->accounts, id);
    return row == TABLE_NONE ? NULL : table_row(&self->accounts, row);
}

// At zero or more, or no further below it than its limit.
static bool is_covered(const verify_account_t *account)
{
    return (__int128)account->cash + account->bonus + account->limit >= 0;
}

// Sums are modulo 2^64: exact whatever the order, and no journal can make them overflow.
static kopecks_t plus(kopecks_t a, kopecks_t b)
{
    return (kopecks_t)((uint64_t)a + (uint64_t)b);
}

static kopecks_t minus(kopecks_t a, kopecks_t b)
{
    return (kopecks_t)((uint64_t)a - (uint64_t)b);
}

kopecks_t verify_ledger_sum(const verify_ledger_t *self)
{
    kopecks_t sum = self->customers;
    for (uint64_t number = 0; number < SYSTEM_END; number++)
        sum = plus(sum, self->systems[number]);
    return sum;
}

static bool equal(verify_ledger_t *self, const char *rule, uint64_t sequence, int64_t expected,
                  int64_t found)
{
    return verify_equal(self->report, rule, STREAM_LEDGER, sequence, expected, found);
}

static bool that(verify_ledger_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_LEDGER, sequence, holds, expected, found);
}

// The account of that number and id, NULL (and a violation) if they do not name one.
static verify_account_t *named(verify_ledger_t *self, uint64_t sequence, uint64_t number,
                               const uid_t16 *id)
{
    bool opened = number >= SYSTEM_END && number - SYSTEM_END < self->accounts.count;
    if (!that(self, "ledger: accounts are opened before use", sequence, opened,
              "the number of an opened account", (int64_t)number))
        return NULL;
    verify_account_t *account = table_row(&self->accounts, (uint32_t)(number - SYSTEM_END));
    return verify_same(self->report, "ledger: number and id agree", STREAM_LEDGER, sequence,
                       &account->id, id)
               ? account
               : NULL;
}

static void check_opened(verify_ledger_t *self, uint64_t sequence,
                         const event_account_opened_t *opened)
{
    bool fresh = table_find(&self->accounts, &opened->account) == TABLE_NONE;
    that(self, "ledger: an account is opened once", sequence, fresh, "an id not opened before",
         (int64_t)opened->number);
    if (!fresh)
        return;
    uint32_t row = table_insert(&self->accounts, &opened->account);
    equal(self, "ledger: account numbers are dense", sequence, (int64_t)row + SYSTEM_END,
          (int64_t)opened->number);
}

// --- postings ---

static uint64_t skip_of(const verify_account_t *account, uint64_t ordinal)
{
    unsigned level = 0;
    for (; level < VERIFY_SKIP_LEVELS && ordinal % VERIFY_SKIP_RADIX == 0; level++)
        ordinal /= VERIFY_SKIP_RADIX;
    return account->marks[level ? level - 1 : 0];
}

static void check_chain(verify_ledger_t *self, uint64_t sequence, verify_account_t *account,
                        const event_posted_t *posted)
{
    uint64_t ordinal = account->ordinal + 1;
    equal(self, "ledger: ordinals count postings", sequence, (int64_t)ordinal,
          (int64_t)posted->ordinal);
    equal(self, "ledger: previous is the posting before", sequence, (int64_t)account->head,
          (int64_t)posted->previous);
    equal(self, "ledger: skip is the posting it says", sequence, (int64_t)skip_of(account, ordinal),
          (int64_t)posted->skip);
    account->ordinal = ordinal;
    account->head = sequence;
    for (unsigned level = 0; level < VERIFY_SKIP_LEVELS && ordinal % VERIFY_SKIP_RADIX == 0;
         level++, ordinal /= VERIFY_SKIP_RADIX)
        account->marks[level] = sequence;
}

// Postings from before credits were chained say nothing; none does so behind one that does.
static void check_credits(verify_ledger_t *self, uint64_t sequence, verify_account_t *account,
                          const event_posted_t *posted)
{
    bool credited = posted->credit >= SYSTEM_END;
    kopecks_t credits = credited ? plus(account->credits, posted->amount) : account->credits;
    account->kept = account->kept || posted->credit_previous || posted->credits;
    if (account->kept) {
        equal(self, "ledger: credit_previous is the credit before", sequence,
              (int64_t)(account->credited ? account->credited : sequence),
              (int64_t)posted->credit_previous);
        equal(self, "ledger: credits add up", sequence, credits, posted->credits);
    }
    account->credits = credits;
    if (credited)
        account->credited = sequence;
}

// One posting moves one of the two balances; which one is the kind's to say.
static bool moves_bonus(verify_ledger_t *self, uint64_t sequence, const verify_account_t *account,
                        const event_t *event)
{
    const event_posted_t *posted = &event->posted;
    wallet_t wallet = posting_wallet(posted->kind);
    if (wallet == WALLET_BONUS_FIRST && verify_ending_parts(&self->ending, event))
        return verify_ending_half(&self->ending, sequence, posted);
    if (wallet == WALLET_BONUS_FIRST) {
        bool bonus = account->bonus > 0;
        if (bonus)
            that(self, "ledger: a charge takes no more bonus than there is", sequence,
                 posted->amount <= account->bonus, "at most the bonus balance", posted->amount);
        return bonus;
    }
    that(self, "ledger: the kind moves a customer's money", sequence, wallet != WALLET_NONE,
         "a kind with a balance", (int64_t)posted->kind);
    return wallet == WALLET_BONUS;
}

static void check_balances(verify_ledger_t *self, uint64_t sequence, verify_account_t *account,
                           const event_t *event)
{
    const event_posted_t *posted = &event->posted;
    bool credited = posted->credit >= SYSTEM_END;
    kopecks_t moved = credited ? posted->amount : minus(0, posted->amount);
    bool bonus = moves_bonus(self, sequence, account, event);
    equal(self, "ledger: running cash balance", sequence,
          bonus ? account->cash : plus(account->cash, moved), posted->cash);
    equal(self, "ledger: running bonus balance", sequence,
          bonus ? plus(account->bonus, moved) : account->bonus, posted->bonus);
    uint64_t number = credited ? posted->credit : posted->debit;
    bool charge =
        verify_ending_parts(&self->ending, event) || verify_ending_begins(&self->ending, event);
    verify_ending_posted(&self->ending, &self->lots, sequence, event,
                         (uint32_t)(number - SYSTEM_END), account->bonus);
    verify_lots_feed(&self->lots, sequence, (uint32_t)(number - SYSTEM_END), posted, bonus, charge);
    self->customers = plus(self->customers, minus(plus(posted->cash, posted->bonus),
                                                  plus(account->cash, account->bonus)));
    account->cash = posted->cash;
    account->bonus = posted->bonus;
}

// What refunds and chargebacks took since the last usage; one that failed gives it back.
static void count_returned(verify_account_t *account, const event_posted_t *posted)
{
    bool given_back = posted->kind == POSTING_REFUND || posted->kind == POSTING_CHARGEBACK ||
                      posted->kind == POSTING_HOLD || posted->kind == POSTING_RELEASE;
    if (posted->kind == POSTING_CHARGE)
        account->returned = 0;
    else if (given_back && posted->debit >= SYSTEM_END)
        account->returned = plus(account->returned, posted->amount);
    else if (given_back && account->returned > posted->amount)
        account->returned = minus(account->returned, posted->amount);
    else if (given_back)
        account->returned = 0;
}

static bool is_system(uint64_t number)
{
    return posting_system_title(number) != NULL;
}

// Is it the first time?
static bool note_number(verify_ledger_t *self, uint64_t number)
{
    uid_t16 key = table_key(number, 1);
    if (table_find(&self->credited, &key) != TABLE_NONE)
        return false;
    table_insert(&self->credited, &key);
    return true;
}

// Postings from before there were references say no number.
static void check_number(verify_ledger_t *self, uint64_t sequence, const event_t *event)
{
    uint64_t number = posting_payment_number(&event->posted.reference);
    bool refund = event->posted.kind == POSTING_REFUND || event->posted.kind == POSTING_RELEASE;
    if (event->cause.stream == STREAM_PAYMENT && number && !refund)
        that(self, "ledger: a payment's number is credited once", sequence,
             note_number(self, number), "a number not credited before", (int64_t)number);
}

static void check_suspended(verify_ledger_t *self, uint64_t sequence, const event_t *event)
{
    const event_payment_suspended_t *told = &event->payment_suspended;
    const event_posted_t *posted = &self->suspense.posted;
    bool posted_so = self->suspense.type == EVENT_posted && posted->amount == told->amount &&
                     self->suspense.cause.sequence == event->cause.sequence &&
                     uid_equal(&posted->reference, &told->account);
    that(self, "ledger: what is told to be in suspense was put there", sequence, posted_so,
         "its posting just before", told->amount);
    bool fresh = note_number(self, told->invoice);
    that(self, "ledger: a repeated number was there before", sequence,
         fresh == (told->why != SUSPENSE_REPEATED), "why 2 for a number met before, and no other",
         (int64_t)told->why);
    self->suspended++;
}

// --- usage that is given back ---

// Older lines give nothing back: what goes wrong is told within 72 hours.
static void remember_bonus(verify_ledger_t *self, const event_t *event)
{
    if (event->at - self->bonus_since > BONUS_SPAN) {
        table_t older = self->bonus_paid[1];
        self->bonus_paid[1] = self->bonus_paid[0];
        self->bonus_paid[0] = older;
        table_clear(&self->bonus_paid[0]);
        self->bonus_since = event->at;
    }
    uid_t16 key = table_key(event->cause.sequence, 1);
    if (table_find(&self->bonus_paid[0], &key) != TABLE_NONE)
        return; // a second posting for one cause is reported elsewhere
    uint32_t row = table_insert(&self->bonus_paid[0], &key);
    ((bonus_paid_t *)table_row(&self->bonus_paid[0], row))->bonus = event->posted.amount;
}

static kopecks_t bonus_of(const verify_ledger_t *self, uint64_t line)
{
    uid_t16 key = table_key(line, 1);
    for (unsigned i = 0; i < 2; i++) {
        uint32_t row = table_find(&self->bonus_paid[i], &key);
        if (row != TABLE_NONE)
            return ((bonus_paid_t *)table_row(&self->bonus_paid[i], row))->bonus;
    }
    return 0;
}

static void count_back(verify_ledger_t *self, const event_posted_t *posted)
{
    if (posted->credit == SYSTEM_SUSPENSE)
        self->back_suspense = plus(self->back_suspense, posted->amount);
    else if (posted->kind == POSTING_CREDIT)
        self->back_cash = plus(self->back_cash, posted->amount);
    else
        self->back_bonus = plus(self->back_bonus, posted->amount);
}

static void check_noted(verify_ledger_t *self, uint64_t sequence, const event_credit_noted_t *noted)
{
    uid_t16 key = table_key(noted->credit, 1);
    uint32_t row = table_find(&self->noted, &key);
    that(self, "ledger: a credit is noted once, and again to look further", sequence,
         (row == TABLE_NONE) == (noted->look == 0), "a new credit, or one that looks",
         (int64_t)noted->credit);
    if (row == TABLE_NONE)
        row = table_insert(&self->noted, &key);
    ((noted_t *)table_row(&self->noted, row))->noted = *noted;
}

// What the line would not have taken of the bonus, had it been that much less: cash first.
static kopecks_t bonus_back(const event_credit_noted_t *noted, kopecks_t bonus)
{
    kopecks_t kept = minus(minus(noted->charged, noted->before), noted->amount);
    kopecks_t had = minus(noted->charged, noted->before);
    kopecks_t before = had < bonus ? had : bonus, after = kept < bonus ? kept : bonus;
    before = before < 0 ? 0 : before;
    return minus(before, after < 0 ? 0 : after);
}

static void check_made(verify_ledger_t *self, uint64_t sequence, const event_credit_made_t *made)
{
    uid_t16 key = table_key(made->credit, 1);
    uint32_t row = table_find(&self->noted, &key);
    equal(self, "ledger: a credit is what was posted as cash", sequence, self->back_cash,
          made->cash);
    equal(self, "ledger: a credit is what was posted as bonus", sequence, self->back_bonus,
          made->bonus);
    equal(self, "ledger: a credit is what was posted to suspense", sequence, self->back_suspense,
          made->suspense);
    self->back_cash = self->back_bonus = self->back_suspense = 0;
    if (!that(self, "ledger: a credit was noted before it is made", sequence, row != TABLE_NONE,
              "a credit that was noted", (int64_t)made->credit))
        return;
    const event_credit_noted_t noted = ((noted_t *)table_row(&self->noted, row))->noted;
    table_remove(&self->noted, row);
    kopecks_t sum = plus(plus(made->cash, made->bonus), made->suspense);
    equal(self, "ledger: a credit gives back its amount", sequence, noted.amount, sum);
    if (made->suspense)
        return;
    equal(self, "ledger: a credit goes back to where the line took it", sequence,
          bonus_back(&noted, bonus_of(self, noted.original)), made->bonus);
}

// --- what is held for refunds; that it may be so is verify_refunds' ---

static void note_hold(verify_ledger_t *self, const event_refund_held_t *held)
{
    uid_t16 key = table_key(held->refund, 1);
    uint32_t row = table_find(&self->holds, &key);
    if (row == TABLE_NONE)
        row = table_insert(&self->holds, &key);
    ((hold_t *)table_row(&self->holds, row))->lot = held->lot;
}

static void settle_hold(verify_ledger_t *self, uint64_t sequence,
                        const event_refund_settled_t *settled)
{
    uid_t16 key = table_key(settled->refund, 1);
    uint32_t row = table_find(&self->holds, &key);
    uint32_t account = table_find(&self->accounts, &settled->account);
    if (row != TABLE_NONE && account != TABLE_NONE)
        verify_lots_left(&self->lots, sequence, account,
                         ((const hold_t *)table_row(&self->holds, row))->lot, settled->amount);
}

static bool gives_back(uint64_t kind)
{
    return kind == POSTING_CREDIT || kind == POSTING_CREDIT_BONUS;
}

static void check_posted(verify_ledger_t *self, uint64_t sequence, const event_t *event)
{
    const event_posted_t *posted = &event->posted;
    bool debits = is_system(posted->debit), credits = is_system(posted->credit);
    that(self, "ledger: amounts are more than zero", sequence,
         posted->amount > 0 && posted->amount <= POSTING_AMOUNT_MAX, "an amount of a posting",
         posted->amount);
    that(self, "ledger: kinds are known", sequence, posting_kind_title(posted->kind) != NULL,
         "a posting kind", (int64_t)posted->kind);
    bool sides = (debits || credits) && posted->debit != posted->credit;
    if (!that(self, "ledger: a system account stands on one side", sequence, sides,
              "one or two system accounts, not the same", (int64_t)posted->debit))
        return;
    if (debits)
        self->systems[posted->debit] = minus(self->systems[posted->debit], posted->amount);
    if (credits)
        self->systems[posted->credit] = plus(self->systems[posted->credit], posted->amount);
    if (gives_back(posted->kind)) {
        equal(self, "ledger: usage is given back by the revenue", sequence, SYSTEM_REVENUE,
              (int64_t)posted->debit);
        count_back(self, posted);
    }
    if (debits && credits)
        return;
    uint64_t number = debits ? posted->credit : posted->debit;
    verify_account_t *account = named(self, sequence, number, &posted->account);
    if (!account)
        return;
    check_number(self, sequence, event);
    check_chain(self, sequence, account, posted);
    check_credits(self, sequence, account, posted);
    bool parted = verify_ending_parts(&self->ending, event);
    if (posted->kind == POSTING_CHARGE && event->cause.stream == STREAM_METERING &&
        (parted ? self->ending.parted.bonus : account->bonus) > 0)
        remember_bonus(self, event);
    check_balances(self, sequence, account, event);
    count_returned(account, posted);
    kopecks_t balance = plus(account->cash, account->bonus);
    if (balance >= self->threshold)
        account->low = false;
    if (account->exhausted && is_covered(account)) {
        self->restored_due = number;
        self->cause = event->cause;
    }
}

// --- low, exhausted, restored ---

static void check_judgement(verify_ledger_t *self, uint64_t sequence,
                            const verify_account_t *account, kopecks_t balance, bool before,
                            bool below)
{
    equal(self, "ledger: judgements state the balance", sequence,
          plus(account->cash, account->bonus), balance);
    that(self, "ledger: a judgement is said at its crossing", sequence, !before && below,
         "a balance that has just crossed", balance);
}

static void check_low(verify_ledger_t *self, uint64_t sequence, const event_account_low_t *low)
{
    verify_account_t *account = named(self, sequence, low->number, &low->account);
    if (!account)
        return;
    equal(self, "ledger: low goes by the policy's threshold", sequence, self->threshold,
          low->threshold);
    check_judgement(self, sequence, account, low->balance, account->low,
                    low->balance < self->threshold);
    account->low = true;
}

static void check_exhausted(verify_ledger_t *self, uint64_t sequence,
                            const event_account_exhausted_t *exhausted)
{
    verify_account_t *account = named(self, sequence, exhausted->number, &exhausted->account);
    if (!account)
        return;
    check_judgement(self, sequence, account, exhausted->balance, account->exhausted,
                    !is_covered(account));
    account->exhausted = true;
}

static void check_restored(verify_ledger_t *self, uint64_t sequence,
                           const event_account_restored_t *restored)
{
    verify_account_t *account = named(self, sequence, restored->number, &restored->account);
    if (!account)
        return;
    check_judgement(self, sequence, account, restored->balance, !account->exhausted,
                    is_covered(account));
    account->exhausted = false;
    if (self->restored_due == restored->number)
        self->restored_due = 0;
}

static void check_limit(verify_ledger_t *self, uint64_t sequence, const event_t *event)
{
    const event_credit_limit_set_t *set = &event->credit_limit_set;
    verify_account_t *account = named(self, sequence, set->number, &set->account);
    if (!account)
        return;
    equal(self, "ledger: a credit limit says what it was before", sequence, account->limit,
          set->before);
    that(self, "ledger: a credit limit is an amount", sequence,
         set->limit >= 0 && set->limit <= POSTING_AMOUNT_MAX, "0 to 10^14 kopecks", set->limit);
    account->limit = set->limit;
    if (account->exhausted && is_covered(account)) {
        self->restored_due = set->number;
        self->cause = event->cause;
    }
}

// What gives back never waits: restored follows its posting, or the posting's other half.
static void check_restored_due(verify_ledger_t *self, uint64_t sequence, const event_t *event)
{
    bool other_half =
        event->type == EVENT_posted &&
        memcmp(&event->cause, &self->cause, sizeof self->cause) == 0 &&
        (event->posted.debit == self->restored_due || event->posted.credit == self->restored_due);
    if (!self->restored_due || other_half)
        return;
    bool said = event->type == EVENT_account_restored &&
                event->account_restored.number == self->restored_due;
    that(self, "ledger: restored follows at once", sequence, said, "account.restored",
         (int64_t)event->type);
    self->restored_due = 0;
}

// What a row of the accounts is for bonuses that end.
static void check_ending(verify_ledger_t *self, uint64_t sequence, const event_t *event)
{
    const uid_t16 *id = verify_ending_account(event);
    uint32_t row = id ? table_find(&self->accounts, id) : TABLE_NONE;
    if (id && !that(self, "ledger: accounts are opened before use", sequence, row != TABLE_NONE,
                    "an opened account", 0))
        return;
    const verify_account_t *account = id ? table_row(&self->accounts, row) : NULL;
    verify_ending_feed(&self->ending, &self->lots, sequence, event, row,
                       account ? account->bonus : 0);
}

void verify_ledger_feed(verify_ledger_t *self, uint64_t sequence, const event_t *event)
{
    check_ending(self, sequence, event);
    check_restored_due(self, sequence, event);
    verify_bonus_feed(&self->bonus, sequence, event);
    switch (event->type) {
    case EVENT_account_opened:
        check_opened(self, sequence, &event->account_opened);
        break;
    case EVENT_posted:
        check_posted(self, sequence, event);
        equal(self, "ledger: the sum over all accounts is zero", sequence, 0,
              verify_ledger_sum(self));
        break;
    case EVENT_payment_suspended:
        check_suspended(self, sequence, event);
        break;
    case EVENT_account_low:
        check_low(self, sequence, &event->account_low);
        break;
    case EVENT_account_exhausted:
        check_exhausted(self, sequence, &event->account_exhausted);
        break;
    case EVENT_account_restored:
        check_restored(self, sequence, &event->account_restored);
        break;
    case EVENT_credit_limit_set:
        check_limit(self, sequence, event);
        break;
    case EVENT_refund_settled:
        if (event->refund_settled.left && event->refund_settled.held)
            settle_hold(self, sequence, &event->refund_settled);
        break;
    case EVENT_refund_held:
        note_hold(self, &event->refund_held);
        break;
    case EVENT_credit_noted:
        check_noted(self, sequence, &event->credit_noted);
        break;
    case EVENT_credit_made:
        check_made(self, sequence, &event->credit_made);
        break;
    case EVENT_ledger_policy_changed:
        self->threshold = event->ledger_policy_changed.low_threshold;
        for (uint32_t i = 0; i < self->accounts.count; i++) {
            verify_account_t *account = table_row(&self->accounts, i);
            if (plus(account->cash, account->bonus) >= self->threshold)
                account->low = false;
        }
        break;
    default:
        break;
    }
    self->suspense = event->type == EVENT_posted && event->cause.stream == STREAM_PAYMENT &&
                             event->posted.credit == SYSTEM_SUSPENSE
                         ? *event
                         : (event_t){0};
}

void verify_ledger_finish(verify_ledger_t *self, uint64_t last)
{
    that(self, "ledger: restored follows at once", last, self->restored_due == 0,
         "account.restored", 0);
}
