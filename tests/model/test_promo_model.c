// Promo codes under random interleavings of customers, invoices, payments, releases and stops,
// against a world that counts nothing ahead: it has the list of all that ever happened and walks it
// for every question. It knows codes by their place in a list, not by HMAC, and a refusal may have
// any of the reasons that hold. After every step no limit is passed.
//
// The seed is printed when it fails; KOPECK_SEED=n runs that one alone.
#include "tests/model/promo_world.h"

// --- setting up ---

static promo_terms_t draw_terms(world_t *self)
{
    promo_terms_t terms = {.kind = (promo_kind_t)(PROMO_GIFT + draw(self, 3))};
    terms.value = terms.kind == PROMO_PERCENT
                      ? 1 + (int64_t)draw(self, chance(self, 30) ? 10 : 10000)
                      : 1 + (int64_t)draw(self, 30000);
    if (terms.kind == PROMO_PERCENT)
        terms.cap = 1 + (kopecks_t)draw(self, 30000);
    if (terms.kind != PROMO_GIFT && chance(self, 40))
        terms.topup_min = 100 * (1 + (kopecks_t)draw(self, 500));
    if (chance(self, 50))
        terms.budget =
            most_of(&terms) * (1 + (kopecks_t)draw(self, 12)) + (kopecks_t)draw(self, 100);
    if (chance(self, 30))
        terms.starts = T0 + (instant_t)draw(self, 2) * HOUR_US;
    if (chance(self, 30))
        terms.ends = T0 + (instant_t)(2 + draw(self, 20)) * DAY_US;
    terms.per_account = chance(self, 30) ? 1 + (uint32_t)draw(self, 2) : 0;
    terms.in_all = chance(self, 50) ? 1 + (uint32_t)draw(self, 16) : 0;
    terms.new_accounts = terms.starts && chance(self, 50);
    terms.first_topup = chance(self, 20);
    terms.new_us = chance(self, 15) ? (int64_t)(1 + draw(self, 40)) * HOUR_US : 0;
    terms.bonus_life_us = chance(self, 50) ? 30 * DAY_US : 0;
    terms.begins = chance(self, 20) ? T0 + (instant_t)draw(self, 10) * DAY_US : 0;
    terms.category = chance(self, 20) ? CATEGORY_MODELS : CATEGORY_ANY;
    return terms;
}

static promo_terms_t draw_welcome(world_t *self)
{
    promo_terms_t terms = {.kind = PROMO_WELCOME, .value = 1 + (int64_t)draw(self, 30000)};
    if (chance(self, 50))
        terms.budget = terms.value * (1 + (kopecks_t)draw(self, 9)) + (kopecks_t)draw(self, 100);
    terms.starts = T0 + (chance(self, 30) ? (instant_t)draw(self, 4) * DAY_US : 0);
    if (chance(self, 50))
        terms.ends = T0 + (instant_t)(5 + draw(self, 20)) * DAY_US;
    terms.in_all = chance(self, 60) ? 1 + (uint32_t)draw(self, 9) : 0;
    terms.bonus_life_us = chance(self, 50) ? 30 * DAY_US : 0;
    terms.begins = chance(self, 20) ? T0 + (instant_t)draw(self, 10) * DAY_US : 0;
    terms.category = chance(self, 20) ? CATEGORY_DISK : CATEGORY_ANY;
    return terms;
}

static void apply(world_t *self, const promo_event_t *event)
{
    promo_state_apply(&self->state, event);
}

static void add_code(world_t *self, unsigned code)
{
    promo_code_t made;
    promo_event_t event;
    const char *wrong;
    if (is_single(code)) {
        while (!promo_code_make(self->random, &made))
            (void)draw(self, 2);
        strcpy(self->codes[code], made.signs);
        (void)draw(self, 2);
    } else
        snprintf(self->codes[code], PROMO_CODE_SIZE, "W0RD%u%u", code / 10, code % 10);
    bool added = promo_decide_add(&self->state, &self->keys, campaign_of(code) + 1,
                                  span_of(self->codes[code]), T0, &event, &wrong);
    expect(self, added, "a code is not added");
    apply(self, &event);
}

