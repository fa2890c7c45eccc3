#include "services/base/hole.h"
#include "proto/form.h"
#include "proto/month.h"
#include "proto/utf8.h"
#include <stdio.h>

#define NO_BREAK "\xc2\xa0"
#define MINUS "\xe2\x88\x92"
#define RUBLE "\xe2\x82\xbd"
#define REPLACEMENT "\xef\xbf\xbd"

enum { MINUTES_OF_PRICE = 43200, YEAR_MIN = 2000, YEAR_MAX = 2199 };

// --- text ---

// Marks that turn the direction of what is around them, and control characters.
static bool is_unfit(const unsigned char *bytes, size_t size)
{
    if (size == 1)
        return bytes[0] < 0x20 || bytes[0] == 0x7f;
    if (size == 2)
        return (bytes[0] == 0xc2 && bytes[1] < 0xa0) || (bytes[0] == 0xd8 && bytes[1] == 0x9c);
    if (size != 3 || bytes[0] != 0xe2)
        return false;
    return (bytes[1] == 0x80 &&
            ((bytes[2] >= 0xaa && bytes[2] <= 0xae) || bytes[2] == 0x8e || bytes[2] == 0x8f)) ||
           (bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9);
}

static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void hole_text(writer_t *writer, language_t language, span_t text)
{
    (void)language;
    for (size_t i = 0; i < text.size;) {
        const char *escape = escape_of(text.bytes[i]);
        size_t size = utf8_character(text.bytes + i, text.size - i);
        if (escape)
            writer_string(writer, escape);
        else if (size && !is_unfit((const unsigned char *)text.bytes + i, size))
            writer_put(writer, text.bytes + i, size);
        else
            writer_string(writer, REPLACEMENT);
        i += size ? size : 1;
    }
}

void hole_path(writer_t *writer, language_t language, span_t text)
{
    (void)language;
    form_escape(writer, text);
}

void hole_route(writer_t *writer, language_t language, span_t text)
{
    (void)language;
    bool begun = false; // with a second / it would be another host
    for (size_t i = 0; i < text.size; i++) {
        char c = text.bytes[i];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
        if (plain || (c == '/' && begun))
            writer_put(writer, &c, 1);
        begun = begun || plain;
    }
}

// --- numbers ---

static void put_grouped(writer_t *writer, language_t language, uint64_t number)
{
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    for (int i = 0; i < size; i++) {
        if (i && (size - i) % 3 == 0)
            writer_string(writer, language == LANGUAGE_RUSSIAN ? NO_BREAK : ",");
        writer_put(writer, &digits[i], 1);
    }
}

static uint64_t magnitude(int64_t number)
{
    return number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
}

static void put_kopecks(writer_t *writer, language_t language, uint64_t kopecks)
{
    char text[8];
    snprintf(text, sizeof text, "%c%02u", language == LANGUAGE_RUSSIAN ? ',' : '.',
             (unsigned)(kopecks % 100));
    put_grouped(writer, language, kopecks / 100);
    writer_string(writer, text);
    writer_string(writer, NO_BREAK RUBLE);
}

void hole_money(writer_t *writer, language_t language, kopecks_t sum)
{
    if (sum < 0)
        writer_string(writer, MINUS);
    put_kopecks(writer, language, magnitude(sum));
}

void hole_signed(writer_t *writer, language_t language, kopecks_t sum)
{
    if (sum > 0)
        writer_string(writer, "+");
    hole_money(writer, language, sum);
}

void hole_rubles(writer_t *writer, language_t language, kopecks_t sum)
{
    if (sum % 100) {
        hole_money(writer, language, sum);
        return;
    }
    if (sum < 0)
        writer_string(writer, MINUS);
    put_grouped(writer, language, magnitude(sum) / 100);
    writer_string(writer, NO_BREAK RUBLE);
}

void hole_price(writer_t *writer, language_t language, kopecks_t price)
{
    char text[16];
    uint64_t kopecks = magnitude(price), whole = kopecks / (MINUTES_OF_PRICE * UINT64_C(100));
    // Five digits of a ruble, rounded half up; what is charged is exact and stands beside it.
    uint64_t rest = kopecks % (MINUTES_OF_PRICE * UINT64_C(100));
    uint64_t parts =
        (rest * 100000 + MINUTES_OF_PRICE * UINT64_C(50)) / (MINUTES_OF_PRICE * UINT64_C(100));
    put_grouped(writer, language, whole + parts / 100000);
    snprintf(text, sizeof text, "%c%05u", language == LANGUAGE_RUSSIAN ? ',' : '.',
             (unsigned)(parts % 100000));
    writer_string(writer, text);
}

void hole_count(writer_t *writer, language_t language, uint64_t number)
{
    put_grouped(writer, language, number);
}

void hole_id(writer_t *writer, language_t language, uint64_t number)
{
    (void)language;
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    writer_string(writer, text);
}

void hole_svg(writer_t *writer, language_t language, int64_t number)
{
    if (number < 0)
        writer_string(writer, "-");
    hole_id(writer, language, magnitude(number));
}

