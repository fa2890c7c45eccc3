// What all processes tell of themselves as metrics: of who answers, who is silent, who is newer.
// `test_web_metrics --print` writes a page of all that there is, for promtool.
#include "services/web/web_metrics.h"
#include "proto/codes.h"
#include "proto/counter.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { PAGE_MAX = 256 * 1024 };

static char page[PAGE_MAX];
static uint8_t packed[1024];

static void show(const web_metrics_source_t *sources, size_t count, bool open_metrics)
{
    writer_t out = writer_on(page, sizeof page);
    web_metrics_print(sources, count, open_metrics, &out);
    assert_int_not_equal(writer_end(&out), 0);
}

static void show_lines(const char *made, const char *told)
{
    web_metrics_source_t source = {"ledger", text_of(made), text_of(told)};
    show(&source, 1, true);
}

// The lines of what an answer says beside its counters.
static const char *light_of(const answer_status_t *status)
{
    static char lines[METRICS_LINES_MAX];
    writer_t out = writer_on(lines, sizeof lines);
    web_metrics_light(status, &out);
    assert_int_not_equal(writer_end(&out), 0);
    return lines;
}

static void put_alarm(pack_t *pack, uint64_t code, const char *about)
{
    pack_array(pack, 3);
    pack_u64(pack, code);
    pack_text(pack, text_of(about));
    pack_i64(pack, 77);
}

static void a_level_and_a_total_are_named_as_openmetrics_wants_it(void **state)
{
    (void)state;
    show_lines("", "refused 5\njournal.used_bytes 4096\nclock_crept_ms -1500\n");
    assert_string_equal(
        page, "# HELP kopeck_refused commands and items refused\n"
              "# TYPE kopeck_refused counter\n"
              "kopeck_refused_total{process=\"ledger\"} 5\n"
              "# HELP kopeck_clock_crept_seconds how far the clock has crept away, added up\n"
              "# TYPE kopeck_clock_crept_seconds gauge\n"
              "# UNIT kopeck_clock_crept_seconds seconds\n"
              "kopeck_clock_crept_seconds{process=\"ledger\"} -1.500\n"
              "# HELP kopeck_journal_used_bytes of the journal's live part\n"
              "# TYPE kopeck_journal_used_bytes gauge\n"
              "# UNIT kopeck_journal_used_bytes bytes\n"
              "kopeck_journal_used_bytes{process=\"ledger\"} 4096\n"
              "# EOF\n");
}

static void the_older_text_names_the_family_as_its_samples(void **state)
{
    (void)state;
    web_metrics_source_t source = {"ledger", {0}, text_of("refused 5\nsum_kopecks 0\n")};
    show(&source, 1, false);
    assert_string_equal(page, "# HELP kopeck_refused_total commands and items refused\n"
                              "# TYPE kopeck_refused_total counter\n"
                              "kopeck_refused_total{process=\"ledger\"} 5\n"
                              "# HELP kopeck_ledger_sum_kopecks sum of the balances of all "
                              "accounts; anything but 0 is a fault of ours\n"
                              "# TYPE kopeck_ledger_sum_kopecks gauge\n"
                              "kopeck_ledger_sum_kopecks{process=\"ledger\"} 0\n");
}

static void a_family_stands_together_over_all_processes(void **state)
{
    (void)state;
    web_metrics_source_t sources[] = {{"metering", {0}, text_of("accounts 1\nevents 7\n")},
                                      {"ledger", {0}, text_of("events 8\naccounts 2\n")}};
    show(sources, 2, true);
    assert_non_null(strstr(page, "kopeck_events_total{process=\"metering\"} 7\n"
                                 "kopeck_events_total{process=\"ledger\"} 8\n"));
    assert_non_null(strstr(page, "kopeck_accounts{process=\"metering\"} 1\n"
                                 "kopeck_accounts{process=\"ledger\"} 2\n"));
    const char *first = strstr(page, "# TYPE kopeck_accounts ");
    assert_non_null(first);
    assert_null(strstr(first + 1, "# TYPE kopeck_accounts "));
}

