// Payment's checker against a history of payment's core: silent about it, and loud about each
// fault.
#include "tests/model/payment_moves.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_payment.h"

// --- the history ---

static uint64_t request_of(world_t *w, histories_t *out,
                           const event_autopay_payment_requested_t *wish)
{
    event_t event = {.type = EVENT_autopay_payment_requested, .at = w->now};
    event.autopay_payment_requested = *wish;
    history_add(&out->of[STREAM_AUTOPAY], &event);
    uint64_t sequence = world_request(w, wish, w->now);
    assert_int_equal(sequence, out->of[STREAM_AUTOPAY].count);
    const event_t *created = world_event(w, EVENT_payment_created);
    return created ? created->payment_created.invoice : 0;
}

static uint64_t charge(world_t *w, histories_t *out)
{
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    uint64_t invoice = request_of(w, out, &wish);
    assert_true(invoice > 0);
    return invoice;
}

// A posting by hand that takes money, or ours that brings it: `credit` is its cause then.
static void post(world_t *w, histories_t *out, const uid_t16 *account, posting_kind_t kind,
                 kopecks_t cash, uint64_t credit)
{
    event_t event = {.type = EVENT_posted, .at = w->now};
    event.posted = (event_posted_t){.account = *account, .kind = kind, .cash = cash};
    event.posted.debit = credit ? SYSTEM_CLEARING : SYSTEM_END;
    if (credit)
        event.cause = (cause_t){.stream = STREAM_PAYMENT, .sequence = credit};
    history_add(&out->of[STREAM_LEDGER], &event);
    uint64_t sequence = world_posting(w, account, kind, !credit, cash, credit);
    assert_int_equal(sequence, out->of[STREAM_LEDGER].count);
}

// Another account, whose money goes back.
static void live_other(world_t *w, histories_t *out)
{
    world_link(w, &MOVES_OTHER, 300, 3);
    post(w, out, &MOVES_OTHER, POSTING_TOPUP, 30000, world_last(w) - 1);
    post(w, out, &MOVES_OTHER, POSTING_REFUND, 1, 0);
    post(w, out, &MOVES_OTHER, POSTING_REFUND, 0, 0);
    assert_string_equal(world_events(w), "mandate.refunded");
    post(w, out, &MOVES_OTHER, POSTING_CHARGEBACK, -1, 0);
    assert_string_equal(world_events(w), "mandate.revoked");
    world_link(w, &MOVES_OTHER, 400, 1); // he allows it again
    post(w, out, &MOVES_OTHER, POSTING_TOPUP, 40000, world_last(w) - 1);
}

static void change(world_t *w)
{
    request_t request = {.type = REQUEST_mandate_change};
    request.mandate_change = (request_mandate_change_t){MOVES_ACCOUNT, 2, 100000, 0};
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_NONE);
}

// A charge whose customer revokes before its money is heard of; and one that is paid late, when
// the month's one payment has come.
static void live_unwanted(world_t *w, histories_t *out)
{
    w->now += 40 * DAY_US;
    uint64_t invoice = charge(w, out);
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, 3, ROLE_OPERATOR), FAIL_NONE);
    world_notice(w, SHOP_PASSWORD2, invoice, "700.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded payment.unwanted refund.requested");
    w->now += 40 * DAY_US;
    world_link(w, &MOVES_ACCOUNT, 600, 1);
    uint64_t late = charge(w, out);
    moves_post(w, late, RESULT_ANSWERED, 200, "Error 35");
    invoice = charge(w, out);
    moves_accept(w, invoice);
    moves_tell_state(w, invoice, 0, 100, "600.000000");
    assert_string_equal(world_events(w), "payment.succeeded");
    world_notice(w, SHOP_PASSWORD2, late, "600.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded payment.unwanted refund.requested");
}

static void live(world_t *w, histories_t *out)
{
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    uint64_t invoice = charge(w, out);
    moves_accept(w, invoice);
    moves_tell_state(w, invoice, 0, 100, "500.000000");
    change(w);
    event_autopay_payment_requested_t stale = world_wish(w, &MOVES_ACCOUNT);
    stale.credit--;
    assert_int_equal(request_of(w, out, &stale), 0);
    invoice = charge(w, out);
    moves_post(w, invoice, RESULT_NOT_CONNECTED, 0, NULL);
    w->now += MINUTE_US;
    world_tick(w); // the second attempt
    moves_post(w, invoice, RESULT_ANSWERED, 200, "Error 35");
    world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false); // evidence beats the decline
    moves_topup_in(w, PAYMENT_EXPIRED);
    world_notice(w, SHOP_PASSWORD2, moves_topup_in(w, PAYMENT_CREATED), "500.000000", false);
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, 3, ROLE_OPERATOR), FAIL_NONE);
    event_autopay_payment_requested_t revoked = world_wish(w, &MOVES_ACCOUNT);
    assert_int_equal(request_of(w, out, &revoked), 0);
    world_link(w, &MOVES_ACCOUNT, 700, 2);
    live_other(w, out);
    live_unwanted(w, out);
}

