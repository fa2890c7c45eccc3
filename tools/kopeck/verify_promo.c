#include "tools/kopeck/verify_promo.h"
#include "proto/codes.h"
#include "proto/digest.h"

#define RESERVED_US DAY_US
#define FORGET_US (30 * DAY_US)

typedef struct {
    uid_t16 key; // its number
    event_promo_began_t terms;
    uint64_t taken, reserved;
    kopecks_t committed;
    instant_t over; // when it ended or was stopped, 0 if it has no end yet
    bool stopped;
} campaign_t;

typedef struct {
    uid_t16 key; // the HMAC's first half
    uint64_t campaign, taken;
    bool single;
} promo_code_row_t;

typedef struct {
    uid_t16 key; // the account
    uid_t16 code;
    uint64_t invoice;
    kopecks_t most;
    instant_t until;
} held_t;

typedef struct {
    uid_t16 key;
    uint64_t count;
} uses_t;

typedef struct {
    uid_t16 key; // the account
    instant_t at;
} opened_t;

void verify_promo_init(verify_promo_t *self, verify_report_t *report)
{
    *self = (verify_promo_t){.report = report};
    table_init(&self->campaigns, sizeof(campaign_t));
    table_init(&self->codes, sizeof(promo_code_row_t));
    table_init(&self->reservations, sizeof(held_t));
    table_init(&self->code_uses, sizeof(uses_t));
    table_init(&self->campaign_uses, sizeof(uses_t));
    table_init(&self->opened, sizeof(opened_t));
}

void verify_promo_release(verify_promo_t *self)
{
    table_release(&self->campaigns);
    table_release(&self->codes);
    table_release(&self->reservations);
    table_release(&self->code_uses);
    table_release(&self->campaign_uses);
    table_release(&self->opened);
}

static bool that(verify_promo_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_PAYMENT, sequence, holds, expected, found);
}

static bool equal(verify_promo_t *self, const char *rule, uint64_t sequence, int64_t expected,
                  int64_t found)
{
    return verify_equal(self->report, rule, STREAM_PAYMENT, sequence, expected, found);
}

// --- rows ---

static void *find(const table_t *table, const uid_t16 *key)
{
    uint32_t row = table_find(table, key);
    return row == TABLE_NONE ? NULL : table_row(table, row);
}

static void forget(table_t *table, const uid_t16 *key)
{
    uint32_t row = table_find(table, key);
    if (row != TABLE_NONE)
        table_remove(table, row);
}

static uid_t16 code_key(const hash_t *hmac)
{
    uid_t16 key;
    memcpy(key.bytes, hmac->bytes, sizeof key.bytes);
    return key;
}

// Of an account and a code, or an account and a campaign.
static uid_t16 pair_key(const uid_t16 *account, const uid_t16 *other)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    uid_t16 key;
    digest_sha256_2(account->bytes, sizeof account->bytes, other->bytes, sizeof other->bytes,
                    digest);
    memcpy(key.bytes, digest, sizeof key.bytes);
    return key;
}

static campaign_t *campaign_of(verify_promo_t *self, uint64_t sequence, uint64_t number)
{
    uid_t16 key = table_key(number, 1);
    campaign_t *campaign = find(&self->campaigns, &key);
    that(self, "promo: campaigns begin before use", sequence, campaign != NULL,
         "the number of a campaign", (int64_t)number);
    return campaign;
}

static uses_t *uses_of(table_t *table, const uid_t16 *account, const uid_t16 *other)
{
    uid_t16 key = pair_key(account, other);
    uint32_t row = table_find(table, &key);
    return table_row(table, row == TABLE_NONE ? table_insert(table, &key) : row);
}

// --- campaigns and codes ---

static void check_began(verify_promo_t *self, uint64_t sequence, const event_promo_began_t *terms)
{
    uid_t16 key = table_key(terms->campaign, 1);
    equal(self, "promo: campaigns are numbered from 1", sequence, table_used(&self->campaigns) + 1,
          (int64_t)terms->campaign);
    if (find(&self->campaigns, &key))
        return;
    uint32_t row = table_insert(&self->campaigns, &key);
    campaign_t *campaign = table_row(&self->campaigns, row);
    campaign->terms = *terms;
    campaign->over = terms->ends;
}

