#include "tests/simulation/bank_model.h"
#include "proto/month.h"
#include "services/documents/documents_decide_transfer.h"
#include "services/documents/requisites.h"
#include "tests/simulation/world.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LONG_DAYS = 60 }; // in such runs they pay seldom

#define ACT_US (8 * HOUR_US)
#define BRING_US (6 * HOUR_US)
#define ASK_AGAIN_US (12 * HOUR_US)
#define QUIET_US (2 * DAY_US) // before the end nobody pays any more
#define PAY_OUT_MAX_US (2 * DAY_US)
#define FEE_PPM 39000
#define OUR_ACCOUNT "40702810700000000101"

void bank_model_init(bank_model_t *self, uint64_t seed)
{
    *self = (bank_model_t){.draw = draw_fork(seed, 10), .payouts = draw_fork(seed, 14)};
    self->transfers = calloc(BANK_TRANSFERS_MAX, sizeof *self->transfers);
    assert(self->transfers);
}

void bank_model_release(bank_model_t *self)
{
    free(self->transfers);
}

bank_truth_t *bank_model_of(bank_model_t *self, const hash_t *identity)
{
    for (size_t i = 0; i < self->count; i++)
        if (memcmp(&self->transfers[i].identity, identity, sizeof *identity) == 0)
            return &self->transfers[i];
    return NULL;
}

bank_truth_t *bank_model_received(bank_model_t *self, uint64_t sequence)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->transfers[i].received == sequence)
            return &self->transfers[i];
    return NULL;
}

static bool is_over(const world_t *world, const bank_truth_t *truth, instant_t ago)
{
    return (truth->day + 1) * DAY_US - MOSCOW_OFFSET_US + ago < world->now;
}

bool bank_model_is_due(const world_t *world, const bank_truth_t *truth)
{
    return is_over(world, truth, DAY_US);
}

// --- the statement of a day ---

static void fill(const bank_truth_t *truth, request_transfer_receive_t *ret)
{
    *ret = (request_transfer_receive_t){.own_account = text_of(OUR_ACCOUNT),
                                        .day = (uint64_t)truth->day,
                                        .number = text_of(truth->number),
                                        .amount = truth->amount,
                                        .payer_inn = text_of(truth->inn),
                                        .payer_account = text_of("40702810000000000001"),
                                        .purpose = text_of(truth->purpose),
                                        .ordinal = truth->ordinal};
    memcpy(ret->statement.bytes, &truth->statement, sizeof truth->statement);
}

// Nothing that is there already.
static void book(bank_model_t *self, bank_truth_t *truth)
{
    request_transfer_receive_t fields;
    fill(truth, &fields);
    documents_transfer_identity(&fields, &truth->identity);
    if (self->count < BANK_TRANSFERS_MAX && !bank_model_of(self, &truth->identity))
        self->transfers[self->count++] = *truth;
}

// --- a company pays ---

typedef enum { PAYS_RIGHT, PAYS_MORE, NAMES_NONE, ANOTHER_PAYS, PAYS_TWICE, PAYS_AGAIN } manner_t;

static manner_t draw_manner(draw_t *draw)
{
    uint64_t what = draw_below(draw, 100);
    return what < 55   ? PAYS_RIGHT
           : what < 65 ? PAYS_MORE
           : what < 75 ? NAMES_NONE
           : what < 83 ? ANOTHER_PAYS
           : what < 93 ? PAYS_TWICE
                       : PAYS_AGAIN;
}

static void pay(world_t *world, const step_t *step)
{
    bank_model_t *self = &world->bank;
    const fold_company_invoice_t *invoice = fold_company_invoice(&world->fold, step->number);
    manner_t manner = draw_manner(&self->draw);
    if (!invoice)
        return; // the answer was no promise: who gave it said so
    bank_truth_t truth = {.account = invoice->account,
                          .amount = invoice->amount + (manner == PAYS_MORE),
                          .day = (world->now + MOSCOW_OFFSET_US) / DAY_US,
                          .invoice = manner == NAMES_NONE ? 0 : invoice->number};
    truth.statement = (uint64_t)truth.day;
    truth.right = manner == PAYS_RIGHT || manner >= PAYS_TWICE;
    const char *inn = self->inns[manner == ANOTHER_PAYS ? NOBODY - 1 : invoice->account];
    snprintf(truth.inn, sizeof truth.inn, "%s", inn);
    snprintf(truth.number, sizeof truth.number, "%zu", self->count);
    if (manner == NAMES_NONE)
        snprintf(truth.purpose, sizeof truth.purpose, "Оплата услуг");
    else
        snprintf(truth.purpose, sizeof truth.purpose, "Оплата по счету %" PRIu64, truth.invoice);
    book(self, &truth);
    if (manner == PAYS_AGAIN) // another order of the company
        snprintf(truth.number, sizeof truth.number, "%zu", self->count);
    truth.ordinal = manner == PAYS_TWICE;
    if (manner >= PAYS_TWICE)
        book(self, &truth);
}

