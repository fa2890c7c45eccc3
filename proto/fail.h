#pragma once
// fail - the one list of ways a call can fail; the same numbers go on the wire, so a number is
// never reused. Zero is success, so `if (fail)` reads as it should. FAIL(name, number, retry,
// "text"): retry says whether the same request may succeed later.
#include <stdbool.h>

#define FAIL_LIST(FAIL)                                                                            \
    FAIL(FAIL_INVALID, 1, false, "the message is malformed or breaks a rule")                      \
    FAIL(FAIL_CONFLICT, 2, false, "this id was used before with other content")                    \
    FAIL(FAIL_MISSING, 3, false, "there is no such record")                                        \
    FAIL(FAIL_OVERFLOW, 4, false, "an amount left its range")                                      \
    FAIL(FAIL_DENIED, 5, false, "this certificate's role may not do that")                         \
    FAIL(FAIL_FULL, 6, true, "a configured limit was reached")                                     \
    FAIL(FAIL_STORE, 7, true, "the store could not make this durable")                             \
    FAIL(FAIL_CORRUPT, 8, false, "stored bytes do not decode or do not match their hash")          \
    FAIL(FAIL_LATER, 9, true, "not yet: the process has not reached that sequence or time")        \
    FAIL(FAIL_GAP, 10, false, "a sequence number was skipped")                                     \
    FAIL(FAIL_HISTORY, 11, false, "the other side holds another history")                          \
    FAIL(FAIL_EXPIRED, 12, false, "the id or the time is too old")                                 \
    FAIL(FAIL_FUTURE, 13, false, "the id or the time is ahead of the clock")                       \
    FAIL(FAIL_UNKNOWN_ACCOUNT, 14, false, "no event ever named this account")                      \
    FAIL(FAIL_STATE, 15, false, "the record is not in a state that allows this")                   \
    FAIL(FAIL_VERSION, 16, false, "the protocol version or a must-event is not known here")        \
    FAIL(FAIL_SIGNATURE, 17, false, "the signature does not verify")                               \
    FAIL(FAIL_MISMATCH, 18, false, "the content differs from what was agreed")                     \
    FAIL(FAIL_FENCED, 19, false, "a newer writer has taken this journal")                          \
    FAIL(FAIL_CLOCK, 20, true, "the clock is not trusted until an operator confirms it")           \
    FAIL(FAIL_TIMEOUT, 21, true, "no answer in time")                                              \
    FAIL(FAIL_CONFIG, 22, false, "the configuration is wrong")                                     \
    FAIL(FAIL_TARIFF, 23, false, "no such tariff, or no version of it valid at that time")         \
    FAIL(FAIL_BILLED, 24, false, "that minute is already billed under another tariff")             \
    FAIL(FAIL_DELETED, 25, false, "the resource was deleted before that instant")

typedef enum fail {
    FAIL_NONE = 0,
#define FAIL(name, number, retry, text) name = number,
    FAIL_LIST(FAIL)
#undef FAIL
} fail_t;

const char *fail_text(fail_t fail);
const char *fail_name(fail_t fail); // "FAIL_INVALID"; "FAIL_NONE" for 0
bool fail_retry(fail_t fail);
