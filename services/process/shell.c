#include "services/process/shell.h"
#include "proto/codes.h"
#include "proto/counter.h"
#include "services/process/begin.h"
#include "services/process/clocks.h"
#include "services/process/disk_look.h"
#include "services/process/doors.h"
#include "services/process/light.h"
#include "services/process/links.h"
#include "services/process/log.h"
#include "services/process/memory.h"
#include "services/process/outside.h"
#include "services/process/past.h"
#include "services/process/reader_thread.h"
#include "services/process/ready.h"
#include "services/process/refused.h"
#include "services/process/security/secret.h"
#include "services/process/security/security.h"
#include "services/process/signals.h"
#include "services/process/snapshot_audit.h"
#include "services/process/snapshots.h"
#include "services/process/standby.h"
#include <assert.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sysexits.h>

enum {
    MESSAGES_PER_SOCKET = 256, // of one round; more would let one socket hold up the others
    ROUNDS_PER_BATCH = 16,
    RECALL_READS = 256, // events of the own journal in a batch, under a millisecond
    WAIT_MAX_MS = 1000,
    ROOM_MS = 10000,       // between two looks at the disk
    SEAL_AGAIN_MS = 10000, // after a segment that could not be sealed
    COUNTERS_MS = 1000,    // between two prints of the shell's counters
    TELL_MS = 1000,        // between two tries to say that we are ready
    REFUSED_MS = 10000,    // between two lines of the log about connections refused
    COUNTERS_SIZE = 4096,
    ITEMS_MAX = 9 + LINKS_ITEMS,
    CONTINUE = -1
};

typedef struct {
    settings_t settings;
    const core_t *core;
    access_judge_t *judges[2]; // of the loop and the reading thread; or NULL
    const void *core_settings;
    admission_t admissions[DOORS_ADMISSIONS];
    security_t *security;
    uid_t16 boot; // of the machine
    claims_t claims;
    past_t past;
    journal_reader_t *old; // the replay door's reader
    snapshots_t snapshots;
    reader_thread_t replay;
    zactor_t *replay_actor;
    doors_t doors;
    links_t links;
    outside_requests_t *outside;
    recall_desk_t recalls;
    uint8_t recalled[JOURNAL_EVENT_MAX];
    committer_t committer;
    int signals;
    bool ready, told, stopping, exhausted;
    int64_t room_at, seal_at, counters_at, tell_at, refused_at; // monotonic ms of the next time
    uint64_t batches, commits, turns, exhaustions;
    refused_t refused; // that was logged
    disk_look_t disk;
    fail_t sealing; // what came of the last try
    light_t light;
    char error[SECURITY_ERROR_MAX];
} shell_t;

void shell_prepare(void)
{
    (void)memory_keep_pages();
    begin_prepare();
}

config_t *shell_begin(int argc, char **argv, const char *what)
{
    shell_prepare();
    return begin_config(argc, argv, what, "services/process/config.h", SETTINGS_CHECK);
}

static node_clock_t read_clock(const shell_t *self)
{
    node_clock_t clock = clocks_read(&self->boot);
    clock.now = self->settings.driven ? 0 : clock.wall;
    return clock;
}

// --- start ---

static int fail_start(shell_t *self, int status)
{
    log_error("cannot start", "why", self->error);
    return status;
}

