#include "tests/simulation/operators.h"
#include "proto/posting.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/world.h"

#define COMPARE_US (6 * HOUR_US)
#define SETTLED_US (26 * HOUR_US) // so long payment asks by itself
#define HEARD_US (2 * HOUR_US)    // so long a notice may take

// --- two histories of a stream ---

// How many events the history that was followed and the one of now have in common, by restores.
static uint64_t common_of(world_t *world, process_name_t producer, uint64_t epoch)
{
    uint64_t common = producer == LEDGER ? world->restored_last : UINT64_MAX;
    const fold_history_t *lost = world->fold.lost.rows;
    for (size_t i = 0; i < world->fold.lost.count && producer == PAYMENT; i++)
        if (lost[i].epoch >= epoch && lost[i].common < common)
            common = lost[i].common;
    return common;
}

// What the follower heard of the stream, and what the journal that was put back has of it. False if
// it is not settled yet, or if the follower goes by that journal already.
static bool find_common(world_t *world, process_name_t follower, process_name_t producer,
                        request_reseed_t *ret_reseed)
{
    static uint8_t bytes[JOURNAL_HEAD_MAX];
    static head_t ours, its;
    stream_t stream = world->processes[producer].core->stream;
    if (!process_head(&world->processes[follower], bytes, &ours) ||
        !process_head(&world->processes[producer], bytes, &its) ||
        its.epoch < world->processes[producer].epoch_least)
        return false;
    const cursor_t *cursor = head_cursor(&ours, stream);
    uint64_t last = cursor ? cursor->sequence : 0, epoch = cursor ? cursor->epoch : 0;
    if (producer == PAYMENT && epoch == its.epoch)
        return false;
    uint64_t common = common_of(world, producer, epoch);
    last = last < common ? last : common;
    *ret_reseed = (request_reseed_t){.stream = stream, .epoch = its.epoch, .sequence = last};
    const fold_list_t *leaves = &world->fold.leaves[producer];
    if (last > leaves->count)
        return false;
    if (last)
        ret_reseed->leaf = ((const hash_t *)leaves->rows)[last - 1];
    return true;
}

// Whether what it holds of the producer is in the producer's journal: then a start mends it.
static bool is_right(const world_t *world, process_name_t follower, process_name_t producer)
{
    static uint8_t bytes[JOURNAL_HEAD_MAX];
    static head_t ours, its;
    static const hash_t none;
    const fold_list_t *leaves = &world->fold.leaves[producer];
    if (!process_head(&world->processes[follower], bytes, &ours) ||
        !process_head(&world->processes[producer], bytes, &its))
        return false;
    const cursor_t *cursor = head_cursor(&ours, world->processes[producer].core->stream);
    if (!cursor)
        return true;
    if (cursor->epoch != its.epoch || cursor->sequence > leaves->count)
        return false;
    return cursor->sequence == 0 || !memcmp(&cursor->leaf, &none, sizeof none) ||
           !memcmp(&cursor->leaf, (const hash_t *)leaves->rows + cursor->sequence - 1,
                   sizeof cursor->leaf);
}

// True if the stream has another history than the one that is followed.
static bool reseed(world_t *world, process_name_t follower, process_name_t producer)
{
    request_t request = {.type = REQUEST_reseed};
    if (is_right(world, follower, producer))
        return false;
    if (find_common(world, follower, producer, &request.reseed)) {
        world->operators.reseeding[follower] = true;
        customers_order(world, follower, ROLE_OPERATOR, 0, &request);
    }
    return true;
}

// What has stopped for no history that is there heard a late word of one who is gone.
static void look_at(world_t *world, process_name_t name)
{
    process_t *follower = &world->processes[name];
    bool other = false;
    if (world->unmounted || world->operators.reseeding[name] || !follower->up || follower->busy ||
        !node_trouble(follower->node))
        return;
    for (size_t i = 0; i < follower->core->follows_count && !other; i++) {
        process_name_t producer = process_of(follower->core->follows[i].stream);
        other = (producer == LEDGER || producer == PAYMENT) && reseed(world, name, producer);
    }
    if (!other)
        faults_kill(world, follower, REACH_RIGHT_AGAIN, false);
}

