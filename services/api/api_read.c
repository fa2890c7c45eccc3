// The questions: what one process says of an account, as JSON.
#include "services/api/api_call.h"
#include "proto/event.h"
#include "services/forecast/forecast.h"
#include "services/web/page_rows.h"
#include "services/web/page_usage.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

static const answer_t *answer_at(const api_call_t *self, size_t index)
{
    return visit_answer(self->visit, index);
}

static const void *body_of(const answer_t *answer)
{
    return &answer->status; // all bodies begin there
}

static const field_t *answer_field(const request_info_t *info, const char *name)
{
    for (size_t i = 0; i < info->answer_count; i++)
        if (strcmp(info->answer_fields()[i].name, name) == 0)
            return &info->answer_fields()[i];
    return NULL;
}

static uint64_t number_of(const request_info_t *info, const char *name, const answer_t *answer)
{
    uint64_t number = 0;
    const field_t *field = answer_field(info, name);
    if (field)
        memcpy(&number, (const char *)body_of(answer) + field->offset, sizeof number);
    return number;
}

static json_t *answer_json(api_call_t *self, const answer_t *answer)
{
    const api_operation_t *row = self->operation;
    const request_info_t *info = request_info(row->request);
    json_t *object =
        api_json_object(info->answer_fields(), info->answer_count, body_of(answer), row->left_out);
    if (row->rows_field) {
        const field_t *field = answer_field(info, row->rows_field);
        bytes_t bytes;
        memcpy(&bytes, (const char *)body_of(answer) + field->offset, sizeof bytes);
        json_object_set_new(object, row->rows_name, api_rows(bytes, &row->rows));
    }
    if (row->cursor)
        api_next_page(self, object, number_of(info, "next", answer));
    return object;
}

bool api_step_read(api_call_t *self)
{
    if (self->visit->round == 0) {
        (void)api_ask(self, self->operation->door, self->operation->request, API_ASK_MS);
        return false;
    }
    const answer_t *answer = answer_at(self, 0);
    return answer ? api_show(self, 200, answer_json(self, answer)) : api_problem_asked(self, 0);
}

// --- balance ---

// A weak tag: the last posting, and what was said of the balance.
static bool is_known(api_call_t *self, const answer_balance_t *balance, uint64_t epoch)
{
    char tag[80];
    snprintf(tag, sizeof tag, "W/\"%" PRIu64 ".%" PRIu64 ".%d\"", epoch, balance->head,
             balance->low | balance->exhausted << 1);
    return api_is_known(self, tag);
}

// Endings are an array in an array, and their count is in it.
static json_t *endings_json(const api_call_t *self, bytes_t endings)
{
    wire_t wire;
    if (!endings.size)
        return json_array();
    wire_start(&wire, endings.data, endings.size);
    (void)wire_array(&wire, UINT16_MAX);
    bytes_t rows = {wire.next, (uint32_t)(wire.end - wire.next)};
    return api_rows(rows, &self->operation->rows);
}

bool api_step_balance(api_call_t *self)
{
    if (self->visit->round == 0) {
        (void)api_ask(self, WEB_DOOR_LEDGER, REQUEST_balance, API_ASK_MS);
        (void)api_ask(self, WEB_DOOR_LEDGER, REQUEST_status, API_ASK_MS);
        return false;
    }
    char sequence[24];
    const answer_t *answer = answer_at(self, 0), *status = answer_at(self, 1);
    if (!answer || !status)
        return api_problem_asked(self, answer ? 1 : 0);
    snprintf(sequence, sizeof sequence, "%" PRIu64, answer->balance.sequence);
    api_header(self, "Kopeck-Sequence", sequence);
    if (is_known(self, &answer->balance, status->status.epoch))
        return true;
    json_t *object = answer_json(self, answer);
    json_object_set_new(object, "endings", endings_json(self, answer->balance.endings));
    json_object_set_new(object, "epoch", json_integer((json_int_t)status->status.epoch));
    return api_show(self, 200, object);
}

// --- lines ---

enum { LINES_MAX = 500, EVENTS_MAX = 100, WANTED_BYTES = 9 * EVENTS_MAX + 3 };

typedef struct {
    size_t statement;    // which question is that
    size_t usages_first; // and which are those of usage
    page_usage_t usages[LINES_MAX];
    size_t usages_count;
    uint8_t wanted[LINES_MAX / EVENTS_MAX][WANTED_BYTES];
} lines_t;

static bool ask_statement(api_call_t *self, lines_t *own, uint64_t head)
{
    own->statement = self->visit->asks_count;
    self->asked.statement.head = head;
    (void)api_ask(self, WEB_DOOR_LEDGER_REPLAY, REQUEST_statement, API_ASK_MS);
    return false;
}

static bool begin_lines(api_call_t *self, lines_t *own)
{
    if (self->asked.statement.head)
        return ask_statement(self, own, self->asked.statement.head);
    api_ask(self, WEB_DOOR_LEDGER, REQUEST_balance, API_ASK_MS)->balance.account =
        self->asked.statement.account;
    return false;
}

