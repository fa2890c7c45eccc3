// The ledger's checkers against a history of the ledger's core: silent about it, and loud about
// each fault.
#include "services/ledger/ledger_core.h"
#include "tests/model/harness.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_cause.h"
#include "tools/kopeck/verify_ledger.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { POSTER = PRODUCER_FIRST, ALICE = 1, BOB = 2, CAROL = 3 };

static uid_t16 customer(uint8_t n)
{
    return (uid_t16){{n, 0xa1, 7, 9, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, n}};
}

// --- the history ---

static void told(harness_t *h, histories_t *out, stream_t stream, const event_t *event)
{
    history_add(&out->of[stream], event);
    assert_int_equal(harness_event(h, stream, out->of[stream].count, event), FAIL_NONE);
}

enum { FIRST_PAYMENT = 1 }; // of the payments, and the first again after payment was put back

static uint64_t number_of(unsigned payment)
{
    return UINT64_C(1767225600000000000) + payment;
}

static void paid_as(harness_t *h, histories_t *out, uint64_t number, uid_t16 account,
                    kopecks_t amount, uint64_t kind)
{
    event_t event = {.type = EVENT_payment_succeeded};
    event.payment_succeeded.invoice = number;
    event.payment_succeeded.account = account;
    event.payment_succeeded.amount = amount;
    event.payment_succeeded.kind = kind;
    told(h, out, STREAM_PAYMENT, &event);
}

static void paid(harness_t *h, histories_t *out, uid_t16 account, kopecks_t amount, uint64_t kind)
{
    paid_as(h, out, number_of(FIRST_PAYMENT + (unsigned)out->of[STREAM_PAYMENT].count), account,
            amount, kind);
}

static void used(harness_t *h, histories_t *out, uid_t16 account, kopecks_t amount)
{
    event_t event = {.type = EVENT_usage_charged};
    event.usage_charged.account = account;
    event.usage_charged.amount = amount;
    told(h, out, STREAM_METERING, &event);
}

// The last line of that many kopecks is given back in part, or the part after `before`.
static void credited(harness_t *h, histories_t *out, uid_t16 account, kopecks_t charged,
                     kopecks_t amount, kopecks_t before)
{
    const history_t *metering = &out->of[STREAM_METERING];
    uint64_t line = metering->count;
    while (metering->events[line - 1].type != EVENT_usage_charged ||
           metering->events[line - 1].usage_charged.amount != charged)
        line--;
    event_t event = {.type = EVENT_usage_credited};
    event.usage_credited = (event_usage_credited_t){.original = line,
                                                    .account = account,
                                                    .amount = amount,
                                                    .charged = charged,
                                                    .before = before};
    told(h, out, STREAM_METERING, &event);
    (void)harness_recall(h);
}

static void asked(harness_t *h, uid_t16 debit, uid_t16 credit, kopecks_t amount, uint64_t kind)
{
    static uint64_t items;
    event_t event = {.type = EVENT_posting_requested};
    event.posting_requested = (event_posting_requested_t){debit, credit, amount, kind, {{0}}, true};
    assert_int_equal(harness_item(h, POSTER, ++items, &event), FAIL_NONE);
}

static void live(harness_t *h, histories_t *out)
{
    paid(h, out, customer(ALICE), 100000, 1);
    for (int i = 0; i < 40; i++) // enough for two levels of skips
        used(h, out, customer(ALICE), 100 + i);
    used(h, out, customer(ALICE), 0); // moves nothing
    asked(h, posting_system_id(SYSTEM_PROMO), customer(BOB), 5000, POSTING_BONUS);
    used(h, out, customer(BOB), 1000);
    used(h, out, customer(BOB), 7000); // takes the bonus and cash
    used(h, out, customer(CAROL), 300);
    harness_tick(h); // Bob and Carol are low and exhausted
    paid(h, out, customer(CAROL), 50000, 2);
    used(h, out, posting_system_id(SYSTEM_BANK), 77);                      // suspense
    paid_as(h, out, number_of(FIRST_PAYMENT), customer(ALICE), 100000, 1); // suspense, repeated
    credited(h, out, customer(BOB), 7000, 3500, 0); // all the cash that it took, and some bonus
    credited(h, out, customer(BOB), 7000, 3500, 3500);
    credited(h, out, customer(ALICE), 139, 40, 0);
    credited(h, out, posting_system_id(SYSTEM_BANK), 77, 70, 0);
    asked(h, posting_system_id(SYSTEM_BANK), posting_system_id(SYSTEM_CLEARING), 90000,
          POSTING_SETTLEMENT);
    request_t policy = {.type = REQUEST_ledger_policy, .ledger_policy.low_threshold = 96000};
    assert_int_equal(harness_command(h, &policy), FAIL_NONE);
    harness_tick(h); // by the new threshold Alice and Carol are low
}

