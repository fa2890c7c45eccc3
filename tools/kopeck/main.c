#include "services/process/descriptors.h"
#include "services/process/security/security.h"
#include "tools/command_line/command_line.h"
#include "proto/service.h"
#include "tools/kopeck/command.h"
#include <fcntl.h>
#include <unistd.h>

const command_t commands[] = {
#include "tools/kopeck/commands.def"
};

static int help(FILE *out)
{
    fputs("usage: kopeck [--config FILE] [--json] COMMAND ...\n\n", out);
    for (const command_t *c = commands; c->name; c++) {
        size_t line = strcspn(c->help, "\n");
        fprintf(out, "  %-10s %.*s\n", c->name, (int)line, c->help);
    }
    fputs(
        "\nkopeck COMMAND --help tells more of one.\n"
        "The config file is --config, $KOPECK_CONFIG or ~/.config/kopeck.cfg.\n"
        "TIME: a date, or a date and a time: 2026-01-31, 2026-01-31T12:00, 2026-01-31T12:00:00Z.\n"
        "Without a zone it is Moscow's, and a date is the first instant of Moscow's day. Tables "
        "and\n"
        "texts show Moscow's time.\n"
        "--json: answers as JSON, money in kopecks, times in microseconds since 1970 (UTC).\n"
        "Exit status: 0 done, 64 wrong command line, 65 refused, 66 no such thing, 69 no answer,\n"
        "71 done, but the output could not be written (stderr says what was done),\n"
        "73 it is there already, 74 the store failed, 75 try again later, 77 not allowed, 78 wrong "
        "configuration;\n"
        "verify, reconcile: 1 if something does not hold.\n",
        out);
    return out == stdout ? EX_OK : EX_USAGE;
}

bool command_take_journals(args_t *args, const char *directories[OPTIONS_STREAMS])
{
    bool named = false;
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        const char *directory = args_option(args, service_stream_name(stream));
        named |= directory != NULL;
        directories[stream] = directory ? directory : "";
    }
    return named;
}

bool command_default_journals(session_t *session, const char *directories[OPTIONS_STREAMS],
                              int *ret_status)
{
    const options_t *options = session_options(session, ret_status);
    for (stream_t stream = STREAM_FIRST; options && stream < OPTIONS_STREAMS; stream++)
        directories[stream] = options->processes[stream].journal;
    return options != NULL;
}

bool command_ready(args_t *args)
{
    if (args_check(args))
        return true;
    fprintf(stderr, "kopeck: %s\n", args->error);
    return false;
}

static const command_t *find_command(const char *name)
{
    for (const command_t *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

// A socket or a journal's file must not get the number of a stream that the caller closed: what is
// printed would go into it. Reading ends make every write fail, which is said at the end.
static void hold_streams(void)
{
    for (int fd; (fd = open("/dev/null", O_RDONLY)) >= 0;)
        if (fd > STDERR_FILENO) {
            (void)close(fd);
            return;
        }
}

int main(int argc, char **argv)
{
    hold_streams();
    command_line_version(argc, argv);
    security_prepare();
    static args_t args;
    args_init(&args, argc - 1, argv + 1);
    session_t session = {.config_file = args_option(&args, "config")};
    session.json = args_flag(&args, "json");
    bool wants_help = args_flag(&args, "help");
    const char *name = args_operand_maybe(&args, "command");
    if (!name || strcmp(name, "help") == 0)
        return help(wants_help || name ? stdout : stderr);
    const command_t *command = find_command(name);
    if (!command) {
        fprintf(stderr, "kopeck: there is no command \"%s\"; see kopeck --help\n", name);
        return EX_USAGE;
    }
    if (wants_help) {
        printf("usage: kopeck %s %s\n\n%s", command->name, command->operands, command->help);
        return EX_OK;
    }
    char error[256];
    if (!descriptors_suffice(DESCRIPTORS_OF_A_CLIENT, error, sizeof error)) {
        fprintf(stderr, "kopeck: %s\n", error);
        return EX_CONFIG;
    }
    int status = session_end(&session, command->run(&session, &args));
    session_close(&session);
    return status;
}
