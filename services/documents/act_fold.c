#include "services/documents/act_fold.h"
#include "proto/month.h"
#include "proto/posting.h"
#include "proto/wire.h"
#include "services/documents/act_period.h"
#include "services/documents/vat.h"

enum { LOTS_MAX = 16 };

typedef struct {
    uid_t16 key;
    uint64_t since;           // the quarter in which it was registered
    uint64_t issued, through; // the last act's quarter, and metering's sequence of it
    kopecks_t bonus;          // its balance, as the last posting says
    kopecks_t reversal;       // money that went back and was spent
    uint64_t pending;         // charges that are not posted yet
    uint32_t bucket, credit, debt, debt_last; // number + 1
} account_t;

typedef struct {
    uid_t16 key; // account's number and quarter, service and rate
    uint64_t quarter, service, rate;
    kopecks_t amount, bonus;
    uint32_t account, next; // next: of the account, number + 1
    bool counts;            // of the acts: up to their quarter, and in none before
    bool covered;           // in an act before
} bucket_t;

typedef struct {
    uid_t16 key; // metering's sequence
    uint32_t bucket;
    kopecks_t left; // not posted yet
} charge_t;

typedef struct {
    uid_t16 key; // the ledger's sequence
    uid_t16 reference;
    kopecks_t amount, left;
    kopecks_t paid; // of the acts' charges
    instant_t came, used;
    uint32_t account, next; // next: of the account, number + 1
    bool money;             // that somebody paid, under a reference
} credit_t;

typedef struct {
    uid_t16 key; // its number
    kopecks_t amount;
    uint32_t bucket, next; // next: of the account, number + 1
} debt_t;

void act_fold_init(act_fold_t *self, uint64_t quarter)
{
    *self = (act_fold_t){.quarter = quarter};
    table_init(&self->accounts, sizeof(account_t));
    table_init(&self->buckets, sizeof(bucket_t));
    table_init(&self->charges, sizeof(charge_t));
    table_init(&self->credits, sizeof(credit_t));
    table_init(&self->advances, sizeof(uid_t16));
    table_init(&self->debts, sizeof(debt_t));
}

void act_fold_release(act_fold_t *self)
{
    table_release(&self->accounts);
    table_release(&self->buckets);
    table_release(&self->charges);
    table_release(&self->credits);
    table_release(&self->advances);
    table_release(&self->debts);
}

static void *find(const table_t *table, const uid_t16 *key)
{
    uint32_t row = table_find(table, key);
    return row == TABLE_NONE ? NULL : table_row(table, row);
}

static void *find_number(const table_t *table, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    return find(table, &key);
}

static account_t *account_at(const act_fold_t *self, uint32_t number)
{
    return table_row(&self->accounts, number);
}

static bucket_t *bucket_at(const act_fold_t *self, uint32_t number)
{
    return table_row(&self->buckets, number);
}

// --- documents ---

static void take_company(act_fold_t *self, const event_t *event)
{
    const uid_t16 *id = &event->requisites_registered.account;
    if (table_find(&self->accounts, id) != TABLE_NONE)
        return;
    account_t *account = table_row(&self->accounts, table_insert(&self->accounts, id));
    account->since = act_period_of(event->at + 1);
}

void act_fold_documents(act_fold_t *self, const event_t *event)
{
    account_t *account;
    switch (event->type) {
    case EVENT_requisites_registered:
        take_company(self, event);
        break;
    case EVENT_advance_issued:
        if (table_find(&self->advances, &event->advance_issued.reference) == TABLE_NONE)
            (void)table_insert(&self->advances, &event->advance_issued.reference);
        break;
    case EVENT_act_issued:
        account = find(&self->accounts, &event->act_issued.account);
        if (account) {
            account->issued = event->act_issued.quarter;
            account->through = event->act_issued.through;
        }
        break;
    default:
        break;
    }
}

// --- metering ---

static uid_t16 bucket_key(uint32_t account, uint64_t quarter, uint64_t service, uint64_t rate,
                          bool covered)
{
    return table_key((uint64_t)account << 32 | quarter << 1 | covered, service << 32 | rate);
}

