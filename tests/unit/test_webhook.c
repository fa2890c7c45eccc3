// test_webhook - signatures of notices: the published vectors, two keys, and what is refused.
#include "services/base/webhook.h"
#include "documents_fixture.h"

#define PUBLIC_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define PUBLIC_SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
// The keys 00 01 … 1f and 20 21 … 3f; their signatures were made with Python's hmac and base64.
#define OLD_SECRET "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define NEW_SECRET "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
#define OLD_SIGNATURE "v1,X57MQ44JsWTWS5Fb8Yxuxp2Higt1w3ilJzWVvdqBgo0="
#define NEW_SIGNATURE "v1,VjD0JRvF3kPUUgjPUKyBZsEAhg8tYpb1Y9Hdh5bJ6Ns="

static const webhook_t published = {SPAN("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
                                    SPAN("{\"test\": 2432232314}")};
static const webhook_t ours = {SPAN("evt_000000000042"), 1780304520,
                               SPAN("{\"type\":\"account.low\",\"timestamp\":\"2026-06-01T09:02:"
                                    "00Z\",\"data\":{\"account\":\"a1\","
                                    "\"balance_kop\":9999,\"threshold_kop\":10000}}")};

static webhook_key_t key(const char *secret)
{
    webhook_key_t read = {.size = 0};
    assert_true(webhook_key_read(span_of(secret), &read));
    return read;
}

static bool verify(const webhook_t *notice, const char *signatures, const char *secret)
{
    webhook_key_t read = key(secret);
    return webhook_verify(notice, span_of(signatures), &read, 1, notice->seconds);
}

static void the_published_vector_is_signed_and_verified(void **state)
{
    (void)state;
    char header[WEBHOOK_SIGNATURES_SIZE];
    webhook_key_t read = key(PUBLIC_SECRET);
    assert_int_equal(webhook_sign(&published, &read, 1, header), strlen(PUBLIC_SIGNATURE));
    assert_string_equal(header, PUBLIC_SIGNATURE);
    assert_true(verify(&published, PUBLIC_SIGNATURE, PUBLIC_SECRET));
    assert_false(verify(&published, PUBLIC_SIGNATURE, OLD_SECRET));
}

static void two_keys_sign_while_a_secret_is_changed(void **state)
{
    (void)state;
    char header[WEBHOOK_SIGNATURES_SIZE];
    const webhook_key_t keys[] = {key(OLD_SECRET), key(NEW_SECRET)};
    assert_int_equal(webhook_sign(&ours, keys, 2, header), strlen(OLD_SIGNATURE " " NEW_SIGNATURE));
    assert_string_equal(header, OLD_SIGNATURE " " NEW_SIGNATURE);
    assert_true(verify(&ours, header, OLD_SECRET));
    assert_true(verify(&ours, header, NEW_SECRET));
    assert_false(verify(&ours, header, PUBLIC_SECRET));
    // A receiver that has both takes either.
    assert_true(webhook_verify(&ours, span_of(NEW_SIGNATURE), keys, 2, ours.seconds));
}

static void a_signature_is_over_id_timestamp_and_body(void **state)
{
    (void)state;
    webhook_t other = ours;
    other.id = SPAN("evt_000000000043");
    assert_false(verify(&other, OLD_SIGNATURE, OLD_SECRET));
    other = ours;
    other.seconds++;
    assert_false(verify(&other, OLD_SIGNATURE, OLD_SECRET));
    other = ours;
    other.body.size--;
    assert_false(verify(&other, OLD_SIGNATURE, OLD_SECRET));
}

static void a_timestamp_is_at_most_five_minutes_away(void **state)
{
    (void)state;
    static const struct {
        int64_t away;
        bool taken;
    } cases[] = {{0, true}, {300, true}, {-300, true}, {301, false}, {-301, false}};
    webhook_key_t read = key(OLD_SECRET);
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(
            webhook_verify(&ours, span_of(OLD_SIGNATURE), &read, 1, ours.seconds + cases[i].away),
            cases[i].taken);
    assert_false(webhook_verify(&ours, span_of(OLD_SIGNATURE), &read, 1, -1));
}

static void one_good_signature_among_others_is_enough(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool taken;
    } cases[] = {
        {"v1a,AAAA " OLD_SIGNATURE, true},
        {"v1,AAAA  " OLD_SIGNATURE " v2,x", true},
        {NEW_SIGNATURE " " OLD_SIGNATURE, true},
        {"", false},
        {" ", false},
        {"v1,", false},
        {"v2,X57MQ44JsWTWS5Fb8Yxuxp2Higt1w3ilJzWVvdqBgo0=", false},
        {"X57MQ44JsWTWS5Fb8Yxuxp2Higt1w3ilJzWVvdqBgo0=", false},
        {"v1,X57MQ44JsWTWS5Fb8Yxuxp2Higt1w3ilJzWVvdqBgo0", false},
        {"v1,X57MQ44JsWTWS5Fb8Yxuxp2Higt1w3ilJzWVvdqBgo1=", false}, // the same bytes otherwise
        {"v1,X57MQ44JsWTWS5Fb8Yxuxp2Higt1w3ilJzWVvdqB", false},
        {"1 2 3 4 5 6 7 " OLD_SIGNATURE, true},
        {"1 2 3 4 5 6 7 8 " OLD_SIGNATURE, false}, // so many are not looked at
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(verify(&ours, cases[i].header, OLD_SECRET), cases[i].taken);
}

static void what_is_no_secret_is_no_key(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec-MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=",            // 23 bytes
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",          // a line end of its file
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", // without its padding
    };
    webhook_key_t read = {.size = 7};
    for (size_t i = 0; i < LENGTH(bad); i++)
        assert_false(webhook_key_read(span_of(bad[i]), &read));
    assert_int_equal(read.size, 7);
    assert_int_equal(key(PUBLIC_SECRET).size, 24);
    assert_int_equal(key(OLD_SECRET).size, 32);
}

