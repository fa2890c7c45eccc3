// kopeck-docs - prints the tables of the protocol as Markdown: `kopeck-docs events`, `requests`,
// `codes`, `failures`, `metrics` or `services`, as they stand in docs/NAME.md; and the files that
// follow services.def (check.sh lists them). docs/current (ctest) fails when they differ.
#include "services/api/api_openapi.h"
#include "services/api/api_table.h"
#include "proto/counter.h"
#include "proto/event.h"
#include "proto/request.h"
#include "tools/command_line/command_line.h"
#include "tools/kopeck_docs/services_print.h"
#include <inttypes.h>

// A cell's text: the tables hold nothing that Markdown would read, but for the bar.
static void print_cell(const char *text)
{
    for (; *text; text++)
        printf(*text == '|' ? "\\|" : "%c", *text);
}

static void print_fields(const field_t *fields, size_t count, size_t first)
{
    if (!count) {
        printf("No fields.\n\n");
        return;
    }
    printf("| element | field | type | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        printf("| %zu | %s | %s | ", first + i, fields[i].name, field_type_name(fields[i].type));
        const codes_info_t *codes = codes_info(fields[i].family);
        if (codes)
            printf("[%s](codes.md#%s): ", codes->name, codes->name);
        print_cell(fields[i].meaning);
        printf(" |\n");
    }
    printf("\n");
}

static void print_events(void)
{
    const event_info_t *info;
    printf("# Events\n\n"
           "Made by `kopeck-docs events` from proto/events.def; do not edit. Elements are counted\n"
           "from 0 in the event's array, after the envelope of four (proto/PROTOCOL.md §9).\n\n"
           "| number | event | | since | meaning |\n|---|---|---|---|---|\n");
    for (size_t i = 0; (info = event_info_at(i)); i++) {
        printf("| %d | `%s` | %s | %u | ", info->type, info->name, info->must ? "MUST" : "MAY",
               info->since);
        print_cell(info->meaning);
        printf(" |\n");
    }
    printf("\n");
    for (size_t i = 0; (info = event_info_at(i)); i++) {
        printf("## %d `%s`\n\n%s\n\n", info->type, info->name, info->meaning);
        print_fields(info->fields(), info->fields_count, 4);
    }
}

static void print_roles(unsigned roles)
{
    static const struct {
        unsigned set;
        const char *name;
    } sets[] = {{ROLE_ANY, "any"},       {ROLE_READERS, "readers"}, {ROLE_SINGLE, "single"},
                {ROLE_PAYERS, "payers"}, {ROLE_POSTERS, "posters"}, {ROLE_SERVICES, "services"}};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if (roles == sets[i].set) {
            printf("%s", sets[i].name);
            return;
        }
    const char *comma = "";
    for (unsigned bit = 1; bit < ROLE_ANY; bit <<= 1)
        if (roles & bit) {
            printf("%s%s", comma, role_name((role_t)bit));
            comma = ", ";
        }
}

static void print_requests(void)
{
    static const char *const kinds[] = {"COMMAND", "QUERY", "CONTROL"};
    const request_info_t *info;
    printf(
        "# Requests and answers\n\n"
        "Made by `kopeck-docs requests` from proto/requests.def; do not edit. Elements are\n"
        "counted from 0 in the array, after version, type, number and id of a request, and after\n"
        "version, number, fail, sequence and detail of an answer (proto/PROTOCOL.md §6).\n\n"
        "Roles: *services* are "
#define SERVICE(name, ...) #name ", "
#include "proto/services.def"
        "auditor and operator;\n"
        "*readers* are these and service; *any* is everybody with a certificate.\n\n"
        "| number | request | kind | roles | meaning |\n|---|---|---|---|---|\n");
    for (size_t i = 0; (info = request_info_at(i)); i++) {
        printf("| %d | `%s` | %s | ", info->type, info->name, kinds[info->kind]);
        print_roles(info->roles);
        printf(" | ");
        print_cell(info->meaning);
        printf(" |\n");
    }
    printf("\n");
    for (size_t i = 0; (info = request_info_at(i)); i++) {
        printf("## %d `%s` (%s)\n\n%s\n\nRequest:\n\n", info->type, info->name, kinds[info->kind],
               info->meaning);
        print_fields(info->fields(), info->fields_count, 4);
        printf("Answer:\n\n");
        print_fields(info->answer_fields(), info->answer_count, 5);
    }
}

