// verify: everything recomputed from the journals.
//
// The streams are read once, side by side: whoever names a cause or a sequence of another stream
// has that one read up to it first. Causes lie in the past, so this ends; a journal that claims
// otherwise finds the stream in use and the cause missing.
#include "proto/service.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/progress.h"
#include "tools/kopeck/verify_autopay.h"
#include "tools/kopeck/verify_cause.h"
#include "tools/kopeck/verify_cursors.h"
#include "tools/kopeck/verify_documents.h"
#include "tools/kopeck/verify_level.h"
#include "tools/kopeck/verify_metering.h"
#include "tools/kopeck/verify_notify.h"
#include "tools/kopeck/verify_payment.h"
#include "tools/kopeck/verify_people.h"
#include "tools/kopeck/verify_closing.h"
#include "tools/kopeck/verify_receipts.h"
#include "tools/kopeck/verify_forgotten.h"
#include "tools/kopeck/verify_refunds.h"
#include "tools/kopeck/verify_snapshots.h"
#include "tools/kopeck/verify_source.h"
#include "tools/kopeck/verify_stream.h"
#include "tools/kopeck/verify_told.h"
#include "tools/kopeck/verify_witness.h"

enum { STREAMS = STREAM_END - STREAM_FIRST };
enum { KEPT_MAX = 64 };
enum { SAID_MAX = 10000, PROGRESS_EVENTS = 4096 };

typedef struct {
    verify_report_t report;
    verify_source_t *sources[OPTIONS_STREAMS];
    verify_stream_t streams[OPTIONS_STREAMS];
    verify_people_t people[OPTIONS_STREAMS];
    bool busy[OPTIONS_STREAMS]; // its next event is being checked
    bool ended[OPTIONS_STREAMS];
    cursor_t followed[OPTIONS_STREAMS][STREAM_END]; // by follower
    verify_cursors_t cursors;
    verify_witness_t witness;
    bool others[OPTIONS_STREAMS]; // it is another process's journal
    const char *kept[KEPT_MAX];   // roots of earlier
    size_t kept_count;
    uint64_t known[OPTIONS_STREAMS]; // how far each was written before any was opened
    verify_metering_t metering;
    verify_ledger_t ledger;
    verify_cause_t cause;
    verify_payment_t payment;
    verify_refunds_t refunds;
    verify_forgotten_t forgotten;
    verify_receipts_t receipts;
    verify_closing_t closing;
    verify_level_t level;
    verify_autopay_t autopay;
    verify_documents_t documents;
    verify_notify_t notify;
    verify_told_t told;
    session_t *session;
    const char *directories[OPTIONS_STREAMS]; // offline; empty or NULL: left out
    bool json, offline;
    progress_t progress;
    uint64_t events, events_all, said;
    int status;
} verify_t;

// --- what is said on the way ---

static void say_violation(void *arg, const violation_t *v)
{
    verify_t *self = arg;
    if (self->said++ >= SAID_MAX)
        return;
    if (self->json)
        printf("%s\n{\"rule\":\"%s\",\"stream\":\"%s\",\"sequence\":%llu,\"expected\":\"%s\","
               "\"found\":\"%s\"}",
               self->said > 1 ? "," : "", v->rule, service_stream_name(v->stream),
               (unsigned long long)v->sequence, v->expected, v->found);
    else
        printf("%s %llu: %s: expected %s, found %s\n", service_stream_name(v->stream),
               (unsigned long long)v->sequence, v->rule, v->expected, v->found);
}

// --- the streams, side by side ---

static bool is_live(const verify_t *self, stream_t stream)
{
    return *self->session->options->processes[stream].replay;
}

// NULL if it is left out, and after an error.
static verify_source_t *open_source(verify_t *self, stream_t stream, uint64_t from)
{
    const char *directory = self->directories[stream];
    if (self->offline)
        return *directory ? verify_source_offline(stream, directory, from, &self->status) : NULL;
    return is_live(self, stream) ? verify_source_live(self->session, stream, from, &self->status)
                                 : NULL;
}

static void pump(verify_t *self, stream_t stream, uint64_t to);

static void check_metering(verify_t *self, uint64_t sequence, const event_t *event)
{
    verify_metering_feed(&self->metering, sequence, event);
    verify_notify_metering(&self->notify, sequence, event);
    verify_told_said(&self->told, STREAM_METERING, sequence, event);
    verify_cause_origin(&self->cause, STREAM_METERING, sequence, event, self->ended[STREAM_LEDGER]);
}

