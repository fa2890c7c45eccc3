#include "proto/wire.h"

void wire_skip(wire_t *self, uint32_t values)
{
    uint64_t left = values;
    while (left && !self->fail) {
        left--;
        uint8_t t = wire_tag(self);
        if (t <= 0x7f || t >= 0xe0 || t == 0xc0 || t == 0xc2 || t == 0xc3)
            continue;
        if ((t & 0xe0) == 0xa0)
            (void)wire_take(self, t & 0x1f);
        else if ((t & 0xf0) == 0x90)
            left += t & 0x0f;
        else if ((t & 0xf0) == 0x80)
            left += 2u * (t & 0x0f);
        else if (t >= 0xc4 && t <= 0xc6)
            (void)wire_take(self, wire_big_endian(self, 1u << (t - 0xc4)));
        else if (t >= 0xc7 && t <= 0xc9)
            (void)wire_take(self, 1 + wire_big_endian(self, 1u << (t - 0xc7)));
        else if (t == 0xca || t == 0xcb)
            (void)wire_take(self, t == 0xca ? 4 : 8);
        else if (t >= 0xcc && t <= 0xcf)
            (void)wire_take(self, 1u << (t - 0xcc));
        else if (t >= 0xd0 && t <= 0xd3)
            (void)wire_take(self, 1u << (t - 0xd0));
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
    }
}
