#pragma once
// core - the shape of a service's pure heart, and everything the node and a core say to each other.
//
// A core is two functions over a state: `decide` reads the state and an input and says which events
// follow and what to answer; `apply` is the only thing that changes the state, live and in replay
// alike. An event carries every result that a rule computed, so apply stores and adds and knows no
// rule. What a core wants from outside it does not do: it is read from its state by `due` after
// each commit, so a restart wants the same again by itself.
//
// A core knows no clock (time is in the input), no randomness (entropy is in the input), no socket,
// no store, no environment, and iterates only over ordered structures: same inputs, same bytes.
// Memory: a core may allocate (its tables grow) and ends the process by assert when it cannot.
// Threads: one.
#include "proto/event.h"
#include "proto/request.h"

// --- what comes in ---

typedef enum {
    INPUT_REQUEST,  // a command of people or services, or a query
    INPUT_ITEM,     // one item of a producer's feed
    INPUT_THROUGH,  // a producer says that all that happened up to an instant has been sent
    INPUT_EVENT,    // one event of a stream we follow
    INPUT_RESULT,   // what became of a request to the outside
    INPUT_RECALLED, // what became of a recall
    INPUT_TICK      // time has passed; judgements are made here
} input_kind_t;

// What the shell found when it carried out an outside_t.
typedef struct {
    uint64_t key; // of the outside_t
    enum {
        RESULT_NOT_CONNECTED = 1, // no byte of the request can have arrived
        RESULT_NO_ANSWER,         // it may have arrived; nothing came back in time
        RESULT_ANSWERED
    } what;
    unsigned http_status; // of an e-mail the relay's reply, as 250
    bool at_recipient;    // of an e-mail: that was the reply about whom it goes to
    bytes_t body;
} result_t;

// --- what a core recalls ---
//
// A core sees its state alone, and a state must not grow with history. What it needs of an event
// that it applied and did not keep, it recalls. Example: payment keeps whether an invoice is paid,
// since decisions need that, and recalls when it was created, since only a question does.
//
// A recall reads what is committed, so it never holds up a batch: it leaves with one batch and
// comes back in a later one, possibly much later. A crash forgets it. A wish of `due` is then
// wished again, since it follows from the state; a question is asked again by whoever asked it.

typedef enum {
    RECALL_SEQUENCE = 1, // the event with that sequence
    // The first event that was derived from event `number` of `stream`, since the last reseed of
    // that stream. The search halves the journal, so it wants causes that ascend: only those of a
    // stream that the core follows as FOLLOW_FACTS or FOLLOW_BOTH do, for such are taken in order.
    // A feed's do not: its producer may begin anew.
    RECALL_CAUSE,
    RECALL_NUMBER, // the event that brought the number (see `number` below)
    // The event that `order` below calls the sought one, among those from `number` to `to`.
    RECALL_ORDER,
    // The rows of the side store whose owner is sought[0]. They are opened for whoever recalls, and
    // end with the call: what they hold is in no state that is folded from a journal.
    RECALL_ROWS
} recall_by_t;

typedef struct {
    uint64_t key; // the core's name for it; the same until its result was decided upon
    recall_by_t by;
    stream_t stream; // RECALL_CAUSE
    uint64_t number; // of the event, of the cause, or the number that was brought
    // RECALL_ORDER: the last event that it can be, and what the core's `order` compares with.
    uint64_t to;
    uid_t16 sought[2];
    uint64_t detail;
} recall_t;

// --- the side store ---
//
// What may be forgotten, as a person's address, is in no event: it lies beside the journal, in rows
// by owner and kind, which the shell seals by a key of the owner and stores in the commit of the
// decision's events (docs/rules.md "Side store"). Erasing destroys the key and all of the owner's
// rows. A row may be newer than the journal, or gone: an older backup may have been put back.

enum {
    SIDE_ROW_MAX = 4096, // bytes
    SIDE_KIND_FIRST = 1, // 0 is the shell's
    SIDE_KINDS = 8,      // kinds are below it
};

typedef struct {
    uid_t16 owner;
    uint8_t kind;
    bytes_t bytes; // as a change of a decision: empty, with kind 0, erases all of the owner
} side_row_t;

typedef struct {
    recall_t wish;
    fail_t fail; // FAIL_MISSING: there is no such event; FAIL_INVALID: it cannot be searched for;
                 // FAIL_CORRUPT, of rows: they cannot be opened
    uint64_t sequence;
    const event_t *event;   // borrowed for this call; NULL if fail, and of rows
    const side_row_t *rows; // borrowed likewise; of rows
    size_t rows_count;      // 0 if there are none
} recalled_t;

