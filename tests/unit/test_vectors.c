#include "proto/digest.h"
#include "tools/kopeck_vectors/samples.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { LINE_MAX_SIZE = 16 * 1024 };

// --- the files hold what the encoders make ---

static FILE *open_file(const char *name)
{
    FILE *file = fopen(name, "r");
    if (!file)
        fail_msg("%s: not found; tests run in the source folder", name);
    return file;
}

static void compare(void *arg, const char *name, const void *data, size_t size, const char *json)
{
    static char line[LINE_MAX_SIZE], want[LINE_MAX_SIZE], hex[2 * SAMPLE_BYTES_MAX + 1];
    assert_non_null(fgets(line, sizeof line, arg));
    digest_hex_lower(data, size, hex);
    snprintf(want, sizeof want, "%s\t%s%s%s\n", name, hex, json ? "\t" : "", json ? json : "");
    assert_string_equal(line, want);
}

static void golden_events_are_what_the_encoder_makes(void **state)
{
    (void)state;
    FILE *file = open_file("tests/vectors/events.tsv");
    samples_events(compare, file);
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
}

static void golden_frames_are_what_the_encoders_make(void **state)
{
    (void)state;
    FILE *file = open_file("tests/vectors/protocol.tsv");
    samples_protocol(compare, file);
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
}

typedef struct {
    FILE *page;
    size_t found, wanted;
} examples_t;

static void find_example(void *arg, const char *name, const void *data, size_t size,
                         const char *json)
{
    static char line[LINE_MAX_SIZE], want[LINE_MAX_SIZE], hex[2 * SAMPLE_BYTES_MAX + 1];
    examples_t *examples = arg;
    (void)json;
    if (strchr(name, ' ')) // the tables' samples stand in the file only
        return;
    digest_hex_lower(data, size, hex);
    snprintf(want, sizeof want, "    %s %s\n", name, hex);
    examples->wanted++;
    rewind(examples->page);
    while (fgets(line, sizeof line, examples->page))
        if (strcmp(line, want) == 0) {
            examples->found++;
            return;
        }
    fail_msg("PROTOCOL.md has no line `%s %s`", name, hex);
}

static void the_pages_examples_are_true(void **state)
{
    (void)state;
    examples_t examples = {.page = open_file("proto/PROTOCOL.md")};
    samples_protocol(find_example, &examples);
    fclose(examples.page);
    assert_int_equal(examples.found, examples.wanted);
    assert_true(examples.found > 15);
}

// --- every event ever shipped decodes for ever ---

static size_t golden(const char *name, uint8_t out[SAMPLE_BYTES_MAX])
{
    static char line[LINE_MAX_SIZE];
    FILE *file = open_file("tests/vectors/events.tsv");
    size_t size = 0;
    while (!size && fgets(line, sizeof line, file)) {
        char *hex = strchr(line, '\t');
        assert_non_null(hex);
        *hex++ = '\0';
        if (strcmp(line, name) == 0) {
            size = strcspn(hex, "\t\n") / 2;
            assert_true(digest_unhex(hex, 2 * size, size, out));
        }
    }
    fclose(file);
    return size;
}

static bool same(const event_info_t *info, const event_t *a, const event_t *b, size_t fields)
{
    for (size_t i = 0; i < fields; i++) {
        char *text[2];
        size_t size[2];
        for (unsigned side = 0; side < 2; side++) {
            FILE *out = open_memstream(&text[side], &size[side]);
            field_json(&info->fields()[i], event_body(side ? b : a), out);
            fclose(out);
        }
        bool equal = strcmp(text[0], text[1]) == 0;
        free(text[0]);
        free(text[1]);
        if (!equal)
            return false;
    }
    return a->type == b->type && a->at == b->at && a->cause.stream == b->cause.stream &&
           a->cause.sequence == b->cause.sequence &&
           uid_equal(&a->cause.command, &b->cause.command) &&
           uid_equal(&a->cause.content, &b->cause.content);
}

