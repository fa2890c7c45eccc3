#include "tools/kopeck/words.h"
#include "proto/payment.h"

const char *words_reason_code(autopay_reason_t reason)
{
    switch (reason) {
#define REASON(name, number, code, text)                                                           \
    case name:                                                                                     \
        return code;
        AUTOPAY_REASON_LIST(REASON)
#undef REASON
    }
    return NULL;
}

const char *words_reason(autopay_reason_t reason)
{
    switch (reason) {
#define REASON(name, number, code, text)                                                           \
    case name:                                                                                     \
        return text;
        AUTOPAY_REASON_LIST(REASON)
#undef REASON
    }
    return NULL;
}

static const char *payment_state(uint64_t state)
{
    switch ((payment_state_t)state) {
    case PAYMENT_CREATED:
        return "created";
    case PAYMENT_SENT:
        return "sent";
    case PAYMENT_PENDING:
        return "pending";
    case PAYMENT_UNKNOWN:
        return "unknown";
    case PAYMENT_SUCCEEDED:
        return "succeeded";
    case PAYMENT_DECLINED:
        return "declined";
    case PAYMENT_EXPIRED:
        return "expired";
    case PAYMENT_MISMATCHED:
        return "mismatched";
    }
    return NULL;
}

const char *words_of(request_type_t type, const char *answer_field, uint64_t number)
{
    bool is_state = strcmp(answer_field, "state") == 0;
    if (type == REQUEST_autopay && strcmp(answer_field, "verdict") == 0)
        return words_reason_code((autopay_reason_t)number);
    if (type == REQUEST_payment && is_state)
        return payment_state(number);
    if (type == REQUEST_payment && strcmp(answer_field, "kind") == 0)
        return number == PAYMENT_KIND_TOPUP     ? "top-up"
               : number == PAYMENT_KIND_AUTOPAY ? "autopay payment"
                                                : NULL;
    if (type == REQUEST_mandate && is_state)
        return number == 1 ? "live" : number == 2 ? "revoked" : NULL;
    return NULL;
}
