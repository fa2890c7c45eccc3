// test_promo_state - the state is the fold of its events: what is taken is counted everywhere, what
// is released leaves no trace, and no event holds a code.
#include "promo_words.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const promo_terms_t percent = {.kind = PROMO_PERCENT, .value = 2000, .cap = 30000};

static void a_use_is_counted_for_code_campaign_and_account(void **state)
{
    (void)state;
    promo_world_t w;
    world_open(&w);
    uint32_t first = campaign_of(&w, percent),
             second = campaign_of(&w, (promo_terms_t){.kind = PROMO_GIFT, .value = 500});
    assert_int_equal(first, 1);
    assert_int_equal(second, 2);
    assert_null(add_code(&w, first, "WELCOME"));
    assert_null(add_code(&w, second, CODE));
    assert_null(add_code(&w, second, "PRESENT"));
    assert_int_equal(enter(&w, 1, CODE), PROMO_ACCEPTED);
    assert_int_equal(enter(&w, 1, "PRESENT"), PROMO_ACCEPTED);
    hash_t present = w.event.hmac;
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
    hash_t welcome = w.event.hmac;
    uid_t16 one = account_of(1), two = account_of(2);
    uint32_t code = promo_state_find(&w.state, &present);
    promo_uses_t uses = promo_state_uses(&w.state, &one, code);
    assert_int_equal(uses.of_code, 1);
    assert_int_equal(uses.of_campaign, 2);
    assert_int_equal(uses.in_all, 3);
    assert_int_equal(promo_state_uses(&w.state, &two, code).in_all, 0);
    assert_int_equal(promo_state_campaign(&w.state, first)->taken, 1);
    assert_int_equal(promo_state_campaign(&w.state, first)->committed, 30000);
    assert_int_equal(promo_state_campaign(&w.state, second)->taken, 2);
    assert_int_equal(promo_state_campaign(&w.state, second)->committed, 1000);
    assert_int_equal(promo_state_code(&w.state, promo_state_find(&w.state, &welcome))->taken, 1);
    assert_null(promo_state_campaign(&w.state, 0));
    assert_null(promo_state_campaign(&w.state, 3));
    promo_state_release(&w.state);
}

static void what_is_released_leaves_no_trace(void **state)
{
    (void)state;
    promo_world_t w;
    world_open(&w);
    assert_null(add_code(&w, campaign_of(&w, percent), "WELCOME"));
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(enter(&w, i, "WELCOME"), PROMO_ACCEPTED);
    assert_int_equal(w.state.uses.used, 100);
    assert_int_equal(table_used(&w.state.accounts), 100);
    wait_until(&w, T0 + PROMO_RESERVED_US);
    assert_int_equal(w.state.uses.used, 0);
    assert_int_equal(table_used(&w.state.accounts), 0);
    assert_int_equal(table_used(&w.state.reservations), 0);
    assert_int_equal(promo_state_campaign(&w.state, 1)->taken, 0);
    assert_int_equal(promo_state_campaign(&w.state, 1)->committed, 0);
    promo_state_release(&w.state);
}

// Of several uses of an account any may go, and the others stay.
static void one_use_of_several_goes(void **state)
{
    (void)state;
    promo_world_t w;
    world_open(&w);
    uint32_t reserved = campaign_of(&w, percent),
             given = campaign_of(&w, (promo_terms_t){.kind = PROMO_GIFT, .value = 500});
    assert_null(add_code(&w, reserved, "WELCOME"));
    assert_null(add_code(&w, given, "PRESENT1"));
    assert_null(add_code(&w, given, "PRESENT2"));
    uid_t16 account = account_of(1);
    for (int order = 0; order < 2; order++) {
        assert_int_equal(enter(&w, 1, order ? "PRESENT2" : "PRESENT1"), PROMO_ACCEPTED);
        assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
        uint32_t code = promo_state_find(&w.state, &w.event.hmac);
        wait_until(&w, w.now + PROMO_RESERVED_US);
        assert_int_equal(promo_state_uses(&w.state, &account, code).of_code, 0);
        assert_int_equal(promo_state_uses(&w.state, &account, code).in_all, order + 1);
    }
    promo_state_release(&w.state);
}

// The state goes by events alone: it knows no rule against a gift beside a reservation.
static void a_use_goes_from_behind_a_later_one(void **state)
{
    (void)state;
    promo_world_t w;
    world_open(&w);
    assert_null(add_code(&w, campaign_of(&w, percent), "WELCOME"));
    assert_null(
        add_code(&w, campaign_of(&w, (promo_terms_t){.kind = PROMO_GIFT, .value = 500}), CODE));
    hash_t given = w.event.hmac;
    uid_t16 account = account_of(1);
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
    promo_state_apply(
        &w.state,
        &(promo_event_t){
            .kind = PROMO_GIVEN, .account = account, .campaign = 2, .hmac = given, .amount = 500});
    uint32_t code = promo_state_find(&w.state, &given);
    assert_int_equal(promo_state_uses(&w.state, &account, code).in_all, 2);
    wait_until(&w, T0 + PROMO_RESERVED_US);
    assert_int_equal(promo_state_uses(&w.state, &account, code).in_all, 1);
    assert_int_equal(promo_state_uses(&w.state, &account, code).of_code, 1);
    promo_state_release(&w.state);
}

