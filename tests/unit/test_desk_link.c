// The one-time link of the desk: whose secret key makes it, and for how long.
#include "tools/desk/desk_link.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define NOW INT64_C(1795950300000000)

static uid_t16 id_at(instant_t at)
{
    uid_t16 id = {{0}};
    int64_t milliseconds = at / 1000;
    for (int i = 5; i >= 0; i--, milliseconds >>= 8)
        id.bytes[i] = (uint8_t)milliseconds;
    id.bytes[6] = 0x70;
    id.bytes[15] = 9;
    return id;
}

static fail_t judged(web_form_key_t *key, const char *link)
{
    customer_t customer;
    const char *why;
    fail_t fail = desk_link_judge(key, text_of(link), NOW, &customer, &why);
    if (!fail)
        assert_true(customer.reads && !customer.pays && uid_is_zero(&customer.account));
    return fail;
}

static void a_link_is_made_and_taken_by_one_secret_key(void **state)
{
    (void)state;
    zcert_t *own = zcert_new(), *other = zcert_new();
    web_form_key_t key, again, stranger;
    uid_t16 id = id_at(NOW);
    char link[TICKET_SIZE + 1];
    desk_link_key(own, &key);
    desk_link_key(own, &again);
    desk_link_key(other, &stranger);
    desk_link_make(&key, &id, link);
    assert_int_equal(judged(&again, link), FAIL_NONE); // another process derives the same key
    assert_int_equal(judged(&stranger, link), FAIL_DENIED);
    link[TICKET_SIZE - 1] = link[TICKET_SIZE - 1] == '0' ? '1' : '0';
    assert_int_equal(judged(&key, link), FAIL_DENIED);
    assert_int_equal(judged(&key, ""), FAIL_DENIED);
    zcert_destroy(&own);
    zcert_destroy(&other);
}

static void a_link_says_when_it_was_made_and_which_it_is(void **state)
{
    (void)state;
    zcert_t *own = zcert_new();
    web_form_key_t key;
    uid_t16 id = id_at(NOW);
    char link[TICKET_SIZE + 1];
    instant_t issued;
    uint8_t number[16];
    desk_link_key(own, &key);
    desk_link_make(&key, &id, link);
    assert_true(desk_link_once(text_of(link), &issued, number));
    assert_int_equal(issued, NOW);
    assert_memory_equal(number, id.bytes, 16);
    assert_false(desk_link_once(text_of("v1."), &issued, number));
    zcert_destroy(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_is_made_and_taken_by_one_secret_key),
        cmocka_unit_test(a_link_says_when_it_was_made_and_which_it_is)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