static void open_world(world_t *self, uint64_t seed)
{
    promo_event_t event;
    const char *wrong;
    *self = (world_t){.random = seed * 0x9e3779b97f4a7c15u + 1, .seed = seed, .now = T0};
    self->keys.count = 2;
    self->keys.keys[1].version = 1;
    self->keys.keys[1].bytes[0] = 1;
    promo_state_init(&self->state);
    for (unsigned i = 0; i < ALL; i++) {
        self->terms[i] = i < CAMPAIGNS ? draw_terms(self) : draw_welcome(self);
        bool begun = promo_decide_begin(&self->state, &self->terms[i], T0, &event, &wrong);
        expect(self, begun, "a campaign does not begin");
        apply(self, &event);
    }
    for (unsigned i = 0; i < CODES; i++)
        add_code(self, i);
    self->guesser = (unsigned)draw(self, ACCOUNTS);
    for (unsigned i = 0; i < ACCOUNTS; i++)
        self->opened[i] = T0 - DAY_US + (instant_t)draw(self, 30) * HOUR_US;
}

// --- customers ---

// The code as somebody might type it.
static void retype(world_t *self, const char *code, char text[PROMO_TYPED_MAX])
{
    size_t size = 0;
    for (; *code; code++) {
        bool letter = *code >= 'A';
        if (chance(self, 10))
            text[size++] = chance(self, 50) ? ' ' : '-';
        text[size++] = *code == '0' && chance(self, 30) ? 'o'
                       : *code == '1' && chance(self, 30)
                           ? 'L'
                           : (char)(*code + (letter && chance(self, 30) ? 'a' - 'A' : 0));
    }
    text[size] = '\0';
}

static instant_t bonus_begins(const world_t *self, const promo_terms_t *terms)
{
    return terms->begins > self->now ? terms->begins : 0;
}

static instant_t bonus_end(const world_t *self, const promo_terms_t *terms)
{
    instant_t begins = bonus_begins(self, terms);
    return terms->bonus_life_us ? (begins ? begins : self->now) + terms->bonus_life_us : 0;
}

static void note_claim(world_t *self, unsigned account, unsigned code, const promo_event_t *event)
{
    const promo_terms_t *terms = &self->terms[campaign_of(code)];
    bool gift = terms->kind == PROMO_GIFT;
    instant_t until = gift ? bonus_end(self, terms) : self->now + DAY_US;
    expect(self, event->kind == (gift ? PROMO_GIVEN : PROMO_RESERVED), "given or reserved");
    expect(self, event->amount == most_of(terms) && event->until == until,
           "the sum or the end of what was accepted");
    expect(self, event->category == (gift ? terms->category : 0), "the category of a gift");
    expect(self, event->begins == (gift ? bonus_begins(self, terms) : 0), "a gift's beginning");
    self->claims[self->claims_count++] = (claim_t){.state = gift ? USED : HELD,
                                                   .account = account,
                                                   .code = code,
                                                   .most = most_of(terms),
                                                   .bonus = gift ? most_of(terms) : 0,
                                                   .end = until};
    self->reserved++;
}

static void note_refusal(world_t *self, unsigned account, const promo_event_t *event)
{
    expect(self, event->kind == PROMO_REFUSED, "a refusal leaves an event");
    self->refusals[self->refusals_count].account = account;
    self->refusals[self->refusals_count++].at = self->now;
    self->refused++;
}

static promo_answer_t ask(world_t *self, unsigned account, const char *typed, promo_event_t *event)
{
    promo_wish_t wish = {.account = account_of(account),
                         .typed = span_of(typed),
                         .now = self->now,
                         .opened = self->opened[account],
                         .topped_up = has_paid(self, account)};
    promo_answer_t answer = promo_decide_apply(&self->state, &self->keys, &wish, event);
    apply(self, event);
    return answer;
}

static void enter_known(world_t *self, unsigned account, unsigned code)
{
    char typed[PROMO_TYPED_MAX];
    promo_event_t event;
    claim_t *held = held_by(self, account);
    bool again = held && held->code == code && self->now < held->end;
    bool gone = is_single(code) && self->forgotten[campaign_of(code)];
    uint32_t reasons = again  ? 0
                       : gone ? 1u << PROMO_UNKNOWN
                       : held ? 1u << PROMO_ANOTHER_HELD
                              : reasons_against(self, account, code);
    retype(self, self->codes[code], typed);
    promo_answer_t answer = ask(self, account, typed, &event);
    expect(self, answer == (reasons ? PROMO_NOT_ACCEPTED : PROMO_ACCEPTED), "the answer");
    if (reasons) {
        expect(self, reasons >> event.reason & 1, "a reason that does not hold");
        note_refusal(self, account, &event);
    } else if (again)
        expect(self, event.kind == PROMO_NOTHING, "the same code once more changes something");
    else
        note_claim(self, account, code, &event);
}