static world_t *world; // the events' slices lie in its journal

static int make(void **state)
{
    static histories_t histories;
    world = world_new(7);
    live(world, &histories);
    for (uint64_t i = 0; i < world_last(world); i++) {
        event_t event = harness_read(world->harness, i + 1);
        history_add(&histories.of[STREAM_PAYMENT], &event);
    }
    *state = &histories;
    return 0;
}

static int release(void **state)
{
    histories_release(*state);
    world_destroy(world);
    return 0;
}

static void run(const histories_t *histories, verify_report_t *report)
{
    const history_t *autopay = &histories->of[STREAM_AUTOPAY],
                    *payment = &histories->of[STREAM_PAYMENT],
                    *ledger = &histories->of[STREAM_LEDGER];
    verify_payment_t checker;
    verify_payment_init(&checker, report, autopay->count, ledger->count);
    for (size_t i = 0; i < autopay->count; i++)
        verify_payment_request(&checker, i + 1, &autopay->events[i]);
    for (size_t i = 0; i < ledger->count; i++)
        verify_payment_posting(&checker, i + 1, &ledger->events[i]);
    for (size_t i = 0; i < payment->count; i++)
        verify_payment_feed(&checker, i + 1, &payment->events[i]);
    verify_payment_finish(&checker, true);
    verify_payment_release(&checker);
}

// --- faults ---
// Invoices: 0 links, 1 is charged, 2 is declined and paid late, 3 expires, 4 is a plain top-up, 5
// links anew. Declines: 0 stale, 1 of invoice 2, 2 revoked. Successes: 0 to 2 of invoices 0 to 2.

static event_t *event(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_PAYMENT], type, n);
}
static event_payment_created_t *created(histories_t *h, size_t n)
{
    return &event(h, EVENT_payment_created, n)->payment_created;
}
static event_payment_succeeded_t *succeeded(histories_t *h, size_t n)
{
    return &event(h, EVENT_payment_succeeded, n)->payment_succeeded;
}
static event_payment_declined_t *declined(histories_t *h, size_t n)
{
    return &event(h, EVENT_payment_declined, n)->payment_declined;
}
static event_t *requested(histories_t *h, size_t n)
{
    return history_event(&h->of[STREAM_AUTOPAY], EVENT_autopay_payment_requested, n);
}

