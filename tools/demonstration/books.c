#include "tools/demonstration/books.h"
#include "proto/codes.h"
#include "proto/month.h"
#include "proto/posting.h"
#include "services/base/table.h"
#include <assert.h>
#include <inttypes.h>

enum { ASK_MS = 1000, STREAMS = FLEET_JOURNALS };

struct books {
    table_t accounts; // rows are books_account_t
    reading_t readings[STREAMS];
    client_t *metering, *autopay;
    books_totals_t totals;
    kopecks_t system;
    books_event_t events[BOOKS_EVENTS_MAX];
    uint64_t told, settled; // so far; so far when this catching up began
};

static books_account_t *find(const books_t *self, const uid_t16 *id)
{
    uint32_t index = table_find(&self->accounts, id);
    return index == TABLE_NONE ? NULL : table_row(&self->accounts, index);
}

// The streams are read one after the other: of one instant, what caused comes before what it
// caused.
static void sort_in(books_t *self)
{
    for (uint64_t i = self->told - 1; i > self->settled; i--) {
        books_event_t *event = &self->events[i % BOOKS_EVENTS_MAX];
        books_event_t *before = &self->events[(i - 1) % BOOKS_EVENTS_MAX];
        if (before->at < event->at || (before->at == event->at && before->what <= event->what))
            return;
        books_event_t swap = *before;
        *before = *event;
        *event = swap;
    }
}

