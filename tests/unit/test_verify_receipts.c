// The checker of receipts: silent about what payment makes of the ledger's postings, and it names
// each fault.
#include "tests/unit/receipt_moves.h"
#include "services/ledger/ledger_core.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_receipts.h"

#define STATE                                                                                      \
    "<OperationStateResponse><Result><Code>0</Code></Result><State><Code>100</Code></State>"       \
    "<Info><OpKey>OP</OpKey></Info></OperationStateResponse>"

typedef struct {
    world_t *payment;
    harness_t *ledger;
    uint64_t said, heard; // payment's and the ledger's events that the other knows
} pair_t;

// Each hears all that the other said.
static void exchange(pair_t *self)
{
    while (self->said < world_last(self->payment) || self->heard < self->ledger->last) {
        while (self->said < world_last(self->payment)) {
            self->ledger->now = self->payment->now;
            event_t event = harness_read(self->payment->harness, ++self->said);
            assert_int_equal(harness_event(self->ledger, STREAM_PAYMENT, self->said, &event),
                             FAIL_NONE);
        }
        (void)harness_recall(self->ledger);
        while (self->heard < self->ledger->last) {
            event_t event = harness_read(self->ledger, ++self->heard);
            world_hear(self->payment, STREAM_LEDGER, &event);
        }
    }
}

static void used(pair_t *self, kopecks_t amount)
{
    static uint64_t sequence;
    event_t event = {.type = EVENT_usage_charged};
    event.usage_charged.account = MOVES_ACCOUNT;
    event.usage_charged.amount = amount;
    assert_int_equal(harness_event(self->ledger, STREAM_METERING, ++sequence, &event), FAIL_NONE);
    exchange(self);
}

static uint64_t bought(pair_t *self, uint64_t rubles)
{
    uint64_t invoice = world_link(self->payment, &MOVES_ACCOUNT, rubles, 0);
    exchange(self);
    return invoice;
}

static void given_back(pair_t *self, uint64_t invoice, kopecks_t amount)
{
    world_t *w = self->payment;
    uint64_t number = refund(w, invoice, amount);
    exchange(self);
    answered(w, SHOP_STATE_URL, RESULT_ANSWERED, 200, STATE);
    answered(w, SHOP_REFUND_URL, RESULT_NO_ANSWER, 0, "");
    request_t request = {.type = REQUEST_refund_resolve};
    request.refund_resolve =
        (request_refund_resolve_t){.refund = number, .done = true, .amount = amount};
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_NONE);
    exchange(self);
}

// The first of two payments is used up; of the second a part goes back, and the rest is used; the
// account owes then, and a third one repays it.
static void live(pair_t *self)
{
    world_t *w = self->payment;
    w->now += 200 * DAY_US; // three months before are of the same year
    assert_int_equal(regime(w, 0, TAX_SYSTEM_OSN, VAT_REGIME_FULL), FAIL_NONE);
    (void)bought(self, 500);
    uint64_t second = bought(self, 300);
    used(self, 60000);
    answered(w, ATTACH_URL, RESULT_ANSWERED, 200, TAKEN);
    w->now += MINUTE_US;
    answered(w, STATUS_URL, RESULT_ANSWERED, 200, REGISTERED);
    given_back(self, second, 5000);
    used(self, 15000);
    w->now += DAY_US + HOUR_US;
    world_tick(w);
    request_t again = {.type = REQUEST_receipt_resolve};
    again.receipt_resolve =
        (request_receipt_resolve_t){.invoice = second, .kind = RECEIPT_SECOND, .again = true};
    assert_int_equal(world_command(w, &again, ROLE_OPERATOR), FAIL_NONE);
    used(self, 700);
    (void)bought(self, 400);
    used(self, 39300);
}

static pair_t pair; // the events' slices lie in its journals

static int make(void **state)
{
    static histories_t histories;
    assert_int_equal(set_up(state), 0);
    pair = (pair_t){.payment = *state, .ledger = harness_new(&ledger_core, NULL)};
    live(&pair);
    for (uint64_t i = 1; i <= world_last(pair.payment); i++) {
        event_t event = harness_read(pair.payment->harness, i);
        history_add(&histories.of[STREAM_PAYMENT], &event);
    }
    for (uint64_t i = 1; i <= pair.ledger->last; i++) {
        event_t event = harness_read(pair.ledger, i);
        history_add(&histories.of[STREAM_LEDGER], &event);
    }
    *state = &histories;
    return 0;
}

static int release(void **state)
{
    histories_release(*state);
    world_destroy(pair.payment);
    harness_destroy(&pair.ledger);
    return 0;
}

// As verify reads them: the ledger up to the cause of each of payment's events. With `alone` the
// ledger is not there.
static void feed(const histories_t *histories, verify_report_t *report, bool alone)
{
    const history_t *payment = &histories->of[STREAM_PAYMENT],
                    *ledger = &histories->of[STREAM_LEDGER];
    verify_receipts_t checker;
    size_t next = 0;
    verify_receipts_init(&checker, report);
    for (size_t i = 0; i < payment->count; i++) {
        const event_t *event = &payment->events[i];
        bool follows = event->cause.stream == STREAM_LEDGER && !alone;
        for (; follows && next < ledger->count && next < event->cause.sequence; next++)
            verify_receipts_ledger(&checker, next + 1, &ledger->events[next]);
        verify_receipts_payment(&checker, i + 1, event);
    }
    for (; !alone && next < ledger->count; next++)
        verify_receipts_ledger(&checker, next + 1, &ledger->events[next]);
    verify_receipts_finish(&checker, !alone);
    verify_receipts_release(&checker);
}

