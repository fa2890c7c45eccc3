#include "services/metering/metering_points.h"

static const point_t *at_number(const pool_t *pool, uint32_t number)
{
    return pool_row(pool, number);
}

bool points_holds(uint16_t said, int known)
{
    if (known <= 0) // nothing, or a stop
        return known == POINTS_NOTHING || said > 0;
    return said > 0 && said < known;
}

int points_said(const pool_t *pool, uint32_t first, instant_t at)
{
    uint32_t n = first;
    while (n && at_number(pool, n)->at > at)
        n = at_number(pool, n)->next;
    return n && at_number(pool, n)->at == at ? at_number(pool, n)->code : POINTS_NOTHING;
}

instant_t points_until(const pool_t *pool, uint32_t first, instant_t at)
{
    instant_t until = POINTS_END;
    for (uint32_t n = first; n && at_number(pool, n)->at > at; n = at_number(pool, n)->next)
        until = at_number(pool, n)->at;
    return until;
}

bool points_too_late(const pool_t *pool, uint32_t first, instant_t at)
{
    uint32_t n = first;
    while (n && at_number(pool, n)->at > at)
        n = at_number(pool, n)->next;
    return n && at_number(pool, n)->from > at;
}

instant_t points_add(pool_t *pool, uint32_t *first, point_t point)
{
    instant_t until = POINTS_END;
    uint32_t number = pool_take(pool), before = 0, n = *first; // taking may move the rows
    for (; n && at_number(pool, n)->at > point.at; before = n, n = at_number(pool, n)->next)
        until = at_number(pool, n)->at;
    point.next = n;
    *(point_t *)pool_row(pool, number) = point;
    if (before)
        ((point_t *)pool_row(pool, before))->next = number;
    else
        *first = number;
    return until;
}

void points_drop_all(pool_t *pool, uint32_t first)
{
    for (uint32_t n = first, next; n; n = next) {
        next = at_number(pool, n)->next;
        pool_give(pool, n);
    }
}

void points_drop_before(pool_t *pool, uint32_t first, instant_t oldest)
{
    uint32_t n = first;
    while (n && at_number(pool, n)->at > oldest)
        n = at_number(pool, n)->next;
    if (!n)
        return;
    points_drop_all(pool, at_number(pool, n)->next);
    ((point_t *)pool_row(pool, n))->next = 0;
}
