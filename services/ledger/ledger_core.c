#include "services/ledger/ledger_core.h"
#include "proto/stream.h"
#include "proto/table.h"
#include <assert.h>
#include <stdlib.h>

// One customer's account. What the last posting says of it, and what the next one must say.
typedef struct {
    uid_t16 account;
    kopecks_t cash, bonus;
    uint64_t head;                      // sequence of the last posting
    uint64_t marks[LEDGER_SKIP_LEVELS]; // of the last whose ordinal is a multiple of 16^(k+1)
    uint64_t credit;                    // payment's sequence of the last credit from there
    uint64_t ordinal : 62;              // of the last posting
    uint64_t low : 1, exhausted : 1;    // account.low, account.exhausted were said and hold
} row_t;

static_assert(sizeof(row_t) <= 96, "a million accounts are planned at 96 bytes each");

typedef struct {
    table_t accounts;   // row_t; account number = row number + SYSTEM_END
    uint64_t *pending;  // bit per row: a judgement is due; follows from rows and threshold alone
    size_t pending_cap; // words
    uint64_t pending_count;
    kopecks_t systems[SYSTEM_END];
    kopecks_t customers; // cash and bonus of all customers
    kopecks_t low_threshold;
    uint64_t postings;
    uint64_t last; // applied sequence
    uint32_t accounts_max;
    bool policy; // a ledger.policy_changed was applied
} ledger_t;

enum { WORD_BITS = 64, PENDING_FIRST = 16 };

static inline row_t *row_at(const ledger_t *self, uint32_t index)
{
    return table_row(&self->accounts, index);
}

static void *ledger_create(const void *settings)
{
    const ledger_settings_t *limits = settings;
    ledger_t *self = calloc(1, sizeof *self);
    assert(self);
    self->accounts_max = limits ? limits->accounts_max : LEDGER_ACCOUNTS_MAX;
    table_init(&self->accounts, sizeof(row_t));
    return self;
}

static void ledger_destroy(void *state)
{
    ledger_t *self = state;
    if (!self)
        return;
    table_release(&self->accounts);
    free(self->pending);
    free(self);
}

// --- what follows from a row ---

static inline kopecks_t row_balance(const row_t *row)
{
    return row->cash + row->bonus; // cannot overflow: both lie within LEDGER_BALANCE_MAX
}

static inline uint64_t row_skip(const row_t *row)
{
    uint64_t ordinal = row->ordinal + 1;
    unsigned level = 0;
    while (level < LEDGER_SKIP_LEVELS && ordinal % LEDGER_SKIP_RADIX == 0) {
        ordinal /= LEDGER_SKIP_RADIX;
        level++;
    }
    return row->marks[level ? level - 1 : 0];
}

static inline void row_advance(row_t *row, uint64_t sequence, const event_posted_t *posted)
{
    row->cash = posted->cash;
    row->bonus = posted->bonus;
    row->head = sequence;
    uint64_t ordinal = ++row->ordinal;
    for (unsigned level = 0; level < LEDGER_SKIP_LEVELS && ordinal % LEDGER_SKIP_RADIX == 0;
         level++) {
        row->marks[level] = sequence;
        ordinal /= LEDGER_SKIP_RADIX;
    }
}

static inline bool row_is_low(const row_t *row, kopecks_t threshold)
{
    return row_balance(row) < threshold;
}

// Sets or clears the row's bit.
static inline void row_review(ledger_t *self, uint32_t index)
{
    row_t *row = row_at(self, index);
    bool low = row_is_low(row, self->low_threshold);
    if (!low)
        row->low = false;
    bool pending = (low && !row->low) || (row_balance(row) < 0 && !row->exhausted);
    uint64_t bit = UINT64_C(1) << index % WORD_BITS, *word = &self->pending[index / WORD_BITS];
    if (pending == ((*word & bit) != 0))
        return;
    *word ^= bit;
    self->pending_count = pending ? self->pending_count + 1 : self->pending_count - 1;
}

// --- a posting in the making ---

// Between a customer and a system account, or, when `customer` is zero, two system accounts.
typedef struct {
    uid_t16 customer;
    uint64_t debit, credit; // numbers of system accounts; 0 stands for the customer
    kopecks_t amount;
    uint64_t kind;
    uid_t16 reference;
} transfer_t;

static inline bool is_system(const transfer_t *transfer)
{
    return transfer->debit != 0 && transfer->credit != 0;
}

