// The postings of an account: its newest ones, or the statement of a period, which begins with one
// balance and ends with another and adds up between them.
#include "proto/event.h"
#include "proto/posting.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/turnover.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { PAGE_ROWS = 500, ROWS_DEFAULT = 50 };

typedef struct {
    uint64_t sequence;
    event_t posting; // its `lots` lie in the page's bytes
} row_t;

typedef struct {
    session_t *session;
    request_t request; // account, side and period of what is shown; where the next page begins
    bool sums;         // with the period's balances, which are tried
    bool oldest_first, usage;
    uint64_t limit, shown;
    turnover_t turnover;
    uint64_t *heads; // of the period's pages, newest first
    size_t heads_count, heads_cap;
    uint8_t *bytes; // of the page; an answer lasts only until the door is asked again
    row_t rows[PAGE_ROWS];
    size_t rows_count;
    table_print_t *table;
} statement_t;

// --- a row ---

static const column_t columns[] = {{"sequence", "sequence", true},
                                   {"at", "time", false},
                                   {"kind", "kind", false},
                                   {"amount", "amount", true},
                                   {"balance", "balance", true},
                                   {"cash", "cash", true},
                                   {"bonus", "bonus", true},
                                   {"hour", "hour", false},
                                   {"tariff", "tariff", false},
                                   {"minutes", "minutes", true},
                                   {"resource", "resource", false},
                                   {"reference", "reference", false},
                                   {"by", "by", false},
                                   {"reason", "reason", false},
                                   {"lots", "lots", false},
                                   {"service", "service", false}};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

// What a charge was for: metering's line that caused it. False if it is none, or cannot be read:
// the statement is the ledger's and stands without it.
static bool find_usage(session_t *session, const event_t *posting, event_t *ret_usage)
{
    request_t request = {.type = REQUEST_event, .event.sequence = posting->cause.sequence};
    answer_t answer;
    return posting->cause.stream == STREAM_METERING &&
           session_try(session, STREAM_METERING, CLIENT_REPLAY, &request, &answer) == EX_OK &&
           !answer.fail &&
           event_decode(answer.event.event.data, answer.event.event.size, ret_usage) == FAIL_NONE &&
           ret_usage->type == EVENT_usage_charged;
}

enum { EVENTS_OF_A_COMMAND = 8 };

// Who sent the command that caused the posting: the last of its events. False if nobody knows.
static bool find_sender(session_t *session, uint64_t sequence, const event_t *posting,
                        event_t *ret_sender)
{
    const uid_t16 *command = &posting->cause.command;
    for (uint64_t i = 1; !uid_is_zero(command) && i <= EVENTS_OF_A_COMMAND; i++) {
        request_t request = {.type = REQUEST_event, .event.sequence = sequence + i};
        answer_t answer;
        if (session_try(session, STREAM_LEDGER, CLIENT_REPLAY, &request, &answer) != EX_OK ||
            answer.fail ||
            event_decode(answer.event.event.data, answer.event.event.size, ret_sender) ||
            !uid_equal(&ret_sender->cause.command, command))
            return false;
        if (ret_sender->type == EVENT_command_sent_by)
            return true;
    }
    return false;
}

static void print_sender(session_t *session, table_print_t *table, uint64_t sequence,
                         const event_t *posting)
{
    event_t sender;
    if (!find_sender(session, sequence, posting, &sender)) {
        table_print_none(table);
        table_print_none(table);
        return;
    }
    const char *reason = codes_text(CODES_reason, sender.command_sent_by.reason);
    table_print_slice(table, sender.command_sent_by.certificate);
    table_print_text(table, reason ? reason : "unknown");
}

static void print_usage(table_print_t *table, const event_t *usage)
{
    if (usage) {
        table_print_time(table, usage->usage_charged.hour);
        table_print_slice(table, usage->usage_charged.tariff);
        table_print_number(table, usage->usage_charged.minutes);
        table_print_uid(table, &usage->usage_charged.resource);
        return;
    }
    for (int i = 0; i < 4; i++)
        table_print_none(table);
}

static void print_posting(table_print_t *table, uint64_t sequence, const event_t *event,
                          const event_t *usage)
{
    const event_posted_t *posted = &event->posted;
    bool debit = posted->debit >= SYSTEM_END;
    const char *title = posting_kind_title(posted->kind);
    table_print_number(table, sequence);
    table_print_time(table, event->at);
    table_print_text(table, title ? title : "unknown");
    table_print_money(table, debit ? -posted->amount : posted->amount);
    table_print_money(table, posted->cash + posted->bonus);
    table_print_money(table, posted->cash);
    table_print_money(table, posted->bonus);
    print_usage(table, usage);
    if (uid_is_zero(&posted->reference))
        table_print_none(table);
    else
        table_print_uid(table, &posted->reference);
}

