#pragma once
// wire - a bounded MessagePack reader and a packer into the caller's buffer. Neither allocates, so
// no message can make us allocate; the first failure sticks and every later read yields zero, so
// callers check once, at the end.
//
// msgpack-c's templates pack, written straight into the buffer; it does not unpack here: its
// unpacker allocates by declared counts (five bytes can ask for 268 MB). A declared count or size
// beyond the bytes that are left is refused here. Text must not hold a NUL; floats are not
// understood at all.
#include "proto/fail.h"
#include "proto/types.h"
#include <msgpack.h>

typedef struct {
    const uint8_t *next, *end;
    fail_t fail;
} wire_t;

static inline void wire_start(wire_t *self, const void *data, size_t size)
{
    *self = (wire_t){.next = data, .end = (const uint8_t *)data + size};
}

static inline size_t wire_left(const wire_t *self)
{
    return self->fail ? 0 : (size_t)(self->end - self->next);
}

// Fails, and leaves nothing to be read: the check for bytes left is then the only one of a read.
static inline void wire_refuse(wire_t *self)
{
    self->fail = FAIL_INVALID;
    self->next = self->end;
}

static inline const uint8_t *wire_take(wire_t *self, uint64_t size)
{
    if (__builtin_expect((uint64_t)(self->end - self->next) < size, 0)) {
        wire_refuse(self);
        return NULL;
    }
    const uint8_t *at = self->next;
    self->next += size;
    return at;
}

static inline uint8_t wire_tag(wire_t *self)
{
    const uint8_t *at = wire_take(self, 1);
    return at ? *at : 0xc1; // the one byte MessagePack never uses
}

static inline uint64_t wire_big_endian(wire_t *self, unsigned size)
{
    const uint8_t *at = wire_take(self, size);
    if (__builtin_expect(!at, 0))
        return 0;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (size) {
    case 1:
        return *at;
    case 2:
        memcpy(&two, at, 2);
        return __builtin_bswap16(two);
    case 4:
        memcpy(&four, at, 4);
        return __builtin_bswap32(four);
    default:
        memcpy(&eight, at, 8);
        return __builtin_bswap64(eight);
    }
}

// Reads an array's header. FAIL_INVALID for more than count_max elements, or than bytes left.
static inline uint32_t wire_array(wire_t *self, uint32_t count_max)
{
    uint8_t t = wire_tag(self);
    uint64_t count = (t & 0xf0) == 0x90 ? (t & 0x0fu)
                     : t == 0xdc        ? wire_big_endian(self, 2)
                     : t == 0xdd        ? wire_big_endian(self, 4)
                                        : UINT64_MAX;
    if (self->fail || count > count_max || count > wire_left(self)) {
        wire_refuse(self);
        return 0;
    }
    return (uint32_t)count;
}

static inline void wire_u64(wire_t *self, uint64_t *ret_value)
{
    uint8_t t = wire_tag(self);
    uint64_t value = t;
    if (t > 0x7f) {
        value = 0;
        if (t >= 0xcc && t <= 0xcf)
            value = wire_big_endian(self, 1u << (t - 0xcc)); // 0 if it is cut off
        else
            wire_refuse(self);
    }
    *ret_value = value;
}

static inline void wire_i64(wire_t *self, int64_t *ret_value)
{
    uint8_t t = self->next < self->end ? *self->next : 0xc1;
    int64_t value = 0;
    if (t >= 0xe0) {
        (void)wire_tag(self);
        value = (int8_t)t;
    } else if (t >= 0xd0 && t <= 0xd3) {
        (void)wire_tag(self);
        unsigned bits = 8u << (t - 0xd0);
        uint64_t raw = wire_big_endian(self, bits / 8) << (64 - bits);
        value = (int64_t)raw >> (64 - bits);
    } else {
        uint64_t raw;
        wire_u64(self, &raw);
        if (raw > INT64_MAX) {
            wire_refuse(self);
            raw = 0;
        }
        value = (int64_t)raw;
    }
    *ret_value = value;
}

static inline void wire_flag(wire_t *self, bool *ret_value)
{
    uint8_t t = wire_tag(self);
    if (t != 0xc2 && t != 0xc3)
        wire_refuse(self);
    *ret_value = t == 0xc3;
}

static inline void wire_fixed(wire_t *self, uint8_t *out, uint8_t size)
{
    const uint8_t *at = wire_take(self, 2 + (uint64_t)size);
    if (at && at[0] == 0xc4 && at[1] == size)
        memcpy(out, at + 2, size);
    else {
        wire_refuse(self);
        memset(out, 0, size);
    }
}

static inline void wire_uid(wire_t *self, uid_t16 *ret_value)
{
    wire_fixed(self, ret_value->bytes, sizeof ret_value->bytes);
}

static inline void wire_hash(wire_t *self, hash_t *ret_value)
{
    wire_fixed(self, ret_value->bytes, sizeof ret_value->bytes);
}

static inline void wire_text(wire_t *self, text_t *ret_value)
{
    uint8_t t = wire_tag(self);
    uint64_t size = (t & 0xe0) == 0xa0 ? (t & 0x1fu)
                    : t == 0xd9        ? wire_big_endian(self, 1)
                    : t == 0xda        ? wire_big_endian(self, 2)
                                       : UINT64_MAX;
    const uint8_t *at = self->fail ? NULL : wire_take(self, size);
    if (at && (size == 0 || memchr(at, 0, size) == NULL))
        *ret_value = (text_t){(const char *)at, (uint32_t)size};
    else {
        wire_refuse(self);
        *ret_value = (text_t){"", 0};
    }
}

