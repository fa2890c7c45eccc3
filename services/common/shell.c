#include "services/common/shell.h"
#include "services/common/doors.h"
#include "services/common/links.h"
#include "services/common/log.h"
#include "services/common/outside.h"
#include "services/common/past.h"
#include "services/common/reader_thread.h"
#include "services/common/ready.h"
#include "services/common/secret.h"
#include "services/common/security.h"
#include "store/journal_lmdb.h"
#include <assert.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sysexits.h>

enum {
    MESSAGES_PER_SOCKET = 256, // of one round; more would let one socket hold up the others
    ROUNDS_PER_BATCH = 16,
    WAIT_MAX_MS = 1000,
    ROOM_MS = 10000,    // between two looks at the disk
    COUNTERS_MS = 1000, // between two prints of the shell's counters
    TELL_MS = 1000,     // between two tries to say that we are ready
    REFUSED_MS = 10000, // between two lines of the log about connections refused
    COUNTERS_SIZE = 2048,
    ITEMS_MAX = 8 + LINKS_SOCKETS,
    CONTINUE = -1
};

// Connections that came to nothing, since the start.
typedef struct {
    uint64_t strangers, malformed, unfinished; // unknown keys; handshakes
} refused_t;

typedef struct {
    settings_t settings;
    const core_t *core;
    const void *core_settings;
    security_t *security;
    past_t past;
    journal_reader_t *old; // the replay door's reader
    reader_thread_t replay;
    zactor_t *replay_actor;
    doors_t doors;
    links_t links;
    outside_requests_t *outside;
    int signals;
    bool ready, told, full, stopping, exhausted;
    int64_t room_at, counters_at, tell_at, refused_at; // monotonic ms of the next time
    uint64_t batches, commits, turns, exhaustions;
    refused_t refused;   // that was logged
    const char *trouble; // that was logged
    char error[SECURITY_ERROR_MAX];
} shell_t;

static void signals_of_the_end(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

void shell_prepare(void)
{
    sigset_t set;
    signals_of_the_end(&set);
    int rc = pthread_sigmask(SIG_BLOCK, &set, NULL);
    assert(rc == 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); // a file that may not grow is an error of its write, not our death
    if (!secret_harden())
        log_warn("the process could not be hardened against core dumps");
    security_prepare();
}

config_t *shell_begin(int argc, char **argv, const char *what)
{
    shell_prepare();
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts(KOPECK_VERSION);
        exit(EX_OK);
    }
    if (argc != 2 || argv[1][0] == '-') {
        fprintf(help ? stdout : stderr,
                "usage: %s CONFIG\n       %s --help | --version\n%s\n"
                "CONFIG is one ZPL file; services/common/config.h lists its keys.\n",
                program_invocation_short_name, program_invocation_short_name, what);
        exit(help ? EX_OK : EX_USAGE);
    }
    return config_load(argv[1]);
}

static node_clock_t read_clock(const shell_t *self)
{
    struct timespec wall, mono;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC, &mono);
    node_clock_t clock = {
        .wall = (instant_t)wall.tv_sec * SECOND_US + wall.tv_nsec / 1000,
        .monotonic = (instant_t)mono.tv_sec * SECOND_US + mono.tv_nsec / 1000,
    };
    clock.now = self->settings.driven ? 0 : clock.wall;
    return clock;
}

// --- start ---

// Behind this only what the configuration names can be reached. Secrets of the service itself were
// read before; the threads of sockets and authenticator come after.
static bool confine(const settings_t *settings, const char *process)
{
    sandbox_t sandbox;
    (void)journal_make_directory(settings->journal_directory); // journal_open says what is wrong
    sandbox_begin(&sandbox, process);
    sandbox_path(&sandbox, settings->journal_directory, LANDLOCK_KEEP);
    sandbox_path(&sandbox, settings->certificates, LANDLOCK_READ);
    sandbox_path(&sandbox, settings->secret, LANDLOCK_READ);
    sandbox_file(&sandbox, settings->ready_file);
    sandbox_bind(&sandbox, settings->command);
    sandbox_bind(&sandbox, settings->replay);
    sandbox_bind(&sandbox, settings->publish);
    sandbox_bind(&sandbox, settings->feed);
    for (size_t i = 0; i < settings->peers_count; i++) {
        const settings_peer_t *peer = &settings->peers[i];
        sandbox_path(&sandbox, peer->certificate, LANDLOCK_READ);
        sandbox_connect(&sandbox, peer->publish);
        sandbox_connect(&sandbox, peer->replay);
        sandbox_connect(&sandbox, peer->command);
    }
    return sandbox_enter(&sandbox, settings->sandbox, settings->memory_mib);
}

