#pragma once
// upd - an act as the universal transfer document of a VAT payer (УПД 5.03, СЧФДОП), XML in
// Windows-1251, for the accountant's own operator of electronic documents. Not signed.
//
// The same act makes the same bytes: its file's name is made of the act. Ownership: texts are
// borrowed. Failures: 0 where it does not fit, or a text has signs that Windows-1251 lacks.
// Threads: any. Source: docs/rules.md "Papers".
#include "proto/types.h"
#include "tools/paper/paper.h"

enum { UPD_NAME_MAX = 256, UPD_SIZE_MAX = 128 * 1024 };

typedef struct {
    const paper_t *paper; // an act
    uint64_t invoice;     // number of the shipment invoice, without the year
    uid_t16 account;
    day_t first, last;                // of the quarter
    const char *seller_id, *buyer_id; // with the operators of electronic documents
    const char *position, *surname, *given_name, *patronymic; // who signs; the last may be ""
} upd_t;

// ON_NSCHFDOPPR_…, without .xml.
void upd_name(const upd_t *self, char ret_name[UPD_NAME_MAX]);
size_t upd_write(const upd_t *self, char ret_bytes[UPD_SIZE_MAX]);
