#include "tools/kopeck/verify_lots.h"
#include "proto/posting.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 4, FIRST_PURSES = 64, NAMED_MAX = 16 };

typedef struct {
    uid_t16 key;
    uint64_t lot;
} referred_t;

void verify_lots_init(verify_lots_t *self, verify_report_t *report)
{
    *self = (verify_lots_t){.report = report};
    table_init(&self->apart, sizeof(referred_t));
}

void verify_lots_release(verify_lots_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->purses[i].cash.rows);
        free(self->purses[i].bonus.rows);
    }
    free(self->purses);
    table_release(&self->apart);
    *self = (verify_lots_t){0};
}

static verify_purse_t *purse_of(verify_lots_t *self, uint32_t account)
{
    if (account >= self->count) {
        size_t count = self->count ? self->count : FIRST_PURSES;
        while (count <= account)
            count *= 2;
        self->purses = realloc(self->purses, count * sizeof *self->purses);
        assert(self->purses);
        memset(self->purses + self->count, 0, (count - self->count) * sizeof *self->purses);
        self->count = count;
    }
    return &self->purses[account];
}

static void append(verify_queue_t *queue, uint64_t number, kopecks_t left)
{
    if (queue->count == queue->cap && queue->first > queue->cap / 2) {
        queue->count -= queue->first;
        memmove(queue->rows, queue->rows + queue->first, queue->count * sizeof *queue->rows);
        queue->first = 0;
    } else if (queue->count == queue->cap) {
        queue->cap = queue->cap ? queue->cap * 2 : FIRST_ROWS;
        queue->rows = realloc(queue->rows, queue->cap * sizeof *queue->rows);
        assert(queue->rows);
    }
    queue->sum += (uint64_t)left;
    queue->rows[queue->count++] = (verify_lot_t){.number = number, .left = left};
}

// --- what a posting took ---

typedef struct {
    verify_lot_t parts[NAMED_MAX]; // left: what it took of that lot
    size_t count, lots;
    kopecks_t rest, apart;
} taken_t;

static void note(taken_t *taken, uint64_t lot, kopecks_t part)
{
    taken->lots++;
    if (taken->count < NAMED_MAX)
        taken->parts[taken->count++] = (verify_lot_t){.number = lot, .left = part};
    else { // the last one stands for all up to it
        taken->parts[NAMED_MAX - 1].number = lot;
        taken->parts[NAMED_MAX - 1].left += part;
    }
}

// The newest first. So begin at the end, and look where it stops.
static size_t refund_begins(const verify_queue_t *queue, kopecks_t amount, kopecks_t *ret_of_first)
{
    size_t i = queue->count;
    while (i > queue->first && amount > 0) {
        i--;
        *ret_of_first = queue->rows[i].left < amount ? queue->rows[i].left : amount;
        amount -= *ret_of_first;
    }
    return i;
}

static bool serves(const verify_lots_t *self, const verify_lot_t *lot)
{
    return (!lot->until || self->hour <= lot->until) && (!lot->from || self->hour > lot->from) &&
           (!lot->category || lot->category == self->category);
}

static bool ends(const verify_queue_t *queue)
{
    for (size_t i = queue->first; i < queue->count; i++) {
        const verify_lot_t *lot = &queue->rows[i];
        if ((lot->until || lot->from || lot->category) && lot->left > 0)
            return true;
    }
    return false;
}

static verify_lot_t *lot_of(verify_queue_t *queue, uint64_t number)
{
    for (size_t i = queue->first; i < queue->count; i++)
        if (queue->rows[i].number == number)
            return &queue->rows[i];
    return NULL;
}

// What was used up at the front is never looked at again.
static void pass_over(verify_queue_t *queue)
{
    while (queue->first < queue->count && queue->rows[queue->first].left <= 0 &&
           !queue->rows[queue->first].held)
        queue->first++;
}

// Of those that serve it alone, and no more than can be named; of those that do not stand apart no
// more than the balance was. Nothing moves.
static taken_t serving(const verify_lots_t *self, const verify_queue_t *queue, kopecks_t amount)
{
    taken_t taken = {.rest = amount};
    kopecks_t there = self->there > 0 ? self->there : 0;
    for (size_t i = queue->first; i < queue->count && taken.rest > 0 && taken.count < NAMED_MAX;
         i++) {
        const verify_lot_t *lot = &queue->rows[i];
        kopecks_t part = lot->left < taken.rest ? lot->left : taken.rest;
        part = lot->apart || part < there ? part : there;
        if (part <= 0 || !serves(self, lot))
            continue;
        taken.rest -= part;
        there -= lot->apart ? 0 : part;
        taken.apart += lot->apart ? part : 0;
        note(&taken, lot->number, part);
    }
    return taken;
}