static int fail_start(shell_t *self, int status)
{
    log_error("cannot start", "why", self->error);
    return status;
}

// A disk that fails or is full may be better at the next start; what it holds will be the same.
static int status_of(fail_t fail)
{
    return fail == FAIL_STORE || fail == FAIL_FULL ? EX_IOERR : EX_DATAERR;
}

static int open_all(shell_t *self, reader_hook_fn *hook)
{
    settings_t *settings = &self->settings;
    sigset_t set;
    signals_of_the_end(&set);
    self->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    assert(self->signals >= 0);
    self->security = security_new(settings->secret, settings->certificates, self->error);
    if (!self->security)
        return fail_start(self, errno == EAGAIN ? EX_OSERR : EX_CONFIG);
    fail_t fail = past_open(&self->past, settings, self->core, self->core_settings, self->error,
                            sizeof self->error);
    if (fail)
        return fail_start(self, status_of(fail));
    fail = journal_reader_open(self->past.journal, &self->old);
    if (fail) {
        snprintf(self->error, sizeof self->error, "journal reader: %s", fail_text(fail));
        return fail_start(self, EX_IOERR);
    }
    self->outside = outside_new(settings->https_only, settings->outside_timeout_ms);
    zcert_t *own = security_own(self->security);
    self->replay.endpoint = settings->replay;
    self->replay.own = own;
    self->replay.journal = self->old;
    self->replay.stream = self->core->stream;
    self->replay.epoch = node_epoch(self->past.node);
    self->replay.term = node_term(self->past.node);
    self->replay.hook = hook;
    self->replay_actor = reader_thread_new(&self->replay);
    if (!self->replay_actor) {
        snprintf(self->error, sizeof self->error, "%s: cannot be bound", settings->replay);
        return fail_start(self, EX_UNAVAILABLE);
    }
    if (!doors_open(&self->doors, settings, own, self->error, sizeof self->error) ||
        !links_open(&self->links, settings, own, self->error, sizeof self->error))
        return fail_start(self, EX_UNAVAILABLE);
    return CONTINUE;
}

static void close_all(shell_t *self)
{
    doors_close(&self->doors);
    links_close(&self->links);
    zactor_destroy(&self->replay_actor);
    outside_destroy(&self->outside);
    journal_reader_destroy(&self->old);
    past_close(&self->past);
    security_destroy(&self->security); // after every socket
    if (self->signals >= 0)
        close(self->signals);
}

// --- the disk ---

static void look_at_room(shell_t *self)
{
    journal_room_t room;
    if (journal_room(self->past.journal, &room) != FAIL_NONE || room.disk_total_bytes == 0)
        return;
    uint64_t used = room.disk_total_bytes - room.disk_free_bytes;
    // Twice the reserve: well before the journal itself refuses, which would end the process.
    bool full = used / (room.disk_total_bytes / 100 + 1) >= self->settings.disk_percent ||
                room.disk_free_bytes / 2 < self->settings.reserve_bytes;
    if (full != self->full)
        log_warn(full ? "the disk is nearly full: facts are refused" : "the disk has room again",
                 "free_bytes", log_number(room.disk_free_bytes));
    self->full = full;
    node_set_full(self->past.node, full);
}

// --- a turn ---

static void wait_for_work(shell_t *self)
{
    node_clock_t clock = read_clock(self);
    int64_t wait_us = node_wait_us(self->past.node, &clock);
    long wait_ms = wait_us >= WAIT_MAX_MS * 1000 ? WAIT_MAX_MS : (long)((wait_us + 999) / 1000);
    zmq_pollitem_t items[ITEMS_MAX] = {
        {.fd = self->signals, .events = ZMQ_POLLIN},
        {.fd = outside_fd(self->outside), .events = ZMQ_POLLIN},
        {.socket = zsock_resolve(security_watch(self->security)), .events = ZMQ_POLLIN},
    };
    size_t count = 3;
    count += doors_poll(&self->doors, items + count);
    count += links_poll(&self->links, items + count);
    assert(count <= ITEMS_MAX);
    zmq_poll(items, (int)count, wait_ms);
    if (items[0].revents)
        self->stopping = true;
    if (items[1].revents)
        outside_turn(self->outside);
}

static bool authenticator_is_dead(shell_t *self)
{
    return zsock_events(security_watch(self->security)) & ZMQ_POLLIN;
}

