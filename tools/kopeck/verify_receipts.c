#include "tools/kopeck/verify_receipts.h"
#include "proto/month.h"
#include "proto/payment_number.h"
#include "proto/wire.h"
#include <assert.h>
#include <stdlib.h>

enum { NAMED_MAX = 16, OWED_DAYS = 92, DAYS_MAX = 4000, FIRST_OF_2026 = 20454 };

typedef struct {
    uid_t16 key;            // of the payment's number
    uint64_t lot, took_at;  // the ledger's: its posting, and the last one that took of it
    kopecks_t amount;       // credited, by the ledger
    kopecks_t taken, gone;  // by services, debt that it repaid among them; back to the payer
    kopecks_t placed, used; // as payment says
    instant_t took_time;    // of that posting
    instant_t begun[2];     // by receipt_kind_t - 1
    uint32_t account;       // row + 1 of it, 0 before its credit
    bool returned;          // a chargeback, or a refund by hand, took of it
    bool owed, known, ended, due, handed;
    bool registered[2];
} receipted_t;

typedef struct {
    uid_t16 key; // of the lot's number
    uint32_t row;
} lot_t;

typedef struct {
    uid_t16 key;
    uint64_t last;  // the newest lot of a payment that usage took of
    uint64_t empty; // the last posting after which no cash was left
} account_t;

void verify_receipts_init(verify_receipts_t *self, verify_report_t *report)
{
    *self = (verify_receipts_t){.report = report};
    table_init(&self->rows, sizeof(receipted_t));
    table_init(&self->lots, sizeof(lot_t));
    table_init(&self->accounts, sizeof(account_t));
}

void verify_receipts_release(verify_receipts_t *self)
{
    table_release(&self->rows);
    table_release(&self->lots);
    table_release(&self->accounts);
    free(self->doubts);
}

static bool check(verify_receipts_t *self, const char *rule, uint64_t sequence, bool holds,
                  const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_PAYMENT, sequence, holds, expected, found);
}

// The same, by what the ledger posted.
static void check_posted(verify_receipts_t *self, const char *rule, uint64_t sequence, bool holds,
                         const char *expected, int64_t found)
{
    if (holds) {
        check(self, rule, sequence, true, expected, found);
        return;
    }
    if (self->doubts_count == self->doubts_room) {
        self->doubts_room = self->doubts_room ? 2 * self->doubts_room : 16;
        self->doubts = realloc(self->doubts, self->doubts_room * sizeof *self->doubts);
        assert(self->doubts);
    }
    self->doubts[self->doubts_count++] = (verify_receipts_doubt_t){rule, expected, sequence, found};
}

static receipted_t *row_of(verify_receipts_t *self, uint64_t invoice)
{
    uid_t16 key = table_key(invoice, 2);
    uint32_t row = table_find(&self->rows, &key);
    return table_row(&self->rows, row == TABLE_NONE ? table_insert(&self->rows, &key) : row);
}

// --- the ledger's journal ---

static receipted_t *lot_of(verify_receipts_t *self, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    uint32_t row = table_find(&self->lots, &key);
    return row == TABLE_NONE ? NULL
                             : table_row(&self->rows, ((lot_t *)table_row(&self->lots, row))->row);
}

static uint32_t account_row(verify_receipts_t *self, const uid_t16 *account)
{
    uint32_t row = table_find(&self->accounts, account);
    return row == TABLE_NONE ? table_insert(&self->accounts, account) : row;
}

static kopecks_t plus(kopecks_t a, kopecks_t b)
{
    kopecks_t sum;
    return money_add(a, b, &sum) ? sum : a; // a journal that is not ours: another rule says so
}

// Of what comes to an account that owed, so much was for services of before.
static kopecks_t repaid(const event_posted_t *e)
{
    kopecks_t before;
    if (!money_subtract(e->cash, e->amount, &before) || before >= 0 || before == INT64_MIN)
        return 0;
    return -before < e->amount ? -before : e->amount;
}

static void touch(const verify_receipts_t *self, receipted_t *row, uint64_t sequence)
{
    row->took_at = sequence;
    row->took_time = self->posted_at;
}

static void take_credit(verify_receipts_t *self, uint64_t sequence, const event_posted_t *e)
{
    uint64_t number = posting_payment_number(&e->reference);
    uid_t16 key = table_key(sequence, 0);
    if (!number || table_find(&self->lots, &key) != TABLE_NONE)
        return;
    receipted_t *row = row_of(self, number);
    row->lot = sequence;
    row->amount = e->amount;
    row->taken = repaid(e);
    row->owed = row->taken > 0;
    row->account = account_row(self, &e->account) + 1;
    touch(self, row, sequence);
    uint32_t lot = table_insert(&self->lots, &key);
    ((lot_t *)table_row(&self->lots, lot))->row =
        (uint32_t)((size_t)((uint8_t *)row - self->rows.rows) / self->rows.row_size);
}

