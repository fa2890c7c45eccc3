#pragma once
// posting - the system accounts and the kinds of posting: who stands on the other side, and why.
// Both are families of proto/codes.def: system_account and posting_kind.
//
// System accounts exist once per ledger (per partition), have numbers below 64 and the well-known
// ids 00000000-0000-8000-8000-0000000000NN. A customer's balance is what we owe him: a credit
// raises it.
#include "proto/codes.h"
#include "proto/money.h"
#include "proto/types.h"

enum { SYSTEM_END = 64 }; // customer accounts are numbered from here

// Which balance of the customer a kind moves: cash, bonus, or bonus first and the rest cash.
typedef enum { WALLET_NONE, WALLET_CASH, WALLET_BONUS, WALLET_BONUS_FIRST } wallet_t;

uid_t16 posting_system_id(uint64_t number);
// The number of a well-known system id, 0 if it is not one (then it is a customer's).
uint64_t posting_system_number(const uid_t16 *id);
const char *posting_system_title(uint64_t number); // NULL if there is no such system account
const char *posting_kind_title(uint64_t kind);     // NULL if there is no such kind
// May a posting of that kind debit the one and credit the other? 0 stands for a customer's account.
// Each kind has its pair: a bonus is paid by promo expense, a bank transfer comes from the bank.
// Suspense stands for whoever is not known: for a customer as well as for his opposite.
bool posting_pair_fits(uint64_t kind, uint64_t debit, uint64_t credit);
//@ assigns \nothing;
// The category of service that a charge of that kind (resource_kind_t) is of; 0 for an unknown one.
category_t posting_category(uint64_t kind);
wallet_t posting_wallet(uint64_t kind); // WALLET_NONE for an unknown kind too
// The reference of a posting that credits a payment: eight zero bytes and its number, the highest
// byte first. Back: 0 if it is no such reference, as in postings from before there were any.
uid_t16 posting_payment_reference(uint64_t number);
uint64_t posting_payment_number(const uid_t16 *reference);
// The reference of the postings of a bank transfer: the first half of what identifies it.
uid_t16 posting_transfer_reference(const hash_t *identity);
// The references of postings of promo codes' bonuses; neither is one of a payment. Of the one that
// came with a top-up: 0xb0, zero bytes, and the top-up's number. Of a gift: 0xb1 and bytes 1 to 15
// of SHA-256 over the code's HMAC and the account's id.
uid_t16 posting_bonus_reference(uint64_t invoice);
uid_t16 posting_gift_reference(const hash_t *hmac, const uid_t16 *account);
// Of a welcome balance, which an account has once: 0xb2 and bytes 1 to 15 of SHA-256 over its id.
// Of the bonus for a missed service level: 0xb3, and over the id and the month, eight bytes, the
// highest first.
uid_t16 posting_welcome_reference(const uid_t16 *account);
uid_t16 posting_level_reference(const uid_t16 *account, uint64_t month);
// Do postings of that kind take what was paid back from a customer, or, credited to him, say that
// it came to nothing? Refunds and what is held for them, and chargebacks.
//@ assigns \nothing;
static inline bool posting_takes_back(uint64_t kind)
{
    return kind == POSTING_REFUND || kind == POSTING_CHARGEBACK || kind == POSTING_HOLD ||
           kind == POSTING_RELEASE;
}
// What refunds and chargebacks have taken from a customer since his last usage: `before`, moved by
// one more posting that debited or credited him. Example: 300 after a refund of 300, 200 when 100
// of it came back, 0 after the next usage. Source: docs/rules.md "Refunds and chargebacks".
//@ assigns \nothing;
kopecks_t posting_returned(kopecks_t before, uint64_t kind, bool debited, kopecks_t amount);
// The kind of the posting that credits a payment of that payment_kind_t.
posting_kind_t posting_kind_of(uint64_t payment_kind);
