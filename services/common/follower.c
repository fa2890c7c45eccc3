#include "services/common/follower.h"

void follower_init(follower_t *self, stream_t stream, follower_mode_t mode, int64_t poll_us)
{
    *self = (follower_t){.stream = stream, .mode = mode, .poll_us = poll_us};
    self->cursor.stream = stream;
    self->table = mode == FOLLOWER_VIEW;
}

void follower_restart(follower_t *self)
{
    instant_t heard = self->heard;
    follower_init(self, self->stream, self->mode, self->poll_us);
    self->heard = heard;
}

// True if this is the history we follow; a view that meets another starts over, since it stored
// nothing of the old one.
static bool same_history(follower_t *self, uint64_t epoch)
{
    if (self->cursor.epoch == 0)
        self->cursor.epoch = epoch;
    if (self->cursor.epoch == epoch)
        return true;
    if (self->mode == FOLLOWER_VIEW)
        follower_restart(self);
    else
        self->trouble = "the producer has another epoch than our cursor; see `kopeck reseed`";
    return false;
}

static void announced(follower_t *self, uint64_t last, instant_t through, instant_t monotonic)
{
    self->heard = monotonic;
    if (last >= self->announced) {
        self->announced = last;
        if (through > self->announced_through)
            self->announced_through = through;
    }
}

bool follower_publication(follower_t *self, const publication_t *publication, instant_t monotonic)
{
    if (self->trouble || self->table || !same_history(self, publication->epoch))
        return false;
    uint64_t last = publication->first + (publication->count ? publication->count - 1 : 0);
    // Less than we hold: a heartbeat that was overtaken by an answer, or an older journal that was
    // restored. Another writer than the one who vouched for our cursor: it may have restored one
    // and gone on since. Only the replay door can tell.
    if (last < self->cursor.sequence || publication->term != self->term)
        self->doubt = true;
    announced(self, last, publication->through, monotonic);
    return !self->doubt && publication->record.size > 0 &&
           publication->first <= self->cursor.sequence + 1 && last > self->cursor.sequence;
}

bool follower_replayed(follower_t *self, const answer_t *answer, instant_t monotonic)
{
    if (!self->asked || self->table || answer->number != self->asked_number)
        return false;
    // A refusal leaves the question out: it is asked again when its time is over, not at once.
    if (answer->fail && answer->fail != FAIL_HISTORY)
        return false;
    self->asked = self->doubt = false;
    if (self->trouble)
        return false;
    if (answer->fail == FAIL_HISTORY) {
        if (self->mode == FOLLOWER_VIEW)
            follower_restart(self);
        else
            self->trouble = "the producer does not hold the event at our cursor: another history; "
                            "see `kopeck reseed`";
        return false;
    }
    if (!same_history(self, answer->replay.epoch))
        return false;
    if (answer->replay.term != self->term && self->cursor.sequence != self->asked_behind) {
        self->doubt = true;
        return false;
    }
    self->term = answer->replay.term;
    announced(self, answer->replay.last, 0, monotonic);
    return answer->replay.records.size > 0;
}

void follower_took(follower_t *self, uint64_t sequence, const hash_t *leaf)
{
    self->cursor.sequence = sequence;
    self->cursor.leaf = *leaf;
    if (sequence > self->announced)
        self->announced = sequence;
}

void follower_pause(follower_t *self, instant_t monotonic)
{
    self->paused = monotonic + FOLLOWER_PAUSE_US;
}

bool follower_is_behind(const follower_t *self)
{
    return self->table || self->cursor.sequence < self->announced;
}

bool follower_is_current(const follower_t *self, instant_t monotonic)
{
    return !self->trouble && !self->doubt && !follower_is_behind(self) && self->heard != 0 &&
           monotonic - self->heard <= FOLLOWER_CURRENT_US;
}

instant_t follower_wake(const follower_t *self)
{
    if (self->trouble)
        return INT64_MAX;
    if (self->asked)
        return self->asked_at + FOLLOWER_QUESTION_US;
    if (follower_is_behind(self) || self->doubt || self->heard == 0)
        return self->paused;
    instant_t since = self->heard > self->asked_at ? self->heard : self->asked_at;
    return since + self->poll_us;
}

bool follower_ask(follower_t *self, instant_t monotonic, uint64_t number, request_t *ret_question)
{
    if (follower_wake(self) > monotonic)
        return false;
    self->asked = true;
    self->asked_at = monotonic;
    self->asked_number = number;
    self->asked_behind = self->cursor.sequence;
    memset(ret_question, 0, sizeof *ret_question);
    ret_question->number = number;
    if (self->table) {
        ret_question->type = REQUEST_table;
        ret_question->table.from = self->table_row;
    } else {
        ret_question->type = REQUEST_replay;
        ret_question->replay.epoch = self->cursor.epoch;
        ret_question->replay.from = self->cursor.sequence + 1;
        ret_question->replay.leaf = self->cursor.leaf;
        ret_question->replay.bytes_max = FRAME_LARGE_MAX - FRAME_SMALL_MAX;
    }
    return true;
}
