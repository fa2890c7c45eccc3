#include "services/process/snapshot_audit.h"
#include "services/node/node_snapshot.h"
#include "services/process/log.h"
#include "services/process/past.h"
#include "services/process/program.h"
#include "services/process/revival.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

// What a node's state comes to.
typedef struct {
    hash_t digest;
    uint64_t bytes, from; // the snapshot's sequence, 0 for none
} fold_t;

typedef struct {
    past_t past; // a journal that is only read, and its moment
    journal_moment_t *moment;
    char directory[JOURNAL_PLACE_MAX], error[256];
} check_t;

static void say_nothing_fits(const check_t *self)
{
    printf("{\"process\":\"%s\",\"snapshot\":0,\"last\":%llu,\"why\":\"no snapshot fits\"}\n",
           self->past.core->name, (unsigned long long)self->moment->last);
}

static void say(const check_t *self, const fold_t *loaded, bool same)
{
    printf("{\"process\":\"%s\",\"snapshot\":%llu,\"last\":%llu,\"bytes\":%llu,\"same\":%s}\n",
           self->past.core->name, (unsigned long long)loaded->from,
           (unsigned long long)self->moment->last, (unsigned long long)loaded->bytes,
           same ? "true" : "false");
}

static fail_t open_past(check_t *self, const settings_t *settings)
{
    journal_options_t options = {.read_only = true};
    past_t *past = &self->past;
    past->identified = program_identity(&past->program);
    fail_t fail = journal_open(settings->journal, &options, &past->journal);
    if (!fail)
        fail = journal_reader_open(past->journal, &past->reader);
    if (!fail)
        fail = journal_moment(past->journal, self->moment);
    if (fail)
        snprintf(self->error, sizeof self->error, "%s: %s", settings->journal, fail_text(fail));
    return fail;
}

static fail_t digest(node_t *node, fold_t *ret_fold)
{
    walk_t walk;
    snapshot_mark_t mark;
    fail_t fail = node_save(node, &walk, &mark);
    if (fail)
        return fail;
    walk_digest(&walk, &ret_fold->digest);
    ret_fold->bytes = walk_bytes(&walk);
    walk_release(&walk);
    return FAIL_NONE;
}

static fail_t fold(check_t *self, const settings_t *settings, const char *snapshots,
                   fold_t *ret_fold)
{
    node_config_t config;
    node_t *node = NULL;
    past_configure(&self->past, settings, &config);
    config.beside = true;
    revival_t revival = {.config = &config,
                         .reader = self->past.reader,
                         .piece = journal_piece_bytes(self->past.journal),
                         .term = self->moment->term + 1,
                         .snapshots = snapshots,
                         .moment = self->moment,
                         .strict = true};
    *ret_fold = (fold_t){0};
    fail_t fail = revival_run(&revival, &node, self->error, sizeof self->error);
    if (!fail) {
        ret_fold->from = node_loaded(node);
        if (ret_fold->from || !snapshots)
            fail = digest(node, ret_fold);
    }
    node_destroy(&node);
    return fail;
}

static int status_of(fail_t fail)
{
    return fail == FAIL_STORE || fail == FAIL_MISSING ? EX_IOERR : EX_DATAERR;
}

static int refuse(check_t *self, fail_t fail)
{
    log_error("the snapshot could not be checked", "why", self->error);
    return status_of(fail);
}

static int compare(check_t *self, const settings_t *settings)
{
    fold_t loaded = {0}, replayed;
    fail_t fail = FAIL_NONE;
    const char *directory = self->past.identified && self->moment->last
                                ? past_snapshots(settings, self->directory)
                                : NULL;
    if (directory)
        fail = fold(self, settings, directory, &loaded);
    if (fail)
        return refuse(self, fail);
    if (!loaded.from) {
        say_nothing_fits(self);
        return EX_NOINPUT;
    }
    fail = fold(self, settings, NULL, &replayed);
    if (fail)
        return refuse(self, fail);
    bool same = memcmp(&loaded.digest, &replayed.digest, sizeof loaded.digest) == 0;
    say(self, &loaded, same);
    return same ? EX_OK : EX_DATAERR;
}

int snapshot_audit(const settings_t *settings, const core_t *core, const void *core_settings)
{
    check_t *self = calloc(1, sizeof *self);
    assert(self);
    self->past = (past_t){.core = core, .core_settings = core_settings, .stream = core->stream};
    self->moment = calloc(1, sizeof *self->moment);
    assert(self->moment);
    fail_t fail = open_past(self, settings);
    int status = fail ? refuse(self, fail) : compare(self, settings);
    past_close(&self->past);
    free(self->moment);
    free(self);
    return status;
}
