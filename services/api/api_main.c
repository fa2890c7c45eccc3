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
#include "services/process/auto.h"
#include "services/process/begin.h"
#include "services/process/log.h"
#include "services/process/ready.h"
#include "services/process/settings.h"
#include "services/process/signals.h"
#include "services/web/web_face.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sysexits.h>
#include <unistd.h>

typedef struct {
    const api_settings_t *settings;
    api_face_t *face;
} life_t;

static void say_ready(void *arg, uint16_t port)
{
    const life_t *self = arg;
    log_info("ready", "port", log_number(port), "keys", log_number(self->face->keys.count));
}

// The log's level, and the keys: those that were known stay if the file is wrong.
static void read_anew(void *arg)
{
    const life_t *self = arg;
    char why[CONFIG_ERROR_MAX], error[CONFIG_ERROR_MAX];
    api_keys_t keys;
    int level = settings_log_level_again(self->settings->file, why, sizeof why);
    if (level >= 0)
        log_set_level((log_level_t)level);
    bool good = api_keys_load(self->settings->keys, &keys, error, sizeof error);
    if (good) {
        pthread_mutex_lock(&self->face->lock);
        self->face->keys = keys;
        pthread_mutex_unlock(&self->face->lock);
    }
    log_info("SIGHUP came", "log_level", level >= 0 ? "as configured" : why, "keys",
             good ? log_number(keys.count) : error);
}

static int run(const api_settings_t *settings, api_face_t *face, int signals)
{
    life_t life = {settings, face};
    web_face_t around = {.doors = settings->doors,
                         .secret = settings->secret,
                         .ready_file = settings->ready_file,
                         .listeners = {&settings->listener},
                         .signals = signals,
                         .ready = say_ready,
                         .read_anew = read_anew,
                         .arg = &life};
    return web_face_run(&around);
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
    begin_prepare();
    AUTO(config)
    config = begin_config(argc, argv, "The HTTP face for the platform's own programs: /api/v1.",
                          "services/api/api_settings.h", NULL);
    int signals = signals_open();
    api_settings_t settings;
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
