#include "services/api/api_json.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { DIGITS_MAX = 20, TEXT_MAX = 128 };

const char *api_json_name(const field_t *field, char buffer[API_NAME_MAX])
{
    snprintf(buffer, API_NAME_MAX, "%s%s", field->name,
             field->type == FIELD_TYPE_money ? "_kop" : "");
    return buffer;
}

bool api_json_hides(const field_t *field)
{
    return field->type == FIELD_TYPE_bytes || field->type == FIELD_TYPE_secret;
}

// --- out ---

static json_t *text_value(text_t text)
{
    json_t *value = text.size ? json_stringn(text.data, text.size) : json_string("");
    return value ? value : json_string("\xef\xbf\xbd"); // stored before texts were looked at
}

static json_t *hash_value(const hash_t *hash)
{
    char text[2 * sizeof hash->bytes + 1];
    for (size_t i = 0; i < sizeof hash->bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", hash->bytes[i]);
    return json_string(text);
}

static json_t *time_value(instant_t at)
{
    char text[TIME_TEXT_SIZE];
    if (at == 0 || at == INT64_MAX)
        return json_null();
    time_format(at, text);
    return json_string(text);
}

static json_t *code_value(codes_family_t family, uint64_t number)
{
    char digits[DIGITS_MAX + 1];
    const char *name = codes_name(family, number);
    if (!name && number == 0)
        return json_null();
    snprintf(digits, sizeof digits, "%" PRIu64, number);
    return json_string(name ? name : digits);
}

static json_t *id_value(const void *at, bool wide)
{
    char text[UID_TEXT_SIZE];
    if (!wide && uid_is_zero(at))
        return json_null();
    if (wide)
        snprintf(text, sizeof text, "%" PRIu64, *(const uint64_t *)at);
    else
        uid_format(at, text);
    return json_string(text);
}

json_t *api_json_value(const field_t *field, const void *body)
{
    const void *at = (const char *)body + field->offset;
    switch (field->type) {
    case FIELD_TYPE_u64:
        return json_integer((json_int_t) * (const uint64_t *)at);
    case FIELD_TYPE_id64:
        return id_value(at, true);
    case FIELD_TYPE_i64:
    case FIELD_TYPE_money:
        return json_integer(*(const int64_t *)at);
    case FIELD_TYPE_time:
        return time_value(*(const instant_t *)at);
    case FIELD_TYPE_flag:
        return json_boolean(*(const bool *)at);
    case FIELD_TYPE_uid:
        return id_value(at, false);
    case FIELD_TYPE_hash:
        return hash_value(at);
    case FIELD_TYPE_text:
        return text_value(*(const text_t *)at);
    case FIELD_TYPE_code:
        return code_value(field->family, *(const uint64_t *)at);
    case FIELD_TYPE_bytes:
    case FIELD_TYPE_secret:
        break;
    }
    return json_null();
}

static bool is_among(const char *name, const char *const *names)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

json_t *api_json_object(const field_t *fields, size_t count, const void *body,
                        const char *const *left_out)
{
    char name[API_NAME_MAX];
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++)
        if (!api_json_hides(&fields[i]) && !is_among(fields[i].name, left_out))
            json_object_set_new(object, api_json_name(&fields[i], name),
                                api_json_value(&fields[i], body));
    return object;
}

// --- in ---

const char *api_json_expected(const field_t *field)
{
    switch (field->type) {
    case FIELD_TYPE_u64:
        return "an integer from 0 on";
    case FIELD_TYPE_id64:
        return "a string of 1 to 20 digits";
    case FIELD_TYPE_i64:
        return "an integer";
    case FIELD_TYPE_money:
        return "an integer of kopecks";
    case FIELD_TYPE_time:
        return "an instant as 2026-01-31T12:00:00Z";
    case FIELD_TYPE_flag:
        return "true or false";
    case FIELD_TYPE_uid:
        return "a UUID";
    case FIELD_TYPE_hash:
        return "64 hex digits";
    case FIELD_TYPE_text:
        return "a text of " UTF8_EXPECTED;
    case FIELD_TYPE_code:
    case FIELD_TYPE_bytes:
    case FIELD_TYPE_secret:
        break;
    }
    return "a name of the family";
}