// Notes what happened to an account, for its line and for the list below.
__attribute__((format(printf, 5, 6))) static void tell(books_t *self, books_account_t *account,
                                                       instant_t at, books_what_t what,
                                                       const char *format, ...)
{
    books_event_t *event = &self->events[self->told++ % BOOKS_EVENTS_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(event->text, sizeof event->text, format, arguments);
    va_end(arguments);
    event->at = at;
    event->what = what;
    event->account = table_find(&self->accounts, &account->id);
    if (at > account->last.at || (at == account->last.at && what >= account->last.what))
        account->last = *event;
    if (self->told - self->settled < BOOKS_EVENTS_MAX)
        sort_in(self);
}

#define RUBLES "%s%" PRId64 ".%02" PRId64
#define RUBLES_OF(k) (k) < 0 ? "-" : "", ((k) < 0 ? -(k) : (k)) / 100, ((k) < 0 ? -(k) : (k)) % 100

// --- metering ---

static void visit_metering(void *arg, uint64_t sequence, const event_t *event)
{
    books_t *self = arg;
    (void)sequence;
    if (event->type == EVENT_usage_through)
        self->totals.through = event->usage_through.through;
    else if (event->type == EVENT_hour_closed)
        self->totals.hours++;
    else if (event->type == EVENT_usage_refused || event->type == EVENT_usage_expired)
        self->totals.refused++;
}

// --- ledger ---

static void take_credit(books_t *self, books_account_t *account, const event_t *event)
{
    const event_posted_t *posted = &event->posted;
    account->credits += posted->amount;
    if (posted->kind == POSTING_TOPUP) {
        account->topups++;
        self->totals.topups++;
        self->totals.topped_up += posted->amount;
        tell(self, account, event->at, BOOKS_TOPPED_UP, "topped up by card: " RUBLES,
             RUBLES_OF(posted->amount));
    } else if (posted->kind == POSTING_BONUS) {
        tell(self, account, event->at, BOOKS_TOPPED_UP, "bonus of a promo code: " RUBLES,
             RUBLES_OF(posted->amount));
    } else if (posted->kind == POSTING_AUTOPAY) {
        account->autopays++;
        self->totals.autopays++;
        self->totals.autopaid += posted->amount;
        tell(self, account, event->at, BOOKS_AUTOPAID, "autopay " RUBLES ", now " RUBLES,
             RUBLES_OF(posted->amount), RUBLES_OF(account->balance));
    } else if (posted->kind == POSTING_BANK) {
        self->totals.transfers++;
        tell(self, account, event->at, BOOKS_TOPPED_UP, "a company's transfer: " RUBLES,
             RUBLES_OF(posted->amount));
    }
}

static void take_debit(books_t *self, books_account_t *account, const event_t *event)
{
    const event_posted_t *posted = &event->posted;
    account->debits += posted->amount;
    if (posted->kind == POSTING_CHARGE)
        self->totals.charged += posted->amount;
    else if (posted->kind == POSTING_HOLD)
        tell(self, account, event->at, BOOKS_RETURNED, "held for a refund: " RUBLES,
             RUBLES_OF(posted->amount));
}

static void take_posting(books_t *self, const event_t *event)
{
    const event_posted_t *posted = &event->posted;
    self->totals.postings++;
    if (posted->debit < SYSTEM_END)
        self->system -= posted->amount;
    if (posted->credit < SYSTEM_END)
        self->system += posted->amount;
    books_account_t *account = find(self, &posted->account);
    if (!account)
        return; // between system accounts, or of somebody whom the platform does not know
    account->balance = posted->cash + posted->bonus;
    if (posted->credit >= SYSTEM_END) {
        account->number = posted->credit;
        take_credit(self, account, event);
    } else {
        account->number = posted->debit;
        take_debit(self, account, event);
    }
}

static void visit_ledger(void *arg, uint64_t sequence, const event_t *event)
{
    books_t *self = arg;
    books_account_t *account;
    (void)sequence;
    switch (event->type) {
    case EVENT_posted:
        take_posting(self, event);
        break;
    case EVENT_account_low:
        self->totals.lows++;
        if ((account = find(self, &event->account_low.account)))
            tell(self, account, event->at, BOOKS_LOW, "low: " RUBLES " left",
                 RUBLES_OF(event->account_low.balance));
        break;
    case EVENT_account_exhausted:
        self->totals.exhausted++;
        if ((account = find(self, &event->account_exhausted.account))) {
            account->exhausted = true;
            account->exhausted_at = event->at;
            tell(self, account, event->at, BOOKS_EXHAUSTED, "exhausted: " RUBLES,
                 RUBLES_OF(event->account_exhausted.balance));
        }
        break;
    case EVENT_account_restored:
        self->totals.restored++;
        if ((account = find(self, &event->account_restored.account))) {
            account->exhausted = false;
            tell(self, account, event->at, BOOKS_RESTORED, "restored: " RUBLES,
                 RUBLES_OF(event->account_restored.balance));
        }
        break;
    default:
        break;
    }
}

// --- payment and autopay ---

static void take_refund(books_t *self, const event_t *event)
{
    books_account_t *account = find(self, &event->refund_done.account);
    self->totals.refunds++;
    if (account)
        tell(self, account, event->at, BOOKS_RETURNED, "went back to the card: " RUBLES,
             RUBLES_OF(event->refund_done.amount));
}

static void visit_payment(void *arg, uint64_t sequence, const event_t *event)
{
    books_t *self = arg;
    (void)sequence;
    if (event->type == EVENT_refund_done && event->refund_done.by_itself != UNWANTED_SECOND)
        take_refund(self, event);
    if (event->type != EVENT_payment_declined)
        return;
    books_account_t *account = find(self, &event->payment_declined.account);
    self->totals.declined++;
    if (account) {
        account->declined++;
        tell(self, account, event->at, BOOKS_DECLINED, "the card was declined");
    }
}

static void take_settled(books_t *self, const event_autopay_settled_t *settled)
{
    books_account_t *account = find(self, &settled->account);
    if (!account || settled->outcome != OUTCOME_SUCCEEDED)
        return;
    if (account->month != settled->month) {
        account->month = settled->month;
        account->month_autopays = 0;
    }
    account->month_autopays++;
}

static void take_withheld(books_t *self, const event_t *event)
{
    books_account_t *account = find(self, &event->autopay_withheld.account);
    if (!account)
        return;
    switch (event->autopay_withheld.reason) {
    case AUTOPAY_NO_COUNT_CAP:
    case AUTOPAY_NO_SUM_CAP:
        tell(self, account, event->at, BOOKS_WITHHELD, "autopay: month's limit met");
        break;
    case AUTOPAY_NO_ATTEMPT_CAP:
        tell(self, account, event->at, BOOKS_WITHHELD, "autopay: too many declines");
        break;
    default: // the everyday reasons
        break;
    }
}

static void visit_autopay(void *arg, uint64_t sequence, const event_t *event)
{
    books_t *self = arg;
    books_account_t *account;
    (void)sequence;
    switch (event->type) {
    case EVENT_autopay_mandate_noted:
        if ((account = find(self, &event->autopay_mandate_noted.account)))
            account->count_max = event->autopay_mandate_noted.state == MANDATE_LIVE
                                     ? event->autopay_mandate_noted.count_max
                                     : 0;
        break;
    case EVENT_autopay_payment_requested:
        if ((account = find(self, &event->autopay_payment_requested.account)))
            tell(self, account, event->at, BOOKS_ASKED, "autopay asks for " RUBLES,
                 RUBLES_OF(event->autopay_payment_requested.amount));
        break;
    case EVENT_autopay_settled:
        take_settled(self, &event->autopay_settled);
        break;
    case EVENT_autopay_withheld:
        take_withheld(self, event);
        break;
    case EVENT_autopay_suspended:
        if ((account = find(self, &event->autopay_suspended.account))) {
            account->suspended = true;
            tell(self, account, event->at, BOOKS_SUSPENDED, "autopay: suspended");
        }
        break;
    case EVENT_autopay_resumed:
        if ((account = find(self, &event->autopay_resumed.account)))
            account->suspended = false;
        break;
    default:
        break;
    }
}

// Of a process that has nothing to do with balances; its events are counted.
static void visit_other(void *arg, uint64_t sequence, const event_t *event)
{
    (void)arg;
    (void)sequence;
    (void)event;
}

// --- the whole ---

books_t *books_new(fleet_t *fleet, const uid_t16 *accounts, uint32_t count,
                   char error[READING_ERROR_MAX])
{
    books_t *self = calloc(1, sizeof *self);
    assert(self);
    table_init(&self->accounts, sizeof(books_account_t));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = table_insert(&self->accounts, &accounts[i]);
        assert(index == i);
    }
    self->metering = fleet_client(fleet, FLEET_METERING, CLIENT_COMMAND, "operator", error);
    self->autopay = fleet_client(fleet, FLEET_AUTOPAY, CLIENT_COMMAND, "operator", error);
    bool good = self->metering && self->autopay;
    for (fleet_process_t p = 0; good && p < FLEET_JOURNALS; p++) {
        client_t *client = fleet_client(fleet, p, CLIENT_REPLAY, "operator", error);
        good = client;
        if (client)
            reading_init(&self->readings[p], fleet_place_name(p), &client);
    }
    if (!good)
        books_destroy(&self);
    return self;
}

