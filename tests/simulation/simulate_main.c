// kopeck-simulate - runs the whole system on virtual time with faults, from seeds, and says which
// seeds broke what.
//
//     kopeck-simulate [--seed N] [--seeds K] [--days D] [--profile swarm|hard|none] [--seconds S]
//                     [--first] [--trace] [--twice]
//
// --seconds ends the runs after so much processor time. Each violation is one line that reproduces
// it; --first stops at one, --twice compares the roots of two runs of each seed. Exits 1 if there
// was a violation.
#include "tests/simulation/final.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    uint64_t seed, seeds, days, seconds;
    const char *profile;
    bool first, trace, twice;
} options_t;

typedef struct {
    uint64_t runs, violations, events, charges, reached[REACH_COUNT];
} total_t;

static bool run(const options_t *options, uint64_t seed, total_t *total, char roots[65])
{
    world_t *world = world_new(seed, (unsigned)options->days, options->profile, options->trace);
    world_run(world);
    final_roots(world, roots);
    bool good = !world->violated;
    if (!good)
        printf("VIOLATION %s: %s (kopeck-simulate --seed %" PRIu64 " --days %" PRIu64
               " --profile %s, day %.3f)\n",
               world->invariant, world->why, seed, options->days, options->profile,
               (double)(world->now - world->start) / (double)DAY_US);
    total->runs++;
    total->violations += !good;
    for (unsigned i = 0; i < PROCESSES; i++)
        total->events += world->fold.seen[i];
    total->charges += world->reached[REACH_SETTLED];
    for (unsigned i = 0; i < REACH_COUNT; i++)
        total->reached[i] += world->reached[i];
    world_destroy(&world);
    return good;
}

static void report(const options_t *options, const total_t *total, double seconds)
{
    printf("%" PRIu64 " runs of %" PRIu64 " days from seed %" PRIu64 ", profile %s: %" PRIu64
           " violations, %" PRIu64 " events, %" PRIu64 " autopay payments, %.1f s, %.2f years/s\n",
           total->runs, options->days, options->seed, options->profile, total->violations,
           total->events, total->charges, seconds,
           (double)(total->runs * options->days) / 365 / seconds);
    for (unsigned i = 0; i < REACH_COUNT; i++)
        if (total->reached[i])
            printf("  %10" PRIu64 " %s\n", total->reached[i], reach_names[i]);
    for (unsigned i = 0; i < REACH_COUNT; i++)
        if (!total->reached[i])
            printf("  never reached: %s\n", reach_names[i]);
}

static double spent_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool read_options(int argc, char **argv, options_t *options)
{
    static const struct option known[] = {{"seed", required_argument, NULL, 's'},
                                          {"seeds", required_argument, NULL, 'k'},
                                          {"days", required_argument, NULL, 'd'},
                                          {"profile", required_argument, NULL, 'p'},
                                          {"seconds", required_argument, NULL, 't'},
                                          {"first", no_argument, NULL, '1'},
                                          {"trace", no_argument, NULL, 'v'},
                                          {"twice", no_argument, NULL, '2'},
                                          {0}};
    *options = (options_t){.seed = 1, .seeds = 1, .profile = "swarm"};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) >= 0;) {
        switch (option) {
        case 's':
            options->seed = strtoull(optarg, NULL, 10);
            break;
        case 'k':
            options->seeds = strtoull(optarg, NULL, 10);
            break;
        case 'd':
            options->days = strtoull(optarg, NULL, 10);
            break;
        case 't':
            options->seconds = strtoull(optarg, NULL, 10);
            break;
        case 'p':
            options->profile = optarg;
            break;
        case 'v':
            options->trace = true;
            break;
        case '1':
            options->first = true;
            break;
        case '2':
            options->twice = true;
            break;
        default:
            return false;
        }
    }
    draw_t draw = {0};
    profile_t profile;
    return optind == argc && (options->days > CALM_DAYS + 1 || !options->days) &&
           options->days < HOURS_MAX / 24 && profile_draw(options->profile, &draw, &profile);
}

int main(int argc, char **argv)
{
    options_t options;
    total_t total = {0}, ignored = {0};
    char roots[65], again[65];
    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: kopeck-simulate [--seed N] [--seeds K] [--days D] [--seconds S]\n"
                        "       [--profile swarm|hard|none] [--first] [--trace] [--twice]\n");
        return 64;
    }
    double begun = spent_s();
    for (uint64_t i = 0; i < options.seeds; i++) {
        if (options.seconds && spent_s() - begun > (double)options.seconds)
            break;
        if (options.first && total.violations)
            break;
        run(&options, options.seed + i, &total, roots);
        if (!options.twice)
            continue;
        run(&options, options.seed + i, &ignored, again);
        if (strcmp(roots, again) != 0) {
            printf("VIOLATION determinism: seed %" PRIu64 " gave %s and %s\n", options.seed + i,
                   roots, again);
            total.violations++;
        }
    }
    report(&options, &total, spent_s() - begun);
    printf("roots of the last seed: %s\n", roots);
    return total.violations > 0;
}