static void check_ledger(verify_t *self, uint64_t sequence, const event_t *event)
{
    stream_t of = event->cause.stream;
    if (of == STREAM_METERING || of == STREAM_PAYMENT || of == STREAM_DOCUMENTS)
        pump(self, of, event->cause.sequence);
    verify_closing_ledger(&self->closing, sequence, event, &self->ledger);
    verify_ledger_feed(&self->ledger, sequence, event);
    verify_level_feed(&self->level, sequence, event);
    verify_cause_feed(&self->cause, sequence, event);
    verify_payment_posting(&self->payment, sequence, event);
    verify_documents_posted(&self->documents, sequence, event);
    verify_refunds_ledger(&self->refunds, sequence, event);
    verify_receipts_ledger(&self->receipts, sequence, event);
    verify_notify_ledger(&self->notify, sequence, event);
    verify_told_said(&self->told, STREAM_LEDGER, sequence, event);
}

static void check_payment(verify_t *self, uint64_t sequence, const event_t *event)
{
    if (event->cause.stream == STREAM_AUTOPAY || event->cause.stream == STREAM_LEDGER)
        pump(self, event->cause.stream, event->cause.sequence);
    verify_payment_feed(&self->payment, sequence, event);
    verify_forgotten_feed(&self->forgotten, sequence, event);
    verify_told_said(&self->told, STREAM_PAYMENT, sequence, event);
    verify_refunds_payment(&self->refunds, sequence, event);
    verify_receipts_payment(&self->receipts, sequence, event);
    verify_closing_payment(&self->closing, sequence, event);
    verify_cause_origin(&self->cause, STREAM_PAYMENT, sequence, event, self->ended[STREAM_LEDGER]);
}

static void check_autopay(verify_t *self, uint64_t sequence, const event_t *event)
{
    pump(self, STREAM_LEDGER, verify_autopay_needs(event));
    verify_autopay_feed(&self->autopay, sequence, event,
                        self->sources[STREAM_LEDGER] ? &self->ledger : NULL);
    verify_payment_request(&self->payment, sequence, event);
    verify_told_said(&self->told, STREAM_AUTOPAY, sequence, event);
}

static void check_documents(verify_t *self, uint64_t sequence, const event_t *event)
{
    verify_documents_feed(&self->documents, sequence, event);
}

// It comes first: what it says of the others is held against them as they come by.
static void check_notify(verify_t *self, uint64_t sequence, const event_t *event)
{
    verify_notify_feed(&self->notify, sequence, event);
    verify_told_feed(&self->told, sequence, event);
}

// Of a stream without rules of its own here, its bytes and its tree are checked.
static void (*const checks[OPTIONS_STREAMS])(verify_t *, uint64_t, const event_t *) = {
    [STREAM_METERING] = check_metering,   [STREAM_LEDGER] = check_ledger,
    [STREAM_PAYMENT] = check_payment,     [STREAM_AUTOPAY] = check_autopay,
    [STREAM_DOCUMENTS] = check_documents, [STREAM_NOTIFY] = check_notify};

// A copy of one journal in another's place would hold by itself, as far as it can.
static bool is_others(verify_t *self, stream_t stream, const event_t *event)
{
    stream_t owner = verify_stream_owner(event);
    if (owner == STREAM_NONE || owner == stream)
        return false;
    const char *name = service_stream_name(owner);
    const char *directory = self->offline ? self->directories[stream] : "its replay door";
    fprintf(stderr, "kopeck: %s: %s: this is %s's journal\n", service_stream_name(stream),
            directory, name ? name : "another process");
    self->others[stream] = true;
    self->status = EX_DATAERR;
    return true;
}

// One event of a stream.
static void feed(verify_t *self, stream_t stream, uint64_t sequence, bytes_t bytes)
{
    event_t event;
    verify_stream_t *stream_check = &self->streams[stream];
    bool known = verify_stream_feed(stream_check, sequence, bytes, &event);
    if (known && is_others(self, stream, &event))
        return;
    verify_cursors_feed(&self->cursors, stream, sequence, &stream_check->leaf);
    verify_witness_feed(&self->witness, stream, known ? &event : NULL);
    if (known)
        verify_people_feed(&self->people[stream], sequence, &event);
    if (known && checks[stream])
        checks[stream](self, sequence, &event);
}

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
    while (!self->others[stream] && stream_check->last < to &&
           verify_source_next(source, &sequence, &bytes)) {
        if (++self->events % PROGRESS_EVENTS == 0)
            progress_show(&self->progress, self->events, self->events_all);
        feed(self, stream, sequence, bytes);
    }
    self->busy[stream] = false;
    if (verify_source_status(source) != EX_OK && self->status == EX_OK)
        self->status = verify_source_status(source);
}

