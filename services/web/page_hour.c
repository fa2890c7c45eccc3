#include "services/web/page_hour.h"
#include "proto/carry.h"
#include "proto/posting.h"
#include "services/web/page_rows.h"
#include "services/web/page_usage.h"
#include <stdio.h>

enum { LINES_MAX = 16, REPLICAS_MAX = 24, TENS = 6, TEN = 10, FRACTION_SIZE = 96 };
enum {
    KEPT_HOURS = 80,
    MINUTES_720_HOURS = 43200
}; // docs/rules.md "The minutes of a line", "Carry"
enum { ASK_POSTING, ASK_USAGE, ASK_MINUTES, ASK_LINES };

typedef struct {
    uint64_t skip, sequence; // of the posting
    page_usage_t usage;      // what it was for
    uint8_t wanted[PAGE_USAGE_WANTED_BYTES];
    uint64_t lines[LINES_MAX];
    size_t lines_count;
} hour_t;

typedef struct {
    char exact[FRACTION_SIZE], before[FRACTION_SIZE], rest[FRACTION_SIZE];
} line_texts_t;

typedef struct {
    page_hour_cells_t cells[TENS][TEN];
    page_hour_tens_t tens[TENS];
    char id[PAGE_USAGE_ID_SIZE];
} replica_t;

// --- sums ---

// Kopecks and what is left of one: 60 + 18000/43200.
static span_t fraction(int64_t units, language_t language, char text[FRACTION_SIZE])
{
    int64_t whole = units / CARRY_DENOMINATOR, rest = units % CARRY_DENOMINATOR;
    bool by_minutes = rest % CARRY_PER_PRICE_MINUTE == 0;
    char part[FRACTION_SIZE / 2 - 8] = "", kopecks[FRACTION_SIZE / 2 - 8] = "";
    if (rest)
        snprintf(part, sizeof part, "%s%lld/%lld", whole ? " + " : "",
                 (long long)(by_minutes ? rest / CARRY_PER_PRICE_MINUTE : rest),
                 by_minutes ? (long long)MINUTES_720_HOURS : (long long)CARRY_DENOMINATOR);
    if (whole || !rest)
        snprintf(kopecks, sizeof kopecks, "%lld", (long long)whole);
    snprintf(text, FRACTION_SIZE, "%s%s %s", kopecks, part,
             language == LANGUAGE_RUSSIAN ? "коп." : "kop.");
    return span_of(text);
}

static void fill_line(const web_visit_t *visit, const page_usage_t *usage, line_texts_t *texts,
                      page_hour_lines_t *line)
{
    uint64_t cost = (uint64_t)usage->price * usage->minutes * (uint64_t)carry_unit(usage->kind);
    uint64_t before =
        (uint64_t)usage->amount * CARRY_DENOMINATOR + (uint64_t)usage->remainder - cost;
    line->no = usage->sequence;
    line->posted = usage->at;
    line->reason = page_words(CODES_charge_reason, usage->reason, visit->language);
    line->n = usage->minutes;
    line->files = usage->kind == RESOURCE_DISK;
    line->tokens = usage->kind == RESOURCE_INPUT || usage->kind == RESOURCE_OUTPUT;
    line->timed = !line->files && !line->tokens;
    line->price = usage->price;
    line->charged = usage->amount;
    line->exact = fraction((int64_t)cost, visit->language, texts->exact);
    line->before = fraction((int64_t)before, visit->language, texts->before);
    line->rest = fraction(usage->remainder, visit->language, texts->rest);
}

// What metering says was given back of that line since.
static void fill_given(const web_visit_t *visit, page_hour_lines_t *line)
{
    const answer_t *answer = visit_answer(visit, ASK_MINUTES);
    wire_t wire;
    if (!answer)
        return;
    wire_start(&wire, answer->minutes.lines.data, answer->minutes.lines.size);
    for (uint64_t i = 0; i < answer->minutes.lines_count; i++) {
        uint64_t sequence, kind, version, left;
        kopecks_t given;
        if (!page_usage_line(&wire, &sequence, &kind, &version, &left, &given))
            return;
        if (sequence != line->no || left >= line->n)
            continue;
        line->was_back = true;
        line->back = line->n - left;
        line->given = given;
    }
}

static size_t fill_lines(const web_visit_t *visit, line_texts_t texts[LINES_MAX],
                         page_hour_lines_t lines[LINES_MAX])
{
    page_usage_walk_t walk;
    page_usage_t usage;
    size_t count = 0;
    const answer_t *answer = visit->asks_count > ASK_LINES ? visit_answer(visit, ASK_LINES) : NULL;
    if (!answer)
        return 0;
    page_usage_start(&walk, &answer->events);
    while (count < LINES_MAX && page_usage_next(&walk, &usage)) {
        lines[count] = (page_hour_lines_t){.was_back = false};
        fill_line(visit, &usage, &texts[count], &lines[count]);
        fill_given(visit, &lines[count]);
        count++;
    }
    return count;
}