void bank_model_issued(world_t *world, unsigned account, uint64_t number, int64_t amount)
{
    const fold_company_invoice_t *invoice = fold_company_invoice(&world->fold, number);
    if (!invoice || invoice->account != account || invoice->amount != amount)
        world_violate(world, "I6", "invoice %" PRIu64 " acknowledged before it was durable",
                      number);
    if (world->now < world->end - QUIET_US)
        world_after(world, draw_span(&world->bank.draw, HOUR_US, 36 * HOUR_US), pay, NULL, number);
}

static void act(world_t *world, const step_t *step)
{
    bank_model_t *self = &world->bank;
    unsigned account = (unsigned)step->number;
    if (world->now > world->end - QUIET_US)
        return;
    request_t request = {.type = REQUEST_invoice_issue};
    request.invoice_issue.account = platform_model_account(account);
    request.invoice_issue.amount = 100 + (int64_t)draw_below(&self->draw, 50000);
    customers_order(world, DOCUMENTS, ROLE_WEB, account, &request);
    instant_t mean = world->profile.days > LONG_DAYS ? 10 * DAY_US : ACT_US;
    world_after(world, draw_span(&self->draw, HOUR_US, 2 * mean), act, NULL, account);
}

static void begin_company(world_t *world, const step_t *step)
{
    unsigned account = (unsigned)step->number;
    request_t request = {.type = REQUEST_requisites_register};
    request.requisites_register.account = platform_model_account(account);
    request.requisites_register.inn = text_of(world->bank.inns[account]);
    request.requisites_register.kpp = text_of("999901001");
    request.requisites_register.name = text_of("ООО «Ромашка»");
    customers_order(world, DOCUMENTS, ROLE_WEB, account, &request);
    // Who is refused an invoice since he is not registered yet asks for the next one later.
    world_after(world, draw_span(&world->bank.draw, HOUR_US, ACT_US), act, NULL, account);
}

// --- Robokassa pays out ---

// All that it captured so far, less what went back of it and what it has paid out.
static int64_t due_of(const world_t *world)
{
    const robokassa_model_t *robokassa = &world->robokassa;
    int64_t due = -world->bank.paid_out;
    for (size_t i = 0; i < robokassa->count; i++)
        if (robokassa->operations[i].state == OPERATION_PAID)
            due += robokassa->operations[i].paid - robokassa->operations[i].refunded +
                   robokassa->operations[i].second - robokassa->operations[i].second_refunded;
    return due;
}

static void pay_out(world_t *world, const step_t *step)
{
    (void)step;
    bank_model_t *self = &world->bank;
    int64_t due = due_of(world), fee = due * FEE_PPM / 1000000;
    uint64_t what = draw_below(&self->payouts, 100);
    int64_t less =
        what < 20 ? 1 + (int64_t)draw_below(&self->payouts, 50) : 0; // comes with the next
    if (world->now > world->end - QUIET_US)
        return;
    world_after(world, draw_span(&self->payouts, DAY_US / 2, PAY_OUT_MAX_US), pay_out, NULL, 0);
    if (due - fee - less <= 0)
        return;
    bank_truth_t truth = {.payout = true,
                          .amount = due - fee - less,
                          .fee = fee,
                          .day = (world->now + MOSCOW_OFFSET_US) / DAY_US};
    truth.statement = (uint64_t)truth.day;
    snprintf(truth.inn, sizeof truth.inn, "%s", self->inns[NOBODY - 1]);
    snprintf(truth.number, sizeof truth.number, "R%zu", self->count);
    snprintf(truth.purpose, sizeof truth.purpose, "Зачисление по эквайрингу");
    book(self, &truth);
    self->paid_out += truth.amount + truth.fee;
    world_reach(world, less ? REACH_SETTLED_SHORT : REACH_PAID_OUT);
    truth.again = what >= 80;
    snprintf(truth.number, sizeof truth.number, "R%zu", self->count);
    if (truth.again)
        book(self, &truth);
}

