// journal_forge - what somebody can do who may write a journal's disk: he appends a posting, or
// writes the whole of it anew with one event changed, with right hashes, tree and head. For tests:
// nobody may be writing the journal.
//
// usage: journal_forge append DIRECTORY       one more posting like the last one of a customer
//        journal_forge rewrite DIRECTORY INTO the first posting of a customer refers to something
//                                             else; INTO is made
#include "proto/event.h"
#include "services/node/head.h"
#include "store/journal.h"
#include "store/record.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t bytes[JOURNAL_HEAD_MAX];

typedef struct {
    journal_t *from, *into;
    journal_reader_t *reader;
    head_t head; // of `into`
    uint64_t term;
    event_t last; // posting of a customer, and its sequence
    uint64_t sequence;
} forge_t;

static fail_t append(forge_t *self, const event_t *event)
{
    static uint8_t record_bytes[RECORD_TARGET], encoded[JOURNAL_EVENT_MAX];
    record_builder_t builder;
    hash_t leaf;
    size_t size = event_encode(event, encoded, sizeof encoded);
    record_builder_begin(&builder, record_bytes, sizeof record_bytes, self->head.last + 1,
                         journal_segment_events(self->into));
    if (!size || !record_builder_add(&builder, encoded, size))
        return FAIL_INVALID;
    journal_record_t record = record_builder_end(&builder);
    tree_leaf(encoded, size, &leaf);
    tree_append(&self->head.tree, &leaf);
    self->head.last++;
    size = head_encode(&self->head, bytes, sizeof bytes);
    return journal_append(self->into, self->head.last - 1, self->term, &record, 1, bytes, size);
}

static fail_t open_from(forge_t *self, const char *directory, bool read_only, uint64_t *ret_last)
{
    size_t size;
    fail_t fail =
        journal_open(directory, &(journal_options_t){.read_only = read_only}, &self->from);
    fail = fail ? fail : journal_reader_open(self->from, &self->reader);
    fail = fail ? fail : journal_head(self->from, bytes, sizeof bytes, &size, ret_last);
    return fail ? fail : head_decode(bytes, size, &self->head);
}

static fail_t read_event(forge_t *self, uint64_t sequence, event_t *ret_event)
{
    static uint8_t event[JOURNAL_EVENT_MAX];
    size_t size;
    fail_t fail = journal_find(self->reader, sequence, event, sizeof event, &size);
    return fail ? fail : event_decode(event, size, ret_event);
}

static bool is_customers(const event_t *event)
{
    return event->type == EVENT_posted && !uid_is_zero(&event->posted.account) &&
           event->cause.stream == STREAM_NONE;
}

static fail_t forge_append(forge_t *self, const char *directory)
{
    uint64_t last, sequence = 0;
    event_t event, posting = {0};
    fail_t fail = open_from(self, directory, false, &last);
    for (uint64_t n = 1; n <= last && !fail; n++) {
        fail = read_event(self, n, &event);
        if (!fail && is_customers(&event)) {
            posting = event;
            sequence = n;
        }
    }
    self->into = self->from;
    fail = fail ? fail : journal_lead(self->into, &self->term);
    if (fail || !sequence)
        return fail ? fail : FAIL_MISSING;
    posting.at = self->head.time;
    posting.cause.command.bytes[15] ^= 0x5a; // nobody ever sent it
    posting.posted.cash += posting.posted.amount;
    posting.posted.ordinal++;
    posting.posted.previous = sequence;
    return append(self, &posting);
}

static fail_t forge_rewrite(forge_t *self, const char *directory, const char *into)
{
    uint64_t last;
    bool changed = false;
    fail_t fail = open_from(self, directory, true, &last);
    fail =
        fail ? fail
             : journal_open(into, &(journal_options_t){.create = true, .term_min = self->head.term},
                            &self->into);
    fail = fail ? fail : journal_lead(self->into, &self->term);
    self->head.last = 0;
    self->head.tree = self->head.tail = (tree_t){0};
    for (uint64_t n = 1; n <= last && !fail; n++) {
        event_t event;
        fail = read_event(self, n, &event);
        if (!fail && !changed && is_customers(&event)) {
            event.posted.reference.bytes[0] ^= 1;
            changed = true;
        }
        fail = fail ? fail : append(self, &event);
    }
    return fail || changed ? fail : FAIL_MISSING;
}

int main(int argc, char **argv)
{
    static forge_t self;
    fail_t fail = FAIL_INVALID;
    if (argc == 3 && strcmp(argv[1], "append") == 0)
        fail = forge_append(&self, argv[2]);
    else if (argc == 4 && strcmp(argv[1], "rewrite") == 0)
        fail = forge_rewrite(&self, argv[2], argv[3]);
    else
        fputs("usage: journal_forge append DIRECTORY | rewrite DIRECTORY INTO\n", stderr);
    journal_reader_destroy(&self.reader);
    if (self.into != self.from)
        journal_destroy(&self.into);
    journal_destroy(&self.from);
    if (fail)
        fprintf(stderr, "journal_forge: %s\n", fail_text(fail));
    return fail ? 1 : 0;
}
