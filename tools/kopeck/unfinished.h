#pragma once
// unfinished - what a command writes has its name once it is whole, and never takes the place of
// anything. Until then it is NAME.unfinished, locked; what is left of one that was cut off is
// used again.
//
// Failures: said on stderr; an exit status. Threads: one.
#include "proto/types.h"
#include <stdio.h>
#include <sysexits.h>

enum { UNFINISHED_PATH_MAX = 4096 };

typedef struct {
    char path[UNFINISHED_PATH_MAX], unfinished[UNFINISHED_PATH_MAX];
    int fd; // of the directory; -1 for a file, which is its stream's
} unfinished_t;

// A directory that is ours alone while it is written. What is in it stays, until it is emptied.
int unfinished_directory(unfinished_t *self, const char *path);
int unfinished_empty(const unfinished_t *self); // of its files
// An empty file; the stream is the caller's to flush and close before it is named.
int unfinished_file(unfinished_t *self, const char *path, FILE **ret_out);
// Durable under its name.
int unfinished_name(unfinished_t *self);
void unfinished_close(unfinished_t *self);
