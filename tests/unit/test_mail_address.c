// What may be an e-mail address.
#include "services/base/mail_address.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants those first
#include <cmocka.h>

static void addresses_are_plain(void **state)
{
    (void)state;
    static const char *const good[] = {"a@b.c", "anna.k+bills@mail.example", "x_y@a-b.example"};
    static const char *const bad[] = {"",           "a",         "@b.c",        "a@",
                                      "a@b",        "a@b..c",    "a@-b.c",      "a b@c.d",
                                      "a@b.c\r\nX", "a@b.c>",    ".a@b.c",      "a.@b.c",
                                      "a..b@c.d",   "\"a\"@b.c", "a@b@c.d",     "a@[127.0.0.1]",
                                      "<a@b.c",     "аня@b.c",   "a@b.c,d@e.f", "a\n@b.c"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!mail_address_is_good(text_of(good[i])))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (mail_address_is_good(text_of(bad[i])))
            fail_msg("%s", bad[i]);
}

static void it_is_not_longer_than_it_may_be(void **state)
{
    (void)state;
    char text[400];
    memset(text, 'a', sizeof text);
    memcpy(text + 8, "@", 1);
    memcpy(text + MAIL_ADDRESS_MAX - 2, ".ru", 3);
    assert_true(mail_address_is_good((text_t){text, MAIL_ADDRESS_MAX}));
    assert_false(mail_address_is_good((text_t){text, MAIL_ADDRESS_MAX + 1}));
    memcpy(text, "a@", 2);
    memset(text + 2, '.', 1);
    assert_false(mail_address_is_host((text_t){text + 2, 3}));
    assert_false(mail_address_is_host((text_t){"localhost", 9}));
    assert_true(mail_address_is_host((text_t){"h.example", 9}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_plain),
        cmocka_unit_test(it_is_not_longer_than_it_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
