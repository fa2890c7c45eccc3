// kopeck-notify - who is to be told that the money runs out, and whose containers stop.
//
// Besides the keys of config.h it reads:
//   webhooks/http                 1: URLs of webhooks may be without TLS too, for tests; default 0
//   webhooks/inside               1: they may be at addresses that are no public ones; default 0
//   mail/choose                   https:// or mailto:, where customers choose what they are told;
//                                 stands in every e-mail, also as List-Unsubscribe; none
//   mail/confirm                  https://..., where customers confirm an address: the code's
//   e-mail
//                                 has it as a link, with ?code=; none
//   mail/patience_s               so long the relay may take nothing before the light says so;
//                                 default 600
// Contacts are kept where side/keys is configured, and e-mails sent where mail/host is (config.h).
#include "services/notify/notify_core.h"
#include "services/process/shell.h"
#include <string.h>

static bool is_plain(const char *address)
{
    return !strpbrk(address, " <>\t\r\n") && strlen(address) <= 500;
}

// As it goes into a header, between < and >.
static const char *read_choose(config_t *config)
{
    const char *choose = config_text(config, "mail/choose", "");
    bool known = strncmp(choose, "https://", 8) == 0 || strncmp(choose, "mailto:", 7) == 0;
    if (*choose && (!known || !is_plain(choose)))
        config_refuse(config, "mail/choose", choose, "https://... or mailto:...");
    return choose;
}

// The page's own /notices, or another that takes ?code=. Without TLS where webhooks are, for tests.
static const char *read_confirm(config_t *config, bool http)
{
    const char *confirm = config_text(config, "mail/confirm", "");
    bool known =
        strncmp(confirm, "https://", 8) == 0 || (http && strncmp(confirm, "http://", 7) == 0);
    if (*confirm && (!known || !is_plain(confirm) || strpbrk(confirm, "?#")))
        config_refuse(config, "mail/confirm", confirm, "https://... without ? and #");
    return confirm;
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
        settings.mail_confirm = read_confirm(config, settings.http);
        settings.mail_patience =
            (instant_t)config_number(config, "mail/patience_s", 600, 1, 86400) * SECOND_US;
    }
    return shell_run(config, &notify_core, &settings, NULL);
}
