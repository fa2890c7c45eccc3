// kopeck-desk - the operators' desk: the listener, the asker and the templates of web with a table
// of routes of its own, under one operator's own certificate, in his browser.
//
// usage: kopeck-desk [--config FILE] [--listen ADDRESS:PORT] [--link] …
//
// desk_settings.c lists its options, desk_routes.c what it serves.
#include "services/process/begin.h"
#include "services/process/log.h"
#include "services/process/ready.h"
#include "services/process/security/security.h"
#include "services/process/uuid7.h"
#include "services/process/signals.h"
#include "services/web/web_face.h"
#include "tools/command_line/command_line.h"
#include "tools/desk/desk_command.h"
#include "tools/desk/desk_link.h"
#include "tools/desk/desk_settings.h"
#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sysexits.h>

enum { FORM_KEY_RANDOM = 32, SESSIONS = 64 };

typedef struct {
    const desk_settings_t *settings;
    web_form_key_t link_key;
    web_tally_t tally;
} life_t;

static void fill_random(void *bytes, size_t size)
{
    ssize_t got = getrandom(bytes, size, 0);
    assert(got == (ssize_t)size);
}

static void print_link(const desk_settings_t *settings, const web_form_key_t *key, uint16_t port)
{
    char url[256], text[TICKET_SIZE + 1];
    uid_t16 id = uuid7_new();
    desk_settings_url(settings, port, url);
    desk_link_make(key, &id, text);
    printf("%s/enter?k=%s\n", url, text);
    fflush(stdout);
}

static void say_ready(void *arg, uint16_t port)
{
    const life_t *self = arg;
    log_info("ready", "port", log_number(port), "operator", self->settings->operator_name);
    print_link(self->settings, &self->link_key, port);
}

static void read_anew(void *arg)
{
    (void)arg;
    log_info("SIGHUP came: there is nothing to read anew");
}

static web_site_t *make_site(const desk_settings_t *settings, life_t *life)
{
    web_site_t *site = calloc(1, sizeof *site);
    assert(site);
    *site = (web_site_t){.operator_name = settings->operator_name,
                         .enter_us = DESK_LINK_US,
                         .demo = settings->demo,
                         .origin = settings->origin,
                         .payment_origin = "",
                         .sign_in_url = "",
                         .judge = desk_link_judge,
                         .judge_arg = &life->link_key,
                         .once = desk_link_once,
                         .random = fill_random,
                         .new_id = uuid7_new,
                         .started = zclock_time() * 1000,
                         .form_key = {.sizes = {FORM_KEY_RANDOM}, .count = 1}};
    fill_random(site->form_key.bytes[0], FORM_KEY_RANDOM);
    web_sessions_init(&site->sessions, SESSIONS);
    return site;
}

static int run(desk_settings_t *settings, life_t *life, int signals)
{
    web_site_t *site = make_site(settings, life);
    desk_face_t *face = calloc(1, sizeof *face);
    assert(face);
    settings->listener.site = site;
    settings->listener.face = face;
    face->enters = *settings->importer != '\0';
    settings->listener.tally = &life->tally;
    web_face_t around = {.doors = settings->doors,
                         .secret = settings->options->secret,
                         .ready_file = settings->ready_file,
                         .listeners = {&settings->listener},
                         .signals = signals,
                         .ready = say_ready,
                         .read_anew = read_anew,
                         .arg = life};
    int status = desk_settings_confine(settings) ? web_face_run(&around) : EX_OSERR;
    web_sessions_release(&site->sessions);
    explicit_bzero(site, sizeof *site);
    free(face->kept.bytes);
    explicit_bzero(face, sizeof *face);
    free(site);
    free(face);
    return status;
}

static bool load_key(const desk_settings_t *settings, life_t *life)
{
    char error[SECURITY_ERROR_MAX];
    AUTO(zcert) own = security_load_secret(settings->options->secret, error);
    if (!own)
        log_error("certificate/secret", "why", error);
    else
        desk_link_key(own, &life->link_key);
    return own;
}

// The port of the desk that runs: as it said, or as it was told.
static uint16_t port_of(const desk_settings_t *settings)
{
    char text[16] = "";
    uint64_t port;
    FILE *file = *settings->port_file ? fopen(settings->port_file, "re") : NULL;
    bool read = file && fgets(text, sizeof text, file);
    if (file)
        (void)fclose(file);
    text[strcspn(text, "\n")] = '\0';
    return read && command_line_number(text, 1, UINT16_MAX, &port)
               ? (uint16_t)port
               : ntohs(settings->listener.address.sin_port);
}

static int serve(desk_settings_t *settings, life_t *life, int signals)
{
    claims_t claims = {.count = 0};
    char error[CLAIMS_PATH_MAX * 2];
    int status;
    if (desk_settings_claim(settings, &claims, error, sizeof error)) {
        ready_begin(settings->ready_file);
        status = run(settings, life, signals);
    } else {
        status = errno == EINVAL ? EX_CONFIG : EX_UNAVAILABLE;
        log_error("cannot start", "why", error);
    }
    claims_release(&claims);
    return status;
}

int main(int argc, char **argv)
{
    desk_settings_t settings;
    if (!desk_settings_read(argc, argv, &settings))
        return EX_USAGE;
    begin_prepare();
    int signals = signals_open();
    life_t life = {.settings = &settings};
    int status = desk_settings_load(&settings);
    if (status == EX_OK && !load_key(&settings, &life))
        status = EX_CONFIG;
    if (status == EX_OK && settings.link)
        print_link(&settings, &life.link_key, port_of(&settings));
    else if (status == EX_OK)
        status = serve(&settings, &life, signals);
    explicit_bzero(&life, sizeof life);
    desk_settings_release(&settings);
    return status;
}
