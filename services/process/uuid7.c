#include "services/process/uuid7.h"
#include <assert.h>
#include <sys/random.h>
#include <time.h>

uid_t16 uuid7_of(instant_t at, const uint8_t random[10])
{
    assert(at >= 0);
    uint64_t ms = (uint64_t)at / 1000;
    uid_t16 id;
    for (int i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    memcpy(id.bytes + 6, random, 10);
    id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0f));
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

uid_t16 uuid7_new(void)
{
    uint8_t random[10];
    ssize_t got = getrandom(random, sizeof random, 0);
    assert(got == (ssize_t)sizeof random); // up to 256 bytes the kernel gives all or blocks
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return uuid7_of((instant_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000, random);
}

bool uuid7_is(const uid_t16 *id)
{
    return (id->bytes[6] & 0xf0) == 0x70 && (id->bytes[8] & 0xc0) == 0x80;
}

instant_t uuid7_time(const uid_t16 *id)
{
    uint64_t ms = 0;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | id->bytes[i];
    return (instant_t)(ms * 1000);
}
