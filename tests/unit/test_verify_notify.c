// Every fault of notify's journal, and against the ledger's and metering's, is named.
#include "tools/kopeck/verify_notify.h"
#include "proto/codes.h"
#include "proto/money.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the ones above first
#include <cmocka.h>

#define HOUR_AT (INT64_C(490000) * HOUR_US)
#define END (HOUR_AT + HOUR_US)

enum { NOTIFY = 6, LEDGER = 3, METERING = 2 };

static const uid_t16 payer = {{7}}, other = {{8}};

// Warned at 20 rubles and 1 ruble an hour, exhausted, graced, stopped, restored.
typedef struct {
    event_t notify[NOTIFY], ledger[LEDGER], metering[METERING];
} history_t;

static event_t moved(ladder_step_t before, ladder_step_t step, instant_t at, kopecks_t balance)
{
    event_t event = {.type = EVENT_ladder_moved, .at = at};
    event.ladder_moved = (event_ladder_moved_t){
        .account = payer, .rung = step, .rung_before = before, .balance = balance, .rule = 1};
    return event;
}

static event_t posted(kopecks_t cash, kopecks_t bonus)
{
    event_t event = {.type = EVENT_posted};
    event.posted.account = payer;
    event.posted.cash = cash;
    event.posted.bonus = bonus;
    return event;
}

static event_t line(kopecks_t price)
{
    event_t event = {.type = EVENT_usage_charged};
    event.usage_charged.account = payer;
    event.usage_charged.hour = HOUR_AT;
    event.usage_charged.minutes = 60;
    event.usage_charged.price = price;
    event.usage_charged.reason = CHARGED_HOUR;
    return event;
}

static history_t good(void)
{
    history_t h = {.notify = {{.type = EVENT_ladder_policy_changed},
                              moved(LADDER_NONE, LADDER_EARLY, END, 2000),
                              moved(LADDER_EARLY, LADDER_EXHAUSTED, END + DAY_US, -5),
                              moved(LADDER_EXHAUSTED, LADDER_GRACE, END + DAY_US + 10, -5),
                              moved(LADDER_GRACE, LADDER_STOPPED, END + DAY_US + 30, -5),
                              moved(LADDER_STOPPED, LADDER_NONE, END + DAY_US + 40, 5000)},
                   .ledger = {posted(1500, 500), posted(-5, 0), posted(5000, 0)},
                   .metering = {line(36000), line(36000)}};
    h.notify[0].ladder_policy_changed =
        (event_ladder_policy_changed_t){1000, DAY_US, 3 * HOUR_US, 10, 20, DAY_US, 300, 400};
    uint64_t at[] = {0, 1, 2, 2, 2, 3}, before[] = {0, 0, 2, 3, 4, 5};
    instant_t next[] = {0, 0, END + DAY_US + 10, END + DAY_US + 30, END + DAY_US + 330, 0};
    for (size_t i = 1; i < NOTIFY; i++) {
        h.notify[i].ladder_moved.balance_sequence = at[i];
        h.notify[i].ladder_moved.previous = before[i];
        h.notify[i].ladder_moved.next = next[i];
    }
    h.notify[1].ladder_moved.burn = 100 * CARRY_DENOMINATOR;
    h.notify[1].ladder_moved.hour = HOUR_AT;
    h.notify[1].ladder_moved.burn_sequence = 2;
    h.notify[1].ladder_moved.lasts = END + 20 * HOUR_US;
    h.notify[3].ladder_moved.pending = 17;
    return h;
}

static uint64_t violations(const history_t *h)
{
    verify_notify_t self;
    static verify_report_t report;
    report = (verify_report_t){0};
    verify_notify_init(&self, &report);
    for (uint64_t i = 0; i < NOTIFY; i++)
        verify_notify_feed(&self, i + 1, &h->notify[i]);
    for (uint64_t i = 0; i < METERING; i++)
        if (h->metering[i].type)
            verify_notify_metering(&self, i + 1, &h->metering[i]);
    for (uint64_t i = 0; i < LEDGER; i++)
        if (h->ledger[i].type)
            verify_notify_ledger(&self, i + 1, &h->ledger[i]);
    verify_notify_finish(&self, true, true);
    verify_notify_release(&self);
    assert_true(report.checked > 20);
    return report.violated;
}

