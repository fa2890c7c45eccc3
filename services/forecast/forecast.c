#include "services/forecast/forecast.h"
#include "proto/month.h"
#include "proto/wire.h"

enum { ROWS_MAX = 512, ENDINGS_MAX = 16 };

#define LAPSE_AFTER_US (10 * MINUTE_US) // the closing of the last hour that a bonus pays

typedef struct {
    int64_t burn, carry, due, accrued;
} meter_t;

typedef struct {
    instant_t until;
    kopecks_t left;
} ending_t;

typedef struct {
    meter_t meters[ROWS_MAX];
    size_t count;
    ending_t endings[ENDINGS_MAX]; // of bonuses, the first to end first
    size_t endings_count;
    instant_t settle;
    instant_t minute, hour; // posted up to that minute; the end of the hour that is posted next
    instant_t alarm;        // when autopay judges again by itself
    bool mandated;          // there is something that autopay could judge
    autopay_inputs_t in;    // as it would see it: what time it is, and the balance too
    forecast_t *out;
} run_t;

autopay_inputs_t forecast_autopay(const answer_autopay_t *autopay, instant_t now)
{
    return (autopay_inputs_t){
        .rule = AUTOPAY_RULE,
        .flags = autopay->flags & ~(uint64_t)AUTOPAY_STALE,
        .now = now,
        .balance = autopay->balance,
        .amount = autopay->amount,
        .sum_max = autopay->sum_max,
        .count_max = autopay->count_max,
        .count = autopay->count,
        .sum = autopay->sum,
        .declines = autopay->declines,
        .attempts = autopay->attempts,
        .last = autopay->last,
        .declined = autopay->declined,
        .policy = {.threshold = autopay->threshold,
                   .interval_us = autopay->interval_us,
                   .backoff_first_us = autopay->backoff_first_us,
                   .backoff_second_us = autopay->backoff_second_us,
                   .attempts_max = autopay->attempts_max},
    };
}

// --- what is posted ---

static fail_t read_meters(const answer_meters_t *answer, run_t *run)
{
    wire_t wire;
    if (answer->now < 0 || answer->count > ROWS_MAX || answer->settle_us > (uint64_t)HOUR_US)
        return FAIL_INVALID;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (; run->count < answer->count; run->count++) {
        meter_t *meter = &run->meters[run->count];
        if (wire_array(&wire, 4) != 4)
            return FAIL_INVALID;
        int64_t *fields[] = {&meter->burn, &meter->carry, &meter->due, &meter->accrued};
        for (unsigned i = 0; i < 4; i++) {
            wire_i64(&wire, fields[i]);
            if (wire.fail == FAIL_NONE && *fields[i] < 0)
                return FAIL_INVALID;
        }
    }
    return wire_end(&wire);
}

static fail_t read_endings(bytes_t bytes, run_t *run)
{
    wire_t wire;
    if (!bytes.size)
        return FAIL_NONE;
    wire_start(&wire, bytes.data, bytes.size);
    size_t count = wire_array(&wire, ENDINGS_MAX);
    for (; run->endings_count < count; run->endings_count++) {
        ending_t *ending = &run->endings[run->endings_count];
        if (wire_array(&wire, 2) != 2)
            return FAIL_INVALID;
        wire_i64(&wire, &ending->until);
        wire_i64(&wire, &ending->left);
        if (wire.fail || ending->until <= 0 || ending->left < 0)
            return FAIL_INVALID;
    }
    return wire_end(&wire);
}

