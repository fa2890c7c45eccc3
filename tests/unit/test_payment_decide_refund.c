// A refund from the operator's word to its end: what is refused, what leaves, and what of it is
// never repeated.
#include "tests/unit/refund_moves.h"

static void a_refund_goes_its_way_once(void **state)
{
    world_t *w = *state;
    uint64_t invoice = paid(w), credit = core(w)->last;
    uint64_t number = begun(w, invoice, 50000);
    const event_refund_requested_t *e = &world_event(w, EVENT_refund_requested)->refund_requested;
    assert_int_equal(e->invoice, invoice);
    assert_int_equal(e->credit, credit);
    assert_false(e->partial);
    assert_true(number > invoice);
    assert_null(wanted(w)); // not before the ledger holds it
    held(w, number);
    answered(w, RESULT_ANSWERED, 200, operation(100));
    const event_t *event = world_event(w, EVENT_refund_left);
    assert_int_equal(event->refund_left.attempt, 1);
    const outside_t *create = wanted(w);
    assert_int_equal(create->method, OUTSIDE_POST);
    assert_true(text_equal(create->content_type, text_of("text/plain")));
    // {"alg":"HS256","typ":"JWT"}.{"OpKey":"E1…"}: no sum, for it is all of it
    static const char HEAD[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJPcEtleSI6IkUxMjUzNzI4";
    assert_memory_equal(create->body.data, HEAD, sizeof HEAD - 1);
    answered(w, RESULT_ANSWERED, 200,
             "{\"success\":true,\"message\":null,\"requestId\":\"" REQUEST "\"}");
    assert_int_equal(state_of(w, number), REFUND_SENT);
    assert_null(wanted(w)); // a minute later
    told(w, "processing", "500.000000");
    assert_string_equal(world_events(w), "");
    told(w, "finished", "500.000000");
    assert_string_equal(world_events(w), "refund.done");
    assert_int_equal(world_event(w, EVENT_refund_done)->refund_done.amount, 50000);
    w->now += 100 * DAY_US;
    assert_null(wanted(w));
    assert_int_equal(refund(w, invoice, 1), FAIL_STATE); // nothing is left of it
}

static void what_breaks_a_rule_is_refused(void **state)
{
    world_t *w = *state;
    uint64_t invoice = paid(w), unpaid = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    assert_int_equal(refund(w, 1, 100), FAIL_MISSING);
    assert_int_equal(refund(w, unpaid, 100), FAIL_STATE);
    assert_int_equal(refund(w, invoice, 0), FAIL_INVALID);
    assert_int_equal(refund(w, invoice, -1), FAIL_INVALID);
    assert_int_equal(refund(w, invoice, 50001), FAIL_STATE);
    uint64_t number = begun(w, invoice, 50000);
    assert_int_equal(refund(w, invoice, 50000), FAIL_STATE); // one at a time
    not_held(w, number, REFUND_REFUSED_SPENT);
    assert_int_equal(world_event(w, EVENT_refund_ended)->refund_ended.why, REFUND_END_SPENT);
    w->settings.shop.test = true;
    assert_int_equal(refund(w, invoice, 50000), FAIL_STATE);
    w->settings.shop.test = false;
    w->settings.refunds.password3 = (span_t){0};
    assert_int_equal(refund(w, invoice, 50000), FAIL_STATE);
    w->settings.refunds.password3 = SPAN(SHOP_PASSWORD3);
    (void)begun(w, invoice, 50000);
}

static void what_a_person_moves_is_its_amount(void **state)
{
    (void)state;
    request_t request = {.type = REQUEST_refund};
    request.refund.amount = 777;
    assert_int_equal(payment_refund_moves(&request), 777);
    request = (request_t){.type = REQUEST_refund_resolve};
    request.refund_resolve.amount = 778;
    assert_int_equal(payment_refund_moves(&request), 778);
    request = (request_t){.type = REQUEST_refund_cancel};
    assert_int_equal(payment_refund_moves(&request), 0);
}

static void no_answer_is_unknown_and_never_sent_again(void **state)
{
    static const struct {
        int what;
        unsigned status;
        const char *body;
    } answers[] = {{RESULT_NO_ANSWER, 0, ""},
                   {RESULT_ANSWERED, 500, "down"},
                   {RESULT_ANSWERED, 200, "not JSON"},
                   {RESULT_ANSWERED, 200, "{\"success\":true,\"requestId\":null}"},
                   {RESULT_ANSWERED, 200, "{\"success\":true,\"requestId\":\"a b\"}"}};
    world_t *w = *state;
    for (size_t i = 0; i < LENGTH(answers); i++) {
        uint64_t invoice = paid(w), number = left(w, invoice, 50000);
        answered(w, answers[i].what, answers[i].status, answers[i].body);
        assert_string_equal(world_events(w), "refund.unknown");
        assert_int_equal(state_of(w, number), REFUND_UNKNOWN);
        w->now += 40 * DAY_US;
        world_tick(w);
        assert_null(wanted(w));
        world_restart(w);
        world_tick(w);
        assert_null(wanted(w));
        assert_int_equal(refund(w, invoice, 50000), FAIL_STATE); // its end is not known
    }
    assert_int_equal(core(w)->refunds->unknown, LENGTH(answers));
}

static void without_a_connection_it_is_sent_again(void **state)
{
    world_t *w = *state;
    uint64_t number = left(w, paid(w), 50000);
    for (uint64_t attempt = 2; attempt < 6; attempt++) {
        answered(w, RESULT_NOT_CONNECTED, 0, NULL);
        assert_string_equal(world_events(w), "refund.unsent");
        assert_null(wanted(w));
        w->now += MINUTE_US;
        answered(w, RESULT_ANSWERED, 200, operation(100));
        assert_int_equal(world_event(w, EVENT_refund_left)->refund_left.attempt, attempt);
    }
    assert_int_equal(state_of(w, number), REFUND_LEFT);
}

static void after_a_restart_what_may_have_left_is_unknown(void **state)
{
    world_t *w = *state;
    uint64_t first = left(w, paid(w), 50000);
    world_restart(w);
    assert_null(wanted(w));
    world_tick(w);
    assert_string_equal(world_events(w), "refund.unknown");
    assert_int_equal(state_of(w, first), REFUND_UNKNOWN);
    uint64_t second = begun(w, paid(w), 50000);
    held(w, second);
    world_restart(w); // nothing has left
    world_tick(w);
    assert_int_equal(state_of(w, second), REFUND_APPROVED);
    assert_non_null(wanted(w));
}

static void no_answer_in_time_is_unknown(void **state)
{
    world_t *w = *state;
    uint64_t number = left(w, paid(w), 50000);
    w->now += PAYMENT_REFUND_ANSWER_US;
    world_tick(w);
    assert_int_equal(state_of(w, number), REFUND_UNKNOWN);
    assert_int_equal(row_of(w, number)->doubt, REFUND_DOUBT_NO_ANSWER);
}

static void what_a_lost_journal_may_have_sent_is_unknown(void **state)
{
    world_t *w = *state;
    uint64_t asked = begun(w, paid(w), 50000), approved = begun(w, paid(w), 50000),
             taken = sent(w, paid(w), 50000);
    held(w, approved);
    world_put_back(w, UINT64_C(1800000000));
    held(w, asked); // told of again
    assert_string_equal(world_events(w), "");
    world_tick(w);
    assert_int_equal(state_of(w, asked), REFUND_UNKNOWN);
    assert_int_equal(state_of(w, approved), REFUND_UNKNOWN);
    assert_int_equal(state_of(w, taken), REFUND_SENT);
    told(w, "finished", "500.000000");
    assert_int_equal(state_of(w, taken), REFUND_DONE);
}

static void a_refusal_ends_it(void **state)
{
    static const struct {
        unsigned status;
        const char *body;
        refund_end_t why;
    } answers[] = {
        {200, "{\"success\":false,\"message\":\"NotEnoughOperationFunds\",\"requestId\":null}",
         REFUND_END_FUNDS},
        {200, "{\"success\":false,\"message\":\"x\",\"requestId\":null}", REFUND_END_REFUSED},
        {401, "no access", REFUND_END_ACCESS},
        {400, "no key", REFUND_END_ACCESS}};
    world_t *w = *state;
    for (size_t i = 0; i < LENGTH(answers); i++) {
        uint64_t number = left(w, paid(w), 50000);
        answered(w, RESULT_ANSWERED, answers[i].status, answers[i].body);
        assert_string_equal(world_events(w), "refund.ended");
        assert_int_equal(row_of(w, number)->end, answers[i].why);
        assert_null(wanted(w));
    }
}

static void another_amount_is_for_people(void **state)
{
    world_t *w = *state;
    uint64_t number = sent(w, paid(w), 50000);
    told(w, "finished", "499.990000");
    assert_string_equal(world_events(w), "refund.unknown");
    assert_int_equal(row_of(w, number)->doubt, REFUND_DOUBT_AMOUNT);
}

static void in_the_cabinet_it_is_canceled(void **state)
{
    world_t *w = *state;
    uint64_t number = sent(w, paid(w), 50000);
    told(w, "canceled", "500.000000");
    assert_int_equal(world_event(w, EVENT_refund_ended)->refund_ended.why, REFUND_END_CABINET);
    assert_int_equal(state_of(w, number), REFUND_CANCELED);
}

static void after_thirty_days_it_is_for_people(void **state)
{
    world_t *w = *state;
    uint64_t number = sent(w, paid(w), 50000);
    w->now += PAYMENT_REFUND_LOOKS_US;
    world_tick(w);
    assert_int_equal(row_of(w, number)->doubt, REFUND_DOUBT_LONG);
    assert_null(wanted(w));
}

static fail_t resolve(world_t *w, uint64_t number, bool done, kopecks_t amount)
{
    request_t request = {.type = REQUEST_refund_resolve};
    request.refund_resolve =
        (request_refund_resolve_t){.refund = number, .done = done, .amount = amount};
    return world_command(w, &request, ROLE_OPERATOR);
}

static void people_resolve_what_is_unknown_alone(void **state)
{
    world_t *w = *state;
    uint64_t number = left(w, paid(w), 50000);
    assert_int_equal(resolve(w, number, true, 50000), FAIL_STATE);
    answered(w, RESULT_NO_ANSWER, 0, NULL);
    assert_int_equal(resolve(w, 5, true, 50000), FAIL_MISSING);
    assert_int_equal(resolve(w, number, true, 49999), FAIL_MISMATCH);
    assert_int_equal(resolve(w, number, true, 50000), FAIL_NONE);
    assert_int_equal(world_event(w, EVENT_refund_done)->refund_done.evidence, EVIDENCE_OPERATOR);
    assert_int_equal(resolve(w, number, false, 50000), FAIL_STATE);
    number = left(w, paid(w), 50000);
    answered(w, RESULT_NO_ANSWER, 0, NULL);
    assert_int_equal(resolve(w, number, false, 50000), FAIL_NONE);
    assert_int_equal(world_event(w, EVENT_refund_ended)->refund_ended.why, REFUND_END_OPERATOR);
}

static fail_t cancel(world_t *w, uint64_t number)
{
    request_t request = {.type = REQUEST_refund_cancel};
    request.refund_cancel.refund = number;
    return world_command(w, &request, ROLE_OPERATOR);
}

static void what_has_not_left_can_be_canceled(void **state)
{
    world_t *w = *state;
    uint64_t number = begun(w, paid(w), 50000);
    assert_int_equal(cancel(w, 5), FAIL_MISSING);
    assert_int_equal(cancel(w, number), FAIL_NONE);
    held(w, number); // too late
    assert_string_equal(world_events(w), "");
    assert_null(wanted(w));
    number = left(w, paid(w), 50000);
    assert_int_equal(cancel(w, number), FAIL_STATE);
}

static void parts_are_probed_by_one_refund(void **state)
{
    world_t *w = *state;
    uint64_t first = paid(w), other = paid(w);
    (void)sent(w, first, 10000);
    assert_int_equal(refund(w, other, 10000), FAIL_STATE); // the first is not over
    assert_int_equal(refund(w, other, 50000), FAIL_NONE);  // a whole one is no part
    told(w, "finished", "100.000000");
    assert_int_equal(core(w)->refunds->partial, PARTIAL_YES);
    assert_int_equal(refund(w, first, 40001), FAIL_STATE);
    assert_int_equal(refund(w, first, 40000), FAIL_NONE); // the rest, which is a part too
    assert_true(world_event(w, EVENT_refund_requested)->refund_requested.partial);
}

static void a_shop_that_takes_no_part_is_not_asked_again(void **state)
{
    world_t *w = *state;
    uint64_t invoice = paid(w);
    (void)left(w, invoice, 10000);
    answered(w, RESULT_ANSWERED, 200,
             "{\"success\":false,\"message\":\"NotEnoughOperationFunds\",\"requestId\":null}");
    assert_int_equal(core(w)->refunds->partial, PARTIAL_UNKNOWN); // that says nothing of parts
    (void)left(w, invoice, 10000);
    answered(w, RESULT_ANSWERED, 200, "{\"success\":false,\"message\":\"x\",\"requestId\":null}");
    assert_int_equal(core(w)->refunds->partial, PARTIAL_NO);
    assert_int_equal(refund(w, invoice, 10000), FAIL_STATE);
    assert_int_equal(refund(w, invoice, 50000), FAIL_NONE);
}

static void an_operation_that_is_not_paid_is_asked_about_again(void **state)
{
    world_t *w = *state;
    uint64_t number = begun(w, paid(w), 50000);
    held(w, number);
    answered(w, RESULT_ANSWERED, 200, operation(50));
    assert_string_equal(world_events(w), "");
    assert_null(wanted(w));
    w->now += HOUR_US;
    answered(w, RESULT_NO_ANSWER, 0, NULL);
    w->now += HOUR_US;
    answered(w, RESULT_ANSWERED, 200, operation(100));
    assert_string_equal(world_events(w), "refund.left");
}

// Create names the operation by its OpKey: without one nothing may leave.
static void an_answer_that_names_no_operation_sends_nothing(void **state)
{
    world_t *w = *state;
    static const char *const bodies[] = {
        "", "no such page",
        "<OperationStateResponse><Result><Code>3</Code></Result></OperationStateResponse>",
        "<OperationStateResponse><Result><Code>0</Code></Result></OperationStateResponse>",
        "<OperationStateResponse><Result><Code>0</Code></Result><State><Code>100</Code></State>"
        "<Info><OutSum>500.000000</OutSum></Info></OperationStateResponse>"};
    held(w, begun(w, paid(w), 50000));
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        answered(w, RESULT_ANSWERED, 200, bodies[i]);
        assert_string_equal(world_events(w), "");
        w->now += 12 * HOUR_US;
    }
}

