#include "tools/kopeck/registry_books.h"
#include "proto/month.h"
#include "proto/posting.h"
#include "tools/kopeck/registry_payout.h"
#include <assert.h>
#include <stdlib.h>

#define DAY_OF(at) ((day_t)(((at) + MOSCOW_OFFSET_US) / DAY_US)) // of instants after 1970

typedef struct {
    uid_t16 key; // of its number
    instant_t created, paid_at;
    kopecks_t asked, came;       // came: 0 before it succeeded
    kopecks_t received;          // by a notice that did not fit
    kopecks_t posted;            // by the ledger, from clearing
    kopecks_t back, back_posted; // what went back: by payment, by the ledger
    uint32_t last_refund;        // row + 1
    bool known, open;            // open: an operator's word may still credit it
    // of a comparison
    uint32_t times;    // paid in the registry
    bool unpaid;       // there, but not as paid
    kopecks_t by_hand; // given back there, and posted by hand
} payment_t;

typedef struct {
    uid_t16 key; // of its number
    uint64_t invoice;
    kopecks_t amount;
    instant_t asked_at, done_at; // done_at: 0 before
    uint32_t previous;           // row + 1 of the payment's refund before
    bool second;                 // of a second payment, which was never credited
    bool there;                  // the registry has it: of a comparison
} refund_t;

typedef struct {
    uid_t16 key; // of the day
    kopecks_t sum;
} ledger_day_t;

kopecks_t registry_add(kopecks_t a, kopecks_t b)
{
    kopecks_t sum;
    return money_add(a, b, &sum) ? sum : a < 0 ? INT64_MIN : INT64_MAX;
}

instant_t registry_day_start(day_t day)
{
    return (instant_t)day * DAY_US - MOSCOW_OFFSET_US;
}

const char *registry_difference_name(registry_difference_t what)
{
    static const char *const texts[] = {
#define DIFFERENCE(enumerator, name, meaning, remedy) name,
        REGISTRY_DIFFERENCES(DIFFERENCE)
#undef DIFFERENCE
    };
    return texts[what];
}

const char *registry_difference_meaning(registry_difference_t what)
{
    static const char *const texts[] = {
#define DIFFERENCE(enumerator, name, meaning, remedy) meaning,
        REGISTRY_DIFFERENCES(DIFFERENCE)
#undef DIFFERENCE
    };
    return texts[what];
}

const char *registry_difference_remedy(registry_difference_t what)
{
    static const char *const texts[] = {
#define DIFFERENCE(enumerator, name, meaning, remedy) remedy,
        REGISTRY_DIFFERENCES(DIFFERENCE)
#undef DIFFERENCE
    };
    return texts[what];
}

void registry_books_init(registry_books_t *self)
{
    *self = (registry_books_t){0};
    table_init(&self->payments, sizeof(payment_t));
    table_init(&self->refunds, sizeof(refund_t));
    table_init(&self->days, sizeof(ledger_day_t));
}

void registry_books_release(registry_books_t *self)
{
    table_release(&self->payments);
    table_release(&self->refunds);
    table_release(&self->days);
    free(self->payouts);
    *self = (registry_books_t){0};
}

void registry_report_release(registry_report_t *self)
{
    free(self->findings);
    *self = (registry_report_t){0};
}

void registry_report_add(registry_report_t *self, const registry_finding_t *finding)
{
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 64;
        self->findings = realloc(self->findings, self->room * sizeof *self->findings);
        assert(self->findings);
    }
    self->findings[self->count++] = *finding;
}

// --- payment's journal ---

static void *row_of(table_t *table, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    uint32_t row = table_find(table, &key);
    return table_row(table, row == TABLE_NONE ? table_insert(table, &key) : row);
}

static payment_t *known(const registry_books_t *self, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    uint32_t row = table_find(&self->payments, &key);
    payment_t *payment = row == TABLE_NONE ? NULL : table_row(&self->payments, row);
    return payment && payment->known ? payment : NULL;
}

static uint64_t number_of(const uid_t16 *key)
{
    uint64_t number;
    memcpy(&number, key->bytes, sizeof number);
    return number;
}

static void take_created(registry_books_t *self, const event_t *event)
{
    payment_t *payment = row_of(&self->payments, event->payment_created.invoice);
    payment->known = payment->open = true;
    payment->created = event->at;
    payment->asked = event->payment_created.amount;
}

static void take_succeeded(registry_books_t *self, const event_t *event)
{
    payment_t *payment = row_of(&self->payments, event->payment_succeeded.invoice);
    payment->known = true;
    payment->open = false;
    payment->came = event->payment_succeeded.amount;
    payment->paid_at = event->at;
}

