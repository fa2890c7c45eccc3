// export: the books for an accountant's programs, live through the replay doors or from the
// journals' directories alone. Every byte of the ledger's journal is checked on the way, up to its
// root: what does not hold is no export.
#include "proto/posting.h"
#include "proto/service.h"
#include "tools/kopeck/books.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/given_back.h"
#include "tools/kopeck/progress.h"
#include "tools/kopeck/rows_print.h"
#include "tools/kopeck/turnover.h"
#include "tools/kopeck/unfinished.h"
#include "tools/kopeck/verify_source.h"
#include "tools/kopeck/verify_stream.h"
#include "services/base/table.h"
#include <assert.h>
#include <errno.h>
#include <unistd.h>

enum { PROGRESS_EVENTS = 4096 };

typedef struct {
    session_t *session;
    const char *directories[OPTIONS_STREAMS]; // offline; "" where it is not named
    bool offline;
    instant_t from, to;
    rows_format_t format;
    bool one; // of `account` alone
    uid_t16 account;
    verify_source_t *ledger, *metering;
    uint64_t metering_last, service; // of metering's last event that was read
    verify_stream_t stream;
    verify_report_t report;
    table_t accounts; // number = row + SYSTEM_END
    int status;
} export_t;

// --- reading ---

static verify_source_t *open_source(export_t *self, stream_t stream)
{
    const char *directory = self->directories[stream];
    if (self->offline)
        return *directory ? verify_source_offline(stream, directory, 1, &self->status) : NULL;
    return *self->session->options->processes[stream].replay
               ? verify_source_live(self->session, stream, 1, &self->status)
               : NULL;
}

// What a posting's cause in metering was for. Causes ascend, so metering is read once beside it.
static uint64_t kind_of_resource(export_t *self, const event_t *event)
{
    if (!self->metering || event->cause.stream != STREAM_METERING)
        return 0;
    uint64_t sequence = self->metering_last;
    bytes_t bytes;
    event_t line;
    while (sequence < event->cause.sequence &&
           verify_source_next(self->metering, &sequence, &bytes)) {
        self->metering_last = sequence;
        if (sequence < event->cause.sequence)
            continue;
        self->service = 0;
        if (event_decode(bytes.data, bytes.size, &line) == FAIL_NONE)
            self->service = line.type == EVENT_usage_charged    ? line.usage_charged.kind
                            : line.type == EVENT_usage_credited ? line.usage_credited.kind
                                                                : 0;
    }
    return sequence == event->cause.sequence ? self->service : 0;
}

static void say_violation(void *arg, const violation_t *v)
{
    (void)arg;
    fprintf(stderr, "kopeck: ledger %llu: %s: expected %s, found %s\n",
            (unsigned long long)v->sequence, v->rule, v->expected, v->found);
}

// Every event of the ledger to `visit`; its first false ends it.
static void read_ledger(export_t *self, given_back_visit_fn *visit, void *arg)
{
    progress_t progress = progress_begin("", "events");
    uint64_t last = verify_source_last(self->ledger), sequence;
    bytes_t bytes;
    bool goes_on = true;
    given_back_t given_back;
    given_back_init(&given_back, visit, arg);
    while (goes_on && verify_source_next(self->ledger, &sequence, &bytes)) {
        event_t event;
        if (sequence % PROGRESS_EVENTS == 0)
            progress_show(&progress, sequence, last);
        if (verify_stream_feed(&self->stream, sequence, bytes, &event))
            goes_on =
                given_back_feed(&given_back, sequence, &event, kind_of_resource(self, &event));
    }
    goes_on = goes_on && given_back_end(&given_back);
    given_back_release(&given_back);
    progress_end(&progress, self->stream.last, last);
    self->status = verify_source_status(self->ledger);
    if (self->status == EX_OK && self->metering)
        self->status = verify_source_status(self->metering);
    if (self->status == EX_OK && goes_on)
        verify_stream_finish(&self->stream, last, verify_source_root(self->ledger));
    if (self->status == EX_OK && self->report.violated)
        self->status = EX_DATAERR;
}

static bool begin(export_t *self)
{
    self->report.say = say_violation;
    verify_stream_init(&self->stream, &self->report, STREAM_LEDGER);
    self->ledger = open_source(self, STREAM_LEDGER);
    if (self->status == EX_OK)
        self->metering = open_source(self, STREAM_METERING);
    if (self->status == EX_OK && !self->ledger) {
        fputs("kopeck: nothing to export: the ledger's replay door or journal is not configured or "
              "named\n",
              stderr);
        self->status = EX_CONFIG;
    }
    return self->status == EX_OK;
}

// --- books ---

static bool visit_books(void *arg, uint64_t sequence, const event_t *event, uint64_t service)
{
    return books_feed(arg, sequence, event, service);
}