// The rules that need no state. NULL, or the text of what is wrong.
static const char *transfer_read(const event_posting_requested_t *wish, transfer_t *ret_transfer)
{
    uint64_t debit = posting_system_number(&wish->debit);
    uint64_t credit = posting_system_number(&wish->credit);
    wallet_t wallet = posting_wallet(wish->kind);
    if (wish->amount < 1)
        return "amount must be at least 1 kopeck";
    if (wish->amount > POSTING_AMOUNT_MAX)
        return "amount is above what one posting may move";
    if (!posting_kind_title(wish->kind))
        return "there is no posting of that kind";
    if (uid_is_zero(&wish->debit) || uid_is_zero(&wish->credit))
        return "both sides must name an account";
    if ((debit && !posting_system_title(debit)) || (credit && !posting_system_title(credit)))
        return "there is no system account of that number";
    if (!debit && !credit)
        return "one side must be a system account: money does not move between customers";
    if (debit == credit)
        return "debit and credit are the same account";
    bool system = debit && credit;
    if (!system && wallet == WALLET_NONE)
        return "this kind moves no customer's money";
    if (system && wallet != WALLET_NONE && debit != SYSTEM_SUSPENSE && credit != SYSTEM_SUSPENSE)
        return "a customer's kind between two system accounts must empty or fill suspense";
    if (!system && wallet == WALLET_BONUS_FIRST && !credit)
        return "usage debits the customer; it is given back by a correction or a bonus";
    *ret_transfer = (transfer_t){.debit = debit,
                                 .credit = credit,
                                 .amount = wish->amount,
                                 .kind = wish->kind,
                                 .reference = wish->reference};
    if (!system)
        ret_transfer->customer = debit ? wish->credit : wish->debit;
    return NULL;
}

// How much of it the bonus bears; the rest is cash.
static inline kopecks_t transfer_bonus(const transfer_t *transfer, const row_t *row)
{
    switch (posting_wallet(transfer->kind)) {
    case WALLET_BONUS:
        return transfer->amount;
    case WALLET_BONUS_FIRST:
        if (row->bonus <= 0)
            return 0;
        return row->bonus < transfer->amount ? row->bonus : transfer->amount;
    default:
        return 0;
    }
}

static inline bool moves_within(kopecks_t balance, kopecks_t amount, bool credited, kopecks_t bound)
{
    kopecks_t after;
    bool exact =
        credited ? money_add(balance, amount, &after) : money_subtract(balance, amount, &after);
    return exact && after <= bound && after >= -bound;
}

// Would every balance that it moves stay within the bound?
static bool transfer_fits(const ledger_t *self, const transfer_t *transfer, const row_t *row,
                          kopecks_t bound)
{
    kopecks_t amount = transfer->amount;
    if (transfer->debit && !moves_within(self->systems[transfer->debit], amount, false, bound))
        return false;
    if (transfer->credit && !moves_within(self->systems[transfer->credit], amount, true, bound))
        return false;
    if (is_system(transfer))
        return true;
    bool credited = !transfer->credit;
    kopecks_t bonus = transfer_bonus(transfer, row);
    return moves_within(row->bonus, bonus, credited, bound) &&
           moves_within(row->cash, amount - bonus, credited, bound) &&
           moves_within(self->customers, amount, credited, bound);
}

static void add_posted(const ledger_t *self, decision_t *out, const transfer_t *transfer,
                       row_t *row, uint64_t number, kopecks_t amount, kopecks_t bonus)
{
    uint64_t sequence = self->last + out->count + 1;
    event_posted_t *posted = &decision_add(out, EVENT_posted)->posted;
    posted->debit = transfer->debit;
    posted->credit = transfer->credit;
    posted->amount = amount;
    posted->kind = transfer->kind;
    posted->reference = transfer->reference;
    if (is_system(transfer))
        return;
    kopecks_t sign = transfer->credit ? -1 : 1;
    posted->account = transfer->customer;
    *(transfer->credit ? &posted->debit : &posted->credit) = number;
    posted->cash = row->cash + sign * (amount - bonus);
    posted->bonus = row->bonus + sign * bonus;
    posted->ordinal = row->ordinal + 1;
    posted->previous = row->head;
    posted->skip = row_skip(row);
    row_advance(row, sequence, posted);
}

static const row_t no_row;

