#include "tests/simulation/keepsake.h"
#include "proto/digest.h"
#include "services/node/head.h"
#include "tests/common/repack.h"
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>

enum { PATH_SIZE = 512 };

static FILE *open_file(const char *directory, const char *name, const char *suffix,
                       const char *mode)
{
    char path[PATH_SIZE];
    if ((size_t)snprintf(path, sizeof path, "%s/%s%s", directory, name, suffix) >= sizeof path)
        return NULL;
    return fopen(path, mode);
}

// --- writing ---

static bool write_part(FILE *file, const void *bytes, size_t size)
{
    uint32_t prefix = htole32((uint32_t)size);
    return fwrite(&prefix, sizeof prefix, 1, file) == 1 && fwrite(bytes, 1, size, file) == size;
}

static fail_t write_record(const journal_record_t *record, void *arg)
{
    return write_part(arg, record->bytes.data, record->bytes.size) ? FAIL_NONE : FAIL_STORE;
}

static bool write_journal(journal_memory_t *disk, FILE *file)
{
    static uint8_t head[JOURNAL_HEAD_MAX];
    journal_t *journal = NULL;
    journal_reader_t *reader = NULL;
    size_t size = 0;
    uint64_t last;
    fail_t fail = journal_open_memory(disk, &journal);
    fail = fail ? fail : journal_reader_open(journal, &reader);
    fail = fail ? fail : journal_head(journal, head, sizeof head, &size, &last);
    bool good = !fail && write_part(file, head, size) &&
                journal_read(reader, 1, SIZE_MAX, write_record, file) == FAIL_NONE;
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
    return good;
}

static void print_expected(const world_t *world, FILE *file)
{
    for (unsigned i = 0; i < world->count; i++) {
        hash_t root;
        char hex[DIGEST_HEX_MAX + 1];
        tree_root(&world->fold.trees[i], &root);
        digest_hex_lower(root.bytes, sizeof root.bytes, hex);
        fprintf(file, "root %s %" PRIu64 " %s\n", process_title((process_name_t)i),
                world->fold.seen[i], hex);
    }
    for (unsigned i = 0; i < world->profile.accounts; i++)
        fprintf(file, "balance %u %" PRId64 "\n", i, world->fold.accounts[i].balance);
}

bool keepsake_write(const world_t *world, const char *directory)
{
    bool good = true;
    for (unsigned i = 0; i < world->count && good; i++) {
        FILE *file = open_file(directory, process_title((process_name_t)i), ".journal", "wb");
        good = file && write_journal(world->processes[i].disk, file);
        good = file && fclose(file) == 0 && good;
    }
    FILE *file = good ? open_file(directory, "expected", "", "w") : NULL;
    if (!file)
        return false;
    print_expected(world, file);
    return fclose(file) == 0;
}

// --- reading ---

// False at the end, or if the part is larger than it may be.
static bool read_part(FILE *file, void *out, size_t cap, size_t *ret_size)
{
    uint32_t prefix;
    if (fread(&prefix, sizeof prefix, 1, file) != 1 || le32toh(prefix) > cap)
        return false;
    *ret_size = le32toh(prefix);
    return fread(out, 1, *ret_size, file) == *ret_size;
}

static bool read_journal(FILE *file, journal_t *journal)
{
    static uint8_t head[JOURNAL_HEAD_MAX], bytes[JOURNAL_RECORD_MAX];
    static head_t known;
    size_t head_size, size;
    uint64_t term = 0;
    if (!read_part(file, head, sizeof head, &head_size) || head_decode(head, head_size, &known))
        return false;
    while (term < known.term)
        if (journal_lead(journal, &term))
            return false;
    while (read_part(file, bytes, sizeof bytes, &size)) {
        journal_record_t record;
        record_walk_t walk;
        bool sealed;
        if (record_check(bytes, size, &record) ||
            !record_walk_from(&record, journal_last(journal) + 1, &walk) ||
            repack_append(journal, term, &walk, UINT64_MAX, head, head_size) ||
            journal_seal(journal, false, &sealed))
            return false;
    }
    return feof(file) && journal_last(journal);
}

bool keepsake_read(const char *directory, process_t *process)
{
    journal_t *journal = NULL;
    FILE *file = open_file(directory, process_title(process->index), ".journal", "rb");
    if (!file)
        return false;
    bool good =
        journal_open_memory(process->disk, &journal) == FAIL_NONE && read_journal(file, journal);
    journal_memory_settle(process->disk);
    journal_destroy(&journal);
    (void)fclose(file);
    return good;
}
