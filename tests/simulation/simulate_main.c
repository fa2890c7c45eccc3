// kopeck-simulate - runs the whole system on virtual time with faults, from seeds, and says which
// seeds broke what.
//
//     kopeck-simulate [--seed N] [--seeds K] [--days D] [--profile NAME] [--seconds S] [--reach N]
//                     [--first] [--trace] [--twice] [--json] [--keep DIRECTORY]
//
// --profile says what the runs are about: swarm, hard, none, autopay, billing, quiet, or mixed (of
// swarm, autopay and billing, by seed). --days is the profile's own number if it is not given.
// --seconds ends the runs after so much processor time. --reach wants each named situation seen so
// often. Each violation is one line that reproduces it; --first stops at one, --twice compares the
// roots of two runs of each seed. --keep writes a run's journals
// there. With --json the last line is one JSON object. Exits 1 if there
// was a violation, or a situation was seen too rarely.
#include "tests/simulation/final.h"
#include "tests/simulation/keepsake.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    uint64_t seed, seeds, days, seconds, reach;
    const char *profile, *keep;
    bool first, trace, twice, json, help;
} options_t;

typedef struct {
    uint64_t runs, violations, days, events, charges, reached[REACH_COUNT];
} total_t;

static bool run(const options_t *options, uint64_t seed, total_t *total, char roots[65])
{
    world_t *world = world_new(seed, (unsigned)options->days, options->profile, options->trace);
    world_run(world);
    if (options->keep && !keepsake_write(world, options->keep))
        fprintf(stderr, "kopeck-simulate: %s: the journals cannot be kept\n", options->keep);
    final_roots(world, roots);
    bool good = !world->violated;
    uint64_t days = (uint64_t)((world->end - world->start) / DAY_US);
    if (!good)
        printf("VIOLATION %s: %s (kopeck-simulate --seed %" PRIu64 " --days %" PRIu64
               " --profile %s, day %.3f)\n",
               world->invariant, world->why, seed, days, options->profile,
               (double)(world->now - world->start) / (double)DAY_US);
    total->runs++;
    total->days += days;
    total->violations += !good;
    for (unsigned i = 0; i < PROCESSES; i++)
        total->events += world->fold.seen[i];
    total->charges += world->reached[REACH_SETTLED];
    for (unsigned i = 0; i < REACH_COUNT; i++)
        total->reached[i] += world->reached[i];
    world_destroy(&world);
    return good;
}

static double years(const total_t *total)
{
    return (double)total->days / 365;
}

static void report(const options_t *options, const total_t *total, double seconds)
{
    printf("%" PRIu64 " runs from seed %" PRIu64 ", profile %s: %" PRIu64 " violations, %" PRIu64
           " days, %" PRIu64 " events, %" PRIu64
           " autopay payments, %.1f s, %.2f years/s, %.0f payments/s\n",
           total->runs, options->seed, options->profile, total->violations, total->days,
           total->events, total->charges, seconds, years(total) / seconds,
           (double)total->charges / seconds);
    for (unsigned i = 0; i < REACH_COUNT; i++)
        if (total->reached[i])
            printf("  %10" PRIu64 " %s\n", total->reached[i], reach_names[i]);
    for (unsigned i = 0; i < REACH_COUNT; i++)
        if (!total->reached[i])
            printf("  never reached: %s\n", reach_names[i]);
}

// The situation that was seen most rarely.
static reach_t rarest(const total_t *total)
{
    reach_t least = 0;
    for (unsigned i = 1; i < REACH_COUNT; i++)
        if (total->reached[i] < total->reached[least])
            least = (reach_t)i;
    return least;
}

// How many situations were seen too rarely.
static unsigned check_reach(const options_t *options, const total_t *total)
{
    unsigned missed = 0;
    for (unsigned i = 0; i < REACH_COUNT; i++)
        if (total->reached[i] < options->reach) {
            printf("TOO RARE: %s: %" PRIu64 " times of %" PRIu64 "\n", reach_names[i],
                   total->reached[i], options->reach);
            missed++;
        }
    return missed;
}

static void print_json(const options_t *options, const total_t *total, double seconds)
{
    const uint64_t *reached = total->reached;
    uint64_t crashes = 0;
    for (unsigned i = REACH_CRASH_BEFORE_COMMIT; i <= REACH_CRASH_IDLE; i++)
        crashes += reached[i];
    printf("{\"part\":\"simulation\",\"profile\":\"%s\",\"seed\":%" PRIu64 ",\"seconds\":%.1f,"
           "\"violations\":%" PRIu64 ",\"runs\":%" PRIu64 ",\"days\":%" PRIu64
           ",\"fleet_years\":%.2f,\"events\":%" PRIu64 ",\"autopay_charges\":%" PRIu64
           ",\"crashes\":%" PRIu64 ",\"messages_lost\":%" PRIu64 ",\"messages_doubled\":%" PRIu64
           ",\"messages_late\":%" PRIu64 ",\"messages_cut\":%" PRIu64
           ",\"situations\":%d,\"reach_min\":%" PRIu64 ",\"reach_min_name\":\"%s\"}\n",
           options->profile, options->seed, seconds, total->violations, total->runs, total->days,
           years(total), total->events, total->charges, crashes, reached[REACH_LOST],
           reached[REACH_DOUBLED], reached[REACH_LATE], reached[REACH_CUT], REACH_COUNT,
           reached[rarest(total)], reach_names[rarest(total)]);
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
                                          {"reach", required_argument, NULL, 'r'},
                                          {"keep", required_argument, NULL, 'e'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
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
        case 'r':
            options->reach = strtoull(optarg, NULL, 10);
            break;
        case 'e':
            options->keep = optarg;
            break;
        case 'j':
            options->json = true;
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
        case 'h':
            options->help = true;
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
    bool good = read_options(argc, argv, &options);
    if (!good || options.help) {
        fprintf(good ? stdout : stderr,
                "usage: kopeck-simulate [--seed N] [--seeds K] [--days D] [--seconds S]\n"
                "       [--profile swarm|hard|none|autopay|billing|quiet|mixed] [--reach N]\n"
                "       [--first] [--trace] [--twice] [--json] [--keep DIRECTORY]\n");
        return good ? 0 : 64;
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
    double seconds = spent_s() - begun;
    report(&options, &total, seconds);
    printf("roots of the last seed: %s\n", roots);
    unsigned missed = check_reach(&options, &total);
    if (options.json)
        print_json(&options, &total, seconds);
    return total.violations > 0 || missed > 0;
}
