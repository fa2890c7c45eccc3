#include "proto/fail.h"

const char *fail_text(fail_t fail)
{
    const char *text = codes_text(CODES_fail, fail);
    return text ? text : "unknown failure";
}

const char *fail_name(fail_t fail)
{
    const code_t *code = codes_find(CODES_fail, fail);
    return code ? code->name : "FAIL_UNKNOWN";
}

bool fail_retry(fail_t fail)
{
    switch (fail) {
    case FAIL_FULL:
    case FAIL_STORE:
    case FAIL_LATER:
    case FAIL_CLOCK:
    case FAIL_TIMEOUT:
        return true;
    default:
        return false;
    }
}