// --- minutes ---

static void fill_cells(replica_t *replica, uint64_t billed, uint64_t waiting)
{
    for (unsigned minute = 0; minute < TENS * TEN; minute++) {
        bool on = billed >> minute & 1, waits = !on && (waiting >> minute & 1);
        replica->cells[minute / TEN][minute % TEN] =
            (page_hour_cells_t){.on = on, .waits = waits, .idle = !on && !waits};
    }
    for (unsigned i = 0; i < TENS; i++)
        replica->tens[i] =
            (page_hour_tens_t){.from = i * TEN, .cells = replica->cells[i], .cells_count = TEN};
}

static bool read_replica(wire_t *wire, replica_t *replica, page_hour_replicas_t *ret_row)
{
    uint64_t kind, version, billed, waiting;
    kopecks_t price;
    text_t tariff;
    uid_t16 id;
    if (wire_array(wire, 64) < 7)
        return false;
    wire_u64(wire, &kind);
    wire_u64(wire, &version);
    wire_text(wire, &tariff);
    wire_i64(wire, &price);
    wire_uid(wire, &id);
    wire_u64(wire, &billed);
    wire_u64(wire, &waiting);
    if (wire->fail)
        return false;
    fill_cells(replica, billed, waiting);
    *ret_row = (page_hour_replicas_t){.replica = page_usage_id(&id, replica->id),
                                      .n = (uint64_t)__builtin_popcountll(billed),
                                      .tens = replica->tens,
                                      .tens_count = TENS};
    return true;
}

static void fill_replicas(const web_visit_t *visit, const hour_t *hour, page_hour_t *page,
                          replica_t replicas[REPLICAS_MAX], page_hour_replicas_t rows[REPLICAS_MAX])
{
    const answer_t *answer = visit_answer(visit, ASK_MINUTES);
    wire_t wire;
    if (!answer || !page->timed) // what is counted has no minutes
        return;
    page->replicas = rows;
    wire_start(&wire, answer->minutes.rows.data, answer->minutes.rows.size);
    size_t count = answer->minutes.count < REPLICAS_MAX ? answer->minutes.count : REPLICAS_MAX;
    while (page->replicas_count < count &&
           read_replica(&wire, &replicas[page->replicas_count], &rows[page->replicas_count]))
        page->replicas_count++;
    page->has_replicas = page->replicas_count > 0;
    page->more = answer->minutes.count > count || answer->minutes.next;
    page->next = hour->skip + count;
}

// --- the page ---

static void fill_usage(const web_visit_t *visit, const hour_t *hour, page_hour_t *page,
                       char resource[PAGE_USAGE_ID_SIZE])
{
    const page_usage_t *usage = &hour->usage;
    page->usage = true;
    page->hour = usage->hour;
    page->late = !usage->credited && usage->reason == CHARGED_LATE;
    page->credited = usage->credited;
    page->back = usage->minutes;
    page->resource = page_usage_id(&usage->resource, resource);
    page->kind = page_words(CODES_resource_kind, usage->kind, visit->language);
    page->tariff = span_of(usage->tariff);
    page->price = usage->price;
    page->files = usage->kind == RESOURCE_DISK;
    page->tokens = usage->kind == RESOURCE_INPUT || usage->kind == RESOURCE_OUTPUT;
    page->timed = !page->files && !page->tokens;
}

static bool show(web_visit_t *visit, const hour_t *hour)
{
    static replica_t replicas[REPLICAS_MAX]; // this thread's alone
    static line_texts_t texts[LINES_MAX];
    page_hour_replicas_t rows[REPLICAS_MAX];
    page_hour_lines_t lines[LINES_MAX];
    char resource[PAGE_USAGE_ID_SIZE];
    page_posting_t posting;
    const answer_t *answer = visit_answer(visit, ASK_POSTING);
    if (!answer || !page_posting_read(hour->sequence, answer->event.event, &posting))
        return visit_say(visit, 404, TEXT_E3, TEXT_E3);
    page_hour_t page = {.frame = visit_frame(visit, TEXT_HOUR_PAGE, 0),
                        .sequence = hour->sequence,
                        .at = posting.at,
                        .what = page_posting_what(&posting, visit->language),
                        .sum = posting.sum,
                        .after = posting.after,
                        .kept = KEPT_HOURS,
                        .lines = lines};
    page.frame.on_lines = true;
    if (hour->usage.sequence) {
        fail_t fail = visit_fail(visit, ASK_MINUTES);
        fill_usage(visit, hour, &page, resource);
        page.lines_count = fill_lines(visit, texts, lines);
        page.has_lines = page.lines_count > 0;
        page.gone = fail == FAIL_EXPIRED || fail == FAIL_MISSING;
        page.silent =
            (fail && !page.gone) || (visit->asks_count > ASK_LINES && visit_fail(visit, ASK_LINES));
        fill_replicas(visit, hour, &page, replicas, rows);
    } else {
        page.silent = visit->asks_count > ASK_USAGE && visit_fail(visit, ASK_USAGE) &&
                      visit_fail(visit, ASK_USAGE) != FAIL_MISSING;
        page.plain = !page.silent;
    }
    writer_t writer = visit_writer(visit);
    page_hour(&writer, visit->language, &page);
    return visit_show(visit, 200, &writer);
}

