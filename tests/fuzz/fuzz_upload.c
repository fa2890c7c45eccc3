// A browser's multipart body: whatever comes, what is found lies within it, and is found again.
#include "tools/desk/desk_upload.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"multipart/form-data; boundary=x",
                                        "multipart/form-data; boundary=\"a b\""};
    span_t body = {(const char *)data, size}, part, again;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (!desk_upload_part(types[i], body, "file", &part))
            continue;
        require(part.bytes >= body.bytes && part.bytes + part.size <= body.bytes + body.size);
        require(desk_upload_part(types[i], body, "file", &again) && again.bytes == part.bytes);
        require(!memmem(part.bytes, part.size, i ? "\r\n--a b" : "\r\n--x", i ? 7 : 5));
    }
    return 0;
}
