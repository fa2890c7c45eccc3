#include "tools/kopeck/verify_witness.h"
#include "proto/digest.h"
#include "proto/service.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NOTED "witnesses: what was noted of a journal is in it"
#define LEFT "witnesses: a history that was noted is left by an operator's word"
#define KEPT "witnesses: a root that was kept is the journal's"

void verify_witness_init(verify_witness_t *self, verify_report_t *report,
                         const verify_stream_t *streams)
{
    *self = (verify_witness_t){.report = report, .streams = streams};
    for (stream_t of = 0; of < STREAM_END; of++)
        self->next[of] = UINT64_MAX;
}

void verify_witness_release(verify_witness_t *self)
{
    free(self->waiting.notes);
    free(self->passed.notes);
    self->waiting = self->passed = (verify_notes_t){0};
}

static void add(verify_notes_t *list, const verify_note_t *note)
{
    if (list->count == list->cap) {
        list->cap = list->cap ? 2 * list->cap : 64;
        list->notes = realloc(list->notes, list->cap * sizeof *list->notes);
        assert(list->notes);
    }
    list->notes[list->count++] = *note;
}

// The name that the journal had when it was that long.
static uint64_t name_at(const verify_witness_t *self, stream_t of, uint64_t last)
{
    uint64_t epoch = 0;
    for (size_t i = 0; i < self->names_count[of] && self->names[of][i].sequence <= last; i++)
        epoch = self->names[of][i].epoch;
    return epoch;
}

// The journal was that long once, with that tree.
static void hold(verify_witness_t *self, const verify_note_t *note, const tree_t *tree)
{
    hash_t root;
    bool kept = note->by == STREAM_NONE;
    if (!kept && note->epoch < name_at(self, note->of, note->last)) {
        verify_note_t *lost = &self->lost[note->by][note->of];
        if (note->epoch >= lost->epoch)
            *lost = *note;
        return;
    }
    tree_root(tree, &root);
    (void)verify_hash(self->report, kept ? KEPT : NOTED, kept ? note->of : note->by,
                      kept ? note->last : note->at, &note->root, &root);
}

static void meet(verify_witness_t *self, const verify_note_t *note)
{
    const verify_stream_t *of = &self->streams[note->of];
    if (note->last == of->last) {
        hold(self, note, &of->tree);
        return;
    }
    add(note->last > of->last ? &self->waiting : &self->passed, note);
    if (note->last > of->last && note->last < self->next[note->of])
        self->next[note->of] = note->last;
}

bool verify_witness_keep(verify_witness_t *self, stream_t of, uint64_t epoch, uint64_t last,
                         const hash_t *root)
{
    if (!self->here[of])
        return false;
    meet(self, &(verify_note_t){.of = of, .epoch = epoch, .last = last, .root = *root});
    return true;
}

// Those that have waited for this sequence.
static void settle(verify_witness_t *self, stream_t stream)
{
    const verify_stream_t *of = &self->streams[stream];
    size_t left = 0;
    self->next[stream] = UINT64_MAX;
    for (size_t i = 0; i < self->waiting.count; i++) {
        verify_note_t note = self->waiting.notes[i];
        if (note.of == stream && note.last == of->last) {
            hold(self, &note, &of->tree);
            continue;
        }
        if (note.of == stream && note.last < self->next[stream])
            self->next[stream] = note.last;
        self->waiting.notes[left++] = note;
    }
    self->waiting.count = left;
}

static void note_name(verify_witness_t *self, stream_t stream, uint64_t epoch)
{
    size_t count = self->names_count[stream];
    verify_name_t *names = self->names[stream];
    if (count < VERIFY_NAMES_MAX && (count == 0 || names[count - 1].epoch != epoch))
        names[self->names_count[stream]++] =
            (verify_name_t){.sequence = self->streams[stream].last, .epoch = epoch};
}

static bool is_ours(uint64_t stream)
{
    return stream >= STREAM_FIRST && stream < STREAM_END;
}

void verify_witness_feed(verify_witness_t *self, stream_t stream, const event_t *event)
{
    if (event && event->type == EVENT_node_booted)
        note_name(self, stream, event->node_booted.epoch);
    if (self->streams[stream].last >= self->next[stream])
        settle(self, stream);
    if (event && event->type == EVENT_node_reseeded && is_ours(event->node_reseeded.stream)) {
        uint64_t *left = &self->left[stream][event->node_reseeded.stream];
        if (event->node_reseeded.epoch > *left)
            *left = event->node_reseeded.epoch;
    }
    if (!event || event->type != EVENT_node_witnessed)
        return;
    const event_node_witnessed_t *said = &event->node_witnessed;
    if (is_ours(said->stream) && self->here[said->stream])
        meet(self, &(verify_note_t){.by = stream,
                                    .at = self->streams[stream].last,
                                    .of = said->stream,
                                    .epoch = said->epoch,
                                    .last = said->last,
                                    .root = said->root});
}

