// fuzz_postings - any file is a list of wanted postings, CSV or JSON, or is refused with a line and
// a reason; what was read is a posting that travels.
#include "tools/kopeck/postings_file.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[EVENT_BYTES_MAX], twice[EVENT_BYTES_MAX];
    if (size == 0)
        return 0;
    FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
    require(file != NULL);
    postings_file_t postings;
    postings_file_init(&postings, file);
    event_t event = {.type = EVENT_posting_requested}, again;
    size_t count = 0;
    while (postings_file_next(&postings, &event.posting_requested)) {
        require(++count <= size);
        size_t encoded = event_encode(&event, bytes, sizeof bytes);
        require(encoded > 0 && event_decode(bytes, encoded, &again) == FAIL_NONE);
        require(event_encode(&again, twice, sizeof twice) == encoded &&
                memcmp(twice, bytes, encoded) == 0);
    }
    require(strlen(postings.error) < sizeof postings.error);
    fclose(file);
    return 0;
}
