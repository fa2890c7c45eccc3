// A file in a form, as browsers send it.
#include "tools/desk/desk_upload.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define TYPE "multipart/form-data; boundary=----WebKitFormBoundary7MA4"
#define LINE "------WebKitFormBoundary7MA4"
#define HEAD                                                                                       \
    "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: "          \
    "text/plain\r\n"
#define ACCOUNT LINE "\r\nContent-Disposition: form-data; name=\"own\"\r\n\r\n407\r\n"
#define BODY ACCOUNT LINE "\r\n" HEAD "\r\nbytes\0\r\n--and more\r\n" LINE "--\r\n"

static void parts_are_found_by_their_names_whatever_bytes_they_are(void **state)
{
    (void)state;
    static const char file[] = "bytes\0\r\n--and more";
    span_t part;
    assert_true(desk_upload_part(TYPE, SPAN(BODY), "file", &part));
    assert_int_equal(part.size, sizeof file - 1);
    assert_memory_equal(part.bytes, file, part.size);
    assert_true(desk_upload_part(TYPE, SPAN(BODY), "own", &part));
    assert_true(span_is(part, SPAN("407")));
    assert_true(desk_upload_part("multipart/form-data; boundary=\"a b\"; charset=x",
                                 SPAN("--a b\r\n; name=\"x\"\r\n\r\n\r\n--a b--"), "x", &part));
    assert_int_equal(part.size, 0);
}

static void what_is_no_such_body_has_none(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        span_t body;
    } wrong[] = {{NULL, SPAN(BODY)},
                 {"text/plain; boundary=x", SPAN(BODY)},
                 {"multipart/form-data;", SPAN(BODY)},
                 {"multipart/form-data; boundary=", SPAN(BODY)},
                 {"multipart/form-data; boundary=other", SPAN(BODY)},
                 {TYPE, SPAN("")},
                 {TYPE, SPAN(LINE "\r\n" HEAD)},
                 {TYPE, SPAN(LINE "\r\n" HEAD "\r\nbytes, and no end")},
                 {TYPE, SPAN(LINE "--\r\n" LINE "\r\n" HEAD "\r\nbehind the end\r\n" LINE "--")},
                 {TYPE, SPAN(ACCOUNT LINE "--\r\n")}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        span_t part;
        assert_false(desk_upload_part(wrong[i].type, wrong[i].body, "file", &part));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_found_by_their_names_whatever_bytes_they_are),
        cmocka_unit_test(what_is_no_such_body_has_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