static void run(const histories_t *histories, verify_report_t *report)
{
    feed(histories, report, false);
    feed(histories, report, true);
}

// --- faults ---

static event_t *said(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_PAYMENT], type, n);
}

static void placed_again(histories_t *h)
{
    said(h, EVENT_lot_placed, 1)->lot_placed.invoice =
        said(h, EVENT_lot_placed, 0)->lot_placed.invoice;
}

static void another_lot(histories_t *h)
{
    said(h, EVENT_lot_placed, 0)->lot_placed.lot++;
}

static void owed_by_nobody(histories_t *h)
{
    said(h, EVENT_lot_placed, 0)->lot_placed.owed = true;
}

static void ended_again(histories_t *h)
{
    *said(h, EVENT_receipt_due, 0) = *said(h, EVENT_lot_ended, 0);
}

static void all_was_used(histories_t *h)
{
    said(h, EVENT_lot_ended, 1)->lot_ended.used += 5000; // what went back too
}

static void ended_too_early(histories_t *h)
{
    size_t n = 0; // a posting says that it took less
    event_t *event;
    do
        event = history_event(&h->of[STREAM_LEDGER], EVENT_posted, n++);
    while (event->posted.kind != POSTING_CHARGE);
    event->posted.lots.size = 0;
    event->posted.amount = 100;
}

static void more_than_came(histories_t *h)
{
    said(h, EVENT_lot_ended, 0)->lot_ended.used = 50001;
}

static void due_again(histories_t *h)
{
    *said(h, EVENT_lot_ended, 1) = *said(h, EVENT_receipt_due, 0);
}

static void another_sum(histories_t *h)
{
    said(h, EVENT_receipt_due, 1)->receipt_due.amount += 5000;
}

static void another_number(histories_t *h)
{
    said(h, EVENT_receipt_due, 0)->receipt_due.receipt++;
}

static void another_tax(histories_t *h)
{
    said(h, EVENT_receipt_due, 0)->receipt_due.vat++;
}

static void an_advances_rate(histories_t *h)
{
    said(h, EVENT_receipt_due, 0)->receipt_due.tax = RECEIPT_TAX_VAT122;
}

static void another_years_rate(histories_t *h)
{
    event_receipt_due_t *e = &said(h, EVENT_receipt_due, 0)->receipt_due;
    e->tax = RECEIPT_TAX_VAT20;
    e->vat = 8333;
}

static void another_system(histories_t *h)
{
    said(h, EVENT_receipt_due, 0)->receipt_due.system = TAX_SYSTEM_PATENT;
}

static void handed_too(histories_t *h)
{
    event_t *event = said(h, EVENT_receipt_heard, 0);
    event->type = EVENT_receipt_handed;
    event->receipt_handed = (event_receipt_handed_t){
        .invoice = said(h, EVENT_receipt_due, 0)->receipt_due.invoice, .why = RECEIPT_WHY_RATES};
}

static void registered_unasked(histories_t *h)
{
    history_blank(said(h, EVENT_receipt_due, 0));
}

static void registered_again(histories_t *h)
{
    *said(h, EVENT_receipt_missing, 0) = *said(h, EVENT_receipt_registered, 0);
}

static void missing_at_once(histories_t *h)
{
    said(h, EVENT_receipt_missing, 0)->at -= 2 * HOUR_US;
}

static void never_due(histories_t *h)
{
    history_blank(said(h, EVENT_lot_ended, 0));
    history_blank(said(h, EVENT_receipt_due, 0));
}

static void every_fault_of_receipts_is_named(void **state)
{
    static const fault_t faults[] = {
        {"receipts: a payment is one lot", placed_again},
        {"receipts: the lot is the credit of its payment", another_lot},
        {"receipts: a lot repaid debt where it says so", owed_by_nobody},
        {"receipts: a lot ends once", ended_again},
        {"receipts: what was used is all but what went back", all_was_used},
        {"receipts: a lot ends when nothing is left", ended_too_early},
        {"receipts: no more was used than came", more_than_came},
        {"receipts: the second is due once, at the lot's end", due_again},
        {"receipts: the second says what was used", another_sum},
        {"receipts: its number follows from the payment's", another_number},
        {"receipts: the tax is that of the rate", another_tax},
        {"receipts: the tax is that of the rate", an_advances_rate},
        {"receipts: the rate is that of the days of service", another_years_rate},
        {"receipts: the rate is that of the days of service", another_system},
        {"receipts: for people is what no machine has sent", handed_too},
        {"receipts: what is told of was to be registered", registered_unasked},
        {"receipts: registered once", registered_again},
        {"receipts: missing after a day", missing_at_once},
        {"receipts: what is used up has its second receipt", never_due},
    };
    verify_rig_faults(*state, run, faults, LENGTH(faults));
}

// What payment said by a history of the ledger that is lost is nobody's fault.
static void a_lost_ledger_is_held_against_nobody(void **state)
{
    histories_t *histories = *state;
    verify_report_t report = {0};
    event_t reseeded = {.type = EVENT_node_reseeded};
    reseeded.node_reseeded.stream = STREAM_LEDGER;
    another_lot(histories);
    feed(histories, &report, false);
    assert_int_equal(report.violated, 1);
    history_add(&histories->of[STREAM_PAYMENT], &reseeded);
    report = (verify_report_t){0};
    feed(histories, &report, false);
    assert_int_equal(report.violated, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_of_receipts_is_named),
        cmocka_unit_test(a_lost_ledger_is_held_against_nobody),
    };
    return cmocka_run_group_tests(tests, make, release);
}
