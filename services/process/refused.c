#include "services/process/refused.h"
#include "services/process/log.h"

refused_t refused_count(security_t *security, const reader_thread_t *replay, doors_t *doors)
{
    refused_t refused = {.strangers = security_authenticator(security)->strangers,
                         .malformed = replay->malformed,
                         .unfinished = replay->unfinished};
    doors_watch(doors);
    for (size_t i = 0; i < sizeof doors->watches / sizeof doors->watches[0]; i++) {
        refused.malformed += doors->watches[i].malformed;
        refused.unfinished += doors->watches[i].unfinished;
    }
    return refused;
}

void refused_tell(refused_t *told, const refused_t *now)
{
    if (memcmp(now, told, sizeof *now) == 0)
        return;
    log_warn("connections were refused", "unknown_key",
             log_number(now->strangers - told->strangers), "malformed",
             log_number(now->malformed - told->malformed), "unfinished",
             log_number(now->unfinished - told->unfinished));
    *told = *now;
}
