#include "tools/robokassa_sim/journal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/types.h>
#include <unistd.h>

static bool load(FILE *file, const char *path, journal_read_t *read, void *context,
                 off_t *ret_length)
{
    char *line = NULL;
    size_t capacity = 0, number = 0;
    ssize_t size;
    off_t length = 0;
    bool good = true;
    while (good && (size = getline(&line, &capacity, file)) > 0) {
        if (line[size - 1] != '\n')
            break; // torn: the process died while writing, nobody was answered
        number++;
        json_error_t error;
        json_t *json = json_loadb(line, (size_t)size, 0, &error);
        good = json && read(context, json);
        json_decref(json);
        length += size;
    }
    free(line);
    if (!good)
        fprintf(stderr, "%s:%zu: not a line of this journal\n", path, number);
    *ret_length = length;
    return good;
}

bool journal_open(journal_t *self, const char *path, journal_read_t *read, void *context)
{
    int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        fprintf(stderr, "%s: another process has it\n", path);
        close(file);
        return false;
    }
    FILE *stream = fopen(path, "re");
    off_t length = 0;
    bool good = stream && load(stream, path, read, context, &length);
    if (stream)
        fclose(stream);
    if (good && ftruncate(file, length) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        good = false;
    }
    if (!good) {
        close(file);
        return false;
    }
    self->file = file;
    return true;
}

void journal_close(journal_t *self)
{
    if (self->file >= 0)
        close(self->file);
    self->file = -1;
}

static void stop(const char *what)
{
    fprintf(stderr, "journal: cannot %s: %s\n", what, strerror(errno));
    abort();
}

void journal_append(journal_t *self, json_t *line)
{
    if (self->file >= 0 && line) {
        char *text = json_dumps(line, JSON_COMPACT);
        size_t size = text ? strlen(text) : 0;
        if (!text)
            stop("print a line");
        text[size] = '\n'; // over the terminator: written by length
        for (size_t done = 0; done <= size;) {
            ssize_t written = write(self->file, text + done, size + 1 - done);
            if (written < 0 && errno != EINTR)
                stop("write");
            done += written > 0 ? (size_t)written : 0;
        }
        free(text);
        self->dirty = true;
    }
    json_decref(line);
}

void journal_sync(journal_t *self)
{
    if (self->file >= 0 && self->dirty && fdatasync(self->file) != 0)
        stop("flush");
    self->dirty = false;
}