static bool show_lines(api_call_t *self, json_t *lines, uint64_t next)
{
    json_t *object =
        json_pack("{s:I, s:o}", "head", (json_int_t)self->asked.statement.head, "lines", lines);
    api_next_page(self, object, next);
    return api_show(self, 200, object);
}

// Questions for the usage among the rows; false if there is none.
static bool ask_usages(api_call_t *self, lines_t *own, const answer_statement_t *statement)
{
    page_walk_t walk;
    page_posting_t posting;
    uint64_t wanted[LINES_MAX];
    size_t count = 0;
    page_walk_start(&walk, statement);
    while (count < LINES_MAX && page_walk_next(&walk, &posting))
        if (page_posting_usage(&posting))
            wanted[count++] = page_posting_usage(&posting);
    own->usages_first = self->visit->asks_count;
    for (size_t from = 0; from < count; from += EVENTS_MAX) {
        size_t piece = count - from < EVENTS_MAX ? count - from : EVENTS_MAX;
        uint8_t *buffer = own->wanted[from / EVENTS_MAX];
        pack_t pack;
        pack_start(&pack, buffer, WANTED_BYTES);
        pack_array(&pack, piece);
        for (size_t i = 0; i < piece; i++)
            pack_u64(&pack, wanted[from + i]);
        api_ask(self, WEB_DOOR_METERING_REPLAY, REQUEST_events, API_ASK_MS)->events.sequences =
            (bytes_t){buffer, (uint32_t)pack_end(&pack)};
    }
    return count > 0;
}

static void read_usages(const api_call_t *self, lines_t *own)
{
    for (size_t i = own->usages_first; i < self->visit->asks_count; i++) {
        const answer_t *answer = answer_at(self, i);
        page_usage_walk_t walk;
        if (!answer)
            continue;
        page_usage_start(&walk, &answer->events);
        while (own->usages_count < LINES_MAX &&
               page_usage_next(&walk, &own->usages[own->usages_count]))
            own->usages_count++;
    }
}

static const page_usage_t *find_usage(const lines_t *own, uint64_t sequence)
{
    for (size_t i = 0; sequence && i < own->usages_count; i++)
        if (own->usages[i].sequence == sequence)
            return &own->usages[i];
    return NULL;
}

// The row of the table `lines` in api_table.c.
typedef struct {
    uint64_t sequence;
    instant_t time;
    uint64_t kind;
    kopecks_t amount, cash, bonus;
    uid_t16 reference;
    uint64_t usage;
    uid_t16 resource;
    uint64_t resource_kind;
    text_t tariff;
    uint64_t minutes;
    instant_t hour;
} line_t;

static json_t *line_json(const api_columns_t *columns, const line_t *line)
{
    static const size_t offsets[] = {
        offsetof(line_t, sequence),      offsetof(line_t, time),   offsetof(line_t, kind),
        offsetof(line_t, amount),        offsetof(line_t, cash),   offsetof(line_t, bonus),
        offsetof(line_t, reference),     offsetof(line_t, usage),  offsetof(line_t, resource),
        offsetof(line_t, resource_kind), offsetof(line_t, tariff), offsetof(line_t, minutes),
        offsetof(line_t, hour)};
    char name[API_NAME_MAX];
    json_t *object = json_object();
    assert(columns->count == sizeof offsets / sizeof offsets[0]);
    for (size_t i = 0; i < columns->count; i++) {
        field_t field = columns->columns[i];
        field.offset = offsets[i];
        json_object_set_new(object, api_json_name(&field, name), api_json_value(&field, line));
    }
    return object;
}

static json_t *lines_json(const api_call_t *self, lines_t *own, const answer_t *answer)
{
    page_walk_t walk;
    page_posting_t posting;
    json_t *lines = json_array();
    read_usages(self, own);
    page_walk_start(&walk, &answer->statement);
    while (page_walk_next(&walk, &posting)) {
        line_t line = {.sequence = posting.sequence,
                       .time = posting.at,
                       .kind = posting.posted.kind,
                       .amount = posting.sum,
                       .cash = posting.posted.cash,
                       .bonus = posting.posted.bonus,
                       .reference = posting.posted.reference,
                       .usage = page_posting_usage(&posting)};
        const page_usage_t *usage = find_usage(own, line.usage);
        if (usage) {
            line.resource = usage->resource;
            line.resource_kind = usage->kind;
            line.tariff = text_of(usage->tariff);
            line.minutes = usage->minutes;
            line.hour = usage->hour;
        }
        json_array_append_new(lines, line_json(&self->operation->rows, &line));
    }
    return lines;
}

