#include "tools/kopeck/bank_register.h"
#include "services/documents/requisites.h"
#include "tools/kopeck/args.h"
#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS = 5, ACCOUNT_SIZE = 20, LETTER_AT = 5 };

void bank_register_init(bank_register_t *self)
{
    *self = (bank_register_t){.accounts_count = 0};
    bank_books_init(&self->books);
}

void bank_register_release(bank_register_t *self)
{
    for (size_t i = 0; i < self->accounts_count; i++)
        free(self->accounts_text[i]);
    bank_books_release(&self->books);
}

static bool is_account(const char *text)
{
    if (strlen(text) != ACCOUNT_SIZE)
        return false;
    for (size_t i = 0; i < ACCOUNT_SIZE; i++)
        if ((text[i] < '0' || text[i] > '9') && !(i == LETTER_AT && strchr("ABCEHKMPTX", text[i])))
            return false;
    return true;
}

bool bank_register_add_account(bank_register_t *self, const char *account)
{
    if (!is_account(account) || self->accounts_count == STATEMENT_ACCOUNTS_MAX)
        return false;
    char *copy = strdup(account);
    assert(copy);
    self->accounts_text[self->accounts_count] = copy;
    self->accounts[self->accounts_count++] = span_of(copy);
    return true;
}

// --- the file ---

static void doubt(const char *path, size_t line, requisite_t verdict)
{
    if (verdict != REQUISITE_VALID)
        fprintf(stderr, "kopeck: %s:%zu: %s: expected %s\n", path, line, requisite_name(verdict),
                requisite_expected(verdict));
}

// NULL, or what was expected.
static const char *take_row(bank_register_t *self, char *columns[COLUMNS], const char *path,
                            size_t line)
{
    span_t inn = span_of(columns[2]);
    uint64_t kopecks;
    if (inn.size > 0)
        doubt(path, line, requisites_inn(inn));
    if (strcmp(columns[0], "own INN") == 0)
        return NULL;
    if (strcmp(columns[0], "own account") == 0) {
        if (!bank_register_add_account(self, columns[1]))
            return "an account of 20 digits, and not too many";
        if (columns[3][0])
            doubt(path, line, requisites_account(span_of(columns[3]), span_of(columns[1])));
        return NULL;
    }
    if (strcmp(columns[0], "invoice") != 0)
        return "own INN, own account or invoice";
    if (!args_read_number(columns[4], &kopecks) || kopecks > (uint64_t)POSTING_AMOUNT_MAX)
        return "kopecks, a whole number";
    if (!bank_books_add_invoice(&self->books, span_of(columns[1]), inn, (kopecks_t)kopecks))
        return "an invoice's number that is right and not there yet, and a sum";
    self->invoices++;
    return NULL;
}

static const char *take_line(bank_register_t *self, char *text, const char *path, size_t line)
{
    char *columns[COLUMNS] = {"", "", "", "", ""};
    size_t count = 0;
    text[strcspn(text, "\r\n")] = '\0';
    if (line == 1 || !*text)
        return NULL; // the header, which people may word as they like
    for (char *at = text; at; count++) {
        if (count == COLUMNS)
            return "five columns, parted by tabs";
        columns[count] = at;
        at = strchr(at, '\t');
        if (at)
            *at++ = '\0';
    }
    return take_row(self, columns, path, line);
}

bool bank_register_load(bank_register_t *self, const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    const char *expected = NULL;
    size_t size = 0, line = 0;
    if (!file) {
        fprintf(stderr, "kopeck: %s: cannot be read\n", path);
        return false;
    }
    while (!expected && getline(&text, &size, file) >= 0)
        expected = take_line(self, text, path, ++line);
    if (expected)
        fprintf(stderr, "kopeck: %s:%zu: expected %s\n", path, line, expected);
    free(text);
    (void)fclose(file);
    return !expected;
}
