// Rows csv-…: `N rubles` or `a resource named TEXT`, `write for Excel`: the cell, and after it
// maybe ` with ; between columns and a BOM`.
#include "tests/vectors/money.h"
#include "tools/kopeck/args.h"
#include "tools/kopeck/rows_print.h"
#include <stdlib.h>

#define FORM " with ; between columns and a BOM"
#define MARK "\xef\xbb\xbf"

// What stands between a first column and a last one, as a reader of CSV has it. Empty if the form
// is not that of Excel.
static void cell(const kopecks_t *amount, const char *text, char *out, size_t cap)
{
    static const char *const columns[] = {"a", "b", "c"};
    char *bytes = NULL;
    size_t size = 0, used = 0;
    FILE *file = open_memstream(&bytes, &size);
    assert(file);
    rows_print_t rows = rows_print_begin(columns, 3, ROWS_EXCEL, file);
    rows_print_text(&rows, "first");
    if (amount)
        rows_print_money(&rows, *amount);
    else
        rows_print_text(&rows, text);
    rows_print_text(&rows, "last");
    assert(!fclose(file));
    static const char ahead[] = MARK "a;b;c\r\nfirst;", behind[] = ";last\r\n";
    bool form = size > sizeof ahead + sizeof behind - 2 &&
                memcmp(bytes, ahead, sizeof ahead - 1) == 0 &&
                strcmp(bytes + size - (sizeof behind - 1), behind) == 0;
    const char *at = bytes + sizeof ahead - 1, *end = bytes + size - (sizeof behind - 1);
    if (form && *at == '"' && end - at > 1) {
        at++;
        end--;
    }
    for (; form && at < end && used + 1 < cap; at++) {
        out[used++] = *at;
        at += *at == '"';
    }
    out[used] = '\0';
    free(bytes);
}

money_verdict_t money_csv(const money_row_t *row, money_said_t *said)
{
    static const char named[] = "a resource named ", unit[] = " rubles";
    money_text_t when = {row->when};
    char got[256], number[64];
    size_t size = strlen(row->given), form = strlen(row->then);
    kopecks_t amount;
    if (!money_take(&when, "write for Excel") || !money_ended(&when))
        return money_unknown(said, "when", when);
    if (strncmp(row->given, named, sizeof named - 1) == 0)
        cell(NULL, row->given + sizeof named - 1, got, sizeof got);
    else if (size >= sizeof unit && size < sizeof number &&
             strcmp(row->given + size - (sizeof unit - 1), unit) == 0 &&
             snprintf(number, sizeof number, "%.*s", (int)(size - (sizeof unit - 1)), row->given) >
                 0 &&
             args_read_rubles(number, &amount))
        cell(&amount, NULL, got, sizeof got);
    else
        return money_unknown(said, "given", (money_text_t){row->given});
    if (form >= sizeof FORM && strcmp(row->then + form - (sizeof FORM - 1), FORM) == 0)
        form -= sizeof FORM - 1;
    return money_compare(said, got, (span_t){row->then, form});
}