static harness_t *kept; // the events' slices are its bytes

static int make(void **state)
{
    static histories_t histories;
    harness_t *h = kept = harness_new(&ledger_core, NULL);
    live(h, &histories);
    for (uint64_t sequence = 1; sequence <= h->last; sequence++) {
        event_t event = harness_read(h, sequence);
        history_add(&histories.of[STREAM_LEDGER], &event);
    }
    *state = &histories;
    return 0;
}

static int release(void **state)
{
    histories_release(*state);
    harness_destroy(&kept);
    return 0;
}

// --- faults of the ledger ---

static event_posted_t *posting(histories_t *h, size_t n)
{
    return &history_event(&h->of[STREAM_LEDGER], EVENT_posted, n)->posted;
}

static event_t *event(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_LEDGER], type, n);
}

// Bob's postings: the bonus, a charge on it, and one in two halves.
enum { BONUS = 41, BONUS_CHARGE = 42, BONUS_HALF = 43, CASH_HALF = 44, CAROLS_PAYMENT = 46 };

static void credit_nobody(histories_t *h)
{
    posting(h, 0)->credit = 999;
}
static void name_another(histories_t *h)
{
    posting(h, 3)->account = customer(BOB);
}
static void open_twice(histories_t *h)
{
    event(h, EVENT_account_opened, 1)->account_opened.account = customer(ALICE);
}
static void open_with_a_gap(histories_t *h)
{
    event(h, EVENT_account_opened, 1)->account_opened.number++;
}
static void miscount(histories_t *h)
{
    posting(h, 7)->ordinal++;
}
static void point_elsewhere(histories_t *h)
{
    posting(h, 7)->previous--;
}
static void lead_to_another_credit(histories_t *h)
{
    posting(h, 7)->credit_previous++;
}
static void leave_a_credit_out(histories_t *h)
{
    posting(h, 7)->credits--;
}
static void skip_elsewhere(histories_t *h)
{
    posting(h, 20)->skip++;
}
static void settle_with_a_customer(histories_t *h)
{
    posting(h, 5)->kind = POSTING_SETTLEMENT;
}
static void overdraw_the_bonus(histories_t *h)
{
    posting(h, BONUS_HALF)->amount = 4001;
}
static void misstate_cash(histories_t *h)
{
    posting(h, CASH_HALF)->cash++;
}
static void misstate_bonus(histories_t *h)
{
    posting(h, BONUS)->bonus--;
}
static void make_money(histories_t *h)
{
    posting(h, 9)->amount++;
}
static void move_nothing(histories_t *h)
{
    posting(h, 9)->amount = 0;
}
static void name_no_kind(histories_t *h)
{
    posting(h, 9)->kind = 99;
}
static void move_between_customers(histories_t *h)
{
    posting(h, 9)->credit = SYSTEM_END + 1;
}
static void misjudge(histories_t *h)
{
    event(h, EVENT_account_exhausted, 0)->account_exhausted.balance--;
}
static void judge_twice(histories_t *h)
{
    *event(h, EVENT_account_exhausted, 1) = *event(h, EVENT_account_exhausted, 0);
}
static void use_another_threshold(histories_t *h)
{
    event(h, EVENT_account_low, 0)->account_low.threshold++;
}
static void forget_to_restore(histories_t *h)
{
    history_blank(event(h, EVENT_account_restored, 0));
}

static void credit_a_number_twice(histories_t *h)
{
    posting(h, CAROLS_PAYMENT)->reference = posting_payment_reference(number_of(FIRST_PAYMENT));
}
static void tell_another_amount(histories_t *h)
{
    event(h, EVENT_payment_suspended, 0)->payment_suspended.amount++;
}
static void tell_of_no_repeat(histories_t *h)
{
    event(h, EVENT_payment_suspended, 0)->payment_suspended.why = SUSPENSE_UNPLACED;
}