// Adds the events of a transfer that fits: account.opened before an account's first posting,
// account.restored after the one that ends its exhaustion.
static void add_transfer(const ledger_t *self, decision_t *out, const transfer_t *transfer,
                         uint32_t index)
{
    if (is_system(transfer)) {
        add_posted(self, out, transfer, NULL, 0, transfer->amount, 0);
        return;
    }
    row_t row = index == TABLE_NONE ? no_row : *row_at(self, index);
    if (index == TABLE_NONE) {
        index = self->accounts.count;
        event_account_opened_t *opened = &decision_add(out, EVENT_account_opened)->account_opened;
        opened->account = transfer->customer;
        opened->number = (uint64_t)index + SYSTEM_END;
    }
    uint64_t number = (uint64_t)index + SYSTEM_END;
    kopecks_t bonus = transfer_bonus(transfer, &row);
    kopecks_t cash = transfer->amount - bonus;
    if (bonus)
        add_posted(self, out, transfer, &row, number, bonus, bonus);
    if (cash)
        add_posted(self, out, transfer, &row, number, cash, 0);
    if (row.exhausted && row_balance(&row) >= 0) {
        event_account_restored_t *restored =
            &decision_add(out, EVENT_account_restored)->account_restored;
        restored->account = transfer->customer;
        restored->number = number;
        restored->balance = row_balance(&row);
    }
}

// --- facts: never refused ---

static fail_t place(const ledger_t *self, decision_t *out, transfer_t *transfer)
{
    const uid_t16 *account = &transfer->customer;
    uint32_t index = TABLE_NONE;
    bool placed = !uid_is_zero(account) && !posting_system_number(account);
    if (placed) {
        index = table_find(&self->accounts, account);
        const row_t *row = index == TABLE_NONE ? &no_row : row_at(self, index);
        placed = (index != TABLE_NONE || self->accounts.count < self->accounts_max) &&
                 transfer_fits(self, transfer, row, LEDGER_BALANCE_MAX);
    }
    if (!placed) {
        *(transfer->debit ? &transfer->credit : &transfer->debit) = SYSTEM_SUSPENSE;
        transfer->reference = transfer->customer;
        transfer->customer = (uid_t16){{0}};
        // Beyond int64 a sum cannot be remembered at all: the stream stops, and nothing is lost.
        if (!transfer_fits(self, transfer, NULL, INT64_MAX))
            return decision_refuse(out, FAIL_OVERFLOW, "a system account is at the end of int64");
    }
    add_transfer(self, out, transfer, index);
    return FAIL_NONE;
}

static fail_t decide_event(const ledger_t *self, const event_t *event, decision_t *out)
{
    transfer_t transfer = {.kind = POSTING_CHARGE, .credit = SYSTEM_REVENUE};
    switch (event->type) {
    case EVENT_usage_charged:
        transfer.customer = event->usage_charged.account;
        transfer.amount = event->usage_charged.amount;
        transfer.reference = event->usage_charged.resource;
        break;
    case EVENT_meter_closed:
        transfer.customer = event->meter_closed.account;
        transfer.amount = event->meter_closed.amount;
        break;
    case EVENT_payment_succeeded:
        transfer = (transfer_t){.customer = event->payment_succeeded.account,
                                .debit = SYSTEM_CLEARING,
                                .amount = event->payment_succeeded.amount,
                                .kind = event->payment_succeeded.kind == 2 ? POSTING_AUTOPAY
                                                                           : POSTING_TOPUP};
        break;
    default:
        return FAIL_NONE;
    }
    return transfer.amount > 0 ? place(self, out, &transfer) : FAIL_NONE;
}

// --- wishes: checked ---

static fail_t decide_wish(const ledger_t *self, const event_posting_requested_t *wish,
                          decision_t *out)
{
    transfer_t transfer;
    const char *detail = transfer_read(wish, &transfer);
    if (detail)
        return decision_refuse(out, FAIL_INVALID, detail);
    uint32_t index = TABLE_NONE;
    const row_t *row = &no_row;
    if (!is_system(&transfer)) {
        index = table_find(&self->accounts, &transfer.customer);
        if (index != TABLE_NONE)
            row = row_at(self, index);
        else if (self->accounts.count >= self->accounts_max)
            return decision_refuse(out, FAIL_FULL, "the ledger holds as many accounts as it may");
    }
    if (!transfer_fits(self, &transfer, row, LEDGER_BALANCE_MAX))
        return decision_refuse(out, FAIL_OVERFLOW, "a balance would leave its range");
    add_transfer(self, out, &transfer, index);
    return FAIL_NONE;
}

