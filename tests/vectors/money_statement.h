#pragma once
// money_statement - small statements for rows that speak of one: documents of which all is as usual
// but what the row says, written as 1CClientBankExchange and read by the real reader.
// Ownership: texts borrow. Threads: one.
#include "services/documents/bank_books.h"

#define MONEY_OWN "40702810700000000101"
#define MONEY_OWN_TOO "40702810100000000303"
#define MONEY_PAYER "40702810000000007001"
#define MONEY_INN "9999234565"

// NULL means the usual: number 1, 01.09.2026, 100.00, from MONEY_PAYER to MONEY_OWN.
typedef struct {
    const char *number, *day, *amount, *payer, *receiver, *inn, *purpose;
    const char *day_in, *day_out; // ДатаПоступило, ДатаСписано: "" if not given
} money_paper_t;

typedef struct {
    const char *declared; // Кодировка, "UTF-8" if NULL
    const char *sections; // their text, "" if NULL: an operator's word stands for totals then
} money_frame_t;

// The statement is released by the caller.
bool money_statement_read(const money_frame_t *frame, const money_paper_t *papers, size_t count,
                          statement_t *ret_statement);