static void what_is_no_notice_is_not_signed(void **state)
{
    (void)state;
    static char body[WEBHOOK_BODY_MAX + 1];
    char header[WEBHOOK_SIGNATURES_SIZE], id[WEBHOOK_ID_MAX + 1];
    webhook_key_t keys[3] = {key(OLD_SECRET), key(OLD_SECRET), key(OLD_SECRET)};
    memset(id, 'a', sizeof id);
    memset(body, '{', sizeof body);
    const webhook_t bad[] = {
        {SPAN(""), 1, SPAN("{}")},
        {{id, sizeof id}, 1, SPAN("{}")},
        {SPAN("a{b"), 1, SPAN("{}")},
        {SPAN("a b"), 1, SPAN("{}")},
        {SPAN("a\n"), 1, SPAN("{}")},
        {SPAN("a"), -1, SPAN("{}")},
        {SPAN("a"), 1, SPAN("")},
        {SPAN("a"), 1, SPAN("[]")},
        {SPAN("a"), 1, {body, sizeof body}},
    };
    for (size_t i = 0; i < LENGTH(bad); i++) {
        assert_int_equal(webhook_sign(&bad[i], keys, 1, header), 0);
        assert_false(webhook_verify(&bad[i], span_of(OLD_SIGNATURE), keys, 1, 1));
    }
    assert_int_equal(webhook_sign(&ours, keys, 0, header), 0);
    assert_int_equal(webhook_sign(&ours, keys, 3, header), 0);
    const webhook_t largest = {{id, WEBHOOK_ID_MAX}, INT64_MAX, {body, WEBHOOK_BODY_MAX}};
    assert_true(webhook_sign(&largest, keys, 2, header) > 0);
    const webhook_t least = {SPAN("evt_0.2.1-Z"), 0, SPAN("{")};
    assert_true(webhook_sign(&least, keys, 1, header) > 0);
}

static void timestamps_are_digits(void **state)
{
    (void)state;
    char text[WEBHOOK_TIMESTAMP_SIZE];
    static const char *const bad[] = {
        "", "01", "-1", "+1", "1 ", "1.0", "9223372036854775808", "99999999999999999999"};
    int64_t seconds = -7;
    for (size_t i = 0; i < LENGTH(bad); i++)
        assert_false(webhook_timestamp_read(span_of(bad[i]), &seconds));
    assert_int_equal(seconds, -7);
    static const int64_t good[] = {0, 7, 1614265330, INT64_MAX};
    for (size_t i = 0; i < LENGTH(good); i++) {
        assert_true(webhook_timestamp_read(webhook_timestamp_print(good[i], text), &seconds));
        assert_true(seconds == good[i]);
    }
}

static void answers_say_whether_to_send_again(void **state)
{
    (void)state;
    static const struct {
        int status;
        webhook_answer_t answer;
    } cases[] = {{200, WEBHOOK_TAKEN},   {204, WEBHOOK_TAKEN},  {299, WEBHOOK_TAKEN},
                 {199, WEBHOOK_AGAIN},   {0, WEBHOOK_AGAIN},    {301, WEBHOOK_AGAIN},
                 {404, WEBHOOK_AGAIN},   {500, WEBHOOK_AGAIN},  {300, WEBHOOK_AGAIN},
                 {410, WEBHOOK_DISABLE}, {429, WEBHOOK_SLOWER}, {502, WEBHOOK_SLOWER},
                 {504, WEBHOOK_SLOWER},  {503, WEBHOOK_AGAIN}};
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(webhook_answer_read(cases[i].status), cases[i].answer);
}

static void a_notice_is_tried_ten_times_within_a_day(void **state)
{
    (void)state;
    static const int64_t after_s[] = {0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    instant_t first = 1780304520 * SECOND_US, at = 7;
    for (uint32_t i = 0; i < LENGTH(after_s); i++) {
        assert_true(webhook_next_try(first, i, &at));
        assert_true(at == first + after_s[i] * SECOND_US);
    }
    assert_false(webhook_next_try(first, LENGTH(after_s), &at));
    assert_true(at == first + DAY_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_vector_is_signed_and_verified),
        cmocka_unit_test(two_keys_sign_while_a_secret_is_changed),
        cmocka_unit_test(a_signature_is_over_id_timestamp_and_body),
        cmocka_unit_test(a_timestamp_is_at_most_five_minutes_away),
        cmocka_unit_test(one_good_signature_among_others_is_enough),
        cmocka_unit_test(what_is_no_secret_is_no_key),
        cmocka_unit_test(what_is_no_notice_is_not_signed),
        cmocka_unit_test(timestamps_are_digits),
        cmocka_unit_test(answers_say_whether_to_send_again),
        cmocka_unit_test(a_notice_is_tried_ten_times_within_a_day),
    };
    return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
