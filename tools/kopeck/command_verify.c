// verify: everything recomputed from the journals.
//
// The streams are read once, side by side: whoever names a cause or a sequence of another stream
// has that one read up to it first. Causes lie in the past, so this ends; a journal that claims
// otherwise finds the stream in use and the cause missing.
#include "services/common/settings.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/verify_autopay.h"
#include "tools/kopeck/verify_cause.h"
#include "tools/kopeck/verify_metering.h"
#include "tools/kopeck/verify_payment.h"
#include "tools/kopeck/verify_source.h"
#include "tools/kopeck/verify_stream.h"
#include <unistd.h>

enum { SAID_MAX = 10000, PROGRESS_MS = 100, PROGRESS_EVENTS = 4096, PROGRESS_WIDTH = 40 };

typedef struct {
    verify_report_t report;
    verify_source_t *sources[OPTIONS_STREAMS];
    verify_stream_t streams[OPTIONS_STREAMS];
    bool busy[OPTIONS_STREAMS]; // its next event is being checked
    bool ended[OPTIONS_STREAMS];
    verify_metering_t metering;
    verify_ledger_t ledger;
    verify_cause_t cause;
    verify_payment_t payment;
    verify_autopay_t autopay;
    bool json, shows_progress;
    uint64_t events, events_all, said;
    int64_t progress_at;
    int status;
} verify_t;

// --- what is said on the way ---

static void show_progress(verify_t *self, bool end)
{
    if (!self->shows_progress || (!end && self->events % PROGRESS_EVENTS))
        return;
    int64_t now = zclock_mono();
    if (!end && now < self->progress_at)
        return;
    self->progress_at = now + PROGRESS_MS;
    uint64_t done = self->events_all ? self->events * PROGRESS_WIDTH / self->events_all : 0;
    fprintf(stderr, "\r[%.*s%*s] %llu of %llu events%s", (int)done,
            "########################################", (int)(PROGRESS_WIDTH - done), "",
            (unsigned long long)self->events, (unsigned long long)self->events_all,
            end ? "\n" : "");
}

static void say_violation(void *arg, const violation_t *v)
{
    verify_t *self = arg;
    if (self->said++ >= SAID_MAX)
        return;
    if (self->json)
        printf("%s\n{\"rule\":\"%s\",\"stream\":\"%s\",\"sequence\":%llu,\"expected\":\"%s\","
               "\"found\":\"%s\"}",
               self->said > 1 ? "," : "", v->rule, settings_stream_name(v->stream),
               (unsigned long long)v->sequence, v->expected, v->found);
    else
        printf("%s %llu: %s: expected %s, found %s\n", settings_stream_name(v->stream),
               (unsigned long long)v->sequence, v->rule, v->expected, v->found);
}

// --- the streams, side by side ---

static void pump(verify_t *self, stream_t stream, uint64_t to);

static void check_metering(verify_t *self, uint64_t sequence, const event_t *event)
{
    verify_metering_feed(&self->metering, sequence, event);
    verify_cause_origin(&self->cause, STREAM_METERING, sequence, event, self->ended[STREAM_LEDGER]);
}

static void check_ledger(verify_t *self, uint64_t sequence, const event_t *event)
{
    stream_t of = event->cause.stream;
    if (of == STREAM_METERING || of == STREAM_PAYMENT)
        pump(self, of, event->cause.sequence);
    verify_ledger_feed(&self->ledger, sequence, event);
    verify_cause_feed(&self->cause, sequence, event);
}

static void check_payment(verify_t *self, uint64_t sequence, const event_t *event)
{
    if (event->cause.stream == STREAM_AUTOPAY)
        pump(self, STREAM_AUTOPAY, event->cause.sequence);
    verify_payment_feed(&self->payment, sequence, event);
    verify_cause_origin(&self->cause, STREAM_PAYMENT, sequence, event, self->ended[STREAM_LEDGER]);
}

