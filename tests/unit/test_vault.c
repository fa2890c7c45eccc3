// Rows are sealed by their owner's key, his key by the master key: what opens, what does not, what
// is left of whoever is erased.
#include "services/process/security/vault.h"
#include "store/memory/journal_memory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_B "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
#define PLANT "anna.plant@mail.example"

static char path[] = "/tmp/kopeck-vault-XXXXXX", error[256];
static journal_memory_t *disk;
static journal_t *journal;
static journal_reader_t *reader;
static uint64_t term;

static vault_t *vault_of(const char *line)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(line, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
    error[0] = '\0';
    return vault_new(path, error, sizeof error);
}

static void append(const journal_row_t *rows, size_t count)
{
    assert_int_equal(
        journal_append_rows(journal, journal_last(journal), term, NULL, 0, "h", 1, rows, count),
        FAIL_NONE);
}

static side_row_t row(uint8_t owner, uint8_t kind, const char *text)
{
    return (side_row_t){{{owner}}, kind, {(const uint8_t *)text, (uint32_t)strlen(text)}};
}

static void put(vault_t *vault, const side_row_t *rows, size_t count)
{
    const journal_row_t *sealed;
    size_t sealed_count;
    assert_int_equal(vault_seal(vault, reader, rows, count, &sealed, &sealed_count), FAIL_NONE);
    append(sealed, sealed_count);
}

static void assert_opens(vault_t *vault, uint8_t owner, const char *expected)
{
    const side_row_t *rows;
    size_t count;
    char out[256] = "";
    uid_t16 id = {{owner}};
    assert_int_equal(vault_open(vault, reader, &id, &rows, &count), FAIL_NONE);
    for (size_t i = 0; i < count; i++)
        sprintf(out + strlen(out), "%u=%.*s ", rows[i].kind, (int)rows[i].bytes.size,
                (const char *)rows[i].bytes.data);
    assert_string_equal(out, expected);
}

static fail_t fail_of(vault_t *vault, uint8_t owner)
{
    const side_row_t *rows;
    size_t count;
    uid_t16 id = {{owner}};
    return vault_open(vault, reader, &id, &rows, &count);
}

static void rows_are_read_by_who_has_the_key(void **state)
{
    (void)state;
    vault_t *vault = vault_of("1:" KEY_A);
    const side_row_t rows[] = {row(1, 1, PLANT), row(1, 2, "https://a.example"), row(2, 1, "b")};
    assert_opens(vault, 1, "");
    put(vault, rows, 3);
    assert_opens(vault, 1, "1=" PLANT " 2=https://a.example ");
    assert_opens(vault, 2, "1=b ");
    const side_row_t other = row(1, 1, "other");
    put(vault, &other, 1);
    assert_opens(vault, 1, "1=other 2=https://a.example ");
    vault_destroy(&vault);
    vault = vault_of("1:" KEY_B);
    assert_int_equal(fail_of(vault, 1), FAIL_CORRUPT);
    assert_int_equal(fail_of(vault, 9), FAIL_NONE);
    vault_destroy(&vault);
}

static void who_is_erased_is_gone_and_may_come_again(void **state)
{
    (void)state;
    vault_t *vault = vault_of("1:" KEY_A);
    const side_row_t first[] = {row(1, 1, PLANT), row(2, 1, "b")};
    const side_row_t erase_and_more[] = {row(1, 0, ""), row(1, 2, "new")};
    put(vault, first, 2);
    put(vault, erase_and_more, 2);
    assert_opens(vault, 1, "2=new ");
    put(vault, erase_and_more, 1);
    assert_opens(vault, 1, "");
    assert_opens(vault, 2, "1=b ");
    vault_destroy(&vault);
}

typedef struct {
    uid_t16 owner;
    uint8_t key[128], sealed[256];
    uint32_t key_size, sealed_size;
} stolen_t;

static fail_t steal(const journal_row_t *seen, void *arg)
{
    stolen_t *stolen = arg;
    if (!uid_equal(&seen->owner, &stolen->owner))
        return FAIL_NONE;
    uint8_t *out = seen->kind ? stolen->sealed : stolen->key;
    memcpy(out, seen->bytes.data, seen->bytes.size);
    *(seen->kind ? &stolen->sealed_size : &stolen->key_size) = seen->bytes.size;
    return FAIL_NONE;
}

static stolen_t stolen_of(uint8_t owner)
{
    static const uid_t16 first;
    stolen_t stolen = {.owner = {{owner}}};
    assert_int_equal(journal_rows(reader, &first, SIZE_MAX, steal, &stolen), FAIL_NONE);
    return stolen;
}