static void take_requested(registry_books_t *self, const event_t *event)
{
    const event_refund_requested_t *e = &event->refund_requested;
    refund_t *refund = row_of(&self->refunds, e->refund);
    payment_t *payment = row_of(&self->payments, e->invoice);
    if (refund->asked_at)
        return; // only a journal that is not ours could take a number twice
    refund->invoice = e->invoice;
    refund->amount = e->amount;
    refund->second = e->why == UNWANTED_SECOND;
    refund->asked_at = event->at;
    refund->previous = payment->last_refund;
    payment->last_refund =
        (uint32_t)((size_t)((uint8_t *)refund - self->refunds.rows) / self->refunds.row_size) + 1;
}

static void take_done(registry_books_t *self, const event_t *event)
{
    refund_t *refund = row_of(&self->refunds, event->refund_done.refund);
    payment_t *payment = row_of(&self->payments, event->refund_done.invoice);
    if (refund->done_at)
        return;
    refund->done_at = event->at;
    if (!refund->second)
        payment->back = registry_add(payment->back, event->refund_done.amount);
}

void registry_books_payment(registry_books_t *self, const event_t *event)
{
    switch (event->type) {
    case EVENT_payment_created:
        take_created(self, event);
        break;
    case EVENT_payment_succeeded:
        take_succeeded(self, event);
        break;
    case EVENT_payment_mismatch:
        if (event->payment_mismatch.what == MISMATCH_AMOUNT)
            ((payment_t *)row_of(&self->payments, event->payment_mismatch.invoice))->received =
                event->payment_mismatch.received;
        break;
    case EVENT_refund_requested:
        take_requested(self, event);
        break;
    case EVENT_refund_done:
        take_done(self, event);
        break;
    default:
        break;
    }
}

// --- the ledger's journal ---

static void move_day(registry_books_t *self, instant_t at, kopecks_t sum)
{
    ledger_day_t *day = row_of(&self->days, (uint64_t)DAY_OF(at));
    day->sum = registry_add(day->sum, sum);
}

static void take_payout(registry_books_t *self, uint64_t sequence, const event_t *event)
{
    if (self->payouts_count == self->payouts_room) {
        self->payouts_room = self->payouts_room ? 2 * self->payouts_room : 64;
        self->payouts = realloc(self->payouts, self->payouts_room * sizeof *self->payouts);
        assert(self->payouts);
    }
    self->payouts[self->payouts_count++] = (registry_payout_t){.sequence = sequence,
                                                               .reference = event->posted.reference,
                                                               .amount = event->posted.amount,
                                                               .at = event->at};
}

// What Robokassa kept stands behind its transfer, under the same reference.
static void take_fee(registry_books_t *self, const event_posted_t *e)
{
    registry_payout_t *last = self->payouts_count ? &self->payouts[self->payouts_count - 1] : NULL;
    if (last && uid_equal(&last->reference, &e->reference))
        last->fee = registry_add(last->fee, e->amount);
}

static void take_captured(registry_books_t *self, const event_t *event)
{
    const event_posted_t *e = &event->posted;
    bool payment = e->kind == POSTING_TOPUP || e->kind == POSTING_AUTOPAY;
    uint64_t number = posting_payment_number(&e->reference);
    kopecks_t *sum = payment ? &self->clearing.captured : &self->clearing.other;
    *sum = registry_add(*sum, e->amount);
    if (!payment)
        return;
    move_day(self, event->at, e->amount);
    payment_t *row = row_of(&self->payments, number);
    row->posted = registry_add(row->posted, e->amount);
}

static void take_left(registry_books_t *self, uint64_t sequence, const event_t *event)
{
    const event_posted_t *e = &event->posted;
    registry_clearing_t *clearing = &self->clearing;
    kopecks_t *sum = e->kind == POSTING_REFUND       ? &clearing->returned
                     : e->kind == POSTING_SETTLEMENT ? &clearing->paid_out
                     : e->kind == POSTING_FEE        ? &clearing->fees
                                                     : &clearing->other;
    *sum = registry_add(*sum, sum == &clearing->other ? -e->amount : e->amount);
    if (e->kind == POSTING_SETTLEMENT)
        take_payout(self, sequence, event);
    else if (e->kind == POSTING_FEE)
        take_fee(self, e);
    else if (e->kind == POSTING_REFUND) {
        payment_t *row = row_of(&self->payments, posting_payment_number(&e->reference));
        row->back_posted = registry_add(row->back_posted, e->amount);
        move_day(self, event->at, -e->amount);
    }
}

