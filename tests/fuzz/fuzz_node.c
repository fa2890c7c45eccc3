// fuzz_node - a whole process (the node, one core, its journal) under any sequence of requests,
// pushed items, events of the streams it follows, results from outside, strangers' bytes, passing
// time and crashes. FUZZ_CORE names the core. What must hold stands in station.h.
//
// The input is a program: a byte names a step, the bytes after it fill in its fields.
#include "services/autopay/autopay_core.h"
#include "services/documents/documents_core.h"
#include "services/notify/notify_core.h"
#include "services/ledger/ledger_core.h"
#include "services/metering/metering_core.h"
#include "services/payment/payment_core.h"
#include "services/payment/payment_form.h"
#include "proto/stream.h"
#include "tests/common/shop.h"
#include "tests/fuzz/filler.h"
#include "tests/fuzz/station.h"
#include "tests/fuzz/fuzz.h"
#include <inttypes.h>

#define START INT64_C(1767225600000000) // 2026-01-01T00:00:00Z
enum { STEPS_MAX = 96, ITEMS_MAX = 24, FRAME_MAX = 64 * 1024, STRANGER = 0xff };

// --- requests ---

static void send_request(station_t *station, const request_t *request, role_t role)
{
    static uint8_t bytes[FRAME_MAX];
    peer_t peer = {.size = 1, .bytes = {(uint8_t)request->type}};
    size_t size = request_encode(request, bytes, sizeof bytes);
    require(size > 0);
    station_begin(station);
    node_message(station->node, DOOR_COMMAND, &peer, role, bytes, size);
}

static void ask(station_t *station, filler_t *filler)
{
    static const role_t roles[] = {ROLE_OPERATOR, ROLE_WEB, ROLE_SERVICE, ROLE_PLATFORM, ROLE_NONE};
    request_t request;
    uint8_t role = filler_byte(filler);
    filler_request(filler, &request);
    role_t right = request.type == REQUEST_transfer_receive ? ROLE_IMPORTER : ROLE_OPERATOR;
    send_request(station, &request, role < 0xc0 ? right : roles[role % 5]);
    if (role & 1) // again, at once
        send_request(station, &request, right);
}

// An authentic notice of the last invoice, its amount right or not.
static void notify(station_t *station, filler_t *filler)
{
    static uint8_t fields[SHOP_FIELDS_MAX];
    const station_invoice_t *invoice = &station->invoice;
    char sum[SHOP_SUM_SIZE], token[PAYMENT_TOKEN_SIZE];
    kopecks_t paid = invoice->amount + (filler_byte(filler) & 7 ? 0 : 100);
    if (paid < 0)
        return;
    shop_sum(paid, sum);
    (void)payment_form_token(&invoice->token, token);
    request_t request;
    do
        filler_request(filler, &request);
    while (request.type != REQUEST_callback && filler->next < filler->end);
    if (request.type != REQUEST_callback)
        return;
    request.callback.fields = shop_notice(invoice->number, sum, token, SHOP_PASSWORD2, fields);
    send_request(station, &request, ROLE_WEB);
}

// What became of a request to the outside: nothing, an answer of Robokassa's kinds, or any bytes.
static void reply(station_t *station, filler_t *filler)
{
    static char body[2048];
    char token[PAYMENT_TOKEN_SIZE];
    uint8_t how = filler_byte(filler), code = filler_byte(filler);
    if (!station->outside_count)
        return;
    size_t at =
        station->outside_count < STATION_OUTSIDE_MAX ? station->outside_count : STATION_OUTSIDE_MAX;
    result_t result = {.key = station->outside[how % at],
                       .what = 1 + (how >> 4) % 3,
                       .http_status = how & 8 ? 500 : 200};
    const station_invoice_t *invoice = &station->invoice;
    (void)payment_form_token(&invoice->token, token);
    int size = 0;
    if (code < 0x40)
        size = snprintf(body, sizeof body, "OK%" PRIu64, invoice->number);
    else if (code < 0xc0)
        size = snprintf(body, sizeof body,
                        "<OperationStateResponse><Result><Code>%d</Code></Result><State><Code>%d"
                        "</Code></State><Info><OutSum>%" PRId64 ".%02d</OutSum></Info><UserField>"
                        "<Field><Name>Shp_token</Name><Value>%s</Value></Field></UserField>"
                        "</OperationStateResponse>",
                        code & 8 ? 3 : 0, code & 1 ? 100 : 10, invoice->amount / 100,
                        (int)(invoice->amount % 100), token);
    result.body = (bytes_t){(const uint8_t *)body, (uint32_t)size};
    if (code >= 0xc0)
        result.body = filler_bytes(filler);
    if (result.what != RESULT_ANSWERED)
        result.body = (bytes_t){NULL, 0};
    station_begin(station);
    node_result(station->node, &result);
}

// --- a pushed feed ---