// Beyond all money there is, it does not matter by how much.
static int64_t units_add(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static int64_t units_of(int64_t burn, int64_t minutes)
{
    int64_t product;
    return __builtin_mul_overflow(burn, minutes, &product) ? INT64_MAX : product;
}

// Bonuses that serve the hour that ends then pay first.
static void use_endings(run_t *run, kopecks_t amount, instant_t hour)
{
    for (size_t i = 0; i < run->endings_count && amount > 0; i++) {
        ending_t *ending = &run->endings[i];
        kopecks_t part = ending->left < amount ? ending->left : amount;
        part = hour <= ending->until ? part : 0;
        ending->left -= part;
        amount -= part;
    }
}

static void post(run_t *run, meter_t *meter, int64_t units, instant_t hour)
{
    unsigned __int128 total = (unsigned __int128)meter->carry + (uint64_t)units;
    kopecks_t amount = (kopecks_t)(total / CARRY_DENOMINATOR);
    meter->carry = (int64_t)(total % CARRY_DENOMINATOR);
    use_endings(run, amount, hour);
    if (!money_subtract(run->in.balance, amount, &run->in.balance))
        run->in.balance = INT64_MIN;
    run->in.flags &= ~(uint64_t)AUTOPAY_RETURNED; // usage was posted since
}

static void post_due(run_t *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->meters[i].due)
            post(run, &run->meters[i], run->meters[i].due, run->hour - HOUR_US);
}

static void post_hour(run_t *run)
{
    int64_t minutes = (run->hour - run->minute) / MINUTE_US;
    for (size_t i = 0; i < run->count; i++) {
        meter_t *meter = &run->meters[i];
        int64_t units = units_add(meter->accrued, units_of(meter->burn, minutes));
        meter->accrued = 0;
        if (units)
            post(run, meter, units, run->hour);
    }
    run->minute = run->hour;
    run->hour += HOUR_US;
}

// The bonus that lapses next, and when: its last hour is closed then, and it is over.
static ending_t *lapses_next(run_t *run, instant_t *ret_at)
{
    *ret_at = INT64_MAX;
    for (size_t i = 0; i < run->endings_count; i++) {
        ending_t *ending = &run->endings[i];
        if (!ending->left)
            continue;
        instant_t hour = ending->until - ending->until % HOUR_US;
        instant_t at = hour + run->settle + LAPSE_AFTER_US;
        *ret_at = at > ending->until ? at : ending->until;
        return ending;
    }
    return NULL;
}

static instant_t next_lapse(run_t *run)
{
    instant_t at;
    (void)lapses_next(run, &at);
    return at > run->in.now ? at : run->in.now;
}

static void lapse_due(run_t *run)
{
    instant_t at;
    ending_t *ending;
    while ((ending = lapses_next(run, &at)) != NULL && at <= run->in.now) {
        if (!money_subtract(run->in.balance, ending->left, &run->in.balance))
            run->in.balance = INT64_MIN;
        ending->left = 0;
    }
}

// --- what autopay makes of it ---

static bool is_limit(autopay_reason_t verdict)
{
    return verdict == AUTOPAY_NO_COUNT_CAP || verdict == AUTOPAY_NO_SUM_CAP ||
           verdict == AUTOPAY_NO_ATTEMPT_CAP;
}

static void pay(run_t *run)
{
    autopay_inputs_t *in = &run->in;
    in->count++;
    in->declines = 0;
    if (!money_add(in->sum, in->amount, &in->sum) ||
        !money_add(in->balance, in->amount, &in->balance))
        in->balance = INT64_MAX;
    in->flags &= ~(uint64_t)AUTOPAY_PENDING;
}

static void judge(run_t *run)
{
    if (!run->mandated)
        return;
    autopay_reason_t verdict;
    while ((verdict = autopay_verdict(&run->in)) == AUTOPAY_CHARGE) {
        run->in.last = run->in.now;
        pay(run);
        run->out->payments++;
        if (run->out->payment == FORECAST_NEVER)
            run->out->payment = run->in.now;
    }
    run->alarm = autopay_verdict_until(&run->in, verdict);
    if (is_limit(verdict) && run->out->limit == FORECAST_NEVER) {
        run->out->limit = run->in.now;
        run->out->limit_reason = verdict;
    }
}

// --- time ---

static void move(run_t *run, instant_t to)
{
    if (month_of(run->in.now) != month_of(to))
        run->in.count = run->in.attempts = 0, run->in.sum = 0;
    run->in.now = to;
}

static instant_t next_posting(const run_t *run)
{
    return run->hour + run->settle;
}

static instant_t next_known(const run_t *run)
{
    return run->alarm < next_posting(run) ? run->alarm : next_posting(run);
}

// A posting goes before a judgement of the same instant, and so does what lapses.
static instant_t next(run_t *run)
{
    return next_lapse(run) < next_known(run) ? next_lapse(run) : next_known(run);
}

