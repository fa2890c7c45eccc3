// What the crash explorer is made of, by hand: the tape, the disk that forgets, the cuts, the
// choices of a power cut and how they are counted, and the directory that shows them.
#include "tests/crash/place.h"
#include "tests/crash/states.h"
#include "tests/crash/tape.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

enum { DATA = 7, OTHER = 8, SECTOR = 512, CHOICES_MAX = 64 }; // the first two are inodes

static uint8_t bytes[4096];
static disk_t disk;
static disk_piece_t pieces[DISK_PIECES_MAX];

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(1 + i % 251);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    disk_release(&disk);
    return 0;
}

static step_t write_of(uint64_t file, uint64_t offset, uint32_t size)
{
    return (step_t){
        .kind = STEP_WRITE, .file = file, .offset = offset, .size = size, .data = bytes};
}

static step_t flush_of(uint64_t file)
{
    return (step_t){.kind = STEP_FLUSH, .file = file};
}

// A step that has returned.
static void done(const step_t *step)
{
    disk_take(&disk, step);
    disk_settle(&disk, step);
}

static const disk_file_t *durable(uint64_t file)
{
    return &disk.files[disk_file(&disk, file, false)];
}

// --- the tape ---

static void what_a_process_does_to_its_files_is_on_the_tape_in_that_order(void **state)
{
    (void)state;
    static const struct {
        step_kind_t kind;
        const char *name;
        uint64_t offset;
        uint32_t size;
    } expected[] = {
        {STEP_MAKE, "segments", 0, 0}, {STEP_MAKE, "a", 0, 0},
        {STEP_WRITE, "a", 2, 5},       {STEP_FLUSH_FAILED, "a", 0, 0},
        {STEP_FLUSH, "a", 0, 0},       {STEP_WRITE_THROUGH, "a", 0, 1},
        {STEP_TRUNCATE, "a", 3, 0},    {STEP_RENAME, "a", 0, 0},
        {STEP_FLUSH_NAMES, "", 0, 0},  {STEP_UNLINK, "segments/b", 0, 0},
    };
    char root[] = "/tmp/kopeck_watch_XXXXXX", path[64];
    tape_t tape = {0};
    assert_non_null(mkdtemp(root));
    watch_begin(root, tape_add, &tape);
    int home = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(home, "segments", 0700), 0);
    int fd = openat(home, "a", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    (void)snprintf(path, sizeof path, "%s/a", root);
    int through = open(path, O_RDWR | O_DSYNC | O_CLOEXEC);
    int hidden = openat(home, "lock.mdb", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(hidden, bytes, 1), 1);
    assert_int_equal(pwrite(fd, bytes, 5, 2), 5);
    watch_fail_flush(1);
    assert_int_equal(fdatasync(fd), -1);
    assert_int_equal(errno, EIO);
    assert_int_equal(fdatasync(fd), 0); // as on Linux: what was dirty is said to be clean
    assert_int_equal(pwrite(through, bytes, 1, 0), 1);
    assert_int_equal(ftruncate(fd, 3), 0);
    assert_int_equal(renameat(home, "a", home, "segments/b"), 0);
    assert_int_equal(fsync(home), 0);
    assert_int_equal(unlinkat(home, "segments/b", 0), 0);
    watch_end();
    assert_int_equal(unlinkat(home, "lock.mdb", 0), 0); // not told any more
    assert_int_equal(unlinkat(home, "segments", AT_REMOVEDIR), 0);
    const int opened[] = {hidden, through, fd, home};
    for (size_t i = 0; i < sizeof opened / sizeof opened[0]; i++)
        assert_int_equal(close(opened[i]), 0);
    assert_int_equal(rmdir(root), 0);
    assert_int_equal(tape.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < tape.count; i++) {
        assert_int_equal(tape.steps[i].kind, expected[i].kind);
        assert_string_equal(tape.steps[i].name, expected[i].name);
        assert_int_equal(tape.steps[i].offset, expected[i].offset);
        assert_int_equal(tape.steps[i].size, expected[i].size);
    }
    assert_memory_equal(tape.steps[2].data, bytes, 5);
    assert_string_equal(tape.steps[7].to, "segments/b");
    tape_release(&tape);
}

