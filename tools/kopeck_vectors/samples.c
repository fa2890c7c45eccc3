#include "tools/kopeck_vectors/samples.h"
#include "services/process/uuid7.h"
#include "store/record.h"
#include "store/tree.h"
#include <stdlib.h>

#define SAMPLE_TIME INT64_C(1767225600000000) // 2026-01-01T00:00:00Z

static uint8_t byte_of(unsigned entry, size_t place, size_t index)
{
    return (uint8_t)(entry * 31 + place * 7 + index + 1);
}

static void fill_bytes(uint8_t *out, size_t size, unsigned entry, size_t place)
{
    for (size_t i = 0; i < size; i++)
        out[i] = byte_of(entry, place, i) | 1; // no byte is zero
}

// A field's value is a function of where it stands, never zero; widths of integers vary with it.
static void fill(const field_t *field, unsigned entry, size_t place, void *body)
{
    static const uint8_t blob[] = {0x90, 0x00, 0xff, 0x7f};
    static const char *const texts[] = {"pico", "Начальный", "a\"b\\c\n", "1.0"};
    void *at = (char *)body + field->offset;
    uint64_t number = ((uint64_t)entry << (place * 5 % 45)) + place + 1;
    switch (field->type) {
    case FIELD_TYPE_u64:
    case FIELD_TYPE_id64:
    case FIELD_TYPE_code:
        *(uint64_t *)at = number;
        break;
    case FIELD_TYPE_i64:
    case FIELD_TYPE_money:
        *(int64_t *)at = place % 2 ? (int64_t)number : -(int64_t)number;
        break;
    case FIELD_TYPE_time:
        *(instant_t *)at = SAMPLE_TIME + (int64_t)entry * MINUTE_US + (int64_t)place;
        break;
    case FIELD_TYPE_flag:
        *(bool *)at = true;
        break;
    case FIELD_TYPE_uid:
        fill_bytes(((uid_t16 *)at)->bytes, sizeof(uid_t16), entry, place);
        break;
    case FIELD_TYPE_hash:
        fill_bytes(((hash_t *)at)->bytes, sizeof(hash_t), entry, place);
        break;
    case FIELD_TYPE_secret:
        *(text_t *)at = text_of("7K2MQ4RZ9TA9");
        break;
    case FIELD_TYPE_text:
        *(text_t *)at = text_of(texts[(entry + place) % 4]);
        break;
    case FIELD_TYPE_bytes:
        *(bytes_t *)at = (bytes_t){blob, sizeof blob};
        break;
    }
}

static void fill_all(const field_t *fields, size_t count, unsigned entry, void *body)
{
    for (size_t i = 0; i < count; i++)
        fill(&fields[i], entry, i, body);
}

static uid_t16 command_id(unsigned entry)
{
    uint8_t bytes[sizeof(uid_t16)];
    fill_bytes(bytes, sizeof bytes, entry, 0);
    return uuid7_of(SAMPLE_TIME, bytes + 6);
}

void sample_event(const event_info_t *info, event_t *ret_event)
{
    memset(ret_event, 0, sizeof *ret_event);
    ret_event->type = info->type;
    ret_event->at = SAMPLE_TIME + (int64_t)info->type;
    if (info->type % 2) {
        ret_event->cause.command = command_id(info->type);
        fill_bytes(ret_event->cause.content.bytes, sizeof(uid_t16), info->type, 1);
    } else {
        ret_event->cause.stream = 1 + info->type % 4;
        ret_event->cause.sequence = UINT64_C(1000) * info->type;
    }
    fill_all(info->fields(), info->fields_count, info->type, (void *)event_body(ret_event));
}

void sample_request(const request_info_t *info, request_t *ret_request)
{
    memset(ret_request, 0, sizeof *ret_request);
    ret_request->type = info->type;
    ret_request->number = info->type;
    if (info->kind == REQUEST_COMMAND)
        ret_request->id = command_id(info->type);
    fill_all(info->fields(), info->fields_count, info->type, &ret_request->status);
    // A line's end is in what an event may hold, and in no text that is asked with.
    for (size_t i = 0; i < info->fields_count; i++) {
        text_t *text = (void *)((char *)&ret_request->status + info->fields()[i].offset);
        if (info->fields()[i].type == FIELD_TYPE_text && memchr(text->data, '\n', text->size))
            text->size--;
    }
}

