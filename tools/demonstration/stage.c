#include "tools/demonstration/stage.h"
#include "proto/digest.h"
#include "services/process/uuid7.h"
#include "tools/outbox/outbox.h"
#include "tools/platform_sim/sign_in.h"
#include <assert.h>

enum { READY_MS = 60000, SETTLE_MS = 30000, ASK_MS = 10000, EVENTS_MAX = 1024 };

#define COMPANY_INN "9999234565"
#define COMPANY_NAME "ООО «Образец»"

struct stage {
    fleet_t *fleet;
    driver_t *driver;
    platform_t *platform;
    outbox_t *outbox;
    client_t *payment, *documents, *bank;  // the last under the certificate of an importer
    uint64_t invoices[STAGE_ACCOUNTS_MAX]; // of each customer's last top-up
    sign_in_t *sign_in;
    event_t events[EVENTS_MAX];
};

static void tend(void *arg)
{
    fleet_tend(arg);
}

static bool fail_stage(const stage_t *self, const char *what, fail_t fail, char *error)
{
    snprintf(error, STAGE_ERROR_MAX, "%s: %s%s%s", what, fail_text(fail),
             fail == FAIL_TIMEOUT ? ": " : "",
             fail == FAIL_TIMEOUT ? driver_trouble(self->driver) : "");
    return false;
}

static bool make_driver(stage_t *self, char *error)
{
    driver_options_t options = {
        .sim_url = fleet_url(self->fleet, FLEET_SIM), .tend = tend, .tend_arg = self->fleet};
    for (fleet_process_t p = 0; p < FLEET_JOURNALS; p++) {
        client_t *client = fleet_client(self->fleet, p, CLIENT_COMMAND, "operator", error);
        if (!client)
            break;
        options.processes[options.count].name = fleet_place_name(p);
        options.processes[options.count++].client = client;
    }
    self->driver = driver_new(&options);
    self->payment = fleet_client(self->fleet, FLEET_PAYMENT, CLIENT_COMMAND, "operator", error);
    self->documents = fleet_client(self->fleet, FLEET_DOCUMENTS, CLIENT_COMMAND, "operator", error);
    self->bank = fleet_client(self->fleet, FLEET_DOCUMENTS, CLIENT_COMMAND, "importer", error);
    if (options.count != FLEET_JOURNALS || !self->payment || !self->documents || !self->bank)
        return false;
    fail_t fail = driver_advance(self->driver, STAGE_EVE, SETTLE_MS);
    return !fail || fail_stage(self, "the beginning", fail, error);
}

static bool open_outbox(stage_t *self, char *error)
{
    const fleet_place_t *place = fleet_place(self->fleet);
    char directory[PATH_MAX], secret[PATH_MAX], public[PATH_MAX], why[OUTBOX_ERROR_MAX];
    fleet_place_path(place, "var", "platform", "", directory);
    fleet_place_path(place, "keys/secret", "platform", ".cert_secret", secret);
    snprintf(public, sizeof public, "%s/keys/public", place->directory);
    outbox_options_t options = {.directory = directory,
                                .create = true,
                                .producer = STAGE_PRODUCER,
                                .segment_events = FLEET_SEGMENT_EVENTS,
                                .publish = place->outbox.publish,
                                .replay = place->outbox.replay,
                                .secret = secret,
                                .certificates = public};
    self->outbox = outbox_open(&options, why);
    if (!self->outbox)
        snprintf(error, STAGE_ERROR_MAX, "the platform's outbox: %s", why);
    return self->outbox;
}

static bool open_sign_in(stage_t *self, const stage_options_t *options, char *error)
{
    uid_t16 accounts[STAGE_ACCOUNTS_MAX];
    char key[PATH_MAX];
    for (uint32_t i = 0; i < options->accounts; i++)
        accounts[i] = platform_account(self->platform, i);
    fleet_place_path(fleet_place(self->fleet), "keys", "customers", ".key", key);
    bool open = sign_in_open(self->sign_in, key, fleet_url(self->fleet, FLEET_WEB), accounts,
                             options->accounts);
    if (!open)
        snprintf(error, STAGE_ERROR_MAX, "the platform's sign-in: %.900s", key);
    return open;
}

