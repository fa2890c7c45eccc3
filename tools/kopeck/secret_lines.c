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

static bool read_both(FILE *file, secret_lines_t *lines)
{
    return read_line(file, lines->first) && read_line(file, lines->second);
}

static int read_file(const char *path, secret_lines_t *lines, bool *ret_good)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        fprintf(stderr, "kopeck: %s: cannot be read\n", path);
        return EX_NOINPUT;
    }
    *ret_good = read_both(file, lines);
    fclose(file);
    return EX_OK;
}

int secret_lines_read(const char *path, secret_lines_t *ret_lines)
{
    bool good = true;
    int status = EX_OK;
    if (strcmp(path, "-") == 0)
        good = read_both(stdin, ret_lines);
    else
        status = read_file(path, ret_lines, &good);
    if (good)
        return status;
    fputs("kopeck: a line is longer than it may be\n", stderr);
    return EX_DATAERR;
}
