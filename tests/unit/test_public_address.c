// Which addresses a stranger may send us to.
#include "services/process/public_address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static bool is_public(const char *text)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return public_address((struct sockaddr *)&four);
    assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
    return public_address((struct sockaddr *)&six);
}

static void what_the_internet_routes_is_public(void **state)
{
    (void)state;
    static const char *const good[] = {"93.184.216.34", "1.1.1.1",      "9.255.255.255",
                                       "11.0.0.0",      "100.63.255.1", "100.128.0.0",
                                       "172.15.0.1",    "172.32.0.0",   "192.167.1.1",
                                       "223.255.0.1",   "2a00:1450::1", "2606:4700::1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!is_public(good[i]))
            fail_msg("%s", good[i]);
}

static void what_is_near_or_stands_for_another_is_not(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "0.0.0.0",         "10.1.2.3",        "100.64.0.1",  "127.0.0.1",
        "169.254.169.254", "172.16.0.1",      "172.31.9.9",  "192.0.0.8",
        "192.0.2.1",       "192.168.0.1",     "198.19.0.1",  "203.0.113.5",
        "224.0.0.1",       "255.255.255.255", "::",          "::1",
        "fe80::1",         "fc00::1",         "ff02::1",     "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",  "64:ff9b::a00:1",  "2001:db8::1", "2002:7f00:1::",
        "2001::1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (is_public(bad[i]))
            fail_msg("%s", bad[i]);
}

static void a_local_socket_is_no_address_of_the_internet(void **state)
{
    (void)state;
    struct sockaddr address = {.sa_family = AF_UNIX};
    assert_false(public_address(&address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_internet_routes_is_public),
        cmocka_unit_test(what_is_near_or_stands_for_another_is_not),
        cmocka_unit_test(a_local_socket_is_no_address_of_the_internet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
