#include "tests/simulation/customers.h"
#include "proto/posting.h"
#include "services/common/uuid7.h"
#include "tests/simulation/wires.h"
#include <assert.h>
#include <stdlib.h>

#define ASK_AGAIN_US (20 * SECOND_US)
#define CONFIRM_EVERY_US (8 * HOUR_US)
enum { COUNT_MAX = 31 };
#define LOW 12000             // kopecks, a little above autopay's threshold
#define LAST_ACTION_US DAY_US // before the end nobody begins anything new

void customers_init(customers_t *self, uint64_t seed)
{
    *self = (customers_t){0};
    for (unsigned i = 0; i < ACCOUNTS_MAX; i++)
        self->draws[i] = draw_fork(seed, 2000 + i);
    self->orders = calloc(ORDERS_MAX, sizeof *self->orders);
    assert(self->orders);
}

void customers_release(customers_t *self)
{
    free(self->orders);
    *self = (customers_t){0};
}

// What a customer does shifts no other's draws; operators draw as the account they look at.
static draw_t *draw_of(world_t *world, unsigned account)
{
    return &world->customers.draws[account];
}

static uid_t16 command_id(draw_t *draw, instant_t now)
{
    uid_t16 drawn = draw_uid(draw);
    return uuid7_of(now, drawn.bytes + 6);
}

static void ask(world_t *world, const step_t *step)
{
    customers_t *self = &world->customers;
    const order_t *order = &self->orders[step->number];
    if (order->answered)
        return;
    peer_t peer = {.size = 9, .bytes = {'c'}};
    memcpy(peer.bytes + 1, &step->number, sizeof step->number);
    wires_ask(world, (process_name_t)order->process, false, &peer, order->role, order->bytes,
              order->size);
    world_after(world, ASK_AGAIN_US << draw_below(draw_of(world, order->account), 7), ask, NULL,
                step->number);
}

static void order(world_t *world, process_name_t process, role_t role, unsigned account,
                  request_t *request)
{
    customers_t *self = &world->customers;
    assert(self->count < ORDERS_MAX);
    uint64_t number = self->count++;
    order_t *made = &self->orders[number];
    request->number = number;
    request->id = command_id(draw_of(world, account), world->now);
    *made = (order_t){.request = *request, .process = process, .account = account, .role = role};
    made->size = request_encode(request, made->bytes, sizeof made->bytes);
    assert(made->size);
    world_after(world, 0, ask, NULL, number);
    if (draw_chance(draw_of(world, account), 100000) && !world->calm) // an impatient second click
        world_after(world, SECOND_US, ask, NULL, number);
}

// --- what a customer does ---

static void top_up(world_t *world, unsigned account)
{
    draw_t *draw = draw_of(world, account);
    static const uint64_t rubles[] = {100, 150, 200, 500};
    request_t request = {.type = REQUEST_topup};
    request.topup.account = platform_model_account(account);
    request.topup.amount_rub = rubles[draw_below(draw, 4)];
    if (draw_chance(draw, world->profile.allows)) {
        bool limited = draw_chance(draw, world->profile.limited);
        request.topup.count_max = limited                 ? 1 + draw_below(draw, 4)
                                  : world->profile.steady ? COUNT_MAX
                                                          : 1 + draw_below(draw, COUNT_MAX);
        if (draw_chance(draw, 300000))
            request.topup.sum_max = (int64_t)(1 + draw_below(draw, request.topup.count_max)) *
                                    (int64_t)request.topup.amount_rub * 100;
    }
    order(world, PAYMENT, ROLE_WEB, account, &request);
}

static void revoke(world_t *world, unsigned account)
{
    request_t request = {.type = REQUEST_revoke};
    request.revoke.account = platform_model_account(account);
    request.revoke.why = 1;
    order(world, PAYMENT, ROLE_WEB, account, &request);
}

static void revoke_now(world_t *world, const step_t *step)
{
    revoke(world, (unsigned)step->number);
}

void customers_hear_decision(world_t *world, unsigned account)
{
    draw_t *draw = draw_of(world, account);
    if (draw_chance(draw, world->profile.hurries))
        robokassa_model_hurry(world, account);
    if (draw_chance(draw, world->profile.revokes))
        world_after(world, draw_span(draw, 0, 2 * SECOND_US), revoke_now, NULL, account);
}

static const fold_mandate_t *live_mandate(const world_t *world, unsigned account)
{
    const fold_mandate_t *mandates = world->fold.mandates.rows;
    for (size_t i = world->fold.mandates.count; i-- > 0;)
        if (mandates[i].account == account && mandates[i].live)
            return &mandates[i];
    return NULL;
}

static void lower(world_t *world, unsigned account)
{
    const fold_mandate_t *mandate = live_mandate(world, account);
    if (!mandate)
        return;
    uint64_t count = 1 + draw_below(draw_of(world, account), mandate->count_max);
    int64_t sum = (int64_t)count * mandate->amount;
    request_t request = {.type = REQUEST_mandate_change};
    request.mandate_change.account = platform_model_account(account);
    request.mandate_change.count_max = count;
    request.mandate_change.sum_max = sum < mandate->sum_max ? sum : mandate->sum_max;
    order(world, PAYMENT, ROLE_WEB, account, &request);
}