static void what_is_right_holds(void **state)
{
    (void)state;
    history_t h = good();
    assert_int_equal(violations(&h), 0);
}

static void each_fault_of_a_step_is_found(void **state)
{
    (void)state;
    for (unsigned fault = 0; fault < 14; fault++) {
        history_t h = good();
        event_ladder_moved_t *warned = &h.notify[1].ladder_moved,
                             *exhausted = &h.notify[2].ladder_moved,
                             *graced = &h.notify[3].ladder_moved,
                             *stopped = &h.notify[4].ladder_moved,
                             *restored = &h.notify[5].ladder_moved;
        switch (fault) {
        case 0:
            warned->rung = LADDER_LATE, exhausted->rung_before = LADDER_LATE;
            break;
        case 1:
            warned->lasts += MINUTE_US;
            break;
        case 2:
            exhausted->rung_before = LADDER_LATE;
            break;
        case 3:
            exhausted->balance = 5, h.ledger[1].posted.cash = 5;
            break;
        case 4:
            exhausted->next++;
            break;
        case 5:
            exhausted->previous = 1;
            break;
        case 6:
            graced->pending = 0;
            break;
        case 7:
            h.notify[3].at--;
            break; // before its turn
        case 8:
            stopped->next--;
            break;
        case 9:
            h.notify[4].at -= 5, stopped->pending = 17;
            break; // amid the grace
        case 10:
            restored->rung = LADDER_LOW;
            break;
        case 11:
            stopped->rung = LADDER_FROZEN, restored->rung_before = LADDER_FROZEN;
            break;
        case 12:
            graced->rung = graced->rung_before;
            break; // said twice
        default:
            warned->burn++;
            break;
        }
        if (!violations(&h))
            fail_msg("fault %u passes", fault);
    }
}

static void each_fault_against_others_is_found(void **state)
{
    (void)state;
    for (unsigned fault = 0; fault < 7; fault++) {
        history_t h = good();
        switch (fault) {
        case 0:
            h.ledger[1].posted.cash = -6;
            break;
        case 1:
            h.ledger[1].posted.account = other;
            break;
        case 2:
            h.ledger[2].type = EVENT_account_low;
            break;
        case 3:
            h.metering[0].usage_charged.minutes = 59;
            break;
        case 4:
            h.metering[1].usage_charged.reason = CHARGED_LATE;
            break;
        case 5:
            h.metering[1].type = 0;
            break; // it is behind the end
        default:
            h.ledger[2].type = 0;
            break;
        }
        if (!violations(&h))
            fail_msg("fault %u passes", fault);
    }
}

static void what_a_replaced_history_said_is_held_against_nothing(void **state)
{
    (void)state;
    history_t h = good();
    verify_notify_t self;
    static verify_report_t report;
    verify_notify_init(&self, &report);
    for (uint64_t i = 0; i < NOTIFY; i++)
        verify_notify_feed(&self, i + 1, &h.notify[i]);
    event_t event = {.type = EVENT_node_reseeded,
                     .node_reseeded = {.stream = STREAM_LEDGER, .sequence = 1}};
    verify_notify_feed(&self, NOTIFY + 1, &event);
    event.node_reseeded.stream = STREAM_METERING;
    verify_notify_feed(&self, NOTIFY + 2, &event);
    event = posted(1500, 500);
    verify_notify_ledger(&self, 1, &event);
    event = posted(77, 0); // what the new history has there
    verify_notify_ledger(&self, 2, &event);
    verify_notify_finish(&self, true, true);
    assert_int_equal(report.violated, 0);
    verify_notify_release(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_holds),
        cmocka_unit_test(each_fault_of_a_step_is_found),
        cmocka_unit_test(each_fault_against_others_is_found),
        cmocka_unit_test(what_a_replaced_history_said_is_held_against_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
