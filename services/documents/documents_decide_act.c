#include "services/documents/documents_decide_act.h"
#include "proto/codes.h"
#include "proto/month.h"
#include "services/documents/act_fold.h"
#include "services/documents/act_period.h"
#include "services/documents/documents_decide_numbers.h"
#include "services/documents/vat.h"

enum { LINE_BYTES = 40, ADVANCE_BYTES = 40 };
#define AMOUNT_MAX INT64_C(100000000000000)    // kopecks
#define PAPER_BYTES_MAX UINT64_C(16 * 1048576) // of a paper

static day_t moscow_day(instant_t at)
{
    return (day_t)((at + MOSCOW_OFFSET_US) / DAY_US);
}

// One series a year without a gap. 0 if the year has none left.
static uint64_t next_of(uint64_t last, day_t today)
{
    uint64_t year = day_year(today) % 100;
    uint64_t next = last / ACT_SERIES == year ? last + 1 : year * ACT_SERIES + 1;
    return next / ACT_SERIES == year ? next : 0;
}

static text_t text_at(const char *bytes, size_t size)
{
    return (text_t){bytes, (uint32_t)size};
}

// --- advance invoices ---

fail_t documents_decide_advance(const documents_state_t *self, const request_advance_issue_t *asked,
                                decision_t *out)
{
    day_t today = moscow_day(out->input->now);
    const documents_account_t *account = documents_state_account(self, &asked->account);
    if (asked->amount <= 0 || asked->amount > AMOUNT_MAX || uid_is_zero(&asked->reference))
        return decision_refuse(out, FAIL_INVALID, "amount, reference: expected a payment's");
    if (asked->came <= 0 || asked->came > out->input->now)
        return decision_refuse(out, FAIL_FUTURE, "came: expected an instant before now");
    if (!account)
        return decision_refuse(out, FAIL_STATE, "the account's company is not registered");
    if (documents_state_advance(self, &asked->reference))
        return decision_refuse(out, FAIL_STATE, "that money has its advance invoice");
    fail_t fail = documents_decide_numbers_known(self, out);
    if (fail)
        return fail;
    uint64_t number = next_of(self->shipment_last, today);
    if (!number || table_used(&self->advances) == DOCUMENTS_ADVANCES_MAX)
        return decision_refuse(out, FAIL_LIMIT, "there is no number left");
    event_advance_issued_t *e = &decision_add(out, EVENT_advance_issued)->advance_issued;
    *e = (event_advance_issued_t){.number = number,
                                  .account = asked->account,
                                  .reference = asked->reference,
                                  .amount = asked->amount,
                                  .rate = vat_rate_on(moscow_day(asked->came)),
                                  .came = asked->came,
                                  .inn = text_at(account->inn, sizeof account->inn),
                                  .kpp = text_at(account->kpp, sizeof account->kpp),
                                  .name = text_at(account->name, account->name_size)};
    (void)vat_of(e->amount, (uint32_t)e->rate, &e->vat);
    return FAIL_NONE;
}

// --- acts ---

typedef struct {
    size_t count;
    act_line_t lines[ACT_LINES_MAX];
    kopecks_t taxes[ACT_LINES_MAX];
    kopecks_t amount, vat;
} table_of_lines_t;

static bool read_lines(bytes_t bytes, table_of_lines_t *out)
{
    wire_t wire;
    wire_start(&wire, bytes.data, bytes.size);
    while (!wire.fail && wire_left(&wire)) {
        if (out->count == ACT_LINES_MAX || wire_array(&wire, 3) != 3)
            return false;
        act_line_t *line = &out->lines[out->count++];
        wire_u64(&wire, &line->service);
        wire_u64(&wire, &line->rate);
        wire_i64(&wire, &line->amount);
        bool right = !wire.fail && line->amount > 0 && line->rate <= 100 &&
                     codes_text(CODES_resource_kind, line->service) &&
                     money_add(out->amount, line->amount, &out->amount);
        if (!right || out->amount > AMOUNT_MAX ||
            (out->count > 1 && line->rate < line[-1].rate)) // a rate's lines stand together
            return false;
    }
    return !wire.fail && out->count > 0;
}

// A document's tax comes first, and its lines share it: here of each rate.
static void tax_lines(table_of_lines_t *self)
{
    size_t first = 0;
    while (first < self->count) {
        size_t end = first;
        kopecks_t amounts[ACT_LINES_MAX], total = 0;
        for (; end < self->count && self->lines[end].rate == self->lines[first].rate; end++)
            amounts[end - first] = self->lines[end].amount;
        (void)vat_of_lines(amounts, end - first, (uint32_t)self->lines[first].rate,
                           self->taxes + first, &total);
        self->vat += total;
        first = end;
    }
}

static bytes_t pack_lines(const table_of_lines_t *self, decision_t *out)
{
    pack_t rows;
    void *scratch = decision_scratch(out, ACT_LINES_MAX * LINE_BYTES);
    assert(scratch); // it is the decision's only event
    pack_start(&rows, scratch, ACT_LINES_MAX * LINE_BYTES);
    for (size_t i = 0; i < self->count; i++) {
        pack_array(&rows, 4);
        pack_u64(&rows, self->lines[i].service);
        pack_u64(&rows, self->lines[i].rate);
        pack_i64(&rows, self->lines[i].amount);
        pack_i64(&rows, self->taxes[i]);
    }
    return (bytes_t){scratch, (uint32_t)pack_end(&rows)};
}

