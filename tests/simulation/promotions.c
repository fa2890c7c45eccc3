#include "tests/simulation/promotions.h"
#include "proto/posting.h"
#include "tests/simulation/customers.h"
#include "tests/simulation/fold_parts.h"
#include "tests/simulation/world.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LOOK_EVERY_US (3 * HOUR_US)
#define LAST_ACTION_US DAY_US // before the end nobody begins anything new

static const char *const words[] = {"WELCOME2026", "BIRTHDAY", "SPRINGTIME"};
enum { WORDS = sizeof words / sizeof *words };

// --- checkers ---

static void say(void *arg, const violation_t *violation)
{
    world_violate(arg, violation->stream == STREAM_PAYMENT ? "I20" : "I21",
                  "%" PRIu64 ": %s: expected %s, found %s", violation->sequence, violation->rule,
                  violation->expected, violation->found);
}

void promotions_init(world_t *world)
{
    promotions_t *self = &world->promotions;
    *self = (promotions_t){.draw = draw_fork(world->scenario.seed, 11)};
    for (unsigned i = 0; i < 2; i++)
        self->reports[i] = (verify_report_t){.say = say, .arg = world};
    verify_promo_init(&self->promo, &self->reports[0]);
    verify_bonus_init(&self->bonus, &self->reports[1]);
}

void promotions_release(world_t *world)
{
    promotions_t *self = &world->promotions;
    verify_promo_release(&self->promo);
    verify_bonus_release(&self->bonus);
    free(self->given.rows);
    free(self->told.rows);
    free(self->withheld.rows);
}

// A journal is read from its first event on.
static void begin_anew(promotions_t *self, process_name_t process)
{
    if (process == PAYMENT) {
        verify_promo_release(&self->promo);
        verify_promo_init(&self->promo, &self->reports[0]);
        self->told.count = 0;
    } else {
        verify_bonus_release(&self->bonus);
        verify_bonus_init(&self->bonus, &self->reports[1]);
        self->given.count = self->withheld.count = 0;
    }
}

static bool holds(const fold_list_t *list, const uid_t16 *reference)
{
    const uid_t16 *rows = list->rows;
    for (size_t i = 0; i < list->count; i++)
        if (uid_equal(&rows[i], reference))
            return true;
    return false;
}

static void note(fold_list_t *list, const uid_t16 *reference)
{
    *(uid_t16 *)fold_add(list, sizeof *reference) = *reference;
}

// --- payment's journal ---

static void fold_promo(world_t *world, const event_t *event, uint64_t sequence)
{
    promotions_t *self = &world->promotions;
    uid_t16 reference;
    verify_promo_feed(&self->promo, sequence, event);
    switch (event->type) {
    case EVENT_promo_reserved:
        world_reach(world, REACH_PROMO_RESERVED);
        break;
    case EVENT_promo_refused:
        world_reach(world, REACH_PROMO_REFUSED);
        break;
    case EVENT_promo_released:
        world_reach(world, REACH_PROMO_RELEASED);
        break;
    case EVENT_promo_redeemed:
        reference = posting_bonus_reference(event->promo_redeemed.invoice);
        if (event->promo_redeemed.amount)
            note(&self->told, &reference);
        world_reach(world, REACH_PROMO_REDEEMED);
        break;
    case EVENT_promo_given:
        reference = posting_gift_reference(&event->promo_given.hmac, &event->promo_given.account);
        note(&self->told, &reference);
        world_reach(world, REACH_PROMO_GIVEN);
        break;
    case EVENT_promo_welcomed:
        reference = posting_welcome_reference(&event->promo_welcomed.account);
        note(&self->told, &reference);
        world_reach(world, REACH_PROMO_WELCOMED);
        break;
    default:
        break;
    }
}

// --- the ledger's journal ---

static promotion_t *given_with(promotions_t *self, uint64_t invoice)
{
    promotion_t *rows = self->given.rows;
    for (size_t i = 0; i < self->given.count; i++)
        if (invoice && rows[i].invoice == invoice)
            return &rows[i];
    return NULL;
}

static void take_given(world_t *world, const event_bonus_given_t *given)
{
    promotion_t *row = fold_add(&world->promotions.given, sizeof *row);
    *row = (promotion_t){.invoice = given->invoice,
                         .account = fold_account_of(world, &given->account),
                         .bonus = given->amount,
                         .topup = given->topup};
    if (given->invoice && fold_credits(&world->fold, given->invoice) == 0)
        world_violate(world, "I21", "the bonus of invoice %" PRIu64 ", which was never credited",
                      given->invoice);
}

