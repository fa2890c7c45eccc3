#include "services/node/parcel.h"
#include "store/record.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void add_record(parcel_t *self, uint64_t first, uint32_t count)
{
    record_builder_t builder;
    record_builder_begin(&builder, parcel_buffer(self), RECORD_TARGET, first, 1 << 20);
    for (uint32_t i = 0; i < count; i++)
        assert_true(record_builder_add(&builder, &i, sizeof i));
    self->records[self->records_count++] = record_builder_end(&builder);
}

static void the_record_that_holds_an_event_is_found_and_no_other(void **state)
{
    (void)state;
    parcel_t self;
    parcel_init(&self);
    assert_null(parcel_record(&self, 7));
    add_record(&self, 7, 3);
    add_record(&self, 10, 1);
    assert_null(parcel_record(&self, 6));
    assert_ptr_equal(parcel_record(&self, 7), &self.records[0]);
    assert_ptr_equal(parcel_record(&self, 9), &self.records[0]);
    assert_ptr_equal(parcel_record(&self, 10), &self.records[1]);
    assert_null(parcel_record(&self, 11));
    parcel_empty(&self);
    assert_null(parcel_record(&self, 7));
    parcel_release(&self);
}

static void outputs_come_in_their_order_whatever_the_arena_did(void **state)
{
    (void)state;
    enum { MANY = 600, LARGE = 100 * 1024 };
    static uint8_t large[LARGE];
    parcel_t self;
    output_t output;
    parcel_init(&self);
    for (uint32_t i = 0; i < MANY; i++) {
        stored_output_t *added = parcel_add(&self, OUTPUT_ANSWER);
        added->head = parcel_put(&self, &i, sizeof i);
        if (i % 50 == 0)
            added->body = parcel_put(&self, large, LARGE);
    }
    for (uint32_t i = 0, said; i < MANY; i++) {
        assert_true(parcel_give(&self, &output));
        assert_int_equal(output.head.size, sizeof said);
        memcpy(&said, output.head.data, sizeof said);
        assert_int_equal(said, i);
        assert_int_equal(output.body.size, i % 50 ? 0 : LARGE);
    }
    assert_false(parcel_give(&self, &output));
    parcel_empty(&self);
    assert_false(parcel_give(&self, &output));
    parcel_release(&self);
}

static void rows_are_copied_and_wiped(void **state)
{
    (void)state;
    uint8_t secret[] = "anna@example.org";
    side_row_t row = {.kind = 1, .bytes = {secret, sizeof secret}};
    parcel_t self;
    parcel_init(&self);
    parcel_forget_rows(&self); // there are none yet
    parcel_add_row(&self, &row);
    row.bytes = (bytes_t){NULL, 0};
    parcel_add_row(&self, &row);
    secret[0] = 'o';
    assert_int_equal(self.rows_count, 2);
    assert_string_equal((const char *)self.rows[0].bytes.data, "anna@example.org");
    assert_int_equal(self.rows[1].bytes.size, 0);
    parcel_empty(&self);
    assert_int_equal(self.rows_count, 0);
    for (size_t i = 0; i < sizeof secret; i++)
        assert_int_equal(self.rows_bytes[i], 0);
    parcel_release(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_record_that_holds_an_event_is_found_and_no_other),
        cmocka_unit_test(outputs_come_in_their_order_whatever_the_arena_did),
        cmocka_unit_test(rows_are_copied_and_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
