// How an invoice begins: its number, its token, its sending.
#include "services/payment/payment_invoice.h"
#include "proto/payment_number.h"
#include "tests/model/payment_moves.h"

static event_t events[2];

static decision_t begin(const input_t *input)
{
    return (decision_t){.events = events, .input = input};
}

static void numbers_follow_the_clock(void **state)
{
    world_t *w = *state;
    const payment_state_t *payment = world_core_state(w);
    input_t input = {.now = w->now, .entropy = {{5}}};
    decision_t out = begin(&input);
    uint64_t first = payment_number_next(0, w->now);
    assert_int_equal(world_topup(w, &MOVES_ACCOUNT, 500, 0), first);
    const event_payment_created_t *created =
        payment_invoice_create(payment, &MOVES_OTHER, 70000, &out);
    assert_int_equal(created->invoice, first + PAYMENT_PARTITIONS);
    assert_true(uid_equal(&created->account, &MOVES_OTHER));
    assert_int_equal(created->amount, 70000);
    payment_invoice_send(created->invoice, 2, &out);
    assert_int_equal(out.count, 2);
    assert_int_equal(events[1].type, EVENT_payment_sent);
    assert_int_equal(events[1].payment_sent.attempt, 2);
}

static void one_entropy_gives_each_purpose_an_id_of_its_own(void **state)
{
    (void)state;
    input_t input = {.entropy = {{5}}}, other = {.entropy = {{6}}};
    uid_t16 token = payment_invoice_random_id(&input, 't');
    uid_t16 mandate = payment_invoice_random_id(&input, 'm');
    uid_t16 again = payment_invoice_random_id(&input, 't');
    uid_t16 another = payment_invoice_random_id(&other, 't');
    assert_true(uid_equal(&token, &again));
    assert_false(uid_equal(&token, &mandate));
    assert_false(uid_equal(&token, &another));
    assert_false(uid_equal(&token, &input.entropy));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(numbers_follow_the_clock),
        MOVES_TEST(one_entropy_gives_each_purpose_an_id_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
