// Promo codes: campaigns and their codes for operators, and a code entered for a customer. A code
// is read from a file or from standard input, never from the command line, which others may see.
#include "services/payment/promo_code.h"
#include "services/process/uuid7.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include <assert.h>
#include <sys/random.h>

enum { LINE_SIZE = PROMO_TYPED_MAX + 3, CODES_MAX = 100000 };

// --- campaigns ---

static int create(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_promo_begin};
    request_promo_begin_t *begin = &request.promo_begin;
    ask_take_id(args, &request);
    begin->first_topup = args_flag(args, "first-topup");
    begin->per_account = args_option_number(args, "per-account", 0, 0, UINT32_MAX);
    begin->in_all = args_option_number(args, "in-all", 0, 0, UINT32_MAX);
    begin->life_us = args_option_number(args, "bonus-days", 0, 1, 3660) * (uint64_t)DAY_US;
    begin->starts = args_option_time(args, "starts", 0);
    begin->ends = args_option_time(args, "ends", 0);
    begin->begins = args_option_time(args, "begins", 0);
    begin->new_accounts = args_flag(args, "new-accounts");
    begin->new_us = args_option_number(args, "new-accounts-days", 0, 1, 3660) * (uint64_t)DAY_US;
    const char *category = args_option(args, "category");
    if (category && !args_read_code(CODES_category, category, &begin->category))
        args_refuse(args, "category", category, "compute, disk or models");
    static const struct {
        const char *word;
        size_t offset;
    } sums[] = {{"cap", offsetof(request_promo_begin_t, cap)},
                {"topup-min", offsetof(request_promo_begin_t, topup_min)},
                {"budget", offsetof(request_promo_begin_t, budget)}};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        const char *text = args_option(args, sums[i].word);
        if (text && !args_read_rubles(text, (kopecks_t *)((char *)begin + sums[i].offset)))
            args_refuse(args, sums[i].word, text, ARGS_RUBLES);
    }
    const char *reason = args_option(args, "reason");
    if (reason && !args_read_code(CODES_reason, reason, &begin->reason))
        args_refuse(args, "reason", reason, "mistake, goodwill, dispute, migration, test, other");
    static const char *const kinds[] = {"gift", "percent", "fixed", "welcome", NULL};
    int kind = args_word(args, kinds);
    if (kind < 0)
        args_refuse(args, "the kind", NULL, "gift, percent, fixed or welcome");
    begin->kind = (uint64_t)(kind < 0 ? 0 : PROMO_GIFT + kind);
    const char *text = args_operand(args, "the value");
    kopecks_t value = 0; // a percent in hundredths reads as rubles in kopecks
    if (*text && (!args_read_rubles(text, &value) || value < 1))
        args_refuse(args, "the value", text, "rubles, or a percent as 12.5");
    begin->value = (uint64_t)value;
    return command_ready(args) ? ask_send(session, STREAM_PAYMENT, &request) : EX_USAGE;
}

static void print_maybe(table_print_t *table, instant_t at)
{
    if (at)
        table_print_time(table, at);
    else
        table_print_none(table);
}

// What its bonuses are for, and who may have them.
static void print_narrowed(table_print_t *table, wire_t *wire)
{
    static const field_t services = {.type = FIELD_TYPE_code, .family = CODES_category};
    uint64_t category = 0;
    int64_t amount = 0;
    bool flag = false;
    wire_u64(wire, &category);
    table_print_field(table, &services, &category);
    wire_i64(wire, &amount);
    print_maybe(table, amount);
    wire_flag(wire, &flag);
    table_print_flag(table, flag);
    wire_i64(wire, &amount);
    table_print_number(table, (uint64_t)amount / (uint64_t)DAY_US);
}

