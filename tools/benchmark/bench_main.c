// kopeck-bench - measures a real kopeck-ledger process through its doors, next to the ceiling of
// its design (kopeck-ceiling) and next to other stores that do the same work, in the same run.
// docs/bench.md says what each row means.
#include "services/process/security/security.h"
#include "tools/benchmark/audience.h"
#include "tools/benchmark/cost.h"
#include "tools/benchmark/history.h"
#include "tools/benchmark/load.h"
#include "tools/benchmark/memory.h"
#include "tools/benchmark/peer.h"
#include "tools/benchmark/report.h"
#include "tools/command_line/command_line.h"
#include <getopt.h>
#include <libgen.h>

enum { FOLLOW_MAX_MS = 60000, ROWS_GROUPS = 2 };

typedef struct {
    const char *name;
    load_kind_t kind;
    unsigned batch, clients, window, group; // group: which number of accounts
    bool zipf, alone, peers;                // alone: without the follower
    double tigerbeetle; // its figure in an earlier comparison on a machine of this size
} plan_row_t;

static const plan_row_t plan[] = {
    {"batches of 8189, 8 under way", LOAD_FEED, 8189, 1, 8, 0, false, false, true, 370823},
    {"the same, no follower", LOAD_FEED, 8189, 1, 8, 0, false, true, false, 0},
    {"the same, Zipf", LOAD_FEED, 8189, 1, 8, 0, true, false, false, 0},
    {"batches of 1000, 16 under way", LOAD_FEED, 1000, 1, 16, 0, false, false, true, 200460},
    {"batches of 100, 64 under way", LOAD_FEED, 100, 1, 64, 0, false, false, true, 52406},
    {"single, 256 under way from one client", LOAD_FEED, 1, 1, 256, 0, false, false, false, 0},
    {"single, 32 under way from one client", LOAD_FEED, 1, 1, 32, 0, false, false, false, 0},
    {"single, one each from 32 clients", LOAD_FEED, 1, 32, 1, 0, false, false, true, 1921},
    {"single, one at a time", LOAD_FEED, 1, 1, 1, 0, false, false, true, 1936},
    {"commands, 32 under way from one client", LOAD_COMMANDS, 1, 1, 32, 0, false, false, false, 0},
    {"1 million accounts: batches of 8189", LOAD_FEED, 8189, 1, 8, 1, false, false, false, 0},
    {"1 million accounts, Zipf: batches of 8189", LOAD_FEED, 8189, 1, 8, 1, true, false, false, 0},
    {"1 million accounts: batches of 1000", LOAD_FEED, 1000, 1, 16, 1, false, false, false, 0},
    {"1 million accounts: single, 32 clients", LOAD_FEED, 1, 32, 1, 1, false, false, false, 0},
};
enum { PLAN = sizeof plan / sizeof plan[0] };

typedef struct {
    char programs[400];
    const char *json, *tigerbeetle, *connection, *only; // only: rows whose names hold this
    bool peers;
    double seconds;
    uint32_t accounts[ROWS_GROUPS];
    bench_rig_t rig;
    load_t load;
    audience_t audience;
    draws_t draws[ROWS_GROUPS][2]; // uniform, Zipf
    load_result_t result;
    peer_result_t peer_result;
    const peer_t *running[REPORT_PEERS]; // NULL: cannot be measured
    report_t report;
} bench_t;

typedef struct {
    const char *name;
    const peer_t *peer; // NULL: its library was not there when this was built
} known_peer_t;

static const known_peer_t peers[] = {
#ifdef PEER_postgres
    {"PostgreSQL", &peer_postgres},
#else
    {"PostgreSQL", NULL},
#endif
#ifdef PEER_sqlite
    {"SQLite", &peer_sqlite},
#else
    {"SQLite", NULL},
#endif
#ifdef PEER_redis
    {"Redis", &peer_redis},
#else
    {"Redis", NULL},
#endif
};
enum { PEERS = sizeof peers / sizeof peers[0], TIGERBEETLE = PEERS };

static report_rate_t rate_of(double per_second, const histogram_t *latency)
{
    return (report_rate_t){.per_second = per_second,
                           .p50_ms = (double)histogram_at(latency, 0.5) / 1e6,
                           .p99_ms = (double)histogram_at(latency, 0.99) / 1e6};
}

