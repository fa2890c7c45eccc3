// Rows bank-…: sentences about statements, each form of them read by one function here, so that a
// row with other values is run too.
#include "tests/vectors/money_statement.h"
#include "tests/vectors/money.h"
#include <inttypes.h>
#include <stdio.h>

enum { WORD_MAX = 128, PAPERS_MAX = 4 };

static bool word(span_t text, char out[WORD_MAX])
{
    if (text.size >= WORD_MAX)
        return false;
    memcpy(out, text.bytes, text.size);
    out[text.size] = '\0';
    return true;
}

static bool is_when(const money_row_t *row, const char *when)
{
    return strcmp(row->when, when) == 0;
}

// What the only statement of a row came to, where it is refused or the row speaks of nothing else.
static money_verdict_t refused(const statement_t *statement, const money_row_t *row,
                               money_said_t *said)
{
    char got[WORD_MAX];
    money_text_t then = {row->then};
    bool posted = strstr(then.at, ", nothing posted") != NULL;
    snprintf(got, sizeof got, "file refused %s%s", statement_refusal_name(statement->refusal),
             posted ? ", nothing posted" : "");
    return money_compare(said, got, span_of(row->then));
}

// `Key=value [and Key=value]…`: the values, up to the next.
static size_t take_values(const char *given, const char *key, char values[PAPERS_MAX][WORD_MAX])
{
    char joint[WORD_MAX];
    size_t count = 0, key_size = strlen(key);
    snprintf(joint, sizeof joint, " and %s", key);
    while (strncmp(given, key, key_size) == 0 && count < PAPERS_MAX) {
        const char *value = given + key_size, *next = strstr(value, joint);
        size_t size = next ? (size_t)(next - value) : strlen(value);
        if (!word((span_t){value, size}, values[count++]))
            return 0;
        if (!next)
            return count;
        given = next + 5; // " and "
    }
    return 0;
}

static money_verdict_t sums(const money_row_t *row, money_said_t *said)
{
    char values[PAPERS_MAX][WORD_MAX], got[WORD_MAX * 2] = "";
    money_paper_t papers[PAPERS_MAX] = {{0}};
    size_t count = take_values(row->given, "Сумма=", values), size = 0;
    if (count == 0 || !is_when(row, "read"))
        return money_unknown(said, "given", (money_text_t){row->given});
    for (size_t i = 0; i < count; i++)
        papers[i].amount = values[i];
    statement_t statement;
    bool accepted = money_statement_read(&(money_frame_t){0}, papers, count, &statement);
    money_verdict_t verdict;
    for (size_t i = 0; accepted && i < count; i++)
        size += (size_t)snprintf(got + size, sizeof got - size, "%s%" PRId64 " kopecks",
                                 i ? " and " : "", statement.documents[i].amount);
    verdict =
        accepted ? money_compare(said, got, span_of(row->then)) : refused(&statement, row, said);
    statement_release(&statement);
    return verdict;
}

static money_verdict_t numbers(const money_row_t *row, money_said_t *said)
{
    char values[PAPERS_MAX][WORD_MAX], got[WORD_MAX * PAPERS_MAX] = "";
    money_paper_t papers[PAPERS_MAX] = {{0}};
    size_t count = take_values(row->given, "Номер=", values), size = 0;
    if (count == 0 || !is_when(row, "read"))
        return money_unknown(said, "given", (money_text_t){row->given});
    for (size_t i = 0; i < count; i++)
        papers[i].number = values[i];
    statement_t statement;
    bool accepted = money_statement_read(&(money_frame_t){0}, papers, count, &statement);
    for (size_t i = 0; accepted && i < count; i++) {
        span_t number = statement.documents[i].number;
        size += (size_t)snprintf(got + size, sizeof got - size, "%stext %.*s", i ? " and " : "",
                                 (int)number.size, number.bytes);
    }
    statement_release(&statement);
    return money_compare(said, got, span_of(row->then));
}

