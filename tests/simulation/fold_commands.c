#include "tests/simulation/fold_commands.h"
#include "tests/simulation/world.h"

typedef struct {
    uid_t16 key; // the command
    bool sent_by;
} seen_t;

void fold_commands_init(fold_commands_t *self)
{
    *self = (fold_commands_t){0};
    table_init(&self->seen, sizeof(seen_t));
}

void fold_commands_forget(fold_commands_t *self)
{
    table_clear(&self->seen);
    self->last = (uid_t16){{0}};
    self->feed_epoch = 0;
    self->alone_max = 0;
}

void fold_commands_release(fold_commands_t *self)
{
    table_release(&self->seen);
}

static void take_feed(world_t *world, fold_commands_t *self, const char *journal,
                      const event_t *event)
{
    if (event->type == EVENT_feed_sent_by && event->feed_sent_by.producer != PRODUCER_FIRST)
        return; // another's, of whom nothing comes
    if (event->type == EVENT_feed_sent_by) {
        if (event->feed_sent_by.epoch <= self->feed_epoch)
            world_violate(world, "I6", "%s: who pushes a feed is noted again", journal);
        if (!text_equal(event->feed_sent_by.certificate, text_of(PLATFORM_NAME)))
            world_violate(world, "I6", "%s: a feed was pushed by another", journal);
        self->feed_epoch = event->feed_sent_by.epoch;
        world_reach(world, REACH_FEED_SENT_BY);
    } else if (event->cause.stream >= PRODUCER_FIRST && !self->feed_epoch)
        world_violate(world, "I6", "%s: nobody knows who pushed an item", journal);
}

static void take_persons(world_t *world, fold_commands_t *self, const char *journal,
                         const event_t *event)
{
    const event_command_sent_by_t *sender = &event->command_sent_by;
    if (event->type == EVENT_operators_policy_changed)
        self->alone_max = event->operators_policy_changed.alone_max;
    if (event->type != EVENT_command_sent_by)
        return;
    if (self->alone_max && sender->amount > self->alone_max)
        world_violate(world, "I6", "%s: one operator moved what two must agree to", journal);
    if (sender->proposal && text_equal(sender->certificate, sender->approver))
        world_violate(world, "I6", "%s: an operator agreed with himself", journal);
}

void fold_commands_take(world_t *world, fold_commands_t *self, const char *journal,
                        const event_t *event)
{
    take_feed(world, self, journal, event);
    take_persons(world, self, journal, event);
    if (event->cause.stream != STREAM_NONE)
        return;
    const uid_t16 *command = &event->cause.command;
    bool ends = event->type == EVENT_command_sent_by;
    bool goes_on = uid_equal(command, &self->last);
    if (uid_is_zero(command))
        return;
    uint32_t row = table_find(&self->seen, command);
    if (row != TABLE_NONE && !goes_on)
        world_violate(world, "I6", "%s: a command was carried out twice", journal);
    if (row == TABLE_NONE)
        row = table_insert(&self->seen, command);
    seen_t *seen = table_row(&self->seen, row);
    if (seen->sent_by || (ends && !goes_on))
        world_violate(world, "I6", "%s: who sent a command is not said last", journal);
    seen->sent_by = ends;
    if (ends)
        world_reach(world, REACH_SENT_BY);
    self->last = *command;
}

void fold_commands_acknowledged(world_t *world, const fold_commands_t *self, const char *journal,
                                const uid_t16 *command)
{
    uint32_t row = table_find(&self->seen, command);
    if (row != TABLE_NONE && !((const seen_t *)table_row(&self->seen, row))->sent_by)
        world_violate(world, "I6", "%s: nobody knows who sent a command", journal);
}