static void print_books(export_t *self, const books_t *books)
{
    books_count_t count = books_count(books);
    static const column_t columns[] = {{"sequence", "to the ledger's event", true},
                                       {"postings", "postings", true},
                                       {"transactions", "transactions", true},
                                       {"accounts", "accounts", true},
                                       {"files", "files", true}};
    table_print_t *table = table_print_new(columns, 5, TABLE_RECORD, self->session->json, stdout);
    table_print_number(table, self->stream.last);
    table_print_number(table, count.postings);
    table_print_number(table, count.transactions);
    table_print_number(table, count.accounts);
    table_print_number(table, count.files);
    table_print_destroy(&table);
}

static void export_books(export_t *self, const char *directory)
{
    unfinished_t place;
    self->status = unfinished_directory(&place, directory);
    if (self->status == EX_OK)
        self->status = unfinished_empty(&place);
    if (self->status != EX_OK) {
        unfinished_close(&place);
        return;
    }
    books_t *books = books_new(place.fd, self->from, self->to);
    read_ledger(self, visit_books, books);
    bool wrong = *books_error(books) != '\0';
    if (self->status == EX_OK && (wrong || !books_end(books))) {
        fprintf(stderr, "kopeck: %s: %s\n", directory, books_error(books));
        self->status = wrong ? EX_DATAERR : EX_IOERR;
    }
    if (self->status == EX_OK)
        self->status = unfinished_name(&place);
    if (self->status == EX_OK) {
        session_did_say(self->session, "the books stand there under their name");
        print_books(self, books);
    }
    books_destroy(&books);
    unfinished_close(&place);
}

// --- postings ---

static const char *const columns[] = {"sequence", "time",      "account",       "kind",
                                      "debit",    "credit",    "amount",        "amount_kopecks",
                                      "cash",     "bonus",     "service",       "nth",
                                      "payment",  "reference", "cause_process", "cause_sequence"};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

typedef struct {
    export_t *self;
    rows_print_t rows;
    uint64_t count;
    turnover_t turnover; // of the one account
} postings_t;

static void print_side(postings_t *p, uint64_t number)
{
    const char *title = number < SYSTEM_END ? posting_system_title(number) : NULL;
    if (title)
        rows_print_text(&p->rows, title);
    else if (number >= SYSTEM_END && number - SYSTEM_END < p->self->accounts.count)
        rows_print_uid(&p->rows, table_row(&p->self->accounts, (uint32_t)(number - SYSTEM_END)));
    else
        rows_print_number(&p->rows, number);
}

static void print_uid_maybe(postings_t *p, const uid_t16 *id)
{
    if (uid_is_zero(id))
        rows_print_none(&p->rows);
    else
        rows_print_uid(&p->rows, id);
}

static void print_word(postings_t *p, const char *word)
{
    if (word)
        rows_print_text(&p->rows, word);
    else
        rows_print_none(&p->rows);
}

static void print_number_maybe(postings_t *p, uint64_t number)
{
    if (number)
        rows_print_number(&p->rows, number);
    else
        rows_print_none(&p->rows);
}

static void print_posting(postings_t *p, uint64_t sequence, const event_t *event, uint64_t service)
{
    const event_posted_t *posted = &event->posted;
    bool customer = !uid_is_zero(&posted->account);
    uint64_t payment = posting_payment_number(&posted->reference);
    rows_print_number(&p->rows, sequence);
    rows_print_time(&p->rows, event->at);
    print_uid_maybe(p, &posted->account);
    print_word(p, posting_kind_title(posted->kind));
    print_side(p, posted->debit);
    print_side(p, posted->credit);
    rows_print_money(&p->rows, posted->amount);
    rows_print_number(&p->rows, (uint64_t)posted->amount);
    for (unsigned wallet = 0; wallet < 2; wallet++)
        if (customer)
            rows_print_money(&p->rows, wallet ? posted->bonus : posted->cash);
        else
            rows_print_none(&p->rows);
    print_word(p, service ? codes_text(CODES_resource_kind, service) : NULL);
    print_number_maybe(p, posted->ordinal);
    if (payment) {
        rows_print_id64(&p->rows, payment);
        rows_print_none(&p->rows);
    } else {
        rows_print_none(&p->rows);
        print_uid_maybe(p, &posted->reference);
    }
    print_word(p, service_stream_name(event->cause.stream));
    print_number_maybe(p, event->cause.sequence);
    p->count++;
}

// The export of one account is a statement of it: where it stood before the period, and what moved
// it since.
static void add_posting(postings_t *p, uint64_t sequence, const event_t *event)
{
    const event_posted_t *posted = &event->posted;
    if (event->at >= p->self->from)
        (void)turnover_later(&p->turnover, sequence, posted);
    else
        p->turnover = turnover_forwards((turnover_point_t){sequence, posted->cash, posted->bonus});
}

