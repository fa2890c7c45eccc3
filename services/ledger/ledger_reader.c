#include "services/ledger/ledger_reader.h"
#include "proto/posting.h"
#include <assert.h>

// Where we are on an account's chain.
typedef struct {
    ledger_find_t *find;
    void *arg;
    const uid_t16 *account;
    uint64_t reads;
    uint64_t sequence; // of `posted`; 0 before the first
    event_t event;     // its `lots` are as `bytes`
    bytes_t bytes;     // the same, as stored; valid until the next load
} cursor_t;

// Moves there. Untouched on failure, but for the count of reads and the bytes.
static fail_t load(cursor_t *self, uint64_t sequence)
{
    event_t event;
    self->reads++;
    fail_t fail = self->find(self->arg, sequence, &self->bytes);
    if (!fail)
        fail = event_decode(self->bytes.data, self->bytes.size, &event);
    if (fail)
        return fail;
    if (event.type != EVENT_posted || !uid_equal(&event.posted.account, self->account))
        return FAIL_MISMATCH;
    self->sequence = sequence;
    self->event = event;
    return FAIL_NONE;
}

static fail_t start(cursor_t *self, uint64_t head)
{
    if (uid_is_zero(self->account) || head == 0)
        return FAIL_INVALID;
    fail_t fail = load(self, head);
    return fail == FAIL_MISMATCH || fail == FAIL_VERSION ? FAIL_INVALID : fail;
}

// Moves to an earlier posting that the present one names. Always nearer to the chain's end, so no
// walk is endless, whatever the bytes say.
static fail_t follow(cursor_t *self, uint64_t sequence)
{
    if (sequence >= self->sequence)
        return FAIL_CORRUPT;
    fail_t fail = load(self, sequence);
    return fail == FAIL_STORE ? fail : fail ? FAIL_CORRUPT : FAIL_NONE;
}

// Moves to the newest posting at or before both bounds; *ret_found is false if there is none.
// Whatever it probes, what it reads last is where it stands: `bytes` are the cursor's.
static fail_t seek(cursor_t *self, uint64_t sequence_max, instant_t time_max, bool *ret_found)
{
    uint64_t reached = 0; // the highest sequence known to lie within the bounds
    while (self->sequence > sequence_max || self->event.at > time_max) {
        const event_posted_t *posted = &self->event.posted;
        if (posted->skip > sequence_max && posted->skip > reached) {
            fail_t fail = follow(self, posted->skip);
            if (fail)
                return fail;
            continue;
        }
        if (posted->skip > reached && time_max < INT64_MAX) {
            cursor_t probe = *self;
            fail_t fail = follow(&probe, posted->skip);
            if (fail)
                return fail;
            if (probe.event.at > time_max) {
                *self = probe;
                continue;
            }
            self->reads = probe.reads;
            reached = probe.sequence;
        }
        if (!posted->previous) {
            *ret_found = false;
            return FAIL_NONE;
        }
        fail_t fail = follow(self, posted->previous);
        if (fail)
            return fail;
    }
    *ret_found = true;
    return FAIL_NONE;
}

// The bound that seek wants: the instant before `to`, of which 0 means no end.
static instant_t last_before(instant_t to)
{
    return to == 0 ? INT64_MAX : to == INT64_MIN ? INT64_MIN : to - 1;
}

// The next to look at: of credits the one before, in one step. A posting from before they were
// chained leads to its neighbour.
static uint64_t next_of(const cursor_t *self, uint64_t side)
{
    const event_posted_t *posted = &self->event.posted;
    if (side != SIDE_CREDITS || !posted->credit_previous)
        return posted->previous;
    return posted->credit_previous == self->sequence ? 0 : posted->credit_previous;
}

static bool on_side(const event_posted_t *posted, uint64_t side)
{
    return side == SIDE_ALL || (side == SIDE_DEBITS) == (posted->debit >= SYSTEM_END);
}