static void take_part(verify_receipts_t *self, uint64_t sequence, const event_posted_t *e,
                      uint64_t lot, kopecks_t part)
{
    receipted_t *row = lot_of(self, lot);
    if (!row)
        return;
    if (e->kind == POSTING_CHARGEBACK || e->kind == POSTING_REFUND) {
        row->returned = true;
        return;
    }
    account_t *account = table_row(&self->accounts, row->account - 1);
    row->taken = plus(row->taken, part);
    touch(self, row, sequence);
    if (e->kind == POSTING_CHARGE && lot > account->last)
        account->last = lot;
}

static void take_debit(verify_receipts_t *self, uint64_t sequence, const event_posted_t *e)
{
    wire_t wire;
    if (!e->lots.size) {
        take_part(self, sequence, e, e->lot, e->amount);
        return;
    }
    wire_start(&wire, e->lots.data, e->lots.size);
    for (uint32_t left = wire_array(&wire, NAMED_MAX); left && !wire.fail; left--) {
        uint64_t lot = 0;
        int64_t part = 0;
        (void)wire_array(&wire, 2);
        wire_u64(&wire, &lot);
        wire_i64(&wire, &part);
        if (!wire.fail)
            take_part(self, sequence, e, lot, part);
    }
}

static void take_posted(verify_receipts_t *self, uint64_t sequence, const event_t *event)
{
    const event_posted_t *e = &event->posted;
    receipted_t *row;
    self->posted_at = event->at;
    if (e->credit >= SYSTEM_END && event->cause.stream == STREAM_PAYMENT &&
        (e->kind == POSTING_TOPUP || e->kind == POSTING_AUTOPAY))
        take_credit(self, sequence, e);
    else if (e->kind == POSTING_RELEASE && (row = lot_of(self, e->lot)) != NULL) {
        row->taken = plus(row->taken, repaid(e));
        touch(self, row, sequence);
    } else if (e->kind == POSTING_REFUND && e->debit == SYSTEM_REFUNDS) {
        row = row_of(self, posting_payment_number(&e->reference));
        row->gone = plus(row->gone, e->amount);
        touch(self, row, sequence);
    } else if (e->debit >= SYSTEM_END && e->kind != POSTING_HOLD)
        take_debit(self, sequence, e);
    if (e->debit >= SYSTEM_END && e->cash <= 0) {
        uint32_t account = account_row(self, &e->account);
        ((account_t *)table_row(&self->accounts, account))->empty = sequence;
    }
}

void verify_receipts_ledger(verify_receipts_t *self, uint64_t sequence, const event_t *event)
{
    self->posted_last = sequence;
    if (event->type == EVENT_posted && event->posted.amount > 0)
        take_posted(self, sequence, event);
}

// --- taxes ---

// Of what may be no instant at all.
static int64_t day_of_instant(instant_t at)
{
    bool sane = at > 0 && at < INT64_MAX - DAY_US;
    return sane ? (at + MOSCOW_OFFSET_US) / DAY_US : 0;
}

// What a receipt says of services of that day; false where no regime holds, though there is one.
static bool taxes_on(const verify_receipts_t *self, int64_t day, uint64_t *ret_system,
                     uint64_t *ret_tax)
{
    size_t i = self->regimes_count;
    *ret_system = TAX_SYSTEM_OWN;
    *ret_tax = RECEIPT_TAX_NONE;
    if (!i)
        return true;
    while (i && self->regimes[i - 1].from > day)
        i--;
    if (!i)
        return false;
    uint64_t vat = self->regimes[i - 1].vat;
    *ret_system = self->regimes[i - 1].system;
    *ret_tax = vat == VAT_REGIME_5      ? RECEIPT_TAX_VAT5
               : vat == VAT_REGIME_7    ? RECEIPT_TAX_VAT7
               : vat == VAT_REGIME_NONE ? RECEIPT_TAX_NONE
               : day >= FIRST_OF_2026   ? RECEIPT_TAX_VAT22
                                        : RECEIPT_TAX_VAT20;
    return true;
}

static bool is_of_day(const verify_receipts_t *self, const event_receipt_due_t *e, int64_t day)
{
    uint64_t system, tax;
    return taxes_on(self, day, &system, &tax) && system == e->system && tax == e->tax;
}

