#include "services/metering/metering_masks.h"
#include "services/metering/metering_minutes.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { HOUR = 490896, MANY = 1024 };

static fail_t decode(const uint8_t *data, size_t size, uint64_t count, masks_entry_t *out)
{
    masks_reader_t reader;
    masks_start(&reader, (bytes_t){data, (uint32_t)size}, count);
    masks_entry_t entry;
    for (size_t i = 0; masks_next(&reader, &entry); i++)
        if (out)
            out[i] = entry;
    return masks_end(&reader);
}

static void entries_have_these_bytes(void **state)
{
    (void)state;
    static const masks_entry_t entries[] = {
        {1, HOUR, UINT64_C(1) << 5, 2}, // everything new
        {2, HOUR, UINT64_C(1) << 5, 2}, // the same minute of the next replica
        {9, HOUR, 0x3c, 2},             // a step of 7, a run of 4 from bit 2
        {9, HOUR - 1, 0x5, 3},          // another version, the hour before, no run
        {300, HOUR - 1, MASK_FULL, 3},  // a step of 291
    };
    static const uint8_t bytes[] = {
        0x39, 2,    0xa0, 0xf6, 0x3b, 5, // control, version, hour 2 x 490896, bit
        0x01,                            // control alone
        0x47, 7,    2,    4,             // control, step, run
        0x78, 3,    1,    5,             // control, version, hour -1, mask
        0x47, 0xa3, 2,    0,    60,      // control, step, run
    };
    uint8_t out[sizeof bytes];
    assert_int_equal(masks_encode(entries, 5, out, sizeof out), sizeof bytes);
    assert_memory_equal(out, bytes, sizeof bytes);
    for (size_t cap = 0; cap < sizeof bytes; cap++)
        assert_int_equal(masks_encode(entries, 5, out, cap), 0);
    masks_entry_t back[5];
    assert_int_equal(decode(bytes, sizeof bytes, 5, back), FAIL_NONE);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(masks_compare(&back[i], &entries[i]), 0);
        assert_true(back[i].mask == entries[i].mask);
    }
    for (size_t size = 0; size < sizeof bytes; size++)
        assert_int_equal(decode(bytes, size, 5, NULL), FAIL_INVALID);
    assert_int_equal(decode(bytes, sizeof bytes, 4, NULL), FAIL_INVALID);
    assert_int_equal(decode(bytes, sizeof bytes, 6, NULL), FAIL_INVALID);
}

static void what_is_not_of_the_form_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[24];
        uint8_t size;
        uint64_t count;
    } table[] = {
        {{0}, 1, 0},                  // bytes without an entry
        {{0}, 0, 1},                  // an entry without bytes
        {{0}, 0, UINT64_MAX},         //
        {{0x38, 1, 2, 0}, 4, 1},      // replica 0
        {{0x31, 2, 0}, 3, 1},         // version 0
        {{0x39, 0, 2, 0}, 4, 1},      // version 0 said
        {{0x19, 1, 2}, 3, 1},         // mask 0: as before the first
        {{0x39, 1, 2, 60}, 4, 1},     // bit 60
        {{0x59, 1, 2, 0, 0}, 5, 1},   // a run of none
        {{0x59, 1, 2, 1, 60}, 5, 1},  // a run beyond the hour
        {{0x59, 1, 2, 255, 2}, 5, 1}, //
        {{0x79, 1, 2, 0}, 4, 1},      // raw mask 0
        {{0x79, 1, 2, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10}, 12, 1}, // 2^60
        {{0xb9, 1, 2, 0}, 4, 1},                                      // bit 7 of the control byte
        {{0x39, 1, 2, 0, 0x00}, 5, 2},                                // the same entry again
        {{0x39, 2, 2, 0, 0x08, 1}, 6, 2},                             // a version before it
        {{0x39, 2, 4, 0, 0x10, 1}, 6, 2},                             // an hour before it
        {{0x39, 1, 1, 0}, 4, 1},                                      // hour -1
        {{0x39, 0x80, 0x80, 4, 2, 0}, 6, 1},                          // version 2^16
        {{0x39, 1, 0x80, 0x80, 0x80, 0x80, 0x20, 0}, 8, 1},           // hour 2^32
        {{0x3f, 0x80, 0x80, 0x80, 0x80, 0x10, 1, 2, 0}, 9, 1},        // replica 2^32
        {{0x3f, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 0, 0x01}, 10, 2}, // and one beyond the last
        {{0x3f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02, 1, 2, 0}, 14, 1},
        {{0x3f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}, 12, 1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(decode(table[i].bytes, table[i].size, table[i].count, NULL), FAIL_INVALID);
    assert_int_equal(decode((const uint8_t[]){0x39, 1, 2, 0}, 4, 1, NULL), FAIL_NONE);
    assert_int_equal(decode((const uint8_t[]){0}, 0, 0, NULL), FAIL_NONE);
}

static void a_minutes_ticks_take_two_bytes_each_at_most(void **state)
{
    (void)state;
    masks_entry_t entries[MANY];
    uint8_t out[MANY * MASKS_ENTRY_BYTES_MAX];
    for (uint32_t i = 0; i < MANY; i++)
        entries[i] = (masks_entry_t){5 + i, HOUR, UINT64_C(1) << 17, 2};
    assert_in_range(masks_encode(entries, MANY, out, sizeof out), MANY, MANY + 10);
    for (uint32_t i = 0; i < MANY; i++)
        entries[i].version = (uint16_t)(1 + i % 6);
    assert_in_range(masks_encode(entries, MANY, out, sizeof out), 1, 2 * MANY + 10);
}

static void random_entries_come_back(void **state)
{
    (void)state;
    uint64_t seed = 1;
    masks_entry_t entries[MANY], back[MANY];
    uint8_t out[MANY * MASKS_ENTRY_BYTES_MAX];
    for (int round = 0; round < 200; round++) {
        masks_entry_t last = {0};
        for (int i = 0; i < MANY; i++) {
            masks_entry_t next;
            do {
                seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
                uint64_t r = seed >> 20;
                next = (masks_entry_t){last.replica + (uint32_t)(r % 5 ? r % 3 : r % 4000000),
                                       (uint32_t)(HOUR + r % 7), (seed >> 3) & MASK_FULL,
                                       (uint16_t)(1 + (r >> 7) % 1024)};
                if (r % 3)
                    next.mask =
                        mask_between(HOUR, hour_start(HOUR) + (instant_t)(r % 30) * MINUTE_US,
                                     hour_start(HOUR) + (instant_t)(30 + r % 31) * MINUTE_US);
            } while (!next.replica || !next.mask || masks_compare(&last, &next) >= 0);
            entries[i] = last = next;
        }
        size_t size = masks_encode(entries, MANY, out, sizeof out);
        assert_int_not_equal(size, 0);
        assert_int_equal(decode(out, size, MANY, back), FAIL_NONE);
        for (int i = 0; i < MANY; i++)
            assert_true(!masks_compare(&entries[i], &back[i]) && entries[i].mask == back[i].mask);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_have_these_bytes),
        cmocka_unit_test(what_is_not_of_the_form_is_refused),
        cmocka_unit_test(a_minutes_ticks_take_two_bytes_each_at_most),
        cmocka_unit_test(random_entries_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
