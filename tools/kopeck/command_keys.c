// Certificates.
#include "services/process/security/keys.h"
#include "tools/kopeck/command.h"

static int fail(const char *error)
{
    fprintf(stderr, "kopeck: %s\n", error);
    return EX_CANTCREAT;
}

static int make(args_t *args)
{
    const char *wishes[ARGS_MAX];
    size_t count = 0;
    char error[512];
    const char *public_directory = args_option(args, "public");
    const char *secret_directory = args_option(args, "secret");
    if (!public_directory)
        args_refuse(args, "public", NULL, "the directory of public certificates");
    if (!secret_directory)
        args_refuse(args, "secret", NULL, "the directory of secret certificates");
    wishes[count++] = args_operand(args, "NAME:ROLE[:PRODUCERS[:OWNER]]");
    for (const char *more; (more = args_operand_maybe(args, "certificate"));)
        wishes[count++] = more;
    if (!command_ready(args))
        return EX_USAGE;
    return keys_make(wishes, count, public_directory, secret_directory, error, sizeof error)
               ? EX_OK
               : fail(error);
}

static int check(args_t *args)
{
    char error[512];
    const char *directory = args_operand(args, "the directory");
    if (!command_ready(args))
        return EX_USAGE;
    if (keys_check(directory, error, sizeof error))
        return EX_OK;
    fail(error);
    return EX_DATAERR;
}

int command_keys(session_t *session, args_t *args)
{
    (void)session;
    static const char *const words[] = {"make", "check", NULL};
    switch (args_word(args, words)) {
    case 0:
        return make(args);
    case 1:
        return check(args);
    default:
        args_refuse(args, "what to do", NULL, "make or check");
        (void)command_ready(args);
        return EX_USAGE;
    }
}
