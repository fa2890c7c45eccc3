#pragma once
// requisites - the numbers that name a company and its account in Russian payments, checked: INN,
// KPP, BIC and the key of an account (docs/rules.md "Requisites").
//
// What is right by its digits need not exist; what is wrong by them never does.
// Failures: a verdict, whose name says what is wrong. Threads: any.
#include "proto/span.h"
#include <stdint.h>

// VERDICT(enumerator, name, what was expected)
#define REQUISITES_LIST(VERDICT)                                                                   \
    VERDICT(REQUISITE_VALID, "valid", "")                                                          \
    VERDICT(REQUISITE_INN_FORM, "INN_FORM", "10 or 12 digits that do not begin with 00")           \
    VERDICT(REQUISITE_INN_CHECK_DIGIT, "INN_CHECK_DIGIT",                                          \
            "check digits that follow from the rest")                                              \
    VERDICT(REQUISITE_KPP_FORM, "KPP_FORM", "4 digits, 2 of 0-9 A-Z, 3 digits")                    \
    VERDICT(REQUISITE_BIC_FORM, "BIC_FORM", "9 digits that begin with 04, 01 or 00")               \
    VERDICT(REQUISITE_ACCOUNT_FORM, "ACCOUNT_FORM", "20 digits; place 6 may be one of ABCEHKMPTX") \
    VERDICT(REQUISITE_ACCOUNT_KEY, "ACCOUNT_KEY", "a key that fits the account and its bank")

typedef enum {
#define VERDICT(enumerator, name, expected) enumerator,
    REQUISITES_LIST(VERDICT)
#undef VERDICT
        REQUISITES_COUNT
} requisite_t;

const char *requisite_name(requisite_t verdict);
const char *requisite_expected(requisite_t verdict);

enum { REQUISITE_INN_DIGITS = 3 }; // one or two check digits and a NUL

requisite_t requisites_inn(span_t inn);
// The check digits that the others ask for; "" if the text has not the form of an INN.
void requisites_inn_digits(span_t inn, char ret_digits[REQUISITE_INN_DIGITS]);

requisite_t requisites_kpp(span_t kpp);
requisite_t requisites_bic(span_t bic);

// An account with the BIC of the bank that keeps it.
requisite_t requisites_account(span_t bic, span_t account);
// The digit that belongs in place 9 of the account, whatever stands there; -1 if the rest or the
// BIC have no such form.
int requisites_account_key(span_t bic, span_t account);
