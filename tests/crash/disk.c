#include "tests/crash/disk.h"
#include <assert.h>
#include <stdlib.h>

void disk_release(disk_t *self)
{
    for (size_t i = 0; i < self->files_count; i++)
        free(self->files[i].bytes);
    self->files_count = self->names.count = self->pieces_count = self->steps = 0;
}

uint32_t disk_file(disk_t *self, uint64_t number, bool directory)
{
    for (uint32_t i = (uint32_t)self->files_count; i-- > 0;)
        if (self->files[i].number == number)
            return i;
    assert(self->files_count < DISK_FILES_MAX);
    self->files[self->files_count] = (disk_file_t){.number = number, .directory = directory};
    return (uint32_t)self->files_count++;
}

static void resize(disk_file_t *file, uint64_t size)
{
    if (size > file->cap) {
        uint64_t cap = size * 2;
        file->bytes = realloc(file->bytes, cap);
        assert(file->bytes);
        file->cap = cap;
    }
    if (size > file->size)
        memset(file->bytes + file->size, 0, size - file->size);
    file->size = size;
}

void disk_write(disk_t *self, uint32_t number, uint64_t offset, const void *data, size_t size)
{
    disk_file_t *file = &self->files[number];
    if (offset + size > file->size)
        resize(file, offset + size);
    memcpy(file->bytes + offset, data, size);
    if (file->cached < file->size)
        file->cached = file->size;
}

// --- names ---

uint32_t disk_names_find(const disk_names_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->names[i].name, name) == 0)
            return self->names[i].file;
    return UINT32_MAX;
}

static void remove_name(disk_names_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->names[i].name, name) == 0)
            self->names[i--] = self->names[--self->count];
}

static void put_name(disk_names_t *self, const char *name, uint32_t file)
{
    remove_name(self, name);
    assert(self->count < DISK_NAMES_MAX);
    disk_name_t *put = &self->names[self->count++];
    memcpy(put->name, name, sizeof put->name);
    put->file = file;
}

void disk_names_apply(disk_names_t *self, const disk_piece_t *piece)
{
    const step_t *step = piece->step;
    if (step->kind == STEP_MAKE)
        put_name(self, step->name, piece->file);
    if (step->kind == STEP_UNLINK || step->kind == STEP_RENAME)
        remove_name(self, step->name);
    if (step->kind == STEP_RENAME)
        put_name(self, step->to, piece->file);
}

static bool is_of_names(step_kind_t kind)
{
    return kind == STEP_MAKE || kind == STEP_RENAME || kind == STEP_UNLINK;
}

// Whether a name lies in a directory.
static bool lies_in(const char *name, const char *directory)
{
    const char *slash = strrchr(name, '/');
    size_t size = slash ? (size_t)(slash - name) : 0;
    return strlen(directory) == size && memcmp(name, directory, size) == 0;
}

// --- steps ---

void disk_take(disk_t *self, const step_t *step)
{
    size_t order = self->steps++;
    bool names = is_of_names(step->kind);
    bool bytes = step->kind == STEP_WRITE || step->kind == STEP_WRITE_THROUGH;
    if (!names && !bytes && step->kind != STEP_TRUNCATE)
        return;
    assert(self->pieces_count < DISK_PIECES_MAX);
    uint32_t file = step->file ? disk_file(self, step->file, step->directory) : 0;
    self->pieces[self->pieces_count++] =
        (disk_piece_t){.step = step, .file = file, .size = step->size, .order = order};
    uint64_t end = step->offset + step->size;
    if (step->kind == STEP_TRUNCATE || (bytes && end > self->files[file].cached))
        self->files[file].cached = end;
}

static bool add_piece(disk_t *self, size_t *kept, disk_piece_t piece)
{
    if (piece.size == 0)
        return false;
    assert(*kept < DISK_PIECES_MAX);
    self->pieces[(*kept)++] = piece;
    return true;
}