// What was shipped first decodes with its later fields zero; the whole one also encodes to itself.
static void every_golden_event_decodes_and_encodes_identically(void **state)
{
    (void)state;
    const event_info_t *info;
    for (size_t i = 0; (info = event_info_at(i)); i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX], again[SAMPLE_BYTES_MAX];
        char name[SAMPLE_NAME_MAX];
        event_t event, sample;
        sample_event(info, &sample);
        size_t size = golden(info->name, bytes);
        assert_true(size > 0);
        assert_int_equal(event_decode(bytes, size, &event), FAIL_NONE);
        assert_true(same(info, &event, &sample, sample_event_fields(info)));
        sample_event_name(info, info->fields_count, name);
        size = golden(name, bytes);
        assert_int_equal(event_decode(bytes, size, &event), FAIL_NONE);
        assert_true(same(info, &event, &sample, info->fields_count));
        assert_int_equal(event_encode(&event, again, sizeof again), size);
        assert_memory_equal(again, bytes, size);
        assert_int_equal(event_encode(&event, again, size - 1), 0); // no room, nothing
    }
}

// Rewrites an event's array with another count of fields; the header grows where it must.
static size_t with_fields(const event_info_t *info, size_t fields, uint8_t out[SAMPLE_BYTES_MAX])
{
    event_t event;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    sample_event(info, &event);
    size_t size = event_encode(&event, bytes, sizeof bytes);
    size_t header = 4 + info->fields_count < 16 ? 1 : 3;
    wire_t wire;
    wire_start(&wire, bytes + header, size - header);
    size_t kept = fields < info->fields_count ? fields : info->fields_count;
    wire_skip(&wire, (uint32_t)(4 + kept));
    assert_int_equal(wire.fail, FAIL_NONE);
    pack_t pack;
    pack_start(&pack, out, SAMPLE_BYTES_MAX);
    pack_array(&pack, 4 + fields);
    size_t body = (size_t)(wire.next - (bytes + header));
    memcpy(pack.next, bytes + header, body);
    pack.next += body;
    for (size_t i = kept; i < fields; i++) { // what a newer writer appended: a nested value
        pack_array(&pack, 2);
        pack_text(&pack, text_of("new"));
        pack_array(&pack, 1);
        pack_nil(&pack);
    }
    return pack_end(&pack);
}

static void missing_trailing_fields_are_zero_and_surplus_ones_are_skipped(void **state)
{
    (void)state;
    const event_info_t *info;
    for (size_t i = 0; (info = event_info_at(i)); i++)
        for (size_t fields = 0; fields <= info->fields_count + 2; fields++) {
            uint8_t bytes[SAMPLE_BYTES_MAX];
            event_t event, sample, zero = {0};
            size_t size = with_fields(info, fields, bytes);
            assert_int_equal(event_decode(bytes, size, &event), FAIL_NONE);
            sample_event(info, &sample);
            size_t kept = fields < info->fields_count ? fields : info->fields_count;
            assert_true(same(info, &event, &sample, kept));
            for (size_t j = kept; j < info->fields_count; j++) {
                char *text = NULL, *nought = NULL;
                size_t ignored;
                FILE *out = open_memstream(&text, &ignored);
                field_json(&info->fields()[j], event_body(&event), out);
                fclose(out);
                out = open_memstream(&nought, &ignored);
                field_json(&info->fields()[j], event_body(&zero), out);
                fclose(out);
                assert_string_equal(text, nought);
                free(text);
                free(nought);
            }
        }
}

static void no_prefix_of_an_event_is_one(void **state)
{
    (void)state;
    const event_info_t *info;
    for (size_t i = 0; (info = event_info_at(i)); i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        size_t size = golden(info->name, bytes);
        for (size_t cut = 0; cut < size; cut++) {
            uint8_t *exact = malloc(cut ? cut : 1); // so that a sanitizer sees one byte too far
            event_t event = {.at = 7};
            assert_non_null(exact);
            memcpy(exact, bytes, cut);
            assert_int_equal(event_decode(exact, cut, &event), FAIL_INVALID);
            assert_int_equal(event.at, 7); // untouched
            free(exact);
        }
        bytes[size] = 0xc0;
        event_t event;
        assert_int_equal(event_decode(bytes, size + 1, &event), FAIL_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_events_are_what_the_encoder_makes),
        cmocka_unit_test(golden_frames_are_what_the_encoders_make),
        cmocka_unit_test(the_pages_examples_are_true),
        cmocka_unit_test(every_golden_event_decodes_and_encodes_identically),
        cmocka_unit_test(missing_trailing_fields_are_zero_and_surplus_ones_are_skipped),
        cmocka_unit_test(no_prefix_of_an_event_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
