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
    static const wallet_t want[] = {
        WALLET_NONE,  WALLET_BONUS_FIRST, WALLET_CASH, WALLET_CASH,  WALLET_CASH, WALLET_BONUS,
        WALLET_CASH,  WALLET_CASH,        WALLET_CASH, WALLET_NONE,  WALLET_NONE, WALLET_CASH,
        WALLET_BONUS, WALLET_BONUS,       WALLET_NONE, WALLET_BONUS, WALLET_NONE};
    for (uint64_t kind = 0; kind < sizeof want / sizeof want[0]; kind++) {
        assert_int_equal(posting_wallet(kind), want[kind]);
        assert_int_equal(posting_kind_title(kind) != NULL,
                         kind >= POSTING_CHARGE && kind <= POSTING_BEGUN);
    }
    assert_int_equal(posting_wallet(POSTING_HOLD), WALLET_CASH);
    assert_int_equal(posting_wallet(POSTING_RELEASE), WALLET_CASH);
    assert_int_equal(posting_wallet(UINT64_MAX), WALLET_NONE);
}

// Every kind between every two accounts: what the list below does not name does not fit.
static void a_kind_has_its_pairs_and_no_others(void **state)
{
    (void)state;
    enum { C = 0, REV = 1, CLR = 2, BNK = 3, PRO = 5, SUS = 6, REF = 7, CHB = 8 };
    static const uint8_t pairs[][3] = {
        // usage is paid to revenue; top-ups come from Robokassa, transfers from the bank
        {POSTING_CHARGE, C, REV},
        {POSTING_CHARGE, C, SUS},
        {POSTING_CHARGE, SUS, REV},
        {POSTING_TOPUP, CLR, C},
        {POSTING_TOPUP, CLR, SUS},
        {POSTING_TOPUP, SUS, C},
        {POSTING_AUTOPAY, CLR, C},
        {POSTING_AUTOPAY, CLR, SUS},
        {POSTING_AUTOPAY, SUS, C},
        {POSTING_BANK, BNK, C},
        {POSTING_BANK, BNK, SUS},
        {POSTING_BANK, SUS, C},
        // a bonus is promo's, both ways
        {POSTING_BONUS, PRO, C},
        {POSTING_BONUS, C, PRO},
        {POSTING_BONUS, PRO, SUS},
        {POSTING_BONUS, SUS, PRO},
        {POSTING_BONUS, C, SUS},
        {POSTING_BONUS, SUS, C},
        // money goes back where it came from, and comes again when that fails
        {POSTING_REFUND, C, REF},
        {POSTING_REFUND, C, CLR},
        {POSTING_REFUND, C, BNK},
        {POSTING_REFUND, C, SUS},
        {POSTING_REFUND, REF, C},
        {POSTING_REFUND, CLR, C},
        {POSTING_REFUND, BNK, C},
        {POSTING_REFUND, SUS, C},
        {POSTING_REFUND, SUS, REF},
        {POSTING_REFUND, SUS, CLR},
        {POSTING_REFUND, SUS, BNK},
        {POSTING_REFUND, REF, SUS},
        {POSTING_REFUND, CLR, SUS},
        {POSTING_REFUND, BNK, SUS},
        {POSTING_CHARGEBACK, C, CHB},
        {POSTING_CHARGEBACK, C, CLR},
        {POSTING_CHARGEBACK, C, PRO}, // a spent bonus is owed
        {POSTING_CHARGEBACK, SUS, PRO},
        {POSTING_CHARGEBACK, C, SUS},
        {POSTING_CHARGEBACK, CHB, C},
        {POSTING_CHARGEBACK, CLR, C},
        {POSTING_CHARGEBACK, SUS, C},
        {POSTING_CHARGEBACK, SUS, CHB},
        {POSTING_CHARGEBACK, SUS, CLR},
        {POSTING_CHARGEBACK, CHB, SUS},
        {POSTING_CHARGEBACK, CLR, SUS},
    };
    for (uint64_t kind = POSTING_CHARGE; kind <= POSTING_CHARGEBACK; kind++)
        for (uint64_t debit = 0; debit <= SYSTEM_LOST_USAGE; debit++)
            for (uint64_t credit = 0; credit <= SYSTEM_LOST_USAGE; credit++) {
                bool named = false;
                for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
                    named = named ||
                            (pairs[i][0] == kind && pairs[i][1] == debit && pairs[i][2] == credit);
                if (debit != credit && posting_pair_fits(kind, debit, credit) != named)
                    fail_msg("kind %d from %d to %d", (int)kind, (int)debit, (int)credit);
            }
    for (uint64_t system = 1; system <= SYSTEM_LOST_USAGE; system++) {
        assert_true(posting_pair_fits(POSTING_CORRECTION, 0, system));
        assert_true(posting_pair_fits(POSTING_CORRECTION, system, 0));
        assert_true(posting_pair_fits(POSTING_SETTLEMENT, system, SYSTEM_BANK));
        assert_true(posting_pair_fits(POSTING_FEE, SYSTEM_FEES, system));
    }
    assert_false(posting_pair_fits(0, SYSTEM_BANK, 0));
    assert_false(posting_pair_fits(POSTING_CREDIT_BONUS + 1, SYSTEM_BANK, 0));
    assert_false(posting_pair_fits(POSTING_HOLD, 0, SYSTEM_REFUNDS)); // no person holds
    assert_false(posting_pair_fits(POSTING_RELEASE, SYSTEM_REFUNDS, 0));
    assert_false(posting_pair_fits(UINT64_MAX, SYSTEM_BANK, 0));
    assert_false(posting_pair_fits(POSTING_CORRECTION, SYSTEM_END, 0));
    assert_false(posting_pair_fits(POSTING_CORRECTION, 0, UINT64_MAX));
}

