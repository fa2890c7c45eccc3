#include "tools/desk/desk_rows.h"
#include "tools/desk/desk_screens.h"
#include "tools/desk/desk_fields.h"
#include <stdio.h>

enum { SHOWN = 50, CAMPAIGNS_SHOWN = 50, PROPOSALS_SHOWN = 100 };

// --- what all lists begin with ---

// The one answer of a list; NULL, and it is said, if there is none.
static const answer_t *begin_list(desk_sheet_t *sheet, const web_visit_t *visit, text_id_t title,
                                  text_id_t note)
{
    const answer_t *answer = visit_answer(visit, 0);
    desk_part(sheet, title);
    if (note != TEXT_NONE)
        desk_second(sheet, desk_text(sheet, note));
    if (!answer)
        desk_note(sheet, desk_text(sheet, desk_is_none(visit_fail(visit, 0)) ? TEXT_DESK_NONE
                                                                             : TEXT_DESK_SILENT));
    return answer;
}

static void end_list(desk_sheet_t *sheet, size_t shown, uint64_t next, const char *path,
                     const char *key)
{
    if (!shown)
        desk_note(sheet, desk_text(sheet, TEXT_DESK_NONE));
    if (next)
        desk_link(sheet, desk_text(sheet, TEXT_DESK_MORE), path, key, desk_number(sheet, next));
}

// --- transfers in suspense ---

static void add_transfers(desk_sheet_t *sheet, const answer_transfers_t *transfers)
{
    static const text_id_t heads[] = {TEXT_DESK_NUMBER, TEXT_DESK_BOOKED,  TEXT_DESK_SUM,
                                      TEXT_DESK_WHY,    TEXT_DESK_INVOICE, TEXT_DESK_DO,
                                      TEXT_DESK_DO,     TEXT_DESK_DO};
    desk_walk_t walk;
    desk_transfer_row_t row;
    size_t shown = 0;
    desk_fact(sheet, TEXT_DESK_W_TRANSFERS_SUM, desk_money(sheet, transfers->sum));
    desk_table(sheet, heads, 8, 1 << 0 | 1 << 2 | 1 << 4);
    desk_walk(&walk, transfers->rows, transfers->count);
    while (shown < SHOWN && desk_walk_transfer(&walk, &row)) {
        span_t number = desk_number(sheet, row.sequence);
        desk_row(sheet);
        desk_cell(sheet, number);
        desk_cell(sheet, desk_time(sheet, row.booked));
        desk_cell(sheet, desk_money(sheet, row.amount));
        desk_cell(sheet, desk_code(sheet, CODES_transfer_reason, row.reason));
        desk_cell(sheet, row.invoice ? desk_number(sheet, row.invoice) : SPAN("—"));
        desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_ASSIGN), "desk/do/assign", "transfer",
                       number);
        desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_RETURN), "desk/do/return", "transfer",
                       number);
        desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_SETTLE), "desk/do/settle", "transfer",
                       number);
        shown++;
    }
    end_list(sheet, shown, transfers->next, "desk/transfers", "after");
}

bool desk_transfers_show(web_visit_t *visit)
{
    if (visit->round == 0) {
        if (desk_needs_operator(visit))
            return true;
        visit_ask(visit, WEB_DOOR_DOCUMENTS, REQUEST_transfers, VISIT_LEDGER_MS)->transfers =
            (request_transfers_t){.after = desk_query_number(visit, "after"), .limit = SHOWN};
        return false;
    }
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_TRANSFERS);
    desk_sheet_frame(sheet)->on_transfers = true;
    const answer_t *answer =
        begin_list(sheet, visit, TEXT_DESK_W_TRANSFERS, TEXT_DESK_TRANSFERS_NOTE);
    if (answer)
        add_transfers(sheet, &answer->transfers);
    return desk_sheet_show(&sheet, 200);
}

// --- refunds ---

static void add_refunds(desk_sheet_t *sheet, const answer_refunds_t *refunds)
{
    static const text_id_t heads[] = {TEXT_DESK_NUMBER, TEXT_DESK_PAYMENT, TEXT_DESK_ACCOUNT,
                                      TEXT_DESK_SUM,    TEXT_DESK_STATE,   TEXT_DESK_CHANGED,
                                      TEXT_DESK_DO,     TEXT_DESK_DO};
    desk_walk_t walk;
    desk_refund_row_t row;
    size_t shown = 0;
    desk_table(sheet, heads, 8, 1 << 3);
    desk_walk(&walk, refunds->rows, refunds->count);
    while (shown < SHOWN && desk_walk_refund(&walk, &row)) {
        span_t number = desk_number(sheet, row.refund), invoice = desk_number(sheet, row.invoice);
        bool waits = row.state == REFUND_REQUESTED || row.state == REFUND_APPROVED;
        desk_row(sheet);
        desk_cell(sheet, number);
        desk_cell_link(sheet, invoice, "desk/payment", "invoice", invoice);
        desk_cell_account(sheet, &row.account);
        desk_cell(sheet, desk_money(sheet, row.amount));
        desk_cell(sheet, desk_code(sheet, CODES_refund_state, row.state));
        desk_cell(sheet, desk_time(sheet, row.changed));
        if (waits)
            desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_CANCEL), "desk/do/cancel", "refund",
                           number);
        else
            desk_cell(sheet, SPAN("—"));
        if (row.state == REFUND_UNKNOWN)
            desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_REFUND_DONE), "desk/do/refund-done",
                           "refund", number);
        else
            desk_cell(sheet, SPAN("—"));
        shown++;
    }
    end_list(sheet, shown, refunds->next, "desk/refunds", "before");
}