static void resume(world_t *world, unsigned account)
{
    request_t request = {.type = REQUEST_autopay_resume};
    request.autopay_resume.account = platform_model_account(account);
    request.autopay_resume.why = 1;
    order(world, AUTOPAY, ROLE_WEB, account, &request);
}

// --- what an operator posts ---

static void post(world_t *world, unsigned account, posting_kind_t kind, system_account_t against,
                 bool gives, int64_t amount, const uid_t16 *reference)
{
    request_t request = {.type = REQUEST_post};
    uid_t16 system = posting_system_id(against), customer = platform_model_account(account);
    request.post.debit = gives ? system : customer;
    request.post.credit = gives ? customer : system;
    request.post.amount = amount;
    request.post.kind = kind;
    if (reference)
        request.post.reference = *reference;
    order(world, LEDGER, ROLE_OPERATOR, account, &request);
}

// Back comes all or a part of the last hour that was charged.
static void give_back(world_t *world, unsigned account)
{
    const fold_account_t *known = &world->fold.accounts[account];
    draw_t *draw = draw_of(world, account);
    if (!known->hour)
        return;
    int64_t amount = draw_chance(draw, 500000)
                         ? known->hour_amount
                         : 1 + (int64_t)draw_below(draw, (uint64_t)known->hour_amount);
    post(world, account, POSTING_CORRECTION, SYSTEM_REVENUE, true, amount, &known->hour_reference);
}

static void correct(world_t *world, unsigned account)
{
    draw_t *draw = draw_of(world, account);
    int64_t amount = 100 + (int64_t)draw_below(draw, 20000);
    if (draw_chance(draw, world->profile.returns))
        give_back(world, account);
    else if (draw_chance(draw, 300000))
        post(world, account, POSTING_CHARGEBACK, SYSTEM_CHARGEBACKS, false, amount, NULL);
    else if (draw_chance(draw, 300000))
        post(world, account, POSTING_BONUS, SYSTEM_PROMO, true, amount, NULL);
}

// The month's last payments are decided in its last minutes and settle in the next.
static void rush(world_t *world, const step_t *step)
{
    (void)step;
    for (unsigned i = 0; i < world->profile.accounts; i++) {
        int64_t above = world->fold.accounts[i].balance;
        if (above > 0)
            post(world, i, POSTING_CHARGEBACK, SYSTEM_CHARGEBACKS, false, above, NULL);
    }
}

static void act(world_t *world, const step_t *step)
{
    unsigned account = (unsigned)step->number;
    draw_t *draw = draw_of(world, account);
    if (world->now > world->end - LAST_ACTION_US)
        return;
    uint64_t what = draw_below(draw, 100);
    correct(world, account);
    int64_t balance = world->fold.accounts[account].balance;
    if ((balance < 0 && what < 70) || (balance < LOW && what < 30) || what < 6)
        top_up(world, account);
    else if (what < 75)
        ; // lets it be
    else if (what < 79)
        revoke(world, account);
    else if (what < 84)
        lower(world, account);
    else if (what < 92 && world->fold.accounts[account].suspended)
        resume(world, account);
    instant_t most = 2 * world->profile.act_every_us;
    world_after(world, draw_span(draw, 5 * MINUTE_US, most), act, NULL, account);
}

// --- operators ---

void customers_confirm_clocks(world_t *world)
{
    for (unsigned i = 0; i < PROCESSES; i++) {
        process_t *process = &world->processes[i];
        request_t request = {.type = REQUEST_clock_confirm};
        if (process->offset_us || process->confirming)
            continue; // it is wrong: he sees that
        process->confirming = true;
        process->jumped_at = 0;
        process->jump_seen = false;
        order(world, (process_name_t)i, ROLE_OPERATOR, 0, &request);
    }
}

static void confirm(world_t *world, const step_t *step)
{
    (void)step;
    customers_confirm_clocks(world);
    if (world->now < world->end - CONFIRM_EVERY_US)
        world_after(world, CONFIRM_EVERY_US, confirm, NULL, 0);
}

static void resolve(world_t *world, const step_t *step)
{
    request_t request = {.type = REQUEST_payment_resolve};
    request.payment_resolve.invoice = step->number;
    request.payment_resolve.outcome = 1;
    request.payment_resolve.amount = (int64_t)step->other;
    order(world, PAYMENT, ROLE_OPERATOR, 0, &request);
}

void customers_resolve(world_t *world, uint64_t invoice, int64_t received)
{
    step_t step = {.at = world->now + draw_span(draw_of(world, 0), HOUR_US, 12 * HOUR_US),
                   .run = resolve,
                   .number = invoice,
                   .other = (uint64_t)received};
    schedule_add(&world->schedule, &step);
}

// --- answers: each is a promise, so what it promises must be durable already ---

