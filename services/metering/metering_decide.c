#include "services/metering/metering_decide.h"
#include "services/metering/metering_credits.h"
#include "services/metering/metering_decide_charging.h"
#include "services/metering/metering_decide_command.h"
#include "services/metering/metering_decide_credit.h"
#include "services/metering/metering_decide_feed.h"
#include "services/metering/metering_quotas.h"

// Amvera's tariffs as published (docs/rules.md "Tariff versions"), and the rules to begin with.
static const struct {
    const char *code, *title;
    kopecks_t price;
} tariffs_default[] = {
    {"probny", "Пробный", 17000},
    {"nachalny", "Начальный", 29000},
    {"nachalny_plus", "Начальный Плюс", 49000},
    {"standartny", "Стандартный", 145000},
    {"ultra", "Ультра", 430000},
    {"ultra_plus", "Ультра Плюс", 775000},
};
static const event_metering_policy_changed_t policy_default = {
    .settle_us = 2 * MINUTE_US, .late_us = LATE_MAX_US, .ahead_us = 2 * MINUTE_US};

fail_t metering_decide_found(const void *state, const input_t *input, decision_t *out)
{
    (void)state, (void)input;
    decision_add(out, EVENT_metering_policy_changed)->metering_policy_changed = policy_default;
    decision_add(out, EVENT_quotas_changed)->quotas_changed = quotas_default;
    for (size_t i = 0; i < sizeof tariffs_default / sizeof *tariffs_default; i++)
        decision_add(out, EVENT_tariff_defined)->tariff_defined =
            (event_tariff_defined_t){.version = i + 1,
                                     .code = text_of(tariffs_default[i].code),
                                     .title = text_of(tariffs_default[i].title),
                                     .price = tariffs_default[i].price};
    return FAIL_NONE;
}

void metering_decide_policy_first(event_t *ret_event)
{
    *ret_event =
        (event_t){.type = EVENT_metering_policy_changed, .metering_policy_changed = policy_default};
}

static fail_t decide_item(const metering_state_t *self, const input_t *input, decision_t *out)
{
    uint8_t result = FAIL_NONE;
    feed_items(self, input, input->event, 1, &result, out);
    out->result = (fail_t)result;
    return result == FAIL_LATER ? FAIL_LATER : FAIL_NONE; // all others leave their trace
}

fail_t metering_decide(const void *state, const input_t *input, decision_t *out)
{
    switch (input->kind) {
    case INPUT_REQUEST:
        return metering_decide_command(state, input, out);
    case INPUT_ITEM:
        return decide_item(state, input, out);
    case INPUT_THROUGH:
        feed_through(state, input, out);
        return FAIL_NONE;
    case INPUT_TICK:
        charging_tick(state, input, out);
        return FAIL_NONE;
    case INPUT_RECALLED:
        credit_recalled(state, input->recalled, out);
        return FAIL_NONE;
    case INPUT_EVENT:
    case INPUT_RESULT:
        break;
    }
    return FAIL_INVALID; // it follows no stream and asks nothing of the outside
}

bool metering_decide_batches(event_type_t type)
{
    return type == EVENT_usage_ticked;
}

fail_t metering_decide_batch(const void *state, const input_t *input, const event_t *items,
                             size_t count, uint8_t *results, decision_t *out)
{
    feed_items(state, input, items, count, results, out);
    return FAIL_NONE;
}

fail_t metering_decide_check(const void *state, const input_t *input, const char **ret_detail)
{
    fail_t fail = feed_check(state, input);
    if (fail)
        *ret_detail = fail_text(fail);
    return fail;
}

void metering_decide_due(const void *state, instant_t now, due_t *out)
{
    out->wake = charging_wake(state, now);
    out->recalls_count = 0;
    credits_due(state, out);
}
