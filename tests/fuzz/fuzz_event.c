// fuzz_event - any bytes are an event or are refused; what was read survives being written again,
// and is shown as text and as JSON without harm.
#include "proto/event.h"
#include "tests/fuzz/fuzz.h"
#include <stdlib.h>

// Whatever the texts are, its JSON is UTF-8 without control characters.
static void check_json(const event_t *event)
{
    char *json = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&json, &size);
    require(out);
    event_json(event, 1, out);
    fclose(out);
    require(size && json[size - 1] == '\n');
    for (size_t i = 0, step; i + 1 < size; i += step) {
        step = utf8_character(json + i, size - i);
        require(step && (unsigned char)json[i] >= 0x20);
    }
    free(json);
}

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
    const char *misfit = event_misfit(&event), *still = event_misfit(&again);
    require(!misfit == !still);
    event_print(&event, nowhere);
    check_json(&event);
    return 0;
}
