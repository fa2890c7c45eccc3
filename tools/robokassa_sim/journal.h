#pragma once
// journal - an append-only file of JSON lines; what is in it survives the stand-in's restart.
//
// Failures: a journal that cannot be written stops the process, since an answer would then promise
// what is not kept. The last line, if torn, is cut off when the file is opened.
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct {
    int file; // -1: no journal
    bool dirty;
} journal_t;

typedef bool journal_read_t(void *context, const json_t *line);

bool journal_open(journal_t *self, const char *path, journal_read_t *read, void *context);
void journal_close(journal_t *self);
void journal_append(journal_t *self, json_t *line); // takes the line over
void journal_sync(journal_t *self);
