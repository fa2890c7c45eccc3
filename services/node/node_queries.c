#include "services/node/node_queries.h"
#include "proto/counter.h"
#include "services/node/node_batch.h"
#include "services/node/node_light.h"
#include "services/node/node_streams.h"

// What a batch learned of a stream since it began counts for its answers.
static bool is_current(const node_t *self)
{
    return self->current && node_are_current(self);
}

static query_t begin(node_t *self, answer_t *out)
{
    return (query_t){.answer = out,
                     .scratch = self->answer_scratch,
                     .scratch_size = FRAME_SMALL_MAX,
                     .last = self->head.last,
                     .now = self->head.time,
                     .current = is_current(self)};
}

void node_query_begin(const request_t *request, answer_t *ret_answer)
{
    memset(ret_answer, 0, sizeof *ret_answer);
    ret_answer->type = request->type;
    ret_answer->number = request->number;
    ret_answer->detail = text_of("");
}

fail_t node_query_core(node_t *self, const request_t *request, const uid_t16 *owner,
                       const recalled_t *recalled, answer_t *out, recall_t *ret_wish)
{
    query_t about = begin(self, out);
    about.recalled = recalled;
    about.owner = owner;
    fail_t fail = self->core->query(self->state, request, NULL, 0, &about);
    *ret_wish = about.recall;
    return fail;
}

fail_t node_query_command(node_t *self, const request_t *request, const event_t *first,
                          uint64_t first_sequence, answer_t *out)
{
    query_t about = begin(self, out);
    return self->core->query(self->state, request, first, first_sequence, &about);
}

// --- what a node answers by itself ---

static size_t pack_cursors(node_t *self, uint8_t *out, size_t cap)
{
    pack_t pack;
    pack_start(&pack, out, cap);
    pack_array(&pack, self->followers_count);
    for (size_t i = 0; i < self->followers_count; i++) {
        pack_array(&pack, 2);
        pack_u64(&pack, self->followers[i].stream);
        pack_u64(&pack, self->followers[i].cursor.sequence);
    }
    return pack_end(&pack);
}

static size_t pack_histories(node_t *self, uint8_t *out, size_t cap)
{
    pack_t pack;
    pack_start(&pack, out, cap);
    pack_array(&pack, self->followers_count);
    for (size_t i = 0; i < self->followers_count; i++) {
        pack_array(&pack, 2);
        pack_u64(&pack, self->followers[i].stream);
        pack_u64(&pack, self->followers[i].cursor.epoch);
    }
    return pack_end(&pack);
}

const outside_health_t *node_outside_health(const node_t *self)
{
    return self->core->outside ? self->core->outside(self->state) : NULL;
}

static void put_outside(const node_t *self, writer_t *out)
{
    const outside_health_t *health = node_outside_health(self);
    if (!health)
        return;
    counter_put(out, COUNTER_outside_outage, (int64_t)health->outage);
    counter_put(out, COUNTER_outside_since, health->since);
    counter_put(out, COUNTER_outside_unanswered, (int64_t)health->unanswered);
    counter_put(out, COUNTER_outside_given_up, (int64_t)health->given_up);
    counter_put(out, COUNTER_outside_outages, (int64_t)health->outages);
}

static void put_streams(const node_t *self, writer_t *out)
{
    bool trouble = false;
    for (size_t i = 0; i < self->followers_count; i++)
        trouble = trouble || self->followers[i].trouble;
    counter_put(out, COUNTER_trouble, trouble);
    for (size_t i = 0; i < self->followers_count; i++) {
        const follower_t *of = &self->followers[i];
        counter_put_of(out, COUNTER_stream_applied, of->stream, (int64_t)of->cursor.sequence);
        counter_put_of(out, COUNTER_stream_announced, of->stream, (int64_t)of->announced);
        counter_put_of(out, COUNTER_stream_epoch, of->stream, (int64_t)of->cursor.epoch);
    }
}

