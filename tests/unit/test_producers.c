#include "proto/producers.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void a_number_or_a_range_from_100_on_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        stream_t first, last; // 0: refused
    } cases[] = {
        {"100", 100, 100},
        {"200-299", 200, 299},
        {"100-18446744073709551615", 100, UINT64_MAX},
        {"99", 0, 0},
        {"", 0, 0},
        {"0100", 0, 0},
        {"100-", 0, 0},
        {"-100", 0, 0},
        {"+100", 0, 0},
        {"100 ", 0, 0},
        {" 100", 0, 0},
        {"299-200", 0, 0},
        {"99-200", 0, 0},
        {"100,101", 0, 0},
        {"100-200-300", 0, 0},
        {"18446744073709551616", 0, 0},
        {"0x64", 0, 0},
        {"all", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        producers_t found = {0};
        assert_int_equal(producers_parse(cases[i].text, &found), cases[i].first != 0);
        assert_true(found.first == cases[i].first && found.last == cases[i].last);
    }
}

static void a_range_has_both_its_ends_and_nobody_has_none(void **state)
{
    (void)state;
    const producers_t range = {200, 299}, nobody = {0};
    assert_true(producers_have(&range, 200) && producers_have(&range, 299));
    assert_false(producers_have(&range, 199) || producers_have(&range, 300));
    assert_false(producers_have(&nobody, 0) || producers_have(&nobody, PRODUCER_FIRST));
}

static void a_batch_of_another_producer_than_the_certificates_is_denied(void **state)
{
    (void)state;
    rig_t *rig = rig_new(false);
    assert_int_equal(rig_start(rig), FAIL_NONE);
    rig_begin(rig);
    rig_end(rig);
    static const stream_t numbers[] = {PRODUCER_FIRST + 1, PRODUCER_FIRST + 4, PRODUCER_FIRST + 2,
                                       PRODUCER_FIRST + 3};
    static const fail_t expected[] = {FAIL_DENIED, FAIL_DENIED, FAIL_NONE, FAIL_NONE};
    const peer_t peer = {.size = 1, .producers = {PRODUCER_FIRST + 2, PRODUCER_FIRST + 3}};
    for (size_t i = 0; i < 4; i++) {
        uint8_t bytes[64];
        // An epoch as high as may be would take the numbering away from whoever has it.
        feed_batch_t batch = {.number = 1, .producer = numbers[i], .epoch = RIG_TIME, .first = 1};
        size_t size = feed_batch_encode_head(&batch, bytes, sizeof bytes);
        rig_begin(rig);
        node_message(rig->node, DOOR_FEED, &peer, ROLE_OPERATOR, bytes, size);
        rig_end(rig);
        assert_int_equal(rig_pushed(rig, 0).fail, expected[i]);
    }
    rig_begin(rig);
    rig_push(rig, 1, 1, (int64_t[]){5}, 1, false); // 100 begins at its own first epoch
    rig_end(rig);
    assert_int_equal(rig_pushed(rig, 0).fail, FAIL_NONE);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_or_a_range_from_100_on_is_read),
        cmocka_unit_test(a_range_has_both_its_ends_and_nobody_has_none),
        cmocka_unit_test(a_batch_of_another_producer_than_the_certificates_is_denied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