enum { LOTS_NAMED_MAX = 16, LOTS_TEXT_MAX = LOTS_NAMED_MAX * 48 };

// The lot that it is or took, or of several each with what was taken of it: 12 (3.00), 15 (1.50).
static void print_lots(table_print_t *table, const event_posted_t *posted)
{
    char text[LOTS_TEXT_MAX] = "";
    int used = 0;
    wire_t wire;
    wire_start(&wire, posted->lots.data, posted->lots.size);
    uint32_t count = posted->lots.size ? wire_array(&wire, LOTS_NAMED_MAX) : 0;
    for (uint32_t i = 0; i < count && !wire.fail && wire_array(&wire, 2) == 2; i++) {
        uint64_t lot = 0;
        int64_t part = 0;
        wire_u64(&wire, &lot);
        wire_i64(&wire, &part);
        used += snprintf(text + used, sizeof text - (size_t)used,
                         "%s%" PRIu64 " (%" PRId64 ".%02" PRId64 ")", i ? ", " : "", lot,
                         part / 100, part % 100);
    }
    if (used)
        table_print_text(table, text);
    else if (posted->lot) {
        (void)snprintf(text, sizeof text, "%" PRIu64, posted->lot);
        table_print_text(table, text);
    } else
        table_print_none(table);
}

static void print_row(statement_t *self, const row_t *row)
{
    event_t line;
    bool found = self->usage && find_usage(self->session, &row->posting, &line);
    print_posting(self->table, row->sequence, &row->posting, found ? &line : NULL);
    print_sender(self->session, self->table, row->sequence, &row->posting);
    print_lots(self->table, &row->posting.posted);
    const char *service = found ? codes_text(CODES_resource_kind, line.usage_charged.kind) : NULL;
    if (service)
        table_print_text(self->table, service);
    else
        table_print_none(self->table);
    self->shown++;
}

// --- pages ---

static bool decode_rows(statement_t *self, const answer_statement_t *answer)
{
    wire_t wire;
    self->bytes = realloc(self->bytes, answer->rows.size + 1);
    assert(self->bytes);
    if (answer->rows.size)
        memcpy(self->bytes, answer->rows.data, answer->rows.size);
    wire_start(&wire, self->bytes, answer->rows.size);
    for (self->rows_count = 0; self->rows_count < answer->count; self->rows_count++) {
        row_t *row = &self->rows[self->rows_count];
        bytes_t bytes;
        if (self->rows_count == PAGE_ROWS || wire_array(&wire, 2) != 2)
            return false;
        wire_u64(&wire, &row->sequence);
        wire_bytes(&wire, &bytes);
        if (wire.fail || event_decode(bytes.data, bytes.size, &row->posting) ||
            row->posting.type != EVENT_posted)
            return false;
    }
    return wire_end(&wire) == FAIL_NONE;
}

// Asks for the page at `request->statement.head`, and moves that to the next one.
static int read_page(statement_t *self, request_t *request)
{
    answer_t answer;
    int status = session_ask(self->session, STREAM_LEDGER, CLIENT_REPLAY, request, &answer);
    if (status != EX_OK)
        return status;
    bool onwards = answer.statement.next < request->statement.head;
    request->statement.head = answer.statement.next;
    if (onwards && decode_rows(self, &answer.statement))
        return EX_OK;
    fprintf(stderr, "kopeck: ledger sent %s\n",
            onwards ? "rows that are no postings" : "a page that leads to no earlier one");
    return EX_DATAERR;
}

static int refuse(const char *what)
{
    fprintf(stderr, "kopeck: the statement does not add up: %s\n", what);
    return EX_DATAERR;
}

static bool is_shown(const statement_t *self, const row_t *row)
{
    uint64_t side = row->posting.posted.credit >= SYSTEM_END ? SIDE_CREDITS : SIDE_DEBITS;
    return self->request.statement.side == SIDE_ALL || self->request.statement.side == side;
}

static int print_newest_first(statement_t *self)
{
    int status = EX_OK;
    while (status == EX_OK && self->request.statement.head && self->shown < self->limit) {
        uint64_t left = self->limit - self->shown;
        self->request.statement.limit = left < PAGE_ROWS ? left : PAGE_ROWS;
        status = read_page(self, &self->request);
        for (size_t i = 0; status == EX_OK && i < self->rows_count; i++)
            print_row(self, &self->rows[i]);
    }
    return status;
}

