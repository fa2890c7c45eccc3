// Metering's checker against a history of metering's core: silent about it, and loud about each
// fault.
#include "tests/model/metering_harness.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_metering.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { RESOURCE = 1, REPLICA = 2, ACCOUNT = 3 };
#define START (INT64_C(1790000000) * SECOND_US / HOUR_US * HOUR_US)

static harness_t harness; // the events' slices lie in its journal

static uid_t16 id(unsigned kind, uint64_t number)
{
    return harness_id(kind, number);
}

static void define_rate(harness_t *h, uint64_t kind, const char *code)
{
    request_t request = {.type = REQUEST_rate_define};
    request.rate_define = (request_rate_define_t){
        kind, text_of(code), text_of(code), 40000, kind == RESOURCE_DISK ? 5120 : 0, h->now, 0};
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
}

static void sample(harness_t *h, instant_t at, uint64_t mib)
{
    event_t item = {.type = EVENT_disk_sampled, .at = at};
    item.disk_sampled =
        (event_disk_sampled_t){id(RESOURCE, 60), id(ACCOUNT, 1), text_of("nachalny"), mib};
    assert_int_equal(harness_item(h, &item), FAIL_NONE);
}

static void use(harness_t *h, instant_t at, unsigned request, uint64_t input, uint64_t output)
{
    event_t item = {.type = EVENT_tokens_used, .at = at};
    item.tokens_used = (event_tokens_used_t){id(RESOURCE, 60), id(ACCOUNT, 1), id(4, request),
                                             text_of("llama"), input,          output};
    assert_int_equal(harness_item(h, &item), FAIL_NONE);
}

// A dearer version that is announced, and withdrawn.
static void announce(harness_t *h)
{
    request_t request = {.type = REQUEST_tariff_define};
    request.tariff_define = (request_tariff_define_t){.code = text_of("nachalny"),
                                                      .title = text_of("Начальный"),
                                                      .price = 32000,
                                                      .effective = h->now + 2 * DAY_US};
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    request_t withdrawal = {.type = REQUEST_tariff_withdraw};
    withdrawal.tariff_withdraw.version =
        harness_event(h, EVENT_tariff_defined, 0)->tariff_defined.version;
    assert_int_equal(harness_command(h, &withdrawal), FAIL_NONE);
}

// Files beyond a quota, and tokens, of two hours; some of the first come late.
static void count(harness_t *h, instant_t at)
{
    define_rate(h, RESOURCE_DISK, "nachalny");
    define_rate(h, RESOURCE_INPUT, "llama");
    define_rate(h, RESOURCE_OUTPUT, "llama");
    announce(h);
    for (int hour = 0; hour < 2; hour++, at += HOUR_US) {
        harness_time(h, at + 59 * MINUTE_US);
        sample(h, at + 10 * MINUTE_US, 6000);
        sample(h, at + 20 * MINUTE_US, 7000);
        use(h, at + 30 * MINUTE_US, (unsigned)hour * 10 + 1, 100, 30);
        use(h, at + 40 * MINUTE_US, (unsigned)hour * 10 + 2, 100, 0);
        harness_through(h, at + HOUR_US);
        harness_time(h, at + HOUR_US + 5 * MINUTE_US);
    }
    use(h, at - 30 * MINUTE_US, 3, 1000, 0);
    harness_time(h, at + 70 * MINUTE_US);
}

