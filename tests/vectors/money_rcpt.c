// Rows rcpt-…: what fiscal receipts say, whether there is one, and when one is missing. Days are
// 2026-06-01 unless they are said; the provider pays the full rate of VAT unless he says otherwise.
//
//     given  SUM by card [on DAY], balance for future service[, REGIME]
//            SUM lot [of DAY][, USE]…[, closed][, offset before][, REGIME]
//            charge SUM paid SUM bonus, SUM cash
//            top-up credited, no receipt registered for N hours
//            top-up credited, receipt registered within N hours
//     USE    SUM used [on DAY] | SUM used of bonus | SUM refunded
//     REGIME regime of N % | regime without VAT
//     when   first receipt | second receipt [with VAT] | refund receipt of SUM | receipts | offset
//            watch
//     then   what it says
#include "services/payment/payment_fiscal.h"
#include "services/payment/payment_registration.h"
#include "tests/vectors/money.h"
#include <inttypes.h>
#include <stdio.h>

enum { USES_MAX = 8, GOT_MAX = 256 };

typedef struct {
    payment_fiscal_regime_t regime;
    payment_fiscal_lot_t lot;
    payment_fiscal_use_t uses[USES_MAX];
} world_t;

static payment_fiscal_policy_t policy_of(const world_t *world)
{
    return (payment_fiscal_policy_t){&world->regime, 1};
}

static bool take_day(money_text_t *text, const char *word, day_t *ret_day)
{
    span_t token;
    (void)day_of(2026, 6, 1, ret_day);
    return !money_take(text, word) || (money_take_token(text, &token) && day_parse(token, ret_day));
}

static bool take_regime(money_text_t *text, payment_fiscal_vat_t *ret_vat)
{
    uint64_t percent;
    if (money_take(text, "without VAT")) {
        *ret_vat = PAYMENT_FISCAL_NONE;
        return true;
    }
    if (!money_take(text, "of") || !money_take_number(text, &percent) || !money_take(text, "%") ||
        (percent != 5 && percent != 7))
        return false;
    *ret_vat = percent == 5 ? PAYMENT_FISCAL_5 : PAYMENT_FISCAL_7;
    return true;
}

static bool take_use(money_text_t *text, world_t *world)
{
    payment_fiscal_use_t use = {.kind = LOT_CASH};
    if (!money_take_sum(text, &use.sum))
        return false;
    if (money_take(text, "refunded"))
        return money_add(world->lot.refunded, use.sum, &world->lot.refunded);
    if (!money_take(text, "used") || world->lot.uses_count == USES_MAX)
        return false;
    if (money_take(text, "of bonus"))
        use.kind = LOT_BONUS;
    if (!take_day(text, "on", &use.served))
        return false;
    world->uses[world->lot.uses_count++] = use;
    return true;
}

static bool take_lot(money_text_t *text, world_t *world)
{
    bool card;
    if (!money_take_sum(text, &world->lot.sum))
        return false;
    card = money_take(text, "by card");
    if ((!card && !money_take(text, "lot")) ||
        !take_day(text, card ? "on" : "of", &world->lot.came))
        return false;
    while (money_take(text, ",")) {
        if (card && money_take(text, "balance for future service"))
            continue;
        if (money_take(text, "closed"))
            world->lot.closed = true;
        else if (money_take(text, "offset before"))
            world->lot.offset = true;
        else if (!(money_take(text, "regime") ? take_regime(text, &world->regime.vat)
                                              : take_use(text, world)))
            return false;
    }
    return money_ended(text);
}

static const char *tax_name(robokassa_tax_t tax)
{
#define ENTRY(enumerator, name) name,
    static const char *const names[] = {ROBOKASSA_TAX_LIST(ENTRY)};
#undef ENTRY
    return names[tax];
}

static void put_sum(char got[GOT_MAX], const char *before, kopecks_t sum, const char *behind)
{
    size_t at = strlen(got);
    snprintf(got + at, GOT_MAX - at, "%s%" PRId64 ".%02" PRId64 "%s", before, sum / 100, sum % 100,
             behind);
}

static void put(char got[GOT_MAX], const char *before, const char *text)
{
    size_t at = strlen(got);
    snprintf(got + at, GOT_MAX - at, "%s%s", before, text);
}

// There will never be a second receipt: nothing more can be used of the lot, or there was one.
static bool is_over(const payment_fiscal_lot_t *lot)
{
    kopecks_t used = 0;
    (void)payment_fiscal_paid(lot->uses, lot->uses_count, &used);
    return lot->offset || lot->closed || used + lot->refunded == lot->sum;
}

// False, with the verdict's words, if there is no receipt.
static bool is_said(payment_fiscal_verdict_t verdict, const payment_fiscal_lot_t *lot,
                    char got[GOT_MAX])
{
    static const char *const words[] = {"", "none yet", "two rates, for people", "refused"};
    put(got, "", verdict == PAYMENT_FISCAL_NOTHING && is_over(lot) ? "none" : words[verdict]);
    return verdict == PAYMENT_FISCAL_SAYS;
}

static bool is_advance(const payment_fiscal_t *receipt)
{
    return receipt->method == ROBOKASSA_METHOD_ADVANCE &&
           receipt->object == ROBOKASSA_OBJECT_PAYMENT && receipt->offset == 0;
}

