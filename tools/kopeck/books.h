#pragma once
// books - the ledger's journal as plain-text accounting, in the form that both hledger and ledger
// read: what an auditor's own program adds up, without us.
//
// One file a month of Moscow, and main.journal, which declares every account and includes them. A
// transaction is one account's postings of one kind against one other account on one Moscow day:
// their sum. The last transaction of a day in which a wallet moved asserts the balance that the
// journal itself states; each month's file ends by asserting every account. A debit is a positive
// amount, a credit a negative one, so a customer who has 5 rubles stands at -5.00.
// Source of the form: docs/books.md.
//
// Memory: 88 bytes an account, and one day's transactions. Money: kopecks; a sum that leaves int64
// is a failure. Failures: the first one sticks, books_error says it; books_end tells. Threads: one.
#include "proto/event.h"
#include "proto/posting.h"

typedef struct books books_t;

// Writes below the directory, which is there. `from` and `to` are instants; what was before `from`
// is one transaction of opening balances, `to` is not in it. INT64_MIN and INT64_MAX for all.
books_t *books_new(int directory, instant_t from, instant_t to);
void books_destroy(books_t **self_p);

// The ledger's next event. `service` is the kind of resource (resource_kind) that its cause, a
// charge or a credit of metering, names; 0 if that is not known. False once something failed.
bool books_feed(books_t *self, uint64_t sequence, const event_t *event, uint64_t service);

// Writes what is left, and the main file; everything is flushed to the disk. False after an error.
bool books_end(books_t *self);

typedef struct {
    uint64_t postings, transactions, accounts, files;
} books_count_t;

books_count_t books_count(const books_t *self);
const char *books_error(const books_t *self); // "" while all is well