bool desk_refunds_show(web_visit_t *visit)
{
    if (visit->round == 0) {
        if (desk_needs_operator(visit))
            return true;
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_refunds, VISIT_LEDGER_MS)->refunds =
            (request_refunds_t){.before = desk_query_number(visit, "before"), .limit = SHOWN};
        return false;
    }
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_REFUNDS);
    desk_sheet_frame(sheet)->on_refunds = true;
    const answer_t *answer = begin_list(sheet, visit, TEXT_DESK_REFUNDS, TEXT_NONE);
    if (answer)
        add_refunds(sheet, &answer->refunds);
    desk_part(sheet, TEXT_DESK_DO);
    desk_link(sheet, desk_text(sheet, TEXT_DESK_C_REFUND), "desk/do/refund", NULL, SPAN(""));
    return desk_sheet_show(&sheet, 200);
}

// --- receipts for people ---

static void add_receipts(desk_sheet_t *sheet, const answer_receipts_t *receipts)
{
    static const text_id_t heads[] = {TEXT_DESK_PAYMENT, TEXT_DESK_KIND,  TEXT_DESK_ACCOUNT,
                                      TEXT_DESK_SUM,     TEXT_DESK_STATE, TEXT_DESK_WHY,
                                      TEXT_DESK_CHANGED, TEXT_DESK_DO};
    desk_walk_t walk;
    desk_receipt_row_t row;
    size_t shown = 0;
    desk_table(sheet, heads, 8, 1 << 3);
    desk_walk(&walk, receipts->rows, receipts->count);
    while (shown < SHOWN && desk_walk_receipt(&walk, &row)) {
        span_t invoice = desk_number(sheet, row.invoice);
        desk_row(sheet);
        desk_cell_link(sheet, invoice, "desk/payment", "invoice", invoice);
        desk_cell(sheet, desk_code(sheet, CODES_receipt_kind, row.kind));
        desk_cell_account(sheet, &row.account);
        desk_cell(sheet, desk_money(sheet, row.amount));
        desk_cell(sheet, desk_code(sheet, CODES_receipt_state, row.state));
        desk_cell(sheet, row.why ? desk_code(sheet, CODES_receipt_why, row.why) : SPAN("—"));
        desk_cell(sheet, desk_time(sheet, row.changed));
        desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_RECEIPT), "desk/do/receipt", "invoice",
                       invoice);
        shown++;
    }
    end_list(sheet, shown, receipts->next, "desk/receipts", "before");
}

bool desk_receipts_show(web_visit_t *visit)
{
    if (visit->round == 0) {
        if (desk_needs_operator(visit))
            return true;
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_receipts, VISIT_LEDGER_MS)->receipts =
            (request_receipts_t){.before = desk_query_number(visit, "before"),
                                 .states = 1u << RECEIPT_STATE_MISSING | 1u << RECEIPT_STATE_PEOPLE,
                                 .limit = SHOWN};
        return false;
    }
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_RECEIPTS);
    desk_sheet_frame(sheet)->on_receipts = true;
    const answer_t *answer = begin_list(sheet, visit, TEXT_DESK_W_RECEIPTS, TEXT_NONE);
    if (answer)
        add_receipts(sheet, &answer->receipts);
    return desk_sheet_show(&sheet, 200);
}

// --- promo campaigns ---

