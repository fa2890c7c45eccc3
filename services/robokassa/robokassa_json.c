#include "services/robokassa/robokassa_json.h"

static void skip(span_t *text, size_t size)
{
    *text = (span_t){text->bytes + size, text->size - size};
}

static bool is_of(char c, const char *signs)
{
    return c != '\0' && strchr(signs, c);
}

static void skip_blanks(span_t *text)
{
    while (text->size > 0 && is_of(text->bytes[0], " \t\r\n"))
        skip(text, 1);
}

static bool take(span_t *text, char sign)
{
    skip_blanks(text);
    if (text->size == 0 || text->bytes[0] != sign)
        return false;
    skip(text, 1);
    return true;
}

// Escapes stay as they are: no text that anything here depends on has one.
static bool take_text(span_t *text, span_t *ret_value)
{
    if (!take(text, '"'))
        return false;
    for (size_t i = 0; i < text->size; i++) {
        char c = text->bytes[i];
        if ((unsigned char)c < ' ')
            return false;
        if (c == '"') {
            *ret_value = (span_t){text->bytes, i};
            skip(text, i + 1);
            return true;
        }
        i += c == '\\';
    }
    return false;
}

static bool take_value(span_t *text, robokassa_member_t *member)
{
    static const span_t words[] = {SPAN("true"), SPAN("false"), SPAN("null")};
    size_t size = 0;
    skip_blanks(text);
    if (text->size > 0 && text->bytes[0] == '"') {
        member->kind = ROBOKASSA_JSON_TEXT;
        return take_text(text, &member->value);
    }
    while (size < text->size && !is_of(text->bytes[size], ",} \t\r\n"))
        size++;
    member->value = (span_t){text->bytes, size};
    member->kind = ROBOKASSA_JSON_WORD;
    skip(text, size);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (span_is(member->value, words[i]))
            return true;
    member->kind = ROBOKASSA_JSON_NUMBER;
    for (size_t i = 0; i < size; i++)
        if (!is_of(member->value.bytes[i], "0123456789.+-eE"))
            return false;
    return size > 0;
}

static const robokassa_member_t *find(const robokassa_json_t *object, const char *name)
{
    for (size_t i = 0; i < object->count; i++)
        if (span_is(object->members[i].name, span_of(name)))
            return &object->members[i];
    return NULL;
}

bool robokassa_json_read(span_t body, robokassa_json_t *object)
{
    object->count = 0;
    if (body.size > ROBOKASSA_JSON_BYTES_MAX || !take(&body, '{'))
        return false;
    do {
        robokassa_member_t member;
        if (object->count == ROBOKASSA_JSON_MEMBERS_MAX || !take_text(&body, &member.name) ||
            !take(&body, ':') || !take_value(&body, &member))
            return false;
        for (size_t i = 0; i < object->count; i++)
            if (span_is(object->members[i].name, member.name))
                return false;
        object->members[object->count++] = member;
    } while (take(&body, ','));
    if (!take(&body, '}'))
        return false;
    skip_blanks(&body);
    return body.size == 0;
}

span_t robokassa_json_value(const robokassa_json_t *object, const char *name,
                            robokassa_json_kind_t kind)
{
    const robokassa_member_t *member = find(object, name);
    return member && member->kind == kind ? member->value : (span_t){NULL, 0};
}

span_t robokassa_json_number(const robokassa_json_t *object, const char *name)
{
    span_t text = robokassa_json_value(object, name, ROBOKASSA_JSON_TEXT);
    return text.size ? text : robokassa_json_value(object, name, ROBOKASSA_JSON_NUMBER);
}
