#include "proto/posting.h"
#include "tests/simulation/fold_parts.h"
#include <inttypes.h>

fold_company_invoice_t *fold_company_invoice(fold_t *self, uint64_t number)
{
    fold_company_invoice_t *rows = self->bank.invoices.rows;
    for (size_t i = self->bank.invoices.count; i-- > 0;)
        if (rows[i].number == number)
            return &rows[i];
    return NULL;
}

// One series without a gap; the last digit is a check, so it is left out here.
static void fold_issued(world_t *world, const event_invoice_issued_t *e)
{
    fold_list_t *list = &world->fold.bank.invoices;
    const fold_company_invoice_t *rows = list->rows;
    uint64_t before = list->count ? rows[list->count - 1].number / 10 : 0, number = e->number / 10;
    bool first_of_year = number % 100000000 == 1 && number > before;
    if (number != before + 1 && !first_of_year)
        world_violate(world, "I20", "invoice %" PRIu64 " does not go on from the one before",
                      e->number);
    *(fold_company_invoice_t *)fold_add(list,
                                        sizeof(fold_company_invoice_t)) = (fold_company_invoice_t){
        .number = e->number, .account = fold_account_of(world, &e->account), .amount = e->amount};
}

static void add_fee(world_t *world, uint64_t sequence, int64_t fee)
{
    if (fee)
        *(fold_fact_t *)fold_add(&world->fold.bank.fees, sizeof(fold_fact_t)) =
            (fold_fact_t){.sequence = sequence, .amount = fee, .left = fee};
}

static void add_fact(world_t *world, uint64_t sequence, int64_t amount, const uid_t16 *account)
{
    bool nobody = uid_is_zero(account);
    *(fold_fact_t *)fold_add(&world->fold.bank.facts, sizeof(fold_fact_t)) =
        (fold_fact_t){.sequence = sequence,
                      .amount = amount,
                      .left = amount,
                      .number = nobody ? 0 : 1 + fold_account_of(world, account)};
}

// Robokassa's transfers are nobody's invoice.
static void check_payout(world_t *world, const bank_truth_t *truth,
                         const event_transfer_received_t *e)
{
    uint64_t reason = truth->echo ? TRANSFER_POSSIBLE_DUPLICATE : TRANSFER_ACQUIRING_REGISTRY;
    if (!uid_is_zero(&e->account) || e->reason != reason)
        world_violate(world, "I20", "a payout of Robokassa is taken for reason %" PRIu64,
                      e->reason);
}

// It is credited if and only if it pays an invoice that nobody has paid.
static void check_match(world_t *world, const bank_truth_t *truth,
                        const event_transfer_received_t *e)
{
    fold_company_invoice_t *invoice = fold_company_invoice(&world->fold, truth->invoice);
    bool pays = truth->right && !truth->echo && !invoice->paid;
    bool matched = !uid_is_zero(&e->account);
    if (matched != pays || matched != (e->reason == TRANSFER_MATCHED))
        world_violate(world, "I20", "transfer of invoice %" PRIu64 " is %s, reason %" PRIu64,
                      truth->invoice, matched ? "credited" : "in suspense", e->reason);
    if (truth->echo != (e->reason == TRANSFER_POSSIBLE_DUPLICATE))
        world_violate(world, "I20", "a transfer that came before passes for another one");
    if (matched && (fold_account_of(world, &e->account) != truth->account || !invoice))
        world_violate(world, "I20", "a transfer is credited to another's account");
    if (matched && invoice)
        invoice->paid = true;
    world_reach(world, matched ? REACH_TRANSFER_MATCHED : REACH_TRANSFER_SUSPENSE);
    if (truth->echo)
        world_reach(world, REACH_TRANSFER_ALIKE);
    if (truth->ordinal)
        world_reach(world, REACH_TRANSFER_EQUAL);
}