static void a_row_in_anothers_place_or_changed_is_refused(void **state)
{
    (void)state;
    vault_t *vault = vault_of("1:" KEY_A);
    const side_row_t rows[] = {row(1, 1, PLANT), row(2, 1, "b")};
    put(vault, rows, 2);
    stolen_t stolen = stolen_of(1);
    assert_null(memmem(&stolen, sizeof stolen, PLANT, 8));
    journal_row_t elsewhere[] = {{{{2}}, 1, {stolen.sealed, stolen.sealed_size}}};
    append(elsewhere, 1);
    assert_int_equal(fail_of(vault, 2), FAIL_CORRUPT);
    journal_row_t both[] = {{{{3}}, 0, {stolen.key, stolen.key_size}},
                            {{{3}}, 1, {stolen.sealed, stolen.sealed_size}}};
    append(both, 2);
    assert_int_equal(fail_of(vault, 3), FAIL_CORRUPT);
    stolen.sealed[30] ^= 1;
    journal_row_t changed = {{{1}}, 1, {stolen.sealed, stolen.sealed_size}};
    append(&changed, 1);
    assert_int_equal(fail_of(vault, 1), FAIL_CORRUPT);
    vault_destroy(&vault);
}

static fail_t rotate(vault_t *vault, size_t *ret_total)
{
    uid_t16 from = {{0}};
    const journal_row_t *rows;
    size_t count;
    *ret_total = 0;
    do {
        fail_t fail = vault_rotate(vault, reader, &from, &rows, &count);
        if (fail)
            return fail;
        append(rows, count);
        *ret_total += count;
    } while (count);
    return FAIL_NONE;
}

static void the_master_key_is_changed_without_a_row_written_again(void **state)
{
    (void)state;
    enum { OWNERS = 600 };
    size_t total;
    vault_t *vault = vault_of("1:" KEY_A);
    for (unsigned i = 0; i < OWNERS; i++) {
        side_row_t one = row(0, 1, "r");
        memcpy(one.owner.bytes, &i, sizeof i);
        put(vault, &one, 1);
    }
    stolen_t before = stolen_of(5);
    assert_int_equal(rotate(vault, &total), FAIL_NONE);
    assert_int_equal(total, 0);
    vault_destroy(&vault);
    vault = vault_of("1:" KEY_A " 2:" KEY_B);
    assert_int_equal(rotate(vault, &total), FAIL_NONE);
    assert_int_equal(total, OWNERS);
    vault_destroy(&vault);
    vault = vault_of("2:" KEY_B);
    assert_int_equal(rotate(vault, &total), FAIL_NONE);
    assert_int_equal(total, 0);
    stolen_t after = stolen_of(5);
    assert_memory_equal(before.sealed, after.sealed, before.sealed_size);
    assert_memory_not_equal(before.key, after.key, before.key_size);
    assert_opens(vault, 5, "1=r ");
    vault_destroy(&vault);
    vault = vault_of("1:" KEY_A);
    assert_int_equal(rotate(vault, &total), FAIL_CONFIG);
    vault_destroy(&vault);
}

static void a_file_that_is_none_is_refused_without_a_word_of_it(void **state)
{
    (void)state;
    static const char *const bad[] = {KEY_A,
                                      "0:" KEY_A,
                                      "256:" KEY_A,
                                      "1:abc",
                                      "1:" KEY_A " ",
                                      "2:" KEY_A " 1:" KEY_B,
                                      "1:" KEY_A " 1:" KEY_B,
                                      "1:" KEY_A "0",
                                      "1:" KEY_A " 2:" KEY_A " 3:" KEY_A " 4:" KEY_A " 5:" KEY_A};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (vault_of(bad[i]))
            fail_msg("%s", bad[i]);
        assert_true(strlen(error) > 0);
        assert_null(strstr(error, "0405"));
    }
}

static int enter(void **state)
{
    (void)state;
    if (journal_memory_new(1024, &disk) || journal_open_memory(disk, &journal) ||
        journal_lead(journal, &term) || journal_reader_open(journal, &reader))
        return -1;
    return 0;
}

static int leave(void **state)
{
    (void)state;
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
    journal_memory_destroy(&disk);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_are_read_by_who_has_the_key),
        TEST(who_is_erased_is_gone_and_may_come_again),
        TEST(a_row_in_anothers_place_or_changed_is_refused),
        TEST(the_master_key_is_changed_without_a_row_written_again),
        TEST(a_file_that_is_none_is_refused_without_a_word_of_it),
    };
    int file = mkstemp(path);
    if (file < 0)
        return 1;
    (void)close(file);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