static int open_all(shell_t *self, reader_hook_fn *hook)
{
    settings_t *settings = &self->settings;
    self->signals = signals_open();
    assert(self->signals >= 0);
    doors_admissions(self->core, hook != NULL, settings->importers, self->admissions);
    self->security =
        security_new(settings->secret, settings->certificates, self->admissions, self->error);
    if (!self->security)
        return fail_start(self, errno == EAGAIN ? EX_OSERR : EX_CONFIG);
    self->past.judge = self->judges[0] ? access_judge_as_speaker : NULL;
    self->past.judge_arg = self->judges[0];
    past_begin(&self->past, self->core, self->core_settings);
    const standby_t standby = {settings, &self->past, &self->doors, self->security, self->signals};
    fail_t fail =
        settings->standby ? standby_run(&standby, self->error, sizeof self->error) : FAIL_NONE;
    if (fail == FAIL_LATER)
        return EX_OK; // it was told to end
    if (!fail)
        fail = past_open(&self->past, settings, self->error, sizeof self->error);
    if (fail)
        return fail_start(self, past_status(fail));
    snapshots_open(&self->snapshots, settings, &self->past);
    fail = journal_reader_open(self->past.journal, &self->old);
    if (fail) {
        snprintf(self->error, sizeof self->error, "journal reader: %s", fail_text(fail));
        return fail_start(self, EX_IOERR);
    }
    self->outside =
        outside_new(settings->https_only, settings->outside_timeout_ms, settings->authorities);
    outside_relay(self->outside, &settings->relay);
    zcert_t *own = security_own(self->security);
    self->replay.endpoint = settings->replay;
    self->replay.own = own;
    self->replay.board = security_roster(self->security);
    self->replay.journal = self->old;
    self->replay.stream = self->core->stream;
    self->replay.epoch = node_epoch(self->past.node);
    self->replay.term = node_term(self->past.node);
    self->replay.hook = hook;
    self->replay.judge = self->judges[1];
    if (!committer_open(&self->committer, &self->past)) {
        snprintf(self->error, sizeof self->error, "no thread can be made");
        return fail_start(self, EX_OSERR);
    }
    self->replay_actor = reader_thread_new(&self->replay);
    if (!self->replay_actor) {
        snprintf(self->error, sizeof self->error, "%s: cannot be bound", settings->replay);
        return fail_start(self, EX_UNAVAILABLE);
    }
    if (!doors_open(&self->doors, settings, self->security, self->error, sizeof self->error) ||
        !links_open(&self->links, settings, own, self->error, sizeof self->error))
        return fail_start(self, EX_UNAVAILABLE);
    claims_bound(&self->claims, NULL);
    return CONTINUE;
}

// Keys are read and places locked before the sandbox, which knows nothing of their files.
static int begin(shell_t *self, reader_hook_fn *hook)
{
    if (!doors_claim(&self->claims, &self->settings, self->error, sizeof self->error))
        return fail_start(self, errno == EINVAL ? EX_CONFIG : EX_UNAVAILABLE);
    ready_begin(self->settings.ready_file); // of a life that was killed: nobody has the doors
    if (!access_judges_new(&self->settings.access, self->judges, self->error, sizeof self->error) ||
        !past_keys(&self->past, &self->settings, self->error, sizeof self->error))
        return fail_start(self, EX_CONFIG);
    journal_needs_t needs;
    fail_t fail = past_prepare(&self->settings, &needs, self->error, sizeof self->error);
    if (fail)
        return fail_start(self, past_status(fail));
    return settings_confine(&self->settings, &needs, self->core->name) ? open_all(self, hook)
                                                                       : EX_OSERR;
}

static void close_all(shell_t *self)
{
    doors_close(&self->doors);
    links_close(&self->links);
    zactor_destroy(&self->replay_actor);
    outside_destroy(&self->outside);
    committer_close(&self->committer);
    journal_reader_destroy(&self->old);
    snapshots_close(&self->snapshots);
    past_close(&self->past);
    security_destroy(&self->security); // after every socket
    access_judge_destroy(&self->judges[0]);
    access_judge_destroy(&self->judges[1]);
    claims_release(&self->claims);
    if (self->signals >= 0)
        close(self->signals);
}

// --- a turn ---

// What may change while it runs: who may come in, the peers' keys, how much is logged.
static void read_anew(shell_t *self)
{
    char why[SECURITY_ERROR_MAX];
    int level = settings_log_level_again(self->settings.file, why, sizeof why);
    if (level >= 0)
        log_set_level((log_level_t)level);
    security_look(self->security);
    links_look(&self->links);
    log_info("certificates are read anew, for SIGHUP came", "log_level",
             level >= 0 ? "as configured" : why);
}

static void take_signals(shell_t *self)
{
    signals_told_t told = signals_take(self->signals);
    self->stopping |= told.ends;
    if (told.reads_anew)
        read_anew(self);
}

