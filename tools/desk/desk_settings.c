#include "tools/desk/desk_settings.h"
#include "proto/service.h"
#include "services/process/descriptors.h"
#include "services/process/security/security.h"
#include "tools/command_line/command_line.h"
#include "tools/desk/desk_routes.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { CONNECTIONS = 64 };

static void help(FILE *out)
{
    fputs("usage: kopeck-desk [options]\n\n"
          "The operators' desk: health, accounts, and what people see to, in a browser on this\n"
          "machine. It speaks under the operator's own certificate, so whatever is done bears his\n"
          "name. Prints a link that opens it once, within 10 minutes.\n\n"
          "  --config FILE        the operator's configuration, as kopeck reads it;\n"
          "                       default: $KOPECK_CONFIG, then ~/.config/kopeck.cfg\n"
          "  --link               print another link for the desk that runs, and end\n"
          "  --listen ADDR:PORT   127.0.0.1:8099; port 0 takes any that is free\n"
          "  --port-file FILE     where the port is written once it is open\n"
          "  --ready-file FILE    made when it serves, removed at the end\n"
          "  --origin URL         as browsers see it, where that is not this machine\n"
          "  --importer FILE      the secret of a certificate of role importer, under which bank\n"
          "                       statements are entered; without it they are only looked at\n"
          "  --sandbox WORD       required (default), wanted or off (services/process/config.h)\n"
          "  --demo               every page says that it is a demonstration\n"
          "  --help               this text\n\n"
          "Exit codes: 0 stopped by a signal, 64 usage, 69 it cannot serve, 78 configuration.\n",
          out);
}

static bool set_sandbox(desk_settings_t *self, const char *word)
{
    static const char *const words[] = {
        [SANDBOX_REQUIRED] = "required", [SANDBOX_WANTED] = "wanted", [SANDBOX_OFF] = "off"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], word) == 0) {
            self->sandbox = (sandbox_mode_t)i;
            return true;
        }
    return false;
}

static bool set_option(void *arg, int option, const char *value)
{
    desk_settings_t *self = arg;
    switch (option) {
    case 'c':
        self->config_file = value;
        return true;
    case 'k':
        return self->link = true;
    case 'l':
        self->listen = value;
        return true;
    case 'p':
        self->port_file = value;
        return true;
    case 'r':
        self->ready_file = value;
        return true;
    case 'o':
        self->origin = value;
        return strstr(value, "//") != NULL;
    case 'i':
        self->importer = value;
        return true;
    case 's':
        return set_sandbox(self, value);
    case 'd':
        return self->demo = true;
    default:
        return false;
    }
}

