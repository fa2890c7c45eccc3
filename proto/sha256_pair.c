#include "proto/sha256_pair.h"
#include <assert.h>
#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>

#define WITH_SHA __attribute__((target("sha,sse4.1")))
#define INLINE WITH_SHA static inline __attribute__((always_inline)) // lanes stay in registers

enum { BLOCK = 64, BLOCKS_MAX = 4, CAN_NOT = 1, CAN };

typedef struct {
    uint8_t bytes[BLOCKS_MAX * BLOCK];
    unsigned blocks;
} padded_t;

// The words of the state as the instructions want them, and sixteen of the schedule.
typedef struct {
    __m128i abef, cdgh, words[4];
} lane_t;

// FIPS 180-4, 4.2.2
static const uint32_t ROUNDS[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

bool sha256_pair_can(void)
{
    static atomic_int known; // asking takes long in a virtual machine
    int can = atomic_load_explicit(&known, memory_order_relaxed);
    unsigned a, b, c, d, extended = 0;
    if (can)
        return can == CAN;
    bool told = __get_cpuid(1, &a, &b, &c, &d) && __get_cpuid_count(7, 0, &a, &extended, &b, &d);
    can = told && c & bit_SSSE3 && c & bit_SSE4_1 && extended & bit_SHA ? CAN : CAN_NOT;
    atomic_store_explicit(&known, can, memory_order_relaxed);
    return can == CAN;
}

// FIPS 180-4, 5.1.1
static void pad(uint8_t prefix, const digest_part_t *message, padded_t *out)
{
    size_t size = 1 + message->size;
    assert(message->size <= SHA256_PAIR_MAX);
    out->blocks = (unsigned)(size + 1 + sizeof(uint64_t) + BLOCK - 1) / BLOCK;
    size_t end = (size_t)out->blocks * BLOCK - sizeof(uint64_t);
    uint64_t bits = __builtin_bswap64(size * 8);
    out->bytes[0] = prefix;
    if (message->size)
        memcpy(out->bytes + 1, message->data, message->size);
    memset(out->bytes + size, 0, end - size);
    out->bytes[size] = 0x80;
    memcpy(out->bytes + end, &bits, sizeof bits);
}

INLINE __m128i swap_words(__m128i words)
{
    return _mm_shuffle_epi8(words, _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
}

// FIPS 180-4, 5.3.3
INLINE void begin(lane_t *self)
{
    self->abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c);
    self->cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19);
}

INLINE __m128i load(const uint8_t *block, int place)
{
    return swap_words(_mm_loadu_si128((const __m128i *)(const void *)block + place));
}

INLINE void load_all(lane_t *self, const uint8_t *block)
{
    self->words[0] = load(block, 0);
    self->words[1] = load(block, 1);
    self->words[2] = load(block, 2);
    self->words[3] = load(block, 3);
}

// Four rounds with words[now], which then become the words of four rounds sixteen later.
INLINE void turn(lane_t *self, __m128i constants, int now, bool extend)
{
    __m128i *words = self->words, sum = _mm_add_epi32(words[now], constants);
    self->cdgh = _mm_sha256rnds2_epu32(self->cdgh, self->abef, sum);
    self->abef = _mm_sha256rnds2_epu32(self->abef, self->cdgh, _mm_shuffle_epi32(sum, 0x0e));
    if (!extend)
        return;
    int next = (now + 1) & 3, third = (now + 2) & 3, last = (now + 3) & 3;
    __m128i early = _mm_sha256msg1_epu32(words[now], words[next]);
    early = _mm_add_epi32(early, _mm_alignr_epi8(words[last], words[third], 4));
    words[now] = _mm_sha256msg2_epu32(early, words[last]);
}

INLINE void turn_both(lane_t *one, lane_t *other, unsigned round, int now, bool extend)
{
    __m128i constants = _mm_loadu_si128((const __m128i *)(const void *)&ROUNDS[round]);
    turn(one, constants, now, extend);
    turn(other, constants, now, extend);
}

INLINE void sixteen(lane_t *one, lane_t *other, unsigned round, bool extend)
{
    turn_both(one, other, round, 0, extend);
    turn_both(one, other, round + 4, 1, extend);
    turn_both(one, other, round + 8, 2, extend);
    turn_both(one, other, round + 12, 3, extend);
}

INLINE void add(lane_t *self, const lane_t *before)
{
    self->abef = _mm_add_epi32(self->abef, before->abef);
    self->cdgh = _mm_add_epi32(self->cdgh, before->cdgh);
}

WITH_SHA static void compress(lane_t lanes[2], const uint8_t *one_block, const uint8_t *other_block)
{
    lane_t one = lanes[0], other = lanes[1];
    load_all(&one, one_block);
    load_all(&other, other_block);
    sixteen(&one, &other, 0, true);
    sixteen(&one, &other, 16, true);
    sixteen(&one, &other, 32, true);
    sixteen(&one, &other, 48, false);
    add(&lanes[0], &one);
    add(&lanes[1], &other);
}

static const uint8_t *block_of(const padded_t *message, unsigned number)
{
    return message->bytes + (number < message->blocks ? number : 0) * (size_t)BLOCK;
}

INLINE void store(const lane_t *self, uint8_t *ret_digest)
{
    __m128i abef = _mm_shuffle_epi32(self->abef, 0x1b); // a is the first now
    __m128i ghcd = _mm_shuffle_epi32(self->cdgh, 0xb1);
    __m128i *out = (__m128i *)(void *)ret_digest;
    _mm_storeu_si128(out, swap_words(_mm_blend_epi16(abef, ghcd, 0xf0)));
    _mm_storeu_si128(out + 1, swap_words(_mm_alignr_epi8(ghcd, abef, 8)));
}

// The shorter message is over first: its lane goes on with whatever is there.
WITH_SHA void sha256_pair(uint8_t prefix, const digest_part_t messages[2],
                          uint8_t ret_digests[2][DIGEST_SHA256_SIZE])
{
    padded_t padded[2];
    lane_t lanes[2];
    for (int i = 0; i < 2; i++) {
        pad(prefix, &messages[i], &padded[i]);
        begin(&lanes[i]);
    }
    for (unsigned n = 0; n < padded[0].blocks || n < padded[1].blocks; n++) {
        compress(lanes, block_of(&padded[0], n), block_of(&padded[1], n));
        for (int i = 0; i < 2; i++)
            if (n + 1 == padded[i].blocks)
                store(&lanes[i], ret_digests[i]);
    }
}

#else

bool sha256_pair_can(void)
{
    return false;
}

void sha256_pair(uint8_t prefix, const digest_part_t messages[2],
                 uint8_t ret_digests[2][DIGEST_SHA256_SIZE])
{
    (void)prefix, (void)messages, (void)ret_digests;
    assert(false); // it cannot
}

#endif