// What is due is done at the end of a batch, which comes after the commit that is under way.
static long wait_ms_of(const shell_t *self)
{
    if (self->committer.running)
        return WAIT_MAX_MS;
    if (self->recalls.count)
        return 0;
    node_clock_t clock = read_clock(self);
    int64_t wait_us = node_wait_us(self->past.node, &clock);
    return wait_us >= WAIT_MAX_MS * 1000 ? WAIT_MAX_MS : (long)((wait_us + 999) / 1000);
}

static void wait_for_work(shell_t *self)
{
    zmq_pollitem_t items[ITEMS_MAX] = {
        {.fd = self->signals, .events = ZMQ_POLLIN},
        {.fd = outside_fd(self->outside), .events = ZMQ_POLLIN},
        {.socket = zsock_resolve(security_watch(self->security)), .events = ZMQ_POLLIN},
    };
    size_t count = 3;
    if (self->committer.running)
        items[count++] = (zmq_pollitem_t){.fd = self->committer.fd, .events = ZMQ_POLLIN};
    count += doors_poll(&self->doors, items + count);
    count += links_poll(&self->links, items + count);
    assert(count <= ITEMS_MAX);
    zmq_poll(items, (int)count, wait_ms_of(self));
    if (items[0].revents)
        take_signals(self);
    if (items[1].revents)
        outside_turn(self->outside);
}

static bool authenticator_is_dead(shell_t *self)
{
    return zsock_events(security_watch(self->security)) & ZMQ_POLLIN;
}

// Goes on searching the own journal, for as long as a batch can spare.
static unsigned recall(shell_t *self)
{
    unsigned total = 0, reads = RECALL_READS;
    recall_end_t end;
    while (!node_is_full(self->past.node) &&
           recall_desk_read(&self->recalls, &reads, past_find, &self->past, self->recalled, &end)) {
        if (end.wants_rows)
            past_rows(&self->past, &end);
        node_recalled(self->past.node, &end);
        total++;
    }
    return total;
}

// One socket after the other, a bounded number of messages each, until all are empty or the batch
// is full. Who comes first in a batch changes: a stream that fills every batch, as an hour's
// closing does, would else let nobody ask.
static unsigned drain(shell_t *self)
{
    unsigned total = recall(self);
    result_t result;
    while (!node_is_full(self->past.node) && outside_result(self->outside, &result)) {
        node_result(self->past.node, &result);
        total++;
    }
    intake_t intake = {self->past.node, &self->committer, MESSAGES_PER_SOCKET};
    for (int round = 0; round < ROUNDS_PER_BATCH && !intake_is_over(&intake); round++) {
        uint64_t order = self->turns + (unsigned)round;
        bool feed_first = order / 2 % 2, doors_first = order % 2;
        unsigned taken = doors_first ? doors_drain(&self->doors, &intake, feed_first) : 0;
        taken += links_drain(&self->links, &intake);
        taken += doors_first ? 0 : doors_drain(&self->doors, &intake, feed_first);
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
        case OUTPUT_RECALL:
            recall_desk_add(&self->recalls, &output.recall);
            break;
        }
    }
}

// --- what peers do ---

// libzmq says nothing when it cannot accept for want of a descriptor: it tries for ever.
static void look_at_descriptors(shell_t *self)
{
    int fd = eventfd(0, EFD_CLOEXEC);
    bool exhausted = fd < 0 && (errno == EMFILE || errno == ENFILE);
    if (fd >= 0)
        close(fd);
    self->exhausted = exhausted;
    self->exhaustions += exhausted;
}

