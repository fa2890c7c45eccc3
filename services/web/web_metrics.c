#include "services/web/web_metrics.h"
#include "proto/codes.h"
#include "proto/counter.h"
#include "proto/posting.h"
#include "proto/service.h"
#include "proto/status_read.h"
#include <stdio.h>

// --- what an answer says beside its counters ---

static size_t count_alarms(const answer_status_t *status, uint64_t code, size_t *ret_all)
{
    status_alarms_t list;
    status_alarm_t alarm;
    size_t count = 0;
    *ret_all = 0;
    status_alarms_begin(status, &list);
    while (status_next_alarm(&list, &alarm)) {
        ++*ret_all;
        count += alarm.code == code;
    }
    *ret_all += list.left > 0; // what cannot be read is no green light
    return count;
}

static void put_alarms(const answer_status_t *status, writer_t *out)
{
    const codes_info_t *info = codes_info(CODES_alarm);
    size_t all = 0, known = 0;
    for (size_t i = 0; i < info->count; i++) {
        size_t count = count_alarms(status, info->codes[i].number, &all);
        counter_put_of(out, COUNTER_alarm, info->codes[i].number, (int64_t)count);
        known += count;
    }
    counter_put(out, COUNTER_alarms_unknown, (int64_t)(all - known));
    counter_put(out, COUNTER_green, all == 0 && status->ready);
}

static bool is_known(text_t name, text_t value)
{
    uint64_t number;
    int64_t read;
    for (counter_t counter = 0; counter < COUNTERS; counter++)
        if (counter_is(counter, name, &number))
            return counter_read(value, &read);
    return false;
}

static int64_t count_unknown(text_t counters)
{
    text_t name, value;
    int64_t count = 0;
    while (status_next_counter(&counters, &name, &value))
        count += !is_known(name, value);
    return count;
}

void web_metrics_light(const answer_status_t *status, writer_t *out)
{
    counter_put(out, COUNTER_up, status != NULL);
    if (!status) {
        counter_put(out, COUNTER_green, 0);
        return;
    }
    put_alarms(status, out);
    counter_put(out, COUNTER_counters_unknown, count_unknown(status->counters));
    counter_put(out, COUNTER_ready, status->ready);
    counter_put(out, COUNTER_current, status->current);
    counter_put(out, COUNTER_full, status->full);
    counter_put(out, COUNTER_driven, status->driven);
    counter_put(out, COUNTER_head_sequence, (int64_t)status->last);
    counter_put(out, COUNTER_head_epoch, (int64_t)status->epoch);
    counter_put(out, COUNTER_head_term, (int64_t)status->term);
    counter_put(out, COUNTER_head_time, status->now);
}

// --- samples ---

typedef struct {
    counter_t counter;
    bool open_metrics, begun;
    char name[COUNTER_METRIC_MAX];
    writer_t *out;
} family_t;

static bool is_total(const family_t *self)
{
    return counter_info(self->counter)->kind == COUNTER_KIND_TOTAL;
}

// In the older text a total's family has the name of its samples.
static void put_head(const family_t *self, const char *what, const char *text)
{
    writer_string(self->out, what);
    writer_string(self->out, self->name);
    writer_string(self->out, is_total(self) && !self->open_metrics ? "_total " : " ");
    writer_string(self->out, text);
    writer_string(self->out, "\n");
}

static void begin_family(family_t *self)
{
    if (self->begun)
        return;
    self->begun = true;
    const char *unit = counter_base_unit(self->counter);
    put_head(self, "# HELP ", counter_info(self->counter)->meaning);
    put_head(self, "# TYPE ", is_total(self) ? "counter" : "gauge");
    if (*unit && self->open_metrics)
        put_head(self, "# UNIT ", unit);
}

static void put_label(writer_t *out, const char *label, const char *name, uint64_t number)
{
    char text[64];
    if (name)
        snprintf(text, sizeof text, ",%s=\"%s\"", label, name);
    else
        snprintf(text, sizeof text, ",%s=\"%llu\"", label, (unsigned long long)number);
    writer_string(out, text);
}

static void put_labels(const family_t *self, const char *process, uint64_t number)
{
    writer_string(self->out, "{process=\"");
    writer_string(self->out, process);
    writer_string(self->out, "\"");
    switch (counter_info(self->counter)->label) {
    case COUNTER_LABEL_STREAM:
        put_label(self->out, "stream", service_stream_name(number), number);
        break;
    case COUNTER_LABEL_ACCOUNT:
        put_label(self->out, "account", codes_name(CODES_system_account, number), number);
        break;
    case COUNTER_LABEL_ALARM:
        put_label(self->out, "alarm", codes_name(CODES_alarm, number), number);
        break;
    case COUNTER_LABEL_CODE:
        put_label(self->out, "code", NULL, number);
        break;
    case COUNTER_LABEL_NONE:
        break;
    }
    writer_string(self->out, "} ");
}