bool api_step_lines(api_call_t *self)
{
    if (!self->own)
        self->own = calloc(1, sizeof(lines_t));
    lines_t *own = self->own;
    assert(own);
    if (self->visit->round == 0)
        return begin_lines(self, own);
    if (!self->asked.statement.head) {
        const answer_t *balance = answer_at(self, 0);
        if (!balance)
            return api_problem_asked(self, 0);
        return balance->balance.head ? ask_statement(self, own, balance->balance.head)
                                     : show_lines(self, json_array(), 0);
    }
    const answer_t *answer = answer_at(self, own->statement);
    if (!answer)
        return api_problem_asked(self, own->statement);
    if (!own->usages_first && ask_usages(self, own, &answer->statement))
        return false;
    return show_lines(self, lines_json(self, own, answer), answer->statement.next);
}

// --- forecast ---

enum { ASK_BALANCE, ASK_AUTOPAY, ASK_METERS };

static json_t *instant_json(instant_t at)
{
    field_t field = {.type = FIELD_TYPE_time};
    return api_json_value(&field, &at);
}

static json_t *forecast_json(const answer_balance_t *balance, const forecast_t *told,
                             instant_t valid_at)
{
    field_t reason = {.type = FIELD_TYPE_code, .family = CODES_autopay_reason};
    uint64_t limit = (uint64_t)told->limit_reason;
    return json_pack("{s:I, s:I, s:I, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "balance_kop",
                     (json_int_t)(balance->cash + balance->bonus), "balance_sequence",
                     (json_int_t)balance->sequence, "burn_hour_kop", (json_int_t)told->burn_hour,
                     "lasts_until", instant_json(told->lasts), "next_autopay",
                     instant_json(told->payment), "autopays", (json_int_t)told->payments,
                     "limit_used_up", instant_json(told->limit), "limit_reason",
                     limit ? api_json_value(&reason, &limit) : json_null(), "stops",
                     instant_json(told->stops), "valid_at", instant_json(valid_at));
}

static bool is_silent(const api_call_t *self, size_t index)
{
    fail_t fail = visit_fail(self->visit, index);
    return fail && fail != FAIL_UNKNOWN_ACCOUNT;
}

bool api_step_forecast(api_call_t *self)
{
    const uid_t16 *account = &self->asked.balance.account;
    if (self->visit->round == 0) {
        (void)api_ask(self, WEB_DOOR_LEDGER, REQUEST_balance, API_ASK_MS);
        api_ask(self, WEB_DOOR_AUTOPAY, REQUEST_autopay, API_ASK_MS)->autopay.account = *account;
        api_ask(self, WEB_DOOR_METERING, REQUEST_meters, API_ASK_MS)->meters.account = *account;
        return false;
    }
    static const answer_meters_t none;
    const answer_t *balance = answer_at(self, ASK_BALANCE);
    const answer_t *autopay = answer_at(self, ASK_AUTOPAY), *meters = answer_at(self, ASK_METERS);
    if (!balance)
        return api_problem_asked(self, ASK_BALANCE);
    for (size_t i = ASK_AUTOPAY; i <= ASK_METERS; i++)
        if (is_silent(self, i))
            return api_problem_asked(self, i);
    const answer_meters_t *burn = meters ? &meters->meters : &none;
    autopay_inputs_t inputs = {0};
    forecast_t told;
    if (autopay)
        inputs = forecast_autopay(&autopay->autopay, burn->now);
    fail_t fail = forecast(balance->balance.cash + balance->balance.bonus, balance->balance.endings,
                           burn, autopay ? &inputs : NULL, &told);
    return fail ? api_problem_of(self, fail, (text_t){0})
                : api_show(self, 200, forecast_json(&balance->balance, &told, burn->now));
}

// --- the last decision ---

bool api_step_decision(api_call_t *self)
{
    const answer_t *first = self->visit->round ? answer_at(self, 0) : NULL;
    switch (self->visit->round) {
    case 0:
        (void)api_ask(self, WEB_DOOR_AUTOPAY, REQUEST_autopay, API_ASK_MS);
        return false;
    case 1:
        if (!first)
            return api_problem_asked(self, 0);
        if (!first->autopay.decision)
            return api_problem(self, 404, "missing", "autopay has not decided anything yet", NULL);
        api_ask(self, WEB_DOOR_AUTOPAY_REPLAY, REQUEST_event, API_ASK_MS)->event.sequence =
            first->autopay.decision;
        return false;
    default:
        break;
    }
    const answer_t *event = answer_at(self, 1);
    if (!event)
        return api_problem_asked(self, 1);
    json_t *object = api_event(first->autopay.decision, event->event.event, NULL);
    return object ? api_show(self, 200, object)
                  : api_problem(self, 500, "corrupt", "the event cannot be read", NULL);
}

// --- of this face itself ---

bool api_step_health(api_call_t *self)
{
    if (self->visit->round == 0) {
        (void)api_ask(self, WEB_DOOR_LEDGER, REQUEST_status, API_ASK_MS);
        return false;
    }
    const answer_t *answer = answer_at(self, 0);
    const char *said = answer ? "ok\n" : "the ledger does not answer\n";
    char *text = strdup(said);
    assert(text);
    return api_show_bytes(self, answer ? 200 : 503, "text/plain; charset=utf-8", text,
                          strlen(said));
}
