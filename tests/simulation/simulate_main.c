// kopeck-simulate - runs the whole system on virtual time with faults, from seeds, says which seeds
// broke what, and makes the case small.
//
// Each violation is one line that reproduces it, and then a second one of the smallest case that
// breaks the same invariant. Exits 1 if there was a violation.
#include "tests/simulation/shrink.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    scenario_t scenario;
    uint64_t seeds, seconds, reach, shrink_s;
    const char *keep, *tell;
    const char *of, *but; // a situation that `reach` is about alone, or not about
    bool first, trace, twice, no_shrink, json, help;
} options_t;

typedef struct {
    uint64_t runs, violations, days, events, charges, reached[REACH_COUNT];
    double shrinking_s;
} total_t;

static void say(const char *what, const scenario_t *scenario, const trial_t *trial)
{
    char text[SCENARIO_TEXT_MAX];
    scenario_print(scenario, text);
    printf("%s %s: %s (kopeck-simulate %s, day %.3f)\n", what, trial->invariant, trial->why, text,
           trial->day);
}

static void make_small(const options_t *options, const scenario_t *scenario, const trial_t *trial,
                       total_t *total)
{
    shrink_t small;
    double begun = trial_spent_s(), left = (double)options->shrink_s - total->shrinking_s;
    if (options->no_shrink || left <= 0)
        return;
    shrink(scenario, trial, left, &small);
    double took = trial_spent_s() - begun;
    total->shrinking_s += took;
    say("SMALLEST", &small.scenario, &small.trial);
    printf("  after %u trials in %.1f s\n", small.trials, took);
}

static void run(const options_t *options, const scenario_t *scenario, total_t *total,
                trial_t *ret_trial)
{
    trial_how_t how = {.trace = options->trace, .keep = options->keep};
    trial_run(scenario, &how, ret_trial);
    if (ret_trial->violated) {
        say("VIOLATION", scenario, ret_trial);
        make_small(options, scenario, ret_trial, total);
    }
    total->runs++;
    total->days += scenario->days;
    total->violations += ret_trial->violated;
    total->events += ret_trial->events;
    total->charges += ret_trial->charges;
    for (unsigned i = 0; i < REACH_COUNT; i++)
        total->reached[i] += ret_trial->reached[i];
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
           total->runs, options->scenario.seed, options->scenario.profile, total->violations,
           total->days, total->events, total->charges, seconds, years(total) / seconds,
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

// Does the name begin with one of these, parted by bars?
static bool is_among(const char *list, const char *name)
{
    for (const char *at = list; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (strncmp(at, name, strcspn(at, "|")) == 0)
            return true;
    return false;
}

static bool wants(const options_t *options, reach_t which)
{
    if (options->of)
        return is_among(options->of, reach_names[which]);
    bool transfers = strcmp(options->scenario.profile, "transfers") == 0;
    if (transfers != (which >= REACH_TRANSFER_MATCHED))
        return false;
    return !options->but || !is_among(options->but, reach_names[which]);
}

static bool is_situation(const char *list)
{
    for (unsigned i = 0; i < REACH_COUNT; i++)
        if (is_among(list, reach_names[i]))
            return true;
    return false;
}

// How many situations were seen too rarely.
static unsigned check_reach(const options_t *options, const total_t *total)
{
    unsigned missed = 0;
    for (unsigned i = 0; i < REACH_COUNT; i++)
        if (wants(options, (reach_t)i) && total->reached[i] < options->reach) {
            printf("TOO RARE: %s: %" PRIu64 " times of %" PRIu64 "\n", reach_names[i],
                   total->reached[i], options->reach);
            missed++;
        }
    return missed;
}

// Writes how often each situation was seen, also those that never were: a line each, for `reached`.
static bool tell(const char *path, const total_t *total)
{
    FILE *file = fopen(path, "w");
    if (!file) {
        perror(path);
        return false;
    }
    for (unsigned i = 0; i < REACH_COUNT; i++)
        fprintf(file, "%" PRIu64 "\t%s\n", total->reached[i], reach_names[i]);
    if (fclose(file) == 0)
        return true;
    perror(path);
    return false;
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
           options->scenario.profile, options->scenario.seed, seconds, total->violations,
           total->runs, total->days, years(total), total->events, total->charges, crashes,
           reached[REACH_LOST], reached[REACH_DOUBLED], reached[REACH_LATE], reached[REACH_CUT],
           REACH_COUNT, reached[rarest(total)], reach_names[rarest(total)]);
}

enum {
    OPTION_SEEDS = 1,
    OPTION_SECONDS,
    OPTION_REACH,
    OPTION_SHRINK_SECONDS,
    OPTION_KEEP,
    OPTION_OF,
    OPTION_BUT,
    OPTION_TELL
};

static bool read_options(int argc, char **argv, options_t *options)
{
    static const struct option known[] = {
        SCENARIO_OPTIONS,
        {"seeds", required_argument, NULL, OPTION_SEEDS},
        {"seconds", required_argument, NULL, OPTION_SECONDS},
        {"reach", required_argument, NULL, OPTION_REACH},
        {"of", required_argument, NULL, OPTION_OF},
        {"but", required_argument, NULL, OPTION_BUT},
        {"tell", required_argument, NULL, OPTION_TELL},
        {"shrink-seconds", required_argument, NULL, OPTION_SHRINK_SECONDS},
        {"no-shrink", no_argument, NULL, 'n'},
        {"json", no_argument, NULL, 'j'},
        {"keep", required_argument, NULL, OPTION_KEEP},
        {"help", no_argument, NULL, 'h'},
        {"first", no_argument, NULL, '1'},
        {"trace", no_argument, NULL, 'v'},
        {"twice", no_argument, NULL, '2'},
        {0}};
    *options = (options_t){.scenario = scenario_default(), .seeds = 1, .shrink_s = 60};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) >= 0;) {
        if (optarg && !*optarg)
            return false;
        switch (option) {
        case OPTION_SEEDS:
            options->seeds = strtoull(optarg, NULL, 10);
            break;
        case OPTION_SECONDS:
            options->seconds = strtoull(optarg, NULL, 10);
            break;
        case OPTION_REACH:
            options->reach = strtoull(optarg, NULL, 10);
            break;
        case OPTION_OF:
        case OPTION_BUT:
            if (!is_situation(optarg))
                return false;
            *(option == OPTION_OF ? &options->of : &options->but) = optarg;
            break;
        case OPTION_TELL:
            options->tell = optarg;
            break;
        case OPTION_SHRINK_SECONDS:
            options->shrink_s = strtoull(optarg, NULL, 10);
            break;
        case 'n':
            options->no_shrink = true;
            break;
        case OPTION_KEEP:
            options->keep = optarg;
            break;
        case 'j':
            options->json = true;
            break;
        case 'h':
            options->help = true;
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
            if (!scenario_option(&options->scenario, option, optarg))
                return false;
        }
    }
    return optind == argc && scenario_is_sound(&options->scenario);
}