static bool begin(stage_t *self, const stage_options_t *options, char *error)
{
    // Dearer than the workload model, so that something is to be seen within minutes.
    platform_options_t platform = {.seed = options->seed,
                                   .accounts = options->accounts,
                                   .replicas = options->replicas,
                                   .start = STAGE_START,
                                   .percent = {0, 15, 20, 25, 25, 15}};
    // The payer's bank takes its time and says no to one in twenty.
    fleet_options_t fleet = {
        .directory = options->directory,
        .driven = true,
        .start = STAGE_EVE,
        .live_feed = true,
        .importers = true,
        .outbox = STAGE_PRODUCER,
        .sim_lines = {"payer = pay", "fault = decline on=recurring probability_ppm=50000"},
        .sim_lines_count = 2};
    self->platform = platform_new(&platform);
    self->sign_in = sign_in_new();
    if (!self->sign_in) {
        snprintf(error, STAGE_ERROR_MAX, "no port for the platform's sign-in");
        return false;
    }
    fleet.sign_in_url = sign_in_url(self->sign_in);
    self->fleet = fleet_new(&fleet, error);
    return self->fleet && open_outbox(self, error) && fleet_start(self->fleet, READY_MS, error) &&
           make_driver(self, error) && open_sign_in(self, options, error);
}

stage_t *stage_new(const stage_options_t *options, char error[STAGE_ERROR_MAX])
{
    assert(options->accounts <= STAGE_ACCOUNTS_MAX && options->replicas <= STAGE_REPLICAS_MAX);
    stage_t *self = calloc(1, sizeof *self);
    assert(self);
    *error = '\0';
    if (!begin(self, options, error))
        stage_destroy(&self);
    return self;
}

void stage_destroy(stage_t **self_p)
{
    stage_t *self = *self_p;
    if (!self)
        return;
    sign_in_destroy(&self->sign_in);
    client_destroy(&self->payment);
    client_destroy(&self->documents);
    client_destroy(&self->bank);
    driver_destroy(&self->driver);
    outbox_close(&self->outbox);
    fleet_destroy(&self->fleet);
    platform_destroy(&self->platform);
    free(self);
    *self_p = NULL;
}

bool stage_topup(stage_t *self, uint32_t account, uint64_t rubles, uint64_t count_max,
                 char error[STAGE_ERROR_MAX])
{
    request_t request = {.type = REQUEST_topup,
                         .id = uuid7_new(),
                         .topup = {.account = platform_account(self->platform, account),
                                   .amount_rub = rubles,
                                   .count_max = count_max}};
    answer_t answer;
    fail_t fail = client_ask(self->payment, &request, ASK_MS, &answer);
    if (!fail)
        fail = answer.fail;
    if (fail)
        return fail_stage(self, "a top-up", fail, error);
    self->invoices[account] = answer.topup.invoice;
    char link[4096];
    int size =
        snprintf(link, sizeof link, "%.*s", (int)answer.topup.link.size, answer.topup.link.data);
    long http = 0;
    const char *body;
    // The payer's browser opens the page, and the payer pays at once.
    if (size >= (int)sizeof link ||
        !driver_sim_get(driver_stand_in(self->driver), link, &http, &body) || http >= 400) {
        snprintf(error, STAGE_ERROR_MAX, "the pay page answered with status %ld", http);
        return false;
    }
    fail = driver_settle(self->driver, SETTLE_MS);
    return !fail || fail_stage(self, "after a top-up", fail, error);
}

// Asks, and waits until everybody has heard of it.
static bool ask(stage_t *self, client_t *client, const char *what, request_t *request,
                answer_t *ret_answer, char *error)
{
    request->id = uuid7_new();
    fail_t fail = client_ask(client, request, ASK_MS, ret_answer);
    if (!fail)
        fail = ret_answer->fail;
    if (!fail)
        fail = driver_settle(self->driver, SETTLE_MS);
    return !fail || fail_stage(self, what, fail, error);
}

static bool ask_payment(stage_t *self, const char *what, request_t *request, answer_t *ret_answer,
                        char *error)
{
    return ask(self, self->payment, what, request, ret_answer, error);
}

bool stage_campaign(stage_t *self, const char *word, uint64_t uses, char error[STAGE_ERROR_MAX])
{
    request_t begin = {
        .type = REQUEST_promo_begin,
        .promo_begin = {
            .kind = PROMO_PERCENT, .value = 2000, .cap = 5000, .in_all = uses, .per_account = 1}};
    request_t add = {.type = REQUEST_promo_add, .promo_add.code = text_of(word)};
    answer_t answer;
    if (!ask_payment(self, "a campaign of promo codes", &begin, &answer, error))
        return false;
    add.promo_add.campaign = answer.promo_begin.campaign;
    return ask_payment(self, "a promo code", &add, &answer, error);
}