static void fold_received(world_t *world, const event_transfer_received_t *e, uint64_t sequence)
{
    bank_truth_t *truth = bank_model_of(&world->bank, &e->identity);
    if (!truth || truth->received || truth->amount != e->amount) {
        world_violate(world, "I20", "a transfer is received that the bank has not, or again");
        return;
    }
    (truth->payout ? check_payout : check_match)(world, truth, e);
    truth->received = sequence;
    truth->open = uid_is_zero(&e->account);
    world->fold.bank.received += e->amount;
    world->fold.bank.suspense += truth->open ? e->amount : 0;
    add_fact(world, sequence, e->amount, &e->account);
}

static void fold_assigned(world_t *world, const event_transfer_assigned_t *e, uint64_t sequence)
{
    bank_truth_t *truth = bank_model_received(&world->bank, e->transfer);
    bool back = uid_is_zero(&e->account);
    bool nobodys = truth && (truth->echo || truth->again);
    if (!truth || !truth->open || truth->amount != e->amount || back != nobodys) {
        world_violate(world, "I20", "what is assigned is not in suspense, or not so");
        return;
    }
    truth->open = false;
    world->fold.bank.suspense -= e->amount;
    world->fold.bank.received -= back ? e->amount : 0;
    world->fold.bank.agreed_next = true;
    add_fact(world, sequence, e->amount, &e->account);
    world_reach(world, back ? REACH_TRANSFER_BACK : REACH_TRANSFER_ASSIGNED);
    if (truth->again)
        world_reach(world, REACH_SETTLED_BACK);
}

// Once, with its own sum, and what Robokassa truly kept.
static void fold_settled(world_t *world, const event_transfer_settled_t *e, uint64_t sequence)
{
    bank_truth_t *truth = bank_model_received(&world->bank, e->transfer);
    if (!truth || !truth->open || !truth->payout || truth->echo || truth->again ||
        truth->amount != e->amount || truth->fee != e->fee) {
        world_violate(world, "I20", "what is settled is no payout in suspense, or not so");
        return;
    }
    truth->open = false;
    world->fold.bank.suspense -= e->amount;
    world->fold.bank.agreed_next = true;
    add_fact(world, sequence, e->amount, &(uid_t16){{0}});
    add_fee(world, sequence, e->fee);
}

static void check_agreed(world_t *world, const event_t *event)
{
    const event_command_sent_by_t *sender = &event->command_sent_by;
    if (world->fold.bank.agreed_next &&
        (event->type != EVENT_command_sent_by || !sender->approver.size))
        world_violate(world, "I20", "one person alone said what a transfer is");
    world->fold.bank.agreed_next = false;
}

void fold_documents(world_t *world, const event_t *event, uint64_t sequence)
{
    check_agreed(world, event);
    fold_acts_documents(world, event);
    if (event->type == EVENT_invoice_issued)
        fold_issued(world, &event->invoice_issued);
    else if (event->type == EVENT_transfer_received)
        fold_received(world, &event->transfer_received, sequence);
    else if (event->type == EVENT_transfer_assigned)
        fold_assigned(world, &event->transfer_assigned, sequence);
    else if (event->type == EVENT_transfer_settled)
        fold_settled(world, &event->transfer_settled, sequence);
}

void fold_bank_posted(world_t *world, const event_t *event)
{
    const event_posted_t *e = &event->posted;
    fold_bank_t *bank = &world->fold.bank;
    fold_list_t *facts = e->kind == POSTING_FEE ? &bank->fees : &bank->facts;
    fold_fact_t *fact = fold_fact(facts, event->cause.sequence);
    uint64_t credited = uid_is_zero(&e->account) || e->credit < SYSTEM_END
                            ? 0
                            : 1 + fold_account_of(world, &e->account);
    if (!fact || fact->left != e->amount || fact->number != credited) {
        world_violate(world, "I20", "transfer %" PRIu64 " is posted twice or wrongly",
                      event->cause.sequence);
        return;
    }
    fact->left = 0;
    fact->ever = true;
}