static void print_campaign(table_print_t *table, wire_t *wire)
{
    static const field_t kinds = {.type = FIELD_TYPE_code, .family = CODES_promo_kind};
    enum { UNTIL_CAP = 2, SUMS = 3, TIMES = 2, NUMBERS = 2, FLAGS = 2, LAST = 2 };
    uint64_t number = 0, kind = 0;
    int64_t amount = 0;
    bool flag = false;
    wire_u64(wire, &number);
    table_print_number(table, number);
    wire_u64(wire, &kind);
    table_print_field(table, &kinds, &kind);
    wire_u64(wire, &number);
    table_print_money(table, (kopecks_t)number);
    for (unsigned i = 0; i < SUMS; i++) {
        wire_i64(wire, &amount);
        table_print_money(table, amount);
    }
    for (unsigned i = 0; i < TIMES; i++) {
        wire_i64(wire, &amount);
        print_maybe(table, amount);
    }
    for (unsigned i = 0; i < NUMBERS; i++) {
        wire_u64(wire, &number);
        table_print_number(table, number);
    }
    for (unsigned i = 0; i < FLAGS; i++) {
        wire_flag(wire, &flag);
        table_print_flag(table, flag);
    }
    for (unsigned i = 0; i < LAST; i++) {
        wire_u64(wire, &number);
        table_print_number(table, number);
    }
    wire_i64(wire, &amount);
    table_print_money(table, amount);
    wire_i64(wire, &amount);
    table_print_number(table, (uint64_t)amount / (uint64_t)DAY_US);
    print_narrowed(table, wire);
}

static int print_page(const answer_promo_campaigns_t *page, table_print_t *table)
{
    enum { COLUMNS = 20 };
    wire_t wire;
    wire_start(&wire, page->rows.data, page->rows.size);
    for (uint64_t i = 0; i < page->count && wire_array(&wire, COLUMNS) == COLUMNS; i++)
        print_campaign(table, &wire);
    if (wire_end(&wire) == FAIL_NONE)
        return EX_OK;
    fputs("kopeck: payment sent rows that cannot be read\n", stderr);
    return EX_DATAERR;
}

static int list(session_t *session, args_t *args)
{
    static const column_t columns[] = {{"campaign", "campaign", true},
                                       {"kind", "kind", false},
                                       {"value", "value", true},
                                       {"cap", "cap", true},
                                       {"topup_min", "top-up from", true},
                                       {"budget", "budget", true},
                                       {"starts", "starts", false},
                                       {"ends", "ends", false},
                                       {"per_account", "an account", true},
                                       {"in_all", "in all", true},
                                       {"first_topup", "first", false},
                                       {"stopped", "stopped", false},
                                       {"codes", "codes", true},
                                       {"taken", "used", true},
                                       {"committed", "given", true},
                                       {"bonus_days", "bonus days", true},
                                       {"category", "for", false},
                                       {"begins", "bonus from", false},
                                       {"new_accounts", "new", false},
                                       {"new_days", "new days", true}};
    request_t request = {.type = REQUEST_promo_campaigns};
    answer_t answer;
    int status;
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof *columns, TABLE_ROWS,
                                           session->json, stdout);
    do {
        status = session_ask(session, STREAM_PAYMENT, CLIENT_COMMAND, &request, &answer);
        if (status == EX_OK)
            status = print_page(&answer.promo_campaigns, table);
        request.promo_campaigns.from = answer.promo_campaigns.next;
    } while (status == EX_OK && answer.promo_campaigns.next);
    table_print_destroy(&table);
    return status;
}

// --- codes ---

// The next line without its end; false at the end, and after having said what is wrong.
static bool read_line(FILE *file, char line[LINE_SIZE], int *ret_status)
{
    if (!fgets(line, LINE_SIZE, file))
        return false;
    size_t size = strlen(line);
    if (size && line[size - 1] == '\n')
        line[--size] = '\0';
    if (size && line[size - 1] == '\r')
        line[--size] = '\0';
    if (size <= PROMO_TYPED_MAX)
        return true;
    fputs("kopeck: a line is longer than a promo code may be\n", stderr);
    *ret_status = EX_DATAERR;
    return false;
}

static FILE *open_codes(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!file)
        fprintf(stderr, "kopeck: %s: cannot be read\n", path);
    return file;
}

static void close_codes(FILE *file)
{
    if (file != stdin)
        fclose(file);
}

static int add_one(session_t *session, request_t *request, const char *code)
{
    answer_t answer;
    request->id = uuid7_new();
    request->promo_add.code = text_of(code);
    return ask_unprinted(session, STREAM_PAYMENT, request, &answer);
}

