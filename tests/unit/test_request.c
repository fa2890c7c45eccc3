#include "proto/digest.h"
#include "tools/kopeck_vectors/samples.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static uint64_t *code_at(request_t *request, const field_t *field)
{
    return (uint64_t *)(void *)((char *)&request->status + field->offset);
}

// A sample's codes are any numbers; these are the last ones of their families.
static void make_codes_known(const request_info_t *info, request_t *request)
{
    for (size_t i = 0; i < info->fields_count; i++) {
        const codes_info_t *codes = codes_info(info->fields()[i].family);
        if (codes)
            *code_at(request, &info->fields()[i]) = codes->codes[codes->count - 1].number;
    }
}

static void every_request_and_answer_reads_back(void **state)
{
    (void)state;
    const request_info_t *info;
    for (size_t i = 0; (info = request_info_at(i)); i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX], again[SAMPLE_BYTES_MAX];
        request_t request, read_request;
        answer_t answer, read_answer;
        sample_request(info, &request);
        make_codes_known(info, &request);
        size_t size = request_encode(&request, bytes, sizeof bytes);
        assert_int_equal(request_decode(bytes, size, &read_request, NULL), FAIL_NONE);
        assert_int_equal(read_request.type, info->type);
        assert_int_equal(request_encode(&read_request, again, sizeof again), size);
        assert_memory_equal(bytes, again, size);
        for (size_t cut = 0; cut < size; cut++)
            assert_int_equal(request_decode(bytes, cut, &read_request, NULL), FAIL_INVALID);
        sample_answer(info, &answer);
        size = answer_encode(&answer, bytes, sizeof bytes);
        assert_int_equal(answer_decode(bytes, size, info->type, &read_answer), FAIL_NONE);
        assert_int_equal(answer_encode(&read_answer, again, sizeof again), size);
        assert_memory_equal(bytes, again, size);
        for (size_t cut = 0; cut < size; cut++)
            assert_int_equal(answer_decode(bytes, cut, info->type, &read_answer), FAIL_INVALID);
        assert_int_equal(answer_encode(&answer, again, size - 1), 0);
        assert_ptr_equal(request_info(info->type), info);
    }
}

static void the_number_is_known_of_what_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        size_t size;
        uint64_t number;
        fail_t fail;
    } cases[] = {
        {{0x94, 1, 1, 7, 0xc0}, 5, 7, FAIL_NONE},
        {{0x94, 2, 1, 7, 0xc0}, 5, 7, FAIL_VERSION},
        {{0x94, 1, 99, 7, 0xc0}, 5, 7, FAIL_VERSION},
        {{0x94, 1, 11, 7, 0xc0}, 5, 7, FAIL_INVALID},   // a command without an id
        {{0x94, 1, 1, 7, 0xc2}, 5, 7, FAIL_INVALID},    // neither nil nor an id
        {{0x95, 1, 1, 7, 0xc0, 0x90}, 6, 7, FAIL_NONE}, // a newer asker's field
        {{0x93, 1, 1, 7}, 4, 0, FAIL_INVALID},
        {{0x94, 1, 1, 0xc0, 0xc0}, 5, 0, FAIL_INVALID},
        {{0x94, 1, 0xce, 0, 1, 0, 1, 7}, 8, 7, FAIL_VERSION}, // 65537 is not 1
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        request_t request = {0};
        assert_int_equal(request_decode(cases[i].bytes, cases[i].size, &request, NULL),
                         cases[i].fail);
        assert_int_equal(request.number, cases[i].number);
    }
}

static void a_query_with_an_id_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[64];
    request_t request = {.type = REQUEST_status, .number = 1, .id = {{1}}};
    size_t size = request_encode(&request, bytes, sizeof bytes);
    assert_int_equal(request_decode(bytes, size, &request, NULL), FAIL_INVALID);
}

static void missing_trailing_fields_are_zero(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x95, 1, 53,   7, 0xc4, 16, 1, 1, 1, 1, 1, 1,
                                    0x71, 1, 0x81, 1, 1,    1,  1, 1, 1, 1, 42};
    request_t request;
    assert_int_equal(request_decode(bytes, sizeof bytes, &request, NULL), FAIL_NONE);
    assert_int_equal(request.autopay_policy.threshold, 42);
    assert_int_equal(request.autopay_policy.crowd, 0);
}

static void check_refused(const request_t *request, const field_t *field)
{
    uint8_t bytes[SAMPLE_BYTES_MAX];
    char detail[REQUEST_DETAIL_SIZE], last[64];
    const codes_info_t *codes = codes_info(field->family);
    request_t read = {0};
    size_t size = request_encode(request, bytes, sizeof bytes);
    assert_int_equal(request_decode(bytes, size, &read, NULL), FAIL_INVALID);
    assert_int_equal(request_decode(bytes, size, &read, detail), FAIL_INVALID);
    assert_int_equal(read.number, request->number);
    assert_int_equal(read.type, REQUEST_NONE);
    assert_memory_equal(detail, field->name, strlen(field->name));
    assert_memory_equal(detail + strlen(field->name), ": expected ", strlen(": expected "));
    snprintf(last, sizeof last, " %d %s", (int)codes->codes[codes->count - 1].number,
             codes->codes[codes->count - 1].english);
    assert_string_equal(detail + strlen(detail) - strlen(last), last); // none was left out
}

