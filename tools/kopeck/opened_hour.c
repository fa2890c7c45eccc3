#include "tools/kopeck/opened_hour.h"
#include "proto/wire.h"
#include "services/metering/metering_carry.h"
#include "services/metering/metering_core.h"
#include "services/metering/metering_minutes.h"
#include "services/metering/metering_rows.h"
#include "tools/kopeck/verify_metering.h"
#include "tools/kopeck/verify_source.h"
#include "tools/kopeck/verify_stream.h"
#include <assert.h>
#include <stdlib.h>

enum { SCRATCH_BYTES = 64 * 1024, FIRST_CAP = 16 };

void opened_hour_release(opened_hour_t *self)
{
    free(self->rows);
    free(self->lines);
}

int64_t opened_hour_cost(const event_usage_charged_t *line)
{
    return (int64_t)((uint64_t)line->price * line->minutes * (uint64_t)carry_unit(line->kind));
}

// carry before + cost = amount x D + carry after
int64_t opened_hour_carry_before(const event_usage_charged_t *line)
{
    return (int64_t)((uint64_t)line->amount * CARRY_DENOMINATOR + (uint64_t)line->remainder -
                     (uint64_t)opened_hour_cost(line));
}

static void keep_text(char out[TARIFF_CODE_MAX + 1], text_t text)
{
    size_t size = text.size < TARIFF_CODE_MAX ? text.size : TARIFF_CODE_MAX;
    memcpy(out, text.data, size);
    out[size] = '\0';
}

static void *one_more(void *rows, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return rows;
    *cap = *cap ? 2 * *cap : FIRST_CAP;
    rows = realloc(rows, *cap * size);
    assert(rows);
    return rows;
}

// --- answers ---

static bool take_row(opened_hour_t *self, wire_t *wire)
{
    opened_row_t row;
    text_t tariff;
    if (wire_array(wire, 64) < 7)
        return false;
    wire_u64(wire, &row.kind);
    wire_u64(wire, &row.version);
    wire_text(wire, &tariff);
    wire_i64(wire, &row.price);
    wire_uid(wire, &row.replica);
    wire_u64(wire, &row.billed);
    wire_u64(wire, &row.waiting);
    if (wire->fail)
        return false;
    keep_text(row.tariff, tariff);
    self->rows = one_more(self->rows, self->rows_count, &self->rows_cap, sizeof *self->rows);
    self->rows[self->rows_count++] = row;
    return true;
}

static opened_line_t *find_line(const opened_hour_t *self, uint64_t sequence)
{
    for (size_t i = 0; i < self->lines_count; i++)
        if (self->lines[i].sequence == sequence)
            return &self->lines[i];
    return NULL;
}

static opened_line_t *add_line(opened_hour_t *self, uint64_t sequence)
{
    self->lines = one_more(self->lines, self->lines_count, &self->lines_cap, sizeof *self->lines);
    opened_line_t *line = &self->lines[self->lines_count++];
    *line = (opened_line_t){.sequence = sequence};
    return line;
}

static bool take_line(opened_hour_t *self, wire_t *wire)
{
    uint64_t sequence, kind, version, left;
    kopecks_t given;
    if (wire_array(wire, 64) < 5)
        return false;
    wire_u64(wire, &sequence);
    wire_u64(wire, &kind);
    wire_u64(wire, &version);
    wire_u64(wire, &left);
    wire_i64(wire, &given);
    if (wire->fail)
        return false;
    opened_line_t *line = find_line(self, sequence);
    if (!line)
        line = add_line(self, sequence);
    line->left = left;
    line->given = given;
    return true;
}

// `rows`: those of an answer that is about one version alone are known already.
static bool take_answer(opened_hour_t *self, const answer_minutes_t *answer, bool rows)
{
    wire_t wire;
    self->closed = answer->closed;
    self->vouched = answer->vouched;
    self->producer = answer->producer;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; rows && i < answer->count; i++)
        if (!take_row(self, &wire))
            return false;
    wire_start(&wire, answer->lines.data, answer->lines.size);
    for (uint64_t i = 0; i < answer->lines_count; i++)
        if (!take_line(self, &wire))
            return false;
    return true;
}