static uint32_t add_bucket(act_fold_t *self, const uid_t16 *key, uint32_t number)
{
    account_t *account = account_at(self, number);
    uint32_t row = table_insert(&self->buckets, key);
    bucket_t *bucket = bucket_at(self, row);
    bucket->account = number;
    bucket->next = account->bucket;
    account->bucket = row + 1;
    return row;
}

// Where a charge of an hour that ends then stands; TABLE_NONE if it is of no company's time.
static uint32_t bucket_of(act_fold_t *self, const uid_t16 *id, instant_t hour_end, uint64_t service,
                          uint64_t sequence)
{
    uint32_t number = table_find(&self->accounts, id);
    uint64_t quarter = act_period_of(hour_end);
    if (number == TABLE_NONE || quarter < account_at(self, number)->since)
        return TABLE_NONE;
    const account_t *account = account_at(self, number);
    bool covered = quarter <= account->issued && sequence <= account->through;
    day_t day = (day_t)((hour_end - 1 + MOSCOW_OFFSET_US) / DAY_US);
    uint64_t rate = vat_rate_on(day);
    uid_t16 key = bucket_key(number, quarter, service, rate, covered);
    uint32_t row = table_find(&self->buckets, &key);
    row = row == TABLE_NONE ? add_bucket(self, &key, number) : row;
    bucket_t *bucket = bucket_at(self, row);
    bucket->quarter = quarter;
    bucket->service = service;
    bucket->rate = rate;
    bucket->covered = covered;
    bucket->counts = !covered && act_period_for(hour_end, account->issued) <= self->quarter;
    return row;
}

static void add_charge(act_fold_t *self, uint32_t row, kopecks_t amount, uint64_t sequence)
{
    uid_t16 key = table_key(sequence, 0);
    if (row == TABLE_NONE || amount == 0)
        return;
    bucket_at(self, row)->amount += amount;
    account_at(self, bucket_at(self, row)->account)->pending++;
    charge_t *charge = table_row(&self->charges, table_insert(&self->charges, &key));
    charge->bucket = row;
    charge->left = amount < 0 ? -amount : amount;
}

void act_fold_metering(act_fold_t *self, const event_t *event, uint64_t sequence)
{
    const event_usage_charged_t *charged = &event->usage_charged;
    const event_usage_credited_t *credited = &event->usage_credited;
    const event_meter_closed_t *closed = &event->meter_closed;
    self->metering = sequence;
    if (event->type == EVENT_usage_charged)
        add_charge(
            self,
            bucket_of(self, &charged->account, charged->hour + HOUR_US, charged->kind, sequence),
            charged->amount, sequence);
    else if (event->type == EVENT_usage_credited)
        add_charge(
            self,
            bucket_of(self, &credited->account, credited->hour + HOUR_US, credited->kind, sequence),
            -credited->amount, sequence);
    else if (event->type == EVENT_meter_closed)
        add_charge(self, bucket_of(self, &closed->account, closed->at, RESOURCE_COMPUTE, sequence),
                   closed->amount, sequence);
}

// --- the ledger ---

static void note_paid(const act_fold_t *self, credit_t *credit, uint32_t row, kopecks_t amount)
{
    if (credit->money && bucket_at(self, row)->counts)
        credit->paid += amount;
}

static void use(credit_t *credit, kopecks_t amount, instant_t at)
{
    credit->left -= amount;
    if (credit->left <= 0 && !credit->used)
        credit->used = at;
}

static void add_debt(act_fold_t *self, account_t *account, uint32_t row, kopecks_t amount)
{
    uid_t16 key = table_key(++self->debts_made, 0);
    uint32_t number = table_insert(&self->debts, &key);
    debt_t *debt = table_row(&self->debts, number);
    debt->amount = amount;
    debt->bucket = row;
    if (account->debt_last)
        ((debt_t *)table_row(&self->debts, account->debt_last - 1))->next = number + 1;
    else
        account->debt = number + 1;
    account->debt_last = number + 1;
}