static int add(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_promo_add};
    request.promo_add.campaign = args_operand_number(args, "the campaign");
    const char *path = args_operand(args, "the file with a code a line");
    if (!command_ready(args))
        return EX_USAGE;
    FILE *file = open_codes(path);
    if (!file)
        return EX_NOINPUT;
    char line[LINE_SIZE];
    int status = EX_OK;
    uint64_t count = 0;
    while (status == EX_OK && read_line(file, line, &status)) {
        status = *line ? add_one(session, &request, line) : EX_OK;
        count += *line && status == EX_OK;
    }
    close_codes(file);
    printf(session->json ? "{\"added\":%llu}\n" : "added %llu\n", (unsigned long long)count);
    return status;
}

static promo_code_t draw(void)
{
    promo_code_t code;
    uint64_t random;
    do {
        ssize_t got = getrandom(&random, sizeof random, 0);
        assert(got == (ssize_t)sizeof random);
    } while (!promo_code_make(random, &code));
    return code;
}

// Each is shown once payment has it, so what was shown is good whatever comes after it.
static int codes(session_t *session, args_t *args)
{
    static const column_t columns[] = {{"code", "code", false}};
    request_t request = {.type = REQUEST_promo_add};
    request.promo_add.campaign = args_operand_number(args, "the campaign");
    uint64_t count = args_operand_number(args, "how many");
    if (count > CODES_MAX)
        args_refuse(args, "how many", NULL, "at most 100000 at a time");
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, 1, TABLE_ROWS, session->json, stdout);
    int status = EX_OK;
    for (uint64_t i = 0; i < count && status == EX_OK; i++) {
        char shown[PROMO_SHOWN_SIZE];
        promo_code_t code = draw();
        status = add_one(session, &request, code.signs);
        promo_code_show(&code, shown);
        if (status == EX_OK)
            table_print_text(table, shown);
    }
    table_print_destroy(&table);
    return status;
}

// --- customers ---

static int print_answer(const session_t *session, const answer_promo_apply_t *answer)
{
    static const column_t columns[] = {{"accepted", "accepted", false},
                                       {"kind", "kind", false},
                                       {"amount", "amount", true},
                                       {"until", "until", false}};
    static const field_t kinds = {.type = FIELD_TYPE_code, .family = CODES_promo_kind};
    table_print_t *table = table_print_new(columns, 4, TABLE_RECORD, session->json, stdout);
    table_print_flag(table, answer->accepted);
    if (answer->accepted) {
        table_print_field(table, &kinds, &answer->kind);
        table_print_money(table, answer->amount);
    } else {
        table_print_none(table);
        table_print_none(table);
    }
    if (answer->until)
        table_print_time(table, answer->until);
    else
        table_print_none(table);
    table_print_destroy(&table);
    if (!answer->accepted)
        fputs("kopeck: it is no code that this account can use now\n", stderr);
    return answer->accepted ? EX_OK : EX_DATAERR;
}

static int apply(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_promo_apply};
    ask_take_id(args, &request);
    request.promo_apply.account = args_operand_uid(args, "the account");
    const char *path = args_operand(args, "the file with the code");
    if (!command_ready(args))
        return EX_USAGE;
    FILE *file = open_codes(path);
    if (!file)
        return EX_NOINPUT;
    char line[LINE_SIZE] = "";
    int status = EX_OK;
    (void)read_line(file, line, &status);
    close_codes(file);
    request.promo_apply.code = text_of(line);
    answer_t answer;
    if (status == EX_OK)
        status = ask_unprinted(session, STREAM_PAYMENT, &request, &answer);
    return status == EX_OK ? print_answer(session, &answer.promo_apply) : status;
}

int command_promo(session_t *session, args_t *args)
{
    static const char *const words[] = {"list", "create", "end", "add", "codes", "apply", NULL};
    request_t request = {.type = REQUEST_promo_stop};
    switch (args_word(args, words)) {
    case 0:
        return list(session, args);
    case 1:
        return create(session, args);
    case 2:
        return ask(session, args, STREAM_PAYMENT, &request,
                   (const ask_field_t[]){{"campaign", NULL, NULL}, {"reason", "reason", "none"}},
                   2);
    case 3:
        return add(session, args);
    case 4:
        return codes(session, args);
    case 5:
        return apply(session, args);
    default:
        request.type = REQUEST_promo;
        return ask(session, args, STREAM_PAYMENT, &request,
                   (const ask_field_t[]){{"account", NULL, NULL}}, 1);
    }
}