// The pages that were added up, from the last to the first: nobody keeps more than one of them.
static int print_oldest_first(statement_t *self)
{
    request_t request = self->request;
    request.statement.side = SIDE_ALL;
    request.statement.limit = PAGE_ROWS;
    uint64_t next = 0;
    for (size_t page = self->heads_count; page-- > 0 && self->shown < self->limit;) {
        request.statement.head = self->heads[page];
        int status = read_page(self, &request);
        if (status != EX_OK)
            return status;
        if (request.statement.head != next)
            return refuse("the ledger's pages are other ones than before");
        next = self->heads[page];
        for (size_t i = self->rows_count; i-- > 0 && self->shown < self->limit;)
            if (is_shown(self, &self->rows[i]))
                print_row(self, &self->rows[i]);
    }
    return EX_OK;
}

// --- the period ---

// Where the account stood before an instant.
static int ask_point(statement_t *self, instant_t before, turnover_point_t *ret_point)
{
    request_t request = {.type = REQUEST_as_of,
                         .as_of = {.account = self->request.statement.account,
                                   .head = self->request.statement.head,
                                   .time = before - 1}};
    answer_t answer;
    int status = session_ask(self->session, STREAM_LEDGER, CLIENT_REPLAY, &request, &answer);
    if (status == EX_OK)
        *ret_point =
            (turnover_point_t){answer.as_of.sequence, answer.as_of.cash, answer.as_of.bonus};
    return status;
}

static void note_head(statement_t *self, uint64_t head)
{
    if (self->heads_count == self->heads_cap) {
        self->heads_cap = self->heads_cap ? 2 * self->heads_cap : 64;
        self->heads = realloc(self->heads, self->heads_cap * sizeof *self->heads);
        assert(self->heads);
    }
    self->heads[self->heads_count++] = head;
}

// Every posting of the period, whatever will be shown of it.
static int add_up(statement_t *self)
{
    request_t request = self->request;
    request.statement.side = SIDE_ALL;
    request.statement.limit = PAGE_ROWS;
    bool well = true;
    while (well && request.statement.head) {
        note_head(self, request.statement.head);
        int status = read_page(self, &request);
        if (status != EX_OK)
            return status;
        for (size_t i = 0; well && i < self->rows_count; i++)
            well = turnover_earlier(&self->turnover, self->rows[i].sequence,
                                    &self->rows[i].posting.posted);
    }
    well = well && turnover_end_backwards(&self->turnover);
    return well ? EX_OK : refuse(self->turnover.wrong);
}

// Between the balances that the ledger tells of both ends, which are no rows of the statement.
static int survey(statement_t *self, const answer_balance_t *now)
{
    const request_statement_t *asked = &self->request.statement;
    turnover_point_t opening = {0}, closing = {now->head, now->cash, now->bonus};
    int status = EX_OK;
    if (asked->from != INT64_MIN && asked->head)
        status = ask_point(self, asked->from, &opening);
    if (status == EX_OK && asked->to && asked->head)
        status = ask_point(self, asked->to, &closing);
    self->turnover = turnover_backwards(opening, closing);
    return status == EX_OK ? add_up(self) : status;
}

// --- balances and sums ---

static void print_sum(table_print_t *table, const char *title, instant_t at, kopecks_t cash,
                      kopecks_t bonus, const uint64_t *postings)
{
    table_print_text(table, title);
    if (at)
        table_print_time(table, at);
    else
        table_print_none(table);
    table_print_money(table, cash + bonus);
    table_print_money(table, cash);
    table_print_money(table, bonus);
    if (postings)
        table_print_number(table, *postings);
    else
        table_print_none(table);
}

static void print_sums(const statement_t *self)
{
    static const column_t sums[] = {
        {"sum", "of the period", false}, {"at", "time", false},    {"balance", "sum", true},
        {"cash", "cash", true},          {"bonus", "bonus", true}, {"postings", "postings", true}};
    const turnover_t *t = &self->turnover;
    instant_t from = self->request.statement.from;
    table_print_t *table =
        table_print_new(sums, sizeof sums / sizeof sums[0], TABLE_ROWS, false, stdout);
    fputc('\n', stdout);
    print_sum(table, "opening balance", from == INT64_MIN ? 0 : from, t->opening.cash,
              t->opening.bonus, NULL);
    print_sum(table, "credits", 0, t->credits.cash, t->credits.bonus, &t->credits.count);
    print_sum(table, "debits", 0, t->debits.cash, t->debits.bonus, &t->debits.count);
    print_sum(table, "closing balance", self->request.statement.to, t->closing.cash,
              t->closing.bonus, NULL);
    table_print_destroy(&table);
}

static void print_json_time(const char *key, instant_t at, instant_t none)
{
    if (at == none)
        printf("\"%s\":null,", key);
    else
        printf("\"%s\":%" PRId64 ",", key, at);
}

static void print_json_sum(const char *key, kopecks_t cash, kopecks_t bonus)
{
    printf("\"%s\":{\"balance\":%" PRId64 ",\"cash\":%" PRId64 ",\"bonus\":%" PRId64 "},\n", key,
           cash + bonus, cash, bonus);
}

