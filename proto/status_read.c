#include "proto/status_read.h"
#include "proto/codes.h"
#include "proto/counter.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ALARMS_MAX = 256, ROW = 3, ROW_MAX = 16 };

bool status_next_counter(text_t *left, text_t *ret_name, text_t *ret_value)
{
    while (left->size) {
        const char *end = memchr(left->data, '\n', left->size);
        uint32_t size = end ? (uint32_t)(end - left->data) : left->size;
        text_t line = {left->data, size};
        left->data += size + (end != NULL);
        left->size -= size + (end != NULL);
        const char *space = memchr(line.data, ' ', line.size);
        if (!space)
            continue;
        *ret_name = (text_t){line.data, (uint32_t)(space - line.data)};
        *ret_value = (text_t){space + 1, (uint32_t)(line.data + line.size - space - 1)};
        return true;
    }
    return false;
}

bool status_find_counter(text_t counters, const char *wanted, uint64_t *ret_value)
{
    text_t name, value;
    while (status_next_counter(&counters, &name, &value)) {
        int64_t number;
        if (!text_equal(name, text_of(wanted)))
            continue;
        if (!counter_read(value, &number) || number < 0)
            return false;
        *ret_value = (uint64_t)number;
        return true;
    }
    return false;
}

void status_alarms_begin(const answer_status_t *status, status_alarms_t *ret_list)
{
    *ret_list = (status_alarms_t){0};
    wire_start(&ret_list->wire, status->alarms.data, status->alarms.size);
    if (status->alarms.size)
        ret_list->left = wire_array(&ret_list->wire, ALARMS_MAX);
    if (ret_list->wire.fail)
        ret_list->left = 1;
}

bool status_next_alarm(status_alarms_t *list, status_alarm_t *ret_alarm)
{
    if (!list->left || list->wire.fail)
        return false;
    uint32_t count = wire_array(&list->wire, ROW_MAX);
    if (count < ROW)
        wire_refuse(&list->wire);
    wire_u64(&list->wire, &ret_alarm->code);
    wire_text(&list->wire, &ret_alarm->about);
    wire_i64(&list->wire, &ret_alarm->since);
    if (count > ROW)
        wire_skip(&list->wire, count - ROW);
    list->left -= !list->wire.fail;
    return !list->wire.fail;
}

void status_alarm_text(const status_alarm_t *alarm, char *out, size_t cap)
{
    const char *text = codes_text(CODES_alarm, alarm->code);
    if (!text)
        snprintf(out, cap, "alarm %" PRIu64 " (unknown here)", alarm->code);
    else if (alarm->about.size)
        snprintf(out, cap, "%s (%.*s)", text, (int)alarm->about.size, alarm->about.data);
    else
        snprintf(out, cap, "%s", text);
}

size_t status_alarms_text(const answer_status_t *status, char *out, size_t cap)
{
    status_alarms_t list;
    status_alarm_t alarm;
    size_t count = 0, used = 0;
    out[0] = '\0';
    status_alarms_begin(status, &list);
    while (status_next_alarm(&list, &alarm)) {
        char text[512];
        status_alarm_text(&alarm, text, sizeof text);
        used += (size_t)snprintf(out + used, cap - used, "%s%s", count++ ? "; " : "", text);
        if (used >= cap)
            used = cap - 1;
    }
    if (list.left)
        snprintf(out + used, cap - used, "%sits alarms cannot be read", count ? "; " : "");
    return count + list.left;
}