static void the_tape_keeps_what_was_written_then(void **state)
{
    (void)state;
    tape_t tape = {0};
    step_t step = write_of(DATA, 0, 16);
    tape_add(&tape, &step);
    bytes[3] = 0;
    tape_mark(&tape, STEP_ACKNOWLEDGED, 5);
    assert_int_equal(tape.count, 2);
    assert_int_equal(tape.steps[0].data[3], 4);
    assert_int_equal(tape.steps[1].kind, STEP_ACKNOWLEDGED);
    assert_int_equal(tape.steps[1].offset, 5);
    tape_release(&tape);
}

// --- what is durable ---

static void a_write_is_durable_once_its_file_was_flushed(void **state)
{
    (void)state;
    const step_t write = write_of(DATA, 100, 50), other = flush_of(OTHER), flush = flush_of(DATA);
    done(&write);
    done(&other);
    assert_int_equal(disk.pieces_count, 1);
    assert_int_equal(durable(DATA)->size, 0);
    assert_int_equal(durable(DATA)->cached, 150);
    disk_take(&disk, &flush); // while it is under way nothing is promised
    assert_int_equal(disk.pieces_count, 1);
    disk_settle(&disk, &flush);
    assert_int_equal(disk.pieces_count, 0);
    assert_int_equal(durable(DATA)->size, 150);
    assert_memory_equal(durable(DATA)->bytes + 100, bytes, 50);
}

static void a_write_through_is_durable_alone(void **state)
{
    (void)state;
    const step_t write = write_of(DATA, 0, 10);
    step_t through = write_of(DATA, 10, 10);
    through.kind = STEP_WRITE_THROUGH;
    done(&write);
    done(&through);
    assert_int_equal(disk.pieces_count, 1);
    assert_ptr_equal(disk.pieces[0].step, &write);
    assert_int_equal(durable(DATA)->size, 20);
    assert_int_equal(durable(DATA)->bytes[0], 0);
    assert_memory_equal(durable(DATA)->bytes + 10, bytes, 10);
}

static void a_flush_that_failed_is_made_good_by_no_later_one(void **state)
{
    (void)state;
    const step_t first = write_of(DATA, 0, 1000), second = write_of(DATA, 200, 100),
                 flush = flush_of(DATA);
    step_t failed = flush;
    failed.kind = STEP_FLUSH_FAILED;
    done(&first);
    done(&failed);
    done(&flush);
    assert_int_equal(disk.pieces_count, 1);
    assert_true(disk.pieces[0].lost);
    assert_int_equal(durable(DATA)->size, 0);
    done(&second); // over it, and durable: what of it is left may still come
    done(&flush);
    assert_int_equal(disk.pieces_count, 2);
    assert_int_equal(disk.pieces[0].from, 0);
    assert_int_equal(disk.pieces[0].size, 200);
    assert_int_equal(disk.pieces[1].from, 300);
    assert_int_equal(disk.pieces[1].size, 700);
    assert_int_equal(durable(DATA)->size, 300);
}

static void a_name_is_durable_once_its_directory_was_flushed(void **state)
{
    (void)state;
    const step_t make = {.kind = STEP_MAKE, .file = DATA, .name = "segments/0"},
                 rename = {.kind = STEP_RENAME, .file = DATA, .name = "segments/0", .to = "one"},
                 flush = flush_of(DATA), root = {.kind = STEP_FLUSH_NAMES},
                 segments = {.kind = STEP_FLUSH_NAMES, .name = "segments"};
    done(&make);
    done(&flush); // of the file's bytes
    done(&root);
    assert_int_equal(disk.names.count, 0);
    done(&segments);
    assert_int_equal(disk_names_find(&disk.names, "segments/0"), disk_file(&disk, DATA, false));
    done(&rename);
    assert_int_equal(disk_names_find(&disk.names, "one"), UINT32_MAX);
    done(&segments);
    assert_int_equal(disk_names_find(&disk.names, "one"), disk_file(&disk, DATA, false));
    assert_int_equal(disk_names_find(&disk.names, "segments/0"), UINT32_MAX);
}

// --- tearing ---

