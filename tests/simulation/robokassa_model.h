#pragma once
// robokassa_model - an independent model of Robokassa: it takes charges and questions, moves the
// money or not, and tells of it by signed notices or not at all, from a seed. It shares no code
// with the client; what it captured is the truth that the checker holds the journals against.
//
// Units: kopecks. Threads: one.
#include "proto/core.h"
#include "services/payment/payment_core.h"
#include "tests/simulation/draw.h"
#include "tests/simulation/schedule.h"

typedef enum {
    OPERATION_PENDING,
    OPERATION_PAID,
    OPERATION_CANCELLED,
    OPERATION_RETURNED,
    OPERATION_HANGS // the payer's money is here and not yet the shop's
} operation_state_t;

typedef struct {
    uint64_t invoice;
    kopecks_t amount; // asked for
    kopecks_t paid;   // what came; another amount once in a while
    char token[40];
    bool charge; // of a saved card; else a payer's top-up
    operation_state_t state;
    unsigned captures, requests, notices;
    bool acknowledged;
    bool unanswered;     // the charge's answer was lost
    bool late;           // paid after payment had stopped asking
    bool stubborn;       // its notice is repeated for days, whatever is answered
    instant_t answer_at; // when the charge's answer reaches payment
    instant_t paid_at;
    kopecks_t refunded; // what was taken back of it, under way or done
    kopecks_t second;   // what the payer paid once more, for the same invoice; 0 if he did not
    kopecks_t second_refunded;
    bool second_told; // payment has answered a notice of it
    unsigned second_notices;
    instant_t second_at;
    bool receipt_told; // payment was told that its first receipt is registered
    char tax[16];      // of the receipt that came with it; "" if none did
} operation_t;

// A second receipt at the tax service's door.
typedef struct {
    uint64_t number, invoice;
    kopecks_t total, vat;
    char tax[16];
    instant_t registers_at;
    bool refused, told; // told: payment was told that it is registered
} receipt_operation_t;

// What the refund service took; its number there is its index.
typedef struct {
    uint64_t invoice, number; // number: payment's
    kopecks_t amount;
    bool second; // of the invoice's second payment
    enum {
        REFUND_OPERATION_PROCESSING,
        REFUND_OPERATION_FINISHED,
        REFUND_OPERATION_CANCELED
    } state;
} refund_operation_t;

enum { OPERATIONS_MAX = 100000, REFUNDS_MAX = 4096, RECEIPTS_MAX = 8192 };

typedef struct {
    draw_t draw;
    operation_t *operations;
    size_t count, cap;
    instant_t maintenance_until;
    draw_t refunds_draw; // of refunds alone, so that the worlds without any stay what they were
    refund_operation_t refunds[REFUNDS_MAX];
    size_t refunds_count;
    draw_t receipts_draw; // likewise
    draw_t seconds_draw;  // likewise
    receipt_operation_t receipts[RECEIPTS_MAX];
    size_t receipts_count;
} robokassa_model_t;

// `returns`: money that its customer does not allow goes back by itself. `receipts`: they are
// followed.
const payment_settings_t *robokassa_model_settings(bool returns, bool receipts);
void robokassa_model_init(robokassa_model_t *self, uint64_t seed);
void robokassa_model_release(robokassa_model_t *self);
operation_t *robokassa_model_find(const robokassa_model_t *self, uint64_t invoice);

// Payment was told that the first or the second receipt of that payment is registered.
bool robokassa_model_is_registered(const robokassa_model_t *self, uint64_t invoice, bool second);

void robokassa_model_begin(world_t *world);
// A request of payment's; its result comes back to that life of the process.
void robokassa_model_take(world_t *world, const outside_t *request);
// A payer follows the link of a top-up, and pays perhaps.
void robokassa_model_follow(world_t *world, text_t link);
// Whoever has an open form of this account pays it now.
void robokassa_model_hurry(world_t *world, unsigned account);
// payment's answer to a notice.
void robokassa_model_answered(world_t *world, uint64_t notice, fail_t fail);
