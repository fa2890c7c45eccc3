// kopeck-web - the one HTTP face: Robokassa's notices and returning browsers, handed to payment,
// and the customer's page.
//
// usage: kopeck-web CONFIG
//
// web_settings.h lists its keys, web_routes.c what it serves.
#include "services/process/log.h"
#include "services/process/ready.h"
#include "services/process/security/secret.h"
#include "services/process/security/security.h"
#include "services/process/settings.h"
#include "services/process/signals.h"
#include "services/web/web_settings.h"
#include "services/process/uuid7.h"
#include <assert.h>
#include <poll.h>
#include <sys/random.h>
#include <sysexits.h>

enum { WAIT_MS = 1000, FORM_KEY_MIN = 16, FORM_KEY_RANDOM = 32 };

static void read_anew(const char *file)
{
    char why[CONFIG_ERROR_MAX];
    int level = settings_log_level_again(file, why, sizeof why);
    if (level >= 0)
        log_set_level((log_level_t)level);
    log_info("SIGHUP came", "log_level", level >= 0 ? "as configured" : why);
}

// An exit status; each second it tells of lines of the log that were lost.
static int wait_for_signal(const char *file, int signals)
{
    for (;;) {
        struct pollfd item = {.fd = signals, .events = POLLIN};
        if (poll(&item, 1, WAIT_MS) < 0 && errno != EINTR)
            return EX_OSERR;
        log_retry();
        signals_told_t told = signals_take(signals);
        if (told.reads_anew)
            read_anew(file);
        if (told.ends)
            return EX_OK;
    }
}

// Every door is open. An exit status.
static int serve(const web_settings_t *settings, web_asker_t *asker, uint16_t port, int signals)
{
    int status = EX_UNAVAILABLE;
    if (ready_tell(settings->ready_file)) {
        log_info("ready", "port", log_number(port));
        status = wait_for_signal(settings->file, signals);
    } else {
        log_error("cannot say that it is ready", "file", settings->ready_file);
    }
    web_asker_stop(asker); // first: what it gives back is answered by the listeners
    web_asker_counters_t counters = web_asker_counters(asker);
    log_info("stopping", "asked", log_number(counters.asked), "refused",
             log_number(counters.refused), "overdue", log_number(counters.overdue), "late",
             log_number(counters.late), "renewed", log_number(counters.renewed));
    return status;
}

static void fill_random(void *bytes, size_t size)
{
    ssize_t got = getrandom(bytes, size, 0);
    assert(got == (ssize_t)size);
}

// A secret of the forms, or a random one where none is configured.
static bool read_form_key(web_site_t *site, const char *file)
{
    char error[SECURITY_ERROR_MAX];
    web_form_key_t *key = &site->form_key;
    if (!*file)
        return true;
    secret_t *secret = secret_read(file, error, sizeof error);
    size_t size = secret ? secret_size(secret) : 0;
    bool fits = size >= FORM_KEY_MIN && size <= TICKET_KEY_MAX;
    if (fits) {
        memcpy(key->bytes[key->count], secret_reveal(secret), size);
        key->sizes[key->count++] = size;
    } else {
        log_error("web/form_key", "why", secret ? "expected 16 to 64 characters" : error);
    }
    secret_destroy(&secret);
    return fits;
}

// What the page's requests share; NULL where nobody may speak for a customer. An exit status.
static int make_site(const web_settings_t *settings, web_site_t **ret_site)
{
    char error[SECURITY_ERROR_MAX];
    *ret_site = NULL;
    if (!*settings->access.issuer)
        return EX_OK;
    web_site_t *site = calloc(1, sizeof *site);
    assert(site);
    *ret_site = site;
    *site = (web_site_t){.demo = settings->page.demo,
                         .gateway = settings->page.gateway,
                         .origin = settings->page.origin,
                         .payment_origin = settings->page.payment_origin,
                         .sign_in_url = settings->page.sign_in_url,
                         .topup_max_rub = settings->page.topup_max_rub,
                         .judge = access_judge_as_speaker,
                         .once = access_token_once,
                         .random = fill_random,
                         .new_id = uuid7_new,
                         .started = zclock_time() * 1000};
    web_sessions_init(&site->sessions, SESSIONS_MAX);
    site->judge_arg = access_judge_new(&settings->access, error, sizeof error);
    if (!site->judge_arg) {
        log_error("customers", "why", error);
        return EX_CONFIG;
    }
    if (!read_form_key(site, settings->page.form_key) ||
        !read_form_key(site, settings->page.form_key_old))
        return EX_CONFIG;
    if (!site->form_key.count) {
        fill_random(site->form_key.bytes[0], FORM_KEY_RANDOM);
        site->form_key.sizes[0] = FORM_KEY_RANDOM;
        site->form_key.count = 1;
        log_warn("web/form_key is not set: forms that are open at a restart must be loaded anew");
    }
    return EX_OK;
}

