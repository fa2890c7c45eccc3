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

config_t *begin_config(int argc, char **argv, const char *what, const char *keys)
{
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts(KOPECK_VERSION);
        exit(EX_OK);
    }
    if (argc != 2 || argv[1][0] == '-' || !*argv[1]) {
        fprintf(help ? stdout : stderr,
                "usage: %s CONFIG\n       %s --help | --version\n%s\n"
                "CONFIG is one ZPL file; %s lists its keys.\n",
                program_invocation_short_name, program_invocation_short_name, what, keys);
        exit(help ? EX_OK : EX_USAGE);
    }
    return config_load(argv[1]);
}
