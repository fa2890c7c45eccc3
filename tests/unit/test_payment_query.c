// What payment answers: a top-up's link, a payer's return, what is open.
#include "proto/payment_number.h"
#include "tests/model/payment_moves.h"
#include <inttypes.h>

static void a_return_of_the_browser_shows_a_state_and_credits_nothing(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0), last = world_last(w);
    answer_t answer;
    assert_int_equal(world_return(w, SHOP_PASSWORD1, invoice, "500.000000", false, &answer),
                     FAIL_NONE);
    assert_int_equal(answer.success.invoice, invoice);
    assert_int_equal(answer.success.state, PAYMENT_CREATED);
    assert_int_equal(world_return(w, SHOP_PASSWORD2, invoice, "500.000000", false, &answer),
                     FAIL_SIGNATURE);
    assert_int_equal(world_return(w, SHOP_PASSWORD2, invoice, "500.000000", true, &answer),
                     FAIL_NONE);
    assert_int_equal(world_return(w, SHOP_PASSWORD1, invoice + 1, "500.000000", false, &answer),
                     FAIL_SIGNATURE);
    assert_int_equal(world_last(w), last);
}

static void a_topups_link_is_rebuilt_from_its_event(void **state)
{
    world_t *w = *state;
    request_t request = {.type = REQUEST_topup};
    request.topup.account = MOVES_ACCOUNT;
    request.topup.amount_rub = 500;
    answer_t plain, ticked;
    char first[ROBOKASSA_REQUEST_MAX];
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_NONE);
    assert_int_equal(world_answer(w, &request, &plain), FAIL_NONE);
    assert_int_equal(plain.topup.invoice, payment_number_next(0, w->now));
    snprintf(first, sizeof first, "%.*s", (int)plain.topup.link.size, plain.topup.link.data);
    assert_non_null(strstr(first, SHOP_PAYMENT_URL "?MerchantLogin=subs_shop"));
    char number[64];
    snprintf(number, sizeof number, "&OutSum=500.00&InvId=%" PRIu64 "&", plain.topup.invoice);
    assert_non_null(strstr(first, number));
    assert_non_null(strstr(first, "&Shp_token="));
    assert_null(strstr(first, "Recurring"));
    assert_int_equal(world_answer(w, &request, &plain), FAIL_NONE);
    assert_memory_equal(plain.topup.link.data, first, plain.topup.link.size);

    request.topup.count_max = 3;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_NONE);
    assert_int_equal(world_answer(w, &request, &ticked), FAIL_NONE);
    assert_int_equal(ticked.topup.invoice, plain.topup.invoice + PAYMENT_PARTITIONS);
    assert_non_null(memmem(ticked.topup.link.data, ticked.topup.link.size, "&Recurring=true", 15));
}

static void counters_name_what_is_open(void **state)
{
    world_t *w = *state;
    moves_charge_in(w, PAYMENT_UNKNOWN);
    char text[512];
    assert_true(payment_core.counters(world_core_state(w), text, sizeof text) > 0);
    assert_non_null(strstr(text, "invoices 2\npayments_open 1\npayments_unknown 1\n"));
    assert_non_null(strstr(text, "mandates_live 1\n"));
    assert_int_equal(payment_core.counters(world_core_state(w), text, 10), 0);
}

// A journal from before there were numbers of 15 digits, and what it took since: those of the old
// kind are larger and stand first.
static void old_numbers_and_new_ones_are_found_in_one_journal(void **state)
{
    world_t *w = *state;
    uint64_t numbers[40];
    for (size_t i = 0; i < LENGTH(numbers); i++) {
        event_t event = {.type = EVENT_payment_created, .at = w->now};
        event.payment_created = (event_payment_created_t){.account = MOVES_ACCOUNT,
                                                          .kind = PAYMENT_KIND_TOPUP,
                                                          .amount = 100 + (kopecks_t)i,
                                                          .expires = w->now + DAY_US};
        numbers[i] = event.payment_created.invoice = UINT64_C(1767225600000000001) + i;
        if (i < LENGTH(numbers) / 2) {
            harness_append(w->harness, &event);
            continue;
        }
        w->now += SECOND_US;
        numbers[i] = world_topup(w, &MOVES_ACCOUNT, 100 + i, 0);
        assert_true(numbers[i] <= PAYMENT_NUMBER_MAX);
    }
    for (size_t i = 0; i < LENGTH(numbers); i++) {
        request_t request = {.type = REQUEST_payment, .payment.invoice = numbers[i]};
        answer_t answer;
        assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
        assert_int_equal(answer.payment.amount,
                         i < LENGTH(numbers) / 2 ? 100 + i : 10000 + 100 * i);
    }
}

