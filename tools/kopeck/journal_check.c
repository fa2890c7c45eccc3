#include "tools/kopeck/journal_check.h"
#include "proto/event.h"
#include "store/record.h"
#include "tools/kopeck/progress.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { READ_BYTES = 1 << 20 };

struct journal_walk {
    journal_reader_t *reader;
    tree_t tree;
    uint64_t next;
    progress_t progress;
    event_t event;
};

static fail_t take(const journal_record_t *record, void *arg)
{
    journal_walk_t *self = arg;
    record_walk_t walk;
    if (!record_walk_from(record, self->next, &walk))
        return FAIL_CORRUPT;
    while (record_walk_next(&walk)) {
        hash_t leaf;
        fail_t fail = event_decode(walk.event.data, walk.event.size, &self->event);
        if (fail)
            return fail;
        tree_leaf(walk.event.data, walk.event.size, &leaf);
        tree_append(&self->tree, &leaf);
        self->next++;
    }
    return FAIL_NONE;
}

static fail_t say(journal_check_t *out, fail_t fail, const char *what, uint64_t sequence)
{
    snprintf(out->error, sizeof out->error, "%s %" PRIu64 ": %s", what, sequence, fail_text(fail));
    return fail;
}

static fail_t say_read(const journal_walk_t *self, journal_check_t *out, fail_t fail)
{
    const char *why = journal_reader_why(self->reader);
    (void)say(out, fail, "event", self->next);
    size_t used = strlen(out->error);
    if (*why)
        snprintf(out->error + used, sizeof out->error - used, ": %s", why);
    return fail;
}

static fail_t read_events(journal_walk_t *self, journal_check_t *out)
{
    while (self->next <= out->last) {
        fail_t fail = journal_read(self->reader, self->next, READ_BYTES, take, self);
        if (fail)
            return say_read(self, out, fail);
        progress_show(&self->progress, self->next - 1, out->last);
    }
    progress_end(&self->progress, self->next - 1, out->last);
    hash_t root;
    tree_root(&self->tree, &root);
    return self->tree.size == out->last && memcmp(&root, &out->root, sizeof root) == 0
               ? FAIL_NONE
               : say(out, FAIL_CORRUPT, "the root over the events up to", out->last);
}

fail_t journal_check_head(const void *bytes, size_t size, uint64_t last, head_t *ret_head)
{
    if (!size && !last) {
        memset(ret_head, 0, sizeof *ret_head);
        return FAIL_NONE;
    }
    fail_t fail = head_decode(bytes, size, ret_head);
    return fail ? fail : ret_head->last == last ? FAIL_NONE : FAIL_CORRUPT;
}

static void tell(journal_check_t *out, const head_t *head)
{
    out->epoch = head->epoch;
    out->term = head->term;
    out->time = head->time;
    tree_root(&head->tree, &out->root);
}

static fail_t read_head(journal_t *journal, journal_check_t *out)
{
    static uint8_t bytes[JOURNAL_HEAD_MAX];
    static head_t head;
    size_t size;
    fail_t fail = journal_head(journal, bytes, sizeof bytes, &size, &out->last);
    if (!fail)
        fail = journal_check_head(bytes, size, out->last, &head);
    if (fail)
        return say(out, fail, "the head behind event", out->last);
    tell(out, &head);
    return FAIL_NONE;
}

// --- what is read piece by piece ---

journal_walk_t *journal_walk_new(const char *what)
{
    journal_walk_t *self = calloc(1, sizeof *self);
    assert(self);
    self->next = 1;
    self->progress = progress_begin(what, "events");
    return self;
}

void journal_walk_destroy(journal_walk_t **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

fail_t journal_walk_on(journal_walk_t *self, journal_reader_t *reader,
                       const journal_moment_t *moment, journal_check_t *ret_check)
{
    static head_t head;
    *ret_check = (journal_check_t){.last = moment->last};
    fail_t fail = journal_check_head(moment->head, moment->head_size, moment->last, &head);
    if (fail)
        return say(ret_check, fail, "the head behind event", moment->last);
    tell(ret_check, &head);
    self->reader = reader;
    fail = read_events(self, ret_check);
    self->reader = NULL;
    return fail;
}

// --- a whole journal ---

fail_t journal_check(const char *place, const char *what, journal_check_t *ret_check)
{
    journal_t *journal = NULL;
    journal_walk_t *walk = journal_walk_new(what);
    *ret_check = (journal_check_t){0};
    char why[JOURNAL_WHY_MAX];
    fail_t fail =
        journal_open(place, &(journal_options_t){.read_only = true, .why = why}, &journal);
    if (fail)
        snprintf(ret_check->error, sizeof ret_check->error, "it cannot be opened: %s%s%s",
                 fail_text(fail), *why ? ": " : "", why);
    if (!fail)
        fail = read_head(journal, ret_check);
    if (!fail)
        fail = journal_reader_open(journal, &walk->reader);
    if (!fail)
        fail = read_events(walk, ret_check);
    journal_reader_destroy(&walk->reader);
    journal_destroy(&journal);
    journal_walk_destroy(&walk);
    return fail;
}
