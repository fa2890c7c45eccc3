#include "tools/kopeck/origin.h"
#include "proto/carry.h"
#include "proto/posting.h"
#include "proto/service.h"
#include "proto/wire.h"
#include "tools/kopeck/verify_cause.h"

static void add(origin_t *out, size_t *count, origin_link_t link, stream_t stream,
                uint64_t sequence, kopecks_t taken)
{
    if (sequence && *count < ORIGINS_MAX)
        out[(*count)++] = (origin_t){link, stream, sequence, taken};
}

static void add_lots(const event_posted_t *posted, origin_t *out, size_t *count)
{
    if (!posted->lots.size) {
        add(out, count, ORIGIN_LOT, STREAM_LEDGER, posted->lot, posted->amount);
        return;
    }
    wire_t wire;
    wire_start(&wire, posted->lots.data, posted->lots.size);
    uint64_t rows = wire_array(&wire, ORIGINS_MAX - 1);
    for (uint64_t i = 0; i < rows && wire.fail == FAIL_NONE; i++) {
        uint64_t lot = 0;
        int64_t taken = 0;
        if (wire_array(&wire, 2) != 2)
            return;
        wire_u64(&wire, &lot);
        wire_i64(&wire, &taken);
        add(out, count, ORIGIN_LOT, STREAM_LEDGER, lot, taken);
    }
}

size_t origin_list(stream_t stream, uint64_t sequence, const event_t *event,
                   origin_t out[ORIGINS_MAX])
{
    size_t count = 0;
    if (event->cause.stream != STREAM_NONE && service_stream_name(event->cause.stream))
        add(out, &count, ORIGIN_CAUSE, event->cause.stream, event->cause.sequence, 0);
    if (stream == STREAM_LEDGER && event->type == EVENT_posted && event->posted.lot != sequence)
        add_lots(&event->posted, out, &count);
    if (stream == STREAM_PAYMENT && event->type == EVENT_payment_succeeded)
        add(out, &count, ORIGIN_DECISION, STREAM_AUTOPAY, event->payment_succeeded.request, 0);
    if (stream == STREAM_PAYMENT && event->type == EVENT_payment_declined)
        add(out, &count, ORIGIN_DECISION, STREAM_AUTOPAY, event->payment_declined.request, 0);
    if (stream == STREAM_METERING && event->type == EVENT_usage_credited)
        add(out, &count, ORIGIN_LINE, STREAM_METERING, event->usage_credited.original, 0);
    if (stream == STREAM_DOCUMENTS && event->type == EVENT_transfer_assigned)
        add(out, &count, ORIGIN_TRANSFER, STREAM_DOCUMENTS, event->transfer_assigned.transfer, 0);
    if (stream == STREAM_DOCUMENTS && event->type == EVENT_transfer_settled)
        add(out, &count, ORIGIN_TRANSFER, STREAM_DOCUMENTS, event->transfer_settled.transfer, 0);
    if (stream == STREAM_NOTIFY && event->type == EVENT_ladder_moved) {
        add(out, &count, ORIGIN_BALANCE, STREAM_LEDGER, event->ladder_moved.balance_sequence, 0);
        add(out, &count, ORIGIN_HOUR, STREAM_METERING, event->ladder_moved.burn_sequence, 0);
    }
    if (stream == STREAM_DOCUMENTS && event->type == EVENT_act_issued) {
        add(out, &count, ORIGIN_THROUGH, STREAM_METERING, event->act_issued.through, 0);
        add(out, &count, ORIGIN_THROUGH, STREAM_LEDGER, event->act_issued.ledger, 0);
    }
    return count;
}

// --- does it follow? ---

