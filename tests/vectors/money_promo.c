// Rows promo-…: codes, what they are reserved for, and the bonus, played through the rules of
// services/payment/promo_decide.h.
//
//     when   normalise              given "TEXT"
//            make a code            given value N, of the random bits
//            journal                given CODE under the key HH HH HH ... HH, 32 bytes in a row
//            apply                  given CODE
//                                         TERM, …, N accounts apply at once
//                                         TERM, …, one account with N codes, each paid
//            apply each             given CASE, CASE, …
//            next account applies   given MOMENT, …; of one use in all
//            pay                    given TERM, …, top-up SUM, MOMENT, …
//            welcome                given SUM[, limit N][, budget SUM]; … of campaigns in the order
//            in
//                                         which they began, N accounts open
//            claw back              given bonus SUM with top-up SUM, returned SUM [, clawed SUM]
//            Nth try [an hour | a day after the first], right code
//                                   given N wrong codes of one account within (an hour | a day)
//                                         [, a right one among them]
//     then   what comes of it, as the rows say it
//
// A TERM is `limit N`, `limit N an account`, `budget SUM`, `P %`, `at most SUM`, `fixed SUM`,
// `from SUM` or `first top-up only`; a MOMENT `reserved TIME`, `invoice expired TIME`, `declined
// TIME`, `paid TIME`, `another paid TIME` or `asked TIME`; TIME is [next day] HH:MM. A CASE is
// unknown, not begun, ended, stopped, used up or not for you. Numbers to twelve may be words.
#include "services/payment/promo_decide.h"
#include "tests/vectors/money.h"
#include "tests/vectors/money_promo_words.h"
#include <inttypes.h>
#include <stdio.h>

#define CODE "7K2MQ4RZ9TA9"

enum { TEXT_MAX = 160, FIRST_INVOICE = 500, ACCOUNTS_MAX = 100, WORDS_MAX = 12 };

static const instant_t DAY0 = 20000 * DAY_US;

typedef struct {
    promo_state_t state;
    promo_keys_t keys;
} world_t;

static void open_world(world_t *self)
{
    promo_state_init(&self->state);
    self->keys.count = 1;
    for (size_t i = 0; i < PROMO_KEY_SIZE; i++)
        self->keys.keys[0].bytes[i] = (uint8_t)i;
}

// --- steps; what is due comes first ---

static void settle(world_t *self, instant_t now)
{
    promo_event_t event;
    while (promo_decide_due(&self->state, now, &event))
        promo_state_apply(&self->state, &event);
}

static bool begin(world_t *self, const promo_terms_t *terms, const char *code)
{
    promo_event_t event;
    const char *wrong;
    if (!promo_decide_begin(&self->state, terms, 0, &event, &wrong))
        return false;
    promo_state_apply(&self->state, &event);
    uint32_t campaign = event.campaign;
    if (!promo_decide_add(&self->state, &self->keys, campaign, span_of(code), 0, &event, &wrong))
        return false;
    promo_state_apply(&self->state, &event);
    return true;
}

static promo_answer_t apply(world_t *self, uint64_t account, const char *code, instant_t now,
                            promo_event_t *event)
{
    promo_wish_t wish = {.account = table_key(account, 1), .typed = span_of(code), .now = now};
    settle(self, now);
    promo_answer_t answer = promo_decide_apply(&self->state, &self->keys, &wish, event);
    promo_state_apply(&self->state, event);
    return answer;
}

static promo_invoice_t invoice_of(uint64_t account, kopecks_t amount, instant_t expires)
{
    return (promo_invoice_t){.account = table_key(account, 1),
                             .invoice = FIRST_INVOICE + account,
                             .amount = amount,
                             .expires = expires};
}

static void bind(world_t *self, const promo_invoice_t *invoice, instant_t now)
{
    promo_event_t event;
    (void)promo_decide_bind(&self->state, invoice, now, &event);
    promo_state_apply(&self->state, &event);
}

