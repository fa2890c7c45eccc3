// fuzz_event - any bytes are an event or are refused; what was read survives being written again,
// and is shown as text and as JSON without harm.
#include "proto/event.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t first[2 * EVENT_BYTES_MAX], second[2 * EVENT_BYTES_MAX];
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    event_t event;
    if (size > EVENT_BYTES_MAX || event_decode(data, size, &event))
        return 0;
    size_t first_size = event_encode(&event, first, sizeof first);
    require(first_size > 0);
    event_t again;
    require(event_decode(first, first_size, &again) == FAIL_NONE);
    size_t second_size = event_encode(&again, second, sizeof second);
    require(first_size == second_size && memcmp(first, second, first_size) == 0);
    event_print(&event, nowhere);
    event_json(&event, 1, nowhere);
    return 0;
}