static void pay_no_invoice(histories_t *h)
{
    succeeded(h, 0)->invoice = 5;
}
static void answer_no_request(histories_t *h)
{
    history_blank(requested(h, 0));
}
static void charge_another(histories_t *h)
{
    requested(h, 0)->autopay_payment_requested.account = MOVES_OTHER;
}
static void charge_a_request_twice(histories_t *h)
{
    created(h, 2)->request = created(h, 1)->request;
}
static void charge_more(histories_t *h)
{
    requested(h, 0)->autopay_payment_requested.amount--;
}
static void charge_under_another_mandate(histories_t *h)
{
    requested(h, 0)->autopay_payment_requested.mandate = MOVES_OTHER;
}
static void use_a_number_twice(histories_t *h)
{
    created(h, 3)->invoice = created(h, 0)->invoice;
}
static void number_backwards(histories_t *h)
{
    created(h, 5)->invoice = created(h, 0)->invoice - 1;
}
static void take_too_little_of_a_foreign_card(histories_t *h)
{
    event(h, EVENT_payment_created, 0)->payment_created.method = METHOD_FOREIGN_CARD;
}
static void ask_for_nothing(histories_t *h)
{
    created(h, 3)->amount = 0;
}
static void charge_without_a_request(histories_t *h)
{
    created(h, 1)->request = 0;
}
static void send_after_revocation(histories_t *h)
{
    *event(h, EVENT_mandate_changed, 0) = *event(h, EVENT_mandate_revoked, 0);
}
static void send_without_consent(histories_t *h)
{
    history_blank(event(h, EVENT_mandate_consented, 0));
}
static void send_after_the_money(histories_t *h)
{
    event(h, EVENT_payment_sent, 2)->payment_sent.invoice = created(h, 1)->invoice;
}
static void miscount_attempts(histories_t *h)
{
    event(h, EVENT_payment_sent, 2)->payment_sent.attempt = 1;
}
static void credit_twice(histories_t *h)
{
    *event(h, EVENT_payment_succeeded, 2) = *event(h, EVENT_payment_succeeded, 1);
}
static void credit_another(histories_t *h)
{
    succeeded(h, 0)->account = MOVES_OTHER;
}
static void credit_more(histories_t *h)
{
    succeeded(h, 0)->amount++;
}
static void call_a_charge_a_topup(histories_t *h)
{
    succeeded(h, 1)->kind = PAYMENT_KIND_TOPUP;
}
static void credit_another_request(histories_t *h)
{
    succeeded(h, 1)->request++;
}
static void hide_that_it_was_late(histories_t *h)
{
    succeeded(h, 2)->after = 0;
}
static void decline_twice(histories_t *h)
{
    *event(h, EVENT_payment_declined, 2) = *event(h, EVENT_payment_declined, 0);
}
static void decline_what_is_charged(histories_t *h)
{
    declined(h, 1)->invoice = 0;
}
static void decline_after_the_money(histories_t *h)
{
    declined(h, 1)->invoice = created(h, 1)->invoice;
}
static void decline_another_request(histories_t *h)
{
    declined(h, 1)->request = 2;
}
static void consent_again(histories_t *h)
{
    event(h, EVENT_mandate_consented, 1)->mandate_consented.mandate =
        event(h, EVENT_mandate_consented, 0)->mandate_consented.mandate;
}
static void consent_unpaid(histories_t *h)
{
    event(h, EVENT_mandate_consented, 1)->mandate_consented.parent = created(h, 3)->invoice;
}
static void consent_to_more(histories_t *h)
{
    event(h, EVENT_mandate_consented, 0)->mandate_consented.amount++;
}
static void raise_a_limit(histories_t *h)
{
    event(h, EVENT_mandate_changed, 0)->mandate_changed.count_max = 4;
}
static void pass_the_count(histories_t *h)
{
    event(h, EVENT_mandate_changed, 0)->mandate_changed.count_max = 1;
}
static void pass_the_sum(histories_t *h)
{
    event(h, EVENT_mandate_changed, 0)->mandate_changed.sum_max = 99999;
}
static void change_no_mandate(histories_t *h)
{
    event(h, EVENT_mandate_changed, 0)->mandate_changed.mandate = MOVES_OTHER;
}
static void revoke_twice(histories_t *h)
{
    event_t *consented = event(h, EVENT_mandate_consented, 1);
    *consented = *event(h, EVENT_mandate_revoked, 0);
}
static void revoke_without_a_chargeback(histories_t *h)
{
    event(h, EVENT_mandate_revoked, 1)->cause.sequence--;
}
static void revoke_for_another_reason(histories_t *h)
{
    event(h, EVENT_mandate_revoked, 1)->mandate_revoked.why = REVOKE_CUSTOMER;
}
static void tell_of_a_partial_refund(histories_t *h)
{
    event(h, EVENT_mandate_refunded, 0)->cause.sequence--;
}
static void tell_another(histories_t *h)
{
    event(h, EVENT_mandate_refunded, 0)->mandate_refunded.account = MOVES_ACCOUNT;
}
static void tell_of_no_mandate(histories_t *h)
{
    event(h, EVENT_mandate_refunded, 0)->mandate_refunded.mandate = MOVES_OTHER;
}
static void overhear_a_chargeback(histories_t *h)
{
    history_blank(event(h, EVENT_mandate_revoked, 1));
}
static void leave_one_open(histories_t *h)
{
    history_blank(event(h, EVENT_payment_declined, 0));
}

static void hide_what_is_not_allowed(histories_t *h)
{
    history_blank(event(h, EVENT_payment_unwanted, 1));
}
static void allow_it_less(histories_t *h)
{
    event(h, EVENT_payment_unwanted, 1)->payment_unwanted.why = UNWANTED_REVOKED;
}
static void say_it_of_another(histories_t *h)
{
    event(h, EVENT_payment_unwanted, 1)->payment_unwanted.invoice =
        event(h, EVENT_payment_unwanted, 0)->payment_unwanted.invoice;
}
static void charge_in_another_month(histories_t *h)
{
    created(h, 1)->month++;
}