static void an_unknown_code_is_refused_in_each_request_that_has_one(void **state)
{
    (void)state;
    const request_info_t *info;
    size_t found = 0;
    for (size_t i = 0; (info = request_info_at(i)); i++)
        for (size_t f = 0; f < info->fields_count; f++) {
            request_t request;
            const field_t *field = &info->fields()[f];
            const codes_info_t *codes = codes_info(field->family);
            sample_request(info, &request);
            make_codes_known(info, &request);
            for (uint64_t number = 0; codes && number < 2000; number++) {
                *code_at(&request, field) = number;
                if (!codes_find(field->family, number))
                    check_refused(&request, field);
            }
            if (!codes)
                continue;
            *code_at(&request, field) = (UINT64_C(1) << 32) + codes->codes[0].number;
            check_refused(&request, field);
            found++;
        }
    assert_true(found >=
                6); // post has two; statement, mandate.revoke, payment.resolve, autopay.resume
}

static void a_code_that_was_left_out_is_0(void **state)
{
    (void)state;
    static const uint8_t statement[] = {0x94, 1, REQUEST_statement, 7, 0xc0};
    static const uint8_t revoke[] = {
        0x94, 1, REQUEST_revoke, 7, 0xc4, 16, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    request_t request;
    assert_int_equal(request_decode(statement, sizeof statement, &request, NULL), FAIL_NONE);
    assert_int_equal(request.statement.side, SIDE_ALL);
    assert_int_equal(request_decode(revoke, sizeof revoke, &request, NULL), FAIL_INVALID);
}

static void the_detail_is_empty_when_no_code_is_wrong(void **state)
{
    (void)state;
    uint8_t bytes[64];
    char detail[REQUEST_DETAIL_SIZE] = "before";
    request_t request = {.type = REQUEST_status, .number = 1};
    size_t size = request_encode(&request, bytes, sizeof bytes);
    assert_int_equal(request_decode(bytes, size, &request, detail), FAIL_NONE);
    assert_string_equal(detail, "");
    detail[0] = 'x';
    assert_int_equal(request_decode(bytes, size - 1, &request, detail), FAIL_INVALID);
    assert_string_equal(detail, "");
}

static void an_answer_that_failed_has_no_fields(void **state)
{
    (void)state;
    uint8_t bytes[256];
    answer_t answer = {.type = REQUEST_balance,
                       .number = 3,
                       .fail = FAIL_LATER,
                       .sequence = 9,
                       .detail = text_of("not yet")};
    answer.balance.cash = 77;
    size_t size = answer_encode(&answer, bytes, sizeof bytes);
    assert_int_equal(bytes[0], 0x95);
    answer_t read;
    assert_int_equal(answer_decode(bytes, size, REQUEST_balance, &read), FAIL_NONE);
    assert_int_equal(read.fail, FAIL_LATER);
    assert_int_equal(read.sequence, 9);
    assert_true(text_equal(read.detail, text_of("not yet")));
    assert_int_equal(read.balance.cash, 0);
}

static void a_strange_answer_is_told_from_a_broken_one(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[9];
        size_t size;
        request_type_t type;
        fail_t fail;
    } cases[] = {
        {{0x95, 1, 7, 21, 9, 0xa0}, 6, REQUEST_status, FAIL_NONE},
        {{0x96, 1, 7, 21, 9, 0xa0, 1}, 7, REQUEST_status, FAIL_NONE}, // skipped after a failure
        {{0x95, 2, 7, 21, 9, 0xa0}, 6, REQUEST_status, FAIL_VERSION},
        {{0x94, 1, 7, 21, 9}, 5, REQUEST_status, FAIL_INVALID},
        {{0x95, 1, 7, 21, 9, 0xa0}, 6, (request_type_t)9999, FAIL_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        answer_t read;
        assert_int_equal(answer_decode(cases[i].bytes, cases[i].size, cases[i].type, &read),
                         cases[i].fail);
    }
    answer_t read; // a failure that no byte holds is no success
    static const uint8_t wide[] = {0x95, 1, 7, 0xcd, 1, 0, 9, 0xa0};
    assert_int_equal(answer_decode(wide, sizeof wide, REQUEST_status, &read), FAIL_NONE);
    assert_int_equal(read.fail, FAIL_INVALID);
    assert_null(request_info((request_type_t)9999));
}

// PROTOCOL.md §7, computed here by itself.
static void content_is_the_type_and_the_fields_as_sent(void **state)
{
    (void)state;
    uint8_t bytes[256], plain[256] = {51}, digest[32];
    request_t request = {.type = REQUEST_autopay_hold, .number = 1, .id = {{1}}};
    uid_t16 content, other;
    request.autopay_hold.account.bytes[3] = 9;
    size_t size = request_encode(&request, bytes, sizeof bytes);
    assert_int_equal(request_content(bytes, size, &content), FAIL_NONE);
    size_t fields = 18 + 1, before = size - fields;
    memcpy(plain + 8, bytes + before, fields);
    digest_sha256(plain, 8 + fields, digest);
    assert_memory_equal(content.bytes, digest, 16);

    request.number = 1000; // wider on the wire, the same content
    request.id.bytes[0] = 2;
    size = request_encode(&request, bytes, sizeof bytes);
    assert_int_equal(request_content(bytes, size, &other), FAIL_NONE);
    assert_true(uid_equal(&content, &other));
    request.autopay_hold.held = true;
    size = request_encode(&request, bytes, sizeof bytes);
    assert_int_equal(request_content(bytes, size, &other), FAIL_NONE);
    assert_false(uid_equal(&content, &other));
    assert_int_equal(request_content(bytes, 3, &other), FAIL_INVALID);
}

// A word could be guessed from what is kept of it.
static void of_a_secret_the_content_says_nothing(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    char long_code[600];
    request_t request = {.type = REQUEST_promo_add, .number = 1, .id = {{1}}};
    uid_t16 content, other;
    request.promo_add.campaign = 4;
    request.promo_add.code = text_of("WELCOME");
    size_t size = request_encode(&request, bytes, sizeof bytes);
    assert_int_equal(request_content(bytes, size, &content), FAIL_NONE);
    memset(long_code, 'A', sizeof long_code);
    request.promo_add.code = (text_t){long_code, sizeof long_code};
    size = request_encode(&request, bytes, sizeof bytes);
    assert_int_equal(request_content(bytes, size, &other), FAIL_NONE);
    assert_true(uid_equal(&content, &other));
    assert_int_equal(request_content(bytes, size - 20, &other), FAIL_INVALID);
    request.promo_add.campaign = 5;
    size = request_encode(&request, bytes, sizeof bytes);
    assert_int_equal(request_content(bytes, size, &other), FAIL_NONE);
    assert_false(uid_equal(&content, &other));
}

static void roles_have_names_and_only_these(void **state)
{
    (void)state;
    for (unsigned bit = 1; bit < ROLE_ANY; bit <<= 1)
        assert_int_equal(role_parse(role_name((role_t)bit)), bit);
    static const char *const others[] = {"", "none", "several", "Operator", "operator ", "root"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(role_parse(others[i]), ROLE_NONE);
}

static void text_that_is_none_is_refused_by_its_name(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xcf\xeb\xfe\xf1", "a\xc0\xaf", "\xed\xa0\x80", "a\rb"};
    const request_info_t *info;
    size_t found = 0;
    for (size_t i = 0; (info = request_info_at(i)); i++)
        for (size_t f = 0; f < info->fields_count; f++) {
            const field_t *field = &info->fields()[f];
            if (field->type != FIELD_TYPE_text && field->type != FIELD_TYPE_secret)
                continue;
            for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
                uint8_t bytes[SAMPLE_BYTES_MAX];
                char detail[REQUEST_DETAIL_SIZE], expected[REQUEST_DETAIL_SIZE];
                request_t request, read;
                sample_request(info, &request);
                make_codes_known(info, &request);
                *(text_t *)(void *)((char *)&request.status + field->offset) = text_of(bad[b]);
                size_t size = request_encode(&request, bytes, sizeof bytes);
                assert_int_equal(request_decode(bytes, size, &read, detail), FAIL_INVALID);
                snprintf(expected, sizeof expected, "%s: expected UTF-8 without control characters",
                         field->name);
                assert_string_equal(detail, expected);
                found++;
            }
        }
    assert_in_range(found, 8, 1000); // a tariff's code and title
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_and_answer_reads_back),
        cmocka_unit_test(the_number_is_known_of_what_is_refused),
        cmocka_unit_test(a_query_with_an_id_is_refused),
        cmocka_unit_test(missing_trailing_fields_are_zero),
        cmocka_unit_test(an_unknown_code_is_refused_in_each_request_that_has_one),
        cmocka_unit_test(a_code_that_was_left_out_is_0),
        cmocka_unit_test(the_detail_is_empty_when_no_code_is_wrong),
        cmocka_unit_test(an_answer_that_failed_has_no_fields),
        cmocka_unit_test(a_strange_answer_is_told_from_a_broken_one),
        cmocka_unit_test(content_is_the_type_and_the_fields_as_sent),
        cmocka_unit_test(of_a_secret_the_content_says_nothing),
        cmocka_unit_test(roles_have_names_and_only_these),
        cmocka_unit_test(text_that_is_none_is_refused_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
