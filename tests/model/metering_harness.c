#include "tests/model/metering_harness.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { TICKS_MAX = 1000000, ANSWER_BYTES = 64 * 1024 };

uid_t16 harness_id(unsigned kind, uint64_t number)
{
    uid_t16 id = {{(uint8_t)kind, 0xa5}};
    for (unsigned i = 0; i < 8; i++)
        id.bytes[15 - i] = (uint8_t)(number >> (8 * i));
    return id;
}

static void decision_clear(harness_t *self, const input_t *input)
{
    decision_t *d = &self->decision;
    d->count = 0;
    d->more = false;
    d->result = FAIL_NONE;
    d->detail = NULL;
    d->scratch_used = 0;
    d->input = input;
}

// Encodes, decodes, applies: what the journal holds is what the state sees.
static void commit(harness_t *self)
{
    for (size_t i = 0; i < self->decision.count; i++) {
        if (self->cap - self->size < EVENT_BYTES_MAX + sizeof(uint32_t)) {
            self->cap = 2 * self->cap + 16 * EVENT_BYTES_MAX;
            self->journal = realloc(self->journal, self->cap);
            assert(self->journal);
        }
        uint8_t *at = self->journal + self->size;
        uint32_t size =
            (uint32_t)event_encode(&self->decision.events[i], at + sizeof size, EVENT_BYTES_MAX);
        assert(size > 0);
        memcpy(at, &size, sizeof size);
        if (self->sequence == self->offsets_cap) {
            self->offsets_cap = 2 * self->offsets_cap + 1024;
            self->offsets = realloc(self->offsets, self->offsets_cap * sizeof *self->offsets);
            assert(self->offsets);
        }
        self->offsets[self->sequence] = self->size;
        self->size += sizeof size + size;
        event_t event;
        fail_t fail = event_decode(at + sizeof size, size, &event);
        assert(!fail);
        metering_core.apply(self->state, &event, ++self->sequence);
        if (self->observe)
            self->observe(self->arg, &event);
    }
}

static void begin(harness_t *self)
{
    self->from = self->size;
}

// Decodes the last call's events, now that the journal does not move any more.
static void finish(harness_t *self)
{
    self->events_count = 0;
    for (size_t at = self->from; at < self->size;) {
        if (self->events_count == self->events_cap) {
            self->events_cap = 2 * self->events_cap + 64;
            self->events = realloc(self->events, self->events_cap * sizeof *self->events);
            assert(self->events);
        }
        uint32_t size;
        memcpy(&size, self->journal + at, sizeof size);
        fail_t fail = event_decode(self->journal + at + sizeof size, size,
                                   &self->events[self->events_count++]);
        assert(!fail);
        at += sizeof size + size;
    }
}

void harness_open(harness_t *self, const metering_settings_t *settings)
{
    *self = (harness_t){.state = metering_core.create(settings), .producer = FEED};
    self->decision.events = calloc(DECISION_EVENTS_MAX, sizeof(event_t));
    self->decision.scratch = malloc(DECISION_SCRATCH_BYTES);
    assert(self->decision.events && self->decision.scratch);
    memset(self->decision.scratch, 0xa5, DECISION_SCRATCH_BYTES); // as scratch memory is: not clean
    input_t input = {.kind = INPUT_TICK};
    decision_clear(self, &input);
    fail_t fail = metering_core.found(self->state, &input, &self->decision);
    assert(!fail);
    begin(self);
    commit(self);
    finish(self);
}

void harness_close(harness_t *self)
{
    metering_core.destroy(self->state);
    free(self->decision.events);
    free(self->decision.scratch);
    free(self->journal);
    free(self->offsets);
    free(self->events);
}

fail_t harness_item(harness_t *self, const event_t *item)
{
    input_t input = {.kind = INPUT_ITEM,
                     .now = self->now,
                     .stream = self->producer,
                     .owner = self->owner,
                     .sequence = ++self->item,
                     .cause = {.stream = self->producer, .sequence = self->item},
                     .event = item};
    decision_clear(self, &input);
    fail_t fail = metering_core.decide(self->state, &input, &self->decision);
    begin(self);
    commit(self);
    finish(self);
    const event_t *last = self->events_count ? &self->events[self->events_count - 1] : NULL;
    if (!fail && self->decision.result) {
        fail = self->decision.result;
        assert(last && last->type == EVENT_usage_refused);
        assert(last->usage_refused.sequence == self->item);
        assert(last->usage_refused.failure == (uint64_t)fail);
    }
    return fail;
}