// Money that has no advance invoice is not named.
static bool name_advances(const documents_state_t *self, bytes_t paid, kopecks_t most,
                          decision_t *out, bytes_t *ret_rows)
{
    wire_t wire;
    pack_t rows;
    size_t count = 0;
    kopecks_t sum = 0;
    void *scratch = decision_scratch(out, ACT_PAID_MAX * ADVANCE_BYTES);
    assert(scratch);
    pack_start(&rows, scratch, ACT_PAID_MAX * ADVANCE_BYTES);
    wire_start(&wire, paid.data, paid.size);
    while (!wire.fail && wire_left(&wire)) {
        act_paid_t row = {.amount = 0};
        if (count++ == ACT_PAID_MAX || wire_array(&wire, 2) != 2)
            return false;
        wire_uid(&wire, &row.reference);
        wire_i64(&wire, &row.amount);
        if (wire.fail || row.amount <= 0 || !money_add(sum, row.amount, &sum) || sum > most)
            return false;
        const documents_advance_t *advance = documents_state_advance(self, &row.reference);
        if (!advance)
            continue;
        pack_array(&rows, 3);
        pack_u64(&rows, advance->number);
        pack_i64(&rows, advance->day);
        pack_i64(&rows, row.amount);
    }
    *ret_rows = (bytes_t){scratch, (uint32_t)pack_end(&rows)};
    return !wire.fail;
}

static const char *wrong_quarter(const documents_account_t *account, uint64_t quarter,
                                 instant_t now)
{
    if (quarter > act_period_of(now) || act_period_begin(quarter + 1) > now)
        return "the quarter is not over";
    return account->act && quarter <= account->quarter
               ? "that quarter has its act: what is late stands in the next one"
               : NULL;
}

fail_t documents_decide_act(const documents_state_t *self, const request_act_issue_t *asked,
                            decision_t *out)
{
    day_t today = moscow_day(out->input->now);
    const documents_account_t *account = documents_state_account(self, &asked->account);
    table_of_lines_t table = {.count = 0};
    bytes_t advances;
    if (!account)
        return decision_refuse(out, FAIL_STATE, "the account's company is not registered");
    const char *wrong = wrong_quarter(account, asked->quarter, out->input->now);
    if (wrong)
        return decision_refuse(out, FAIL_STATE, wrong);
    if (!read_lines(asked->lines, &table))
        return decision_refuse(out, FAIL_INVALID, "lines: expected services with sums, by rate");
    if (asked->debt < 0 || asked->debt > table.amount)
        return decision_refuse(out, FAIL_INVALID, "debt: expected no more than the lines");
    if (!name_advances(self, asked->paid, table.amount - asked->debt, out, &advances))
        return decision_refuse(out, FAIL_INVALID,
                               "paid: expected no more than the lines less debt");
    fail_t fail = documents_decide_numbers_known(self, out);
    if (fail)
        return fail;
    uint64_t number = next_of(self->act_last, today);
    uint64_t invoice = next_of(self->shipment_last, today);
    if (!number || !invoice || table_used(&self->acts) == DOCUMENTS_ACTS_MAX)
        return decision_refuse(out, FAIL_LIMIT, "there is no number left");
    tax_lines(&table);
    decision_add(out, EVENT_act_issued)->act_issued =
        (event_act_issued_t){.number = number,
                             .invoice = invoice,
                             .account = asked->account,
                             .quarter = asked->quarter,
                             .through = asked->through,
                             .ledger = asked->ledger,
                             .amount = table.amount,
                             .vat = table.vat,
                             .bonus = asked->bonus,
                             .debt = asked->debt,
                             .lines = pack_lines(&table, out),
                             .advances = advances,
                             .inn = text_at(account->inn, sizeof account->inn),
                             .kpp = text_at(account->kpp, sizeof account->kpp),
                             .name = text_at(account->name, account->name_size)};
    return FAIL_NONE;
}

// --- papers ---

fail_t documents_decide_render(const documents_state_t *self,
                               const request_document_render_t *asked, decision_t *out)
{
    bool there = asked->kind == PAPER_ACT ? documents_state_act(self, asked->number) != NULL
                                          : documents_state_invoice(self, asked->number) != NULL;
    if (!codes_text(CODES_paper_kind, asked->kind) || !asked->size || asked->size > PAPER_BYTES_MAX)
        return decision_refuse(out, FAIL_INVALID, "kind, size: expected a paper of up to 16 MiB");
    if (!there)
        return decision_refuse(out, FAIL_MISSING, "there is no such document");
    decision_add(out, EVENT_document_rendered)->document_rendered =
        (event_document_rendered_t){.kind = asked->kind,
                                    .number = asked->number,
                                    .hash = asked->hash,
                                    .size = asked->size,
                                    .layout = asked->layout};
    return FAIL_NONE;
}
