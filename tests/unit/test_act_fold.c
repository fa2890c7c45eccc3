// test_act_fold - what acts say. The postings are a real ledger's; what metering and documents said
// is told here, and expected is what docs/rules.md "Acts and advance invoices" says in sums.
#include "services/documents/act_fold.h"
#include "tests/unit/ledger_words.h"
#include "proto/field.h"
#include "services/documents/act_period.h"

enum { LINES_MAX = 32, Q2 = 2026 * 4 + 1 };

// A journal of metering, and what documents said before.
typedef struct {
    harness_t *h;
    event_t metering[LINES_MAX + 1];
    event_t documents[LINES_MAX];
    size_t documents_count;
} books_t;

static instant_t at(const char *text)
{
    instant_t instant = 0;
    assert_true(time_parse(text, &instant));
    return instant;
}

static books_t books_of(void **state)
{
    books_t self = {.h = *state};
    self.h->now = at("2026-04-01T09:00:00Z");
    event_t event = {.type = EVENT_requisites_registered, .at = at("2026-04-01T08:00:00Z")};
    event.requisites_registered.account = customer(1);
    self.documents[self.documents_count++] = event;
    return self;
}

static void charge(books_t *self, const char *end, uint64_t service, kopecks_t amount)
{
    event_t event = usage(customer(1), amount);
    event.usage_charged.hour = at(end) - HOUR_US;
    event.usage_charged.kind = service;
    assert_int_equal(harness_event(self->h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
    self->metering[stream_sequence] = event;
}

static void give_back(books_t *self, uint64_t line, const char *end, kopecks_t amount)
{
    event_t event = {.type = EVENT_usage_credited};
    event.usage_credited =
        (event_usage_credited_t){.original = line,
                                 .account = customer(1),
                                 .kind = RESOURCE_COMPUTE,
                                 .hour = at(end) - HOUR_US,
                                 .amount = amount,
                                 .charged = self->metering[line].usage_charged.amount};
    assert_int_equal(harness_event(self->h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
    self->metering[stream_sequence] = event;
}

// Money of that identity, by a bank.
static void transfer(books_t *self, uint8_t identity, kopecks_t amount)
{
    event_t event = {.type = EVENT_transfer_received};
    event.transfer_received = (event_transfer_received_t){
        .identity = {{identity}}, .amount = amount, .account = customer(1), .invoice = identity};
    assert_int_equal(harness_event(self->h, STREAM_DOCUMENTS, ++stream_sequence, &event),
                     FAIL_NONE);
}

static uid_t16 reference(uint8_t identity)
{
    return (uid_t16){{identity}};
}

static void issued(books_t *self, uint64_t quarter, uint64_t through)
{
    event_t event = {.type = EVENT_act_issued};
    event.act_issued.account = customer(1);
    event.act_issued.quarter = quarter;
    event.act_issued.through = through;
    self->documents[self->documents_count++] = event;
}

static void fold(books_t *self, uint64_t quarter, act_fold_t *ret_fold)
{
    act_fold_init(ret_fold, quarter);
    for (size_t i = 0; i < self->documents_count; i++)
        act_fold_documents(ret_fold, &self->documents[i]);
    for (uint64_t sequence = 1; sequence <= self->h->last; sequence++) {
        event_t event = harness_read(self->h, sequence);
        uint64_t cause = event.cause.stream == STREAM_METERING ? event.cause.sequence : 0;
        cause = event.type == EVENT_credit_made ? event.credit_made.credit : cause;
        while (ret_fold->metering < cause) {
            uint64_t next = ret_fold->metering + 1;
            act_fold_metering(ret_fold, &self->metering[next], next);
        }
        act_fold_ledger(ret_fold, &event, sequence);
    }
}

static bool act_of(books_t *self, uint64_t quarter, act_t *ret_act)
{
    act_fold_t all;
    uid_t16 account = customer(1);
    fold(self, quarter, &all);
    bool there = act_fold_act(&all, &account, ret_act);
    act_fold_release(&all);
    return there;
}

// The example of docs/rules.md "Acts and advance invoices".
static void the_worked_quarter_comes_to_its_lines_and_money(void **state)
{
    books_t books = books_of(state);
    act_t act;
    transfer(&books, 1, 30000);
    transfer(&books, 2, 30000);
    given(books.h, customer(1), 4000);
    charge(&books, "2026-04-01T10:00:00Z", RESOURCE_INPUT, 0);
    charge(&books, "2026-05-01T10:00:00Z", RESOURCE_COMPUTE, 30000);
    charge(&books, "2026-05-01T10:00:00Z", RESOURCE_INPUT, 9000);
    charge(&books, "2026-06-30T21:00:00Z", RESOURCE_COMPUTE, 10000);
    charge(&books, "2026-06-30T22:00:00Z", RESOURCE_COMPUTE, 700); // the next quarter's
    assert_true(act_of(&books, Q2, &act));
    assert_int_equal(act.amount, 45000);
    assert_int_equal(act.bonus, 4000);
    assert_int_equal(act.debt, 0);
    assert_int_equal(act.lines_count, 2);
    assert_int_equal(act.lines[0].service, RESOURCE_COMPUTE);
    assert_int_equal(act.lines[0].amount, 36000);
    assert_int_equal(act.lines[1].service, RESOURCE_INPUT);
    assert_int_equal(act.lines[1].amount, 9000);
    assert_int_equal(act.lines[1].rate, 22);
    assert_int_equal(act.paid_count, 2);
    uid_t16 first = reference(1), second = reference(2);
    assert_true(uid_equal(&act.paid[0].reference, &first));
    assert_int_equal(act.paid[0].amount, 30000);
    assert_true(uid_equal(&act.paid[1].reference, &second));
    assert_int_equal(act.paid[1].amount, 15000);
    assert_true(act_of(&books, Q2 + 1, &act)); // of all that has no act yet
    assert_int_equal(act.amount, 45700);
}

static void late_usage_stands_in_the_next_act(void **state)
{
    books_t books = books_of(state);
    act_t act;
    transfer(&books, 1, 30000);
    charge(&books, "2026-06-30T21:00:00Z", RESOURCE_COMPUTE, 1000);
    charge(&books, "2026-06-30T23:00:00Z", RESOURCE_COMPUTE, 50);
    issued(&books, Q2, stream_sequence);
    assert_false(act_of(&books, Q2, &act));
    assert_true(act_of(&books, Q2 + 1, &act));
    assert_int_equal(act.amount, 50);
    charge(&books, "2026-06-30T20:00:00Z", RESOURCE_COMPUTE, 7);
    assert_false(act_of(&books, Q2, &act)); // that quarter has its act
    assert_true(act_of(&books, Q2 + 1, &act));
    assert_int_equal(act.amount, 57);
    assert_int_equal(act.paid[0].amount, 57);
    issued(&books, Q2 + 1, stream_sequence);
    assert_false(act_of(&books, Q2 + 2, &act));
    act_fold_t all;
    uid_t16 account = customer(1);
    fold(&books, Q2 + 2, &all);
    assert_int_equal(act_fold_open(&all, &account), 0);
    act_fold_release(&all);
}

static void what_is_owed_is_named_once_money_paid_it(void **state)
{
    books_t books = books_of(state);
    act_t act;
    transfer(&books, 1, 100);
    charge(&books, "2026-05-01T10:00:00Z", RESOURCE_COMPUTE, 250);
    charge(&books, "2026-05-01T11:00:00Z", RESOURCE_BUILD, 50);
    assert_true(act_of(&books, Q2, &act));
    assert_int_equal(act.debt, 200);
    assert_int_equal(act.paid_count, 1);
    transfer(&books, 2, 180);
    assert_true(act_of(&books, Q2, &act));
    assert_int_equal(act.amount, 300);
    assert_int_equal(act.debt, 20);
    assert_int_equal(act.paid_count, 2);
    assert_int_equal(act.paid[1].amount, 180);
    transfer(&books, 3, 500);
    assert_true(act_of(&books, Q2, &act));
    assert_int_equal(act.debt, 0);
    assert_int_equal(act.paid[2].amount, 20);
}

static void what_is_given_back_lessens_the_act_and_the_last_money(void **state)
{
    books_t books = books_of(state);
    act_t act;
    transfer(&books, 1, 100);
    transfer(&books, 2, 500);
    charge(&books, "2026-05-01T10:00:00Z", RESOURCE_COMPUTE, 250);
    uint64_t line = stream_sequence;
    give_back(&books, line, "2026-05-01T10:00:00Z", 40);
    assert_false(act_of(&books, Q2, &act)); // the ledger has not given it back yet
    (void)harness_recall(books.h);
    assert_true(act_of(&books, Q2, &act));
    assert_int_equal(act.amount, 210);
    assert_int_equal(act.paid_count, 2);
    assert_int_equal(act.paid[1].amount, 110);
    give_back(&books, line, "2026-05-01T10:00:00Z", 210);
    (void)harness_recall(books.h);
    assert_false(act_of(&books, Q2, &act)); // nothing is left to show
}

static void more_given_back_of_a_line_than_it_has_comes_off_the_largest(void **state)
{
    books_t books = books_of(state);
    act_t act;
    transfer(&books, 1, 10000);
    charge(&books, "2026-05-01T10:00:00Z", RESOURCE_COMPUTE, 250);
    uint64_t line = stream_sequence;
    issued(&books, Q2, line);
    charge(&books, "2026-08-01T10:00:00Z", RESOURCE_BUILD, 900);
    give_back(&books, line, "2026-05-01T10:00:00Z", 40);
    (void)harness_recall(books.h);
    assert_true(act_of(&books, Q2 + 1, &act));
    assert_int_equal(act.amount, 860);
    assert_int_equal(act.lines_count, 1);
    assert_int_equal(act.lines[0].amount, 860);
}

static void rates_are_those_of_the_hours(void **state)
{
    books_t books = books_of(state);
    act_t act;
    books.documents[0].at = at("2025-10-05T08:00:00Z");
    charge(&books, "2025-12-31T21:00:00Z", RESOURCE_COMPUTE, 100);
    charge(&books, "2025-12-31T22:00:00Z", RESOURCE_COMPUTE, 30);
    assert_true(act_of(&books, 2026 * 4, &act));
    assert_int_equal(act.lines_count, 2);
    assert_int_equal(act.lines[0].rate, 20);
    assert_int_equal(act.lines[0].amount, 100);
    assert_int_equal(act.lines[1].rate, 22);
    assert_int_equal(act.lines[1].amount, 30);
    books.documents[0].at = at("2026-01-05T08:00:00Z"); // nobody's company in 2025
    assert_true(act_of(&books, 2026 * 4, &act));
    assert_int_equal(act.amount, 30);
}

static void money_that_needs_an_advance_invoice_is_told(void **state)
{
    books_t books = books_of(state);
    act_fold_t all;
    act_money_t money;
    transfer(&books, 1, 100);
    transfer(&books, 2, 500);
    books.h->now += DAY_US;
    charge(&books, "2026-04-02T10:00:00Z", RESOURCE_COMPUTE, 150);
    event_t event = {.type = EVENT_advance_issued};
    event.advance_issued.reference = reference(2);
    books.documents[books.documents_count++] = event;
    fold(&books, 0, &all);
    assert_true(act_fold_money(&all, 0, &money));
    assert_int_equal(money.amount, 100);
    assert_false(money.invoiced);
    assert_int_equal(money.used, books.h->now);
    assert_true(act_fold_money(&all, 1, &money));
    assert_true(money.invoiced);
    assert_int_equal(money.used, 0);
    assert_false(act_fold_money(&all, 2, &money));
    act_fold_release(&all);
}

static void told(books_t *self, event_t event)
{
    assert_int_equal(harness_event(self->h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
    self->metering[stream_sequence] = event;
}

static void what_a_deleted_meter_had_left_stands_in_the_act(void **state)
{
    books_t books = books_of(state);
    act_t act;
    transfer(&books, 1, 30000);
    charge(&books, "2026-05-01T10:00:00Z", RESOURCE_COMPUTE, 250);
    event_t closed = {.type = EVENT_meter_closed};
    closed.meter_closed.account = customer(1);
    closed.meter_closed.at = at("2026-05-01T10:20:00Z");
    closed.meter_closed.amount = 1;
    told(&books, closed);
    assert_true(act_of(&books, Q2, &act));
    assert_int_equal(act.amount, 251);
    assert_int_equal(act.paid[0].amount, 251);
}

// A person's usage, what nobody is to pay, and acts of others are in no act; a company that is
// registered anew is one since its first day.
static void an_act_is_of_a_company_and_its_own_usage_alone(void **state)
{
    books_t books = books_of(state);
    act_t act;
    act_fold_t all;
    uid_t16 person = customer(2), account;
    transfer(&books, 1, 30000);
    charge(&books, "2026-05-01T10:00:00Z", RESOURCE_COMPUTE, 250);
    event_t others = usage(person, 70), nobodys = usage(nobody(), 5);
    others.usage_charged.kind = nobodys.usage_charged.kind = RESOURCE_COMPUTE;
    others.usage_charged.hour = nobodys.usage_charged.hour = at("2026-05-01T09:00:00Z");
    paid(books.h, person, 100);
    books.metering[stream_sequence] = (event_t){.type = EVENT_hour_closed};
    told(&books, others);
    event_t again = books.documents[0], act_of_person = {.type = EVENT_act_issued};
    again.at = at("2026-08-01T08:00:00Z");
    act_of_person.act_issued =
        (event_act_issued_t){.account = person, .quarter = Q2, .through = 99};
    books.documents[books.documents_count++] = again;
    books.documents[books.documents_count++] = act_of_person;
    assert_true(act_of(&books, Q2, &act));
    assert_int_equal(act.amount, 250);
    fold(&books, Q2, &all);
    assert_false(act_fold_act(&all, &person, &act));
    assert_int_equal(act_fold_open(&all, &person), 0);
    assert_int_equal(act_fold_open(&all, &(uid_t16){{1}}), 0);
    assert_true(act_fold_account(&all, 0, &account));
    account.bytes[0] ^= customer(1).bytes[0];
    assert_int_equal(account.bytes[0], 0);
    assert_false(act_fold_account(&all, 1, &account));
    act_fold_release(&all);
}

// A card's money is named as a bank's is; money by hand, which has no payment, is not.
static void money_of_a_card_pays_acts_too(void **state)
{
    books_t books = books_of(state);
    act_t act;
    event_t event = payment(customer(1), 100, PAYMENT_KIND_TOPUP);
    assert_int_equal(harness_event(books.h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    books.metering[stream_sequence] = (event_t){.type = EVENT_hour_closed};
    uid_t16 topup = posting_payment_reference(event.payment_succeeded.invoice);
    event = wish(posting_system_id(SYSTEM_CLEARING), customer(1), 500, POSTING_TOPUP);
    assert_int_equal(harness_item(books.h, POSTER, ++stream_sequence, &event), FAIL_NONE);
    books.metering[stream_sequence] = (event_t){.type = EVENT_hour_closed};
    charge(&books, "2026-05-01T10:00:00Z", RESOURCE_COMPUTE, 250);
    assert_true(act_of(&books, Q2, &act));
    assert_int_equal(act.debt, 0);
    assert_int_equal(act.paid_count, 1);
    assert_true(uid_equal(&act.paid[0].reference, &topup));
    assert_int_equal(act.paid[0].amount, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_worked_quarter_comes_to_its_lines_and_money),
        TEST(late_usage_stands_in_the_next_act),
        TEST(what_is_owed_is_named_once_money_paid_it),
        TEST(what_is_given_back_lessens_the_act_and_the_last_money),
        TEST(more_given_back_of_a_line_than_it_has_comes_off_the_largest),
        TEST(rates_are_those_of_the_hours),
        TEST(money_that_needs_an_advance_invoice_is_told),
        TEST(what_a_deleted_meter_had_left_stands_in_the_act),
        TEST(an_act_is_of_a_company_and_its_own_usage_alone),
        TEST(money_of_a_card_pays_acts_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
