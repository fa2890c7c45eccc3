// Rows sla-…: bonus for a missed service level.
//
//     given  use SUM, past top-ups SUM[, granted before SUM]
//     when   grant N % | grant for N of N minutes up | grant for lost data
//     then   SUM
#include "services/ledger/ledger_sla.h"
#include "tests/vectors/money.h"
#include <inttypes.h>
#include <stdio.h>

static bool take_percent(money_text_t *when, uint32_t *ret_percent)
{
    uint64_t number, all;
    if (money_take(when, "grant for lost data")) {
        *ret_percent = ledger_sla_percent(0, 0, true);
    } else if (money_take(when, "grant for")) {
        if (!money_take_number(when, &number) || !money_take(when, "of") ||
            !money_take_number(when, &all) || !money_take(when, "minutes up"))
            return false;
        *ret_percent = ledger_sla_percent(number, all, false);
    } else {
        if (!money_take(when, "grant") || !money_take_number(when, &number) ||
            !money_take(when, "%") || number > UINT32_MAX)
            return false;
        *ret_percent = (uint32_t)number;
    }
    return money_ended(when);
}

money_verdict_t money_sla(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given}, when = {row->when};
    ledger_sla_t sla = {0};
    kopecks_t grant;
    char got[32] = "refused";
    if (!money_take(&given, "use") || !money_take_sum(&given, &sla.use) ||
        !money_take(&given, ",") || !money_take(&given, "past top-ups") ||
        !money_take_sum(&given, &sla.topups) ||
        (money_take(&given, ",") &&
         !(money_take(&given, "granted before") && money_take_sum(&given, &sla.granted))) ||
        !money_ended(&given))
        return money_unknown(said, "given", given);
    if (!take_percent(&when, &sla.percent))
        return money_unknown(said, "when", when);
    if (ledger_sla_grant(&sla, &grant))
        snprintf(got, sizeof got, "%" PRId64 ".%02" PRId64, grant / 100, grant % 100);
    return money_compare(said, got, span_of(row->then));
}
