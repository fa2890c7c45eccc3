#include "services/node/follower.h"

void follower_init(follower_t *self, stream_t stream, follower_mode_t mode, int64_t poll_us)
{
    *self = (follower_t){.stream = stream, .mode = mode, .poll_us = poll_us};
    self->cursor.stream = stream;
    self->fetches_table = follower_views(self);
}

void follower_accept(follower_t *self, const cursor_t *cursor)
{
    self->cursor = *cursor;
    self->stored_epoch = cursor->epoch;
}

// Another answers at the producer's doors, or its older journal was put back.
static void part(follower_t *self, const char *why)
{
    self->trouble = why;
    self->parted = true;
}

static void rejoin(follower_t *self)
{
    self->trouble = NULL;
    self->parted = self->contradicted = false;
}

// True if this is the history that we accepted. The first one that we ever meet is; another one an
// operator accepts for us.
static bool same_history(follower_t *self, uint64_t epoch)
{
    if (self->cursor.epoch == 0)
        self->cursor.epoch = epoch;
    if (self->cursor.epoch == epoch)
        return true;
    part(self, "the producer has another epoch than our cursor; see `kopeck reseed`");
    return false;
}

// --- what was noted ---

// It is not what it was: cut short, or written anew.
static void contradict(follower_t *self)
{
    part(self, "the producer does not hold what was noted of it: its journal was cut short or "
               "written anew; see \"A journal that is not what it was\"");
    self->contradicted = true;
}

static bool notes_this_history(const follower_t *self)
{
    return self->noted.epoch != 0 && self->noted.epoch == self->cursor.epoch;
}

// False if a writer that we have not met must say first that it holds what was noted: the question
// for it is due then.
static bool holds_note(follower_t *self, uint64_t term)
{
    if (!notes_this_history(self) || self->noted.last <= self->cursor.sequence ||
        self->checked_term == term)
        return true;
    self->met_term = term;
    self->note_due = self->unvouched = true;
    return false;
}

void follower_note(follower_t *self, const event_t *event, uint64_t sequence)
{
    const event_node_witnessed_t *said = &event->node_witnessed;
    if (event->type == EVENT_node_reseeded && event->node_reseeded.stream == self->stream) {
        self->reseeded = sequence;
        self->noted = (follower_note_t){0};
    }
    if (event->type == EVENT_node_witnessed && said->stream == self->stream)
        self->noted = (follower_note_t){.epoch = said->epoch,
                                        .term = said->term,
                                        .last = said->last,
                                        .root = said->root,
                                        .leaf = said->leaf,
                                        .ended = said->ended,
                                        .at = event->at};
}

WALK_ROW(follower_note_t)

void follower_walk(follower_t *self, walk_t *walk)
{
    WALK_SAME(walk, self->stream);
    WALK(walk, self->reseeded);
    WALK_STRUCT(walk, follower_note_t, self->noted);
}

bool follower_may_follow(follower_t *self, uint64_t sequence, uint64_t type)
{
    if (!self->noted.ended || !notes_this_history(self) || sequence != self->noted.last + 1 ||
        type == EVENT_node_booted)
        return true;
    self->trouble = "the producer ended in order, and its journal goes on with something else than "
                    "a start: it was written to meanwhile";
    self->contradicted = true;
    return false;
}

// --- the table of a view ---

void follower_fetch_table(follower_t *self)
{
    self->fetches_table = true;
    self->table_begun = false;
    self->table_row = 0;
}

// Whether its rows are to be taken.
bool follower_page(follower_t *self, const answer_table_t *page, instant_t monotonic)
{
    self->asked = false;
    self->heard = monotonic;
    if (self->trouble && (!self->parted || self->contradicted))
        return false;
    // One of before these fields says neither: then the replay door alone says whose the rows are.
    bool says = page->epoch != 0;
    if (says && self->cursor.epoch && page->epoch != self->cursor.epoch)
        return same_history(self, page->epoch);
    if (self->table_begun && page->term != self->table_term) { // pages of two writers
        follower_fetch_table(self);
        return false;
    }
    self->table_term = page->term;
    rejoin(self); // ours is back, by its name; that it is, the replay door must say
    return true;
}

