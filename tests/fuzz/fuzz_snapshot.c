// fuzz_snapshot - any file is a snapshot or is passed over; of one that is loaded mark and blob are
// the file's own bytes. The digest is put right when the first byte says so.
#include "proto/digest.h"
#include "store/snapshot.h"
#include "tests/fuzz/fuzz.h"
#include <fcntl.h>

enum { HEAD_SIZE = SNAPSHOT_HEAD_BYTES, DIGEST_AT = HEAD_SIZE - 32, FILE_MAX = 64 * 1024 };

static char directory[64], path[96];
static int fd = -1;

static void clear(void)
{
    (void)unlink(path);
    (void)rmdir(directory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[FILE_MAX];
    if (size < 1 || size > sizeof file)
        return 0;
    if (fd < 0) {
        strcpy(directory, "/dev/shm/fuzz_snapshot_XXXXXX");
        require(mkdtemp(directory) != NULL);
        snprintf(path, sizeof path, "%s/snapshot.%020d", directory, 100);
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        require(fd >= 0 && atexit(clear) == 0);
    }
    bool seal = *data & 1;
    memcpy(file, ++data, --size);
    if (seal && size >= HEAD_SIZE) {
        const digest_part_t parts[] = {{file, DIGEST_AT}, {file + HEAD_SIZE, size - HEAD_SIZE}};
        uint8_t digest[DIGEST_SIZE_MAX];
        (void)digest_parts(DIGEST_SHA256, parts, 2, digest);
        memcpy(file + DIGEST_AT, digest, DIGEST_SHA256_SIZE);
    }
    require(ftruncate(fd, (off_t)size) == 0 && pwrite(fd, file, size, 0) == (ssize_t)size);
    snapshot_t *snapshot = NULL;
    if (snapshot_load(directory, UINT64_MAX, NULL, NULL, &snapshot))
        return 0;
    size_t blob_size;
    const void *blob = snapshot_blob(snapshot, &blob_size);
    require(blob_size == size - HEAD_SIZE && memcmp(blob, file + HEAD_SIZE, blob_size) == 0);
    require(snapshot_mark(snapshot)->sequence == 100);
    snapshot_destroy(&snapshot);
    return 0;
}
