#include "services/robokassa/robokassa_state.h"
#include "services/robokassa/robokassa_number.h"
#include <expat.h>

// The elements we know. Where one stands is told by those around it, so that the Code of a payment
// method is not taken for the Code of the state.
#define ELEMENT_LIST(ELEMENT)                                                                      \
    ELEMENT(OperationStateResponse)                                                                \
    ELEMENT(Result)                                                                                \
    ELEMENT(State)                                                                                 \
    ELEMENT(Info)                                                                                  \
    ELEMENT(UserField)                                                                             \
    ELEMENT(UserFields)                                                                            \
    ELEMENT(Field)                                                                                 \
    ELEMENT(Code)                                                                                  \
    ELEMENT(OutSum)                                                                                \
    ELEMENT(OpKey)                                                                                 \
    ELEMENT(Name)                                                                                  \
    ELEMENT(Value)

#define ELEMENT(name) name,
typedef enum { ELSE, ELEMENT_LIST(ELEMENT) } element_t;
#undef ELEMENT

typedef struct {
    char bytes[ROBOKASSA_STATE_TEXT_MAX];
    size_t size;
    bool present;
} value_t;

typedef struct {
    XML_Parser parser;
    element_t path[ROBOKASSA_STATE_DEPTH_MAX];
    size_t depth;
    value_t result, state, sum, op_key, name, value, shp;
    value_t *open; // where the text of the current element goes, or NULL
    size_t fields;
    span_t shp_name;
    bool bad;
} reader_t;

static void stop_parsing(reader_t *reader)
{
    reader->bad = true;
    XML_StopParser(reader->parser, XML_FALSE);
}

static element_t element_of(const char *name)
{
    const char *colon = strrchr(name, ':');
    const char *local = colon ? colon + 1 : name;
#define ELEMENT(known)                                                                             \
    if (strcmp(local, #known) == 0)                                                                \
        return known;
    ELEMENT_LIST(ELEMENT)
#undef ELEMENT
    return ELSE;
}

// The place of the element that is deepest now, or NULL when it is none we read.
static value_t *place_of(reader_t *reader)
{
    const element_t *path = reader->path;
    if (reader->depth < 3 || path[0] != OperationStateResponse)
        return NULL;
    if (reader->depth == 3) {
        if (path[1] == Result && path[2] == Code)
            return &reader->result;
        if (path[1] == State && path[2] == Code)
            return &reader->state;
        if (path[1] == Info && path[2] == OutSum)
            return &reader->sum;
        if (path[1] == Info && path[2] == OpKey)
            return &reader->op_key;
        return NULL;
    }
    bool in_field = (path[1] == UserField || path[1] == UserFields) && path[2] == Field;
    if (reader->depth != 4 || !in_field)
        return NULL;
    return path[3] == Name ? &reader->name : path[3] == Value ? &reader->value : NULL;
}

static bool is_field(const reader_t *reader)
{
    return reader->depth == 3 && reader->path[0] == OperationStateResponse &&
           (reader->path[1] == UserField || reader->path[1] == UserFields) &&
           reader->path[2] == Field;
}

static void start_element(void *arg, const char *name, const char **attributes)
{
    reader_t *reader = arg;
    (void)attributes;
    if (reader->bad) // expat still closes what it had open
        return;
    if (reader->depth == ROBOKASSA_STATE_DEPTH_MAX || reader->open) { // a value is text and no more
        stop_parsing(reader);
        return;
    }
    reader->path[reader->depth++] = element_of(name);
    if (is_field(reader)) {
        reader->name.present = reader->value.present = false;
        if (++reader->fields > ROBOKASSA_STATE_FIELDS_MAX)
            stop_parsing(reader);
    }
    value_t *place = place_of(reader);
    if (!place)
        return;
    if (place->present) {
        stop_parsing(reader);
        return;
    }
    place->present = true;
    place->size = 0;
    reader->open = place;
}

static span_t text_of(const value_t *value)
{
    return (span_t){value->bytes, value->size};
}

static void end_element(void *arg, const char *name)
{
    reader_t *reader = arg;
    (void)name;
    if (reader->bad)
        return;
    reader->open = NULL;
    if (is_field(reader) && reader->name.present && reader->value.present &&
        span_is(text_of(&reader->name), reader->shp_name)) {
        if (reader->shp.present)
            stop_parsing(reader);
        reader->shp = reader->value;
    }
    reader->depth--;
}

static void take_text(void *arg, const char *bytes, int size)
{
    reader_t *reader = arg;
    value_t *open = reader->open;
    if (!open)
        return;
    if ((size_t)size > sizeof open->bytes - open->size) {
        stop_parsing(reader);
        return;
    }
    memcpy(open->bytes + open->size, bytes, (size_t)size);
    open->size += (size_t)size;
}

static void refuse_doctype(void *arg, const char *name, const char *system, const char *public,
                           int has_internal)
{
    (void)name, (void)system, (void)public, (void)has_internal;
    stop_parsing(arg);
}

static bool read_code(const value_t *value, int *ret_code)
{
    int64_t code;
    if (!robokassa_number_parse(text_of(value), &code) || code > 9999)
        return false;
    *ret_code = (int)code;
    return true;
}

static bool parse(reader_t *reader, const char *xml, size_t size)
{
    reader->parser = XML_ParserCreate(NULL);
    if (!reader->parser)
        return false;
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, start_element, end_element);
    XML_SetCharacterDataHandler(reader->parser, take_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, refuse_doctype);
    enum XML_Status status = XML_Parse(reader->parser, xml, (int)size, XML_TRUE);
    XML_ParserFree(reader->parser);
    return status == XML_STATUS_OK && !reader->bad;
}

bool robokassa_state_read(const char *xml, size_t size, span_t shp_name,
                          robokassa_state_t *ret_state)
{
    reader_t reader = {.shp_name = shp_name};
    robokassa_state_t state = {.has_state = false};
    if (size > ROBOKASSA_STATE_SIZE_MAX || !parse(&reader, xml, size) ||
        !read_code(&reader.result, &state.result_code))
        return false;

    // Present and unreadable is not the same as absent: then nothing of the answer is believed.
    state.has_state = reader.state.present;
    state.has_sum = reader.sum.present;
    state.has_op_key = reader.op_key.present;
    state.has_shp = reader.shp.present;
    if ((state.has_state && !read_code(&reader.state, &state.state_code)) ||
        (state.has_sum && !robokassa_number_parse_sum(text_of(&reader.sum), &state.sum)) ||
        reader.op_key.size > ROBOKASSA_OP_KEY_MAX)
        return false;
    memcpy(state.op_key, reader.op_key.bytes, reader.op_key.size);
    memcpy(state.shp, reader.shp.bytes, reader.shp.size);
    *ret_state = state;
    return true;
}
