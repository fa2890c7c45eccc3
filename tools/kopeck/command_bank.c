// Bank statements: what would become of a file, by a register, which asks no process, or by
// documents itself; sending its transfers to documents; and what is in suspense.
#include "proto/month.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/bank_import.h"
#include "tools/kopeck/bank_print.h"
#include "tools/kopeck/bank_register.h"
#include "tools/kopeck/command.h"
#include <stdlib.h>
#include <time.h>

typedef struct {
    session_t *session;
    bank_register_t books;
    bool has_register;
    bool imports, looks; // sends what `read` only shows, or asks what would become of it
    statement_terms_t terms;
    const char *paths[ARGS_MAX]; // read so far, by the number that the books gave them
} bank_run_t;

// At most one byte more than a statement may have, so that a file too long is seen.
static bool read_file(const char *path, char **ret_bytes, size_t *ret_size)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (!file)
        return false;
    *ret_bytes = malloc(STATEMENT_BYTES_MAX + 1);
    assert(*ret_bytes);
    *ret_size = fread(*ret_bytes, 1, STATEMENT_BYTES_MAX + 1, file);
    bool good = !ferror(file);
    if (file != stdin)
        (void)fclose(file);
    if (!good)
        free(*ret_bytes);
    return good;
}

// What a file would become, by the books of this run.
static void show(bank_run_t *self, const char *path, const statement_t *statement)
{
    bool accepted = statement->refusal == STATEMENT_ACCEPTED;
    bank_report_t report = {.path = path,
                            .statement = statement,
                            .files = self->paths,
                            .own_accounts_assumed = self->terms.own_accounts_count == 0,
                            .has_register = self->has_register};
    bank_result_t *results = NULL;
    if (accepted) {
        results = calloc(statement->documents_count + 1, sizeof *results);
        assert(results);
        self->paths[self->books.books.files] = path;
        bool taken = bank_books_take(&self->books.books, statement, results);
        assert(taken);
        report.results = results;
    }
    if (accepted || self->session->json)
        bank_print(&report, self->session->json, stdout);
    free(results);
}

static int read_one(bank_run_t *self, const char *path)
{
    char *bytes;
    size_t size;
    statement_t statement;
    if (!read_file(path, &bytes, &size)) {
        fprintf(stderr, "kopeck: %s: cannot be read\n", path);
        return EX_NOINPUT;
    }
    bool accepted = statement_read(&statement, bytes, size, &self->terms);
    free(bytes);
    int status = accepted ? EX_OK : EX_DATAERR;
    if (!accepted)
        fprintf(stderr, "kopeck: %s: refused: %s: %s\n", path,
                statement_refusal_name(statement.refusal), statement.refusal_text);
    if (!self->imports && !self->looks)
        show(self, path, &statement);
    else if (accepted)
        status = bank_import_send(self->session, path, &statement, self->looks);
    statement_release(&statement);
    return status;
}

// One account, or several parted by commas.
static bool add_accounts(bank_register_t *books, const char *list)
{
    char account[32];
    for (;;) {
        size_t size = strcspn(list, ",");
        if (size >= sizeof account)
            return false;
        snprintf(account, sizeof account, "%.*s", (int)size, list);
        if (!bank_register_add_account(books, account))
            return false;
        if (!list[size])
            return true;
        list += size + 1;
    }
}

// Returns the file of the register, NULL if there is none.
static const char *take_terms(bank_run_t *self, args_t *args)
{
    const char *account, *today = args_option(args, "today"), *books = args_option(args, "books");
    self->terms.without_totals = args_flag(args, "without-totals");
    self->terms.today = (day_t)((time(NULL) + MOSCOW_OFFSET_US / SECOND_US) / (24 * 60 * 60));
    if (today && !day_parse(span_of(today), &self->terms.today))
        args_refuse(args, "today", today, "a date as 2026-08-31");
    while ((account = args_option(args, "own-account")))
        if (!add_accounts(&self->books, account))
            args_refuse(args, "own-account", account, "accounts of 20 digits, parted by commas");
    self->has_register = books != NULL;
    return books;
}

static int read_all(bank_run_t *self, args_t *args)
{
    const char *paths[ARGS_MAX];
    size_t count = 0;
    int status = EX_OK;
    const char *books = take_terms(self, args);
    paths[count++] = args_operand(args, "the statement's file");
    for (const char *path; (path = args_operand_maybe(args, "file"));)
        paths[count++] = path;
    if ((self->imports || self->looks) && !self->books.accounts_count)
        args_refuse(args, "own-account", NULL, "our accounts: they say what came in");
    if (!command_ready(args))
        return EX_USAGE;
    if (books && !bank_register_load(&self->books, books))
        return EX_DATAERR;
    self->terms.own_accounts = self->books.accounts;
    self->terms.own_accounts_count = self->books.accounts_count;
    for (size_t i = 0; i < count; i++) {
        int one = read_one(self, paths[i]);
        status = status == EX_OK ? one : status;
    }
    return status;
}

static int assign(session_t *session, args_t *args)
{
    static const ask_field_t fields[] = {{"transfer", NULL, NULL},
                                         {"invoice", "invoice", "0"},
                                         {"reason", "reason", "none"},
                                         {"account", NULL, NULL}};
    request_t request = {.type = REQUEST_transfer_assign};
    size_t nobody = args_flag(args, "nobody");
    return ask(session, args, STREAM_DOCUMENTS, &request, fields,
               sizeof fields / sizeof fields[0] - nobody);
}

static int settle(session_t *session, args_t *args)
{
    static const ask_field_t fields[] = {
        {"transfer", NULL, NULL}, {"fee", "fee", "0"}, {"reason", "reason", "none"}};
    request_t request = {.type = REQUEST_transfer_settle};
    return ask(session, args, STREAM_DOCUMENTS, &request, fields, sizeof fields / sizeof fields[0]);
}

static int show_texts(session_t *session, args_t *args)
{
    static const ask_field_t fields[] = {{"transfer", NULL, NULL}};
    request_t request = {.type = REQUEST_transfer_texts};
    return ask(session, args, STREAM_DOCUMENTS, &request, fields, 1);
}

static int read_files(session_t *session, args_t *args, bool imports, bool looks)
{
    bank_run_t run = {.session = session, .imports = imports, .looks = looks};
    bank_register_init(&run.books);
    int status = read_all(&run, args);
    bank_register_release(&run.books);
    return status;
}

int command_bank(session_t *session, args_t *args)
{
    static const char *const words[] = {"read",   "import", "suspense", "show",
                                        "assign", "settle", "look",     NULL};
    int word = args_word(args, words);
    switch (word) {
    case 0:
    case 1:
        return read_files(session, args, word == 1, false);
    case 2:
        return command_ready(args) ? bank_import_suspense(session) : EX_USAGE;
    case 3:
        return show_texts(session, args);
    case 4:
        return assign(session, args);
    case 5:
        return settle(session, args);
    case 6:
        return read_files(session, args, false, true);
    default:
        args_refuse(args, "what to do", NULL,
                    "read, look, import, suspense, show, assign or settle");
        (void)command_ready(args);
        return EX_USAGE;
    }
}
