#include "services/web/page_csv.h"
#include "services/web/page_period.h"
#include "services/web/page_rows.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    page_period_t period;
    bool excel, only; // one part alone
    uint64_t part;    // 0: the whole
    uint64_t head, rows;
} csv_t;

void page_csv_cell(writer_t *writer, char comma, span_t text)
{
    bool formula = text.size && strchr("=+-@\t\r", *text.bytes), quotes = formula;
    for (size_t i = 0; i < text.size; i++)
        quotes = quotes || text.bytes[i] == comma || strchr("\"\r\n", text.bytes[i]);
    if (quotes)
        writer_put(writer, "\"", 1);
    if (formula)
        writer_put(writer, "'", 1);
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] == '"')
            writer_put(writer, "\"", 1);
        writer_put(writer, &text.bytes[i], 1);
    }
    if (quotes)
        writer_put(writer, "\"", 1);
}

static void put_head(const web_visit_t *visit, const csv_t *csv, writer_t *writer)
{
    static const text_id_t titles[] = {TEXT_WHEN, TEXT_WHAT, TEXT_SUM, TEXT_AFTER, TEXT_RECORD};
    if (!csv->excel) {
        writer_string(writer, "time,kind,amount_kop,balance_kop,sequence\r\n");
        return;
    }
    writer_string(writer, "\xef\xbb\xbf");
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        if (i)
            writer_put(writer, ";", 1);
        page_csv_cell(writer, ';', text_get(titles[i], visit->language));
    }
    writer_string(writer, "\r\n");
}

static void put_excel(const web_visit_t *visit, const page_posting_t *posting, writer_t *writer)
{
    hole_clock(writer, LANGUAGE_RUSSIAN, posting->at);
    writer_put(writer, ";", 1);
    page_csv_cell(writer, ';', page_posting_what(posting, visit->language));
    writer_put(writer, ";", 1);
    hole_plain_money(writer, ',', posting->sum);
    writer_put(writer, ";", 1);
    hole_plain_money(writer, ',', posting->after);
    writer_put(writer, ";", 1);
    hole_id(writer, LANGUAGE_RUSSIAN, posting->sequence);
}

static void put_data(const page_posting_t *posting, writer_t *writer)
{
    char numbers[96];
    hole_utc(writer, posting->at);
    writer_put(writer, ",", 1);
    page_csv_cell(writer, ',', page_posting_what(posting, LANGUAGE_ENGLISH));
    snprintf(numbers, sizeof numbers, ",%lld,%lld,%llu", (long long)posting->sum,
             (long long)posting->after, (unsigned long long)posting->sequence);
    writer_string(writer, numbers);
}

// Room for one more page of rows behind what is there.
static writer_t grow(web_visit_t *visit)
{
    size_t size = visit->page_size + (CSV_PAGE_ROWS + 1) * CSV_ROW_SIZE_MAX;
    visit->page = realloc(visit->page, size);
    assert(visit->page);
    writer_t writer = writer_on(visit->page, size);
    writer.size = visit->page_size;
    return writer;
}

static void add_rows(web_visit_t *visit, csv_t *csv, const answer_statement_t *statement)
{
    page_walk_t walk;
    page_posting_t posting;
    writer_t writer = grow(visit);
    if (!csv->rows)
        put_head(visit, csv, &writer);
    page_walk_start(&walk, statement);
    while (page_walk_next(&walk, &posting)) {
        if (csv->excel)
            put_excel(visit, &posting, &writer);
        else
            put_data(&posting, &writer);
        writer_string(&writer, "\r\n");
        csv->rows++;
    }
    assert(!writer.refused);
    visit->page_size = writer.size;
}

static bool ask_page(web_visit_t *visit, const csv_t *csv, uint64_t head)
{
    visit_forget(visit);
    visit_ask(visit, WEB_DOOR_LEDGER_REPLAY, REQUEST_statement, VISIT_LEDGER_MS)->statement =
        (request_statement_t){.account = visit->account,
                              .head = head,
                              .side = csv->period.side,
                              .from = csv->period.from,
                              .to = csv->period.to,
                              .limit = CSV_PAGE_ROWS};
    return false;
}

