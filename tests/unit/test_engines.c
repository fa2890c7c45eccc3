// The table of engines: which words are known, and that each opens the engine it names.
#include "store/memory/journal_memory.h"
#include "tests/unit/journal_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

static void a_place_names_an_engine_or_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *place;
        bool known;
    } table[] = {{"/var/lib/kopeck", true},
                 {"lmdb:/var/lib/kopeck", true},
                 {"memory:one", true},
                 {"./a:b", true},
                 {"", false},
                 {"lmdb:", false},
                 {"memory:", false},
                 {"lmd:/var", false},
                 {"lmdbx:/var", false},
                 {"postgresql:/var/lib/kopeck", true},
                 {"postgresql:", false},
                 {"postgres:one", false}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        journal_needs_t needs;
        assert_int_equal(journal_engine_is_known(table[i].place), table[i].known);
        if (!table[i].known)
            assert_int_equal(journal_prepare(table[i].place, true, &needs), FAIL_INVALID);
    }
}

static void a_directory_with_and_without_its_word_is_one_journal(void **state)
{
    (void)state;
    char place[2 * RIG_PATH_MAX], file[2 * RIG_PATH_MAX];
    journal_t *journal = NULL;
    journal_options_t options = {.create = true};
    (void)snprintf(place, sizeof place, "lmdb:%s", rig_home);
    (void)snprintf(file, sizeof file, "%s/data.mdb", rig_home);
    assert_int_equal(journal_open(place, &options, &journal), FAIL_NONE);
    journal_destroy(&journal);
    assert_int_equal(access(file, F_OK), 0);
    options.create = false;
    assert_int_equal(journal_open(rig_home, &options, &journal), FAIL_NONE);
    journal_destroy(&journal);
}

static void a_model_disk_is_opened_by_its_name_and_needs_no_directory(void **state)
{
    (void)state;
    journal_memory_t *disk = NULL;
    journal_t *journal = NULL;
    journal_needs_t needs = {.directory = "not yet"};
    journal_options_t options = {.create = true};
    assert_int_equal(journal_open("memory:engines", &options, &journal), FAIL_MISSING);
    assert_int_equal(journal_memory_new(0, &disk), FAIL_NONE);
    assert_int_equal(journal_memory_name(disk, "engines"), FAIL_NONE);
    assert_int_equal(journal_prepare("memory:engines", true, &needs), FAIL_NONE);
    assert_string_equal(needs.directory, "");
    assert_int_equal(journal_open("memory:engines", &options, &journal), FAIL_NONE);
    journal_destroy(&journal);
    journal_memory_destroy(&disk);
}

static void a_place_without_a_known_engine_is_refused(void **state)
{
    (void)state;
    static const char *const PLACES[] = {"", "lmdb:", "postgres:here", "memory", ":/tmp/x", "m:x"};
    static const bool KNOWN[] = {false, false, false, true, true, false}; // true: a directory
    const journal_options_t options = {0};
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        journal_t *journal = NULL;
        assert_int_equal(journal_engine_is_known(PLACES[i]), KNOWN[i]);
        assert_int_equal(journal_open(PLACES[i], &options, &journal),
                         KNOWN[i] ? FAIL_MISSING : FAIL_INVALID);
        assert_null(journal);
    }
    journal_t *journal = NULL;
    assert_int_equal(journal_open("memory:nobody", &options, &journal), FAIL_MISSING);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_enter, rig_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_place_names_an_engine_or_is_refused),
        TEST(a_place_without_a_known_engine_is_refused),
        TEST(a_directory_with_and_without_its_word_is_one_journal),
        TEST(a_model_disk_is_opened_by_its_name_and_needs_no_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
