// kopeck-web - the one HTTP face: Robokassa's notices and returning browsers, handed to payment,
// and the customer's page.
//
// usage: kopeck-web CONFIG
//
// web_settings.h lists its keys, web_routes.c what it serves.
#include "services/process/begin.h"
#include "services/process/log.h"
#include "services/process/ready.h"
#include "services/process/security/secret.h"
#include "services/process/security/security.h"
#include "services/process/settings.h"
#include "services/process/signals.h"
#include "services/web/web_face.h"
#include "services/web/web_settings.h"
#include "services/process/uuid7.h"
#include <assert.h>
#include <sys/random.h>
#include <sysexits.h>

enum { FORM_KEY_MIN = 16, FORM_KEY_RANDOM = 32 };

static void read_anew(void *arg)
{
    const web_settings_t *settings = arg;
    char why[CONFIG_ERROR_MAX];
    int level = settings_log_level_again(settings->file, why, sizeof why);
    if (level >= 0)
        log_set_level((log_level_t)level);
    log_info("SIGHUP came", "log_level", level >= 0 ? "as configured" : why);
}

static void say_ready(void *settings, uint16_t port)
{
    (void)settings;
    log_info("ready", "port", log_number(port));
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

static int run(web_settings_t *settings, int signals)
{
    web_face_t face = {.doors = settings->doors,
                       .secret = settings->secret,
                       .ready_file = settings->ready_file,
                       .listeners = {&settings->pages, &settings->notices, &settings->metrics},
                       .signals = signals,
                       .ready = say_ready,
                       .read_anew = read_anew,
                       .arg = settings};
    return web_face_run(&face);
}

int main(int argc, char **argv)
{
    begin_prepare();
    AUTO(config)
    config = begin_config(argc, argv,
                          "The HTTP face: what Robokassa tells, who comes back from a payment, and "
                          "the customer's page.",
                          "services/web/web_settings.h", NULL);
    int signals = signals_open();
    web_settings_t settings;
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