static bool begin(web_visit_t *visit, csv_t *csv)
{
    span_t form = visit_field(visit, "form");
    if (visit_needs_customer(visit, false) || visit_is_limited(visit, 'c', 2000, 5))
        return true;
    uint64_t part, rest;
    csv->excel = span_is(form, SPAN("excel"));
    if (!visit_number(visit_field(visit, "part"), &part) ||
        !visit_number(visit_field(visit, "rest"), &rest) || (part && rest))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    csv->only = part > 0;
    csv->part = part + rest;
    if ((!csv->excel && !span_is(form, SPAN("data"))) ||
        !page_period_read(visit, visit->now, &csv->period) || page_period_is_wrong(&csv->period) ||
        !csv->period.at)
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    csv->head = csv->part > 1 && csv->period.head ? csv->period.head : csv->period.at;
    return ask_page(visit, csv, csv->head);
}

// Where the next part begins, for programs.
static void link_next(web_visit_t *visit, const csv_t *csv, uint64_t next)
{
    char *value = visit->headers[visit->headers_count].value;
    writer_t writer = writer_on(value, VISIT_HEADER_MAX);
    const struct {
        const char *name;
        span_t value;
    } fields[] = {{"</balance/lines.csv?form=", visit_field(visit, "form")},
                  {"&side=", span_of(csv->period.side_name)},
                  {"&from=", span_of(csv->period.from_text)},
                  {"&to=", span_of(csv->period.to_text)}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        writer_string(&writer, fields[i].name);
        form_escape(&writer, fields[i].value);
    }
    char rest[128];
    snprintf(rest, sizeof rest, "&at=%llu&head=%llu&part=%llu>; rel=\"next\"",
             (unsigned long long)csv->period.at, (unsigned long long)next,
             (unsigned long long)csv->part + 1);
    writer_string(&writer, rest);
    if (writer_end(&writer))
        visit->headers[visit->headers_count++].name = "Link";
}

static bool finish(web_visit_t *visit, const csv_t *csv, uint64_t next)
{
    char part[32] = "";
    visit->status = 200;
    visit->content_type = "text/csv; charset=utf-8";
    if (csv->part)
        snprintf(part, sizeof part, "-part-%llu", (unsigned long long)csv->part);
    snprintf(visit->disposition, sizeof visit->disposition,
             "attachment; filename=\"kopeck-%llu%s.csv\"", (unsigned long long)csv->period.at,
             part);
    if (next)
        link_next(visit, csv, next);
    return true;
}

static bool offer_parts(web_visit_t *visit, const csv_t *csv, uint64_t next)
{
    uint64_t part = csv->part ? csv->part : 1;
    page_parts_t page = {.frame = visit_frame(visit, TEXT_TAB_LINES, 0),
                         .most = CSV_ROWS_MAX,
                         .form = visit_field(visit, "form"),
                         .side = span_of(csv->period.side_name),
                         .from = span_of(csv->period.from_text),
                         .to = span_of(csv->period.to_text),
                         .at = csv->period.at,
                         .head = csv->head,
                         .part = part,
                         .next = next,
                         .then = part + 1};
    page.frame.on_lines = true;
    writer_t writer = visit_writer(visit);
    page_parts(&writer, visit->language, &page);
    return visit_show(visit, 200, &writer);
}

bool page_csv_send(web_visit_t *visit)
{
    csv_t *csv = visit_own(visit, sizeof *csv);
    if (visit->round == 0)
        return begin(visit, csv);
    const answer_t *rows = visit_answer(visit, 0);
    if (!rows) { // never a shorter file
        fail_t fail = visit_fail(visit, 0);
        return fail == FAIL_INVALID ? visit_say(visit, 404, TEXT_E3, TEXT_E3)
                                    : visit_say_failure(visit, fail);
    }
    uint64_t next = rows->statement.next;
    add_rows(visit, csv, &rows->statement);
    if (next && csv->rows < CSV_ROWS_MAX)
        return ask_page(visit, csv, next);
    return next && !csv->only ? offer_parts(visit, csv, next) : finish(visit, csv, next);
}