// One socket after the other, a bounded number of messages each, until all are empty or the batch
// is full.
static unsigned drain(shell_t *self)
{
    unsigned total = 0;
    result_t result;
    while (!node_is_full(self->past.node) && outside_result(self->outside, &result)) {
        node_result(self->past.node, &result);
        total++;
    }
    for (int round = 0; round < ROUNDS_PER_BATCH && !node_is_full(self->past.node); round++) {
        unsigned taken = links_drain(&self->links, self->past.node, MESSAGES_PER_SOCKET);
        taken += doors_drain(&self->doors, self->past.node, MESSAGES_PER_SOCKET,
                             (self->turns + (unsigned)round) % 2);
        total += taken;
        if (taken == 0)
            break;
    }
    return total;
}

static void send_outputs(shell_t *self)
{
    for (output_t output; node_output(self->past.node, &output);) {
        switch (output.kind) {
        case OUTPUT_ANSWER:
            doors_answer(&self->doors, &output);
            break;
        case OUTPUT_PUBLISH:
            doors_publish(&self->doors, &output);
            break;
        case OUTPUT_ASK_REPLAY:
        case OUTPUT_ASK_COMMAND:
            links_ask(&self->links, &output);
            break;
        case OUTPUT_OUTSIDE:
            outside_start(self->outside, &output.outside);
            break;
        }
    }
}

// --- what peers do ---

static refused_t count_refused(shell_t *self)
{
    refused_t refused = {.strangers = security_authenticator(self->security)->strangers,
                         .malformed = self->replay.malformed,
                         .unfinished = self->replay.unfinished};
    doors_watch(&self->doors);
    for (size_t i = 0; i < sizeof self->doors.watches / sizeof self->doors.watches[0]; i++) {
        refused.malformed += self->doors.watches[i].malformed;
        refused.unfinished += self->doors.watches[i].unfinished;
    }
    return refused;
}

static void tell_of_refused(shell_t *self, const refused_t *now)
{
    refused_t *told = &self->refused;
    if (memcmp(now, told, sizeof *now) == 0)
        return;
    log_warn("connections were refused", "unknown_key",
             log_number(now->strangers - told->strangers), "malformed",
             log_number(now->malformed - told->malformed), "unfinished",
             log_number(now->unfinished - told->unfinished));
    *told = *now;
}

// libzmq says nothing when it cannot accept for want of a descriptor: it tries for ever.
static void look_at_descriptors(shell_t *self)
{
    int fd = eventfd(0, EFD_CLOEXEC);
    bool exhausted = fd < 0 && (errno == EMFILE || errno == ENFILE);
    if (fd >= 0)
        close(fd);
    if (exhausted && !self->exhausted)
        log_warn("descriptors are used up: new connections wait");
    else if (!exhausted && self->exhausted)
        log_info("there are descriptors again");
    self->exhausted = exhausted;
    self->exhaustions += exhausted;
}

static void print_counters(shell_t *self, const refused_t *refused)
{
    char text[COUNTERS_SIZE];
    const authenticator_t *authenticator = security_authenticator(self->security);
    snprintf(text, sizeof text,
             "shell.batches %" PRIu64 "\nshell.commits %" PRIu64 "\nshell.messages %" PRIu64
             "\nshell.malformed %" PRIu64 "\nshell.answers %" PRIu64 "\nshell.unreachable %" PRIu64
             "\nshell.no_room %" PRIu64 "\nshell.published %" PRIu64 "\nshell.replayed %" PRIu64
             "\nshell.replay_dropped %" PRIu64 "\nshell.replay_unread %" PRIu64
             "\nshell.subscribers_renewed %" PRIu64 "\nshell.outside %zu\nshell.admitted %" PRIu64
             "\nshell.unknown_keys %" PRIu64 "\nshell.handshakes_malformed %" PRIu64
             "\nshell.handshakes_unfinished %" PRIu64 "\nshell.certificates_unread %" PRIu64
             "\nshell.certificates_wrong %" PRIu64 "\nshell.seconds_without_descriptors %" PRIu64
             "\n",
             self->batches, self->commits, self->doors.messages, self->doors.malformed,
             self->doors.answers, self->doors.unreachable, self->doors.no_room,
             self->doors.published, (uint64_t)self->replay.answered, (uint64_t)self->replay.dropped,
             (uint64_t)self->replay.unread, self->links.renewed, outside_count(self->outside),
             (uint64_t)authenticator->admitted, refused->strangers, refused->malformed,
             refused->unfinished, (uint64_t)authenticator->unread, (uint64_t)authenticator->wrong,
             self->exhaustions);
    node_set_counters(self->past.node, text);
}