static inline void wire_bytes(wire_t *self, bytes_t *ret_value)
{
    uint8_t t = wire_tag(self);
    uint64_t size = t >= 0xc4 && t <= 0xc6 ? wire_big_endian(self, 1u << (t - 0xc4)) : UINT64_MAX;
    const uint8_t *at = self->fail ? NULL : wire_take(self, size);
    *ret_value = at ? (bytes_t){at, (uint32_t)size} : (bytes_t){NULL, 0};
}

// Skips one value of any kind without reading it: what a newer writer appended. Nested arrays and
// maps are walked by a counter, not by recursion.
void wire_skip(wire_t *self, uint32_t values);

static inline fail_t wire_end(wire_t *self)
{
    if (!self->fail && self->next != self->end)
        self->fail = FAIL_INVALID;
    return self->fail;
}

// pack - msgpack-c's packer writing into the caller's buffer. Too small once is too small for good:
// nothing is left then, and pack_end returns 0.
typedef struct {
    uint8_t *start, *next, *end; // start is NULL if it was too small
} pack_t;

static inline __attribute__((always_inline)) int pack_write(pack_t *self, const void *data,
                                                            size_t size)
{
    if (__builtin_expect((size_t)(self->end - self->next) < size, 0)) {
        self->start = NULL;
        self->next = self->end;
        return -1;
    }
    memcpy(self->next, data, size);
    self->next += size;
    return 0;
}

// msgpack_packer calls back for every piece it writes; the template behind it need not: an event of
// twenty fields costs a third (measured).
#define msgpack_pack_inline_func(name) static inline int pack_raw##name
#define msgpack_pack_inline_func_cint(name) static inline int pack_raw##name
#define msgpack_pack_inline_func_fixint(name) static inline int pack_raw_fix##name
#define msgpack_pack_user pack_t *
#define msgpack_pack_append_buffer(user, data, size) return pack_write(user, data, size)
// The template of a timestamp, which we do not pack, calls msgpack_packer's function by its name.
#define msgpack_pack_ext pack_raw_ext
#include <msgpack/pack_template.h>
#undef msgpack_pack_ext

static inline void pack_start(pack_t *self, void *out, size_t cap)
{
    self->start = self->next = out;
    self->end = self->start + cap;
}

static inline size_t pack_end(const pack_t *self)
{
    return self->start ? (size_t)(self->next - self->start) : 0;
}

static inline void pack_array(pack_t *self, size_t count)
{
    pack_raw_array(self, count);
}

// Most of an event is numbers: with room for the longest of them they are written at once.
static inline void pack_u64(pack_t *self, uint64_t value)
{
    uint8_t *at = self->next;
    uint16_t two = __builtin_bswap16((uint16_t)value);
    uint32_t four = __builtin_bswap32((uint32_t)value);
    uint64_t eight = __builtin_bswap64(value);
    if (__builtin_expect(self->end - at < 1 + (ptrdiff_t)sizeof eight, 0))
        pack_raw_uint64(self, value);
    else if (value < 0x80) {
        at[0] = (uint8_t)value;
        self->next = at + 1;
    } else if (value <= UINT8_MAX) {
        at[0] = 0xcc;
        at[1] = (uint8_t)value;
        self->next = at + 2;
    } else if (value <= UINT16_MAX) {
        at[0] = 0xcd;
        memcpy(at + 1, &two, sizeof two);
        self->next = at + 1 + sizeof two;
    } else if (value <= UINT32_MAX) {
        at[0] = 0xce;
        memcpy(at + 1, &four, sizeof four);
        self->next = at + 1 + sizeof four;
    } else {
        at[0] = 0xcf;
        memcpy(at + 1, &eight, sizeof eight);
        self->next = at + 1 + sizeof eight;
    }
}
static inline void pack_i64(pack_t *self, int64_t value)
{
    if (value >= 0)
        pack_u64(self, (uint64_t)value);
    else
        pack_raw_int64(self, value);
}
static inline void pack_flag(pack_t *self, bool value)
{
    if (value)
        pack_raw_true(self);
    else
        pack_raw_false(self);
}
static inline void pack_bytes(pack_t *self, const void *data, size_t size)
{
    pack_raw_bin(self, size);
    if (size) // empty bytes may be NULL
        pack_raw_bin_body(self, data, size);
}
static inline void pack_uid(pack_t *self, const uid_t16 *value)
{
    const uint8_t head[2] = {0xc4, sizeof value->bytes};
    (void)pack_write(self, head, sizeof head);
    (void)pack_write(self, value->bytes, sizeof value->bytes);
}
static inline void pack_hash(pack_t *self, const hash_t *value)
{
    pack_bytes(self, value->bytes, sizeof value->bytes);
}
static inline void pack_text(pack_t *self, text_t value)
{
    pack_raw_str(self, value.size);
    if (value.size)
        pack_raw_str_body(self, value.data, value.size);
}
static inline void pack_nil(pack_t *self)
{
    pack_raw_nil(self);
}
