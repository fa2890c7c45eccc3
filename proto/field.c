#include "proto/field.h"
#include "proto/digest.h"
#include "proto/month.h"
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

const char *field_type_name(field_type_t type)
{
#define TYPE(type) #type,
    static const char *const names[] = {FIELD_TYPE_LIST(TYPE) "code"};
#undef TYPE
    return names[type];
}

void uid_format(const uid_t16 *id, char out[UID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *at = out;
    for (size_t i = 0; i < sizeof id->bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[id->bytes[i] >> 4];
        *at++ = digits[id->bytes[i] & 15];
    }
    *at = '\0';
}

bool uid_parse(const char *text, uid_t16 *ret_id)
{
    uid_t16 id;
    for (size_t i = 0; i < sizeof id.bytes; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
            return false;
        int high = digest_hex_value(text[0]);
        int low = high < 0 ? -1 : digest_hex_value(text[1]);
        if (low < 0)
            return false;
        id.bytes[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (*text)
        return false;
    *ret_id = id;
    return true;
}

// As the clocks of a zone show it that is so much ahead of UTC; false beyond what a date can say.
static bool format_local(instant_t at, int64_t offset_us, char *out, size_t size)
{
    int64_t seconds = at / SECOND_US + offset_us / SECOND_US, micros = at % SECOND_US;
    if (micros < 0) {
        micros += SECOND_US;
        seconds--;
    }
    time_t clock = (time_t)seconds;
    struct tm parts;
    if (!gmtime_r(&clock, &parts) || parts.tm_year > 8099 || parts.tm_year < -1900)
        return false;
    snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06d", (parts.tm_year + 1900) % 10000,
             (parts.tm_mon + 1) % 100, parts.tm_mday % 100, parts.tm_hour % 100, parts.tm_min % 100,
             parts.tm_sec % 100, (int)micros);
    return true;
}

static void format_zoned(instant_t at, int64_t offset_us, const char *zone, char *out)
{
    char local[TIME_TEXT_SIZE - 8];
    if (format_local(at, offset_us, local, sizeof local))
        snprintf(out, TIME_TEXT_SIZE, "%s%s", local, zone);
    else
        snprintf(out, TIME_TEXT_SIZE, "%" PRId64 "us", at);
}

void time_format(instant_t at, char out[TIME_TEXT_SIZE])
{
    format_zoned(at, 0, "Z", out);
}

void time_format_moscow(instant_t at, char out[TIME_TEXT_SIZE])
{
    format_zoned(at, MOSCOW_OFFSET_US, "+03:00", out);
}

// HH:MM, maybe with seconds and a fraction of them. Where the text goes on; NULL if it is no time.
static const char *parse_clock(const char *text, struct tm *parts, int64_t *ret_micros)
{
    const char *rest = strptime(text, "%H:%M", parts);
    if (!rest || *rest != ':')
        return rest;
    rest = strptime(rest + 1, "%S", parts);
    if (!rest || *rest != '.')
        return rest;
    int64_t scale = SECOND_US / 10;
    for (rest++; *rest >= '0' && *rest <= '9'; rest++, scale /= 10)
        *ret_micros += scale * (*rest - '0');
    return rest;
}

// Z, +03:00, or nothing, which is Moscow.
static bool parse_zone(const char *text, int64_t *ret_offset_us)
{
    int hours, minutes, used = 0;
    if (!*text) {
        *ret_offset_us = MOSCOW_OFFSET_US;
        return true;
    }
    if (*text == 'Z' && !text[1]) {
        *ret_offset_us = 0;
        return true;
    }
    if ((*text != '+' && *text != '-') || strlen(text) != 6 ||
        // NOLINTNEXTLINE(cert-err34-c): two digits cannot overflow
        sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || used != 5 || hours > 23 ||
        minutes > 59)
        return false;
    *ret_offset_us = (*text == '-' ? -1 : 1) * (hours * HOUR_US + minutes * MINUTE_US);
    return true;
}

bool time_parse(const char *text, instant_t *ret_at)
{
    struct tm parts = {0};
    int64_t micros = 0, offset_us = MOSCOW_OFFSET_US;
    const char *rest = strptime(text, "%Y-%m-%d", &parts);
    if (rest && *rest) {
        if (*rest != 'T' && *rest != ' ')
            return false;
        rest = parse_clock(rest + 1, &parts, &micros);
        if (rest && !parse_zone(rest, &offset_us))
            return false;
    }
    if (!rest)
        return false;
    struct tm wanted = parts;
    int64_t seconds = (int64_t)timegm(&parts); // and parts as they would run over: 30 February
    if (parts.tm_mday != wanted.tm_mday || parts.tm_sec != wanted.tm_sec)
        return false;
    *ret_at = seconds * SECOND_US - offset_us + micros;
    return true;
}

static void print_hex(const uint8_t *data, size_t size, FILE *out)
{
    for (size_t i = 0; i < size; i++)
        fprintf(out, "%02x", data[i]);
}

static void print_code(codes_family_t family, uint64_t number, FILE *out)
{
    const char *name = codes_name(family, number);
    if (name)
        fputs(name, out);
    else
        fprintf(out, "%" PRIu64, number);
}

static void print_money(kopecks_t amount, FILE *out)
{
    uint64_t size = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    fprintf(out, "%s%" PRIu64 ".%02" PRIu64, amount < 0 ? "-" : "", size / 100, size % 100);
}

void field_print(const field_t *self, const void *body, FILE *out)
{
    const void *at = (const char *)body + self->offset;
    char text[UID_TEXT_SIZE > TIME_TEXT_SIZE ? UID_TEXT_SIZE : TIME_TEXT_SIZE];
    switch (self->type) {
    case FIELD_TYPE_money:
        print_money(*(const kopecks_t *)at, out);
        break;
    case FIELD_TYPE_time:
        time_format_moscow(*(const instant_t *)at, text);
        fputs(text, out);
        break;
    case FIELD_TYPE_uid:
        uid_format(at, text);
        fputs(text, out);
        break;
    case FIELD_TYPE_hash:
        print_hex(((const hash_t *)at)->bytes, sizeof(hash_t), out);
        break;
    case FIELD_TYPE_bytes:
        print_hex(((const bytes_t *)at)->data, ((const bytes_t *)at)->size, out);
        break;
    case FIELD_TYPE_code:
        print_code(self->family, *(const uint64_t *)at, out);
        break;
    case FIELD_TYPE_id64:
        fprintf(out, "%" PRIu64, *(const uint64_t *)at);
        break;
    case FIELD_TYPE_u64:
    case FIELD_TYPE_i64:
    case FIELD_TYPE_flag:
    case FIELD_TYPE_text:
    case FIELD_TYPE_secret:
        field_json(self, body, out);
        break;
    }
}

void field_json(const field_t *self, const void *body, FILE *out)
{
    const void *at = (const char *)body + self->offset;
    char text[UID_TEXT_SIZE];
    switch (self->type) {
    case FIELD_TYPE_u64:
    case FIELD_TYPE_code:
        fprintf(out, "%" PRIu64, *(const uint64_t *)at);
        break;
    case FIELD_TYPE_id64:
        fprintf(out, "\"%" PRIu64 "\"", *(const uint64_t *)at);
        break;
    case FIELD_TYPE_i64:
    case FIELD_TYPE_money:
    case FIELD_TYPE_time:
        fprintf(out, "%" PRId64, *(const int64_t *)at);
        break;
    case FIELD_TYPE_flag:
        fputs(*(const bool *)at ? "true" : "false", out);
        break;
    case FIELD_TYPE_uid:
        uid_format(at, text);
        fprintf(out, "\"%s\"", text);
        break;
    case FIELD_TYPE_text:
        utf8_json(*(const text_t *)at, out);
        break;
    case FIELD_TYPE_secret:
        fputs("null", out);
        break;
    case FIELD_TYPE_hash:
        fputc('"', out);
        print_hex(((const hash_t *)at)->bytes, sizeof(hash_t), out);
        fputc('"', out);
        break;
    case FIELD_TYPE_bytes:
        fputc('"', out);
        print_hex(((const bytes_t *)at)->data, ((const bytes_t *)at)->size, out);
        fputc('"', out);
        break;
    }
}

const uid_t16 *field_uid(const field_t *fields, size_t count, const char *name, const void *body)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].type == FIELD_TYPE_uid && strcmp(fields[i].name, name) == 0)
            return (const uid_t16 *)(const void *)((const char *)body + fields[i].offset);
    return NULL;
}
