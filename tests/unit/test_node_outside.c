// A request to the outside in one block: what was packed comes out, wherever the block has moved.
#include "services/node/node_outside.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void assert_text(text_t text, const char *expected)
{
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data, expected, text.size);
}

// Packs it, moves the block and unpacks it there.
static outside_t through_a_block(const outside_t *request, uint8_t **ret_block)
{
    size_t size = node_outside_size(request);
    uint8_t *block = malloc(size);
    outside_t back;
    node_outside_pack(request, block);
    *ret_block = malloc(size);
    memcpy(*ret_block, block, size);
    memset(block, 0xff, size);
    free(block);
    node_outside_unpack(*ret_block, &back);
    return back;
}

static void everything_comes_out_as_it_went_in(void **state)
{
    (void)state;
    uint8_t *block;
    outside_t request = {.key = UINT64_MAX,
                         .method = OUTSIDE_POST,
                         .url = text_of("https://example.org/hook"),
                         .content_type = text_of("application/jwt"),
                         .headers = {{text_of("webhook-id"), text_of("evt_1.2.3")},
                                     {text_of("webhook-signature"), text_of("v1,AAAA")}},
                         .headers_count = 2,
                         .body = {(const uint8_t *)"a\0b", 3},
                         .timeout_ms = 700};
    outside_t back = through_a_block(&request, &block);
    assert_true(back.key == UINT64_MAX);
    assert_int_equal(back.method, OUTSIDE_POST);
    assert_text(back.url, "https://example.org/hook");
    assert_text(back.content_type, "application/jwt");
    assert_int_equal(back.headers_count, 2);
    assert_text(back.headers[0].name, "webhook-id");
    assert_text(back.headers[0].value, "evt_1.2.3");
    assert_text(back.headers[1].name, "webhook-signature");
    assert_text(back.headers[1].value, "v1,AAAA");
    assert_int_equal(back.body.size, 3);
    assert_memory_equal(back.body.data, "a\0b", 3);
    assert_int_equal(back.timeout_ms, 700);
    free(block);
}

static void a_request_may_have_nothing_but_its_address_or_all_headers(void **state)
{
    (void)state;
    uint8_t *block;
    outside_t request = {.key = 1, .method = OUTSIDE_GET, .url = text_of("https://a/")};
    outside_t back = through_a_block(&request, &block);
    assert_int_equal(back.method, OUTSIDE_GET);
    assert_text(back.url, "https://a/");
    assert_int_equal(back.content_type.size + back.body.size + back.headers_count, 0);
    free(block);
    request.headers_count = OUTSIDE_HEADERS_MAX;
    for (size_t i = 0; i < OUTSIDE_HEADERS_MAX; i++)
        request.headers[i] = (outside_header_t){{"abcdefgh" + i, 1}, {"stuvwxyz" + i, 1}};
    back = through_a_block(&request, &block);
    assert_int_equal(back.headers_count, OUTSIDE_HEADERS_MAX);
    for (size_t i = 0; i < OUTSIDE_HEADERS_MAX; i++) {
        assert_int_equal(*back.headers[i].name.data, 'a' + (int)i);
        assert_int_equal(*back.headers[i].value.data, 's' + (int)i);
    }
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_comes_out_as_it_went_in),
        cmocka_unit_test(a_request_may_have_nothing_but_its_address_or_all_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