static taken_t take_serving(verify_lots_t *self, verify_queue_t *queue, kopecks_t amount)
{
    taken_t taken = serving(self, queue, amount);
    for (size_t i = 0; i < taken.count; i++) {
        verify_lot_t *lot = lot_of(queue, taken.parts[i].number);
        lot->left -= taken.parts[i].left;
        queue->sum -= (uint64_t)taken.parts[i].left;
    }
    self->begun -= taken.apart;
    pass_over(queue);
    return taken;
}

static void take_of(verify_queue_t *queue, verify_lot_t *lot, kopecks_t most, taken_t *taken)
{
    kopecks_t part = lot->left < taken->rest ? lot->left : taken->rest;
    part = part < most ? part : most;
    if (part <= 0 || lot->apart)
        return;
    lot->left -= part;
    queue->sum -= (uint64_t)part;
    taken->rest -= part;
    note(taken, lot->number, part);
}

// A chargeback the lot that it names first; that is empty then, and passed over.
static taken_t take(verify_queue_t *queue, const event_posted_t *posted)
{
    taken_t taken = {.rest = posted->amount};
    size_t i = queue->first;
    kopecks_t most = INT64_MAX; // of the first one
    verify_lot_t *own = posted->kind == POSTING_CHARGEBACK ? lot_of(queue, posted->lot) : NULL;
    if (own)
        take_of(queue, own, most, &taken);
    if (posted->kind == POSTING_REFUND)
        i = refund_begins(queue, posted->amount, &most);
    for (; i < queue->count && taken.rest > 0; i++) {
        take_of(queue, &queue->rows[i], most, &taken);
        most = INT64_MAX;
    }
    pass_over(queue);
    return taken;
}

// --- what is held for refunds, of one lot each ---

static bool hold(verify_purse_t *purse, const event_posted_t *posted)
{
    verify_lot_t *lot = lot_of(&purse->cash, posted->lot);
    if (!lot || lot->left < posted->amount || posted->lots.size)
        return false;
    lot->left -= posted->amount;
    lot->held += posted->amount;
    purse->cash.sum -= (uint64_t)posted->amount;
    return true;
}

// It pays debts at once, as whatever a lot gains.
static bool release(verify_purse_t *purse, const event_posted_t *posted)
{
    verify_lot_t *lot = lot_of(&purse->cash, posted->lot);
    if (!lot || lot->held < posted->amount || posted->lots.size)
        return false;
    kopecks_t paid = purse->debt < posted->amount ? purse->debt : posted->amount;
    paid = paid > 0 ? paid : 0;
    purse->debt -= paid;
    lot->held -= posted->amount;
    lot->left += posted->amount - paid;
    purse->cash.sum += (uint64_t)(posted->amount - paid);
    return true;
}

void verify_lots_left(verify_lots_t *self, uint64_t sequence, uint32_t account, uint64_t number,
                      kopecks_t amount)
{
    verify_lot_t *lot = lot_of(&purse_of(self, account)->cash, number);
    bool held = lot && lot->held >= amount;
    verify_that(self->report, "ledger: what leaves for a refund was held", STREAM_LEDGER, sequence,
                held, "at least that much held of the lot", amount);
    if (held)
        lot->held -= amount;
}

// --- bonuses that end ---

// By their ends, none last; then as they came.
static bool is_before(const verify_lot_t *a, const verify_lot_t *b)
{
    instant_t end_a = a->until ? a->until : INT64_MAX, end_b = b->until ? b->until : INT64_MAX;
    return end_a != end_b ? end_a < end_b : a->number < b->number;
}

static void put_in_order(verify_queue_t *queue, verify_lot_t *found)
{
    verify_lot_t lot = *found;
    size_t i = (size_t)(found - queue->rows);
    for (; i > queue->first && is_before(&lot, &queue->rows[i - 1]); i--)
        queue->rows[i] = queue->rows[i - 1];
    queue->rows[i] = lot;
}