static promo_event_t pay(world_t *self, const promo_invoice_t *invoice, bool first, instant_t now)
{
    promo_event_t event;
    settle(self, now);
    (void)promo_decide_paid(&self->state, invoice, first, now, &event);
    promo_state_apply(&self->state, &event);
    return event;
}

// --- codes ---

static money_verdict_t normalise(money_text_t given, span_t then, money_said_t *said)
{
    span_t typed;
    promo_code_t code;
    char got[TEXT_MAX];
    if (!money_take_quoted(&given, &typed) || !money_ended(&given))
        return money_unknown(said, "given", given);
    static const char *const shapes[] = {[PROMO_SHAPE_WORD] = "a word",
                                         [PROMO_SHAPE_SINGLE] = "check symbol right",
                                         [PROMO_SHAPE_WRONG] = "check symbol wrong"};
    promo_shape_t shape = promo_code_read(typed, &code);
    if (shape == PROMO_SHAPE_NONE)
        return money_compare(said, "no code", then);
    snprintf(got, sizeof got, "%s, %s", code.signs, shapes[shape]);
    return money_compare(said, got, then);
}

static money_verdict_t make(money_text_t given, span_t then, money_said_t *said)
{
    uint64_t value;
    promo_code_t code;
    char shown[PROMO_SHOWN_SIZE] = "draw again";
    if (!money_take(&given, "value") || !money_take_number(&given, &value) || !money_ended(&given))
        return money_unknown(said, "given", given);
    if (promo_code_make(value, &code))
        promo_code_show(&code, shown);
    return money_compare(said, shown, then);
}

// What an event says of a code, and that the code itself is not in it.
static money_verdict_t journal(money_text_t given, money_text_t then, money_said_t *said)
{
    char typed[TEXT_MAX], hex[2 * 32 + 1], got[TEXT_MAX];
    world_t world = {.keys = {.count = 0}};
    promo_code_t code;
    promo_event_t event;
    span_t token;
    if (!money_take_token(&given, &token) || token.size >= sizeof typed ||
        !promo_words_key(&given, world.keys.keys[0].bytes) || !money_ended(&given))
        return money_unknown(said, "given", given);
    snprintf(typed, sizeof typed, "%.*s", (int)token.size, token.bytes);
    world.keys.count = 1;
    promo_state_init(&world.state);
    bool reserved = begin(&world, &(promo_terms_t){.kind = PROMO_FIXED, .value = 1}, typed) &&
                    apply(&world, 1, typed, 0, &event) == PROMO_ACCEPTED &&
                    promo_code_read(span_of(typed), &code) != PROMO_SHAPE_NONE &&
                    !memmem(&event, sizeof event, code.signs, strlen(code.signs));
    promo_state_release(&world.state);
    if (!reserved)
        return money_compare(said, "not reserved, or the code stands in the event",
                             span_of(then.at));
    digest_hex_lower(event.hmac.bytes, sizeof event.hmac.bytes, hex);
    size_t digits = strspn(then.at + strcspn(then.at, " ") + 1, "0123456789abcdef");
    snprintf(got, sizeof got, "HMAC %.*s%s of kopeck/promo/v1:%s", digits < 16 ? 16 : (int)digits,
             hex, digits < 64 ? "..." : "", code.signs);
    return money_compare(said, got, span_of(then.at));
}

// --- one application ---

