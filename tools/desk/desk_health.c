#include "proto/counter.h"
#include "proto/status_read.h"
#include "tools/desk/desk_rows.h"
#include "tools/desk/desk_screens.h"
#include <stdio.h>

enum { WHY_BYTES = 1024 };

// Asked in this order: the statuses of all, then their proposals.
static void ask_all(web_visit_t *visit)
{
    for (size_t i = 0; i < DESK_PROCESSES; i++)
        visit_ask(visit, desk_processes[i].door, REQUEST_status, VISIT_LEDGER_MS);
    for (size_t i = 0; i < DESK_PROCESSES; i++)
        visit_ask(visit, desk_processes[i].door, REQUEST_proposals, VISIT_LEDGER_MS);
}

// --- what waits for people ---

static bool counter_of(const web_visit_t *visit, web_door_id_t door, const char *name,
                       uint64_t *ret_value)
{
    for (size_t i = 0; i < DESK_PROCESSES; i++)
        if (desk_processes[i].door == door) {
            const answer_t *answer = visit_answer(visit, i);
            return answer && status_find_counter(answer->status.counters, name, ret_value);
        }
    return false;
}

typedef struct {
    text_id_t what;
    web_door_id_t door;
    const char *counter;
    bool money;
    const char *path; // NULL for none
} figure_t;

static void add_figure(desk_sheet_t *sheet, const web_visit_t *visit, const figure_t *figure)
{
    uint64_t value = 0;
    bool known = counter_of(visit, figure->door, figure->counter, &value);
    span_t text = !known          ? desk_text(sheet, TEXT_DESK_DARK)
                  : figure->money ? desk_money(sheet, (kopecks_t)value)
                                  : desk_number(sheet, value);
    desk_row(sheet);
    if (figure->path)
        desk_cell_link(sheet, desk_text(sheet, figure->what), figure->path, NULL, SPAN(""));
    else
        desk_cell(sheet, desk_text(sheet, figure->what));
    desk_cell(sheet, text);
}

static void add_proposals(desk_sheet_t *sheet, const web_visit_t *visit)
{
    uint64_t count = 0;
    bool silent = false;
    for (size_t i = 0; i < DESK_PROCESSES; i++) {
        const answer_t *answer = visit_answer(visit, DESK_PROCESSES + i);
        silent = silent || !answer;
        count += answer ? answer->proposals.count : 0;
    }
    desk_row(sheet);
    desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_W_PROPOSALS), "desk/proposals", NULL,
                   SPAN(""));
    span_t text = desk_number(sheet, count);
    desk_cell(sheet,
              silent ? desk_joined(sheet, text, " ", desk_text(sheet, TEXT_DESK_DARK)) : text);
}

static void add_queue(desk_sheet_t *sheet, const web_visit_t *visit)
{
    static const text_id_t heads[] = {TEXT_DESK_WHAT, TEXT_DESK_COUNT};
    static const figure_t queue[] = {
        {TEXT_DESK_W_PAYMENTS, WEB_DOOR_PAYMENT, "payments_unknown", false, "desk/payments"},
        {TEXT_DESK_W_TRANSFERS, WEB_DOOR_DOCUMENTS, "transfers_in_suspense", false,
         "desk/transfers"},
        {TEXT_DESK_W_TRANSFERS_SUM, WEB_DOOR_DOCUMENTS, "suspense", true, "desk/transfers"},
        {TEXT_DESK_W_RECEIPTS, WEB_DOOR_PAYMENT, "receipts_people", false, "desk/receipts"},
        {TEXT_DESK_W_MISSING, WEB_DOOR_PAYMENT, "receipts_missing", false, "desk/receipts"},
        {TEXT_DESK_W_REFUNDS, WEB_DOOR_PAYMENT, "refunds_unknown", false, "desk/refunds"},
        {TEXT_DESK_W_LOST, WEB_DOOR_METERING, "kopecks_lost", true, NULL}};
    desk_part(sheet, TEXT_DESK_WAITS);
    desk_table(sheet, heads, 2, 1 << 1);
    for (size_t i = 0; i < sizeof queue / sizeof queue[0]; i++)
        add_figure(sheet, visit, &queue[i]);
    add_proposals(sheet, visit);
}

// --- the processes ---

static span_t alarms_of(desk_sheet_t *sheet, const answer_status_t *status)
{
    status_alarms_t list;
    status_alarm_t alarm;
    span_t text = SPAN("");
    status_alarms_begin(status, &list);
    while (status_next_alarm(&list, &alarm)) {
        span_t about = desk_kept(sheet, (span_t){alarm.about.data, alarm.about.size});
        span_t one = desk_joined(sheet, desk_code(sheet, CODES_alarm, alarm.code), ": ", about);
        text = desk_joined(sheet, text, "; ", one);
    }
    return text;
}

static bool is_green(const answer_status_t *status)
{
    status_alarms_t list;
    status_alarms_begin(status, &list);
    return status->ready && !list.left;
}