// Of one lot `amount` was taken, for a charge of that bucket or for nothing that is a service.
static void take_lot(act_fold_t *self, uint64_t lot, kopecks_t amount, uint32_t row, instant_t at)
{
    credit_t *credit = find_number(&self->credits, lot);
    if (!credit)
        return;
    use(credit, amount, at);
    if (row != TABLE_NONE)
        note_paid(self, credit, row, amount);
}

// Returns what no lot covered.
static kopecks_t take_lots(act_fold_t *self, const event_posted_t *posted, uint32_t row,
                           instant_t at)
{
    kopecks_t left = posted->amount;
    wire_t wire;
    if (!posted->lots.size) {
        if (posted->lot)
            take_lot(self, posted->lot, posted->amount, row, at);
        return posted->lot || !posted->credit_previous ? 0 : left; // else no lot is named at all
    }
    wire_start(&wire, posted->lots.data, posted->lots.size);
    uint32_t count = wire_array(&wire, LOTS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t lot;
        kopecks_t amount;
        uint32_t fields = wire_array(&wire, 2);
        wire_u64(&wire, &lot);
        wire_i64(&wire, &amount);
        if (wire.fail || fields != 2)
            break;
        take_lot(self, lot, amount, row, at);
        left -= amount;
    }
    return left > 0 ? left : 0;
}

// New cash pays what is owed, the oldest first.
static void repay(act_fold_t *self, account_t *account, credit_t *credit, instant_t at)
{
    kopecks_t back = credit->left < account->reversal ? credit->left : account->reversal;
    account->reversal -= back;
    credit->left -= back;
    while (account->debt && credit->left > 0) {
        uint32_t number = account->debt - 1;
        debt_t *debt = table_row(&self->debts, number);
        kopecks_t part = credit->left < debt->amount ? credit->left : debt->amount;
        note_paid(self, credit, debt->bucket, part);
        debt->amount -= part;
        use(credit, part, at);
        if (debt->amount > 0)
            break;
        account->debt = debt->next;
        account->debt_last = debt->next ? account->debt_last : 0;
        table_remove(&self->debts, number);
    }
}

static bool is_payment(const event_posted_t *posted)
{
    return (posted->kind == POSTING_TOPUP || posted->kind == POSTING_AUTOPAY ||
            posted->kind == POSTING_BANK) &&
           !uid_is_zero(&posted->reference);
}

static void take_credit(act_fold_t *self, uint32_t number, const event_t *event, uint64_t sequence)
{
    const event_posted_t *posted = &event->posted;
    account_t *account = account_at(self, number);
    credit_t *credit = find_number(&self->credits, posted->lot);
    if (posted->kind == POSTING_RELEASE && credit) {
        credit->left += posted->amount; // it is no lot itself: it goes back to its own
        credit->used = 0;
    } else {
        uid_t16 key = table_key(sequence, 0);
        uint32_t row = table_insert(&self->credits, &key), next = account->credit;
        account->credit = row + 1;
        credit = table_row(&self->credits, row);
        *credit = (credit_t){.key = key,
                             .reference = posted->reference,
                             .amount = posted->amount,
                             .left = posted->amount,
                             .came = event->at,
                             .account = number,
                             .next = next,
                             .money = is_payment(posted)};
    }
    repay(self, account, credit, event->at);
}

// A charge's posting, by the sequence of metering that caused it. TABLE_NONE: of no company's time.
static uint32_t settle_charge(act_fold_t *self, uint64_t cause, kopecks_t amount)
{
    uid_t16 key = table_key(cause, 0);
    uint32_t number = table_find(&self->charges, &key);
    if (number == TABLE_NONE)
        return TABLE_NONE;
    charge_t *charge = table_row(&self->charges, number);
    uint32_t row = charge->bucket;
    charge->left -= amount;
    if (charge->left <= 0) {
        account_at(self, bucket_at(self, row)->account)->pending--;
        table_remove(&self->charges, number);
    }
    return row;
}

