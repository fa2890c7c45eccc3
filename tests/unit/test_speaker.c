// In whose name a request is made: what a face may do with whose access token, and without one.
#include "tests/common/model_judge.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const uid_t16 ann = {{1}}, bob = {{2}};

static fail_t judge_scopes(void *arg, text_t token, instant_t wall, customer_t *ret_customer,
                           const char **ret_detail)
{
    fail_t fail = model_judge(NULL, token, wall, ret_customer, ret_detail);
    ret_customer->reads = strchr(arg, 'r');
    ret_customer->pays = strchr(arg, 'p');
    return fail;
}

static void a_face_speaks_for_whose_token_it_shows_and_for_nobody_else(void **state)
{
    (void)state;
    static const struct {
        role_t role;
        request_type_t type;
        const uid_t16 *account, *token;
        const char *scope;
        fail_t fail;
        bool speaks;
    } rows[] = {
        {ROLE_WEB, REQUEST_topup, &ann, NULL, "rp", FAIL_NONE, false},
        {ROLE_WEB, REQUEST_topup, &ann, &ann, "rp", FAIL_NONE, true},
        {ROLE_WEB, REQUEST_topup, &ann, &ann, "r", FAIL_DENIED, false},
        {ROLE_WEB, REQUEST_topup, &bob, &ann, "rp", FAIL_UNKNOWN_ACCOUNT, false},
        {ROLE_WEB, REQUEST_balance, &ann, &ann, "r", FAIL_NONE, true},
        {ROLE_WEB, REQUEST_balance, &ann, &ann, "p", FAIL_DENIED, false},
        {ROLE_WEB, REQUEST_balance, &bob, &ann, "rp", FAIL_UNKNOWN_ACCOUNT, false},
        {ROLE_WEB, REQUEST_payment, NULL, &ann, "r", FAIL_NONE, true},
        {ROLE_OPERATOR, REQUEST_balance, &bob, &ann, "rp", FAIL_DENIED, false},
        {ROLE_SERVICE, REQUEST_balance, &ann, &ann, "rp", FAIL_DENIED, false},
        {ROLE_NONE, REQUEST_balance, &ann, &ann, "rp", FAIL_DENIED, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char token[MODEL_TOKEN_SIZE];
        request_t request = {.type = rows[i].type};
        if (rows[i].type == REQUEST_topup)
            request.topup.account = *rows[i].account;
        if (rows[i].type == REQUEST_balance)
            request.balance.account = *rows[i].account;
        if (rows[i].token)
            request.access_token = model_token(rows[i].token, token);
        speaker_t speaker;
        const char *detail = NULL;
        assert_int_equal(speaker_of(judge_scopes, (void *)rows[i].scope, 0, rows[i].role, &request,
                                    &speaker, &detail),
                         rows[i].fail);
        if (rows[i].fail)
            continue;
        assert_int_equal(speaker.role, rows[i].role | (rows[i].speaks ? ROLE_CUSTOMER : 0));
        const uid_t16 *owner = speaker_owner(&speaker);
        assert_int_equal(owner != NULL, rows[i].speaks);
        if (owner)
            assert_true(uid_equal(owner, &ann));
    }
}

static void where_there_is_no_judge_nobody_speaks_for_a_customer(void **state)
{
    (void)state;
    char token[MODEL_TOKEN_SIZE];
    request_t request = {.type = REQUEST_balance, .access_token = model_token(&ann, token)};
    request.balance.account = ann;
    speaker_t speaker;
    const char *detail = NULL;
    assert_int_equal(speaker_of(NULL, NULL, 0, ROLE_WEB, &request, &speaker, &detail), FAIL_DENIED);
    assert_non_null(detail);
}

// What the face of strangers may do by itself names no customer, whatever rows the table gets.
static void no_request_that_names_an_account_is_for_web_alone(void **state)
{
    (void)state;
    const request_info_t *info;
    for (size_t i = 0; (info = request_info_at(i)); i++) {
        request_t request = {.type = info->type};
        if (info->type != REQUEST_status && info->roles & ROLE_WEB)
            assert_null(request_account(&request));
        if (info->roles & ROLE_CUSTOMER && info->kind == REQUEST_COMMAND)
            assert_non_null(request_account(&request));
        if (info->type == REQUEST_replay || info->type == REQUEST_table)
            assert_false(info->roles & (ROLE_WEB | ROLE_CUSTOMER));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_face_speaks_for_whose_token_it_shows_and_for_nobody_else),
        cmocka_unit_test(where_there_is_no_judge_nobody_speaks_for_a_customer),
        cmocka_unit_test(no_request_that_names_an_account_is_for_web_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
