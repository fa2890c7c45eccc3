#pragma once
// posting - the system accounts and the kinds of posting: who stands on the other side, and why.
//
// System accounts exist once per ledger (per partition), have numbers below 64 and the well-known
// ids 00000000-0000-8000-8000-0000000000NN. A customer's balance is what we owe him: a credit
// raises it.
#include "proto/types.h"

// SYSTEM(name, number, "title")
#define SYSTEM_LIST(SYSTEM)                                                                        \
    SYSTEM(SYSTEM_REVENUE, 1, "revenue")                                                           \
    SYSTEM(SYSTEM_CLEARING, 2, "Robokassa clearing")                                               \
    SYSTEM(SYSTEM_BANK, 3, "bank")                                                                 \
    SYSTEM(SYSTEM_FEES, 4, "fees")                                                                 \
    SYSTEM(SYSTEM_PROMO, 5, "promo expense")                                                       \
    SYSTEM(SYSTEM_SUSPENSE, 6, "suspense")                                                         \
    SYSTEM(SYSTEM_REFUNDS, 7, "refunds")                                                           \
    SYSTEM(SYSTEM_CHARGEBACKS, 8, "chargebacks")                                                   \
    SYSTEM(SYSTEM_LOST_USAGE, 9, "lost usage")

// POSTING(name, number, wallet, "title"): wallet says which balance of the customer moves: cash,
// bonus, or bonus first and the rest cash.
#define POSTING_LIST(POSTING)                                                                      \
    POSTING(POSTING_CHARGE, 1, WALLET_BONUS_FIRST, "usage")                                        \
    POSTING(POSTING_TOPUP, 2, WALLET_CASH, "top-up")                                               \
    POSTING(POSTING_AUTOPAY, 3, WALLET_CASH, "autopay payment")                                    \
    POSTING(POSTING_BANK, 4, WALLET_CASH, "bank transfer")                                         \
    POSTING(POSTING_BONUS, 5, WALLET_BONUS, "bonus")                                               \
    POSTING(POSTING_REFUND, 6, WALLET_CASH, "refund")                                              \
    POSTING(POSTING_CHARGEBACK, 7, WALLET_CASH, "chargeback")                                      \
    POSTING(POSTING_CORRECTION, 8, WALLET_CASH, "correction")                                      \
    POSTING(POSTING_SETTLEMENT, 9, WALLET_NONE, "settlement")                                      \
    POSTING(POSTING_FEE, 10, WALLET_NONE, "fee")

typedef enum { WALLET_NONE, WALLET_CASH, WALLET_BONUS, WALLET_BONUS_FIRST } wallet_t;

typedef enum {
#define SYSTEM(name, number, title) name = number,
    SYSTEM_LIST(SYSTEM)
#undef SYSTEM
        SYSTEM_END = 64 // customer accounts are numbered from here
} system_account_t;

typedef enum {
    POSTING_NONE = 0,
#define POSTING(name, number, wallet, title) name = number,
    POSTING_LIST(POSTING)
#undef POSTING
} posting_kind_t;

uid_t16 posting_system_id(uint64_t number);
// The number of a well-known system id, 0 if it is not one (then it is a customer's).
uint64_t posting_system_number(const uid_t16 *id);
const char *posting_system_title(uint64_t number); // NULL if there is no such system account
const char *posting_kind_title(uint64_t kind);     // NULL if there is no such kind
//@ assigns \nothing;
wallet_t posting_wallet(uint64_t kind); // WALLET_NONE for an unknown kind too