// Even where the mistyped code is one that is known, its check symbol refuses it: nobody looked.
static money_verdict_t apply_one(const char *code, span_t then, money_said_t *said)
{
    world_t world = {.keys = {.count = 0}};
    promo_code_t signs = {""};
    promo_event_t event, planted = {.kind = PROMO_ADDED, .campaign = 1};
    char got[TEXT_MAX];
    open_world(&world);
    (void)begin(&world, &(promo_terms_t){.kind = PROMO_FIXED, .value = 100}, CODE);
    if (promo_code_read(span_of(code), &signs) == PROMO_SHAPE_WRONG) {
        planted.hmac = promo_code_hmac(&world.keys.keys[0], &signs);
        promo_state_apply(&world.state, &planted);
    }
    promo_answer_t answer = apply(&world, 1, code, DAY0, &event);
    bool used = promo_state_campaign(&world.state, 1)->taken > 0;
    snprintf(got, sizeof got, "%s%s, %s",
             answer == PROMO_ACCEPTED ? "reserved" : promo_answer_name(answer),
             event.reason == PROMO_CHECK_SYMBOL ? ", no look-up" : "",
             used ? "counts as a use" : "does not count as a use");
    promo_state_release(&world.state);
    return money_compare(said, got, then);
}

// --- many applications ---

static const char *code_at(uint64_t n, char text[PROMO_CODE_SIZE])
{
    snprintf(text, PROMO_CODE_SIZE, "WORD%04" PRIu64, n);
    return text;
}

// Several accounts with one word, or one account with several, of which each is paid at once.
static uint64_t count_accepted(world_t *world, uint64_t count, bool one_account)
{
    uint64_t accepted = 0;
    char code[PROMO_CODE_SIZE];
    for (uint64_t i = 0; i < count; i++) {
        promo_event_t event;
        uint64_t account = one_account ? 0 : i;
        promo_invoice_t invoice = invoice_of(account, 100000, DAY0 + DAY_US);
        accepted += apply(world, account, code_at(one_account ? i : 0, code), DAY0, &event) ==
                    PROMO_ACCEPTED;
        if (!one_account)
            continue;
        bind(world, &invoice, DAY0);
        (void)pay(world, &invoice, true, DAY0);
    }
    return accepted;
}

static bool begin_words(world_t *world, const promo_terms_t *terms, uint64_t count)
{
    char code[PROMO_CODE_SIZE];
    bool good = begin(world, terms, code_at(0, code));
    for (uint64_t i = 1; good && i < count; i++) {
        promo_event_t event;
        const char *wrong;
        good = promo_decide_add(&world->state, &world->keys, 1, span_of(code_at(i, code)), 0,
                                &event, &wrong);
        promo_state_apply(&world->state, &event);
    }
    return good;
}

static void say_counts(uint64_t accepted, uint64_t refused, char got[TEXT_MAX])
{
    char of[PROMO_WORDS_SIZE];
    int size = 0;
    if (accepted)
        size = snprintf(got, TEXT_MAX, "%s reserved%s", promo_words_say(accepted, of),
                        refused ? ", " : "");
    if (refused)
        snprintf(got + size, TEXT_MAX - (size_t)size, "%s PROMO_NOT_ACCEPTED",
                 promo_words_say(refused, of));
}

static money_verdict_t apply_many(money_text_t given, span_t then, money_said_t *said)
{
    promo_plan_t plan;
    uint64_t count;
    char got[TEXT_MAX] = "";
    if (!promo_words_plan(&given, &plan))
        return money_unknown(said, "given", given);
    bool one_account = money_take(&given, "one account with");
    if (!promo_words_number(&given, &count) || count > ACCOUNTS_MAX ||
        !money_take(&given, one_account ? "codes, each paid" : "accounts apply at once") ||
        !money_ended(&given))
        return money_unknown(said, "given", given);
    world_t world = {.keys = {.count = 0}};
    open_world(&world);
    if (begin_words(&world, &plan.terms, count)) {
        uint64_t accepted = count_accepted(&world, count, one_account);
        say_counts(accepted, count - accepted, got);
    } else
        snprintf(got, sizeof got, "no such campaign");
    promo_state_release(&world.state);
    return money_compare(said, got, then);
}

