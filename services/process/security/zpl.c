#include "services/process/security/zpl.h"
#include <assert.h>
#include <fcntl.h>

// The bytes of the file, -1 if it cannot be read whole.
static ssize_t read_whole(int fd, uint8_t *out, size_t cap)
{
    size_t size = 0;
    ssize_t got;
    do {
        got = read(fd, out + size, cap - size);
        if (got > 0)
            size += (size_t)got;
    } while ((got > 0 && size < cap) || (got < 0 && errno == EINTR));
    if (got >= 0 && size == cap)
        errno = EFBIG;
    return got < 0 || size == cap ? -1 : (ssize_t)size;
}

// Where the text of a line begins that is an entry; the end of the text if none is left. In a file
// that zconfig took every other line is blank or a comment.
static const char *next_entry(const char *at, const char *end, size_t *line)
{
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *text = at + strspn(at, " ");
        ++*line;
        if (text < (stop ? stop : end) && *text != '\0' && *text != '#' &&
            !isspace((unsigned char)*text))
            return at;
        at = stop ? stop + 1 : end;
    }
    return end;
}

typedef struct {
    const char *at, *end; // of the text, behind the entry before
    size_t line;          // of that entry
    zpl_told_t *told;
} walk_t;

// zconfig makes an entry of each line in turn and keeps them in that order.
static bool note_lines(walk_t *walk, zconfig_t *parent, const char *above)
{
    for (zconfig_t *item = zconfig_child(parent); item; item = zconfig_next(item)) {
        const char *entry = next_entry(walk->at, walk->end, &walk->line);
        const char *stop = memchr(entry, '\n', (size_t)(walk->end - entry));
        const char *name = zconfig_name(item);
        walk->at = stop ? stop + 1 : walk->end;
        if (strchr(name, '/')) {
            snprintf(walk->told->why, ZPL_WHY_MAX, "line %zu: %.128s: no name has a slash",
                     walk->line, name);
            return false;
        }
        char *path = zsys_sprintf("%s%s%s", above, *above ? "/" : "", name);
        assert(path);
        size_t before = zpl_line(walk->told, path);
        if (!before)
            zhash_insert(walk->told->lines, path, (void *)(uintptr_t)walk->line);
        if (before)
            snprintf(walk->told->why, ZPL_WHY_MAX, "line %zu: %.128s is there already, at line %zu",
                     walk->line, path, before);
        bool good = !before && note_lines(walk, item, path);
        zstr_free(&path);
        if (!good)
            return false;
    }
    return true;
}

static zconfig_t *parse(const char *text, size_t size, zpl_told_t *told)
{
    zchunk_t *chunk = zchunk_new(text, size);
    assert(chunk);
    zconfig_t *root = zconfig_chunk_load(chunk);
    explicit_bzero(zchunk_data(chunk), size);
    zchunk_destroy(&chunk);
    walk_t walk = {.at = text, .end = text + size, .told = told};
    if (root && !note_lines(&walk, root, ""))
        zconfig_destroy(&root);
    return root;
}

zconfig_t *zpl_load_told(const char *file, zpl_told_t *ret_told)
{
    int fd;
    *ret_told = (zpl_told_t){.lines = zhash_new(), .why = "is not in the form of ZPL"};
    assert(ret_told->lines);
    do
        fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return NULL;
    char *bytes = calloc(1, ZPL_BYTES_MAX + 1); // what is read ends with a 0
    assert(bytes);
    ssize_t size = read_whole(fd, (uint8_t *)bytes, ZPL_BYTES_MAX);
    int why = size < 0 ? errno : 0;
    close(fd);
    zconfig_t *root = size >= 0 ? parse(bytes, (size_t)size, ret_told) : NULL;
    explicit_bzero(bytes, ZPL_BYTES_MAX);
    free(bytes);
    errno = why;
    return root;
}

void zpl_forget(zpl_told_t *told)
{
    zhash_destroy(&told->lines);
}

zconfig_t *zpl_load(const char *file)
{
    zpl_told_t told;
    zconfig_t *root = zpl_load_told(file, &told);
    int why = errno;
    zpl_forget(&told);
    errno = why;
    return root;
}

size_t zpl_line(const zpl_told_t *told, const char *path)
{
    return told->lines ? (size_t)(uintptr_t)zhash_lookup(told->lines, path) : 0;
}

bool zpl_may_pass(int why)
{
    switch (why) {
    case EINTR:
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EIO:
    case ENOSPC:
    case ESTALE:
        return true;
    default:
        return false;
    }
}