// The followers of a payment that was put back are told at times of their own, in any order: for
// hours one may go by the old journal and another by the new one.
static bool is_looked_at(world_t *world)
{
    bool later = draw_chance(&world->operators.draw, 600000);
    return world->calm || world->put_back_at <= world->restored_at || !later;
}

static void look_at_all(world_t *world)
{
    static const process_name_t names[] = {PAYMENT, AUTOPAY, LEDGER, NOTIFY};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i] < world->count && is_looked_at(world))
            look_at(world, names[i]);
}

static void look_at_followers(world_t *world, const step_t *step)
{
    (void)step;
    look_at_all(world);
    if (world->now < world->end - HOUR_US)
        world_after(world, HOUR_US, look_at_followers, NULL, 0);
}

// --- the shop's list ---

static bool goes_by_this_payment(const world_t *world, process_name_t follower)
{
    return world->fold.follows[follower] == world->fold.payment.epoch;
}

// Payment knows it, and has not heard of its money: by its own journal, so that it is credited by
// its number. Else only the ledger is told, for payment will never speak of it.
static void compare(world_t *world, const operation_t *operation)
{
    fold_t *fold = &world->fold;
    const fold_invoice_t *known = fold_invoice(fold, operation->invoice);
    const fold_invoice_t *ever = fold_invoice_ever(fold, operation->invoice);
    instant_t age = world->now - operation->paid_at;
    // What was resolved since the backup is open again, and its account waits for it.
    bool open = known && known->mismatch && !known->succeeded && !known->declined;
    if (!ever || (fold_credits(fold, operation->invoice) && !open) ||
        customers_settling(world, operation->invoice))
        return;
    if (known && !known->succeeded && age > SETTLED_US) {
        request_t request = {.type = REQUEST_payment_resolve};
        request.payment_resolve.invoice = operation->invoice;
        request.payment_resolve.outcome = OUTCOME_SUCCEEDED;
        request.payment_resolve.amount = operation->paid;
        customers_order(world, PAYMENT, ROLE_OPERATOR, known->account, &request);
    } else if (!known && age > HEARD_US && goes_by_this_payment(world, LEDGER)) {
        request_t request = {.type = REQUEST_post};
        request.post.debit = posting_system_id(SYSTEM_CLEARING);
        request.post.credit = platform_model_account(ever->account);
        request.post.amount = operation->paid;
        request.post.kind = POSTING_CORRECTION;
        request.post.opens = true; // he may have paid once only
        request.post.reference = posting_payment_reference(operation->invoice);
        customers_order(world, LEDGER, ROLE_OPERATOR, ever->account, &request);
        world_reach(world, REACH_BY_HAND);
    }
}

static void look_at_list(world_t *world, const step_t *step)
{
    (void)step;
    for (size_t i = 0; i < world->robokassa.count; i++)
        if (world->robokassa.operations[i].state == OPERATION_PAID)
            compare(world, &world->robokassa.operations[i]);
    if (world->now < world->end - COMPARE_US)
        world_after(world, COMPARE_US, look_at_list, NULL, 0);
}

void operators_restored(world_t *world, process_name_t process)
{
    customers_forget_reseed(world, process);
    if (process == PAYMENT) {
        customers_forget_reseed(world, LEDGER);
        customers_forget_reseed(world, AUTOPAY);
    } else if (process == LEDGER)
        customers_forget_reseed(world, PAYMENT);
    if (process == PAYMENT && !world->operators.compares)
        world_after(world, COMPARE_US, look_at_list, NULL, 0);
    world->operators.compares = world->operators.compares || process == PAYMENT;
}

void operators_begin(world_t *world)
{
    const profile_t *profile = &world->profile;
    world->operators.draw = draw_fork(world->scenario.seed, 9);
    if (profile->restore_every_us || profile->put_back_every_us || profile->unmounted_every_us)
        world_after(world, HOUR_US, look_at_followers, NULL, 0);
}
