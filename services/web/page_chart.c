#include "services/web/page_chart.h"
#include "proto/money.h"
#include "proto/month.h"
#include "proto/wire.h"

enum { COLUMNS = 5, STEP = 10, HEIGHT = 100 };

typedef struct {
    kopecks_t debited; // all that ever was
    bool known;
} chart_end_t;

static instant_t day_start(instant_t now)
{
    instant_t moscow = now + MOSCOW_OFFSET_US;
    return now - (moscow % DAY_US + DAY_US) % DAY_US;
}

bytes_t page_chart_times(instant_t now, uint8_t buffer[CHART_TIMES_BYTES])
{
    pack_t pack;
    instant_t today = day_start(now);
    pack_start(&pack, buffer, CHART_TIMES_BYTES);
    pack_array(&pack, CHART_TIMES);
    pack_i64(&pack, INT64_MAX);
    for (int i = 0; i < CHART_DAYS; i++)
        pack_i64(&pack, today - i * DAY_US - 1);
    return (bytes_t){buffer, (uint32_t)pack_end(&pack)};
}

static bool read_end(wire_t *wire, chart_end_t *ret_end)
{
    uint64_t sequence;
    kopecks_t cash, bonus, credits, balance;
    if (wire_array(wire, COLUMNS) != COLUMNS)
        return false;
    wire_u64(wire, &sequence);
    wire_i64(wire, &cash);
    wire_i64(wire, &bonus);
    wire_i64(wire, &credits);
    wire_flag(wire, &ret_end->known);
    return !wire->fail && money_add(cash, bonus, &balance) &&
           money_subtract(credits, balance, &ret_end->debited);
}

// Ends stand back in time: the day that runs lies between the first two.
static bool read_days(const answer_as_of_many_t *answer, page_chart_days_t days[CHART_DAYS])
{
    wire_t wire;
    chart_end_t after, before;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    if (answer->count != CHART_TIMES || !read_end(&wire, &after))
        return false;
    for (int i = CHART_DAYS - 1; i >= 0; i--, after = before) {
        if (!read_end(&wire, &before))
            return false;
        days[i].known = after.known && before.known;
        if (days[i].known && !money_subtract(after.debited, before.debited, &days[i].sum))
            return false;
    }
    return !wire_end(&wire);
}

// A kopeck is to be seen, too.
static int64_t height_of(kopecks_t sum, kopecks_t greatest)
{
    if (sum <= 0 || greatest <= 0)
        return 0;
    int64_t height = (int64_t)((__int128)sum * HEIGHT / greatest);
    return height ? height : 1;
}

static void draw(page_chart_rows_t *rows, kopecks_t greatest)
{
    for (int i = 0; i < CHART_DAYS; i++) {
        int64_t height = height_of(rows->days[i].sum, greatest);
        rows->bars[i] =
            (page_chart_bars_t){.x = i * STEP + 1, .y = HEIGHT - height, .height = height};
    }
}

bool page_chart_fill(const answer_as_of_many_t *answer, instant_t now, page_chart_rows_t *rows,
                     page_chart_t *ret_chart)
{
    instant_t today = day_start(now);
    memset(rows, 0, sizeof *rows);
    *ret_chart = (page_chart_t){.bars = rows->bars,
                                .bars_count = CHART_DAYS,
                                .days = rows->days,
                                .days_count = CHART_DAYS,
                                .first = today - (CHART_DAYS - 1) * DAY_US,
                                .last = today};
    if (!read_days(answer, rows->days))
        return false;
    for (int i = 0; i < CHART_DAYS; i++) {
        page_chart_days_t *day = &rows->days[i];
        day->day = ret_chart->first + i * DAY_US;
        if (day->sum > ret_chart->greatest) {
            ret_chart->greatest = day->sum;
            ret_chart->when = day->day;
        }
        if (!money_add(ret_chart->total, day->sum, &ret_chart->total))
            return false;
    }
    draw(rows, ret_chart->greatest);
    ret_chart->spent = ret_chart->greatest > 0;
    return true;
}
