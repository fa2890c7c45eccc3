#include "services/web/web_settings.h"
#include "services/process/descriptors.h"
#include "services/process/log.h"
#include "services/process/settings.h"
#include "services/web/web_routes.h"
#include <errno.h>

enum { CONNECTIONS_MAX = 4096, PER_ADDRESS = 64, METRICS_CONNECTIONS = 8 };

static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};

static void read_source(config_t *config, web_source_t *source)
{
    const char *from = config_text(config, "web/notices_from", "");
    const char *proxy = config_text(config, "web/proxy", "");
    if (!address_list_read(from, &source->allowed))
        config_refuse(config, "web/notices_from", from, "at most 64 addresses with spaces between");
    source->has_proxy = *proxy;
    if (*proxy && !address_read(proxy, &source->proxy))
        config_refuse(config, "web/proxy", proxy, "an address");
}

static void read_address(config_t *config, const char *key, web_listener_settings_t *listener)
{
    if (!address_read_listen(listener->listen, &listener->address))
        config_refuse(config, key, listener->listen, "ADDRESS:PORT, IPv4");
}

static unsigned read_connections(config_t *config, const char *key, unsigned fallback)
{
    return (unsigned)config_number(config, key, fallback, 1, CONNECTIONS_MAX);
}

// Who serves what follows from whether notices have a listener of their own.
static void read_listeners(config_t *config, web_listener_settings_t *pages,
                           web_listener_settings_t *notices)
{
    *pages =
        (web_listener_settings_t){.listen = config_text(config, "web/listen", "127.0.0.1:8080"),
                                  .port_file = config_text(config, "web/port_file", ""),
                                  .connections = read_connections(config, "web/connections", 256)};
    read_source(config, &pages->source);
    pages->per_address = pages->source.has_proxy ? 0 : PER_ADDRESS;
    *notices = (web_listener_settings_t){
        .served = WEB_NOTICES,
        .listen = config_text(config, "web/notices_listen", ""),
        .port_file = config_text(config, "web/notices_port_file", ""),
        .connections = read_connections(config, "web/notices_connections", 64),
        .per_address = pages->per_address,
        .source = pages->source};
    read_address(config, "web/listen", pages);
    pages->served = *notices->listen ? WEB_PAGES : WEB_PAGES | WEB_NOTICES;
    if (*notices->listen)
        read_address(config, "web/notices_listen", notices);
}

static void read_metrics(config_t *config, web_listener_settings_t *metrics)
{
    *metrics =
        (web_listener_settings_t){.served = WEB_METRICS,
                                  .listen = config_text(config, "web/metrics_listen", ""),
                                  .port_file = config_text(config, "web/metrics_port_file", ""),
                                  .connections = METRICS_CONNECTIONS};
    if (*metrics->listen)
        read_address(config, "web/metrics_listen", metrics);
}

static web_door_t read_door(config_t *config, const char *name, const char *door, bool wanted)
{
    char command[CONFIG_KEY_MAX], certificate[CONFIG_KEY_MAX];
    snprintf(command, sizeof command, "%s/%s", name, door);
    snprintf(certificate, sizeof certificate, "%s/certificate", name);
    const char *fallback = wanted ? NULL : "";
    web_door_t read = {.command = config_text(config, command, fallback),
                       .certificate = config_text(config, certificate, fallback),
                       .name = name};
    if (read.command && !*read.command)
        read.command = NULL;
    return read;
}

