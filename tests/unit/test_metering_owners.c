// Whose a producer's resources are: rows of producers, and the names of their owners.
#include "services/metering/metering_owners.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static owners_t owners;

static int setup(void **state)
{
    (void)state;
    owners_init(&owners);
    return 0;
}

static void a_producer_has_one_row(void **state)
{
    (void)state;
    assert_int_equal(owners_find(&owners, 100), 0);
    assert_int_equal(owners_need(&owners, 100), 1);
    assert_int_equal(owners_need(&owners, 101), 2);
    assert_int_equal(owners_need(&owners, 100), 1);
    assert_int_equal(owners_find(&owners, 101), 2);
}

static void what_no_producer_caused_is_nobodys(void **state)
{
    (void)state;
    assert_int_equal(owners_need(&owners, STREAM_NONE), 0);
    assert_false(owners_is_named(&owners, 0, text_of("")));
    assert_false(owners_share(&owners, 0, 1, text_of("")));
    assert_false(owners_share(&owners, 0, 1, text_of("amvera")));
}

static void who_names_one_owner_shares(void **state)
{
    (void)state;
    uint32_t first = owners_need(&owners, 100), second = owners_need(&owners, 101);
    text_t amvera = text_of("amvera"), other = text_of("amver4"), nobody = {0};
    assert_true(owners_share(&owners, first, first, nobody));
    assert_false(owners_share(&owners, first, second, nobody));
    assert_false(owners_share(&owners, first, second, amvera)); // 100 has not said so
    owners_name(&owners, first, amvera);
    assert_true(owners_share(&owners, first, second, amvera));
    assert_true(owners_share(&owners, first, 0, amvera)); // from its first item on
    assert_false(owners_share(&owners, first, second, other));
    assert_false(owners_share(&owners, first, second, nobody));
    assert_true(owners_is_named(&owners, first, amvera));
    owners_name(&owners, first, nobody);
    assert_true(owners_is_named(&owners, first, nobody));
    assert_false(owners_share(&owners, first, second, amvera));
}

static void a_name_longer_than_a_certificates_is_cut(void **state)
{
    (void)state;
    char name[OWNER_NAME_MAX + 2];
    memset(name, 'a', sizeof name);
    owners_name(&owners, owners_need(&owners, 100), (text_t){name, sizeof name});
    assert_true(owners_is_named(&owners, 1, (text_t){name, OWNER_NAME_MAX}));
}

static void a_newcomer_takes_the_row_of_who_holds_nothing(void **state)
{
    (void)state;
    for (stream_t p = 1; p < OWNERS_MAX; p++)
        owners.rows[owners_need(&owners, 100 + p)].resources = 1;
    assert_false(owners_have_room(&owners, 99));
    assert_true(owners_have_room(&owners, 101));
    owners.rows[7].resources = 0;
    owners.rows[7].loose = 1;
    assert_false(owners_have_room(&owners, 99));
    owners.rows[7].loose = 0;
    owners_name(&owners, 7, text_of("before"));
    assert_true(owners_have_room(&owners, 99));
    assert_int_equal(owners_need(&owners, 99), 7);
    assert_true(owners_is_named(&owners, 7, text_of("")));
    assert_int_equal(owners_find(&owners, 107), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_producer_has_one_row, setup),
        cmocka_unit_test_setup(what_no_producer_caused_is_nobodys, setup),
        cmocka_unit_test_setup(who_names_one_owner_shares, setup),
        cmocka_unit_test_setup(a_name_longer_than_a_certificates_is_cut, setup),
        cmocka_unit_test_setup(a_newcomer_takes_the_row_of_who_holds_nothing, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
