#pragma once
// auditor - somebody outside with an auditor's certificate: he reads the journals through their
// replay doors, keeps checkpoints, and asks for balances, over the same wires as everybody.
//
// I12: what he reads is a prefix of what is durable, event by event, and a balance is the one of
// the sequence that it names; a statement, in pages of a few rows, has each posting once, in order.
// I14: two checkpoints of a history are consistent, by RFC 6962's proof; if a history was lost, an
// older checkpoint shows it. Threads: one.
#include "proto/request.h"
#include "store/tree.h"
#include "tests/simulation/draw.h"
#include "tests/simulation/process.h"
#include "tests/simulation/schedule.h"

// What he is asking one process, or its balances.
typedef struct {
    request_type_t asked;
    uint64_t epoch, read; // the history he reads, and how far he is
    hash_t leaf;          // of the last event read
    uint64_t question;    // the last one; answers to others are past
    instant_t asked_at;
    uint64_t checked_epoch, checked; // the checkpoint: leaves, 0 for none
    instant_t checked_at;
    hash_t root;
} audited_t;

// A statement that is read page by page, newest first.
typedef struct {
    unsigned account;
    size_t left;         // postings that are still to come
    instant_t begun, at; // true time; the stamp of the last row
    bool at_border;      // a page begins
} statement_t;

typedef struct {
    draw_t draw;
    audited_t of[PROCESSES + 2]; // the last two: of the ledger's balances and statements
    unsigned account;            // whose balance was asked for
    statement_t statement;       // being read
    uint64_t questions;
    draw_t payments_draw;
    uint64_t payment; // the invoice that was asked for, 0 for none
} auditor_t;

void auditor_begin(world_t *world);
// number: index of what was asked | question << 8.
// What payment says of an invoice that he asked for.
void auditor_told(world_t *world, bytes_t answer);
void auditor_answered(world_t *world, uint64_t number, const void *bytes, size_t size);
