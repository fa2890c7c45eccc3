// Whether Robokassa answers at all: when an outage begins, what it is called, and when it is over.
#include "services/payment/payment_outage.h"
#include "proto/codes.h"
#include "tests/model/payment_moves.h"

static void note(payment_outage_t *outage, int what, unsigned status, instant_t at)
{
    payment_outage_note(outage, &(result_t){.what = what, .http_status = status}, at);
}

// Each row is a request that came back, a minute at least after the row before if it says so.
static void an_outage_begins_with_the_second_request_over_a_minute_and_ends_with_an_answer(void **s)
{
    (void)s;
    static const struct {
        int64_t at_s;
        int what;
        unsigned status;
        outage_t outage;
        int64_t since_s;
        uint64_t unanswered, outages;
    } rows[] = {
        {100, RESULT_NOT_CONNECTED, 0, OUTAGE_NONE, 0, 0, 0},
        {159, RESULT_NOT_CONNECTED, 0, OUTAGE_NONE, 0, 0, 0}, // no minute yet
        {160, RESULT_NOT_CONNECTED, 0, OUTAGE_UNREACHABLE, 100, 3, 1},
        {170, RESULT_NO_ANSWER, 0, OUTAGE_SILENT, 100, 4, 1}, // the same outage, another way
        {180, RESULT_ANSWERED, 503, OUTAGE_ERRORS, 100, 5, 1},
        {190, RESULT_ANSWERED, 404, OUTAGE_NONE, 100, 5, 1}, // it answers, whatever it says
        {200, RESULT_NO_ANSWER, 0, OUTAGE_NONE, 100, 5, 1},
        {300, RESULT_ANSWERED, 200, OUTAGE_NONE, 100, 5, 1}, // one alone was none
        {400, RESULT_ANSWERED, 500, OUTAGE_NONE, 100, 5, 1},
        {4000, RESULT_ANSWERED, 500, OUTAGE_ERRORS, 400, 2, 2},
    };
    payment_outage_t outage = {.unanswered = 0};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        note(&outage, rows[i].what, rows[i].status, rows[i].at_s * SECOND_US);
        assert_int_equal(outage.health.outage, rows[i].outage);
        assert_int_equal(outage.health.since, rows[i].since_s * SECOND_US);
        assert_int_equal(outage.health.unanswered, rows[i].unanswered);
        assert_int_equal(outage.health.outages, rows[i].outages);
        if (i == 5)
            assert_int_equal(outage.health.until, 190 * SECOND_US);
    }
}

static const outside_health_t *health(world_t *w)
{
    return payment_core.outside(world_core_state(w));
}

// A top-up that nobody answers for is asked about 25 times in its day: after 5 and 30 minutes, and
// each hour from then on.
static void a_day_without_an_answer_is_one_outage_and_gives_the_topup_up(void **state)
{
    world_t *w = *state;
    instant_t begun = w->now;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    while (world_state(w, invoice) == PAYMENT_CREATED) {
        const due_t *due = world_due(w);
        if (due->count)
            world_result(w, due->requests[0].key, RESULT_NOT_CONNECTED, 0, NULL);
        else
            w->now = due->wake;
        if (!due->count)
            world_tick(w);
    }
    assert_int_equal(world_state(w, invoice), PAYMENT_EXPIRED);
    assert_int_equal(health(w)->outage, OUTAGE_UNREACHABLE);
    assert_int_equal(health(w)->since, begun + 5 * MINUTE_US);
    assert_int_equal(health(w)->unanswered, 25);
    assert_int_equal(health(w)->given_up, 1);
    assert_int_equal(health(w)->outages, 1);
    world_restart(w);
    assert_int_equal(health(w)->outages, 0);
}

static void a_topup_that_is_answered_for_and_lapses_is_not_given_up(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    moves_tell_state(w, invoice, 3, 0, NULL);
    w->now += PAYMENT_TOPUP_LIFE_US;
    world_tick(w);
    assert_int_equal(world_state(w, invoice), PAYMENT_EXPIRED);
    assert_int_equal(health(w)->given_up, 0);
    assert_int_equal(health(w)->outage, OUTAGE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            an_outage_begins_with_the_second_request_over_a_minute_and_ends_with_an_answer),
        MOVES_TEST(a_day_without_an_answer_is_one_outage_and_gives_the_topup_up),
        MOVES_TEST(a_topup_that_is_answered_for_and_lapses_is_not_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