bool verify_lots_limit(verify_lots_t *self, uint32_t account, uint64_t number, instant_t until)
{
    verify_queue_t *queue = &purse_of(self, account)->bonus;
    verify_lot_t *found = lot_of(queue, number);
    if (!found)
        return false;
    found->until = until;
    put_in_order(queue, found);
    return true;
}

// --- bonuses that stand apart ---

void verify_lots_set_apart(verify_lots_t *self, uint32_t account,
                           const event_bonus_set_apart_t *apart)
{
    verify_queue_t *queue = &purse_of(self, account)->bonus;
    append(queue, apart->lot, apart->amount);
    queue->sum -= (uint64_t)apart->amount;
    verify_lot_t *lot = &queue->rows[queue->count - 1];
    lot->from = apart->begins;
    lot->until = apart->until;
    lot->category = apart->category;
    lot->apart = true;
    put_in_order(queue, lot);
}

static verify_lot_t *apart_of(verify_lots_t *self, uint32_t account, uint64_t number)
{
    verify_lot_t *lot = lot_of(&purse_of(self, account)->bonus, number);
    return lot && lot->apart ? lot : NULL;
}

bool verify_lots_is_apart(verify_lots_t *self, uint32_t account, uint64_t number)
{
    return apart_of(self, account, number) != NULL;
}

bool verify_lots_take_apart(verify_lots_t *self, uint32_t account, uint64_t number,
                            kopecks_t amount)
{
    verify_lot_t *lot = apart_of(self, account, number);
    if (!lot || lot->left < amount)
        return amount == 0;
    lot->left -= amount;
    return true;
}

bool verify_lots_begin(verify_lots_t *self, uint32_t account, uint64_t number, kopecks_t amount)
{
    verify_lot_t *lot = apart_of(self, account, number);
    bool whole = amount == self->begun && (lot ? lot->left == amount : amount == 0);
    if (lot && whole)
        lot->apart = false;
    self->begun = 0;
    return whole;
}

void verify_lots_refer(verify_lots_t *self, const uid_t16 *reference, uint64_t lot)
{
    if (table_find(&self->apart, reference) != TABLE_NONE)
        return; // that it was given twice is told by who gives
    ((referred_t *)table_row(&self->apart, table_insert(&self->apart, reference)))->lot = lot;
}

uint64_t verify_lots_referred(const verify_lots_t *self, const uid_t16 *reference)
{
    uint32_t row = table_find(&self->apart, reference);
    return row == TABLE_NONE ? 0 : ((const referred_t *)table_row(&self->apart, row))->lot;
}

bool verify_lots_ends(verify_lots_t *self, uint32_t account)
{
    return ends(&purse_of(self, account)->bonus);
}

kopecks_t verify_lots_serving(verify_lots_t *self, uint32_t account, kopecks_t *ret_apart)
{
    taken_t taken = serving(self, &purse_of(self, account)->bonus, self->amount);
    *ret_apart = taken.apart;
    return self->amount - taken.rest;
}

kopecks_t verify_lots_left_of(verify_lots_t *self, uint32_t account, uint64_t number,
                              instant_t *ret_until)
{
    const verify_lot_t *lot = lot_of(&purse_of(self, account)->bonus, number);
    *ret_until = lot ? lot->until : 0;
    return lot ? lot->left : 0;
}

bool verify_lots_tell(verify_lots_t *self, uint32_t account, uint64_t number)
{
    verify_lot_t *lot = lot_of(&purse_of(self, account)->bonus, number);
    bool first = !lot || !lot->told; // of one that is used up nobody keeps it
    if (lot)
        lot->told = true;
    return first;
}

// What is left of one bonus goes, and nothing else.
static bool lapse(verify_purse_t *purse, const event_posted_t *posted)
{
    verify_lot_t *lot = lot_of(&purse->bonus, posted->lot);
    if (!lot || lot->left < posted->amount || posted->lots.size)
        return false;
    lot->left -= posted->amount;
    purse->bonus.sum -= (uint64_t)posted->amount;
    pass_over(&purse->bonus);
    return true;
}

static bool names(const event_posted_t *posted, const taken_t *taken)
{
    wire_t wire;
    if (taken->count == 0 || (taken->count == 1 && !taken->rest))
        return posted->lots.size == 0 && posted->lot == (taken->count ? taken->parts[0].number : 0);
    wire_start(&wire, posted->lots.data, posted->lots.size);
    if (posted->lot != taken->parts[0].number || wire_array(&wire, NAMED_MAX) != taken->count)
        return false;
    for (size_t i = 0; i < taken->count; i++) {
        uint64_t lot = 0;
        int64_t part = 0;
        if (wire_array(&wire, 2) != 2)
            return false;
        wire_u64(&wire, &lot);
        wire_i64(&wire, &part);
        if (wire.fail || lot != taken->parts[i].number || part != taken->parts[i].left)
            return false;
    }
    return wire_end(&wire) == FAIL_NONE;
}

