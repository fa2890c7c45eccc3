// test_robokassa_answer - only a clear answer counts: whatever is not surely a refusal is asked
// about.
#include "services/robokassa/robokassa_answer.h"
#include "robokassa_fixture.h"

static void every_answer_has_one_meaning(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        robokassa_outcome_t want;
        int code;
    } CASES[] = {
        {200, "OK1003", ROBOKASSA_ACCEPTED, 0},
        {200, "OK+1003", ROBOKASSA_ACCEPTED, 0},
        {200, "ok1003\r\n", ROBOKASSA_ACCEPTED, 0},
        {200, " \nOk1003 ", ROBOKASSA_ACCEPTED, 0},
        // another number, a number that is none, no answer: ask
        {200, "OK1004", ROBOKASSA_UNKNOWN, 0},
        {200, "OK10030", ROBOKASSA_UNKNOWN, 0},
        {200, "", ROBOKASSA_UNKNOWN, 0},
        {200, " \r\n", ROBOKASSA_UNKNOWN, 0},
        {0, "", ROBOKASSA_UNKNOWN, 0},
        {500, "OK1003", ROBOKASSA_UNKNOWN, 0},
        {502, "<html>error 29</html>", ROBOKASSA_UNKNOWN, 0},
        {302, "", ROBOKASSA_UNKNOWN, 0},
        {403, "ERROR: 29", ROBOKASSA_UNKNOWN, 0},
        // refusals
        {200, "<script>var RoboxContext = {\"error\":{\"code\":\"35\"}};</script>",
         ROBOKASSA_REJECTED, 35},
        {200, "<script>RoboxContext={ error : { code : 29 , text:'x' } }</script>",
         ROBOKASSA_REJECTED, 29},
        {200, "<div class=\"error\">1</div><script>RoboxContext={\"error\":{\"code\":40}}</script>",
         ROBOKASSA_REJECTED, 40},
        {200, "ERROR 34", ROBOKASSA_REJECTED, 34},
        {200, "error: 500", ROBOKASSA_REJECTED, 500},
        {200, "<h1>Ошибка</h1><p>Код ошибки: 41</p>", ROBOKASSA_REJECTED, 41},
        {200, "<link href=error.css?v=12345><p>Error code 31</p>", ROBOKASSA_REJECTED, 31},
        // a page, but no code of the table in it
        {200, "<html>please come later</html>", ROBOKASSA_REJECTED_UNKNOWN, 0},
        {200, "OK", ROBOKASSA_REJECTED_UNKNOWN, 0},
        {200, "OK-1003", ROBOKASSA_REJECTED_UNKNOWN, 0},
        {200, "OK1003 but not quite", ROBOKASSA_REJECTED_UNKNOWN, 0},
        {200, "<p class=\"error\" style=\"padding: 30px\">later</p>", ROBOKASSA_REJECTED_UNKNOWN,
         0},
        {200, "<style>.error{margin:25px}</style>", ROBOKASSA_REJECTED_UNKNOWN, 0},
        {200, "<img src=/i/error31.png>", ROBOKASSA_REJECTED_UNKNOWN, 0},
        {200, "error 34px", ROBOKASSA_REJECTED_UNKNOWN, 0},
        {200, "ERROR 7", ROBOKASSA_REJECTED_UNKNOWN, 0},
        {200, "ERROR 290", ROBOKASSA_REJECTED_UNKNOWN, 0},
        {200, "mirror 29", ROBOKASSA_REJECTED_UNKNOWN, 0},
        {200, "error far away from any number that could follow it, such as 29",
         ROBOKASSA_REJECTED_UNKNOWN, 0},
        {200, "ERROR 99999999999999999999", ROBOKASSA_REJECTED_UNKNOWN, 0},
    };
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        print_message("  %d %s\n", CASES[i].status, CASES[i].body);
        robokassa_answer_t answer =
            robokassa_answer_read(CASES[i].status, span_of(CASES[i].body), 1003);
        assert_int_equal(answer.outcome, CASES[i].want);
        assert_int_equal(answer.code, CASES[i].code);
    }
}

static void what_lies_past_the_maximum_is_not_read(void **state)
{
    (void)state;
    static char body[ROBOKASSA_ANSWER_SIZE_MAX + 16];
    memset(body, '.', sizeof body);
    memcpy(body + ROBOKASSA_ANSWER_SIZE_MAX - 8, "error 35", 8);
    span_t text = {body, sizeof body};
    assert_int_equal(robokassa_answer_read(200, text, 1).code, 35);
    memcpy(body + ROBOKASSA_ANSWER_SIZE_MAX - 8, "........error 35", 16);
    assert_int_equal(robokassa_answer_read(200, text, 1).outcome, ROBOKASSA_REJECTED_UNKNOWN);
}

static void only_a_code_that_speaks_of_the_request_closes_it(void **state)
{
    (void)state;
    static const int CLOSING[] = {25, 26, 29, 30, 31, 33, 34, 35};
    for (int code = 0; code <= 500; code++) {
        bool closes = false;
        for (size_t i = 0; i < LENGTH(CLOSING); i++)
            closes |= code == CLOSING[i];
        char body[32];
        snprintf(body, sizeof body, "ERROR %d", code);
        robokassa_answer_t answer = robokassa_answer_read(200, span_of(body), 1003);
        assert_int_equal(robokassa_answer_is_refusal(answer), closes);
    }
    static const char *const OPEN[] = {"OK1003", "OK1004", "<html>come later</html>", ""};
    for (size_t i = 0; i < LENGTH(OPEN); i++)
        assert_false(
            robokassa_answer_is_refusal(robokassa_answer_read(200, span_of(OPEN[i]), 1003)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_has_one_meaning),
        cmocka_unit_test(what_lies_past_the_maximum_is_not_read),
        cmocka_unit_test(only_a_code_that_speaks_of_the_request_closes_it),
    };
    return cmocka_run_group_tests_name("robokassa_answer", tests, NULL, NULL);
}
