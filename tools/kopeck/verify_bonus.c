#include "tools/kopeck/verify_bonus.h"
#include "proto/posting.h"

typedef struct {
    uid_t16 key; // its reference
    uid_t16 account;
    kopecks_t bonus, topup, returned, due;
    kopecks_t taken, owed; // of what is due; the rest is forgotten
} bonus_t;

void verify_bonus_init(verify_bonus_t *self, verify_report_t *report)
{
    *self = (verify_bonus_t){.report = report};
    table_init(&self->given, sizeof(bonus_t));
}

void verify_bonus_release(verify_bonus_t *self)
{
    table_release(&self->given);
}

static bool that(verify_bonus_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_LEDGER, sequence, holds, expected, found);
}

static bool equal(verify_bonus_t *self, const char *rule, uint64_t sequence, int64_t expected,
                  int64_t found)
{
    return verify_equal(self->report, rule, STREAM_LEDGER, sequence, expected, found);
}

// Modulo 2^64: no journal can make it overflow.
static kopecks_t minus(kopecks_t a, kopecks_t b)
{
    return (kopecks_t)((uint64_t)a - (uint64_t)b);
}

static kopecks_t plus(kopecks_t a, kopecks_t b)
{
    return (kopecks_t)((uint64_t)a + (uint64_t)b);
}

static bonus_t *find(const verify_bonus_t *self, const uid_t16 *reference)
{
    uint32_t row = table_find(&self->given, reference);
    return row == TABLE_NONE ? NULL : table_row(&self->given, row);
}

// The posting before, or, where that one did not find a place, in suspense.
static bool is_posted(const verify_bonus_t *self, uint64_t sequence,
                      const event_bonus_given_t *given)
{
    const event_posted_t *posted = &self->before[0].posted;
    bool suspense = posted->credit == SYSTEM_SUSPENSE;
    if (self->before[0].type == EVENT_bonus_set_apart) // whose posting verify_ending looks at
        return self->before[0].bonus_set_apart.lot == given->lot &&
               self->before[0].bonus_set_apart.amount == given->amount &&
               self->before[0].bonus_set_apart.category == given->category &&
               self->before[0].bonus_set_apart.begins == given->begins &&
               self->before[0].bonus_set_apart.until == given->until &&
               uid_equal(&self->before[0].bonus_set_apart.account, &given->account);
    const uid_t16 *name = suspense ? &posted->reference : &posted->account;
    return self->before[0].type == EVENT_posted && posted->kind == POSTING_BONUS &&
           posted->debit == SYSTEM_PROMO && posted->amount == given->amount &&
           (suspense || !given->category) && uid_equal(name, &given->account) &&
           (suspense ? given->lot == 0
                     : given->lot < sequence && given->lot == posted->lot &&
                           uid_equal(&posted->reference, &given->reference));
}

static void check_given(verify_bonus_t *self, uint64_t sequence, const event_bonus_given_t *given)
{
    bool fresh = !find(self, &given->reference);
    that(self, "bonus: given once", sequence, fresh, "a bonus not given before",
         (int64_t)given->invoice);
    that(self, "bonus: the posting before is the one that is told of", sequence,
         is_posted(self, sequence, given), "a bonus from promo expense", given->amount);
    if (!fresh)
        return;
    bonus_t *row = table_row(&self->given, table_insert(&self->given, &given->reference));
    row->account = given->account;
    row->bonus = given->amount;
    row->topup = given->topup;
}

static void check_withheld(verify_bonus_t *self, uint64_t sequence,
                           const event_bonus_withheld_t *withheld)
{
    equal(self, "bonus: what was given before is withheld as such", sequence,
          find(self, &withheld->reference) != NULL, withheld->repeated);
}

static kopecks_t share(const bonus_t *row, kopecks_t returned)
{
    kopecks_t part = returned < row->topup ? returned : row->topup;
    return part <= 0 || row->topup <= 0 ? 0
                                        : (kopecks_t)((unsigned __int128)(uint64_t)row->bonus *
                                                      (uint64_t)part / (uint64_t)row->topup);
}

// Is there a posting of that sum, of those before, between the account and promo expense?
static bool is_moved(const verify_bonus_t *self, posting_kind_t kind, kopecks_t amount,
                     const uid_t16 *account, const bonus_t *row, bool returns)
{
    for (unsigned i = 0; i < 2 && amount; i++) {
        const event_posted_t *posted = &self->before[i].posted;
        if (self->before[i].type == EVENT_posted && posted->kind == kind &&
            (returns ? posted->debit : posted->credit) == SYSTEM_PROMO &&
            posted->amount == amount && uid_equal(&posted->account, account))
            return true;
        if (self->before[i].type == EVENT_posted && posted->kind == POSTING_APART &&
            kind == POSTING_BONUS && (returns ? posted->debit : posted->credit) == SYSTEM_PROMO &&
            posted->amount == amount && uid_equal(&posted->reference, &row->key))
            return true; // it stands apart
    }
    return amount == 0;
}

