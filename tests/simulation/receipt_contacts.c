#include "tests/simulation/receipt_contacts.h"
#include "tests/simulation/customers.h"
#include "tests/simulation/fold_parts.h"
#include "tests/simulation/world.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LOOK_EVERY_US (3 * HOUR_US)
#define ON_ITS_WAY_US MINUTE_US

void receipt_contacts_init(world_t *world)
{
    world->receipt_contacts = (receipt_contacts_t){.draw = draw_fork(world->scenario.seed, 31)};
}

void receipt_contacts_release(world_t *world)
{
    free(world->receipt_contacts.places.rows);
}

static receipt_place_t *place_at(const receipt_contacts_t *self, size_t place)
{
    return (receipt_place_t *)self->places.rows + place;
}

// --- what customers say ---

static void set(world_t *world, unsigned account)
{
    receipt_contacts_t *self = &world->receipt_contacts;
    size_t number = self->places.count;
    receipt_place_t *place = fold_add(&self->places, sizeof *place);
    snprintf(place->text, sizeof place->text, "a%zu@mail.example", number);
    request_t request = {.type = REQUEST_receipt_contact_set};
    request.receipt_contact_set.account = platform_model_account(account);
    request.receipt_contact_set.address = text_of(place->text);
    customers_order(world, PAYMENT, ROLE_OPERATOR, account, &request);
    place_at(self, number)->command = request.id;
}

static void erase(world_t *world, unsigned account)
{
    request_t request = {.type = REQUEST_receipt_contact_erase};
    request.receipt_contact_erase.account = platform_model_account(account);
    customers_order(world, PAYMENT, ROLE_OPERATOR, account, &request);
}

static void look(world_t *world, const step_t *step)
{
    receipt_contacts_t *self = &world->receipt_contacts;
    unsigned account = (unsigned)draw_below(&self->draw, world->profile.accounts);
    (void)step;
    if (self->accounts[account].now && draw_chance(&self->draw, 400000))
        erase(world, account);
    else
        set(world, account);
    world_after(world, draw_span(&self->draw, MINUTE_US, LOOK_EVERY_US), look, NULL, 0);
}

void receipt_contacts_begin(world_t *world)
{
    if (world->profile.receipts)
        world_after(world, draw_span(&world->receipt_contacts.draw, MINUTE_US, HOUR_US), look, NULL,
                    0);
}

// --- payment's journal ---

static void change(world_t *world, unsigned account, uint32_t place)
{
    receipt_contacts_t *self = &world->receipt_contacts;
    if (account >= ACCOUNTS_MAX)
        return;
    self->accounts[account].before = self->accounts[account].now;
    self->accounts[account].now = place;
    self->accounts[account].changed = world->now;
}

void receipt_contacts_fold(world_t *world, const event_t *event)
{
    const receipt_contacts_t *self = &world->receipt_contacts;
    if (event->type == EVENT_receipt_contact_erased) {
        change(world, fold_account_of(world, &event->receipt_contact_erased.account), 0);
        world_reach(world, REACH_RECEIPT_CONTACT_ERASED);
        return;
    }
    if (event->type != EVENT_receipt_contact_set)
        return;
    uint32_t place = 0;
    while (place < self->places.count &&
           !uid_equal(&place_at(self, place)->command, &event->cause.command))
        place++;
    if (place == self->places.count)
        world_violate(world, "I25", "a receipt's contact that nobody asked for");
    else
        change(world, fold_account_of(world, &event->receipt_contact_set.account), place + 1);
}

void receipt_contacts_put_back(world_t *world)
{
    for (unsigned account = 0; account < world->profile.accounts; account++)
        change(world, account, 0);
}

// --- the tax service's door ---

static bool is(const receipt_contacts_t *self, uint32_t place, const char *client)
{
    return strcmp(client, place ? place_at(self, place - 1)->text : RECEIPT_CONTACT_SHOP) == 0;
}

void receipt_contacts_named(world_t *world, uint64_t invoice, const char *client)
{
    const receipt_contacts_t *self = &world->receipt_contacts;
    const fold_receipt_t *receipt = fold_receipts_of(world, invoice);
    if (!receipt || receipt->account >= ACCOUNTS_MAX)
        return; // check_new says so
    uint32_t now = self->accounts[receipt->account].now;
    uint32_t before = self->accounts[receipt->account].before;
    bool late = world->now - self->accounts[receipt->account].changed <= ON_ITS_WAY_US;
    if (!is(self, now, client) && !(late && is(self, before, client)))
        world_violate(world, "I25", "the second receipt of invoice %" PRIu64 " goes to %s", invoice,
                      client);
    else if (now)
        world_reach(world, REACH_RECEIPT_CONTACT);
}

static fail_t stop_at_his(const journal_row_t *row, void *arg)
{
    return uid_equal(&row->owner, (const uid_t16 *)arg) ? FAIL_STATE : FAIL_LATER;
}

void receipt_contacts_check(world_t *world)
{
    const process_t *payment = &world->processes[PAYMENT];
    for (unsigned account = 0; payment->up && account < world->profile.accounts; account++) {
        uid_t16 owner = platform_model_account(account);
        if (!world->receipt_contacts.accounts[account].now &&
            journal_rows(payment->reader, &owner, 1, stop_at_his, &owner) == FAIL_STATE)
            world_violate(world, "I25", "account %u is erased, and its row is there", account);
    }
}