static void check_added(verify_promo_t *self, uint64_t sequence, const event_promo_added_t *added)
{
    uid_t16 key = code_key(&added->hmac);
    bool fresh = !find(&self->codes, &key);
    (void)campaign_of(self, sequence, added->campaign);
    that(self, "promo: a code is added once", sequence, fresh, "a code not added before",
         (int64_t)added->campaign);
    if (!fresh)
        return;
    promo_code_row_t *code = table_row(&self->codes, table_insert(&self->codes, &key));
    code->campaign = added->campaign;
    code->single = added->single;
}

static void check_end(verify_promo_t *self, uint64_t sequence, instant_t at,
                      const event_promo_began_t *terms, instant_t until, instant_t begins,
                      uint64_t category)
{
    instant_t from = terms->begins > at ? terms->begins : at;
    uint64_t end = terms->life_us ? (uint64_t)from + terms->life_us : 0;
    equal(self, "promo: a bonus ends when its terms say", sequence, (int64_t)end, until);
    equal(self, "promo: a bonus begins when its terms say", sequence, from > at ? from : 0, begins);
    equal(self, "promo: a bonus is for the service that its terms say", sequence,
          (int64_t)terms->category, (int64_t)category);
}

// --- new accounts ---

// The first campaign of welcome balances that was open when the account was opened, and holds one
// more; NULL if none does.
static campaign_t *welcoming(const verify_promo_t *self, instant_t opened)
{
    for (uint32_t row = 0; row < self->campaigns.count; row++) {
        campaign_t *campaign = table_row(&self->campaigns, row);
        const event_promo_began_t *terms = &campaign->terms;
        kopecks_t after = 0;
        bool fits = money_add(campaign->committed, (kopecks_t)terms->value, &after) &&
                    (!terms->budget || after <= terms->budget);
        if (terms->kind == PROMO_WELCOME && !campaign->stopped && opened >= terms->starts &&
            (!terms->ends || opened < terms->ends) && fits &&
            (!terms->in_all || campaign->taken < terms->in_all))
            return campaign;
    }
    return NULL;
}

static void note_opened(verify_promo_t *self, uint64_t sequence, const event_account_noted_t *noted)
{
    bool fresh = !find(&self->opened, &noted->account);
    that(self, "promo: an account is opened once", sequence, fresh, "an account not noted before",
         (int64_t)noted->number);
    if (!fresh)
        return;
    opened_t *row = table_row(&self->opened, table_insert(&self->opened, &noted->account));
    row->at = noted->opened;
    const campaign_t *campaign = welcoming(self, noted->opened);
    self->welcome = campaign ? campaign->terms.campaign : 0;
    self->noted = *noted;
}

// Behind account.noted, and nowhere else.
static void check_welcomed(verify_promo_t *self, uint64_t sequence, const event_t *event)
{
    const event_promo_welcomed_t *e = &event->promo_welcomed;
    campaign_t *campaign = campaign_of(self, sequence, e->campaign);
    bool due = self->welcome && uid_equal(&self->noted.account, &e->account);
    that(self, "promo: a new account is welcomed, once", sequence, due,
         "an account that was noted before", (int64_t)e->campaign);
    equal(self, "promo: the first campaign that can welcomes", sequence, (int64_t)self->welcome,
          (int64_t)e->campaign);
    self->welcome = 0;
    if (!campaign)
        return;
    equal(self, "promo: a welcome balance is what its terms say", sequence,
          (int64_t)campaign->terms.value, e->amount);
    check_end(self, sequence, event->at, &campaign->terms, e->until, e->begins, e->category);
    campaign->taken++;
    campaign->committed = (kopecks_t)((uint64_t)campaign->committed + (uint64_t)e->amount);
}

