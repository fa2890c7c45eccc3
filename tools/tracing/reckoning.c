#include "tools/tracing/reckoning.h"
#include "proto/posting.h"
#include "services/common/auto.h"
#include "store/record.h"
#include <assert.h>
#include <jansson.h>

enum { ASK_MS = 20000, REPLAY_BYTES = 900 * 1024, PAYMENTS_MAX = 100000 };

typedef struct {
    uint64_t invoice;
    kopecks_t amount;
    bool seen;
} payment_t;

typedef struct {
    reckoning_t *out;
    char *error;
    payment_t *payments; // that succeeded, in order of their events
    size_t payments_count;
    kopecks_t charged_by_metering[USAGE_ACCOUNTS];
    kopecks_t system; // sum of what the postings did to system accounts
} reader_t;

__attribute__((format(printf, 2, 3))) static bool refuse(char *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error, RECKONING_ERROR_MAX, format, args);
    va_end(args);
    return false;
}

// The number of one of the trace's accounts, USAGE_ACCOUNTS for any other id.
static uint32_t number_of(const uid_t16 *id)
{
    uint32_t number = 0;
    for (int i = 13; i < 16; i++)
        number = number * 100 + (id->bytes[i] >> 4) * 10u + (id->bytes[i] & 15u);
    uid_t16 expected = usage_account(number % USAGE_ACCOUNTS);
    return number < USAGE_ACCOUNTS && uid_equal(id, &expected) ? number : USAGE_ACCOUNTS;
}

// --- what each event adds ---

static bool take_posted(reader_t *self, const event_posted_t *e)
{
    uint32_t number = number_of(&e->account);
    bool fits = true;
    self->system += e->credit < SYSTEM_END ? e->amount : 0;
    self->system -= e->debit < SYSTEM_END ? e->amount : 0;
    if (number == USAGE_ACCOUNTS)
        return refuse(self->error, "a posting of kind %llu names an account that is none of ours",
                      (unsigned long long)e->kind);
    reckoning_account_t *account = &self->out->accounts[number];
    account->exists = true;
    account->cash = e->cash;
    account->bonus = e->bonus;
    switch (e->kind) {
    case POSTING_CHARGE:
        fits = money_add(account->charged, e->amount, &account->charged);
        break;
    case POSTING_TOPUP:
    case POSTING_AUTOPAY:
        fits = money_add(account->topped_up, e->amount, &account->topped_up);
        account->autopays += e->kind == POSTING_AUTOPAY;
        self->out->credits++;
        break;
    default:
        return refuse(self->error, "account %u: a posting of kind %llu was not expected", number,
                      (unsigned long long)e->kind);
    }
    return fits || refuse(self->error, "account %u: sums leave 64 bits", number);
}

static bool take_event(reader_t *self, const event_t *event)
{
    uint32_t number;
    switch (event->type) {
    case EVENT_posted:
        return take_posted(self, &event->posted);
    case EVENT_usage_charged:
        self->out->lines++;
        self->out->minutes += event->usage_charged.minutes;
        number = number_of(&event->usage_charged.account);
        if (number == USAGE_ACCOUNTS)
            return refuse(self->error, "a charge line names an account that is none of ours");
        self->charged_by_metering[number] += event->usage_charged.amount;
        return true;
    case EVENT_meter_closed:
        number = number_of(&event->meter_closed.account);
        if (number < USAGE_ACCOUNTS)
            self->charged_by_metering[number] += event->meter_closed.amount;
        return true;
    case EVENT_usage_refused:
        self->out->refused++;
        return true;
    case EVENT_usage_expired:
        self->out->expired += event->usage_expired.minutes;
        return true;
    case EVENT_payment_succeeded:
        if (self->payments_count == PAYMENTS_MAX)
            return refuse(self->error, "more than %d payments", PAYMENTS_MAX);
        self->payments[self->payments_count++] =
            (payment_t){event->payment_succeeded.invoice, event->payment_succeeded.amount, false};
        return true;
    default:
        return true;
    }
}

// --- reading a stream ---

static bool take_record(reader_t *self, const char *name, const journal_record_t *record,
                        uint64_t *next)
{
    if (record->first != *next)
        return refuse(self->error, "%s: a record at %llu is out of order", name,
                      (unsigned long long)*next);
    for (record_walk_t walk = record_walk(record); record_walk_next(&walk);) {
        event_t event;
        if (event_decode(walk.event.data, walk.event.size, &event))
            return refuse(self->error, "%s: event %llu does not decode", name,
                          (unsigned long long)walk.sequence);
        if (!take_event(self, &event))
            return false;
    }
    *next = record->first + record->count;
    return true;
}

