// What a stranger's form becomes: the request to payment that it says, or none.
#include "services/web/edge.h"
#include "proto/codes.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const uid_t16 id = {{7}};
static uint8_t buffer[EDGE_PACKED_MAX];

static fail_t read_form(edge_read_fn *read, const char *form, request_t *ret_request)
{
    return read(span_of(form), &id, buffer, sizeof buffer, ret_request);
}

static void a_notice_is_a_command_with_its_decoded_fields(void **state)
{
    (void)state;
    static const uint8_t packed[] = {0x92, 0x92, 0xa6, 'O', 'u',  't',  'S', 'u', 'm',
                                     0xa3, '1',  ' ',  '2', 0x92, 0xa1, 'x', 0xa0};
    request_t request;
    assert_int_equal(read_form(edge_read_notice, "OutSum=1+%32&x=", &request), FAIL_NONE);
    assert_int_equal(request.type, REQUEST_callback);
    assert_true(uid_equal(&request.id, &id));
    assert_int_equal(request.callback.fields.size, sizeof packed);
    assert_memory_equal(request.callback.fields.data, packed, sizeof packed);
}

static void a_payers_return_is_a_question_without_an_id(void **state)
{
    (void)state;
    request_t request;
    assert_int_equal(read_form(edge_read_success, "InvId=5", &request), FAIL_NONE);
    assert_int_equal(request.type, REQUEST_success);
    assert_true(uid_is_zero(&request.id));
    assert_false(request.success.failed);
    assert_int_equal(read_form(edge_read_failure, "InvId=5", &request), FAIL_NONE);
    assert_int_equal(request.type, REQUEST_success);
    assert_true(uid_is_zero(&request.id));
    assert_true(request.success.failed);
}

static void whether_payment_is_well_is_asked_without_a_form(void **state)
{
    (void)state;
    request_t request;
    assert_int_equal(read_form(edge_read_health, "", &request), FAIL_NONE);
    assert_int_equal(request.type, REQUEST_status);
    assert_true(uid_is_zero(&request.id));
}

static void a_form_that_is_broken_or_too_long_makes_no_request(void **state)
{
    (void)state;
    static char large[EDGE_BODY_MAX + 1];
    memset(large, 'a', sizeof large);
    edge_read_fn *const readers[] = {edge_read_notice, edge_read_success, edge_read_failure};
    for (size_t i = 0; i < 3; i++) {
        request_t request = {.type = REQUEST_balance};
        assert_int_equal(read_form(readers[i], "OutSum=%zz", &request), FAIL_INVALID);
        assert_int_equal(
            readers[i]((span_t){large, sizeof large}, &id, buffer, sizeof buffer, &request),
            FAIL_INVALID);
        assert_int_equal(request.type, REQUEST_balance);
        for (size_t cap = 0; cap < 12; cap++) // what is packed takes 11 bytes
            assert_int_equal(readers[i](SPAN("abc=defg"), &id, buffer, cap, &request),
                             cap < 11 ? FAIL_INVALID : FAIL_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_is_a_command_with_its_decoded_fields),
        cmocka_unit_test(a_payers_return_is_a_question_without_an_id),
        cmocka_unit_test(whether_payment_is_well_is_asked_without_a_form),
        cmocka_unit_test(a_form_that_is_broken_or_too_long_makes_no_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
