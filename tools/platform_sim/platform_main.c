// platform-sim - a container platform that never was, as a process: its containers start, scale and
// die, and metering hears of it from the platform's durable outbox, by pub/sub and replay or
// pushed.
#include "services/process/auto.h"
#include "services/process/config.h"
#include "services/process/ready.h"
#include "services/process/security/security.h"
#include "services/process/socket.h"
#include "tools/command_line/command_line.h"
#include "tools/platform_sim/platform.h"
#include "tools/platform_sim/push.h"
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    TICK_MS = 200,
    COUNTERS_MS = 5000,
    ASK_MS = 1000,
    PUSH_MS = 1000,
    EVENTS_MAX = 1024,
    SPEED_MAX = 10000
};
#define START_US_MAX UINT64_C(4000000000000000)

typedef enum { MODE_OUTBOX, MODE_PUSH } run_mode_t;

typedef struct {
    run_mode_t mode;
    bool driven;
    instant_t speed;
    const char *ready_file, *secret;
    const char *feed, *command, *certificate; // metering's
    outbox_options_t outbox;
    platform_options_t platform;
} settings_t;

typedef struct {
    settings_t settings;
    int signals;
    outbox_t *outbox;
    platform_t *platform;
    push_t *push;      // MODE_PUSH
    client_t *command; // of metering, where a driven clock is read
    instant_t now;
    event_t events[EVENTS_MAX];
} run_t;

static void help(FILE *out)
{
    fputs("usage: platform-sim --config FILE\n\n"
          "Plays a container platform until SIGTERM or SIGINT: the same seed lives the same lives, "
          "and\na start goes on where the outbox ends. The file is ZPL:\n\n"
          "  platform/mode          outbox (default): metering follows us; push: we send batches\n"
          "  platform/clock         wall (default), or driven: the time is what metering's driver\n"
          "                         tells metering\n"
          "  platform/speed         lives pass so many times as fast (1)\n"
          "  platform/producer      our number, from 100 on (100)\n"
          "  platform/accounts      (20)\n"
          "  platform/replicas      kept alive, about (60)\n"
          "  platform/seed          (1)\n"
          "  platform/start_us      the first instant; default: when the outbox was made\n"
          "  platform/ready_file    made when everything is open\n"
          "  outbox/directory       of the durable outbox; made if missing\n"
          "  outbox/publish         our doors, in mode outbox: tcp:// or ipc://\n"
          "  outbox/replay\n"
          "  certificates/secret    our NAME.cert_secret\n"
          "  certificates/directory of those who may come in, in mode outbox\n"
          "  metering/feed          where batches go, in mode push\n"
          "  metering/command       where a driven clock is read\n"
          "  metering/certificate   its NAME.cert, for both\n\n"
          "Exit codes: 0 told to end, 64 usage, 69 metering refuses our feed, 74 the outbox "
          "failed,\n78 wrong configuration.\n",
          out);
}

// --- configuration ---

static const char *endpoint(config_t *config, const char *key, bool wanted)
{
    const char *text = config_text(config, key, wanted ? NULL : "");
    if (*text && !socket_endpoint_is_valid(text))
        config_refuse(config, key, text, "tcp://HOST:PORT or ipc://PATH");
    return text;
}

static void read_settings(config_t *config, settings_t *self)
{
    static const char *const modes[] = {"outbox", "push", NULL};
    static const char *const clocks[] = {"wall", "driven", NULL};
    self->mode = (run_mode_t)config_word(config, "platform/mode", modes, MODE_OUTBOX);
    self->driven = config_word(config, "platform/clock", clocks, 0) == 1;
    self->speed = (instant_t)config_number(config, "platform/speed", 1, 1, SPEED_MAX);
    self->ready_file = config_text(config, "platform/ready_file", "");
    self->outbox.producer =
        config_number(config, "platform/producer", PRODUCER_FIRST, PRODUCER_FIRST, INT64_MAX);
    self->platform.accounts =
        (uint32_t)config_number(config, "platform/accounts", 20, 1, PLATFORM_ACCOUNTS_MAX);
    self->platform.replicas =
        (uint32_t)config_number(config, "platform/replicas", 60, 1, PLATFORM_REPLICAS_MAX);
    self->platform.seed = config_number(config, "platform/seed", 1, 0, UINT32_MAX);
    self->platform.start =
        (instant_t)config_number(config, "platform/start_us", 0, 0, START_US_MAX);
    bool push = self->mode == MODE_PUSH;
    self->outbox.create = true; // it is a stand-in
    self->outbox.directory = config_text(config, "outbox/directory", NULL);
    self->outbox.publish = endpoint(config, "outbox/publish", !push);
    self->outbox.replay = endpoint(config, "outbox/replay", !push);
    self->secret = config_text(config, "certificates/secret", NULL);
    self->outbox.secret = self->secret;
    self->outbox.certificates = config_text(config, "certificates/directory", push ? "" : NULL);
    self->feed = endpoint(config, "metering/feed", push);
    self->command = endpoint(config, "metering/command", self->driven);
    self->certificate =
        config_text(config, "metering/certificate", push || self->driven ? NULL : "");
    if (push)
        self->outbox.publish = self->outbox.replay = NULL;
}

static client_t *connect_to(const settings_t *settings, client_door_t door, const char *where)
{
    char key[41], error[SECURITY_ERROR_MAX];
    client_t *client = NULL;
    AUTO(zcert) own = security_load_secret(settings->secret, error);
    if (!own || !security_load_public(settings->certificate, key, error))
        fprintf(stderr, "platform-sim: %s\n", error);
    else if (client_new(door, where, own, key, &client))
        fprintf(stderr, "platform-sim: %s cannot be connected to\n", where);
    return client;
}