static bool refuse(const field_t *field, char why[API_WHY_MAX])
{
    char names[API_WHY_MAX - 32] = "";
    const codes_info_t *info = codes_info(field->family);
    size_t size = 0;
    for (size_t i = 0; info && i < info->count && size < sizeof names - 32; i++)
        size += (size_t)snprintf(names + size, sizeof names - size, "%s%s", i ? ", " : "",
                                 codes_name(field->family, info->codes[i].number));
    snprintf(why, API_WHY_MAX, "expected %s", info ? names : api_json_expected(field));
    return false;
}

static bool read_digits(span_t text, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] < '0' || text.bytes[i] > '9' ||
            __builtin_mul_overflow(number, UINT64_C(10), &number) ||
            __builtin_add_overflow(number, (uint64_t)(text.bytes[i] - '0'), &number))
            return false;
    *ret_number = number;
    return text.size > 0 && text.size <= DIGITS_MAX;
}

static bool read_integer(span_t text, int64_t *ret_number)
{
    uint64_t number;
    bool below = text.size && *text.bytes == '-';
    if (below)
        text = (span_t){text.bytes + 1, text.size - 1};
    if (!read_digits(text, &number) || number > INT64_MAX)
        return false;
    *ret_number = below ? -(int64_t)number : (int64_t)number;
    return true;
}