void sample_answer(const request_info_t *info, answer_t *ret_answer)
{
    memset(ret_answer, 0, sizeof *ret_answer);
    ret_answer->type = info->type;
    ret_answer->number = info->type;
    ret_answer->sequence = 100 + (uint64_t)info->type;
    ret_answer->detail = text_of("");
    fill_all(info->answer_fields(), info->answer_count, info->type, &ret_answer->status);
}

// Events that got fields after their first version. Who wrote them before left those out: that is
// what was shipped first, and its bytes stay. Each new field is one of one byte where it is zero.
static const struct {
    event_type_t type;
    size_t fields, then; // of the first version, and of one between it and the last
} GROWN_EVENTS[] = {{EVENT_posting_requested, 5, 0},
                    {EVENT_command_sent_by, 2, 0},
                    {EVENT_feed_sent_by, 3, 0},
                    {EVENT_node_booted, 3, 0},
                    {EVENT_posted, 11, 13},
                    {EVENT_payment_created, 11, 13},
                    {EVENT_refund_requested, 6, 0},
                    {EVENT_refund_done, 5, 0},
                    {EVENT_refund_ended, 5, 0},
                    {EVENT_usage_expired, 4, 0},
                    {EVENT_interval_opened, 3, 0},
                    {EVENT_bonus_given, 7, 9},
                    {EVENT_charge_parted, 4, 0},
                    {EVENT_promo_began, 14, 0},
                    {EVENT_promo_redeemed, 7, 0},
                    {EVENT_promo_given, 6, 0},
                    {EVENT_metering_policy_changed, 3, 0},
                    {EVENT_lot_placed, 5, 0},
                    {EVENT_autopay_payment_requested, 18, 0},
                    {EVENT_autopay_withheld, 20, 0},
                    {EVENT_autopay_policy_changed, 8, 0},
                    {EVENT_ladder_moved, 13, 0},
                    {EVENT_contact_set, 5, 0},
                    {EVENT_document_rendered, 4, 0},
                    {EVENT_operators_policy_changed, 2, 0},
                    {EVENT_ledger_policy_changed, 1, 0},
                    {EVENT_notice_heard, 8, 0}};

// Later fields are flags, numbers and texts: zero is one byte of the array, whose head counts it.
static void clear_field(void *at, field_type_t type)
{
    memset(at, 0,
           type == FIELD_TYPE_flag   ? sizeof(bool)
           : type == FIELD_TYPE_text ? sizeof(text_t)
                                     : sizeof(uint64_t));
}

size_t sample_event_fields(const event_info_t *info)
{
    for (size_t i = 0; i < sizeof GROWN_EVENTS / sizeof GROWN_EVENTS[0]; i++)
        if (GROWN_EVENTS[i].type == info->type)
            return GROWN_EVENTS[i].fields;
    return info->fields_count;
}

void sample_event_name(const event_info_t *info, size_t fields, char out[SAMPLE_NAME_MAX])
{
    if (fields == sample_event_fields(info))
        snprintf(out, SAMPLE_NAME_MAX, "%s", info->name);
    else
        snprintf(out, SAMPLE_NAME_MAX, "%s of %zu fields", info->name, fields);
}

// Of a field that is zero, as it is written.
static size_t zero_size(field_type_t type)
{
    switch (type) {
    case FIELD_TYPE_hash:
        return 2 + sizeof(hash_t);
    case FIELD_TYPE_uid:
        return 2 + sizeof(uid_t16);
    case FIELD_TYPE_bytes:
        return 2;
    default:
        return 1;
    }
}

// The event as whoever knew fewer fields wrote it; those that came later are zero in it. An array
// of more than 15 has a longer head.
static size_t without_later(uint8_t *bytes, size_t size, const event_info_t *info, size_t fields)
{
    bool longer = bytes[0] == 0xdc;
    size_t count = longer ? bytes[2] : bytes[0] & 0x0f;
    for (size_t i = fields; i < info->fields_count; i++, count--)
        size -= zero_size(info->fields()[i].type);
    if (longer && count <= 15) {
        size -= 2;
        memmove(bytes + 1, bytes + 3, size - 1);
        longer = false;
    }
    bytes[longer ? 2 : 0] = (uint8_t)(longer ? count : 0x90 | count);
    return size;
}

