#include "proto/posting.h"
#include "proto/field.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void system_ids_are_well_known_and_no_others_are(void **state)
{
    (void)state;
    char text[UID_TEXT_SIZE];
    uid_t16 id = posting_system_id(SYSTEM_SUSPENSE), other;
    uid_format(&id, text);
    assert_string_equal(text, "00000000-0000-8000-8000-000000000006");
    for (uint64_t number = 1; number < SYSTEM_END; number++) {
        id = posting_system_id(number);
        assert_int_equal(posting_system_number(&id), number);
        for (unsigned byte = 0; byte < 15; byte++) {
            other = id;
            other.bytes[byte] ^= 0x40;
            assert_int_equal(posting_system_number(&other), 0);
        }
    }
    id = posting_system_id(SYSTEM_END);
    assert_int_equal(posting_system_number(&id), 0);
    assert_non_null(posting_system_title(SYSTEM_LOST_USAGE));
    assert_null(posting_system_title(0));
    assert_null(posting_system_title(SYSTEM_LOST_USAGE + 1));
}

static void a_kind_moves_the_wallet_that_the_rules_say(void **state)
{
    (void)state;
    static const wallet_t want[] = {WALLET_NONE, WALLET_BONUS_FIRST, WALLET_CASH, WALLET_CASH,
                                    WALLET_CASH, WALLET_BONUS,       WALLET_CASH, WALLET_CASH,
                                    WALLET_CASH, WALLET_NONE,        WALLET_NONE, WALLET_NONE};
    for (uint64_t kind = 0; kind < sizeof want / sizeof want[0]; kind++) {
        assert_int_equal(posting_wallet(kind), want[kind]);
        assert_int_equal(posting_kind_title(kind) != NULL,
                         kind >= POSTING_CHARGE && kind <= POSTING_FEE);
    }
    assert_int_equal(posting_wallet(UINT64_MAX), WALLET_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_ids_are_well_known_and_no_others_are),
        cmocka_unit_test(a_kind_moves_the_wallet_that_the_rules_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