static void be_another_lot(histories_t *h)
{
    posting(h, 0)->lot++;
}
static void take_of_another_lot(histories_t *h)
{
    posting(h, 9)->lot++;
}

static void run_ledger(const histories_t *histories, verify_report_t *report)
{
    const history_t *ledger = &histories->of[STREAM_LEDGER];
    verify_ledger_t checker;
    verify_ledger_init(&checker, report);
    for (size_t i = 0; i < ledger->count; i++)
        verify_ledger_feed(&checker, i + 1, &ledger->events[i]);
    verify_ledger_finish(&checker, ledger->count);
    verify_ledger_release(&checker);
}

static event_credit_made_t *made(histories_t *h, size_t n)
{
    return &event(h, EVENT_credit_made, n)->credit_made;
}
// The n-th posting of that kind.
static event_posted_t *posting_of(histories_t *h, posting_kind_t kind, size_t n)
{
    for (size_t i = 0;; i++)
        if (posting(h, i)->kind == kind && n-- == 0)
            return posting(h, i);
}
static void note_twice(histories_t *h)
{
    *event(h, EVENT_credit_made, 0) = *event(h, EVENT_credit_noted, 0);
}
static void make_what_was_not_noted(histories_t *h)
{
    history_blank(event(h, EVENT_credit_noted, 0));
}
static void make_less_cash(histories_t *h)
{
    made(h, 0)->cash--;
}
static void make_less_bonus(histories_t *h)
{
    made(h, 0)->bonus--;
}
static void make_less_suspense(histories_t *h)
{
    made(h, 3)->suspense--;
}
static void note_more(histories_t *h)
{
    event(h, EVENT_credit_noted, 0)->credit_noted.amount++;
}
static void give_back_from_promo(histories_t *h)
{
    posting_of(h, POSTING_CREDIT, 0)->debit = SYSTEM_PROMO;
}
// All of it to cash: every sum is right, and the wallet is not.
static void give_back_to_the_wrong_wallet(histories_t *h)
{
    event_posted_t *bonus = posting_of(h, POSTING_CREDIT_BONUS, 0);
    bonus->kind = POSTING_CREDIT;
    made(h, 0)->cash += made(h, 0)->bonus;
    made(h, 0)->bonus = 0;
}

static void every_fault_of_the_ledger_is_named(void **state)
{
    static const fault_t faults[] = {
        {"ledger: accounts are opened before use", credit_nobody},
        {"ledger: number and id agree", name_another},
        {"ledger: an account is opened once", open_twice},
        {"ledger: account numbers are dense", open_with_a_gap},
        {"ledger: ordinals count postings", miscount},
        {"ledger: previous is the posting before", point_elsewhere},
        {"ledger: skip is the posting it says", skip_elsewhere},
        {"ledger: credit_previous is the credit before", lead_to_another_credit},
        {"ledger: credits add up", leave_a_credit_out},
        {"ledger: the kind moves a customer's money", settle_with_a_customer},
        {"ledger: a charge takes no more bonus than there is", overdraw_the_bonus},
        {"ledger: running cash balance", misstate_cash},
        {"ledger: running bonus balance", misstate_bonus},
        {"ledger: the sum over all accounts is zero", make_money},
        {"ledger: amounts are more than zero", move_nothing},
        {"ledger: kinds are known", name_no_kind},
        {"ledger: a system account stands on one side", move_between_customers},
        {"ledger: judgements state the balance", misjudge},
        {"ledger: a judgement is said at its crossing", judge_twice},
        {"ledger: low goes by the policy's threshold", use_another_threshold},
        {"ledger: a credit is noted once, and again to look further", note_twice},
        {"ledger: a credit was noted before it is made", make_what_was_not_noted},
        {"ledger: a credit is what was posted as cash", make_less_cash},
        {"ledger: a credit is what was posted as bonus", make_less_bonus},
        {"ledger: a credit is what was posted to suspense", make_less_suspense},
        {"ledger: a credit gives back its amount", note_more},
        {"ledger: usage is given back by the revenue", give_back_from_promo},
        {"ledger: a credit goes back to where the line took it", give_back_to_the_wrong_wallet},
        {"ledger: restored follows at once", forget_to_restore},
        {"ledger: a payment's number is credited once", credit_a_number_twice},
        {"ledger: what is told to be in suspense was put there", tell_another_amount},
        {"ledger: a repeated number was there before", tell_of_no_repeat},
        {"ledger: a credit names the lot that it is", be_another_lot},
        {"ledger: a debit names the lots that it took", take_of_another_lot},
        {"ledger: lots less debts are the balance", make_money}};
    verify_rig_faults(*state, run_ledger, faults, sizeof faults / sizeof faults[0]);
}

