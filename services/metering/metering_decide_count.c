#include "services/metering/metering_decide_count.h"
#include "services/metering/metering_carry.h"
#include "services/metering/metering_counts.h"

static bool is_too_old(const batch_t *b, instant_t at)
{
    return minute_floor(at) < b->input->now - (instant_t)b->self->policy.late_us;
}

// Nothing of it is billed: the loss is ours.
static void lose(batch_t *b, const counted_t *counted, unsigned i, uint64_t quantity)
{
    named_t named = {.resource = counted->resource,
                     .account = counted->account,
                     .kind = counted->of[i].kind,
                     .version = counted->of[i].version};
    batch_expire(b, &named, counted->at, quantity);
}

// The meters that are not there yet: all of them, or none.
static fail_t need_meters(batch_t *b, counted_t *counted)
{
    for (unsigned i = 0; i < counted->count; i++) {
        if (counted->of[i].meter)
            continue;
        fail_t fail = batch_room(b, counted->account, true, false);
        if (fail)
            return fail;
        counted->of[i].meter =
            batch_open_meter(b, counted->account, counted->resource, counted->of[i].kind);
    }
    return FAIL_NONE;
}

static void add(batch_t *b, const counted_t *counted, unsigned i, uint64_t quantity,
                uid_t16 request)
{
    decision_add(b->out, EVENT_usage_counted)->usage_counted =
        (event_usage_counted_t){.meter = counted->of[i].meter,
                                .version = counted->of[i].version,
                                .instant = counted->at,
                                .quantity = quantity,
                                .mib = counted->mib,
                                .request = request};
}

// What is known of a meter's hour, NULL if nothing is.
static const count_t *known(const batch_t *b, uint32_t meter, instant_t at, uint16_t version)
{
    uint32_t number =
        meter ? counts_find(b->self, rows_meter(b->self, meter), hour_of(at), version) : 0;
    return number ? rows_count(b->self, number) : NULL;
}

fail_t count_disk(batch_t *b, const event_t *item)
{
    counted_t counted;
    fail_t fail = item_check_disk(&b->teller, item, &counted);
    if (fail || !counted.count)
        return fail;
    const count_t *row = known(b, counted.of[0].meter, item->at, 0);
    uint64_t before = row ? row->counted : 0, quantity = counted.of[0].quantity;
    if (row && row->version != counted.of[0].version)
        return FAIL_BILLED;
    if (quantity <= before)
        return FAIL_NONE;
    if (is_too_old(b, item->at))
        lose(b, &counted, 0, quantity - before);
    else if (!(fail = need_meters(b, &counted)))
        add(b, &counted, 0, quantity - before, (uid_t16){{0}});
    return fail;
}

// Told before: the same, or in contradiction to it.
static fail_t compare(const counted_request_t *request, const counted_t *counted)
{
    uint64_t tokens[2] = {0};
    uint32_t meters[2] = {0};
    for (unsigned i = 0; i < counted->count; i++) {
        unsigned which = counted->of[i].kind == RESOURCE_OUTPUT;
        tokens[which] = counted->of[i].quantity;
        meters[which] = counted->of[i].meter;
    }
    return memcmp(tokens, request->tokens, sizeof tokens) == 0 &&
                   memcmp(meters, request->meters, sizeof meters) == 0
               ? FAIL_NONE
               : FAIL_CONFLICT;
}

fail_t count_tokens(batch_t *b, const event_t *item)
{
    counted_t counted;
    const uid_t16 *id = &item->tokens_used.request;
    fail_t fail = item_check_tokens(&b->teller, item, &counted);
    if (fail)
        return fail;
    const counted_request_t *request = counts_request(b->self, id);
    if (request)
        return compare(request, &counted);
    bool old = is_too_old(b, item->at);
    for (unsigned i = 0; i < counted.count; i++) {
        const count_t *row = known(b, counted.of[i].meter, item->at, counted.of[i].version);
        if (row && row->counted + counted.of[i].quantity > MINUTES_MAX)
            return FAIL_LIMIT;
        if (old)
            lose(b, &counted, i, counted.of[i].quantity);
    }
    if (old || (fail = need_meters(b, &counted)))
        return fail;
    for (unsigned i = 0; i < counted.count; i++)
        add(b, &counted, i, counted.of[i].quantity, *id);
    return FAIL_NONE;
}
