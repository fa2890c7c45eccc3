// Every fault of what notify says that customers are told is named, and what is right is not.
#include "proto/codes.h"
#include "proto/posting.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_told.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the ones above first
#include <cmocka.h>

#define NOON (INT64_C(1767268800) * SECOND_US) // 2026-01-01T12:00:00Z

static const uid_t16 payer = {{7}}, other = {{8}};

static void queue(history_t *notify, notice_kind_t kind, uint64_t back)
{
    event_t event = {.type = EVENT_notice_queued};
    event.notice_queued =
        (event_notice_queued_t){.account = payer, .kind = kind, .back = back, .to = 4};
    history_add(notify, &event);
}

// The other says it, notify hears it and queues it.
static void tell(histories_t *h, stream_t stream, const event_t *said, notice_kind_t kind,
                 kopecks_t amount, instant_t until)
{
    history_add(&h->of[stream], said);
    event_t heard = {.type = EVENT_notice_heard,
                     .cause = {.stream = stream, .sequence = h->of[stream].count}};
    heard.notice_heard =
        (event_notice_heard_t){.account = payer, .kind = kind, .amount = amount, .until = until};
    history_add(&h->of[STREAM_NOTIFY], &heard);
    queue(&h->of[STREAM_NOTIFY], kind, 1);
}

static event_t came(posting_kind_t kind)
{
    event_t event = {.type = EVENT_posted};
    event.posted = (event_posted_t){.account = payer,
                                    .debit = SYSTEM_CLEARING,
                                    .credit = SYSTEM_END,
                                    .amount = 500,
                                    .kind = kind};
    return event;
}

static void tell_of_the_ledger(histories_t *h)
{
    event_t event = came(POSTING_TOPUP);
    tell(h, STREAM_LEDGER, &event, NOTICE_TOPPED_UP, 500, 0);
    event = came(POSTING_BANK);
    tell(h, STREAM_LEDGER, &event, NOTICE_TRANSFER_CAME, 500, 0);
    event = (event_t){.type = EVENT_account_closed};
    event.account_closed = (event_account_closed_t){.account = payer, .cash = 100};
    tell(h, STREAM_LEDGER, &event, NOTICE_ACCOUNT_CLOSED, 100, 0);
    event = (event_t){.type = EVENT_bonus_ends_soon};
    event.bonus_ends_soon =
        (event_bonus_ends_soon_t){.account = payer, .amount = 30, .until = NOON};
    tell(h, STREAM_LEDGER, &event, NOTICE_BONUS_ENDS, 30, NOON);
}

static void tell_of_payments(histories_t *h)
{
    event_t event = {.type = EVENT_refund_requested};
    event.refund_requested = (event_refund_requested_t){.account = payer, .amount = 7};
    tell(h, STREAM_PAYMENT, &event, NOTICE_REFUND_ASKED, 7, 0);
    event = (event_t){.type = EVENT_refund_done};
    event.refund_done = (event_refund_done_t){.account = payer, .amount = 7};
    tell(h, STREAM_PAYMENT, &event, NOTICE_REFUND_DONE, 7, 0);
    event = (event_t){.type = EVENT_refund_ended};
    event.refund_ended = (event_refund_ended_t){.account = payer, .amount = 7};
    tell(h, STREAM_PAYMENT, &event, NOTICE_REFUND_FAILED, 7, 0);
    event = (event_t){.type = EVENT_autopay_settled};
    event.autopay_settled =
        (event_autopay_settled_t){.account = payer, .amount = 900, .outcome = OUTCOME_SUCCEEDED};
    tell(h, STREAM_AUTOPAY, &event, NOTICE_AUTOPAY_PAID, 900, 0);
    event = (event_t){.type = EVENT_autopay_suspended};
    event.autopay_suspended.account = payer;
    tell(h, STREAM_AUTOPAY, &event, NOTICE_AUTOPAY_SUSPENDED, 0, 0);
}

static void tell_of_a_price(histories_t *h)
{
    history_t *notify = &h->of[STREAM_NOTIFY];
    event_t event = {.type = EVENT_tariff_announced};
    event.tariff_announced = (event_tariff_announced_t){.price = 320, .effective = NOON};
    history_add(&h->of[STREAM_METERING], &event);
    event = (event_t){.type = EVENT_price_heard, .cause = {STREAM_METERING, 1}};
    event.cause = (cause_t){.stream = STREAM_METERING, .sequence = 1};
    event.price_heard = (event_price_heard_t){.price = 320, .effective = NOON};
    history_add(notify, &event);
    uint64_t price = notify->count;
    queue(notify, NOTICE_PRICE, 1);
    queue(notify, NOTICE_PRICE, 2);
    event = (event_t){.type = EVENT_price_told, .price_told.price = price};
    history_add(notify, &event);
}