static void print_failures(void)
{
    printf("# Failures\n\n"
           "Made by `kopeck-docs failures` from proto/codes.def; do not edit. 0 is success. Retry: "
           "the\n"
           "same bytes may succeed later (proto/PROTOCOL.md §19).\n\n"
           "| number | name | retry | text |\n|---|---|---|---|\n");
    const codes_info_t *info = codes_info(CODES_fail);
    for (size_t i = 0; i < info->count; i++) {
        const code_t *code = &info->codes[i];
        if (code->number)
            printf("| %d | %s | %s | %s |\n", (int)code->number, code->name,
                   fail_retry((fail_t)code->number) ? "yes" : "no", code->english);
    }
}

static void print_codes(void)
{
    printf("# Codes\n\n"
           "Made by `kopeck-docs codes` from proto/codes.def; do not edit. A field of the type\n"
           "`code` is a u64 on the wire and in JSON, and one of its family's numbers. An unknown\n"
           "number in an event passes; a request that has one is refused.\n\n");
    for (codes_family_t family = (codes_family_t)(CODES_NONE + 1); family < CODES_END;
         family = (codes_family_t)(family + 1)) {
        const codes_info_t *info = codes_info(family);
        printf("## %s\n\n%s\n\n| number | name | English | Russian |\n|---|---|---|---|\n",
               info->name, info->meaning);
        for (size_t i = 0; i < info->count; i++)
            printf("| %" PRIu64 " | %s | %s | %s |\n", info->codes[i].number, info->codes[i].name,
                   info->codes[i].english, info->codes[i].russian);
        printf("\n");
    }
}

static void print_metrics(void)
{
    static const char *const labels[] = {"", "`stream`", "`account`", "`alarm`", "`code`"};
    printf(
        "# Metrics\n\n"
        "Made by `kopeck-docs metrics` from proto/counters.def; do not edit. What web tells at\n"
        "`/metrics`. Each has the label `process`; an account of a customer is in no label. A\n"
        "counter only grows, but for a new start of the process or a journal that was put back.\n"
        "*In status* is the line of the answer to `status` from which it is made, as `kopeck\n"
        "status --counters` shows it. Names are never changed.\n"
        "How they are scraped: operations.md \"Metrics and alerts\".\n\n"
        "| metric | type | labels besides | in status | meaning |\n|---|---|---|---|---|\n");
    for (counter_t counter = 0; counter < COUNTERS; counter++) {
        const counter_info_t *info = counter_info(counter);
        bool total = info->kind == COUNTER_KIND_TOTAL;
        char name[COUNTER_METRIC_MAX];
        counter_metric(counter, name);
        printf("| `%s%s` | %s | %s | `%s` | ", name, total ? "_total" : "",
               total ? "counter" : "gauge", labels[info->label], info->line);
        print_cell(info->meaning);
        printf(" |\n");
    }
}

int main(int argc, char **argv)
{
    command_line_version(argc, argv);
    if (argc == 2 && strcmp(argv[1], "events") == 0)
        print_events();
    else if (argc == 2 && strcmp(argv[1], "requests") == 0)
        print_requests();
    else if (argc == 2 && strcmp(argv[1], "failures") == 0)
        print_failures();
    else if (argc == 2 && strcmp(argv[1], "codes") == 0)
        print_codes();
    else if (argc == 2 && strcmp(argv[1], "metrics") == 0)
        print_metrics();
    else if (argc == 2 && strcmp(argv[1], "services") == 0)
        services_print_table();
    else if (argc == 2 && strcmp(argv[1], "api") == 0)
        api_openapi_print_page(api_table_at, stdout);
    else if (argc == 2 && strcmp(argv[1], "sysusers") == 0)
        services_print_users();
    else if (argc == 2 && strcmp(argv[1], "operator") == 0)
        services_print_operator();
    else if (argc == 2 && strcmp(argv[1], "operator-local") == 0)
        services_print_local();
    else {
        fputs(
            "usage: kopeck-docs events | requests | codes | failures | metrics | services | api | "
            "sysusers | "
            "operator | operator-local\n",
            stderr);
        return 64;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