static int64_t served(instant_t posted)
{
    return day_of_instant(posted > HOUR_US ? posted - HOUR_US : 0);
}

// A line is posted after its hour, and what repaid debt may be three months old. The processes'
// clocks may differ, so the days at both ends are passed over where there are others.
static bool are_taxes(const verify_receipts_t *self, const receipted_t *row,
                      const event_receipt_due_t *e, instant_t at)
{
    int64_t last = served(row->took_time ? row->took_time : at);
    int64_t first = served(row->begun[RECEIPT_FIRST - 1]) - (row->owed ? OWED_DAYS : 0);
    bool some = false;
    if (last - first > DAYS_MAX || first - last > DAYS_MAX)
        return true; // nobody's lot lasts so long
    for (int64_t day = first - 1; day <= last + 1; day++) {
        bool says = is_of_day(self, e, day);
        some = some || says;
        if (!says && day > first && day < last)
            return false;
    }
    return some;
}

static bool is_vat(const event_receipt_due_t *e)
{
    static const int rates[] = {[RECEIPT_TAX_NONE] = 0,
                                [RECEIPT_TAX_VAT5] = 5,
                                [RECEIPT_TAX_VAT7] = 7,
                                [RECEIPT_TAX_VAT20] = 20,
                                [RECEIPT_TAX_VAT22] = 22};
    bool service = e->tax == RECEIPT_TAX_NONE || e->tax == RECEIPT_TAX_VAT5 ||
                   e->tax == RECEIPT_TAX_VAT7 || e->tax == RECEIPT_TAX_VAT20 ||
                   e->tax == RECEIPT_TAX_VAT22; // and no calculated rate, which is an advance's
    int rate = service ? rates[e->tax] : 0;
    __int128 vat = ((__int128)2 * rate * e->amount + 100 + rate) / (2 * (100 + rate));
    return service && e->vat == vat;
}

// --- payment's journal ---

static void take_placed(verify_receipts_t *self, uint64_t sequence, const event_t *event)
{
    const event_lot_placed_t *e = &event->lot_placed;
    receipted_t *row = row_of(self, e->invoice);
    check(self, "receipts: a payment is one lot", sequence, !row->known || self->reseeded,
          "a payment without a lot", (int64_t)e->invoice);
    if (self->current && !self->reseeded) {
        check_posted(self, "receipts: the lot is the credit of its payment", sequence,
                     row->lot == e->lot && (row->amount == e->amount || !e->amount),
                     "the ledger's posting, and its sum", (int64_t)e->lot);
        check_posted(self, "receipts: a lot repaid debt where it says so", sequence,
                     row->owed == e->owed, "owed where the account was below nought", e->owed);
    }
    if (row->known)
        return;
    row->known = true;
    row->owed = e->owed;
    row->placed = e->amount ? e->amount : row->amount;
    row->begun[RECEIPT_FIRST - 1] = event->at;
}

static void take_ended(verify_receipts_t *self, uint64_t sequence, const event_lot_ended_t *e)
{
    receipted_t *row = row_of(self, e->invoice);
    check(self, "receipts: a lot ends once", sequence, row->known && !row->ended, "an open lot",
          (int64_t)e->invoice);
    if (self->current && !self->reseeded) {
        check_posted(self, "receipts: what was used is all but what went back", sequence,
                     e->used == row->amount - row->gone, "the lot less its refunds", e->used);
        check_posted(self, "receipts: a lot ends when nothing is left", sequence,
                     row->taken == e->used && !row->returned, "services took all of that", e->used);
    } else
        check(self, "receipts: no more was used than came", sequence,
              e->used >= 0 && e->used <= row->placed, "at most the lot", e->used);
    row->ended = true;
    row->used = e->used;
}

static void take_due(verify_receipts_t *self, uint64_t sequence, const event_t *event)
{
    const event_receipt_due_t *e = &event->receipt_due;
    receipted_t *row = row_of(self, e->invoice);
    uint64_t apart = UINT64_C(1) << (payment_number_is_old(e->invoice) ? 62 : 52);
    check(self, "receipts: the second is due once, at the lot's end", sequence,
          row->ended && !row->due && !row->handed, "a lot that has just ended",
          (int64_t)e->invoice);
    check(self, "receipts: the second says what was used", sequence,
          e->amount > 0 && e->amount == row->used, "what services took", e->amount);
    check(self, "receipts: its number follows from the payment's", sequence,
          e->receipt == e->invoice + apart, "the payment's and 2^52, or 2^62", (int64_t)e->receipt);
    check(self, "receipts: the tax is that of the rate", sequence, is_vat(e),
          "VAT within the sum, by the rate", e->vat);
    check_posted(self, "receipts: the rate is that of the days of service", sequence,
                 are_taxes(self, row, e, event->at), "what each of those days says",
                 (int64_t)e->tax);
    row->due = true;
    row->begun[RECEIPT_SECOND - 1] = event->at;
}