// The rows do not say whose history they are of, the replay door does: nothing is current before it
// has vouched for our cursor, and it must be the writer whose rows these are. The first history
// that we meet is taken from the last event of its table on, to learn that event's leaf; facts,
// from its first event on.
void follower_took_table(follower_t *self)
{
    self->fetches_table = self->table_begun = false;
    self->unvouched = self->table_unvouched = true;
    if (self->cursor.epoch == 0 && self->mode == FOLLOWER_VIEW)
        self->cursor.sequence = self->table_last ? self->table_last - 1 : 0;
    if (self->table_last > self->announced)
        self->announced = self->table_last;
}

// False if the table is another writer's than the one who answers: it is fetched again.
static bool same_writer(follower_t *self, uint64_t term)
{
    bool same = !self->table_unvouched || !self->table_term || self->table_term == term;
    self->table_unvouched = false;
    if (!same)
        follower_fetch_table(self);
    return same;
}

// --- the stream ---

static void note_announced(follower_t *self, uint64_t last, instant_t through, instant_t monotonic)
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
    // Names grow. A word of an older history was overtaken by the reseed to ours, or the producer
    // was put back under its old name: only the replay door can tell.
    if (publication->epoch < self->cursor.epoch && !self->fetches_table) {
        self->unvouched = true;
        return false;
    }
    if (self->trouble || self->fetches_table || !same_history(self, publication->epoch))
        return false;
    uint64_t last = publication->first + (publication->count ? publication->count - 1 : 0);
    // Less than we hold: a heartbeat that was overtaken by an answer, or an older journal that was
    // restored. Another writer than the one who vouched for our cursor: it may have restored one
    // and gone on since. Only the replay door can tell.
    if (last < self->cursor.sequence || publication->term != self->term)
        self->unvouched = true;
    note_announced(self, last, publication->through, monotonic);
    return !self->unvouched && publication->record.size > 0 &&
           publication->first <= self->cursor.sequence + 1 && last > self->cursor.sequence;
}

bool follower_replayed(follower_t *self, const answer_t *answer, instant_t monotonic)
{
    if (!self->asked || self->asked_witness || self->fetches_table ||
        answer->number != self->asked_number)
        return false;
    // A refusal leaves the question out: it is asked again when its time is over, not at once.
    if (answer->fail && answer->fail != FAIL_HISTORY)
        return false;
    self->asked = self->unvouched = false;
    if (self->trouble && !self->parted)
        return false;
    if (answer->fail == FAIL_HISTORY) {
        part(self, "the producer does not hold the event at our cursor: another history; "
                   "see `kopeck reseed`");
        return false;
    }
    if (!same_history(self, answer->replay.epoch) || !holds_note(self, answer->replay.term) ||
        !same_writer(self, answer->replay.term))
        return false;
    if (self->parted && self->cursor.sequence != self->asked_cursor)
        return false; // of an older cursor: asked anew
    rejoin(self);     // it holds our event, so it is the one that we follow
    if (answer->replay.term != self->term && self->cursor.sequence != self->asked_cursor) {
        self->unvouched = true;
        return false;
    }
    self->term = answer->replay.term;
    note_announced(self, answer->replay.last, 0, monotonic);
    return answer->replay.records.size > 0;
}

// Shorter than what we took or noted of it, or as long and another.
static bool is_less_than_known(const follower_t *self, const answer_witness_t *found)
{
    if (found->last < self->asked_cursor)
        return true;
    return notes_this_history(self) &&
           (found->last < self->noted.last ||
            (found->last == self->noted.last &&
             memcmp(&found->root, &self->noted.root, sizeof found->root) != 0));
}