static void enter_wrong(world_t *self, unsigned account)
{
    static const char *const wrong[] = {"N0B0DY", "W0RD", "7K2MQ4R9ZTA9", "W0RD?1", "W0RD99"};
    promo_event_t event;
    promo_answer_t answer = ask(self, account, wrong[draw(self, 5)], &event);
    expect(self, answer == PROMO_NOT_ACCEPTED, "a wrong code is accepted");
    note_refusal(self, account, &event);
}

static void enter_locked(world_t *self, unsigned account)
{
    promo_event_t event;
    promo_answer_t answer = ask(self, account, self->codes[draw(self, CODES)], &event);
    expect(self, answer == PROMO_TRY_LATER && event.kind == PROMO_NOTHING,
           "a guess too many is looked at");
    self->locked++;
}

static void enter(world_t *self)
{
    unsigned account = (unsigned)draw(self, ACCOUNTS);
    if (chance(self, 30))
        account = self->guesser;
    if (refusals_within(self, account, HOUR_US) >= 10 ||
        refusals_within(self, account, DAY_US) >= 30)
        enter_locked(self, account);
    else if (chance(self, self->guesser == account ? 80 : 15))
        enter_wrong(self, account);
    else
        enter_known(self, account, (unsigned)draw(self, CODES));
}

// --- invoices ---

static promo_invoice_t invoice_of(const bill_t *bill)
{
    return (promo_invoice_t){.account = account_of(bill->account),
                             .invoice = bill->number,
                             .amount = bill->rubles * 100,
                             .expires = bill->expires,
                             .autopay = bill->autopay};
}

static kopecks_t bonus_before_cap(const promo_terms_t *terms, const bill_t *bill)
{
    // whole rubles times hundredths of a percent are hundredths of a kopeck
    return terms->kind == PROMO_PERCENT ? bill->rubles * terms->value / 100 : terms->value;
}

// A top-up that is too small, or would bring nothing, leaves the code for the next one.
static bool is_worth(const world_t *self, const bill_t *bill, unsigned code)
{
    const promo_terms_t *terms = &self->terms[campaign_of(code)];
    return bill->rubles * 100 >= terms->topup_min && bonus_before_cap(terms, bill) > 0;
}

static void make_bill(world_t *self)
{
    bill_t *bill = &self->bills[self->bills_count];
    promo_event_t event;
    *bill = (bill_t){.account = (unsigned)draw(self, ACCOUNTS),
                     .number = 1000 + self->bills_count++,
                     .rubles = 1 + (kopecks_t)draw(self, chance(self, 40) ? 100000 : 600),
                     .expires = self->now + (instant_t)draw(self, 48) * HOUR_US,
                     .autopay = chance(self, 15)};
    claim_t *held = held_by(self, bill->account);
    bool bound = held && !held->invoice && self->now < held->end && !bill->autopay &&
                 is_worth(self, bill, held->code);
    promo_invoice_t invoice = invoice_of(bill);
    expect(self, promo_decide_bind(&self->state, &invoice, self->now, &event) == bound,
           "which invoice is bound");
    apply(self, &event);
    if (!bound)
        return;
    held->invoice = bill->number;
    if (bill->expires > held->end)
        held->end = bill->expires;
    expect(self, event.until == held->end, "the end of what is bound");
}

static claim_t *claim_of(world_t *self, const bill_t *bill)
{
    claim_t *held = held_by(self, bill->account);
    return held && held->invoice == bill->number ? held : NULL;
}