// `own account is the receiver, ДатаСписано=D, no ДатаПоступило`: `income of D`.
static money_verdict_t direction(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    money_paper_t paper = {.day = "31.12.2025"};
    char in[WORD_MAX] = "", out[WORD_MAX] = "", day[WORD_MAX] = "31.12.2025", got[WORD_MAX];
    span_t value;
    (void)money_take(&given, "own account is the");
    bool payer = money_take(&given, "payer");
    if (!payer && !money_take(&given, "receiver"))
        return money_unknown(said, "given", given);
    if (payer) {
        paper.payer = MONEY_OWN;
        paper.receiver = MONEY_PAYER;
    }
    while (money_take(&given, ",")) {
        if (money_take(&given, "no ДатаПоступило") || money_take(&given, "no ДатаСписано"))
            continue;
        char *slot = money_take(&given, "ДатаСписано=")     ? out
                     : money_take(&given, "ДатаПоступило=") ? in
                     : money_take(&given, "Дата=")          ? day
                                                            : NULL;
        if (!slot || !money_take_token(&given, &value) || !word(value, slot))
            return money_unknown(said, "given", given);
    }
    if (!money_ended(&given) || !is_when(row, "read"))
        return money_unknown(said, "given", given);
    paper.day_in = in;
    paper.day_out = out;
    paper.day = day;
    statement_t statement;
    if (money_statement_read(&(money_frame_t){0}, &paper, 1, &statement)) {
        char iso[DAY_TEXT_SIZE];
        day_print(statement.documents[0].booked, iso);
        snprintf(got, sizeof got, "%s of %.2s.%.2s.%.4s",
                 statement.documents[0].direction == DIRECTION_IN ? "income" : "expense", iso + 8,
                 iso + 5, iso);
    } else {
        snprintf(got, sizeof got, "file refused %s", statement_refusal_name(statement.refusal));
    }
    statement_release(&statement);
    return money_compare(said, got, span_of(row->then));
}

// --- repeated documents ---

// `643 of 01.09.2026, 140000 then 140000.00`, or `55 of 06.09.2026, 700.00, twice in the same
// file`.
static money_verdict_t repeated(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    span_t value;
    char number[WORD_MAX], day[WORD_MAX], first[WORD_MAX], second[WORD_MAX], got[WORD_MAX];
    if (!money_take_token(&given, &value) || !word(value, number) || !money_take(&given, "of") ||
        !money_take_token(&given, &value) || !word(value, day) || !money_take(&given, ",") ||
        !money_take_token(&given, &value) || !word(value, first))
        return money_unknown(said, "given", given);
    bool then = money_take(&given, "then");
    if (then ? !(money_take_token(&given, &value) && word(value, second))
             : !(money_take(&given, ",") && money_take(&given, "twice in the same file")))
        return money_unknown(said, "given", given);
    if (!money_ended(&given) || !is_when(row, then ? "read both" : "read"))
        return money_unknown(said, "given", given);
    money_paper_t papers[] = {{.number = number, .day = day, .amount = first},
                              {.number = number, .day = day, .amount = then ? second : first}};
    statement_t one = {0}, two = {0};
    bank_books_t books;
    bank_result_t results[2];
    bank_books_init(&books);
    if (then && money_statement_read(&(money_frame_t){0}, papers, 1, &one) &&
        money_statement_read(&(money_frame_t){0}, papers + 1, 1, &two) &&
        bank_books_take(&books, &one, results) && bank_books_take(&books, &two, results + 1))
        snprintf(got, sizeof got, "%s, the second is %s",
                 results[0].class == BANK_DUPLICATE ? "no credit" : "one credit",
                 bank_class_name(results[1].class));
    else if (!then && money_statement_read(&(money_frame_t){0}, papers, 2, &one))
        snprintf(got, sizeof got, "%s documents, ordinal %u and %u",
                 one.documents_count == 2 ? "two" : "other", one.documents[0].ordinal,
                 one.documents[1].ordinal);
    else
        snprintf(got, sizeof got, "refused");
    bank_books_release(&books);
    statement_release(&one);
    statement_release(&two);
    return money_compare(said, got, span_of(row->then));
}

// --- totals ---

static bool sections_of(char *text, size_t size, const char *account, const char *in,
                        const char *out)
{
    size_t length = strlen(text);
    return (size_t)snprintf(text + length, size - length,
                            "СекцияРасчСчет\nДатаНачала=01.09.2026\nДатаКонца=01.09.2026\n"
                            "РасчСчет=%s\nВсегоПоступило=%s\nВсегоСписано=%s\nКонецРасчСчет\n",
                            account, in, out) < size - length;
}

