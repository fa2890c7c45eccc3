#include "tests/simulation/robokassa_parts.h"
#include "proto/form.h"
#include "services/process/uuid7.h"
#include "tests/common/shop.h"
#include "tests/simulation/wires.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { HURRY_MAX = 256, NOTICES_MAX = 5, NOTICES_STUBBORN_MAX = 12 };
#define FORGED (UINT64_C(1) << 63) // in the number of a notice
#define SECOND (UINT64_C(1) << 62) // likewise: of the invoice's second payment

const payment_settings_t *robokassa_model_settings(bool returns, bool receipts)
{
    static payment_settings_t settings[2][2];
    payment_settings_t *one = &settings[returns][receipts];
    *one = shop_settings();
    one->refunds.by_itself = returns;
    one->refunds.items = receipts;
    if (receipts)
        one->fiscal = (payment_fiscal_settings_t){.url = SPAN(SHOP_ATTACH_URL),
                                                  .state_url = SPAN(SHOP_STATUS_URL),
                                                  .name = SPAN("Services"),
                                                  .contact = text_of(RECEIPT_CONTACT_SHOP)};
    one->contacts = receipts;
    return one;
}

void robokassa_model_init(robokassa_model_t *self, uint64_t seed)
{
    *self = (robokassa_model_t){.draw = draw_fork(seed, 2),
                                .refunds_draw = draw_fork(seed, 10),
                                .receipts_draw = draw_fork(seed, 11),
                                .seconds_draw = draw_fork(seed, 15)};
}

void robokassa_model_release(robokassa_model_t *self)
{
    free(self->operations);
    *self = (robokassa_model_t){0};
}

operation_t *robokassa_model_find(const robokassa_model_t *self, uint64_t invoice)
{
    for (size_t i = self->count; i-- > 0;)
        if (self->operations[i].invoice == invoice)
            return &self->operations[i];
    return NULL;
}

operation_t *robokassa_add(robokassa_model_t *self, const operation_t *operation)
{
    if (self->count == self->cap) {
        self->cap = self->cap ? 2 * self->cap : 64;
        assert(self->cap <= OPERATIONS_MAX);
        self->operations = realloc(self->operations, self->cap * sizeof *self->operations);
        assert(self->operations);
    }
    self->operations[self->count] = *operation;
    return &self->operations[self->count++];
}

bool robokassa_faulty(world_t *world, unsigned per_million)
{
    bool hit = draw_chance(&world->robokassa.draw, per_million);
    return hit && !world->calm;
}

// --- maintenance: nothing is answered, settled or told ---

bool robokassa_is_maintained(const world_t *world)
{
    return !world->calm && world->now < world->robokassa.maintenance_until;
}

static void maintain(world_t *world, const step_t *step)
{
    (void)step;
    robokassa_model_t *self = &world->robokassa;
    instant_t every = world->profile.maintenance_every_us;
    self->maintenance_until = world->now + draw_span(&self->draw, 10 * MINUTE_US, 4 * HOUR_US);
    world_after(world, draw_span(&self->draw, every / 2, every * 3 / 2), maintain, NULL, 0);
}

void robokassa_model_begin(world_t *world)
{
    instant_t every = world->profile.maintenance_every_us;
    if (!every)
        return;
    world_after(world, draw_span(&world->robokassa.draw, 0, every), maintain, NULL, 0);
    // One of them lies over the month's edge, when limits begin anew.
    instant_t before = draw_span(&world->robokassa.draw, MINUTE_US, 2 * HOUR_US);
    if (world->edge - before > world->now)
        world_after(world, world->edge - before - world->now, maintain, NULL, 0);
}

// --- notices ---