static money_verdict_t apply_any(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    span_t code;
    char typed[TEXT_MAX];
    if (strchr(row->given, ',') || !money_take_token(&given, &code) || !money_ended(&given) ||
        code.size >= sizeof typed)
        return apply_many((money_text_t){row->given}, span_of(row->then), said);
    snprintf(typed, sizeof typed, "%.*s", (int)code.size, code.bytes);
    return apply_one(typed, span_of(row->then), said);
}

// --- one answer ---

static bool answer_of(money_text_t *given, promo_answer_t *ret_answer)
{
    world_t world = {.keys = {.count = 0}};
    promo_terms_t terms = {.kind = PROMO_FIXED, .value = 100, .starts = DAY0 - DAY_US};
    promo_event_t event;
    bool unknown = money_take(given, "unknown"), stopped = money_take(given, "stopped"),
         used_up = money_take(given, "used up"), good = unknown || stopped || used_up;
    if (money_take(given, "not begun"))
        good = (terms.starts = DAY0 + 1) > 0;
    else if (money_take(given, "ended"))
        good = (terms.ends = DAY0) > 0;
    else if (money_take(given, "not for you"))
        good = terms.new_accounts = true;
    terms.in_all = used_up;
    open_world(&world);
    good = good && begin(&world, &terms, unknown ? "ANOTHER" : CODE);
    if (stopped && promo_decide_stop(&world.state, 1, DAY0, &event))
        promo_state_apply(&world.state, &event);
    if (used_up)
        (void)apply(&world, 2, CODE, DAY0, &event);
    *ret_answer = apply(&world, 1, CODE, DAY0, &event);
    promo_state_release(&world.state);
    return good;
}

static money_verdict_t apply_each(money_text_t given, span_t then, money_said_t *said)
{
    promo_answer_t first, answer;
    if (!answer_of(&given, &first))
        return money_unknown(said, "given", given);
    while (money_take(&given, ",")) {
        if (!answer_of(&given, &answer))
            return money_unknown(said, "given", given);
        if (answer != first)
            return money_compare(said, "different answers", then);
    }
    if (!money_ended(&given))
        return money_unknown(said, "given", given);
    return money_compare(said, promo_answer_name(first), then);
}

// --- moments ---

// The account reserves, makes its invoice at the same instant, and then what the plan says.
static bool play(world_t *world, const promo_plan_t *plan, promo_event_t *ret_paid)
{
    promo_event_t event;
    instant_t reserved = DAY0 + plan->reserved,
              expires = DAY0 + (plan->expired ? plan->expired : plan->reserved + DAY_US);
    promo_invoice_t invoice = invoice_of(1, plan->topup, expires);
    *ret_paid = (promo_event_t){.kind = PROMO_NOTHING};
    if (!begin(world, &plan->terms, CODE) ||
        apply(world, 1, CODE, reserved, &event) != PROMO_ACCEPTED)
        return false;
    bind(world, &invoice, reserved);
    if (plan->declined) {
        (void)promo_decide_closed(&world->state, &invoice.account, invoice.invoice,
                                  DAY0 + plan->declined, &event);
        promo_state_apply(&world->state, &event);
    }
    if (plan->paid || !plan->asked)
        *ret_paid =
            pay(world, &invoice, !plan->another, DAY0 + (plan->paid ? plan->paid : plan->reserved));
    return true;
}

static money_verdict_t paid(money_text_t given, span_t then, money_said_t *said)
{
    world_t world = {.keys = {.count = 0}};
    promo_plan_t plan;
    promo_event_t event;
    char got[TEXT_MAX] = "no bonus";
    if (!promo_words_plan(&given, &plan) || !money_ended(&given) || !plan.topup)
        return money_unknown(said, "given", given);
    open_world(&world);
    if (!play(&world, &plan, &event))
        snprintf(got, sizeof got, "not reserved");
    else if (event.kind == PROMO_REDEEMED)
        snprintf(got, sizeof got, "bonus %" PRId64 ".%02" PRId64, event.amount / 100,
                 event.amount % 100);
    promo_state_release(&world.state);
    return money_compare(said, got, then);
}