static void print_json_turnover(const char *key, const turnover_sum_t *sum)
{
    printf("\"%s\":{\"sum\":%" PRId64 ",\"cash\":%" PRId64 ",\"bonus\":%" PRId64
           ",\"postings\":%" PRIu64 "},\n",
           key, sum->cash + sum->bonus, sum->cash, sum->bonus, sum->count);
}

// All before the rows, which follow as the last member.
static void begin_json(const statement_t *self)
{
    const turnover_t *t = &self->turnover;
    char account[UID_TEXT_SIZE];
    uid_format(&self->request.statement.account, account);
    printf("{\"account\":\"%s\",", account);
    print_json_time("from", self->request.statement.from, INT64_MIN);
    print_json_time("to", self->request.statement.to, 0);
    fputc('\n', stdout);
    print_json_sum("opening", t->opening.cash, t->opening.bonus);
    print_json_turnover("credits", &t->credits);
    print_json_turnover("debits", &t->debits);
    print_json_sum("closing", t->closing.cash, t->closing.bonus);
    fputs("\"rows\":", stdout);
}

// What was printed against what was added up.
static int check_shown(const statement_t *self)
{
    uint64_t side = self->request.statement.side, all = 0;
    all += side == SIDE_DEBITS ? 0 : self->turnover.credits.count;
    all += side == SIDE_CREDITS ? 0 : self->turnover.debits.count;
    if (self->shown == all)
        return EX_OK;
    if (self->shown < self->limit)
        return refuse("other rows were shown than were added up");
    fprintf(stderr, "kopeck: %" PRIu64 " of %" PRIu64 " rows are shown; the sums are of all\n",
            self->shown, all);
    return EX_OK;
}

// --- the command ---

static int print_statement(statement_t *self)
{
    bool json = self->session->json;
    if (self->sums && json)
        begin_json(self);
    self->table = table_print_new(columns, COLUMNS, TABLE_ROWS, json, stdout);
    int status = self->oldest_first ? print_oldest_first(self) : print_newest_first(self);
    table_print_destroy(&self->table);
    if (self->sums && json)
        fputs("}\n", stdout);
    else if (self->sums && status == EX_OK)
        print_sums(self);
    return self->sums && status == EX_OK ? check_shown(self) : status;
}

static uint64_t take_side(args_t *args)
{
    const char *side = args_option(args, "side");
    bool debits = args_flag(args, "debits"), credits = args_flag(args, "credits");
    if ((side != NULL) + debits + credits > 1)
        args_refuse(args, "--side, --debits, --credits", NULL, "one of them");
    if (side && strcmp(side, "credit") != 0 && strcmp(side, "debit") != 0)
        args_refuse(args, "side", side, "credit or debit");
    debits |= side && *side == 'd';
    credits |= side && *side == 'c';
    return debits ? SIDE_DEBITS : credits ? SIDE_CREDITS : SIDE_ALL;
}

static void take_period(statement_t *self, args_t *args)
{
    request_statement_t *asked = &self->request.statement;
    asked->from = args_option_time(args, "from", INT64_MIN);
    asked->to = args_option_time(args, "to", INT64_MAX);
    if (asked->from > asked->to)
        args_refuse(args, "--from, --to", NULL, "the earlier instant first");
    if (asked->to == 0)
        asked->to = -1; // 0 is no end on the wire, and nothing was posted in 1969
    else if (asked->to == INT64_MAX)
        asked->to = 0;
}

static void take(statement_t *self, args_t *args)
{
    self->request.type = REQUEST_statement;
    self->request.statement.side = take_side(args);
    take_period(self, args);
    self->sums = args_flag(args, "sums");
    self->oldest_first = args_flag(args, "oldest-first");
    self->usage = !args_flag(args, "no-usage");
    bool all = args_flag(args, "all");
    self->limit =
        args_option_number(args, "limit", self->sums ? UINT64_MAX : ROWS_DEFAULT, 1, UINT64_MAX);
    if (all)
        self->limit = UINT64_MAX;
    self->request.statement.account = args_operand_uid(args, "the account");
}

int command_statement(session_t *session, args_t *args)
{
    static statement_t self;
    self = (statement_t){.session = session};
    take(&self, args);
    if (!command_ready(args))
        return EX_USAGE;
    request_t request = {.type = REQUEST_balance,
                         .balance.account = self.request.statement.account};
    answer_t answer;
    int status = session_ask(session, STREAM_LEDGER, CLIENT_COMMAND, &request, &answer);
    if (status == EX_OK) {
        self.request.statement.head = answer.balance.head;
        if (self.sums || self.oldest_first)
            status = survey(&self, &answer.balance);
    }
    if (status == EX_OK)
        status = print_statement(&self);
    free(self.heads);
    free(self.bytes);
    return status;
}
