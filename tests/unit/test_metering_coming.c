// Prices that an account pays now and that are going to change, against every minute looked at.
#include "services/metering/metering_coming.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static tariffs_t tariffs;
static uint8_t bytes[1024];

typedef struct {
    uint64_t kind;
    text_t code;
    int64_t effective, before, price;
} row_t;

static size_t read_rows(const coming_t *coming, instant_t now, row_t rows[COMING_MAX])
{
    pack_t pack;
    wire_t wire;
    pack_start(&pack, bytes, sizeof bytes);
    size_t count = coming_pack(coming, &tariffs, now, &pack);
    wire_start(&wire, bytes, pack_end(&pack));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(wire_array(&wire, 5), 5);
        wire_u64(&wire, &rows[i].kind);
        wire_text(&wire, &rows[i].code);
        wire_i64(&wire, &rows[i].effective);
        wire_i64(&wire, &rows[i].before);
        wire_i64(&wire, &rows[i].price);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    return count;
}

static void a_change_of_what_runs_is_told_with_its_time_and_both_prices(void **state)
{
    (void)state;
    row_t rows[COMING_MAX];
    coming_t coming = {.count = 0};
    tariffs = (tariffs_t){0};
    tariff_define(&tariffs, text_of("nachalny"), 29000, 0);
    tariff_define(&tariffs, text_of("other"), 100, 0);
    tariff_define(&tariffs, text_of("nachalny"), 29000, 500); // the same price anew
    tariff_define(&tariffs, text_of("nachalny"), 32000, 1000);
    tariff_define(&tariffs, text_of("other"), 200, 1000); // that runs nowhere
    tariff_define_rate(&tariffs, 3, text_of("nachalny"), 700, 1024, 0);
    tariff_define_rate(&tariffs, 3, text_of("nachalny"), 600, 1024, 2000);
    coming_note(&coming, &tariffs, 1);
    coming_note(&coming, &tariffs, 3); // another version of the same
    coming_note(&coming, &tariffs, 6);
    assert_int_equal(read_rows(&coming, 10, rows), 2);
    assert_true(text_equal(rows[0].code, text_of("nachalny")));
    assert_int_equal(rows[0].kind, 0);
    assert_int_equal(rows[0].effective, 1000);
    assert_int_equal(rows[0].before, 29000);
    assert_int_equal(rows[0].price, 32000);
    assert_int_equal(rows[1].kind, 3);
    assert_int_equal(rows[1].effective, 2000);
    assert_int_equal(rows[1].before, 700);
    assert_int_equal(rows[1].price, 600);
    assert_int_equal(read_rows(&coming, 1000, rows), 1); // the first of them has come
    tariff_withdraw(&tariffs, 7);
    assert_int_equal(read_rows(&coming, 1000, rows), 0);
}

// Versions at random: what is told is what a look at each minute finds.
static void it_is_what_each_minute_says(void **state)
{
    (void)state;
    enum { RUNS = 200, MINUTES = 60 };
    uint64_t seed = 1;
    for (int run = 0; run < RUNS; run++) {
        row_t rows[COMING_MAX];
        coming_t coming = {.count = 0};
        tariffs = (tariffs_t){0};
        tariff_define(&tariffs, text_of("a"), 1, 0);
        for (int i = 0; i < 6; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            tariff_define(&tariffs, text_of("a"), (kopecks_t)(seed >> 60 & 3), seed >> 33 & 63);
            if (seed >> 62 == 3)
                tariff_withdraw(&tariffs, tariffs.versions_count);
        }
        coming_note(&coming, &tariffs, 1);
        for (instant_t now = 0; now < MINUTES; now += 7) {
            kopecks_t known = tariff_version(&tariffs, tariff_at(&tariffs, 1, now))->price;
            instant_t at = now;
            while (at <= 64 && tariff_version(&tariffs, tariff_at(&tariffs, 1, at))->price == known)
                at++;
            size_t count = read_rows(&coming, now, rows);
            assert_int_equal(count, at <= 64);
            if (count) {
                assert_int_equal(rows[0].effective, at);
                assert_int_equal(rows[0].before, known);
                assert_int_equal(rows[0].price,
                                 tariff_version(&tariffs, tariff_at(&tariffs, 1, at))->price);
            }
        }
    }
}

static void no_more_than_eight_are_noted(void **state)
{
    (void)state;
    row_t rows[COMING_MAX];
    coming_t coming = {.count = 0};
    tariffs = (tariffs_t){0};
    for (char i = 0; i < COMING_MAX + 2; i++) {
        char code[] = {(char)('a' + i), '\0'};
        tariff_define(&tariffs, text_of(code), 1, 0);
        tariff_define(&tariffs, text_of(code), 2, 100);
        coming_note(&coming, &tariffs, tariffs.versions_count);
    }
    assert_int_equal(read_rows(&coming, 0, rows), COMING_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_of_what_runs_is_told_with_its_time_and_both_prices),
        cmocka_unit_test(it_is_what_each_minute_says),
        cmocka_unit_test(no_more_than_eight_are_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
