#include "services/api/api_settings.h"
#include "services/api/api_serve.h"
#include "services/process/descriptors.h"
#include "services/process/log.h"
#include "services/process/settings.h"
#include <errno.h>

enum { CONNECTIONS_MAX = 4096 };

static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};

static void read_listener(config_t *config, web_listener_settings_t *listener)
{
    *listener = (web_listener_settings_t){
        .served = WEB_PAGES,
        .listen = config_text(config, "api/listen", "127.0.0.1:8090"),
        .port_file = config_text(config, "api/port_file", ""),
        .connections = (unsigned)config_number(config, "api/connections", 256, 1, CONNECTIONS_MAX),
        .find = api_serve_find};
    if (!address_read_listen(listener->listen, &listener->address))
        config_refuse(config, "api/listen", listener->listen, "ADDRESS:PORT, IPv4");
}

static web_door_t read_door(config_t *config, const char *name, const char *door)
{
    char command[CONFIG_KEY_MAX], certificate[CONFIG_KEY_MAX];
    snprintf(command, sizeof command, "%s/%s", name, door);
    snprintf(certificate, sizeof certificate, "%s/certificate", name);
    return (web_door_t){.command = config_text(config, command, NULL),
                        .certificate = config_text(config, certificate, NULL),
                        .name = name,
                        .replay = strcmp(door, "replay") == 0};
}

static void read_doors(config_t *config, web_door_t doors[WEB_DOORS])
{
    doors[WEB_DOOR_PAYMENT] = read_door(config, "payment", "command");
    doors[WEB_DOOR_LEDGER] = read_door(config, "ledger", "command");
    doors[WEB_DOOR_AUTOPAY] = read_door(config, "autopay", "command");
    doors[WEB_DOOR_METERING] = read_door(config, "metering", "command");
    doors[WEB_DOOR_NOTIFY] = read_door(config, "notify", "command");
    doors[WEB_DOOR_LEDGER_REPLAY] = read_door(config, "ledger", "replay");
    doors[WEB_DOOR_AUTOPAY_REPLAY] = read_door(config, "autopay", "replay");
    doors[WEB_DOOR_METERING_REPLAY] = read_door(config, "metering", "replay");
    doors[WEB_DOOR_PAYMENT_REPLAY] = read_door(config, "payment", "replay");
    doors[WEB_DOOR_NOTIFY_REPLAY] = read_door(config, "notify", "replay");
    const char *feed = config_text(config, "usage/feed", "");
    if (!feed || !*feed)
        return;
    doors[WEB_DOOR_METERING_FEED] =
        (web_door_t){.command = feed,
                     .certificate = config_text(config, "metering/certificate", NULL),
                     .name = "metering",
                     .secret = config_secret(config, "usage/secret", NULL),
                     .feed = true};
}

void api_settings_read(config_t *config, api_settings_t *ret_settings)
{
    api_settings_t *self = ret_settings;
    *self = (api_settings_t){
        .file = config_file(config),
        .log_level = (int)config_word(config, "process/log", log_levels, LOG_LEVEL_INFO),
        .ready_file = config_text(config, "process/ready_file", ""),
        .secret = config_secret(config, "certificates/secret", NULL),
        .keys = config_text(config, "api/keys", NULL)};
    (void)config_text(config, "process/name", "api");
    self->sandbox = settings_sandbox(config, &self->memory_mib);
    read_doors(config, self->doors);
    read_listener(config, &self->listener);
}

bool api_settings_claim(const api_settings_t *self, claims_t *claims, char *error,
                        size_t error_size)
{
    errno = EINVAL;
    return descriptors_suffice(DESCRIPTORS_OF_A_CLIENT + self->listener.connections, error,
                               error_size) &&
           claims_file(claims, self->ready_file, error, error_size) &&
           claims_file(claims, self->listener.port_file, error, error_size);
}

bool api_settings_confine(const api_settings_t *self)
{
    sandbox_t sandbox;
    sandbox_begin(&sandbox, "api");
    sandbox_path(&sandbox, self->secret, LANDLOCK_READ);
    sandbox_replaced(&sandbox, self->file);
    sandbox_replaced(&sandbox, self->keys);
    sandbox_file(&sandbox, self->ready_file);
    sandbox_file(&sandbox, self->listener.port_file);
    sandbox_bind(&sandbox, self->listener.listen);
    for (size_t i = 0; i < WEB_DOORS; i++) {
        const web_door_t *door = &self->doors[i];
        if (!door->command)
            continue;
        sandbox_replaced(&sandbox, door->certificate);
        sandbox_connect(&sandbox, door->command);
        if (door->secret)
            sandbox_path(&sandbox, door->secret, LANDLOCK_READ);
    }
    return sandbox_enter(&sandbox, self->sandbox, self->memory_mib);
}
