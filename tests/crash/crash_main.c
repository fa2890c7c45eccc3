// kopeck-crash - explores the states that a power cut can leave of a journal, starting the real
// process over each, and says what broke.
//
//     kopeck-crash [--states N] [--seconds S] [--seed N] [--workers W] [--randoms R] [--json]
//                  [--first] [--control NAME] [--state I] [--flips N]
//
// Each run is recorded from its own seed, counted up from --seed, and all of its states are
// explored. --first ends at a violation, --state looks at one state of the first run again. --flips
// turns single bits of the runs' files over instead. Exits 1 if a promise was broken.
#include "tests/crash/explore.h"
#include "tests/crash/flips.h"
#include <assert.h>
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <lmdb.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "services/process/log.h"

enum { WORKERS_MAX = 64, DEATHS_MAX = 10000, PROGRESS_US = 500000, FLIPS_OF_RUN = 2000 };

typedef struct {
    const char *name, *what;
    control_t control;
    unsigned lmdb_flags;
    bool skip_names, skip_leftovers, tear_words;
} control_option_t;

static const control_option_t controls[] = {
    {.name = "early", .what = "answers leave before the commit", .control = CONTROL_EARLY},
    {.name = "send", .what = "a charge leaves before its commit", .control = CONTROL_SEND},
    {.name = "split", .what = "events and head in two transactions", .control = CONTROL_SPLIT},
    {.name = "nosync", .what = "MDB_NOSYNC", .lmdb_flags = MDB_NOSYNC},
    {.name = "nometasync", .what = "MDB_NOMETASYNC", .lmdb_flags = MDB_NOMETASYNC},
    {.name = "names", .what = "the segments' directory is never flushed", .skip_names = true},
    {.name = "leftovers",
     .what = "a start does not flush what the process before left",
     .skip_leftovers = true},
    {.name = "tear", .what = "a write in flight is torn at 8 bytes", .tear_words = true},
};
enum { CONTROLS = sizeof controls / sizeof *controls };

typedef struct {
    uint64_t states, seconds, seed, workers, randoms, state, flips;
    bool json, first;
    const control_option_t *control; // NULL for none
} options_t;

// Of all workers, in memory they share.
typedef struct {
    atomic_uint_fast64_t next, runs, checked, violations, continued, recalled, recoveries, points;
    atomic_uint_fast64_t signals, restarts, failed_flushes, seals, charges;
    flipped_t flipped;
    explored_t workers[WORKERS_MAX];
} total_t;

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
    (void)stat, (void)kind, (void)ftw;
    return remove(path);
}