static money_verdict_t next_applies(money_text_t given, span_t then, money_said_t *said)
{
    world_t world = {.keys = {.count = 0}};
    promo_plan_t plan;
    promo_event_t event;
    if (!promo_words_plan(&given, &plan) || !money_ended(&given))
        return money_unknown(said, "given", given);
    instant_t asked = plan.asked                     ? plan.asked
                      : plan.expired > plan.declined ? plan.expired
                                                     : plan.declined;
    plan.asked = asked;
    plan.topup = 100000;
    plan.terms.in_all = 1;
    open_world(&world);
    bool played = play(&world, &plan, &event);
    promo_answer_t answer = apply(&world, 2, CODE, DAY0 + asked, &event);
    promo_state_release(&world.state);
    if (!played)
        return money_compare(said, "not reserved", then);
    return money_compare(said, answer == PROMO_ACCEPTED ? "accepted" : promo_answer_name(answer),
                         then);
}

// --- guesses ---

// So many wrong codes evenly within the time, a right one before the last of them if wanted; then
// the right code just before the first is forgotten, or at that instant.
static promo_answer_t guess(world_t *world, uint64_t count, int64_t within, bool among, bool later,
                            bool *ret_reserved)
{
    promo_event_t event;
    char code[PROMO_CODE_SIZE];
    int64_t step = within / (int64_t)(count + 1);
    (void)begin(world, &(promo_terms_t){.kind = PROMO_FIXED, .value = 100}, CODE);
    (void)begin(world, &(promo_terms_t){.kind = PROMO_GIFT, .value = 100}, "PRESENT");
    for (uint64_t i = 0; i < count; i++) {
        instant_t at = DAY0 + (int64_t)i * step;
        if (among && i + 1 == count)
            (void)apply(world, 1, "PRESENT", at, &event);
        (void)apply(world, 1, code_at(i, code), at, &event);
    }
    promo_answer_t answer = apply(world, 1, CODE, DAY0 + within - !later, &event);
    *ret_reserved = event.kind == PROMO_RESERVED;
    return answer;
}

static money_verdict_t tries(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given}, when = {row->when};
    uint64_t count, nth;
    world_t world = {.keys = {.count = 0}};
    bool reserved;
    char got[TEXT_MAX];
    if (!promo_words_number(&given, &count) || count > ACCOUNTS_MAX ||
        !money_take(&given, "wrong codes of one account within"))
        return money_unknown(said, "given", given);
    bool day = money_take(&given, "a day");
    if (!day && !money_take(&given, "an hour"))
        return money_unknown(said, "given", given);
    bool among = money_take(&given, ", a right one among them");
    if (!money_ended(&given))
        return money_unknown(said, "given", given);
    if (!promo_words_ordinal(&when, &nth) || nth != count + 1 || !money_take(&when, "try"))
        return money_unknown(said, "when", when);
    bool later = money_take(&when, day ? "a day after the first" : "an hour after the first");
    if (!money_take(&when, ", right code") || !money_ended(&when))
        return money_unknown(said, "when", when);
    open_world(&world);
    promo_answer_t answer = guess(&world, count, day ? DAY_US : HOUR_US, among, later, &reserved);
    promo_state_release(&world.state);
    snprintf(got, sizeof got, "%s%s",
             answer == PROMO_ACCEPTED ? "accepted, " : promo_answer_name(answer),
             reserved                   ? "reserved"
             : answer == PROMO_ACCEPTED ? "nothing reserved"
                                        : ", nothing reserved");
    return money_compare(said, got, span_of(row->then));
}

// --- claw-back ---

