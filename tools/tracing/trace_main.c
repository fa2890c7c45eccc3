// kopeck-trace - runs a container trace through the real processes on the driven clock, charges the
// cards through the stand-in of Robokassa, and writes what every account came to.
//
// Windows. Usage goes in by the hour, each window ending two minutes past the hour: that is when
// metering's settle delay is over, so one move of the clock and one settling post the hour before
// and take the usage since. (Ending at the full hour costs a second move and settling each.)
#include "services/process/security/security.h"
#include "tools/command_line/command_line.h"
#include "tools/tracing/chaos.h"
#include "tools/tracing/feeder.h"
#include "tools/tracing/openings.h"
#include "tools/tracing/report.h"
#include "tools/tracing/verifier.h"
#include <assert.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define WINDOW_US HOUR_US
#define WINDOW_OFFSET_US (2 * MINUTE_US)
#define REST_US (26 * HOUR_US) // after the last event: every wake-up of a day, and the polls' last

enum { START_MS = 60000, SETTLE_MS = 60000, PROGRESS_MS = 500 };

typedef struct {
    const char *file, *out, *database;
    bool ticks, json, keep, live_feed, quiet;
    unsigned kills;
    uint64_t seed;
} options_t;

typedef struct {
    options_t options;
    pods_t pods;
    usage_t *usage;
    fleet_t *fleet;
    chaos_t *chaos;
    driver_t *driver;
    feeder_t *feeder;
    reckoning_t reckoning;
    report_run_t report;
    uint64_t windows;
    int64_t began_ms, said_ms;
    char directory[PATH_MAX];
    char error[RECKONING_ERROR_MAX];
} trace_t;

// --- options ---

static void help(FILE *out)
{
    fputs(
        "usage: kopeck-trace FILE.csv --out DIR [options]\n\n"
        "Runs a container trace (columns name, cpu_milli, scheduled_time, deletion_time) through\n"
        "metering, ledger, payment, autopay and web on a driven clock from 2026-01-01T00:00:00Z.\n"
        "Every account opens with a top-up of 1000 rubles with autopay. Writes "
        "DIR/balances.csv.\n\n"
        "  --out DIR         where results, journals, keys and logs go; DIR/run must not be there\n"
        "  --ticks           a tick per pod and minute, shuffled, a tenth twice, instead of\n"
        "                    lifecycle events\n"
        "  --kill N          kill N random processes (SIGKILL) at random moments on the way\n"
        "  --seed S          of ticks' order and of the kills (1)\n"
        "  --live-feed 0|1   0: nobody subscribes, everybody polls the replay doors (1)\n"
        "  --database WORDS  journals lie in this PostgreSQL database, which has none yet: how "
        "libpq\n"
        "                    reaches it, as 'host=/run/postgresql user=me dbname=trace'\n"
        "  --keep            keep DIR/run: journals, keys, configuration, logs\n"
        "  --json            the summary as one JSON object on stdout, instead of a table\n"
        "  --quiet           no progress\n"
        "  --help            this text\n\n"
        "Exit codes: 0 everything agrees; 1 something does not (it is said what, and DIR/run is\n"
        "kept); 64 usage; 65 the trace has a wrong row; 69 a process did not start or come to\n"
        "rest; 73 DIR cannot be written.\n",
        out);
}

static bool set_option(void *arg, int option, const char *value)
{
    options_t *options = arg;
    uint64_t number = 0;
    switch (option) {
    case 'o':
        options->out = value;
        return true;
    case 't':
        return options->ticks = true;
    case 'k':
        if (!command_line_number(value, 0, CHAOS_KILLS_MAX, &number))
            return false;
        options->kills = (unsigned)number;
        return true;
    case 's':
        return command_line_number(value, 0, UINT64_MAX, &options->seed);
    case 'l':
        options->live_feed = strcmp(value, "1") == 0;
        return options->live_feed || strcmp(value, "0") == 0;
    case 'd':
        options->database = value;
        return true;
    case 'K':
        return options->keep = true;
    case 'j':
        return options->json = true;
    case 'q':
        return options->quiet = true;
    default:
        return false;
    }
}