static void push(station_t *station, filler_t *filler)
{
    static const event_type_t items[] = {EVENT_usage_ticked,    EVENT_replica_started,
                                         EVENT_replica_stopped, EVENT_resource_created,
                                         EVENT_resource_scaled, EVENT_resource_deleted};
    static uint8_t bytes[FRAME_MAX];
    static const peer_t peer = {.size = 1, .bytes = {0}};
    uint8_t how = filler_byte(filler);
    feed_batch_t batch = {.number = 1,
                          .producer = PRODUCER_FIRST + (how >> 6 == 3),
                          .epoch = how & 0x20 ? 2 : 1,
                          .first = station->acknowledged + 1 + (how & 0x10 ? 3 : 0),
                          .count = how % ITEMS_MAX,
                          .atomic = how & 8};
    if (filler_byte(filler) & 1)
        batch.through = filler_time(filler);
    if (how & 4 && batch.first > 1) // some of it again
        batch.first--;
    size_t size = feed_batch_encode_head(&batch, bytes, sizeof bytes);
    for (uint32_t i = 0; i < batch.count; i++) {
        event_t item;
        uint8_t type = filler_byte(filler);
        event_type_t wanted = type >= 0xf0                          ? filler_type(filler)
                              : FUZZ_CORE.stream == STREAM_METERING ? items[type % 6]
                                                                    : EVENT_posting_requested;
        filler_event(filler, wanted, &item);
        size += event_encode(&item, bytes + size, sizeof bytes - size);
    }
    station_begin(station);
    node_message(station->node, DOOR_FEED, &peer, how & 2 ? ROLE_OPERATOR : ROLE_PLATFORM, bytes,
                 size);
}

// --- the streams it follows ---

static void publish(station_t *station, filler_t *filler)
{
    if (!FUZZ_CORE.follows_count)
        return;
    static const event_type_t facts[STATION_STREAMS][4] = {
        [STREAM_METERING] = {EVENT_usage_charged, EVENT_meter_closed, EVENT_usage_charged,
                             EVENT_hour_closed},
        [STREAM_LEDGER] = {EVENT_posted, EVENT_account_opened, EVENT_posted, EVENT_account_low},
        [STREAM_PAYMENT] = {EVENT_payment_succeeded, EVENT_payment_declined,
                            EVENT_mandate_consented, EVENT_mandate_revoked},
        [STREAM_AUTOPAY] = {EVENT_autopay_payment_requested, EVENT_autopay_payment_requested,
                            EVENT_autopay_settled, EVENT_autopay_suspended},
        [STREAM_DOCUMENTS] = {EVENT_transfer_received, EVENT_transfer_assigned,
                              EVENT_transfer_settled, EVENT_invoice_issued}};
    uint8_t how = filler_byte(filler);
    stream_t stream = FUZZ_CORE.follows[(how & 3) % FUZZ_CORE.follows_count].stream;
    event_t event;
    filler_event(filler, how >= 0xe0 ? filler_type(filler) : facts[stream][how >> 2 & 3], &event);
    station_publish(station, stream, &event, (station_way_t)((how >> 4) % STATION_PUBLISH_WAYS));
}

// --- strangers ---

static void shout(station_t *station, filler_t *filler)
{
    static const peer_t peer = {.size = 1, .bytes = {STRANGER}};
    uint8_t how = filler_byte(filler);
    bytes_t bytes = filler_bytes(filler);
    stream_t stream = FUZZ_CORE.follows_count ? FUZZ_CORE.follows[0].stream : STREAM_LEDGER;
    station_begin(station);
    switch (how & 3) {
    case 0:
        node_message(station->node, how & 4 ? DOOR_FEED : DOOR_COMMAND, &peer,
                     (role_t)(1 << (how >> 4) % 9), bytes.data, bytes.size);
        break;
    case 1:
        node_publication(station->node, stream, bytes.data, bytes.size);
        break;
    case 2:
        node_answer(station->node, stream, bytes.data, bytes.size);
        break;
    default:
        station_read(station, ROLE_OPERATOR, bytes.data, bytes.size);
        break;
    }
}

static void step(station_t *station, filler_t *filler)
{
    static const int64_t spans[] = {2 * SECOND_US, MINUTE_US, HOUR_US, DAY_US};
    uint8_t what = filler_byte(filler);
    filler->now = station->clock.now;
    filler->remembered = what & 0x80 ? station->invoice.number : node_last(station->node);
    switch (what % 12) {
    case 0:
    case 1:
        ask(station, filler);
        break;
    case 2:
    case 3:
        push(station, filler);
        break;
    case 4:
    case 5:
        publish(station, filler);
        break;
    case 6:
        for (stream_t stream = 0; stream < STATION_STREAMS; stream++)
            station_answer(station, stream);
        break;
    case 7:
        station_pass(station, spans[what >> 6] * ((what >> 4 & 3) + 1));
        break;
    case 8:
        reply(station, filler);
        break;
    case 9:
        notify(station, filler);
        break;
    case 10:
        shout(station, filler);
        break;
    default:
        if (what & 0x40)
            station_crash(station);
        else if (station->open)
            station_commit(station);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static station_t station;
    filler_t filler = {.next = data, .end = data + size};
    const payment_settings_t shop = shop_settings();
    station_start(&station, &FUZZ_CORE, FUZZ_CORE.stream == STREAM_PAYMENT ? &shop : NULL, START);
    station_commit(&station); // the node boots
    station_pass(&station, SECOND_US);
    for (int i = 0; i < STEPS_MAX && filler.next < filler.end; i++)
        step(&station, &filler);
    station_check(&station);
    station_release(&station);
    return 0;
}
