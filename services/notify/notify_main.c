// kopeck-notify - who is to be told that the money runs out, and whose containers stop.
//
// Besides the keys of config.h it reads:
//   webhooks/http                 1: URLs of webhooks may be without TLS too, for tests; default 0
//   webhooks/inside               1: they may be at addresses that are no public ones; default 0
//   mail/choose                   https:// or mailto:, where customers choose what they are told;
//                                 stands in every e-mail, also as List-Unsubscribe; none
//   mail/patience_s               so long the relay may take nothing before the light says so;
//                                 default 600
// Contacts are kept where side/keys is configured, and e-mails sent where mail/host is (config.h).
#include "services/notify/notify_core.h"
#include "services/process/shell.h"
#include <string.h>

// As it goes into a header, between < and >.
static const char *read_choose(config_t *config)
{
    const char *choose = config_text(config, "mail/choose", "");
    bool known = strncmp(choose, "https://", 8) == 0 || strncmp(choose, "mailto:", 7) == 0;
    if (*choose && (!known || strpbrk(choose, " <>\t\r\n") || strlen(choose) > 500))
        config_refuse(config, "mail/choose", choose, "https://... or mailto:...");
    return choose;
}

int main(int argc, char **argv)
{
    config_t *config = shell_begin(
        argc, argv, "notify: who is to be told that the money runs out, and whose containers stop");
    notify_settings_t settings = {.contacts = config_has(config, "side/keys"),
                                  .http = config_flag(config, "webhooks/http", false),
                                  .inside = config_flag(config, "webhooks/inside", false)};
    if (config_has(config, "mail")) {
        settings.mail_from = config_text(config, "mail/from", NULL);
        settings.mail_choose = read_choose(config);
        settings.mail_patience =
            (instant_t)config_number(config, "mail/patience_s", 600, 1, 86400) * SECOND_US;
    }
    return shell_run(config, &notify_core, &settings, NULL);
}
