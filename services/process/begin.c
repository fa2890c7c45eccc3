#include "services/process/begin.h"
#include "services/process/log.h"
#include "services/process/security/secret.h"
#include "services/process/security/security.h"
#include "services/process/signals.h"
#include <signal.h>
#include <sysexits.h>

void begin_prepare(void)
{
    log_begin();
    signals_block();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); // a file that may not grow is an error of its write, not our death
    if (!secret_harden())
        log_warn("the process could not be hardened against core dumps");
    security_prepare();
}

static void say_usage(FILE *out, const char *what, const char *keys, const char *also)
{
    const char *name = program_invocation_short_name;
    fprintf(out, "usage: %s CONFIG\n", name);
    if (also)
        fprintf(out, "       %s %s CONFIG\n", name, also);
    fprintf(out, "       %s --help | --version\n%s\nCONFIG is one ZPL file; %s lists its keys.\n",
            name, what, keys);
}

config_t *begin_config(int argc, char **argv, const char *what, const char *keys, const char *also)
{
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    bool asks = also && argc == 3 && strcmp(argv[1], also) == 0;
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts(KOPECK_VERSION);
        exit(EX_OK);
    }
    const char *file = argc == 2 + asks ? argv[1 + asks] : "-";
    if (*file == '-' || !*file) {
        say_usage(help ? stdout : stderr, what, keys, also);
        exit(help ? EX_OK : EX_USAGE);
    }
    config_t *config = config_load(file);
    if (asks)
        config_ask(config, also);
    return config;
}