static inline bool has_headroom(kopecks_t balance)
{
    static const kopecks_t bound = LEDGER_BALANCE_MAX - FEED_ITEMS_MAX * POSTING_AMOUNT_MAX;
    return balance <= bound && balance >= -bound;
}

// Whatever the items before it move, they move each balance by less than the headroom.
static fail_t ledger_check(const void *state, const input_t *input, const char **ret_detail)
{
    const ledger_t *self = state;
    transfer_t transfer;
    const char *detail = "the ledger takes items of the type posting.requested";
    if (input->event->type == EVENT_posting_requested)
        detail = transfer_read(&input->event->posting_requested, &transfer);
    if (detail) {
        *ret_detail = detail;
        return FAIL_INVALID;
    }
    bool room = (!transfer.debit || has_headroom(self->systems[transfer.debit])) &&
                (!transfer.credit || has_headroom(self->systems[transfer.credit]));
    if (room && !is_system(&transfer)) {
        uint32_t index = table_find(&self->accounts, &transfer.customer);
        const row_t *row = index == TABLE_NONE ? &no_row : row_at(self, index);
        if (index == TABLE_NONE &&
            (uint64_t)self->accounts.count + FEED_ITEMS_MAX > self->accounts_max) {
            *ret_detail = "too few accounts are left for a batch";
            return FAIL_FULL;
        }
        room = has_headroom(row->cash) && has_headroom(row->bonus) && has_headroom(self->customers);
    }
    if (!room) {
        *ret_detail = "a balance is too near its range's end for a batch";
        return FAIL_OVERFLOW;
    }
    return FAIL_NONE;
}

static fail_t decide_policy(const ledger_t *self, kopecks_t low_threshold, decision_t *out)
{
    if (low_threshold < 0 || low_threshold > POSTING_AMOUNT_MAX)
        return decision_refuse(out, FAIL_INVALID, "low_threshold must be 0 or more, and an amount");
    if (!self->policy || low_threshold != self->low_threshold)
        decision_add(out, EVENT_ledger_policy_changed)->ledger_policy_changed.low_threshold =
            low_threshold;
    return FAIL_NONE;
}

static fail_t ledger_found(const void *state, const input_t *input, decision_t *out)
{
    (void)input;
    return decide_policy(state, LEDGER_LOW_THRESHOLD, out);
}

static fail_t decide_request(const ledger_t *self, const request_t *request, decision_t *out)
{
    switch (request->type) {
    case REQUEST_post:
        return decide_wish(self,
                           &(event_posting_requested_t){.debit = request->post.debit,
                                                        .credit = request->post.credit,
                                                        .amount = request->post.amount,
                                                        .kind = request->post.kind,
                                                        .reference = request->post.reference},
                           out);
    case REQUEST_ledger_policy:
        return decide_policy(self, request->ledger_policy.low_threshold, out);
    default:
        return decision_refuse(out, FAIL_INVALID, "the ledger knows no such command");
    }
}

// --- judgements ---

static void judge(const ledger_t *self, uint32_t index, decision_t *out)
{
    const row_t *row = row_at(self, index);
    kopecks_t balance = row_balance(row);
    uint64_t number = (uint64_t)index + SYSTEM_END;
    if (row_is_low(row, self->low_threshold) && !row->low)
        decision_add(out, EVENT_account_low)->account_low =
            (event_account_low_t){row->account, number, balance, self->low_threshold};
    if (balance < 0 && !row->exhausted)
        decision_add(out, EVENT_account_exhausted)->account_exhausted =
            (event_account_exhausted_t){row->account, number, balance};
}

static fail_t decide_tick(const ledger_t *self, const input_t *input, decision_t *out)
{
    if (!input->current)
        return FAIL_NONE;
    uint64_t left = self->pending_count;
    for (uint32_t word = 0; left; word++)
        for (uint64_t bits = self->pending[word]; bits; bits &= bits - 1) {
            if (out->count + 2 > DECISION_EVENTS_MAX) {
                out->more = true;
                return FAIL_NONE;
            }
            judge(self, word * WORD_BITS + (uint32_t)__builtin_ctzll(bits), out);
            left--;
        }
    return FAIL_NONE;
}