// --- rounds ---

static bool begin(web_visit_t *visit, hour_t *hour)
{
    static const char prefix[] = "/balance/lines/";
    static const char *const names[] = {"skip", NULL};
    if (visit_needs_customer(visit, false))
        return true;
    if (!visit_form_has_only(visit, names) ||
        !visit_number(visit_field(visit, "skip"), &hour->skip))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    if (!visit_number(span_of(visit->path + sizeof prefix - 1), &hour->sequence) || !hour->sequence)
        return visit_say(visit, 404, TEXT_E3, TEXT_E3);
    visit_ask(visit, WEB_DOOR_LEDGER_REPLAY, REQUEST_event, VISIT_LEDGER_MS)->event.sequence =
        hour->sequence;
    return false;
}

// Usage is what metering's journal says: other postings are shown as they are.
static bool ask_usage(web_visit_t *visit, const hour_t *hour)
{
    page_posting_t posting;
    const answer_t *answer = visit_answer(visit, ASK_POSTING);
    if (!answer)
        return visit_say_failure(visit, visit_fail(visit, ASK_POSTING));
    if (!page_posting_read(hour->sequence, answer->event.event, &posting))
        return visit_say(visit, 404, TEXT_E3, TEXT_E3);
    if (!page_posting_usage(&posting))
        return show(visit, hour);
    visit_ask(visit, WEB_DOOR_METERING_REPLAY, REQUEST_event, VISIT_LEDGER_MS)->event.sequence =
        page_posting_usage(&posting);
    return false;
}

static bool ask_minutes(web_visit_t *visit, hour_t *hour)
{
    page_posting_t posting;
    const answer_t *answer = visit_answer(visit, ASK_USAGE);
    (void)page_posting_read(hour->sequence, visit_answer(visit, ASK_POSTING)->event.event,
                            &posting);
    if (!answer ||
        !page_usage_read(page_posting_usage(&posting), answer->event.event, &hour->usage))
        return show(visit, hour);
    visit_ask(visit, WEB_DOOR_METERING, REQUEST_minutes, VISIT_LEDGER_MS)->minutes =
        (request_minutes_t){.account = visit->account,
                            .resource = hour->usage.resource,
                            .hour = hour->usage.hour,
                            .kind = hour->usage.kind,
                            .version = hour->usage.version,
                            .skip = hour->skip};
    return false;
}

// All lines of that hour, or that of the posting where metering does not remember the others.
static bool ask_lines(web_visit_t *visit, hour_t *hour)
{
    const answer_t *answer = visit_answer(visit, ASK_MINUTES);
    wire_t wire;
    uint64_t sequence, kind, version, left;
    kopecks_t given;
    if (answer) {
        wire_start(&wire, answer->minutes.lines.data, answer->minutes.lines.size);
        while (hour->lines_count < LINES_MAX && hour->lines_count < answer->minutes.lines_count &&
               page_usage_line(&wire, &sequence, &kind, &version, &left, &given))
            hour->lines[hour->lines_count++] = sequence;
    } else
        hour->lines[hour->lines_count++] = hour->usage.line;
    if (!hour->lines_count)
        return show(visit, hour);
    visit_ask(visit, WEB_DOOR_METERING_REPLAY, REQUEST_events, VISIT_LEDGER_MS)->events.sequences =
        page_usage_wanted(hour->lines, hour->lines_count, hour->wanted);
    return false;
}

bool page_hour_show(web_visit_t *visit)
{
    hour_t *hour = visit_own(visit, sizeof *hour);
    switch (visit->round) {
    case 0:
        return begin(visit, hour);
    case 1:
        return ask_usage(visit, hour);
    case 2:
        return ask_minutes(visit, hour);
    case 3:
        return ask_lines(visit, hour);
    default:
        return show(visit, hour);
    }
}