static void check_autopay(verify_t *self, uint64_t sequence, const event_t *event)
{
    pump(self, STREAM_LEDGER, verify_autopay_needs(event));
    verify_autopay_feed(&self->autopay, sequence, event,
                        self->sources[STREAM_LEDGER] ? &self->ledger : NULL);
    verify_payment_request(&self->payment, sequence, event);
}

static void (*const checks[OPTIONS_STREAMS])(verify_t *, uint64_t,
                                             const event_t *) = {[STREAM_METERING] = check_metering,
                                                                 [STREAM_LEDGER] = check_ledger,
                                                                 [STREAM_PAYMENT] = check_payment,
                                                                 [STREAM_AUTOPAY] = check_autopay};

// Feeds a stream up to and including `to`.
static void pump(verify_t *self, stream_t stream, uint64_t to)
{
    verify_source_t *source = self->sources[stream];
    verify_stream_t *stream_check = &self->streams[stream];
    if (!source || self->busy[stream])
        return;
    self->busy[stream] = true;
    uint64_t sequence;
    bytes_t bytes;
    while (stream_check->last < to && verify_source_next(source, &sequence, &bytes)) {
        event_t event;
        self->events++;
        show_progress(self, false);
        if (verify_stream_feed(stream_check, sequence, bytes, &event))
            checks[stream](self, sequence, &event);
    }
    self->busy[stream] = false;
    if (verify_source_status(source) != EX_OK && self->status == EX_OK)
        self->status = verify_source_status(source);
}

// The ledger ends before the streams of its causes, so that what lies behind its last cause is
// known to be under way.
static void run(verify_t *self)
{
    static const stream_t order[] = {STREAM_AUTOPAY, STREAM_LEDGER, STREAM_PAYMENT,
                                     STREAM_METERING};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        stream_t stream = order[i];
        pump(self, stream, UINT64_MAX);
        self->ended[stream] = true;
        if (self->sources[stream] && verify_source_status(self->sources[stream]) == EX_OK)
            verify_stream_finish(&self->streams[stream], verify_source_last(self->sources[stream]),
                                 verify_source_root(self->sources[stream]));
    }
    verify_ledger_finish(&self->ledger, self->streams[STREAM_LEDGER].last);
    show_progress(self, true);
}

// --- the summary ---

static void print_rules(const verify_t *self)
{
    static const column_t columns[] = {
        {"rule", "rule", false}, {"checked", "checked", true}, {"violated", "violated", true}};
    table_print_t *table = table_print_new(columns, 3, TABLE_ROWS, self->json, stdout);
    for (size_t i = 0; i < self->report.rules_count; i++) {
        table_print_text(table, self->report.rules[i].rule);
        table_print_number(table, self->report.rules[i].checked);
        table_print_number(table, self->report.rules[i].violated);
    }
    table_print_destroy(&table);
}

static void print_summary(const verify_t *self, uint64_t waiting, uint64_t open)
{
    bool holds = self->status == EX_OK && !self->report.violated;
    if (self->json) {
        fputs("\n],\"rules\":", stdout);
        print_rules(self);
        printf(",\"events\":%llu,\"checks\":%llu,\"violations_count\":%llu,\"unposted\":%llu,"
               "\"open_requests\":%llu,\"complete\":%s,\"holds\":%s}\n",
               (unsigned long long)self->events, (unsigned long long)self->report.checked,
               (unsigned long long)self->report.violated, (unsigned long long)waiting,
               (unsigned long long)open, self->status == EX_OK ? "true" : "false",
               holds ? "true" : "false");
        return;
    }
    print_rules(self);
    printf("\n%llu events, %llu checks, %llu violations", (unsigned long long)self->events,
           (unsigned long long)self->report.checked, (unsigned long long)self->report.violated);
    if (self->said > SAID_MAX)
        printf(" (the first %d are listed)", SAID_MAX);
    printf("; under way: %llu unposted, %llu open requests\n%s\n", (unsigned long long)waiting,
           (unsigned long long)open,
           holds                   ? "everything holds"
           : self->status == EX_OK ? "NOT everything holds"
                                   : "NOT everything could be read");
}

