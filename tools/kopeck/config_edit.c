#include "tools/kopeck/config_edit.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(char *why, size_t size, const char *text)
{
    snprintf(why, size, "%s", text);
    return false;
}

// Whether a line is `word`, so far in, and nothing else or ` =` behind it.
static bool is_entry(const char *line, size_t size, size_t indent, const char *word)
{
    size_t length = strlen(word), spaces = 0;
    while (spaces < size && line[spaces] == ' ')
        spaces++;
    if (spaces != indent || size - spaces < length || memcmp(line + spaces, word, length) != 0)
        return false;
    size_t at = spaces + length;
    return at == size || line[at] == ' ' || line[at] == '=' || line[at] == '\t' || line[at] == '\r';
}

static bool is_section(const char *line, size_t size)
{
    return size > 0 && *line != ' ' && *line != '#';
}

// The line of the entry: where it begins in the text, and how long it is.
static bool find(const char *text, const char *section, const char *name, size_t *ret_at,
                 size_t *ret_size)
{
    enum { INDENT = 4 };
    bool inside = false, found = false;
    for (size_t at = 0; text[at];) {
        size_t size = strcspn(text + at, "\n");
        if (is_section(text + at, size))
            inside = is_entry(text + at, size, 0, section);
        else if (inside && !found && is_entry(text + at, size, INDENT, name)) {
            *ret_at = at;
            *ret_size = size;
            found = true;
        }
        at += size + (text[at + size] == '\n');
    }
    return found;
}

static char *read_text(const char *file, struct stat *ret_status)
{
    char *text = calloc(1, CONFIG_EDIT_BYTES_MAX + 1);
    FILE *in = fopen(file, "r");
    bool good = text && in && fstat(fileno(in), ret_status) == 0;
    if (good)
        good = fread(text, 1, CONFIG_EDIT_BYTES_MAX, in) < CONFIG_EDIT_BYTES_MAX && !ferror(in);
    if (in)
        (void)fclose(in);
    if (!good) {
        free(text);
        return NULL;
    }
    return text;
}

static bool write_new(const char *file, const struct stat *status, const char *text, size_t at,
                      size_t size, const char *name, const char *value)
{
    FILE *out = fopen(file, "w");
    if (!out)
        return false;
    bool good =
        fchmod(fileno(out), status->st_mode & 0777) == 0 &&
        (geteuid() != 0 || fchown(fileno(out), status->st_uid, status->st_gid) == 0) &&
        fprintf(out, "%.*s    %s = \"%s\"%s", (int)at, text, name, value, text + at + size) > 0 &&
        fflush(out) == 0 && fsync(fileno(out)) == 0;
    return fclose(out) == 0 && good;
}

bool config_edit(const char *file, const char *section, const char *name, const char *value,
                 char *why, size_t why_size)
{
    struct stat status;
    size_t at, size;
    char *text = read_text(file, &status), *new_file = NULL;
    if (!text)
        return refuse(why, why_size, strerror(errno));
    bool good = find(text, section, name, &at, &size);
    if (!good)
        snprintf(why, why_size, "it has no entry %s/%s", section, name);
    if (good && asprintf(&new_file, "%s.new", file) < 0)
        good = refuse(why, why_size, "memory is out");
    if (good &&
        (!write_new(new_file, &status, text, at, size, name, value) || rename(new_file, file) != 0))
        good = refuse(why, why_size, strerror(errno));
    free(new_file);
    free(text);
    return good;
}
