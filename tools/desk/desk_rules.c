// Prices, policies and quotas at the desk: which are in force, and what a change of them makes of
// them. What a form leaves empty stays as it is.
#include "tools/desk/desk_change.h"
#include "tools/desk/desk_fields.h"
#include "tools/desk/desk_rows.h"
#include "tools/desk/desk_screens.h"
#include <stdio.h>

enum { PRICES_SHOWN = 100, PATH_BYTES = 64 };

#define SHEET changes->sheet

// --- what is in force ---

// The fields of one policy, or of the quotas, and where they lie.
typedef struct {
    const field_t *fields;
    size_t count;
    const void *body;
    uint64_t seen; // as a command says that its sender saw this
    desk_policy_row_t row;
} in_force_t;

// Is that event what the command of that name changes? ledger.policy: ledger.policy_changed.
static bool is_changed_by(const event_info_t *event, const char *command)
{
    static const char end[] = "_changed";
    size_t size = strlen(command);
    return event && strncmp(event->name, command, size) == 0 &&
           strcmp(event->name + size, end) == 0;
}

static bool find_policy(const answer_policies_t *policies, const char *command, in_force_t *ret)
{
    desk_walk_t walk;
    desk_walk(&walk, policies->rows, policies->count);
    while (desk_walk_policy(&walk, &ret->row)) {
        const event_info_t *info = event_info(ret->row.event.type);
        if (!is_changed_by(info, command))
            continue;
        ret->fields = info->fields();
        ret->count = info->fields_count;
        ret->body = event_body(&ret->row.event);
        ret->seen = ret->row.sequence + 1;
        return true;
    }
    return false;
}

static void take_quotas(const answer_t *answer, in_force_t *ret)
{
    const request_info_t *info = request_info(REQUEST_quotas);
    *ret = (in_force_t){.fields = info->answer_fields(),
                        .count = info->answer_count,
                        .body = &answer->status,
                        .seen = answer->quotas.changed + 1};
}

static const void *value_in(const in_force_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->fields[i].name, name) == 0)
            return (const char *)self->body + self->fields[i].offset;
    return NULL;
}

// --- a change of it ---

// Fills in what was not typed, and says each number before and after.
static void change_all(const web_visit_t *visit, const in_force_t *before, request_t *request,
                       desk_changes_t *changes)
{
    const request_info_t *info = request_info(request->type);
    bool same = true;
    for (size_t i = 0; i < info->fields_count; i++) {
        const field_t *field = &info->fields()[i];
        const void *old = value_in(before, field->name);
        void *at = (char *)&request->status + field->offset;
        size_t size = field->type == FIELD_TYPE_flag ? sizeof(bool) : sizeof(uint64_t);
        if (strcmp(field->name, "seen") == 0)
            memcpy(at, &before->seen, sizeof before->seen);
        if (!old)
            continue;
        if (!visit_field(visit, field->name).size)
            memcpy(at, old, size);
        same = same && memcmp(at, old, size) == 0;
        desk_change(changes, desk_fields_label(field->name), desk_fields_value(SHEET, field, old),
                    desk_fields_value(SHEET, field, at));
    }
    changes->unknown = same;
    if (same)
        desk_sheet_warn(SHEET, desk_text(SHEET, TEXT_DESK_SAME));
}

void desk_show_policy(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_t *answer = visit_answer(visit, 0);
    in_force_t before;
    changes->unknown =
        !answer || !find_policy(&answer->policies, request_info(request->type)->name, &before);
    if (!changes->unknown)
        change_all(visit, &before, request, changes);
}

bool desk_ask_quotas(web_visit_t *visit, const request_t *request, unsigned round)
{
    (void)request;
    if (round == 0)
        visit_ask(visit, WEB_DOOR_METERING, REQUEST_quotas, VISIT_LEDGER_MS);
    return round == 0;
}

void desk_show_quotas(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_t *answer = visit_answer(visit, 0);
    in_force_t before;
    changes->unknown = !answer;
    if (!answer)
        return;
    take_quotas(answer, &before);
    change_all(visit, &before, request, changes);
}

// --- prices ---

static void ask_tariffs(web_visit_t *visit, uint64_t before, uint64_t limit)
{
    visit_ask(visit, WEB_DOOR_METERING, REQUEST_tariffs, VISIT_LEDGER_MS)->tariffs =
        (request_tariffs_t){.before = before, .limit = limit};
}

