// kopeck-api - the HTTP face for the platform's own programs, /api/v1: the listener and the asker
// of web with another table of routes, other rights and a certificate of its own.
//
// usage: kopeck-api CONFIG
//
// api_settings.h lists its keys, api_table.c what it serves.
#include "services/api/api_call.h"
#include "services/api/api_keys_file.h"
#include "services/api/api_settings.h"
#include "services/api/api_table.h"
#include "services/process/log.h"
#include "services/process/ready.h"
#include "services/process/security/secret.h"
#include "services/process/security/security.h"
#include "services/process/settings.h"
#include "services/process/signals.h"
#include <assert.h>
#include <poll.h>
#include <sysexits.h>
#include <unistd.h>

enum { WAIT_MS = 1000 };

// The log's level, and the keys: those that were known stay if the file is wrong.
static void read_anew(const api_settings_t *settings, api_face_t *face)
{
    char why[CONFIG_ERROR_MAX], error[CONFIG_ERROR_MAX];
    api_keys_t keys;
    int level = settings_log_level_again(settings->file, why, sizeof why);
    if (level >= 0)
        log_set_level((log_level_t)level);
    bool good = api_keys_load(settings->keys, &keys, error, sizeof error);
    if (good) {
        pthread_mutex_lock(&face->lock);
        face->keys = keys;
        pthread_mutex_unlock(&face->lock);
    }
    log_info("SIGHUP came", "log_level", level >= 0 ? "as configured" : why, "keys",
             good ? log_number(keys.count) : error);
}

static int wait_for_signal(const api_settings_t *settings, api_face_t *face, int signals)
{
    for (;;) {
        struct pollfd item = {.fd = signals, .events = POLLIN};
        if (poll(&item, 1, WAIT_MS) < 0 && errno != EINTR)
            return EX_OSERR;
        log_retry();
        signals_told_t told = signals_take(signals);
        if (told.reads_anew)
            read_anew(settings, face);
        if (told.ends)
            return EX_OK;
    }
}

static int serve(const api_settings_t *settings, api_face_t *face, web_asker_t *asker,
                 uint16_t port, int signals)
{
    int status = EX_UNAVAILABLE;
    if (ready_tell(settings->ready_file)) {
        log_info("ready", "port", log_number(port), "keys", log_number(face->keys.count));
        status = wait_for_signal(settings, face, signals);
    } else {
        log_error("cannot say that it is ready", "file", settings->ready_file);
    }
    web_asker_stop(asker); // first: what it gives back is answered by the listener
    web_asker_counters_t counters = web_asker_counters(asker);
    log_info("stopping", "asked", log_number(counters.asked), "refused",
             log_number(counters.refused), "overdue", log_number(counters.overdue), "late",
             log_number(counters.late));
    return status;
}

static int run(const api_settings_t *settings, api_face_t *face, int signals)
{
    int status;
    AUTO(web_asker)
    asker = web_asker_new(settings->doors, WEB_DOORS, settings->secret, &status);
    if (!asker)
        return status;
    web_listener_t *listener = web_listener_new(&settings->listener, asker);
    status = listener ? serve(settings, face, asker, web_listener_port(listener), signals)
                      : EX_UNAVAILABLE;
    web_asker_stop(asker);
    web_listener_destroy(&listener);
    ready_end(settings->ready_file);
    return status;
}

// Before the walls: what is wrong with them is said by name. The first one may be made later.
static bool read_keys(const api_settings_t *settings, api_face_t *face)
{
    char error[CONFIG_ERROR_MAX];
    if (access(settings->keys, F_OK) != 0 && errno == ENOENT) {
        log_warn("there is no file of keys yet: nobody may ask", "file", settings->keys);
        return true;
    }
    bool good = api_keys_load(settings->keys, &face->keys, error, sizeof error);
    if (!good)
        log_error("api/keys", "why", error);
    return good;
}

static int start(api_settings_t *settings, int signals)
{
    web_tally_t tally = {0};
    api_face_t *face = calloc(1, sizeof *face);
    assert(face);
    pthread_mutex_init(&face->lock, NULL);
    face->takes_usage = settings->doors[WEB_DOOR_METERING_FEED].command;
    face->operation_at = api_table_at;
    settings->listener.face = face;
    settings->listener.tally = &tally;
    bool good = read_keys(settings, face);
    int status = !good                            ? EX_CONFIG
                 : api_settings_confine(settings) ? run(settings, face, signals)
                                                  : EX_OSERR;
    pthread_mutex_destroy(&face->lock);
    free(face);
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
        fputs(
            "usage: kopeck-api CONFIG\n       kopeck-api --help | --version\nThe HTTP face for the "
            "platform's own programs: /api/v1.\n",
            help ? stdout : stderr);
        return help ? EX_OK : EX_USAGE;
    }
    log_begin();
    signals_block(); // before any thread
    int signals = signals_open();
    signal(SIGPIPE, SIG_IGN);
    security_prepare();
    (void)secret_harden();

    api_settings_t settings;
    AUTO(config) config = config_load(argv[1]);
    api_settings_read(config, &settings);
    if (config_check(config)) {
        log_error(config_check(config));
        return EX_CONFIG;
    }
    log_set_level((log_level_t)settings.log_level);
    claims_t claims = {.count = 0};
    int status;
    char error[CLAIMS_PATH_MAX * 2];
    if (api_settings_claim(&settings, &claims, error, sizeof error)) {
        ready_begin(settings.ready_file);
        status = start(&settings, signals);
    } else {
        status = errno == EINVAL ? EX_CONFIG : EX_UNAVAILABLE;
        log_error("cannot start", "why", error);
    }
    claims_release(&claims);
    return status;
}
