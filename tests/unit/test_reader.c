#include "proto/wire.h"
#include "services/process/reader.h"
#include "store/memory/journal_memory.h"
#include "store/record.h"
#include "store/tree.h"
#include "tests/common/model_judge.h"
#include <assert.h>
#include <endian.h>
#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

enum { EVENTS = 3000, EVENT_SIZE = 700 };

static journal_memory_t *disk;
static journal_t *journal;
static journal_reader_t *old;
static reader_t *reader;
static uint8_t out[READER_ANSWER_MAX];

static void event_bytes(uint64_t sequence, uint8_t event[EVENT_SIZE])
{
    memset(event, (int)(sequence % 251), EVENT_SIZE);
    memcpy(event, &sequence, sizeof sequence);
}

// The head that a journal of so many of these events has.
static size_t head_of(uint64_t last, uint64_t term, uint8_t bytes[HEAD_BYTES_MAX])
{
    static head_t head;
    uint8_t event[EVENT_SIZE];
    head = (head_t){.epoch = 7, .term = term, .last = last};
    for (uint64_t sequence = 1; sequence <= last; sequence++) {
        hash_t leaf;
        event_bytes(sequence, event);
        tree_leaf(event, sizeof event, &leaf);
        tree_append(&head.tree, &leaf);
    }
    return head_encode(&head, bytes, HEAD_BYTES_MAX);
}

static int fill(void **state)
{
    (void)state;
    uint64_t term;
    if (journal_memory_new(0, &disk) || journal_open_memory(disk, &journal) ||
        journal_lead(journal, &term))
        return -1;
    static uint8_t buffer[RECORD_TARGET];
    uint8_t event[EVENT_SIZE];
    for (uint64_t next = 1; next <= EVENTS;) {
        record_builder_t builder;
        record_builder_begin(&builder, buffer, sizeof buffer, next,
                             journal_segment_events(journal));
        for (uint64_t first = next; next <= EVENTS && next < first + 40; next++) {
            event_bytes(next, event);
            if (!record_builder_add(&builder, event, sizeof event))
                break;
        }
        journal_record_t record = record_builder_end(&builder);
        if (journal_append(journal, record.first - 1, term, &record, 1, "head", 4))
            return -1;
    }
    static uint8_t head[HEAD_BYTES_MAX];
    if (journal_append(journal, EVENTS, term, NULL, 0, head, head_of(EVENTS, term, head)) ||
        journal_reader_open(journal, &old))
        return -1;
    reader = reader_new(old, STREAM_LEDGER, 7, term, NULL);
    return 0;
}

static int empty(void **state)
{
    (void)state;
    reader_destroy(&reader);
    journal_reader_destroy(&old);
    journal_destroy(&journal);
    journal_memory_destroy(&disk);
    return 0;
}

static answer_t ask(role_t role, const request_t *request)
{
    uint8_t bytes[512];
    answer_t answer;
    size_t size = request_encode(request, bytes, sizeof bytes);
    assert_true(size > 0);
    size = reader_answer(reader, role, 0, bytes, size, out, sizeof out);
    assert_true(size > 0);
    assert_int_equal(answer_decode(out, size, request->type, &answer), FAIL_NONE);
    assert_int_equal(answer.number, request->number);
    return answer;
}

static answer_t replay(uint64_t epoch, uint64_t from, const hash_t *leaf, uint64_t bytes_max)
{
    request_t request = {.type = REQUEST_replay,
                         .number = 99,
                         .replay = {.epoch = epoch, .from = from, .bytes_max = bytes_max}};
    if (leaf)
        request.replay.leaf = *leaf;
    return ask(ROLE_AUDITOR, &request);
}

static hash_t leaf_of(uint64_t sequence)
{
    uint8_t event[EVENT_SIZE];
    hash_t leaf;
    event_bytes(sequence, event);
    tree_leaf(event, sizeof event, &leaf);
    return leaf;
}