static fail_t ledger_decide(const void *state, const input_t *input, decision_t *out)
{
    const ledger_t *self = state;
    switch (input->kind) {
    case INPUT_ITEM:
        if (input->event->type != EVENT_posting_requested)
            return decision_refuse(out, FAIL_INVALID,
                                   "the ledger takes items of the type posting.requested");
        return decide_wish(self, &input->event->posting_requested, out);
    case INPUT_EVENT:
        return decide_event(self, input->event, out);
    case INPUT_REQUEST:
        return decide_request(self, input->request, out);
    case INPUT_TICK:
        return decide_tick(self, input, out);
    case INPUT_THROUGH:
    case INPUT_RESULT:
        break;
    }
    return FAIL_NONE;
}

// --- apply ---
// The asserts stop a process whose journal does not fold, before it writes memory that is not the
// row's. The journal's bytes are ours and were hashed: they are no peer's input.

static void apply_opened(ledger_t *self, const event_account_opened_t *opened)
{
    uint32_t index = table_insert(&self->accounts, &opened->account);
    assert(opened->number == (uint64_t)index + SYSTEM_END);
    size_t words = (size_t)index / WORD_BITS + 1;
    if (words <= self->pending_cap)
        return;
    size_t cap = self->pending_cap ? self->pending_cap * 2 : PENDING_FIRST;
    self->pending = realloc(self->pending, cap * sizeof *self->pending);
    assert(self->pending);
    memset(self->pending + self->pending_cap, 0, (cap - self->pending_cap) * sizeof *self->pending);
    self->pending_cap = cap;
}

static uint32_t applied_index(const ledger_t *self, uint64_t number)
{
    assert(number >= SYSTEM_END && number - SYSTEM_END < self->accounts.count);
    return (uint32_t)(number - SYSTEM_END);
}

static inline void apply_posted(ledger_t *self, const event_t *event, uint64_t sequence)
{
    const event_posted_t *posted = &event->posted;
    uint64_t number = 0;
    self->postings++;
    if (posted->debit < SYSTEM_END)
        self->systems[posted->debit] -= posted->amount;
    else {
        number = posted->debit;
        self->customers -= posted->amount;
    }
    if (posted->credit < SYSTEM_END)
        self->systems[posted->credit] += posted->amount;
    else {
        number = posted->credit;
        self->customers += posted->amount;
    }
    if (!number)
        return;
    uint32_t index = applied_index(self, number);
    row_t *row = row_at(self, index);
    assert(row->head == posted->previous);
    row_advance(row, sequence, posted);
    if (event->cause.stream == STREAM_PAYMENT && number == posted->credit)
        row->credit = event->cause.sequence;
    row_review(self, index);
}

static void ledger_apply(void *state, const event_t *event, uint64_t sequence)
{
    ledger_t *self = state;
    uint32_t index;
    self->last = sequence;
    switch (event->type) {
    case EVENT_posted:
        apply_posted(self, event, sequence);
        break;
    case EVENT_account_opened:
        apply_opened(self, &event->account_opened);
        break;
    case EVENT_account_low:
        index = applied_index(self, event->account_low.number);
        row_at(self, index)->low = true;
        row_review(self, index);
        break;
    case EVENT_account_exhausted:
        index = applied_index(self, event->account_exhausted.number);
        row_at(self, index)->exhausted = true;
        row_review(self, index);
        break;
    case EVENT_account_restored:
        index = applied_index(self, event->account_restored.number);
        row_at(self, index)->exhausted = false;
        row_review(self, index);
        break;
    case EVENT_ledger_policy_changed:
        self->low_threshold = event->ledger_policy_changed.low_threshold;
        self->policy = true;
        for (index = 0; index < self->accounts.count; index++)
            row_review(self, index);
        break;
    default:
        break;
    }
}

// --- answers ---

static fail_t query_balance(const ledger_t *self, const request_balance_t *request, query_t *out)
{
    if (request->min_sequence > out->last)
        return FAIL_LATER;
    uint32_t index = table_find(&self->accounts, &request->account);
    if (index == TABLE_NONE)
        return FAIL_UNKNOWN_ACCOUNT;
    const row_t *row = row_at(self, index);
    out->answer->balance = (answer_balance_t){.sequence = out->last,
                                              .cash = row->cash,
                                              .bonus = row->bonus,
                                              .number = (uint64_t)index + SYSTEM_END,
                                              .head = row->head,
                                              .postings = row->ordinal,
                                              .low = row->low,
                                              .exhausted = row->exhausted,
                                              .credit = row->credit};
    return FAIL_NONE;
}

