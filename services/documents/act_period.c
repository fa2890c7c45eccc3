#include "services/documents/act_period.h"
#include "proto/month.h"
#include "proto/span.h"

enum { ADVANCE_DAYS = 5, MONTHS = 3 };

uint64_t act_period_of(instant_t hour_end)
{
    return month_of(hour_end - 1) / MONTHS;
}

instant_t act_period_begin(uint64_t quarter)
{
    return month_start(quarter * MONTHS);
}

uint64_t act_period_for(instant_t hour_end, uint64_t issued)
{
    uint64_t quarter = act_period_of(hour_end);
    return quarter > issued ? quarter : issued + 1;
}

// Noon of a day in Moscow lies in its month, whatever the hour it came.
static uint64_t quarter_of_day(day_t day)
{
    return act_period_of((instant_t)day * DAY_US + 9 * HOUR_US);
}

bool act_period_advance(day_t came, day_t used, day_t *ret_last)
{
    bool served = used != DAY_NONE && used <= came + ADVANCE_DAYS &&
                  quarter_of_day(used) == quarter_of_day(came);
    if (served)
        return false;
    *ret_last = came + ADVANCE_DAYS;
    return true;
}

size_t act_period_print_advances(const act_advance_t *advances, size_t count, char *ret_text,
                                 size_t size)
{
    writer_t writer = writer_on(ret_text, size);
    for (size_t i = 0; i < count; i++) {
        char day[DAY_TEXT_SIZE];
        day_print(advances[i].day, day);
        writer_string(&writer, i ? "; " : "");
        writer_text(&writer, advances[i].number);
        writer_string(&writer, " от ");
        writer_put(&writer, day + 8, 2);
        writer_put(&writer, ".", 1);
        writer_put(&writer, day + 5, 2);
        writer_put(&writer, ".", 1);
        writer_put(&writer, day, 4);
    }
    if (count == 0)
        writer_string(&writer, "-");
    return writer_end(&writer);
}
