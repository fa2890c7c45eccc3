#include "services/process/disk_look.h"
#include "services/process/log.h"

void disk_look_at_room(disk_look_t *self, const past_t *past, const settings_t *settings)
{
    journal_room_t room;
    if (journal_room(past->journal, &room) != FAIL_NONE || room.disk_total_bytes == 0)
        return;
    uint64_t used = room.disk_total_bytes - room.disk_free_bytes;
    // Twice the reserve: well before the journal itself refuses, which would end the process.
    self->full = used / (room.disk_total_bytes / 100 + 1) >= settings->disk_percent ||
                 room.disk_free_bytes / 2 < settings->reserve_bytes;
    node_set_full(past->node, self->full);
    node_set_reserve(past->node, room.disk_free_bytes / 3 * 2 > settings->reserve_bytes);
}

// A reader that is the same in two looks reads for longer than anything of ours does.
void disk_look_at_readers(disk_look_t *self, journal_t *journal)
{
    journal_readers_t now;
    journal_look_whether_left(journal);
    if (journal_look_at_readers(journal, &now))
        return;
    if (now.dead)
        log_info("readers that had died were forgotten", "count", log_number(now.dead));
    bool old = now.behind && now.pid == self->readers.pid && now.view == self->readers.view;
    if (old && !self->held)
        log_warn("a process reads an old state of the journal, whose file grows meanwhile", "pid",
                 log_signed(now.pid), "commits", log_number(now.behind));
    else if (!old && self->held)
        log_info("nobody holds an old state of the journal");
    self->held = old;
    self->readers = now;
}
