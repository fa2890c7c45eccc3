#include "services/common/past.h"
#include "services/common/log.h"
#include "store/journal_lmdb.h"
#include <time.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static fail_t refuse(char *error, size_t size, const char *what, fail_t fail)
{
    snprintf(error, size, "%s: %s", what, fail_text(fail));
    return fail;
}

static fail_t find(void *arg, uint64_t sequence, void *out, size_t cap, size_t *ret_size)
{
    past_t *self = arg;
    return journal_find(self->reader, sequence, out, cap, ret_size);
}

static void configure(past_t *self, const settings_t *settings, const core_t *core,
                      const void *core_settings, node_config_t *config)
{
    *config = (node_config_t){.core = core,
                              .core_settings = core_settings,
                              .version = KOPECK_VERSION,
                              .epoch = settings->epoch ? settings->epoch : (uint64_t)time(NULL),
                              .epoch_least = settings->epoch,
                              .segment_events = journal_segment_events(self->journal),
                              .driven = settings->driven,
                              .feeds_count = settings->feeds_count,
                              .find = find,
                              .find_arg = self};
    size_t follows = settings->peers_count - settings->feeds_count;
    for (size_t i = 0; i < settings->feeds_count; i++)
        config->feeds[i] = settings->peers[follows + i].stream;
    // Without publications the replay doors are all we hear.
    if (!settings->live_feed)
        config->poll_us = settings->driven ? 20 * 1000 : 200 * 1000;
    ssize_t got = getrandom(config->entropy, sizeof config->entropy, 0);
    assert(got == (ssize_t)sizeof config->entropy);
}

typedef struct {
    node_t *node;
    uint64_t next;
} replay_t;

static fail_t take(const journal_record_t *record, void *arg)
{
    replay_t *replay = arg;
    fail_t fail = node_replay(replay->node, record);
    replay->next = record->first + record->count;
    return fail;
}

static int64_t read_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static fail_t replay_all(past_t *self, uint64_t last)
{
    replay_t replay = {.node = self->node, .next = 1};
    int64_t started = read_ms(CLOCK_MONOTONIC), said = started;
    while (replay.next <= last) {
        fail_t fail = journal_read(self->reader, replay.next, PAST_READ_BYTES, take, &replay);
        if (fail)
            return fail;
        int64_t now = read_ms(CLOCK_MONOTONIC);
        if (now - said >= PAST_PROGRESS_MS) {
            log_info("replaying", "sequence", log_number(replay.next - 1), "last",
                     log_number(last));
            said = now;
        }
    }
    log_info("journal replayed", "events", log_number(last), "ms",
             log_signed(read_ms(CLOCK_MONOTONIC) - started));
    return node_started(self->node);
}

fail_t past_return(past_t *self, const settings_t *settings, const core_t *core,
                   const void *core_settings, char *error, size_t error_size)
{
    node_config_t config;
    configure(self, settings, core, core_settings, &config);
    node_t *before = self->node;
    self->node = node_new(&config);
    if (before)
        node_resume(self->node, before);
    node_destroy(&before);
    uint8_t *head = malloc(JOURNAL_HEAD_MAX);
    assert(head);
    size_t size;
    uint64_t last;
    fail_t fail = journal_head(self->journal, head, JOURNAL_HEAD_MAX, &size, &last);
    if (!fail)
        fail = node_restore(self->node, head, size, last, self->term);
    free(head);
    if (fail)
        return refuse(error, error_size, "the journal's head", fail);
    fail = replay_all(self, last);
    return fail ? refuse(error, error_size, "the journal's events", fail) : FAIL_NONE;
}

fail_t past_open(past_t *self, const settings_t *settings, const core_t *core,
                 const void *core_settings, char *error, size_t error_size)
{
    *self = (past_t){0};
    journal_lmdb_options_t options = {.directory = settings->journal_directory,
                                      .segment_events = settings->segment_events,
                                      .reserve_bytes = settings->reserve_bytes,
                                      .term_min = (uint64_t)read_ms(CLOCK_REALTIME),
                                      .create = true};
    fail_t fail = journal_open_lmdb(&options, &self->journal);
    if (fail)
        return refuse(error, error_size, settings->journal_directory, fail);
    // The term first, the head after: a late append of the writer before is seen or refused.
    fail = journal_lead(self->journal, &self->term);
    if (!fail)
        fail = journal_reader_open(self->journal, &self->reader);
    if (fail)
        return refuse(error, error_size, settings->journal_directory, fail);
    return past_return(self, settings, core, core_settings, error, error_size);
}

void past_close(past_t *self)
{
    node_destroy(&self->node);
    journal_reader_destroy(&self->reader);
    journal_destroy(&self->journal);
}