// What goes into suspense is nobody's yet; usage is given back in two postings where a part of it
// was paid by a bonus.
static const char *check_money(const event_posted_t *posted, const verify_due_t *due)
{
    bool given_back = due->kind == POSTING_CREDIT;
    if (posted->kind != due->kind && !(given_back && posted->kind == POSTING_CREDIT_BONUS))
        return "its kind is not that of what caused it";
    bool suspense =
        due->invoice && uid_is_zero(&posted->account) && posted->credit == SYSTEM_SUSPENSE;
    if (!suspense && !uid_equal(&posted->account, &due->account))
        return "its account is not that of what caused it";
    bool fits = given_back || due->kind == POSTING_CHARGE ? posted->amount <= due->amount
                                                          : posted->amount == due->amount;
    return fits ? NULL : "its amount is not that of what caused it";
}

// Suspense stands for an account that cannot take it, and for none.
static const char *check_transfer(const event_posted_t *posted, const hash_t *identity,
                                  const uid_t16 *account, kopecks_t amount)
{
    uid_t16 reference = posting_transfer_reference(identity);
    if (!uid_equal(&posted->reference, &reference))
        return "its reference is not the transfer's";
    bool suspense = uid_is_zero(&posted->account) && posted->credit == SYSTEM_SUSPENSE;
    if (!suspense && !uid_equal(&posted->account, account))
        return "its account is not that of what caused it";
    return posted->amount == amount ? NULL : "its amount is not that of what caused it";
}

// What came by bank, or what Robokassa kept of it.
static const char *check_settlement(const event_posted_t *posted,
                                    const event_transfer_settled_t *settled)
{
    uid_t16 reference = posting_transfer_reference(&settled->identity);
    if (!uid_equal(&posted->reference, &reference))
        return "its reference is not the transfer's";
    if (posted->kind != POSTING_SETTLEMENT && posted->kind != POSTING_FEE)
        return "its kind is not that of what caused it";
    kopecks_t amount = posted->kind == POSTING_FEE ? settled->fee : settled->amount;
    return posted->amount == amount ? NULL : "its amount is not that of what caused it";
}

static const char *check_settled(const event_transfer_settled_t *settled, const event_t *from)
{
    if (from->type != EVENT_transfer_received)
        return "what it settles is no transfer";
    const event_transfer_received_t *transfer = &from->transfer_received;
    return transfer->amount == settled->amount && uid_is_zero(&transfer->account) &&
                   memcmp(&transfer->identity, &settled->identity, sizeof(hash_t)) == 0
               ? NULL
               : "the transfer that it settles is not in suspense, or another one";
}

static const char *check_assigned(const event_transfer_assigned_t *assigned, const event_t *from)
{
    if (from->type != EVENT_transfer_received)
        return "what it assigns is no transfer";
    const event_transfer_received_t *transfer = &from->transfer_received;
    return transfer->amount == assigned->amount && uid_is_zero(&transfer->account) &&
                   memcmp(&transfer->identity, &assigned->identity, sizeof(hash_t)) == 0
               ? NULL
               : "the transfer that it assigns is not in suspense, or another one";
}

static const char *check_posting(const event_posted_t *posted, const event_t *from)
{
    verify_due_t due;
    switch (from->type) {
    case EVENT_transfer_received:
        return check_transfer(posted, &from->transfer_received.identity,
                              &from->transfer_received.account, from->transfer_received.amount);
    case EVENT_transfer_assigned:
        return check_transfer(posted, &from->transfer_assigned.identity,
                              &from->transfer_assigned.account, from->transfer_assigned.amount);
    case EVENT_transfer_settled:
        return check_settlement(posted, &from->transfer_settled);
    default:
        return verify_cause_money(from, &due) ? check_money(posted, &due) : NULL;
    }
}

static const char *check_lot(const event_t *event, const origin_t *origin, const event_t *from)
{
    if (from->type != EVENT_posted || from->posted.lot != origin->sequence)
        return "the lot that it took of is no credit";
    if (!uid_equal(&from->posted.account, &event->posted.account))
        return "the lot that it took of is another account's";
    return origin->taken > 0 && origin->taken <= from->posted.amount
               ? NULL
               : "it took more of a lot than there ever was";
}