// --- who brings statements ---

// The same money as another export has it: it reads otherwise.
static void echo(bank_model_t *self, const bank_truth_t *truth)
{
    bank_truth_t again = *truth;
    again.echo = true;
    again.received = 0;
    again.open = false;
    again.statement += 1000000;
    size_t size = strlen(again.purpose);
    snprintf(again.purpose + size, sizeof again.purpose - size, ".");
    book(self, &again);
}

static void bring_one(world_t *world, bank_truth_t *truth)
{
    request_t request = {.type = REQUEST_transfer_receive};
    fill(truth, &request.transfer_receive);
    customers_order(world, DOCUMENTS, ROLE_IMPORTER, truth->account, &request);
    if (truth->received)
        world_reach(world, REACH_TRANSFER_KNOWN);
}

// What was received stands in a later statement too, now and then.
static void bring(world_t *world, const step_t *step)
{
    (void)step;
    bank_model_t *self = &world->bank;
    size_t count = self->count;
    for (size_t i = 0; i < count; i++) {
        bank_truth_t *truth = &self->transfers[i];
        bool again = draw_chance(&self->draw, 30000), other = draw_chance(&self->draw, 20000);
        if (is_over(world, truth, 0) && (!truth->received || again))
            bring_one(world, truth);
        if (truth->received && other && !truth->echo && world->now < world->end - QUIET_US)
            echo(self, truth);
    }
    if (world->now < world->end - BRING_US)
        world_after(world, BRING_US, bring, NULL, 0);
}

// --- what operators say of suspense ---

static void assign(world_t *world, bank_truth_t *truth)
{
    request_t request = {.type = REQUEST_transfer_assign};
    request.transfer_assign.transfer = truth->received;
    if (!truth->echo && !truth->payout)
        request.transfer_assign.account = platform_model_account(truth->account);
    truth->asked_at = world->now;
    customers_order(world, DOCUMENTS, ROLE_OPERATOR, truth->account, &request);
}

// What Robokassa kept its registry says. Two operators may say so of one transfer.
static void settle(world_t *world, bank_truth_t *truth)
{
    request_t request = {.type = REQUEST_transfer_settle};
    request.transfer_settle.transfer = truth->received;
    request.transfer_settle.fee = truth->fee;
    truth->asked_at = world->now;
    customers_order(world, DOCUMENTS, ROLE_OPERATOR, truth->account, &request);
    if (draw_chance(&world->bank.payouts, 300000))
        customers_order(world, DOCUMENTS, ROLE_OPERATOR, truth->account, &request);
}

static void look(world_t *world, const step_t *step)
{
    (void)step;
    bank_model_t *self = &world->bank;
    for (size_t i = 0; i < self->count; i++) {
        bank_truth_t *truth = &self->transfers[i];
        if (truth->open && world->now - truth->asked_at > ASK_AGAIN_US &&
            draw_chance(&self->draw, 700000)) {
            bool settles = truth->payout && !truth->echo && !truth->again;
            (settles ? settle : assign)(world, truth);
        }
    }
    if (world->now < world->end - DAY_US)
        world_after(world, BRING_US, look, NULL, 0);
}

static void make_inn(char inn[11], unsigned account)
{
    char digits[REQUISITE_INN_DIGITS];
    snprintf(inn, 11, "99%07u0", account % 10000000);
    requisites_inn_digits(span_of(inn), digits);
    inn[9] = digits[0];
}

void bank_model_begin(world_t *world)
{
    if (!world->profile.transfers)
        return;
    for (unsigned i = 0; i < ACCOUNTS_MAX; i++)
        make_inn(world->bank.inns[i], i);
    for (unsigned i = 0; i < world->profile.accounts; i++)
        world_after(world, draw_span(&world->bank.draw, MINUTE_US, HOUR_US), begin_company, NULL,
                    i);
    world_after(world, BRING_US, bring, NULL, 0);
    world_after(world, BRING_US, look, NULL, 0);
    if (world->profile.payouts)
        world_after(world, draw_span(&world->bank.payouts, DAY_US / 2, DAY_US), pay_out, NULL, 0);
}