static void pay_claim(world_t *self, const bill_t *bill, claim_t *held, const promo_event_t *event)
{
    const promo_terms_t *terms = &self->terms[campaign_of(held->code)];
    kopecks_t bonus = bonus_before_cap(terms, bill);
    bool late = self->now >= held->end,
         second = terms->first_topup && has_paid(self, bill->account);
    expect(self, event->kind == (late || second ? PROMO_RELEASED : PROMO_REDEEMED),
           "what a payment brings");
    held->state = late || second ? GONE : USED;
    if (held->state == GONE)
        return;
    held->bonus = bonus < most_of(terms) ? bonus : most_of(terms);
    expect(self, event->amount == held->bonus, "the bonus");
    expect(self,
           event->category == terms->category && event->until == bonus_end(self, terms) &&
               event->begins == bonus_begins(self, terms),
           "the end or the category of a bonus");
    self->redeemed++;
}

static void pay_bill(world_t *self)
{
    if (!self->bills_count)
        return;
    size_t last = self->bills_count < 8 ? self->bills_count : 8;
    bill_t *bill = &self->bills[self->bills_count - 1 - draw(self, last)];
    claim_t *held = claim_of(self, bill);
    promo_invoice_t invoice = invoice_of(bill);
    promo_event_t event;
    bool decided = promo_decide_paid(&self->state, &invoice, !has_paid(self, bill->account),
                                     self->now, &event);
    expect(self, decided == (held != NULL), "whether a payment has a code");
    if (held)
        pay_claim(self, bill, held, &event);
    apply(self, &event);
    bill->paid = true;
}

static void close_bill(world_t *self)
{
    if (!self->bills_count)
        return;
    const bill_t *bill = &self->bills[draw(self, self->bills_count)];
    claim_t *held = claim_of(self, bill);
    uid_t16 account = account_of(bill->account);
    promo_event_t event;
    bool decided = promo_decide_closed(&self->state, &account, bill->number, self->now, &event);
    expect(self, decided == (held != NULL), "whether a closed invoice has a code");
    apply(self, &event);
    if (held)
        held->state = GONE;
}

// --- new accounts ---

static void open_account(world_t *self)
{
    uid_t16 account = table_key(++self->newcomers, 6);
    instant_t opened = self->now - (instant_t)draw(self, 3) * HOUR_US;
    promo_event_t event;
    unsigned by = CAMPAIGNS;
    for (; by < ALL; by++) {
        const promo_terms_t *terms = &self->terms[by];
        kopecks_t sum = terms->value * (kopecks_t)(self->welcomed[by] + 1);
        if (!self->stopped[by] && opened >= terms->starts &&
            !(terms->ends && opened >= terms->ends) &&
            !(terms->in_all && self->welcomed[by] == terms->in_all) &&
            !(terms->budget && sum > terms->budget))
            break;
    }
    bool welcome = promo_decide_welcome(&self->state, &account, opened, self->now, &event);
    expect(self, welcome == (by < ALL), "whether an account is welcomed");
    apply(self, &event);
    if (!welcome)
        return;
    const promo_terms_t *terms = &self->terms[by];
    self->welcomed[by]++;
    expect(self, event.campaign == by + 1 && event.amount == terms->value, "who welcomes");
    expect(self,
           event.until == bonus_end(self, terms) && event.begins == bonus_begins(self, terms) &&
               event.category == terms->category,
           "the terms of a welcome balance");
}

// --- time ---

static instant_t over(const world_t *self, unsigned campaign)
{
    instant_t ends = self->terms[campaign].ends ? self->terms[campaign].ends : INT64_MAX;
    instant_t stopped = self->stopped[campaign] ? self->stopped_at[campaign] : INT64_MAX;
    return ends < stopped ? ends : stopped;
}

// Over for 30 days, and nothing of it is reserved.
static bool may_be_forgotten(const world_t *self, unsigned campaign)
{
    for (size_t i = 0; i < self->claims_count; i++)
        if (self->claims[i].state == HELD && campaign_of(self->claims[i].code) == campaign)
            return false;
    return !self->forgotten[campaign] && over(self, campaign) <= self->now - 30 * DAY_US;
}

static void forget(world_t *self, const promo_event_t *event)
{
    expect(self, may_be_forgotten(self, event->campaign - 1), "a campaign is forgotten early");
    self->forgotten[event->campaign - 1] = true;
    self->forgets++;
}