static size_t print_counters(node_t *self, char *text, size_t cap)
{
    writer_t out = writer_on(text, cap);
    counter_put(&out, COUNTER_events, (int64_t)self->head.last);
    counter_put(&out, COUNTER_refused, (int64_t)self->refused);
    counter_put(&out, COUNTER_repeated, (int64_t)self->repeated);
    counter_put(&out, COUNTER_conflicts, (int64_t)self->conflicts);
    counter_put(&out, COUNTER_command_ids, self->ids.table.count);
    counter_put(&out, COUNTER_outside, (int64_t)self->outside_count);
    counter_put(&out, COUNTER_clock_doubted, node_clock_is_doubted(&self->clock));
    counter_put(&out, COUNTER_clock_crept, self->clock.crept_us / 1000);
    put_streams(self, &out);
    if (self->core->counters)
        out.size += self->core->counters(self->state, text + out.size, cap - out.size);
    put_outside(self, &out);
    writer_string(&out, self->shell_counters);
    return out.size;
}

static size_t pack_alarms(const node_t *self, uint8_t *out, size_t cap)
{
    pack_t pack;
    pack_start(&pack, out, cap);
    pack_array(&pack, self->alarms.count + self->shell_alarms.count);
    alarms_pack(&self->alarms, &pack);
    alarms_pack(&self->shell_alarms, &pack);
    return pack_end(&pack);
}

static void answer_status(node_t *self, answer_t *out)
{
    node_light_look(self); // a status that says why must not say green
    char *text = (char *)self->answer_scratch;
    size_t size = print_counters(self, text, FRAME_SMALL_MAX / 2);
    uint8_t *alarms = self->answer_scratch + FRAME_SMALL_MAX / 2;
    size_t alarms_size = pack_alarms(self, alarms, FRAME_SMALL_MAX / 4);
    out->status = (answer_status_t){.stream = self->core->stream,
                                    .epoch = self->head.epoch,
                                    .term = self->head.term,
                                    .last = self->head.last, // committed when this leaves
                                    .now = self->head.time,
                                    .driven = self->config.driven,
                                    .ready = self->booted,
                                    .current = is_current(self),
                                    .full = self->full,
                                    .counters = {text, (uint32_t)size},
                                    .alarms = {alarms, (uint32_t)alarms_size}};
    node_hash(self);
    tree_root(&self->head.tree, &out->status.root);
}

static void answer_clock(node_t *self, answer_t *out)
{
    node_due(self);
    uint64_t busy = self->outside_count + self->wishes_count;
    for (size_t i = 0; i < self->followers_count; i++)
        busy += follower_is_behind(&self->followers[i]) && !self->followers[i].trouble;
    if (self->due->wake <= self->head.time || !self->booted)
        busy++;
    if (self->config.driven && self->clock.doubted)
        busy++; // it waits to be told the time
    size_t size = pack_cursors(self, self->answer_scratch, FRAME_SMALL_MAX);
    out->clock = (answer_clock_t){.stream = self->core->stream,
                                  .last = self->head.last,
                                  .now = self->head.time,
                                  .wake = self->due->wake,
                                  .busy = busy,
                                  .activity = self->activity,
                                  .cursors = {self->answer_scratch, (uint32_t)size}};
}

static fail_t set_clock(node_t *self, const request_t *request, answer_t *out,
                        const char **ret_detail)
{
    if (!self->config.driven) {
        *ret_detail = "clock.set wants a process with `clock = driven`; this one goes by the wall";
        return FAIL_STATE;
    }
    if (request->clock_set.now > NODE_TIME_MAX) { // there would be no way back from it
        *ret_detail = "now: expected an instant before the year 2200";
        return FAIL_INVALID;
    }
    if (request->clock_set.now < self->head.time) {
        *ret_detail = "the clock never goes backwards";
        return FAIL_CLOCK;
    }
    if (request->clock_set.now > self->head.time)
        self->activity++;
    self->head.time = request->clock_set.now;
    node_clock_set(&self->clock);
    out->clock_set.now = self->head.time;
    return FAIL_NONE;
}

