#include "tools/benchmark/memory.h"
#include "services/autopay/autopay_core.h"
#include "services/ledger/ledger_core.h"
#include "services/metering/metering_core.h"
#include "tools/benchmark/bench_rig.h"
#include "tools/benchmark/draws.h"
#include <assert.h>

enum { HOURS = 3, LOTS = 3, ROW_BYTES = 128 };
static const instant_t begin_at = INT64_C(1767225600) * SECOND_US; // 2026-01-01T00:00:00Z

typedef struct {
    const core_t *core;
    void *state;
    decision_t decision;
    input_t input;
    uint64_t heard, sequence;
} fill_t;

static void apply_decided(fill_t *self)
{
    // A refusal with a trace would measure an empty state.
    for (size_t i = 0; i < self->decision.count; i++)
        if (self->decision.events[i].type == EVENT_usage_refused)
            bench_die("memory: the core refuses an item");
    for (size_t i = 0; i < self->decision.count; i++)
        self->core->apply(self->state, &self->decision.events[i], ++self->sequence);
}

static void start_decision(fill_t *self)
{
    event_t *events = self->decision.events;
    uint8_t *scratch = self->decision.scratch;
    self->decision = (decision_t){.events = events, .scratch = scratch, .input = &self->input};
}

static void take(fill_t *self, input_kind_t kind, stream_t stream, instant_t now,
                 const event_t *event)
{
    self->input = (input_t){.kind = kind,
                            .now = now,
                            .through = now,
                            .current = true,
                            .stream = stream,
                            .role = kind == INPUT_ITEM ? ROLE_IMPORTER : ROLE_NONE, // any kind
                            .sequence = ++self->heard,
                            .event = event,
                            .cause = {.stream = stream, .sequence = self->heard}};
    do {
        start_decision(self);
        fail_t fail = self->core->decide(self->state, &self->input, &self->decision);
        if (fail)
            bench_die("memory: the core refuses: %s", fail_text(fail));
        apply_decided(self);
    } while (self->decision.more);
}

static void begin(fill_t *self, const core_t *core)
{
    *self = (fill_t){.core = core, .state = core->create(NULL)};
    self->decision.events = calloc(DECISION_EVENTS_MAX, sizeof *self->decision.events);
    self->decision.scratch = malloc(DECISION_SCRATCH_BYTES);
    assert(self->state && self->decision.events && self->decision.scratch);
    self->input = (input_t){.kind = INPUT_TICK, .now = begin_at, .current = true};
    start_decision(self);
    if (core->found && core->found(self->state, &self->input, &self->decision))
        bench_die("memory: the core does not found its journal");
    apply_decided(self);
}

static uid_t16 id_of(uint32_t number, uint8_t kind)
{
    uid_t16 id = draws_account(number);
    id.bytes[15] = kind;
    return id;
}

// A mandate and a balance for each account.
static void fill_autopay(fill_t *self, uint32_t accounts)
{
    event_t event;
    memset(&event, 0, sizeof event);
    event.type = EVENT_mandate_consented;
    event.at = begin_at;
    uint8_t bytes[ROW_BYTES];
    for (uint32_t i = 0; i < accounts; i++) {
        event.mandate_consented = (event_mandate_consented_t){.mandate = id_of(i, 1),
                                                              .account = draws_account(i),
                                                              .parent = 1000000001 + i,
                                                              .amount = 50000,
                                                              .count_max = 4,
                                                              .sum_max = 200000,
                                                              .credit = self->heard + 1};
        take(self, INPUT_EVENT, STREAM_PAYMENT, begin_at, &event);
    }
    for (uint32_t i = 0; i < accounts; i++) {
        pack_t pack;
        uid_t16 account = draws_account(i);
        pack_start(&pack, bytes, sizeof bytes);
        pack_array(&pack, 6);
        pack_u64(&pack, 64 + i);
        pack_uid(&pack, &account);
        pack_i64(&pack, 100000);
        pack_i64(&pack, 0);
        pack_u64(&pack, 1 + i);
        pack_u64(&pack, 1 + i);
        wire_t row;
        wire_start(&row, bytes, pack_end(&pack));
        if (self->core->view_row(self->state, STREAM_LEDGER, &row))
            bench_die("memory: autopay does not take a row of the ledger's table");
    }
}

