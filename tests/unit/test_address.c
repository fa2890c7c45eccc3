// Addresses: every spelling of one is the same address, and what is no address is refused.
#include "services/process/address.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <cmocka.h>

static address_t read_address(const char *text)
{
    address_t address;
    if (!address_read(text, &address))
        fail_msg("%s is not read", text);
    return address;
}

static void every_spelling_of_an_address_is_that_address(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"185.59.216.65", "185.59.216.65"},       {"185.59.216.65", "::ffff:185.59.216.65"},
        {"185.59.216.65", "::FFFF:b93b:d841"},    {"185.59.216.65", "0:0:0:0:0:ffff:185.59.216.65"},
        {"2001:db8::7", "2001:0DB8:0:0:0:0:0:7"}, {"::1", "0:0:0:0:0:0:0:1"},
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        address_t a = read_address(same[i][0]), b = read_address(same[i][1]);
        assert_true(address_equal(&a, &b));
    }
}

static void two_addresses_are_two(void **state)
{
    (void)state;
    static const char *const other[][2] = {
        {"185.59.216.65", "185.59.216.66"},   {"185.59.216.65", "85.59.216.65"},
        {"185.59.216.65", "::185.59.216.65"}, {"::1", "127.0.0.1"},
        {"2001:db8::7", "2001:db8::8"},       {"2001:db8::7", "3001:db8::7"},
    };
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        address_t a = read_address(other[i][0]), b = read_address(other[i][1]);
        assert_false(address_equal(&a, &b));
    }
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",          " ",          "localhost",  "1.2.3",  "1.2.3.4.5", "1.2.3.256",
        "1.2.3.4 ",  " 1.2.3.4",   "1.2.3.4:80", "[::1]",  "::1%lo",    "01.2.3.4",
        "1.2.3.4,5", "::ffff:1.2", "1::2::3",    "0x7f.1", "1.2.3.4\n", "::ffff:1.2.3.4.5",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        address_t address;
        if (address_read(wrong[i], &address))
            fail_msg("'%s' is read", wrong[i]);
    }
}

static void a_peer_has_the_address_of_its_socket(void **state)
{
    (void)state;
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(80)};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    address_t wanted = read_address("192.0.2.7"), address;
    inet_pton(AF_INET, "192.0.2.7", &ipv4.sin_addr);
    inet_pton(AF_INET6, "::ffff:192.0.2.7", &ipv6.sin6_addr);
    assert_true(address_of_peer((const struct sockaddr *)&ipv4, &address));
    assert_true(address_equal(&address, &wanted));
    memset(&address, 0, sizeof address);
    assert_true(address_of_peer((const struct sockaddr *)&ipv6, &address));
    assert_true(address_equal(&address, &wanted));
    assert_false(address_of_peer((const struct sockaddr *)&local, &address));
}

static void the_loopback_is_known_in_both_families(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool loopback;
    } cases[] = {{"127.0.0.1", true},        {"127.255.0.9", true}, {"::1", true},
                 {"::ffff:127.0.0.1", true}, {"128.0.0.1", false},  {"::2", false},
                 {"::127.0.0.1", false},     {"::", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        address_t address = read_address(cases[i].text);
        assert_int_equal(address_is_loopback(&address), cases[i].loopback);
    }
}

static void a_list_has_what_stands_in_it_however_that_is_spelt(void **state)
{
    (void)state;
    address_list_t list;
    address_t address;
    assert_true(address_list_read("  185.59.216.65 ::ffff:185.59.217.65  2001:db8::7 ", &list));
    assert_int_equal(list.count, 3);
    static const char *const in[] = {"::ffff:185.59.216.65", "185.59.217.65", "2001:DB8::7"};
    for (size_t i = 0; i < 3; i++) {
        address = read_address(in[i]);
        assert_true(address_list_has(&list, &address));
    }
    address = read_address("185.59.216.6");
    assert_false(address_list_has(&list, &address));
    assert_true(address_list_read("", &list));
    assert_int_equal(list.count, 0);
}

static void a_list_with_one_wrong_word_is_refused_whole(void **state)
{
    (void)state;
    address_list_t list = {.count = 7};
    char many[ADDRESS_LIST_MAX * 10 + 32] = "";
    for (size_t i = 0; i < ADDRESS_LIST_MAX; i++)
        strcat(many, "192.0.2.7 ");
    assert_false(address_list_read("192.0.2.7,192.0.2.8", &list));
    assert_false(address_list_read("192.0.2.7 robokassa.ru", &list));
    assert_false(address_list_read("192.0.2.7 "
                                   "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb",
                                   &list));
    assert_int_equal(list.count, 7); // untouched
    assert_true(address_list_read(many, &list));
    assert_int_equal(list.count, ADDRESS_LIST_MAX);
    strcat(many, "192.0.2.7");
    assert_false(address_list_read(many, &list));
}

static void a_door_is_an_ipv4_address_and_a_port(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int port; // -1: refused
    } cases[] = {
        {"127.0.0.1:8080", 8080},
        {"0.0.0.0:0", 0},
        {"127.0.0.1:", 0},
        {"127.0.0.1:65535", 65535},
        {"127.0.0.1:65536", -1},
        {"127.0.0.1:80x", -1},
        {"127.0.0.1:+80", -1},
        {"127.0.0.1: 80", -1},
        {"127.0.0.1:-1", -1},
        {"8080", -1},
        {":8080", -1},
        {"localhost:8080", -1},
        {"[::1]:80", -1},
        {"::1:80", -1},
        {"1111.2222.3333.4444:80", -1},
        {"127.0.0.1:000080", -1},
        {"", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sockaddr_in address = {.sin_port = htons(7)};
        bool read = address_read_listen(cases[i].text, &address);
        if (read != (cases[i].port >= 0))
            fail_msg("%s: %d", cases[i].text, read);
        assert_int_equal(ntohs(address.sin_port), read ? cases[i].port : 7);
        assert_int_equal(address.sin_family, read ? AF_INET : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_of_an_address_is_that_address),
        cmocka_unit_test(two_addresses_are_two),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_peer_has_the_address_of_its_socket),
        cmocka_unit_test(the_loopback_is_known_in_both_families),
        cmocka_unit_test(a_list_has_what_stands_in_it_however_that_is_spelt),
        cmocka_unit_test(a_list_with_one_wrong_word_is_refused_whole),
        cmocka_unit_test(a_door_is_an_ipv4_address_and_a_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
