#include "proto/event.h"
#include <assert.h>

#define EVENT(number, name, wire_name, since, must, meaning) enum { FIELDS_##name = 0
#define FIELD(type, name, meaning) +1
#define EVENT_END(name)                                                                            \
    }                                                                                              \
    ;
#include "proto/events.def"

// --- encoder ---

#define EVENT(number, name, wire_name, since, must, meaning)                                       \
    static inline void encode_##name(pack_t *pack, const event_##name##_t *body)                   \
    {                                                                                              \
        (void)pack, (void)body;
#define FIELD(type, name, meaning) field_pack_##type(pack, &body->name);
#define EVENT_END(name) }
#include "proto/events.def"

static inline void pack_envelope(pack_t *pack, const event_t *self, size_t fields)
{
    pack_array(pack, 4 + fields);
    pack_u64(pack, self->type);
    pack_i64(pack, self->at);
    if (self->cause.stream == STREAM_NONE && !uid_is_zero(&self->cause.command)) {
        pack_uid(pack, &self->cause.command);
        pack_uid(pack, &self->cause.content);
    } else {
        pack_u64(pack, self->cause.stream);
        pack_u64(pack, self->cause.sequence);
    }
}

size_t event_encode(const event_t *self, void *out, size_t cap)
{
    pack_t pack;
    pack_start(&pack, out, cap);
    switch (self->type) {
    case EVENT_NONE:
        return 0;
#define EVENT(number, name, wire_name, since, must, meaning)                                       \
    case EVENT_##name:                                                                             \
        pack_envelope(&pack, self, FIELDS_##name);                                                 \
        encode_##name(&pack, &self->name);                                                         \
        break;
#define FIELD(type, name, meaning)
#define EVENT_END(name)
#include "proto/events.def"
    }
    return pack_end(&pack);
}

// --- decoder ---

#define EVENT(number, name, wire_name, since, must, meaning)                                       \
    static inline void decode_##name(wire_t *wire, event_##name##_t *body, uint32_t left)          \
    {                                                                                              \
        if ((int)left < FIELDS_##name)                                                             \
            memset(body, 0, sizeof *body); // what an older writer did not know
#define FIELD(type, name, meaning)                                                                 \
    if (left) {                                                                                    \
        field_read_##type(wire, &body->name);                                                      \
        left--;                                                                                    \
    }
#define EVENT_END(name)                                                                            \
    if (left)                                                                                      \
        wire_skip(wire, left);                                                                     \
    }
#include "proto/events.def"

static inline void read_cause(wire_t *wire, cause_t *cause)
{
    memset(cause, 0, sizeof *cause);
    if (wire->next < wire->end && *wire->next == 0xc4) {
        wire_uid(wire, &cause->command);
        wire_uid(wire, &cause->content);
        if (uid_is_zero(&cause->command))
            wire_refuse(wire);
    } else {
        wire_u64(wire, &cause->stream);
        wire_u64(wire, &cause->sequence);
    }
}

fail_t event_read(wire_t *wire, event_t *event)
{
    uint64_t type;
    uint32_t count = wire_array(wire, EVENT_FIELDS_MAX);
    if (wire->fail || count < 4)
        return FAIL_INVALID;
    wire_u64(wire, &type);
    wire_i64(wire, &event->at);
    read_cause(wire, &event->cause);
    switch (type) {
#define EVENT(number, name, wire_name, since, must, meaning)                                       \
    case number:                                                                                   \
        event->type = EVENT_##name;                                                                \
        decode_##name(wire, &event->name, count - 4);                                              \
        break;
#define FIELD(type, name, meaning)
#define EVENT_END(name)
#include "proto/events.def"
    default:
        event->type = (event_type_t)(type <= UINT16_MAX ? type : UINT16_MAX);
        wire_skip(wire, count - 4);
        return wire->fail ? wire->fail : FAIL_VERSION;
    }
    return wire->fail;
}

fail_t event_decode(const void *data, size_t size, event_t *ret_event)
{
    wire_t wire;
    wire_start(&wire, data, size);
    event_t event;
    fail_t fail = event_read(&wire, &event);
    if (fail && fail != FAIL_VERSION)
        return fail;
    if (wire.next != wire.end)
        return FAIL_INVALID;
    if (!fail)
        *ret_event = event;
    else {
        ret_event->type = event.type;
        ret_event->at = event.at;
        ret_event->cause = event.cause;
    }
    return fail;
}

// --- what others may say ---

#define EVENT(number, name, wire_name, since, must, meaning)                                       \
    static inline const char *misfit_##name(const event_##name##_t *body)                          \
    {                                                                                              \
        (void)body;
#define FIELD(type, name, meaning)                                                                 \
    if (!field_fits_##type(&body->name))                                                           \
        return #name;
#define EVENT_END(name)                                                                            \
    return NULL;                                                                                   \
    }
#include "proto/events.def"

const char *event_misfit(const event_t *self)
{
    switch (self->type) {
    case EVENT_NONE:
        return NULL;
#define EVENT(number, name, wire_name, since, must, meaning)                                       \
    case EVENT_##name:                                                                             \
        return misfit_##name(&self->name);
#define FIELD(type, name, meaning)
#define EVENT_END(name)
#include "proto/events.def"
    }
    return NULL;
}

// --- the table ---

#define EVENT(number, name, wire_name, since, must, meaning)                                       \
    static const field_t *fields_##name(void)                                                      \
    {                                                                                              \
        typedef event_##name##_t body_t;                                                           \
        static const field_t fields[] = {
#define FIELD(type, name, meaning)                                                                 \
    {#name, meaning, FIELD_TYPE_##type, offsetof(body_t, name), FIELD_FAMILY_##type},
#define EVENT_END(name)                                                                            \
    {                                                                                              \
        NULL, NULL, FIELD_TYPE_u64, sizeof(body_t), CODES_NONE                                     \
    }                                                                                              \
    }                                                                                              \
    ;                                                                                              \
    return fields;                                                                                 \
    }
#include "proto/events.def"

enum { MAY = 0, MUST = 1 };
static const event_info_t infos[] = {
#define EVENT(number, name, wire_name, since, must, meaning)                                       \
    {number, wire_name, meaning, fields_##name, FIELDS_##name, since, must},
#define FIELD(type, name, meaning)
#define EVENT_END(name)
#include "proto/events.def"
};

const event_info_t *event_info_at(size_t index)
{
    return index < sizeof infos / sizeof infos[0] ? &infos[index] : NULL;
}

const event_info_t *event_info(event_type_t type)
{
    for (size_t i = 0; i < sizeof infos / sizeof infos[0]; i++)
        if (infos[i].type == type)
            return &infos[i];
    return NULL;
}

const void *event_body(const event_t *self)
{
    return &self->node_booted; // every member of the union begins where the union does
}

void event_print(const event_t *self, FILE *out)
{
    const event_info_t *info = event_info(self->type);
    char at[TIME_TEXT_SIZE];
    time_format_moscow(self->at, at);
    fprintf(out, "%s at=%s", info ? info->name : "unknown", at);
    if (self->cause.stream)
        fprintf(out, " cause=%llu/%llu", (unsigned long long)self->cause.stream,
                (unsigned long long)self->cause.sequence);
    else if (!uid_is_zero(&self->cause.command)) {
        char id[UID_TEXT_SIZE];
        uid_format(&self->cause.command, id);
        fprintf(out, " cause=%s", id);
    }
    for (size_t i = 0; info && i < info->fields_count; i++) {
        fprintf(out, " %s=", info->fields()[i].name);
        field_print(&info->fields()[i], event_body(self), out);
    }
    fputc('\n', out);
}

void event_json(const event_t *self, uint64_t sequence, FILE *out)
{
    const event_info_t *info = event_info(self->type);
    fprintf(out, "{\"sequence\":%llu,\"type\":\"%s\",\"at\":%lld", (unsigned long long)sequence,
            info ? info->name : "unknown", (long long)self->at);
    if (self->cause.stream)
        fprintf(out, ",\"cause\":{\"stream\":%llu,\"sequence\":%llu}",
                (unsigned long long)self->cause.stream, (unsigned long long)self->cause.sequence);
    else if (!uid_is_zero(&self->cause.command)) {
        char id[UID_TEXT_SIZE], content[UID_TEXT_SIZE];
        uid_format(&self->cause.command, id);
        uid_format(&self->cause.content, content);
        fprintf(out, ",\"cause\":{\"command\":\"%s\",\"content\":\"%s\"}", id, content);
    }
    fputs(",\"fields\":{", out); // apart: some fields are called as the envelope's members are
    for (size_t i = 0; info && i < info->fields_count; i++) {
        fprintf(out, "%s\"%s\":", i ? "," : "", info->fields()[i].name);
        field_json(&info->fields()[i], event_body(self), out);
    }
    fputs("}}\n", out);
}
