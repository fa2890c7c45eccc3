#pragma once
// ledger_transfer - a posting in the making: the rules of who may stand on its sides, how much of
// it the bonus bears, what bounds it must keep, and the events it comes to.
//
// Units: kopecks. Failures: texts, and yes or no. Threads: any that may read the state.
// Source: docs/rules.md "Double entry", "Bonus first"; proto/posting.h says which balance a kind
// moves.
#include "services/ledger/ledger_state.h"

// Between a customer and a system account, or, when `customer` is zero, two system accounts.
typedef struct {
    uid_t16 customer;
    uint32_t debit, credit; // numbers of system accounts; 0 stands for the customer
    kopecks_t amount;
    uint32_t kind;
    bool parted; // a charge of an account that has bonuses that end: ledger_transfer_part sets it
    uid_t16 reference;
    union {
        kopecks_t bonus;  // POSTING_CREDIT: how much of the amount is given back as bonus
        kopecks_t barred; // POSTING_CHARGE: how much of the bonus may not pay it
    };
    uint64_t lot;      // POSTING_HOLD, _RELEASE, _LAPSE, _BEGUN: the only lot that it moves
    instant_t hour;    // POSTING_CHARGE: the end of the hour of its service; 0 if nobody knows
    uint64_t category; // POSTING_CHARGE: of its service; 0 if nobody knows
    kopecks_t apart;   // POSTING_CHARGE: how much of it is paid by bonuses that stand apart
} ledger_transfer_t;

/*@ requires \valid_read(transfer);
  @ assigns \nothing;
  @ ensures \result <==> transfer->debit != 0 && transfer->credit != 0; */
static inline bool ledger_transfer_is_internal(const ledger_transfer_t *transfer)
{
    return transfer->debit != 0 && transfer->credit != 0;
}

// Does it take back what was given: a refund, a chargeback, a bonus that goes? Such a one is a
// command of its own, decided against what is there at that moment, and no item of a feed.
bool ledger_transfer_takes_back(const ledger_transfer_t *transfer);
// A refund, or a bonus that goes, and there is less than that: of the customer, or in suspense.
bool ledger_transfer_exceeds(const ledger_state_t *self, const ledger_transfer_t *transfer,
                             const ledger_row_t *row);

// The rules that need no state. NULL, or the text of what is wrong.
const char *ledger_transfer_read(const event_posting_requested_t *wish,
                                 ledger_transfer_t *ret_transfer);

// Would every balance that it moves stay within the bound? `row` is not used between systems.
/*@ requires \valid_read(self) && \valid_read(transfer) && \valid_read(row);
  @ requires transfer->debit < SYSTEM_END && transfer->credit < SYSTEM_END;
  @ requires 0 <= transfer->amount && 0 <= bound <= LEDGER_BALANCE_MAX;
  @ requires 0 <= transfer->barred;
  @ assigns \nothing;
  @ ensures \result && transfer->debit != 0
  @         ==> -bound <= self->systems[transfer->debit] - transfer->amount <= bound;
  @ ensures \result && transfer->credit != 0
  @         ==> -bound <= self->systems[transfer->credit] + transfer->amount <= bound;
  @ ensures \result && transfer->debit == 0 && transfer->credit != 0
  @         ==> -bound <= self->customers - transfer->amount <= bound;
  @ ensures \result && transfer->credit == 0 && transfer->debit != 0
  @         ==> -bound <= self->customers + transfer->amount <= bound; */
bool ledger_transfer_fits(const ledger_state_t *self, const ledger_transfer_t *transfer,
                          const ledger_row_t *row, kopecks_t bound);

// Adds the events of a transfer that fits: account.opened before an account's first posting,
// account.restored after the one that ends its exhaustion. `index` is the customer's row,
// TABLE_NONE for none yet.
void ledger_transfer_add(const ledger_state_t *self, decision_t *out,
                         const ledger_transfer_t *transfer, uint32_t index);

// Of a customer who has an account, first what moves bonus, then what moves cash: each that is not
// of 0 kopecks. In one decision no other two of one account can be added.
void ledger_transfer_add_both(const ledger_state_t *self, decision_t *out,
                              const ledger_transfer_t transfers[2], uint32_t index);

// Of a charge: which of the account's bonuses may pay it. Before it is asked whether it fits.
// One that the current lot covers is of that one.
void ledger_transfer_part_ending(const ledger_state_t *self, ledger_transfer_t *transfer,
                                 const ledger_row_t *row);
static inline void ledger_transfer_part(const ledger_state_t *self, ledger_transfer_t *transfer,
                                        const ledger_row_t *row)
{
    if (transfer->kind == POSTING_CHARGE && row->purse.bonus && transfer->amount > row->purse.cover)
        ledger_transfer_part_ending(self, transfer, row);
}
// Can its account take it? *ret_index is the account's row, TABLE_NONE for none yet.
bool ledger_transfer_has_place(const ledger_state_t *self, ledger_transfer_t *transfer,
                               uint32_t *ret_index);
// To suspense instead, with the account as reference. FAIL_OVERFLOW where a system account would
// leave int64.
fail_t ledger_transfer_suspend(const ledger_state_t *self, decision_t *out,
                               ledger_transfer_t *transfer);
// For money that is never refused: adds it to the customer's account, opening that if need be, or,
// where that is not possible, to suspense with the account as reference. FAIL_OVERFLOW where a
// system account would leave int64.
fail_t ledger_transfer_place(const ledger_state_t *self, decision_t *out,
                             ledger_transfer_t *transfer);
