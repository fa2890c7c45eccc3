#include "tools/command_line/command_line.h"
#include <errno.h>
#include <stdlib.h>
#include <sysexits.h>

bool command_line_read(const command_line_t *self, int argc, char **argv)
{
    for (int option; (option = getopt_long(argc, argv, "", self->options, NULL)) != -1;) {
        if (option == 'h') {
            self->help(stdout);
            exit(EX_OK);
        }
        if (option == '?') // which getopt_long has named
            return false;
        if (!self->set(self->arg, option, optarg ? optarg : "")) {
            fprintf(stderr, "%s: '%s' is not what that option takes\n", self->program,
                    optarg ? optarg : "");
            return false;
        }
    }
    return true;
}

bool command_line_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret_number)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || number < min || number > max)
        return false;
    *ret_number = number;
    return true;
}