static bool visit_postings(void *arg, uint64_t sequence, const event_t *event, uint64_t service)
{
    postings_t *p = arg;
    export_t *self = p->self;
    if (event->type == EVENT_account_opened && event->account_opened.number >= SYSTEM_END &&
        table_find(&self->accounts, &event->account_opened.account) == TABLE_NONE)
        table_insert(&self->accounts, &event->account_opened.account);
    if (event->type == EVENT_posted && event->at < self->to &&
        (!self->one || uid_equal(&event->posted.account, &self->account))) {
        if (self->one)
            add_posting(p, sequence, event);
        if (event->at >= self->from)
            print_posting(p, sequence, event, service);
    }
    return !ferror(p->rows.out);
}

static void say_wallet(const char *wallet, kopecks_t opening, kopecks_t credits, kopecks_t debits,
                       kopecks_t closing)
{
    char texts[4][TURNOVER_RUBLES_SIZE];
    turnover_rubles(opening, texts[0]);
    turnover_rubles(credits, texts[1]);
    turnover_rubles(debits, texts[2]);
    turnover_rubles(closing, texts[3]);
    fprintf(stderr,
            "kopeck: %s: opening balance %s + credits %s - debits %s = closing balance %s\n",
            wallet, texts[0], texts[1], texts[2], texts[3]);
}

static void end_turnover(export_t *self, turnover_t *turnover)
{
    const turnover_sum_t *credits = &turnover->credits, *debits = &turnover->debits;
    if (self->status != EX_OK || !self->one || posting_system_number(&self->account))
        return;
    if (!turnover_end_forwards(turnover)) {
        fprintf(stderr, "kopeck: the postings do not add up: %s\n", turnover->wrong);
        self->status = EX_DATAERR;
        return;
    }
    say_wallet("cash", turnover->opening.cash, credits->cash, debits->cash, turnover->closing.cash);
    say_wallet("bonus", turnover->opening.bonus, credits->bonus, debits->bonus,
               turnover->closing.bonus);
}

static void export_postings(export_t *self, const char *path)
{
    unfinished_t place = {.fd = -1};
    bool to_stdout = strcmp(path, "-") == 0;
    FILE *out = stdout;
    if (!to_stdout) {
        self->status = unfinished_file(&place, path, &out);
        if (self->status != EX_OK)
            return;
    }
    table_init(&self->accounts, sizeof(uid_t16));
    postings_t postings = {.self = self,
                           .rows = rows_print_begin(columns, COLUMNS, self->format, out)};
    read_ledger(self, visit_postings, &postings);
    end_turnover(self, &postings.turnover);
    table_release(&self->accounts);
    if (!to_stdout && (fflush(out) || ferror(out) || fsync(fileno(out)))) {
        fprintf(stderr, "kopeck: %s: %s\n", path, strerror(errno));
        self->status = self->status == EX_OK ? EX_IOERR : self->status;
    }
    if (!to_stdout)
        (void)fclose(out);
    if (!to_stdout && self->status == EX_OK)
        self->status = unfinished_name(&place);
    if (self->status == EX_OK)
        fprintf(stderr, "kopeck: %llu postings, to the ledger's event %llu\n",
                (unsigned long long)postings.count, (unsigned long long)self->stream.last);
    unfinished_close(&place);
}

// --- the command ---

static bool take_directories(export_t *self, args_t *args)
{
    bool named = false;
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        self->directories[stream] = "";
    static const stream_t read[] = {STREAM_LEDGER, STREAM_METERING};
    for (size_t i = 0; i < sizeof read / sizeof read[0]; i++) {
        const char *directory = args_option(args, service_stream_name(read[i]));
        named |= directory != NULL;
        self->directories[read[i]] = directory ? directory : "";
    }
    return named;
}

static void take_rows(export_t *self, args_t *args)
{
    const char *account = args_option(args, "account"), *format = args_option(args, "format");
    self->one = account != NULL;
    if (account && !args_read_account(account, &self->account))
        args_refuse(args, "account", account, "an account's UUID, or a title as revenue");
    if (format && !rows_format_read(format, &self->format))
        args_refuse(args, "format", format, "csv, excel or jsonl");
}

int command_export(session_t *session, args_t *args)
{
    static const char *const words[] = {"books", "postings", NULL};
    static export_t self;
    self = (export_t){.session = session};
    bool offline = args_flag(args, "offline"), named = take_directories(&self, args);
    self.from = args_option_time(args, "from", INT64_MIN);
    self.to = args_option_time(args, "to", INT64_MAX);
    int what = args_word(args, words);
    if (what < 0)
        args_refuse(args, "what to export", "", "books or postings");
    if (what == 1)
        take_rows(&self, args);
    const char *path = args_operand(args, what == 1 ? "the file, or -" : "the directory");
    if (!command_ready(args))
        return EX_USAGE;
    if (!named && !session_options(session, &self.status))
        return self.status;
    self.offline = offline || named;
    for (stream_t stream = STREAM_FIRST; !named && stream < OPTIONS_STREAMS; stream++)
        self.directories[stream] = session->options->processes[stream].journal;
    if (begin(&self)) {
        if (what == 0)
            export_books(&self, path);
        else
            export_postings(&self, path);
    }
    verify_source_destroy(&self.ledger);
    verify_source_destroy(&self.metering);
    return self.status;
}
