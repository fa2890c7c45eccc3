#include "services/notify/notify_view.h"
#include "proto/carry.h"
#include "proto/posting.h"

enum {
    LEDGER_FIELDS = 5,
    LIFE_FIELDS = 9,
    METERING_FIELDS = 7,
    PAYMENT_FIELDS = 6,
    FIELDS_MAX = 64
};

void notify_view_init(notify_view_t *self)
{
    *self = (notify_view_t){0};
    table_init(&self->rows, sizeof(notify_view_row_t));
}

void notify_view_release(notify_view_t *self)
{
    table_release(&self->rows);
}

static void forget_balance(notify_view_row_t *row)
{
    row->head = row->charged = 0;
    row->balance = row->limit = 0;
    row->closed = false;
}

static void forget_burn(notify_view_row_t *row)
{
    row->units = 0;
    row->hour = 0;
    row->line = row->paid = 0;
}

static void forget_payment(notify_view_row_t *row)
{
    row->invoice = row->asked = 0;
    row->opened = 0;
    row->autopay = false;
}

void notify_view_reset(notify_view_t *self, stream_t stream)
{
    if (stream == STREAM_LEDGER)
        self->posted = 0;
    if (stream == STREAM_METERING) {
        self->heard = 0;
        self->closed = 0;
    }
    for (uint32_t number = 0; number < self->rows.count; number++) {
        notify_view_row_t *row = table_row(&self->rows, number);
        if (stream == STREAM_LEDGER)
            forget_balance(row);
        else if (stream == STREAM_METERING)
            forget_burn(row);
        else
            forget_payment(row);
    }
}

uint32_t notify_view_find(const notify_view_t *self, const uid_t16 *account)
{
    return table_find(&self->rows, account);
}

static uint32_t find_or_insert(notify_view_t *self, const uid_t16 *account)
{
    uint32_t number = table_find(&self->rows, account);
    return number == TABLE_NONE ? table_insert(&self->rows, account) : number;
}

// The ledger bounds a balance; a sum that leaves int64 takes nothing away.
static kopecks_t total(kopecks_t cash, kopecks_t bonus)
{
    kopecks_t sum;
    return money_add(cash, bonus, &sum) ? sum : INT64_MAX;
}

kopecks_t notify_view_money(kopecks_t balance, kopecks_t limit)
{
    return total(balance, limit);
}

// --- rows of tables ---

// [number, account, cash, bonus, head, credit, returned, closed, limit, ...]; an older ledger says
// no more than the head.
static void take_balance(notify_view_t *self, wire_t *row, uint32_t fields, uint32_t *ret_number)
{
    uid_t16 account;
    kopecks_t cash, bonus, limit = 0;
    uint64_t head, closed = 0;
    wire_uid(row, &account);
    wire_i64(row, &cash);
    wire_i64(row, &bonus);
    wire_u64(row, &head);
    wire_skip(row, fields >= LIFE_FIELDS ? 2 : fields - LEDGER_FIELDS);
    if (fields >= LIFE_FIELDS) {
        wire_u64(row, &closed);
        wire_i64(row, &limit);
        wire_skip(row, fields - LIFE_FIELDS);
    }
    if (row->fail)
        return;
    *ret_number = find_or_insert(self, &account);
    notify_view_row_t *kept = table_row(&self->rows, *ret_number);
    if (head < kept->head)
        return;
    kept->head = head;
    kept->balance = total(cash, bonus);
    kept->closed = closed != 0;
    kept->limit = limit;
}

// [number, account, hour, units, line, paid, closed, ...]
static void take_burn(notify_view_t *self, wire_t *row, uint32_t *ret_number)
{
    uid_t16 account;
    notify_view_row_t said = {0};
    instant_t closed;
    wire_uid(row, &account);
    wire_i64(row, &said.hour);
    wire_i64(row, &said.units);
    wire_u64(row, &said.line);
    wire_u64(row, &said.paid);
    wire_i64(row, &closed);
    if (row->fail)
        return;
    *ret_number = find_or_insert(self, &account);
    notify_view_row_t *kept = table_row(&self->rows, *ret_number);
    self->closed = closed > self->closed ? closed : self->closed;
    self->heard = said.line > self->heard ? said.line : self->heard;
    if (said.line < kept->line)
        return;
    kept->hour = said.hour;
    kept->units = said.units;
    kept->line = said.line;
    kept->paid = said.paid;
}

