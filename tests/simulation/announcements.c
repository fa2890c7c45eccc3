#include "tests/simulation/announcements.h"
#include "services/ledger/ledger_core.h"
#include "tests/simulation/customers.h"
#include "tests/simulation/world.h"

#define LOOK_EVERY_US (14 * HOUR_US)
#define LAST_ACTION_US (2 * DAY_US) // before the end nobody does anything new
#define NOTICE_US (12 * HOUR_US)
enum { PRICE = 17000, DEARER = 500 }; // of a tariff that every journal begins with

static void set_notice(world_t *world)
{
    request_t request = {.type = REQUEST_ledger_policy};
    request.ledger_policy.low_threshold = LEDGER_LOW_THRESHOLD;
    request.ledger_policy.lapse_notice_us = NOTICE_US;
    customers_order(world, LEDGER, ROLE_OPERATOR, 0, &request);
}

static void raise_price(world_t *world)
{
    draw_t *draw = &world->announcements.draw;
    instant_t begins = world->now + draw_span(draw, 6 * HOUR_US, 3 * DAY_US);
    request_t request = {.type = REQUEST_tariff_define};
    request.tariff_define = (request_tariff_define_t){
        .code = text_of("probny"),
        .title = text_of("Пробный"),
        .price = PRICE + DEARER * (kopecks_t)++world->announcements.prices,
        .effective = begins - begins % MINUTE_US};
    customers_order(world, METERING, ROLE_OPERATOR, 0, &request);
}

static void give(world_t *world)
{
    draw_t *draw = &world->announcements.draw;
    unsigned account = (unsigned)draw_below(draw, world->profile.accounts);
    request_t request = {.type = REQUEST_bonus_give};
    request.bonus_give.account = platform_model_account(account);
    request.bonus_give.amount = 1 + (int64_t)draw_below(draw, 500);
    request.bonus_give.until = world->now + draw_span(draw, HOUR_US, 2 * DAY_US);
    customers_order(world, LEDGER, ROLE_OPERATOR, account, &request);
}

static void look(world_t *world, const step_t *step)
{
    draw_t *draw = &world->announcements.draw;
    (void)step;
    if (world->now > world->end - LAST_ACTION_US)
        return;
    if (draw_chance(draw, 400000))
        raise_price(world);
    else
        give(world);
    world_after(world, draw_span(draw, HOUR_US, LOOK_EVERY_US), look, NULL, 0);
}

void announcements_begin(world_t *world)
{
    world->announcements.draw = draw_fork(world->scenario.seed, 40);
    if (!world->profile.announces)
        return;
    set_notice(world);
    world_after(world, HOUR_US, look, NULL, 0);
}
