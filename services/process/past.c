#include "services/process/past.h"
#include "proto/counter.h"
#include "services/process/clocks.h"
#include "services/process/log.h"
#include "services/process/program.h"
#include "services/process/revival.h"
#include <assert.h>
#include <stdio.h>
#include <sysexits.h>
#include <sys/random.h>
#include <time.h>

static fail_t refuse_journal(char *error, size_t size, const char *what, fail_t fail)
{
    snprintf(error, size, "%s: %s", what, fail_text(fail));
    return fail;
}

fail_t past_find(void *arg, uint64_t sequence, void *out, size_t cap, size_t *ret_size)
{
    past_t *self = arg;
    return journal_find(self->reader, sequence, out, cap, ret_size);
}

void past_configure(const past_t *self, const settings_t *settings, node_config_t *config)
{
    *config = (node_config_t){.core = self->core,
                              .core_settings = self->core_settings,
                              .version = KOPECK_VERSION,
                              .program = self->program,
                              .epoch = settings->epoch ? settings->epoch : (uint64_t)time(NULL),
                              .epoch_least = settings->epoch,
                              .segment_events = journal_segment_events(self->journal),
                              .driven = settings->driven,
                              .feeds_count = settings->feeds_count,
                              .importers = settings->importers,
                              .judge = self->judge,
                              .judge_arg = self->judge_arg,
                              .find = past_find,
                              .find_arg = (void *)self};
    size_t follows = settings->peers_count - settings->feeds_count;
    for (size_t i = 0; i < settings->feeds_count; i++) {
        config->feeds[i] = settings->peers[follows + i].stream;
        config->feeds_owners[i] = settings->peers[follows + i].owner;
    }
    // Without publications the replay doors are all we hear.
    if (!settings->live_feed)
        config->poll_us = settings->driven ? 20 * 1000 : 200 * 1000;
    ssize_t got = getrandom(config->entropy, sizeof config->entropy, 0);
    assert(got == (ssize_t)sizeof config->entropy);
}

static int64_t read_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *past_snapshots(const settings_t *settings, char ret_directory[JOURNAL_PLACE_MAX])
{
    journal_needs_t needs;
    *ret_directory = '\0';
    if (settings->snapshot_events && !journal_prepare(settings->journal, false, &needs))
        snprintf(ret_directory, JOURNAL_PLACE_MAX, "%s", needs.directory);
    return *ret_directory ? ret_directory : NULL;
}

fail_t past_return(past_t *self, const settings_t *settings, char *error, size_t error_size)
{
    char directory[JOURNAL_PLACE_MAX];
    node_config_t config;
    past_configure(self, settings, &config);
    node_t *before = self->node;
    revival_t revival = {.config = &config,
                         .reader = self->reader,
                         .piece = journal_piece_bytes(self->journal),
                         .term = self->term,
                         .snapshots = self->identified ? past_snapshots(settings, directory) : NULL,
                         .before = before};
    self->node = NULL;
    fail_t fail = revival_run(&revival, &self->node, error, error_size);
    node_destroy(&before);
    if (!fail && node_lacks(self->node, error, error_size))
        return FAIL_CONFIG;
    return fail;
}

// An operator reads it who may be about to lose a history by making a new one.
static fail_t refuse_missing(const settings_t *settings, char *error, size_t size)
{
    snprintf(error, size,
             "%s: there is no journal here. Is its volume mounted? A lost one is restored from a "
             "backup (kopeck restore); only where there never was one, kopeck init makes it",
             settings->journal);
    return FAIL_MISSING;
}

// What a damaged file often is: a copy of a journal that was being written.
static fail_t refuse_open(const settings_t *settings, fail_t fail, const char *why, char *error,
                          size_t size)
{
    snprintf(error, size, "%s: %s%s%s%s", settings->journal, fail_text(fail), *why ? ": " : "", why,
             fail == FAIL_CORRUPT ? "; a copy of a running journal is made by kopeck backup alone"
                                  : "");
    return fail;
}

fail_t past_prepare(const settings_t *settings, journal_needs_t *ret_needs, char *error,
                    size_t error_size)
{
    fail_t fail = journal_prepare(settings->journal, settings->create, ret_needs);
    return fail == FAIL_MISSING ? refuse_missing(settings, error, error_size) : FAIL_NONE;
}