// For a customer another's payment is one that is not there.
static void a_payment_is_told_to_its_owner(void **state)
{
    world_t *w = *state;
    static const uid_t16 stranger = {{99}};
    uint64_t number = world_topup(w, &MOVES_ACCOUNT, 100, 0);
    request_t request = {.type = REQUEST_payment, .payment.invoice = number};
    event_t event = {.type = EVENT_payment_created, .payment_created.account = MOVES_ACCOUNT};
    recalled_t recalled = {.event = &event};
    answer_t answer = {0};
    query_t owner = {.answer = &answer, .recalled = &recalled, .owner = &MOVES_ACCOUNT};
    query_t other = {.answer = &answer, .recalled = &recalled, .owner = &stranger};
    const void *core = world_core_state(w);
    assert_int_equal(payment_core.query(core, &request, NULL, 0, &owner), FAIL_NONE);
    assert_int_equal(payment_core.query(core, &request, NULL, 0, &other), FAIL_MISSING);
}

// It is made again from its event, for the customer and nobody else, as long as it can be paid.
static void an_open_topup_has_a_link_for_its_customer_alone(void **state)
{
    world_t *w = *state;
    char scratch[ROBOKASSA_REQUEST_MAX];
    request_t topup = {.type = REQUEST_topup};
    topup.topup.account = MOVES_ACCOUNT;
    topup.topup.amount_rub = 500;
    topup.topup.count_max = 3;
    answer_t said, answer = {0};
    assert_int_equal(world_command(w, &topup, ROLE_WEB), FAIL_NONE);
    event_t event = *world_event(w, EVENT_payment_created);
    assert_int_equal(world_answer(w, &topup, &said), FAIL_NONE);
    request_t request = {.type = REQUEST_payment, .payment.invoice = said.topup.invoice};
    recalled_t recalled = {.event = &event};
    query_t query = {.answer = &answer,
                     .recalled = &recalled,
                     .owner = &MOVES_ACCOUNT,
                     .scratch = (uint8_t *)scratch,
                     .scratch_size = sizeof scratch};
    const void *core = world_core_state(w);
    assert_int_equal(payment_core.query(core, &request, NULL, 0, &query), FAIL_NONE);
    assert_true(said.topup.link.size > 0 && text_equal(answer.payment.link, said.topup.link));
    answer = (answer_t){0};
    query.owner = NULL; // an operator
    assert_int_equal(payment_core.query(core, &request, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(answer.payment.link.size, 0);
    answer = (answer_t){0};
    query.owner = &MOVES_ACCOUNT;
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, said.topup.invoice, "500.000000", false),
                     FAIL_NONE);
    assert_int_equal(payment_core.query(core, &request, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(answer.payment.state, PAYMENT_SUCCEEDED);
    assert_int_equal(answer.payment.link.size, 0);
}

typedef struct {
    uint64_t count, next, numbers[100], states[100];
    kopecks_t amounts[100];
    instant_t created[100];
} page_t;

static fail_t page_of(world_t *w, const uid_t16 *account, uint64_t before, uint64_t states,
                      uint64_t limit, page_t *ret_page)
{
    request_t request = {.type = REQUEST_payments};
    request.payments = (request_payments_t){
        .account = *account, .before = before, .states = states, .limit = limit};
    answer_t answer;
    fail_t fail = world_query(w, &request, &answer);
    if (fail)
        return fail;
    *ret_page = (page_t){.count = answer.payments.count, .next = answer.payments.next};
    wire_t wire;
    wire_start(&wire, answer.payments.rows.data, answer.payments.rows.size);
    for (uint64_t i = 0; i < ret_page->count; i++) {
        uint64_t kind, asked, receipts[2];
        assert_int_equal(wire_array(&wire, 8), 8);
        wire_u64(&wire, &ret_page->numbers[i]);
        wire_u64(&wire, &kind);
        wire_u64(&wire, &ret_page->states[i]);
        wire_i64(&wire, &ret_page->amounts[i]);
        wire_i64(&wire, &ret_page->created[i]);
        wire_u64(&wire, &asked);
        wire_u64(&wire, &receipts[0]);
        wire_u64(&wire, &receipts[1]);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    return FAIL_NONE;
}

// Two accounts' payments lie between each other; each list has its own, whole, newest first.
static void an_accounts_payments_are_listed_page_by_page(void **state)
{
    world_t *w = *state;
    static const uid_t16 other = {{77}}, nobody = {{78}};
    enum { COUNT = 23, PAGE = 5 };
    uint64_t numbers[COUNT], others = 0;
    instant_t began = w->now;
    for (unsigned i = 0; i < COUNT; i++) {
        numbers[i] = world_topup(w, &MOVES_ACCOUNT, 100 + i, 0);
        others = world_topup(w, &other, 50, 0);
        w->now += SECOND_US;
    }
    page_t page;
    uint64_t before = 0, seen = 0;
    do {
        assert_int_equal(page_of(w, &MOVES_ACCOUNT, before, 0, PAGE, &page), FAIL_NONE);
        for (uint64_t i = 0; i < page.count; i++, seen++) {
            assert_int_equal(page.numbers[i], numbers[COUNT - 1 - seen]);
            assert_int_equal(page.amounts[i], 100 * (100 + COUNT - 1 - (kopecks_t)seen));
            assert_int_equal(page.created[i], began + (COUNT - 1 - (instant_t)seen) * SECOND_US);
        }
        before = page.next;
    } while (before);
    assert_int_equal(seen, COUNT);
    // the last one ends exactly at a page's border
    assert_int_equal(page_of(w, &MOVES_ACCOUNT, 0, 0, COUNT, &page), FAIL_NONE);
    assert_true(page.count == COUNT && page.next == 0);
    assert_int_equal(page_of(w, &nobody, 0, 0, 1, &page), FAIL_UNKNOWN_ACCOUNT);
    assert_int_equal(page_of(w, &MOVES_ACCOUNT, others, 0, 1, &page), FAIL_MISSING);
    assert_int_equal(page_of(w, &MOVES_ACCOUNT, 1, 0, 1, &page), FAIL_MISSING);
    assert_int_equal(page_of(w, &MOVES_ACCOUNT, 0, 0, 0, &page), FAIL_INVALID);
    assert_int_equal(page_of(w, &MOVES_ACCOUNT, 0, 0, 101, &page), FAIL_INVALID);
}

// What is passed over is bounded: a page may be empty and go on.
static void a_question_for_rare_states_goes_on_behind_many_others(void **state)
{
    world_t *w = *state;
    moves_charge_in(w, PAYMENT_UNKNOWN); // and the top-up that linked the card
    page_t page;
    assert_int_equal(page_of(w, &MOVES_ACCOUNT, 0, 1 << PAYMENT_UNKNOWN, 10, &page), FAIL_NONE);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.states[0], PAYMENT_UNKNOWN);
    for (unsigned i = 0; i < 2100; i++) {
        event_t event = {.type = EVENT_payment_created, .at = w->now};
        event.payment_created =
            (event_payment_created_t){.invoice = UINT64_C(1767225600000000001) + i,
                                      .account = MOVES_ACCOUNT,
                                      .kind = PAYMENT_KIND_TOPUP,
                                      .amount = 100,
                                      .expires = w->now + DAY_US};
        harness_append(w->harness, &event);
    }
    unsigned pages = 0;
    uint64_t found = 0, before = 0;
    do {
        assert_int_equal(page_of(w, &MOVES_ACCOUNT, before, 1 << PAYMENT_SUCCEEDED, 10, &page),
                         FAIL_NONE);
        found += page.count;
        before = page.next;
        pages++;
    } while (before);
    assert_int_equal(found, 1);
    assert_int_equal(pages, 3);
}

static size_t table_row_of(world_t *w, uint64_t *ret_invoice, uint64_t *ret_kind)
{
    static uint8_t bytes[4096];
    size_t count;
    pack_t rows;
    pack_start(&rows, bytes, sizeof bytes);
    assert_int_equal(payment_core.table(world_core_state(w), 0, &rows, &count), 0);
    if (!count)
        return 0;
    wire_t wire;
    uint64_t number, last;
    uid_t16 id;
    instant_t opened;
    wire_start(&wire, bytes, pack_end(&rows));
    assert_int_equal(wire_array(&wire, 6), 6);
    wire_u64(&wire, &number);
    wire_uid(&wire, &id);
    wire_u64(&wire, ret_invoice);
    wire_u64(&wire, ret_kind);
    wire_i64(&wire, &opened);
    wire_u64(&wire, &last);
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    assert_true(uid_equal(&id, &MOVES_ACCOUNT));
    assert_int_equal(last, world_last(w));
    return count;
}

static void the_table_has_what_may_be_under_way(void **state)
{
    world_t *w = *state;
    uint64_t invoice = 0, kind = 0;
    assert_int_equal(table_row_of(w, &invoice, &kind), 0);
    uint64_t form = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    assert_int_equal(table_row_of(w, &invoice, &kind), 1);
    assert_int_equal(invoice, form);
    assert_int_equal(kind, PAYMENT_KIND_TOPUP);
    uint64_t charge = moves_charge_in(w, PAYMENT_UNKNOWN);
    assert_int_equal(table_row_of(w, &invoice, &kind), 1);
    assert_int_equal(invoice, charge);
    assert_int_equal(kind, PAYMENT_KIND_AUTOPAY);
}

static void what_has_no_event_of_its_own_is_not_answered(void **state)
{
    world_t *w = *state;
    const event_t proposed = {.type = EVENT_command_proposed},
                  other = {.type = EVENT_payment_expired};
    answer_t answer = {.type = REQUEST_topup};
    request_t request = {.type = REQUEST_topup};
    query_t query = {.answer = &answer};
    const void *core = world_core_state(w);
    assert_int_equal(payment_core.query(core, &request, NULL, 0, &query), FAIL_CORRUPT);
    assert_int_equal(payment_core.query(core, &request, &other, 3, &query), FAIL_CORRUPT);
    request = (request_t){.type = REQUEST_payment_resolve};
    answer = (answer_t){.type = REQUEST_payment_resolve};
    assert_int_equal(payment_core.query(core, &request, &proposed, 3, &query), FAIL_NONE);
    assert_true(answer.payment_resolve.pending);
    assert_int_equal(payment_core.query(core, &request, &other, 3, &query), FAIL_NONE);
    assert_false(answer.payment_resolve.pending);
    assert_int_equal(payment_core.query(core, &request, NULL, 0, &query), FAIL_NONE);
    assert_false(answer.payment_resolve.pending);
    request =
        (request_t){.type = REQUEST_callback, .callback.fields = {(const uint8_t *)"\xc1", 1}};
    assert_int_equal(payment_core.query(core, &request, NULL, 0, &query), FAIL_SIGNATURE);
    request = (request_t){.type = REQUEST_success, .success.fields = {(const uint8_t *)"\xc1", 1}};
    assert_int_equal(payment_core.query(core, &request, NULL, 0, &query), FAIL_SIGNATURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(a_return_of_the_browser_shows_a_state_and_credits_nothing),
        MOVES_TEST(a_topups_link_is_rebuilt_from_its_event),
        MOVES_TEST(old_numbers_and_new_ones_are_found_in_one_journal),
        MOVES_TEST(a_payment_is_told_to_its_owner),
        MOVES_TEST(an_open_topup_has_a_link_for_its_customer_alone),
        MOVES_TEST(counters_name_what_is_open),
        MOVES_TEST(the_table_has_what_may_be_under_way),
        MOVES_TEST(an_accounts_payments_are_listed_page_by_page),
        MOVES_TEST(a_question_for_rare_states_goes_on_behind_many_others),
        MOVES_TEST(what_has_no_event_of_its_own_is_not_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