void harness_batch(harness_t *self, const event_t *items, size_t count, uint8_t *results)
{
    begin(self);
    for (size_t done = 0; done < count;) {
        size_t part = count - done < DECISION_BATCH_MAX ? count - done : DECISION_BATCH_MAX;
        input_t input = {.kind = INPUT_ITEM,
                         .now = self->now,
                         .stream = self->producer,
                         .owner = self->owner,
                         .sequence = self->item + 1,
                         .cause = {.stream = self->producer, .sequence = self->item + 1}};
        decision_clear(self, &input);
        uint8_t ignored[DECISION_BATCH_MAX];
        fail_t fail =
            metering_core.decide_batch(self->state, &input, items + done, part,
                                       results ? results + done : ignored, &self->decision);
        assert(!fail);
        commit(self);
        self->item += part;
        done += part;
    }
    finish(self);
}

fail_t harness_created(harness_t *self, instant_t at, uid_t16 resource, uid_t16 account)
{
    event_t item = {.type = EVENT_resource_created, .at = at};
    item.resource_created = (event_resource_created_t){resource, account, 1};
    return harness_item(self, &item);
}

fail_t harness_started(harness_t *self, instant_t at, uid_t16 resource, uid_t16 replica,
                       uid_t16 account, const char *tariff)
{
    event_t item = {.type = EVENT_replica_started, .at = at};
    item.replica_started =
        (event_replica_started_t){resource, replica, account, text_of(tariff), 0};
    return harness_item(self, &item);
}

fail_t harness_stopped(harness_t *self, instant_t at, uid_t16 resource, uid_t16 replica)
{
    event_t item = {.type = EVENT_replica_stopped, .at = at};
    item.replica_stopped = (event_replica_stopped_t){resource, replica};
    return harness_item(self, &item);
}

fail_t harness_deleted(harness_t *self, instant_t at, uid_t16 resource)
{
    event_t item = {.type = EVENT_resource_deleted, .at = at};
    item.resource_deleted.resource = resource;
    return harness_item(self, &item);
}

event_t harness_tick_item(instant_t at, uid_t16 resource, uid_t16 replica, uid_t16 account,
                          const char *tariff)
{
    event_t item = {.type = EVENT_usage_ticked, .at = at};
    item.usage_ticked = (event_usage_ticked_t){resource, replica, account, text_of(tariff), 0};
    return item;
}

fail_t harness_ticked(harness_t *self, instant_t at, uid_t16 resource, uid_t16 replica,
                      uid_t16 account, const char *tariff)
{
    event_t item = harness_tick_item(at, resource, replica, account, tariff);
    return harness_item(self, &item);
}

void harness_decide(harness_t *self, const input_t *input)
{
    decision_clear(self, input);
    fail_t fail = metering_core.decide(self->state, input, &self->decision);
    assert(!fail && (!self->decision.more || input->kind == INPUT_TICK));
    begin(self);
    commit(self);
    finish(self);
}

void harness_through(harness_t *self, instant_t through)
{
    input_t input = {
        .kind = INPUT_THROUGH, .now = self->now, .stream = self->producer, .through = through};
    harness_decide(self, &input);
}

fail_t harness_command(harness_t *self, const request_t *request)
{
    input_t input = {
        .kind = INPUT_REQUEST, .now = self->now, .request = request, .role = ROLE_OPERATOR};
    decision_clear(self, &input);
    fail_t fail = metering_core.decide(self->state, &input, &self->decision);
    assert(!fail || (self->decision.count == 0 && self->decision.detail));
    begin(self);
    commit(self);
    finish(self);
    return fail;
}

void harness_unlimited(harness_t *self)
{
    enum { MANY = 1 << 30 };
    request_t request = {.type = REQUEST_quotas_change};
    request.quotas_change = (request_quotas_change_t){.replicas = MANY,
                                                      .replicas_account = MANY,
                                                      .meters = MANY,
                                                      .meters_hour = MANY,
                                                      .accounts_hour = MANY,
                                                      .bytes_hour = MANY,
                                                      .refusals_hour = MANY,
                                                      .wait_us = (uint64_t)HOUR_US};
    fail_t fail = harness_command(self, &request);
    assert(!fail);
}

instant_t harness_wake(const harness_t *self)
{
    static due_t due;
    due.count = 0;
    metering_core.due(self->state, self->now, &due);
    assert(due.count == 0);
    return due.wake;
}

// --- recalls: a naive walk through the journal ---

static bool is_wanted(const recall_t *wish, const event_t *event)
{
    int order;
    return wish->by == RECALL_SEQUENCE || (metering_core.order(event, wish, &order) && order == 0);
}