static const char *check_decision(const event_t *event, const event_t *from)
{
    if (from->type != EVENT_autopay_payment_requested)
        return "the decision that it names is none";
    const event_autopay_payment_requested_t *asked = &from->autopay_payment_requested;
    bool paid = event->type == EVENT_payment_succeeded;
    const uid_t16 *account =
        paid ? &event->payment_succeeded.account : &event->payment_declined.account;
    if (!uid_equal(&asked->account, account))
        return "the decision that it names is about another account";
    return !paid || asked->amount == event->payment_succeeded.amount
               ? NULL
               : "the decision that it names is about another amount";
}

static const char *check_line(const event_usage_credited_t *credit, const event_t *from)
{
    if (from->type != EVENT_usage_charged)
        return "the line that it gives back is none";
    const event_usage_charged_t *line = &from->usage_charged;
    if (line->meter != credit->meter || line->hour != credit->hour ||
        line->version != credit->version || !uid_equal(&line->account, &credit->account))
        return "the line that it gives back is of something else";
    return line->amount == credit->charged && line->minutes == credit->charged_minutes &&
                   credit->minutes <= line->minutes
               ? NULL
               : "the line that it gives back is not what it says of it";
}

static const char *check_seen(const event_ladder_moved_t *moved, const event_t *from)
{
    kopecks_t balance = 0;
    if (from->type != EVENT_posted || !uid_equal(&from->posted.account, &moved->account))
        return "the balance that it saw is another account's";
    return money_add(from->posted.cash, from->posted.bonus, &balance) && balance == moved->balance
               ? NULL
               : "the balance that it saw is another one";
}

static const char *check_hour(const event_ladder_moved_t *moved, const event_t *from)
{
    if (from->type != EVENT_usage_charged ||
        !uid_equal(&from->usage_charged.account, &moved->account))
        return "the line that it names is another account's";
    return from->usage_charged.hour == moved->hour ? NULL
                                                   : "the line that it names is of another hour";
}

const char *origin_check(const event_t *event, const origin_t *origin, const event_t *from)
{
    switch (origin->link) {
    case ORIGIN_LOT:
        return check_lot(event, origin, from);
    case ORIGIN_DECISION:
        return check_decision(event, from);
    case ORIGIN_LINE:
        return check_line(&event->usage_credited, from);
    case ORIGIN_TRANSFER:
        return event->type == EVENT_transfer_settled
                   ? check_settled(&event->transfer_settled, from)
                   : check_assigned(&event->transfer_assigned, from);
    case ORIGIN_BALANCE:
        return check_seen(&event->ladder_moved, from);
    case ORIGIN_HOUR:
        return check_hour(&event->ladder_moved, from);
    default:
        return event->type == EVENT_posted ? check_posting(&event->posted, from) : NULL;
    }
}

__int128 origin_carry_before(const event_usage_charged_t *line)
{
    return (__int128)line->amount * CARRY_DENOMINATOR + line->remainder -
           (__int128)line->price * carry_unit(line->kind) * (__int128)line->minutes;
}

static bool is_carry(__int128 units)
{
    return units >= 0 && units < CARRY_DENOMINATOR;
}

static const char *check_act(const event_act_issued_t *act)
{
    kopecks_t amount = 0, vat = 0;
    wire_t wire;
    wire_start(&wire, act->lines.data, act->lines.size);
    while (wire.fail == FAIL_NONE && wire_left(&wire) && wire_array(&wire, 4) == 4) {
        kopecks_t sum = 0, tax = 0;
        wire_skip(&wire, 2);
        wire_i64(&wire, &sum);
        wire_i64(&wire, &tax);
        amount += sum;
        vat += tax;
    }
    return wire_end(&wire) == FAIL_NONE && amount == act->amount && vat == act->vat
               ? NULL
               : "its lines and their taxes do not come to its amount";
}

const char *origin_check_alone(const event_t *event)
{
    if (event->type == EVENT_act_issued)
        return check_act(&event->act_issued);
    if (event->type != EVENT_usage_charged)
        return NULL;
    const event_usage_charged_t *line = &event->usage_charged;
    return is_carry(line->remainder) && is_carry(origin_carry_before(line))
               ? NULL
               : "minutes x price and the parts of a kopeck carried do not come to its amount";
}