static void live(harness_t *h)
{
    instant_t at = START;
    harness_time(h, at + 50 * MINUTE_US);
    for (uint64_t r = 1; r <= 3; r++) {
        harness_created(h, at, id(RESOURCE, r), id(ACCOUNT, 1 + r / 3));
        harness_started(h, at + (instant_t)r * 7 * MINUTE_US, id(RESOURCE, r), id(REPLICA, r),
                        id(ACCOUNT, 1 + r / 3), "nachalny");
    }
    harness_started(h, at + 11 * MINUTE_US, id(RESOURCE, 1), id(REPLICA, 9), id(ACCOUNT, 1),
                    "probny");
    for (int minute = 0; minute < 20; minute++)
        harness_ticked(h, at + minute * MINUTE_US, id(RESOURCE, 4), id(REPLICA, 4), id(ACCOUNT, 2),
                       "ultra");
    harness_time(h, at + HOUR_US + MINUTE_US);
    harness_started(h, at + HOUR_US + MINUTE_US, id(RESOURCE, 1), id(REPLICA, 10), id(ACCOUNT, 1),
                    "nachalny"); // in the next hour, told before this one is billed
    harness_through(h, at + HOUR_US);
    harness_time(h, at + HOUR_US + 30 * MINUTE_US);
    harness_stopped(h, at + HOUR_US + 20 * MINUTE_US, id(RESOURCE, 2), id(REPLICA, 2));
    harness_through(h, at + 2 * HOUR_US);
    harness_time(h, at + 2 * HOUR_US + 10 * MINUTE_US);
    harness_deleted(h, at + 2 * HOUR_US + 5 * MINUTE_US, id(RESOURCE, 1));
    harness_deleted(h, at + 2 * HOUR_US + 6 * MINUTE_US, id(RESOURCE, 2));
    harness_through(h, at + 4 * HOUR_US);
    harness_time(h, at + 4 * HOUR_US + 10 * MINUTE_US);
    // late, of a meter that is closed
    harness_ticked(h, at + 2 * HOUR_US + MINUTE_US, id(RESOURCE, 2), id(REPLICA, 2), id(ACCOUNT, 1),
                   "nachalny");
    harness_time(h, at + 4 * HOUR_US + 20 * MINUTE_US);
    harness_stopped(h, at + 3 * HOUR_US, id(RESOURCE, 3), id(REPLICA, 3)); // told late
    harness_time(h, at + 4 * HOUR_US + 21 * MINUTE_US);
    harness_started(h, at + HOUR_US, id(RESOURCE, 3), id(REPLICA, 33), id(ACCOUNT, 2), "nachalny");
    harness_time(h, at + 4 * HOUR_US + 22 * MINUTE_US);
    for (int hour = 5; hour < 200; hour++) { // until what is deleted is forgotten
        harness_time(h, at + hour * HOUR_US + 10 * MINUTE_US);
        harness_through(h, at + hour * HOUR_US);
        harness_time(h, at + hour * HOUR_US + 11 * MINUTE_US);
    }
    at += 200 * HOUR_US;
    harness_time(h, at);
    harness_started(h, at, id(RESOURCE, 50), id(REPLICA, 50), id(ACCOUNT, 1), "ultra");
    harness_time(h, at + 30 * MINUTE_US);
    harness_deleted(h, at + 30 * MINUTE_US, id(RESOURCE, 50)); // with numbers given again
    at += HOUR_US;
    harness_time(h, at);
    count(h, at);
}

static int make(void **state)
{
    static histories_t histories;
    harness_open(&harness, NULL);
    live(&harness);
    for (size_t at = 0; at < harness.size;) {
        uint32_t size;
        event_t event;
        memcpy(&size, harness.journal + at, sizeof size);
        at += sizeof size;
        assert_int_equal(event_decode(harness.journal + at, size, &event), FAIL_NONE);
        at += size;
        history_add(&histories.of[STREAM_METERING], &event);
    }
    *state = &histories;
    return 0;
}

static int release(void **state)
{
    histories_release(*state);
    harness_close(&harness);
    return 0;
}

static void run(const histories_t *histories, verify_report_t *report)
{
    const history_t *history = &histories->of[STREAM_METERING];
    verify_metering_t checker;
    verify_metering_init(&checker, report);
    for (size_t i = 0; i < history->count; i++)
        verify_metering_feed(&checker, i + 1, &history->events[i]);
    verify_lines_begin(&checker.credits); // the second reading
    for (uint64_t wanted; (wanted = verify_lines_wanted(&checker.credits));)
        verify_lines_take(&checker.credits, &history->events[wanted - 1]);
    verify_metering_release(&checker);
}