static void forget_credits(event_t *event)
{
    if (event->type == EVENT_posted)
        event->posted.credit_previous = 0, event->posted.credits = 0;
}

// Postings from before credits were chained say nothing of them; what comes behind one that does
// must.
static void a_journal_from_before_credits_were_chained_is_in_order(void **state)
{
    histories_t *histories = *state;
    history_t *ledger = &histories->of[STREAM_LEDGER];
    verify_report_t report = {0};
    for (size_t i = 0; i < ledger->count / 2; i++)
        forget_credits(&ledger->events[i]);
    run_ledger(histories, &report);
    assert_int_equal(report.violated, 0);
    event_posted_t *last = NULL;
    for (size_t i = ledger->count / 2; i < ledger->count; i++)
        if (ledger->events[i].type == EVENT_posted && ledger->events[i].posted.credit_previous)
            last = &ledger->events[i].posted;
    assert_non_null(last);
    last->credit_previous = 0;
    last->credits = 0;
    run_ledger(histories, &report);
    assert_true(report.violated > 0);
}

// --- faults between the ledger and its causes ---

static void feed_origins(const history_t *history, stream_t stream, size_t *fed, uint64_t to,
                         verify_cause_t *checker, bool settled)
{
    for (; *fed < history->count && *fed < to; ++*fed)
        verify_cause_origin(checker, stream, *fed + 1, &history->events[*fed], settled);
}

static void run_cause(const histories_t *histories, verify_report_t *report)
{
    const history_t *ledger = &histories->of[STREAM_LEDGER];
    size_t fed[STREAM_END] = {0};
    verify_cause_t checker;
    verify_cause_init(&checker, report, true, true);
    for (size_t i = 0; i < ledger->count; i++) {
        const cause_t *cause = &ledger->events[i].cause;
        if (cause->stream == STREAM_METERING || cause->stream == STREAM_PAYMENT)
            feed_origins(&histories->of[cause->stream], cause->stream, &fed[cause->stream],
                         cause->sequence, &checker, false);
        verify_cause_feed(&checker, i + 1, &ledger->events[i]);
    }
    feed_origins(&histories->of[STREAM_METERING], STREAM_METERING, &fed[STREAM_METERING],
                 UINT64_MAX, &checker, true);
    feed_origins(&histories->of[STREAM_PAYMENT], STREAM_PAYMENT, &fed[STREAM_PAYMENT], UINT64_MAX,
                 &checker, true);
    verify_cause_finish(&checker, true);
    verify_cause_release(&checker);
}

static void lose_a_charge(histories_t *h)
{
    history_blank(event(h, EVENT_posted, 12));
}
static void charge_less(histories_t *h)
{
    posting(h, 12)->amount--;
}
static void charge_twice(histories_t *h)
{
    *event(h, EVENT_posted, 13) = *event(h, EVENT_posted, 12);
}
static void charge_for_nothing(histories_t *h)
{
    event(h, EVENT_posted, 40)->cause.sequence++; // the line of 0 kopecks
}
static void credit_twice(histories_t *h)
{
    event_t again = *event(h, EVENT_posted, 0);
    history_add(&h->of[STREAM_LEDGER], &again);
}
static void charge_another(histories_t *h)
{
    h->of[STREAM_METERING].events[4].usage_charged.account = customer(CAROL);
}
static void top_up_as_autopay(histories_t *h)
{
    posting(h, 0)->kind = POSTING_AUTOPAY;
}
static void top_up_by_hand(histories_t *h)
{
    event(h, EVENT_posted, 0)->cause = (cause_t){0};
}
static void go_back(histories_t *h)
{
    event(h, EVENT_posted, 12)->cause.sequence -= 3;
}
static void credit_another_number(histories_t *h)
{
    posting(h, CAROLS_PAYMENT)->reference = posting_payment_reference(number_of(77));
}
static void tell_another_number(histories_t *h)
{
    event(h, EVENT_payment_suspended, 0)->payment_suspended.invoice++;
}
static void leave_one_waiting(histories_t *h)
{
    event_t line = h->of[STREAM_METERING].events[0];
    history_add(&h->of[STREAM_METERING], &line);
}