// The ledger ends before the streams of its causes, so that what lies behind its last cause is
// known to be under way. Services that came later follow these, and end first.
static stream_t in_order(size_t index)
{
    static const stream_t last[] = {STREAM_AUTOPAY, STREAM_LEDGER, STREAM_PAYMENT, STREAM_METERING,
                                    STREAM_DOCUMENTS};
    const size_t first = STREAMS - sizeof last / sizeof last[0];
    return index < first ? STREAM_END - 1 - index : last[index - first];
}

// The lines that credits name lie behind us: they are read again, from the first one on.
static void look_at_lines(verify_t *self)
{
    verify_lines_t *lines = &self->metering.credits;
    verify_lines_begin(lines);
    uint64_t wanted = verify_lines_wanted(lines), sequence;
    verify_source_t *source = NULL;
    if (wanted && self->status == EX_OK)
        source = open_source(self, STREAM_METERING, wanted);
    bytes_t bytes;
    while (source && (wanted = verify_lines_wanted(lines)) &&
           verify_source_next(source, &sequence, &bytes)) {
        event_t event;
        if (sequence == wanted)
            verify_lines_take(
                lines, event_decode(bytes.data, bytes.size, &event) == FAIL_NONE ? &event : NULL);
    }
    if (source && verify_source_status(source) != EX_OK)
        self->status = verify_source_status(source);
    verify_source_destroy(&source);
}

// What bonuses for missed levels were computed from lies behind us, too.
static void sum_levels(verify_t *self)
{
    static const stream_t streams[] = {STREAM_METERING, STREAM_LEDGER};
    bool read[OPTIONS_STREAMS] = {false};
    for (size_t i = 0; i < 2 && self->level.sums.count && self->status == EX_OK; i++) {
        verify_source_t *source = open_source(self, streams[i], 1);
        uint64_t sequence;
        bytes_t bytes;
        event_t event;
        read[streams[i]] = source != NULL;
        while (source && verify_source_next(source, &sequence, &bytes)) {
            if (event_decode(bytes.data, bytes.size, &event))
                continue; // it was reported
            if (streams[i] == STREAM_METERING)
                level_sums_metering(&self->level.sums, sequence, &event);
            else
                level_sums_ledger(&self->level.sums, sequence, &event);
        }
        if (source && verify_source_status(source) != EX_OK)
            self->status = verify_source_status(source);
        verify_source_destroy(&source);
    }
    if (self->status == EX_OK)
        verify_level_finish(&self->level, read[STREAM_METERING]);
}

// What was noted of a journal that was read further by then.
static void look_again(verify_t *self)
{
    for (stream_t of = STREAM_FIRST; of < STREAM_END && self->status == EX_OK; of++) {
        uint64_t wanted = verify_witness_wants(&self->witness, of), sequence = 0;
        verify_source_t *source = wanted ? open_source(self, of, 1) : NULL;
        bytes_t bytes;
        while (source && sequence < wanted && verify_source_next(source, &sequence, &bytes))
            verify_witness_again(&self->witness, of, sequence, bytes);
        if (source && verify_source_status(source) != EX_OK)
            self->status = verify_source_status(source);
        verify_source_destroy(&source);
    }
}

