#include "services/documents/documents_query.h"
#include "proto/counter.h"
#include "services/documents/documents_decide_transfer.h"
#include "services/documents/documents_row.h"

enum { ROWS_MAX = 100, ROW_BYTES = 64 };

static fail_t answer_requisites(const documents_state_t *self, const uid_t16 *id, query_t *out)
{
    const documents_account_t *account = documents_state_account(self, id);
    if (!account)
        return FAIL_MISSING;
    out->answer->requisites.inn = (text_t){account->inn, sizeof account->inn};
    out->answer->requisites.kpp = (text_t){account->kpp, sizeof account->kpp};
    out->answer->requisites.name = (text_t){account->name, account->name_size};
    return FAIL_NONE;
}

// Looked for one by one: people ask, and seldom.
static fail_t answer_companies(const documents_state_t *self, text_t inn, query_t *out)
{
    enum { COMPANIES_MAX = 20, COMPANY_BYTES = DOCUMENTS_NAME_BYTES + 48 };
    answer_companies_t *answer = &out->answer->companies;
    pack_t rows;
    *answer = (answer_companies_t){.count = 0};
    if (inn.size != DOCUMENTS_INN_DIGITS || out->scratch_size < COMPANIES_MAX * COMPANY_BYTES)
        return FAIL_INVALID;
    pack_start(&rows, out->scratch, out->scratch_size);
    for (uint32_t i = 0; i < self->accounts.count && !answer->more; i++) {
        const documents_account_t *account = table_row(&self->accounts, i);
        if (memcmp(account->inn, inn.data, inn.size) != 0)
            continue;
        answer->more = answer->count == COMPANIES_MAX;
        if (answer->more)
            break;
        pack_array(&rows, 3);
        pack_uid(&rows, &account->key);
        pack_text(&rows, (text_t){account->kpp, sizeof account->kpp});
        pack_text(&rows, (text_t){account->name, account->name_size});
        answer->count++;
    }
    answer->rows = (bytes_t){out->scratch, (uint32_t)pack_end(&rows)};
    return FAIL_NONE;
}

// --- pages ---

static bool is_page(uint64_t limit, const query_t *out)
{
    return limit >= 1 && limit <= ROWS_MAX && out->scratch_size >= ROWS_MAX * ROW_BYTES;
}

static void pack_invoice(pack_t *rows, const documents_invoice_t *invoice)
{
    pack_array(rows, 5);
    pack_u64(rows, documents_invoice_number(invoice));
    pack_i64(rows, invoice->amount);
    pack_i64(rows, invoice->issued);
    pack_i64(rows, invoice->due);
    pack_u64(rows, invoice->paid);
}

static fail_t answer_invoices(const documents_state_t *self, const request_invoices_t *request,
                              query_t *out)
{
    uint32_t row = table_find(&self->accounts, &request->account);
    const documents_invoice_t *behind =
        request->before ? documents_state_invoice(self, request->before) : NULL;
    if (row == TABLE_NONE || (request->before && (!behind || behind->account != row)))
        return FAIL_MISSING;
    if (!is_page(request->limit, out))
        return FAIL_INVALID;
    const documents_account_t *account = table_row(&self->accounts, row);
    answer_invoices_t *answer = &out->answer->invoices;
    uint32_t next = behind ? behind->previous : account->newest;
    pack_t rows;
    pack_start(&rows, out->scratch, out->scratch_size);
    for (; next && answer->count < request->limit; answer->count++) {
        const documents_invoice_t *invoice = documents_invoice_at(self, next - 1);
        pack_invoice(&rows, invoice);
        next = invoice->previous;
        answer->next = next ? documents_invoice_number(invoice) : 0;
    }
    answer->rows = (bytes_t){out->scratch, (uint32_t)pack_end(&rows)};
    return FAIL_NONE;
}

static void pack_act(pack_t *rows, const documents_act_t *act)
{
    uint64_t number;
    memcpy(&number, act->key.bytes, sizeof number);
    pack_array(rows, 7);
    pack_u64(rows, number);
    pack_u64(rows, act->invoice);
    pack_u64(rows, act->quarter);
    pack_i64(rows, act->amount);
    pack_i64(rows, act->vat);
    pack_i64(rows, act->issued);
    pack_u64(rows, act->sequence);
}

