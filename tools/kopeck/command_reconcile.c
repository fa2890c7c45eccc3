// reconcile: Robokassa's registry against payment's and the ledger's journals, live through the
// replay doors or from their directories alone; and, by an operator's word, what the registry says
// of payments that are open here.
#include "services/process/uuid7.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/proposal_rows.h"
#include "tools/kopeck/registry_print.h"
#include "tools/kopeck/verify_source.h"
#include <errno.h>
#include <stdlib.h>

enum { PPM_A_PERCENT_HUNDREDTH = 100 };

typedef struct {
    session_t *session;
    const char *directories[OPTIONS_STREAMS]; // offline; "" where it is not named
    bool offline, resolve;
    day_t day; // DAY_NONE: the file's own
    registry_csv_t file;
    registry_terms_t terms;
    registry_books_t books;
    int status;
} reconcile_t;

// --- the files ---

static bool read_bytes(FILE *file, char *bytes, size_t *ret_size)
{
    *ret_size = fread(bytes, 1, REGISTRY_BYTES_MAX + 1, file);
    return !ferror(file);
}

static int read_file(reconcile_t *self, const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    char *bytes = malloc(REGISTRY_BYTES_MAX + 1);
    size_t size = 0;
    int status = EX_OK;
    assert(bytes);
    if (!file || !read_bytes(file, bytes, &size)) {
        fprintf(stderr, "kopeck: %s: %s\n", path, strerror(errno));
        status = EX_NOINPUT;
    } else if (!registry_csv_read(&self->file, bytes, size)) {
        fprintf(stderr, "kopeck: %s: %s\n", path, self->file.error);
        status = EX_DATAERR;
    }
    if (file && file != stdin)
        (void)fclose(file);
    free(bytes);
    return status;
}

// The days that are compared: that of the command line, or all from the first to the last.
static bool take_days(reconcile_t *self)
{
    registry_terms_t *terms = &self->terms;
    terms->from = terms->to = self->day;
    for (size_t i = 0; self->day == DAY_NONE && i < self->file.count; i++) {
        day_t day = self->file.rows[i].day;
        terms->from = i && terms->from < day ? terms->from : day;
        terms->to = i && terms->to > day ? terms->to : day;
    }
    if (terms->from != DAY_NONE)
        return true;
    fputs("kopeck: the registry has no row: --day DAY says of which day it is\n", stderr);
    self->status = EX_USAGE;
    return false;
}

// --- the journals ---

static verify_source_t *open_journal(reconcile_t *self, stream_t stream)
{
    const char *directory = self->directories[stream];
    if (self->offline)
        return *directory ? verify_source_offline(stream, directory, 1, &self->status) : NULL;
    return *self->session->options->processes[stream].replay
               ? verify_source_live(self->session, stream, 1, &self->status)
               : NULL;
}

static void fold(reconcile_t *self, stream_t stream, verify_source_t *source)
{
    uint64_t sequence;
    bytes_t bytes;
    event_t event;
    while (!self->status && verify_source_next(source, &sequence, &bytes)) {
        fail_t fail = event_decode(bytes.data, bytes.size, &event);
        if (fail == FAIL_VERSION)
            continue; // of a newer program, and none that moves money
        if (fail) {
            fprintf(stderr, "kopeck: event %llu does not decode\n", (unsigned long long)sequence);
            self->status = EX_DATAERR;
        } else if (stream == STREAM_PAYMENT)
            registry_books_payment(&self->books, &event);
        else
            registry_books_ledger(&self->books, sequence, &event);
    }
    if (!self->status)
        self->status = verify_source_status(source);
}

// Payment's first: what it has by then the ledger may have posted.
static void read_journals(reconcile_t *self)
{
    static const stream_t streams[] = {STREAM_PAYMENT, STREAM_LEDGER};
    for (size_t i = 0; i < 2 && !self->status; i++) {
        verify_source_t *source = open_journal(self, streams[i]);
        if (source)
            fold(self, streams[i], source);
        else if (!self->status && streams[i] == STREAM_PAYMENT) {
            fputs("kopeck: payment's journal is not named; --payment DIR names it\n", stderr);
            self->status = EX_USAGE;
        }
        self->terms.ledger = source && streams[i] == STREAM_LEDGER;
        verify_source_destroy(&source);
    }
}

// --- what the registry says of payments that are open here ---

typedef struct {
    uint64_t invoice;
    uid_t16 id;
    bool found;
} waiting_t;

static void look_at_waiting(void *arg, const proposal_row_t *row)
{
    waiting_t *self = arg;
    request_t request = {0};
    if (request_decode(row->request.data, row->request.size, &request, NULL) ||
        request.type != REQUEST_payment_resolve || request.payment_resolve.invoice != self->invoice)
        return;
    self->found = true;
    self->id = row->id;
}

static void say_pending(uint64_t payment, const uid_t16 *command, const char *what)
{
    char id[UID_TEXT_SIZE];
    uid_format(command, id);
    fprintf(stderr, "kopeck: payment %llu: %s: kopeck approve payment %s\n",
            (unsigned long long)payment, what, id);
}

