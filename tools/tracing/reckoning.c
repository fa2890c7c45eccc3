#include "tools/tracing/reckoning.h"
#include "services/process/auto.h"
#include "store/record.h"
#include "tools/tracing/reckoning_sums.h"
#include <jansson.h>

enum { ASK_MS = 20000, REPLAY_BYTES = 900 * 1024 };

// --- reading a stream ---

static bool take_record(reckoning_sums_t *self, const char *name, const journal_record_t *record,
                        uint64_t *next)
{
    record_walk_t walk;
    if (!record_walk_from(record, *next, &walk))
        return reckoning_fail(self->error, "%s: a record at %llu is out of order", name,
                              (unsigned long long)*next);
    while (record_walk_next(&walk)) {
        event_t event;
        if (event_decode(walk.event.data, walk.event.size, &event))
            return reckoning_fail(self->error, "%s: event %llu does not decode", name,
                                  (unsigned long long)walk.sequence);
        if (!reckoning_take(self, &event))
            return false;
    }
    *next = record->first + record->count;
    return true;
}

static bool take_records(reckoning_sums_t *self, const char *name, bytes_t records, uint64_t *next)
{
    journal_record_t record;
    while (record_page_next(&records, &record))
        if (!take_record(self, name, &record, next))
            return false;
    return records.size == 0 ||
           reckoning_fail(self->error, "%s: an answer of the replay door is damaged or cut off",
                          name);
}

static bool read_stream(reckoning_sums_t *self, fleet_t *fleet, fleet_process_t process)
{
    const char *name = fleet_place_name(process);
    AUTO(client) client = fleet_client(fleet, process, CLIENT_REPLAY, "auditor", self->error);
    if (!client)
        return false;
    uint64_t next = 1, last = 1;
    while (next <= last) {
        request_t request = {.type = REQUEST_replay,
                             .replay = {.from = next, .bytes_max = REPLAY_BYTES}};
        answer_t answer;
        fail_t fail = client_ask(client, &request, ASK_MS, &answer);
        if (!fail)
            fail = answer.fail;
        if (fail)
            return reckoning_fail(self->error, "%s: replay from %llu: %s", name,
                                  (unsigned long long)next, fail_text(fail));
        last = answer.replay.last;
        uint64_t before = next;
        if (!take_records(self, name, answer.replay.records, &next))
            return false;
        if (next == before && next <= last)
            return reckoning_fail(self->error, "%s: nothing came from %llu on", name,
                                  (unsigned long long)next);
    }
    self->out->events[process] = last;
    return true;
}

// --- comparing with what others say ---

static bool compare_account(reckoning_sums_t *self, client_t *ledger, uint32_t number)
{
    const reckoning_account_t *account = &self->out->accounts[number];
    kopecks_t balance = account->topped_up - account->charged;
    request_t request = {.type = REQUEST_balance, .balance = {.account = usage_account(number)}};
    answer_t answer;
    fail_t fail = client_ask(ledger, &request, ASK_MS, &answer);
    if (!fail)
        fail = answer.fail;
    if (fail)
        return reckoning_fail(self->error, "balance of account %u: %s", number, fail_text(fail));
    if (answer.balance.cash + answer.balance.bonus != balance)
        return reckoning_fail(
            self->error, "account %u: the ledger answers %lld, its journal comes to %lld", number,
            (long long)(answer.balance.cash + answer.balance.bonus), (long long)balance);
    if (account->cash + account->bonus != balance)
        return reckoning_fail(self->error,
                              "account %u: the last posting says %lld, all of them %lld", number,
                              (long long)(account->cash + account->bonus), (long long)balance);
    if (account->charged != self->charged_by_metering[number])
        return reckoning_fail(
            self->error, "account %u: charged %lld, metering's lines come to %lld", number,
            (long long)account->charged, (long long)self->charged_by_metering[number]);
    return true;
}