// Who is not opened yet is new.
static void check_new(verify_promo_t *self, uint64_t sequence, instant_t at,
                      const event_promo_began_t *terms, const uid_t16 *account)
{
    const opened_t *opened = find(&self->opened, account);
    if (!opened)
        return;
    bool new = (!terms->new_accounts || opened->at >= terms->starts) &&
               (!terms->new_us || opened->at >= at - (instant_t)terms->new_us);
    that(self, "promo: what is for new accounts goes to no other", sequence, new,
         "an account that is young enough", opened->at);
}

// --- uses ---

static kopecks_t most_of(const event_promo_began_t *terms)
{
    return terms->kind == PROMO_PERCENT ? terms->cap : (kopecks_t)terms->value;
}

static void check_limits(verify_promo_t *self, uint64_t sequence, const campaign_t *campaign,
                         const promo_code_row_t *code, const uid_t16 *account)
{
    const event_promo_began_t *terms = &campaign->terms;
    uid_t16 number = table_key(campaign->terms.campaign, 1);
    uint64_t of_campaign = uses_of(&self->campaign_uses, account, &number)->count;
    uint64_t of_code = uses_of(&self->code_uses, account, &code->key)->count;
    kopecks_t after;
    bool fits = money_add(campaign->committed, most_of(terms), &after) &&
                (!terms->budget || after <= terms->budget);
    that(self, "promo: a single-use code is used once", sequence, !code->single || !code->taken,
         "no use before", (int64_t)code->taken);
    that(self, "promo: no more uses than in all", sequence,
         !terms->in_all || campaign->taken < terms->in_all, "fewer uses than the limit",
         (int64_t)campaign->taken);
    that(self, "promo: no more uses than an account may", sequence,
         !terms->per_account || of_campaign < terms->per_account, "fewer uses than the limit",
         (int64_t)of_campaign);
    that(self, "promo: an account uses a code once", sequence, !of_code, "no use before",
         (int64_t)of_code);
    that(self, "promo: the budget holds every use", sequence, fits,
         "the budget with this use within the limit", campaign->committed);
}

static void take_use(verify_promo_t *self, campaign_t *campaign, promo_code_row_t *code,
                     const uid_t16 *account, kopecks_t most)
{
    uid_t16 number = table_key(campaign->terms.campaign, 1);
    uses_of(&self->campaign_uses, account, &number)->count++;
    uses_of(&self->code_uses, account, &code->key)->count++;
    code->taken++;
    campaign->taken++;
    campaign->committed = (kopecks_t)((uint64_t)campaign->committed + (uint64_t)most);
}

static void give_use_back(verify_promo_t *self, const held_t *held)
{
    promo_code_row_t *code = find(&self->codes, &held->code);
    if (!code) // it was forgotten, which was told
        return;
    uid_t16 number = table_key(code->campaign, 1);
    campaign_t *campaign = find(&self->campaigns, &number);
    uses_of(&self->campaign_uses, &held->key, &number)->count--;
    uses_of(&self->code_uses, &held->key, &held->code)->count--;
    code->taken--;
    if (!campaign)
        return;
    campaign->taken--;
    campaign->reserved--;
    campaign->committed = (kopecks_t)((uint64_t)campaign->committed - (uint64_t)held->most);
}

// A code of that campaign that may be used now by that account; NULL if it may not be looked up.
static promo_code_row_t *check_use(verify_promo_t *self, uint64_t sequence, instant_t at,
                                   const uid_t16 *account, uint64_t number, const hash_t *hmac)
{
    uid_t16 key = code_key(hmac);
    promo_code_row_t *code = find(&self->codes, &key);
    campaign_t *campaign = campaign_of(self, sequence, number);
    bool added = code && code->campaign == number;
    that(self, "promo: a code is used that was added", sequence, added, "a code of that campaign",
         (int64_t)number);
    if (!added || !campaign)
        return NULL;
    const event_promo_began_t *terms = &campaign->terms;
    bool open = !campaign->stopped && at >= terms->starts && (!terms->ends || at < terms->ends);
    that(self, "promo: codes are accepted while their campaign is open", sequence, open,
         "an open campaign", (int64_t)number);
    that(self, "promo: an account has one code at a time", sequence,
         !find(&self->reservations, account), "no reservation", (int64_t)number);
    check_limits(self, sequence, campaign, code, account);
    check_new(self, sequence, at, terms, account);
    return code;
}