static void every_fault_of_payment_is_named(void **state)
{
    static const fault_t faults[] = {
        {"payment: invoices are created before use", pay_no_invoice},
        {"payment: what is answered was requested", answer_no_request},
        {"payment: a request is answered for its account", charge_another},
        {"payment: a request has one invoice", charge_a_request_twice},
        {"payment: charged is what was requested", charge_more},
        {"payment: charged under the mandate requested", charge_under_another_mandate},
        {"payment: invoice numbers grow and are used once", use_a_number_twice},
        {"payment: invoice numbers grow and are used once", number_backwards},
        {"payment: amounts are more than zero", ask_for_nothing},
        {"payment: with a foreign card 1000 rubles are paid at least",
         take_too_little_of_a_foreign_card},
        {"payment: charges have a request, top-ups none", charge_without_a_request},
        {"payment: sent under a live mandate", send_after_revocation},
        {"payment: sent under a live mandate", send_without_consent},
        {"payment: nothing is sent after its outcome", send_after_the_money},
        {"payment: attempts are counted", miscount_attempts},
        {"payment: money comes once for an invoice", credit_twice},
        {"payment: money goes to the invoice's account", credit_another},
        {"payment: what came is the invoice's amount", credit_more},
        {"payment: a success is of its invoice's kind", call_a_charge_a_topup},
        {"payment: a success names its invoice's request", credit_another_request},
        {"payment: a late success says so", hide_that_it_was_late},
        {"payment: money that is not allowed is said to be so", hide_what_is_not_allowed},
        {"payment: money is not allowed for its reason", allow_it_less},
        {"payment: what is not allowed is said behind its money", say_it_of_another},
        {"payment: charged in the month of its request", charge_in_another_month},
        {"payment: a request ends once", decline_twice},
        {"payment: a request without an invoice was never charged", decline_what_is_charged},
        {"payment: an invoice is declined once, and not after its money came",
         decline_after_the_money},
        {"payment: a decline names its invoice's request", decline_another_request},
        {"payment: a mandate is consented once, and not after its revocation", consent_again},
        {"payment: consent comes with its top-up's money", consent_unpaid},
        {"payment: consent is to the top-up's amount", consent_to_more},
        {"payment: limits are only lowered", raise_a_limit},
        {"payment: the month's count is within the mandate's limit", pass_the_count},
        {"payment: the month's sum is within the mandate's limit", pass_the_sum},
        {"payment: only a live mandate changes", change_no_mandate},
        {"payment: a mandate is revoked once", revoke_twice},
        {"payment: the ledger revokes by a chargeback of the account", revoke_without_a_chargeback},
        {"payment: the ledger revokes by a chargeback of the account", revoke_for_another_reason},
        {"payment: told of is a full refund of the account", tell_of_a_partial_refund},
        {"payment: told of is a full refund of the account", tell_another},
        {"payment: a refund is told of a live mandate", tell_of_no_mandate},
        {"payment: a chargeback leaves no mandate live", overhear_a_chargeback},
        {"payment: every request has its outcome", leave_one_open}};
    verify_rig_faults(*state, run, faults, sizeof faults / sizeof faults[0]);
}

static void requests_behind_what_is_known_of_autopay_are_taken_as_they_are(void **state)
{
    histories_t *histories = *state;
    verify_report_t report = {0};
    verify_payment_t checker;
    verify_payment_init(&checker, &report, 0, 0);
    for (size_t i = 0; i < histories->of[STREAM_PAYMENT].count; i++)
        verify_payment_feed(&checker, i + 1, &histories->of[STREAM_PAYMENT].events[i]);
    assert_int_equal(verify_payment_finish(&checker, false), 0);
    verify_payment_release(&checker);
    assert_int_equal(report.violated, 0);
}

static void a_journal_with_old_numbers_goes_on_with_new_ones(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {UINT64_C(1767225600000000001), UINT64_C(1767225600000000002),
                                       UINT64_C(8266973184000), UINT64_C(8266973184256),
                                       UINT64_C(1767225600000000003)}; // the last one is too late
    verify_report_t report = {0};
    verify_payment_t checker;
    verify_payment_init(&checker, &report, 0, 0);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        assert_int_equal(report.violated, 0);
        event_t event = {.type = EVENT_payment_created};
        event.payment_created = (event_payment_created_t){
            .invoice = numbers[i], .kind = PAYMENT_KIND_TOPUP, .amount = 100};
        verify_payment_feed(&checker, i + 1, &event);
    }
    assert_int_equal(report.violated, 1);
    verify_payment_release(&checker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_fault_of_payment_is_named, make, release),
        cmocka_unit_test_setup_teardown(
            requests_behind_what_is_known_of_autopay_are_taken_as_they_are, make, release),
        cmocka_unit_test(a_journal_with_old_numbers_goes_on_with_new_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
