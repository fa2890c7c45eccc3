// The checker of closed accounts against a history of the ledger's core and one of payment: silent
// about them, and loud about each fault.
#include "services/ledger/ledger_core.h"
#include "tests/unit/ledger_history.h"
#include "tests/unit/ledger_words.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_closing.h"

static const uid_t16 mandate = {{9}};

static void closed(harness_t *h, kopecks_t cash, kopecks_t bonus)
{
    request_t request = {.type = REQUEST_account_close};
    request.account_close =
        (request_account_close_t){.account = customer(1), .cash = cash, .bonus = bonus};
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
}

static void reopened(harness_t *h)
{
    request_t request = {.type = REQUEST_account_reopen};
    request.account_reopen.account = customer(1);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
}

// Closed with a bonus, a payment that comes then; reopened, and a payment again.
static void live(harness_t *h)
{
    paid(h, customer(2), 50);
    paid(h, customer(1), 1000);
    given(h, customer(1), 300);
    closed(h, 1000, 300);
    assert_int_equal(harness_tick(h), FAIL_NONE);
    paid(h, customer(1), 700);
    reopened(h);
    paid(h, customer(1), 900);
    closed(h, 1900, 0);
}

static void add(histories_t *out, event_type_t type, const uid_t16 *account)
{
    event_t event = {.type = type};
    if (type == EVENT_closing_noted)
        event.closing_noted = (event_closing_noted_t){.account = *account, .closed = true};
    else if (type == EVENT_mandate_consented)
        event.mandate_consented =
            (event_mandate_consented_t){.account = *account, .mandate = mandate};
    else if (type == EVENT_mandate_revoked)
        event.mandate_revoked = (event_mandate_revoked_t){
            .account = *account, .mandate = mandate, .why = REVOKE_CLOSED};
    else if (type == EVENT_payment_created)
        event.payment_created = (event_payment_created_t){.account = *account, .amount = 100};
    history_add(&out->of[STREAM_PAYMENT], &event);
}

static int make(void **state)
{
    histories_t *out = ledger_history(live);
    uid_t16 one = customer(1), two = customer(2);
    add(out, EVENT_payment_created, &one);
    add(out, EVENT_mandate_consented, &one);
    add(out, EVENT_closing_noted, &one);
    add(out, EVENT_mandate_revoked, &one);
    add(out, EVENT_payment_created, &two);
    *state = out;
    return 0;
}

static void run(const histories_t *histories, verify_report_t *report)
{
    verify_report_t quiet = {.say = NULL}; // the ledger's own rules have a test of their own
    verify_ledger_t accounts;
    verify_closing_t closing;
    verify_ledger_init(&accounts, &quiet);
    verify_closing_init(&closing, report);
    const history_t *ledger = &histories->of[STREAM_LEDGER];
    for (size_t i = 0; i < ledger->count; i++) {
        verify_closing_ledger(&closing, i + 1, &ledger->events[i], &accounts);
        verify_ledger_feed(&accounts, i + 1, &ledger->events[i]);
    }
    const history_t *payment = &histories->of[STREAM_PAYMENT];
    for (size_t i = 0; i < payment->count; i++)
        verify_closing_payment(&closing, i + 1, &payment->events[i]);
    verify_closing_release(&closing);
    verify_ledger_release(&accounts);
    report->violated += quiet.violated;
}

// --- faults ---

static event_t *event(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_LEDGER], type, n);
}

static event_t *payments(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_PAYMENT], type, n);
}

static void never_reopen(histories_t *h)
{
    history_blank(event(h, EVENT_account_reopened, 0));
}

static void tell_of_less(histories_t *h)
{
    event(h, EVENT_account_closed, 1)->account_closed.cash--;
}

static void tell_of_no_bonus(histories_t *h)
{
    event(h, EVENT_account_closed, 0)->account_closed.bonus = 0;
}

static void reopen_what_is_open(histories_t *h)
{
    event(h, EVENT_account_reopened, 0)->account_reopened.account = customer(2);
}

static void reopen_too_late(histories_t *h)
{
    event_t *reopening = event(h, EVENT_account_reopened, 0);
    event_t *next = reopening + 1, kept_event = *reopening;
    *reopening = *next;
    *next = kept_event;
}

static void end_the_bonus_of_an_open_one(histories_t *h)
{
    event(h, EVENT_bonus_ended, 0)->bonus_ended.account = customer(2);
}

static void keep_money_from_an_open_one(histories_t *h)
{
    event(h, EVENT_payment_suspended, 0)->payment_suspended.account = customer(2);
}

static void note_twice(histories_t *h)
{
    *payments(h, EVENT_payment_created, 1) = *payments(h, EVENT_closing_noted, 0);
}

static void leave_the_consent(histories_t *h)
{
    history_blank(payments(h, EVENT_mandate_revoked, 0));
}

static void note_nothing(histories_t *h)
{
    history_blank(payments(h, EVENT_closing_noted, 0));
}

static void consent_when_closed(histories_t *h)
{
    *payments(h, EVENT_mandate_revoked, 0) = *payments(h, EVENT_mandate_consented, 0);
}

static void begin_for_a_closed_one(histories_t *h)
{
    payments(h, EVENT_payment_created, 1)->payment_created.account = customer(1);
}

static void every_fault_of_closed_accounts_is_named(void **state)
{
    static const fault_t faults[] = {
        {"ledger: an account is closed once", never_reopen},
        {"ledger: a closing tells what there was", tell_of_less},
        {"ledger: a closing tells what there was", tell_of_no_bonus},
        {"ledger: only a closed account is reopened", reopen_what_is_open},
        {"ledger: no payment is credited to a closed account", reopen_too_late},
        {"ledger: a bonus ends with its account", end_the_bonus_of_an_open_one},
        {"ledger: money is kept from closed accounts alone", keep_money_from_an_open_one},
        {"payment: a closing is noted once", note_twice},
        {"payment: the consent ends with the account", leave_the_consent},
        {"payment: a closed account allows no autopay", consent_when_closed},
        {"payment: a consent ends with its account where that is closed", note_nothing},
        {"payment: nothing is begun for a closed account", begin_for_a_closed_one}};
    verify_rig_faults(*state, run, faults, sizeof faults / sizeof faults[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        every_fault_of_closed_accounts_is_named, make, ledger_history_release)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