static void run(verify_t *self)
{
    for (size_t i = 0; i < STREAMS; i++) {
        stream_t stream = in_order(i);
        pump(self, stream, UINT64_MAX);
        self->ended[stream] = true;
        verify_people_finish(&self->people[stream], self->streams[stream].last);
        if (self->sources[stream] && !self->others[stream] &&
            verify_source_status(self->sources[stream]) == EX_OK)
            verify_stream_finish(&self->streams[stream], verify_source_last(self->sources[stream]),
                                 verify_source_root(self->sources[stream]));
    }
    look_at_lines(self);
    sum_levels(self);
    look_again(self);
    if (self->status == EX_OK) {
        verify_cursors_finish(&self->cursors);
        verify_witness_finish(&self->witness);
    }
    verify_ledger_finish(&self->ledger, self->streams[STREAM_LEDGER].last);
    const verify_source_t *payment = self->sources[STREAM_PAYMENT];
    if (payment && verify_source_status(payment) == EX_OK)
        verify_autopay_finish(&self->autopay, &self->payment);
    progress_end(&self->progress, self->events, self->events_all);
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

// To be kept where no process of ours writes: `--since` holds them against the journals later.
static void print_roots(const verify_t *self)
{
    size_t count = 0;
    fputs(self->json ? ",\"roots\":[" : "\nroots, to be kept elsewhere (verify --since):\n",
          stdout);
    for (stream_t of = STREAM_FIRST; of < OPTIONS_STREAMS; of++) {
        const verify_source_t *source = self->sources[of];
        if (!source)
            continue;
        char word[VERIFY_ROOT_WORD_MAX];
        verify_root_print(of, verify_source_epoch(source), verify_source_last(source),
                          verify_source_root(source), word);
        printf(self->json ? "%s\"%s\"" : "%s  %s\n", self->json && count++ ? "," : "", word);
    }
    if (self->json)
        fputs("]", stdout);
}

static void print_summary(const verify_t *self, uint64_t waiting, uint64_t open)
{
    bool holds = self->status == EX_OK && !self->report.violated;
    if (self->json) {
        fputs("\n],\"rules\":", stdout);
        print_rules(self);
        print_roots(self);
        printf(",\"events\":%llu,\"checks\":%llu,\"violations_count\":%llu,\"unposted\":%llu,"
               "\"open_requests\":%llu,\"payments_suspended\":%llu,\"complete\":%s,\"holds\":%s}\n",
               (unsigned long long)self->events, (unsigned long long)self->report.checked,
               (unsigned long long)self->report.violated, (unsigned long long)waiting,
               (unsigned long long)open, (unsigned long long)self->ledger.suspended,
               self->status == EX_OK ? "true" : "false", holds ? "true" : "false");
        return;
    }
    print_rules(self);
    print_roots(self);
    printf("\n%llu events, %llu checks, %llu violations", (unsigned long long)self->events,
           (unsigned long long)self->report.checked, (unsigned long long)self->report.violated);
    if (self->said > SAID_MAX)
        printf(" (the first %d are listed)", SAID_MAX);
    if (self->ledger.suspended)
        printf("; %llu payments went to suspense", (unsigned long long)self->ledger.suspended);
    printf("; under way: %llu unposted, %llu open requests\n%s\n", (unsigned long long)waiting,
           (unsigned long long)open,
           holds                   ? "everything holds"
           : self->status == EX_OK ? "NOT everything holds"
                                   : "NOT everything could be read");
}

// --- the command ---

static void note_followed(verify_t *self, stream_t follower)
{
    const verify_source_t *source = self->sources[follower];
    for (stream_t of = STREAM_FIRST; source && of < STREAM_END; of++)
        if (self->sources[of])
            verify_cursors_add(&self->cursors, follower, verify_source_last(source),
                               &self->followed[follower][of],
                               verify_source_epoch(self->sources[of]));
}

// Before any source is opened, so that what is followed is not behind what is then read.
static void read_followed(verify_t *self, const char *const directories[OPTIONS_STREAMS])
{
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        if (*directories[stream]) // what cannot be read is said when it is opened
            (void)verify_source_glance(directories[stream], self->followed[stream],
                                       &self->known[stream]);
}

static void read_known(verify_t *self)
{
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        if (is_live(self, stream)) // one that does not answer is said when it is opened
            (void)verify_source_glance_live(self->session, stream, &self->known[stream]);
}

static bool open_sources(verify_t *self)
{
    if (self->offline)
        read_followed(self, self->directories);
    else
        read_known(self);
    // Who names a sequence of another is asked for its head first: that sequence is then there. Two
    // name each other, so payment may know requests that lie behind autopay's head.
    for (size_t i = 0; i < STREAMS; i++) {
        stream_t stream = in_order(i);
        self->sources[stream] = open_source(self, stream, 1);
        if (self->status != EX_OK)
            return false;
        if (self->sources[stream])
            self->events_all += verify_source_last(self->sources[stream]);
        if (self->sources[stream] && !self->offline)
            memcpy(self->followed[stream], verify_source_followed(self->sources[stream]),
                   sizeof self->followed[stream]);
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
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        verify_stream_init(&self->streams[stream], &self->report, stream);
        verify_people_init(&self->people[stream], &self->report, stream);
    }
    verify_cursors_init(&self->cursors, &self->report);
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        note_followed(self, stream);
    verify_witness_init(&self->witness, &self->report, self->streams);
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        self->witness.here[stream] = self->sources[stream] != NULL;
        self->witness.known[stream] = self->known[stream];
    }
    verify_metering_init(&self->metering, &self->report);
    verify_ledger_init(&self->ledger, &self->report);
    verify_cause_init(&self->cause, &self->report, self->sources[STREAM_METERING] != NULL,
                      self->sources[STREAM_PAYMENT] != NULL);
    verify_source_t *autopay = self->sources[STREAM_AUTOPAY];
    verify_source_t *ledger = self->sources[STREAM_LEDGER];
    verify_payment_init(&self->payment, &self->report, autopay ? verify_source_last(autopay) : 0,
                        ledger ? verify_source_last(ledger) : 0);
    verify_refunds_init(&self->refunds, &self->report);
    verify_forgotten_init(&self->forgotten, &self->report);
    verify_receipts_init(&self->receipts, &self->report);
    verify_closing_init(&self->closing, &self->report);
    verify_level_init(&self->level, &self->report);
    verify_autopay_init(&self->autopay, &self->report);
    verify_documents_init(&self->documents, &self->report, self->sources[STREAM_DOCUMENTS] != NULL);
    verify_notify_init(&self->notify, &self->report);
    verify_told_init(&self->told, &self->report);
}