void hole_plural(writer_t *writer, language_t language, uint64_t number, const char *const forms[5])
{
    uint64_t ten = number % 10, hundred = number % 100;
    int form = number == 1 ? 3 : 4;
    if (language == LANGUAGE_RUSSIAN)
        form = ten == 1 && hundred != 11                                ? 0
               : ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14) ? 1
                                                                        : 2;
    put_grouped(writer, language, number);
    writer_string(writer, NO_BREAK);
    hole_text(writer, language, span_of(forms[form]));
}

void hole_plain_money(writer_t *writer, char comma, kopecks_t sum)
{
    char text[32];
    uint64_t kopecks = magnitude(sum);
    snprintf(text, sizeof text, "%s%llu%c%02u", sum < 0 ? "-" : "",
             (unsigned long long)(kopecks / 100), comma, (unsigned)(kopecks % 100));
    writer_string(writer, text);
}

// --- time ---

typedef struct {
    unsigned year, month, day, hour, minute, second;
} moscow_t;

static moscow_t moscow_of(instant_t at)
{
    uint64_t month = month_of(at);
    int64_t since = at - month_start(month);
    return (moscow_t){.year = (unsigned)(month / 12),
                      .month = (unsigned)(month % 12) + 1,
                      .day = (unsigned)(since / DAY_US) + 1,
                      .hour = (unsigned)(since % DAY_US / HOUR_US),
                      .minute = (unsigned)(since % HOUR_US / MINUTE_US),
                      .second = (unsigned)(since % MINUTE_US / SECOND_US)};
}

void hole_date(writer_t *writer, language_t language, instant_t at)
{
    static const char *const months[2][12] = {
        {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
         "октября", "ноября", "декабря"},
        {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}};
    char text[64];
    moscow_t when = moscow_of(at);
    snprintf(text, sizeof text, "%u" NO_BREAK "%s %u", when.day, months[language][when.month - 1],
             when.year);
    writer_string(writer, text);
}

void hole_time(writer_t *writer, language_t language, instant_t at)
{
    char text[64];
    moscow_t when = moscow_of(at);
    hole_date(writer, language, at);
    snprintf(text, sizeof text, ", %02u:%02u" NO_BREAK "%s", when.hour, when.minute,
             language == LANGUAGE_RUSSIAN ? "МСК" : "MSK");
    writer_string(writer, text);
}

void hole_clock(writer_t *writer, language_t language, instant_t at)
{
    (void)language;
    char text[64];
    moscow_t when = moscow_of(at);
    snprintf(text, sizeof text, "%02u.%02u.%04u %02u:%02u", when.day, when.month, when.year,
             when.hour, when.minute);
    writer_string(writer, text);
}

void hole_stamp(writer_t *writer, language_t language, instant_t at)
{
    (void)language;
    char text[64];
    moscow_t when = moscow_of(at);
    snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02u+03:00", when.year, when.month,
             when.day, when.hour, when.minute, when.second);
    writer_string(writer, text);
}

void hole_utc(writer_t *writer, instant_t at)
{
    char text[64];
    moscow_t when = moscow_of(at - MOSCOW_OFFSET_US);
    snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02uZ", when.year, when.month, when.day,
             when.hour, when.minute, when.second);
    writer_string(writer, text);
}

// As many digits as there must be.
static bool take_number(span_t *text, size_t digits, unsigned *ret_number)
{
    unsigned number = 0;
    if (text->size < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        char c = text->bytes[i];
        if (c < '0' || c > '9')
            return false;
        number = number * 10 + (unsigned)(c - '0');
    }
    *text = (span_t){text->bytes + digits, text->size - digits};
    *ret_number = number;
    return true;
}

static bool take_char(span_t *text, char c)
{
    if (!text->size || *text->bytes != c)
        return false;
    *text = (span_t){text->bytes + 1, text->size - 1};
    return true;
}

bool hole_read_clock(span_t text, instant_t *ret_at)
{
    moscow_t when = {0};
    bool good = take_number(&text, 2, &when.day) && take_char(&text, '.') &&
                take_number(&text, 2, &when.month) && take_char(&text, '.') &&
                take_number(&text, 4, &when.year);
    if (good && text.size)
        good = take_char(&text, ' ') && take_number(&text, 2, &when.hour) &&
               take_char(&text, ':') && take_number(&text, 2, &when.minute) && !text.size;
    if (!good || when.year < YEAR_MIN || when.year > YEAR_MAX || when.month < 1 ||
        when.month > 12 || when.day < 1 || when.hour > 23 || when.minute > 59)
        return false;
    uint64_t month = (uint64_t)when.year * 12 + when.month - 1;
    instant_t day = month_start(month) + (instant_t)(when.day - 1) * DAY_US;
    if (day >= month_start(month + 1))
        return false;
    *ret_at = day + (instant_t)when.hour * HOUR_US + (instant_t)when.minute * MINUTE_US;
    return true;
}
