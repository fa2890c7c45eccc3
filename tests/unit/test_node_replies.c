// Answers of a node: true at a sequence, never larger than a message, and each refusal with words.
#include "services/node/node_replies.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const peer_t peer = {.size = 1};

static void an_answer_says_at_which_sequence_it_is_true(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    (void)rig_posted(rig, 1, 5);
    rig_begin(rig);
    answer_t answer = {.type = REQUEST_reseed, .number = 9};
    node_reply(rig->node, DOOR_COMMAND, &peer, &answer);
    rig_end(rig);
    assert_int_equal(rig_answer(rig, 0, REQUEST_reseed).sequence, node_last(rig->node));
    assert_int_equal(rig_answer(rig, 0, REQUEST_reseed).number, 9);
    rig_destroy(rig);
}

static void an_answer_that_fits_no_message_is_refused_to_the_asker(void **state)
{
    (void)state;
    static char text[FRAME_SMALL_MAX];
    rig_t *rig = rig_started(false);
    memset(text, 'a', sizeof text);
    rig_begin(rig);
    answer_t answer = {.type = REQUEST_status, .number = 9};
    answer.status.counters = (text_t){text, sizeof text};
    node_reply(rig->node, DOOR_COMMAND, &peer, &answer);
    rig_end(rig);
    answer_t said = rig_answer(rig, 0, REQUEST_status);
    assert_int_equal(said.number, 9);
    assert_int_equal(said.fail, FAIL_LIMIT);
    assert_true(said.detail.size > 0);
    rig_destroy(rig);
}

static void a_refusal_has_its_own_words_or_the_failures(void **state)
{
    (void)state;
    static const char *const details[] = {"the moon is not full", NULL};
    const request_t request = {.type = REQUEST_totals, .number = 4};
    rig_t *rig = rig_started(false);
    uint64_t refused = rig->node->refused;
    rig_begin(rig);
    for (size_t i = 0; i < 2; i++)
        node_reply_refusal(rig->node, DOOR_COMMAND, &peer, &request, FAIL_STATE, details[i]);
    rig_end(rig);
    for (size_t i = 0; i < 2; i++) {
        answer_t said = rig_answer(rig, i, REQUEST_totals);
        assert_int_equal(said.fail, FAIL_STATE);
        assert_int_equal(said.number, 4);
        assert_true(text_equal(said.detail, text_of(i ? fail_text(FAIL_STATE) : details[i])));
    }
    assert_int_equal(rig->node->refused, refused + 2);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_says_at_which_sequence_it_is_true),
        cmocka_unit_test(an_answer_that_fits_no_message_is_refused_to_the_asker),
        cmocka_unit_test(a_refusal_has_its_own_words_or_the_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
