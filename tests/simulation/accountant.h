#pragma once
// accountant - who issues acts: some days after each quarter of Moscow, and again while anybody has
// none, from what is durable of the journals then, and advance invoices of what was paid.
//
//   I23 an act is what metering charged its company up to the quarter's end and what stands in no
//       act before, in the quarters since it was registered, less what bonuses paid; acts are one
//       series a year, and so are advance and shipment invoices; each company has its acts. Held by
//       fold_acts.c, which shares nothing with what the acts are made by.
// Threads: one.
#include "proto/event.h"
#include "services/documents/act_fold.h"
#include "tests/simulation/draw.h"

typedef struct world world_t;

typedef struct {
    draw_t draw;
} accountant_t;

void accountant_init(accountant_t *self, uint64_t seed);
void accountant_begin(world_t *world);