fail_t ledger_reader_statement(ledger_find_t *find, void *arg, const request_statement_t *request,
                               void *out, size_t cap, answer_statement_t *ret_answer)
{
    assert(cap >= LEDGER_STATEMENT_BYTES_MIN);
    if (!codes_find(CODES_statement_side, request->side) || request->limit < 1 ||
        request->limit > LEDGER_STATEMENT_ROWS_MAX)
        return FAIL_INVALID;
    cursor_t cursor = {.find = find, .arg = arg, .account = &request->account};
    bool more = false;
    fail_t fail = start(&cursor, request->head);
    if (!fail)
        fail = seek(&cursor, UINT64_MAX, last_before(request->to), &more);
    if (fail)
        return fail;

    pack_t rows;
    uint64_t count = 0;
    pack_start(&rows, out, cap);
    while (more && cursor.event.at >= request->from) {
        bool wanted = on_side(&cursor.event.posted, request->side);
        if (wanted && (count == request->limit ||
                       (size_t)(rows.end - rows.next) < (size_t)cursor.bytes.size + 16))
            break;
        if (!wanted && cursor.reads >= LEDGER_STATEMENT_READS_MAX)
            break;
        if (wanted) {
            pack_array(&rows, 2);
            pack_u64(&rows, cursor.sequence);
            pack_bytes(&rows, cursor.bytes.data, cursor.bytes.size);
            count++;
        }
        uint64_t next = next_of(&cursor, request->side);
        more = next != 0;
        if (more)
            fail = follow(&cursor, next);
        if (fail)
            return fail;
    }
    more = more && cursor.event.at >= request->from;
    *ret_answer = (answer_statement_t){.next = more ? cursor.sequence : 0,
                                       .count = count,
                                       .rows = {out, (uint32_t)pack_end(&rows)}};
    return FAIL_NONE;
}

fail_t ledger_reader_as_of(ledger_find_t *find, void *arg, const request_as_of_t *request,
                           answer_as_of_t *ret_answer)
{
    cursor_t cursor = {.find = find, .arg = arg, .account = &request->account};
    bool by_time = request->sequence == 0, found = false;
    fail_t fail = start(&cursor, request->head);
    if (!fail)
        fail = seek(&cursor, by_time ? UINT64_MAX : request->sequence,
                    by_time ? request->time : INT64_MAX, &found);
    if (fail)
        return fail;
    *ret_answer = (answer_as_of_t){.read = cursor.reads, .counted = true};
    if (found) {
        ret_answer->credits = cursor.event.posted.credits;
        ret_answer->counted = cursor.event.posted.credit_previous != 0;
        ret_answer->sequence = cursor.sequence;
        ret_answer->cash = cursor.event.posted.cash;
        ret_answer->bonus = cursor.event.posted.bonus;
    }
    return FAIL_NONE;
}

// False for what is no such array.
static bool read_times(bytes_t bytes, instant_t ret_times[LEDGER_INSTANTS_MAX], size_t *ret_count)
{
    wire_t wire;
    wire_start(&wire, bytes.data, bytes.size);
    size_t count = wire_array(&wire, LEDGER_INSTANTS_MAX);
    bool falls = true;
    for (size_t i = 0; i < count; i++) {
        wire_i64(&wire, &ret_times[i]);
        falls = falls && (i == 0 || ret_times[i] <= ret_times[i - 1]);
    }
    *ret_count = count;
    return !wire_end(&wire) && falls && count > 0;
}

static void pack_balance(pack_t *rows, const cursor_t *cursor, bool found)
{
    static const event_posted_t none = {.credit_previous = 1};
    const event_posted_t *posted = found ? &cursor->event.posted : &none;
    pack_array(rows, 5);
    pack_u64(rows, found ? cursor->sequence : 0);
    pack_i64(rows, posted->cash);
    pack_i64(rows, posted->bonus);
    pack_i64(rows, posted->credits);
    pack_flag(rows, posted->credit_previous != 0);
}

fail_t ledger_reader_as_of_many(ledger_find_t *find, void *arg, const request_as_of_many_t *request,
                                void *out, size_t cap, answer_as_of_many_t *ret_answer)
{
    instant_t times[LEDGER_INSTANTS_MAX];
    size_t count;
    assert(cap >= LEDGER_INSTANTS_BYTES);
    if (!read_times(request->times, times, &count))
        return FAIL_INVALID;
    cursor_t cursor = {.find = find, .arg = arg, .account = &request->account};
    fail_t fail = start(&cursor, request->head);
    pack_t rows;
    pack_start(&rows, out, cap);
    bool found = true; // once there is none, there is none before
    for (size_t i = 0; i < count && !fail; i++) {
        if (found)
            fail = seek(&cursor, UINT64_MAX, times[i], &found);
        pack_balance(&rows, &cursor, found);
    }
    if (fail)
        return fail;
    *ret_answer = (answer_as_of_many_t){
        .read = cursor.reads, .count = count, .rows = {out, (uint32_t)pack_end(&rows)}};
    return FAIL_NONE;
}