static fail_t answer_table(node_t *self, const request_t *request, answer_t *out,
                           const char **ret_detail)
{
    if (!self->core->table) {
        *ret_detail = "this process has no table";
        return FAIL_MISSING;
    }
    uint8_t *rows = self->answer_scratch, *cursors = rows + FRAME_SMALL_MAX - 2048;
    uint8_t *histories = cursors + 1024;
    pack_t pack;
    pack_start(&pack, rows, FRAME_SMALL_MAX - 4096);
    size_t count = 0;
    out->table.last = self->head.last;
    out->table.epoch = self->head.epoch;
    out->table.term = self->head.term;
    out->table.next = self->core->table(self->state, request->table.from, &pack, &count);
    out->table.count = count;
    out->table.rows = (bytes_t){rows, (uint32_t)pack_end(&pack)};
    out->table.cursors = (bytes_t){cursors, (uint32_t)pack_cursors(self, cursors, 1024)};
    out->table.histories = (bytes_t){histories, (uint32_t)pack_histories(self, histories, 1024)};
    return FAIL_NONE;
}

static void pack_proposal(pack_t *pack, const proposal_t *row, instant_t now)
{
    pack_array(pack, 9);
    pack_uid(pack, &row->id);
    pack_u64(pack, row->sequence);
    pack_u64(pack, proposal_state(row, now));
    pack_i64(pack, row->at);
    pack_i64(pack, row->expires);
    pack_text(pack, text_of(row->certificate));
    pack_text(pack, text_of(row->by));
    pack_i64(pack, row->amount);
    pack_bytes(pack, row->request, row->size);
}

static void answer_proposals(node_t *self, const request_t *request, answer_t *out)
{
    const proposals_t *all = &self->proposals;
    pack_t pack;
    pack_start(&pack, self->answer_scratch, FRAME_SMALL_MAX - 4096);
    uint64_t count = 0;
    for (size_t i = 0; i < all->count && !out->proposals.next; i++) {
        const proposal_t *row = &all->rows[i];
        bool open = proposal_state(row, self->head.time) == PROPOSAL_OPEN;
        if (row->sequence < request->proposals.from || (!open && !request->proposals.all))
            continue;
        if (count == NODE_PROPOSALS_PAGE)
            out->proposals.next = row->sequence;
        else {
            pack_proposal(&pack, row, self->head.time);
            count++;
        }
    }
    out->proposals.count = count;
    out->proposals.rows = (bytes_t){self->answer_scratch, (uint32_t)pack_end(&pack)};
}

static void answer_policies(node_t *self, answer_t *out)
{
    pack_t pack;
    pack_start(&pack, self->answer_scratch, FRAME_SMALL_MAX - 4096);
    out->policies.count = policies_pack(&self->policies, &pack);
    out->policies.rows = (bytes_t){self->answer_scratch, (uint32_t)pack_end(&pack)};
}

fail_t node_query(node_t *self, const request_t *request, const uid_t16 *owner, answer_t *out,
                  recall_t *ret_wish, const char **ret_detail)
{
    switch (request->type) {
    case REQUEST_status:
        answer_status(self, out);
        return FAIL_NONE;
    case REQUEST_clock:
        answer_clock(self, out);
        return FAIL_NONE;
    case REQUEST_clock_set:
        return set_clock(self, request, out, ret_detail);
    case REQUEST_proposals:
        answer_proposals(self, request, out);
        return FAIL_NONE;
    case REQUEST_policies:
        answer_policies(self, out);
        return FAIL_NONE;
    case REQUEST_table:
        return answer_table(self, request, out, ret_detail);
    case REQUEST_replay:
    case REQUEST_event:
    case REQUEST_events:
    case REQUEST_witness:
    case REQUEST_statement:
    case REQUEST_as_of:
    case REQUEST_as_of_many:
        *ret_detail = "this is asked at the replay door";
        return FAIL_INVALID;
    default:
        return node_query_core(self, request, owner, NULL, out, ret_wish);
    }
}