// `documents add up to 140000.00, section says 140001`
static money_verdict_t totals(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    char sum[WORD_MAX], total[WORD_MAX], sections[1024] = "";
    span_t value;
    if (!money_take(&given, "documents add up to") || !money_take_token(&given, &value) ||
        !word(value, sum) || !money_take(&given, ",") || !money_take(&given, "section says") ||
        !money_take_token(&given, &value) || !word(value, total) || !money_ended(&given) ||
        !is_when(row, "read") || !sections_of(sections, sizeof sections, MONEY_OWN, total, "0"))
        return money_unknown(said, "given", given);
    statement_t statement;
    bool accepted = money_statement_read(&(money_frame_t){.sections = sections},
                                         &(money_paper_t){.amount = sum}, 1, &statement);
    money_verdict_t verdict = accepted ? money_compare(said, "accepted", span_of(row->then))
                                       : refused(&statement, row, said);
    statement_release(&statement);
    return verdict;
}

static money_verdict_t own_transfer(const money_row_t *row, money_said_t *said)
{
    char sections[1024] = "";
    bank_books_t books;
    bank_result_t result = {.class = BANK_MATCH};
    statement_t statement;
    if (!is_when(row, "read") || !sections_of(sections, sizeof sections, MONEY_OWN, "0", "100") ||
        !sections_of(sections, sizeof sections, MONEY_OWN_TOO, "100", "0"))
        return money_unknown(said, "when", (money_text_t){row->when});
    bank_books_init(&books);
    bool taken =
        money_statement_read(&(money_frame_t){.sections = sections},
                             &(money_paper_t){.payer = MONEY_OWN, .receiver = MONEY_OWN_TOO}, 1,
                             &statement) &&
        bank_books_take(&books, &statement, &result);
    bank_books_release(&books);
    statement_release(&statement);
    return money_compare(said,
                         taken && result.class == BANK_OWN
                             ? "no customer is credited, both accounts' totals include it"
                             : "refused, or credited",
                         span_of(row->then));
}

// --- matching ---

// One transfer of a purpose against one invoice; the customer is the payer.
static money_verdict_t match(const money_row_t *row, const money_paper_t *paper, const char *number,
                             kopecks_t amount, bool paid, money_said_t *said)
{
    statement_t statement;
    bank_books_t books;
    bank_result_t results[2] = {{0}};
    money_paper_t papers[2] = {*paper, *paper};
    char got[WORD_MAX];
    bank_books_init(&books);
    (void)bank_books_add_invoice(&books, span_of(number), SPAN(MONEY_INN), amount);
    papers[1].number = "2";
    size_t count = paid ? 2 : 1;
    if (money_statement_read(&(money_frame_t){0}, papers, count, &statement) &&
        bank_books_take(&books, &statement, results)) {
        const bank_result_t *last = &results[count - 1];
        if (last->class == BANK_SUSPENSE)
            snprintf(got, sizeof got, "suspense %s", bank_reason_name(last->reason));
        else
            snprintf(got, sizeof got, "%s %s", bank_class_name(last->class), last->invoice.digits);
    } else {
        snprintf(got, sizeof got, "file refused %s", statement_refusal_name(statement.refusal));
    }
    bank_books_release(&books);
    statement_release(&statement);
    return money_compare(said, got, span_of(row->then));
}

// `purpose begins "Возврат"`, `purpose contains "эквайринг"`
static money_verdict_t purpose(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    span_t quoted;
    char text[WORD_MAX * 2];
    if (!money_take(&given, "purpose"))
        return money_unknown(said, "given", given);
    bool contains = money_take(&given, "contains");
    if ((!contains && !money_take(&given, "begins")) ||
        ((void)money_take(&given, "with"), !money_take_quoted(&given, &quoted)) ||
        !money_ended(&given) || !(is_when(row, "read") || is_when(row, "match")))
        return money_unknown(said, "given", given);
    snprintf(text, sizeof text, "%s%.*s по счету 26000000013", contains ? "Зачисление, " : "",
             (int)(quoted.size < WORD_MAX ? quoted.size : 0), quoted.bytes);
    return match(row, &(money_paper_t){.purpose = text}, "26000000013", 10000, false, said);
}

