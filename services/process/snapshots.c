#include "services/process/snapshots.h"
#include "proto/service.h"
#include "services/node/node_snapshot.h"
#include "services/process/log.h"
#include "services/process/revival.h"
#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

enum {
    AGAIN_MS = 60 * 1000, // after one that could not be made
    REST_FACTOR = 9,
    LEAST_SHARE = 16,
    ROOM_SHARE = 4
};

void snapshots_open(snapshots_t *self, const settings_t *settings, past_t *past)
{
    *self = (snapshots_t){.settings = settings, .past = past, .made = node_loaded(past->node)};
    if (past->identified && node_has_snapshots(past->node))
        (void)past_snapshots(settings, self->directory);
}

// --- the thread ---

static fail_t find(void *arg, uint64_t sequence, void *out, size_t cap, size_t *ret_size)
{
    snapshots_t *self = arg;
    return journal_find(self->reader, sequence, out, cap, ret_size);
}

static fail_t refuse(snapshots_t *self, fail_t fail, const char *why)
{
    snprintf(self->why, sizeof self->why, "%s", why);
    return fail;
}

static fail_t save(snapshots_t *self, node_t *node)
{
    walk_t walk;
    snapshot_mark_t mark;
    fail_t fail = node_save(node, &walk, &mark);
    if (fail)
        return refuse(self, fail, fail_text(fail));
    self->sequence = mark.sequence;
    self->bytes = walk_bytes(&walk);
    if (self->bytes > self->room_bytes)
        fail = refuse(self, FAIL_FULL, "the disk has no room for it");
    else if ((fail = snapshot_write(self->directory, &mark, walk.parts, walk.parts_count)))
        (void)refuse(self, fail, fail_text(fail));
    walk_release(&walk);
    return fail;
}

static void *run(void *arg)
{
    snapshots_t *self = arg;
    node_t *node = NULL;
    revival_t revival = {.config = &self->config,
                         .reader = self->reader,
                         .piece = journal_piece_bytes(self->past->journal),
                         .term = self->term,
                         .snapshots = self->directory,
                         .stop = &self->stop};
    self->fail = revival_run(&revival, &node, self->why, sizeof self->why);
    if (!self->fail)
        self->fail = save(self, node);
    node_destroy(&node);
    atomic_store(&self->done, true);
    return NULL;
}

// --- the loop ---

// Another state of that size must fit below the limit; what is in use is at least one.
static bool has_memory(const snapshots_t *self)
{
    struct mallinfo2 used = mallinfo2();
    unsigned mib = self->settings->memory_mib;
    uint64_t limit = (uint64_t)(mib ? mib : service_of(self->past->stream)->memory_mib) << 20;
    return (used.uordblks + used.hblkhd) * 2 < limit / 10 * 9;
}

// Of the journal's disk; where that is a server's, of the one that the directory is on.
static bool has_room(snapshots_t *self)
{
    journal_room_t room = {0};
    struct statvfs disk;
    if (journal_room(self->past->journal, &room))
        return false;
    if (!room.disk_total_bytes) {
        if (statvfs(self->directory, &disk))
            return false;
        room.disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    }
    self->room_bytes = room.disk_free_bytes / ROOM_SHARE;
    return true;
}

static fail_t start(snapshots_t *self)
{
    if (!has_memory(self))
        return refuse(self, FAIL_LIMIT, "it would take the memory that the process may have");
    if (!has_room(self))
        return refuse(self, FAIL_STORE, "the disk does not say what is free");
    fail_t fail = journal_reader_open(self->past->journal, &self->reader);
    if (fail)
        return refuse(self, fail, fail_text(fail));
    past_configure(self->past, self->settings, &self->config);
    self->config.find = find;
    self->config.find_arg = self;
    self->config.beside = true;
    self->term = self->past->term + 1;
    self->bytes = self->sequence = 0;
    atomic_store(&self->stop, false);
    atomic_store(&self->done, false);
    if (pthread_create(&self->thread, NULL, run, self)) {
        journal_reader_destroy(&self->reader);
        return refuse(self, FAIL_LIMIT, "no thread can be made");
    }
    self->running = true;
    return FAIL_NONE;
}

static void wait_for_thread(snapshots_t *self)
{
    (void)pthread_join(self->thread, NULL);
    journal_reader_destroy(&self->reader);
    self->running = false;
}

static void tell(snapshots_t *self, fail_t fail, int64_t now_ms)
{
    int64_t took = now_ms - self->started_ms;
    self->not_before = now_ms + (fail ? AGAIN_MS : took * REST_FACTOR);
    self->due_ms = now_ms + (int64_t)self->settings->snapshot_seconds * 1000;
    if (fail) {
        log_warn("no snapshot was made", "why", self->why);
        return;
    }
    self->made = self->sequence;
    log_info("a snapshot was made", "sequence", log_number(self->sequence), "bytes",
             log_number(self->bytes), "ms", log_signed(took));
}

static bool is_due(const snapshots_t *self, int64_t now_ms)
{
    uint64_t last = node_last(self->past->node), behind = last > self->made ? last - self->made : 0;
    uint64_t events = self->settings->snapshot_events;
    if (now_ms < self->not_before || !behind)
        return false;
    return behind >= events || (now_ms >= self->due_ms && behind >= events / LEAST_SHARE);
}

void snapshots_tend(snapshots_t *self, int64_t now_ms, bool full)
{
    if (!*self->directory)
        return;
    if (!self->due_ms)
        self->due_ms = now_ms + (int64_t)self->settings->snapshot_seconds * 1000;
    if (self->running && atomic_load(&self->done)) {
        wait_for_thread(self);
        tell(self, self->fail, now_ms);
    }
    if (self->running || full || !is_due(self, now_ms))
        return;
    self->started_ms = now_ms;
    fail_t fail = start(self);
    if (fail)
        tell(self, fail, now_ms);
}

void snapshots_close(snapshots_t *self)
{
    if (!self->running)
        return;
    atomic_store(&self->stop, true);
    wait_for_thread(self);
}
