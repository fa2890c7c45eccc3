#include "tests/simulation/profile.h"

static const profile_t hard = {.loss = 100000,
                               .doubled = 50000,
                               .late = 3000,
                               .jitter_us = 2 * SECOND_US,
                               .cut_every_us = 6 * HOUR_US,
                               .crash_every_us = 3 * HOUR_US,
                               .down_max_us = 3 * HOUR_US,
                               .disk_every_us = 12 * HOUR_US,
                               .clock_every_us = 2 * DAY_US,
                               .jump_max_us = 2 * HOUR_US,
                               .drift_ppm_max = 50,
                               .refused = 50000,
                               .unanswered = 100000,
                               .late_arrival = 20000,
                               .declined = 150000,
                               .silent = 150000,
                               .wrong = 30000,
                               .rewind_every_us = 3 * DAY_US};

// Half of the runs have a fault at all; those that have it have it more or less often.
static unsigned some(draw_t *draw, unsigned most)
{
    return draw_chance(draw, 300000) ? 0 : (unsigned)draw_below(draw, most) + 1;
}

static instant_t every(draw_t *draw, instant_t least)
{
    return draw_chance(draw, 300000) ? 0 : least << draw_below(draw, 6);
}

bool profile_draw(const char *name, draw_t *draw, profile_t *ret_profile)
{
    *ret_profile = (profile_t){.jitter_us = 5000};
    if (strcmp(name, "none") == 0)
        return true;
    *ret_profile = hard;
    if (strcmp(name, "hard") == 0)
        return true;
    if (strcmp(name, "swarm") != 0)
        return false;
    profile_t *self = ret_profile;
    self->loss = some(draw, 120000);
    self->doubled = some(draw, 80000);
    self->late = some(draw, 5000);
    self->jitter_us = 5000 + (instant_t)draw_below(draw, 3 * SECOND_US);
    self->cut_every_us = every(draw, 2 * HOUR_US);
    self->crash_every_us = every(draw, HOUR_US);
    self->down_max_us = draw_span(draw, SECOND_US, 6 * HOUR_US);
    self->disk_every_us = every(draw, 4 * HOUR_US);
    self->clock_every_us = every(draw, 12 * HOUR_US);
    self->jump_max_us = draw_span(draw, SECOND_US, 2 * HOUR_US);
    self->drift_ppm_max = (int64_t)some(draw, 100);
    self->refused = some(draw, 100000);
    self->unanswered = some(draw, 300000);
    self->late_arrival = some(draw, 50000);
    self->declined = some(draw, 400000);
    self->silent = some(draw, 400000);
    self->wrong = some(draw, 60000);
    self->rewind_every_us = every(draw, DAY_US);
    return true;
}