// --- faults ---

static event_t *event(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_METERING], type, n);
}
static event_usage_charged_t *line(histories_t *h, size_t n)
{
    return &event(h, EVENT_usage_charged, n)->usage_charged;
}

static void define_with_a_gap(histories_t *h)
{
    event(h, EVENT_tariff_defined, 2)->tariff_defined.version++;
}
static void open_meter_with_a_gap(histories_t *h)
{
    event(h, EVENT_meter_opened, 1)->meter_opened.meter++;
}
static void open_replica_with_a_gap(histories_t *h)
{
    event(h, EVENT_replica_opened, 1)->replica_opened.replica += 7;
}
static void open_replica_twice(histories_t *h)
{
    *event(h, EVENT_replica_opened, 1) = *event(h, EVENT_replica_opened, 0);
}
static void charge_no_meter(histories_t *h)
{
    line(h, 0)->meter = 99;
}
static void run_no_replica(histories_t *h)
{
    event(h, EVENT_interval_opened, 0)->interval_opened.replica = 99;
}
static void miscount_masks(histories_t *h)
{
    event(h, EVENT_usage_accepted, 0)->usage_accepted.count++;
}
static void use_no_tariff(histories_t *h)
{
    line(h, 0)->version = 99;
}
static void overprice(histories_t *h)
{
    line(h, 0)->price++;
}
static void charge_no_minutes(histories_t *h)
{
    line(h, 0)->minutes = 0;
}
static void charge_another_account(histories_t *h)
{
    line(h, 0)->account = id(ACCOUNT, 7);
}
static void charge_another_resource(histories_t *h)
{
    line(h, 0)->resource = id(RESOURCE, 7);
}
static void round_up(histories_t *h)
{
    line(h, 1)->amount++;
}
static void lose_a_carry(histories_t *h)
{
    line(h, 1)->remainder--;
}
static void keep_a_kopeck(histories_t *h)
{
    line(h, 1)->amount--;
    line(h, 1)->remainder += CARRY_DENOMINATOR;
}
static void forget_a_line(histories_t *h)
{
    history_blank(event(h, EVENT_usage_charged, 0));
}
static void bill_an_hour_twice(histories_t *h)
{
    *event(h, EVENT_usage_charged, 1) = *event(h, EVENT_usage_charged, 0);
}
static void bill_more_than_an_hour(histories_t *h)
{
    line(h, 0)->minutes += 121;
}
static void bill_a_minute_too_many(histories_t *h)
{
    line(h, 0)->minutes++;
}
static void bill_without_an_interval(histories_t *h)
{
    history_blank(event(h, EVENT_interval_opened, 1));
}
static void close_for_another(histories_t *h)
{
    event(h, EVENT_meter_closed, 0)->meter_closed.account = id(ACCOUNT, 7);
}
static void move_less(histories_t *h)
{
    event(h, EVENT_meter_closed, 0)->meter_closed.moved--;
}
static void post_at_closing(histories_t *h)
{
    event(h, EVENT_meter_closed, 0)->meter_closed.amount++;
}
static void close_an_hour_again(histories_t *h)
{
    event(h, EVENT_hour_closed, 1)->hour_closed.hour -= HOUR_US;
}
static void charge_in_another_age(histories_t *h)
{
    line(h, 0)->hour = INT64_MAX;
}
static event_usage_credited_t *credit(histories_t *h)
{
    return &event(h, EVENT_usage_credited, 0)->usage_credited;
}
static void bill_beyond_a_stop(histories_t *h) // as it was before anything was given back
{
    history_blank(event(h, EVENT_usage_overbilled, 0));
}
static void take_back_less(histories_t *h)
{
    static const uint8_t minute[] = {0x5f, 3, 1, 0xfe, 0xff, 0xff, 0x7f, 0};
    event(h, EVENT_usage_overbilled, 0)->usage_overbilled.masks = (bytes_t){minute, sizeof minute};
}
static void give_back_more(histories_t *h)
{
    credit(h)->minutes += 1;
    credit(h)->charged_minutes += 1;
}
static void give_back_twice(histories_t *h)
{
    event_t *again = event(h, EVENT_usage_credited, 0);
    *event(h, EVENT_hour_closed, 8) = *again;
}
static void give_back_forgetfully(histories_t *h)
{
    credit(h)->before++;
}
static void give_back_a_later_line(histories_t *h)
{
    credit(h)->original = UINT64_MAX;
}
static void give_back_at_another_price(histories_t *h)
{
    credit(h)->price++;
}
static void give_back_to_another(histories_t *h)
{
    credit(h)->account = id(ACCOUNT, 7);
}
static void give_back_for_another(histories_t *h)
{
    credit(h)->resource = id(RESOURCE, 7);
}
static void give_back_what_is_no_line(histories_t *h)
{
    credit(h)->original = 1;
}
static void give_back_of_another_line(histories_t *h)
{
    credit(h)->original =
        history_sequence(&h->of[STREAM_METERING], event(h, EVENT_usage_charged, 0));
}
static void give_back_of_a_longer_line(histories_t *h)
{
    credit(h)->charged_minutes++;
}
static void give_back_of_a_dearer_line(histories_t *h)
{
    credit(h)->charged++;
}
static void give_back_of_two_minds(histories_t *h)
{
    give_back_twice(h);
    event(h, EVENT_usage_credited, 1)->usage_credited.charged++;
}
static void give_back_rubles_more(histories_t *h)
{
    credit(h)->amount += 100;
}
static void give_back_a_kopeck_more(histories_t *h)
{
    credit(h)->amount++;
}
static void take_back_before_it_was_billed(histories_t *h)
{
    event_t *first = event(h, EVENT_usage_accepted, 0);
    *first = *event(h, EVENT_usage_overbilled, 0);
}
static void forget_too_much(histories_t *h)
{
    event(h, EVENT_usage_forgotten, 0)->usage_forgotten.replicas++;
}
static void forget_what_runs(histories_t *h)
{
    static const uint8_t third[4] = {3};
    event(h, EVENT_usage_forgotten, 0)->usage_forgotten =
        (event_usage_forgotten_t){0, 1, {third, sizeof third}};
}
static void miscount_an_hour(histories_t *h)
{
    event(h, EVENT_hour_closed, 0)->hour_closed.lines++;
}