static fail_t answer_acts(const documents_state_t *self, const request_acts_t *request,
                          query_t *out)
{
    uint32_t row = table_find(&self->accounts, &request->account);
    const documents_act_t *behind =
        request->before ? documents_state_act(self, request->before) : NULL;
    if (row == TABLE_NONE || (request->before && (!behind || behind->account != row)))
        return FAIL_MISSING;
    if (!is_page(request->limit, out))
        return FAIL_INVALID;
    const documents_account_t *account = table_row(&self->accounts, row);
    answer_acts_t *answer = &out->answer->acts;
    uint32_t next = behind ? behind->previous : account->act;
    pack_t rows;
    pack_start(&rows, out->scratch, out->scratch_size);
    for (; next && answer->count < request->limit; answer->count++) {
        const documents_act_t *act = table_row(&self->acts, next - 1);
        pack_act(&rows, act);
        next = act->previous;
        if (next)
            memcpy(&answer->next, act->key.bytes, sizeof answer->next);
        else
            answer->next = 0;
    }
    answer->rows = (bytes_t){out->scratch, (uint32_t)pack_end(&rows)};
    return FAIL_NONE;
}

static void pack_transfer(pack_t *rows, const documents_transfer_t *transfer)
{
    pack_array(rows, 5);
    pack_u64(rows, transfer->sequence);
    pack_i64(rows, transfer->booked);
    pack_i64(rows, transfer->amount);
    pack_u64(rows, transfer->reason);
    pack_u64(rows, transfer->invoice);
}

// Behind one that left suspense since, the walk passes over what stands in between.
static uint32_t first_behind(const documents_state_t *self, uint64_t sequence)
{
    uint32_t number = self->open.first;
    while (number) {
        const documents_transfer_t *row = table_row(&self->transfers, number - 1);
        if (row->sequence > sequence)
            break;
        number = row->link.after;
    }
    return number;
}

static fail_t answer_transfers(const documents_state_t *self, const request_transfers_t *request,
                               query_t *out)
{
    if (!is_page(request->limit, out))
        return FAIL_INVALID;
    answer_transfers_t *answer = &out->answer->transfers;
    uint32_t next = first_behind(self, request->after);
    pack_t rows;
    pack_start(&rows, out->scratch, out->scratch_size);
    for (; next && answer->count < request->limit; answer->count++) {
        const documents_transfer_t *transfer = table_row(&self->transfers, next - 1);
        pack_transfer(&rows, transfer);
        next = transfer->link.after;
        answer->next = next ? transfer->sequence : 0;
    }
    answer->sum = self->suspense;
    answer->rows = (bytes_t){out->scratch, (uint32_t)pack_end(&rows)};
    return FAIL_NONE;
}

// --- what the side store has of one ---

static text_t keep_text(query_t *out, text_t text)
{
    if (!text.size || text.size > out->scratch_size)
        return (text_t){0};
    memcpy(out->scratch, text.data, text.size);
    text.data = (const char *)out->scratch;
    out->scratch += text.size;
    out->scratch_size -= text.size;
    return text;
}

static fail_t answer_texts(const documents_state_t *self, uint64_t sequence, query_t *out)
{
    const documents_transfer_t *transfer = documents_state_received(self, sequence);
    documents_row_t row;
    if (!transfer || !transfer->open)
        return FAIL_MISSING; // of one that was placed nothing is kept
    if (!out->recalled) {
        out->recall = (recall_t){.by = RECALL_ROWS, .sought = {transfer->key}};
        return FAIL_LATER;
    }
    if (!documents_row_find(out->recalled, &row))
        return out->recalled->fail ? out->recalled->fail : FAIL_MISSING;
    out->answer->transfer_texts =
        (answer_transfer_texts_t){.payer = keep_text(out, row.payer),
                                  .payer_inn = keep_text(out, row.inn),
                                  .payer_account = keep_text(out, row.account),
                                  .document = keep_text(out, row.number),
                                  .purpose = keep_text(out, row.purpose)};
    return FAIL_NONE;
}

// --- what commands came to ---

