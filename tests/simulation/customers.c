#include "tests/simulation/customers.h"
#include "tests/common/model_judge.h"
#include "tests/simulation/faults.h"
#include "proto/posting.h"
#include "services/process/uuid7.h"
#include "tests/simulation/fold_parts.h"
#include "tests/simulation/wires.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define ASK_AGAIN_US (20 * SECOND_US)
#define CONFIRM_EVERY_US (8 * HOUR_US)
enum { COUNT_MAX = 31, MISTYPED_BELOW = 1000 };
#define LOW 12000             // kopecks, a little above autopay's threshold
#define LAST_ACTION_US DAY_US // before the end nobody begins anything new

void customers_init(customers_t *self, uint64_t seed)
{
    *self = (customers_t){.lowering = draw_fork(seed, 8)};
    for (unsigned i = 0; i <= NOBODY; i++)
        self->draws[i] = draw_member(seed, 2000, i);
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
    snprintf(peer.name, sizeof peer.name, "%s", order->name);
    memcpy(peer.bytes + 1, &step->number, sizeof step->number);
    wires_ask(world, (process_name_t)order->process, false, &peer, order->role, order->bytes,
              order->size);
    world_after(world, ASK_AGAIN_US << draw_below(draw_of(world, order->account), 7), ask, NULL,
                step->number);
}

static void order_as(world_t *world, process_name_t process, role_t role, unsigned account,
                     request_t *request, const char *name)
{
    customers_t *self = &world->customers;
    assert(self->count < ORDERS_MAX);
    uint64_t number = self->count++;
    order_t *made = &self->orders[number];
    request->number = number;
    request->id = command_id(draw_of(world, account), world->now);
    *made = (order_t){.request = *request,
                      .made = world->now,
                      .process = process,
                      .account = account,
                      .role = role,
                      .name = name};
    char token[MODEL_TOKEN_SIZE];
    const uid_t16 *who = request_account(request);
    if (role == ROLE_WEB && who)
        request->access_token = model_token(who, token);
    made->size = request_encode(request, made->bytes, sizeof made->bytes);
    assert(made->size);
    world_after(world, 0, ask, NULL, number);
    if (draw_chance(draw_of(world, account), 100000) && !world->calm) // an impatient second click
        world_after(world, SECOND_US, ask, NULL, number);
}

void customers_order(world_t *world, process_name_t process, role_t role, unsigned account,
                     request_t *request)
{
    order_as(world, process, role, account, request, "anna");
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
        memset(request.topup.consent.bytes, (int)request.topup.count_max,
               sizeof request.topup.consent.bytes);
        if (draw_chance(draw, 300000))
            request.topup.sum_max = (int64_t)(1 + draw_below(draw, request.topup.count_max)) *
                                    (int64_t)request.topup.amount_rub * 100;
    }
    customers_order(world, PAYMENT, ROLE_WEB, account, &request);
}

static void revoke(world_t *world, unsigned account)
{
    request_t request = {.type = REQUEST_revoke};
    request.revoke.account = platform_model_account(account);
    request.revoke.why = REVOKE_CUSTOMER;
    customers_order(world, PAYMENT, ROLE_WEB, account, &request);
}

static void revoke_now(world_t *world, const step_t *step)
{
    revoke(world, (unsigned)step->number);
}

static void lower_to(world_t *world, const fold_mandate_t *mandate, uint64_t count)
{
    int64_t sum = (int64_t)count * mandate->amount;
    request_t request = {.type = REQUEST_mandate_change};
    request.mandate_change.account = platform_model_account(mandate->account);
    request.mandate_change.count_max = count;
    request.mandate_change.sum_max = sum < mandate->sum_max ? sum : mandate->sum_max;
    customers_order(world, PAYMENT, ROLE_WEB, mandate->account, &request);
}

// To what he has paid this month, while the next payment is under way.
static void lower_now(world_t *world, const step_t *step)
{
    unsigned account = (unsigned)step->number;
    const fold_mandate_t *mandate = fold_live_mandate(&world->fold, account);
    int64_t sum;
    uint64_t paid = fold_paid(&world->fold, account, fold_month(world->now), &sum);
    if (mandate && paid && paid < mandate->count_max)
        lower_to(world, mandate, paid);
}

