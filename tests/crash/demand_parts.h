#pragma once
// demand_parts - what the files of demand share; nobody else includes this.
#include "tests/crash/history.h"
#include "tests/crash/demand.h"

demand_t *demand_new(const core_t *core, const void *settings, uint64_t seed);
void demand_say(demand_t *self, node_t *node, request_t *request, role_t role);
// That many commands under ids that no run has said.
void demand_say_new(const demand_t *self, node_t *node, unsigned batch, unsigned count,
                    request_t (*draw_one)(draw_t *draw), role_t role);
void demand_fact(demand_t *self, size_t upstream, event_t *event);
void demand_answer(demand_t *self, node_t *node);

void demand_ledger_give(demand_t *self, node_t *node);
void demand_ledger_go_on(const demand_t *self, node_t *node, unsigned batch);
void demand_payment_give(demand_t *self, node_t *node);
void demand_payment_go_on(const demand_t *self, node_t *node, unsigned batch);
void demand_payment_published(demand_t *self, const output_t *output);
void demand_payment_outside(demand_t *self, const output_t *output);