// Whoever runs it again while a proposal waits proposes nothing more.
static bool waits(reconcile_t *self, uint64_t payment)
{
    waiting_t waiting = {.invoice = payment};
    self->status =
        proposal_rows_visit(self->session, STREAM_PAYMENT, false, look_at_waiting, &waiting);
    if (!self->status && waiting.found)
        say_pending(payment, &waiting.id, "it waits for another to agree already");
    return waiting.found;
}

static registry_outcome_t resolve(reconcile_t *self, const registry_finding_t *finding)
{
    if (waits(self, finding->number))
        return REGISTRY_PENDING;
    if (self->status)
        return REGISTRY_REFUSED;
    request_t request = {.type = REQUEST_payment_resolve, .id = uuid7_new()};
    answer_t answer;
    request.payment_resolve.invoice = finding->number;
    request.payment_resolve.outcome = OUTCOME_SUCCEEDED;
    request.payment_resolve.amount = finding->there;
    request.payment_resolve.registry = true;
    int status = ask_unprinted(self->session, STREAM_PAYMENT, &request, &answer);
    if (status != EX_OK) {
        self->status = status;
        return REGISTRY_REFUSED;
    }
    if (!answer.payment_resolve.pending)
        return REGISTRY_CREDITED;
    say_pending(finding->number, &request.id, "another must agree within 72 hours");
    return REGISTRY_PENDING;
}

static size_t resolve_all(reconcile_t *self, const registry_report_t *report,
                          registry_outcome_t *outcomes)
{
    size_t credited = 0;
    for (size_t i = 0; i < report->count && self->resolve && !self->status; i++)
        if (report->findings[i].resolvable) {
            outcomes[i] = resolve(self, &report->findings[i]);
            credited += outcomes[i] == REGISTRY_CREDITED;
        }
    return credited;
}

static void compare(reconcile_t *self)
{
    registry_report_t report;
    registry_books_compare(&self->books, &self->file, &self->terms, &report);
    registry_outcome_t *outcomes = calloc(report.count + 1, sizeof *outcomes);
    assert(outcomes);
    size_t credited = resolve_all(self, &report, outcomes);
    registry_print(&report, &self->terms, outcomes, self->session->json, stdout);
    if (!self->status && credited < report.count)
        self->status = EX_VIOLATED;
    free(outcomes);
    registry_report_release(&report);
}

// --- the command ---

static void take_terms(reconcile_t *self, args_t *args)
{
    const char *day = args_option(args, "day"), *percent = args_option(args, "commission");
    kopecks_t hundredths = 0;
    self->day = DAY_NONE;
    if (day && !day_parse(span_of(day), &self->day))
        args_refuse(args, "day", day, "a date as 2026-08-31");
    if (percent &&
        (!args_read_rubles(percent, &hundredths) || hundredths < 0 || hundredths > 10000))
        args_refuse(args, "commission", percent, "percent of a payment, as 3.9");
    self->terms.fee_ppm = percent ? hundredths * PPM_A_PERCENT_HUNDREDTH : -1;
    self->terms.payout = args_flag(args, "paid-out");
    self->resolve = args_flag(args, "resolve");
    self->offline = args_flag(args, "offline");
}

static bool take_directories(reconcile_t *self, args_t *args)
{
    const char *payment = args_option(args, "payment"), *ledger = args_option(args, "ledger");
    self->directories[STREAM_PAYMENT] = payment ? payment : "";
    self->directories[STREAM_LEDGER] = ledger ? ledger : "";
    bool named = payment || ledger;
    if (self->resolve && (self->offline || named))
        args_refuse(args, "resolve", NULL, "the processes themselves, and no directories");
    return named;
}

static void run(reconcile_t *self, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count && !self->status; i++)
        self->status = read_file(self, paths[i]);
    if (self->status || !take_days(self))
        return;
    registry_books_init(&self->books);
    read_journals(self);
    if (!self->status)
        compare(self);
    registry_books_release(&self->books);
}

int command_reconcile(session_t *session, args_t *args)
{
    static const char *const words[] = {"registry", NULL};
    reconcile_t self = {.session = session};
    const char *paths[ARGS_MAX];
    size_t count = 0;
    if (args_word(args, words) < 0)
        args_refuse(args, "what to reconcile", NULL, "registry");
    take_terms(&self, args);
    bool named = take_directories(&self, args);
    paths[count++] = args_operand(args, "the registry's file");
    for (const char *path; (path = args_operand_maybe(args, "file"));)
        paths[count++] = path;
    if (!command_ready(args))
        return EX_USAGE;
    if (self.offline && !named &&
        !command_default_journals(session, self.directories, &self.status))
        return self.status;
    self.offline = self.offline || named;
    if (!self.offline && !session_options(session, &self.status))
        return self.status;
    run(&self, paths, count);
    registry_csv_release(&self.file);
    return self.status;
}