void registry_books_ledger(registry_books_t *self, uint64_t sequence, const event_t *event)
{
    const event_posted_t *e = &event->posted;
    if (event->type != EVENT_posted || e->amount <= 0)
        return;
    if (e->debit == SYSTEM_CLEARING) {
        self->clearing.left = registry_add(self->clearing.left, e->amount);
        take_captured(self, event);
    } else if (e->credit == SYSTEM_CLEARING) {
        self->clearing.left = registry_add(self->clearing.left, -e->amount);
        take_left(self, sequence, event);
    }
}

// --- the comparison ---

typedef struct {
    registry_books_t *books;
    const registry_terms_t *terms;
    registry_report_t *out;
    instant_t start, end;
} compare_t;

static registry_finding_t *add(compare_t *self, registry_difference_t what, uint64_t line,
                               uint64_t number, kopecks_t there, kopecks_t here)
{
    registry_report_add(self->out, &(registry_finding_t){.what = what,
                                                         .line = line,
                                                         .number = number,
                                                         .day = DAY_NONE,
                                                         .there = there,
                                                         .here = here});
    return &self->out->findings[self->out->count - 1];
}

static bool is_of(const compare_t *self, const registry_row_t *row)
{
    return row->day >= self->terms->from && row->day <= self->terms->to;
}

static bool is_within(const compare_t *self, instant_t at)
{
    return at >= self->start && at < self->end;
}

// The commission that was agreed, to the kopeck and one more for how they round.
static void compare_fee(compare_t *self, const registry_row_t *row)
{
    if (self->terms->fee_ppm < 0 || !row->has_fee)
        return;
    kopecks_t agreed =
        (kopecks_t)(((__int128)row->amount * self->terms->fee_ppm + 500000) / 1000000);
    if (row->fee < agreed - 1 || row->fee > agreed + 1)
        add(self, REGISTRY_FEE_DIFFERS, row->line, row->number, row->fee, agreed);
}

// A second payment of that sum, which has gone back by itself.
static bool is_given_back(const compare_t *self, const payment_t *payment, kopecks_t amount)
{
    for (uint32_t n = payment->last_refund; n;) {
        const refund_t *refund = table_row(&self->books->refunds, n - 1);
        if (refund->second && refund->done_at && refund->amount == amount)
            return true;
        n = refund->previous;
    }
    return false;
}

static void compare_paid(compare_t *self, const registry_row_t *row)
{
    payment_t *payment = known(self->books, row->number);
    self->out->paid_there = registry_add(self->out->paid_there, row->amount);
    self->out->fees_there = registry_add(self->out->fees_there, row->fee);
    compare_fee(self, row);
    if (!payment) {
        add(self, REGISTRY_MISSING_HERE, row->line, row->number, row->amount, 0);
        return;
    }
    if (payment->times++) {
        if (!is_given_back(self, payment, row->amount))
            add(self, REGISTRY_TWICE, row->line, row->number, row->amount, payment->came);
        return;
    }
    bool fits = payment->open ? row->amount == payment->asked || row->amount == payment->received
                              : row->amount == payment->came;
    if (!fits)
        add(self, REGISTRY_SUM_DIFFERS, row->line, row->number, row->amount,
            payment->open ? payment->asked : payment->came);
    else if (payment->open)
        add(self, REGISTRY_STATE_DIFFERS, row->line, row->number, row->amount, 0)->resolvable =
            true;
}

// What came to nothing there, or is under way, and is paid here. An earlier try of the payer may
// have failed, so what the registry also has as paid is no difference.
static void compare_unpaid(compare_t *self, const registry_row_t *row)
{
    payment_t *payment = known(self->books, row->number);
    if (!payment || payment->open || payment->times || payment->unpaid)
        return;
    payment->unpaid = true;
    add(self, REGISTRY_STATE_DIFFERS, row->line, row->number, 0, payment->came);
}

// The payment's refund that the row is: done here, not found in the registry yet, and, unless
// `any`, of that sum.
static refund_t *refund_of(const compare_t *self, const payment_t *payment, kopecks_t amount,
                           bool any)
{
    uint32_t n = payment ? payment->last_refund : 0;
    while (n) {
        refund_t *refund = table_row(&self->books->refunds, n - 1);
        if (refund->done_at && !refund->there && (any || refund->amount == amount))
            return refund;
        n = refund->previous;
    }
    return NULL;
}