static void check_revoked(world_t *world, const order_t *order, const uid_t16 *mandate)
{
    fold_mandate_t *known = fold_mandate(&world->fold, mandate);
    if (!known)
        return; // a ticket that never became a mandate
    if (known->live)
        world_violate(world, "I6", "a revocation of account %u acknowledged before it was durable",
                      order->account);
    known->acked_revoked = true;
}

static void check_answer(world_t *world, order_t *order, const answer_t *answer)
{
    fold_t *fold = &world->fold;
    switch (order->request.type) {
    case REQUEST_topup:
        if (!fold_invoice(fold, answer->topup.invoice))
            world_violate(world, "I6", "invoice %llu acknowledged before it was durable",
                          (unsigned long long)answer->topup.invoice);
        else
            robokassa_model_follow(world, answer->topup.link);
        break;
    case REQUEST_revoke:
        check_revoked(world, order, &answer->revoke.mandate);
        break;
    case REQUEST_post:
        order->lost = order->posted == 0 && world->restored_at;
        if (order->posted == 0 && !order->lost)
            world_violate(world, "I6", "posting %llu acknowledged before it was durable",
                          (unsigned long long)answer->post.sequence);
        break;
    case REQUEST_clock_confirm:
        world_reach(world, REACH_CLOCK_CONFIRMED);
        break;
    default:
        break;
    }
}

void customers_answered(world_t *world, uint64_t number, const void *bytes, size_t size)
{
    order_t *order = &world->customers.orders[number];
    answer_t answer = {0};
    if (order->answered)
        return;
    if (answer_decode(bytes, size, order->request.type, &answer)) {
        world_violate(world, "I6", "an answer that is none");
        return;
    }
    // An id ahead of a clock that was set back is asked again, like all that may succeed later.
    if (answer.fail && (fail_retry(answer.fail) || answer.fail == FAIL_FUTURE))
        return;
    if (answer.sequence > world->fold.high[order->process])
        world_violate(world, "I6", "an answer of sequence %llu before it was durable",
                      (unsigned long long)answer.sequence);
    order->answered = true;
    order->fail = answer.fail;
    if (order->request.type == REQUEST_clock_confirm)
        world->processes[order->process].confirming = false;
    if (!answer.fail)
        check_answer(world, order, &answer);
}

// --- postings: each at most once, and once if it was acknowledged ---

void customers_posted(world_t *world, const uid_t16 *command)
{
    customers_t *self = &world->customers;
    for (size_t i = self->count; i-- > 0;)
        if (self->orders[i].request.type == REQUEST_post &&
            uid_equal(&self->orders[i].request.id, command)) {
            if (self->orders[i].posted++)
                world_violate(world, "I6", "order %zu of an operator was posted twice", i);
            return;
        }
    world_violate(world, "I6", "a posting that nobody asked for");
}

void customers_posted_again(world_t *world)
{
    for (size_t i = 0; i < world->customers.count; i++)
        world->customers.orders[i].posted = 0;
}

void customers_posted_lost(world_t *world)
{
    for (size_t i = 0; i < world->customers.count; i++) {
        order_t *order = &world->customers.orders[i];
        order->lost = order->request.type == REQUEST_post && order->answered && !order->posted;
    }
}

void customers_check_postings(world_t *world)
{
    for (size_t i = 0; i < world->customers.count; i++) {
        const order_t *order = &world->customers.orders[i];
        bool due = order->request.type == REQUEST_post && order->answered && !order->fail;
        if (due && !order->posted && !order->lost)
            world_violate(world, "I6", "order %zu was acknowledged and is not posted", i);
        if (order->answered && order->fail && order->posted)
            world_violate(world, "I6", "order %zu was refused and is posted", i);
    }
}

// In some runs two accounts are a crowd already: each waits for his turn.
static void pace(world_t *world)
{
    static const uint64_t crowds[] = {0, 1, 64, 64};
    request_t request = {.type = REQUEST_autopay_policy};
    request.autopay_policy =
        (request_autopay_policy_t){.threshold = 10000,
                                   .interval_us = HOUR_US,
                                   .backoff_first_us = HOUR_US,
                                   .backoff_second_us = 6 * HOUR_US,
                                   .declines_max = 3,
                                   .attempts_max = 5,
                                   .pacing_us = 15 * MINUTE_US,
                                   .crowd = crowds[draw_below(draw_of(world, 0), 4)]};
    if (request.autopay_policy.crowd < 64)
        order(world, AUTOPAY, ROLE_OPERATOR, 0, &request);
}

void customers_begin(world_t *world)
{
    pace(world);
    unsigned count = world->profile.accounts;
    for (unsigned i = 0; i < count && i < world->scenario.customers; i++) {
        step_t step = {.at = world->now + draw_span(draw_of(world, i), MINUTE_US, HOUR_US),
                       .run = act,
                       .number = i};
        schedule_add(&world->schedule, &step);
    }
    world_after(world, CONFIRM_EVERY_US, confirm, NULL, 0);
    instant_t rushes = world->edge - draw_span(draw_of(world, 0), MINUTE_US, 10 * MINUTE_US);
    if (world->profile.rush && rushes > world->now && rushes <= world->end - LAST_ACTION_US)
        world_after(world, rushes - world->now, rush, NULL, 0);
}