static void visit_event(sample_visit_fn *visit, void *arg, const event_info_t *info, size_t fields)
{
    event_t event;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    char name[SAMPLE_NAME_MAX], *json = NULL;
    size_t json_size = 0, later = info->fields_count - fields;
    sample_event(info, &event);
    if (later) { // they are the last of the body
        char *first = (char *)event_body(&event) + info->fields()[fields].offset;
        memset(first, 0, (size_t)((char *)(&event + 1) - first));
    }
    size_t size = event_encode(&event, bytes, sizeof bytes);
    if (later)
        size = without_later(bytes, size, info, fields);
    FILE *out = open_memstream(&json, &json_size);
    event_json(&event, info->type, out);
    fclose(out);
    json[strcspn(json, "\n")] = '\0';
    sample_event_name(info, fields, name);
    visit(arg, name, bytes, size, json);
    free(json);
}

void samples_events(sample_visit_fn *visit, void *arg)
{
    const event_info_t *info;
    for (size_t i = 0; (info = event_info_at(i)); i++)
        visit_event(visit, arg, info, sample_event_fields(info));
    for (size_t i = 0; i < sizeof GROWN_EVENTS / sizeof GROWN_EVENTS[0]; i++) {
        info = event_info(GROWN_EVENTS[i].type);
        if (GROWN_EVENTS[i].then)
            visit_event(visit, arg, info, GROWN_EVENTS[i].then);
        visit_event(visit, arg, info, info->fields_count);
    }
}

// --- frames, in the words of PROTOCOL.md's examples ---

static const char account_text[] = "5f3c8a90-1d2e-4b6f-8a7b-0c9d8e7f6a5b";

static uid_t16 example_account(void)
{
    uid_t16 account = {{0}};
    (void)uid_parse(account_text, &account);
    return account;
}

// Two events of one decision: an account's first posting, 5.00 rubles of usage.
static void example_events(event_t events[2])
{
    memset(events, 0, 2 * sizeof *events);
    for (unsigned i = 0; i < 2; i++) {
        events[i].at = SAMPLE_TIME;
        events[i].cause = (cause_t){.stream = STREAM_METERING, .sequence = 41};
    }
    events[0].type = EVENT_account_opened;
    events[0].account_opened = (event_account_opened_t){.account = example_account(), .number = 64};
    events[1].type = EVENT_posted;
    events[1].posted = (event_posted_t){.account = example_account(),
                                        .debit = 64,
                                        .credit = 1,
                                        .amount = 500,
                                        .kind = POSTING_CHARGE,
                                        .cash = -500,
                                        .ordinal = 1};
}

static journal_record_t example_record(uint8_t buffer[RECORD_BUFFER_MIN])
{
    event_t events[2];
    record_builder_t builder;
    example_events(events);
    record_builder_begin(&builder, buffer, RECORD_BUFFER_MIN, 7, JOURNAL_SEGMENT_EVENTS);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        (void)record_builder_add(&builder, bytes, event_encode(&events[i], bytes, sizeof bytes));
    }
    return record_builder_end(&builder);
}

