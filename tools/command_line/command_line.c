#include "tools/command_line/command_line.h"
#include "proto/utf8.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static bool refuse(const command_line_t *self, const char *word)
{
    if (utf8_is_text(text_of(word)))
        fprintf(stderr, "%s: '%s' is not what stands there\n", self->program, word);
    else
        fprintf(stderr, "%s: a word is no " UTF8_EXPECTED "\n", self->program);
    return false;
}

bool command_line_word(const char *word)
{
    return *word && utf8_is_text(text_of(word));
}

void command_line_version(int argc, char **argv)
{
    if (argc != 2 || strcmp(argv[1], "--version") != 0)
        return;
    puts(KOPECK_VERSION);
    exit(EX_OK);
}

bool command_line_read(const command_line_t *self, int argc, char **argv)
{
    command_line_version(argc, argv);
    for (int option; (option = getopt_long(argc, argv, "", self->options, NULL)) != -1;) {
        if (option == 'h') {
            self->help(stdout);
            exit(EX_OK);
        }
        if (option == '?') // which getopt_long has named
            return false;
        if (optarg && !command_line_word(optarg))
            return refuse(self, optarg);
        if (!self->set(self->arg, option, optarg ? optarg : "")) {
            fprintf(stderr, "%s: '%s' is not what that option takes\n", self->program,
                    optarg ? optarg : "");
            return false;
        }
    }
    for (int i = optind; i < argc; i++)
        if (!command_line_word(argv[i]))
            return refuse(self, argv[i]);
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