static void take_handed(verify_receipts_t *self, uint64_t sequence, const event_receipt_handed_t *e)
{
    receipted_t *row = row_of(self, e->invoice);
    check(self, "receipts: for people is what no machine has sent", sequence,
          row->known && !row->due && !row->handed, "a lot without a second receipt",
          (int64_t)e->invoice);
    row->handed = true;
}

// Each begins with the payment and the kind. NULL if it is no kind.
static receipted_t *row_of_kind(verify_receipts_t *self, const event_t *event, size_t *ret_kind)
{
    const event_receipt_missing_t *e = &event->receipt_missing;
    if (e->kind != RECEIPT_FIRST && e->kind != RECEIPT_SECOND)
        return NULL;
    *ret_kind = e->kind - 1;
    return row_of(self, e->invoice);
}

static void take_registration(verify_receipts_t *self, uint64_t sequence, const event_t *event)
{
    size_t kind;
    receipted_t *row = row_of_kind(self, event, &kind);
    if (!row)
        return;
    check(self, "receipts: what is told of was to be registered", sequence,
          kind ? row->due || row->handed : row->known, "a receipt that is due", (int64_t)kind + 1);
    if (event->type == EVENT_receipt_registered) {
        check(self, "receipts: registered once", sequence, !row->registered[kind],
              "one that was not", (int64_t)kind + 1);
        row->registered[kind] = true;
    } else if (event->type == EVENT_receipt_missing)
        check(self, "receipts: missing after a day", sequence,
              event->at > DAY_US && event->at - DAY_US >= row->begun[kind] &&
                  !row->registered[kind],
              "a day without registration", event->at);
    else if (event->type == EVENT_receipt_resolved && event->receipt_resolved.again)
        row->begun[kind] = event->at;
}

static void take_regime(verify_receipts_t *self, const event_receipts_regime_set_t *e)
{
    if (self->regimes_count == VERIFY_REGIMES_MAX)
        return;
    self->regimes[self->regimes_count].from = day_of_instant(e->from);
    self->regimes[self->regimes_count].system = e->system;
    self->regimes[self->regimes_count++].vat = e->vat_regime;
}

void verify_receipts_payment(verify_receipts_t *self, uint64_t sequence, const event_t *event)
{
    self->current =
        event->cause.stream == STREAM_LEDGER && event->cause.sequence <= self->posted_last;
    switch (event->type) {
    case EVENT_lot_placed:
        take_placed(self, sequence, event);
        break;
    case EVENT_lot_ended:
        take_ended(self, sequence, &event->lot_ended);
        break;
    case EVENT_receipt_due:
        take_due(self, sequence, event);
        break;
    case EVENT_receipt_handed:
        take_handed(self, sequence, &event->receipt_handed);
        break;
    case EVENT_receipt_heard:
    case EVENT_receipt_registered:
    case EVENT_receipt_missing:
    case EVENT_receipt_resolved:
        take_registration(self, sequence, event);
        break;
    case EVENT_receipts_regime_set:
        take_regime(self, &event->receipts_regime_set);
        break;
    case EVENT_node_reseeded:
        self->reseeded = self->reseeded || event->node_reseeded.stream == STREAM_LEDGER;
        break;
    default:
        break;
    }
}

// --- the end ---

// Used up in a way that shows: usage went on to a later payment's lot, or no cash is left.
static bool is_over(const verify_receipts_t *self, const receipted_t *row)
{
    if (!row->account || row->returned || plus(row->taken, row->gone) != row->amount)
        return false;
    const account_t *account = table_row(&self->accounts, row->account - 1);
    return account->last > row->lot || account->empty >= row->took_at;
}

void verify_receipts_finish(verify_receipts_t *self, bool settled)
{
    for (size_t i = 0; !self->reseeded && i < self->doubts_count; i++) {
        const verify_receipts_doubt_t *doubt = &self->doubts[i];
        check(self, doubt->rule, doubt->sequence, false, doubt->expected, doubt->found);
    }
    for (uint32_t i = 0; settled && !self->reseeded && i < self->rows.count; i++) {
        const receipted_t *row = table_row(&self->rows, i);
        if (row->known && is_over(self, row))
            verify_that(self->report, "receipts: what is used up has its second receipt",
                        STREAM_LEDGER, row->took_at, row->ended || row->handed,
                        "lot.ended, or receipt.handed", row->amount);
    }
}