// Who a face speaks for, by the platform's access token.
typedef struct {
    uid_t16 account;
    bool reads, pays;
} customer_t;

typedef struct {
    input_kind_t kind;
    instant_t now;    // the batch's stamp, never below an earlier one
    bool current;     // all that our streams announced in the last 5 s is applied, and the clock is
                      // trusted: judgements may be made
    unsigned vouched; // bit i of core_t.follows[i]: what we have of it is of the history that we
                      // accepted, by its own word; of a table's rows that is known after them
    cause_t cause;    // what any event of this decision is caused by; the node fills it in
    uid_t16 entropy;  // 128 random bits, fresh for each input
    const request_t *request; // INPUT_REQUEST
    role_t role; // of the certificate that sent it or pushed it; ROLE_NONE for streams and time
    text_t certificate;         // INPUT_REQUEST: its name; empty for a process of ours
    text_t approver;            // INPUT_REQUEST: of the certificate that agreed, where two had to
    uint64_t proposal;          // to what: our sequence of the command.proposed; 0 if none
    stream_t stream;            // INPUT_ITEM, INPUT_THROUGH: the producer; INPUT_EVENT: the stream
    text_t owner;               // INPUT_ITEM: of the producer, by its certificate; empty: its own
    uint64_t sequence;          // INPUT_ITEM, INPUT_EVENT: its place there
    const event_t *event;       // INPUT_ITEM, INPUT_EVENT
    instant_t through;          // INPUT_THROUGH
    const result_t *result;     // INPUT_RESULT
    const recalled_t *recalled; // INPUT_RECALLED
} input_t;

// --- what a decision says ---

enum {
    DECISION_EVENTS_MAX = 4096,
    DECISION_SCRATCH_BYTES = 256 * 1024,
    DECISION_BATCH_MAX = 1024, // items of a feed decided upon at once
    DECISION_ROWS_MAX = 4      // changes of the side store
};

// Filled by decide through the functions below. The node stamps time and cause, encodes and applies
// the events in order once decide has returned. A decision that fails has added no event.
typedef struct decision {
    event_t *events; // DECISION_EVENTS_MAX of them, and one for the node: who sent the command
    size_t count;
    bool more;     // INPUT_TICK, INPUT_THROUGH: ask again with the same input, there is more to do
    fail_t result; // INPUT_ITEM, where decide returns FAIL_NONE: what its producer is told of it
    const char *detail; // static text for a refusal: what was wrong and what was expected; or NULL
    uint8_t *scratch;   // for text and bytes fields of the events; DECISION_SCRATCH_BYTES
    size_t scratch_used;
    const input_t *input;
    side_row_t rows[DECISION_ROWS_MAX]; // bytes in the scratch memory, or longer
    size_t rows_count;
} decision_t;

// A zeroed event of that type, stamped with the input's time and cause, to be filled in. There is
// always room for DECISION_EVENTS_MAX events; a decision that needs more sets `more` instead.
event_t *decision_add(decision_t *self, event_type_t type);
// Scratch memory that lives until the events are encoded; NULL when it is used up.
void *decision_scratch(decision_t *self, size_t size);
// A row of the side store is put, in the commit of this decision's events, of which there must be
// one; or the owner's key and all his rows are destroyed. `bytes` live until the events are
// encoded.
void decision_put_row(decision_t *self, const uid_t16 *owner, uint8_t kind, bytes_t bytes);
void decision_erase_rows(decision_t *self, const uid_t16 *owner);
// Sets the detail and returns the failure: `return decision_refuse(out, FAIL_STATE, "…")`.
fail_t decision_refuse(decision_t *self, fail_t fail, const char *detail);

// --- what a core wants from outside ---

typedef enum { OUTSIDE_GET = 1, OUTSIDE_POST, OUTSIDE_MAIL } outside_method_t;

enum { OUTSIDE_HEADERS_MAX = 8 };

#define OUTSIDE_FORM "application/x-www-form-urlencoded" // a content type

// A header beside those that every request has, as `webhook-id` with its value. The name is a token
// of HTTP, the value plain ASCII without ends of lines, and neither is empty.
typedef struct {
    text_t name, value;
} outside_header_t;