static void say_short(verify_witness_t *self, const verify_note_t *note)
{
    bool kept = note->by == STREAM_NONE;
    char expected[VERIFY_TEXT_MAX];
    snprintf(expected, sizeof expected, "%s to hold %" PRIu64 " events, as was noted",
             service_stream_name(note->of), note->last);
    (void)verify_that(self->report, kept ? KEPT : NOTED, kept ? note->of : note->by,
                      kept ? note->last : note->at, false, expected,
                      (int64_t)self->streams[note->of].last);
}

void verify_witness_finish(verify_witness_t *self)
{
    for (size_t i = 0; i < self->waiting.count; i++) {
        const verify_note_t *note = &self->waiting.notes[i];
        if (note->by != STREAM_NONE && note->epoch < name_at(self, note->of, UINT64_MAX)) {
            if (note->epoch >= self->lost[note->by][note->of].epoch)
                self->lost[note->by][note->of] = *note;
        } else if (note->by == STREAM_NONE || note->at <= self->known[note->by]) {
            say_short(self, note); // else it may have been noted after the other was opened
        }
    }
    for (stream_t by = STREAM_FIRST; by < STREAM_END; by++)
        for (stream_t of = STREAM_FIRST; of < STREAM_END; of++) {
            const verify_note_t *lost = &self->lost[by][of];
            if (lost->last)
                (void)verify_that(self->report, LEFT, by, lost->at,
                                  self->left[by][of] > lost->epoch,
                                  "a node.reseeded behind the loss of what was noted",
                                  (int64_t)self->left[by][of]);
        }
}

uint64_t verify_witness_wants(const verify_witness_t *self, stream_t stream)
{
    uint64_t last = 0;
    for (size_t i = 0; i < self->passed.count; i++)
        if (self->passed.notes[i].of == stream && self->passed.notes[i].last > last)
            last = self->passed.notes[i].last;
    return last;
}

void verify_witness_again(verify_witness_t *self, stream_t stream, uint64_t sequence, bytes_t bytes)
{
    hash_t leaf;
    if (sequence == 1)
        self->again = (tree_t){0};
    tree_leaf(bytes.data, bytes.size, &leaf);
    tree_append(&self->again, &leaf);
    for (size_t i = 0; i < self->passed.count; i++)
        if (self->passed.notes[i].of == stream && self->passed.notes[i].last == sequence)
            hold(self, &self->passed.notes[i], &self->again);
}

// --- roots in words ---

void verify_root_print(stream_t of, uint64_t epoch, uint64_t last, const hash_t *root,
                       char out[VERIFY_ROOT_WORD_MAX])
{
    char hex[DIGEST_HEX_MAX + 1];
    digest_hex_lower(root->bytes, sizeof root->bytes, hex);
    snprintf(out, VERIFY_ROOT_WORD_MAX, "%s:%" PRIu64 ":%" PRIu64 ":%s", service_stream_name(of),
             epoch, last, hex);
}

static bool read_number(const char **at, const char *end, uint64_t *ret_number)
{
    const char *start = *at;
    *ret_number = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
        uint64_t digit = (uint64_t)(**at - '0');
        if (*ret_number > (UINT64_MAX - digit) / 10)
            return false;
        *ret_number = 10 * *ret_number + digit;
    }
    return *at > start && *at < end && *(*at)++ == ':';
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_root(const char *at, const char *end, hash_t *ret_root)
{
    if ((size_t)(end - at) != 2 * sizeof ret_root->bytes)
        return false;
    for (size_t i = 0; i < sizeof ret_root->bytes; i++) {
        int high = digit_of(at[2 * i]), low = digit_of(at[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret_root->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool verify_root_read(const char *word, size_t size, verify_note_t *ret_note)
{
    const char *end = word + size, *at = memchr(word, ':', size);
    verify_note_t note = {0};
    for (stream_t of = STREAM_FIRST; at && of < STREAM_END; of++)
        if (text_equal((text_t){word, (uint32_t)(at - word)}, text_of(service_stream_name(of))))
            note.of = of;
    if (!note.of)
        return false;
    at++;
    if (!read_number(&at, end, &note.epoch) || !read_number(&at, end, &note.last) ||
        !read_root(at, end, &note.root))
        return false;
    *ret_note = note;
    return true;
}