// The price that holds at an instant; false, and it is said how it is, where none of these does.
static bool price_at(const answer_tariffs_t *tariffs, uint64_t kind, text_t code, instant_t at,
                     desk_tariff_row_t *ret_row)
{
    desk_walk_t walk;
    desk_tariff_row_t row;
    bool found = false;
    desk_walk(&walk, tariffs->rows, tariffs->count);
    while (desk_walk_tariff(&walk, &row))
        if (row.kind == kind && text_equal(row.code, code) && row.effective &&
            row.effective <= at && (!found || row.effective > ret_row->effective)) {
            *ret_row = row; // of equal ones the newest, which comes first
            found = true;
        }
    return found;
}

static void change_price(web_visit_t *visit, uint64_t kind, text_t code, kopecks_t price,
                         instant_t effective, desk_changes_t *changes)
{
    const answer_t *answer = visit_answer(visit, 0);
    desk_tariff_row_t row;
    changes->unknown = !answer;
    if (!answer)
        return;
    bool known = price_at(&answer->tariffs, kind, code, effective, &row);
    desk_change(changes, TEXT_DESK_L_PRICE, known ? desk_money(SHEET, row.price) : SPAN("—"),
                desk_money(SHEET, price));
    desk_change(changes, TEXT_DESK_L_EFFECTIVE, known ? desk_time(SHEET, row.effective) : SPAN("—"),
                desk_time(SHEET, effective));
}

bool desk_ask_tariff(web_visit_t *visit, const request_t *request, unsigned round)
{
    (void)request;
    if (round == 0)
        ask_tariffs(visit, 0, PRICES_SHOWN);
    return round == 0;
}

void desk_show_tariff(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const request_tariff_define_t *asked = &request->tariff_define;
    change_price(visit, 0, asked->code, asked->price, asked->effective, changes);
}

bool desk_ask_rate(web_visit_t *visit, const request_t *request, unsigned round)
{
    return desk_ask_tariff(visit, request, round);
}

void desk_show_rate(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const request_rate_define_t *asked = &request->rate_define;
    change_price(visit, asked->kind, asked->code, asked->price, asked->effective, changes);
}

bool desk_ask_withdraw(web_visit_t *visit, const request_t *request, unsigned round)
{
    if (round == 0)
        ask_tariffs(visit, request->tariff_withdraw.version + 1, 1);
    return round == 0;
}

static span_t effective_text(desk_sheet_t *sheet, instant_t effective)
{
    return effective ? desk_time(sheet, effective) : desk_text(sheet, TEXT_DESK_WITHDRAWN);
}

void desk_show_withdraw(web_visit_t *visit, request_t *request, desk_changes_t *changes)
{
    const answer_t *answer = visit_answer(visit, 0);
    desk_walk_t walk;
    desk_tariff_row_t row;
    changes->unknown = true;
    if (!answer)
        return;
    desk_walk(&walk, answer->tariffs.rows, answer->tariffs.count);
    if (!desk_walk_tariff(&walk, &row) || row.version != request->tariff_withdraw.version)
        return;
    changes->unknown = false;
    desk_change(changes, TEXT_DESK_L_CODE, desk_kept(SHEET, (span_t){row.code.data, row.code.size}),
                desk_money(SHEET, row.price));
    desk_change(changes, TEXT_DESK_L_EFFECTIVE, effective_text(SHEET, row.effective),
                effective_text(SHEET, 0));
}

// --- the screen ---

static void add_price(desk_sheet_t *sheet, const desk_tariff_row_t *row, instant_t now)
{
    span_t number = desk_number(sheet, row->version);
    desk_row(sheet);
    desk_cell(sheet, number);
    desk_cell(sheet, row->kind ? desk_code(sheet, CODES_resource_kind, row->kind)
                               : desk_text(sheet, TEXT_DESK_TARIFF));
    desk_cell(sheet, desk_kept(sheet, (span_t){row->code.data, row->code.size}));
    desk_cell(sheet, desk_money(sheet, row->price));
    desk_cell(sheet, effective_text(sheet, row->effective));
    if (row->effective > now)
        desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_WITHDRAW), "desk/do/withdraw", "version",
                       number);
    else
        desk_cell(sheet, SPAN("—"));
}