static void take_withheld(world_t *world, const event_bonus_withheld_t *withheld)
{
    uid_t16 number = withheld->reference;
    number.bytes[0] = 0;
    uint64_t invoice = posting_payment_number(&number);
    if (!withheld->repeated && invoice && fold_credits(&world->fold, invoice))
        world_violate(world, "I21", "the bonus of invoice %" PRIu64 " withheld, which is credited",
                      invoice);
    note(&world->promotions.withheld, &withheld->reference);
    if (withheld->repeated)
        world_reach(world, REACH_PROMO_REPEATED);
}

static void take_posted(promotions_t *self, const event_posted_t *posted)
{
    promotion_t *row = given_with(self, posting_payment_number(&posted->reference));
    self->before = posting_payment_number(&posted->reference);
    bool internal = posted->debit < SYSTEM_END && posted->credit < SYSTEM_END;
    if (!row || internal || (posted->kind != POSTING_REFUND && posted->kind != POSTING_CHARGEBACK))
        return;
    int64_t moved = posted->debit >= SYSTEM_END ? posted->amount : -posted->amount;
    row->returned += moved;
    row->by_hand[posted->kind == POSTING_CHARGEBACK] += moved;
}

// What was held of a top-up has left.
static void take_settled(promotions_t *self, const event_refund_settled_t *settled)
{
    promotion_t *row = given_with(self, self->before);
    if (row && settled->left && settled->held)
        row->returned += settled->amount;
}

static void take_clawed(world_t *world, const event_bonus_clawed_t *clawed)
{
    promotion_t *row = given_with(&world->promotions, clawed->invoice);
    if (row)
        row->due = clawed->due;
    world_reach(world, clawed->owed ? REACH_PROMO_OWED : REACH_PROMO_CLAWED);
}

static void take_regained(world_t *world, const event_bonus_regained_t *regained)
{
    promotion_t *row = given_with(&world->promotions, regained->invoice);
    if (row)
        row->due = regained->due;
    world_reach(world, regained->cleared ? REACH_PROMO_CLEARED : REACH_PROMO_REGAINED);
}

static void fold_bonus(world_t *world, const event_t *event, uint64_t sequence)
{
    promotions_t *self = &world->promotions;
    verify_bonus_feed(&self->bonus, sequence, event);
    if (event->type == EVENT_posted)
        take_posted(self, &event->posted);
    else if (event->type == EVENT_bonus_given)
        take_given(world, &event->bonus_given);
    else if (event->type == EVENT_bonus_withheld)
        take_withheld(world, &event->bonus_withheld);
    else if (event->type == EVENT_refund_settled)
        take_settled(self, &event->refund_settled);
    else if (event->type == EVENT_bonus_clawed)
        take_clawed(world, &event->bonus_clawed);
    else if (event->type == EVENT_bonus_regained)
        take_regained(world, &event->bonus_regained);
}

void promotions_fold(world_t *world, process_name_t process, const event_t *event,
                     uint64_t sequence)
{
    if (process != PAYMENT && process != LEDGER)
        return;
    if (sequence == 1)
        begin_anew(&world->promotions, process);
    if (process == PAYMENT)
        fold_promo(world, event, sequence);
    else
        fold_bonus(world, event, sequence);
}

bool promotions_is_posting(const event_t *event)
{
    const event_posted_t *posted = &event->posted;
    bool given = event->cause.stream == STREAM_PAYMENT && posted->kind == POSTING_BONUS;
    bool by_operator =
        posted->kind == POSTING_LAPSE ||
        (posted->kind == POSTING_BONUS && uid_equal(&posted->reference, &event->cause.command));
    bool ordered = event->cause.stream != STREAM_NONE || !uid_is_zero(&event->cause.command);
    return given || by_operator || posted->kind == POSTING_APART || posted->kind == POSTING_BEGUN ||
           (!ordered && (posted->credit == SYSTEM_PROMO || posted->debit == SYSTEM_PROMO));
}

// --- at the end ---

void promotions_check(world_t *world)
{
    promotions_t *self = &world->promotions;
    const promotion_t *rows = self->given.rows;
    const uid_t16 *told = self->told.rows;
    for (size_t i = 0; i < self->given.count; i++) {
        int64_t part = rows[i].returned < rows[i].topup ? rows[i].returned : rows[i].topup;
        int64_t due = part > 0 ? rows[i].bonus * part / rows[i].topup : 0;
        if (rows[i].due != due)
            world_violate(world, "I21",
                          "of the bonus of invoice %" PRIu64 " %" PRId64 " went back and %" PRId64
                          " are due",
                          rows[i].invoice, rows[i].due, due);
    }
    for (unsigned i = 0; i < world->profile.accounts; i++) {
        instant_t closed = world->fold.closed - 2 * HOUR_US;
        uint64_t lot = fold_lots_over(&world->fold.accounts[i].purse, closed);
        if (lot)
            world_violate(world, "I13", "the bonus of lot %" PRIu64 " is over and has not lapsed",
                          lot);
        lot = fold_lots_overdue(&world->fold.accounts[i].purse, closed);
        if (lot)
            world_violate(world, "I13", "the bonus of lot %" PRIu64 " has not begun", lot);
    }
    for (size_t i = 0; i < self->told.count; i++)
        if (table_find(&self->bonus.given, &told[i]) == TABLE_NONE &&
            !holds(&self->withheld, &told[i]))
            world_violate(world, "I13", "a bonus that payment tells of was never given");
}