static void say_advance(const payment_fiscal_t *receipt, char got[GOT_MAX])
{
    put_sum(got, receipt->back ? "return, one line " : "one line ", receipt->sum, "");
    put(got, ", ", is_advance(receipt) ? "advance, subject payment" : "no advance");
    put(got, ", ", tax_name(receipt->tax));
    put_sum(got, ", VAT ", receipt->vat, "");
}

static void say_second(const payment_fiscal_t *receipt, bool vat, char got[GOT_MAX])
{
    bool full = receipt->method == ROBOKASSA_METHOD_FULL_PAYMENT && !receipt->back &&
                receipt->object == ROBOKASSA_OBJECT_SERVICE;
    put_sum(got, full ? "full_payment " : "no settlement ", receipt->sum, ", ");
    put(got, "", tax_name(receipt->tax));
    put_sum(got, ", payments type 2 = ", receipt->offset, "");
    if (vat)
        put_sum(got, ", VAT ", receipt->vat, "");
}

// The refund first, as it was when it was asked for; the offset of what was used.
static void say_both(world_t *world, char got[GOT_MAX])
{
    payment_fiscal_t refund, offset;
    payment_fiscal_lot_t before = world->lot;
    before.refunded = 0;
    if (!is_said(payment_fiscal_refund(policy_of(world), &before, world->lot.refunded, &refund),
                 &world->lot, got) ||
        !is_said(payment_fiscal_second(policy_of(world), &world->lot, &offset), &world->lot, got))
        return;
    put_sum(got, refund.back ? "refund receipt " : "no return ", refund.sum,
            is_advance(&refund) ? " with the refund" : "");
    put_sum(got, "; offset receipt ", offset.offset, "");
}

static money_verdict_t of_lot(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given}, when = {row->when};
    char got[GOT_MAX] = "";
    world_t world = {.regime = {.sno = ROBOKASSA_SNO_OSN, .vat = PAYMENT_FISCAL_FULL}};
    payment_fiscal_t receipt;
    kopecks_t sum;
    (void)day_of(2019, 1, 1, &world.regime.from);
    world.lot.uses = world.uses;
    if (!take_lot(&given, &world))
        return money_unknown(said, "given", given);
    if (money_take(&when, "first receipt")) {
        if (is_said(payment_fiscal_first(policy_of(&world), &world.lot, &receipt), &world.lot, got))
            say_advance(&receipt, got);
    } else if (money_take(&when, "second receipt")) {
        bool vat = money_take(&when, "with VAT");
        if (is_said(payment_fiscal_second(policy_of(&world), &world.lot, &receipt), &world.lot,
                    got))
            say_second(&receipt, vat, got);
    } else if (money_take(&when, "refund receipt of") && money_take_sum(&when, &sum)) {
        if (is_said(payment_fiscal_refund(policy_of(&world), &world.lot, sum, &receipt), &world.lot,
                    got))
            say_advance(&receipt, got);
    } else if (money_take(&when, "receipts")) {
        say_both(&world, got);
    } else {
        return money_unknown(said, "when", when);
    }
    if (!money_ended(&when))
        return money_unknown(said, "when", when);
    return money_compare(said, got, span_of(row->then));
}

static money_verdict_t of_charge(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    payment_fiscal_use_t uses[] = {{.kind = LOT_BONUS}, {.kind = LOT_CASH}};
    kopecks_t charge, offset;
    char got[GOT_MAX] = "";
    if (!money_take(&given, "charge") || !money_take_sum(&given, &charge) ||
        !money_take(&given, "paid") || !money_take_sum(&given, &uses[0].sum) ||
        !money_take(&given, "bonus") || !money_take(&given, ",") ||
        !money_take_sum(&given, &uses[1].sum) || !money_take(&given, "cash") ||
        !money_ended(&given) || charge - uses[0].sum != uses[1].sum)
        return money_unknown(said, "given", given);
    if (strcmp(row->when, "offset") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    if (payment_fiscal_paid(uses, 2, &offset))
        put_sum(got, "", offset, "");
    return money_compare(said, got, span_of(row->then));
}

static money_verdict_t of_watch(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    payment_registration_t receipt = payment_registration_begin(0);
    uint64_t hours;
    if (!money_take(&given, "top-up credited,"))
        return money_unknown(said, "given", given);
    bool registered = !money_take(&given, "no receipt registered for");
    if ((registered && !money_take(&given, "receipt registered within")) ||
        !money_take_number(&given, &hours) || hours > 1000 || !money_take(&given, "hours") ||
        !money_ended(&given))
        return money_unknown(said, "given", given);
    if (strcmp(row->when, "watch") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    for (instant_t at = 0; at < (instant_t)hours * HOUR_US; at += MINUTE_US)
        (void)payment_registration_step(&receipt, at);
    if (registered)
        payment_registration_heard(&receipt, PAYMENT_REGISTRATION_CODE_REGISTERED);
    bool missing = payment_registration_is_missing(&receipt, (instant_t)hours * HOUR_US);
    return money_compare(said,
                         missing ? "alert RECEIPT_MISSING, money stays credited"
                                 : "no alert, money stays credited",
                         span_of(row->then));
}

money_verdict_t money_rcpt(const money_row_t *row, money_said_t *said)
{
    if (strncmp(row->given, "charge ", 7) == 0)
        return of_charge(row, said);
    return strncmp(row->given, "top-up ", 7) == 0 ? of_watch(row, said) : of_lot(row, said);
}
