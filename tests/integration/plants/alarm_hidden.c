// A process whose light hides one alarm. Linked with --wrap=alarms_raise.
#include "services/node/alarms.h"

void __real_alarms_raise(alarms_t *self, alarm_t code, const char *about, instant_t now);
void __wrap_alarms_raise(alarms_t *self, alarm_t code, const char *about, instant_t now);

void __wrap_alarms_raise(alarms_t *self, alarm_t code, const char *about, instant_t now)
{
    if (code != ALARM_CERTIFICATES)
        __real_alarms_raise(self, code, about, now);
}
