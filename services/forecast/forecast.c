#include "services/forecast/forecast.h"
#include "proto/month.h"
#include "proto/wire.h"

enum { ROWS_MAX = 512 };

typedef struct {
    int64_t burn, carry, due, accrued;
} meter_t;

typedef struct {
    meter_t meters[ROWS_MAX];
    size_t count;
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

static void post(run_t *run, meter_t *meter, int64_t units)
{
    unsigned __int128 total = (unsigned __int128)meter->carry + (uint64_t)units;
    kopecks_t amount = (kopecks_t)(total / CARRY_DENOMINATOR);
    meter->carry = (int64_t)(total % CARRY_DENOMINATOR);
    if (!money_subtract(run->in.balance, amount, &run->in.balance))
        run->in.balance = INT64_MIN;
    run->in.flags &= ~(uint64_t)AUTOPAY_RETURNED; // usage was posted since
}

static void post_due(run_t *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->meters[i].due)
            post(run, &run->meters[i], run->meters[i].due);
}

static void post_hour(run_t *run)
{
    int64_t minutes = (run->hour - run->minute) / MINUTE_US;
    for (size_t i = 0; i < run->count; i++) {
        meter_t *meter = &run->meters[i];
        int64_t units = units_add(meter->accrued, units_of(meter->burn, minutes));
        meter->accrued = 0;
        if (units)
            post(run, meter, units);
    }
    run->minute = run->hour;
    run->hour += HOUR_US;
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

// A posting goes before a judgement of the same instant.
static instant_t next(const run_t *run)
{
    return run->alarm < next_posting(run) ? run->alarm : next_posting(run);
}

static void step(run_t *run)
{
    bool posting = next(run) == next_posting(run);
    move(run, next(run));
    if (posting)
        post_hour(run);
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

static void add_up(run_t *run, kopecks_t balance)
{
    __int128 burn = 0, open = 0;
    for (size_t i = 0; i < run->count; i++) {
        const meter_t *meter = &run->meters[i];
        burn += meter->burn;
        open += (__int128)meter->carry + meter->due + meter->accrued;
    }
    run->out->idle = burn == 0;
    if (run->out->idle)
        return;
    __int128 a_hour = burn * (HOUR_US / MINUTE_US) / CARRY_DENOMINATOR;
    run->out->burn_hour = a_hour > INT64_MAX ? INT64_MAX : (kopecks_t)a_hour;
    __int128 minutes = ((__int128)balance * CARRY_DENOMINATOR - open) / burn;
    if (minutes < FORECAST_DAYS * (DAY_US / MINUTE_US))
        run->out->lasts = minutes > 0 ? run->minute + (instant_t)minutes * MINUTE_US : run->in.now;
}

fail_t forecast(kopecks_t balance, const answer_meters_t *meters, const autopay_inputs_t *autopay,
                forecast_t *ret)
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
    if (fail != FAIL_NONE)
        return fail;
    add_up(&run, balance);
    if (!ret->idle)
        go(&run, now + FORECAST_DAYS * DAY_US);
    return FAIL_NONE;
}