static void release_due(world_t *self)
{
    promo_event_t event;
    size_t released = 0, ended = 0;
    for (size_t i = 0; i < self->claims_count; i++)
        if (self->claims[i].state == HELD && self->claims[i].end <= self->now) {
            self->claims[i].state = GONE;
            ended++;
        }
    for (; promo_decide_due(&self->state, self->now, &event); apply(self, &event)) {
        released += event.kind == PROMO_RELEASED;
        if (event.kind == PROMO_FORGOTTEN)
            forget(self, &event);
    }
    expect(self, released == ended, "what is due");
    for (unsigned i = 0; i < ALL; i++)
        expect(self, !may_be_forgotten(self, i), "a campaign that is over is not forgotten");
}

// Often to where something ends, or just before it.
static void wait(world_t *self)
{
    instant_t to = self->now + (instant_t)draw(self, chance(self, 10) ? 1440 : 12) * MINUTE_US;
    if (self->claims_count && chance(self, 20))
        to = self->claims[draw(self, self->claims_count)].end - (instant_t)draw(self, 2);
    else if (self->refusals_count && chance(self, 20))
        to = self->refusals[draw(self, self->refusals_count)].at +
             (chance(self, 70) ? HOUR_US : DAY_US) - (instant_t)draw(self, 2);
    if (to > self->now && to < self->now + 3 * DAY_US)
        self->now = to;
    if (draw(self, 150) == 0)
        self->now += 40 * DAY_US;
    if (chance(self, 70)) // who forgets it breaks no limit
        release_due(self);
}

static void stop(world_t *self)
{
    uint32_t campaign = (uint32_t)draw(self, ALL);
    promo_event_t event;
    bool stopped = promo_decide_stop(&self->state, campaign + 1, self->now, &event);
    expect(self, stopped == !self->stopped[campaign], "whether a campaign is stopped");
    apply(self, &event);
    if (!self->stopped[campaign])
        self->stopped_at[campaign] = self->now;
    self->stopped[campaign] = true;
}

static void step(world_t *self)
{
    uint64_t which = draw(self, 1000);
    if (which < 420)
        enter(self);
    else if (which < 600)
        make_bill(self);
    else if (which < 750)
        pay_bill(self);
    else if (which < 800)
        close_bill(self);
    else if (which < 802)
        stop(self);
    else if (which < 830)
        open_account(self);
    else
        wait(self);
    check_limits(self);
}

static void compare_states(const world_t *self)
{
    for (unsigned i = 0; i < CAMPAIGNS; i++) {
        const promo_campaign_t *row = promo_state_campaign(&self->state, i + 1);
        counts_t counts = count(self, i * CODES_EACH, 0);
        expect(self, row->taken == counts.in_all && row->committed == counts.kopecks,
               "what a campaign counts");
    }
    for (unsigned i = CAMPAIGNS; i < ALL; i++) {
        const promo_campaign_t *row = promo_state_campaign(&self->state, i + 1);
        expect(self,
               row->taken == self->welcomed[i] &&
                   row->committed == (kopecks_t)self->welcomed[i] * self->terms[i].value,
               "what a campaign of welcome balances counts");
    }
}

static void no_limit_is_passed_in_any_order(void **state)
{
    (void)state;
    static world_t world;
    const char *only = getenv("KOPECK_SEED");
    unsigned reserved = 0, redeemed = 0, refused = 0, locked = 0, welcomed = 0, forgets = 0;
    for (uint64_t seed = only ? strtoull(only, NULL, 10) : 1; seed <= SEEDS || only; seed++) {
        open_world(&world, seed);
        for (world.step = 0; world.step < STEPS; world.step++) {
            step(&world);
            compare_states(&world);
        }
        promo_state_release(&world.state);
        reserved += world.reserved;
        redeemed += world.redeemed;
        refused += world.refused;
        locked += world.locked;
        for (unsigned i = CAMPAIGNS; i < ALL; i++)
            welcomed += world.welcomed[i];
        forgets += world.forgets;
        if (only)
            return;
    }
    print_message("%u accepted, %u redeemed, %u refused, %u locked, %u welcomed, %u forgotten\n",
                  reserved, redeemed, refused, locked, welcomed, forgets);
    assert_true(reserved > SEEDS * 5 && redeemed > SEEDS * 3 && refused > SEEDS * 20 &&
                locked > SEEDS && welcomed > SEEDS * 2 && forgets > SEEDS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_limit_is_passed_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
