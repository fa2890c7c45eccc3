#include "tests/crash/life.h"
#include <assert.h>
#include <sched.h>
#include <stdlib.h>

enum { RECALL_READS = 16 };

bool life_start(life_t *self, const life_options_t *options, instant_t now)
{
    *self = (life_t){.options = *options};
    self->settings = (settings_t){.name = options->core->name,
                                  .journal = options->directory,
                                  .create = true,
                                  .importers = true,
                                  .epoch = 1,
                                  .segment_events = options->segment_events,
                                  .reserve_bytes = 1};
    self->clock = (node_clock_t){.now = now, .wall = now, .monotonic = now, .boot = {{1}}};
    past_begin(&self->past, options->core, options->core_settings);
    return !past_open(&self->past, &self->settings, self->error, sizeof self->error);
}

void life_stop(life_t *self)
{
    past_close(&self->past);
    free(self->head);
    self->head = NULL;
}

static fail_t append(life_t *self, const node_batch_t *batch)
{
    if (!batch->append)
        return FAIL_NONE;
    journal_t *journal = self->past.journal;
    if (self->options.control != CONTROL_SPLIT || !batch->records_count)
        return journal_append(journal, batch->expected, batch->term, batch->records,
                              batch->records_count, batch->head, batch->head_size);
    fail_t fail = journal_append(journal, batch->expected, batch->term, batch->records,
                                 batch->records_count, self->head, self->head_size);
    if (fail)
        return fail;
    self->head = realloc(self->head, batch->head_size);
    assert(self->head);
    memcpy(self->head, batch->head, batch->head_size);
    self->head_size = batch->head_size;
    return journal_append(journal, journal_last(journal), batch->term, NULL, 0, self->head,
                          self->head_size);
}

static void release(life_t *self, const turn_t *turn)
{
    output_t output;
    node_committed(self->past.node);
    while (node_output(self->past.node, &output))
        if (output.kind == OUTPUT_RECALL)
            recall_desk_add(&self->recalls, &output.recall);
        else if (turn->hear)
            turn->hear(turn->arg, &output);
}

// Few reads a batch, so that what is recalled is late and often lost.
static void recall(life_t *self)
{
    static uint8_t buffer[JOURNAL_EVENT_MAX];
    unsigned reads = RECALL_READS;
    recall_end_t end;
    while (recall_desk_read(&self->recalls, &reads, past_find, &self->past, buffer, &end))
        node_recalled(self->past.node, &end);
}

static void make_batch(life_t *self, const turn_t *turn, node_batch_t *ret_batch)
{
    node_begin(self->past.node, &self->clock);
    recall(self);
    if (turn->give)
        turn->give(turn->arg, self->past.node);
    node_end(self->past.node, ret_batch);
    if (ret_batch->append && turn->submit)
        turn->submit(turn->arg, ret_batch);
}

fail_t life_turn(life_t *self, const turn_t *turn, int64_t step_us)
{
    node_batch_t batch;
    self->clock.now += step_us;
    self->clock.wall += step_us;
    self->clock.monotonic += step_us;
    make_batch(self, turn, &batch);
    bool early = self->options.control == CONTROL_EARLY || self->options.control == CONTROL_SEND;
    if (early)
        release(self, turn);
    fail_t fail = append(self, &batch);
    if (!fail && !early)
        release(self, turn);
    return fail;
}

void life_ask(life_t *self, const turn_t *turn)
{
    node_batch_t batch;
    make_batch(self, turn, &batch);
    release(self, turn);
}

fail_t life_seal(life_t *self)
{
    uint64_t segment = journal_segment_events(self->past.journal);
    uint64_t wanted = journal_last(self->past.journal) / segment * segment;
    journal_room_t room;
    bool sealed = false;
    fail_t fail = journal_room(self->past.journal, &room);
    while (!fail && room.sealed_events < wanted) {
        fail = journal_seal(self->past.journal, true, &sealed);
        if (!sealed)
            (void)sched_yield(); // for the sealing thread
        if (!fail)
            fail = journal_room(self->past.journal, &room);
    }
    return fail ? fail : journal_seal(self->past.journal, true, &sealed); // the rest of the records
}
