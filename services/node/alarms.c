#include "services/node/alarms.h"
#include <stdio.h>
#include <string.h>

static bool is_same(const alarm_row_t *row, alarm_t code, const char *about)
{
    return row->code == code && strncmp(row->about, about, ALARM_ABOUT_MAX) == 0;
}

static alarm_row_t *find(const alarms_t *self, alarm_t code, const char *about)
{
    for (size_t i = 0; i < self->count; i++)
        if (is_same(&self->rows[i], code, about))
            return (alarm_row_t *)&self->rows[i];
    return NULL;
}

void alarms_begin(alarms_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        self->rows[i].raised = false;
}

void alarms_raise(alarms_t *self, alarm_t code, const char *about, instant_t now)
{
    alarm_row_t *row = find(self, code, about);
    if (!row && self->count == ALARMS_MAX)
        return;
    if (!row) {
        row = &self->rows[self->count++];
        *row = (alarm_row_t){.code = code, .since = now};
        snprintf(row->about, sizeof row->about, "%s", about);
    }
    row->raised = true;
}

void alarms_end(alarms_t *self)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++)
        if (self->rows[i].raised)
            self->rows[kept++] = self->rows[i];
    self->count = kept;
}

const alarm_row_t *alarms_find(const alarms_t *self, alarm_t code)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->rows[i].code == code)
            return &self->rows[i];
    return NULL;
}

void alarms_tell(const alarms_t *self, alarms_t *told, alarms_tell_fn *tell, void *arg)
{
    for (size_t i = 0; i < told->count; i++)
        if (!find(self, told->rows[i].code, told->rows[i].about))
            tell(arg, &told->rows[i], false);
    for (size_t i = 0; i < self->count; i++)
        if (!find(told, self->rows[i].code, self->rows[i].about))
            tell(arg, &self->rows[i], true);
    *told = *self;
}

void alarms_pack(const alarms_t *self, pack_t *out)
{
    for (size_t i = 0; i < self->count; i++) {
        pack_array(out, 3);
        pack_u64(out, self->rows[i].code);
        pack_text(out, text_of(self->rows[i].about));
        pack_i64(out, self->rows[i].since);
    }
}
