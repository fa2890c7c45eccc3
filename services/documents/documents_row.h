#pragma once
// documents_row - what lies in the side store of a transfer in suspense: who paid, from where, and
// what he wrote, as the bank printed it. The row's owner is the first half of the transfer's
// identity, so each transfer has a key of its own, and is forgotten alone.
//
// Example: 700 rubles of "ИП Иванов И. И.", purpose "за услуги": who is to place them reads this.
// Pure. Ownership: texts are borrowed; a row is written into the caller's buffer. Failures: false.
// Threads: any. Source: docs/rules.md "Texts of transfers".
#include "proto/core.h"

enum {
    DOCUMENTS_ROW_TRANSFER = SIDE_KIND_FIRST, // its kind
    DOCUMENTS_ROW_PAYER_MAX = 1024,           // bytes: of a name, and of a purpose; what is longer
    DOCUMENTS_ROW_PURPOSE_MAX = 2800,         // is cut behind a character
};

typedef struct {
    text_t payer, inn, account, number, purpose;
} documents_row_t;

documents_row_t documents_row_of(const request_transfer_receive_t *asked);
size_t documents_row_write(const documents_row_t *row, uint8_t out[SIDE_ROW_MAX]);
// Among the rows of a recall. False if it is not there, or not readable.
bool documents_row_find(const recalled_t *recalled, documents_row_t *ret_row);
// Whose it is.
uid_t16 documents_row_owner(const hash_t *identity);
