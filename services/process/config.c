#include "services/process/config.h"
#include "services/process/security/zpl.h"
#include <assert.h>

struct config {
    char *file;
    zconfig_t *root;
    zpl_told_t told;  // its lines
    zhash_t *asked;   // keys that were read
    zlist_t *paths;   // of credentials
    const char *word; // of the command line; NULL for none
    char error[CONFIG_ERROR_MAX];
};

config_t *config_load(const char *file)
{
    config_t *self = calloc(1, sizeof *self);
    assert(self);
    self->file = strdup(file);
    self->asked = zhash_new();
    self->paths = zlist_new();
    assert(self->file && self->asked && self->paths);
    zlist_autofree(self->paths);
    self->root = zpl_load_told(file, &self->told);
    if (!self->root)
        snprintf(self->error, sizeof self->error, "%s: %s", file,
                 errno ? strerror(errno) : self->told.why);
    return self;
}

void config_destroy(config_t **self_p)
{
    config_t *self = *self_p;
    if (!self)
        return;
    zhash_destroy(&self->asked);
    zlist_destroy(&self->paths);
    zconfig_destroy(&self->root);
    zpl_forget(&self->told);
    free(self->file);
    free(self);
    *self_p = NULL;
}

void config_refuse(config_t *self, const char *key, const char *value, const char *expected)
{
    if (self->error[0])
        return;
    size_t line = zpl_line(&self->told, key);
    char where[32] = "";
    if (line)
        snprintf(where, sizeof where, "line %zu: ", line);
    snprintf(self->error, sizeof self->error, "%s: %s%s = %s: expected %s", self->file, where, key,
             value ? value : "(nothing)", expected);
}

void config_ask(config_t *self, const char *word)
{
    self->word = word;
}

bool config_asked(const config_t *self, const char *word)
{
    return self->word && strcmp(self->word, word) == 0;
}

const char *config_file(const config_t *self)
{
    return self->file;
}

// The value, or NULL if the key is not there or there is no file.
static const char *find(config_t *self, const char *key)
{
    assert(strlen(key) < CONFIG_KEY_MAX);
    zhash_insert(self->asked, key, self);
    zconfig_t *item = self->root ? zconfig_locate(self->root, key) : NULL;
    return item ? zconfig_value(item) : NULL;
}

const char *config_text(config_t *self, const char *key, const char *fallback)
{
    const char *value = find(self, key);
    if (value && *value)
        return value;
    if (!fallback)
        config_refuse(self, key, value, "a value");
    return fallback ? fallback : "";
}

uint64_t config_number(config_t *self, const char *key, uint64_t fallback, uint64_t min,
                       uint64_t max)
{
    const char *value = find(self, key);
    if (!value)
        return fallback;
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    if (isdigit((unsigned char)value[0]) && *end == '\0' && errno == 0 && number >= min &&
        number <= max)
        return number;
    char expected[96];
    snprintf(expected, sizeof expected, "a whole number from %" PRIu64 " to %" PRIu64, min, max);
    config_refuse(self, key, value, expected);
    return fallback;
}

bool config_flag(config_t *self, const char *key, bool fallback)
{
    return config_number(self, key, fallback, 0, 1) != 0;
}

unsigned config_word(config_t *self, const char *key, const char *const *words, unsigned fallback)
{
    const char *value = find(self, key);
    if (!value)
        return fallback;
    char expected[CONFIG_KEY_MAX] = "one of";
    for (unsigned i = 0; words[i]; i++) {
        if (streq(words[i], value))
            return i;
        size_t size = strlen(expected);
        snprintf(expected + size, sizeof expected - size, " %s", words[i]);
    }
    config_refuse(self, key, value, expected);
    return fallback;
}

const char *config_secret(config_t *self, const char *key, const char *fallback)
{
    static const char prefix[] = "credential:";
    const char *value = config_text(self, key, fallback);
    if (strncmp(value, prefix, sizeof prefix - 1) != 0) {
        if (*value == '\0' || *value == '/' || access(value, F_OK) == 0)
            return value;
        // It may be the secret itself.
        config_refuse(self, key, "...", "the path of a file, and what stands there is none");
        return "";
    }
    const char *name = value + sizeof prefix - 1, *directory = getenv("CREDENTIALS_DIRECTORY");
    if (!directory || !*name || strchr(name, '/')) {
        config_refuse(self, key, value,
                      directory ? "the plain name of a credential"
                                : "a file; no supervisor has lent us credentials");
        return "";
    }
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.2000s/%.1000s", directory, name);
    zlist_append(self->paths, path);
    return zlist_tail(self->paths);
}

bool config_has(config_t *self, const char *key)
{
    return self->root && zconfig_locate(self->root, key);
}

const char *config_entry(config_t *self, const char *section, size_t index)
{
    assert(strlen(section) < CONFIG_KEY_MAX);
    zhash_insert(self->asked, section, self);
    zconfig_t *item = self->root ? zconfig_locate(self->root, section) : NULL;
    item = item ? zconfig_child(item) : NULL;
    while (item && index--)
        item = zconfig_next(item);
    return item ? zconfig_name(item) : NULL;
}

// A section is known by the keys that were asked for in it, also if it has none of them.
static bool is_known(config_t *self, const char *path)
{
    size_t size = strlen(path);
    if (zhash_lookup(self->asked, path))
        return true;
    for (void *item = zhash_first(self->asked); item; item = zhash_next(self->asked)) {
        const char *key = zhash_cursor(self->asked);
        if (strncmp(key, path, size) == 0 && key[size] == '/')
            return true;
    }
    return false;
}

// Finds the first key or section that nobody asked for.
static void check_keys(config_t *self, zconfig_t *parent, const char *path, unsigned depth)
{
    unsigned count = 0;
    for (zconfig_t *item = zconfig_child(parent); item; item = zconfig_next(item)) {
        char key[CONFIG_KEY_MAX];
        int size = snprintf(key, sizeof key, "%s%s%s", path, *path ? "/" : "", zconfig_name(item));
        if (size >= (int)sizeof key || depth > 8 || ++count > CONFIG_KEYS_MAX) {
            config_refuse(self, path, "...", "fewer, shorter, shallower keys");
            return;
        }
        const char *value = zconfig_value(item);
        bool has_value = value && *value;
        if (has_value && !zhash_lookup(self->asked, key)) // a mistyped key of a secret?
            config_refuse(self, key, "...", "another key: this one is unknown to this program");
        check_keys(self, item, key, depth + 1);
        if (!has_value && !is_known(self, key))
            config_refuse(self, key, "...", "another section: this one is unknown to this program");
    }
}

const char *config_error(const config_t *self)
{
    return self->error[0] ? self->error : NULL;
}

const char *config_check(config_t *self)
{
    if (!self->error[0] && self->root)
        check_keys(self, self->root, "", 0);
    return self->error[0] ? self->error : NULL;
}
