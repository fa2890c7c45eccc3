// fuzz_request - any bytes are a request, an answer to a request chosen by the first byte, or are
// refused; what was read survives being written again, and a request's content does not depend on
// its number.
#include "proto/request.h"
#include "tests/fuzz/fuzz.h"

enum { ROOM = 1 << 16 };

static void check_request(const uint8_t *data, size_t size)
{
    static uint8_t first[ROOM], second[ROOM];
    request_t request, again;
    if (request_decode(data, size, &request, NULL))
        return;
    uid_t16 content, other;
    require(request_content(data, size, &content) == FAIL_NONE);
    size_t first_size = request_encode(&request, first, sizeof first);
    require(first_size > 0);
    require(request_decode(first, first_size, &again, NULL) == FAIL_NONE);
    require(request_content(first, first_size, &content) == FAIL_NONE);
    again.number ^= UINT64_MAX;
    size_t second_size = request_encode(&again, second, sizeof second);
    require(request_content(second, second_size, &other) == FAIL_NONE);
    require(uid_equal(&content, &other));
    again.number ^= UINT64_MAX;
    second_size = request_encode(&again, second, sizeof second);
    require(first_size == second_size && memcmp(first, second, first_size) == 0);
}

static void check_answer(const uint8_t *data, size_t size, request_type_t type)
{
    static uint8_t first[ROOM], second[ROOM];
    answer_t answer, again;
    if (answer_decode(data, size, type, &answer))
        return;
    size_t first_size = answer_encode(&answer, first, sizeof first);
    require(first_size > 0);
    require(answer_decode(first, first_size, type, &again) == FAIL_NONE);
    size_t second_size = answer_encode(&again, second, sizeof second);
    require(first_size == second_size && memcmp(first, second, first_size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > ROOM / 2)
        return 0;
    check_request(data, size);
    check_answer(data + 1, size - 1, (request_type_t)data[0]);
    return 0;
}
