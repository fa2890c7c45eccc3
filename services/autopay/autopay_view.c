#include "services/autopay/autopay_view.h"
#include "proto/posting.h"

enum { ROW_FIELDS = 6, ROW_FIELDS_MAX = 64 };

void view_init(view_t *self)
{
    table_init(&self->rows, sizeof(view_row_t));
    self->payment = 0;
}

void view_release(view_t *self)
{
    table_release(&self->rows);
}

void view_reset(view_t *self)
{
    table_clear(&self->rows);
    self->payment = 0;
}

const view_row_t *view_find(const view_t *self, const uid_t16 *account)
{
    uint32_t number = table_find(&self->rows, account);
    return number == TABLE_NONE ? NULL : table_row(&self->rows, number);
}

static view_row_t *find_or_insert(view_t *self, const uid_t16 *account)
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

fail_t view_take_row(view_t *self, wire_t *row, uid_t16 *ret_account)
{
    uint64_t number;
    view_row_t taken = {0};
    kopecks_t cash, bonus;
    uint32_t fields = wire_array(row, ROW_FIELDS_MAX);
    if (row->fail || fields < ROW_FIELDS)
        return FAIL_INVALID;
    wire_u64(row, &number);
    wire_uid(row, &taken.account);
    wire_i64(row, &cash);
    wire_i64(row, &bonus);
    wire_u64(row, &taken.head);
    wire_u64(row, &taken.credit);
    wire_skip(row, fields - ROW_FIELDS);
    if (row->fail)
        return FAIL_INVALID;
    taken.balance = total(cash, bonus);
    view_row_t *kept = find_or_insert(self, &taken.account);
    if (taken.head >= kept->head)
        *kept = taken;
    *ret_account = taken.account;
    return FAIL_NONE;
}

void view_take_cursor(view_t *self, uint64_t payment)
{
    if (payment > self->payment)
        self->payment = payment;
}

static void take_posting(view_row_t *row, const event_t *event, uint64_t sequence)
{
    if (sequence <= row->head) // the row was fetched later than this was posted
        return;
    row->head = sequence;
    row->balance = total(event->posted.cash, event->posted.bonus);
    bool credited = event->posted.credit >= SYSTEM_END;
    if (credited && event->cause.stream == STREAM_PAYMENT)
        row->credit = event->cause.sequence;
}

void view_take_event(view_t *self, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_account_opened)
        find_or_insert(self, &event->account_opened.account);
    if (event->type != EVENT_posted)
        return;
    if (!uid_is_zero(&event->posted.account))
        take_posting(find_or_insert(self, &event->posted.account), event, sequence);
    // on whatever account it landed: suspense, too, is an answer
    if (event->cause.stream == STREAM_PAYMENT)
        view_take_cursor(self, event->cause.sequence);
}