static void check_reserved(verify_promo_t *self, uint64_t sequence, const event_t *event)
{
    const event_promo_reserved_t *e = &event->promo_reserved;
    promo_code_row_t *code =
        check_use(self, sequence, event->at, &e->account, e->campaign, &e->hmac);
    campaign_t *campaign = code ? campaign_of(self, sequence, e->campaign) : NULL;
    if (!campaign || find(&self->reservations, &e->account))
        return;
    equal(self, "promo: what may be given is reserved", sequence, most_of(&campaign->terms),
          e->amount);
    that(self, "promo: a gift is not reserved", sequence, campaign->terms.kind != PROMO_GIFT,
         "a campaign of top-ups", (int64_t)campaign->terms.kind);
    equal(self, "promo: a code is reserved for a day", sequence, event->at + RESERVED_US, e->until);
    uint32_t row = table_insert(&self->reservations, &e->account);
    held_t *held = table_row(&self->reservations, row);
    held->code = code->key;
    held->most = e->amount;
    held->until = e->until;
    take_use(self, campaign, code, &e->account, e->amount);
    campaign->reserved++;
}

static void check_given(verify_promo_t *self, uint64_t sequence, const event_t *event)
{
    const event_promo_given_t *e = &event->promo_given;
    promo_code_row_t *code =
        check_use(self, sequence, event->at, &e->account, e->campaign, &e->hmac);
    campaign_t *campaign = code ? campaign_of(self, sequence, e->campaign) : NULL;
    if (!campaign)
        return;
    that(self, "promo: a gift is a gift's", sequence, campaign->terms.kind == PROMO_GIFT,
         "a campaign of gifts", (int64_t)campaign->terms.kind);
    equal(self, "promo: a gift is what its terms say", sequence, most_of(&campaign->terms),
          e->amount);
    check_end(self, sequence, event->at, &campaign->terms, e->until, e->begins, e->category);
    take_use(self, campaign, code, &e->account, e->amount);
}

// --- reservations ---

static held_t *held_by(verify_promo_t *self, uint64_t sequence, const uid_t16 *account,
                       uint64_t invoice)
{
    held_t *held = find(&self->reservations, account);
    bool there = held && held->invoice == invoice;
    that(self, "promo: a reservation is its account's and its invoice's", sequence, there,
         "a reservation", (int64_t)invoice);
    return there ? held : NULL;
}

static void check_bound(verify_promo_t *self, uint64_t sequence, const event_t *event)
{
    const event_promo_bound_t *e = &event->promo_bound;
    held_t *held = held_by(self, sequence, &e->account, 0);
    if (!held)
        return;
    that(self, "promo: what is bound lives no shorter", sequence,
         event->at < held->until && e->until >= held->until, "an end not before the one it had",
         e->until);
    held->invoice = e->invoice;
    held->until = e->until;
}

static kopecks_t bonus_of(const event_promo_began_t *terms, kopecks_t topup)
{
    kopecks_t most = most_of(terms);
    unsigned __int128 part = (unsigned __int128)(uint64_t)topup * terms->value / 10000;
    return terms->kind == PROMO_PERCENT && part < (uint64_t)most ? (kopecks_t)part : most;
}

