#include "services/node/node_recalls.h"
#include "services/node/node_batch.h"
#include "services/node/node_queries.h"
#include "services/node/node_replies.h"
#include <assert.h>

// Causes of a stream ascend since its last reseed.
static uint64_t search_from(const node_t *self, const recall_t *wish)
{
    for (size_t i = 0; wish->by == RECALL_CAUSE && i < self->followers_count; i++)
        if (self->followers[i].stream == wish->stream && self->followers[i].reseeded)
            return self->followers[i].reseeded;
    return 1;
}

// In the journal as it is with this batch: the search leaves after the commit.
static node_recall_t *send_search(node_t *self, const recall_t *wish)
{
    assert(self->recalls_count < RECALL_DESK_MAX);
    node_recall_t *recall = &self->recalls[self->recalls_count++];
    *recall = (node_recall_t){.id = ++self->recalls_sent, .wish = *wish};
    recall_search_t search;
    recall_begin(&search, recall->id, wish, self->core, search_from(self, wish), self->head.last);
    stored_output_t *output = node_output_add(self, OUTPUT_RECALL);
    output->head = node_arena_add(self, &search, sizeof search);
    self->activity++;
    return recall;
}

fail_t node_recalls_wait(node_t *self, const recall_t *wish, door_t door, const peer_t *peer,
                         const request_t *request, const uid_t16 *owner)
{
    request_t kept = *request;
    uint8_t bytes[NODE_WAITING_BYTES];
    kept.access_token = (text_t){0}; // it was judged
    size_t size = request_encode(&kept, bytes, sizeof bytes);
    if (!size)
        return FAIL_LIMIT;
    if (self->recalls_count - self->wishes_count == RECALL_WAITING_MAX)
        return FAIL_FULL;
    node_recall_t *recall = send_search(self, wish);
    recall->door = door;
    recall->peer = *peer;
    recall->owned = owner != NULL;
    recall->owner = owner ? *owner : (uid_t16){{0}};
    recall->size = (uint32_t)size;
    memcpy(recall->bytes, bytes, size);
    return FAIL_NONE;
}

static bool is_out(const node_t *self, uint64_t key)
{
    for (size_t i = 0; i < self->recalls_count; i++)
        if (self->recalls[i].size == 0 && self->recalls[i].wish.key == key)
            return true;
    return false;
}

void node_recalls_ask(node_t *self)
{
    const due_t *due = self->due;
    for (size_t i = 0; i < due->recalls_count && self->wishes_count < DUE_RECALLS_MAX; i++) {
        if (is_out(self, due->recalls[i].key))
            continue;
        (void)send_search(self, &due->recalls[i]);
        self->wishes_count++;
    }
}

// --- what comes back ---

static void answer_query(node_t *self, const node_recall_t *recall, const recalled_t *recalled)
{
    request_t request;
    memset(&request, 0, sizeof request);
    fail_t fail = request_decode(recall->bytes, recall->size, &request, NULL);
    assert(!fail); // it was decoded before it had to wait
    answer_t out;
    node_query_begin(&request, &out);
    recall_t again;
    fail = node_query_core(self, &request, recall->owned ? &recall->owner : NULL, recalled, &out,
                           &again);
    if (fail)
        node_reply_refusal(self, recall->door, &recall->peer, &request, fail, NULL);
    else
        node_reply(self, recall->door, &recall->peer, &out);
}

static void decide_wish(node_t *self, const recalled_t *recalled)
{
    input_t input;
    decision_t decision;
    node_input(self, INPUT_RECALLED, &input);
    input.recalled = recalled;
    (void)node_decide(self, &input, &decision); // what nobody wishes any more decides nothing
}

static node_recall_t take_out(node_t *self, size_t i)
{
    node_recall_t recall = self->recalls[i];
    self->recalls[i] = self->recalls[--self->recalls_count];
    self->wishes_count -= recall.size == 0;
    return recall;
}

void node_recalled(node_t *self, const recall_end_t *end)
{
    size_t i = 0;
    while (i < self->recalls_count && self->recalls[i].id != end->id)
        i++;
    if (i == self->recalls_count)
        return;
    node_recall_t recall = take_out(self, i);
    recalled_t recalled = {.wish = recall.wish,
                           .fail = end->fail,
                           .sequence = end->fail ? 0 : end->sequence,
                           .event = end->fail || end->wants_rows ? NULL : &end->event,
                           .rows = end->rows,
                           .rows_count = end->rows_count};
    bool searched = !end->fail || end->fail == FAIL_MISSING || end->fail == FAIL_INVALID ||
                    (end->wants_rows && end->fail == FAIL_CORRUPT);
    self->activity++;
    if (recall.size)
        answer_query(self, &recall, &recalled);
    else if (searched) // else the journal could not be read: it is wished again
        decide_wish(self, &recalled);
}