static int by_sequence(const void *a, const void *b)
{
    const opened_line_t *x = a, *y = b;
    return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

// --- live ---

static int ask(session_t *session, request_t *request, answer_t *ret_answer)
{
    int status = session_try(session, STREAM_METERING, CLIENT_COMMAND, request, ret_answer);
    if (status != EX_OK || !ret_answer->fail)
        return status;
    if (ret_answer->fail == FAIL_EXPIRED)
        fprintf(stderr,
                "kopeck: metering remembers %d closed hours; --offline, or --metering DIR, reads "
                "older ones from its journal\n",
                WINDOW_HOURS);
    if (ret_answer->fail == FAIL_MISSING)
        fputs("kopeck: metering knows no such resource of that account; what was deleted long ago "
              "is in its journal: --offline, or --metering DIR\n",
              stderr);
    return session_refused(STREAM_METERING, ret_answer->fail, ret_answer->detail);
}

static int not_understood(void)
{
    fputs("kopeck: metering sent what is no hour of minutes\n", stderr);
    return EX_DATAERR;
}

static int ask_rows(opened_hour_t *self, session_t *session)
{
    request_t request = {.type = REQUEST_minutes, .minutes = self->asked};
    answer_t answer;
    do {
        int status = ask(session, &request, &answer);
        if (status != EX_OK)
            return status;
        bool onwards = !answer.minutes.next || answer.minutes.next > request.minutes.skip;
        request.minutes.skip = answer.minutes.next;
        if (!onwards || !take_answer(self, &answer.minutes, true))
            return not_understood();
    } while (request.minutes.skip);
    return EX_OK;
}

static bool is_first_of_version(const opened_hour_t *self, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (self->rows[i].kind == self->rows[row].kind &&
            self->rows[i].version == self->rows[row].version)
            return false;
    return true;
}

// The line of the closing of each kind and version that has billed minutes.
static int ask_closings(opened_hour_t *self, session_t *session)
{
    for (size_t i = 0; i < self->rows_count; i++) {
        if (!is_first_of_version(self, i))
            continue;
        request_t request = {.type = REQUEST_minutes, .minutes = self->asked};
        answer_t answer;
        request.minutes.kind = self->rows[i].kind;
        request.minutes.version = self->rows[i].version;
        int status = ask(session, &request, &answer);
        if (status != EX_OK)
            return status;
        if (!take_answer(self, &answer.minutes, false))
            return not_understood();
    }
    return EX_OK;
}

static int ask_line(opened_line_t *line, session_t *session)
{
    request_t request = {.type = REQUEST_event, .event.sequence = line->sequence};
    answer_t answer;
    event_t event;
    int status = session_ask(session, STREAM_METERING, CLIENT_REPLAY, &request, &answer);
    if (status != EX_OK)
        return status;
    if (event_decode(answer.event.event.data, answer.event.event.size, &event) ||
        event.type != EVENT_usage_charged)
        return not_understood();
    line->at = event.at;
    line->charged = event.usage_charged;
    keep_text(line->tariff, event.usage_charged.tariff);
    return EX_OK;
}

int opened_hour_live(opened_hour_t *self, session_t *session)
{
    int status = ask_rows(self, session);
    if (status == EX_OK)
        status = ask_closings(self, session);
    for (size_t i = 0; status == EX_OK && i < self->lines_count; i++)
        status = ask_line(&self->lines[i], session);
    if (self->lines_count)
        qsort(self->lines, self->lines_count, sizeof *self->lines, by_sequence);
    return status;
}

// --- from the journal ---

typedef struct {
    opened_hour_t *hour;
    void *state; // metering's, up to the last moment at which it remembers the hour
    bool past;
    instant_t at; // of the last event that it was given
    verify_report_t report;
    verify_stream_t stream;
    verify_metering_t metering;
} reading_t;

static void say_violation(void *arg, const violation_t *v)
{
    (void)arg;
    fprintf(stderr, "kopeck: metering %llu: %s: expected %s, found %s\n",
            (unsigned long long)v->sequence, v->rule, v->expected, v->found);
}

static bool is_of_hour(const request_minutes_t *asked, const uid_t16 *resource, instant_t hour)
{
    return uid_equal(&asked->resource, resource) && asked->hour == hour;
}

static void note_line(opened_hour_t *self, uint64_t sequence, const event_t *event)
{
    const event_usage_charged_t *charged = &event->usage_charged;
    const event_usage_credited_t *credited = &event->usage_credited;
    if (event->type == EVENT_usage_charged &&
        is_of_hour(&self->asked, &charged->resource, charged->hour)) {
        opened_line_t *line = add_line(self, sequence);
        line->at = event->at;
        line->charged = *charged;
        line->left = charged->minutes;
        keep_text(line->tariff, charged->tariff);
    } else if (event->type == EVENT_usage_credited &&
               is_of_hour(&self->asked, &credited->resource, credited->hour)) {
        opened_line_t *line = find_line(self, credited->original);
        if (!line)
            return; // what does not fit its line is no line's
        line->left -= credited->minutes < line->left ? credited->minutes : line->left;
        line->given += credited->amount;
    }
}

// Events that do not hold are not given to metering, which trusts its journal.
static void take_event(reading_t *self, uint64_t sequence, const event_t *event)
{
    verify_metering_feed(&self->metering, sequence, event);
    if (self->report.violated)
        return;
    note_line(self->hour, sequence, event);
    self->past =
        self->past || (event->type == EVENT_hour_closed &&
                       event->hour_closed.hour >= self->hour->asked.hour + WINDOW_HOURS * HOUR_US);
    if (self->past)
        return;
    metering_core.apply(self->state, event, sequence);
    self->at = event->at;
}

static int read_journal(reading_t *self, verify_source_t *source)
{
    uint64_t sequence;
    bytes_t bytes;
    while (!self->report.violated && verify_source_next(source, &sequence, &bytes)) {
        event_t event;
        if (verify_stream_feed(&self->stream, sequence, bytes, &event))
            take_event(self, sequence, &event);
    }
    int status = verify_source_status(source);
    if (status == EX_OK && !self->report.violated)
        verify_stream_finish(&self->stream, verify_source_last(source), verify_source_root(source));
    return status == EX_OK && self->report.violated ? EX_DATAERR : status;
}

static int ask_state(reading_t *self)
{
    static uint8_t scratch[SCRATCH_BYTES];
    answer_t answer;
    request_t request = {.type = REQUEST_minutes, .minutes = self->hour->asked};
    do {
        query_t query = {
            .answer = &answer, .scratch = scratch, .scratch_size = sizeof scratch, .now = self->at};
        answer = (answer_t){.type = REQUEST_minutes};
        fail_t fail = metering_core.query(self->state, &request, NULL, 0, &query);
        if (fail)
            return session_refused(STREAM_METERING, fail, text_of(""));
        // Its lines are known from the journal.
        answer.minutes.lines_count = 0;
        if (!take_answer(self->hour, &answer.minutes, true))
            return not_understood();
        request.minutes.skip = answer.minutes.next;
    } while (request.minutes.skip);
    return EX_OK;
}

int opened_hour_offline(opened_hour_t *self, const char *directory)
{
    static reading_t reading;
    int status = EX_OK;
    verify_source_t *source = verify_source_offline(STREAM_METERING, directory, 1, &status);
    if (!source)
        return status;
    reading = (reading_t){.hour = self, .state = metering_core.create(NULL)};
    reading.report.say = say_violation;
    verify_stream_init(&reading.stream, &reading.report, STREAM_METERING);
    verify_metering_init(&reading.metering, &reading.report);
    status = read_journal(&reading, source);
    if (status == EX_OK)
        status = ask_state(&reading);
    verify_metering_release(&reading.metering);
    metering_core.destroy(reading.state);
    verify_source_destroy(&source);
    return status;
}