// An HTTP request; or an e-mail, whose url is the address that it goes to and whose body is the
// whole message: which relay takes it, and as whose it goes, the shell knows. Texts and body live
// in the scratch memory of due_t, or longer.
typedef struct {
    uint64_t key; // the core's name for it; the same until its result was decided upon
    outside_method_t method;
    text_t url;
    text_t content_type; // of the body; empty for a GET, which has none, and for an e-mail
    outside_header_t headers[OUTSIDE_HEADERS_MAX];
    size_t headers_count;
    bytes_t body;
    bool public_only; // not to an address of this machine or of a private network
    unsigned timeout_ms;
} outside_t;

enum { DUE_REQUESTS_MAX = 64, DUE_SCRATCH_BYTES = 512 * 1024, DUE_RECALLS_MAX = 16 };

typedef struct {
    instant_t wake; // next instant at which an INPUT_TICK would decide something; INT64_MAX if none
    outside_t requests[DUE_REQUESTS_MAX]; // wanted now, urgent first
    size_t count;
    size_t at_once;   // how many may be out, with those that are wanted no longer
    uint8_t *scratch; // for urls and bodies; DUE_SCRATCH_BYTES
    size_t scratch_used;
    // Events of the own journal that are wanted now, urgent first; DUE_RECALLS_MAX are out at a
    // time. What is decided upon one must end the wish, or it is asked for again. One that decides
    // nothing leaves no trace. The events that it causes have no cause, as those of a result.
    recall_t recalls[DUE_RECALLS_MAX];
    size_t recalls_count;
} due_t;

// How the outside is, by what became of the requests to it.
typedef struct {
    uint64_t outage;     // outage_t: how it does not answer; OUTAGE_NONE while it does
    instant_t since;     // the first request of those that got no answer; kept when it is over
    instant_t until;     // the answer that ended the last outage; 0 while none has ended
    uint64_t unanswered; // requests in a row; of the last outage when it is over
    uint64_t given_up;   // what was given up in this outage for want of an answer; likewise
    uint64_t outages;    // since the process began
} outside_health_t;

// --- the core ---

typedef enum {
    FOLLOW_FACTS, // every event goes to decide; the cursor is committed with what was derived
    FOLLOW_VIEW, // a table is fetched at start, then every event goes to observe; nothing is stored
    FOLLOW_BOTH  // facts of which a view is kept too: what its table does not include yet goes to
                 // observe, and every event to decide
} follow_mode_t;

typedef struct {
    stream_t stream;
    follow_mode_t mode;
} follow_t;

enum { CORE_FOLLOWS_MAX = 4 };

// Writes into an answer live in `out` until the next call of the core; `scratch` is for text and
// bytes fields of the answer.
typedef struct {
    answer_t *answer;
    uint8_t *scratch;
    size_t scratch_size;
    uint64_t last; // the last applied sequence
    instant_t now;
    bool current;
    // A QUERY (no COMMAND) whose answer needs an event that the state does not keep fills `recall`
    // in and returns FAIL_LATER. It is called again in a later batch, with the same request and the
    // state of then, and with `recalled`; it must answer then. Its key is of no use.
    recall_t recall;
    const recalled_t *recalled; // NULL at first
    // Whose records may be told of; NULL for anybody's. What names an account in its field
    // `account` the node has held against it; for what names something else the core holds the
    // owner, and another's is as one that is not there.
    const uid_t16 *owner;
} query_t;

// An alarm of the core's, and what it is about.
typedef void core_raise_fn(void *arg, alarm_t code, const char *about);

struct walk;