static report_rate_t run_ceiling(bench_t *self, const plan_row_t *row, bool in_pipeline,
                                 double *ret_bytes, double *ret_replay)
{
    char directory[128], command[768];
    snprintf(directory, sizeof directory, "%s/ceiling", self->rig.directory);
    mkdir(directory, 0700);
    snprintf(command, sizeof command, "%s/kopeck-ceiling %s %u %u %u %u %d %d %d %.2f; rm -rf %s",
             self->programs, directory, row->batch, row->window, row->clients,
             self->accounts[row->group], row->zipf, !row->alone, in_pipeline, self->seconds,
             directory);
    FILE *pipe = popen(command, "r");
    double per_second, p50, p99;
    if (!pipe ||
        fscanf(pipe, "%lf %lf %lf %lf %lf", &per_second, &p50, &p99, ret_bytes, ret_replay) != 5)
        bench_die("kopeck-ceiling did not say its figures");
    pclose(pipe);
    return (report_rate_t){.per_second = per_second, .p50_ms = p50 / 1e6, .p99_ms = p99 / 1e6};
}

// Of TigerBeetle 0.17.9's own benchmark: `load accepted = N tx/s`.
static double run_tigerbeetle(bench_t *self, const plan_row_t *row)
{
    char command[512], line[256];
    unsigned transfers = row->batch * (row->batch > 1 ? 200 : 2000);
    snprintf(command, sizeof command,
             "cd %s && '%s' benchmark --account-count=%u --transfer-count=%u "
             "--transfer-batch-size=%u --clients=%u 2>&1",
             self->rig.directory, self->tigerbeetle, self->accounts[row->group], transfers,
             row->batch, row->clients);
    FILE *pipe = popen(command, "r");
    double per_second = 0;
    while (pipe && fgets(line, sizeof line, pipe))
        (void)sscanf(line, "load accepted = %lf", &per_second);
    if (!pipe || pclose(pipe))
        per_second = 0;
    return per_second;
}

static void run_peers(bench_t *self, const plan_row_t *row, report_row_t *out)
{
    if (self->tigerbeetle)
        out->peers[TIGERBEETLE].per_second = run_tigerbeetle(self, row);
    else
        out->peers[TIGERBEETLE] = (report_rate_t){.per_second = row->tigerbeetle, .quoted = true};
    for (unsigned p = 0; p < PEERS; p++) {
        peer_row_t wanted = {.batch = row->batch,
                             .clients = row->clients,
                             .seconds = self->seconds,
                             .draws = &self->draws[row->group][row->zipf]};
        const peer_t *peer = self->running[p];
        if (!peer || wanted.clients > peer->clients_max)
            continue;
        memset(&self->peer_result, 0, sizeof self->peer_result);
        peer->run(&wanted, &self->peer_result);
        out->peers[p] = rate_of(self->peer_result.per_second, &self->peer_result.latency);
    }
}

static void follow(bench_t *self, uint64_t from)
{
    audience_start(&self->audience, &self->rig, from);
}

static void run_row(bench_t *self, const plan_row_t *row)
{
    report_row_t *out = &self->report.rows[self->report.rows_count++];
    out->name = row->name;
    fprintf(stderr, "bench: %s\n", row->name);
    double bytes = 0, replay = 0;
    if (row->kind == LOAD_FEED) {
        out->ceilings[CEILING_IN_PIPELINE] = run_ceiling(self, row, true, &bytes, &replay);
        out->ceilings[CEILING_IN_STEP] = run_ceiling(self, row, false, &bytes, &replay);
    }
    if (row == plan) {
        report_note(&self->report, "ceiling: bytes on disk an event", bytes, "bytes");
        report_note(&self->report, "ceiling: replay to balances", replay, "events/s");
    }
    uint64_t seen = self->audience.last;
    if (row->alone)
        audience_stop(&self->audience);
    load_row_t wanted = {.kind = row->kind,
                         .batch = row->batch,
                         .clients = row->clients,
                         .window = row->window,
                         .seconds = self->seconds,
                         .draws = &self->draws[row->group][row->zipf]};
    load_run(&self->load, &wanted, &self->result);
    out->ours = rate_of(self->result.per_second, &self->result.latency);
    if (row->alone)
        follow(self, seen + 1);
    if (!audience_reaches(&self->audience, self->result.last, FOLLOW_MAX_MS))
        bench_die("the follower did not reach the ledger's head");
    if (row->peers)
        run_peers(self, row, out);
}

static void measure_queries(bench_t *self, unsigned group)
{
    load_row_t row = {.kind = LOAD_BALANCES,
                      .batch = 1,
                      .clients = 1,
                      .window = 32,
                      .seconds = self->seconds,
                      .draws = &self->draws[group][0]};
    load_run(&self->load, &row, &self->result);
    report_note(&self->report, "balance queries, 32 under way from one client",
                self->result.per_second, "1/s");
    report_note(&self->report, "  p99 of a query",
                (double)histogram_at(&self->result.latency, 0.99) / 1e6, "ms");
}

