#include "services/process/security/secret.h"
#include "services/process/settings.h"
#include <string.h>

enum { ERROR_MAX = 256, TIMEOUT_MS = 30000, SUBMISSION = 587 };

// It stays where secret_read put it until the process ends.
static const char *read_password(config_t *config)
{
    char error[ERROR_MAX];
    const char *file = config_secret(config, "mail/password", NULL);
    secret_t *secret = file && *file ? secret_read(file, error, sizeof error) : NULL;
    if (secret)
        return secret_reveal(secret);
    if (file && *file)
        config_refuse(config, "mail/password", file, error);
    return "";
}

// A name or an address, as it goes into a URL.
static bool is_host(const char *host)
{
    size_t size = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
    return size > 0 && size <= 253 && !host[size];
}

static bool is_sender(const char *from)
{
    const char *at = strchr(from, '@');
    return at && at > from && is_host(at + 1) && !strpbrk(from, " <>\"\\\t\r\n") &&
           strlen(from) <= 254;
}

void settings_relay(config_t *config, outside_relay_t *ret_relay)
{
    static const char *const words[] = {"starttls", "tls", "none", NULL};
    *ret_relay = (outside_relay_t){.host = "", .user = "", .password = "", .from = ""};
    if (!config_has(config, "mail"))
        return;
    const char *host = config_text(config, "mail/host", NULL);
    const char *from = config_text(config, "mail/from", NULL);
    if (host && !is_host(host))
        config_refuse(config, "mail/host", host, "a name or an address");
    if (from && !is_sender(from))
        config_refuse(config, "mail/from", from, "local@domain");
    ret_relay->host = host ? host : "";
    ret_relay->from = from ? from : "";
    ret_relay->port = (unsigned)config_number(config, "mail/port", SUBMISSION, 1, 65535);
    ret_relay->tls = (relay_tls_t)config_word(config, "mail/tls", words, RELAY_STARTTLS);
    ret_relay->timeout_ms =
        (unsigned)config_number(config, "mail/timeout_ms", TIMEOUT_MS, 1000, 120000);
    ret_relay->user = config_text(config, "mail/user", "");
    if (*ret_relay->user)
        ret_relay->password = read_password(config);
    if (*ret_relay->user && ret_relay->tls == RELAY_PLAIN)
        config_refuse(config, "mail/tls", "none", "TLS where we sign in with a password");
}