bool desk_settings_read(int argc, char **argv, desk_settings_t *ret_settings)
{
    static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
                                            {"link", no_argument, NULL, 'k'},
                                            {"listen", required_argument, NULL, 'l'},
                                            {"port-file", required_argument, NULL, 'p'},
                                            {"ready-file", required_argument, NULL, 'r'},
                                            {"origin", required_argument, NULL, 'o'},
                                            {"importer", required_argument, NULL, 'i'},
                                            {"sandbox", required_argument, NULL, 's'},
                                            {"demo", no_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    *ret_settings = (desk_settings_t){.listen = "127.0.0.1:8099",
                                      .port_file = "",
                                      .ready_file = "",
                                      .origin = "",
                                      .importer = "",
                                      .sandbox = SANDBOX_REQUIRED};
    const command_line_t line = {"kopeck-desk", OPTIONS, help, set_option, ret_settings};
    if (!command_line_read(&line, argc, argv))
        return false;
    if (optind != argc)
        fputs("kopeck-desk: no words are expected; see kopeck-desk --help\n", stderr);
    return optind == argc;
}

// --- the configuration ---

static void put_door(desk_settings_t *self, web_door_id_t door, stream_t stream, bool replay)
{
    const options_process_t *process = &self->options->processes[stream];
    const char *address = replay ? process->replay : process->command;
    self->doors[door] = (web_door_t){.command = *address ? address : NULL,
                                     .certificate = process->certificate,
                                     .name = service_stream_name(stream),
                                     .replay = replay};
}

static void put_doors(desk_settings_t *self)
{
    put_door(self, WEB_DOOR_PAYMENT, STREAM_PAYMENT, false);
    put_door(self, WEB_DOOR_LEDGER, STREAM_LEDGER, false);
    put_door(self, WEB_DOOR_AUTOPAY, STREAM_AUTOPAY, false);
    put_door(self, WEB_DOOR_METERING, STREAM_METERING, false);
    put_door(self, WEB_DOOR_DOCUMENTS, STREAM_DOCUMENTS, false);
    put_door(self, WEB_DOOR_NOTIFY, STREAM_NOTIFY, false);
    put_door(self, WEB_DOOR_LEDGER_REPLAY, STREAM_LEDGER, true);
    put_door(self, WEB_DOOR_AUTOPAY_REPLAY, STREAM_AUTOPAY, true);
    put_door(self, WEB_DOOR_METERING_REPLAY, STREAM_METERING, true);
    if (!*self->importer)
        return;
    put_door(self, WEB_DOOR_DOCUMENTS_IMPORT, STREAM_DOCUMENTS, false);
    self->doors[WEB_DOOR_DOCUMENTS_IMPORT].secret = self->importer;
}

static int refuse(const char *what, const char *why)
{
    fprintf(stderr, "kopeck-desk: %s: %s\n", what, why);
    return EX_CONFIG;
}

// His name, as it will stand in the journals; the role is checked by every door anyway, and here so
// that nobody wonders why each page is empty.
static int read_operator(desk_settings_t *self)
{
    char error[SECURITY_ERROR_MAX];
    AUTO(zcert) own = security_load_secret(self->options->secret, error);
    if (!own)
        return refuse("certificate/secret", error);
    zconfig_t *file = zconfig_load(self->options->secret); // which is readable, and ours
    const char *role = file ? zconfig_get(file, "metadata/role", "") : "";
    bool good = role_parse(role) == ROLE_OPERATOR;
    snprintf(self->operator_name, sizeof self->operator_name, "%s",
             file ? zconfig_get(file, "metadata/name", "operator") : "");
    zconfig_destroy(&file);
    return good ? EX_OK : refuse(self->options->secret, "its role is not operator");
}

int desk_settings_load(desk_settings_t *self)
{
    self->options = options_load(self->config_file);
    if (!self->options)
        return EX_CONFIG;
    if (!*self->options->secret)
        return refuse("certificate/secret", "is not there");
    self->listener = (web_listener_settings_t){.served = WEB_PAGES,
                                               .listen = self->listen,
                                               .port_file = self->port_file,
                                               .connections = CONNECTIONS,
                                               .find = desk_routes_find};
    if (!address_read_listen(self->listen, &self->listener.address))
        return refuse(self->listen, "expected ADDRESS:PORT, IPv4");
    put_doors(self);
    return read_operator(self);
}

void desk_settings_release(desk_settings_t *self)
{
    options_destroy(&self->options);
}

void desk_settings_url(const desk_settings_t *self, uint16_t port, char ret_url[256])
{
    if (*self->origin)
        snprintf(ret_url, 256, "%s", self->origin);
    else
        snprintf(ret_url, 256, "http://127.0.0.1:%u", port);
}

bool desk_settings_claim(const desk_settings_t *self, claims_t *claims, char *error, size_t size)
{
    errno = EINVAL;
    return descriptors_suffice(DESCRIPTORS_OF_A_CLIENT + CONNECTIONS, error, size) &&
           claims_file(claims, self->ready_file, error, size) &&
           claims_file(claims, self->port_file, error, size);
}

bool desk_settings_confine(const desk_settings_t *self)
{
    sandbox_t sandbox;
    sandbox_begin(&sandbox, "web"); // a face, as web is one: its limits and its calls
    sandbox_path(&sandbox, self->options->secret, LANDLOCK_READ);
    sandbox_file(&sandbox, self->ready_file);
    sandbox_file(&sandbox, self->port_file);
    sandbox_bind(&sandbox, self->listen);
    for (size_t i = 0; i < WEB_DOORS; i++)
        if (self->doors[i].command) {
            sandbox_replaced(&sandbox, self->doors[i].certificate);
            sandbox_connect(&sandbox, self->doors[i].command);
            if (self->doors[i].secret)
                sandbox_path(&sandbox, self->doors[i].secret, LANDLOCK_READ);
        }
    return sandbox_enter(&sandbox, self->sandbox, 0);
}