// Walks a page and checks its bytes; returns the last sequence in it, 0 for an empty page.
static uint64_t check_page(const answer_t *answer, uint64_t from)
{
    const uint8_t *at = answer->replay.records.data, *end = at + answer->replay.records.size;
    uint64_t last = 0;
    while (at < end) {
        uint32_t size;
        memcpy(&size, at, sizeof size);
        size = le32toh(size);
        at += sizeof size;
        assert_true((size_t)(end - at) >= size);
        journal_record_t record;
        assert_int_equal(record_check(at, size, &record), FAIL_NONE);
        assert_true(last ? record.first == last + 1 : record.first <= from);
        for (record_walk_t walk = record_walk(&record); record_walk_next(&walk);) {
            uint8_t event[EVENT_SIZE];
            event_bytes(walk.sequence, event);
            assert_int_equal(walk.event.size, EVENT_SIZE);
            assert_memory_equal(walk.event.data, event, EVENT_SIZE);
        }
        last = record.first + record.count - 1;
        assert_true(last >= from);
        at += size;
    }
    return last;
}

static void pages_give_every_event_in_order(void **state)
{
    (void)state;
    uint64_t next = 1;
    unsigned pages = 0;
    while (next <= EVENTS) {
        hash_t leaf = next > 1 ? leaf_of(next - 1) : (hash_t){{0}};
        answer_t answer = replay(7, next, &leaf, 1 << 20);
        assert_int_equal(answer.fail, FAIL_NONE);
        assert_int_equal(answer.replay.last, EVENTS);
        assert_int_equal(answer.replay.epoch, 7);
        uint64_t last = check_page(&answer, next);
        assert_true(last >= next);
        next = last + 1;
        pages++;
    }
    assert_in_range(pages, 2, 4); // 2.1 MB by at most 1 MiB a page
}

static void the_end_is_an_empty_page(void **state)
{
    (void)state;
    hash_t leaf = leaf_of(EVENTS);
    answer_t answer = replay(7, EVENTS + 1, &leaf, 1 << 20);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(answer.replay.records.size, 0);
    assert_int_equal(answer.replay.time, 0);
    reader->time = 1234;
    assert_int_equal(replay(7, EVENTS + 1, &leaf, 1 << 20).replay.time, 1234);
    reader->time = 0;
}

static void a_small_wish_still_gets_one_record(void **state)
{
    (void)state;
    answer_t answer = replay(0, 100, NULL, 1);
    assert_int_equal(answer.fail, FAIL_NONE);
    uint64_t last = check_page(&answer, 100);
    assert_in_range(last, 100, 139);
}