static void numbers_in_a_name_become_labels(void **state)
{
    (void)state;
    show_lines("", "stream_1_applied 5\nstream_3_applied 6\nstream_77_applied 7\n"
                   "system_6_kopecks -8\nalarm_2 1\nweb.answers_503 9\n");
    static const char *const wanted[] = {
        "kopeck_stream_applied{process=\"ledger\",stream=\"metering\"} 5\n",
        "kopeck_stream_applied{process=\"ledger\",stream=\"payment\"} 6\n",
        "kopeck_stream_applied{process=\"ledger\",stream=\"77\"} 7\n", // of a newer process
        "kopeck_system_kopecks{process=\"ledger\",account=\"SUSPENSE\"} -8\n",
        "kopeck_alarms{process=\"ledger\",alarm=\"FULL\"} 1\n",
        "kopeck_web_answers_total{process=\"ledger\",code=\"503\"} 9\n"};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_non_null(strstr(page, wanted[i]));
}

static void a_silent_process_is_down_and_nothing_else_is_told_of_it(void **state)
{
    (void)state;
    show_lines(light_of(NULL), "");
    assert_non_null(strstr(page, "\nkopeck_up{process=\"ledger\"} 0\n"));
    assert_non_null(strstr(page, "\nkopeck_green{process=\"ledger\"} 0\n"));
    size_t samples = 0;
    for (const char *at = page; (at = strstr(at, "{process=\"ledger\"")); at++)
        samples++;
    assert_int_equal(samples, 2);
}

static void alarms_are_counted_by_code_and_none_is_green(void **state)
{
    (void)state;
    pack_t pack;
    pack_start(&pack, packed, sizeof packed);
    pack_array(&pack, 4);
    put_alarm(&pack, ALARM_BEHIND, "metering");
    put_alarm(&pack, ALARM_BEHIND, "payment");
    put_alarm(&pack, ALARM_FULL, "");
    put_alarm(&pack, 999, "of a newer process");
    size_t size = pack_end(&pack);
    answer_status_t red = {.ready = true, .alarms = {packed, (uint32_t)size}};
    const char *lines = light_of(&red);
    assert_non_null(strstr(lines, "\nalarm_5 2\n"));
    assert_non_null(strstr(lines, "\nalarm_2 1\n"));
    assert_non_null(strstr(lines, "\nalarm_3 0\n")); // so that an expression finds it
    assert_non_null(strstr(lines, "\nalarms_unknown 1\n"));
    assert_non_null(strstr(lines, "\ngreen 0\n"));
    show_lines(lines, "");
    assert_null(strstr(page, "newer process\"")); // what it is about is in no label
    answer_status_t green = {.ready = true};
    assert_non_null(strstr(light_of(&green), "\ngreen 1\n"));
    answer_status_t starts = {.ready = false};
    assert_non_null(strstr(light_of(&starts), "\ngreen 0\n"));
    answer_status_t broken = {.ready = true, .alarms = {packed, 3}};
    assert_non_null(strstr(light_of(&broken), "\ngreen 0\n"));
}

static void what_is_not_known_is_counted_and_left_out(void **state)
{
    (void)state;
    answer_status_t status = {.counters = text_of("events 1\nnews 2\nrefused x\nstream_1_new 4\n"
                                                  "no value\nevents 9\n")};
    const char *lines = light_of(&status);
    assert_non_null(strstr(lines, "\ncounters_unknown 4\n"));
    web_metrics_source_t source = {"ledger", text_of(lines), status.counters};
    show(&source, 1, true);
    assert_null(strstr(page, "news"));
    assert_null(strstr(page, "kopeck_refused"));
    const char *events = strstr(page, "kopeck_events_total{");
    assert_non_null(events);
    assert_null(strstr(events + 1, "kopeck_events_total{")); // twice would spoil all of it
}