static bool parse_options(int argc, char **argv, options_t *options)
{
    static const struct option OPTIONS[] = {{"out", required_argument, NULL, 'o'},
                                            {"ticks", no_argument, NULL, 't'},
                                            {"kill", required_argument, NULL, 'k'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"live-feed", required_argument, NULL, 'l'},
                                            {"database", required_argument, NULL, 'd'},
                                            {"keep", no_argument, NULL, 'K'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    *options = (options_t){.seed = 1, .live_feed = true};
    const command_line_t line = {"kopeck-trace", OPTIONS, help, set_option, options};
    if (!command_line_read(&line, argc, argv))
        return false;
    options->file = optind + 1 == argc ? argv[optind] : NULL;
    return options->file && options->out;
}

// --- phases ---

static double lap(trace_t *self)
{
    int64_t now = zclock_mono();
    double seconds = (double)(now - self->began_ms) / 1000;
    self->began_ms = now;
    return seconds;
}

static bool fail_driver(trace_t *self, fail_t fail)
{
    snprintf(self->error, sizeof self->error, "the processes do not come to rest: %s: %s",
             fail_text(fail), driver_trouble(self->driver));
    return false;
}

// Whatever lies past the last event is one more window, so that `through` passes the last hour.
static uint64_t count_windows(const usage_t *usage)
{
    return (uint64_t)((usage_end(usage) - USAGE_ORIGIN - WINDOW_OFFSET_US) / WINDOW_US) + 3;
}

static bool make_directory(trace_t *self)
{
    const char *out = self->options.out;
    bool made = mkdir(out, 0777) == 0 || errno == EEXIST;
    if (made) {
        snprintf(self->directory, sizeof self->directory, "%.4000s/run", out);
        made = mkdir(self->directory, 0700) == 0;
    }
    if (!made)
        snprintf(self->error, sizeof self->error, "%.400s: %s", made ? out : self->directory,
                 strerror(errno));
    return made;
}

static bool start(trace_t *self)
{
    fleet_options_t options = {.directory = self->directory,
                               .driven = true,
                               .start = USAGE_ORIGIN,
                               .live_feed = self->options.live_feed,
                               .database = self->options.database,
                               .sim_lines = {"payer = pay", "redirect = no"},
                               .sim_lines_count = 2};
    self->fleet = fleet_new(&options, self->error);
    if (!self->fleet)
        return false;
    self->windows = count_windows(self->usage);
    self->chaos = chaos_new(self->fleet, self->options.kills, self->options.seed, self->windows);
    if (!fleet_start(self->fleet, START_MS, self->error))
        return false;
    driver_options_t driver = {
        .sim_url = fleet_url(self->fleet, FLEET_SIM), .tend = chaos_tend, .tend_arg = self->chaos};
    for (fleet_process_t p = 0; p < FLEET_JOURNALS; p++) {
        client_t *client = fleet_client(self->fleet, p, CLIENT_COMMAND, "operator", self->error);
        if (!client)
            return false;
        driver.processes[driver.count].name = fleet_place_name(p);
        driver.processes[driver.count++].client = client;
    }
    self->driver = driver_new(&driver);
    client_t *feed =
        fleet_client(self->fleet, FLEET_METERING, CLIENT_FEED, "platform", self->error);
    if (!feed)
        return false;
    self->feeder = feeder_new(&feed, self->driver, chaos_batch_left, self->chaos);
    fail_t fail = driver_advance(self->driver, USAGE_ORIGIN, SETTLE_MS);
    return !fail || fail_driver(self, fail);
}

static bool open_accounts(trace_t *self)
{
    AUTO(client)
    payment = fleet_client(self->fleet, FLEET_PAYMENT, CLIENT_COMMAND, "operator", self->error);
    if (!payment ||
        !openings_make(self->usage, payment, self->driver, chaos_tend, self->chaos, self->error))
        return false;
    fail_t fail = driver_settle(self->driver, SETTLE_MS);
    return !fail || fail_driver(self, fail);
}

static void say_progress(trace_t *self, uint64_t window, bool last)
{
    int64_t now = zclock_mono();
    if (self->options.quiet || (!last && now - self->said_ms < PROGRESS_MS))
        return;
    self->said_ms = now;
    double seconds = (double)(now - self->began_ms) / 1000;
    time_t simulated = (time_t)(driver_now(self->driver) / SECOND_US);
    struct tm tm;
    char text[32];
    strftime(text, sizeof text, "%Y-%m-%dT%H:%MZ", gmtime_r(&simulated, &tm));
    double done = (double)window / (double)self->windows;
    fprintf(stderr, "\r%3.0f%%  %s  %8.0f events/s  %u killed  %4.0f s left ", done * 100, text,
            (double)feeder_sent(self->feeder) / (seconds > 0 ? seconds : 1),
            chaos_killed(self->chaos), done > 0 ? seconds / done - seconds : 0);
    if (last)
        fputc('\n', stderr);
    fflush(stderr);
}

static bool feed(trace_t *self)
{
    for (uint64_t window = 0; window < self->windows; window++) {
        instant_t to = USAGE_ORIGIN + WINDOW_OFFSET_US + (instant_t)window * WINDOW_US;
        chaos_window(self->chaos, window);
        fail_t fail = driver_advance(self->driver, to, SETTLE_MS);
        if (fail)
            return fail_driver(self, fail);
        size_t count;
        const event_t *events = usage_window(self->usage, to, &count);
        if (feeder_push(self->feeder, events, count, to)) {
            snprintf(self->error, sizeof self->error, "%s", feeder_trouble(self->feeder));
            return false;
        }
        say_progress(self, window, false);
    }
    chaos_window(self->chaos, self->windows); // what has not struck yet strikes now
    say_progress(self, self->windows, true);
    return true;
}

static bool let_settle(trace_t *self)
{
    fail_t fail = driver_advance(self->driver, driver_now(self->driver) + REST_US, SETTLE_MS);
    self->report.end = driver_now(self->driver);
    return !fail || fail_driver(self, fail);
}

static void count_driver(trace_t *self)
{
    driver_counters_t counters = driver_counters(self->driver);
    self->report.settles = counters.settles;
    self->report.moves = counters.moves;
    self->report.rounds = counters.rounds;
    self->report.unanswered = counters.unanswered;
    self->report.events_sent = feeder_sent(self->feeder);
    self->report.batches_resent = feeder_resent(self->feeder);
    self->report.windows = self->windows;
    self->report.kills = chaos_killed(self->chaos);
}

static bool write_balances(trace_t *self)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.4000s/balances.csv", self->options.out);
    if (report_balances(&self->reckoning, path))
        return true;
    snprintf(self->error, sizeof self->error, "%.400s: %s", path, strerror(errno));
    return false;
}

static bool verify(trace_t *self)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.4000s/verify.json", self->options.out);
    verifier_result_t result = verifier_run(self->fleet, path);
    self->report.verified = verifier_name(result);
    if (result == VERIFIER_FAILED && !*self->error)
        snprintf(self->error, sizeof self->error, "kopeck verify failed: see %.400s", path);
    return result != VERIFIER_FAILED;
}

