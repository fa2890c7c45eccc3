// test_platform - the made-up platform makes lives that a platform could have.
#include "services/base/table.h"
#include "tools/platform_sim/platform.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { REPLICAS = 300, CAP = 256 };
static const platform_options_t options = {
    .seed = 7, .accounts = 40, .replicas = REPLICAS, .start = INT64_C(1767225600000000)};

typedef struct {
    uid_t16 id;
    bool created, deleted, running;
    instant_t created_at;
} life_t;

static life_t *life_of(table_t *lives, const uid_t16 *id)
{
    uint32_t number = table_find(lives, id);
    return table_row(lives, number == TABLE_NONE ? table_insert(lives, id) : number);
}

static void events_are_in_order_and_make_whole_lives(void **state)
{
    (void)state;
    platform_t *platform = platform_new(&options);
    table_t lives;
    table_init(&lives, sizeof(life_t));
    event_t events[CAP];
    instant_t last = 0;
    uint32_t running = 0, seen = 0, deleted = 0;
    for (instant_t until = options.start; until < options.start + 10 * DAY_US; until += HOUR_US)
        for (size_t n; (n = platform_next(platform, until, events, CAP)) > 0;)
            for (size_t i = 0; i < n; i++, seen++) {
                const event_t *event = &events[i];
                life_t *life = life_of(&lives, &event->resource_created.resource);
                assert_true(event->at >= last && event->at <= until);
                last = event->at;
                assert_false(life->deleted);
                assert_int_equal(life->created, event->type != EVENT_resource_created);
                switch (event->type) {
                case EVENT_resource_created:
                    life->created = true;
                    break;
                case EVENT_replica_started:
                    assert_false(life->running);
                    life->running = true;
                    running++;
                    break;
                case EVENT_replica_stopped:
                    assert_true(life->running);
                    life->running = false;
                    running--;
                    break;
                case EVENT_resource_deleted:
                    running -= life->running;
                    life->deleted = true;
                    deleted++;
                    break;
                default:
                    fail_msg("an event that no platform sends: %d", (int)event->type);
                }
            }
    assert_int_equal(running, platform_running(platform));
    assert_true(running > REPLICAS * 8 / 10 && running <= REPLICAS);
    assert_true(seen > 10000 && deleted > REPLICAS);
    table_release(&lives);
    platform_destroy(&platform);
}

static void the_same_seed_makes_the_same_events(void **state)
{
    (void)state;
    platform_t *a = platform_new(&options), *b = platform_new(&options);
    instant_t until = options.start + DAY_US;
    event_t from_a[CAP], from_b[CAP];
    uint8_t bytes_a[512], bytes_b[512];
    for (size_t n; (n = platform_next(a, until, from_a, CAP)) > 0;)
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(platform_next(b, until, from_b, 1), 1); // however it is asked
            size_t size = event_encode(&from_a[i], bytes_a, sizeof bytes_a);
            assert_int_equal(event_encode(from_b, bytes_b, sizeof bytes_b), size);
            assert_memory_equal(bytes_a, bytes_b, size);
        }
    assert_int_equal(platform_next(b, until, from_b, 1), 0);
    platform_destroy(&a);
    platform_destroy(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_in_order_and_make_whole_lives),
        cmocka_unit_test(the_same_seed_makes_the_same_events),
    };
    return cmocka_run_group_tests_name("platform", tests, NULL, NULL);
}
