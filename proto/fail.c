#include "proto/fail.h"

const char *fail_text(fail_t fail)
{
    switch (fail) {
    case FAIL_NONE:
        return "ok";
#define FAIL(name, number, retry, text)                                                            \
    case name:                                                                                     \
        return text;
        FAIL_LIST(FAIL)
#undef FAIL
    }
    return "unknown failure";
}

const char *fail_name(fail_t fail)
{
    switch (fail) {
    case FAIL_NONE:
        return "FAIL_NONE";
#define FAIL(name, number, retry, text)                                                            \
    case name:                                                                                     \
        return #name;
        FAIL_LIST(FAIL)
#undef FAIL
    }
    return "FAIL_UNKNOWN";
}

bool fail_retry(fail_t fail)
{
    switch (fail) {
    case FAIL_NONE:
        return false;
#define FAIL(name, number, retry, text)                                                            \
    case name:                                                                                     \
        return retry;
        FAIL_LIST(FAIL)
#undef FAIL
    }
    return false;
}