// Debts of before the company's time are nobody's in an act: they are owed like money that went.
static void take_debit(act_fold_t *self, account_t *account, const event_t *event, bool bonus)
{
    const event_posted_t *posted = &event->posted;
    bool usage = posted->kind == POSTING_CHARGE && event->cause.stream == STREAM_METERING;
    uint32_t row =
        usage ? settle_charge(self, event->cause.sequence, posted->amount) : (uint32_t)TABLE_NONE;
    if (bonus) {
        if (row != TABLE_NONE)
            bucket_at(self, row)->bonus += posted->amount;
        return;
    }
    kopecks_t owed = take_lots(self, posted, row, event->at);
    if (owed && row != TABLE_NONE)
        add_debt(self, account, row, owed);
    else
        account->reversal += owed;
}

static void take_posted(act_fold_t *self, const event_t *event, uint64_t sequence)
{
    const event_posted_t *posted = &event->posted;
    if (uid_is_zero(&posted->account)) { // suspense took it
        if (event->cause.stream == STREAM_METERING)
            (void)settle_charge(self, event->cause.sequence, posted->amount);
        return;
    }
    uint32_t number = table_find(&self->accounts, &posted->account);
    if (number == TABLE_NONE)
        return;
    account_t *account = account_at(self, number);
    bool bonus = posted->bonus != account->bonus;
    account->bonus = posted->bonus;
    if (posted->credit < SYSTEM_END)
        take_debit(self, account, event, bonus);
    else if (!bonus)
        take_credit(self, number, event, sequence);
}

// What was given back of a bonus lessens what bonuses paid.
static void take_made(act_fold_t *self, const event_credit_made_t *made)
{
    uint32_t row = settle_charge(self, made->credit, made->cash + made->bonus + made->suspense);
    if (row != TABLE_NONE)
        bucket_at(self, row)->bonus -= made->bonus;
}

void act_fold_ledger(act_fold_t *self, const event_t *event, uint64_t sequence)
{
    self->ledger = sequence;
    if (event->type == EVENT_posted)
        take_posted(self, event, sequence);
    else if (event->type == EVENT_credit_made)
        take_made(self, &event->credit_made);
}

// --- what it comes to ---

bool act_fold_account(const act_fold_t *self, uint32_t number, uid_t16 *ret_account)
{
    if (number >= self->accounts.count)
        return false;
    *ret_account = account_at(self, number)->key;
    return true;
}

bool act_fold_money(const act_fold_t *self, uint32_t number, act_money_t *ret_money)
{
    if (number >= self->credits.count)
        return false;
    const credit_t *credit = table_row(&self->credits, number);
    *ret_money = (act_money_t){.account = account_at(self, credit->account)->key,
                               .reference = credit->reference,
                               .amount = credit->money ? credit->amount : 0,
                               .came = credit->came,
                               .used = credit->used};
    ret_money->invoiced =
        !credit->money || table_find(&self->advances, &credit->reference) != TABLE_NONE;
    return true;
}

static act_line_t *line_of(act_t *act, const bucket_t *bucket)
{
    for (size_t i = 0; i < act->lines_count; i++)
        if (act->lines[i].service == bucket->service && act->lines[i].rate == bucket->rate)
            return &act->lines[i];
    if (act->lines_count == ACT_LINES_MAX)
        return NULL;
    act_line_t *line = &act->lines[act->lines_count++];
    *line = (act_line_t){.service = bucket->service, .rate = bucket->rate};
    return line;
}

static bool is_before(const act_line_t *a, const act_line_t *b)
{
    return a->rate != b->rate ? a->rate < b->rate : a->service < b->service;
}

static void sort_lines(act_t *act)
{
    for (size_t i = 1; i < act->lines_count; i++)
        for (size_t j = i; j && is_before(&act->lines[j], &act->lines[j - 1]); j--) {
            act_line_t line = act->lines[j];
            act->lines[j] = act->lines[j - 1];
            act->lines[j - 1] = line;
        }
}