static void look_at_peers(shell_t *self, int64_t now)
{
    refused_t refused = count_refused(self);
    look_at_descriptors(self);
    print_counters(self, &refused);
    if (now >= self->refused_at) {
        tell_of_refused(self, &refused);
        self->refused_at = now + REFUSED_MS;
    }
}

// What is done between two batches, by the monotonic clock.
static void tend(shell_t *self, bool idle)
{
    int64_t now = zclock_mono();
    links_tend(&self->links);
    ready_alive(now);
    if (now >= self->counters_at) {
        look_at_peers(self, now);
        self->counters_at = now + COUNTERS_MS;
    }
    if (now >= self->room_at) {
        look_at_room(self);
        self->room_at = now + ROOM_MS;
        bool sealed = false;
        fail_t fail = idle ? journal_seal(self->past.journal, &sealed) : FAIL_NONE;
        if (fail || sealed)
            log_line(fail ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "sealing a segment", "result",
                     fail_text(fail), NULL);
        if (sealed)
            self->room_at = now; // there may be another one
    }
    const char *trouble = node_trouble(self->past.node);
    if (trouble && trouble != self->trouble)
        log_error("a stream has stopped", "why", trouble);
    self->trouble = trouble;
    if (!self->ready && node_is_ready(self->past.node)) {
        self->ready = true;
        log_info("ready", "service", self->settings.name, "last",
                 log_number(node_last(self->past.node)), "term",
                 log_number(node_term(self->past.node)));
    }
    if (self->ready && !self->told && now >= self->tell_at) {
        self->told = ready_tell(self->settings.ready_file);
        self->tell_at = now + TELL_MS;
    }
}

// The boot event found no room. Nothing was written, so the node is made again as it was before and
// goes on with what needs no commit.
static int start_without_room(shell_t *self)
{
    log_warn("no room for the boot event: serving reads and replay only");
    fail_t fail = past_return(&self->past, &self->settings, self->core, self->core_settings,
                              self->error, sizeof self->error);
    if (fail)
        return fail_start(self, status_of(fail));
    self->full = true;
    self->room_at = zclock_mono() + ROOM_MS; // not again at once
    node_set_full(self->past.node, true);
    return CONTINUE;
}

// The line that must not move: nothing of a batch leaves before its commit. A failed commit ends
// the process, and nobody has been answered.
static int run_batch(shell_t *self)
{
    node_clock_t clock = read_clock(self);
    node_batch_t batch;
    node_begin(self->past.node, &clock);
    unsigned taken = drain(self);
    node_end(self->past.node, &batch);
    fail_t fail =
        batch.append ? journal_append(self->past.journal, batch.expected, batch.term, batch.records,
                                      batch.records_count, batch.head, batch.head_size)
                     : FAIL_NONE;
    if (fail == FAIL_FULL && !self->ready)
        return start_without_room(self);
    if (fail) {
        log_error("the commit failed", "why", fail_name(fail), "expected",
                  log_number(batch.expected), "records", log_number(batch.records_count));
        return EX_IOERR;
    }
    node_committed(self->past.node);
    send_outputs(self);
    self->commits += batch.append;
    self->batches += taken > 0;
    self->turns++;
    tend(self, taken == 0);
    return CONTINUE;
}

static int turn(shell_t *self)
{
    wait_for_work(self);
    if (self->stopping)
        return EX_OK; // the batch before is committed and answered; nothing else was taken
    if (authenticator_is_dead(self)) {
        log_error("the authenticator has died");
        return EX_UNAVAILABLE;
    }
    return run_batch(self);
}

int shell_run(config_t *config, const core_t *core, const void *core_settings, reader_hook_fn *hook)
{
    shell_t *self = calloc(1, sizeof *self);
    assert(self);
    self->core = core;
    self->core_settings = core_settings;
    self->signals = -1;
    settings_read(config, core, &self->settings);
    const char *wrong = config_check(config);
    if (wrong) {
        log_error("wrong configuration", "why", wrong);
        free(self);
        return EX_CONFIG;
    }
    log_set_level((log_level_t)self->settings.log_level);
    int status = confine(&self->settings, core->name) ? open_all(self, hook) : EX_OSERR;
    if (status == CONTINUE) {
        look_at_room(self); // before the boot event
        status = run_batch(self);
    }
    while (status == CONTINUE)
        status = turn(self);
    if (self->ready)
        ready_end(self->settings.ready_file);
    close_all(self);
    log_info("stopped", "status", log_signed(status));
    free(self);
    return status;
}
