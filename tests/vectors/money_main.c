// money_vectors - feeds each row of a table of money vectors to the code that it is about.
//
// usage: money_vectors FILE.tsv...
// A line for each row that does not hold. Exit 0 only if every row holds; 1 if one does not, or has
// a family or a word that is not known; 64 for a wrong command line, 65 for a file that is no such
// table.
#include "tests/vectors/money.h"
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

enum { COLUMNS = 5, COLUMNS_MIN = 4 };

static const struct {
    const char *name;
    money_family_fn *run;
} families[] = {
    {"acc", money_acc},       {"act", money_act},   {"qr", money_qr},     {"bank", money_bank},
    {"csv", money_csv},       {"inn", money_inn},   {"lots", money_lots}, {"num", money_num},
    {"promo", money_promo},   {"vat", money_vat},   {"hook", money_hook}, {"rcpt", money_rcpt},
    {"refund", money_refund}, {"runs", money_runs}, {"sla", money_sla},   {"words", money_words},
};

typedef struct {
    size_t rows, hold, fail;
} counts_t;

static money_verdict_t run_row(const money_row_t *row, money_said_t *said)
{
    size_t family = strcspn(row->id, "-");
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (span_is(span_of(families[i].name), (span_t){row->id, family}))
            return families[i].run(row, said);
    snprintf(said->text, sizeof said->text, "no family of that name");
    return MONEY_UNKNOWN;
}

static void judge_row(const money_row_t *row, counts_t *counts)
{
    static money_said_t said;
    memset(&said, 0, sizeof said);
    counts->rows++;
    switch (run_row(row, &said)) {
    case MONEY_HOLDS:
        counts->hold++;
        return;
    case MONEY_DIFFERS:
        printf("%s %s: expected \"%s\", got \"%s\"\n", row->id, row->title, row->then, said.text);
        break;
    case MONEY_UNKNOWN:
        printf("%s %s: %s\n", row->id, row->title, said.text);
        break;
    }
    counts->fail++;
}

// Cuts a line into its columns. False if it has too few, too many, or an empty one that counts.
static bool cut(char *line, char *columns[COLUMNS])
{
    size_t count = 0;
    for (char *at = line; at; count++) {
        if (count == COLUMNS)
            return false;
        columns[count] = at;
        at = strchr(at, '\t');
        if (at)
            *at++ = '\0';
    }
    for (size_t i = 0; i < COLUMNS_MIN; i++)
        if (i >= count || !*columns[i])
            return false;
    return true;
}

static bool judge_line(char *line, counts_t *counts)
{
    char *columns[COLUMNS];
    line[strcspn(line, "\r\n")] = '\0';
    if (!cut(line, columns) || !strchr(columns[0], '-'))
        return false;
    char *title = columns[0] + strcspn(columns[0], " ");
    if (*title)
        *title++ = '\0';
    money_row_t row = {columns[0], title, columns[1], columns[2], columns[3]};
    judge_row(&row, counts);
    return true;
}

static int judge_file(const char *path, counts_t *counts)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "money_vectors: %s: cannot be read\n", path);
        return EX_NOINPUT;
    }
    char *line = NULL;
    size_t size = 0, number = 1;
    int status = EX_OK;
    if (getline(&line, &size, file) < 0 || strncmp(line, "rule\tgiven\twhen\tthen", 20) != 0)
        status = EX_DATAERR;
    while (status == EX_OK && getline(&line, &size, file) >= 0) {
        number++;
        if (line[strspn(line, "\r\n")] && !judge_line(line, counts))
            status = EX_DATAERR;
    }
    if (status != EX_OK)
        fprintf(stderr, "money_vectors: %s:%zu: expected %s\n", path, number,
                number == 1 ? "the header rule, given, when, then"
                            : "an id, a title, given, when, then and why, parted by tabs");
    free(line);
    (void)fclose(file);
    return status;
}

int main(int argc, char **argv)
{
    counts_t counts = {0};
    if (argc < 2 || *argv[1] == '-') {
        fputs("usage: money_vectors FILE.tsv...\n", stderr);
        return EX_USAGE;
    }
    for (int i = 1; i < argc; i++) {
        int status = judge_file(argv[i], &counts);
        if (status != EX_OK)
            return status;
    }
    printf("%zu rows: %zu hold, %zu do not\n", counts.rows, counts.hold, counts.fail);
    return counts.fail || counts.rows == 0;
}
