// Promo codes' events are the same in the journal and in the state.
#include "services/payment/payment_promo.h"
#include "tests/model/payment_moves.h"

static promo_event_t sample(promo_event_kind_t kind)
{
    promo_event_t event = {.kind = kind, .at = 5, .campaign = 6, .account = {{7}}, .invoice = 8};
    event.amount = 9;
    event.until = 10;
    event.category = 11;
    event.reason = PROMO_USED_UP;
    memset(&event.hmac, 12, sizeof event.hmac);
    event.key_version = 13;
    event.single = true;
    event.terms = (promo_terms_t){PROMO_PERCENT, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 9, 10, true, true};
    return event;
}

// Field by field: what lies between them is nobody's.
static void assert_same_terms(const promo_terms_t *a, const promo_terms_t *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->value, b->value);
    assert_int_equal(a->cap, b->cap);
    assert_int_equal(a->topup_min, b->topup_min);
    assert_int_equal(a->budget, b->budget);
    assert_int_equal(a->category, b->category);
    assert_int_equal(a->starts, b->starts);
    assert_int_equal(a->ends, b->ends);
    assert_int_equal(a->bonus_life_us, b->bonus_life_us);
    assert_int_equal(a->per_account, b->per_account);
    assert_int_equal(a->in_all, b->in_all);
    assert_int_equal(a->new_accounts, b->new_accounts);
    assert_int_equal(a->first_topup, b->first_topup);
}

static void each_kind_is_read_as_it_was_added(void **state)
{
    (void)state;
    static event_t events[PROMO_REFUSED + 1];
    input_t input = {.now = 5};
    decision_t out = {.events = events, .input = &input};
    for (promo_event_kind_t kind = PROMO_BEGAN; kind <= PROMO_REFUSED; kind++) {
        promo_event_t event = sample(kind), read = {.at = 0};
        const event_t *added = payment_promo_add(&event, &out);
        assert_non_null(added);
        assert_true(payment_promo_read(added, &read));
        assert_int_equal(read.kind, kind);
        assert_int_equal(read.at, 5);
        bool of_account = kind > PROMO_ADDED;
        assert_int_equal(of_account, uid_equal(&read.account, &event.account));
        if (kind == PROMO_BEGAN)
            assert_same_terms(&read.terms, &event.terms);
        if (kind == PROMO_ADDED || kind == PROMO_RESERVED || kind == PROMO_GIVEN)
            assert_memory_equal(&read.hmac, &event.hmac, sizeof read.hmac);
        if (kind == PROMO_RESERVED || kind == PROMO_REDEEMED || kind == PROMO_GIVEN ||
            kind == PROMO_WELCOMED)
            assert_int_equal(read.amount, 9);
        if (kind == PROMO_BOUND || kind == PROMO_REDEEMED || kind == PROMO_RELEASED)
            assert_int_equal(read.invoice, 8);
        if (kind == PROMO_RELEASED || kind == PROMO_REFUSED)
            assert_int_equal(read.reason, PROMO_USED_UP);
        if (kind == PROMO_ADDED)
            assert_true(read.key_version == 13 && read.single);
        if (kind == PROMO_RESERVED || kind == PROMO_BOUND || kind == PROMO_WELCOMED)
            assert_int_equal(read.until, 10);
        if (kind <= PROMO_RESERVED || kind == PROMO_REDEEMED || kind == PROMO_GIVEN ||
            kind == PROMO_WELCOMED)
            assert_int_equal(read.campaign, 6);
    }
    assert_int_equal(out.count, PROMO_REFUSED);
    promo_event_t nothing = {.kind = PROMO_NOTHING}, read;
    assert_null(payment_promo_add(&nothing, &out));
    assert_false(payment_promo_read(&(event_t){.type = EVENT_payment_created}, &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_kind_is_read_as_it_was_added)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
