#include "tools/kopeck/bank_print.h"
#include "services/documents/statement_check.h"
#include "services/documents/statement_text.h"
#include "tools/kopeck/table_print.h"
#include <inttypes.h>
#include <jansson.h>

enum { RESULT_MAX = 512 };

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void print_result(const bank_report_t *report, const bank_result_t *result,
                         char text[RESULT_MAX])
{
    const char *class = bank_class_name(result->class);
    if (result->class == BANK_MATCH)
        snprintf(text, RESULT_MAX, "%s %s", class, result->invoice.digits);
    else if (result->class == BANK_SUSPENSE)
        snprintf(text, RESULT_MAX, "%s %s", class, bank_reason_name(result->reason));
    else if (result->class == BANK_DUPLICATE)
        snprintf(text, RESULT_MAX, "%s of %.400s doc %u", class,
                 base_name(report->files[result->file]), result->document + 1);
    else
        snprintf(text, RESULT_MAX, "%s", class);
}

// --- JSON ---

static json_t *json_of(span_t text)
{
    return text.size ? json_stringn(text.bytes, text.size) : json_null();
}

static json_t *json_of_day(day_t day)
{
    char text[DAY_TEXT_SIZE];
    if (day == DAY_NONE)
        return json_null();
    day_print(day, text);
    return json_string(text);
}

static json_t *json_of_party(const statement_party_t *party)
{
    return json_pack("{so so so so so so}", "inn", json_of(party->inn), "kpp", json_of(party->kpp),
                     "name", json_of(party->name), "account", json_of(party->account), "bic",
                     json_of(party->bic), "booked", json_of_day(party->booked));
}

static json_t *json_of_section(const statement_section_t *section)
{
    json_t *object = json_pack("{so so so si}", "account", json_of(section->account), "from",
                               json_of_day(section->from), "to", json_of_day(section->to), "line",
                               (int)section->line);
    const struct {
        const char *key;
        bool there;
        kopecks_t sum;
    } sums[] = {{"opening", section->has_opening, section->opening},
                {"in", section->has_in, section->in},
                {"out", section->has_out, section->out},
                {"closing", section->has_closing, section->closing}};
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        json_object_set_new(object, sums[i].key,
                            sums[i].there ? json_integer(sums[i].sum) : json_null());
    json_object_set_new(object, "covers", json_boolean(section->covers));
    return object;
}

static void add_result(json_t *object, const bank_report_t *report, const bank_result_t *result)
{
    char text[RESULT_MAX];
    print_result(report, result, text);
    json_object_set_new(object, "class", json_string(bank_class_name(result->class)));
    json_object_set_new(object, "reason", json_of(span_of(bank_reason_name(result->reason))));
    json_object_set_new(object, "invoice", json_of(span_of(result->invoice.digits)));
    json_object_set_new(object, "duplicate_of",
                        result->class == BANK_DUPLICATE
                            ? json_pack("{ss si}", "file", report->files[result->file], "document",
                                        (int)result->document + 1)
                            : json_null());
    json_object_set_new(object, "result", json_string(text));
}

static json_t *json_of_document(const bank_report_t *report, size_t number)
{
    const statement_document_t *document = &report->statement->documents[number];
    uint8_t digest[DIGEST_SHA256_SIZE];
    char hex[2 * DIGEST_SHA256_SIZE + 1];
    statement_identity(document, IDENTITY_WHOLE, digest);
    digest_hex_lower(digest, sizeof digest, hex);
    json_t *object = json_pack(
        "{si si so so so so sI ss so so so so si ss}", "document", (int)number + 1, "line",
        (int)document->line, "kind", json_of(document->kind), "number", json_of(document->number),
        "date", json_of_day(document->booked), "day", json_of_day(document->day), "kopecks",
        (json_int_t)document->amount, "direction", direction_name(document->direction),
        "own_account", json_of(document->own_account), "payer", json_of_party(&document->payer),
        "receiver", json_of_party(&document->receiver), "purpose", json_of(document->purpose),
        "ordinal", (int)document->ordinal, "identity", hex);
    add_result(object, report, &report->results[number]);
    return object;
}

static json_t *json_of_refusal(const statement_t *statement)
{
    if (statement->refusal == STATEMENT_ACCEPTED)
        return json_null();
    return json_pack("{ss si ss ss}", "code", statement_refusal_name(statement->refusal), "line",
                     (int)statement->refusal_line, "meaning",
                     statement_refusal_meaning(statement->refusal), "text",
                     statement->refusal_text);
}

static json_t *json_of_warnings(const statement_t *statement)
{
    json_t *array = json_array();
    for (size_t i = 0; i < statement->warnings_count; i++)
        json_array_append_new(array,
                              json_pack("{ss si ss}", "warning",
                                        statement_warning_name(statement->warnings[i].warning),
                                        "line", (int)statement->warnings[i].line, "meaning",
                                        statement_warning_meaning(statement->warnings[i].warning)));
    return array;
}