static bool compare_ledger(reckoning_sums_t *self, fleet_t *fleet)
{
    reckoning_t *out = self->out;
    AUTO(client) ledger = fleet_client(fleet, FLEET_LEDGER, CLIENT_COMMAND, "service", self->error);
    if (!ledger)
        return false;
    for (uint32_t n = 0; n < USAGE_ACCOUNTS; n++) {
        const reckoning_account_t *account = &out->accounts[n];
        if (!account->exists)
            continue;
        if (!compare_account(self, ledger, n))
            return false;
        out->charged += account->charged;
        out->topped_up += account->topped_up;
        out->balances += account->topped_up - account->charged;
        out->autopays += account->autopays;
    }
    request_t request = {.type = REQUEST_totals};
    answer_t answer;
    fail_t fail = client_ask(ledger, &request, ASK_MS, &answer);
    if (!fail)
        fail = answer.fail;
    if (fail)
        return reckoning_fail(self->error, "totals: %s", fail_text(fail));
    if (answer.totals.sum != 0 || answer.totals.customers != out->balances ||
        self->system + out->balances != 0)
        return reckoning_fail(
            self->error,
            "the sum over all accounts is %lld; customers %lld against %lld, system "
            "accounts %lld",
            (long long)answer.totals.sum, (long long)answer.totals.customers,
            (long long)out->balances, (long long)self->system);
    return true;
}

// Every capture is exactly one success, of the same amount, and the other way round.
static bool compare_captures(reckoning_sums_t *self, driver_sim_t *sim)
{
    const char *body;
    long status = 0;
    if (!driver_sim_get(sim, "/sim/captures", &status, &body) || status != 200)
        return reckoning_fail(self->error, "robokassa-sim does not tell its captures");
    json_t *json = json_loads(body, 0, NULL);
    const json_t *list = json_object_get(json, "captures");
    bool good = json_is_array(list);
    self->out->captures = json_array_size(list);
    for (size_t i = 0; good && i < json_array_size(list); i++) {
        const json_t *capture = json_array_get(list, i);
        uint64_t invoice = (uint64_t)json_integer_value(json_object_get(capture, "invoice"));
        kopecks_t amount = json_integer_value(json_object_get(capture, "amount_kopecks"));
        size_t k = 0;
        while (k < self->payments_count && self->payments[k].invoice != invoice)
            k++;
        good = k < self->payments_count && self->payments[k].amount == amount &&
               !self->payments[k].seen;
        if (good)
            self->payments[k].seen = true;
        else
            reckoning_fail(self->error,
                           "captured invoice %llu of %lld kopecks is no success, or twice",
                           (unsigned long long)invoice, (long long)amount);
    }
    json_decref(json);
    if (good &&
        (self->payments_count != self->out->captures || self->out->credits != self->out->captures))
        good = reckoning_fail(self->error, "%llu captures, %zu successes, %llu credits",
                              (unsigned long long)self->out->captures, self->payments_count,
                              (unsigned long long)self->out->credits);
    return good;
}

bool reckoning_make(fleet_t *fleet, driver_sim_t *sim, reckoning_t *ret_reckoning,
                    char error[RECKONING_ERROR_MAX])
{
    *ret_reckoning = (reckoning_t){0};
    reckoning_sums_t self;
    reckoning_sums_init(&self, ret_reckoning, error);
    bool good = true;
    for (fleet_process_t p = 0; good && p < FLEET_JOURNALS; p++)
        good = read_stream(&self, fleet, p);
    good = good && compare_ledger(&self, fleet) && compare_captures(&self, sim);
    if (good && (ret_reckoning->refused || ret_reckoning->expired || ret_reckoning->uncredited))
        good = reckoning_fail(
            error, "metering refused %llu items, lost %llu minutes and gave %llu not back",
            (unsigned long long)ret_reckoning->refused, (unsigned long long)ret_reckoning->expired,
            (unsigned long long)ret_reckoning->uncredited);
    reckoning_sums_release(&self);
    return good;
}
