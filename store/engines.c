// The engines by their words, and nothing else that knows all of them.
#include "store/lmdb/journal_lmdb.h"
#include "store/memory/journal_memory.h"
#include "store/postgresql/journal_postgresql.h"

typedef struct {
    const char *word;
    fail_t (*open)(const char *at, const journal_options_t *options, journal_t **ret_journal);
    bool files;
    fail_t (*prepare)(const char *at, bool create, journal_needs_t *ret_needs);
} engine_t;

static const engine_t ENGINES[] = {
    {"lmdb", journal_lmdb_open, true, journal_lmdb_prepare},
    {"memory", journal_memory_open_named, false, journal_memory_prepare},
    {"postgresql", journal_postgresql_open, false, journal_postgresql_prepare},
};

const char *journal_engines(void)
{
    return "a directory, lmdb:DIRECTORY, postgresql:DIRECTORY or memory:NAME";
}

// The engine of a place, and where in it: the first one for a directory without a word. NULL if
// there is no engine of that word.
static const engine_t *engine_of(const char *place, const char **ret_at)
{
    size_t word = strspn(place, "abcdefghijklmnopqrstuvwxyz");
    *ret_at = place;
    if (word == 0 || place[word] != ':')
        return *place ? &ENGINES[0] : NULL;
    *ret_at = place + word + 1;
    for (size_t i = 0; i < sizeof ENGINES / sizeof *ENGINES; i++)
        if (strncmp(ENGINES[i].word, place, word) == 0 && ENGINES[i].word[word] == '\0')
            return **ret_at ? &ENGINES[i] : NULL;
    return NULL;
}

bool journal_engine_is_known(const char *place)
{
    const char *at;
    return engine_of(place, &at);
}

bool journal_is_of_files(const char *place)
{
    const char *at;
    const engine_t *engine = engine_of(place, &at);
    return engine && engine->files;
}

fail_t journal_open(const char *place, const journal_options_t *options, journal_t **ret_journal)
{
    const char *at;
    const engine_t *engine = engine_of(place, &at);
    if (options->why)
        *options->why = '\0';
    return engine ? engine->open(at, options, ret_journal) : FAIL_INVALID;
}

fail_t journal_prepare(const char *place, bool create, journal_needs_t *ret_needs)
{
    const char *at;
    const engine_t *engine = engine_of(place, &at);
    *ret_needs = (journal_needs_t){0};
    return engine ? engine->prepare(at, create, ret_needs) : FAIL_INVALID;
}
