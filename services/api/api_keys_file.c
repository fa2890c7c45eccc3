#include "services/api/api_keys_file.h"
#include "proto/field.h"
#include "services/process/auto.h"
#include "services/process/config.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RATE_MAX = 1000 };

static const char *key_text(config_t *config, const char *id, const char *name,
                            const char *fallback)
{
    char key[CONFIG_KEY_MAX];
    snprintf(key, sizeof key, "keys/%s/%s", id, name);
    return config_text(config, key, fallback);
}

static void refuse_key(config_t *config, const char *id, const char *name, const char *value,
                       const char *expected)
{
    char key[CONFIG_KEY_MAX];
    snprintf(key, sizeof key, "keys/%s/%s", id, name);
    config_refuse(config, key, value, expected);
}

static void read_key(config_t *config, const char *id, api_key_t *row)
{
    char key[CONFIG_KEY_MAX];
    const char *hash = key_text(config, id, "sha256", NULL);
    const char *scopes = key_text(config, id, "scopes", NULL);
    const char *name = key_text(config, id, "name", "");
    const char *until = key_text(config, id, "until", "");
    const char *producers = key_text(config, id, "producers", "");
    snprintf(key, sizeof key, "keys/%s/rate", id);
    row->rate = config_number(config, key, API_RATE, 1, RATE_MAX);
    snprintf(row->id, sizeof row->id, "%s", id);
    snprintf(row->name, sizeof row->name, "%s", name ? name : "");
    if (hash && !api_key_hash_read(hash, row->hash))
        refuse_key(config, id, "sha256", hash, "64 hex digits");
    if (scopes && !api_scopes_read(scopes, &row->scopes))
        refuse_key(config, id, "scopes", scopes, "some of read, pay, usage, events");
    if (until && *until && !time_parse(until, &row->until))
        refuse_key(config, id, "until", until, TIME_EXPECTED);
    if (producers && *producers && !producers_parse(producers, &row->producers))
        refuse_key(config, id, "producers", producers, "a number from 100 on, or a range");
}

bool api_keys_load(const char *file, api_keys_t *ret_keys, char *error, size_t error_size)
{
    api_keys_t keys = {.count = 0};
    const char *id;
    AUTO(config) config = config_load(file);
    for (; (id = config_entry(config, "keys", keys.count)); keys.count++) {
        if (keys.count == API_KEYS_MAX || !api_key_id_is_good(id)) {
            config_refuse(config, "keys", id, "at most 64 keys, each with an id of 8 hex digits");
            break;
        }
        read_key(config, id, &keys.rows[keys.count]);
    }
    const char *wrong = config_check(config);
    if (wrong) {
        snprintf(error, error_size, "%s", wrong);
        return false;
    }
    *ret_keys = keys;
    return true;
}

// --- a further one ---

static void put_row(FILE *out, const api_keys_wish_t *wish, const char *id, const char *hash)
{
    fprintf(out, "    %s\n        name = \"%s\"\n        sha256 = %s\n", id, wish->name, hash);
    fprintf(out, "        scopes = \"%s\"\n        rate = %llu\n", wish->scopes,
            (unsigned long long)wish->rate);
    if (wish->producers)
        fprintf(out, "        producers = %s\n", wish->producers);
    if (wish->until)
        fprintf(out, "        until = \"%s\"\n", wish->until);
}

static bool copy(FILE *from, FILE *to)
{
    char bytes[4096];
    size_t size, all = 0;
    for (; from && (size = fread(bytes, 1, sizeof bytes, from)) > 0; all += size)
        if (fwrite(bytes, 1, size, to) != size)
            return false;
    if (all == 0)
        fputs("keys\n", to);
    else if (bytes[(all - 1) % sizeof bytes] != '\n')
        fputs("\n", to);
    return !from || !ferror(from);
}

// The file with one row more, beside it.
static bool write_next(const char *file, const char *next, const api_keys_wish_t *wish,
                       const char *id, const char *hash)
{
    FILE *old = fopen(file, "re");
    struct stat known;
    mode_t mode = old && fstat(fileno(old), &known) == 0 ? known.st_mode & 0777 : 0640;
    int handle = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    FILE *out = handle >= 0 ? fdopen(handle, "w") : NULL;
    bool good = out && copy(old, out);
    if (good)
        put_row(out, wish, id, hash);
    good = good && fflush(out) == 0 && fsync(handle) == 0;
    if (out)
        good = fclose(out) == 0 && good;
    if (old)
        fclose(old);
    return good;
}

bool api_keys_add(const char *file, const api_keys_wish_t *wish, const char *id, const char *hash,
                  char *error, size_t error_size)
{
    char next[PATH_MAX];
    api_keys_t keys;
    snprintf(next, sizeof next, "%s.next", file);
    if (!write_next(file, next, wish, id, hash)) {
        snprintf(error, error_size, "%s: %s", next, strerror(errno));
        return false;
    }
    bool good = api_keys_load(next, &keys, error, error_size);
    if (good && rename(next, file) != 0) {
        snprintf(error, error_size, "%s: %s", file, strerror(errno));
        good = false;
    }
    if (!good)
        unlink(next);
    return good;
}
