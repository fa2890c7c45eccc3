#pragma once
// disk - what a power cut may find: the files and names that are durable, and the pieces of later
// steps that the cache may have written out or not, in any choice and any order.
//
// A file is durable up to its last flush that succeeded; names up to the last flush of their
// directory. A piece whose flush failed stays possible and is never made durable by a later flush.
// Units: bytes. Ownership: pieces borrow the tape's bytes. Threads: one.
#include "tests/crash/watch.h"

enum { DISK_FILES_MAX = 512, DISK_NAMES_MAX = 128, DISK_PIECES_MAX = 4096 };

typedef struct {
    uint64_t number; // inode
    bool directory;
    uint8_t *bytes; // durable
    uint64_t size, cap;
    uint64_t cached; // its size as the process sees it
} disk_file_t;

typedef struct {
    char name[WATCH_NAME_MAX];
    uint32_t file;
} disk_name_t;

typedef struct {
    disk_name_t names[DISK_NAMES_MAX];
    size_t count;
} disk_names_t;

// A step, or a part of its bytes, that is not durable. `order` is the step's place on the tape.
typedef struct {
    const step_t *step;
    uint32_t file;
    uint32_t from, size; // of the step's bytes
    size_t order;
    bool lost; // its flush failed
} disk_piece_t;

typedef struct {
    disk_file_t files[DISK_FILES_MAX];
    size_t files_count;
    disk_names_t names; // durable
    disk_piece_t pieces[DISK_PIECES_MAX];
    size_t pieces_count;
    size_t steps;
} disk_t;

void disk_release(disk_t *self);
// The next step of the tape, but for what it makes durable.
void disk_take(disk_t *self, const step_t *step);
// What the last step makes durable, now that it has returned.
void disk_settle(disk_t *self, const step_t *step);
// The pieces cut at every multiple of `unit` of their files; what is not written stays as it is.
// Returns how many, at most DISK_PIECES_MAX.
size_t disk_cut(const disk_t *self, uint32_t unit, disk_piece_t out[DISK_PIECES_MAX]);

// Everything on the tape, as if it had been flushed.
void disk_take_all(disk_t *self, const step_t *steps, size_t count);

uint32_t disk_file(disk_t *self, uint64_t number, bool directory); // made if it is new
void disk_write(disk_t *self, uint32_t file, uint64_t offset, const void *data, size_t size);
void disk_names_apply(disk_names_t *self, const disk_piece_t *piece);
uint32_t disk_names_find(const disk_names_t *self, const char *name); // UINT32_MAX if there is none
