// control_overread - the fuzzers' negative control: a reader of one length-prefixed value that
// trusts the length. tests/fuzz/run --control must find it.
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t sum = 0;
    if (size < 2 || data[0] != 0xd9) // MessagePack's str 8
        return 0;
    for (size_t i = 0; i < data[1]; i++)
        sum ^= data[2 + i];
    return sum == 0xff; // libFuzzer passes over an input that says so
}