static int make(void **state)
{
    histories_t *h = calloc(1, sizeof *h);
    event_t event = {.type = EVENT_ladder_moved};
    queue(&h->of[STREAM_NOTIFY], NOTICE_CONFIRM, 0);
    event.ladder_moved.account = payer;
    history_add(&h->of[STREAM_NOTIFY], &event);
    queue(&h->of[STREAM_NOTIFY], NOTICE_LADDER, 1);
    tell_of_the_ledger(h);
    tell_of_payments(h);
    tell_of_a_price(h);
    *state = h;
    return 0;
}

static int release(void **state)
{
    histories_release(*state);
    free(*state);
    return 0;
}

static void run(const histories_t *histories, verify_report_t *report)
{
    static const stream_t others[] = {STREAM_METERING, STREAM_LEDGER, STREAM_PAYMENT,
                                      STREAM_AUTOPAY};
    verify_told_t told;
    verify_told_init(&told, report);
    const history_t *notify = &histories->of[STREAM_NOTIFY];
    for (size_t i = 0; i < notify->count; i++)
        verify_told_feed(&told, i + 1, &notify->events[i]);
    for (size_t s = 0; s < sizeof others / sizeof others[0]; s++) {
        const history_t *said = &histories->of[others[s]];
        for (size_t i = 0; i < said->count; i++)
            verify_told_said(&told, others[s], i + 1, &said->events[i]);
        verify_told_finish(&told, others[s]);
    }
    verify_told_release(&told);
}

// --- faults ---

static event_t *event(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_NOTIFY], type, n);
}

static void hear_twice(histories_t *h)
{
    event(h, EVENT_notice_heard, 1)->cause = event(h, EVENT_notice_heard, 0)->cause;
}

static void hear_of_nobody(histories_t *h)
{
    event(h, EVENT_notice_heard, 0)->cause = (cause_t){.stream = 0};
}

static void tell_another(histories_t *h)
{
    event(h, EVENT_notice_queued, 2)->notice_queued.account = other;
}

static void tell_of_another_kind(histories_t *h)
{
    event(h, EVENT_notice_queued, 2)->notice_queued.kind = NOTICE_TRANSFER_CAME;
}

static void tell_what_was_told(histories_t *h)
{
    event(h, EVENT_notice_queued, 3)->notice_queued.back = 3;
}

static void tell_of_no_price(histories_t *h)
{
    history_blank(event(h, EVENT_price_heard, 0));
}

static void hear_of_another(histories_t *h)
{
    event(h, EVENT_notice_heard, 0)->notice_heard.account = other;
}

static void hear_another_kind(histories_t *h)
{
    event(h, EVENT_notice_heard, 4)->notice_heard.kind = NOTICE_REFUND_DONE;
}

static void hear_of_an_usual_posting(histories_t *h)
{
    history_event(&h->of[STREAM_LEDGER], EVENT_posted, 0)->posted.kind = POSTING_CHARGE;
}

static void hear_more(histories_t *h)
{
    event(h, EVENT_notice_heard, 0)->notice_heard.amount++;
}

static void hear_another_end(histories_t *h)
{
    event(h, EVENT_notice_heard, 3)->notice_heard.until++;
}

static void hear_another_price(histories_t *h)
{
    event(h, EVENT_price_heard, 0)->price_heard.price++;
}

static void hear_what_is_not_there(histories_t *h)
{
    event(h, EVENT_notice_heard, 0)->cause.sequence = 99;
}

static void every_fault_of_what_is_told_is_named(void **state)
{
    static const fault_t faults[] = {
        {"notify: what another said is heard once", hear_twice},
        {"notify: what another said is heard once", hear_of_nobody},
        {"notify: a notice tells an event of its account", tell_another},
        {"notify: a notice tells an event of its account", tell_of_another_kind},
        {"notify: a notice tells an event of its account", tell_what_was_told},
        {"notify: a price that was heard is told", tell_of_no_price},
        {"notify: what was heard was said there, of that account", hear_of_another},
        {"notify: what was heard was said there, of that account", hear_another_kind},
        {"notify: what was heard was said there, of that account", hear_of_an_usual_posting},
        {"notify: sums and times are those that were said", hear_more},
        {"notify: sums and times are those that were said", hear_another_end},
        {"notify: sums and times are those that were said", hear_another_price},
        {"notify: nothing is heard from behind another's end", hear_what_is_not_there}};
    verify_rig_faults(*state, run, faults, sizeof faults / sizeof faults[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_fault_of_what_is_told_is_named, make, release)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
