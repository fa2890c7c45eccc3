#include "tests/unit/lmdb_rig.h"
#include "tests/unit/journal_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

journal_options_t lmdb_options(void)
{
    return (journal_options_t){.map_bytes = 1 << 20,
                               .segment_events = LMDB_SEGMENT_EVENTS,
                               .reserve_bytes = 1,
                               .create = true};
}

fail_t lmdb_try(const journal_options_t *options, journal_t **ret_journal)
{
    return journal_open(rig_home, options, ret_journal);
}

journal_t *lmdb_open_with(const journal_options_t *options, uint64_t *ret_term)
{
    journal_t *journal = NULL;
    assert_int_equal(lmdb_try(options, &journal), FAIL_NONE);
    assert_int_equal(journal_lead(journal, ret_term), FAIL_NONE);
    return journal;
}

journal_t *lmdb_open(uint64_t *ret_term)
{
    journal_options_t options = lmdb_options();
    return lmdb_open_with(&options, ret_term);
}

void lmdb_pause(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

uint64_t lmdb_sealed_events(journal_t *journal)
{
    journal_room_t room;
    assert_int_equal(journal_room(journal, &room), FAIL_NONE);
    return room.sealed_events;
}

void lmdb_seal_up_to(journal_t *journal, uint64_t events)
{
    uint64_t count = 0, before = lmdb_sealed_events(journal),
             segment = journal_segment_events(journal);
    for (uint32_t waited = 0; lmdb_sealed_events(journal) < events; waited++) {
        bool sealed = false;
        assert_true(waited < LMDB_WAIT_MS_MAX);
        assert_int_equal(journal_seal(journal, true, &sealed), FAIL_NONE);
        count += sealed;
        lmdb_pause();
    }
    assert_int_equal(lmdb_sealed_events(journal), events);
    assert_int_equal(before + count * segment, events);
}

void lmdb_clear_leftover(journal_t *journal)
{
    journal_room_t room;
    bool sealed;
    assert_int_equal(journal_room(journal, &room), FAIL_NONE);
    while (room.leftover) {
        assert_int_equal(journal_seal(journal, true, &sealed), FAIL_NONE);
        assert_false(sealed);
        assert_int_equal(journal_room(journal, &room), FAIL_NONE);
    }
}

void lmdb_find_each(journal_t *journal, uint64_t from, uint64_t to)
{
    uint8_t out[RIG_EVENT_MAX], expected[RIG_EVENT_MAX];
    size_t size;
    journal_reader_t *reader = NULL;
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    for (uint64_t sequence = from; sequence <= to; sequence++) {
        assert_int_equal(journal_find(reader, sequence, out, sizeof out, &size), FAIL_NONE);
        assert_int_equal(size, rig_event(sequence, expected));
        assert_memory_equal(out, expected, size);
    }
    journal_reader_destroy(&reader);
}
