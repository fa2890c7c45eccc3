#include "services/robokassa/robokassa_refund.h"
#include "services/robokassa/robokassa_number.h"

typedef enum { TEXT, NUMBER, WORD } kind_t; // a word is true, false or null

typedef struct {
    span_t name, value; // of a text, what stands between its quotes
    kind_t kind;
} member_t;

typedef struct {
    member_t members[ROBOKASSA_REFUND_MEMBERS_MAX];
    size_t count;
} object_t;

static bool is_key(span_t key)
{
    if (key.size == 0 || key.size > ROBOKASSA_REFUND_KEY_MAX)
        return false;
    for (size_t i = 0; i < key.size; i++)
        if (key.bytes[i] <= ' ' || key.bytes[i] > '~' || key.bytes[i] == '"' ||
            key.bytes[i] == '\\')
            return false;
    return true;
}

size_t robokassa_refund_payload(span_t op_key, kopecks_t sum, const robokassa_item_t *item,
                                char *buffer, size_t buffer_size)
{
    char text[ROBOKASSA_NUMBER_SIZE];
    writer_t writer = writer_on(buffer, buffer_size);
    if (!is_key(op_key) || sum < 0 || (item && !robokassa_receipt_is_refunded(item)))
        return 0;
    writer_string(&writer, "{\"OpKey\":\"");
    writer_text(&writer, op_key);
    writer_string(&writer, "\"");
    if (sum > 0) {
        writer_string(&writer, ",\"RefundSum\":");
        writer_text(&writer, robokassa_number_print_sum(sum, text));
    }
    if (item) {
        writer_string(&writer, ",\"InvoiceItems\":");
        robokassa_receipt_refunded(item, &writer);
    }
    writer_string(&writer, "}");
    return writer_end(&writer);
}

// --- the reader ---

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

static bool take_value(span_t *text, member_t *member)
{
    static const span_t words[] = {SPAN("true"), SPAN("false"), SPAN("null")};
    size_t size = 0;
    skip_blanks(text);
    if (text->size > 0 && text->bytes[0] == '"') {
        member->kind = TEXT;
        return take_text(text, &member->value);
    }
    while (size < text->size && !is_of(text->bytes[size], ",} \t\r\n"))
        size++;
    member->value = (span_t){text->bytes, size};
    member->kind = WORD;
    skip(text, size);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (span_is(member->value, words[i]))
            return true;
    member->kind = NUMBER;
    for (size_t i = 0; i < size; i++)
        if (!is_of(member->value.bytes[i], "0123456789.+-eE"))
            return false;
    return size > 0;
}

static const member_t *find(const object_t *object, const char *name)
{
    for (size_t i = 0; i < object->count; i++)
        if (span_is(object->members[i].name, span_of(name)))
            return &object->members[i];
    return NULL;
}

static bool read_object(span_t body, object_t *object)
{
    object->count = 0;
    if (body.size > ROBOKASSA_REFUND_ANSWER_MAX || !take(&body, '{'))
        return false;
    do {
        member_t member;
        if (object->count == ROBOKASSA_REFUND_MEMBERS_MAX || !take_text(&body, &member.name) ||
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

// The value if it is of that kind, else absent.
static span_t value_of(const object_t *object, const char *name, kind_t kind)
{
    const member_t *member = find(object, name);
    return member && member->kind == kind ? member->value : (span_t){NULL, 0};
}

bool robokassa_refund_read_created(span_t body, robokassa_refund_created_t *ret_created)
{
    object_t object;
    if (!read_object(body, &object))
        return false;
    span_t success = value_of(&object, "success", WORD);
    if (!span_is(success, SPAN("true")) && !span_is(success, SPAN("false")))
        return false;
    *ret_created = (robokassa_refund_created_t){.success = span_is(success, SPAN("true")),
                                                .request = value_of(&object, "requestId", TEXT),
                                                .message = value_of(&object, "message", TEXT)};
    return true;
}

bool robokassa_refund_read_state(span_t body, robokassa_refund_state_t *ret_state)
{
    object_t object;
    if (!read_object(body, &object))
        return false;
    robokassa_refund_state_t state = {.request = value_of(&object, "requestId", TEXT),
                                      .label = value_of(&object, "label", TEXT),
                                      .amount = value_of(&object, "amount", NUMBER)};
    if (state.request.size == 0 || state.label.size == 0)
        return false;
    *ret_state = state;
    return true;
}