static void note_of(bench_t *self, const char *what, uint32_t accounts, double value,
                    const char *unit)
{
    char name[96];
    snprintf(name, sizeof name, "%s, %u accounts", what, accounts);
    report_note(&self->report, name, value, unit);
}

static void note_memory(bench_t *self, const char *when, uint32_t accounts)
{
    char what[64];
    snprintf(what, sizeof what, "ledger: memory %s", when);
    note_of(self, what, accounts, (double)bench_memory_kb(self->rig.pid, "RssAnon") / 1024, "MB");
}

// Each in a process of its own, this program again.
static void measure_cores(bench_t *self)
{
    static const char *const services[] = {"metering", "autopay", "ledger"};
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        char command[512], what[64];
        unsigned long long kb = 0;
        snprintf(command, sizeof command, "%s/kopeck-bench --memory %s %u", self->programs,
                 services[i], self->accounts[1]);
        FILE *pipe = popen(command, "r");
        if (!pipe || fscanf(pipe, "%llu", &kb) != 1 || pclose(pipe))
            bench_die("%s: no figure came", command);
        snprintf(what, sizeof what, "%s: memory of its core alone", services[i]);
        note_of(self, what, self->accounts[1], (double)kb / 1024, "MB");
    }
}

// Ends the process, reads its journal here, starts it again.
static void measure_history(bench_t *self, uint32_t accounts)
{
    audience_stop(&self->audience);
    bench_rig_stop(&self->rig);
    history_t history;
    history_measure(&self->rig, &history);
    note_of(self, "ledger: events in the journal", accounts, (double)history.events, "events");
    note_of(self, "ledger: bytes on disk an event", accounts,
            (double)history.bytes / (double)history.events, "bytes");
    note_of(self, "ledger: replay to balances", accounts, history.replay_per_second, "events/s");
    note_of(self, "ledger: the same, every hash checked", accounts, history.verify_per_second,
            "events/s");
    int64_t ns = bench_rig_start(&self->rig);
    note_of(self, "ledger: restart until every door is open", accounts, (double)ns / 1e9, "s");
    note_memory(self, "after a restart", accounts);
}

static bool is_wanted(const bench_t *self, const plan_row_t *row)
{
    return !self->only || strstr(row->name, self->only);
}

static void run_group(bench_t *self, unsigned group)
{
    bool any = false;
    for (unsigned i = 0; i < PLAN; i++)
        any = any || (plan[i].group == group && is_wanted(self, &plan[i]));
    if (!any)
        return;
    uint32_t accounts = self->accounts[group];
    bench_rig_new_journal(&self->rig);
    bench_rig_start(&self->rig);
    load_reset(&self->load);
    follow(self, 1);
    fprintf(stderr, "bench: opening %u accounts\n", accounts);
    load_fund(&self->load, accounts);
    for (unsigned i = 0; i < PLAN; i++)
        if (plan[i].group == group && is_wanted(self, &plan[i]))
            run_row(self, &plan[i]);
    note_memory(self, "after the rows", accounts);
    if (group == 0)
        measure_queries(self, group);
    self->report.conserved = load_agrees(&self->load, accounts) && self->report.conserved;
    measure_history(self, accounts);
    self->report.conserved = load_agrees(&self->load, accounts) && self->report.conserved;
    bench_rig_stop(&self->rig);
}

static void start_peers(bench_t *self)
{
    self->report.peers[TIGERBEETLE] = "TigerBeetle";
    snprintf(
        self->report.remarks[TIGERBEETLE], sizeof self->report.remarks[TIGERBEETLE], "%s",
        self->tigerbeetle
            ? "its own benchmark program, which drives its own server"
            : "* not measured here: figures of version 0.17.9 on another machine of this size");
    for (unsigned p = 0; p < PEERS; p++) {
        char error[PEER_ERROR_MAX] = "not asked for";
        self->report.peers[p] = peers[p].name;
        if (self->peers && !peers[p].peer)
            snprintf(error, sizeof error, "its client library was missing at build time");
        if (self->peers && peers[p].peer &&
            peers[p].peer->start(self->rig.directory, self->accounts[0], error))
            self->running[p] = peers[p].peer;
        else
            snprintf(self->report.remarks[p], sizeof self->report.remarks[p], "not measured: %s",
                     error);
    }
}

