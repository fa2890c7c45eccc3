#pragma once
// speaker - in whose name a request is made: its certificate's, or, at a face, that of a customer
// whose access token comes with it.
//
// A face may do by itself what names no customer. With one it has ROLE_CUSTOMER too, for
// that one account: a command wants the scope `pay`, a query `read`, and an account that the
// request names must be his; else the answer is that for an unknown one. Example: with A's
// token `balance` of B is FAIL_UNKNOWN_ACCOUNT.
//
// It is a value. Failures: FAIL_DENIED, FAIL_UNKNOWN_ACCOUNT, with a static text. Threads: any,
// with a judge of its own. Source: docs/rules.md "Who speaks for a customer".
#include "proto/core.h"

// services/process/security/access_token.h, or a model of it.
typedef fail_t speaker_judge_fn(void *arg, text_t access_token, instant_t wall,
                                customer_t *ret_customer, const char **ret_detail);

typedef struct {
    role_t role;       // of the certificate, and ROLE_CUSTOMER
    bool for_customer; // then only `customer`'s records may be told of
    customer_t customer;
} speaker_t;

// `judge` may be NULL: then nobody speaks for a customer.
fail_t speaker_of(speaker_judge_fn *judge, void *arg, instant_t wall, role_t role,
                  const request_t *request, speaker_t *ret_speaker, const char **ret_detail);

// NULL where anybody's records may be told of.
const uid_t16 *speaker_owner(const speaker_t *self);