void books_destroy(books_t **self_p)
{
    books_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < STREAMS; i++)
        reading_release(&self->readings[i]);
    client_destroy(&self->metering);
    client_destroy(&self->autopay);
    table_release(&self->accounts);
    free(self);
    *self_p = NULL;
}

bool books_catch_up(books_t *self, char error[READING_ERROR_MAX])
{
    static reading_visit_fn *const visits[STREAMS] = {[FLEET_METERING] = visit_metering,
                                                      [FLEET_LEDGER] = visit_ledger,
                                                      [FLEET_PAYMENT] = visit_payment,
                                                      [FLEET_AUTOPAY] = visit_autopay};
    self->settled = self->told;
    for (size_t i = 0; i < STREAMS; i++)
        if (!reading_catch_up(&self->readings[i], visits[i] ? visits[i] : visit_other, self, error))
            return false;
    return true;
}

static void foretell(books_t *self, books_account_t *account, const answer_meters_t *meters)
{
    request_t request = {.type = REQUEST_autopay, .autopay = {.account = account->id}};
    answer_t answer;
    if (client_ask(self->autopay, &request, ASK_MS, &answer) || answer.fail)
        return; // as above
    autopay_inputs_t inputs = forecast_autopay(&answer.autopay, meters->now);
    forecast_t told;
    if (forecast(account->balance, (bytes_t){0}, meters, &inputs, &told) == FAIL_NONE)
        account->stops = told.stops;
}

void books_ask_meters(books_t *self, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count && i < books_count(self); i++) {
        books_account_t *account = books_account(self, i);
        request_t request = {.type = REQUEST_meters, .meters = {.account = account->id}};
        answer_t answer;
        if (client_ask(self->metering, &request, ASK_MS, &answer) || answer.fail)
            continue; // metering is away, or has not heard of the account yet
        account->replicas = answer.meters.replicas;
        account->burn = answer.meters.burn;
        foretell(self, account, &answer.meters);
    }
}

uint32_t books_count(const books_t *self)
{
    return self->accounts.count;
}

books_account_t *books_account(books_t *self, uint32_t index)
{
    return table_row(&self->accounts, index);
}

books_totals_t books_totals(const books_t *self)
{
    return self->totals;
}

uint64_t books_events(const books_t *self)
{
    uint64_t events = 0;
    for (size_t i = 0; i < STREAMS; i++)
        events += self->readings[i].last;
    return events;
}

kopecks_t books_system(const books_t *self)
{
    return self->system;
}

uint64_t books_told(const books_t *self)
{
    return self->told;
}

const books_event_t *books_event(const books_t *self, uint64_t back)
{
    if (back >= self->told || back >= BOOKS_EVENTS_MAX)
        return NULL;
    return &self->events[(self->told - 1 - back) % BOOKS_EVENTS_MAX];
}