static void end_site(web_site_t *site)
{
    access_judge_t *judge = site ? site->judge_arg : NULL;
    access_judge_destroy(&judge);
    if (site) {
        web_sessions_release(&site->sessions);
        explicit_bzero(&site->form_key, sizeof site->form_key);
    }
    free(site);
}

// Those that are configured; the first that cannot listen is the last that is made.
typedef struct {
    web_listener_t *all[3];
    size_t count;
    bool open;
} listeners_t;

static void add_listener(listeners_t *self, const web_listener_settings_t *settings,
                         web_asker_t *asker)
{
    if (!self->open || !*settings->listen)
        return;
    self->all[self->count] = web_listener_new(settings, asker);
    self->open = self->all[self->count];
    self->count += self->open;
}

static int run(const web_settings_t *settings, int signals)
{
    int status;
    AUTO(web_asker)
    asker = web_asker_new(settings->doors, WEB_DOORS, settings->secret, &status);
    if (!asker)
        return status;
    listeners_t listeners = {.open = true};
    add_listener(&listeners, &settings->pages, asker);
    add_listener(&listeners, &settings->notices, asker);
    add_listener(&listeners, &settings->metrics, asker);
    status = listeners.open ? serve(settings, asker, web_listener_port(listeners.all[0]), signals)
                            : EX_UNAVAILABLE;
    web_asker_stop(asker);
    while (listeners.count)
        web_listener_destroy(&listeners.all[--listeners.count]);
    ready_end(settings->ready_file);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 2 || argv[1][0] == '-' || !*argv[1]) {
        bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
        if (argc == 2 && strcmp(argv[1], "--version") == 0) {
            puts(KOPECK_VERSION);
            return EX_OK;
        }
        fputs("usage: kopeck-web CONFIG\n       kopeck-web --help | --version\nThe HTTP face: what "
              "Robokassa tells, who comes back from a payment, and the customer's page.\n",
              help ? stdout : stderr);
        return help ? EX_OK : EX_USAGE;
    }
    log_begin();
    signals_block(); // before any thread
    int signals = signals_open();
    signal(SIGPIPE, SIG_IGN);
    security_prepare();
    (void)secret_harden();

    web_settings_t settings;
    AUTO(config) config = config_load(argv[1]);
    web_settings_read(config, &settings);
    if (config_check(config)) {
        log_error(config_check(config));
        return EX_CONFIG;
    }
    log_set_level((log_level_t)settings.log_level);
    claims_t claims = {.count = 0};
    int status;
    char error[CLAIMS_PATH_MAX * 2];
    if (web_settings_claim(&settings, &claims, error, sizeof error)) {
        ready_begin(settings.ready_file); // of a life that was killed: nobody has its place
        web_site_t *site;
        status = make_site(&settings, &site); // reads keys that cannot be read behind the wall
        web_tally_t tally = {0};
        settings.pages.site = site;
        settings.pages.tally = settings.notices.tally = settings.metrics.tally = &tally;
        if (status == EX_OK)
            status = web_settings_confine(&settings) ? run(&settings, signals) : EX_OSERR;
        end_site(site);
    } else {
        status = errno == EINVAL ? EX_CONFIG : EX_UNAVAILABLE;
        log_error("cannot start", "why", error);
    }
    claims_release(&claims);
    return status;
}