static void remove_directory(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

// --- one run ---

static run_t *record(const options_t *options, uint64_t seed, const char *directory)
{
    run_options_t run = {.seed = seed, .journal = directory};
    if (options->control) {
        run.control = options->control->control;
        run.skip_names = options->control->skip_names;
        run.skip_leftovers = options->control->skip_leftovers;
        watch_lmdb_flags(options->control->lmdb_flags);
    }
    int rc = mkdir(directory, 0700);
    assert(rc == 0);
    run_t *recorded = run_record(&run);
    watch_lmdb_flags(0); // who starts after the crash is without fault
    remove_directory(directory);
    return recorded;
}

static void say(const options_t *options, uint64_t seed, uint64_t state, const char *why)
{
    printf("VIOLATION %s (kopeck-crash --seed %" PRIu64 " --state %" PRIu64 " --randoms %" PRIu64
           "%s%s)\n",
           why, seed, state, options->randoms, options->control ? " --control " : "",
           options->control ? options->control->name : "");
    fflush(stdout);
}

// Explores in a child, and goes on in another one behind a state that ended it.
static void explore(const options_t *options, const run_t *run, double ends_at,
                    const char *directory, total_t *total, explored_t *explored)
{
    explore_options_t explore = {.directory = directory,
                                 .run = run,
                                 .tear_words = options->control && options->control->tear_words,
                                 .only = options->state,
                                 .first = options->first,
                                 .randoms = (unsigned)options->randoms,
                                 .ends_at = ends_at,
                                 .explored = explored};
    uint64_t done = total->checked;
    explore.states_max = options->states > done ? options->states - done : 1;
    for (int deaths = 0; deaths < DEATHS_MAX; deaths++) {
        int status;
        pid_t child = fork();
        assert(child >= 0);
        if (child == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            explore_run(&explore);
            _exit(0);
        }
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        remove_directory(directory);
        if (!WIFSIGNALED(status))
            break;
        total->signals++;
        char why[64];
        (void)snprintf(why, sizeof why, "the process ended by signal %d", WTERMSIG(status));
        if (!explored->violations++) {
            explored->first = explored->states;
            (void)snprintf(explored->why, sizeof explored->why, "%s", why);
        }
        if (options->first)
            break;
        explore.from = explored->states + 1;
        explored->states = 0;
    }
}

// --- flips ---

static void flip_run(const options_t *options, uint64_t seed, uint64_t flips, const char *root,
                     flipped_t *flipped)
{
    char directory[PLACE_PATH_MAX];
    disk_t *files = calloc(1, sizeof *files);
    assert(files);
    (void)snprintf(directory, sizeof directory, "%.80s/flips", root);
    run_t *run = record(options, seed, directory);
    if (run->snapshots) { // they are a cache, and carry their own digest
        free(files);
        run_destroy(&run);
        return;
    }
    disk_take_all(files, run->tape.steps, run->tape.count);
    int status = 0;
    uint64_t from = 0, found = flipped->violations;
    do {
        pid_t child = fork();
        assert(child >= 0);
        if (child == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            FILE *quiet = freopen("/dev/null", "w", stderr); // LMDB says there what it died of
            assert(quiet);
            flips_run(run, files, directory, from, flips, options->state, flipped);
            _exit(0);
        }
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        remove_directory(directory);
        if (WIFSIGNALED(status)) {
            flipped->flips++;
            flipped->signals++;
            from = flipped->under_way + 1;
        }
    } while (WIFSIGNALED(status));
    if (flipped->violations > found)
        printf("VIOLATION %s (kopeck-crash --flips %" PRIu64 " --seed %" PRIu64 " --state %" PRIu64
               ")\n",
               flipped->why, options->flips, seed, flipped->first);
    disk_release(files);
    free(files);
    run_destroy(&run);
}

static int flip_all(const options_t *options, const char *root, flipped_t *flipped)
{
    double begun = seconds_now();
    for (uint64_t i = 0; flipped->flips < options->flips && !stopped; i++) {
        uint64_t left = options->flips - flipped->flips;
        flip_run(options, options->seed + i, left < FLIPS_OF_RUN ? left : FLIPS_OF_RUN, root,
                 flipped);
        if (options->state ||
            (options->seconds && seconds_now() - begun > (double)options->seconds))
            break;
    }
    double seconds = seconds_now() - begun;
    printf("%" PRIu64 " bits flipped: %" PRIu64 " noticed at the start, %" PRIu64
           " by a signal, %" PRIu64 " in slack, %" PRIu64
           " rolled back to an older commit, %" PRIu64 " unnoticed; %.1f s\n",
           flipped->flips, flipped->noticed, flipped->signals, flipped->slack, flipped->rolled_back,
           flipped->violations, seconds);
    if (options->json)
        printf("{\"part\":\"flips\",\"seed\":%" PRIu64 ",\"seconds\":%.1f,\"violations\":%" PRIu64
               ",\"flips\":%" PRIu64 ",\"noticed\":%" PRIu64 ",\"signals\":%" PRIu64
               ",\"slack\":%" PRIu64 ",\"rolled_back\":%" PRIu64 "}\n",
               options->seed, seconds, flipped->violations, flipped->flips, flipped->noticed,
               flipped->signals, flipped->slack, flipped->rolled_back);
    return flipped->violations > 0;
}

static bool over(const options_t *options, const total_t *total, double ends_at)
{
    return (options->states && total->checked >= options->states) ||
           (options->first && total->violations) || (ends_at > 0 && seconds_now() > ends_at);
}

static void run_one(const options_t *options, uint64_t seed, double ends_at, const char *root,
                    total_t *total, explored_t *explored)
{
    char directory[PLACE_PATH_MAX];
    (void)snprintf(directory, sizeof directory, "%.80s/run.%d", root, (int)getpid());
    run_t *run = record(options, seed, directory);
    *explored = (explored_t){0};
    if (run->wrong[0]) {
        say(options, seed, 0, run->wrong);
        total->violations++;
    }
    explore(options, run, ends_at, directory, total, explored);
    if (explored->violations)
        say(options, seed, explored->first, explored->why);
    total->runs++;
    total->violations += explored->violations;
    total->continued += explored->continued;
    total->recalled += explored->recalled;
    total->recoveries += explored->recoveries;
    total->points += explored->points;
    total->restarts += run->restarts;
    total->failed_flushes += run->failed_flushes;
    total->seals += run->seals;
    total->charges += run->charges;
    total->checked += explored->checked;
    explored->checked = 0;
    run_destroy(&run);
}

static void work(const options_t *options, double ends_at, const char *root, total_t *total,
                 size_t worker)
{
    do
        run_one(options, options->seed + total->next++, ends_at, root, total,
                &total->workers[worker]);
    while (!options->state && !over(options, total, ends_at));
}

// --- all of them ---

static uint64_t checked(const options_t *options, const total_t *total)
{
    uint64_t count = total->checked;
    for (size_t i = 0; i < options->workers; i++)
        count += total->workers[i].checked;
    return count;
}

static void run_all(const options_t *options, const char *root, total_t *total)
{
    double begun = seconds_now();
    double ends_at = options->seconds ? begun + (double)options->seconds : 0;
    pid_t children[WORKERS_MAX];
    for (size_t i = 0; i < options->workers; i++) {
        children[i] = fork();
        assert(children[i] >= 0);
        if (children[i] == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            work(options, ends_at, root, total, i);
            _exit(0);
        }
    }
    size_t left = options->workers;
    while (left && !stopped) {
        int status;
        pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended > 0) {
            left--;
            if (!WIFEXITED(status) || WEXITSTATUS(status)) {
                printf("VIOLATION a worker died while it recorded a run\n");
                total->violations++;
            }
            continue;
        }
        usleep(PROGRESS_US / 10);
        if (isatty(STDERR_FILENO)) {
            double seconds = seconds_now() - begun;
            uint64_t count = checked(options, total);
            fprintf(stderr, "\r%12" PRIu64 " states  %7.0f/s  %4.0f s", count,
                    (double)count / seconds, seconds);
        }
    }
    for (size_t i = 0; left && i < options->workers; i++)
        (void)kill(children[i], SIGKILL);
    while (left && wait(NULL) > 0) // before their files are removed
        ;
    if (isatty(STDERR_FILENO))
        fputc('\n', stderr);
}