bool stage_enter(stage_t *self, uint32_t account, const char *word, char error[STAGE_ERROR_MAX])
{
    request_t request = {.type = REQUEST_promo_apply};
    request.promo_apply.account = platform_account(self->platform, account);
    request.promo_apply.code = text_of(word);
    answer_t answer;
    if (!ask_payment(self, "a promo code that a customer enters", &request, &answer, error))
        return false;
    return answer.promo_apply.accepted ||
           fail_stage(self, "a promo code that a customer enters", FAIL_STATE, error);
}

// --- a company, and money that goes back ---

bool stage_invoice(stage_t *self, uint32_t account, kopecks_t amount, uint64_t *ret_invoice,
                   char error[STAGE_ERROR_MAX])
{
    uid_t16 id = platform_account(self->platform, account);
    request_t company = {.type = REQUEST_requisites_register,
                         .requisites_register = {.account = id,
                                                 .inn = text_of(COMPANY_INN),
                                                 .kpp = text_of("999901001"),
                                                 .name = text_of(COMPANY_NAME)}};
    request_t issue = {.type = REQUEST_invoice_issue,
                       .invoice_issue = {.account = id, .amount = amount}};
    answer_t answer;
    if (!ask(self, self->documents, "a company's requisites", &company, &answer, error) ||
        !ask(self, self->documents, "an invoice", &issue, &answer, error))
        return false;
    *ret_invoice = answer.invoice_issue.number;
    return true;
}

bool stage_begin(stage_t *self, char error[STAGE_ERROR_MAX])
{
    fail_t fail = driver_advance(self->driver, STAGE_START, SETTLE_MS);
    return !fail || fail_stage(self, "the beginning", fail, error);
}

bool stage_transfer(stage_t *self, uint64_t invoice, kopecks_t amount, char error[STAGE_ERROR_MAX])
{
    char purpose[128];
    int size = snprintf(purpose, sizeof purpose, "Оплата по счёту № %llu, НДС в том числе",
                        (unsigned long long)invoice);
    request_t request = {
        .type = REQUEST_transfer_receive,
        .transfer_receive = {.own_account = text_of("40702810700000000101"),
                             .day = (uint64_t)((STAGE_EVE + MOSCOW_OFFSET_US) / DAY_US),
                             .number = text_of("1"),
                             .amount = amount,
                             .payer_inn = text_of(COMPANY_INN),
                             .payer_account = text_of("40702810000000007001"),
                             .purpose = text_of(purpose)}};
    answer_t answer;
    digest_sha256(purpose, (size_t)size, request.transfer_receive.statement.bytes);
    return ask(self, self->bank, "a transfer of the bank's statement", &request, &answer, error);
}

bool stage_refund(stage_t *self, uint32_t account, kopecks_t amount, char error[STAGE_ERROR_MAX])
{
    request_t request = {.type = REQUEST_refund};
    request.refund.invoice = self->invoices[account];
    request.refund.amount = amount;
    request.refund.reason = REASON_GOODWILL;
    answer_t answer;
    return ask_payment(self, "a refund", &request, &answer, error);
}

// --- time ---

// All that happens at one instant, or within the minute before it.
static bool step(stage_t *self, instant_t to, char *error)
{
    fail_t fail = driver_advance(self->driver, to, SETTLE_MS);
    for (size_t n; !fail && (n = platform_next(self->platform, to, self->events, EVENTS_MAX));)
        fail = outbox_add(self->outbox, self->events, n);
    if (!fail)
        fail = outbox_through(self->outbox, to);
    driver_expect(self->driver, STAGE_PRODUCER, outbox_last(self->outbox));
    if (!fail)
        fail = driver_settle(self->driver, SETTLE_MS);
    return !fail || fail_stage(self, "a step of time", fail, error);
}

bool stage_advance(stage_t *self, instant_t to, char error[STAGE_ERROR_MAX])
{
    for (instant_t now = stage_now(self); now < to; now = stage_now(self)) {
        instant_t next = now - now % MINUTE_US + MINUTE_US;
        if (platform_wake(self->platform) > now && platform_wake(self->platform) < next)
            next = platform_wake(self->platform);
        if (!step(self, next < to ? next : to, error))
            return false;
    }
    return true;
}

void stage_tend(stage_t *self)
{
    fleet_tend(self->fleet);
}

instant_t stage_now(const stage_t *self)
{
    return driver_now(self->driver);
}

fleet_t *stage_fleet(const stage_t *self)
{
    return self->fleet;
}

driver_t *stage_driver(const stage_t *self)
{
    return self->driver;
}

uint64_t stage_sent(const stage_t *self)
{
    return outbox_last(self->outbox);
}

const char *stage_url(const stage_t *self)
{
    return sign_in_url(self->sign_in);
}

uid_t16 stage_account(const stage_t *self, uint32_t account)
{
    return platform_account(self->platform, account);
}