static void each_process_is_asked_and_each_is_told_of(void **state)
{
    (void)state;
    memset(&visit_rig, 0, sizeof visit_rig);
    visit_rig.method = "GET";
    visit_rig.head.accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
    visit_rig.counters = strdup("web.asked 4\n");
    visit_rig.now_ms = 1000;
    assert_false(web_metrics_show(&visit_rig));
    assert_int_equal(visit_rig.asks_count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(visit_rig.requests[i].type, REQUEST_status);
        assert_int_equal(visit_rig.requests[i].access_token.size, 0);
        assert_int_equal(visit_rig.asks[i].lane, WEB_LANE_METRICS);
        assert_int_equal(visit_rig.asks[i].deadline_ms, 1000 + METRICS_ASK_MS);
    }
    for (size_t i = 0; i < 6; i++)
        visit_rig.asks[i].fail = FAIL_TIMEOUT;
    visit_rig.asks[1].fail = FAIL_NONE; // the ledger alone
    visit_rig.asks[1].answer =
        (answer_t){.status = {.ready = true, .last = 12, .counters = text_of("postings 3\n")}};
    visit_rig.round = 1;
    assert_true(web_metrics_show(&visit_rig));
    assert_int_equal(visit_rig.status, 200);
    assert_non_null(strstr(visit_rig.content_type, "application/openmetrics-text; version=1.0.0"));
    assert_non_null(strstr(visit_rig.page, "kopeck_up{process=\"metering\"} 0\n"
                                           "kopeck_up{process=\"ledger\"} 1\n"
                                           "kopeck_up{process=\"payment\"} 0\n"
                                           "kopeck_up{process=\"autopay\"} 0\n"
                                           "kopeck_up{process=\"documents\"} 0\n"
                                           "kopeck_up{process=\"notify\"} 0\n"
                                           "kopeck_up{process=\"web\"} 1\n"));
    assert_non_null(strstr(visit_rig.page, "kopeck_head_sequence{process=\"ledger\"} 12\n"));
    assert_non_null(strstr(visit_rig.page, "kopeck_postings_total{process=\"ledger\"} 3\n"));
    assert_non_null(strstr(visit_rig.page, "kopeck_web_asked_total{process=\"web\"} 4\n"));
    visit_rig.head.accept = "*/*";
    assert_true(web_metrics_show(&visit_rig));
    assert_string_equal(visit_rig.content_type, "text/plain; version=0.0.4; charset=utf-8");
    assert_null(strstr(visit_rig.page, "# EOF"));
    web_visit_release(&visit_rig);
    memset(&visit_rig, 0, sizeof visit_rig);
}

// Every row of the table, as of two processes.
static int print_all(void)
{
    static char lines[PAGE_MAX];
    writer_t all = writer_on(lines, sizeof lines);
    for (counter_t counter = 0; counter < COUNTERS; counter++)
        for (uint64_t number = 1; number < 3; number++)
            if (number == 1 || counter_info(counter)->label != COUNTER_LABEL_NONE)
                counter_put_of(&all, counter, number, (int64_t)number * 1001);
    text_t told = {lines, (uint32_t)all.size};
    web_metrics_source_t sources[] = {{"metering", {0}, told}, {"ledger", {0}, told}};
    writer_t out = writer_on(page, sizeof page);
    web_metrics_print(sources, 2, false, &out);
    if (!writer_end(&out))
        return 1;
    fputs(page, stdout);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--print") == 0)
        return print_all();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_and_a_total_are_named_as_openmetrics_wants_it),
        cmocka_unit_test(the_older_text_names_the_family_as_its_samples),
        cmocka_unit_test(a_family_stands_together_over_all_processes),
        cmocka_unit_test(numbers_in_a_name_become_labels),
        cmocka_unit_test(a_silent_process_is_down_and_nothing_else_is_told_of_it),
        cmocka_unit_test(alarms_are_counted_by_code_and_none_is_green),
        cmocka_unit_test(what_is_not_known_is_counted_and_left_out),
        cmocka_unit_test(each_process_is_asked_and_each_is_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
