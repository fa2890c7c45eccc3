#pragma once
// place - a real directory that shows one state of a disk after the other to the real start-up
// code.
//
// The files are mapped and changed in place, and what a state or its verification changed is put
// back from the disk's durable bytes, so a state costs what it differs and no more. Contents lie in
// store/, their names are hard links in journal/: a file whose name was lost keeps its bytes.
// Ownership: the disk is borrowed. Failures: assert, the machine is at its end. Threads: one.
#include "tests/crash/disk.h"

enum { PLACE_PATH_MAX = 128, PLACE_FILE_MAX = 8 << 20, PLACE_TOUCHED_MAX = 65536 };

typedef struct {
    int fd; // -1 for a directory
    uint8_t *map;
    uint64_t number; // inode here
    uint64_t size;
    bool changed; // in a way that touched[] does not tell
} place_file_t;

typedef struct {
    uint32_t file, size;
    uint64_t offset;
} place_touch_t;

typedef struct {
    char root[PLACE_PATH_MAX], journal[PLACE_PATH_MAX], store[PLACE_PATH_MAX];
    const disk_t *disk;
    place_file_t files[DISK_FILES_MAX];
    size_t files_count;
    disk_names_t names; // that are linked
    bool names_unknown;
    place_touch_t touched[PLACE_TOUCHED_MAX];
    size_t touched_count;
} place_t;

place_t *place_new(const char *root); // makes it
void place_destroy(place_t **self_p); // and removes it
// Shows a disk from now on: its durable files, as they are now.
void place_use(place_t *self, const disk_t *disk);
// Shows the durable bytes with those pieces on top whose `chosen` is true, in their order. A file
// ends behind its last chosen byte, or where the cache has its end if `full`.
void place_show(place_t *self, const disk_piece_t *pieces, const bool *chosen, size_t count,
                bool full);
// Turns one bit of what is shown over, until place_restore.
void place_flip(place_t *self, uint32_t file, uint64_t byte, unsigned bit);
// What was done to the files since place_show; a watch_fn.
void place_touched(void *self, const step_t *step);
// Back to the durable bytes.
void place_restore(place_t *self);
// A disk on which everything shown now is durable.
void place_copy(const place_t *self, disk_t *out);