// Takes away from older pieces what is now durable over them.
static void cover(disk_t *self, const disk_piece_t *settled)
{
    static disk_piece_t old[DISK_PIECES_MAX];
    size_t count = self->pieces_count, kept = 0;
    uint64_t begin = settled->step->offset + settled->from, end = begin + settled->size;
    memcpy(old, self->pieces, count * sizeof *old);
    for (size_t i = 0; i < count; i++) {
        disk_piece_t piece = old[i];
        uint64_t from = piece.step->offset + piece.from, to = from + piece.size;
        bool data = piece.step->kind == STEP_WRITE || piece.step->kind == STEP_WRITE_THROUGH;
        if (!data || piece.file != settled->file || piece.order >= settled->order || to <= begin ||
            from >= end) {
            self->pieces[kept++] = piece;
            continue;
        }
        disk_piece_t before = piece, after = piece;
        before.size = from < begin ? (uint32_t)(begin - from) : 0;
        after.from = to > end ? (uint32_t)(piece.from + (end - from)) : 0;
        after.size = to > end ? (uint32_t)(to - end) : 0;
        (void)add_piece(self, &kept, before);
        (void)add_piece(self, &kept, after);
    }
    self->pieces_count = kept;
}

static void make_durable(disk_t *self, const disk_piece_t *piece)
{
    const step_t *step = piece->step;
    if (is_of_names(step->kind)) {
        disk_names_apply(&self->names, piece);
    } else if (step->kind == STEP_TRUNCATE) {
        resize(&self->files[piece->file], step->offset);
    } else {
        disk_write(self, piece->file, step->offset + piece->from, step->data + piece->from,
                   piece->size);
        cover(self, piece);
    }
}

static bool settles(const disk_t *self, const step_t *step, const disk_piece_t *piece)
{
    if (piece->lost)
        return false;
    if (step->kind == STEP_FLUSH_NAMES)
        return is_of_names(piece->step->kind) && lies_in(piece->step->name, step->name);
    if (is_of_names(piece->step->kind) || self->files[piece->file].number != step->file)
        return false;
    return step->kind == STEP_FLUSH || (step->kind == STEP_WRITE_THROUGH && piece->step == step);
}

void disk_settle(disk_t *self, const step_t *step)
{
    if (step->kind == STEP_FLUSH_FAILED) {
        for (size_t i = 0; i < self->pieces_count; i++)
            if (!is_of_names(self->pieces[i].step->kind) &&
                self->files[self->pieces[i].file].number == step->file)
                self->pieces[i].lost = true;
        return;
    }
    if (step->kind != STEP_FLUSH && step->kind != STEP_FLUSH_NAMES &&
        step->kind != STEP_WRITE_THROUGH)
        return;
    static disk_piece_t settled[DISK_PIECES_MAX];
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < self->pieces_count; i++)
        if (settles(self, step, &self->pieces[i]))
            settled[count++] = self->pieces[i];
        else
            self->pieces[kept++] = self->pieces[i];
    self->pieces_count = kept;
    for (size_t i = 0; i < count; i++)
        make_durable(self, &settled[i]);
}

size_t disk_cut(const disk_t *self, uint32_t unit, disk_piece_t out[DISK_PIECES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < self->pieces_count; i++) {
        disk_piece_t piece = self->pieces[i];
        uint32_t end = piece.from + piece.size;
        do {
            uint64_t at = piece.step->offset + piece.from;
            uint64_t left = unit - at % unit;
            piece.size = end - piece.from < left ? end - piece.from : (uint32_t)left;
            assert(count < DISK_PIECES_MAX);
            out[count++] = piece;
            piece.from += piece.size;
        } while (piece.from < end);
    }
    return count;
}

void disk_take_all(disk_t *self, const step_t *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        disk_take(self, &steps[i]);
        while (self->pieces_count) {
            disk_piece_t piece = self->pieces[--self->pieces_count];
            make_durable(self, &piece);
        }
    }
}