// What a line gives back beyond what it has lessens the largest one of its rate. False if that has
// not as much: then there is nothing to show.
static bool settle_lines(act_t *act)
{
    for (size_t i = 0; i < act->lines_count; i++) {
        act_line_t *line = &act->lines[i], *largest = line;
        for (size_t j = 0; j < act->lines_count; j++)
            if (act->lines[j].rate == line->rate && act->lines[j].amount > largest->amount)
                largest = &act->lines[j];
        if (line->amount >= 0)
            continue;
        largest->amount += line->amount;
        line->amount = 0;
        if (largest->amount < 0 || largest == line)
            return false;
    }
    size_t kept = 0;
    for (size_t i = 0; i < act->lines_count; i++)
        if (act->lines[i].amount > 0)
            act->lines[kept++] = act->lines[i];
    act->lines_count = kept;
    return kept > 0;
}

// What is more than an act names is not named.
static void list_paid(const act_fold_t *self, const account_t *account, act_t *act)
{
    for (uint32_t n = account->credit; n && act->paid_count < ACT_PAID_MAX;) {
        const credit_t *credit = table_row(&self->credits, n - 1);
        if (credit->paid > 0)
            act->paid[act->paid_count++] = (act_paid_t){credit->reference, credit->paid};
        n = credit->next;
    }
    for (size_t i = 0; i < act->paid_count / 2; i++) { // the oldest first
        act_paid_t paid = act->paid[i];
        act->paid[i] = act->paid[act->paid_count - 1 - i];
        act->paid[act->paid_count - 1 - i] = paid;
    }
}

// What was given back was paid too: it comes off the money that was taken last.
static void cut_paid(act_t *act)
{
    kopecks_t over = act->debt - act->amount;
    for (size_t i = 0; i < act->paid_count; i++)
        over += act->paid[i].amount;
    while (over > 0 && act->paid_count) {
        act_paid_t *last = &act->paid[act->paid_count - 1];
        kopecks_t part = over < last->amount ? over : last->amount;
        last->amount -= part;
        over -= part;
        act->paid_count -= last->amount == 0;
    }
}

static kopecks_t owed(const act_fold_t *self, const account_t *account)
{
    kopecks_t sum = 0;
    for (uint32_t n = account->debt; n;) {
        const debt_t *debt = table_row(&self->debts, n - 1);
        sum += bucket_at(self, debt->bucket)->counts ? debt->amount : 0;
        n = debt->next;
    }
    return sum;
}

bool act_fold_act(const act_fold_t *self, const uid_t16 *id, act_t *ret_act)
{
    uint32_t number = table_find(&self->accounts, id);
    *ret_act = (act_t){.amount = 0};
    if (number == TABLE_NONE)
        return false;
    const account_t *account = account_at(self, number);
    for (uint32_t n = account->bucket; n; n = bucket_at(self, n - 1)->next) {
        const bucket_t *bucket = bucket_at(self, n - 1);
        act_line_t *line = bucket->counts ? line_of(ret_act, bucket) : NULL;
        if (!line)
            continue;
        line->amount += bucket->amount - bucket->bonus;
        ret_act->amount += bucket->amount - bucket->bonus;
        ret_act->bonus += bucket->bonus;
    }
    sort_lines(ret_act);
    if (account->pending || !settle_lines(ret_act))
        return false;
    kopecks_t debt = owed(self, account);
    ret_act->debt = debt < ret_act->amount ? debt : ret_act->amount;
    list_paid(self, account, ret_act);
    cut_paid(ret_act);
    return true;
}

kopecks_t act_fold_open(const act_fold_t *self, const uid_t16 *id)
{
    uint32_t number = table_find(&self->accounts, id);
    kopecks_t sum = 0;
    for (uint32_t n = number == TABLE_NONE ? 0 : account_at(self, number)->bucket; n;
         n = bucket_at(self, n - 1)->next)
        sum += bucket_at(self, n - 1)->covered ? 0 : bucket_at(self, n - 1)->amount;
    return sum;
}
