#include "proto/wire.h"

// What is left to be skipped after this tag, whose value is not its bytes alone: `left` more, and
// what it holds.
static uint64_t skip_other(wire_t *self, uint8_t t, uint64_t left)
{
    if ((t & 0xe0) == 0xa0)
        (void)wire_take(self, t & 0x1f);
    else if ((t & 0xf0) == 0x90)
        left += t & 0x0f;
    else if ((t & 0xf0) == 0x80)
        left += 2u * (t & 0x0f);
    else if (t >= 0xc5 && t <= 0xc6)
        (void)wire_take(self, wire_big_endian(self, 1u << (t - 0xc4)));
    else if (t >= 0xc7 && t <= 0xc9)
        (void)wire_take(self, 1 + wire_big_endian(self, 1u << (t - 0xc7)));
    else if (t >= 0xd4 && t <= 0xd8)
        (void)wire_take(self, 1 + (1u << (t - 0xd4)));
    else if (t >= 0xd9 && t <= 0xdb)
        (void)wire_take(self, wire_big_endian(self, 1u << (t - 0xd9)));
    else if (t == 0xdc || t == 0xdd)
        left += wire_big_endian(self, t == 0xdc ? 2 : 4);
    else if (t == 0xde || t == 0xdf)
        left += 2 * wire_big_endian(self, t == 0xde ? 2 : 4);
    else
        wire_refuse(self);
    if (left > wire_left(self)) // every value takes at least a byte
        wire_refuse(self);
    return left;
}

// Sizes that are written out here cost nothing: where the next value begins is guessed with the
// branch, and not waited for.
void wire_skip(wire_t *self, uint32_t values)
{
    for (uint64_t left = values; left && !self->fail;) {
        left--;
        uint8_t t = wire_tag(self);
        switch (t) {
        case 0x00 ... 0x7f:
        case 0xe0 ... 0xff:
        case 0xc0:
        case 0xc2:
        case 0xc3:
            break;
        case 0xc4:
            (void)wire_take(self, wire_big_endian(self, 1));
            break;
        case 0xcc:
        case 0xd0:
            (void)wire_take(self, 1);
            break;
        case 0xcd:
        case 0xd1:
            (void)wire_take(self, 2);
            break;
        case 0xca:
        case 0xce:
        case 0xd2:
            (void)wire_take(self, 4);
            break;
        case 0xcb:
        case 0xcf:
        case 0xd3:
            (void)wire_take(self, 8);
            break;
        default:
            left = skip_other(self, t, left);
        }
    }
}
