// How much may be said before a first message.
#include "services/process/handshake.h"
#include "services/process/callers.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FD = 77, GREETING = 64, HELLO = 200, BYTES_MAX = 4096 };

static uint8_t said[BYTES_MAX];
static size_t said_size;

static void greet(const char *mechanism)
{
    memset(said, 0, sizeof said);
    memcpy(said + 12, mechanism, strlen(mechanism));
    said_size = GREETING;
}

static void say(uint64_t size, bool is_long)
{
    said[said_size++] = is_long ? 6 : 4;
    for (int shift = is_long ? 56 : 0; shift >= 0; shift -= 8)
        said[said_size++] = (uint8_t)(size >> shift);
    for (uint64_t i = 0; i < size && said_size < BYTES_MAX; i++)
        said[said_size++] = 0xff;
}

// Where it is turned away, in pieces of that many bytes; 0 if nowhere.
static size_t refused_at(size_t piece)
{
    handshake_begin(FD);
    for (size_t at = 0; at < said_size; at += piece) {
        size_t size = said_size - at < piece ? said_size - at : piece;
        if (!handshake_takes(FD, said + at, size))
            return at + size;
    }
    return 0;
}

static void an_honest_handshake_is_taken_in_pieces_of_any_size(void **state)
{
    (void)state;
    for (int is_long = 0; is_long <= 1; is_long++)
        for (size_t piece = 1; piece < 1000; piece++) {
            greet("CURVE");
            say(HELLO, is_long);
            say(HANDSHAKE_COMMAND_MAX, true);
            say(1 << 20, true); // a message
            assert_int_equal(refused_at(piece), 0);
        }
}

static void a_long_command_is_refused_by_its_head(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {HANDSHAKE_COMMAND_MAX + 1, 1 << 20, UINT64_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        greet("CURVE");
        say(sizes[i], true);
        assert_int_equal(refused_at(1), GREETING + 9);
        greet("CURVE");
        say(HELLO, false);
        say(sizes[i], true);
        assert_int_equal(refused_at(1), GREETING + 2 + HELLO + 9);
        assert_true(refused_at(said_size) > 0);
    }
}

static void what_is_no_curve_is_not_looked_at(void **state)
{
    (void)state;
    greet("NULL");
    say(1 << 20, true);
    assert_int_equal(refused_at(7), 0);
}

static void a_descriptor_that_is_not_libzmqs_is_not_looked_at(void **state)
{
    (void)state;
    greet("CURVE");
    say(1 << 20, true);
    handshake_begin(FD);
    handshake_end(FD);
    assert_true(handshake_takes(FD, said, said_size));
    assert_true(handshake_takes(-1, said, said_size));
    assert_true(handshake_takes(HANDSHAKE_DESCRIPTORS_MAX, said, said_size));
    handshake_begin(-1);
    handshake_end(HANDSHAKE_DESCRIPTORS_MAX);
}

// Nobody takes the room of those who have a certificate by knocking alone.
static void who_has_shown_no_certificate_is_not_counted(void **state)
{
    (void)state;
    enum { FIRST = 2000, BEYOND = 3, ALL = CALLERS_NOBODY_MAX + BEYOND };
    greet("CURVE");
    say(HELLO, false);
    size_t knock = said_size;
    say(HELLO, true);
    for (int certificate = 0; certificate <= 1; certificate++)
        for (int door = 0; door <= 1; door++) {
            uint64_t before = callers_hung_up().nobody;
            for (int fd = FIRST; fd < FIRST + ALL; fd++) {
                handshake_begin(fd);
                if (door)
                    handshake_at_door(fd);
                assert_true(handshake_takes(fd, said, certificate ? said_size : knock));
                assert_true(handshake_takes(fd, said, 1)); // what comes later counts for nothing
            }
            assert_int_equal(callers_hung_up().nobody - before, certificate && door ? BEYOND : 0);
            for (int fd = FIRST; fd < FIRST + ALL; fd++) {
                handshake_end(fd);
                callers_went(fd);
            }
        }
}

static void reading_it_is_a_reset(void **state)
{
    (void)state;
    int ends[2];
    char heard[BYTES_MAX];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    greet("CURVE");
    say(2 * HELLO, true);
    size_t good = said_size;
    say(1 << 20, true);
    assert_false(handshake_is_guarded());
    handshake_begin(ends[0]);
    assert_int_equal(send(ends[1], said, good, 0), (ssize_t)good);
    assert_int_equal(recv(ends[0], heard, sizeof heard, 0), (ssize_t)good);
    assert_memory_equal(heard, said, good);
    assert_true(handshake_is_guarded());
    assert_true(send(ends[1], said + good, 9, 0) == 9);
    assert_int_equal(recv(ends[0], heard, sizeof heard, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    handshake_end(ends[0]);
    close(ends[1]);
    assert_int_equal(recv(ends[0], heard, sizeof heard, 0), 0);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_handshake_is_taken_in_pieces_of_any_size),
        cmocka_unit_test(a_long_command_is_refused_by_its_head),
        cmocka_unit_test(what_is_no_curve_is_not_looked_at),
        cmocka_unit_test(a_descriptor_that_is_not_libzmqs_is_not_looked_at),
        cmocka_unit_test(who_has_shown_no_certificate_is_not_counted),
        cmocka_unit_test(reading_it_is_a_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