typedef struct core {
    const char *name;
    stream_t stream; // whose journal it writes
    follow_t follows[CORE_FOLLOWS_MAX];
    size_t follows_count;
    bool takes_feed;
    unsigned feed_roles; // who may push into it: bits of role_t
    bool takes_imports;  // commands of the role importer, where the configuration lets him in
    bool keeps_rows;     // of the side store: the configuration must say by which keys
    bool mails;          // wants e-mails sent: the configuration says by which relay
    bool feed_atomic;    // a pushed batch may be all or nothing; no item causes more than 4 events

    // Settings are the core's own struct (limits, addresses, secrets); never rules: those are
    // policy events. The state is empty, as before the journal's first event.
    void *(*create)(const void *settings);
    void (*destroy)(void *state);

    // Bytes of this journal that the items of one owner's producers may come to in a clock hour;
    // what is beyond waits. NULL where there is no end.
    uint64_t (*feed_bytes)(const void *state);

    // All of the state that is the fold, for who saves or loads it (services/base/walk.h). What
    // lies beside the fold is made as a replay would leave it. NULL: every start replays.
    void (*walk)(void *state, struct walk *walk);

    // Called once, before the first input, on a journal without policy: events to begin with
    // (default policy, tariffs). May be NULL. Same contract as decide.
    fail_t (*found)(const void *state, const input_t *input, decision_t *out);

    // The event of its policy, of numbers and amounts alone, as a new journal begins with it. The
    // last one of that type in the journal is in force; which that is, and who set it, the node
    // answers. NULL where there is no such policy.
    void (*policy_first)(event_t *ret_event);

    // FAIL_NONE and maybe events, or a failure and none. Requests of kind COMMAND, items, events of
    // FOLLOW_FACTS and FOLLOW_BOTH streams, results, recalled events, ticks.
    // An item refused with a trace: where a refusal must stay visible in the journal, decide
    // returns FAIL_NONE with the event that says so, and sets out->result to why.
    // FAIL_LATER for an item: not yet. The feed waits there, and the item is offered again.
    fail_t (*decide)(const void *state, const input_t *input, decision_t *out);

    // For a message of a feed whose items are all of a type that `batches`: decides on up to
    // DECISION_BATCH_MAX of them at once, so that what they brought can be one event. `input` is
    // the first item's; item i has sequence input->sequence + i. Writes each item's result (a fail
    // number) to results[0..count); from a FAIL_LATER on, all are. Both NULL where items are always
    // decided upon one by one.
    bool (*batches)(event_type_t type);
    fail_t (*decide_batch)(const void *state, const input_t *input, const event_t *items,
                           size_t count, uint8_t *results, decision_t *out);

    // Would decide accept this item whatever other acceptable items come before it in the same
    // batch? For batches that are all or nothing, and for items that were decided upon before. NULL
    // where takes_feed is false.
    fail_t (*check)(const void *state, const input_t *input, const char **ret_detail);

    // How much a command or an item would move by its sender's word alone, 0 or more. Above what
    // one person may, a command waits for a second one, and an item is refused (docs/rules.md "Two
    // persons"). NULL where nothing is moved by hand.
    kopecks_t (*moves)(const input_t *input);

    void (*apply)(void *state, const event_t *event, uint64_t sequence);

    // These will be decided upon (items) or applied (events, in a replay) next: a hint to fetch
    // what of the state that needs, all of it at once, since one waits for memory as long as many
    // do. Changes nothing. May be NULL.
    void (*prefetch)(const void *state, const event_t *events, size_t count);

    // Answers a QUERY. Also completes the answer to a COMMAND: `first` is then the first event that
    // the command caused (now, or when it was first sent), NULL if it changed nothing.
    fail_t (*query)(const void *state, const request_t *request, const event_t *first,
                    uint64_t first_sequence, query_t *out);

    void (*due)(const void *state, instant_t now, due_t *out);

    // For RECALL_NUMBER: whether this event of the own journal brings a number, and which. Of two
    // events that bring one, the later brings the larger. NULL where none does.
    bool (*number)(const event_t *event, uint64_t *ret_number);

    // For RECALL_ORDER: whether this event may be what is sought, and where it stands: before, at,
    // after. Those that may be stand in order. NULL where nothing is sought so.
    bool (*order)(const event_t *event, const recall_t *wish, int *ret_order);

    // One page of rows for the `table` request, packed with pack_*; returns the number of the next
    // row, 0 at the end. NULL where there is no table.
    uint64_t (*table)(const void *state, uint64_t from, pack_t *rows, size_t *ret_count);

    // FOLLOW_VIEW and FOLLOW_BOTH: a row of another's table, and an event of its stream. The view
    // lives in the state but is no part of the fold. Rows carry their own sequence; an event that a
    // row already includes must be ignored. view_reset forgets the view (before a fetch).
    void (*view_reset)(void *state, stream_t stream);
    fail_t (*view_row)(void *state, stream_t stream, wire_t *row);
    void (*view_cursors)(void *state, stream_t stream, stream_t of, uint64_t sequence);
    void (*observe)(void *state, stream_t stream, const event_t *event, uint64_t sequence);

    // Lines `name value` for the status request.
    size_t (*counters)(const void *state, char *out, size_t cap);
    // What of its rules keeps it from its whole job now. May be NULL.
    void (*light)(const void *state, instant_t now, core_raise_fn *raise, void *arg);
    // Once, when the journal is replayed and before anything is asked: true, and what it is that
    // these settings lack, where the journal needs something of them. May be NULL.
    bool (*lacks)(const void *state, char *ret_what, size_t cap);
    // NULL where nothing is asked outside. The shell tells of each change.
    const outside_health_t *(*outside)(const void *state);
} core_t;