// Whatever was typed, nothing that is kept has its signs: neither the event nor the state's rows.
static void no_code_is_kept(void **state)
{
    (void)state;
    promo_world_t w;
    world_open(&w);
    assert_null(add_code(&w, campaign_of(&w, percent), CODE));
    assert_int_equal(w.event.kind, PROMO_ADDED);
    assert_null(memmem(&w.event, sizeof w.event, "7K2MQ4RZ", 8));
    assert_int_equal(enter(&w, 1, CODE), PROMO_ACCEPTED);
    assert_int_equal(w.event.kind, PROMO_RESERVED);
    assert_null(memmem(&w.event, sizeof w.event, "7K2MQ4RZ", 8));
    assert_int_equal(enter(&w, 2, "UNKNOWN1"), PROMO_NOT_ACCEPTED);
    assert_int_equal(w.event.kind, PROMO_REFUSED);
    assert_null(memmem(&w.event, sizeof w.event, "UNKN0WN1", 8));
    assert_null(memmem(promo_state_code(&w.state, 0), sizeof(promo_code_row_t), "7K2MQ4RZ", 8));
    promo_state_release(&w.state);
}

static void an_hmac_is_found_as_a_whole(void **state)
{
    (void)state;
    promo_world_t w;
    world_open(&w);
    assert_null(add_code(&w, campaign_of(&w, percent), CODE));
    hash_t hmac = w.event.hmac;
    assert_int_equal(promo_state_find(&w.state, &hmac), 0);
    hmac.bytes[31] ^= 1; // its first half is still the same
    assert_int_equal(promo_state_find(&w.state, &hmac), TABLE_NONE);
    promo_state_apply(&w.state, &(promo_event_t){.kind = PROMO_NOTHING});
    promo_state_release(&w.state);
}

static void apply_apart(promo_world_t *w, const promo_event_t *event)
{
    (void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO); // what assert says
    (void)signal(SIGABRT, SIG_DFL);
    promo_state_apply(&w->state, event);
    _exit(0);
}

static int signal_of(promo_world_t *w, const promo_event_t *event)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        apply_apart(w, event);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

// A journal that was put together wrongly is found at its first wrong event.
static void an_event_that_does_not_fit_ends_the_process(void **state)
{
    (void)state;
    promo_world_t w;
    world_open(&w);
    assert_null(add_code(&w, campaign_of(&w, percent), CODE));
    hash_t known = w.event.hmac, unknown = {{1}};
    assert_int_equal(enter(&w, 1, CODE), PROMO_ACCEPTED);
    uid_t16 one = account_of(1), two = account_of(2);
    const promo_event_t wrong[] = {
        {.kind = PROMO_BEGAN, .campaign = 3, .terms = percent},
        {.kind = PROMO_STOPPED, .campaign = 0},
        {.kind = PROMO_STOPPED, .campaign = 2},
        {.kind = PROMO_ADDED, .campaign = 2, .hmac = unknown},
        {.kind = PROMO_ADDED, .campaign = 1, .hmac = known}, // once more
        {.kind = PROMO_RESERVED, .account = two, .campaign = 1, .hmac = unknown},
        {.kind = PROMO_RESERVED, .account = one, .campaign = 1, .hmac = known}, // a second one
        {.kind = PROMO_GIVEN, .account = two, .campaign = 1, .hmac = unknown},
        {.kind = PROMO_BOUND, .account = two, .invoice = 500},
        {.kind = PROMO_REDEEMED, .account = two, .invoice = 500},
        {.kind = PROMO_REDEEMED, .account = one, .invoice = 500}, // it is not bound
        {.kind = PROMO_RELEASED, .account = two},
        {.kind = PROMO_RELEASED, .account = one, .invoice = 500},
    };
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        print_message("  %zu\n", i);
        assert_int_equal(signal_of(&w, &wrong[i]), SIGABRT);
    }
    promo_invoice_t invoice = invoice_of(&w, 1, 500, 100000);
    assert_true(bind_to(&w, &invoice));
    promo_event_t again = w.event, paid = {.kind = PROMO_REDEEMED, .account = one, .invoice = 500};
    assert_int_equal(signal_of(&w, &again), SIGABRT);
    paid.amount = 30001; // more than was reserved
    assert_int_equal(signal_of(&w, &paid), SIGABRT);
    paid.amount = 30000;
    assert_int_equal(signal_of(&w, &paid), 0);
    promo_state_release(&w.state);
}

static void a_key_that_codes_need_is_missed(void **state)
{
    (void)state;
    promo_world_t w;
    world_open(&w);
    const promo_keys_t other = {.keys = {{.version = 2}}, .count = 1}, none = {.count = 0};
    uint32_t first = campaign_of(&w, percent);
    uint32_t second =
        campaign_of(&w, (promo_terms_t){.kind = PROMO_GIFT, .value = 5, .ends = T0 + 9});
    assert_int_equal(promo_state_lacks_key(&w.state, &none, T0), 0);
    assert_null(add_code(&w, first, "WELCOME"));
    assert_null(add_code(&w, second, "PRESENT"));
    assert_int_equal(promo_state_lacks_key(&w.state, &w.keys, T0), 0);
    assert_int_equal(promo_state_lacks_key(&w.state, &other, T0), 1);
    assert_true(promo_decide_stop(&w.state, first, T0, &w.event));
    promo_state_apply(&w.state, &w.event);
    assert_int_equal(promo_state_lacks_key(&w.state, &none, T0 + 8), 1); // of the second campaign
    assert_int_equal(promo_state_lacks_key(&w.state, &none, T0 + 9), 0);
    promo_state_release(&w.state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_use_is_counted_for_code_campaign_and_account),
        cmocka_unit_test(what_is_released_leaves_no_trace),
        cmocka_unit_test(one_use_of_several_goes),
        cmocka_unit_test(a_use_goes_from_behind_a_later_one),
        cmocka_unit_test(no_code_is_kept),
        cmocka_unit_test(an_hmac_is_found_as_a_whole),
        cmocka_unit_test(an_event_that_does_not_fit_ends_the_process),
        cmocka_unit_test(a_key_that_codes_need_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
