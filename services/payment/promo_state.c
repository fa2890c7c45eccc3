#include "services/payment/promo_state.h"
#include <assert.h>

typedef struct {
    uid_t16 key;
    uint32_t uses; // the first, in the pool
} account_t;

typedef struct {
    uint32_t next, code;
} use_t;

void promo_state_init(promo_state_t *self)
{
    *self = (promo_state_t){.ends = {0}};
    table_init(&self->campaigns, sizeof(promo_campaign_t));
    table_init(&self->codes, sizeof(promo_code_row_t));
    table_init(&self->reservations, sizeof(promo_reservation_t));
    table_init(&self->accounts, sizeof(account_t));
    pool_init(&self->uses, sizeof(use_t));
    promo_guesses_init(&self->guesses);
}

void promo_state_release(promo_state_t *self)
{
    table_release(&self->campaigns);
    table_release(&self->codes);
    table_release(&self->reservations);
    table_release(&self->accounts);
    pool_release(&self->uses);
    heap_release(&self->ends);
    heap_release(&self->over);
    promo_guesses_release(&self->guesses);
}

WALK_ROW(promo_campaign_t)
WALK_ROW(promo_code_row_t)
WALK_ROW(promo_reservation_t)
WALK_ROW(account_t)
WALK_ROW(use_t)

void promo_state_walk(promo_state_t *self, walk_t *walk)
{
    table_walk(&self->campaigns, walk, walk_clear_promo_campaign_t);
    table_walk(&self->codes, walk, walk_clear_promo_code_row_t);
    table_walk(&self->reservations, walk, walk_clear_promo_reservation_t);
    table_walk(&self->accounts, walk, walk_clear_account_t);
    pool_walk(&self->uses, walk, walk_clear_use_t);
    heap_walk(&self->ends, walk, self->reservations.count);
    heap_walk(&self->over, walk, self->campaigns.count);
    WALK(walk, self->welcome_first);
    WALK(walk, self->welcome_last);
    promo_guesses_walk(&self->guesses, walk);
    WALK_WHOLE(walk, promo_state_t, self);
}

// --- what there is ---

static promo_campaign_t *campaign_row(const promo_state_t *self, uint32_t campaign)
{
    assert(campaign > 0 && campaign <= table_used(&self->campaigns));
    return table_row(&self->campaigns, campaign - 1);
}

static promo_code_row_t *code_row(const promo_state_t *self, uint32_t row)
{
    return table_row(&self->codes, row);
}

static promo_reservation_t *reservation_row(const promo_state_t *self, const uid_t16 *account)
{
    uint32_t row = table_find(&self->reservations, account);
    return row == TABLE_NONE ? NULL : table_row(&self->reservations, row);
}

static account_t *account_row(const promo_state_t *self, const uid_t16 *account)
{
    uint32_t row = table_find(&self->accounts, account);
    return row == TABLE_NONE ? NULL : table_row(&self->accounts, row);
}

static uid_t16 key_of(const hash_t *hmac)
{
    uid_t16 key;
    memcpy(key.bytes, hmac->bytes, sizeof key.bytes);
    return key;
}

const promo_campaign_t *promo_state_campaign(const promo_state_t *self, uint32_t campaign)
{
    bool there = campaign && campaign <= table_used(&self->campaigns);
    return there ? campaign_row(self, campaign) : NULL;
}

uint32_t promo_state_find(const promo_state_t *self, const hash_t *hmac)
{
    uid_t16 key = key_of(hmac);
    uint32_t row = table_find(&self->codes, &key);
    if (row == TABLE_NONE ||
        !digest_equal(code_row(self, row)->hmac.bytes, hmac->bytes, sizeof hmac->bytes))
        return TABLE_NONE;
    return row;
}

const promo_code_row_t *promo_state_code(const promo_state_t *self, uint32_t row)
{
    return code_row(self, row);
}

const promo_reservation_t *promo_state_reservation(const promo_state_t *self,
                                                   const uid_t16 *account)
{
    return reservation_row(self, account);
}

instant_t promo_state_forgets(const promo_state_t *self, uint32_t *ret_campaign)
{
    uint32_t row;
    instant_t next, least = heap_least(&self->over);
    if (least == INT64_MAX || !heap_list(&self->over, least, 1, &row, &next))
        return INT64_MAX;
    *ret_campaign = row + 1;
    return campaign_row(self, row + 1)->reserved ? INT64_MAX : least + PROMO_FORGET_US;
}