static void an_answer_about_a_refund_that_is_none_says_nothing(void **state)
{
    world_t *w = *state;
    uint64_t number = sent(w, paid(w), 50000);
    static const unsigned statuses[] = {500, 200};
    for (size_t i = 0; i < 2; i++) {
        w->now += DAY_US;
        answered(w, RESULT_ANSWERED, statuses[i], "{\"message\":\"later\"}");
        assert_string_equal(world_events(w), "");
    }
    held(w, number + 1); // no refund of ours
    not_held(w, number + 1, REFUND_REFUSED_SPENT);
    assert_string_equal(world_events(w), "");
    told(w, "finished", "500.000000");
    assert_string_equal(world_events(w), "refund.done");
}

static void a_chargeback_stops_what_is_here_and_marks_what_left(void **state)
{
    world_t *w = *state;
    uint64_t here = begun(w, paid(w), 50000), gone = left(w, paid(w), 50000);
    (void)world_posting(w, &MOVES_ACCOUNT, POSTING_CHARGEBACK, true, 0, 0);
    assert_int_equal(state_of(w, here), REFUND_CANCELED);
    assert_true(row_of(w, gone)->disputed);
    assert_int_equal(state_of(w, gone), REFUND_LEFT);
    (void)world_posting(w, &MOVES_ACCOUNT, POSTING_CHARGEBACK, true, 0, 0);
    assert_null(world_event(w, EVENT_refund_disputed));
}