// Of the charge at hand those of its lots that stand apart; or one that begins, alone.
static bool begin(verify_lots_t *self, verify_purse_t *purse, const event_posted_t *posted,
                  bool charge)
{
    verify_lot_t *lot = lot_of(&purse->bonus, posted->lot);
    bool whole = lot && lot->apart && lot->left == posted->amount && !posted->lots.size;
    purse->bonus.sum += (uint64_t)posted->amount;
    self->begun = posted->amount;
    if (!charge)
        return whole;
    taken_t all = serving(self, &purse->bonus, self->amount), apart = {.apart = all.apart};
    for (size_t i = 0; i < all.count; i++) {
        lot = lot_of(&purse->bonus, all.parts[i].number);
        if (lot->apart)
            note(&apart, lot->number, all.parts[i].left);
    }
    return apart.apart == posted->amount && names(posted, &apart);
}

static void credit(verify_purse_t *purse, uint64_t sequence, kopecks_t amount, bool bonus)
{
    kopecks_t paid = bonus || purse->debt <= 0 ? 0 : purse->debt < amount ? purse->debt : amount;
    purse->debt -= paid;
    if (amount > paid)
        append(bonus ? &purse->bonus : &purse->cash, sequence, amount - paid);
}

void verify_lots_feed(verify_lots_t *self, uint64_t sequence, uint32_t account,
                      const event_posted_t *posted, bool bonus, bool charge)
{
    verify_purse_t *purse = purse_of(self, account);
    bool credited = posted->credit >= SYSTEM_END;
    if (posted->amount <= 0)
        return; // it was reported
    self->named = self->named || posted->lot || posted->lots.size;
    if (posted->kind == POSTING_HOLD || posted->kind == POSTING_RELEASE) {
        bool good = credited ? release(purse, posted) : hold(purse, posted);
        verify_that(self->report, "ledger: a refund is held of one lot, and comes back to it",
                    STREAM_LEDGER, sequence, good, "a lot that has it", (int64_t)posted->lot);
    } else if (posted->kind == POSTING_LAPSE) {
        verify_that(self->report, "ledger: a bonus that ends is one lot, and has what goes",
                    STREAM_LEDGER, sequence, lapse(purse, posted), "a bonus that has it",
                    (int64_t)posted->lot);
    } else if (posted->kind == POSTING_BEGUN) {
        verify_that(self->report, "ledger: what stood apart comes out of its lots", STREAM_LEDGER,
                    sequence, begin(self, purse, posted, charge), "the lots that the rules name",
                    (int64_t)posted->lot);
    } else if (credited) {
        credit(purse, sequence, posted->amount, bonus);
        verify_that(self->report, "ledger: a credit names the lot that it is", STREAM_LEDGER,
                    sequence, !self->named || (posted->lot == sequence && !posted->lots.size),
                    "its own sequence", (int64_t)posted->lot);
    } else {
        verify_queue_t *queue = bonus ? &purse->bonus : &purse->cash;
        bool parted = bonus && posted->kind == POSTING_CHARGE && ends(queue);
        taken_t taken = parted ? take_serving(self, queue, posted->amount) : take(queue, posted);
        purse->debt = (kopecks_t)((uint64_t)purse->debt + (uint64_t)taken.rest);
        verify_that(self->report, "ledger: a debit names the lots that it took", STREAM_LEDGER,
                    sequence, !self->named || names(posted, &taken), "the lots that the rules name",
                    (int64_t)posted->lot);
    }
    if (posted->kind != POSTING_BEGUN && self->begun)
        verify_that(self->report, "ledger: what came out of its lots is spent at once",
                    STREAM_LEDGER, sequence, false, "nothing left of it", self->begun);
    uint64_t lots = purse->cash.sum + purse->bonus.sum;
    verify_equal(self->report, "ledger: lots less debts are the balance", STREAM_LEDGER, sequence,
                 (int64_t)((uint64_t)posted->cash + (uint64_t)posted->bonus),
                 (int64_t)(lots - (uint64_t)purse->debt));
}
