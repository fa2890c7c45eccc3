#pragma once
// scenario - everything a run depends on; two runs of the same one are the same, step by step. It
// is read from options and printed as options, so that what was printed can be run again.
//
// What is smaller in one respect (a fault switched off, a customer fewer, fewer days, faults in
// fewer hours) draws everything else from the same streams as before.
#include "tests/simulation/platform_model.h"
#include <getopt.h>

enum {
    SCENARIO_TEXT_MAX = 512,
    SCENARIO_STREAM = 1, // the profile is drawn from
    CALM_DAYS = 4,
    SCENARIO_DAYS_MIN = CALM_DAYS + 2,
    SCENARIO_DAYS_MAX = HOURS_MAX / 24 - 1
};

typedef struct {
    uint64_t seed;
    unsigned days; // 0: as many as the profile wants
    const char *profile;
    faults_t without;      // switched off
    unsigned customers;    // the first so many do anything at all
    unsigned containers;   // the first so many places of a container are ever taken
    unsigned from_h, to_h; // hours since the start between which faults happen
} scenario_t;

// Rows of getopt_long's table, and their line of a usage text.
#define SCENARIO_OPTIONS                                                                           \
    {"seed", required_argument, NULL, 's'}, {"days", required_argument, NULL, 'd'},                \
        {"profile", required_argument, NULL, 'p'}, {"without", required_argument, NULL, 'w'},      \
        {"only", required_argument, NULL, 'y'}, {"customers", required_argument, NULL, 'c'},       \
        {"containers", required_argument, NULL, 'o'},                                              \
    {                                                                                              \
        "faults", required_argument, NULL, 'f'                                                     \
    }
#define SCENARIO_USAGE                                                                             \
    "[--seed N] [--days D] [--profile NAME] [--without FAULT,...|--only FAULT,...]\n"              \
    "       [--customers N] [--containers N] [--faults HOUR:HOUR]"

scenario_t scenario_default(void);
// What the scenario's profile comes to, drawn from that stream.
void scenario_profile(const scenario_t *self, draw_t *draw, profile_t *ret_profile);
// Puts the profile's numbers in where none was given.
void scenario_fill(scenario_t *self);
// Takes one of the options above in; false if its value is none.
bool scenario_option(scenario_t *self, int option, const char *value);
// False for one that cannot be run.
bool scenario_is_sound(const scenario_t *self);
// As options; those that say nothing new are left out.
void scenario_print(const scenario_t *self, char ret_text[SCENARIO_TEXT_MAX]);
// The hour at which the calm days begin.
unsigned scenario_calm_h(const scenario_t *self);