// --- what is counted ---

static event_usage_counted_t *counted(histories_t *h, size_t n)
{
    return &event(h, EVENT_usage_counted, n)->usage_counted;
}
static event_usage_charged_t *line_of_kind(histories_t *h, uint64_t kind)
{
    for (size_t n = 0;; n++)
        if (line(h, n)->kind == kind)
            return line(h, n);
}
static void rate_minutes(histories_t *h)
{
    event(h, EVENT_rate_defined, 0)->rate_defined.kind = 1;
}
static void price_too_early(histories_t *h)
{
    event(h, EVENT_rate_defined, 0)->rate_defined.effective += 3 * HOUR_US;
}
static void count_under_another_kind(histories_t *h)
{
    counted(h, 0)->version = event(h, EVENT_rate_defined, 1)->rate_defined.version;
}
static void count_nothing(histories_t *h)
{
    counted(h, 2)->quantity = 0;
}
static void sample_within_the_quota(histories_t *h)
{
    counted(h, 0)->mib = 5120;
}
static void count_a_minute_more(histories_t *h)
{
    counted(h, 1)->quantity++;
}
static void count_a_request_twice(histories_t *h)
{
    counted(h, 4)->request = counted(h, 2)->request;
}
static void count_of_no_request(histories_t *h)
{
    counted(h, 2)->request = (uid_t16){{0}};
}
static void charge_more_than_was_counted(histories_t *h)
{
    line_of_kind(h, RESOURCE_INPUT)->minutes++;
}
static void charge_files_as_tokens(histories_t *h)
{
    line_of_kind(h, RESOURCE_DISK)->kind = RESOURCE_INPUT;
}
static void charge_minutes_at_a_rate(histories_t *h) // that is, files at a tariff
{
    line_of_kind(h, RESOURCE_DISK)->version = 1;
}
static void charge_tokens_as_minutes(histories_t *h)
{
    event_usage_charged_t *tokens = line_of_kind(h, RESOURCE_INPUT);
    tokens->amount += (kopecks_t)(tokens->minutes * 40000 / 43200);
}