static void every_fault_between_the_ledger_and_its_causes_is_named(void **state)
{
    static const fault_t faults[] = {
        {"cause: posted in full, exactly once", lose_a_charge},
        {"cause: posted in full, exactly once", charge_less},
        {"cause: posted in full, exactly once", charge_twice},
        {"cause: exists and moves money", charge_for_nothing},
        {"cause: exists and moves money", credit_twice},
        {"cause: posted to its account, or to suspense in its name", charge_another},
        {"cause: posted as its kind", top_up_as_autopay},
        {"cause: charges and payments come from their streams", top_up_by_hand},
        {"cause: causes follow each other", go_back},
        {"cause: a credit bears its payment's number", credit_another_number},
        {"cause: a credit bears its payment's number", tell_another_number},
        {"cause: nothing waits to be posted", leave_one_waiting}};
    verify_rig_faults(*state, run_cause, faults, sizeof faults / sizeof faults[0]);
}

static void what_lies_behind_the_last_cause_is_under_way(void **state)
{
    (void)state;
    verify_report_t report = {0};
    verify_cause_t checker;
    event_t line = {.type = EVENT_usage_charged, .usage_charged.amount = 5};
    verify_cause_init(&checker, &report, true, true);
    verify_cause_origin(&checker, STREAM_METERING, 1, &line, true);
    verify_cause_origin(&checker, STREAM_METERING, 2, &line, true);
    assert_int_equal(verify_cause_finish(&checker, false), 2);
    assert_int_equal(report.violated, 0);
    verify_cause_release(&checker);
}

// A top-up by command or item, and who stands behind or before it.
static uint64_t violated_by(bool feed, bool told, bool imported)
{
    verify_report_t report = {0};
    verify_cause_t checker;
    verify_cause_init(&checker, &report, false, false);
    event_t posted = {.type = EVENT_posted}, command = {.type = EVENT_command_sent_by},
            pushed = {.type = EVENT_feed_sent_by};
    posted.posted = (event_posted_t){.debit = SYSTEM_CLEARING, .kind = POSTING_TOPUP};
    command.command_sent_by.imported = imported;
    pushed.feed_sent_by = (event_feed_sent_by_t){.producer = 200, .imported = imported};
    if (feed)
        posted.cause = (cause_t){.stream = 200, .sequence = 1};
    else
        command.cause = posted.cause = (cause_t){.command = {{7}}};
    uint64_t sequence = 0;
    if (told && feed)
        verify_cause_feed(&checker, ++sequence, &pushed);
    verify_cause_feed(&checker, ++sequence, &posted);
    verify_cause_feed(&checker, ++sequence, &posted);
    if (told && !feed)
        verify_cause_feed(&checker, ++sequence, &command);
    pushed.feed_sent_by.imported = false; // a person goes on
    verify_cause_feed(&checker, ++sequence, &pushed);
    (void)verify_cause_finish(&checker, false);
    verify_cause_release(&checker);
    return report.violated;
}

static void only_an_importer_posts_what_comes_from_streams(void **state)
{
    (void)state;
    assert_int_equal(violated_by(false, true, true), 0);
    assert_int_equal(violated_by(true, true, true), 0);
    assert_true(violated_by(false, true, false) > 0);
    assert_true(violated_by(false, false, false) > 0);
    assert_true(violated_by(true, true, false) > 0);
    assert_true(violated_by(true, false, false) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_fault_of_the_ledger_is_named, make, release),
        cmocka_unit_test_setup_teardown(every_fault_between_the_ledger_and_its_causes_is_named,
                                        make, release),
        cmocka_unit_test_setup_teardown(a_journal_from_before_credits_were_chained_is_in_order,
                                        make, release),
        cmocka_unit_test(what_lies_behind_the_last_cause_is_under_way),
        cmocka_unit_test(only_an_importer_posts_what_comes_from_streams)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