static void print_json(const bank_report_t *report, FILE *out)
{
    const statement_t *statement = report->statement;
    char hex[2 * DIGEST_SHA256_SIZE + 1];
    digest_hex_lower(statement->sha256, DIGEST_SHA256_SIZE, hex);
    json_t *accounts = json_array(), *sections = json_array(), *documents = json_array();
    for (size_t i = 0; i < statement->accounts_count; i++)
        json_array_append_new(accounts, json_of(statement->accounts[i]));
    for (size_t i = 0; report->results && i < statement->sections_count; i++)
        json_array_append_new(sections, json_of_section(&statement->sections[i]));
    for (size_t i = 0; report->results && i < statement->documents_count; i++)
        json_array_append_new(documents, json_of_document(report, i));
    json_t *root = json_pack(
        "{ss ss ss ss sb so so ss so so so sb si}", "file", report->path, "sha256", hex, "format",
        statement->format == STATEMENT_1C ? "1CClientBankExchange" : "CSV", "encoding",
        statement_encoding_name(statement->encoding), "accepted", report->results != NULL,
        "refusal", json_of_refusal(statement), "warnings", json_of_warnings(statement),
        "own_accounts", report->own_accounts_assumed ? "of the file" : "named", "accounts",
        accounts, "sections", sections, "documents", documents, "invoices_known",
        report->has_register, "posted", 0);
    assert(root);
    json_dumpf(root, out, JSON_COMPACT);
    fputc('\n', out);
    json_decref(root);
}

// --- for people ---

static void print_summary(const bank_report_t *report, FILE *out)
{
    const statement_t *statement = report->statement;
    kopecks_t sums[BANK_CLASSES_COUNT] = {0};
    size_t counts[BANK_CLASSES_COUNT] = {0};
    for (size_t i = 0; i < statement->documents_count; i++) {
        bank_class_t class = report->results[i].class;
        counts[class]++;
        (void)money_add(sums[class], statement->documents[i].amount, &sums[class]);
    }
    fprintf(out, "%zu documents", statement->documents_count);
    for (bank_class_t i = 0; i < BANK_CLASSES_COUNT; i++)
        if (counts[i] > 0)
            fprintf(out, "; %zu %s %" PRId64 ".%02" PRId64, counts[i], bank_class_name(i),
                    sums[i] / 100, sums[i] % 100);
    fputs("; nothing is posted\n", out);
    if (report->own_accounts_assumed)
        fputs("No own account was named: those that the file is about were taken for own ones.\n",
              out);
    if (!report->has_register)
        fputs("No register of invoices was named (--books): every number is unknown.\n", out);
}

static void print_table(const bank_report_t *report, FILE *out)
{
    static const column_t columns[] = {{"date", "date", false},     {"number", "number", false},
                                       {"direction", "way", false}, {"amount", "rubles", true},
                                       {"inn", "payer INN", false}, {"name", "payer", false},
                                       {"result", "result", false}};
    enum { COLUMNS = sizeof columns / sizeof columns[0] };
    table_print_t *table = table_print_new(columns, COLUMNS, TABLE_ROWS, false, out);
    for (size_t i = 0; i < report->statement->documents_count; i++) {
        const statement_document_t *document = &report->statement->documents[i];
        char day[DAY_TEXT_SIZE], result[RESULT_MAX];
        const span_t texts[] = {document->payer.inn, document->payer.name};
        day_print(document->booked, day);
        print_result(report, &report->results[i], result);
        table_print_text(table, day);
        table_print_slice(table, (text_t){document->number.bytes, (uint32_t)document->number.size});
        table_print_text(table, direction_name(document->direction));
        table_print_money(table, document->amount);
        for (size_t j = 0; j < 2; j++)
            table_print_slice(table, (text_t){texts[j].bytes, (uint32_t)texts[j].size});
        table_print_text(table, result);
    }
    table_print_destroy(&table);
}

static void print_warnings(const statement_t *statement, FILE *out)
{
    for (size_t i = 0; i < statement->warnings_count; i++) {
        fputs("warning", out);
        if (statement->warnings[i].line)
            fprintf(out, ", line %u", statement->warnings[i].line);
        fprintf(out, ": %s: %s\n", statement_warning_name(statement->warnings[i].warning),
                statement_warning_meaning(statement->warnings[i].warning));
    }
}

void bank_print(const bank_report_t *report, bool json, FILE *out)
{
    const statement_t *statement = report->statement;
    if (json) {
        print_json(report, out);
        return;
    }
    if (!report->results) {
        fprintf(out, "%s: refused: %s", report->path, statement_refusal_name(statement->refusal));
        if (statement->refusal_line)
            fprintf(out, ", line %u", statement->refusal_line);
        fprintf(out, ": %s (%s)\n", statement->refusal_text,
                statement_refusal_meaning(statement->refusal));
        return;
    }
    fprintf(out, "%s: %s, %s\n", report->path,
            statement->format == STATEMENT_1C ? "1CClientBankExchange" : "CSV",
            statement_encoding_name(statement->encoding));
    print_warnings(statement, out);
    print_table(report, out);
    print_summary(report, out);
}