static void stream_frames(sample_visit_fn *visit, void *arg)
{
    static uint8_t buffer[RECORD_BUFFER_MIN];
    uint8_t frame[SAMPLE_BYTES_MAX];
    journal_record_t record = example_record(buffer);
    tree_t tree = {0};
    hash_t leaf, root;
    for (record_walk_t walk = record_walk(&record); record_walk_next(&walk);) {
        char name[32];
        snprintf(name, sizeof name, "record.event_%u", (unsigned)walk.sequence);
        visit(arg, name, walk.event.data, walk.event.size, NULL);
        tree_leaf(walk.event.data, walk.event.size, &leaf);
        snprintf(name, sizeof name, "record.leaf_%u", (unsigned)walk.sequence);
        visit(arg, name, leaf.bytes, sizeof leaf, NULL);
        tree_append(&tree, &leaf);
    }
    tree_root(&tree, &root); // of a tree of these two leaves alone
    visit(arg, "record.root_of_both", root.bytes, sizeof root, NULL);
    visit(arg, "record", record.bytes.data, record.bytes.size, NULL);

    publication_t publication = {
        .stream = STREAM_LEDGER, .epoch = 1, .term = 3, .first = 7, .count = 2};
    size_t size = publication_encode_head(&publication, frame, sizeof frame);
    visit(arg, "publication.header_only", frame, size, NULL);
    memcpy(frame + size, record.bytes.data, record.bytes.size);
    visit(arg, "publication", frame, size + record.bytes.size, NULL);
    publication_t beat = {.stream = STREAM_LEDGER, .epoch = 1, .term = 3, .first = 8};
    visit(arg, "heartbeat", frame, publication_encode_head(&beat, frame, sizeof frame), NULL);
    beat = (publication_t){
        .stream = 100, .epoch = 1, .term = 1, .first = 2, .through = SAMPLE_TIME + MINUTE_US};
    visit(arg, "heartbeat.of_a_producer", frame,
          publication_encode_head(&beat, frame, sizeof frame), NULL);

    request_t replay = {.type = REQUEST_replay, .number = 1};
    replay.replay = (request_replay_t){.epoch = 1, .from = 7, .bytes_max = 983040};
    fill_bytes(replay.replay.leaf.bytes, sizeof(hash_t), 6, 0);
    visit(arg, "replay.request", frame, request_encode(&replay, frame, sizeof frame), NULL);
    uint8_t records[SAMPLE_BYTES_MAX];
    size_t page_size = record_page_add(records, 0, sizeof records, &record);
    answer_t answer = {.type = REQUEST_replay, .number = 1, .sequence = 8, .detail = text_of("")};
    answer.replay = (answer_replay_t){.stream = STREAM_LEDGER,
                                      .epoch = 1,
                                      .term = 3,
                                      .last = 8,
                                      .records = {records, (uint32_t)page_size}};
    visit(arg, "replay.answer", frame, answer_encode(&answer, frame, sizeof frame), NULL);
}

static void feed_frames(sample_visit_fn *visit, void *arg)
{
    uint8_t frame[SAMPLE_BYTES_MAX];
    feed_batch_t batch = {.number = 5,
                          .producer = 100,
                          .epoch = 1,
                          .first = 1,
                          .count = 2,
                          .through = SAMPLE_TIME + MINUTE_US};
    size_t size = feed_batch_encode_head(&batch, frame, sizeof frame);
    visit(arg, "feed.batch_head", frame, size, NULL);
    event_t item = {.type = EVENT_resource_created, .at = SAMPLE_TIME};
    item.resource_created = (event_resource_created_t){
        .resource = {{0x11}}, .account = example_account(), .kind = RESOURCE_COMPUTE};
    size += event_encode(&item, frame + size, sizeof frame - size);
    item = (event_t){.type = EVENT_usage_ticked, .at = SAMPLE_TIME};
    item.usage_ticked = (event_usage_ticked_t){.resource = {{0x11}},
                                               .replica = {{0x22}},
                                               .account = example_account(),
                                               .tariff = text_of("pico"),
                                               .kind = RESOURCE_COMPUTE};
    size += event_encode(&item, frame + size, sizeof frame - size);
    visit(arg, "feed.batch", frame, size, NULL);
    batch = (feed_batch_t){
        .number = 6, .producer = 100, .epoch = 1, .first = 3, .through = SAMPLE_TIME + HOUR_US};
    visit(arg, "feed.batch_empty", frame, feed_batch_encode_head(&batch, frame, sizeof frame),
          NULL);

    static const uint8_t results[] = {0, FAIL_TARIFF};
    feed_answer_t answer = {.number = 5,
                            .sequence = 12,
                            .detail = text_of("no such tariff"),
                            .acknowledged = 2,
                            .results = {results, sizeof results}};
    visit(arg, "feed.answer", frame, feed_answer_encode(&answer, frame, sizeof frame), NULL);
    answer = (feed_answer_t){.number = 7,
                             .fail = FAIL_GAP,
                             .sequence = 12,
                             .detail = text_of(fail_text(FAIL_GAP)),
                             .acknowledged = 2};
    visit(arg, "feed.answer_gap", frame, feed_answer_encode(&answer, frame, sizeof frame), NULL);
}

