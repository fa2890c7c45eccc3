// What usage that is given back was for: the postings are told with it, whatever stands between
// them and the credit.made that says so.
#include "tools/kopeck/given_back.h"
#include "proto/posting.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { TOLD_MAX = 16, BUILD = 2, DISK = 3 };

typedef struct {
    given_back_t given_back;
    uint64_t sequence;
    uint64_t services[TOLD_MAX]; // by sequence
    bool told[TOLD_MAX];
} rig_t;

static bool tell(void *arg, uint64_t sequence, const event_t *event, uint64_t service)
{
    rig_t *rig = arg;
    (void)event;
    assert_false(rig->told[sequence]);
    rig->told[sequence] = true;
    rig->services[sequence] = service;
    return true;
}

static rig_t *begin(void)
{
    static rig_t rig;
    rig = (rig_t){0};
    given_back_init(&rig.given_back, tell, &rig);
    return &rig;
}

static void feed(rig_t *rig, const event_t *event, uint64_t service)
{
    assert_true(given_back_feed(&rig->given_back, ++rig->sequence, event, service));
}

static void note(rig_t *rig, uint64_t credit, uint64_t service)
{
    event_t event = {.type = EVENT_credit_noted, .credit_noted = {.credit = credit}};
    feed(rig, &event, service);
}

static uint64_t post(rig_t *rig, uint64_t kind)
{
    event_t event = {.type = EVENT_posted, .posted = {.kind = kind, .amount = 1}};
    feed(rig, &event, 0);
    return rig->sequence;
}

static void make(rig_t *rig, uint64_t credit)
{
    event_t event = {.type = EVENT_credit_made, .credit_made = {.credit = credit}};
    feed(rig, &event, 0);
}

static void restore(rig_t *rig)
{
    event_t event = {.type = EVENT_account_restored};
    feed(rig, &event, 0);
}

static void end(rig_t *rig)
{
    assert_true(given_back_end(&rig->given_back));
    for (uint64_t sequence = 1; sequence <= rig->sequence; sequence++)
        assert_true(rig->told[sequence]);
    given_back_release(&rig->given_back);
}

static void a_posting_was_for_what_its_note_was(void **state)
{
    (void)state;
    rig_t *rig = begin();
    note(rig, 71, BUILD);
    note(rig, 72, DISK);
    uint64_t disk = post(rig, POSTING_CREDIT);
    make(rig, 72);
    uint64_t cash = post(rig, POSTING_CREDIT), bonus = post(rig, POSTING_CREDIT_BONUS);
    make(rig, 71);
    end(rig);
    assert_int_equal(rig->services[disk], DISK);
    assert_int_equal(rig->services[cash], BUILD);
    assert_int_equal(rig->services[bonus], BUILD);
}

static void what_came_of_a_posting_does_not_part_it_from_its_note(void **state)
{
    (void)state;
    rig_t *rig = begin();
    note(rig, 71, BUILD);
    uint64_t cash = post(rig, POSTING_CREDIT);
    restore(rig);
    uint64_t bonus = post(rig, POSTING_CREDIT_BONUS);
    restore(rig);
    make(rig, 71);
    end(rig);
    assert_int_equal(rig->services[cash], BUILD);
    assert_int_equal(rig->services[bonus], BUILD);
}

static void what_nobody_noted_is_for_nothing(void **state)
{
    (void)state;
    rig_t *rig = begin();
    note(rig, 71, BUILD);
    uint64_t other = post(rig, POSTING_CREDIT);
    uint64_t charge = post(rig, POSTING_CHARGE);
    make(rig, 71);
    uint64_t last = post(rig, POSTING_CREDIT);
    end(rig);
    assert_int_equal(rig->services[other], 0);
    assert_int_equal(rig->services[charge], 0);
    assert_int_equal(rig->services[last], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_posting_was_for_what_its_note_was),
        cmocka_unit_test(what_came_of_a_posting_does_not_part_it_from_its_note),
        cmocka_unit_test(what_nobody_noted_is_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
