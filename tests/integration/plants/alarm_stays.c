// A process whose light, once red, stays red: no alarm is ever over. Linked with --wrap=alarms_end.
#include "services/node/alarms.h"

void __wrap_alarms_end(alarms_t *self);

void __wrap_alarms_end(alarms_t *self)
{
    (void)self;
}
