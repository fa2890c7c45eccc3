// Who may send notices.
#include "services/web/web_source.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

// `allowed` and `proxy` as configured, "" for none; the peer's own address, and what it says.
static bool may(const char *allowed, const char *proxy, const char *peer, const char *real_ip)
{
    web_source_t source = {.has_proxy = *proxy};
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    assert_true(address_list_read(allowed, &source.allowed));
    assert_true(!*proxy || address_read(proxy, &source.proxy));
    if (inet_pton(AF_INET, peer, &ipv4.sin_addr) == 1)
        return web_source_may_notify(&source, (const struct sockaddr *)&ipv4, real_ip);
    assert_int_equal(inet_pton(AF_INET6, peer, &ipv6.sin6_addr), 1);
    return web_source_may_notify(&source, (const struct sockaddr *)&ipv6, real_ip);
}

static void the_list_decides_and_an_empty_one_lets_anybody(void **state)
{
    (void)state;
    assert_true(may("", "", "192.0.2.1", NULL));
    assert_true(may("185.59.216.65 185.59.217.65", "", "185.59.217.65", NULL));
    assert_false(may("185.59.216.65 185.59.217.65", "", "185.59.216.6", NULL));
    assert_false(may("185.59.216.65", "", "192.0.2.1", "185.59.216.65"));
}

static void a_mapped_address_is_the_address(void **state)
{
    (void)state;
    assert_true(may("185.59.216.65", "", "::ffff:185.59.216.65", NULL));
    assert_true(may("::ffff:185.59.216.65", "", "185.59.216.65", NULL));
    assert_true(may("185.59.216.65", "127.0.0.1", "127.0.0.1", "::ffff:185.59.216.65"));
    assert_true(may("185.59.216.65", "127.0.0.1", "::ffff:127.0.0.1", "185.59.216.65"));
    assert_true(may("2001:db8::7", "::1", "::1", "2001:DB8:0::7"));
    assert_false(may("185.59.216.65", "127.0.0.1", "127.0.0.1", "::ffff:185.59.216.66"));
}

static void only_the_proxys_word_counts(void **state)
{
    (void)state;
    assert_true(may("185.59.216.65", "127.0.0.1", "127.0.0.1", "185.59.216.65"));
    assert_false(may("185.59.216.65", "127.0.0.1", "192.0.2.1", "185.59.216.65"));
    assert_true(may("185.59.216.65", "127.0.0.1", "185.59.216.65", "192.0.2.1"));
    assert_false(may("185.59.216.65 127.0.0.1", "127.0.0.1", "127.0.0.1", "192.0.2.1"));
}

static void a_word_that_is_no_address_lets_nobody(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "185.59.216.65 185.59.217.65", "185.59.216.65, 1.2.3.4",
                                        "robokassa.ru", "185.59.216.65:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(may("185.59.216.65 127.0.0.1", "127.0.0.1", "127.0.0.1", wrong[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_decides_and_an_empty_one_lets_anybody),
        cmocka_unit_test(a_mapped_address_is_the_address),
        cmocka_unit_test(only_the_proxys_word_counts),
        cmocka_unit_test(a_word_that_is_no_address_lets_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