// --- the command ---

static bool open_sources(verify_t *self, session_t *session, bool offline,
                         const char *const directories[OPTIONS_STREAMS])
{
    // Who names a sequence of another is asked for its head first: that sequence is then there. Two
    // name each other, so payment may know requests that lie behind autopay's head.
    static const stream_t order[] = {STREAM_AUTOPAY, STREAM_LEDGER, STREAM_PAYMENT,
                                     STREAM_METERING};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        stream_t stream = order[i];
        const char *directory = directories[stream];
        if (offline && *directory)
            self->sources[stream] = verify_source_offline(stream, directory, &self->status);
        else if (!offline && *session->options->processes[stream].replay)
            self->sources[stream] = verify_source_live(session, stream, &self->status);
        if (self->status != EX_OK)
            return false;
        if (self->sources[stream])
            self->events_all += verify_source_last(self->sources[stream]);
    }
    if (self->events_all)
        return true;
    fputs("kopeck: nothing to verify: no replay door or journal is configured, or all are empty\n",
          stderr);
    self->status = EX_CONFIG;
    return false;
}

static void begin(verify_t *self)
{
    for (stream_t stream = STREAM_METERING; stream < OPTIONS_STREAMS; stream++)
        verify_stream_init(&self->streams[stream], &self->report, stream);
    verify_metering_init(&self->metering, &self->report);
    verify_ledger_init(&self->ledger, &self->report);
    verify_cause_init(&self->cause, &self->report, self->sources[STREAM_METERING] != NULL,
                      self->sources[STREAM_PAYMENT] != NULL);
    verify_source_t *autopay = self->sources[STREAM_AUTOPAY];
    verify_payment_init(&self->payment, &self->report, autopay ? verify_source_last(autopay) : 0);
    verify_autopay_init(&self->autopay, &self->report);
}

static void end(verify_t *self)
{
    verify_metering_release(&self->metering);
    verify_ledger_release(&self->ledger);
    verify_payment_release(&self->payment);
    verify_autopay_release(&self->autopay);
}

static void verify(verify_t *self, bool settled)
{
    begin(self);
    if (self->json)
        fputs("{\"violations\":[", stdout);
    run(self);
    bool ledger = self->sources[STREAM_LEDGER] != NULL;
    uint64_t waiting = ledger ? verify_cause_finish(&self->cause, settled) : 0;
    uint64_t open =
        self->sources[STREAM_PAYMENT] ? verify_payment_finish(&self->payment, settled) : 0;
    print_summary(self, waiting, open);
    end(self);
}

int command_verify(session_t *session, args_t *args)
{
    static verify_t self;
    self = (verify_t){.json = session->json, .shows_progress = isatty(STDERR_FILENO)};
    self.report.say = say_violation;
    self.report.arg = &self;
    bool offline = args_flag(args, "offline"), settled = args_flag(args, "settled");
    const char *directories[OPTIONS_STREAMS] = {NULL};
    bool named = false;
    for (stream_t stream = STREAM_METERING; stream < OPTIONS_STREAMS; stream++) {
        directories[stream] = args_option(args, settings_stream_name(stream));
        named |= directories[stream] != NULL;
    }
    if (!command_ready(args))
        return EX_USAGE;
    // Directories given on the command line need no config.
    if (!named && !session_options(session, &self.status))
        return self.status;
    for (stream_t stream = STREAM_METERING; stream < OPTIONS_STREAMS; stream++)
        if (!directories[stream])
            directories[stream] = named ? "" : session->options->processes[stream].journal;
    if (open_sources(&self, session, offline || named, directories))
        verify(&self, settled);
    for (stream_t stream = STREAM_METERING; stream < OPTIONS_STREAMS; stream++)
        verify_source_destroy(&self.sources[stream]);
    return self.status != EX_OK ? self.status : self.report.violated ? EX_VIOLATED : EX_OK;
}
