#include "services/ledger/ledger_sla.h"

enum { WHOLE = 100, LEVEL_OF_1000 = 995 };

uint32_t ledger_sla_percent(uint64_t up, uint64_t all, bool data_lost)
{
    if (data_lost)
        return LEDGER_SLA_LOSS_PERCENT;
    // Both stay far inside: a month has 44 640 minutes, of a million resources 10^11.
    return up * 1000 < all * LEVEL_OF_1000 ? LEDGER_SLA_UPTIME_PERCENT : 0;
}

bool ledger_sla_grant(const ledger_sla_t *self, kopecks_t *ret_grant)
{
    if (self->use < 0 || self->percent > WHOLE || self->topups < 0 || self->granted < 0)
        return false;
    // Whole hundreds first: so no product leaves int64.
    kopecks_t part = self->use / WHOLE * self->percent + self->use % WHOLE * self->percent / WHOLE;
    kopecks_t left = self->topups > self->granted ? self->topups - self->granted : 0;
    *ret_grant = part < left ? part : left;
    return true;
}
