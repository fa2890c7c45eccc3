#pragma once
// model_judge - the access tokens of a world without keys: a token is the text `customer UUID`, and
// whoever has one may read and pay. It stands where services/process/security/access_token.c does.
//
// Ownership: plain. Failures: FAIL_DENIED for any other text. Threads: any.
#include "services/node/speaker.h"
#include <stdio.h>

enum { MODEL_TOKEN_SIZE = 48 };

static inline text_t model_token(const uid_t16 *account, char out[MODEL_TOKEN_SIZE])
{
    char name[UID_TEXT_SIZE];
    uid_format(account, name);
    return (text_t){out, (uint32_t)snprintf(out, MODEL_TOKEN_SIZE, "customer %s", name)};
}

static inline fail_t model_judge(void *arg, text_t token, instant_t wall, customer_t *ret_customer,
                                 const char **ret_detail)
{
    char text[MODEL_TOKEN_SIZE];
    (void)arg;
    (void)wall;
    *ret_detail = "no token of this world";
    if (token.size >= sizeof text || token.size < 9 || memcmp(token.data, "customer ", 9) != 0)
        return FAIL_DENIED;
    memcpy(text, token.data + 9, token.size - 9);
    text[token.size - 9] = '\0';
    *ret_customer = (customer_t){.reads = true, .pays = true};
    return uid_parse(text, &ret_customer->account) ? FAIL_NONE : FAIL_DENIED;
}
