#include "services/autopay/autopay_view.h"
#include "proto/posting.h"

enum { ROW_FIELDS_LEAST = 6, RETURNED_FIELDS = 7, ROW_FIELDS = 8, ROW_FIELDS_MAX = 64 };

void autopay_view_init(autopay_view_t *self)
{
    table_init(&self->rows, sizeof(autopay_view_row_t));
    self->payment = 0;
}

void autopay_view_release(autopay_view_t *self)
{
    table_release(&self->rows);
}

void autopay_view_reset(autopay_view_t *self)
{
    table_clear(&self->rows);
    self->payment = 0;
}

const autopay_view_row_t *autopay_view_find(const autopay_view_t *self, const uid_t16 *account)
{
    uint32_t number = table_find(&self->rows, account);
    return number == TABLE_NONE ? NULL : table_row(&self->rows, number);
}

static autopay_view_row_t *find_or_insert(autopay_view_t *self, const uid_t16 *account)
{
    uint32_t number = table_find(&self->rows, account);
    if (number == TABLE_NONE)
        number = table_insert(&self->rows, account);
    return table_row(&self->rows, number);
}

// The ledger bounds a balance; a sum that leaves int64 is no reason to charge.
static kopecks_t total(kopecks_t cash, kopecks_t bonus)
{
    kopecks_t sum;
    return money_add(cash, bonus, &sum) ? sum : INT64_MAX;
}

fail_t autopay_view_take_row(autopay_view_t *self, wire_t *row, uid_t16 *ret_account)
{
    uint64_t number;
    autopay_view_row_t taken = {0};
    kopecks_t cash, bonus;
    uint32_t fields = wire_array(row, ROW_FIELDS_MAX);
    if (row->fail || fields < ROW_FIELDS_LEAST)
        return FAIL_INVALID;
    wire_u64(row, &number);
    wire_uid(row, &taken.account);
    wire_i64(row, &cash);
    wire_i64(row, &bonus);
    wire_u64(row, &taken.head);
    wire_u64(row, &taken.credit);
    if (fields >= RETURNED_FIELDS)
        wire_i64(row, &taken.returned);
    uint64_t closed = 0;
    if (fields >= ROW_FIELDS)
        wire_u64(row, &closed);
    taken.closed = closed != 0;
    wire_skip(row, fields > ROW_FIELDS ? fields - ROW_FIELDS : 0);
    if (row->fail)
        return FAIL_INVALID;
    taken.balance = total(cash, bonus);
    autopay_view_row_t *kept = find_or_insert(self, &taken.account);
    if (taken.head >= kept->head)
        *kept = taken;
    *ret_account = taken.account;
    return FAIL_NONE;
}

void autopay_view_take_cursor(autopay_view_t *self, uint64_t payment)
{
    if (payment > self->payment)
        self->payment = payment;
}

static void take_posting(autopay_view_row_t *row, const event_t *event, uint64_t sequence)
{
    if (sequence <= row->head) // the row was fetched later than this was posted
        return;
    row->head = sequence;
    row->balance = total(event->posted.cash, event->posted.bonus);
    row->returned = posting_returned(row->returned, event->posted.kind,
                                     event->posted.debit >= SYSTEM_END, event->posted.amount);
    bool credited = event->posted.credit >= SYSTEM_END;
    // A bonus that came with a payment is no credit that anybody asks about.
    if (credited && event->cause.stream == STREAM_PAYMENT && event->posted.kind != POSTING_BONUS)
        row->credit = event->cause.sequence;
}

// What was credited before is in the balance, under whichever sequence payment has for it now.
static void take_repeat(autopay_view_t *self, const event_t *event, uint64_t sequence)
{
    const event_payment_suspended_t *e = &event->payment_suspended;
    uint32_t number = table_find(&self->rows, &e->account);
    autopay_view_row_t *row = number == TABLE_NONE ? NULL : table_row(&self->rows, number);
    if (e->why == SUSPENSE_REPEATED && row && row->head < sequence)
        row->credit = event->cause.sequence;
}

// The ledger goes on behind that event of another history of payment. A row that was fetched later
// says so already.
static void take_reseed(autopay_view_t *self, uint64_t last, uint64_t sequence)
{
    self->payment = last;
    for (uint32_t number = 0; number < self->rows.count; number++) {
        autopay_view_row_t *row = table_row(&self->rows, number);
        if (row->head < sequence && row->credit > last)
            row->credit = last;
    }
}

void autopay_view_take_event(autopay_view_t *self, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_node_reseeded && event->node_reseeded.stream == STREAM_PAYMENT)
        take_reseed(self, event->node_reseeded.sequence, sequence);
    if (event->type == EVENT_payment_suspended)
        take_repeat(self, event, sequence);
    if (event->type == EVENT_account_opened)
        find_or_insert(self, &event->account_opened.account);
    if (event->type == EVENT_account_closed)
        find_or_insert(self, &event->account_closed.account)->closed = true;
    if (event->type == EVENT_account_reopened)
        find_or_insert(self, &event->account_reopened.account)->closed = false;
    if (event->type != EVENT_posted)
        return;
    if (!uid_is_zero(&event->posted.account))
        take_posting(find_or_insert(self, &event->posted.account), event, sequence);
    // on whatever account it landed: suspense, too, is an answer
    if (event->cause.stream == STREAM_PAYMENT)
        autopay_view_take_cursor(self, event->cause.sequence);
}
