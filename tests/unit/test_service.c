// proto/services.def against itself, and each core against its line of it.
#include "proto/core.h"
#include "proto/service.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define SERVICE(name, ...) extern const core_t name##_core;
#include "proto/services.def"

static const core_t *const cores[] = {
#define SERVICE(name, ...) &name##_core,
#include "proto/services.def"
};
enum { CORES = sizeof cores / sizeof cores[0] };

static void streams_are_numbered_in_the_order_of_the_table_without_a_gap(void **state)
{
    (void)state;
    for (stream_t stream = STREAM_FIRST; stream < STREAM_END; stream++)
        assert_int_equal(service_at(stream - STREAM_FIRST)->stream, stream);
    assert_true(STREAM_END <= STREAM_OURS_END);
    for (size_t i = STREAM_END - STREAM_FIRST; service_at(i); i++)
        assert_int_equal(service_at(i)->stream, STREAM_NONE);
}

// A bit that two share would let one of them do what the other may.
static void every_holder_of_a_certificate_has_a_bit_of_its_own(void **state)
{
    (void)state;
    unsigned seen = 0;
#define HOLDER(name, NAME, role, ...)                                                              \
    assert_in_range(role, 0, 31);                                                                  \
    assert_false(seen &ROLE_##NAME);                                                               \
    seen |= ROLE_##NAME;
#include "proto/services.def"
    assert_int_equal(seen, ROLE_ANY);
    assert_int_equal(seen & (seen + 1), 0); // and none is left out
}

static void a_process_has_the_role_of_its_name(void **state)
{
    (void)state;
    unsigned ours = 0;
    for (size_t i = 0; service_at(i); i++) {
        assert_int_equal(role_parse(service_at(i)->name), service_at(i)->role);
        ours |= service_at(i)->role;
    }
    assert_int_equal(ours, ROLE_OURS);
}

static void a_line_is_found_by_name_and_by_stream(void **state)
{
    (void)state;
    for (size_t i = 0; service_at(i); i++) {
        const service_t *service = service_at(i);
        assert_ptr_equal(service_named(service->name), service);
        assert_ptr_equal(service_of(service->stream), service->stream ? service : NULL);
    }
    assert_string_equal(service_stream_name(STREAM_LEDGER), "ledger");
    assert_null(service_stream_name(STREAM_NONE));
    assert_null(service_stream_name(PRODUCER_FIRST));
    assert_null(service_named("operator")); // has a certificate and is no process of ours
    assert_null(service_named(""));
}

static void the_list_for_people_names_who_has_a_journal(void **state)
{
    (void)state;
    char list[SERVICE_LIST_MAX];
    service_list(list);
    const char *at = list;
    for (stream_t stream = STREAM_FIRST; stream < STREAM_END; stream++) {
        const char *name = service_stream_name(stream);
        const char *behind = stream + 2 < STREAM_END ? ", " : stream + 1 < STREAM_END ? " or " : "";
        assert_memory_equal(at, name, strlen(name));
        assert_memory_equal(at + strlen(name), behind, strlen(behind));
        at += strlen(name) + strlen(behind);
    }
    assert_string_equal(at, "");
}

static bool names(const service_t *service, stream_t stream)
{
    for (const stream_t *peer = service->peers; *peer; peer++)
        if (*peer == stream)
            return true;
    return false;
}

static void a_core_is_what_its_line_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < CORES; i++) {
        const service_t *service = service_at(i);
        assert_string_equal(cores[i]->name, service->name);
        assert_int_equal(cores[i]->stream, service->stream);
        assert_int_equal(cores[i]->takes_feed, service->takes_feed);
        size_t peers = 0;
        while (service->peers[peers])
            assert_non_null(service_of(service->peers[peers++]));
        assert_int_equal(cores[i]->follows_count, peers);
        for (size_t f = 0; f < cores[i]->follows_count; f++)
            assert_true(names(service, cores[i]->follows[f].stream));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_numbered_in_the_order_of_the_table_without_a_gap),
        cmocka_unit_test(every_holder_of_a_certificate_has_a_bit_of_its_own),
        cmocka_unit_test(a_process_has_the_role_of_its_name),
        cmocka_unit_test(a_line_is_found_by_name_and_by_stream),
        cmocka_unit_test(the_list_for_people_names_who_has_a_journal),
        cmocka_unit_test(a_core_is_what_its_line_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
