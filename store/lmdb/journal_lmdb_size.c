// Whether data.mdb holds all that its newest meta page counts: the map ends with the file, and who
// reads behind it dies by SIGBUS. Here nothing is read through the map.
//
// A whole file can be shorter than it is counted: pages that one transaction took at the end and
// let go of again are counted and never written (LMDB's "loose" pages). All of these are in the
// free list, so what is missing must be, or the file was cut. The list is a tree of its own.
// Source: LMDB 0.9.24's mdb.c, mdb_page_flush, mdb_freelist_save, struct MDB_page, MDB_node.
#include "store/lmdb/journal_lmdb_env.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MISSING_MAX = 4096, // pages; a commit takes far fewer
    DEPTH_MAX = 32,
    PAGE_HEAD = 16,
    NODE_HEAD = 8,
    PAGE_BRANCH = 1,
    PAGE_LEAF = 2,
    PAGE_OVERFLOW = 4,
    NODE_BIG = 1, // its data are in overflow pages
    META_FREE_ROOT = PAGE_HEAD + 24 + 40,
    META_TXN = PAGE_HEAD + 24 + 2 * 48 + 8,
    META_END = META_TXN + 8
};
#define NO_PAGE UINT64_MAX

typedef struct {
    int fd;
    uint64_t page_bytes, there, counted; // pages
    uint8_t *freed;                      // of those that are missing: 1 if the list has it
} look_t;

static uint64_t get(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;
    memcpy(&value, at, bytes); // as this machine keeps it, which is how LMDB wrote it
    return value;
}

static bool read_pages(const look_t *self, uint64_t page, uint64_t count, uint8_t *out)
{
    if (page >= self->there || count > self->there - page)
        return false;
    size_t size = (size_t)(count * self->page_bytes);
    return pread(self->fd, out, size, (off_t)(page * self->page_bytes)) == (ssize_t)size;
}

// A list of page numbers, its length first.
static bool note_freed(look_t *self, const uint8_t *list, uint64_t size)
{
    uint64_t count = size >= 8 ? get(list, 8) : UINT64_MAX;
    if (count > size / 8 - 1)
        return false;
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t page = get(list + 8 * i, 8);
        if (page >= self->there && page < self->counted)
            self->freed[page - self->there] = 1;
    }
    return true;
}

static bool note_big(look_t *self, uint64_t page, uint64_t size)
{
    uint64_t count = (PAGE_HEAD + size + self->page_bytes - 1) / self->page_bytes;
    if (count > self->there)
        return false;
    uint8_t *pages = malloc((size_t)(count * self->page_bytes));
    bool good = pages && read_pages(self, page, count, pages) &&
                (get(pages + 10, 2) & PAGE_OVERFLOW) && note_freed(self, pages + PAGE_HEAD, size);
    free(pages);
    return good;
}

static bool note_leaf(look_t *self, const uint8_t *page, const uint8_t *node)
{
    uint64_t size = get(node, 2) | get(node + 2, 2) << 16, key = get(node + 6, 2);
    uint64_t at = (uint64_t)(node - page) + NODE_HEAD + key, there = self->page_bytes;
    bool big = get(node + 4, 2) & NODE_BIG;
    if (at + (big ? 8 : size) > there)
        return false;
    return big ? note_big(self, get(page + at, 8), size) : note_freed(self, page + at, size);
}

// False if the tree cannot be read, as where its own pages are missing.
static bool walk(look_t *self, uint64_t number, unsigned depth)
{
    uint8_t *page = malloc((size_t)self->page_bytes);
    bool good = page && depth < DEPTH_MAX && read_pages(self, number, 1, page);
    uint64_t flags = good ? get(page + 10, 2) : 0, lower = good ? get(page + 12, 2) : 0;
    good = good && (flags & (PAGE_BRANCH | PAGE_LEAF)) && lower >= PAGE_HEAD &&
           lower <= self->page_bytes;
    for (uint64_t i = PAGE_HEAD; good && i + 2 <= lower; i += 2) {
        uint64_t at = get(page + i, 2);
        if (at + NODE_HEAD > self->page_bytes) {
            good = false;
            break;
        }
        const uint8_t *node = page + at;
        uint64_t child = get(node, 2) | get(node + 2, 2) << 16 | get(node + 4, 2) << 32;
        good = flags & PAGE_LEAF ? note_leaf(self, page, node) : walk(self, child, depth + 1);
    }
    free(page);
    return good;
}

static bool find_root(const look_t *self, uint64_t *ret_root)
{
    uint64_t newest = 0;
    for (uint64_t i = 0; i < 2; i++) {
        uint8_t meta[META_END];
        if (pread(self->fd, meta, sizeof meta, (off_t)(i * self->page_bytes)) != sizeof meta)
            return false;
        uint64_t txn = get(meta + META_TXN, 8);
        if (i == 0 || txn > newest)
            *ret_root = get(meta + META_FREE_ROOT, 8);
        newest = txn > newest ? txn : newest;
    }
    return true;
}

fail_t lmdb_check_size(int fd, uint64_t page_bytes, uint64_t counted)
{
    struct stat stat;
    if (fstat(fd, &stat))
        return FAIL_STORE;
    look_t self = {.fd = fd, .page_bytes = page_bytes, .counted = counted};
    self.there = (uint64_t)stat.st_size / page_bytes;
    if (self.there >= counted)
        return FAIL_NONE;
    uint64_t missing = counted - self.there, root = NO_PAGE;
    if (missing > MISSING_MAX || !find_root(&self, &root) || root == NO_PAGE)
        return FAIL_CORRUPT;
    self.freed = calloc((size_t)missing, 1);
    bool whole = self.freed && walk(&self, root, 0);
    for (uint64_t i = 0; whole && i < missing; i++)
        whole = self.freed[i];
    free(self.freed);
    return whole ? FAIL_NONE : FAIL_CORRUPT;
}
