#include "tests/simulation/fold_commands.h"
#include "tests/simulation/world.h"

void fold_commands_init(fold_commands_t *self)
{
    *self = (fold_commands_t){0};
    table_init(&self->seen, sizeof(uid_t16));
}

void fold_commands_forget(fold_commands_t *self)
{
    table_clear(&self->seen);
    self->last = (uid_t16){{0}};
}

void fold_commands_release(fold_commands_t *self)
{
    table_release(&self->seen);
}

void fold_commands_take(world_t *world, fold_commands_t *self, const char *journal,
                        const uid_t16 *command)
{
    if (uid_is_zero(command) || uid_equal(command, &self->last))
        return;
    self->last = *command;
    if (table_find(&self->seen, command) == TABLE_NONE)
        (void)table_insert(&self->seen, command);
    else
        world_violate(world, "I6", "%s: a command was carried out twice", journal);
}
