#include "tests/simulation/scenario.h"
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

scenario_t scenario_default(void)
{
    return (scenario_t){.seed = 1,
                        .profile = "swarm",
                        .customers = ACCOUNTS_MAX,
                        .containers = SLOTS_MAX,
                        .to_h = HOURS_MAX};
}

void scenario_profile(const scenario_t *self, draw_t *draw, profile_t *ret_profile)
{
    bool known = profile_draw(self->profile, self->seed, draw, ret_profile);
    assert(known);
    profile_without(ret_profile, self->without);
    if (self->days)
        ret_profile->days = self->days;
    if (self->containers < ret_profile->slots)
        ret_profile->slots = self->containers;
}

void scenario_fill(scenario_t *self)
{
    draw_t draw = draw_fork(self->seed, SCENARIO_STREAM);
    profile_t profile;
    scenario_profile(self, &draw, &profile);
    self->days = profile.days;
    self->containers = profile.slots;
    if (self->customers > profile.accounts)
        self->customers = profile.accounts;
}

static bool read_number(const char *text, uint64_t most, uint64_t *ret_number)
{
    char *end;
    uint64_t number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || number > most)
        return false;
    *ret_number = number;
    return true;
}

static bool read_unsigned(const char *text, unsigned most, unsigned *ret_number)
{
    uint64_t number;
    if (!read_number(text, most, &number))
        return false;
    *ret_number = (unsigned)number;
    return true;
}

static bool read_hours(scenario_t *self, const char *text)
{
    unsigned from, to;
    int used = 0;
    if (sscanf(text, "%5u:%5u%n", &from, &to, &used) != 2 || text[used] || from > to)
        return false;
    self->from_h = from;
    self->to_h = to;
    return true;
}

bool scenario_option(scenario_t *self, int option, const char *value)
{
    draw_t draw = {0};
    profile_t profile;
    switch (option) {
    case 's':
        return read_number(value, UINT64_MAX, &self->seed);
    case 'd':
        return read_unsigned(value, SCENARIO_DAYS_MAX, &self->days);
    case 'p':
        self->profile = value;
        return profile_draw(value, 1, &draw, &profile);
    case 'w':
        return profile_read_faults(value, &self->without);
    case 'y':
        if (!profile_read_faults(value, &self->without))
            return false;
        self->without ^= FAULTS_ALL;
        return true;
    case 'c':
        return read_unsigned(value, ACCOUNTS_MAX, &self->customers);
    case 'o':
        return read_unsigned(value, SLOTS_MAX, &self->containers);
    case 'f':
        return read_hours(self, value);
    default:
        return false;
    }
}

bool scenario_is_sound(const scenario_t *self)
{
    bool days = !self->days || (self->days >= SCENARIO_DAYS_MIN && self->days <= SCENARIO_DAYS_MAX);
    return days && self->from_h < self->to_h &&
           (!self->days || self->from_h < scenario_calm_h(self));
}

unsigned scenario_calm_h(const scenario_t *self)
{
    unsigned calm_h = (self->days - CALM_DAYS) * 24;
    return self->to_h < calm_h ? self->to_h : calm_h;
}

__attribute__((format(printf, 3, 4))) static void add(char *text, size_t *used, const char *format,
                                                      ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text + *used, SCENARIO_TEXT_MAX - *used, format, args);
    va_end(args);
    assert(size >= 0 && (size_t)size < SCENARIO_TEXT_MAX - *used);
    *used += (size_t)size;
}

static void add_faults(faults_t faults, const char *option, char *text, size_t *used)
{
    const char *before = option;
    for (unsigned i = 0; i < FAULTS; i++)
        if (faults >> i & 1) {
            add(text, used, "%s%s", before, profile_fault_names[i]);
            before = ",";
        }
}

void scenario_print(const scenario_t *self, char ret_text[SCENARIO_TEXT_MAX])
{
    size_t used = 0;
    draw_t draw = draw_fork(self->seed, SCENARIO_STREAM);
    profile_t profile;
    scenario_t whole = scenario_default();
    whole.seed = self->seed;
    whole.profile = self->profile;
    scenario_profile(&whole, &draw, &profile);
    add(ret_text, &used, "--seed %" PRIu64 " --days %u --profile %s", self->seed, self->days,
        self->profile);
    faults_t left = FAULTS_ALL & ~self->without;
    if (!left)
        add(ret_text, &used, " --without all");
    else if (__builtin_popcountll(left) < FAULTS / 2)
        add_faults(left, " --only ", ret_text, &used);
    else
        add_faults(self->without, " --without ", ret_text, &used);
    if (self->customers < profile.accounts)
        add(ret_text, &used, " --customers %u", self->customers);
    if (self->containers < profile.slots)
        add(ret_text, &used, " --containers %u", self->containers);
    unsigned calm_h = (self->days - CALM_DAYS) * 24;
    if (self->from_h || self->to_h < calm_h)
        add(ret_text, &used, " --faults %u:%u", self->from_h, scenario_calm_h(self));
}
