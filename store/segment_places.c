#include "store/segment_places.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

// --- the file ---

static fail_t read_file(const char *path, char out[SEGMENT_ARCHIVE_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *out = '\0';
    if (fd < 0)
        return errno == ENOENT ? FAIL_NONE : FAIL_STORE;
    ssize_t size = read(fd, out, SEGMENT_ARCHIVE_MAX);
    (void)close(fd);
    if (size < 0)
        return FAIL_STORE;
    if (size == SEGMENT_ARCHIVE_MAX || memchr(out, '\0', (size_t)size))
        return FAIL_CONFIG;
    out[size] = '\0';
    return FAIL_NONE;
}

static bool add(segment_places_t *self, const char *directory, const char *name)
{
    if (self->count == SEGMENT_PLACES_MAX)
        return false;
    char *out = self->directories[self->count];
    int size = *name == '/' ? snprintf(out, SEGMENT_PATH_MAX, "%s", name)
                            : snprintf(out, SEGMENT_PATH_MAX, "%s/%s", directory, name);
    self->count++;
    return size < SEGMENT_PATH_MAX;
}

// A line without the white space around it.
static char *trim(char *line)
{
    line += strspn(line, " \t\r");
    size_t size = strlen(line);
    while (size && strchr(" \t\r", line[size - 1]))
        line[--size] = '\0';
    return line;
}

fail_t segment_places_read(const char *directory, const char *own, segment_places_t *ret_places,
                           char why[JOURNAL_WHY_MAX])
{
    char path[SEGMENT_PATH_MAX], text[SEGMENT_ARCHIVE_MAX];
    ret_places->count = 0;
    if (!add(ret_places, directory, own) ||
        snprintf(path, sizeof path, "%s/" SEGMENT_ARCHIVE, directory) >= SEGMENT_PATH_MAX)
        return FAIL_INVALID;
    fail_t fail = read_file(path, text);
    for (char *rest = text, *line; !fail && (line = strsep(&rest, "\n"));) {
        line = trim(line);
        if (*line && *line != '#' && !add(ret_places, directory, line))
            fail = FAIL_CONFIG;
    }
    if (fail == FAIL_STORE)
        snprintf(why, JOURNAL_WHY_MAX, "%s: %s", SEGMENT_ARCHIVE, strerror(errno));
    else if (fail)
        snprintf(why, JOURNAL_WHY_MAX, "%s: expected at most %d directories, one a line",
                 SEGMENT_ARCHIVE, SEGMENT_PLACES_MAX - 1);
    return fail;
}

// --- a segment ---

static void say(const segment_places_t *self, uint64_t number, fail_t fail, size_t damaged,
                char why[JOURNAL_WHY_MAX])
{
    size_t size = (size_t)snprintf(why, JOURNAL_WHY_MAX, "%012" PRIu64 ".segment %s", number,
                                   fail == FAIL_MISSING   ? "is missing; looked in"
                                   : fail == FAIL_CORRUPT ? "is damaged in"
                                                          : "cannot be read in");
    for (size_t i = 0; i < self->count && size < JOURNAL_WHY_MAX; i++)
        if (fail == FAIL_MISSING || i == damaged)
            size += (size_t)snprintf(why + size, JOURNAL_WHY_MAX - size, "%s %s",
                                     fail == FAIL_MISSING && i ? "," : "", self->directories[i]);
}

fail_t segment_places_find(const segment_places_t *self, uint64_t number, uint64_t events,
                           char why[JOURNAL_WHY_MAX], segment_t **ret_segment, size_t *ret_place)
{
    fail_t worst = FAIL_MISSING;
    size_t damaged = 0;
    for (size_t i = 0; i < self->count; i++) {
        fail_t fail = segment_open(self->directories[i], number, events, ret_segment);
        if (!fail) {
            *ret_place = i;
            return FAIL_NONE;
        }
        if (worst == FAIL_MISSING && fail != FAIL_MISSING) {
            worst = fail;
            damaged = i;
        }
    }
    say(self, number, worst, damaged, why);
    return worst == FAIL_MISSING ? FAIL_CORRUPT : worst; // its journal says that it is there
}

fail_t segment_places_open(const segment_places_t *self, uint64_t number, uint64_t events,
                           char why[JOURNAL_WHY_MAX], segment_t **ret_segment)
{
    size_t place;
    return segment_places_find(self, number, events, why, ret_segment, &place);
}
