#pragma once
// robokassa_parts - the inside of the model of Robokassa, shared by its files: robokassa_model.c
// (operations, money, notices), robokassa_answers.c (what payment and payers ask),
// robokassa_refunds.c and robokassa_receipts.c. Nobody else
// includes this.
#include "tests/simulation/robokassa_model.h"
#include "tests/simulation/world.h"

enum { ROBOKASSA_TEXT_MAX = 1024 };

operation_t *robokassa_add(robokassa_model_t *self, const operation_t *operation);
bool robokassa_faulty(world_t *world, unsigned per_million); // never in the calm days
bool robokassa_is_maintained(const world_t *world);
step_fn robokassa_settle; // number: of the operation
// Base64url without padding, to a text with a zero byte; false if it is none, or too long.
bool robokassa_unpack(const uint8_t *data, size_t data_size, char *text, size_t text_size);
void robokassa_take_receipt(world_t *world, const outside_t *request);
void robokassa_take_receipt_state(world_t *world, const outside_t *request);
void robokassa_take_refund(world_t *world, const outside_t *request);
void robokassa_take_refund_state(world_t *world, const outside_t *request);
