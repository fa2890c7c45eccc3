// The fold of payment's events, one by one: the state of an invoice, and the work that waits for
// it.
#include "services/payment/payment_state.h"
#include "tests/common/shop.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define NOON ((instant_t)(490890 * HOUR_US))
enum { NUMBER = 7 };

static const uid_t16 who = {{1}};
static payment_settings_t settings;
static payment_state_t *fold;
static uint64_t sequence;

static int begin(void **state)
{
    (void)state;
    settings = shop_settings();
    fold = payment_state_create(&settings);
    sequence = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    payment_state_destroy(fold);
    return 0;
}

static const invoice_t *say(event_t event)
{
    payment_state_apply(fold, &event, ++sequence);
    return payment_state_invoice(fold, NUMBER);
}

static const invoice_t *say_created(uint64_t kind)
{
    event_t event = {.type = EVENT_payment_created, .at = NOON};
    event.payment_created = (event_payment_created_t){
        .invoice = NUMBER, .account = who, .kind = kind, .amount = 50000, .expires = NOON + DAY_US};
    return say(event);
}

static const invoice_t *say_sent(void)
{
    event_t event = {.type = EVENT_payment_sent, .at = NOON};
    event.payment_sent = (event_payment_sent_t){NUMBER, 1};
    return say(event);
}

static const invoice_t *say_succeeded(void)
{
    event_t event = {.type = EVENT_payment_succeeded, .at = NOON + MINUTE_US};
    event.payment_succeeded.invoice = NUMBER;
    return say(event);
}

static void a_paid_topup_is_closed_and_waits_for_nothing(void **state)
{
    (void)state;
    const invoice_t *invoice = say_created(PAYMENT_KIND_TOPUP);
    assert_int_equal(invoice->state, PAYMENT_CREATED);
    assert_int_equal(fold->open, 1);
    assert_int_equal(payment_state_account(fold, &who)->topups_open, 1);
    assert_int_equal(payment_agenda_count(&fold->work->questions), 1);
    assert_true(payment_agenda_first(&fold->work->judgements) == NOON + DAY_US);
    invoice = say_succeeded();
    assert_true(invoice_is_closed(invoice));
    assert_int_equal(fold->open, 0);
    assert_int_equal(payment_state_account(fold, &who)->credit, sequence);
    assert_int_equal(payment_state_account(fold, &who)->topups_open, 0);
    assert_int_equal(payment_agenda_count(&fold->work->questions), 0);
    assert_int_equal(payment_agenda_count(&fold->work->judgements), 0);
}

static void a_charge_keeps_its_account_busy_until_it_ends(void **state)
{
    (void)state;
    say_created(PAYMENT_KIND_AUTOPAY);
    assert_int_equal(payment_agenda_count(&fold->work->charges), 0); // it was not sent yet
    assert_int_equal(say_sent()->state, PAYMENT_SENT);
    assert_int_equal(payment_agenda_count(&fold->work->charges), 1);
    assert_true(account_is_busy(payment_state_account(fold, &who)));
    say_succeeded();
    assert_false(account_is_busy(payment_state_account(fold, &who)));
    assert_int_equal(payment_agenda_count(&fold->work->charges), 0);
}

static void what_was_sent_before_a_boot_is_an_orphan_to_be_judged_at_once(void **state)
{
    (void)state;
    say_created(PAYMENT_KIND_AUTOPAY);
    say_sent();
    event_t boot = {.type = EVENT_node_booted};
    assert_true(say(boot)->orphan);
    assert_int_equal(payment_agenda_count(&fold->work->charges), 0);
    assert_true(payment_agenda_first(&fold->work->judgements) == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_paid_topup_is_closed_and_waits_for_nothing),
        TEST(a_charge_keeps_its_account_busy_until_it_ends),
        TEST(what_was_sent_before_a_boot_is_an_orphan_to_be_judged_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
