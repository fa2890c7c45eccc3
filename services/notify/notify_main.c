// kopeck-notify - who is to be told that the money runs out, and whose containers stop.
//
// Besides the keys of config.h it reads:
//   webhooks/http                 1: URLs of webhooks may be without TLS too, for tests; default 0
//   webhooks/inside               1: they may be at addresses that are no public ones; default 0
// Contacts are kept where side/keys is configured (config.h).
#include "services/notify/notify_core.h"
#include "services/process/shell.h"

int main(int argc, char **argv)
{
    config_t *config = shell_begin(
        argc, argv, "notify: who is to be told that the money runs out, and whose containers stop");
    notify_settings_t settings = {.contacts = config_has(config, "side/keys"),
                                  .http = config_flag(config, "webhooks/http", false),
                                  .inside = config_flag(config, "webhooks/inside", false)};
    return shell_run(config, &notify_core, &settings, NULL);
}