bool follower_witnessed(follower_t *self, const answer_t *answer, instant_t monotonic)
{
    const answer_witness_t *found = &answer->witness;
    if (!self->asked || !self->asked_witness || answer->number != self->asked_number)
        return false;
    self->asked = self->asked_witness = self->note_due = false;
    if (self->trouble && !self->parted)
        return false;
    if (answer->fail == FAIL_HISTORY) {
        contradict(self);
        return false;
    }
    if (answer->fail) { // as one of before this question does: nothing can be held against it
        self->checked_term = self->met_term;
        return false;
    }
    self->heard = monotonic;
    if (!same_history(self, found->epoch))
        return false;
    if (is_less_than_known(self, found)) {
        contradict(self);
        return false;
    }
    if (self->contradicted) { // what was noted is back; whether our cursor is, is asked next
        rejoin(self);
        self->unvouched = true;
    }
    self->checked_term = found->term;
    return !self->trouble;
}

void follower_took(follower_t *self, uint64_t sequence, const hash_t *leaf)
{
    self->cursor.sequence = sequence;
    self->cursor.leaf = *leaf;
    if (sequence > self->announced)
        self->announced = sequence;
}

void follower_slept(follower_t *self)
{
    self->asked = false;
    self->unvouched = true;
}

void follower_pause(follower_t *self, instant_t monotonic)
{
    self->paused = monotonic + FOLLOWER_PAUSE_US;
}

bool follower_is_behind(const follower_t *self)
{
    return self->fetches_table || self->cursor.sequence < self->announced;
}

bool follower_is_vouched(const follower_t *self)
{
    return !self->trouble && !self->unvouched && !self->fetches_table && self->heard != 0;
}

bool follower_is_current(const follower_t *self, instant_t monotonic)
{
    return !self->trouble && !self->unvouched && !follower_is_behind(self) && self->heard != 0 &&
           monotonic - self->heard <= FOLLOWER_CURRENT_US;
}

instant_t follower_wake(const follower_t *self)
{
    if (self->trouble && !self->parted)
        return INT64_MAX;
    if (self->asked)
        return self->asked_at + FOLLOWER_QUESTION_US;
    if (self->parted)
        return self->asked_at + FOLLOWER_PARTED_US;
    if (follower_is_behind(self) || self->unvouched || self->heard == 0 || self->note_due)
        return self->paused;
    instant_t since = self->heard > self->asked_at ? self->heard : self->asked_at;
    instant_t poll = since + self->poll_us, word = self->asked_at + self->word_us;
    return self->word_us && word < poll ? word : poll;
}

// What a writer must hold of this history: what was noted, else what was taken.
static request_witness_t known(const follower_t *self)
{
    const follower_note_t *noted = &self->noted;
    const cursor_t *cursor = &self->cursor;
    if (notes_this_history(self))
        return (request_witness_t){.epoch = noted->epoch, .last = noted->last, .leaf = noted->leaf};
    return (request_witness_t){
        .epoch = cursor->epoch, .last = cursor->sequence, .leaf = cursor->leaf};
}

bool follower_ask(follower_t *self, instant_t monotonic, uint64_t number, request_t *ret_question)
{
    if (follower_wake(self) > monotonic)
        return false;
    self->asked = true;
    self->asked_at = monotonic;
    self->asked_number = number;
    self->asked_cursor = self->cursor.sequence;
    self->asked_witness = !self->fetches_table && (self->note_due || self->contradicted);
    memset(ret_question, 0, sizeof *ret_question);
    ret_question->number = number;
    if (self->fetches_table) {
        ret_question->type = REQUEST_table;
        ret_question->table.from = self->table_row;
    } else if (self->asked_witness) {
        ret_question->type = REQUEST_witness;
        ret_question->witness = known(self);
    } else {
        ret_question->type = REQUEST_replay;
        ret_question->replay.epoch = self->cursor.epoch;
        ret_question->replay.from = self->cursor.sequence + 1;
        ret_question->replay.leaf = self->cursor.leaf;
        ret_question->replay.bytes_max = FRAME_LARGE_MAX - FRAME_SMALL_MAX;
    }
    return true;
}