static void step(run_t *run)
{
    bool posting = next(run) == next_posting(run);
    move(run, next(run));
    if (posting)
        post_hour(run);
    lapse_due(run);
    judge(run);
}

// What is in flight succeeds, and what ended before now is posted.
static void begin(run_t *run)
{
    if (run->in.flags & AUTOPAY_PENDING)
        pay(run);
    judge(run);
    bool due = false;
    for (size_t i = 0; i < run->count; i++)
        due = due || run->meters[i].due;
    instant_t posting = run->hour - HOUR_US + run->settle;
    if (!due)
        return;
    if (posting > run->in.now)
        move(run, posting);
    post_due(run);
    lapse_due(run);
    judge(run);
}

static void go(run_t *run, instant_t end)
{
    begin(run);
    while (run->in.balance >= 0 && next(run) <= end)
        step(run);
    if (run->in.balance < 0)
        run->out->stops = run->in.now;
    run->out->left = run->in.balance;
}

// --- what it comes to without payments ---

typedef struct {
    __int128 burn, open; // a minute; what is not posted yet
} load_t;

// So many minutes cover that much; from the first one that is not posted on.
static __int128 minutes_of(const load_t *load, __int128 money)
{
    return (money * CARRY_DENOMINATOR - load->open) / load->burn;
}

// What of the bonuses that end lapses before the money is used up.
static __int128 lapsing(const run_t *run, const load_t *load, kopecks_t balance)
{
    __int128 ending = 0, lost = 0;
    for (size_t i = 0; i < run->endings_count; i++) {
        instant_t until = run->endings[i].until - run->endings[i].until % HOUR_US;
        __int128 minutes = until > run->minute ? (until - run->minute) / MINUTE_US : 0;
        if (minutes >= minutes_of(load, balance - lost))
            break;
        __int128 used = (load->open + load->burn * minutes) / CARRY_DENOMINATOR;
        ending += run->endings[i].left;
        lost += ending - lost > used ? ending - lost - used : 0;
    }
    return lost;
}

static void add_up(run_t *run, kopecks_t balance)
{
    load_t load = {0};
    for (size_t i = 0; i < run->count; i++) {
        const meter_t *meter = &run->meters[i];
        load.burn += meter->burn;
        load.open += (__int128)meter->carry + meter->due + meter->accrued;
    }
    run->out->idle = load.burn == 0;
    if (run->out->idle)
        return;
    __int128 a_hour = load.burn * (HOUR_US / MINUTE_US) / CARRY_DENOMINATOR;
    run->out->burn_hour = a_hour > INT64_MAX ? INT64_MAX : (kopecks_t)a_hour;
    __int128 minutes = minutes_of(&load, balance - lapsing(run, &load, balance));
    if (minutes < FORECAST_DAYS * (DAY_US / MINUTE_US))
        run->out->lasts = minutes > 0 ? run->minute + (instant_t)minutes * MINUTE_US : run->in.now;
}

fail_t forecast(kopecks_t balance, bytes_t endings, const answer_meters_t *meters,
                const autopay_inputs_t *autopay, forecast_t *ret)
{
    instant_t now = meters->now;
    *ret = (forecast_t){.left = balance,
                        .lasts = FORECAST_NEVER,
                        .payment = FORECAST_NEVER,
                        .limit = FORECAST_NEVER,
                        .stops = FORECAST_NEVER};
    run_t run = {.settle = (instant_t)meters->settle_us,
                 .minute = now - now % MINUTE_US + MINUTE_US,
                 .hour = now - now % HOUR_US + HOUR_US,
                 .alarm = INT64_MAX,
                 .mandated = autopay != NULL,
                 .out = ret};
    if (autopay)
        run.in = *autopay;
    run.in.now = now;
    run.in.balance = balance;
    fail_t fail = read_meters(meters, &run);
    if (fail == FAIL_NONE)
        fail = read_endings(endings, &run);
    if (fail != FAIL_NONE)
        return fail;
    add_up(&run, balance);
    if (!ret->idle)
        go(&run, now + FORECAST_DAYS * DAY_US);
    return FAIL_NONE;
}
