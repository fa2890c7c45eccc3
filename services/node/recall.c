#include "services/node/recall.h"
#include "store/journal.h"
#include <assert.h>

static bool follows_facts(const core_t *core, stream_t stream)
{
    for (size_t i = 0; i < core->follows_count; i++)
        if (core->follows[i].stream == stream)
            return core->follows[i].mode != FOLLOW_VIEW;
    return false;
}

static bool is_searchable(const recall_search_t *self)
{
    switch (self->wish.by) {
    case RECALL_SEQUENCE:
        return true;
    case RECALL_CAUSE:
        return follows_facts(self->core, self->wish.stream);
    case RECALL_NUMBER:
        return self->core->number != NULL;
    case RECALL_ORDER:
        return self->core->order != NULL;
    case RECALL_ROWS:
        return true;
    }
    return false;
}

static void end(recall_search_t *self, fail_t fail)
{
    self->at = 0;
    self->fail = fail;
}

// Halves what is left; where nothing is, the search has come to its end.
static void halve(recall_search_t *self)
{
    if (self->low < self->high)
        self->at = self->low + (self->high - self->low) / 2;
    else
        end(self, self->least && self->least_fits ? FAIL_NONE : FAIL_MISSING);
}

void recall_begin(recall_search_t *self, uint64_t id, const recall_t *wish, const core_t *core,
                  uint64_t first, uint64_t last)
{
    *self =
        (recall_search_t){.id = id, .wish = *wish, .core = core, .low = first, .high = last + 1};
    if (wish->by == RECALL_ORDER) {
        self->low = wish->number > first ? wish->number : first;
        self->high = wish->to < last ? wish->to + 1 : last + 1;
    }
    if (!is_searchable(self))
        end(self, FAIL_INVALID);
    else if (wish->by == RECALL_ROWS)
        end(self, FAIL_CORRUPT);
    else if (wish->by != RECALL_SEQUENCE)
        halve(self);
    else if (wish->number >= first && wish->number <= last)
        self->at = self->least = wish->number;
    else
        end(self, FAIL_MISSING);
}

// Whether the event bears what the search goes by, and where it stands: before, at, after.
static bool bears(const recall_search_t *self, const event_t *event, int *ret_order)
{
    if (self->wish.by == RECALL_ORDER)
        return self->core->order(event, &self->wish, ret_order);
    uint64_t number = event->cause.sequence;
    bool borne = self->wish.by == RECALL_NUMBER ? self->core->number(event, &number)
                                                : event->cause.stream == self->wish.stream;
    *ret_order = (number > self->wish.number) - (number < self->wish.number);
    return borne;
}

// The reading began in the middle of what is left and has gone on to the next event that bears
// something, or to the end of it: so all between bears nothing.
static void take_borne(recall_search_t *self, int order)
{
    if (order < 0) {
        self->low = self->at + 1;
        return;
    }
    self->high = self->low + (self->high - self->low) / 2;
    self->least = self->at;
    self->least_fits = order == 0;
}

static void show(recall_search_t *self, const event_t *event)
{
    int order;
    if (self->wish.by == RECALL_SEQUENCE) {
        end(self, FAIL_NONE);
        return;
    }
    if (bears(self, event, &order))
        take_borne(self, order);
    else if (self->at + 1 < self->high) {
        self->at++;
        return;
    } else
        self->high = self->low + (self->high - self->low) / 2;
    halve(self);
}

// --- the desk ---

void recall_desk_add(recall_desk_t *self, const recall_search_t *search)
{
    assert(self->count < RECALL_DESK_MAX);
    self->searches[self->count++] = *search;
}

static fail_t read_event(recall_find_fn *find, void *arg, uint64_t sequence, uint8_t *buffer,
                         event_t *ret_event)
{
    size_t size = 0;
    fail_t fail = find(arg, sequence, buffer, JOURNAL_EVENT_MAX, &size);
    return fail ? fail : event_decode(buffer, size, ret_event);
}

// The last step: the event that was found is read again, for its bytes.
static void finish(const recall_search_t *search, recall_find_fn *find, void *arg, uint8_t *buffer,
                   recall_end_t *ret_end)
{
    *ret_end = (recall_end_t){.id = search->id, .fail = search->fail, .sequence = search->least};
    ret_end->wants_rows = search->wish.by == RECALL_ROWS;
    ret_end->owner = search->wish.sought[0];
    if (!search->fail)
        ret_end->fail = read_event(find, arg, search->least, buffer, &ret_end->event);
}

static recall_search_t take_first(recall_desk_t *self)
{
    recall_search_t first = self->searches[0];
    self->count--;
    memmove(self->searches, self->searches + 1, self->count * sizeof *self->searches);
    return first;
}

bool recall_desk_read(recall_desk_t *self, unsigned *reads, recall_find_fn *find, void *arg,
                      uint8_t *buffer, recall_end_t *ret_end)
{
    if (self->count == 0)
        return false;
    recall_search_t *search = &self->searches[0];
    event_t event;
    for (; search->at && *reads; --*reads) {
        fail_t fail = read_event(find, arg, search->at, buffer, &event);
        if (fail)
            end(search, fail);
        else
            show(search, &event);
    }
    recall_search_t first = take_first(self);
    if (first.at) {
        recall_desk_add(self, &first); // behind the others: a long one keeps none of them waiting
        return false;
    }
    finish(&first, find, arg, buffer, ret_end);
    return true;
}