static void usage(FILE *to)
{
    fprintf(
        to,
        "usage: kopeck-simulate " SCENARIO_USAGE "\n"
        "       [--seeds K] [--seconds S] [--reach N [--of NAME|--but NAME]] [--first] "
        "[--trace] [--twice]\n"
        "       [--tell FILE] [--shrink-seconds S] [--no-shrink] [--json] [--keep DIRECTORY]\n"
        "\n"
        "  --profile NAME      what the runs are about: swarm, hard, none, autopay, billing,\n"
        "                      quiet, crowd, restored, persons, transfers, refunds, notices, "
        "restarts,\n"
        "                      promo, apart, counted, receipts, settlement, closings, or mixed (of "
        "swarm, autopay\n"
        "                      and billing, now and then a crowd, by seed)\n"
        "  --days D            as many as the profile wants, if not given\n"
        "  --seeds K           so many seeds from --seed on (1)\n"
        "  --seconds S         begin no run after so much processor time\n"
        "  --reach N           want each named situation seen so often; --of NAME: that one\n"
        "                      alone, --but NAME: all others; NAME may be several "
        "beginnings\n"
        "                      of names, parted by |\n"
        "  --tell FILE         write how often each situation was seen\n"
        "  --first             end with the first violation\n"
        "  --twice             run each seed twice and compare the journals' roots\n"
        "  --trace             say what happens\n"
        "  --json              the last line is one JSON object\n"
        "  --keep DIRECTORY    write the run's journals there\n"
        "  --shrink-seconds S  processor time for making violations small (60)\n"
        "  --customers N       only the first N do anything; --containers N of their places\n"
        "  --faults A:B        faults between these hours only; the last %d days are calm\n"
        "  --without F,...     leaves these faults out, --only all others; of\n",
        CALM_DAYS);
    for (unsigned i = 0; i < FAULTS; i++)
        fprintf(to, "    %-14s %s\n", profile_fault_names[i], profile_fault_texts[i]);
}

int main(int argc, char **argv)
{
    options_t options;
    total_t total = {0}, ignored = {0};
    trial_t trial = {0}, again;
    bool good = read_options(argc, argv, &options);
    if (!good || options.help) {
        usage(good ? stdout : stderr);
        return good ? 0 : 64;
    }
    for (uint64_t i = 0; i < options.seeds; i++) {
        scenario_t scenario = options.scenario;
        scenario.seed += i;
        scenario_fill(&scenario);
        if (options.seconds && trial_spent_s() - total.shrinking_s > (double)options.seconds)
            break;
        if (options.first && total.violations)
            break;
        run(&options, &scenario, &total, &trial);
        if (!options.twice)
            continue;
        run(&options, &scenario, &ignored, &again);
        if (strcmp(trial.roots, again.roots) != 0) {
            printf("VIOLATION determinism: seed %" PRIu64 " gave %s and %s\n", scenario.seed,
                   trial.roots, again.roots);
            total.violations++;
        }
    }
    double seconds = trial_spent_s() - total.shrinking_s;
    report(&options, &total, seconds);
    printf("roots of the last seed: %s\n", trial.roots);
    unsigned missed = check_reach(&options, &total);
    if (options.tell && !tell(options.tell, &total))
        missed++;
    if (options.json)
        print_json(&options, &total, seconds);
    return total.violations > 0 || missed > 0;
}
