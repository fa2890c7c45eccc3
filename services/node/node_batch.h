#pragma once
// node_batch - the cellar of a node: what every other part of it stands on. Decisions are asked for
// and become events, events become bytes of records, leaves of the tree and changes of the state;
// what shall leave after the commit is laid by.
//
// It knows nothing of doors, streams, turns or starts; below it is node_state.h alone. All of it
// belongs to the open batch, except node_note and node_due. Failures: an input is refused by the
// core; memory that is used up ends the process. Private to the node.
#include "services/node/node_state.h"

// An input of that kind with time, `current` and, but for items, fresh entropy.
void node_input(node_t *self, input_kind_t kind, input_t *ret_input);
// Asks the core; and emits what it decided.
fail_t node_ask_core(node_t *self, const input_t *input, decision_t *decision);
fail_t node_decide(node_t *self, const input_t *input, decision_t *decision);
// Who sent a command, after all that it caused, so that the first event still answers its repeat.
// `amount` counts as the sender's own.
void node_add_sender(const input_t *input, kopecks_t amount, decision_t *decision);
event_command_sent_by_t node_sender(const input_t *input, kopecks_t amount);
// How much an operator's command or item moves by his word; 0 for what others send.
kopecks_t node_moves(const node_t *self, const input_t *input);
// Whose certificate it was; nobody's for a process of ours, whose journal says who wanted it.
text_t node_sender_name(const peer_t *peer, role_t role);

#define NODE_SECOND_FOR_ITEM                                                                       \
    "more than one person moves alone, at once or in a day: post it by itself, and another agrees"

// Whose items they are.
typedef struct {
    stream_t producer;
    text_t owner;       // by the certificate
    role_t role;        // ROLE_NONE: an outbox that is followed
    text_t certificate; // its name
    kopecks_t moved;    // by what of this message was taken, for a person alone
} feeder_t;

// May a person move that much alone, after what he has moved?
bool node_allows(const node_t *self, const feeder_t *feeder, kopecks_t amount);

// Decides on items that follow each other in a producer's feed, together where the core wants them
// together, and writes their results. `events` are decoded items, `first` the first one's sequence.
// Returns how many were taken: at least one, fewer than `count` if one commit holds no more or the
// core wants one later. *ret_detail (may be NULL) is set to that of the first refusal.
uint32_t node_take_items(node_t *self, feeder_t *feeder, uint64_t first, const event_t *events,
                         uint32_t count, uint8_t *results, const char **ret_detail);
// Can the core take an item of this type together with others?
bool node_batches(const node_t *self, event_type_t type);

// Appends to the batch and applies: what was decided, or an event of the node's own.
void node_emit_decision(node_t *self, const decision_t *decision);
void node_emit(node_t *self, event_type_t type, const cause_t *cause, const void *body,
               size_t body_size);
// Another's clock says so; `fresh` as node_clock_hear. Records it where that ends a doubt.
void node_hear_time(node_t *self, stream_t whose, instant_t said, bool fresh);
// Makes leaves of all that was appended: the head's tree is behind by a few events until then.
void node_hash(node_t *self);
// Ends the record that is being filled, so that its events can be read.
void node_close_record(node_t *self);
// What a node remembers of an event besides what its core does; the same live and in replay.
void node_note(node_t *self, const event_t *event, uint64_t sequence);

// Fills self->due from the state.
void node_due(node_t *self);

// An output of this batch, to be filled in; what it says is put into the arena.
stored_output_t *node_output_add(node_t *self, output_kind_t kind);
slice_t node_arena_add(node_t *self, const void *data, size_t size);
slice_t node_arena_make(node_t *self, size_t size); // to be filled in before the next
