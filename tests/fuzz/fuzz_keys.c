// fuzz_keys - any two files are a directory of certificates that is safe to serve by, or are
// refused: one key each, a role that we know, and no more metadata than a certificate needs.
// A certificate alone is read the same way.
//
// A line of a single '%' parts the two files.
#include "services/process/security/keys.h"
#include "services/process/security/security.h"
#include "tests/fuzz/fuzz.h"
#include <fcntl.h>

static char directory[64], first[80], second[80];

static void clear(void)
{
    (void)unlink(first);
    (void)unlink(second);
    (void)rmdir(directory);
}

static void write_file(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[SECURITY_ERROR_MAX] = "", key[41] = "";
    if (!directory[0]) {
        strcpy(directory, "/dev/shm/fuzz_keys_XXXXXX");
        require(mkdtemp(directory) && atexit(clear) == 0);
        snprintf(first, sizeof first, "%s/first.cert", directory);
        snprintf(second, sizeof second, "%s/second.cert", directory);
    }
    const uint8_t *part = memmem(data, size, "\n%\n", 3);
    size_t size_of_first = part ? (size_t)(part - data) : size;
    write_file(first, data, size_of_first);
    if (part)
        write_file(second, part + 3, size - size_of_first - 3);
    else
        (void)unlink(second);
    bool safe = keys_check(directory, error, sizeof error);
    require(safe == !error[0]);
    if (safe)
        require(security_load_public(first, key, error) && strlen(key) == 40);
    if (security_load_public(first, key, error)) {
        zcert_t *cert = security_load_secret(first, error);
        zcert_destroy(&cert);
    }
    return 0;
}