static void a_payments_number_goes_into_a_reference_and_back(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {1, 256, UINT64_C(8266973184000), INT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uid_t16 reference = posting_payment_reference(numbers[i]);
        assert_true(posting_payment_number(&reference) == numbers[i]);
        reference.bytes[i] = 1; // somebody's id
        assert_int_equal(posting_payment_number(&reference), 0);
    }
    assert_int_equal(posting_payment_reference(256).bytes[14], 1);
    assert_int_equal(posting_payment_number(&(uid_t16){{0}}), 0);
}

static void a_bonus_has_references_of_its_own(void **state)
{
    (void)state;
    const hash_t hmac = {{1}}, other = {{2}};
    const uid_t16 account = {{3}}, another = {{4}};
    uid_t16 bonus = posting_bonus_reference(0x0102);
    uid_t16 gift = posting_gift_reference(&hmac, &account);
    static const uint8_t expected[16] = {0xb0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2};
    assert_memory_equal(bonus.bytes, expected, sizeof expected);
    assert_int_equal(posting_payment_number(&bonus), 0);
    assert_int_equal(gift.bytes[0], 0xb1);
    assert_int_equal(posting_payment_number(&gift), 0);
    uid_t16 again = posting_gift_reference(&hmac, &account);
    assert_true(uid_equal(&gift, &again));
    again = posting_gift_reference(&other, &account);
    assert_false(uid_equal(&gift, &again));
    again = posting_gift_reference(&hmac, &another);
    assert_false(uid_equal(&gift, &again));
    uid_t16 welcome = posting_welcome_reference(&account);
    again = posting_welcome_reference(&another);
    assert_false(uid_equal(&welcome, &again));
    uid_t16 level = posting_level_reference(&account, 0x0102);
    again = posting_level_reference(&account, 0x0201);
    assert_false(uid_equal(&level, &again));
    again = posting_level_reference(&another, 0x0102);
    assert_false(uid_equal(&level, &again));
    assert_int_equal(welcome.bytes[0], 0xb2);
    assert_int_equal(level.bytes[0], 0xb3);
}

static void what_was_given_back_counts_until_the_next_usage(void **state)
{
    (void)state;
    static const struct {
        kopecks_t before;
        uint64_t kind;
        bool debited;
        kopecks_t amount, after;
    } cases[] = {{0, POSTING_REFUND, true, 300, 300},
                 {300, POSTING_CHARGEBACK, true, 200, 500},
                 {300, POSTING_REFUND, false, 100, 200}, // one that failed
                 {300, POSTING_REFUND, false, 400, 0},
                 {300, POSTING_HOLD, true, 100, 400},
                 {300, POSTING_RELEASE, false, 100, 200},
                 {300, POSTING_TOPUP, false, 400, 300},
                 {300, POSTING_CORRECTION, true, 400, 300},
                 {300, POSTING_CHARGE, true, 1, 0},
                 {INT64_MAX, POSTING_CHARGEBACK, true, 1, INT64_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(
            posting_returned(cases[i].before, cases[i].kind, cases[i].debited, cases[i].amount),
            cases[i].after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_ids_are_well_known_and_no_others_are),
        cmocka_unit_test(a_kind_moves_the_wallet_that_the_rules_say),
        cmocka_unit_test(a_kind_has_its_pairs_and_no_others),
        cmocka_unit_test(a_payments_number_goes_into_a_reference_and_back),
        cmocka_unit_test(a_bonus_has_references_of_its_own),
        cmocka_unit_test(what_was_given_back_counts_until_the_next_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