// --- operators ---

// For one service, from later on, or for new accounts alone.
static void narrow(world_t *world, request_promo_begin_t *begin)
{
    draw_t *draw = &world->promotions.draw;
    if (draw_chance(draw, 500000))
        begin->category = CATEGORY_COMPUTE + draw_below(draw, CODES_COUNT_category - 1);
    if (draw_chance(draw, 400000))
        begin->begins = world->now + draw_span(draw, MINUTE_US, 2 * DAY_US);
    if (draw_chance(draw, 300000)) {
        begin->new_us = draw_span(draw, HOUR_US, DAY_US);
        world_reach(world, REACH_APART_NEW);
    }
}

// The first campaign is of welcome balances, for accounts are opened early.
static void begin_welcome(world_t *world)
{
    request_t request = {.type = REQUEST_promo_begin};
    request.promo_begin =
        (request_promo_begin_t){.kind = PROMO_WELCOME, .value = 700, .in_all = 5, .budget = 2900};
    customers_order(world, PAYMENT, ROLE_OPERATOR, 0, &request);
}

static void begin_campaign(world_t *world, uint32_t number)
{
    // Few uses and small sums, so that many customers meet an end.
    static const request_promo_begin_t campaigns[WORDS] = {
        {.kind = PROMO_PERCENT, .value = 3000, .cap = 5000, .in_all = 6, .budget = 22000},
        {.kind = PROMO_GIFT, .value = 1500, .in_all = 4, .per_account = 1, .life_us = 40 * HOUR_US},
        {.kind = PROMO_FIXED, .value = 4000, .budget = 18000, .first_topup = true}};
    request_t request = {.type = REQUEST_promo_begin, .promo_begin = campaigns[number]};
    if (draw_chance(&world->promotions.draw, 500000))
        request.promo_begin.life_us = draw_below(&world->promotions.draw, 3 * DAY_US) + 1;
    if (world->profile.apart)
        narrow(world, &request.promo_begin);
    customers_order(world, PAYMENT, ROLE_OPERATOR, 0, &request);
}

static void add_word(world_t *world, uint32_t number)
{
    request_t request = {.type = REQUEST_promo_add};
    request.promo_add.campaign = number + 2; // behind the welcome
    request.promo_add.code = text_of(words[number]);
    customers_order(world, PAYMENT, ROLE_OPERATOR, 0, &request);
}

// A top-up with a bonus goes back under its number: a part by a refund, or all by a chargeback.
static void take_back(world_t *world)
{
    promotions_t *self = &world->promotions;
    const promotion_t *rows = self->given.rows;
    size_t at = draw_below(&self->draw, self->given.count);
    if (!self->given.count || !rows[at].invoice || rows[at].returned >= rows[at].topup)
        return;
    int64_t left = rows[at].topup - rows[at].returned,
            cash = world->fold.accounts[rows[at].account].cash;
    bool refund = draw_chance(&self->draw, 500000) && cash > 0;
    int64_t part = 1 + (int64_t)draw_below(&self->draw, (uint64_t)(left < cash ? left
                                                                   : cash > 0  ? cash
                                                                               : 1));
    request_t request = {.type = REQUEST_post};
    request.post.debit = platform_model_account(rows[at].account);
    request.post.credit = posting_system_id(refund ? SYSTEM_REFUNDS : SYSTEM_CHARGEBACKS);
    request.post.amount = refund ? part : left;
    request.post.kind = refund ? POSTING_REFUND : POSTING_CHARGEBACK;
    request.post.reference = posting_payment_reference(rows[at].invoice);
    fold_lot_t lot;
    if (!refund &&
        fold_lots_paid(&world->fold.accounts[rows[at].account].purse, rows[at].invoice, &lot)) {
        request.post.lot = lot.number;
        world_reach(world, REACH_CHARGEBACK_OF_ITS_LOT);
    }
    customers_order(world, LEDGER, ROLE_OPERATOR, rows[at].account, &request);
}

