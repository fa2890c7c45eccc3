#include "tools/benchmark/item.h"
#include "proto/event.h"
#include "proto/posting.h"
#include "tools/benchmark/draws.h"
#include <assert.h>

enum { AMOUNT_MASK = 15 };
static const int64_t FUNDS = INT64_C(10) * 1000 * 1000 * 1000; // kopecks an account is given

static size_t place_of(const uint8_t *bytes, size_t size, const void *pattern, size_t pattern_size)
{
    const uint8_t *at = memmem(bytes, size, pattern, pattern_size);
    assert(at);
    return (size_t)(at - bytes);
}

void item_make(item_t *self, bool funding)
{
    uid_t16 customer, other = posting_system_id(funding ? SYSTEM_CLEARING : SYSTEM_REVENUE);
    memset(customer.bytes, 0xee, sizeof customer.bytes);
    event_t event;
    memset(&event, 0, sizeof event);
    event.type = EVENT_posting_requested;
    event.at = INT64_C(1760000000000000);
    event.posting_requested.debit = funding ? other : customer;
    event.posting_requested.credit = funding ? customer : other;
    event.posting_requested.amount = funding ? FUNDS : ITEM_AMOUNT_MIN;
    event.posting_requested.kind = funding ? POSTING_TOPUP : POSTING_CHARGE;
    event.posting_requested.reference = draws_account(UINT32_MAX);
    event.posting_requested.opens = true;
    self->funding = funding;
    self->size = event_encode(&event, self->bytes, sizeof self->bytes);
    assert(self->size);
    self->account_at = place_of(self->bytes, self->size, customer.bytes, sizeof customer.bytes);
    // Two ids of 2 + 16 bytes, then the amount.
    self->amount_at =
        place_of(self->bytes, self->size, event.posting_requested.debit.bytes, 16) + 16 + 18;
}

size_t item_put(const item_t *self, uint32_t account, int64_t *amount, uint8_t *out)
{
    memcpy(out, self->bytes, self->size);
    uid_t16 id = draws_account(account);
    memcpy(out + self->account_at, id.bytes, sizeof id.bytes);
    if (self->funding)
        *amount += FUNDS;
    else {
        uint8_t kopecks = (uint8_t)(ITEM_AMOUNT_MIN + (id.bytes[3] & AMOUNT_MASK));
        out[self->amount_at] = kopecks;
        *amount += kopecks;
    }
    return self->size;
}
