// kopeck-docs - prints the tables of the protocol as Markdown: `kopeck-docs events`, `requests` or
// `failures`, as they stand in docs/NAME.md. docs/current (ctest) fails when they differ.
#include "proto/event.h"
#include "proto/request.h"

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
    } sets[] = {{ROLE_ANY, "any"}, {ROLE_READERS, "readers"}, {ROLE_SERVICES, "services"}};
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
        "Roles: *services* are metering, ledger, payment, autopay, web, auditor and operator;\n"
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
    printf(
        "# Failures\n\n"
        "Made by `kopeck-docs failures` from proto/fail.h; do not edit. 0 is success. Retry: the\n"
        "same bytes may succeed later (proto/PROTOCOL.md §19).\n\n"
        "| number | name | retry | text |\n|---|---|---|---|\n");
#define FAIL(name, number, retry, text)                                                            \
    printf("| %d | %s | %s | %s |\n", number, fail_name(number), retry ? "yes" : "no", text);
    FAIL_LIST(FAIL)
#undef FAIL
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "events") == 0)
        print_events();
    else if (argc == 2 && strcmp(argv[1], "requests") == 0)
        print_requests();
    else if (argc == 2 && strcmp(argv[1], "failures") == 0)
        print_failures();
    else {
        fputs("usage: kopeck-docs events | requests | failures\n", stderr);
        return 2;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