static bool has_key(const promo_keys_t *keys, uint8_t version)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->keys[i].version == version)
            return true;
    return false;
}

uint8_t promo_state_lacks_key(const promo_state_t *self, const promo_keys_t *keys, instant_t at)
{
    for (uint32_t row = 0; row < self->codes.count; row++) {
        const promo_code_row_t *code = code_row(self, row);
        if (!table_holds(&self->codes, row))
            continue;
        const promo_campaign_t *campaign = campaign_row(self, code->campaign);
        bool over = campaign->stopped || (campaign->terms.ends && at >= campaign->terms.ends);
        if (!over && !has_key(keys, code->key_version))
            return code->key_version;
    }
    return 0;
}

promo_uses_t promo_state_uses(const promo_state_t *self, const uid_t16 *account, uint32_t code)
{
    promo_uses_t uses = {.in_all = 0};
    const account_t *owner = account_row(self, account);
    uint32_t campaign = code_row(self, code)->campaign, at = owner ? owner->uses : 0;
    while (at) {
        const use_t *use = pool_row(&self->uses, at);
        uses.of_code += use->code == code;
        uses.of_campaign += code_row(self, use->code)->campaign == campaign;
        uses.in_all++;
        at = use->next;
    }
    return uses;
}

// --- uses ---

static void take_use(promo_state_t *self, const uid_t16 *account, uint32_t code, kopecks_t most)
{
    promo_campaign_t *campaign = campaign_row(self, code_row(self, code)->campaign);
    if (!account_row(self, account))
        (void)table_insert(&self->accounts, account);
    account_t *owner = account_row(self, account);
    assert(owner);
    uint32_t number = pool_take(&self->uses);
    *(use_t *)pool_row(&self->uses, number) = (use_t){.next = owner->uses, .code = code};
    owner->uses = number;
    code_row(self, code)->taken++;
    campaign->taken++;
    campaign->committed += most;
}

static void unlink_use(promo_state_t *self, const uid_t16 *account, uint32_t code)
{
    account_t *owner = account_row(self, account);
    assert(owner);
    uint32_t *link = &owner->uses;
    while (((use_t *)pool_row(&self->uses, *link))->code != code)
        link = &((use_t *)pool_row(&self->uses, *link))->next;
    uint32_t number = *link;
    *link = ((use_t *)pool_row(&self->uses, number))->next;
    pool_give(&self->uses, number);
    if (!owner->uses)
        table_remove(&self->accounts, table_find(&self->accounts, account));
}

static void give_use_back(promo_state_t *self, const promo_reservation_t *reservation)
{
    promo_code_row_t *code = code_row(self, reservation->code);
    promo_campaign_t *campaign = campaign_row(self, code->campaign);
    unlink_use(self, &reservation->key, reservation->code);
    code->taken--;
    campaign->taken--;
    campaign->committed -= reservation->most;
}

// --- events ---

static void begin(promo_state_t *self, const promo_event_t *event)
{
    uid_t16 key = table_key(event->campaign, 0);
    uint32_t row = table_insert(&self->campaigns, &key);
    assert(row + 1 == event->campaign);
    campaign_row(self, event->campaign)->terms = event->terms;
    if (event->terms.ends)
        heap_set(&self->over, row, event->terms.ends);
    if (event->terms.kind != PROMO_WELCOME)
        return;
    if (self->welcome_last)
        campaign_row(self, self->welcome_last)->welcome = event->campaign;
    else
        self->welcome_first = event->campaign;
    self->welcome_last = event->campaign;
}

static void stop(promo_state_t *self, const promo_event_t *event)
{
    promo_campaign_t *campaign = campaign_row(self, event->campaign);
    bool ended = campaign->terms.ends && campaign->terms.ends <= event->at;
    campaign->stopped = true;
    if (!ended)
        heap_set(&self->over, event->campaign - 1, event->at);
}

// Takes the campaign's uses out of a chain of them.
static void forget_uses(promo_state_t *self, uint32_t *link, uint32_t campaign)
{
    for (uint32_t number; (number = *link) != 0;) {
        use_t *use = pool_row(&self->uses, number);
        if (code_row(self, use->code)->campaign != campaign) {
            link = &use->next;
            continue;
        }
        *link = use->next;
        pool_give(&self->uses, number);
    }
}