static void another_history_is_refused(void **state)
{
    (void)state;
    hash_t good = leaf_of(99), wrong = leaf_of(98);
    static const struct {
        const char *why;
        uint64_t epoch, from;
        int leaf; // 0 none, 1 good, 2 wrong
        fail_t fail;
    } cases[] = {
        {"the same history", 7, 100, 1, FAIL_NONE},
        {"no epoch yet", 0, 100, 1, FAIL_NONE},
        {"no leaf to compare", 7, 100, 0, FAIL_NONE},
        {"another epoch", 8, 100, 1, FAIL_HISTORY},
        {"another event before it", 7, 100, 2, FAIL_HISTORY},
        {"further than we are", 7, EVENTS + 2, 1, FAIL_HISTORY},
        {"further, and no leaf", 7, EVENTS + 2, 0, FAIL_HISTORY},
        {"no sequence", 7, 0, 0, FAIL_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const hash_t *leaf = cases[i].leaf == 0 ? NULL : cases[i].leaf == 1 ? &good : &wrong;
        answer_t answer = replay(cases[i].epoch, cases[i].from, leaf, 1000);
        if (answer.fail != cases[i].fail)
            fail_msg("%s: %s", cases[i].why, fail_name(answer.fail));
    }
}

static void one_event_is_given_as_stored(void **state)
{
    (void)state;
    uint8_t event[EVENT_SIZE];
    event_bytes(1234, event);
    request_t request = {.type = REQUEST_event, .number = 3, .event = {.sequence = 1234}};
    answer_t answer = ask(ROLE_SERVICE, &request);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(answer.event.event.size, EVENT_SIZE);
    assert_memory_equal(answer.event.event.data, event, EVENT_SIZE);
    request.event.sequence = EVENTS + 1;
    assert_int_equal(ask(ROLE_SERVICE, &request).fail, FAIL_MISSING);
    request.event.sequence = 0;
    assert_int_equal(ask(ROLE_SERVICE, &request).fail, FAIL_MISSING);
}

static answer_t ask_events(reader_t *door, role_t role, text_t token, const uint64_t *sequences,
                           size_t count)
{
    static uint8_t bytes[2048];
    uint8_t array[1024];
    pack_t pack;
    pack_start(&pack, array, sizeof array);
    pack_array(&pack, count);
    for (size_t i = 0; i < count; i++)
        pack_u64(&pack, sequences[i]);
    request_t request = {.type = REQUEST_events, .number = 4, .access_token = token};
    request.events.sequences = (bytes_t){array, (uint32_t)pack_end(&pack)};
    size_t size = request_encode(&request, bytes, sizeof bytes);
    size = reader_answer(door, role, 0, bytes, size, out, sizeof out);
    answer_t answer;
    assert_int_equal(answer_decode(out, size, REQUEST_events, &answer), FAIL_NONE);
    return answer;
}

static void some_events_are_given_in_the_order_asked(void **state)
{
    (void)state;
    static const uint64_t wanted[] = {1234, EVENTS + 1, 0, 7, 7};
    static const uint64_t given[] = {1234, 7, 7};
    uint8_t event[EVENT_SIZE];
    answer_t answer = ask_events(reader, ROLE_SERVICE, (text_t){0}, wanted, 5);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(answer.events.count, 3);
    wire_t wire;
    wire_start(&wire, answer.events.rows.data, answer.events.rows.size);
    for (size_t i = 0; i < 3; i++) {
        uint64_t sequence;
        bytes_t bytes;
        assert_int_equal(wire_array(&wire, 2), 2);
        wire_u64(&wire, &sequence);
        wire_bytes(&wire, &bytes);
        assert_int_equal(sequence, given[i]);
        event_bytes(sequence, event);
        assert_int_equal(bytes.size, EVENT_SIZE);
        assert_memory_equal(bytes.data, event, EVENT_SIZE);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
}

static void none_and_too_many_events_are_no_question(void **state)
{
    (void)state;
    static uint64_t wanted[READER_EVENTS_MAX + 1];
    for (size_t i = 0; i <= READER_EVENTS_MAX; i++)
        wanted[i] = i + 1;
    answer_t answer = ask_events(reader, ROLE_SERVICE, (text_t){0}, wanted, READER_EVENTS_MAX);
    assert_int_equal(answer.events.count, READER_EVENTS_MAX);
    size_t more = READER_EVENTS_MAX + 1;
    assert_int_equal(ask_events(reader, ROLE_SERVICE, (text_t){0}, wanted, more).fail,
                     FAIL_INVALID);
    assert_int_equal(ask_events(reader, ROLE_SERVICE, (text_t){0}, wanted, 0).fail, FAIL_INVALID);
    assert_int_equal(ask_events(reader, ROLE_PLATFORM, (text_t){0}, wanted, 1).fail, FAIL_DENIED);
}

static void roles_are_checked_for_each_request(void **state)
{
    (void)state;
    request_t event = {.type = REQUEST_event, .event = {.sequence = 1}};
    request_t page = {.type = REQUEST_replay, .replay = {.from = 1, .bytes_max = 1}};
    assert_int_equal(ask(ROLE_NONE, &event).fail, FAIL_DENIED);
    assert_int_equal(ask(ROLE_PLATFORM, &event).fail, FAIL_DENIED);
    assert_int_equal(ask(ROLE_SERVICE, &event).fail, FAIL_NONE);
    assert_int_equal(ask(ROLE_SERVICE, &page).fail, FAIL_DENIED);
    assert_int_equal(ask(ROLE_AUDITOR, &page).fail, FAIL_NONE);
}

static void what_belongs_to_another_door_is_refused(void **state)
{
    (void)state;
    request_t status = {.type = REQUEST_status};
    assert_int_equal(ask(ROLE_OPERATOR, &status).fail, FAIL_INVALID);
    request_t statement = {.type = REQUEST_statement};
    assert_int_equal(ask(ROLE_OPERATOR, &statement).fail, FAIL_INVALID); // no hook here
}

static void an_unknown_code_is_refused_with_what_was_expected(void **state)
{
    (void)state;
    request_t request = {.type = REQUEST_statement, .statement = {.side = 3}};
    answer_t answer = ask(ROLE_OPERATOR, &request);
    assert_int_equal(answer.fail, FAIL_INVALID);
    assert_true(text_equal(answer.detail, text_of("side: expected 0 all, 1 debits, 2 credits")));
}

static void bytes_that_are_no_request_are_answered_so(void **state)
{
    (void)state;
    static const uint8_t junk[] = {0xdd, 0x10, 0x00, 0x00, 0x00};
    answer_t answer;
    size_t size = reader_answer(reader, ROLE_OPERATOR, 0, junk, sizeof junk, out, sizeof out);
    assert_true(size > 0);
    assert_int_equal(answer_decode(out, size, REQUEST_status, &answer), FAIL_NONE);
    assert_int_equal(answer.fail, FAIL_INVALID);
}

// --- for a customer ---

static size_t add_event(record_builder_t *builder, const event_t *event)
{
    uint8_t bytes[512];
    size_t size = event_encode(event, bytes, sizeof bytes);
    assert_true(size && record_builder_add(builder, bytes, size));
    return size;
}

static fail_t ask_event(reader_t *door, const uid_t16 *customer, uint64_t sequence)
{
    char token[MODEL_TOKEN_SIZE];
    uint8_t bytes[512];
    request_t request = {.type = REQUEST_event, .number = 1, .event.sequence = sequence};
    request.access_token = model_token(customer, token);
    size_t size = request_encode(&request, bytes, sizeof bytes);
    size = reader_answer(door, ROLE_WEB, 0, bytes, size, out, sizeof out);
    answer_t answer;
    assert_int_equal(answer_decode(out, size, REQUEST_event, &answer), FAIL_NONE);
    return answer.fail;
}

static void a_customer_is_told_of_his_own_events_alone(void **state)
{
    (void)state;
    static const uid_t16 ann = {{1}}, bob = {{2}};
    static uint8_t buffer[RECORD_TARGET];
    journal_memory_t *small;
    journal_t *theirs;
    journal_reader_t *pages;
    uint64_t term;
    assert_int_equal(journal_memory_new(0, &small), FAIL_NONE);
    assert_int_equal(journal_open_memory(small, &theirs), FAIL_NONE);
    assert_int_equal(journal_lead(theirs, &term), FAIL_NONE);
    record_builder_t builder;
    record_builder_begin(&builder, buffer, sizeof buffer, 1, journal_segment_events(theirs));
    event_t event = {.type = EVENT_posted, .posted = {.account = ann, .amount = 5}};
    (void)add_event(&builder, &event);
    event.posted.account = bob;
    (void)add_event(&builder, &event);
    (void)add_event(&builder, &(event_t){.type = EVENT_node_booted}); // nobody's
    journal_record_t record = record_builder_end(&builder);
    assert_int_equal(journal_append(theirs, 0, term, &record, 1, "head", 4), FAIL_NONE);
    assert_int_equal(journal_reader_open(theirs, &pages), FAIL_NONE);
    reader_t *door = reader_new(pages, STREAM_LEDGER, 7, term, NULL);
    assert_int_equal(ask_event(door, &ann, 1), FAIL_DENIED); // nobody speaks for a customer here
    door->judge = model_judge;
    static const fail_t wanted[] = {FAIL_NONE, FAIL_MISSING, FAIL_MISSING, FAIL_MISSING};
    for (uint64_t sequence = 1; sequence <= 4; sequence++)
        assert_int_equal(ask_event(door, &ann, sequence), wanted[sequence - 1]);
    assert_int_equal(ask_event(door, &bob, 2), FAIL_NONE);
    static const uint64_t all[] = {1, 2, 3, 4};
    char token[MODEL_TOKEN_SIZE];
    answer_t answer = ask_events(door, ROLE_WEB, model_token(&ann, token), all, 4);
    assert_int_equal(answer.events.count, 1);
    assert_int_equal(answer.events.rows.data[1], 1); // [1, …
    assert_int_equal(ask_events(door, ROLE_WEB, (text_t){0}, all, 4).fail, FAIL_DENIED);
    reader_destroy(&door);
    journal_reader_destroy(&pages);
    journal_destroy(&theirs);
    journal_memory_destroy(&small);
}

static fail_t noted(uint64_t epoch, uint64_t last, const hash_t *leaf)
{
    request_t request = {.type = REQUEST_witness,
                         .number = 98,
                         .witness = {.epoch = epoch, .last = last, .leaf = *leaf}};
    return ask(ROLE_LEDGER, &request).fail;
}

static void a_witness_is_told_the_root_and_what_is_gone(void **state)
{
    (void)state;
    static const hash_t none;
    static uint8_t bytes[HEAD_BYTES_MAX];
    static head_t head;
    hash_t root, leaf = leaf_of(10);
    request_t request = {.type = REQUEST_witness, .number = 98};
    answer_t answer = ask(ROLE_LEDGER, &request);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(head_decode(bytes, head_of(EVENTS, 1, bytes), &head), FAIL_NONE);
    tree_root(&head.tree, &root);
    assert_int_equal(answer.witness.stream, STREAM_LEDGER);
    assert_int_equal(answer.witness.epoch, 7);
    assert_int_equal(answer.witness.last, EVENTS);
    assert_int_equal(answer.sequence, EVENTS);
    assert_memory_equal(&answer.witness.root, &root, sizeof root);
    root = leaf_of(EVENTS);
    assert_memory_equal(&answer.witness.leaf, &root, sizeof root);
    assert_int_equal(noted(7, 10, &leaf), FAIL_NONE);
    assert_int_equal(noted(7, 11, &leaf), FAIL_HISTORY);         // another event
    assert_int_equal(noted(7, 11, &none), FAIL_NONE);            // it is not known which
    assert_int_equal(noted(7, EVENTS + 1, &none), FAIL_HISTORY); // shorter than it was
    assert_int_equal(noted(6, EVENTS + 1, &leaf), FAIL_NONE);    // of another history
    request.type = REQUEST_witness;
    assert_int_equal(ask(ROLE_WEB, &request).fail, FAIL_DENIED);
}

static void a_journal_that_holds_nothing_has_no_root(void **state)
{
    (void)state;
    journal_memory_t *empty_disk;
    journal_t *nothing;
    journal_reader_t *of_it;
    reader_t *kept = reader;
    assert_int_equal(journal_memory_new(0, &empty_disk), FAIL_NONE);
    assert_int_equal(journal_open_memory(empty_disk, &nothing), FAIL_NONE);
    assert_int_equal(journal_reader_open(nothing, &of_it), FAIL_NONE);
    reader = reader_new(of_it, STREAM_LEDGER, 7, 1, NULL);
    assert_int_equal(noted(0, 0, &(hash_t){{0}}), FAIL_LATER);
    reader_destroy(&reader);
    reader = kept;
    journal_reader_destroy(&of_it);
    journal_destroy(&nothing);
    journal_memory_destroy(&empty_disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_give_every_event_in_order),
        cmocka_unit_test(the_end_is_an_empty_page),
        cmocka_unit_test(a_small_wish_still_gets_one_record),
        cmocka_unit_test(another_history_is_refused),
        cmocka_unit_test(one_event_is_given_as_stored),
        cmocka_unit_test(some_events_are_given_in_the_order_asked),
        cmocka_unit_test(none_and_too_many_events_are_no_question),
        cmocka_unit_test(roles_are_checked_for_each_request),
        cmocka_unit_test(what_belongs_to_another_door_is_refused),
        cmocka_unit_test(an_unknown_code_is_refused_with_what_was_expected),
        cmocka_unit_test(bytes_that_are_no_request_are_answered_so),
        cmocka_unit_test(a_customer_is_told_of_his_own_events_alone),
        cmocka_unit_test(a_witness_is_told_the_root_and_what_is_gone),
        cmocka_unit_test(a_journal_that_holds_nothing_has_no_root),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