// As ResultURL gets it and web hands it on. A forged one is signed by somebody who has not the
// password.
static void send_notice(world_t *world, uint64_t number, bool forged)
{
    robokassa_model_t *self = &world->robokassa;
    const operation_t *operation = &self->operations[number & ~SECOND];
    uint8_t fields[SHOP_FIELDS_MAX], bytes[2 * SHOP_FIELDS_MAX];
    char sum[SHOP_SUM_SIZE];
    uint64_t notice = number | (forged ? FORGED : 0);
    uid_t16 drawn = draw_uid(number & SECOND ? &self->seconds_draw : &self->draw);
    request_t request = {.type = REQUEST_callback, .number = notice};
    request.id = uuid7_of(world->now, drawn.bytes + 6);
    shop_sum(number & SECOND ? operation->second : operation->paid, sum);
    request.callback.fields = shop_notice(operation->invoice, sum, operation->token,
                                          forged ? "guessed" : SHOP_PASSWORD2, fields);
    size_t size = request_encode(&request, bytes, sizeof bytes);
    peer_t peer = {.size = 9, .bytes = {'w'}};
    memcpy(peer.bytes + 1, &notice, sizeof notice);
    wires_ask(world, PAYMENT, false, &peer, ROLE_WEB, bytes, size);
}

static void notify(world_t *world, const step_t *step)
{
    robokassa_model_t *self = &world->robokassa;
    operation_t *operation = &self->operations[step->number];
    bool again = operation->acknowledged, stubborn = operation->stubborn && !world->calm;
    if (again && !stubborn && !robokassa_faulty(world, 300000))
        return;
    send_notice(world, step->number, false);
    if (robokassa_faulty(world, world->profile.forged))
        send_notice(world, step->number, true);
    if (again)
        world_reach(world, REACH_NOTICE_AGAIN);
    if (again && world->now - operation->paid_at > DAY_US)
        world_reach(world, REACH_STUBBORN);
    if (world->now < operation->answer_at)
        world_reach(world, REACH_HASTY);
    bool more = ++operation->notices < NOTICES_MAX || (operation->late && !again) ||
                (stubborn && operation->notices < NOTICES_STUBBORN_MAX);
    instant_t most = again ? DAY_US : 20 * MINUTE_US;
    if (more)
        world_after(world, draw_span(&self->draw, MINUTE_US, most), notify, NULL, step->number);
}

void robokassa_model_answered(world_t *world, uint64_t notice, fail_t fail)
{
    operation_t *operation = &world->robokassa.operations[notice & ~(FORGED | SECOND)];
    if (notice & FORGED) {
        if (fail == FAIL_SIGNATURE)
            world_reach(world, REACH_FORGED);
        else if (!fail_retry(fail) && fail != FAIL_FUTURE)
            world_violate(world, "I11", "a forged notice of invoice %" PRIu64 " was answered %s",
                          operation->invoice, fail_name(fail));
        return;
    }
    if (fail)
        return; // asked again
    if (!fold_was_told(&world->fold, operation->invoice))
        world_violate(world, "I11", "OK%" PRIu64 " said, and no event of its payment is durable",
                      operation->invoice);
    *(notice & SECOND ? &operation->second_told : &operation->acknowledged) = true;
}

// --- a payer pays the same invoice once more, another sum ---

static void tell_second(world_t *world, const step_t *step)
{
    robokassa_model_t *self = &world->robokassa;
    operation_t *operation = &self->operations[step->number];
    send_notice(world, step->number | SECOND, false);
    bool again = !operation->second_told || draw_chance(&self->seconds_draw, 300000);
    if (again && ++operation->second_notices < 2 * NOTICES_STUBBORN_MAX)
        world_after(world, draw_span(&self->seconds_draw, MINUTE_US, 2 * HOUR_US), tell_second,
                    NULL, step->number);
}

static void pay_again(world_t *world, const step_t *step)
{
    operation_t *operation = &world->robokassa.operations[step->number];
    const fold_invoice_t *invoice = fold_invoice(&world->fold, operation->invoice);
    bool known = operation->acknowledged && operation->paid == operation->amount && invoice &&
                 invoice->succeeded == operation->paid;
    if (!known || world->now > world->end - 3 * DAY_US)
        return; // it is no second one where the first is not known
    operation->second = operation->amount + 700;
    operation->second_at = world->now;
    tell_second(world, step);
}

static void maybe_again(world_t *world, uint64_t number)
{
    robokassa_model_t *self = &world->robokassa;
    if (world->profile.seconds && !self->operations[number].charge &&
        draw_chance(&self->seconds_draw, 300000))
        world_after(world, draw_span(&self->seconds_draw, HOUR_US, DAY_US), pay_again, NULL,
                    number);
}

