#include "tools/kopeck/registry_print.h"
#include "tools/kopeck/table_print.h"
#include "tools/kopeck/turnover.h"
#include <inttypes.h>
#include <jansson.h>

static const char *const outcomes_texts[] = {[REGISTRY_OPEN] = "",
                                             [REGISTRY_CREDITED] = "credited",
                                             [REGISTRY_PENDING] = "another must agree",
                                             [REGISTRY_REFUSED] = "refused"};

static size_t count_of(const registry_report_t *report, registry_difference_t what)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        count += report->findings[i].what == what;
    return count;
}

static const char *number_text(uint64_t number, char ret_text[24])
{
    snprintf(ret_text, 24, "%" PRIu64, number);
    return ret_text;
}

// --- JSON ---

static json_t *day_json(day_t day)
{
    char text[DAY_TEXT_SIZE];
    if (day == DAY_NONE)
        return json_null();
    day_print(day, text);
    return json_string(text);
}

static json_t *finding_json(const registry_finding_t *finding, registry_outcome_t outcome)
{
    char number[24];
    return json_pack("{s:s, s:I, s:s, s:o, s:I, s:I, s:b, s:s, s:s}", "difference",
                     registry_difference_name(finding->what), "line", (json_int_t)finding->line,
                     "number", number_text(finding->number, number), "day", day_json(finding->day),
                     "there", (json_int_t)finding->there, "here", (json_int_t)finding->here,
                     "resolvable", (int)finding->resolvable, "resolved", outcomes_texts[outcome],
                     "remedy", registry_difference_remedy(finding->what));
}

static json_t *clearing_json(const registry_clearing_t *c)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "captured", (json_int_t)c->captured,
                     "returned", (json_int_t)c->returned, "paid_out", (json_int_t)c->paid_out,
                     "fees", (json_int_t)c->fees, "other", (json_int_t)c->other, "left",
                     (json_int_t)c->left, "after", (json_int_t)c->after);
}

static void print_json(const registry_report_t *report, const registry_terms_t *terms,
                       const registry_outcome_t *outcomes, FILE *out)
{
    json_t *findings = json_array(), *counts = json_object();
    for (size_t i = 0; i < report->count; i++)
        json_array_append_new(findings, finding_json(&report->findings[i], outcomes[i]));
    for (registry_difference_t what = 0; what < REGISTRY_DIFFERENCES_COUNT; what++)
        json_object_set_new(counts, registry_difference_name(what),
                            json_integer((json_int_t)count_of(report, what)));
    json_t *all =
        json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "from",
                  day_json(terms->from), "to", day_json(terms->to), "rows",
                  (json_int_t)report->rows, "earlier", (json_int_t)report->earlier, "paid_there",
                  (json_int_t)report->paid_there, "paid_here", (json_int_t)report->paid_here,
                  "returned_there", (json_int_t)report->returned_there, "returned_here",
                  (json_int_t)report->returned_here, "fees_there", (json_int_t)report->fees_there,
                  "clearing", terms->ledger ? clearing_json(&report->clearing) : json_null(),
                  "counts", counts, "differences", findings);
    json_dumpf(all, out, JSON_COMPACT);
    fputc('\n', out);
    json_decref(all);
}

// --- for people ---

static void print_finding(table_print_t *table, const registry_finding_t *finding,
                          registry_outcome_t outcome)
{
    char number[24], day[DAY_TEXT_SIZE];
    table_print_text(table, registry_difference_name(finding->what));
    if (finding->line)
        table_print_number(table, finding->line);
    else
        table_print_none(table);
    if (finding->number)
        table_print_text(table, number_text(finding->number, number));
    else
        table_print_none(table);
    if (finding->day != DAY_NONE) {
        day_print(finding->day, day);
        table_print_text(table, day);
    } else
        table_print_none(table);
    table_print_money(table, finding->there);
    table_print_money(table, finding->here);
    table_print_text(table, outcomes_texts[outcome]);
}

static void print_findings(const registry_report_t *report, const registry_outcome_t *outcomes,
                           FILE *out)
{
    static const column_t columns[] = {{"difference", "difference", false},
                                       {"line", "line", true},
                                       {"number", "number", true},
                                       {"day", "day", false},
                                       {"there", "there", true},
                                       {"here", "here", true},
                                       {"resolved", "resolved", false}};
    table_print_t *table =
        table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS, false, out);
    for (size_t i = 0; i < report->count; i++)
        print_finding(table, &report->findings[i], outcomes[i]);
    table_print_destroy(&table);
    fputc('\n', out);
    for (registry_difference_t what = 0; what < REGISTRY_DIFFERENCES_COUNT; what++) {
        size_t count = count_of(report, what);
        if (count)
            fprintf(out, "%s %zu: %s. %s\n", registry_difference_name(what), count,
                    registry_difference_meaning(what), registry_difference_remedy(what));
    }
}

static void print_sum(FILE *out, const char *title, kopecks_t sum)
{
    char rubles[TURNOVER_RUBLES_SIZE];
    turnover_rubles(sum, rubles);
    fprintf(out, "%s %s", title, rubles);
}

static void print_clearing(const registry_clearing_t *clearing, FILE *out)
{
    print_sum(out, "clearing: captured", clearing->captured);
    print_sum(out, ", went back", clearing->returned);
    print_sum(out, ", paid out", clearing->paid_out);
    print_sum(out, ", commission", clearing->fees);
    print_sum(out, ", by hand", clearing->other);
    print_sum(out, ": left", clearing->left);
    print_sum(out, ", of it since these days", clearing->after);
    fputc('\n', out);
}

static void print_text(const registry_report_t *report, const registry_terms_t *terms,
                       const registry_outcome_t *outcomes, FILE *out)
{
    char from[DAY_TEXT_SIZE], to[DAY_TEXT_SIZE];
    day_print(terms->from, from);
    day_print(terms->to, to);
    if (report->count)
        print_findings(report, outcomes, out);
    fprintf(out, "%s to %s, %" PRIu64 " rows\n", from, to, report->rows);
    print_sum(out, "registry: paid", report->paid_there);
    print_sum(out, ", went back", report->returned_there);
    print_sum(out, ", commission", report->fees_there);
    print_sum(out, "\nhere: paid", report->paid_here);
    print_sum(out, ", went back", report->returned_here);
    fputc('\n', out);
    if (report->earlier)
        fprintf(out,
                "%" PRIu64 " made before these days and not in the file: read the registry of the "
                "day before as well\n",
                report->earlier);
    if (terms->ledger)
        print_clearing(&report->clearing, out);
    else
        fputs("the ledger was not read\n", out);
    fputs(report->count ? "it does not agree\n" : "all agrees\n", out);
}

void registry_print(const registry_report_t *report, const registry_terms_t *terms,
                    const registry_outcome_t *outcomes, bool json, FILE *out)
{
    if (json)
        print_json(report, terms, outcomes, out);
    else
        print_text(report, terms, outcomes, out);
}