static fail_t query_totals(const ledger_t *self, query_t *out)
{
    pack_t pack;
    size_t systems = 0;
    uint64_t sum = (uint64_t)self->customers; // exact modulo 2^64, whatever the order
    for (uint64_t number = 0; number < SYSTEM_END; number++)
        if (posting_system_title(number)) {
            systems++;
            sum += (uint64_t)self->systems[number];
        }
    pack_start(&pack, out->scratch, out->scratch_size);
    pack_array(&pack, systems);
    for (uint64_t number = 0; number < SYSTEM_END; number++)
        if (posting_system_title(number)) {
            pack_array(&pack, 2);
            pack_u64(&pack, number);
            pack_i64(&pack, self->systems[number]);
        }
    size_t size = pack_end(&pack);
    if (!size)
        return FAIL_FULL;
    out->answer->totals = (answer_totals_t){.sequence = out->last,
                                            .accounts = self->accounts.count,
                                            .customers = self->customers,
                                            .sum = (kopecks_t)sum,
                                            .systems = {out->scratch, (uint32_t)size}};
    return FAIL_NONE;
}

static fail_t ledger_query(const void *state, const request_t *request, const event_t *first,
                           uint64_t first_sequence, query_t *out)
{
    switch (request->type) {
    case REQUEST_balance:
        return query_balance(state, &request->balance, out);
    case REQUEST_totals:
        return query_totals(state, out);
    case REQUEST_post:
        out->answer->post.sequence =
            first && first->type == EVENT_account_opened ? first_sequence + 1 : first_sequence;
        return FAIL_NONE;
    case REQUEST_ledger_policy:
        return FAIL_NONE;
    default:
        return FAIL_INVALID;
    }
}

static void ledger_due(const void *state, instant_t now, due_t *out)
{
    const ledger_t *self = state;
    out->wake = self->pending_count ? now : INT64_MAX;
    out->count = 0;
}

// A row: [number, account, cash, bonus, head, credit]; true at the sequence `head`.
static uint64_t ledger_table(const void *state, uint64_t from, pack_t *rows, size_t *ret_count)
{
    const ledger_t *self = state;
    uint64_t count = self->accounts.count;
    uint64_t end =
        from < count && count - from > LEDGER_PAGE_ROWS ? from + LEDGER_PAGE_ROWS : count;
    size_t packed = 0;
    for (uint64_t index = from; index < end; index++, packed++) {
        const row_t *row = row_at(self, (uint32_t)index);
        pack_array(rows, 6);
        pack_u64(rows, index + SYSTEM_END);
        pack_uid(rows, &row->account);
        pack_i64(rows, row->cash);
        pack_i64(rows, row->bonus);
        pack_u64(rows, row->head);
        pack_u64(rows, row->credit);
    }
    *ret_count = packed;
    return end < count ? end : 0;
}

static size_t put_counter(char *out, size_t cap, size_t used, const char *name, uint64_t value)
{
    char line[64];
    size_t at = sizeof line, name_size = strlen(name);
    line[--at] = '\n';
    do
        line[--at] = (char)('0' + value % 10);
    while (value /= 10);
    line[--at] = ' ';
    assert(name_size <= at);
    at -= name_size;
    memcpy(line + at, name, name_size);
    if (sizeof line - at > cap - used)
        return used;
    memcpy(out + used, line + at, sizeof line - at);
    return used + (sizeof line - at);
}

static size_t ledger_counters(const void *state, char *out, size_t cap)
{
    const ledger_t *self = state;
    size_t used = put_counter(out, cap, 0, "accounts", self->accounts.count);
    used = put_counter(out, cap, used, "postings", self->postings);
    return put_counter(out, cap, used, "judgements_pending", self->pending_count);
}

const core_t ledger_core = {
    .name = "ledger",
    .stream = STREAM_LEDGER,
    .follows = {{STREAM_METERING, FOLLOW_FACTS}, {STREAM_PAYMENT, FOLLOW_FACTS}},
    .follows_count = 2,
    .takes_feed = true,
    .feed_roles = ROLE_OPERATOR,
    .create = ledger_create,
    .destroy = ledger_destroy,
    .found = ledger_found,
    .decide = ledger_decide,
    .check = ledger_check,
    .apply = ledger_apply,
    .query = ledger_query,
    .due = ledger_due,
    .table = ledger_table,
    .counters = ledger_counters,
};