void customers_hear_decision(world_t *world, unsigned account)
{
    draw_t *draw = draw_of(world, account);
    if (draw_chance(&world->customers.lowering, world->profile.lowers))
        world_after(world, draw_span(&world->customers.lowering, 0, SECOND_US), lower_now, NULL,
                    account);
    if (draw_chance(draw, world->profile.hurries))
        robokassa_model_hurry(world, account);
    if (draw_chance(draw, world->profile.revokes))
        world_after(world, draw_span(draw, 0, 2 * SECOND_US), revoke_now, NULL, account);
}

static void lower(world_t *world, unsigned account)
{
    const fold_mandate_t *mandate = fold_live_mandate(&world->fold, account);
    if (mandate)
        lower_to(world, mandate, 1 + draw_below(draw_of(world, account), mandate->count_max));
}

static void resume(world_t *world, unsigned account)
{
    request_t request = {.type = REQUEST_autopay_resume};
    request.autopay_resume.account = platform_model_account(account);
    request.autopay_resume.why = RESUMED_BY_CUSTOMER;
    customers_order(world, AUTOPAY, ROLE_WEB, account, &request);
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
    request.post.opens = gives && account != NOBODY;
    if (reference)
        request.post.reference = *reference;
    customers_order(world, LEDGER, ROLE_OPERATOR, account, &request);
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

// The payer gets back all his cash, or a part of it.
static void refund(world_t *world, unsigned account)
{
    draw_t *draw = draw_of(world, account);
    int64_t cash = world->fold.accounts[account].cash;
    bool full = draw_chance(draw, 500000);
    if (cash > 0)
        post(world, account, POSTING_REFUND, SYSTEM_REFUNDS, false,
             full ? cash : 1 + (int64_t)draw_below(draw, (uint64_t)cash), NULL);
}

static void correct(world_t *world, unsigned account)
{
    draw_t *draw = draw_of(world, account);
    int64_t amount = 100 + (int64_t)draw_below(draw, 20000);
    if (draw_chance(draw, world->profile.returns))
        give_back(world, account);
    else if (draw_chance(draw, 100000))
        refund(world, account);
    else if (draw_chance(draw, 100000))
        post(world, account, POSTING_CHARGEBACK, SYSTEM_CHARGEBACKS, false, amount, NULL);
    else if (draw_chance(draw, 300000))
        post(world, account, POSTING_BONUS, SYSTEM_PROMO, true, amount, NULL);
    else if (amount < MISTYPED_BELOW) // an id with a wrong digit: nobody's
        post(world, NOBODY, POSTING_BONUS, SYSTEM_PROMO, true, amount, NULL);
}

// The month's last payments are decided in its last minutes and settle in the next.
static void rush(world_t *world, const step_t *step)
{
    (void)step;
    for (unsigned i = 0; i < world->profile.accounts; i++) {
        int64_t above = world->fold.accounts[i].balance;
        if (above > 0)
            post(world, i, POSTING_CORRECTION, SYSTEM_REVENUE, false, above, NULL);
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
    for (unsigned i = 0; i < world->count; i++) {
        process_t *process = &world->processes[i];
        request_t request = {.type = REQUEST_clock_confirm};
        if (process->offset_us || process->confirming)
            continue; // it is wrong: he sees that
        process->confirming = true;
        process->jumped_at = process->crept_us = 0;
        process->jump_seen = false;
        customers_order(world, (process_name_t)i, ROLE_OPERATOR, 0, &request);
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
    request.payment_resolve.outcome = OUTCOME_SUCCEEDED;
    request.payment_resolve.amount = (int64_t)step->other;
    customers_order(world, PAYMENT, ROLE_OPERATOR, 0, &request);
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
    if (!known || order->made <= world->put_back_at)
        return; // a ticket that never became a mandate; or the journal that holds it is lost
    if (known->live)
        world_violate(world, "I6", "a revocation of account %u acknowledged before it was durable",
                      order->account);
    known->acked_revoked = true;
}

// A second operator looks at it, if it waits for one.
static void approve(world_t *world, order_t *order, bool pending)
{
    request_t request = {.type = REQUEST_approve};
    if (!pending)
        return;
    request.approve.command = order->request.id;
    order->pending = true;
    order_as(world, (process_name_t)order->process, ROLE_OPERATOR, order->account, &request,
             "boris");
}

static order_t *find_order(customers_t *self, const uid_t16 *command)
{
    for (size_t i = self->count; i-- > 0;)
        if (uid_equal(&self->orders[i].request.id, command))
            return &self->orders[i];
    return NULL;
}

// What was agreed to counts as if its sender had done it alone; what can be no more, as refused.
static void end_proposal(world_t *world, const order_t *approval)
{
    order_t *order = find_order(&world->customers, &approval->request.approve.command);
    assert(order);
    order->pending = false;
    order->fail = approval->fail;
    if (approval->fail == FAIL_MISSING && !world->restored_at && !world->put_back_at)
        world_violate(world, "I6", "an acknowledged proposal is forgotten");
    order->lost = order->posted == 0 && world->restored_at;
    if (!approval->fail && order->request.type == REQUEST_post && !order->posted && !order->lost)
        world_violate(world, "I6", "an approval acknowledged before it was durable");
}

// What he agreed to is what is written down.
static void check_consent(world_t *world, const order_t *order, uint64_t number)
{
    const fold_invoice_t *invoice = fold_invoice(&world->fold, number);
    if (invoice && memcmp(invoice->consent.bytes, order->request.topup.consent.bytes,
                          sizeof invoice->consent.bytes) != 0)
        world_violate(world, "I6", "invoice %llu holds another consent",
                      (unsigned long long)number);
}

static void check_answer(world_t *world, order_t *order, const answer_t *answer)
{
    fold_t *fold = &world->fold;
    switch (order->request.type) {
    case REQUEST_topup:
        if (!fold_invoice_ever(fold, answer->topup.invoice))
            world_violate(world, "I6", "invoice %llu acknowledged before it was durable",
                          (unsigned long long)answer->topup.invoice);
        check_consent(world, order, answer->topup.invoice);
        if (fold_invoice_ever(fold, answer->topup.invoice))
            robokassa_model_follow(world, answer->topup.link);
        break;
    case REQUEST_revoke:
        check_revoked(world, order, &answer->revoke.mandate);
        break;
    case REQUEST_operators_policy: // above every limit
    case REQUEST_credit_limit:
        approve(world, order, true);
        break;
    case REQUEST_refund:
        approve(world, order, answer->refund.pending);
        break;
    case REQUEST_refund_resolve:
        approve(world, order, answer->refund_resolve.pending);
        break;
    case REQUEST_payment_resolve:
        approve(world, order, answer->payment_resolve.pending);
        break;
    case REQUEST_account_close:
        approve(world, order, answer->account_close.pending);
        break;
    case REQUEST_promo_begin:
        approve(world, order, answer->promo_begin.pending);
        break;
    case REQUEST_post:
        if (answer->post.pending) {
            approve(world, order, true);
            break;
        }
        order->lost = order->posted == 0 && world->restored_at;
        if (order->posted == 0 && !order->lost)
            world_violate(world, "I6", "posting %llu acknowledged before it was durable",
                          (unsigned long long)answer->post.sequence);
        break;
    case REQUEST_invoice_issue:
        bank_model_issued(world, order->account, answer->invoice_issue.number,
                          order->request.invoice_issue.amount);
        break;
    case REQUEST_transfer_assign:
        approve(world, order, answer->transfer_assign.pending);
        break;
    case REQUEST_transfer_settle:
        approve(world, order, answer->transfer_settle.pending);
        break;
    case REQUEST_clock_confirm:
        world_reach(world, REACH_CLOCK_CONFIRMED);
        break;
    case REQUEST_reseed:
        world_reach(world, order->process == AUTOPAY ? REACH_VIEW_RESEEDED : REACH_RESEEDED);
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
    if (order->account == NOBODY && answer.fail == FAIL_UNKNOWN_ACCOUNT)
        world_reach(world, REACH_MISTYPED);
    if (order->request.type == REQUEST_reseed)
        world->operators.reseeding[order->process] = false;
    if (order->request.type == REQUEST_clock_confirm)
        world->processes[order->process].confirming = false;
    if (!answer.fail && order->role == ROLE_OPERATOR)
        fold_commands_acknowledged(world, &world->fold.commands[order->process],
                                   process_title((process_name_t)order->process),
                                   &order->request.id);
    if (order->request.type == REQUEST_approve)
        end_proposal(world, order);
    else if (!answer.fail)
        check_answer(world, order, &answer);
}

// --- postings: each at most once, and once if it was acknowledged ---

static bool is_of_payment(const order_t *order, uint64_t invoice)
{
    uint64_t number = order->request.type == REQUEST_payment_resolve
                          ? order->request.payment_resolve.invoice
                      : order->request.type == REQUEST_post
                          ? posting_payment_number(&order->request.post.reference)
                          : 0;
    return number == invoice;
}

bool customers_settling(const world_t *world, uint64_t invoice)
{
    for (size_t i = 0; i < world->customers.count; i++) {
        const order_t *order = &world->customers.orders[i];
        if ((!order->answered || order->pending) && is_of_payment(order, invoice))
            return true;
    }
    return false;
}

void customers_forget_reseed(world_t *world, process_name_t process)
{
    for (size_t i = 0; i < world->customers.count; i++)
        if (world->customers.orders[i].request.type == REQUEST_reseed &&
            world->customers.orders[i].process == process)
            world->customers.orders[i].answered = true;
    world->operators.reseeding[process] = false;
}

static order_t *find_posting(customers_t *self, const uid_t16 *command)
{
    order_t *order = find_order(self, command);
    if (order && order->request.type == REQUEST_approve)
        order = find_order(self, &order->request.approve.command);
    return order && order->request.type == REQUEST_post ? order : NULL;
}

void customers_posted(world_t *world, const uid_t16 *command, uint64_t sequence)
{
    order_t *order = find_posting(&world->customers, command);
    // A refund or a chargeback may name the payment that goes back.
    bool credits = order && order->request.post.kind == POSTING_CORRECTION;
    uint64_t number = credits ? posting_payment_number(&order->request.post.reference) : 0;
    if (number)
        fold_credit_number(world, number, sequence);
    if (!order)
        world_violate(world, "I6", "a posting that nobody asked for");
    else if (order->posted++)
        world_violate(world, "I6", "an order of an operator was posted twice");
}

void customers_opened(world_t *world, const uid_t16 *command)
{
    const order_t *order = find_posting(&world->customers, command);
    if (!order || !order->request.post.opens)
        world_violate(world, "I6", "a posting opened an account that nobody meant to open");
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
        order->lost = order->request.type == REQUEST_post && order->answered && !order->pending &&
                      !order->posted;
    }
}

void customers_check_postings(world_t *world)
{
    for (size_t i = 0; i < world->customers.count; i++) {
        const order_t *order = &world->customers.orders[i];
        bool due = order->request.type == REQUEST_post && order->answered && !order->fail &&
                   !order->pending;
        if (due && !order->posted && !order->lost)
            world_violate(world, "I6", "order %zu was acknowledged and is not posted", i);
        // A refusal is not remembered: a late copy is decided anew, and somebody may have opened
        // the account meanwhile.
        if (order->answered && order->fail && order->fail != FAIL_UNKNOWN_ACCOUNT && order->posted)
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
        customers_order(world, AUTOPAY, ROLE_OPERATOR, 0, &request);
}

// So little that most of what an operator posts needs a second one.
static void limit(world_t *world)
{
    static const process_name_t processes[] = {LEDGER, PAYMENT};
    request_t request = {.type = REQUEST_operators_policy};
    request.operators_policy = (request_operators_policy_t){.alone_max = 5000, .day_max = 9000};
    for (size_t i = 0; world->profile.two && i < 2; i++)
        customers_order(world, processes[i], ROLE_OPERATOR, 0, &request);
}

void customers_begin(world_t *world)
{
    pace(world);
    limit(world);
    unsigned count = world->profile.accounts;
    for (unsigned i = 0; i < count && i < world->scenario.customers; i++) {
        step_t step = {.at = world->now + draw_span(draw_of(world, i), MINUTE_US, HOUR_US),
                       .run = act,
                       .number = i};
        schedule_add(&world->schedule, &step);
    }
    world_after(world, CONFIRM_EVERY_US, confirm, NULL, 0);
    operators_begin(world);
    instant_t rushes = world->edge - draw_span(draw_of(world, 0), MINUTE_US, 10 * MINUTE_US);
    if (world->profile.rush && rushes > world->now && rushes <= world->end - LAST_ACTION_US)
        world_after(world, rushes - world->now, rush, NULL, 0);
}