static void read_doors(config_t *config, web_settings_t *self)
{
    bool page = *self->access.issuer, all = page || *self->metrics.listen;
    self->doors[WEB_DOOR_PAYMENT] = read_door(config, "payment", "command", true);
    self->doors[WEB_DOOR_LEDGER] = read_door(config, "ledger", "command", all);
    self->doors[WEB_DOOR_AUTOPAY] = read_door(config, "autopay", "command", all);
    self->doors[WEB_DOOR_METERING] = read_door(config, "metering", "command", all);
    self->doors[WEB_DOOR_DOCUMENTS] = read_door(config, "documents", "command", all);
    self->doors[WEB_DOOR_NOTIFY] = read_door(config, "notify", "command", all);
    self->doors[WEB_DOOR_LEDGER_REPLAY] = read_door(config, "ledger", "replay", page);
    self->doors[WEB_DOOR_AUTOPAY_REPLAY] = read_door(config, "autopay", "replay", page);
    self->doors[WEB_DOOR_METERING_REPLAY] = read_door(config, "metering", "replay", page);
    for (web_door_id_t door = WEB_DOOR_LEDGER_REPLAY; door <= WEB_DOOR_METERING_REPLAY; door++)
        self->doors[door].replay = true;
}

static void read_page(config_t *config, web_settings_t *self)
{
    self->page.origin = config_text(config, "web/origin", "");
    self->page.payment_origin =
        config_text(config, "web/payment_origin", "https://auth.robokassa.ru");
    self->page.sign_in_url = config_text(config, "web/sign_in_url", "");
    self->page.form_key = config_secret(config, "web/form_key", "");
    self->page.form_key_old = config_secret(config, "web/form_key_old", "");
    self->page.gateway = config_flag(config, "web/gateway", false);
    self->page.demo = config_flag(config, "web/demo", false);
    self->page.topup_max_rub = config_number(config, "web/topup_max_rub", 100000, 1, 1000000);
}

void web_settings_read(config_t *config, web_settings_t *ret_settings)
{
    web_settings_t *self = ret_settings;
    *self = (web_settings_t){
        .file = config_file(config),
        .log_level = (int)config_word(config, "process/log", log_levels, LOG_LEVEL_INFO),
        .ready_file = config_text(config, "process/ready_file", ""),
        .secret = config_secret(config, "certificates/secret", NULL)};
    settings_access(config, &self->access);
    read_metrics(config, &self->metrics);
    read_doors(config, self);
    read_page(config, self);
    (void)config_text(config, "process/name", "web");
    self->sandbox = settings_sandbox(config, &self->memory_mib);
    read_listeners(config, &self->pages, &self->notices);
}

bool web_settings_claim(const web_settings_t *self, claims_t *claims, char *error,
                        size_t error_size)
{
    size_t connections = self->pages.connections +
                         (*self->notices.listen ? self->notices.connections : 0) +
                         (*self->metrics.listen ? self->metrics.connections : 0);
    errno = EINVAL;
    return descriptors_suffice(DESCRIPTORS_OF_A_CLIENT + connections, error, error_size) &&
           claims_file(claims, self->ready_file, error, error_size) &&
           claims_file(claims, self->pages.port_file, error, error_size) &&
           (!*self->notices.listen ||
            claims_file(claims, self->notices.port_file, error, error_size)) &&
           (!*self->metrics.listen ||
            claims_file(claims, self->metrics.port_file, error, error_size));
}

static void name_listener(sandbox_t *sandbox, const web_listener_settings_t *listener)
{
    sandbox_file(sandbox, listener->port_file);
    sandbox_bind(sandbox, listener->listen);
}

bool web_settings_confine(const web_settings_t *self)
{
    sandbox_t sandbox;
    sandbox_begin(&sandbox, "web");
    sandbox_path(&sandbox, self->secret, LANDLOCK_READ);
    for (size_t i = 0; i < WEB_DOORS; i++)
        if (self->doors[i].command)
            sandbox_replaced(&sandbox, self->doors[i].certificate);
    sandbox_replaced(&sandbox, self->file); // for the log's level
    sandbox_file(&sandbox, self->ready_file);
    name_listener(&sandbox, &self->pages);
    name_listener(&sandbox, &self->notices);
    name_listener(&sandbox, &self->metrics);
    for (size_t i = 0; i < WEB_DOORS; i++)
        if (self->doors[i].command)
            sandbox_connect(&sandbox, self->doors[i].command);
    return sandbox_enter(&sandbox, self->sandbox, self->memory_mib);
}
