#include "tools/kopeck/post_run.h"
#include "proto/digest.h"
#include "proto/posting.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ITEM_MAX = 192, ROOM_FIRST = 1024 };

// The five fields that a row had first: whether it may open an account is no part of what an id
// stands for, and runs that an older program began keep theirs.
static size_t encode_row(const event_posting_requested_t *row, uint8_t *out, size_t cap)
{
    event_t event = {.type = EVENT_posting_requested, .posting_requested = *row};
    event.posting_requested.opens = false;
    size_t size = event_encode(&event, out, cap);
    assert(size && out[0] == 0x9a && out[size - 1] == 0xc2); // ten elements, the last one false
    out[0]--;
    return size - 1;
}

bool post_run_add(post_run_t *self, const event_posting_requested_t *row)
{
    uint8_t item[ITEM_MAX];
    if (self->count == POST_ROWS_MAX)
        return false;
    if (self->count == self->room) {
        self->room = self->room ? self->room * 2 : ROOM_FIRST;
        self->rows = realloc(self->rows, self->room * sizeof *self->rows);
        self->posted = realloc(self->posted, self->room * sizeof *self->posted);
        assert(self->rows && self->posted);
    }
    size_t size = encode_row(row, item, sizeof item);
    digest_sha256_2(self->content.bytes, sizeof self->content.bytes, item, size,
                    self->content.bytes);
    self->posted[self->count] = 0;
    self->rows[self->count++] = *row;
    return true;
}

void post_run_clear(post_run_t *self)
{
    free(self->rows);
    free(self->posted);
    *self = (post_run_t){0};
}

event_postings_begun_t post_run_announcement(const post_run_t *self)
{
    return (event_postings_begun_t){.run = self->id, .content = self->content, .rows = self->count};
}

size_t post_run_next(const post_run_t *self, size_t row)
{
    while (row < self->count && self->posted[row])
        row++;
    return row;
}

static void begin(post_run_t *self, const event_t *event)
{
    const event_postings_begun_t *begun = &event->postings_begun;
    bool ours = uid_equal(&begun->run, &self->id);
    if (ours && (begun->rows != self->count ||
                 memcmp(&begun->content, &self->content, sizeof self->content) != 0))
        self->fault = POST_RUN_OTHER_CONTENT;
    else if (ours && event->cause.stream != self->producer)
        self->fault = POST_RUN_OTHER_PRODUCER;
    if (event->cause.stream != self->producer)
        return;
    self->begun = self->begun || ours;
    self->ours = ours;
    self->announced = true;
    self->item = event->cause.sequence;
    self->row = 0;
}

static bool is_side(const uid_t16 *wanted, uint64_t number, const uid_t16 *customer)
{
    uint64_t system = posting_system_number(wanted);
    return system ? system == number : number >= SYSTEM_END && uid_equal(wanted, customer);
}

static bool is_posting_of(const event_posting_requested_t *row, const event_posted_t *posted)
{
    return row->amount == posted->amount && row->kind == posted->kind &&
           uid_equal(&row->reference, &posted->reference) &&
           is_side(&row->debit, posted->debit, &posted->account) &&
           is_side(&row->credit, posted->credit, &posted->account);
}

// Finds the row that the attempt's item stands for: so many unposted ones further on.
static void take(post_run_t *self, uint64_t sequence, const event_t *event)
{
    if (event->cause.sequence <= self->item) {
        self->fault = POST_RUN_UNCLEAR;
        return;
    }
    size_t row = self->count;
    for (; self->item < event->cause.sequence && self->row < self->count; self->item++) {
        row = post_run_next(self, self->row);
        self->row = row + 1;
    }
    if (self->item < event->cause.sequence || row >= self->count ||
        !is_posting_of(&self->rows[row], &event->posted)) {
        self->fault = POST_RUN_UNCLEAR;
        return;
    }
    self->posted[row] = sequence;
    self->posted_count++;
}

// What nobody announced may be this run of a program that did not: then items are the rows.
static bool looks_like_ours(const post_run_t *self, const event_t *event)
{
    uint64_t item = event->cause.sequence;
    return item >= 1 && item <= self->count && is_posting_of(&self->rows[item - 1], &event->posted);
}

void post_run_observe(post_run_t *self, uint64_t sequence, const event_t *event)
{
    if (self->fault)
        return;
    if (event->type == EVENT_postings_begun)
        begin(self, event);
    else if (event->type != EVENT_posted || event->cause.stream != self->producer)
        return;
    else if (self->ours)
        take(self, sequence, event);
    else if (!self->announced && looks_like_ours(self, event))
        self->fault = POST_RUN_UNCLEAR;
}