// --- the life of it ---

// The lives that the outbox already knows are lived again and not told.
static void catch_up(run_t *self)
{
    for (uint64_t told = 0, last = outbox_last(self->outbox); told < last;) {
        size_t cap = last - told < EVENTS_MAX ? (size_t)(last - told) : EVENTS_MAX;
        told += platform_next(self->platform, INT64_MAX, self->events, cap);
    }
}

static bool read_clock(run_t *self)
{
    if (!self->settings.driven) {
        self->now = zclock_time() * 1000;
        return true;
    }
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    if (client_ask(self->command, &request, ASK_MS, &answer) || answer.fail)
        return false; // time stands still while metering is away
    self->now = answer.status.now;
    return true;
}

// What has happened by now goes into the outbox. Lives pass `speed` times as fast as the clock;
// rounded up, so that nothing happens at or before a `through` that was said.
static fail_t live(run_t *self)
{
    instant_t start = self->settings.platform.start, speed = self->settings.speed;
    if (self->now <= start || self->now <= outbox_through_last(self->outbox))
        return FAIL_NONE;
    instant_t until = start + (self->now - start) * speed;
    fail_t fail = FAIL_NONE;
    for (size_t n; !fail && (n = platform_next(self->platform, until, self->events, EVENTS_MAX));) {
        for (size_t i = 0; i < n; i++)
            self->events[i].at = start + (self->events[i].at - start + speed - 1) / speed;
        fail = outbox_add(self->outbox, self->events, n);
    }
    return fail ? fail : outbox_through(self->outbox, self->now);
}

static void say_counters(const run_t *self)
{
    printf("platform-sim now=%" PRId64 " events=%" PRIu64 " running=%" PRIu32, self->now,
           outbox_last(self->outbox), platform_running(self->platform));
    if (self->push)
        printf(" acknowledged=%" PRIu64 " resent=%" PRIu64 " refused=%" PRIu64,
               push_acknowledged(self->push), push_resent(self->push), push_refused(self->push));
    putchar('\n');
    fflush(stdout);
}

static int tick(run_t *self)
{
    fail_t fail = read_clock(self) ? live(self) : FAIL_NONE;
    if (fail) {
        fprintf(stderr, "platform-sim: the outbox: %s\n", fail_text(fail));
        return EX_IOERR;
    }
    fail = self->push ? push_run(self->push, PUSH_MS) : FAIL_NONE;
    if (fail && fail != FAIL_TIMEOUT) {
        fprintf(stderr, "platform-sim: %s\n", push_trouble(self->push));
        return EX_UNAVAILABLE;
    }
    return EX_OK;
}

static int go_on(run_t *self)
{
    struct pollfd wait = {.fd = self->signals, .events = POLLIN};
    int64_t said = zclock_mono();
    int status = EX_OK;
    do {
        status = tick(self);
        if (zclock_mono() - said >= COUNTERS_MS) {
            said = zclock_mono();
            say_counters(self);
        }
    } while (status == EX_OK && poll(&wait, 1, TICK_MS) == 0);
    say_counters(self);
    return status;
}

static bool begin(run_t *self)
{
    settings_t *settings = &self->settings;
    char error[OUTBOX_ERROR_MAX];
    self->outbox = outbox_open(&settings->outbox, error);
    if (!self->outbox) {
        fprintf(stderr, "platform-sim: %s\n", error);
        return false;
    }
    if (!settings->platform.start)
        settings->platform.start = (instant_t)outbox_epoch(self->outbox) * SECOND_US;
    self->platform = platform_new(&settings->platform);
    catch_up(self);
    if (settings->mode == MODE_PUSH) {
        client_t *feed = connect_to(settings, CLIENT_FEED, settings->feed);
        if (!feed)
            return false;
        self->push = push_new(&feed, settings->outbox.producer, self->outbox);
    }
    if (settings->driven)
        self->command = connect_to(settings, CLIENT_COMMAND, settings->command);
    return !settings->driven || self->command;
}

static int run(run_t *self)
{
    int status = EX_CONFIG;
    if (begin(self)) {
        (void)ready_tell(self->settings.ready_file);
        status = go_on(self);
        ready_end(self->settings.ready_file);
    }
    push_destroy(&self->push);
    client_destroy(&self->command);
    platform_destroy(&self->platform);
    outbox_close(&self->outbox);
    return status;
}

static const char *parse_options(int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *file = NULL;
    for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
        if (option == 'h') {
            help(stdout);
            exit(EX_OK);
        }
        if (option != 'c' || !command_line_word(optarg))
            return NULL;
        file = optarg;
    }
    return optind == argc ? file : NULL;
}

int main(int argc, char **argv)
{
    command_line_version(argc, argv);
    const char *file = parse_options(argc, argv);
    if (!file) {
        help(stderr);
        return EX_USAGE;
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    security_prepare();
    static run_t self;
    self.signals = signalfd(-1, &set, SFD_CLOEXEC);
    config_t *config = config_load(file);
    read_settings(config, &self.settings);
    const char *wrong = config_check(config);
    if (wrong)
        fprintf(stderr, "platform-sim: %s\n", wrong);
    int status = wrong ? EX_CONFIG : run(&self);
    config_destroy(&config);
    return status;
}