// --- all of it ---

static int run(trace_t *self)
{
    self->began_ms = zclock_mono();
    int64_t began = self->began_ms;
    if (!pods_read(self->options.file, &self->pods, self->error))
        return EX_DATAERR;
    self->usage = usage_new(&self->pods, self->options.ticks, self->options.seed);
    self->report.read_s = lap(self);
    if (!make_directory(self))
        return EX_CANTCREAT;
    if (!start(self))
        return EX_UNAVAILABLE;
    self->report.start_s = lap(self);
    if (!open_accounts(self))
        return EX_UNAVAILABLE;
    self->report.openings_s = lap(self);
    if (!feed(self))
        return EX_UNAVAILABLE;
    self->report.feed_s = lap(self);
    if (!let_settle(self))
        return EX_UNAVAILABLE;
    self->report.rest_s = lap(self);
    count_driver(self);
    bool agrees =
        reckoning_make(self->fleet, driver_stand_in(self->driver), &self->reckoning, self->error);
    self->report.reckoning_s = lap(self);
    if (!write_balances(self))
        return EX_CANTCREAT;
    agrees = verify(self) && agrees;
    self->report.verify_s = lap(self);
    self->report.total_s = (double)(zclock_mono() - began) / 1000;
    (self->options.json ? report_json : report_table)(&self->reckoning, &self->report, stdout);
    return agrees ? EX_OK : EXIT_FAILURE;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
    (void)status, (void)kind, (void)ftw;
    return remove(path);
}

static void clean(trace_t *self, bool keep)
{
    feeder_destroy(&self->feeder);
    driver_destroy(&self->driver);
    chaos_destroy(&self->chaos);
    fleet_destroy(&self->fleet);
    usage_destroy(&self->usage);
    pods_clear(&self->pods);
    if (!keep && *self->directory)
        nftw(self->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

int main(int argc, char **argv)
{
    static trace_t self;
    if (!parse_options(argc, argv, &self.options)) {
        help(stderr);
        return EX_USAGE;
    }
    setlinebuf(stdout);
    signal(SIGPIPE, SIG_IGN);
    security_prepare();
    int status = run(&self);
    if (*self.error)
        fprintf(stderr, "kopeck-trace: %s\n", self.error);
    bool keep = self.options.keep || (status != EX_OK && status != EX_CANTCREAT);
    clean(&self, keep);
    if (status != EX_OK && keep && *self.directory)
        fprintf(stderr, "kopeck-trace: journals and logs are kept in %s\n", self.directory);
    return status;
}