static bool read_code(span_t text, codes_family_t family, uint64_t *ret_number)
{
    const codes_info_t *info = codes_info(family);
    for (size_t i = 0; info && i < info->count; i++)
        if (span_is(text, span_of(codes_name(family, info->codes[i].number)))) {
            *ret_number = info->codes[i].number;
            return true;
        }
    return false;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hash(span_t text, hash_t *ret_hash)
{
    if (text.size != 2 * sizeof ret_hash->bytes)
        return false;
    for (size_t i = 0; i < sizeof ret_hash->bytes; i++) {
        int high = hex_digit(text.bytes[2 * i]), low = hex_digit(text.bytes[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret_hash->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

// An instant names its zone: Moscow's clock is for people.
static bool read_time(span_t text, instant_t *ret_at)
{
    char copy[TIME_TEXT_SIZE];
    if (text.size < 11 || text.size >= sizeof copy || memchr(text.bytes, '\0', text.size))
        return false;
    memcpy(copy, text.bytes, text.size);
    copy[text.size] = '\0';
    bool zoned = copy[text.size - 1] == 'Z' || strchr(copy + 10, '+') || strchr(copy + 10, '-');
    return zoned && time_parse(copy, ret_at);
}

static bool read_uid(span_t text, uid_t16 *ret_id)
{
    char copy[UID_TEXT_SIZE];
    if (text.size != sizeof copy - 1 || memchr(text.bytes, '\0', text.size))
        return false;
    memcpy(copy, text.bytes, text.size);
    copy[text.size] = '\0';
    return uid_parse(copy, ret_id);
}

static bool read_text(span_t text, text_t *ret_text)
{
    text_t read = {text.bytes, (uint32_t)text.size};
    if (text.size > UINT16_MAX || memchr(text.bytes, '\0', text.size) || !utf8_is_text(read))
        return false;
    *ret_text = read;
    return true;
}

// What is a string in JSON.
static bool read_string(span_t text, const field_t *field, void *at)
{
    switch (field->type) {
    case FIELD_TYPE_id64:
        return read_digits(text, at);
    case FIELD_TYPE_time:
        return read_time(text, at);
    case FIELD_TYPE_uid:
        return read_uid(text, at);
    case FIELD_TYPE_hash:
        return read_hash(text, at);
    case FIELD_TYPE_text:
    case FIELD_TYPE_secret:
        return read_text(text, at);
    case FIELD_TYPE_code:
        return read_code(text, field->family, at);
    default:
        return false;
    }
}

bool api_json_read(const json_t *value, const field_t *field, void *body, char why[API_WHY_MAX])
{
    void *at = (char *)body + field->offset;
    bool good = false;
    if (json_is_string(value)) {
        good =
            read_string((span_t){json_string_value(value), json_string_length(value)}, field, at);
    } else if (json_is_boolean(value) && field->type == FIELD_TYPE_flag) {
        *(bool *)at = json_is_true(value);
        good = true;
    } else if (json_is_integer(value)) {
        json_int_t number = json_integer_value(value);
        good = field->type == FIELD_TYPE_i64 || field->type == FIELD_TYPE_money ||
               (field->type == FIELD_TYPE_u64 && number >= 0);
        if (good)
            *(int64_t *)at = number;
    }
    return good || refuse(field, why);
}

bool api_json_read_text(span_t text, const field_t *field, void *body, char why[API_WHY_MAX])
{
    void *at = (char *)body + field->offset;
    bool yes = span_is(text, SPAN("true"));
    bool good = false;
    switch (field->type) {
    case FIELD_TYPE_u64:
        good = read_digits(text, at) && *(uint64_t *)at <= INT64_MAX;
        break;
    case FIELD_TYPE_i64:
    case FIELD_TYPE_money:
        good = read_integer(text, at);
        break;
    case FIELD_TYPE_flag:
        good = yes || span_is(text, SPAN("false"));
        *(bool *)at = yes;
        break;
    default:
        good = read_string(text, field, at);
    }
    return good || refuse(field, why);
}

// --- schemas ---

static json_t *code_schema(codes_family_t family)
{
    json_t *schema = json_pack("{s:[ss], s:s}", "type", "string", "null", "pattern",
                               "^([A-Z][A-Z0-9_]*|[0-9]+)$");
    json_t *names = json_array();
    const codes_info_t *info = codes_info(family);
    for (size_t i = 0; i < info->count; i++)
        json_array_append_new(names, json_string(codes_name(family, info->codes[i].number)));
    json_object_set_new(schema, "examples", names);
    return schema;
}

static json_t *plain_schema(field_type_t type)
{
    switch (type) {
    case FIELD_TYPE_u64:
        return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
    case FIELD_TYPE_id64:
        return json_pack("{s:s, s:s}", "type", "string", "pattern", "^[0-9]{1,20}$");
    case FIELD_TYPE_i64:
    case FIELD_TYPE_money:
        return json_pack("{s:s}", "type", "integer");
    case FIELD_TYPE_time:
        return json_pack("{s:[ss], s:s}", "type", "string", "null", "format", "date-time");
    case FIELD_TYPE_flag:
        return json_pack("{s:s}", "type", "boolean");
    case FIELD_TYPE_uid:
        return json_pack("{s:[ss], s:s}", "type", "string", "null", "format", "uuid");
    case FIELD_TYPE_hash:
        return json_pack("{s:s, s:s}", "type", "string", "pattern", "^[0-9a-f]{64}$");
    default:
        return json_pack("{s:s}", "type", "string");
    }
}

json_t *api_json_schema(const field_t *field)
{
    json_t *schema =
        field->type == FIELD_TYPE_code ? code_schema(field->family) : plain_schema(field->type);
    json_object_set_new(schema, "description", json_string(field->meaning));
    return schema;
}

// --- whole values ---

static size_t depth_of(const json_t *value)
{
    size_t deepest = 0, index;
    const char *name;
    json_t *inner;
    json_array_foreach((json_t *)value, index, inner)
    {
        size_t depth = depth_of(inner);
        deepest = depth > deepest ? depth : deepest;
    }
    json_object_foreach((json_t *)value, name, inner)
    {
        size_t depth = depth_of(inner);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

json_t *api_json_parse(span_t bytes, char why[API_WHY_MAX])
{
    json_error_t error;
    json_t *value = json_loadb(bytes.bytes, bytes.size, JSON_REJECT_DUPLICATES, &error);
    if (!value) {
        snprintf(why, API_WHY_MAX, "not JSON: %.140s", error.text);
        return NULL;
    }
    if (depth_of(value) <= API_DEPTH_MAX)
        return value;
    snprintf(why, API_WHY_MAX, "nested deeper than %d", API_DEPTH_MAX);
    json_decref(value);
    return NULL;
}

char *api_json_text(const json_t *value, size_t *ret_size)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    assert(text);
    *ret_size = strlen(text);
    return text;
}