static void recall(const harness_t *self, const recall_t *wish, recalled_t *out, event_t *event)
{
    assert(wish->by == RECALL_SEQUENCE || wish->by == RECALL_ORDER);
    uint64_t last = wish->by == RECALL_SEQUENCE ? wish->number : wish->to;
    *out = (recalled_t){.wish = *wish, .fail = FAIL_MISSING};
    for (uint64_t n = wish->number; n && n <= last && n <= self->sequence; n++) {
        uint32_t size;
        const uint8_t *at = self->journal + self->offsets[n - 1];
        memcpy(&size, at, sizeof size);
        fail_t fail = event_decode(at + sizeof size, size, event);
        assert(!fail);
        if (!is_wanted(wish, event))
            continue;
        *out = (recalled_t){.wish = *wish, .sequence = n, .event = event};
        return;
    }
}

// Brings back the first event that is wished for; false if none is.
static bool decide_recalled(harness_t *self)
{
    static due_t due;
    metering_core.due(self->state, self->now, &due);
    if (due.recalls_count == 0)
        return false;
    recalled_t recalled;
    event_t event;
    recall(self, &due.recalls[0], &recalled, &event);
    // The journal may move when it grows; the event's texts are the tariffs' own then.
    input_t input = {.kind = INPUT_RECALLED, .now = self->now, .recalled = &recalled};
    decision_clear(self, &input);
    fail_t fail = metering_core.decide(self->state, &input, &self->decision);
    assert(!fail && self->decision.count); // a wish that nothing ends would spin
    commit(self);
    return true;
}

fail_t harness_ask(harness_t *self, const request_t *request, answer_t *ret_answer)
{
    query_t query = {.answer = ret_answer,
                     .scratch = self->decision.scratch,
                     .scratch_size = ANSWER_BYTES,
                     .last = self->sequence,
                     .now = self->now,
                     .current = true};
    *ret_answer = (answer_t){.type = request->type};
    fail_t fail = metering_core.query(self->state, request, NULL, 0, &query);
    if (fail != FAIL_LATER)
        return fail;
    recalled_t recalled;
    event_t event;
    recall(self, &query.recall, &recalled, &event);
    query.recalled = &recalled;
    return metering_core.query(self->state, request, NULL, 0, &query);
}

static void tick_until(harness_t *self, instant_t now)
{
    size_t ticks = 0;
    for (instant_t wake; (wake = harness_wake(self)) <= now;) {
        self->now = wake > self->now ? wake : self->now;
        do {
            input_t input = {.kind = INPUT_TICK, .now = self->now, .current = true};
            decision_clear(self, &input);
            fail_t fail = metering_core.decide(self->state, &input, &self->decision);
            ticks++;
            assert(!fail && ticks < TICKS_MAX); // a wake that decides nothing would spin
            commit(self);
        } while (self->decision.more);
    }
}

void harness_time(harness_t *self, instant_t now)
{
    assert(now >= self->now);
    begin(self);
    do
        tick_until(self, now);
    while (decide_recalled(self));
    self->now = now;
    finish(self);
}

size_t harness_count(const harness_t *self, event_type_t type)
{
    size_t count = 0;
    for (size_t i = 0; i < self->events_count; i++)
        count += self->events[i].type == type;
    return count;
}

const event_t *harness_event(const harness_t *self, event_type_t type, size_t n)
{
    size_t i = 0;
    while (i < self->events_count && (self->events[i].type != type || n-- > 0))
        i++;
    assert(i < self->events_count); // else the last call made fewer events of that type
    return &self->events[i];
}

// --- replay ---

static void dump_table(FILE *out, const char *name, const table_t *table)
{
    fprintf(out, "%s %u %u:", name, table->count, table->removed);
    for (uint32_t n = table->free; n; memcpy(&n, table_row(table, n - 1), sizeof n))
        fprintf(out, " %u", n);
    fprintf(out, "\n");
}