static void check_redeemed(verify_promo_t *self, uint64_t sequence, const event_t *event)
{
    const event_promo_redeemed_t *e = &event->promo_redeemed;
    held_t *held = held_by(self, sequence, &e->account, e->invoice);
    that(self, "promo: a bonus comes with its top-up's money", sequence,
         self->paid.invoice == e->invoice && self->paid.amount == e->topup &&
             uid_equal(&self->paid.account, &e->account),
         "the payment before, and what came", (int64_t)e->invoice);
    promo_code_row_t *code = held ? find(&self->codes, &held->code) : NULL;
    campaign_t *campaign = code ? campaign_of(self, sequence, code->campaign) : NULL;
    if (!campaign)
        return;
    equal(self, "promo: a bonus names its campaign", sequence, (int64_t)code->campaign,
          (int64_t)e->campaign);
    that(self, "promo: money that comes late brings no bonus", sequence, event->at < held->until,
         "a time before the reservation's end", held->until);
    equal(self, "promo: a bonus is what its terms say", sequence,
          bonus_of(&campaign->terms, e->topup), e->amount);
    check_end(self, sequence, event->at, &campaign->terms, e->until, e->begins, e->category);
    campaign->committed =
        (kopecks_t)((uint64_t)campaign->committed + (uint64_t)e->amount - (uint64_t)held->most);
    campaign->reserved--;
    forget(&self->reservations, &e->account);
}

static void check_released(verify_promo_t *self, uint64_t sequence, const event_t *event)
{
    const event_promo_released_t *e = &event->promo_released;
    held_t *held = held_by(self, sequence, &e->account, e->invoice);
    if (!held)
        return;
    that(self, "promo: a reservation is not cut short", sequence,
         e->reason != PROMO_EXPIRED || event->at >= held->until, "a time after its end",
         held->until);
    give_use_back(self, held);
    forget(&self->reservations, &e->account);
}

static void note_stopped(verify_promo_t *self, uint64_t sequence, uint64_t number, instant_t at)
{
    campaign_t *campaign = campaign_of(self, sequence, number);
    if (!campaign)
        return;
    campaign->stopped = true;
    campaign->over = campaign->over && campaign->over < at ? campaign->over : at;
}

// From now on its single-use codes are those of nobody.
static void check_forgotten(verify_promo_t *self, uint64_t sequence, uint64_t number, instant_t at)
{
    const campaign_t *campaign = campaign_of(self, sequence, number);
    if (!campaign)
        return;
    that(self, "promo: a campaign is forgotten once it is over for 30 days", sequence,
         campaign->over && at >= campaign->over + FORGET_US, "an end so long ago", campaign->over);
    equal(self, "promo: nothing of a campaign that is forgotten is reserved", sequence, 0,
          (int64_t)campaign->reserved);
    for (uint32_t row = 0; row < self->codes.count; row++) {
        const promo_code_row_t *code = table_row(&self->codes, row);
        if (table_holds(&self->codes, row) && code->single && code->campaign == number)
            table_remove(&self->codes, row);
    }
}

void verify_promo_feed(verify_promo_t *self, uint64_t sequence, const event_t *event)
{
    if (self->welcome && event->type != EVENT_promo_welcomed) {
        that(self, "promo: no new account goes without its welcome", sequence, false,
             "promo.welcomed", (int64_t)self->welcome);
        self->welcome = 0;
    }
    switch (event->type) {
    case EVENT_payment_succeeded:
        self->paid = event->payment_succeeded;
        break;
    case EVENT_account_noted:
        note_opened(self, sequence, &event->account_noted);
        break;
    case EVENT_promo_began:
        check_began(self, sequence, &event->promo_began);
        break;
    case EVENT_promo_stopped:
        note_stopped(self, sequence, event->promo_stopped.campaign, event->at);
        break;
    case EVENT_promo_forgotten:
        check_forgotten(self, sequence, event->promo_forgotten.campaign, event->at);
        break;
    case EVENT_promo_welcomed:
        check_welcomed(self, sequence, event);
        break;
    case EVENT_promo_added:
        check_added(self, sequence, &event->promo_added);
        break;
    case EVENT_promo_reserved:
        check_reserved(self, sequence, event);
        break;
    case EVENT_promo_bound:
        check_bound(self, sequence, event);
        break;
    case EVENT_promo_redeemed:
        check_redeemed(self, sequence, event);
        break;
    case EVENT_promo_given:
        check_given(self, sequence, event);
        break;
    case EVENT_promo_released:
        check_released(self, sequence, event);
        break;
    default:
        break;
    }
}