static void print_counters(shell_t *self, const refused_t *refused)
{
    char text[COUNTERS_SIZE];
    writer_t out = writer_on(text, sizeof text);
    counter_put(&out, COUNTER_shell_batches, (int64_t)self->batches);
    counter_put(&out, COUNTER_shell_commits, (int64_t)self->commits);
    counter_put(&out, COUNTER_shell_outside, (int64_t)outside_count(self->outside));
    counter_put(&out, COUNTER_shell_without_descriptors, (int64_t)self->exhaustions);
    counter_put(&out, COUNTER_shell_unknown_keys, (int64_t)refused->strangers);
    counter_put(&out, COUNTER_shell_handshakes_malformed, (int64_t)refused->malformed);
    counter_put(&out, COUNTER_shell_handshakes_unfinished, (int64_t)refused->unfinished);
    counter_put(&out, COUNTER_journal_old_reader,
                (int64_t)(self->disk.held ? self->disk.readers.behind : 0));
    authenticator_counters(security_authenticator(self->security), &out);
    past_counters(&self->past, &out);
    reader_thread_counters(&self->replay, &out);
    doors_counters(&self->doors, &out);
    links_counters(&self->links, &out);
    bool whole = writer_end(&out) > 0;
    assert(whole);
    node_set_counters(self->past.node, text);
}

static void look_at_peers(shell_t *self, int64_t now)
{
    log_retry();
    refused_t refused = refused_count(self->security, &self->replay, &self->doors);
    look_at_descriptors(self);
    claims_look(&self->claims);
    print_counters(self, &refused);
    if (now >= self->refused_at) {
        refused_tell(&self->refused, &refused);
        self->refused_at = now + REFUSED_MS;
    }
}

// A step of sealing after every batch, idle or not: it keeps pace with what is appended. What
// cannot be sealed now is tried again later.
static void seal(shell_t *self, int64_t now, bool idle)
{
    bool sealed = false;
    fail_t fail = journal_seal(self->past.journal, idle, &sealed);
    if (fail)
        self->seal_at = now + SEAL_AGAIN_MS;
    if (fail || sealed)
        log_line(fail ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "sealing a segment", "result",
                 fail_text(fail), NULL);
    self->sealing = fail;
}

// What the shell knows of the world, beside what the node says of itself.
static void look_at_light(shell_t *self)
{
    light_begin(&self->light);
    links_alarms(&self->links, &self->light);
    if (log_lost())
        light_raise(&self->light, ALARM_LOG, "");
    if (self->exhausted)
        light_raise(&self->light, ALARM_DESCRIPTORS, "");
    if (self->sealing)
        light_raise(&self->light, ALARM_SEALING, fail_text(self->sealing));
    light_certificates(&self->light, security_authenticator(self->security));
    light_doors(&self->light, &self->claims);
    light_end(&self->light, self->past.node);
}

// What is done between two batches, by the monotonic clock.
static void tend(shell_t *self, bool idle)
{
    int64_t now = zclock_mono();
    links_tend(&self->links);
    if (doors_tend(&self->doors))
        claims_bound(&self->claims, self->settings.publish);
    ready_alive(now);
    if (now >= self->counters_at) {
        look_at_peers(self, now);
        self->counters_at = now + COUNTERS_MS;
    }
    if (now >= self->room_at) {
        disk_look_at_room(&self->disk, &self->past, &self->settings);
        disk_look_at_readers(&self->disk, self->past.journal);
        self->room_at = now + ROOM_MS;
    }
    if (now >= self->seal_at)
        seal(self, now, idle);
    snapshots_tend(&self->snapshots, now, self->disk.full);
    look_at_light(self);
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
    fail_t fail = past_return(&self->past, &self->settings, self->error, sizeof self->error);
    if (fail)
        return fail_start(self, past_status(fail));
    self->disk.full = true;
    self->room_at = zclock_mono() + ROOM_MS; // not again at once
    node_set_full(self->past.node, true);
    return CONTINUE;
}

// --- a batch ---

// The line that must not move: nothing of a batch leaves before its commit. A failed commit ends
// the process, and nobody has been answered.
static int committed(shell_t *self, const node_batch_t *batch, fail_t fail)
{
    if (fail == FAIL_FULL && !self->ready)
        return start_without_room(self);
    if (fail) {
        log_error("the commit failed", "why", fail_name(fail), "expected",
                  log_number(batch->expected), "records", log_number(batch->records_count), "found",
                  journal_why(self->past.journal));
        return past_was_taken(&self->past, fail) ? EX_CONFIG : EX_IOERR;
    }
    node_committed(self->past.node);
    int64_t ahead_us = 0;
    self->replay.ahead_us = node_vouches(self->past.node, &ahead_us) ? ahead_us : 0;
    send_outputs(self);
    self->commits += batch->append;
    return CONTINUE;
}