static void put_sample(family_t *self, const char *process, uint64_t number, int64_t value)
{
    begin_family(self);
    writer_string(self->out, self->name);
    writer_string(self->out, is_total(self) ? "_total" : "");
    put_labels(self, process, number);
    counter_put_value(self->out, self->counter, value);
    writer_string(self->out, "\n");
}

// A line without a label counts once; a second one would make all of it unreadable.
static bool put_lines(family_t *self, const char *process, text_t lines)
{
    text_t name, text;
    uint64_t number;
    int64_t value;
    bool labelled = counter_info(self->counter)->label != COUNTER_LABEL_NONE, found = false;
    while ((labelled || !found) && status_next_counter(&lines, &name, &text)) {
        if (!counter_is(self->counter, name, &number) || !counter_read(text, &value))
            continue;
        put_sample(self, process, number, value);
        found = true;
    }
    return found;
}

void web_metrics_print(const web_metrics_source_t *sources, size_t count, bool open_metrics,
                       writer_t *out)
{
    for (counter_t counter = 0; counter < COUNTERS; counter++) {
        family_t family = {.counter = counter, .open_metrics = open_metrics, .out = out};
        counter_metric(counter, family.name);
        for (size_t i = 0; i < count; i++)
            if (!put_lines(&family, sources[i].process, sources[i].made))
                (void)put_lines(&family, sources[i].process, sources[i].told);
    }
    if (open_metrics)
        writer_string(out, "# EOF\n");
}

// --- the page ---

static const struct {
    stream_t stream;
    web_door_id_t door;
} asked[] = {{STREAM_METERING, WEB_DOOR_METERING},   {STREAM_LEDGER, WEB_DOOR_LEDGER},
             {STREAM_PAYMENT, WEB_DOOR_PAYMENT},     {STREAM_AUTOPAY, WEB_DOOR_AUTOPAY},
             {STREAM_DOCUMENTS, WEB_DOOR_DOCUMENTS}, {STREAM_NOTIFY, WEB_DOOR_NOTIFY}};

enum { ASKED = sizeof asked / sizeof asked[0] };

typedef struct {
    web_metrics_source_t sources[ASKED + 1];
    char made[ASKED + 1][METRICS_LINES_MAX];
} metrics_t;

static void ask_all(web_visit_t *visit)
{
    for (size_t i = 0; i < ASKED; i++) {
        (void)visit_ask(visit, asked[i].door, REQUEST_status, METRICS_ASK_MS);
        visit->asks[i].lane = WEB_LANE_METRICS;
    }
}

static void take_answer(metrics_t *self, size_t index, const answer_t *answer)
{
    writer_t made = writer_on(self->made[index], METRICS_LINES_MAX);
    web_metrics_light(answer ? &answer->status : NULL, &made);
    self->sources[index] =
        (web_metrics_source_t){.process = service_stream_name(asked[index].stream),
                               .made = {made.bytes, (uint32_t)made.size},
                               .told = answer ? answer->status.counters : (text_t){0}};
}

// Web itself has no status: that it answers is all of its light.
static void take_own(metrics_t *self, const char *counters)
{
    writer_t made = writer_on(self->made[ASKED], METRICS_LINES_MAX);
    counter_put(&made, COUNTER_up, 1);
    self->sources[ASKED] = (web_metrics_source_t){
        .process = "web", .made = {made.bytes, (uint32_t)made.size}, .told = text_of(counters)};
}

bool web_metrics_show(web_visit_t *visit)
{
    if (visit->round == 0) {
        ask_all(visit);
        return false;
    }
    metrics_t *self = visit_own(visit, sizeof *self);
    for (size_t i = 0; i < ASKED; i++)
        take_answer(self, i, visit_answer(visit, i));
    take_own(self, visit->counters ? visit->counters : "");
    const char *accept = visit->head.accept ? visit->head.accept : "";
    bool open_metrics = strstr(accept, "application/openmetrics-text");
    writer_t writer = visit_writer(visit);
    web_metrics_print(self->sources, ASKED + 1, open_metrics, &writer);
    (void)visit_show(visit, 200, &writer);
    visit->content_type = open_metrics
                              ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                              : "text/plain; version=0.0.4; charset=utf-8";
    return true;
}