// A new journal begins by no clock that nobody set.
static fail_t check_clock(const past_t *self, char *error, size_t size)
{
    static const uid_t16 any;
    node_clock_t clock = clocks_read(&any);
    const char *why = node_refuses_clock(self->node, &clock);
    time_t now = (time_t)(clock.wall / SECOND_US);
    struct tm day;
    char text[32];
    if (!why)
        return FAIL_NONE;
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", gmtime_r(&now, &day));
    snprintf(error, size, "it is %s: %s", text, why);
    return FAIL_CLOCK;
}

// --- the side store ---

bool past_keys(past_t *self, const settings_t *settings, char *error, size_t error_size)
{
    char why[256];
    if (!*settings->side_keys)
        return true;
    self->vault = vault_new(settings->side_keys, why, sizeof why);
    if (!self->vault)
        snprintf(error, error_size, "side/keys: %s: %s", settings->side_keys, why);
    return self->vault != NULL;
}

fail_t past_append(past_t *self, const node_batch_t *batch)
{
    const journal_row_t *rows = NULL;
    size_t count = 0;
    fail_t fail = FAIL_NONE;
    if (batch->rows_count && !self->vault)
        fail = FAIL_CONFIG; // its core was not to decide so
    else if (batch->rows_count)
        fail = vault_seal(self->vault, self->reader, batch->rows, batch->rows_count, &rows, &count);
    if (fail)
        return fail;
    if (!count)
        return journal_append(self->journal, batch->expected, batch->term, batch->records,
                              batch->records_count, batch->head, batch->head_size);
    return journal_append_rows(self->journal, batch->expected, batch->term, batch->records,
                               batch->records_count, batch->head, batch->head_size, rows, count);
}

// Two would take it from each other; of a journal that was moved, a start finds where it goes on.
bool past_was_taken(const past_t *self, fail_t fail)
{
    return fail == FAIL_FENCED && !journal_was_left(self->journal);
}

void past_rows(past_t *self, recall_end_t *end)
{
    end->fail = FAIL_NONE;
    if (self->vault)
        end->fail =
            vault_open(self->vault, self->reader, &end->owner, &end->rows, &end->rows_count);
}

static fail_t append_rows(past_t *self, uint8_t *head, const journal_row_t *rows, size_t count)
{
    size_t size;
    uint64_t last;
    fail_t fail = journal_head(self->journal, head, JOURNAL_HEAD_MAX, &size, &last);
    return fail ? fail
                : journal_append_rows(self->journal, last, self->term, NULL, 0, head, size, rows,
                                      count);
}

static fail_t rotate(past_t *self)
{
    uid_t16 from = {{0}};
    const journal_row_t *rows;
    size_t count, total = 0;
    fail_t fail;
    uint8_t *head = malloc(JOURNAL_HEAD_MAX);
    assert(head);
    do {
        fail = vault_rotate(self->vault, self->reader, &from, &rows, &count);
        if (!fail && count)
            fail = append_rows(self, head, rows, count);
        total += count;
    } while (!fail && count);
    free(head);
    if (!fail && total)
        log_info("keys of the side store are wrapped by the newest master key", "count",
                 log_number(total));
    return fail;
}

static fail_t find_any(const journal_row_t *row, void *arg)
{
    (void)row, (void)arg;
    return FAIL_CONFIG;
}

// Nothing is begun with keys that do not open what is there: what came anew would be under others.
static fail_t look_at_rows(past_t *self, char *error, size_t size)
{
    static const uid_t16 first;
    fail_t fail =
        self->vault ? rotate(self) : journal_rows(self->reader, &first, 1, find_any, NULL);
    if (fail == FAIL_CONFIG)
        snprintf(error, size,
                 "side/keys: the side store holds a key that none of these opens; the file of "
                 "master keys is not the one it was, or not there");
    return fail == FAIL_CONFIG || !fail ? fail
                                        : refuse_journal(error, size, "the side store", fail);
}

void past_begin(past_t *self, const core_t *core, const void *core_settings)
{
    self->core = core;
    self->core_settings = core_settings;
    self->stream = core->stream;
    self->identified = program_identity(&self->program);
}