// Waits for a commit that is under way.
static int land(shell_t *self)
{
    if (!self->committer.running)
        return CONTINUE;
    fail_t fail = committer_take(&self->committer);
    return committed(self, &self->committer.batch, fail);
}

// While a commit is under way there is time for more. What waits for it leaves as soon as it is
// done, and the batch goes on with what is there by then.
static int take_in(shell_t *self, unsigned *ret_taken)
{
    int status = CONTINUE;
    unsigned taken = drain(self);
    while (status == CONTINUE && self->committer.running) {
        if (committer_is_done(&self->committer) || self->stopping || node_is_full(self->past.node))
            status = land(self);
        else
            wait_for_work(self);
        taken += drain(self);
    }
    *ret_taken = taken;
    return status;
}

// Several inputs, or many bytes: others may speak meanwhile.
static bool goes_beside(const shell_t *self, const node_batch_t *batch, unsigned taken)
{
    return self->ready && batch->append && !batch->rows_count &&
           (taken > 1 || node_is_worth(self->past.node));
}

static int run_batch(shell_t *self)
{
    node_clock_t clock = read_clock(self);
    node_batch_t batch;
    node_begin(self->past.node, &clock);
    unsigned taken;
    int status = take_in(self, &taken);
    if (status != CONTINUE)
        return status;
    node_end(self->past.node, &batch);
    bool beside = goes_beside(self, &batch, taken);
    if (!beside)
        status = committed(self, &batch, batch.append ? past_append(&self->past, &batch) : 0);
    if (status != CONTINUE)
        return status;
    self->batches += taken > 0;
    self->turns++;
    tend(self, taken == 0);
    if (beside)
        committer_give(&self->committer, &batch);
    return CONTINUE;
}

// The batch before is committed and answered. Who writes to the journal from here on is found out.
static int bow_out(shell_t *self)
{
    node_clock_t clock = read_clock(self);
    node_batch_t end;
    int status = land(self);
    if (status != CONTINUE)
        return status;
    node_begin(self->past.node, &clock);
    node_bow_out(self->past.node);
    node_end(self->past.node, &end);
    fail_t fail = end.append ? past_append(&self->past, &end) : FAIL_NONE;
    if (fail) {
        log_warn("the end could not be stored", "why", fail_name(fail));
        return EX_OK;
    }
    node_committed(self->past.node);
    doors_bow_out(&self->doors);
    for (output_t output; node_output(self->past.node, &output);)
        if (output.kind == OUTPUT_PUBLISH)
            doors_publish(&self->doors, &output);
    return EX_OK;
}

static int turn(shell_t *self)
{
    if (!self->stopping)
        wait_for_work(self);
    int status = committer_is_done(&self->committer) ? land(self) : CONTINUE;
    if (status != CONTINUE)
        return status;
    if (self->stopping)
        return bow_out(self);
    if (authenticator_is_dead(self)) {
        log_error("the authenticator has died");
        return EX_UNAVAILABLE;
    }
    if (journal_is_broken(self->past.journal)) {
        log_error("the journal is lost", "found", journal_why(self->past.journal));
        return EX_IOERR;
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
        ready_begin(self->settings.ready_file);
        log_error("wrong configuration", "why", wrong);
        free(self);
        return EX_CONFIG;
    }
    log_set_level((log_level_t)self->settings.log_level);
    if (self->settings.snapshot_audit) {
        int status = snapshot_audit(&self->settings, core, core_settings);
        free(self);
        return status;
    }
    self->boot = clocks_boot(); // its file is beyond the sandbox's walls
    int status = begin(self, hook);
    if (status == CONTINUE) {
        disk_look_at_room(&self->disk, &self->past, &self->settings); // before the boot event
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
