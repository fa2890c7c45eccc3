#include "tests/crash/place.h"
#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(bool holds)
{
    assert(holds);
}

place_t *place_new(const char *root)
{
    place_t *self = calloc(1, sizeof *self);
    assert(self);
    int size = snprintf(self->root, sizeof self->root, "%s", root);
    assert(size < PLACE_PATH_MAX - 16);
    (void)snprintf(self->journal, sizeof self->journal, "%.100s/journal", root);
    (void)snprintf(self->store, sizeof self->store, "%.100s/store", root);
    check(mkdir(self->root, 0700) == 0 && mkdir(self->journal, 0700) == 0 &&
          mkdir(self->store, 0700) == 0);
    return self;
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
    (void)stat, (void)kind, (void)ftw;
    return remove(path);
}

static void forget_files(place_t *self)
{
    for (size_t i = 0; i < self->files_count; i++) {
        if (self->files[i].fd < 0)
            continue;
        (void)munmap(self->files[i].map, PLACE_FILE_MAX);
        (void)close(self->files[i].fd);
    }
    self->files_count = self->touched_count = 0;
}

void place_destroy(place_t **self_p)
{
    place_t *self = *self_p;
    if (self) {
        forget_files(self);
        (void)nftw(self->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        free(self);
        *self_p = NULL;
    }
}

// --- files ---

static void store_path(const place_t *self, size_t file, char out[PLACE_PATH_MAX])
{
    (void)snprintf(out, PLACE_PATH_MAX, "%.100s/%04zu", self->store, file);
}

static void resize(place_file_t *file, uint64_t size)
{
    if (size != file->size)
        check(ftruncate(file->fd, (off_t)size) == 0);
    file->size = size;
}

static void fill(place_t *self, size_t number)
{
    place_file_t *file = &self->files[number];
    const disk_file_t *durable = &self->disk->files[number];
    if (file->fd < 0)
        return;
    struct stat stat;
    check(fstat(file->fd, &stat) == 0); // whoever changed it may have changed its size too
    file->size = (uint64_t)stat.st_size;
    assert(durable->size <= PLACE_FILE_MAX);
    resize(file, durable->size);
    if (durable->size)
        memcpy(file->map, durable->bytes, durable->size);
    file->changed = false;
}

static void add_file(place_t *self)
{
    size_t number = self->files_count++;
    place_file_t *file = &self->files[number];
    *file = (place_file_t){.fd = -1};
    if (self->disk->files[number].directory)
        return;
    char path[PLACE_PATH_MAX];
    struct stat stat;
    store_path(self, number, path);
    file->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    check(file->fd >= 0 && fstat(file->fd, &stat) == 0);
    file->number = stat.st_ino;
    file->map = mmap(NULL, PLACE_FILE_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
    check(file->map != MAP_FAILED);
    fill(self, number);
}

// --- names ---

static void link_name(const place_t *self, const disk_name_t *name)
{
    char path[PLACE_PATH_MAX + WATCH_NAME_MAX], from[PLACE_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", self->journal, name->name);
    store_path(self, name->file, from);
    if (self->files[name->file].fd < 0)
        check(mkdir(path, 0700) == 0);
    else
        check(link(from, path) == 0);
}

static bool has(const disk_names_t *names, const disk_name_t *name)
{
    return disk_names_find(names, name->name) == name->file;
}

// A name whose directory has none is nowhere.
static bool reachable(const disk_names_t *names, const char *name)
{
    char directory[WATCH_NAME_MAX];
    const char *slash = strrchr(name, '/');
    if (!slash)
        return true;
    (void)snprintf(directory, sizeof directory, "%.*s", (int)(slash - name), name);
    return disk_names_find(names, directory) != UINT32_MAX;
}

static void remove_all_names(place_t *self)
{
    (void)nftw(self->journal, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    check(mkdir(self->journal, 0700) == 0);
    self->names.count = 0;
    self->names_unknown = false;
}

static bool is_shown(const disk_names_t *wanted, const disk_name_t *name)
{
    return has(wanted, name) && reachable(wanted, name->name);
}

// Directories last when names leave, first when they come.
static void show_names(place_t *self, const disk_names_t *wanted)
{
    char path[PLACE_PATH_MAX + WATCH_NAME_MAX];
    if (self->names_unknown)
        remove_all_names(self);
    for (int directories = 0; directories <= 1; directories++)
        for (size_t i = 0; i < self->names.count; i++) {
            const disk_name_t *name = &self->names.names[i];
            bool directory = self->files[name->file].fd < 0;
            if (directory != directories || is_shown(wanted, name))
                continue;
            (void)snprintf(path, sizeof path, "%s/%s", self->journal, name->name);
            check(remove(path) == 0);
            self->names.names[i--] = self->names.names[--self->names.count];
        }
    for (int directories = 1; directories >= 0; directories--)
        for (size_t i = 0; i < wanted->count; i++) {
            const disk_name_t *name = &wanted->names[i];
            if ((self->files[name->file].fd < 0) != directories || !is_shown(wanted, name) ||
                has(&self->names, name))
                continue;
            link_name(self, name);
            self->names.names[self->names.count++] = *name;
        }
}

// --- states ---

void place_use(place_t *self, const disk_t *disk)
{
    if (disk != self->disk) {
        forget_files(self);
        self->names_unknown = true;
        self->disk = disk;
    }
    while (self->files_count < disk->files_count)
        add_file(self);
    for (size_t i = 0; i < self->files_count; i++)
        fill(self, i);
    show_names(self, &disk->names);
}

static void touch(place_t *self, uint32_t file, uint64_t offset, uint32_t size)
{
    if (self->touched_count == PLACE_TOUCHED_MAX)
        self->files[file].changed = true;
    else
        self->touched[self->touched_count++] = (place_touch_t){file, size, offset};
}

static void show_piece(place_t *self, const disk_piece_t *piece)
{
    place_file_t *file = &self->files[piece->file];
    const step_t *step = piece->step;
    if (step->kind == STEP_TRUNCATE) {
        resize(file, step->offset);
        file->changed = true;
        return;
    }
    uint64_t offset = step->offset + piece->from;
    if (offset + piece->size > file->size)
        resize(file, offset + piece->size);
    memcpy(file->map + offset, step->data + piece->from, piece->size);
    touch(self, piece->file, offset, piece->size);
}

void place_show(place_t *self, const disk_piece_t *pieces, const bool *chosen, size_t count,
                bool full)
{
    static disk_names_t names;
    bool of_names = self->names_unknown;
    for (size_t i = 0; i < count; i++) {
        step_kind_t kind = pieces[i].step->kind;
        bool name = kind == STEP_MAKE || kind == STEP_RENAME || kind == STEP_UNLINK;
        of_names = of_names || name;
        if (chosen[i] && !name)
            show_piece(self, &pieces[i]);
    }
    for (size_t i = 0; full && i < count; i++) {
        place_file_t *file = &self->files[pieces[i].file];
        if (file->fd >= 0 && file->size < self->disk->files[pieces[i].file].cached)
            resize(file, self->disk->files[pieces[i].file].cached);
    }
    if (!of_names)
        return;
    names = self->disk->names;
    for (size_t i = 0; i < count; i++)
        if (chosen[i])
            disk_names_apply(&names, &pieces[i]);
    show_names(self, &names);
}

void place_flip(place_t *self, uint32_t file, uint64_t byte, unsigned bit)
{
    assert(byte < self->files[file].size);
    self->files[file].map[byte] ^= (uint8_t)(1u << bit);
    touch(self, file, byte, 1);
}

static uint32_t file_of(const place_t *self, uint64_t number)
{
    for (uint32_t i = 0; i < self->files_count; i++)
        if (self->files[i].fd >= 0 && self->files[i].number == number)
            return i;
    return UINT32_MAX;
}

void place_touched(void *arg, const step_t *step)
{
    place_t *self = arg;
    uint32_t file = step->file ? file_of(self, step->file) : UINT32_MAX;
    switch (step->kind) {
    case STEP_MAKE:
    case STEP_RENAME:
    case STEP_UNLINK:
        self->names_unknown = true;
        break;
    case STEP_WRITE:
    case STEP_WRITE_THROUGH:
        if (file == UINT32_MAX)
            break;
        touch(self, file, step->offset, step->size);
        if (step->offset + step->size > self->files[file].size)
            self->files[file].size = step->offset + step->size;
        break;
    case STEP_TRUNCATE:
        if (file != UINT32_MAX)
            self->files[file].changed = true;
        break;
    default:
        break;
    }
}

void place_restore(place_t *self)
{
    for (size_t i = 0; i < self->touched_count; i++) {
        const place_touch_t *touched = &self->touched[i];
        const disk_file_t *durable = &self->disk->files[touched->file];
        if (self->files[touched->file].changed || touched->offset >= durable->size)
            continue;
        uint64_t left = durable->size - touched->offset;
        memcpy(self->files[touched->file].map + touched->offset, durable->bytes + touched->offset,
               touched->size < left ? touched->size : left);
    }
    self->touched_count = 0;
    for (size_t i = 0; i < self->files_count; i++) {
        if (self->files[i].changed)
            fill(self, i);
        else if (self->files[i].fd >= 0)
            resize(&self->files[i], self->disk->files[i].size);
    }
    show_names(self, &self->disk->names);
}

void place_copy(const place_t *self, disk_t *out)
{
    disk_release(out);
    for (size_t i = 0; i < self->names.count; i++) {
        const place_file_t *file = &self->files[self->names.names[i].file];
        uint64_t number = file->fd < 0 ? UINT64_MAX : file->number;
        uint32_t copy = disk_file(out, number, file->fd < 0);
        if (file->fd >= 0 && file->size)
            disk_write(out, copy, 0, file->map, file->size);
        out->names.names[out->names.count] = self->names.names[i];
        out->names.names[out->names.count++].file = copy;
    }
}