static money_verdict_t claw_back(money_text_t given, span_t then, money_said_t *said)
{
    kopecks_t bonus, topup, returned, clawed = 0;
    char got[TEXT_MAX];
    if (!money_take(&given, "bonus") || !money_take_sum(&given, &bonus) ||
        !money_take(&given, "with top-up") || !money_take_sum(&given, &topup) ||
        !money_take(&given, ", returned") || !money_take_sum(&given, &returned) ||
        (money_take(&given, ", clawed") && !money_take_sum(&given, &clawed)) ||
        !money_ended(&given) || bonus < 1 || topup < 1 || returned < 0 || clawed < 0)
        return money_unknown(said, "given", given);
    kopecks_t due = promo_claw_back(bonus, topup, returned, clawed);
    snprintf(got, sizeof got, "%" PRId64 ".%02" PRId64, due / 100, due % 100);
    return money_compare(said, got, then);
}

// --- welcome balances ---

static bool begin_welcome(world_t *world, money_text_t *given)
{
    promo_terms_t terms = {.kind = PROMO_WELCOME};
    promo_event_t event;
    const char *wrong;
    uint64_t limit;
    if (!money_take_sum(given, &terms.value))
        return false;
    if (money_take(given, ", limit")) {
        if (!promo_words_number(given, &limit) || limit > UINT16_MAX)
            return false;
        terms.in_all = (uint32_t)limit;
    }
    if (money_take(given, ", budget") && !money_take_sum(given, &terms.budget))
        return false;
    if (!promo_decide_begin(&world->state, &terms, DAY0, &event, &wrong))
        return false;
    promo_state_apply(&world->state, &event);
    return true;
}

// Each account is opened a minute after the one before: "500.00, 500.00, none".
static void welcome_each(world_t *world, uint64_t count, char got[TEXT_MAX])
{
    int size = 0;
    for (uint64_t i = 0; i < count && size < TEXT_MAX; i++) {
        uid_t16 account = table_key(i, 1);
        instant_t opened = DAY0 + (instant_t)(i + 1) * MINUTE_US;
        promo_event_t event;
        bool welcomed = promo_decide_welcome(&world->state, &account, opened, opened, &event);
        if (welcomed)
            promo_state_apply(&world->state, &event);
        size += snprintf(got + size, (size_t)(TEXT_MAX - size), "%s", i ? ", " : "");
        size += welcomed ? snprintf(got + size, (size_t)(TEXT_MAX - size), "%" PRId64 ".%02" PRId64,
                                    event.amount / 100, event.amount % 100)
                         : snprintf(got + size, (size_t)(TEXT_MAX - size), "none");
    }
}

static money_verdict_t welcome(money_text_t given, span_t then, money_said_t *said)
{
    world_t world = {.keys = {.count = 0}};
    uint64_t count = 0;
    char got[TEXT_MAX] = "";
    promo_state_init(&world.state);
    bool good = begin_welcome(&world, &given);
    while (good && money_take(&given, ";"))
        good = begin_welcome(&world, &given);
    good = good && money_take(&given, ",") && promo_words_number(&given, &count) &&
           count <= WORDS_MAX && money_take(&given, "accounts open") && money_ended(&given);
    if (good)
        welcome_each(&world, count, got);
    promo_state_release(&world.state);
    return good ? money_compare(said, got, then) : money_unknown(said, "given", given);
}

money_verdict_t money_promo(const money_row_t *row, money_said_t *said)
{
    static const struct {
        const char *when;
        money_verdict_t (*run)(money_text_t given, span_t then, money_said_t *said);
    } forms[] = {{"normalise", normalise},
                 {"make a code", make},
                 {"apply each", apply_each},
                 {"next account applies", next_applies},
                 {"pay", paid},
                 {"welcome", welcome},
                 {"claw back", claw_back}};
    if (strcmp(row->when, "apply") == 0)
        return apply_any(row, said);
    if (strcmp(row->when, "journal") == 0)
        return journal((money_text_t){row->given}, (money_text_t){row->then}, said);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strcmp(row->when, forms[i].when) == 0)
            return forms[i].run((money_text_t){row->given}, span_of(row->then), said);
    return tries(row, said);
}