// [number, account, invoice, payment_kind, opened, last, ...]
static void take_payment(notify_view_t *self, wire_t *row, uint32_t *ret_number)
{
    uid_t16 account;
    uint64_t invoice, kind, last;
    instant_t opened;
    wire_uid(row, &account);
    wire_u64(row, &invoice);
    wire_u64(row, &kind);
    wire_i64(row, &opened);
    wire_u64(row, &last);
    if (row->fail)
        return;
    *ret_number = find_or_insert(self, &account);
    notify_view_row_t *kept = table_row(&self->rows, *ret_number);
    if (last < kept->asked)
        return;
    kept->asked = last;
    kept->invoice = invoice;
    kept->opened = opened;
    kept->autopay = kind == PAYMENT_KIND_AUTOPAY;
}

fail_t notify_view_take_row(notify_view_t *self, stream_t stream, wire_t *row, uint32_t *ret_number)
{
    uint64_t number;
    *ret_number = TABLE_NONE;
    uint32_t fields = wire_array(row, FIELDS_MAX);
    uint32_t least = stream == STREAM_LEDGER     ? LEDGER_FIELDS
                     : stream == STREAM_METERING ? METERING_FIELDS
                                                 : PAYMENT_FIELDS;
    if (row->fail || fields < least)
        return FAIL_INVALID;
    wire_u64(row, &number);
    if (stream == STREAM_LEDGER)
        take_balance(self, row, fields, ret_number);
    else if (stream == STREAM_METERING)
        take_burn(self, row, ret_number);
    else
        take_payment(self, row, ret_number);
    if (stream != STREAM_LEDGER)
        wire_skip(row, fields - least);
    return row->fail ? FAIL_INVALID : FAIL_NONE;
}

void notify_view_take_cursor(notify_view_t *self, uint64_t metering)
{
    if (metering > self->posted)
        self->posted = metering;
}

// --- events ---

static uint32_t hear_posted(notify_view_t *self, const event_t *event, uint64_t sequence)
{
    const event_posted_t *said = &event->posted;
    bool usage = event->cause.stream == STREAM_METERING;
    if (usage) // on whatever account it landed: suspense, too, is an answer
        notify_view_take_cursor(self, event->cause.sequence);
    if (uid_is_zero(&said->account))
        return TABLE_NONE;
    uint32_t number = find_or_insert(self, &said->account);
    notify_view_row_t *row = table_row(&self->rows, number);
    if (sequence <= row->head) // the row was fetched later than this was posted
        return TABLE_NONE;
    row->head = sequence;
    row->balance = total(said->cash, said->bonus);
    if (usage)
        row->charged = event->cause.sequence;
    return number;
}

// What an operator said of the account: it is judged with that.
static uint32_t hear_life(notify_view_t *self, const event_t *event)
{
    bool limit = event->type == EVENT_credit_limit_set;
    if (!limit && event->type != EVENT_account_closed && event->type != EVENT_account_reopened)
        return TABLE_NONE;
    // Each of these begins with the account.
    uint32_t number = find_or_insert(self, &event->account_closed.account);
    notify_view_row_t *row = table_row(&self->rows, number);
    if (limit)
        row->limit = event->credit_limit_set.limit;
    else
        row->closed = event->type == EVENT_account_closed;
    return number;
}

static uint32_t hear_ledger(notify_view_t *self, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_node_reseeded && event->node_reseeded.stream == STREAM_METERING)
        self->posted = event->node_reseeded.sequence;
    return event->type == EVENT_posted ? hear_posted(self, event, sequence)
                                       : hear_life(self, event);
}

