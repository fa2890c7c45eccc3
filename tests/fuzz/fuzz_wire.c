// fuzz_wire - any bytes are read by any sequence of reads without reading past their end, and what
// is skipped is what would have been read. The first byte chooses the order of the reads.
#include "proto/wire.h"
#include "tests/fuzz/fuzz.h"

static void read_one(wire_t *wire, unsigned what)
{
    uint64_t u64;
    int64_t i64;
    bool flag;
    uid_t16 id;
    hash_t hash;
    text_t text = {0};
    bytes_t bytes = {0};
    switch (what % 8) {
    case 0:
        wire_u64(wire, &u64);
        break;
    case 1:
        wire_i64(wire, &i64);
        break;
    case 2:
        wire_flag(wire, &flag);
        break;
    case 3:
        wire_uid(wire, &id);
        break;
    case 4:
        wire_hash(wire, &hash);
        break;
    case 5:
        wire_text(wire, &text);
        require(text.size <= (size_t)(wire->end - (wire->next - text.size)));
        break;
    case 6:
        wire_bytes(wire, &bytes);
        break;
    default:
        wire_skip(wire, 1);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    wire_t wire, skipped;
    unsigned order = *data;
    wire_start(&wire, data + 1, size - 1);
    while (!wire.fail && wire.next < wire.end) {
        skipped = wire;
        read_one(&wire, order);
        require(wire.next <= wire.end);
        if (!wire.fail) { // one value, whichever way
            wire_skip(&skipped, 1);
            require(!skipped.fail && skipped.next == wire.next);
        }
        order = order * 5 + 3;
    }
    wire_start(&wire, data, size);
    uint32_t count = wire_array(&wire, 64);
    require(count <= 64 && count <= size);
    wire_skip(&wire, count);
    return 0;
}
