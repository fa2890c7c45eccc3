#include "tests/fuzz/filler.h"
#include "proto/posting.h"
#include "services/process/uuid7.h"

uint8_t filler_byte(filler_t *self)
{
    return self->next < self->end ? *self->next++ : 0;
}

static uint64_t raw(filler_t *self)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | filler_byte(self);
    return value;
}

uint64_t filler_number(filler_t *self)
{
    static const uint64_t numbers[] = {100,       19900,   50000,     100000,
                                       1 << 20,   HOUR_US, INT64_MAX, UINT64_MAX,
                                       INT32_MAX, 31,      4096,      PRODUCER_FIRST};
    uint8_t how = filler_byte(self);
    if (how < 0xc0)
        return how & 0x1f;
    if (how < 0xf0)
        return numbers[how % (sizeof numbers / sizeof numbers[0])];
    return how < 0xf8 ? self->remembered : raw(self);
}

instant_t filler_time(filler_t *self)
{
    static const instant_t steps[] = {0,           MINUTE_US, HOUR_US, DAY_US,
                                      40 * DAY_US, SECOND_US, 1000,    1};
    uint8_t how = filler_byte(self);
    instant_t step = steps[how & 7] * ((how >> 3 & 3) + 1);
    if (how >= 0xf0)
        return (instant_t)raw(self);
    instant_t at = how & 0x40 ? self->now + step : self->now - step;
    return how & 0x20 ? at - at % HOUR_US : at;
}

uid_t16 filler_uid(unsigned index)
{
    static const uint64_t systems[] = {SYSTEM_BANK, SYSTEM_REVENUE, SYSTEM_CLEARING};
    index %= FILLER_UIDS;
    if (index >= 1 && index <= 3)
        return posting_system_id(systems[index - 1]);
    uid_t16 id = {{0}};
    for (size_t i = 0; index && i < sizeof id.bytes; i++)
        id.bytes[i] = (uint8_t)(0x51 * index + i);
    return id;
}

bytes_t filler_bytes(filler_t *self)
{
    size_t size = filler_byte(self), left = (size_t)(self->end - self->next);
    size = size < left ? size : left;
    bytes_t bytes = {self->next, (uint32_t)size};
    self->next += size;
    return bytes;
}

static text_t fill_text(filler_t *self)
{
    static const char *const texts[] = {"",      "micro", "small",    "large",
                                        "micro", "micro", "customer", "Тариф \"A\""};
    uint8_t how = filler_byte(self);
    if (how < 0xf0)
        return text_of(texts[how & 7]);
    bytes_t bytes = filler_bytes(self);
    const uint8_t *nul = bytes.size ? memchr(bytes.data, 0, bytes.size) : NULL;
    return (text_t){(const char *)bytes.data, nul ? (uint32_t)(nul - bytes.data) : bytes.size};
}

static void fill(filler_t *self, const field_t *field, void *body)
{
    void *at = (char *)body + field->offset;
    uid_t16 id;
    switch (field->type) {
    case FIELD_TYPE_u64:
    case FIELD_TYPE_id64:
    case FIELD_TYPE_code:
        *(uint64_t *)at = filler_number(self);
        break;
    case FIELD_TYPE_i64:
    case FIELD_TYPE_money:
        *(int64_t *)at = (int64_t)filler_number(self);
        break;
    case FIELD_TYPE_time:
        *(instant_t *)at = filler_time(self);
        break;
    case FIELD_TYPE_flag:
        *(bool *)at = filler_byte(self) & 1;
        break;
    case FIELD_TYPE_uid:
        id = filler_uid(filler_byte(self));
        memcpy(at, &id, sizeof id);
        break;
    case FIELD_TYPE_hash:
        memset(at, filler_byte(self) & 1 ? 0x3c : 0, sizeof(hash_t));
        break;
    case FIELD_TYPE_text:
    case FIELD_TYPE_secret:
        *(text_t *)at = fill_text(self);
        break;
    case FIELD_TYPE_bytes:
        *(bytes_t *)at = filler_bytes(self);
        break;
    }
}

void filler_request(filler_t *self, request_t *ret_request)
{
    size_t count = 0;
    while (request_info_at(count))
        count++;
    const request_info_t *info = request_info_at(filler_byte(self) % count);
    memset(ret_request, 0, sizeof *ret_request);
    ret_request->type = info->type;
    ret_request->number = 1;
    if (info->kind == REQUEST_COMMAND) {
        uint8_t random[10] = {0};
        random[9] = filler_byte(self);
        ret_request->id = uuid7_of(self->now, random);
    }
    for (size_t i = 0; i < info->fields_count; i++)
        fill(self, &info->fields()[i], &ret_request->status);
}

event_type_t filler_type(filler_t *self)
{
    size_t count = 0;
    while (event_info_at(count))
        count++;
    return event_info_at(filler_byte(self) % count)->type;
}

void filler_event(filler_t *self, event_type_t type, event_t *ret_event)
{
    const event_info_t *info = event_info(type);
    memset(ret_event, 0, sizeof *ret_event);
    ret_event->type = type;
    ret_event->at = filler_time(self);
    for (size_t i = 0; i < info->fields_count; i++)
        fill(self, &info->fields()[i], (void *)(uintptr_t)event_body(ret_event));
}