static void report(const options_t *options, const total_t *total, double seconds)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    uint64_t count = checked(options, total);
    printf("%" PRIu64 " states at %" PRIu64 " points of %" PRIu64 " runs from seed %" PRIu64
           ": %" PRIu64 " violations (%" PRIu64 " by a signal)\n",
           count, total->points, total->runs, options->seed, total->violations, total->signals);
    printf("%" PRIu64 " gone on with, %" PRIu64 " invoices recalled, %" PRIu64
           " recoveries explored; in the runs %" PRIu64 " restarts, %" PRIu64
           " failed flushes, %" PRIu64 " times sealed, %" PRIu64 " charges sent\n",
           total->continued, total->recalled, total->recoveries, total->restarts,
           total->failed_flushes, total->seals, total->charges);
    printf("%.1f s, %.1f CPU s, %.0f states/s\n", seconds, cpu, (double)count / seconds);
    if (options->json)
        printf("{\"part\":\"crash\",\"seed\":%" PRIu64 ",\"seconds\":%.1f,\"violations\":%" PRIu64
               ",\"states\":%" PRIu64 ",\"runs\":%" PRIu64 ",\"points\":%" PRIu64
               ",\"continued\":%" PRIu64 ",\"recoveries\":%" PRIu64 ",\"signals\":%" PRIu64
               ",\"failed_flushes\":%" PRIu64 ",\"charges\":%" PRIu64
               ",\"cpu_seconds\":%.1f,\"states_per_second\":%.0f}\n",
               options->seed, seconds, total->violations, count, total->runs, total->points,
               total->continued, total->recoveries, total->signals, total->failed_flushes,
               total->charges, cpu, (double)count / seconds);
}