// `invoice 13056.00, transfer 13057.00 with the number`, `invoice 26000000096 already paid`
static money_verdict_t invoice(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given}, sums_text = given;
    char text[WORD_MAX], amount[WORD_MAX];
    kopecks_t sum;
    span_t value;
    if (!is_when(row, "match"))
        return money_unknown(said, "when", (money_text_t){row->when});
    if (money_take(&sums_text, "invoice") && money_take_sum(&sums_text, &sum) &&
        money_take(&sums_text, ",") && money_take(&sums_text, "transfer") &&
        money_take_token(&sums_text, &value) && word(value, amount) &&
        money_take(&sums_text, "with the number") && money_ended(&sums_text))
        return match(row, &(money_paper_t){.amount = amount, .purpose = "по счету 26000000013"},
                     "26000000013", sum, false, said);
    if (!money_take(&given, "invoice") || !money_take_token(&given, &value) ||
        !word(value, amount) || !money_take(&given, "already paid") || !money_ended(&given))
        return money_unknown(said, "given", given);
    snprintf(text, sizeof text, "по счету %.20s", amount);
    return match(row, &(money_paper_t){.purpose = text}, amount, 10000, true, said);
}

// --- the rest ---

// `received Friday 04.09.2026, credited Tuesday 08.09.2026`
static money_verdict_t service_level(const money_row_t *row, money_said_t *said)
{
    static const char *const week[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    static const char *const counts[] = {"no", "one", "two", "three", "four", "five"};
    static const char *const acts[] = {"received", "credited"};
    money_text_t given = {row->given};
    day_t days[2];
    char got[WORD_MAX];
    for (size_t i = 0; i < 2; i++) {
        span_t name, day;
        if ((i && !money_take(&given, ",")) || !money_take(&given, acts[i]) ||
            !money_take_token(&given, &name) || !money_take_token(&given, &day) ||
            !day_parse(day, &days[i]) || !span_is(name, span_of(week[day_of_week(days[i]) - 1])))
            return money_unknown(said, "given", given);
    }
    if (!money_ended(&given) || !is_when(row, "measure"))
        return money_unknown(said, "given", given);
    uint32_t worked = day_working_between(days[0], days[1], NULL, 0);
    snprintf(got, sizeof got, "%s working day%s, %s", worked < 6 ? counts[worked] : "many",
             worked == 1 ? "" : "s", worked <= 2 ? "kept" : "not kept");
    return money_compare(said, got, span_of(row->then));
}

// `header says Windows, bytes are UTF-8`
static money_verdict_t declared(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    span_t name;
    char says[WORD_MAX], got[WORD_MAX];
    if (!money_take(&given, "header says") || !money_take_token(&given, &name) ||
        !word(name, says) || !money_take(&given, ",") || !money_take(&given, "bytes are UTF-8") ||
        !money_ended(&given) || !is_when(row, "read"))
        return money_unknown(said, "given", given);
    statement_t statement;
    (void)money_statement_read(&(money_frame_t){.declared = says}, &(money_paper_t){0}, 1,
                               &statement);
    bool warned =
        statement.warnings_count > 0 && statement.warnings[0].warning == WARN_ENCODING_DECLARED;
    snprintf(got, sizeof got, "read as %s%s", statement.encoding == STATEMENT_UTF8 ? "UTF-8" : "?",
             warned ? ", warning ENCODING_DECLARED" : "");
    statement_release(&statement);
    return money_compare(said, got, span_of(row->then));
}

money_verdict_t money_bank(const money_row_t *row, money_said_t *said)
{
    static const struct {
        const char *begins;
        money_family_fn *run;
    } forms[] = {
        {"Сумма=", sums},
        {"Номер=", numbers},
        {"own account", direction},
        {"documents add up", totals},
        {"purpose", purpose},
        {"invoice", invoice},
        {"received", service_level},
        {"header says", declared},
    };
    if (strcmp(row->given, "payer and receiver are own accounts") == 0)
        return own_transfer(row, said);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strncmp(row->given, forms[i].begins, strlen(forms[i].begins)) == 0)
            return forms[i].run(row, said);
    return repeated(row, said);
}