static void withdraw_what_is_none(histories_t *h)
{
    event(h, EVENT_tariff_withdrawn, 0)->tariff_withdrawn.version += 9;
}
static void withdraw_what_has_begun(histories_t *h)
{
    event(h, EVENT_tariff_withdrawn, 0)->tariff_withdrawn.version = 1;
}
static void announce_another_price(histories_t *h)
{
    event(h, EVENT_tariff_announced, 0)->tariff_announced.price++;
}
static void announce_no_withdrawal(histories_t *h)
{
    event(h, EVENT_tariff_announced, 1)->tariff_announced.withdrawn = false;
}
static void charge_what_was_withdrawn(histories_t *h)
{
    event_rate_defined_t *rate = &event(h, EVENT_rate_defined, 1)->rate_defined;
    rate->effective += DAY_US;
    event(h, EVENT_tariff_withdrawn, 0)->tariff_withdrawn.version = rate->version;
}

static void every_fault_of_metering_is_named(void **state)
{
    static const fault_t faults[] = {
        {"metering: tariff versions are dense", define_with_a_gap},
        {"metering: meter numbers are dense", open_meter_with_a_gap},
        {"metering: replica numbers are dense", open_replica_with_a_gap},
        {"metering: a replica has one meter", open_replica_twice},
        {"metering: meters are opened before use", charge_no_meter},
        {"metering: replicas are opened before use", run_no_replica},
        {"metering: accepted masks decode", miscount_masks},
        {"metering: tariff versions are defined before use", use_no_tariff},
        {"metering: a line has its tariff's price", overprice},
        {"metering: a line has minutes and a price", charge_no_minutes},
        {"metering: a line has its meter's account", charge_another_account},
        {"metering: a line has its meter's resource", charge_another_resource},
        {"metering: carry is exact", round_up},
        {"metering: carry is exact", lose_a_carry},
        {"metering: carry is exact", post_at_closing},
        {"metering: carry is exact", bill_an_hour_twice},
        {"metering: carry is below one kopeck", keep_a_kopeck},
        {"metering: an hour counts its lines", forget_a_line},
        {"metering: no minute of an hour is billed twice", bill_more_than_an_hour},
        {"metering: billed minutes have evidence", bill_a_minute_too_many},
        {"metering: billed minutes have evidence", bill_without_an_interval},
        {"metering: a closing has its meter's account", close_for_another},
        {"metering: a closing moves the meter's carry", move_less},
        {"metering: hours close in order", close_an_hour_again},
        {"metering: an hour counts its lines", miscount_an_hour},
        {"metering: instants are of our time", charge_in_another_age},
        {"metering: forgotten numbers are as many as declared", forget_too_much},
        {"metering: what may still be billed is not forgotten", forget_what_runs},
        {"metering: what was billed after a stop is taken back", bill_beyond_a_stop},
        {"metering: masks taken back decode", take_back_less},
        {"metering: only what was billed is taken back", take_back_before_it_was_billed},
        {"metering: no more is given back than was taken back", give_back_more},
        {"metering: a credit is of a line", give_back_a_later_line},
        {"metering: a credit has its tariff's price", give_back_at_another_price},
        {"metering: a credit has its meter's account", give_back_to_another},
        {"metering: a credit has its meter's resource", give_back_for_another},
        {"metering: a line gives back no more than it charged", give_back_twice},
        {"metering: a credit says what was given back before", give_back_forgetfully},
        {"metering: what a credit names is a line", give_back_what_is_no_line},
        {"metering: a credit is of its line's meter, hour and price", give_back_of_another_line},
        {"metering: a credit says how many minutes its line charged", give_back_of_a_longer_line},
        {"metering: a credit says how much its line charged", give_back_of_a_dearer_line},
        {"metering: credits of a line say the same of it", give_back_of_two_minds},
        {"metering: a line gives back no more kopecks than it took", give_back_rubles_more},
        {"metering: carry is exact", give_back_a_kopeck_more},
        {"metering: a rate prices files or tokens", rate_minutes},
        {"metering: a rate is valid when it prices", price_too_early},
        {"metering: what is counted has a rate of its kind", count_under_another_kind},
        {"metering: what is counted is more than nothing", count_nothing},
        {"metering: a sample is written down where it is more", sample_within_the_quota},
        {"metering: a disk's hour is what it has beyond the quota", count_a_minute_more},
        {"metering: a request counts once", count_a_request_twice},
        {"metering: a request counts once", count_of_no_request},
        {"metering: a line takes no more of its hour than was counted",
         charge_more_than_was_counted},
        {"metering: a line has its meter's kind", charge_files_as_tokens},
        {"metering: a line has a tariff or rate of its kind", charge_minutes_at_a_rate},
        {"metering: what is withdrawn was defined", withdraw_what_is_none},
        {"metering: what is withdrawn had not begun", withdraw_what_has_begun},
        {"metering: a price is announced as it is defined or withdrawn", announce_another_price},
        {"metering: a price is announced as it is defined or withdrawn", announce_no_withdrawal},
        {"metering: what is withdrawn prices nothing", charge_what_was_withdrawn},
        {"metering: carry is exact", charge_tokens_as_minutes}};
    verify_rig_faults(*state, run, faults, sizeof faults / sizeof faults[0]);
}

