#include "proto/request.h"
#include "proto/digest.h"

role_t role_parse(const char *name)
{
#define HOLDER(title, NAME, role, ...)                                                             \
    if (strcmp(name, #title) == 0)                                                                 \
        return ROLE_##NAME;
#include "proto/services.def"
    return ROLE_NONE;
}

const char *role_name(role_t role)
{
    switch (role) {
    case ROLE_NONE:
        return "none";
    case ROLE_CUSTOMER:
        return "customer";
#define HOLDER(name, NAME, bit, ...)                                                               \
    case ROLE_##NAME:                                                                              \
        return #name;
#include "proto/services.def"
    }
    return "several";
}

// --- the table ---

#define REQUEST(number, name, wire_name, kind, roles, meaning)                                     \
    static const field_t *fields_##name(void)                                                      \
    {                                                                                              \
        typedef request_##name##_t body_t;                                                         \
        static const field_t fields[] = {
#define FIELD(type, name, meaning)                                                                 \
    {#name, meaning, FIELD_TYPE_##type, offsetof(body_t, name), FIELD_FAMILY_##type},
#define ANSWER(name)                                                                               \
    {                                                                                              \
        NULL, NULL, FIELD_TYPE_u64, sizeof(body_t), CODES_NONE                                     \
    }                                                                                              \
    }                                                                                              \
    ;                                                                                              \
    return fields;                                                                                 \
    }                                                                                              \
    static const field_t *answers_##name(void)                                                     \
    {                                                                                              \
        typedef answer_##name##_t body_t;                                                          \
        static const field_t fields[] = {
#define REQUEST_END(name)                                                                          \
    {                                                                                              \
        NULL, NULL, FIELD_TYPE_u64, sizeof(body_t), CODES_NONE                                     \
    }                                                                                              \
    }                                                                                              \
    ;                                                                                              \
    return fields;                                                                                 \
    }
#include "proto/requests.def"

#define REQUEST(number, name, wire_name, kind, roles, meaning) enum { FIELDS_##name = 0
#define FIELD(type, name, meaning) +1
#define ANSWER(name)                                                                               \
    }                                                                                              \
    ;                                                                                              \
    enum { ANSWERS_##name = 0
#define REQUEST_END(name)                                                                          \
    }                                                                                              \
    ;
#include "proto/requests.def"

static const request_info_t infos[] = {
#define REQUEST(number, name, wire_name, kind, roles, meaning)                                     \
    {number,        wire_name,     meaning,        REQUEST_##kind, roles,                          \
     fields_##name, FIELDS_##name, answers_##name, ANSWERS_##name},
#define FIELD(type, name, meaning)
#define ANSWER(name)
#define REQUEST_END(name)
#include "proto/requests.def"
};

const request_info_t *request_info_at(size_t index)
{
    return index < sizeof infos / sizeof infos[0] ? &infos[index] : NULL;
}

const request_info_t *request_info(request_type_t type)
{
    for (size_t i = 0; i < sizeof infos / sizeof infos[0]; i++)
        if (infos[i].type == type)
            return &infos[i];
    return NULL;
}

// --- codec: by the table, one field at a time; requests are rare next to events ---

static void pack_fields(pack_t *pack, const field_t *fields, size_t count, const void *body)
{
    for (size_t i = 0; i < count; i++) {
        const void *at = (const char *)body + fields[i].offset;
        switch (fields[i].type) {
#define CASE(type)                                                                                 \
    case FIELD_TYPE_##type:                                                                        \
        field_pack_##type(pack, (const FIELD_##type *)at);                                         \
        break;
            FIELD_TYPE_LIST(CASE)
#undef CASE
        case FIELD_TYPE_code:
            field_pack_u64(pack, (const FIELD_u64 *)at);
            break;
        }
    }
}

// Missing trailing fields stay as they are (zero); surplus ones are skipped.
static void read_fields(wire_t *wire, const field_t *fields, size_t count, uint32_t given,
                        void *body)
{
    for (size_t i = 0; i < count && i < given; i++) {
        void *at = (char *)body + fields[i].offset;
        switch (fields[i].type) {
#define CASE(type)                                                                                 \
    case FIELD_TYPE_##type:                                                                        \
        field_read_##type(wire, (FIELD_##type *)at);                                               \
        break;
            FIELD_TYPE_LIST(CASE)
#undef CASE
        case FIELD_TYPE_code:
            field_read_u64(wire, (FIELD_u64 *)at);
            break;
        }
    }
    if (given > count)
        wire_skip(wire, given - (uint32_t)count);
}

size_t request_encode(const request_t *self, void *out, size_t cap)
{
    const request_info_t *info = request_info(self->type);
    pack_t pack;
    if (!info)
        return 0;
    pack_start(&pack, out, cap);
    pack_array(&pack, 4 + info->fields_count);
    pack_u64(&pack, PROTOCOL_VERSION);
    pack_u64(&pack, self->type);
    pack_u64(&pack, self->number);
    if (self->access_token.size)
        pack_array(&pack, 2);
    if (uid_is_zero(&self->id))
        pack_nil(&pack);
    else
        pack_uid(&pack, &self->id);
    if (self->access_token.size)
        pack_text(&pack, self->access_token);
    pack_fields(&pack, info->fields(), info->fields_count, &self->status);
    return pack_end(&pack);
}

static bool next_is(const wire_t *wire, uint8_t tag)
{
    return wire->next < wire->end && *wire->next == tag;
}

// id, or [id, access token]
static void read_id(wire_t *wire, uid_t16 *ret_id, text_t *ret_access_token)
{
    memset(ret_id, 0, sizeof *ret_id);
    *ret_access_token = (text_t){0};
    bool spoken_for = next_is(wire, 0x92); // an array of two
    if (spoken_for)
        (void)wire_array(wire, 2);
    if (next_is(wire, 0xc0))
        (void)wire_tag(wire);
    else
        wire_uid(wire, ret_id);
    if (spoken_for)
        wire_text(wire, ret_access_token);
}

static void explain(const field_t *field, char *detail)
{
    int used = snprintf(detail, REQUEST_DETAIL_SIZE, "%s: expected ", field->name);
    if (field->type == FIELD_TYPE_code)
        codes_list(field->family, detail + used, REQUEST_DETAIL_SIZE - (size_t)used);
    else
        snprintf(detail + used, REQUEST_DETAIL_SIZE - (size_t)used, UTF8_EXPECTED);
}

static bool fits(const field_t *field, const void *at)
{
    if (field->type == FIELD_TYPE_code)
        return codes_find(field->family, *(const uint64_t *)at) != NULL;
    bool text = field->type == FIELD_TYPE_text || field->type == FIELD_TYPE_secret;
    return !text || field_fits_text((const text_t *)at);
}

static fail_t check_fields(const request_info_t *info, const request_t *request, char *detail)
{
    const field_t *fields = info->fields();
    for (size_t i = 0; i < info->fields_count; i++) {
        if (fits(&fields[i], (const char *)&request->status + fields[i].offset))
            continue;
        if (detail)
            explain(&fields[i], detail);
        return FAIL_INVALID;
    }
    return FAIL_NONE;
}

fail_t request_decode(const void *data, size_t size, request_t *ret_request, char *ret_detail)
{
    wire_t wire;
    if (ret_detail)
        ret_detail[0] = '\0';
    wire_start(&wire, data, size);
    request_t request;
    memset(&request, 0, sizeof request);
    uint64_t version, type;
    uint32_t count = wire_array(&wire, 4 + REQUEST_FIELDS_MAX);
    if (wire.fail || count < 4)
        return FAIL_INVALID;
    wire_u64(&wire, &version);
    wire_u64(&wire, &type);
    wire_u64(&wire, &request.number);
    if (wire.fail)
        return FAIL_INVALID;
    ret_request->number = request.number;
    const request_info_t *info = type <= UINT16_MAX ? request_info((request_type_t)type) : NULL;
    if (version != PROTOCOL_VERSION || !info)
        return FAIL_VERSION;
    request.type = info->type;
    read_id(&wire, &request.id, &request.access_token);
    if ((info->kind == REQUEST_COMMAND) == uid_is_zero(&request.id))
        return FAIL_INVALID;
    read_fields(&wire, info->fields(), info->fields_count, count - 4, &request.status);
    fail_t fail = wire_end(&wire);
    if (!fail)
        fail = check_fields(info, &request, ret_detail);
    if (!fail)
        *ret_request = request;
    return fail;
}

size_t answer_encode(const answer_t *self, void *out, size_t cap)
{
    const request_info_t *info = request_info(self->type);
    size_t fields = self->fail || !info ? 0 : info->answer_count;
    pack_t pack;
    pack_start(&pack, out, cap);
    pack_array(&pack, 5 + fields);
    pack_u64(&pack, PROTOCOL_VERSION);
    pack_u64(&pack, self->number);
    pack_u64(&pack, self->fail);
    pack_u64(&pack, self->sequence);
    pack_text(&pack, self->detail);
    if (fields)
        pack_fields(&pack, info->answer_fields(), fields, &self->status);
    return pack_end(&pack);
}

fail_t answer_decode(const void *data, size_t size, request_type_t type, answer_t *ret_answer)
{
    const request_info_t *info = request_info(type);
    wire_t wire;
    wire_start(&wire, data, size);
    answer_t answer;
    memset(&answer, 0, sizeof answer);
    answer.type = type;
    uint64_t version, fail_number;
    uint32_t count = wire_array(&wire, 5 + REQUEST_FIELDS_MAX);
    if (wire.fail || count < 5 || !info)
        return FAIL_INVALID;
    wire_u64(&wire, &version);
    wire_u64(&wire, &answer.number);
    wire_u64(&wire, &fail_number);
    wire_u64(&wire, &answer.sequence);
    wire_text(&wire, &answer.detail);
    if (wire.fail)
        return FAIL_INVALID;
    ret_answer->number = answer.number;
    if (version != PROTOCOL_VERSION)
        return FAIL_VERSION;
    answer.fail = fail_number <= UINT8_MAX ? (fail_t)fail_number : FAIL_INVALID;
    if (!answer.fail)
        read_fields(&wire, info->answer_fields(), info->answer_count, count - 5, &answer.status);
    else
        wire_skip(&wire, count - 5);
    fail_t fail = wire_end(&wire);
    if (!fail)
        *ret_answer = answer;
    return fail;
}

// The fields as they were sent, but for secrets: what the content keeps of a word could be guessed.
static size_t copy_open(const request_info_t *info, wire_t *wire, uint32_t given, uint8_t *out)
{
    size_t used = 0;
    for (size_t i = 0; i < given && !wire->fail; i++) {
        const uint8_t *from = wire->next;
        wire_skip(wire, 1);
        size_t size = (size_t)(wire->next - from);
        if (wire->fail || (i < info->fields_count && info->fields()[i].type == FIELD_TYPE_secret))
            continue;
        if (size > REQUEST_SECRET_BYTES - used)
            return SIZE_MAX;
        memcpy(out + used, from, size);
        used += size;
    }
    return wire->fail ? SIZE_MAX : used;
}

static bool has_secret(const request_info_t *info)
{
    for (size_t i = 0; info && i < info->fields_count; i++)
        if (info->fields()[i].type == FIELD_TYPE_secret)
            return true;
    return false;
}

fail_t request_content(const void *data, size_t size, uid_t16 *ret_content)
{
    uint8_t open[REQUEST_SECRET_BYTES];
    wire_t wire;
    wire_start(&wire, data, size);
    uint64_t version, type, number;
    uid_t16 id;
    text_t access_token;
    uint32_t count = wire_array(&wire, 4 + REQUEST_FIELDS_MAX);
    wire_u64(&wire, &version);
    wire_u64(&wire, &type);
    wire_u64(&wire, &number);
    read_id(&wire, &id, &access_token);
    if (wire.fail)
        return FAIL_INVALID;
    uint8_t kind[8], digest[32];
    for (unsigned i = 0; i < sizeof kind; i++)
        kind[i] = (uint8_t)(type >> (8 * i));
    const request_info_t *info = type <= UINT16_MAX ? request_info((request_type_t)type) : NULL;
    const uint8_t *fields = wire.next;
    size_t left = wire_left(&wire);
    if (has_secret(info)) {
        fields = open;
        left = copy_open(info, &wire, count < 4 ? 0 : count - 4, open);
    }
    if (left == SIZE_MAX)
        return FAIL_INVALID;
    digest_sha256_2(kind, sizeof kind, fields, left, digest);
    memcpy(ret_content->bytes, digest, sizeof ret_content->bytes);
    return FAIL_NONE;
}

const uid_t16 *request_account(const request_t *self)
{
    const request_info_t *info = request_info(self->type);
    return info ? field_uid(info->fields(), info->fields_count, "account", &self->status) : NULL;
}

uint64_t request_reason(const request_t *self)
{
    const request_info_t *info = request_info(self->type);
    for (size_t i = 0; info && i < info->fields_count; i++) {
        const field_t *field = &info->fields()[i];
        if (field->type == FIELD_TYPE_code && field->family == CODES_reason)
            return *(const uint64_t *)(const void *)((const char *)&self->status + field->offset);
    }
    return REASON_NONE;
}