static char said[512];

static void note(void *arg, alarm_t code, const char *about)
{
    (void)arg;
    size_t used = strlen(said);
    assert_int_equal(code, ALARM_REFUND);
    snprintf(said + used, sizeof said - used, "%s; ", about);
}

static const char *light(world_t *w)
{
    said[0] = '\0';
    payment_light(core(w), w->now, note, NULL);
    return said;
}

static void what_is_for_people_is_in_the_light(void **state)
{
    world_t *w = *state;
    char lost[128], both[256];
    uint64_t first = left(w, paid(w), 50000);
    assert_string_equal(light(w), "");
    answered(w, RESULT_NO_ANSWER, 0, "");
    uint64_t second = left(w, paid(w), 50000);
    answered(w, RESULT_NO_ANSWER, 0, "");
    snprintf(lost, sizeof lost, "refund %llu: no answer, or none that is understood; ",
             (unsigned long long)first);
    snprintf(both, sizeof both, "%srefund %llu: no answer, or none that is understood; ", lost,
             (unsigned long long)second);
    assert_string_equal(light(w), both);
    request_t request = {.type = REQUEST_refund_resolve,
                         .refund_resolve = {.refund = second, .amount = 50000, .done = true}};
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_NONE);
    assert_string_equal(light(w), lost);
    request.refund_resolve.refund = first;
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_NONE);
    assert_string_equal(light(w), "");
}

