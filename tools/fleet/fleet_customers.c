#include "tools/fleet/fleet_customers.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

typedef int write_fn(FILE *file, const EVP_PKEY *key);

static int write_private(FILE *file, const EVP_PKEY *key)
{
    return PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
}

static int write_public(FILE *file, const EVP_PKEY *key)
{
    return PEM_write_PUBKEY(file, key);
}

static bool save(const EVP_PKEY *key, const char *directory, const char *name, unsigned mode,
                 write_fn *write_key, char *error, size_t error_size)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.3900s/keys/%s", directory, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    bool written = file && write_key(file, key) == 1;
    if (file && fclose(file) != 0)
        written = false;
    if (!written)
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
    return written;
}

bool fleet_customers_make_key(const char *directory, char *error, size_t error_size)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.3900s/keys/customers.pem", directory);
    if (access(path, R_OK) == 0)
        return true;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert(key);
    // The public half last: it says that both are there.
    bool made = save(key, directory, "customers.key", 0600, write_private, error, error_size) &&
                save(key, directory, "customers.pem", 0644, write_public, error, error_size);
    EVP_PKEY_free(key);
    return made;
}

void fleet_customers_put(FILE *config, const char *directory)
{
    fprintf(config,
            "customers\n    issuer = \"" FLEET_CUSTOMERS_ISSUER "\"\n    algorithm = \"ES256\"\n"
            "    keys\n        platform = \"%s/keys/customers.pem\"\n",
            directory);
}