// A refund that failed elsewhere comes back, and a dispute is won, in whole or in part.
static void bring_back(world_t *world)
{
    promotions_t *self = &world->promotions;
    const promotion_t *rows = self->given.rows;
    size_t at = draw_below(&self->draw, self->given.count);
    unsigned chargeback = draw_chance(&self->draw, 500000);
    if (!self->given.count || rows[at].by_hand[chargeback] <= 0)
        return;
    bool whole = draw_chance(&self->draw, 600000);
    int64_t all = rows[at].by_hand[chargeback];
    request_t request = {.type = REQUEST_post};
    request.post.debit = posting_system_id(chargeback ? SYSTEM_CHARGEBACKS : SYSTEM_REFUNDS);
    request.post.credit = platform_model_account(rows[at].account);
    request.post.amount = whole ? all : 1 + (int64_t)draw_below(&self->draw, (uint64_t)all);
    request.post.kind = chargeback ? POSTING_CHARGEBACK : POSTING_REFUND;
    request.post.reference = posting_payment_reference(rows[at].invoice);
    customers_order(world, LEDGER, ROLE_OPERATOR, rows[at].account, &request);
}

static void give_apart(draw_t *draw, request_bonus_give_t *bonus, instant_t now)
{
    if (draw_chance(draw, 400000))
        bonus->until = 0;
    if (draw_chance(draw, 600000))
        bonus->category = CATEGORY_COMPUTE + draw_below(draw, CODES_COUNT_category - 1);
    if (draw_chance(draw, 500000))
        bonus->begins = now + draw_span(draw, SECOND_US, DAY_US);
    if (bonus->until && bonus->until <= bonus->begins)
        bonus->until = bonus->begins + HOUR_US;
}

// Bonuses with an end, of which some are ended before it.
static void give(world_t *world)
{
    draw_t *draw = &world->promotions.draw;
    unsigned account = (unsigned)draw_below(draw, world->profile.accounts);
    request_t request = {.type = REQUEST_bonus_give};
    request.bonus_give.account = platform_model_account(account);
    request.bonus_give.amount = 1 + (int64_t)draw_below(draw, 500);
    request.bonus_give.until = world->now + draw_span(draw, HOUR_US / 2, 2 * DAY_US);
    if (world->profile.apart)
        give_apart(draw, &request.bonus_give, world->now);
    customers_order(world, LEDGER, ROLE_OPERATOR, account, &request);
}

static void end(world_t *world)
{
    draw_t *draw = &world->promotions.draw;
    unsigned account = (unsigned)draw_below(draw, world->profile.accounts);
    request_t request = {.type = REQUEST_bonus_void};
    request.bonus_void.account = platform_model_account(account);
    request.bonus_void.lot =
        fold_lots_any(&world->fold.accounts[account].purse, draw, &request.bonus_void.amount);
    if (request.bonus_void.lot)
        customers_order(world, LEDGER, ROLE_OPERATOR, account, &request);
}

// What a journal that was put back does not have is begun again.
static void look(world_t *world, const step_t *step)
{
    promotions_t *self = &world->promotions;
    uint32_t campaigns = table_used(&self->promo.campaigns);
    uint32_t codes = table_used(&self->promo.codes);
    (void)step;
    if (world->now > world->end - LAST_ACTION_US)
        return;
    if (!campaigns)
        begin_welcome(world);
    else if (campaigns <= WORDS)
        begin_campaign(world, campaigns - 1);
    if (codes + 1 < campaigns && codes < WORDS)
        add_word(world, codes);
    if (draw_chance(&self->draw, 400000))
        take_back(world);
    if (draw_chance(&self->draw, 300000))
        bring_back(world);
    if (draw_chance(&self->draw, 600000))
        give(world);
    if (draw_chance(&self->draw, 50000))
        end(world);
    world_after(world, draw_span(&self->draw, HOUR_US / 4, LOOK_EVERY_US), look, NULL, 0);
}

// --- customers ---

static void enter(world_t *world, const step_t *step)
{
    promotions_t *self = &world->promotions;
    unsigned account = (unsigned)step->number;
    request_t request = {.type = REQUEST_promo_apply};
    if (world->now > world->end - LAST_ACTION_US)
        return;
    bool wrong = draw_chance(&self->draw, 200000);
    const char *word = words[draw_below(&self->draw, WORDS)];
    request.promo_apply.account = platform_model_account(account);
    request.promo_apply.code = text_of(wrong ? "SUMMERTIME" : word);
    customers_order(world, PAYMENT, ROLE_WEB, account, &request);
    world_after(world, draw_span(&self->draw, HOUR_US, 16 * HOUR_US), enter, NULL, account);
}

void promotions_begin(world_t *world)
{
    if (!world->profile.promo)
        return;
    world_after(world, MINUTE_US, look, NULL, 0);
    for (unsigned i = 0; i < world->profile.accounts; i++)
        world_after(world, draw_span(&world->promotions.draw, HOUR_US, 8 * HOUR_US), enter, NULL,
                    i);
}
