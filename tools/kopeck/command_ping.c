// Is a process alive? For health checks: it is asked by its own certificate, at the door that its
// own config file names, so that nothing else has to be in its container.
#include "services/common/auto.h"
#include "services/common/security.h"
#include "tools/kopeck/command.h"

enum { PING_MS = 3000, ENDPOINT_MAX = 256 };

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

int command_ping(session_t *session, args_t *args)
{
    (void)session;
    const char *file = args_operand(args, "a process's config file");
    if (!command_ready(args))
        return EX_USAGE;
    AUTO(config) config = config_load(file);
    // web has no door of ours; what keeps it useful is payment's
    bool own = config_has(config, "endpoints/command");
    const char *command = config_text(config, own ? "endpoints/command" : "payment/command", NULL);
    const char *secret = config_text(config, "certificates/secret", NULL);
    const char *directory = own ? config_text(config, "certificates/directory", NULL) : NULL;
    const char *name = own ? config_text(config, "process/name", NULL) : NULL;
    const char *certificate = own ? NULL : config_text(config, "payment/certificate", NULL);
    if (config_error(config))
        return complain(EX_CONFIG, config_error(config));
    char endpoint[ENDPOINT_MAX], path[PATH_MAX], key[41], error[SECURITY_ERROR_MAX];
    reach(command, endpoint);
    snprintf(path, sizeof path, "%s%s%s%s", own ? directory : certificate, own ? "/" : "",
             own ? name : "", own ? ".cert" : "");
    AUTO(zcert) self = security_load_secret(secret, error);
    if (!self || !security_load_public(path, key, error))
        return complain(EX_CONFIG, error);
    AUTO(client) client = NULL;
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    if (client_new(CLIENT_COMMAND, endpoint, self, key, &client) ||
        client_ask(client, &request, PING_MS, &answer))
        return complain(EX_UNAVAILABLE, "no answer");
    if (answer.fail || !answer.status.ready)
        return complain(EX_TEMPFAIL, answer.fail ? fail_text(answer.fail) : "not ready yet");
    return EX_OK;
}