static char *dump_state(const metering_state_t *m)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert(out);
    fprintf(out, "%u %u %u %u %u %llu %llu %llu %llu\n", m->closed, m->low, m->high, m->running,
            m->cursor, (unsigned long long)m->lines, (unsigned long long)m->charged,
            (unsigned long long)m->refused, (unsigned long long)m->losses.minutes);
    fprintf(out, "lost %lld %lld %llu %lld\n", (long long)m->losses.amount,
            (long long)m->losses.carry, (unsigned long long)m->losses.unpriced,
            (long long)m->losses.last);
    for (size_t i = 0; i < m->producers_count; i++)
        fprintf(out, "p%llu %lld\n", (unsigned long long)m->producers[i].producer,
                (long long)m->producers[i].through);
    for (uint32_t i = 0; i < m->owners.count; i++) {
        const owner_t *o = &m->owners.rows[i];
        fprintf(out, "o%u e%u:%lld %llu %u %u %u %u %u %u:%u,%u,%u %.*s\n", i, o->vouching,
                (long long)o->until, (unsigned long long)o->producer, o->resources, o->loose,
                o->meters, o->replicas, o->busy, o->hour, o->hour_meters, o->hour_accounts,
                o->hour_refusals, (int)o->size, o->name);
    }
    fprintf(out, "credits %llu %llu", (unsigned long long)m->credits.given,
            (unsigned long long)m->credits.refused);
    for (size_t i = 0; i < CELLS_RING_HOURS; i++)
        fprintf(out, " %u:%llu-%llu", m->credits.hours[i].hour,
                (unsigned long long)m->credits.hours[i].first,
                (unsigned long long)m->credits.hours[i].last);
    fprintf(out, "\n");
    dump_table(out, "owed", &m->credits.owed);
    dump_table(out, "kept", &m->credits.kept);
    for (uint32_t n = m->credits.owed_order.first; n;) {
        const owed_t *owed = table_row(&m->credits.owed, n - 1);
        fprintf(out, "o%u %llu\n", n, (unsigned long long)owed->minutes);
        n = owed->link.after;
    }
    for (uint32_t n = m->credits.kept_order.first; n;) {
        const kept_t *kept = table_row(&m->credits.kept, n - 1);
        fprintf(out, "k%u %llu %llu %lld %u\n", n, (unsigned long long)kept->sequence,
                (unsigned long long)kept->minutes, (long long)kept->given, kept->since);
        n = kept->link.after;
    }
    dump_table(out, "accounts", &m->accounts);
    for (uint32_t i = 1; i <= m->accounts.count; i++) {
        if (!table_holds(&m->accounts, i - 1))
            continue;
        const metering_account_t *a = rows_account(m, i);
        fprintf(out, "a%u %lld %u %u %u b%u\n", i, (long long)a->carry, a->meters.first,
                a->meters.last, a->meters_count, a->busy);
    }
    dump_table(out, "resources", &m->resources);
    for (uint32_t i = 1; i <= m->resources.count; i++) {
        if (!table_holds(&m->resources, i - 1))
            continue;
        const resource_t *r = rows_resource(m, i);
        fprintf(out, "r%u %lld %u %u o%u\n", i, (long long)r->deleted, r->account, r->meters,
                r->owner);
    }
    fprintf(out, "meters %u %u:", m->meters.count, m->meters.used);
    for (uint32_t n = m->meters.free; n; memcpy(&n, pool_row(&m->meters, n), sizeof n))
        fprintf(out, " %u", n);
    for (uint32_t i = 1; i <= m->meters.count; i++) {
        fprintf(out, "\nm%u", i); // one that is free is all zero but for its first bytes
        const uint8_t *bytes = pool_row(&m->meters, i);
        for (size_t k = 0; k < sizeof(meter_t); k++)
            fprintf(out, "%s%x", k % 4 ? "." : " ", bytes[k]);
    }
    dump_table(out, "\nreplicas", &m->replicas);
    fprintf(out, "chains %u %u %u %u %u %u %u %u\n", m->busy.first, m->busy.last, m->idle.first,
            m->idle.last, m->gone.first, m->gone.last, m->spent.first, m->spent.last);
    for (uint32_t i = 1; i <= m->replicas.count; i++) {
        if (!table_holds(&m->replicas, i - 1))
            continue;
        const replica_t *r = rows_replica(m, i);
        fprintf(out, "R%u %u o%u %u %u-%u %u-%u %u %x %x %x t%x %x %x c%u", i, r->meter, r->owner,
                r->since, r->link.before, r->link.after, r->of_meter.before, r->of_meter.after,
                r->cells.from, r->cells.full[0], r->cells.full[1], r->cells.full[2],
                r->cells.ticked[0], r->cells.ticked[1], r->cells.ticked[2], r->cells.code);
        for (uint32_t n = r->points; n;) {
            const point_t *p = pool_row(&m->points, n);
            fprintf(out, " %u:%lld:%u", n, (long long)p->at, p->code);
            n = p->next;
        }
        for (uint32_t n = r->cells.first; n; n = cells_at(&m->cells, n)->next)
            fprintf(out, " %u:%x:%llx", n, cells_at(&m->cells, n)->when,
                    (unsigned long long)cells_at(&m->cells, n)->bits);
        fprintf(out, "\n");
    }
    fclose(out);
    return text;
}

bool harness_replays(const harness_t *self)
{
    void *state = metering_core.create(NULL);
    uint64_t sequence = 0;
    for (size_t at = 0; at < self->size;) {
        uint32_t size;
        event_t event;
        memcpy(&size, self->journal + at, sizeof size);
        fail_t fail = event_decode(self->journal + at + sizeof size, size, &event);
        assert(!fail);
        metering_core.apply(state, &event, ++sequence);
        at += sizeof size + size;
    }
    char *live = dump_state(self->state), *replayed = dump_state(state);
    bool same = strcmp(live, replayed) == 0;
    free(live);
    free(replayed);
    metering_core.destroy(state);
    return same && sequence == self->sequence;
}