static void compare_returned(compare_t *self, const registry_row_t *row)
{
    payment_t *payment = known(self->books, row->number);
    self->out->returned_there = registry_add(self->out->returned_there, row->amount);
    refund_t *refund = refund_of(self, payment, row->amount, false);
    if (refund) {
        refund->there = true;
        return;
    }
    // Given back in the cabinet, and posted by hand.
    kopecks_t by_hand = payment ? payment->back_posted - payment->back - payment->by_hand : 0;
    if (by_hand >= row->amount) {
        payment->by_hand += row->amount;
        return;
    }
    refund = refund_of(self, payment, 0, true);
    add(self, refund ? REGISTRY_REFUND_SUM : REGISTRY_REFUND_THERE, row->line, row->number,
        row->amount, refund ? refund->amount : 0);
    if (refund)
        refund->there = true;
}

static void compare_rows(compare_t *self, const registry_csv_t *file, bool done)
{
    for (size_t i = 0; i < file->count; i++) {
        const registry_row_t *row = &file->rows[i];
        if (!is_of(self, row) || (row->state == REGISTRY_DONE) != done)
            continue;
        self->out->rows++;
        if (!done && !row->refund)
            compare_unpaid(self, row);
        else if (done && row->refund)
            compare_returned(self, row);
        else if (done)
            compare_paid(self, row);
    }
}

// One that was made before these days may stand in the registry of a day before them.
static void compare_payment(compare_t *self, payment_t *payment)
{
    uint64_t number = number_of(&payment->key);
    bool here = payment->came && is_within(self, payment->paid_at);
    if (here)
        self->out->paid_here = registry_add(self->out->paid_here, payment->came);
    bool missing = here && !payment->times && !payment->unpaid;
    if (missing && payment->created < self->start)
        self->out->earlier++;
    else if (missing)
        add(self, REGISTRY_MISSING_THERE, 0, number, 0, payment->came);
    if (!self->terms->ledger || !payment->came || !(here || payment->times))
        return;
    if (!payment->posted)
        add(self, REGISTRY_NOT_CREDITED, 0, number, payment->came, 0);
    else if (payment->posted != payment->came)
        add(self, REGISTRY_CREDITED_OTHER, 0, number, payment->came, payment->posted);
}

static void compare_refund(compare_t *self, const refund_t *refund)
{
    const payment_t *payment = row_of(&self->books->payments, refund->invoice);
    bool here = refund->done_at && is_within(self, refund->done_at);
    if (here)
        self->out->returned_here = registry_add(self->out->returned_here, refund->amount);
    if (here && !refund->there && refund->asked_at < self->start)
        self->out->earlier++;
    else if (here && !refund->there)
        add(self, REGISTRY_REFUND_HERE, 0, refund->invoice, 0, refund->amount);
    if (here && self->terms->ledger && payment->back_posted < payment->back)
        add(self, REGISTRY_REFUND_UNPOSTED, 0, refund->invoice, payment->back,
            payment->back_posted);
}

static kopecks_t moved_after(const compare_t *self)
{
    kopecks_t sum = 0;
    for (uint32_t i = 0; i < self->books->days.count; i++) {
        const ledger_day_t *day = table_row(&self->books->days, i);
        if ((day_t)number_of(&day->key) > self->terms->to)
            sum = registry_add(sum, day->sum);
    }
    return sum;
}

static void begin_anew(registry_books_t *self)
{
    for (uint32_t i = 0; i < self->payments.count; i++) {
        payment_t *payment = table_row(&self->payments, i);
        payment->times = 0;
        payment->unpaid = false;
        payment->by_hand = 0;
    }
    for (uint32_t i = 0; i < self->refunds.count; i++)
        ((refund_t *)table_row(&self->refunds, i))->there = false;
}

void registry_books_compare(registry_books_t *self, const registry_csv_t *file,
                            const registry_terms_t *terms, registry_report_t *ret_report)
{
    begin_anew(self);
    *ret_report = (registry_report_t){.clearing = self->clearing};
    compare_t compare = {.books = self,
                         .terms = terms,
                         .out = ret_report,
                         .start = registry_day_start(terms->from),
                         .end = registry_day_start(terms->to + 1)};
    compare_rows(&compare, file, true);
    compare_rows(&compare, file, false);
    for (uint32_t i = 0; i < self->payments.count; i++)
        compare_payment(&compare, table_row(&self->payments, i));
    for (uint32_t i = 0; i < self->refunds.count; i++)
        compare_refund(&compare, table_row(&self->refunds, i));
    ret_report->clearing.after = moved_after(&compare);
    if (terms->payout && terms->ledger)
        registry_payout_compare(self, file, terms, ret_report);
}
