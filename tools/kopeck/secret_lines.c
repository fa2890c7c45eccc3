#include "tools/kopeck/secret_lines.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static bool read_line(FILE *file, char line[SECRET_LINE_SIZE])
{
    line[0] = '\0';
    if (!fgets(line, SECRET_LINE_SIZE, file))
        return true;
    size_t size = strcspn(line, "\r\n");
    bool whole = line[size] || feof(file);
    line[size] = '\0';
    return whole;
}

int secret_lines_read(const char *path, secret_lines_t *ret_lines)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!file) {
        fprintf(stderr, "kopeck: %s: cannot be read\n", path);
        return EX_NOINPUT;
    }
    bool good = read_line(file, ret_lines->first) && read_line(file, ret_lines->second);
    if (file != stdin)
        fclose(file);
    if (good)
        return EX_OK;
    fputs("kopeck: a line is longer than it may be\n", stderr);
    return EX_DATAERR;
}