// Uses first: they name codes.
static void forget(promo_state_t *self, const promo_event_t *event)
{
    assert(!campaign_row(self, event->campaign)->reserved);
    for (uint32_t row = 0; row < self->accounts.count; row++) {
        account_t *account = table_row(&self->accounts, row);
        if (!table_holds(&self->accounts, row))
            continue;
        forget_uses(self, &account->uses, event->campaign);
        if (!account->uses)
            table_remove(&self->accounts, row);
    }
    for (uint32_t row = 0; row < self->codes.count; row++)
        if (table_holds(&self->codes, row) && code_row(self, row)->single &&
            code_row(self, row)->campaign == event->campaign)
            table_remove(&self->codes, row);
    heap_remove(&self->over, event->campaign - 1);
}

static void welcome(promo_state_t *self, const promo_event_t *event)
{
    promo_campaign_t *campaign = campaign_row(self, event->campaign);
    campaign->taken++;
    campaign->committed += event->amount;
}

static void add(promo_state_t *self, const promo_event_t *event)
{
    uid_t16 key = key_of(&event->hmac);
    assert(promo_state_campaign(self, event->campaign));
    assert(table_find(&self->codes, &key) == TABLE_NONE);
    promo_code_row_t *code = code_row(self, table_insert(&self->codes, &key));
    code->hmac = event->hmac;
    code->campaign = event->campaign;
    code->key_version = event->key_version;
    code->single = event->single;
    campaign_row(self, event->campaign)->codes++;
}

static uint32_t code_of(const promo_state_t *self, const promo_event_t *event)
{
    uint32_t code = promo_state_find(self, &event->hmac);
    assert(code != TABLE_NONE && code_row(self, code)->campaign == event->campaign);
    return code;
}

static void reserve(promo_state_t *self, const promo_event_t *event)
{
    uint32_t code = code_of(self, event);
    assert(!reservation_row(self, &event->account));
    uint32_t row = table_insert(&self->reservations, &event->account);
    promo_reservation_t *reservation = table_row(&self->reservations, row);
    take_use(self, &event->account, code, event->amount);
    reservation->code = code;
    reservation->most = event->amount;
    reservation->until = event->until;
    campaign_row(self, event->campaign)->reserved++;
    heap_set(&self->ends, row, event->until);
}

static void bind(promo_state_t *self, const promo_event_t *event)
{
    promo_reservation_t *reservation = reservation_row(self, &event->account);
    assert(reservation && !reservation->invoice);
    reservation->invoice = event->invoice;
    reservation->until = event->until;
    heap_set(&self->ends, table_find(&self->reservations, &event->account), event->until);
}

// What the use came to stays committed; what it might have come to does not.
static void redeem(promo_state_t *self, const promo_event_t *event)
{
    const promo_reservation_t *reservation = reservation_row(self, &event->account);
    assert(reservation && reservation->invoice && reservation->invoice == event->invoice);
    assert(event->amount <= reservation->most);
    campaign_row(self, code_row(self, reservation->code)->campaign)->committed +=
        event->amount - reservation->most;
}

static void end_reservation(promo_state_t *self, const uid_t16 *account)
{
    uint32_t row = table_find(&self->reservations, account);
    assert(row != TABLE_NONE);
    const promo_reservation_t *reservation = table_row(&self->reservations, row);
    campaign_row(self, code_row(self, reservation->code)->campaign)->reserved--;
    heap_remove(&self->ends, row);
    table_remove(&self->reservations, row);
}

static void release(promo_state_t *self, const promo_event_t *event)
{
    const promo_reservation_t *reservation = reservation_row(self, &event->account);
    assert(reservation && reservation->invoice == event->invoice);
    give_use_back(self, reservation);
    end_reservation(self, &event->account);
}

void promo_state_apply(promo_state_t *self, const promo_event_t *event)
{
    switch (event->kind) {
    case PROMO_NOTHING:
        return;
    case PROMO_BEGAN:
        begin(self, event);
        return;
    case PROMO_STOPPED:
        stop(self, event);
        return;
    case PROMO_FORGOTTEN:
        forget(self, event);
        return;
    case PROMO_ADDED:
        add(self, event);
        return;
    case PROMO_RESERVED:
        reserve(self, event);
        return;
    case PROMO_BOUND:
        bind(self, event);
        return;
    case PROMO_REDEEMED:
        redeem(self, event);
        end_reservation(self, &event->account);
        return;
    case PROMO_GIVEN:
        take_use(self, &event->account, code_of(self, event), event->amount);
        return;
    case PROMO_WELCOMED:
        welcome(self, event);
        return;
    case PROMO_RELEASED:
        release(self, event);
        return;
    case PROMO_REFUSED:
        promo_guesses_note(&self->guesses, &event->account, event->at);
        return;
    }
}