static bool take_records(reader_t *self, const char *name, bytes_t records, uint64_t *next)
{
    journal_record_t record;
    while (record_page_next(&records, &record))
        if (!take_record(self, name, &record, next))
            return false;
    return records.size == 0 ||
           refuse(self->error, "%s: an answer of the replay door is damaged or cut off", name);
}

static bool read_stream(reader_t *self, fleet_t *fleet, fleet_process_t process)
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
            return refuse(self->error, "%s: replay from %llu: %s", name, (unsigned long long)next,
                          fail_text(fail));
        last = answer.replay.last;
        uint64_t before = next;
        if (!take_records(self, name, answer.replay.records, &next))
            return false;
        if (next == before && next <= last)
            return refuse(self->error, "%s: nothing came from %llu on", name,
                          (unsigned long long)next);
    }
    self->out->events[process] = last;
    return true;
}

// --- comparing with what others say ---

static bool compare_account(reader_t *self, client_t *ledger, uint32_t number)
{
    const reckoning_account_t *account = &self->out->accounts[number];
    kopecks_t balance = account->topped_up - account->charged;
    request_t request = {.type = REQUEST_balance, .balance = {.account = usage_account(number)}};
    answer_t answer;
    fail_t fail = client_ask(ledger, &request, ASK_MS, &answer);
    if (!fail)
        fail = answer.fail;
    if (fail)
        return refuse(self->error, "balance of account %u: %s", number, fail_text(fail));
    if (answer.balance.cash + answer.balance.bonus != balance)
        return refuse(self->error, "account %u: the ledger answers %lld, its journal comes to %lld",
                      number, (long long)(answer.balance.cash + answer.balance.bonus),
                      (long long)balance);
    if (account->cash + account->bonus != balance)
        return refuse(self->error, "account %u: the last posting says %lld, all of them %lld",
                      number, (long long)(account->cash + account->bonus), (long long)balance);
    if (account->charged != self->charged_by_metering[number])
        return refuse(self->error, "account %u: charged %lld, metering's lines come to %lld",
                      number, (long long)account->charged,
                      (long long)self->charged_by_metering[number]);
    return true;
}

static bool compare_ledger(reader_t *self, fleet_t *fleet)
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
        return refuse(self->error, "totals: %s", fail_text(fail));
    if (answer.totals.sum != 0 || answer.totals.customers != out->balances ||
        self->system + out->balances != 0)
        return refuse(self->error,
                      "the sum over all accounts is %lld; customers %lld against %lld, system "
                      "accounts %lld",
                      (long long)answer.totals.sum, (long long)answer.totals.customers,
                      (long long)out->balances, (long long)self->system);
    return true;
}

// Every capture is exactly one success, of the same amount, and the other way round.
static bool compare_captures(reader_t *self, driver_sim_t *sim)
{
    const char *body;
    long status = 0;
    if (!driver_sim_get(sim, "/sim/captures", &status, &body) || status != 200)
        return refuse(self->error, "robokassa-sim does not tell its captures");
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
            refuse(self->error, "captured invoice %llu of %lld kopecks is no success, or twice",
                   (unsigned long long)invoice, (long long)amount);
    }
    json_decref(json);
    if (good &&
        (self->payments_count != self->out->captures || self->out->credits != self->out->captures))
        good = refuse(self->error, "%llu captures, %zu successes, %llu credits",
                      (unsigned long long)self->out->captures, self->payments_count,
                      (unsigned long long)self->out->credits);
    return good;
}

bool reckoning_make(fleet_t *fleet, driver_sim_t *sim, reckoning_t *ret_reckoning,
                    char error[RECKONING_ERROR_MAX])
{
    *ret_reckoning = (reckoning_t){0};
    reader_t self = {.out = ret_reckoning, .error = error};
    self.payments = calloc(PAYMENTS_MAX, sizeof *self.payments);
    assert(self.payments);
    bool good = true;
    for (fleet_process_t p = FLEET_METERING; good && p <= FLEET_AUTOPAY; p++)
        good = read_stream(&self, fleet, p);
    good = good && compare_ledger(&self, fleet) && compare_captures(&self, sim);
    if (good && (ret_reckoning->refused || ret_reckoning->expired))
        good = refuse(error, "metering refused %llu items and lost %llu minutes",
                      (unsigned long long)ret_reckoning->refused,
                      (unsigned long long)ret_reckoning->expired);
    free(self.payments);
    return good;
}
