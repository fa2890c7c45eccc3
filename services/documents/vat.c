#include "services/documents/vat.h"

enum { RATE_MAX = 100 };

bool vat_of(kopecks_t gross, uint32_t rate, kopecks_t *ret_tax)
{
    if (gross < 0 || rate > RATE_MAX)
        return false;
    // Whole times first: so no product leaves int64, and the tax is never above the sum.
    int64_t whole = 100 + (int64_t)rate;
    int64_t rest = gross % whole * rate;
    *ret_tax = gross / whole * rate + (2 * rest + whole) / (2 * whole);
    return true;
}

bool vat_of_lines(const kopecks_t *lines, size_t count, uint32_t rate, kopecks_t *ret_taxes,
                  kopecks_t *ret_total)
{
    kopecks_t gross = 0, total = 0;
    for (size_t i = 0; i < count; i++)
        if (lines[i] < 0 || !money_add(gross, lines[i], &gross))
            return false;
    if (!vat_of(gross, rate, &total))
        return false;
    kopecks_t before = gross = 0;
    for (size_t i = 0; i < count; i++) {
        kopecks_t tax = 0;
        gross += lines[i];
        (void)vat_of(gross, rate, &tax);
        ret_taxes[i] = tax - before;
        before = tax;
    }
    *ret_total = total;
    return true;
}

uint32_t vat_rate_on(day_t day)
{
    static const struct {
        uint32_t year, rate;
    } policy[] = {{2026, 22}, {2019, 20}, {2004, 18}};
    for (size_t i = 0; i < sizeof policy / sizeof policy[0]; i++)
        if (day_year(day) >= policy[i].year)
            return policy[i].rate;
    return 20;
}
