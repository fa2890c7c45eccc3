#include "services/process/light.h"
#include "services/process/log.h"
#include "services/process/ready.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

static instant_t wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (instant_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

// Each start has these two.
static bool is_of_every_start(alarm_t code)
{
    return code == ALARM_STARTING || code == ALARM_BEHIND;
}

static void tell(void *arg, const alarm_row_t *row, bool begins)
{
    (void)arg;
    if (row->code == ALARM_OUTSIDE) // tell_of_outside says more
        return;
    const char *text = codes_text(CODES_alarm, row->code),
               *name = codes_name(CODES_alarm, row->code);
    if (begins)
        log_line(is_of_every_start(row->code) ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, text, "alarm",
                 name, "about", row->about, NULL);
    else
        log_info("over", "alarm", name, "about", row->about, "after_s",
                 log_signed((wall() - row->since) / SECOND_US));
}

// An outage is told once when it begins and once when it is over; so is the first thing given up.
static void tell_of_outside(light_t *self, const outside_health_t *now)
{
    const outside_health_t *told = &self->outside;
    if (!now || (now->outage == told->outage && now->given_up == told->given_up))
        return;
    if (now->outage && now->outages != told->outages)
        log_warn("the outside does not answer", "alarm", "OUTSIDE", "why",
                 codes_text(CODES_outage, now->outage), "unanswered", log_number(now->unanswered));
    if (now->outage && now->given_up && (now->outages != told->outages || !told->given_up))
        log_warn("what waits for the outside is given up", "why",
                 codes_text(CODES_outage, now->outage));
    if (!now->outage && told->outage)
        log_info("the outside answers again", "alarm", "OUTSIDE", "after_s",
                 log_signed((now->until - now->since) / SECOND_US), "unanswered",
                 log_number(now->unanswered), "given_up", log_number(now->given_up));
    self->outside = *now;
}

static void show(light_t *self, const alarms_t *of_node)
{
    const alarms_t *first = of_node->count ? of_node : &self->own;
    char text[sizeof self->shown] = "the whole job can be done";
    if (first->count)
        snprintf(text, sizeof text, "%s%s%s", codes_text(CODES_alarm, first->rows[0].code),
                 *first->rows[0].about ? ": " : "", first->rows[0].about);
    if (strcmp(text, self->shown) == 0)
        return;
    snprintf(self->shown, sizeof self->shown, "%s", text);
    ready_show(text);
}

void light_begin(light_t *self)
{
    alarms_begin(&self->own);
}

void light_raise(light_t *self, alarm_t code, const char *about)
{
    alarms_raise(&self->own, code, about, wall());
}

void light_certificates(light_t *self, authenticator_t *authenticator)
{
    char about[CERTIFICATES_ODD_TEXT];
    size_t told = 0, all = authenticator->unread + authenticator->wrong;
    if (authenticator->lost)
        light_raise(self, ALARM_CERTIFICATES, authenticator->directory);
    if (!all)
        return;
    while (authenticator_odd(authenticator, told, about)) {
        light_raise(self, ALARM_CERTIFICATES, about);
        told++;
    }
    snprintf(about, sizeof about, "%zu more", all - told);
    if (told < all)
        light_raise(self, ALARM_CERTIFICATES, about);
}

void light_doors(light_t *self, const claims_t *claims)
{
    const char *door;
    for (size_t i = 0; (door = claims_lost(claims, i)); i++)
        light_raise(self, ALARM_DOOR, door);
}

void light_end(light_t *self, node_t *node)
{
    alarms_end(&self->own);
    node_set_alarms(node, &self->own);
    const alarms_t *of_node = node_alarms(node);
    alarms_tell(of_node, &self->told_of_node, tell, NULL);
    alarms_tell(&self->own, &self->told_own, tell, NULL);
    tell_of_outside(self, node_outside_health(node));
    show(self, of_node);
}