// Beyond all money there is, it does not matter by how much.
static int64_t plus_line(int64_t units, const event_usage_charged_t *line)
{
    int64_t cost, sum;
    bool beyond = __builtin_mul_overflow(line->price, carry_unit(line->kind), &cost) ||
                  __builtin_mul_overflow(cost, line->minutes, &cost) ||
                  __builtin_add_overflow(units, cost, &sum);
    return beyond ? INT64_MAX : sum;
}

static void add_line(notify_view_row_t *row, const event_usage_charged_t *line, uint64_t sequence)
{
    if (line->reason != CHARGED_HOUR || sequence <= row->line)
        return;
    row->units = plus_line(line->hour == row->hour ? row->units : 0, line);
    row->hour = line->hour;
    row->line = sequence;
    if (line->amount > 0)
        row->paid = sequence;
}

static uint32_t hear_metering(notify_view_t *self, const event_t *event, uint64_t sequence)
{
    self->heard = sequence > self->heard ? sequence : self->heard;
    if (event->type == EVENT_hour_closed && event->hour_closed.hour > self->closed)
        self->closed = event->hour_closed.hour;
    if (event->type == EVENT_usage_credited)
        return notify_view_find(self, &event->usage_credited.account);
    if (event->type == EVENT_meter_closed)
        return notify_view_find(self, &event->meter_closed.account);
    if (event->type != EVENT_usage_charged)
        return TABLE_NONE;
    uint32_t number = find_or_insert(self, &event->usage_charged.account);
    add_line(table_row(&self->rows, number), &event->usage_charged, sequence);
    return number;
}

static uint32_t hear_created(notify_view_t *self, const event_t *event, uint64_t sequence)
{
    const event_payment_created_t *said = &event->payment_created;
    uint32_t number = find_or_insert(self, &said->account);
    notify_view_row_t *row = table_row(&self->rows, number);
    if (sequence <= row->asked)
        return TABLE_NONE;
    row->asked = sequence;
    if (row->invoice && row->autopay && said->kind != PAYMENT_KIND_AUTOPAY)
        return number; // a charge of the card is surer than a form
    row->invoice = said->invoice;
    row->opened = event->at;
    row->autopay = said->kind == PAYMENT_KIND_AUTOPAY;
    return number;
}

static uint32_t hear_ended(notify_view_t *self, const uid_t16 *account, uint64_t invoice,
                           uint64_t sequence)
{
    uint32_t number = notify_view_find(self, account);
    notify_view_row_t *row = number == TABLE_NONE ? NULL : table_row(&self->rows, number);
    if (!row || sequence <= row->asked || row->invoice != invoice)
        return TABLE_NONE;
    row->asked = sequence;
    row->invoice = 0;
    return number;
}

static uint32_t hear_payment(notify_view_t *self, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_payment_created)
        return hear_created(self, event, sequence);
    if (event->type == EVENT_payment_succeeded)
        return hear_ended(self, &event->payment_succeeded.account, event->payment_succeeded.invoice,
                          sequence);
    if (event->type == EVENT_payment_declined)
        return hear_ended(self, &event->payment_declined.account, event->payment_declined.invoice,
                          sequence);
    return TABLE_NONE;
}

uint32_t notify_view_take_event(notify_view_t *self, stream_t stream, const event_t *event,
                                uint64_t sequence)
{
    return stream == STREAM_LEDGER     ? hear_ledger(self, event, sequence)
           : stream == STREAM_METERING ? hear_metering(self, event, sequence)
                                       : hear_payment(self, event, sequence);
}

// --- what a judgement looks at ---

bool notify_view_is_consistent(const notify_view_t *self, const notify_view_row_t *row)
{
    return row->head != 0 && self->posted >= row->paid && self->heard >= row->charged;
}

int64_t notify_view_burn(const notify_view_t *self, const notify_view_row_t *row)
{
    return row->line && row->hour >= self->closed ? row->units : 0;
}

uint64_t notify_view_pending(const notify_view_row_t *row, instant_t now, uint64_t span)
{
    bool fresh = row->autopay || now < row->opened || (uint64_t)(now - row->opened) < span;
    return fresh ? row->invoice : 0;
}
