#include "store/file.h"
#include "store/segment.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { PIECE_BYTES = 16 << 20 }; // flushed together, so that nobody's flush queues behind gigabytes

static fail_t write_file(int fd, const segment_t *segment)
{
    size_t size;
    const uint8_t *bytes = segment_file(segment, &size);
    for (size_t done = 0; done < size;) {
        size_t piece = size - done < PIECE_BYTES ? size - done : PIECE_BYTES;
        fail_t fail = file_write(fd, bytes + done, piece);
        if (!fail && fdatasync(fd))
            fail = file_failure();
        if (fail)
            return fail;
        done += piece;
    }
    return FAIL_NONE;
}

static fail_t copy_file(const segment_t *segment, const char *temporary, const char *path)
{
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_failure();
    fail_t fail = write_file(fd, segment);
    if (close(fd) && !fail)
        fail = file_failure();
    if (!fail && rename(temporary, path))
        fail = file_failure();
    return fail;
}

static bool has_same(const char *directory, const segment_t *segment)
{
    segment_t *there = NULL;
    bool same =
        *directory &&
        !segment_open(directory, segment_number(segment), segment_events(segment), &there) &&
        segment_same(segment, there);
    segment_destroy(&there);
    return same;
}

static bool link_file(const char *earlier, uint64_t number, const char *temporary, const char *path)
{
    char there[SEGMENT_PATH_MAX];
    (void)unlink(temporary);
    return !segment_path(earlier, number, there) && !link(there, temporary) &&
           !rename(temporary, path);
}

fail_t segment_copy(const segment_t *segment, const char *to, const char *earlier,
                    segment_copied_t *ret_copied)
{
    char path[SEGMENT_PATH_MAX], temporary[SEGMENT_PATH_MAX];
    fail_t fail = segment_path(to, segment_number(segment), path);
    if (fail)
        return fail;
    if (snprintf(temporary, sizeof temporary, "%s/%012" PRIu64 ".tmp", to,
                 segment_number(segment)) >= SEGMENT_PATH_MAX)
        return FAIL_INVALID;
    *ret_copied = SEGMENT_UNCHANGED;
    if (has_same(to, segment))
        return FAIL_NONE;
    *ret_copied = SEGMENT_LINKED;
    if (has_same(earlier, segment) && link_file(earlier, segment_number(segment), temporary, path))
        return FAIL_NONE;
    *ret_copied = SEGMENT_COPIED;
    return copy_file(segment, temporary, path);
}
