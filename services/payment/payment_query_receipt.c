#include "services/payment/payment_query_receipt.h"
#include "proto/month.h"

enum {
    RECEIPTS_ROWS_MAX = 100,
    RECEIPTS_WALK_MAX = 1000,
    RECEIPTS_ROW_BYTES = 192,
    RECEIPTS_REGIME_BYTES = 16
};

static kopecks_t sum_of(const receipted_t *receipted, receipt_kind_t kind, const receipt_t *receipt)
{
    if (kind == RECEIPT_FIRST)
        return receipted->amount;
    return receipt->begun ? receipt->sum : receipted->used;
}

static void pack_receipt(const payment_state_t *self, uint32_t slot, pack_t *rows)
{
    const receipted_t *receipted = receipted_at(self->receipts, slot / 2);
    const receipt_t *receipt = receipt_at(self->receipts, slot);
    receipt_kind_t kind = receipt_kind_of(slot);
    pack_array(rows, 14);
    pack_u64(rows, receipted_invoice(receipted));
    pack_u64(rows, kind);
    pack_uid(rows, &account_at(self, receipted->account)->key);
    pack_u64(rows, payment_receipts_state(self->receipts, slot));
    pack_i64(rows, sum_of(receipted, kind, receipt));
    pack_i64(rows, receipt->vat);
    pack_u64(rows, receipt->tax);
    pack_i64(rows, receipt->begun ? receipt->progress.since : 0);
    pack_i64(rows, receipt->changed);
    pack_u64(rows, receipt->why);
    pack_u64(rows, payment_receipts_number(receipted_invoice(receipted), kind));
    pack_u64(rows, receipt->drive);
    pack_u64(rows, receipt->document);
    pack_u64(rows, receipt->sign);
}

static bool is_wanted(const payment_receipts_t *receipts, uint32_t slot,
                      const request_receipts_t *request)
{
    uint64_t number = receipted_invoice(receipted_at(receipts, slot / 2));
    return (!request->invoice || number == request->invoice) &&
           (!request->states || request->states >> payment_receipts_state(receipts, slot) & 1);
}

static size_t pack_regimes(const payment_receipts_t *receipts, uint8_t *bytes, size_t size)
{
    pack_t pack;
    pack_start(&pack, bytes, size);
    pack_array(&pack, receipts->regimes_count);
    for (size_t i = 0; i < receipts->regimes_count; i++) {
        const payment_fiscal_regime_t *regime = &receipts->regimes[i];
        pack_array(&pack, 3);
        pack_i64(&pack, (instant_t)regime->from * DAY_US - MOSCOW_OFFSET_US);
        pack_u64(&pack, regime->sno);
        pack_u64(&pack, regime->vat);
    }
    return pack_end(&pack);
}

// Slots + 1, 0 for none: the second receipt of the lot whose row + 1 that is, and the receipt
// before one.
static uint32_t last_of(uint32_t row)
{
    return row ? receipt_slot(row - 1, RECEIPT_SECOND) + 1 : 0;
}

static uint32_t before_of(const payment_receipts_t *receipts, uint32_t slot)
{
    return receipt_kind_of(slot) == RECEIPT_SECOND
               ? slot
               : last_of(receipted_at(receipts, slot / 2)->order.before);
}

// Back along all receipts. What is passed over is bounded, too.
static fail_t answer_receipts(const payment_state_t *self, const request_receipts_t *request,
                              query_t *out)
{
    const payment_receipts_t *receipts = self->receipts;
    const size_t room = RECEIPTS_ROWS_MAX * RECEIPTS_ROW_BYTES;
    uint64_t end = 2 * (uint64_t)receipts->rows.count;
    if (request->limit < 1 || request->limit > RECEIPTS_ROWS_MAX ||
        out->scratch_size < room + (size_t)PAYMENT_REGIMES_MAX * RECEIPTS_REGIME_BYTES)
        return FAIL_INVALID;
    uint32_t slot = request->before ? (uint32_t)request->before - 1 : 0, walked = 0;
    if (request->before > end || (request->before && !table_holds(&receipts->rows, slot / 2)))
        return FAIL_MISSING;
    uint32_t n = request->before ? before_of(receipts, slot) : last_of(receipts->order.last);
    answer_receipts_t *answer = &out->answer->receipts;
    pack_t rows;
    pack_start(&rows, out->scratch, room);
    for (; n && walked < RECEIPTS_WALK_MAX && answer->count < request->limit; walked++) {
        slot = n - 1;
        if (is_wanted(receipts, slot, request)) {
            pack_receipt(self, slot, &rows);
            answer->count++;
        }
        n = before_of(receipts, slot);
    }
    answer->next = n ? slot + 1 : 0;
    answer->rows = (bytes_t){out->scratch, (uint32_t)pack_end(&rows)};
    uint8_t *regimes = out->scratch + room;
    answer->regimes =
        (bytes_t){regimes, (uint32_t)pack_regimes(receipts, regimes, out->scratch_size - room)};
    return FAIL_NONE;
}

fail_t payment_query_receipt(const payment_state_t *self, const request_t *request, query_t *out)
{
    return request->type == REQUEST_receipts ? answer_receipts(self, &request->receipts, out)
                                             : FAIL_NONE;
}
