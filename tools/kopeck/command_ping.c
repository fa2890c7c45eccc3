// Can a process do its whole job? For health checks: it is asked by its own certificate, at the
// door that its own config file names, so that nothing else has to be in its container. The faces
// are asked at their listeners.
#include "services/process/auto.h"
#include "services/process/security/security.h"
#include "tools/kopeck/command.h"
#include "proto/status_read.h"
#include "tools/kopeck/web_health.h"

enum { PING_MS = 3000, ENDPOINT_MAX = 256, WHY_MAX = 4096 };

static int complain(int status, const char *what)
{
    fprintf(stderr, "kopeck: %s\n", what);
    return status;
}

// A door bound to every address is reached at this machine's own.
static void reach(const char *bound, char out[ENDPOINT_MAX])
{
    static const char any[] = "tcp://0.0.0.0:", wild[] = "tcp://*:";
    size_t skip = strncmp(bound, any, sizeof any - 1) == 0     ? sizeof any - 1
                  : strncmp(bound, wild, sizeof wild - 1) == 0 ? sizeof wild - 1
                                                               : 0;
    snprintf(out, ENDPOINT_MAX, "%s%s", skip ? "tcp://127.0.0.1:" : "", bound + skip);
}

// It has no door of ours: it is asked where browsers ask.
static int ping_web(config_t *config)
{
    char why[WEB_HEALTH_WHY_MAX];
    int status = web_health_ask(config, PING_MS, why);
    return status == EX_OK ? EX_OK : complain(status, why);
}

int command_ping(session_t *session, args_t *args)
{
    (void)session;
    const char *file = args_operand(args, "a process's config file");
    if (!command_ready(args))
        return EX_USAGE;
    AUTO(config) config = config_load(file);
    if (!config_has(config, "endpoints/command") &&
        (config_has(config, "web") || config_has(config, "api")))
        return ping_web(config);
    const char *command = config_text(config, "endpoints/command", NULL);
    const char *secret = config_text(config, "certificates/secret", NULL);
    const char *directory = config_text(config, "certificates/directory", NULL);
    const char *name = config_text(config, "process/name", NULL);
    if (config_error(config))
        return complain(EX_CONFIG, config_error(config));
    char endpoint[ENDPOINT_MAX], path[PATH_MAX], key[41], error[SECURITY_ERROR_MAX];
    reach(command, endpoint);
    snprintf(path, sizeof path, "%s/%s.cert", directory, name);
    AUTO(zcert) self = security_load_secret(secret, error);
    if (!self || !security_load_public(path, key, error))
        return complain(EX_CONFIG, error);
    AUTO(client) client = NULL;
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    if (client_new(CLIENT_COMMAND, endpoint, self, key, &client) ||
        client_ask(client, &request, PING_MS, &answer))
        return complain(EX_UNAVAILABLE, "no answer");
    if (answer.fail)
        return complain(EX_TEMPFAIL, fail_text(answer.fail));
    char why[WHY_MAX];
    if (status_alarms_text(&answer.status, why, sizeof why))
        return complain(EX_TEMPFAIL, why);
    return answer.status.ready ? EX_OK : complain(EX_TEMPFAIL, "not ready yet"); // an older one
}
