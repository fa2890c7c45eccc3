#pragma once
// promotions - promo codes in a run that is about them: operators begin campaigns and add words,
// customers enter them, right and wrong ones, and a top-up that brought a bonus is refunded or
// charged back under its number.
//
//   I20 no limit of a code, a campaign, an account or a budget is passed, what is reserved is kept
//       up to its end, and a bonus is what its terms say: verify_promo on payment's journal
//   I21 a bonus is given once, only with its top-up's money, and goes back with what of that goes
//       back: verify_bonus on the ledger's journal, and at the end nothing waits
//
// Operators give bonuses that end, and end some before their time; what I19 makes of that is
// fold_lots', and at the end none is left that is over (I13).
//
// Both checkers share no code with the cores. A journal that is read anew is checked anew.
// Threads: one.
#include "tests/simulation/draw.h"
#include "tests/simulation/fold_list.h"
#include "tests/simulation/process.h"
#include "tools/kopeck/verify_bonus.h"
#include "tools/kopeck/verify_promo.h"

typedef struct {
    uint64_t invoice;
    unsigned account;
    int64_t bonus, topup, returned, due;
    int64_t by_hand[2]; // of `returned`: refunds and chargebacks that may come back
} promotion_t;

typedef struct {
    draw_t draw;
    verify_report_t reports[2]; // payment's and the ledger's
    verify_promo_t promo;
    verify_bonus_t bonus;
    uint64_t before;            // the payment that the ledger's last posting names
    fold_list_t given;          // promotion_t, of the ledger's journal
    fold_list_t told, withheld; // uid_t16: references that payment's journal and the ledger's have
} promotions_t;

void promotions_init(world_t *world);
void promotions_release(world_t *world);
void promotions_begin(world_t *world);
// Every event of a journal from its first one on.
void promotions_fold(world_t *world, process_name_t process, const event_t *event,
                     uint64_t sequence);
// Is it a posting of a bonus, or of what goes back of one, that nobody ordered?
bool promotions_is_posting(const event_t *event);
void promotions_check(world_t *world); // at the end