static void add_prices(desk_sheet_t *sheet, const answer_t *answer, instant_t now)
{
    static const text_id_t heads[] = {TEXT_DESK_NUMBER,  TEXT_DESK_KIND,        TEXT_DESK_L_CODE,
                                      TEXT_DESK_L_PRICE, TEXT_DESK_L_EFFECTIVE, TEXT_DESK_DO};
    desk_walk_t walk;
    desk_tariff_row_t row;
    desk_part(sheet, TEXT_DESK_PRICES);
    if (answer) {
        desk_table(sheet, heads, 6, 1 << 0 | 1 << 3);
        desk_walk(&walk, answer->tariffs.rows, answer->tariffs.count);
        while (desk_walk_tariff(&walk, &row))
            add_price(sheet, &row, now);
        if (answer->tariffs.next)
            desk_link(sheet, desk_text(sheet, TEXT_DESK_MORE), "desk/rules", "before",
                      desk_number(sheet, answer->tariffs.next));
    } else {
        desk_note(sheet, desk_text(sheet, TEXT_DESK_SILENT));
    }
    desk_link(sheet, desk_text(sheet, TEXT_DESK_C_TARIFF), "desk/do/tariff", NULL, SPAN(""));
    desk_link(sheet, desk_text(sheet, TEXT_DESK_C_RATE), "desk/do/rate", NULL, SPAN(""));
}

// A row of the table for each number that has a label.
static void add_numbers(desk_sheet_t *sheet, const char *process, const in_force_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        const field_t *field = &self->fields[i];
        text_id_t label = desk_fields_label(field->name);
        if (label == TEXT_NONE || field->type == FIELD_TYPE_bytes)
            continue;
        desk_row(sheet);
        desk_cell(sheet, span_of(process));
        desk_cell(sheet, desk_text(sheet, label));
        desk_cell(sheet, desk_fields_value(sheet, field, (const char *)self->body + field->offset));
        desk_cell(sheet, self->row.sequence ? desk_time(sheet, self->row.event.at) : SPAN("—"));
        desk_cell(sheet, desk_kept(sheet, (span_t){self->row.certificate.data,
                                                   self->row.certificate.size}));
    }
}

static void link_command(desk_sheet_t *sheet, text_id_t title, const char *name,
                         const char *process)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "desk/do/%s-%s", name, process);
    desk_link(sheet, desk_joined(sheet, desk_text(sheet, title), ": ", span_of(process)), path,
              NULL, SPAN(""));
}

static void add_policies(desk_sheet_t *sheet, const desk_process_t *process, const answer_t *answer)
{
    in_force_t self = {0};
    desk_walk_t walk;
    if (!answer) {
        desk_note(sheet, desk_joined(sheet, span_of(process->name), ": ",
                                     desk_text(sheet, TEXT_DESK_SILENT)));
        return;
    }
    desk_walk(&walk, answer->policies.rows, answer->policies.count);
    while (desk_walk_policy(&walk, &self.row)) {
        const event_info_t *info = event_info(self.row.event.type);
        if (!info)
            continue;
        self.fields = info->fields();
        self.count = info->fields_count;
        self.body = event_body(&self.row.event);
        add_numbers(sheet, process->name, &self);
        bool alone = self.row.event.type == EVENT_operators_policy_changed;
        link_command(sheet, alone ? TEXT_DESK_C_ALONE : TEXT_DESK_C_POLICY,
                     alone ? "alone" : "policy", process->name);
    }
}

static void add_quotas(desk_sheet_t *sheet, const answer_t *answer)
{
    in_force_t self;
    if (!answer)
        return;
    take_quotas(answer, &self);
    add_numbers(sheet, "metering", &self);
    desk_link(sheet, desk_text(sheet, TEXT_DESK_C_QUOTAS), "desk/do/quotas", NULL, SPAN(""));
}

bool desk_rules_show(web_visit_t *visit)
{
    static const text_id_t heads[] = {TEXT_DESK_PROCESS, TEXT_DESK_WHAT, TEXT_DESK_BEFORE,
                                      TEXT_DESK_SINCE, TEXT_DESK_BY};
    if (visit->round == 0) {
        if (desk_needs_operator(visit))
            return true;
        for (size_t i = 0; i < DESK_PROCESSES; i++)
            visit_ask(visit, desk_processes[i].door, REQUEST_policies, VISIT_LEDGER_MS);
        visit_ask(visit, WEB_DOOR_METERING, REQUEST_quotas, VISIT_LEDGER_MS);
        ask_tariffs(visit, desk_query_number(visit, "before"), PRICES_SHOWN);
        return false;
    }
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_RULES);
    desk_sheet_frame(sheet)->on_rules = true;
    add_prices(sheet, visit_answer(visit, DESK_PROCESSES + 1), visit->now);
    desk_part(sheet, TEXT_DESK_POLICIES);
    desk_second(sheet, desk_text(sheet, TEXT_DESK_RULES_NOTE));
    desk_table(sheet, heads, 5, 1 << 2);
    for (size_t i = 0; i < DESK_PROCESSES; i++)
        add_policies(sheet, &desk_processes[i], visit_answer(visit, i));
    add_quotas(sheet, visit_answer(visit, DESK_PROCESSES));
    return desk_sheet_show(&sheet, 200);
}
