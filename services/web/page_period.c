#include "services/web/page_period.h"
#include "proto/codes.h"
#include "proto/month.h"

static bool read_side(span_t text, page_period_t *period)
{
    static const struct {
        const char *name;
        uint64_t side;
    } sides[] = {{"debits", SIDE_DEBITS}, {"credits", SIDE_CREDITS}, {"all", SIDE_ALL}};
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++)
        if (span_is(text, span_of(sides[i].name)) || (!text.size && i == 0)) {
            period->side = sides[i].side;
            period->side_name = sides[i].name;
            return true;
        }
    return false;
}

// The last day, or one of the quick periods.
static bool propose(span_t name, instant_t now, page_period_t *period)
{
    uint64_t month = month_of(now);
    period->to = now - now % MINUTE_US;
    if (!name.size || span_is(name, SPAN("day")))
        period->from = period->to - DAY_US;
    else if (span_is(name, SPAN("week")))
        period->from = period->to - 7 * DAY_US;
    else if (span_is(name, SPAN("month")))
        period->from = month_start(month);
    else if (span_is(name, SPAN("before"))) {
        period->from = month_start(month - 1);
        period->to = month_start(month);
    } else
        return false;
    return true;
}

static void write_clock(instant_t at, char *ret_text, size_t size)
{
    writer_t writer = writer_on(ret_text, size);
    hole_clock(&writer, LANGUAGE_RUSSIAN, at);
    writer_end(&writer);
}

// What was typed, or what was proposed.
static bool read_bound(span_t typed, instant_t *bound, char text[256])
{
    write_clock(*bound, text, 256);
    if (!typed.size)
        return true;
    size_t size = typed.size < 255 ? typed.size : 255;
    memcpy(text, typed.bytes, size);
    text[size] = '\0';
    return hole_read_clock(typed, bound);
}

bool page_period_read(const web_visit_t *visit, instant_t now, page_period_t *ret_period)
{
    static const char *const names[] = {"side", "from", "to",   "period", "at",
                                        "head", "form", "part", "rest",   NULL};
    page_period_t *period = ret_period;
    *period = (page_period_t){.at = 0};
    if (!visit_form_has_only(visit, names) || !read_side(visit_field(visit, "side"), period) ||
        !visit_number(visit_field(visit, "at"), &period->at) ||
        !visit_number(visit_field(visit, "head"), &period->head) ||
        !propose(visit_field(visit, "period"), now, period))
        return false;
    period->from_wrong = !read_bound(visit_field(visit, "from"), &period->from, period->from_text);
    period->to_wrong = !read_bound(visit_field(visit, "to"), &period->to, period->to_text);
    period->order_wrong = !period->from_wrong && !period->to_wrong && period->from >= period->to;
    return true;
}

bool page_period_is_wrong(const page_period_t *self)
{
    return self->from_wrong || self->to_wrong || self->order_wrong;
}