static void stop_peers(bench_t *self)
{
    for (unsigned p = 0; p < PEERS; p++)
        if (self->running[p]) {
            if (!self->running[p]->balances()) {
                fprintf(stderr, "bench: %s does not balance\n", peers[p].name);
                self->report.conserved = false;
            }
            self->running[p]->stop();
            self->running[p] = NULL;
        }
}

static void run(bench_t *self)
{
    bench_rig_init(&self->rig, self->programs);
    self->rig.connection = self->connection;
    load_init(&self->load, &self->rig);
    self->report.conserved = true;
    self->report.seconds = self->seconds;
    for (unsigned group = 0; group < ROWS_GROUPS; group++)
        for (int zipf = 0; zipf < 2; zipf++)
            draws_init(&self->draws[group][zipf], self->accounts[group], zipf);
    start_peers(self);
    for (unsigned group = 0; group < ROWS_GROUPS; group++)
        run_group(self, group);
    if (!self->only)
        measure_cores(self);
    stop_peers(self);
    for (unsigned group = 0; group < ROWS_GROUPS; group++)
        for (int zipf = 0; zipf < 2; zipf++)
            draws_release(&self->draws[group][zipf]);
    bench_rig_release(&self->rig);
}

static const char usage[] =
    "usage: kopeck-bench [--quick] [--seconds S] [--json FILE] [--no-peers] [--only TEXT]\n"
    "                    [--tigerbeetle PROGRAM] [--postgresql CONNECTION]\n"
    "       kopeck-bench --cost BATCHES POSTINGS ACCOUNTS\n"
    "  --quick        a tenth of a second a row, few accounts: shows that it works, no more\n"
    "  --seconds S    of each row, default 4\n"
    "  --json FILE    the figures for programs\n"
    "  --no-peers     the ledger and the ceiling only\n"
    "  --only TEXT    the rows whose names hold it\n"
    "  --tigerbeetle PROGRAM   measures TigerBeetle too, by its own benchmark\n"
    "  --postgresql CONNECTION  the ledger's journals lie in this database, as libpq names it,\n"
    "                 instead of in LMDB\n"
    "  --cost         of BATCHES of so many POSTINGS through the ledger's node alone, nanoseconds\n"
    "                 of the processor a posting: the least of a batch, and the mean\n";

int main(int argc, char **argv)
{
    command_line_version(argc, argv);
    static const struct option options[] = {{"quick", no_argument, NULL, 'q'},
                                            {"seconds", required_argument, NULL, 's'},
                                            {"json", required_argument, NULL, 'j'},
                                            {"no-peers", no_argument, NULL, 'n'},
                                            {"tigerbeetle", required_argument, NULL, 't'},
                                            {"only", required_argument, NULL, 'o'},
                                            {"postgresql", required_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    if (argc == 4 && strcmp(argv[1], "--memory") == 0) // asked by the program itself
        return memory_print(argv[2], (uint32_t)atoi(argv[3]));
    if (argc == 5 && strcmp(argv[1], "--cost") == 0)
        return cost_print((uint32_t)atoi(argv[2]), (uint32_t)atoi(argv[3]),
                          (uint32_t)atoi(argv[4]));
    static bench_t self;
    self.peers = true;
    self.seconds = 4;
    self.accounts[0] = 10 * 1000;
    self.accounts[1] = 1000 * 1000;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        if (optarg && !*optarg)
            option = '?';
        switch (option) {
        case 'q':
            self.seconds = 0.1;
            self.accounts[0] = 1000;
            self.accounts[1] = 20 * 1000;
            break;
        case 's':
            self.seconds = atof(optarg);
            break;
        case 'j':
            self.json = optarg;
            break;
        case 't':
            self.tigerbeetle = optarg;
            break;
        case 'p':
            self.connection = optarg;
            break;
        case 'o':
            self.only = optarg;
            break;
        case 'n':
            self.peers = false;
            break;
        default:
            fputs(usage, option == 'h' ? stdout : stderr);
            return option == 'h' ? 0 : 64;
        }
    }
    if (optind < argc || self.seconds <= 0 || self.seconds > 600) {
        fputs(usage, stderr);
        return 64;
    }
    char self_path[400] = "";
    if (readlink("/proc/self/exe", self_path, sizeof self_path - 1) < 0)
        bench_die("/proc/self/exe: %s", strerror(errno));
    snprintf(self.programs, sizeof self.programs, "%s", dirname(self_path));
    security_prepare();
    run(&self);
    report_table(&self.report, stdout);
    if (self.json && !report_json(&self.report, self.json))
        bench_die("%s: %s", self.json, strerror(errno));
    return self.report.conserved ? 0 : 1;
}
