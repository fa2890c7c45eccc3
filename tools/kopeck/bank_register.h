#pragma once
// bank_register - a table of what transfers are held against, read from a file: own accounts and
// invoices, tab-separated under the header `what number INN name kopecks`.
//
//     own INN         INN in the third column
//     own account     number; its BIC in the fourth column
//     invoice         number, the customer's INN or nothing, a name, kopecks
// Numbers of which the digits are wrong are said on stderr and taken all the same: what counts is
// what a bank writes. Ownership: the register owns its texts. Failures: false after a line on
// stderr. Threads: one.
#include "services/documents/bank_books.h"

typedef struct {
    char *accounts_text[STATEMENT_ACCOUNTS_MAX];
    span_t accounts[STATEMENT_ACCOUNTS_MAX];
    size_t accounts_count;
    size_t invoices;
    bank_books_t books;
} bank_register_t;

void bank_register_init(bank_register_t *self);
void bank_register_release(bank_register_t *self);
bool bank_register_load(bank_register_t *self, const char *path);
// False if it is no account, or there are too many.
bool bank_register_add_account(bank_register_t *self, const char *account);