typedef struct {
    verify_metering_t checker;
    uint64_t sequence, parts;
    bool forgets; // what the last part took back
} watch_t;

static void watch(void *arg, const event_t *event)
{
    watch_t *self = arg;
    self->sequence++;
    self->parts += event->type == EVENT_usage_taking_back;
    if (event->type != EVENT_usage_overbilled || !self->forgets || !self->parts)
        verify_metering_feed(&self->checker, self->sequence, event);
}

// Silent about a deletion that takes back in parts; loud where a part is missing.
static void a_deletion_is_looked_at_when_all_its_parts_are_there(void **state)
{
    (void)state;
    enum { REPLICAS = 2000, HOURS = 70 };
    for (int forgets = 0; forgets < 2; forgets++) {
        static watch_t self;
        static verify_report_t report;
        harness_t h;
        report = (verify_report_t){0};
        self = (watch_t){.forgets = forgets};
        verify_metering_init(&self.checker, &report);
        harness_open(&h, NULL);
        h.observe = watch;
        h.arg = &self;
        for (size_t i = 0; i < h.events_count; i++) // those that it begins with
            watch(&self, &h.events[i]);
        harness_time(&h, START);
        harness_unlimited(&h);
        for (unsigned i = 0; i < REPLICAS; i++)
            harness_started(&h, START, id(RESOURCE, 1), id(REPLICA, i + 1), id(ACCOUNT, 1),
                            "nachalny");
        harness_through(&h, START + HOURS * HOUR_US);
        harness_time(&h, START + HOURS * HOUR_US + 5 * MINUTE_US);
        harness_deleted(&h, START + 30 * MINUTE_US, id(RESOURCE, 1));
        harness_time(&h, h.now + MINUTE_US);
        harness_created(&h, h.now, id(RESOURCE, 2), id(ACCOUNT, 1)); // something follows
        assert_true(self.parts >= 2);
        assert_int_equal(report.violated > 0, forgets);
        verify_metering_release(&self.checker);
        harness_close(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_fault_of_metering_is_named, make, release),
        cmocka_unit_test(a_deletion_is_looked_at_when_all_its_parts_are_there)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