// --- options ---

static void usage(FILE *out)
{
    fprintf(out, "usage: kopeck-crash [--states N] [--seconds S] [--seed N] [--workers W]\n"
                 "       [--randoms R] [--json] [--first] [--control NAME] [--state I]\n"
                 "       [--flips N]\n"
                 "Controls, each of which must be found:\n");
    for (size_t i = 0; i < CONTROLS; i++)
        fprintf(out, "  %-12s %s\n", controls[i].name, controls[i].what);
}

static const control_option_t *control_named(const char *name)
{
    for (size_t i = 0; i < CONTROLS; i++)
        if (strcmp(controls[i].name, name) == 0)
            return &controls[i];
    return NULL;
}

static bool read_options(int argc, char **argv, options_t *options)
{
    static const struct option known[] = {
        {"states", required_argument, NULL, 'n'},  {"seconds", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'd'},    {"workers", required_argument, NULL, 'w'},
        {"randoms", required_argument, NULL, 'r'}, {"json", no_argument, NULL, 'j'},
        {"control", required_argument, NULL, 'c'}, {"flips", required_argument, NULL, 'f'},
        {"first", no_argument, NULL, '1'},         {"state", required_argument, NULL, 'i'},
        {"help", no_argument, NULL, 'h'},          {0}};
    *options = (options_t){.states = 1000000, .seed = 1, .workers = 2, .randoms = 100};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) >= 0;) {
        uint64_t *number = NULL;
        if (optarg && !*optarg)
            return false;
        switch (option) {
        case 'n':
            number = &options->states;
            break;
        case 's':
            number = &options->seconds;
            break;
        case 'd':
            number = &options->seed;
            break;
        case 'w':
            number = &options->workers;
            break;
        case 'r':
            number = &options->randoms;
            break;
        case 'i':
            number = &options->state;
            break;
        case 'f':
            number = &options->flips;
            break;
        case 'j':
            options->json = true;
            break;
        case '1':
            options->first = true;
            break;
        case 'c':
            options->control = control_named(optarg);
            if (!options->control)
                return false;
            break;
        case 'h':
            usage(stdout);
            exit(0);
        default:
            return false;
        }
        if (number)
            *number = strtoull(optarg, NULL, 10);
    }
    if (options->state)
        options->workers = 1;
    return optind == argc && options->workers >= 1 && options->workers <= WORKERS_MAX;
}

int main(int argc, char **argv)
{
    options_t options;
    char root[PLACE_PATH_MAX];
    if (!read_options(argc, argv, &options)) {
        usage(stderr);
        return 64;
    }
    total_t *total =
        mmap(NULL, sizeof *total, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(total != MAP_FAILED);
    bool memory = access("/dev/shm", W_OK) == 0; // else files that wait for a real disk
    (void)snprintf(root, sizeof root, "%s/kopeck-crash.XXXXXX", memory ? "/dev/shm" : "/tmp");
    if (!mkdtemp(root)) {
        perror(root);
        return 77;
    }
    log_set_level(LOG_LEVEL_ERROR);
    // A start allocates megabytes and touches little of them: fresh pages for the large blocks, and
    // the rest is kept between two starts.
    (void)mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    (void)mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024);
    (void)signal(SIGINT, stop);
    (void)signal(SIGTERM, stop);
    if (options.flips) {
        int status = flip_all(&options, root, &total->flipped);
        remove_directory(root);
        return status;
    }
    double begun = seconds_now();
    run_all(&options, root, total);
    remove_directory(root);
    report(&options, total, seconds_now() - begun);
    return total->violations > 0;
}