fail_t past_connect(past_t *self, const settings_t *settings, char *error, size_t error_size)
{
    char why[JOURNAL_WHY_MAX] = "";
    journal_options_t options = {.why = why,
                                 .segment_events = settings->segment_events,
                                 .reserve_bytes = settings->reserve_bytes,
                                 .term_min = (uint64_t)read_ms(CLOCK_REALTIME),
                                 .create = settings->create};
    fail_t fail = journal_open(settings->journal, &options, &self->journal);
    if (fail == FAIL_MISSING)
        return refuse_missing(settings, error, error_size);
    if (fail)
        return refuse_open(settings, fail, why, error, error_size);
    fail = journal_reader_open(self->journal, &self->reader);
    return fail ? refuse_journal(error, error_size, settings->journal, fail) : FAIL_NONE;
}

void past_part(past_t *self)
{
    journal_reader_destroy(&self->reader);
    journal_destroy(&self->journal);
}

fail_t past_follow(past_t *self, const settings_t *settings, char *error, size_t error_size)
{
    static journal_moment_t moment;
    char directory[JOURNAL_PLACE_MAX];
    node_config_t config;
    fail_t fail = journal_moment(self->journal, &moment);
    if (fail)
        return refuse_journal(error, error_size, settings->journal, fail);
    past_configure(self, settings, &config);
    config.beside = true;
    revival_t revival = {.config = &config,
                         .reader = self->reader,
                         .piece = journal_piece_bytes(self->journal),
                         .term = self->term ? self->term : moment.term + 1,
                         .snapshots = self->identified ? past_snapshots(settings, directory) : NULL,
                         .moment = &moment};
    return self->node ? revival_go_on(&revival, self->node, error, error_size)
                      : revival_run(&revival, &self->node, error, error_size);
}

// One that stood by has most of it; what it lacks, or all of it if it has another history, is read.
static fail_t take_up(past_t *self, const settings_t *settings, char *error, size_t error_size)
{
    if (self->node) {
        fail_t fail = past_follow(self, settings, error, error_size);
        if (!fail)
            return node_lacks(self->node, error, error_size) ? FAIL_CONFIG : FAIL_NONE;
        if (journal_is_broken(self->journal))
            return fail;
        log_warn("what was followed is not what the journal holds now: it is read anew", "why",
                 error);
        node_destroy(&self->node);
    }
    return past_return(self, settings, error, error_size);
}

fail_t past_open(past_t *self, const settings_t *settings, char *error, size_t error_size)
{
    fail_t fail = FAIL_NONE;
    if (!self->journal)
        fail = past_connect(self, settings, error, error_size);
    if (fail)
        return fail;
    // The term first, the head after: a late append of the writer before is seen or refused.
    if (!self->term)
        fail = journal_lead(self->journal, &self->term);
    if (fail)
        return refuse_journal(error, error_size, settings->journal, fail);
    fail = look_at_rows(self, error, error_size);
    if (!fail)
        fail = take_up(self, settings, error, error_size);
    return fail ? fail : check_clock(self, error, error_size);
}

// A disk that fails or is full may be better at the next start; what it holds will be the same. And
// no start mends that there is no journal, or that a key is missing.
int past_status(fail_t fail)
{
    if (fail == FAIL_CLOCK)
        return EX_TEMPFAIL;
    if (fail == FAIL_MISSING || fail == FAIL_CONFIG)
        return EX_CONFIG;
    return fail == FAIL_STORE || fail == FAIL_FULL ? EX_IOERR : EX_DATAERR;
}

void past_counters(const past_t *self, writer_t *out)
{
    journal_room_t room = {0};
    (void)journal_room(self->journal, &room);
    counter_put(out, COUNTER_journal_used, (int64_t)room.used_bytes);
    counter_put(out, COUNTER_journal_sealed_events, (int64_t)room.sealed_events);
    counter_put(out, COUNTER_journal_leftover, room.leftover);
    if (!room.disk_total_bytes)
        return; // it is a server's, and watched there
    counter_put(out, COUNTER_disk_free, (int64_t)room.disk_free_bytes);
    counter_put(out, COUNTER_disk_total, (int64_t)room.disk_total_bytes);
}

void past_close(past_t *self)
{
    node_destroy(&self->node);
    journal_reader_destroy(&self->reader);
    vault_destroy(&self->vault);
    journal_destroy(&self->journal);
}