static void check_clawed(verify_bonus_t *self, uint64_t sequence, const event_bonus_clawed_t *e)
{
    uid_t16 reference = posting_bonus_reference(e->invoice);
    bonus_t *row = find(self, &reference);
    bool given = row && uid_equal(&row->account, &e->account);
    that(self, "bonus: what goes back was given", sequence, given, "a bonus of that account",
         (int64_t)e->invoice);
    if (!given)
        return;
    equal(self, "bonus: what went back of its top-up is counted", sequence, row->returned,
          e->returned);
    equal(self, "bonus: its share is due", sequence, share(row, row->returned), e->due);
    kopecks_t more = minus(e->due, row->due);
    that(self, "bonus: no more goes than is due", sequence,
         e->taken >= 0 && e->owed >= 0 && e->taken <= more && e->owed <= minus(more, e->taken),
         "at most what is due and was not before", e->taken);
    that(self, "bonus: what goes is posted", sequence,
         is_moved(self, POSTING_BONUS, e->taken, &e->account, row, false) &&
             is_moved(self, POSTING_CHARGEBACK, e->owed, &e->account, row, false),
         "postings to promo expense", e->taken);
    row->due = e->due;
    row->taken = plus(row->taken, e->taken);
    row->owed = plus(row->owed, e->owed);
}

static kopecks_t least(kopecks_t a, kopecks_t b)
{
    return a < b ? a : b;
}

// As if less had gone back: what is owed for it goes first, then what was forgotten, then what was
// taken.
static void check_regained(verify_bonus_t *self, uint64_t sequence, const event_bonus_regained_t *e)
{
    uid_t16 reference = posting_bonus_reference(e->invoice);
    bonus_t *row = find(self, &reference);
    bool given = row && uid_equal(&row->account, &e->account) && row->due > e->due;
    that(self, "bonus: what is given again was taken along", sequence, given,
         "a bonus of that account, of which more went", (int64_t)e->invoice);
    if (!given)
        return;
    equal(self, "bonus: what came back of its top-up is counted", sequence, row->returned,
          e->returned);
    equal(self, "bonus: less of it is due", sequence, share(row, row->returned), e->due);
    kopecks_t less = minus(row->due, e->due), cleared = least(less, row->owed);
    kopecks_t forgotten = minus(minus(row->due, row->taken), row->owed);
    kopecks_t rest = minus(minus(less, cleared), forgotten);
    equal(self, "bonus: what was owed for it is owed no more", sequence, cleared, e->cleared);
    equal(self, "bonus: what was taken for it is given again", sequence, rest > 0 ? rest : 0,
          e->given);
    that(self, "bonus: what is given again is posted", sequence,
         is_moved(self, POSTING_BONUS, e->given, &e->account, row, true) &&
             is_moved(self, POSTING_CHARGEBACK, e->cleared, &e->account, row, true),
         "postings from promo expense", e->given);
    row->due = e->due;
    row->taken = minus(row->taken, e->given);
    row->owed = minus(row->owed, e->cleared);
}

static void count(verify_bonus_t *self, const event_posted_t *posted, const uid_t16 *account,
                  bool out)
{
    uint64_t invoice = posting_payment_number(&posted->reference);
    uid_t16 reference = posting_bonus_reference(invoice);
    bonus_t *row = invoice ? find(self, &reference) : NULL;
    if (!row || !uid_equal(&row->account, account))
        return;
    uint64_t moved = out ? (uint64_t)posted->amount : 0 - (uint64_t)posted->amount;
    row->returned = (kopecks_t)((uint64_t)row->returned + moved);
}

static void count_returned(verify_bonus_t *self, const event_posted_t *posted)
{
    if (posted->kind == POSTING_REFUND || posted->kind == POSTING_CHARGEBACK)
        count(self, posted, &posted->account, posted->debit >= SYSTEM_END);
}

// What was held went back with the posting before, which is of no customer's account.
static void count_settled(verify_bonus_t *self, const event_refund_settled_t *settled)
{
    if (settled->left && settled->held && self->before[0].type == EVENT_posted)
        count(self, &self->before[0].posted, &settled->account, true);
}

void verify_bonus_feed(verify_bonus_t *self, uint64_t sequence, const event_t *event)
{
    switch (event->type) {
    case EVENT_posted:
        count_returned(self, &event->posted);
        break;
    case EVENT_refund_settled:
        count_settled(self, &event->refund_settled);
        break;
    case EVENT_bonus_given:
        check_given(self, sequence, &event->bonus_given);
        break;
    case EVENT_bonus_withheld:
        check_withheld(self, sequence, &event->bonus_withheld);
        break;
    case EVENT_bonus_clawed:
        check_clawed(self, sequence, &event->bonus_clawed);
        break;
    case EVENT_bonus_regained:
        check_regained(self, sequence, &event->bonus_regained);
        break;
    default:
        break;
    }
    if (event->type == EVENT_account_restored) // stands between a posting and what tells of it
        return;
    self->before[1] = self->before[0];
    self->before[0] = *event;
}