static void request_frames(sample_visit_fn *visit, void *arg)
{
    uint8_t frame[SAMPLE_BYTES_MAX];
    request_t request = {.type = REQUEST_balance, .number = 9};
    request.balance.account = example_account();
    visit(arg, "balance.request", frame, request_encode(&request, frame, sizeof frame), NULL);
    answer_t answer = {.type = REQUEST_balance, .number = 9, .sequence = 8, .detail = text_of("")};
    answer.balance = (answer_balance_t){
        .sequence = 8, .cash = -500, .number = 64, .head = 8, .postings = 1, .exhausted = true};
    visit(arg, "balance.answer", frame, answer_encode(&answer, frame, sizeof frame), NULL);
    answer = (answer_t){.type = REQUEST_balance,
                        .number = 9,
                        .fail = FAIL_UNKNOWN_ACCOUNT,
                        .sequence = 8,
                        .detail = text_of(fail_text(FAIL_UNKNOWN_ACCOUNT))};
    visit(arg, "balance.refused", frame, answer_encode(&answer, frame, sizeof frame), NULL);
    request = (request_t){.type = REQUEST_autopay_hold, .number = 10, .id = command_id(51)};
    request.autopay_hold = (request_autopay_hold_t){.account = example_account(), .held = true};
    size_t size = request_encode(&request, frame, sizeof frame);
    visit(arg, "command.request", frame, size, NULL);
    uid_t16 content = {{0}};
    (void)request_content(frame, size, &content);
    visit(arg, "command.content", content.bytes, sizeof content, NULL);
    answer = (answer_t){
        .type = REQUEST_autopay_hold, .number = 10, .sequence = 9, .detail = text_of("")};
    visit(arg, "command.answer", frame, answer_encode(&answer, frame, sizeof frame), NULL);
}

// Requests that got fields after their first version. An older asker leaves those out, which is
// what was shipped first.
static const struct {
    request_type_t type;
    size_t fields; // of the first version
} GROWN[] = {{REQUEST_post, 5},
             {REQUEST_payment_resolve, 3},
             {REQUEST_ledger_policy, 1},
             {REQUEST_autopay_policy, 8},
             {REQUEST_metering_policy, 3},
             {REQUEST_ladder_policy, 8},
             {REQUEST_quotas_change, 9},
             {REQUEST_bonus_give, 5},
             {REQUEST_promo_begin, 12},
             {REQUEST_operators_policy, 2}};

enum { ARRAY_16 = 0xdc }; // msgpack's; the count is in the two bytes behind it

static size_t first_fields(const request_info_t *info)
{
    for (size_t i = 0; i < sizeof GROWN / sizeof GROWN[0]; i++)
        if (GROWN[i].type == info->type)
            return GROWN[i].fields;
    return info->fields_count;
}

static size_t encode_fields(const request_info_t *info, size_t fields, uint8_t *out, size_t cap)
{
    request_t request;
    sample_request(info, &request);
    size_t later = info->fields_count - fields;
    for (size_t i = fields; i < info->fields_count; i++)
        clear_field((char *)&request.status + info->fields()[i].offset, info->fields()[i].type);
    size_t size = request_encode(&request, out, cap);
    uint8_t *count = out[0] == ARRAY_16 ? &out[2] : &out[0]; // of what is at the same place in both
    *count = (uint8_t)(*count - later);
    return size - later;
}

static void grown_requests(sample_visit_fn *visit, void *arg)
{
    for (size_t i = 0; i < sizeof GROWN / sizeof GROWN[0]; i++) {
        const request_info_t *info = request_info(GROWN[i].type);
        for (size_t fields = GROWN[i].fields + 1; fields <= info->fields_count; fields++) {
            char name[SAMPLE_NAME_MAX];
            uint8_t bytes[SAMPLE_BYTES_MAX];
            snprintf(name, sizeof name, "request %s of %zu fields", info->name, fields);
            visit(arg, name, bytes, encode_fields(info, fields, bytes, sizeof bytes), NULL);
        }
    }
}

void samples_protocol(sample_visit_fn *visit, void *arg)
{
    request_frames(visit, arg);
    stream_frames(visit, arg);
    feed_frames(visit, arg);
    const request_info_t *info;
    for (size_t i = 0; (info = request_info_at(i)); i++) {
        char name[64];
        uint8_t bytes[SAMPLE_BYTES_MAX];
        answer_t answer;
        snprintf(name, sizeof name, "request %s", info->name);
        visit(arg, name, bytes, encode_fields(info, first_fields(info), bytes, sizeof bytes), NULL);
        sample_answer(info, &answer);
        snprintf(name, sizeof name, "answer %s", info->name);
        visit(arg, name, bytes, answer_encode(&answer, bytes, sizeof bytes), NULL);
    }
    grown_requests(visit, arg);
}
