#pragma once
// demand - what is asked of a process during a recorded run: the ledger's commands, pushes and
// facts of the streams it follows, or payment's top-ups, notices, requests of autopay and results
// of its own requests. From a seed.
//
// It hears the outputs that leave and says nothing that those do not allow: a notice for an invoice
// that was published, a request under a mandate that was.
// Ownership: demand_destroy frees. Threads: one.
#include "proto/stream.h"
#include "services/node/node.h"
#include "tests/simulation/draw.h"

enum { WORK_SAID_MAX = 256, WORK_BYTES_MAX = 4096, WORK_PUSH_BYTES = 65536, WORK_FACTS_MAX = 512 };

// A command that was said, so that it can be said again.
typedef struct {
    uid_t16 id;
    request_type_t type;
    role_t role;
    uint32_t size;
    uint8_t bytes[512];
} said_t;

typedef struct {
    stream_t stream;
    uint64_t count;
    bytes_t events[WORK_FACTS_MAX]; // encoded
    bool asked;
    bool witness;          // the question is what the stream comes to
    uint64_t number, from; // of the question
} upstream_t;

typedef struct {
    uint64_t invoice;
    uid_t16 account, token, mandate;
    int64_t amount;
    bool paid, charge;
} invoice_seen_t;

typedef struct demand {
    const core_t *core;
    const void *settings;
    draw_t draw;
    instant_t now;
    unsigned large; // items of the largest push
    said_t said[WORK_SAID_MAX];
    size_t said_count;
    uint64_t pushed; // last item of the feed that was acknowledged
    size_t push_size;
    uint8_t push[WORK_PUSH_BYTES]; // the last one
    upstream_t upstreams[2];
    // payment's
    invoice_seen_t invoices[WORK_SAID_MAX];
    size_t invoices_count;
    struct {
        uid_t16 mandate;
        uint64_t credit;
        int64_t amount;
    } cards[8];
    result_t results[DUE_REQUESTS_MAX];
    size_t results_count;
    char bodies[DUE_REQUESTS_MAX][32];
} demand_t;

demand_t *demand_ledger(uint64_t seed);
demand_t *demand_payment(uint64_t seed);
void demand_destroy(demand_t **self_p);

// The messages of the next batch.
void demand_give(demand_t *self, node_t *node);
void demand_hear(demand_t *self, const output_t *output);

// Says a command or the last push again.
void demand_repeat(const said_t *said, node_t *node);
void demand_push_again(const demand_t *self, node_t *node);
// New commands that no run has said: to go on with after a crash, where nothing of before counts.
void demand_go_on(const demand_t *self, node_t *node, unsigned batch);
// The invoice that is charged by this request, 0 if it charges none.
uint64_t demand_charges(const output_t *output);
