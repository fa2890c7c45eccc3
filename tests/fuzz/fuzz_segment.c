// fuzz_segment - any file is a sealed segment or is refused, and what is accepted is read to its
// last record without leaving the file. Digests are put right first, so that what they guard is
// reached: the fuzzer plays a writer that lies, not a disk that rots.
#include "proto/digest.h"
#include "store/record.h"
#include "store/segment.h"
#include "store/segment_format.h"
#include "tests/fuzz/fuzz.h"
#include <fcntl.h>

enum { EVENTS = 8, FILE_MAX = 64 * 1024 };

static char directory[64], path[SEGMENT_PATH_MAX];
static int fd = -1;

static void clear(void)
{
    (void)unlink(path);
    (void)rmdir(directory);
}

static void seal(uint8_t *file, size_t size)
{
    segment_footer_t footer;
    if (size < sizeof footer)
        return;
    uint8_t *at = file + size - sizeof footer;
    memcpy(&footer, at, sizeof footer);
    uint64_t offset = le64toh(footer.index_offset), records = le64toh(footer.records);
    if (offset <= size - sizeof footer && records <= EVENTS &&
        records * sizeof(segment_entry_t) <= size - sizeof footer - offset)
        digest_sha256(file + offset, records * sizeof(segment_entry_t), footer.index_digest.bytes);
    digest_sha256(&footer, offsetof(segment_footer_t, digest), footer.digest.bytes);
    memcpy(at, &footer, sizeof footer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[FILE_MAX];
    if (size == 0 || size > sizeof file)
        return 0;
    if (fd < 0) {
        strcpy(directory, "/dev/shm/fuzz_segment_XXXXXX");
        require(mkdtemp(directory) && segment_path(directory, 0, path) == FAIL_NONE);
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        require(fd >= 0 && atexit(clear) == 0);
    }
    memcpy(file, data, size);
    seal(file, size);
    require(ftruncate(fd, (off_t)size) == 0 && pwrite(fd, file, size, 0) == (ssize_t)size);
    segment_t *segment = NULL;
    if (segment_open(directory, 0, EVENTS, &segment))
        return 0;
    size_t records = segment_records(segment);
    require(records >= 1 && records <= EVENTS);
    bool whole = true;
    for (size_t i = 0; i < records; i++) {
        journal_record_t record;
        if (segment_record(segment, i, &record)) {
            whole = false;
            continue;
        }
        for (record_walk_t walk = record_walk(&record); record_walk_next(&walk);) {
            require(walk.event.size > 0 && walk.sequence >= 1 && walk.sequence <= EVENTS);
            require(segment_find(segment, walk.sequence) == i);
        }
    }
    fail_t fail = segment_check(segment, NULL);
    require(whole || fail == FAIL_CORRUPT);
    segment_destroy(&segment);
    return 0;
}