// An operator lets one producer bring in as much as there is.
static void lift_quotas(fill_t *self)
{
    enum { MANY = 1 << 30 };
    event_t event;
    memset(&event, 0, sizeof event);
    event.type = EVENT_quotas_changed;
    event.at = begin_at;
    event.quotas_changed = (event_quotas_changed_t){.replicas = MANY,
                                                    .replicas_account = MANY,
                                                    .meters = MANY,
                                                    .meters_hour = MANY,
                                                    .accounts_hour = MANY,
                                                    .bytes_hour = UINT64_C(1) << 40,
                                                    .refusals_hour = MANY,
                                                    .wait_us = (uint64_t)HOUR_US};
    self->core->apply(self->state, &event, ++self->sequence);
}

// A resource with one running replica for each account, HOURS hours of it posted.
static void fill_metering(fill_t *self, uint32_t accounts)
{
    event_t event;
    lift_quotas(self);
    for (uint32_t i = 0; i < accounts; i++) {
        memset(&event, 0, sizeof event);
        event.type = EVENT_resource_created;
        event.at = begin_at;
        event.resource_created = (event_resource_created_t){
            .resource = id_of(i, 2), .account = draws_account(i), .kind = RESOURCE_COMPUTE};
        take(self, INPUT_ITEM, PRODUCER_FIRST, begin_at, &event);
        memset(&event, 0, sizeof event);
        event.type = EVENT_replica_started;
        event.at = begin_at;
        event.replica_started = (event_replica_started_t){.resource = id_of(i, 2),
                                                          .replica = id_of(i, 3),
                                                          .account = draws_account(i),
                                                          .tariff = text_of("standartny"),
                                                          .kind = RESOURCE_COMPUTE};
        take(self, INPUT_ITEM, PRODUCER_FIRST, begin_at, &event);
    }
    for (int hour = 1; hour <= HOURS; hour++) {
        instant_t now = begin_at + hour * HOUR_US + 10 * MINUTE_US;
        take(self, INPUT_THROUGH, PRODUCER_FIRST, now, NULL);
        take(self, INPUT_TICK, STREAM_NONE, now, NULL);
    }
}

// LOTS top-ups for each account, and none of them is spent.
static void fill_ledger(fill_t *self, uint32_t accounts)
{
    event_t event;
    for (uint32_t lot = 0; lot < LOTS; lot++)
        for (uint32_t i = 0; i < accounts; i++) {
            memset(&event, 0, sizeof event);
            event.type = EVENT_posting_requested;
            event.posting_requested =
                (event_posting_requested_t){.debit = posting_system_id(SYSTEM_CLEARING),
                                            .credit = draws_account(i),
                                            .amount = 100000,
                                            .kind = POSTING_TOPUP,
                                            .opens = true};
            take(self, INPUT_ITEM, PRODUCER_FIRST, begin_at, &event);
        }
}

int memory_print(const char *service, uint32_t accounts)
{
    fill_t fill;
    if (strcmp(service, "autopay") == 0) {
        begin(&fill, &autopay_core);
        fill_autopay(&fill, accounts);
    } else if (strcmp(service, "metering") == 0) {
        begin(&fill, &metering_core);
        fill_metering(&fill, accounts);
    } else if (strcmp(service, "ledger") == 0) {
        begin(&fill, &ledger_core);
        fill_ledger(&fill, accounts);
    } else
        return 64;
    printf("%llu %llu\n", (unsigned long long)bench_memory_kb(getpid(), "RssAnon"),
           (unsigned long long)fill.sequence);
    return 0;
}