static void a_dispute_of_what_is_under_way_is_in_the_light(void **state)
{
    world_t *w = *state;
    char wanted_text[128];
    uint64_t number = sent(w, paid(w), 50000);
    assert_string_equal(light(w), "");
    (void)world_posting(w, &MOVES_ACCOUNT, POSTING_CHARGEBACK, true, 0, 0);
    snprintf(wanted_text, sizeof wanted_text,
             "refund %llu: a chargeback came while it is under way; ", (unsigned long long)number);
    assert_string_equal(light(w), wanted_text);
    told(w, "finished", "500.000000");
    assert_string_equal(light(w), "");
}

static void a_full_refund_suspends_before_it_leaves(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_link(w, &MOVES_ACCOUNT, 500, 3);
    uint64_t number = begun(w, invoice, 50000);
    (void)world_posting(w, &MOVES_ACCOUNT, POSTING_HOLD, true, 0, 0);
    assert_string_equal(world_events(w), "mandate.refunded");
    held(w, number);
    assert_string_equal(world_events(w), "refund.approved");
}

static void the_page_has_the_newest_first(void **state)
{
    world_t *w = *state;
    uint64_t invoices[3], numbers[3];
    for (size_t i = 0; i < 3; i++) {
        invoices[i] = paid(w);
        numbers[i] = begun(w, invoices[i], 50000);
    }
    request_t request = {.type = REQUEST_refunds, .refunds.limit = 2};
    answer_t answer;
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.refunds.count, 2);
    assert_int_equal(answer.refunds.next, numbers[1]);
    wire_t wire;
    uint64_t number;
    wire_start(&wire, answer.refunds.rows.data, answer.refunds.rows.size);
    assert_int_equal(wire_array(&wire, 64), 12);
    wire_u64(&wire, &number);
    assert_int_equal(number, numbers[2]);
    request.refunds.before = answer.refunds.next;
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.refunds.count, 1);
    assert_int_equal(answer.refunds.next, 0);
    request.refunds = (request_refunds_t){.limit = 100, .invoice = invoices[1]};
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.refunds.count, 1);
    request.refunds = (request_refunds_t){.limit = 100, .states = 1 << REFUND_DONE};
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.refunds.count, 0);
    request.refunds.limit = 101;
    assert_int_equal(world_query(w, &request, &answer), FAIL_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(a_refund_goes_its_way_once),
        MOVES_TEST(what_breaks_a_rule_is_refused),
        MOVES_TEST(what_a_person_moves_is_its_amount),
        MOVES_TEST(no_answer_is_unknown_and_never_sent_again),
        MOVES_TEST(without_a_connection_it_is_sent_again),
        MOVES_TEST(after_a_restart_what_may_have_left_is_unknown),
        MOVES_TEST(no_answer_in_time_is_unknown),
        MOVES_TEST(what_a_lost_journal_may_have_sent_is_unknown),
        MOVES_TEST(a_refusal_ends_it),
        MOVES_TEST(another_amount_is_for_people),
        MOVES_TEST(in_the_cabinet_it_is_canceled),
        MOVES_TEST(after_thirty_days_it_is_for_people),
        MOVES_TEST(people_resolve_what_is_unknown_alone),
        MOVES_TEST(what_has_not_left_can_be_canceled),
        MOVES_TEST(parts_are_probed_by_one_refund),
        MOVES_TEST(a_shop_that_takes_no_part_is_not_asked_again),
        MOVES_TEST(an_operation_that_is_not_paid_is_asked_about_again),
        MOVES_TEST(an_answer_that_names_no_operation_sends_nothing),
        MOVES_TEST(an_answer_about_a_refund_that_is_none_says_nothing),
        MOVES_TEST(a_chargeback_stops_what_is_here_and_marks_what_left),
        MOVES_TEST(what_is_for_people_is_in_the_light),
        MOVES_TEST(a_dispute_of_what_is_under_way_is_in_the_light),
        MOVES_TEST(a_full_refund_suspends_before_it_leaves),
        MOVES_TEST(the_page_has_the_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
