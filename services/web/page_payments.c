#include "services/web/page_payments.h"

void page_payments_start(page_payments_walk_t *self, const answer_payments_t *payments)
{
    wire_start(&self->wire, payments->rows.data, payments->rows.size);
    self->left = payments->count;
}

bool page_payments_next(page_payments_walk_t *self, page_payments_row_t *ret_row)
{
    enum { COLUMNS = 8 };
    if (self->left == 0 || wire_array(&self->wire, COLUMNS) != COLUMNS)
        return false;
    self->left--;
    wire_u64(&self->wire, &ret_row->invoice);
    wire_u64(&self->wire, &ret_row->kind);
    wire_u64(&self->wire, &ret_row->state);
    wire_i64(&self->wire, &ret_row->amount);
    wire_i64(&self->wire, &ret_row->created);
    wire_u64(&self->wire, &ret_row->request);
    wire_u64(&self->wire, &ret_row->receipts[0]);
    wire_u64(&self->wire, &ret_row->receipts[1]);
    return !self->wire.fail;
}

// --- the screen ---

enum { ROWS = 50, ASK_PAYMENTS = 0 };

static text_id_t state_of(uint64_t state)
{
    switch (state) {
    case PAYMENT_CREATED:
        return TEXT_STATE_CREATED;
    case PAYMENT_SUCCEEDED:
        return TEXT_STATE_SUCCEEDED;
    case PAYMENT_DECLINED:
        return TEXT_STATE_DECLINED;
    case PAYMENT_EXPIRED:
        return TEXT_STATE_EXPIRED;
    case PAYMENT_MISMATCHED:
        return TEXT_STATE_MISMATCHED;
    default:
        return TEXT_STATE_RUNS;
    }
}

enum {
    RECEIPTS_MADE = 1 << RECEIPT_STATE_REGISTERED | 1 << RECEIPT_STATE_SETTLED,
    RECEIPTS_RUN = 1 << RECEIPT_STATE_DUE | 1 << RECEIPT_STATE_WAITING | 1 << RECEIPT_STATE_FAILED,
    RECEIPTS_STUCK = 1 << RECEIPT_STATE_MISSING | 1 << RECEIPT_STATE_PEOPLE
};

// What a customer may want to know of both: the worst of it first.
static text_id_t receipts_of(const uint64_t states[2])
{
    uint64_t both = UINT64_C(1) << (states[0] & 31) | UINT64_C(1) << (states[1] & 31);
    if (both & RECEIPTS_STUCK)
        return TEXT_RECEIPT_STUCK;
    if (both & RECEIPTS_RUN)
        return TEXT_RECEIPT_RUNS;
    return both & RECEIPTS_MADE ? TEXT_RECEIPT_SENT : TEXT_RECEIPT_NONE;
}

static size_t fill_rows(const answer_payments_t *payments, page_payments_rows_t rows[ROWS])
{
    page_payments_walk_t walk;
    page_payments_row_t row;
    size_t count = 0;
    page_payments_start(&walk, payments);
    for (; count < ROWS && page_payments_next(&walk, &row); count++)
        rows[count] = (page_payments_rows_t){
            .created = row.created,
            .kind = row.kind == PAYMENT_KIND_AUTOPAY ? TEXT_KIND_AUTOPAY : TEXT_KIND_TOPUP,
            .sum = row.amount,
            .state = state_of(row.state),
            .receipt = receipts_of(row.receipts),
            .invoice = row.invoice};
    return count;
}

static bool show(web_visit_t *visit)
{
    const answer_t *payments = visit_answer(visit, ASK_PAYMENTS);
    fail_t fail = visit_fail(visit, ASK_PAYMENTS);
    page_payments_rows_t rows[ROWS];
    page_payments_t page = {.frame = visit_frame(visit, TEXT_TAB_PAYMENTS, 0),
                            .paged = visit_field(visit, "before").size > 0,
                            .none = fail == FAIL_UNKNOWN_ACCOUNT,
                            .rows = rows};
    page.frame.on_payments = true;
    page.silent = fail && !page.none;
    if (payments) {
        page.rows_count = fill_rows(&payments->payments, rows);
        page.has_rows = page.rows_count > 0;
        page.next = payments->payments.next;
        page.more = page.next > 0;
        page.none = !page.has_rows && !page.more;
    }
    writer_t writer = visit_writer(visit);
    page_payments(&writer, visit->language, &page);
    return visit_show(visit, 200, &writer);
}

bool page_payments_show(web_visit_t *visit)
{
    static const char *const names[] = {"before", NULL};
    uint64_t before;
    if (visit->round > 0)
        return visit_fail(visit, ASK_PAYMENTS) == FAIL_MISSING // a number of somebody else's
                   ? visit_say(visit, 404, TEXT_E3, TEXT_E3)
                   : show(visit);
    if (visit_needs_customer(visit, false))
        return true;
    if (!visit_form_has_only(visit, names) || !visit_number(visit_field(visit, "before"), &before))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_payments, VISIT_LEDGER_MS)->payments =
        (request_payments_t){.account = visit->account, .before = before, .limit = ROWS};
    return false;
}
