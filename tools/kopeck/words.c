#include "tools/kopeck/words.h"

const char *words_reason_code(autopay_reason_t reason)
{
    return codes_name(CODES_autopay_reason, reason);
}

const char *words_reason(autopay_reason_t reason)
{
    return codes_text(CODES_autopay_reason, reason);
}

const char *words_of(codes_family_t family, uint64_t number)
{
    return family == CODES_autopay_reason ? codes_name(family, number) : codes_text(family, number);
}
