#pragma once
// autopay - the closed list of reasons for which autopay does not charge, in the order in which
// they are tried: the first that holds is the verdict. Source: the billing rules, (c).
#define AUTOPAY_REASON_LIST(REASON)                                                                \
    REASON(AUTOPAY_CHARGE, 0, "CHARGE", "charge the card")                                         \
    REASON(AUTOPAY_NO_STALE, 1, "NO_STALE", "an input is not current")                             \
    REASON(AUTOPAY_NO_ACCOUNT_CLOSED, 2, "NO_ACCOUNT_CLOSED", "the account is closed")             \
    REASON(AUTOPAY_NO_NOT_ENABLED, 3, "NO_NOT_ENABLED", "autopay was never allowed")               \
    REASON(AUTOPAY_NO_REVOKED, 4, "NO_REVOKED", "the mandate was revoked")                         \
    REASON(AUTOPAY_NO_INSTRUMENT, 5, "NO_INSTRUMENT", "there is no card to charge")                \
    REASON(AUTOPAY_NO_OPERATOR_HOLD, 6, "NO_OPERATOR_HOLD", "an operator stopped it")              \
    REASON(AUTOPAY_NO_SUSPENDED, 7, "NO_SUSPENDED", "suspended after declines")                    \
    REASON(AUTOPAY_NO_PENDING, 8, "NO_PENDING", "a payment is in flight")                          \
    REASON(AUTOPAY_NO_ABOVE_THRESHOLD, 9, "NO_ABOVE_THRESHOLD",                                    \
           "the balance is not below the threshold")                                               \
    REASON(AUTOPAY_NO_BACKOFF, 10, "NO_BACKOFF", "waiting after a decline")                        \
    REASON(AUTOPAY_NO_INTERVAL, 11, "NO_INTERVAL", "too soon after the payment before")            \
    REASON(AUTOPAY_NO_ATTEMPT_CAP, 12, "NO_ATTEMPT_CAP", "too many declined attempts this month")  \
    REASON(AUTOPAY_NO_COUNT_CAP, 13, "NO_COUNT_CAP", "the month's number of payments is used up")  \
    REASON(AUTOPAY_NO_SUM_CAP, 14, "NO_SUM_CAP", "the month's sum would be exceeded")              \
    REASON(AUTOPAY_NO_PRENOTICE, 15, "NO_PRENOTICE", "the notice period is not over")

typedef enum {
#define REASON(name, number, code, text) name = number,
    AUTOPAY_REASON_LIST(REASON)
#undef REASON
} autopay_reason_t;