static void a_write_is_torn_at_the_sectors_of_its_file(void **state)
{
    (void)state;
    static const struct {
        uint64_t offset;
        uint32_t size;
        size_t count;
        uint32_t sizes[4];
    } rows[] = {
        {0, 1, 1, {1}},
        {0, 512, 1, {512}},
        {0, 513, 2, {512, 1}},
        {511, 2, 2, {1, 1}},
        {500, 1300, 4, {12, 512, 512, 264}},
        {4096, 1024, 2, {512, 512}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const step_t write = write_of(DATA, rows[i].offset, rows[i].size);
        done(&write);
        assert_int_equal(disk_cut(&disk, SECTOR, pieces), rows[i].count);
        uint32_t from = 0;
        for (size_t k = 0; k < rows[i].count; k++) {
            assert_int_equal(pieces[k].from, from);
            assert_int_equal(pieces[k].size, rows[i].sizes[k]);
            from += pieces[k].size;
        }
        disk_release(&disk);
    }
}

// --- choices ---

typedef struct {
    size_t count; // of pieces
    unsigned choices[CHOICES_MAX];
    size_t choices_count, full;
} seen_t;

static bool see(void *arg, const bool *chosen, bool full)
{
    seen_t *self = arg;
    unsigned bits = 0;
    for (size_t i = 0; i < self->count; i++)
        bits |= (unsigned)chosen[i] << i;
    for (size_t i = 0; i < self->choices_count; i++)
        assert_true(full || self->choices[i] != bits);
    assert_true(self->choices_count < CHOICES_MAX);
    self->full += full;
    if (!full)
        self->choices[self->choices_count++] = bits;
    return true;
}

static bool never(void *arg, const bool *chosen)
{
    (void)arg, (void)chosen;
    return false;
}

static bool always(void *arg, const bool *chosen)
{
    (void)arg, (void)chosen;
    return true;
}

// The choices at this point of the tape, of whole writes or torn ones.
static seen_t choices(size_t since, uint32_t unit)
{
    seen_t seen = {.count = disk_cut(&disk, unit, pieces)};
    states_t states = {.pieces = pieces,
                       .count = seen.count,
                       .since = since,
                       .visit = see,
                       .sizes_differ = never,
                       .arg = &seen};
    assert_true(states_each(&states));
    return seen;
}

// Three writes and a flush: nothing or the first; then the second with and without the first; then
// the third with any of the two; behind the flush all three and nothing else. Nine states.
static void three_writes_and_a_flush_leave_nine_states(void **state)
{
    (void)state;
    static const size_t fresh[] = {2, 2, 4};
    const step_t flush = flush_of(DATA);
    step_t writes[3];
    unsigned all = 0; // a bit for each choice
    for (size_t i = 0; i < 3; i++) {
        writes[i] = write_of(DATA, 4096 * i, 4096);
        disk_take(&disk, &writes[i]);
        seen_t seen = choices(i, 4096);
        assert_int_equal(seen.choices_count, fresh[i]);
        for (size_t k = 0; k < seen.choices_count; k++) {
            assert_false(all >> seen.choices[k] & 1); // once along the tape, too
            all |= 1u << seen.choices[k];
        }
        disk_settle(&disk, &writes[i]);
    }
    assert_int_equal(all, 0xff); // every subset of three
    done(&flush);
    seen_t seen = choices(0, 4096);
    assert_int_equal(seen.choices_count, 1);
    assert_int_equal(seen.count, 0);
    assert_int_equal(durable(DATA)->size, 3 * 4096);
}

static void a_torn_write_is_there_in_any_of_its_sectors(void **state)
{
    (void)state;
    const step_t write = write_of(DATA, 0, 4 * SECTOR);
    done(&write);
    assert_int_equal(choices(0, 4096).choices_count, 2);
    assert_int_equal(choices(0, SECTOR).choices_count, 16);
}

// Nine pieces: 10 prefixes; 9 with one missing, of which that without the last is a prefix; 9
// alone, of which the first is one. Random choices come on top.
static void beyond_eight_pieces_the_regular_choices_are_twenty_six(void **state)
{
    (void)state;
    step_t writes[9];
    for (size_t i = 0; i < 9; i++) {
        writes[i] = write_of(DATA, 4096 * i, 8);
        done(&writes[i]);
    }
    seen_t seen = choices(0, 4096);
    assert_int_equal(seen.choices_count, 10 + 8 + 8);
    seen = (seen_t){.count = 9};
    states_t states = {.pieces = pieces,
                       .count = 9,
                       .randoms = 20,
                       .draw = draw_fork(1, 1),
                       .visit = see,
                       .sizes_differ = never,
                       .arg = &seen};
    assert_true(states_each(&states));
    assert_in_range(seen.choices_count, 27, 26 + 20);
}

static void a_choice_is_shown_again_where_the_cache_knows_a_longer_file(void **state)
{
    (void)state;
    const step_t write = write_of(DATA, 0, 8);
    done(&write);
    seen_t seen = {.count = disk_cut(&disk, SECTOR, pieces)};
    states_t states = {
        .pieces = pieces, .count = seen.count, .visit = see, .sizes_differ = always, .arg = &seen};
    assert_true(states_each(&states));
    assert_int_equal(seen.choices_count, 2);
    assert_int_equal(seen.full, 2);
}

// --- what the start-up code sees ---

static size_t read_shown(const place_t *place, char out[16])
{
    char path[2 * PLACE_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/data", place->journal);
    FILE *file = fopen(path, "r");
    if (!file)
        return SIZE_MAX;
    memset(out, 0, 16);
    size_t size = fread(out, 1, 15, file);
    assert_int_equal(fclose(file), 0);
    return size;
}

static void a_choice_is_shown_in_a_real_directory_and_taken_back(void **state)
{
    (void)state;
    const step_t make = {.kind = STEP_MAKE, .file = DATA, .name = "data"},
                 names = {.kind = STEP_FLUSH_NAMES}, flush = flush_of(DATA);
    step_t writes[] = {write_of(DATA, 0, 4), write_of(DATA, 2, 4), write_of(DATA, 8, 1)};
    writes[0].data = (const uint8_t *)"aaaa";
    writes[1].data = (const uint8_t *)"bbbb";
    writes[2].data = (const uint8_t *)"c";
    static const struct {
        bool chosen[2], full;
        const char *text;
        size_t size;
    } rows[] = {
        {{false, false}, false, "aaaa", 4},
        {{true, false}, false, "aabbbb", 6}, // the later one on top
        {{false, true}, false, "aaaa", 9},   // with a hole of zeros
        {{true, true}, false, "aabbbb", 9},
        {{false, false}, true, "aaaa", 9}, // as long as the cache has it
    };
    char root[] = "/tmp/kopeck_place_XXXXXX", path[64], text[16];
    assert_non_null(mkdtemp(root));
    (void)snprintf(path, sizeof path, "%s/place", root);
    place_t *place = place_new(path);
    done(&make);
    place_use(place, &disk);
    assert_int_equal(read_shown(place, text), SIZE_MAX); // its name is not durable
    done(&names);
    done(&writes[0]);
    done(&flush);
    done(&writes[1]);
    done(&writes[2]);
    place_use(place, &disk);
    size_t count = disk_cut(&disk, 4096, pieces);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        place_show(place, pieces, rows[i].chosen, count, rows[i].full);
        assert_int_equal(read_shown(place, text), rows[i].size);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(text[8], rows[i].chosen[1] ? 'c' : '\0');
        place_restore(place);
        assert_int_equal(read_shown(place, text), 4);
        assert_string_equal(text, "aaaa");
    }
    place_destroy(&place);
    assert_int_equal(rmdir(root), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_process_does_to_its_files_is_on_the_tape_in_that_order),
        TEST(the_tape_keeps_what_was_written_then),
        TEST(a_write_is_durable_once_its_file_was_flushed),
        TEST(a_write_through_is_durable_alone),
        TEST(a_flush_that_failed_is_made_good_by_no_later_one),
        TEST(a_name_is_durable_once_its_directory_was_flushed),
        TEST(a_write_is_torn_at_the_sectors_of_its_file),
        TEST(three_writes_and_a_flush_leave_nine_states),
        TEST(a_torn_write_is_there_in_any_of_its_sectors),
        TEST(beyond_eight_pieces_the_regular_choices_are_twenty_six),
        TEST(a_choice_is_shown_again_where_the_cache_knows_a_longer_file),
        TEST(a_choice_is_shown_in_a_real_directory_and_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