// By how many records it is behind those that it follows: the most of any.
static uint64_t lag_of(text_t counters)
{
    uint64_t most = 0;
    for (stream_t stream = STREAM_FIRST; stream < STREAM_END; stream++) {
        char applied_name[40], announced_name[40];
        uint64_t applied, announced;
        snprintf(applied_name, sizeof applied_name, "stream_%u_applied", (unsigned)stream);
        snprintf(announced_name, sizeof announced_name, "stream_%u_announced", (unsigned)stream);
        if (status_find_counter(counters, applied_name, &applied) &&
            status_find_counter(counters, announced_name, &announced) && announced > applied &&
            announced - applied > most)
            most = announced - applied;
    }
    return most;
}

static void add_process(desk_sheet_t *sheet, const web_visit_t *visit, size_t index)
{
    char clock[32];
    const answer_t *answer = visit_answer(visit, index);
    desk_row(sheet);
    desk_cell(sheet, span_of(desk_processes[index].name));
    if (!answer) {
        desk_cell(sheet, desk_text(sheet, TEXT_DESK_DARK));
        for (int i = 0; i < 5; i++)
            desk_cell(sheet, SPAN("—"));
        return;
    }
    const answer_status_t *status = &answer->status;
    uint64_t doubted = 0;
    bool doubts = status_find_counter(status->counters, "clock_doubted", &doubted) && doubted;
    desk_cell(sheet, desk_text(sheet, is_green(status) ? TEXT_DESK_GREEN : TEXT_DESK_RED));
    desk_cell(sheet, alarms_of(sheet, status));
    desk_cell(sheet, desk_number(sheet, lag_of(status->counters)));
    desk_cell(sheet, desk_number(sheet, status->last));
    desk_cell(sheet, desk_time(sheet, status->now));
    snprintf(clock, sizeof clock, "desk/do/clock-%s", desk_processes[index].name);
    if (doubts)
        desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_CLOCK), clock, NULL, SPAN(""));
    else
        desk_cell(sheet, SPAN("—"));
}

static void add_processes(desk_sheet_t *sheet, const web_visit_t *visit)
{
    static const text_id_t heads[] = {TEXT_DESK_PROCESS, TEXT_DESK_LIGHT, TEXT_DESK_WHY_NOT,
                                      TEXT_DESK_LAG,     TEXT_DESK_HEAD,  TEXT_DESK_TIME,
                                      TEXT_DESK_DO};
    desk_part(sheet, TEXT_DESK_PROCESSES);
    desk_table(sheet, heads, 7, 1 << 3 | 1 << 4);
    for (size_t i = 0; i < DESK_PROCESSES; i++)
        add_process(sheet, visit, i);
}

static void add_figures(desk_sheet_t *sheet, const web_visit_t *visit)
{
    static const text_id_t heads[] = {TEXT_DESK_WHAT, TEXT_DESK_COUNT};
    static const figure_t figures[] = {
        {TEXT_DESK_F_CUSTOMERS, WEB_DOOR_LEDGER, "customers_kopecks", true, "desk/accounts"},
        {TEXT_DESK_F_SUM, WEB_DOOR_LEDGER, "sum_kopecks", true, NULL},
        {TEXT_DESK_F_SUSPENDED, WEB_DOOR_LEDGER, "payments_suspended", false, NULL},
        {TEXT_DESK_F_OPEN, WEB_DOOR_PAYMENT, "payments_open", false, "desk/payments"},
        {TEXT_DESK_F_MISMATCHED, WEB_DOOR_PAYMENT, "payments_mismatched", false, "desk/payments"},
        {TEXT_DESK_F_RUNNING, WEB_DOOR_METERING, "running", false, NULL},
        {TEXT_DESK_F_STOPPED, WEB_DOOR_NOTIFY, "ladder_stopped", false, NULL},
        {TEXT_DESK_F_NOTICES, WEB_DOOR_NOTIFY, "notices_waiting", false, NULL},
        {TEXT_DESK_F_TRANSFERS, WEB_DOOR_DOCUMENTS, "transfers", false, "desk/transfers"},
        {TEXT_DESK_F_PAID, WEB_DOOR_DOCUMENTS, "invoices_paid", false, NULL}};
    desk_part(sheet, TEXT_DESK_FIGURES);
    desk_table(sheet, heads, 2, 1 << 1);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        add_figure(sheet, visit, &figures[i]);
}

bool desk_health_show(web_visit_t *visit)
{
    if (visit->round == 0) {
        if (desk_needs_operator(visit))
            return true;
        ask_all(visit);
        return false;
    }
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_HEALTH);
    desk_sheet_frame(sheet)->on_health = true;
    add_queue(sheet, visit);
    add_processes(sheet, visit);
    add_figures(sheet, visit);
    return desk_sheet_show(&sheet, 200);
}