static void end(verify_t *self)
{
    verify_witness_release(&self->witness);
    verify_metering_release(&self->metering);
    verify_ledger_release(&self->ledger);
    verify_cause_release(&self->cause);
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        verify_people_release(&self->people[stream]);
    verify_payment_release(&self->payment);
    verify_refunds_release(&self->refunds);
    verify_forgotten_release(&self->forgotten);
    verify_receipts_release(&self->receipts);
    verify_closing_release(&self->closing);
    verify_level_release(&self->level);
    verify_autopay_release(&self->autopay);
    verify_documents_release(&self->documents);
    verify_notify_release(&self->notify);
    verify_told_release(&self->told);
}

// Several may stand in one word, with commas or white space between.
static bool keep_roots(verify_t *self)
{
    static const char between[] = ", \t\r\n";
    for (size_t i = 0; i < self->kept_count; i++) {
        const char *word = self->kept[i] + strspn(self->kept[i], between);
        for (size_t size; (size = strcspn(word, between)) > 0;
             word += size, word += strspn(word, between)) {
            verify_note_t note;
            if (!verify_root_read(word, size, &note) ||
                !verify_witness_keep(&self->witness, note.of, note.epoch, note.last, &note.root)) {
                fprintf(stderr,
                        "kopeck: --since: %.*s: expected PROCESS:EPOCH:LAST:ROOT of a "
                        "journal that is read, as verify printed it\n",
                        (int)size, word);
                self->status = EX_USAGE;
                return false;
            }
        }
    }
    return true;
}

static bool is_read(const verify_t *self, stream_t stream)
{
    const verify_source_t *source = self->sources[stream];
    return source && verify_source_status(source) == EX_OK;
}

static void verify(verify_t *self, bool settled)
{
    begin(self);
    if (!keep_roots(self)) {
        end(self);
        return;
    }
    if (self->json)
        fputs("{\"violations\":[", stdout);
    run(self);
    bool ledger = self->sources[STREAM_LEDGER] != NULL;
    uint64_t waiting = ledger ? verify_cause_finish(&self->cause, settled) : 0;
    waiting += ledger ? verify_documents_finish(&self->documents, settled) : 0;
    uint64_t open =
        self->sources[STREAM_PAYMENT] ? verify_payment_finish(&self->payment, settled) : 0;
    verify_notify_finish(&self->notify, is_read(self, STREAM_LEDGER),
                         is_read(self, STREAM_METERING));
    for (stream_t of = STREAM_METERING; of <= STREAM_AUTOPAY; of++)
        if (is_read(self, of))
            verify_told_finish(&self->told, of);
    bool both = ledger && self->sources[STREAM_PAYMENT] != NULL;
    verify_refunds_finish(&self->refunds, settled && both);
    verify_receipts_finish(&self->receipts, settled && both);
    print_summary(self, waiting, open);
    end(self);
}

int command_verify(session_t *session, args_t *args)
{
    static verify_t self;
    self = (verify_t){
        .session = session, .json = session->json, .progress = progress_begin("", "events")};
    self.report.say = say_violation;
    self.report.arg = &self;
    bool offline = args_flag(args, "offline"), settled = args_flag(args, "settled");
    bool named = command_take_journals(args, self.directories);
    const char *kept, *snapshots = args_option(args, "snapshots");
    while (self.kept_count < KEPT_MAX && (kept = args_option(args, "since")))
        self.kept[self.kept_count++] = kept;
    if (!command_ready(args))
        return EX_USAGE;
    if (snapshots)
        return verify_snapshots(snapshots, session->json);
    // Directories given on the command line need no config.
    if (!named && !command_default_journals(session, self.directories, &self.status))
        return self.status;
    self.offline = offline || named;
    if (open_sources(&self))
        verify(&self, settled);
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        verify_source_destroy(&self.sources[stream]);
    return self.status != EX_OK ? self.status : self.report.violated ? EX_VIOLATED : EX_OK;
}