static void add_campaigns(desk_sheet_t *sheet, const answer_promo_campaigns_t *campaigns)
{
    static const text_id_t heads[] = {
        TEXT_DESK_CAMPAIGN, TEXT_DESK_KIND,  TEXT_DESK_VALUE, TEXT_DESK_BUDGET, TEXT_DESK_GIVEN,
        TEXT_DESK_CODES,    TEXT_DESK_TAKEN, TEXT_DESK_ENDS,  TEXT_DESK_DO,     TEXT_DESK_DO};
    desk_walk_t walk;
    desk_campaign_row_t row;
    size_t shown = 0;
    desk_table(sheet, heads, 10, 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6);
    desk_walk(&walk, campaigns->rows, campaigns->count);
    while (shown < CAMPAIGNS_SHOWN && desk_walk_campaign(&walk, &row)) {
        char percent[32];
        span_t number = desk_number(sheet, row.campaign);
        snprintf(percent, sizeof percent, "%llu,%02llu %%", (unsigned long long)row.value / 100,
                 (unsigned long long)row.value % 100);
        desk_row(sheet);
        desk_cell(sheet, number);
        desk_cell(sheet, desk_code(sheet, CODES_promo_kind, row.kind));
        desk_cell(sheet, row.kind == PROMO_PERCENT ? desk_kept(sheet, span_of(percent))
                                                   : desk_money(sheet, (kopecks_t)row.value));
        desk_cell(sheet, row.budget ? desk_money(sheet, row.budget) : SPAN("—"));
        desk_cell(sheet, desk_money(sheet, row.committed));
        desk_cell(sheet, desk_number(sheet, row.codes));
        desk_cell(sheet, desk_number(sheet, row.taken));
        desk_cell(sheet, row.stopped ? desk_text(sheet, TEXT_DESK_STOPPED)
                         : row.ends  ? desk_time(sheet, row.ends)
                                     : SPAN("—"));
        desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_ADD), "desk/do/add", "campaign", number);
        desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_STOP), "desk/do/stop", "campaign",
                       number);
        shown++;
    }
    end_list(sheet, shown, campaigns->next, "desk/promo", "from");
}

bool desk_promo_show(web_visit_t *visit)
{
    if (visit->round == 0) {
        if (desk_needs_operator(visit))
            return true;
        visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_promo_campaigns, VISIT_LEDGER_MS)
            ->promo_campaigns.from = desk_query_number(visit, "from");
        return false;
    }
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_PROMO);
    desk_sheet_frame(sheet)->on_promo = true;
    const answer_t *answer = begin_list(sheet, visit, TEXT_DESK_PROMO, TEXT_NONE);
    if (answer)
        add_campaigns(sheet, &answer->promo_campaigns);
    desk_part(sheet, TEXT_DESK_DO);
    desk_link(sheet, desk_text(sheet, TEXT_DESK_C_BEGIN), "desk/do/begin", NULL, SPAN(""));
    return desk_sheet_show(&sheet, 200);
}

// --- what waits for a second person, of all processes ---

static void add_proposal(desk_sheet_t *sheet, const desk_process_t *process,
                         const desk_proposal_row_t *row)
{
    char path[64];
    span_t id = desk_uid(sheet, &row->id);
    bool any = row->amount == INT64_MAX;
    desk_row(sheet);
    desk_cell(sheet, span_of(process->name));
    desk_cell(sheet, desk_time(sheet, row->at));
    desk_cell(sheet, desk_time(sheet, row->expires));
    desk_cell(sheet, desk_kept(sheet, (span_t){row->certificate.data, row->certificate.size}));
    desk_cell(sheet, any ? SPAN("—") : desk_money(sheet, row->amount));
    desk_cell(sheet, desk_fields_words(sheet, row->request));
    snprintf(path, sizeof path, "desk/do/approve-%s", process->name);
    desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_APPROVE), path, "command", id);
    snprintf(path, sizeof path, "desk/do/reject-%s", process->name);
    desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_REJECT), path, "command", id);
}

bool desk_proposals_show(web_visit_t *visit)
{
    static const text_id_t heads[] = {TEXT_DESK_PROCESS, TEXT_DESK_WHEN, TEXT_DESK_UNTIL,
                                      TEXT_DESK_BY,      TEXT_DESK_SUM,  TEXT_DESK_COMMAND,
                                      TEXT_DESK_DO,      TEXT_DESK_DO};
    if (visit->round == 0) {
        if (desk_needs_operator(visit))
            return true;
        for (size_t i = 0; i < DESK_PROCESSES; i++)
            visit_ask(visit, desk_processes[i].door, REQUEST_proposals, VISIT_LEDGER_MS);
        return false;
    }
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_PROPOSALS);
    desk_sheet_frame(sheet)->on_proposals = true;
    desk_part(sheet, TEXT_DESK_W_PROPOSALS);
    desk_second(sheet, desk_text(sheet, TEXT_DESK_PROPOSALS_NOTE));
    desk_table(sheet, heads, 8, 1 << 4);
    size_t shown = 0;
    for (size_t i = 0; i < DESK_PROCESSES; i++) {
        const answer_t *answer = visit_answer(visit, i);
        desk_walk_t walk;
        desk_proposal_row_t row;
        if (!answer) {
            desk_note(sheet, desk_joined(sheet, span_of(desk_processes[i].name), ": ",
                                         desk_text(sheet, TEXT_DESK_SILENT)));
            continue;
        }
        desk_walk(&walk, answer->proposals.rows, answer->proposals.count);
        for (; shown < PROPOSALS_SHOWN && desk_walk_proposal(&walk, &row); shown++)
            add_proposal(sheet, &desk_processes[i], &row);
    }
    end_list(sheet, shown, 0, NULL, NULL);
    return desk_sheet_show(&sheet, 200);
}
