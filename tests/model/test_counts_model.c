// Random samples of disks and requests for tokens, told in any order within three days, a part of
// them twice, with deletions among them: what is posted and what is carried must be, account by
// account and exactly, what a naive sum of the greatest samples and of all requests comes to; and
// the same again when replayed. KOPECK_SEED repeats a run.
#include "tests/model/metering_harness.h"
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#define START ((instant_t)(490890 * HOUR_US))
enum {
    ROUNDS = 30,
    HOURS = 40,
    RESOURCES = 12,
    ACCOUNTS = 4,
    SAMPLES = 3000,
    REQUESTS = 3000,
    ITEMS = SAMPLES + REQUESTS,
    LATE_HOURS = 60
};

static const struct {
    uint64_t kind, included;
    const char *code;
    kopecks_t price;
} rates[] = {{RESOURCE_DISK, 2048, "probny", 3500},  {RESOURCE_DISK, 5120, "nachalny", 4999},
             {RESOURCE_INPUT, 0, "llama", 4001},     {RESOURCE_OUTPUT, 0, "llama", 12007},
             {RESOURCE_INPUT, 0, "qwen", 999999999}, {RESOURCE_OUTPUT, 0, "qwen", 1}};

static uint64_t seed;
static event_t items[ITEMS];
static instant_t told[ITEMS]; // in an order of its own
static uint64_t greatest[RESOURCES][HOURS];
static __int128 exact[ACCOUNTS]; // in parts of a kopeck
static kopecks_t posted[ACCOUNTS];

static uint64_t roll(uint64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (seed >> 24) % below;
}

static void observe(void *arg, const event_t *event)
{
    (void)arg;
    if (event->type == EVENT_usage_charged)
        posted[event->usage_charged.account.bytes[15]] += event->usage_charged.amount;
    else if (event->type == EVENT_meter_closed)
        posted[event->meter_closed.account.bytes[15]] += event->meter_closed.amount;
    else if (event->type == EVENT_usage_refused || event->type == EVENT_usage_expired)
        fail_msg("refused or expired");
}

// A resource has one tariff; its quota is that of row r % 2.
static void draw_sample(unsigned i)
{
    unsigned r = (unsigned)roll(RESOURCES), hour = (unsigned)roll(HOURS);
    uint64_t mib = roll(20000);
    items[i] = (event_t){.type = EVENT_disk_sampled,
                         .at = START + hour * HOUR_US + (instant_t)roll(3600) * SECOND_US};
    items[i].disk_sampled = (event_disk_sampled_t){
        harness_id('r', r), harness_id('a', r % ACCOUNTS), text_of(rates[r % 2].code), mib};
    if (mib > greatest[r][hour])
        greatest[r][hour] = mib;
}

static void draw_request(unsigned i)
{
    unsigned r = (unsigned)roll(RESOURCES), model = 2 + 2 * (unsigned)roll(2);
    uint64_t input = roll(3) ? roll(100000) : 0, output = roll(3) ? roll(100000) : 0;
    items[i] = (event_t){.type = EVENT_tokens_used,
                         .at = START + (instant_t)roll(HOURS * 3600) * SECOND_US};
    items[i].tokens_used = (event_tokens_used_t){harness_id('r', r),
                                                 harness_id('a', r % ACCOUNTS),
                                                 harness_id('q', i),
                                                 text_of(rates[model].code),
                                                 input,
                                                 output};
    exact[r % ACCOUNTS] += ((__int128)rates[model].price * (int64_t)input +
                            (__int128)rates[model + 1].price * (int64_t)output) *
                           (CARRY_DENOMINATOR / 1000000);
}

static void draw_world(void)
{
    memset(greatest, 0, sizeof greatest);
    memset(exact, 0, sizeof exact);
    memset(posted, 0, sizeof posted);
    for (unsigned i = 0; i < ITEMS; i++) {
        if (i < SAMPLES)
            draw_sample(i);
        else
            draw_request(i);
        told[i] = items[i].at + (roll(2) ? (instant_t)roll(LATE_HOURS * 60) * MINUTE_US : 0);
    }
    for (unsigned r = 0; r < RESOURCES; r++)
        for (unsigned hour = 0; hour < HOURS; hour++)
            if (greatest[r][hour] > rates[r % 2].included)
                exact[r % ACCOUNTS] += (__int128)rates[r % 2].price *
                                       (int64_t)(greatest[r][hour] - rates[r % 2].included) *
                                       (CARRY_DENOMINATOR / 720 / 1024);
}

static void define_rates(harness_t *h)
{
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        request_t request = {.type = REQUEST_rate_define};
        request.rate_define = (request_rate_define_t){.kind = rates[i].kind,
                                                      .code = text_of(rates[i].code),
                                                      .title = text_of("t"),
                                                      .price = rates[i].price,
                                                      .included = rates[i].included,
                                                      .effective = START};
        assert_int_equal(harness_command(h, &request), FAIL_NONE);
    }
}

// Whatever of the account's meters, and of itself, is carried.
static __int128 carried(const metering_state_t *state, unsigned number)
{
    uid_t16 id = harness_id('a', number);
    const metering_account_t *account = rows_account(state, rows_find(&state->accounts, &id));
    __int128 sum = account->carry;
    for (uint32_t m = account->meters.first; m; m = rows_meter(state, m)->link.after)
        sum += rows_meter(state, m)->carry;
    return sum;
}

static void live(harness_t *h)
{
    for (instant_t now = START; now <= START + (HOURS + LATE_HOURS + 2) * HOUR_US;
         now += 20 * MINUTE_US) {
        harness_time(h, now);
        for (unsigned i = 0; i < ITEMS; i++)
            if (told[i] > now - 20 * MINUTE_US && told[i] <= now)
                for (unsigned n = roll(8) ? 1 : 2; n > 0; n--)
                    assert_int_equal(harness_item(h, &items[i]), FAIL_NONE);
        harness_through(h, now);
        if (now > START + HOURS * HOUR_US && roll(60) == 0) // of what comes late nothing is refused
            (void)harness_deleted(h, START + HOURS * HOUR_US, harness_id('r', roll(RESOURCES)));
    }
    harness_time(h, h->now + 3 * HOUR_US);
}

static void what_is_counted_comes_to_the_naive_sum(void **state)
{
    (void)state;
    const char *given = getenv("KOPECK_SEED");
    seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    print_message("KOPECK_SEED=%llu\n", (unsigned long long)seed);
    for (int round = 0; round < ROUNDS; round++) {
        harness_t h;
        draw_world();
        harness_open(&h, NULL);
        h.now = START - HOUR_US;
        h.observe = observe;
        define_rates(&h);
        live(&h);
        assert_true(harness_wake(&h) == INT64_MAX);
        for (unsigned a = 0; a < ACCOUNTS; a++)
            assert_true((__int128)posted[a] * CARRY_DENOMINATOR + carried(h.state, a) == exact[a]);
        assert_true(harness_replays(&h));
        harness_close(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_counted_comes_to_the_naive_sum)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
