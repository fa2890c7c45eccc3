#include "services/ledger/ledger_answer.h"
#include <assert.h>

static fail_t query_balance(const ledger_state_t *self, const request_balance_t *request,
                            query_t *out)
{
    if (request->min_sequence > out->last)
        return FAIL_LATER;
    uint32_t index = table_find(&self->accounts, &request->account);
    if (index == TABLE_NONE)
        return FAIL_UNKNOWN_ACCOUNT;
    const ledger_row_t *row = ledger_row_at(self, index);
    out->answer->balance = (answer_balance_t){.sequence = out->last,
                                              .cash = row->cash,
                                              .bonus = row->bonus,
                                              .number = (uint64_t)index + SYSTEM_END,
                                              .head = row->head,
                                              .postings = row->ordinal,
                                              .low = row->low,
                                              .exhausted = row->exhausted,
                                              .credit = row->credit};
    return FAIL_NONE;
}

static fail_t query_totals(const ledger_state_t *self, query_t *out)
{
    pack_t pack;
    size_t systems = 0;
    uint64_t sum = (uint64_t)self->customers; // exact modulo 2^64, whatever the order
    for (uint64_t number = 0; number < SYSTEM_END; number++)
        if (posting_system_title(number)) {
            systems++;
            sum += (uint64_t)self->systems[number];
        }
    pack_start(&pack, out->scratch, out->scratch_size);
    pack_array(&pack, systems);
    for (uint64_t number = 0; number < SYSTEM_END; number++)
        if (posting_system_title(number)) {
            pack_array(&pack, 2);
            pack_u64(&pack, number);
            pack_i64(&pack, self->systems[number]);
        }
    size_t size = pack_end(&pack);
    if (!size)
        return FAIL_FULL;
    out->answer->totals = (answer_totals_t){.sequence = out->last,
                                            .accounts = self->accounts.count,
                                            .customers = self->customers,
                                            .sum = (kopecks_t)sum,
                                            .systems = {out->scratch, (uint32_t)size}};
    return FAIL_NONE;
}

fail_t ledger_answer_query(const void *state, const request_t *request, const event_t *first,
                           uint64_t first_sequence, query_t *out)
{
    switch (request->type) {
    case REQUEST_balance:
        return query_balance(state, &request->balance, out);
    case REQUEST_totals:
        return query_totals(state, out);
    case REQUEST_post:
        out->answer->post.sequence =
            first && first->type == EVENT_account_opened ? first_sequence + 1 : first_sequence;
        return FAIL_NONE;
    case REQUEST_ledger_policy:
        return FAIL_NONE;
    default:
        return FAIL_INVALID;
    }
}

uint64_t ledger_answer_table(const void *state, uint64_t from, pack_t *rows, size_t *ret_count)
{
    const ledger_state_t *self = state;
    uint64_t count = self->accounts.count;
    uint64_t end =
        from < count && count - from > LEDGER_PAGE_ROWS ? from + LEDGER_PAGE_ROWS : count;
    size_t packed = 0;
    for (uint64_t index = from; index < end; index++, packed++) {
        const ledger_row_t *row = ledger_row_at(self, (uint32_t)index);
        pack_array(rows, 6);
        pack_u64(rows, index + SYSTEM_END);
        pack_uid(rows, &row->account);
        pack_i64(rows, row->cash);
        pack_i64(rows, row->bonus);
        pack_u64(rows, row->head);
        pack_u64(rows, row->credit);
    }
    *ret_count = packed;
    return end < count ? end : 0;
}

static size_t put_counter(char *out, size_t cap, size_t used, const char *name, uint64_t value)
{
    char line[64];
    size_t at = sizeof line, name_size = strlen(name);
    line[--at] = '\n';
    do
        line[--at] = (char)('0' + value % 10);
    while (value /= 10);
    line[--at] = ' ';
    assert(name_size <= at);
    at -= name_size;
    memcpy(line + at, name, name_size); // NOLINT(bugprone-not-null-terminated-result): sizes rule
    if (sizeof line - at > cap - used)
        return used;
    memcpy(out + used, line + at, sizeof line - at);
    return used + (sizeof line - at);
}

size_t ledger_answer_counters(const void *state, char *out, size_t cap)
{
    const ledger_state_t *self = state;
    size_t used = put_counter(out, cap, 0, "accounts", self->accounts.count);
    used = put_counter(out, cap, used, "postings", self->postings);
    return put_counter(out, cap, used, "judgements_pending", self->pending_count);
}