// --- money ---

static void check_capture(world_t *world, const operation_t *operation)
{
    const fold_invoice_t *invoice = fold_invoice_ever(&world->fold, operation->invoice);
    const fold_request_t *request = invoice ? fold_request(&world->fold, invoice->request) : NULL;
    if (operation->charge && (!request || request->ever_invoice != operation->invoice))
        world_violate(world, "I7", "invoice %" PRIu64 " captured without a durable decision",
                      operation->invoice);
    if (operation->captures > 1)
        world_violate(world, "I7", "invoice %" PRIu64 " captured twice", operation->invoice);
}

// What is paid and was told of by no notice when payment had stopped asking comes to light by the
// registry alone, which is not part of the system yet: here its notice is repeated until it is
// heard.
static void remind(world_t *world, const step_t *step)
{
    operation_t *operation = &world->robokassa.operations[step->number];
    const fold_invoice_t *invoice = fold_invoice(&world->fold, operation->invoice);
    if (!invoice || invoice->succeeded || invoice->mismatch || operation->late)
        return;
    operation->late = true;
    world_reach(world, REACH_REMINDED);
    notify(world, step);
}

void robokassa_settle(world_t *world, const step_t *step)
{
    robokassa_model_t *self = &world->robokassa;
    operation_t *operation = &self->operations[step->number];
    if (robokassa_is_maintained(world)) {
        world_after(world, draw_span(&self->draw, MINUTE_US, HOUR_US), robokassa_settle, NULL,
                    step->number);
        return;
    }
    if (operation->charge && step->other == 0 && robokassa_faulty(world, world->profile.declined)) {
        operation->state =
            draw_chance(&self->draw, 300000) ? OPERATION_RETURNED : OPERATION_CANCELLED;
        if (operation->state == OPERATION_CANCELLED && draw_chance(&self->draw, 100000))
            world_after(world, draw_span(&self->draw, HOUR_US, DAY_US), robokassa_settle, self,
                        step->number); // support changes its mind
        return;
    }
    if (operation->state == OPERATION_PAID || world->now > world->end - 10 * MINUTE_US)
        return;
    if (operation->state == OPERATION_PENDING && robokassa_faulty(world, world->profile.hanging)) {
        operation->state = OPERATION_HANGS;
        world_after(world, draw_span(&self->draw, 10 * MINUTE_US, 4 * HOUR_US), robokassa_settle,
                    NULL, step->number);
        return;
    }
    bool wrong = robokassa_faulty(world, world->profile.wrong) && operation->amount > 100;
    operation->paid = operation->amount - (wrong ? 100 : 0);
    operation->state = OPERATION_PAID;
    operation->paid_at = world->now;
    operation->stubborn = robokassa_faulty(world, world->profile.stubborn);
    operation->captures++;
    if (operation->unanswered)
        world_reach(world, REACH_TIMEOUT_PAID);
    check_capture(world, operation);
    world_trace(world, "robokassa: invoice %" PRIu64 " paid", operation->invoice);
    maybe_again(world, step->number);
    world_after(world, draw_span(&self->draw, 30 * HOUR_US, 40 * HOUR_US), remind, NULL,
                step->number);
    if (robokassa_faulty(world, world->profile.silent))
        world_reach(world, REACH_SILENT);
    else if (world->now < operation->answer_at)
        notify(world, step);
    else
        world_after(world, draw_span(&self->draw, SECOND_US / 10, 10 * SECOND_US), notify, NULL,
                    step->number);
}

void robokassa_model_hurry(world_t *world, unsigned account)
{
    robokassa_model_t *self = &world->robokassa;
    size_t oldest = self->count > HURRY_MAX ? self->count - HURRY_MAX : 0;
    for (size_t i = self->count; i-- > oldest;) {
        const operation_t *operation = &self->operations[i];
        const fold_invoice_t *invoice = fold_invoice(&world->fold, operation->invoice);
        if (operation->charge || operation->state != OPERATION_PENDING || !invoice ||
            invoice->account != account)
            continue;
        self->operations[i].answer_at = world->now + 1; // he is told of it at once
        world_after(world, 0, robokassa_settle, NULL, i);
        return;
    }
}