static fail_t answer_issued(const event_t *first, query_t *out)
{
    if (!first || first->type != EVENT_invoice_issued)
        return FAIL_CORRUPT; // an invoice always has its event
    out->answer->invoice_issue.number = first->invoice_issued.number;
    out->answer->invoice_issue.due = first->invoice_issued.due;
    return FAIL_NONE;
}

static fail_t answer_act(const event_t *first, query_t *out)
{
    if (!first || first->type != EVENT_act_issued)
        return FAIL_CORRUPT; // an act always has its event
    out->answer->act_issue.number = first->act_issued.number;
    out->answer->act_issue.invoice = first->act_issued.invoice;
    return FAIL_NONE;
}

static fail_t answer_advance(const event_t *first, query_t *out)
{
    if (!first || first->type != EVENT_advance_issued)
        return FAIL_CORRUPT; // likewise
    out->answer->advance_issue.number = first->advance_issued.number;
    return FAIL_NONE;
}

static fail_t answer_received(const documents_state_t *self,
                              const request_transfer_receive_t *asked, const event_t *first,
                              query_t *out)
{
    hash_t identity;
    documents_transfer_identity(asked, &identity);
    const documents_transfer_t *transfer = documents_state_transfer(self, &identity);
    if (!transfer)
        return FAIL_CORRUPT; // it is known before it is answered
    answer_transfer_receive_t *answer = &out->answer->transfer_receive;
    answer->sequence = transfer->sequence;
    answer->known = !first;
    answer->reason = transfer->reason;
    answer->invoice = transfer->invoice;
    return FAIL_NONE;
}

fail_t documents_query(const void *state, const request_t *request, const event_t *first,
                       uint64_t first_sequence, query_t *out)
{
    const documents_state_t *self = state;
    switch (request->type) {
    case REQUEST_requisites_register:
    case REQUEST_document_render:
    case REQUEST_numbers_note:
        return FAIL_NONE; // their answers have no fields
    case REQUEST_requisites:
        return answer_requisites(self, &request->requisites.account, out);
    case REQUEST_companies:
        return answer_companies(self, request->companies.inn, out);
    case REQUEST_invoice_issue:
        return answer_issued(first, out);
    case REQUEST_invoices:
        return answer_invoices(self, &request->invoices, out);
    case REQUEST_transfer_receive:
        return answer_received(self, &request->transfer_receive, first, out);
    case REQUEST_transfer_assign:
        out->answer->transfer_assign.sequence = first_sequence;
        out->answer->transfer_assign.pending = first && first->type == EVENT_command_proposed;
        return FAIL_NONE;
    case REQUEST_transfer_settle:
        out->answer->transfer_settle.sequence = first_sequence;
        out->answer->transfer_settle.pending = first && first->type == EVENT_command_proposed;
        return FAIL_NONE;
    case REQUEST_advance_issue:
        return answer_advance(first, out);
    case REQUEST_act_issue:
        return answer_act(first, out);
    case REQUEST_acts:
        return answer_acts(self, &request->acts, out);
    case REQUEST_transfer_texts:
        return answer_texts(self, request->transfer_texts.transfer, out);
    case REQUEST_transfer_look:
        return documents_transfer_look(self, &request->transfer_look, &out->answer->transfer_look);
    case REQUEST_transfers:
        return answer_transfers(self, &request->transfers, out);
    default:
        return FAIL_INVALID;
    }
}

size_t documents_query_counters(const void *state, char *text, size_t cap)
{
    const documents_state_t *self = state;
    writer_t out = writer_on(text, cap);
    counter_put(&out, COUNTER_companies, self->accounts.count);
    counter_put(&out, COUNTER_invoices, self->invoices.count);
    counter_put(&out, COUNTER_invoices_paid, (int64_t)self->paid);
    counter_put(&out, COUNTER_acts, self->acts.count);
    counter_put(&out, COUNTER_advances, self->advances.count);
    counter_put(&out, COUNTER_transfers, self->transfers.count);
    counter_put(&out, COUNTER_transfers_in_suspense, (int64_t)self->open_count);
    counter_put(&out, COUNTER_transfers_suspense, self->suspense);
    return out.size;
}
