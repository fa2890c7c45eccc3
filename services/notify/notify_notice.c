#include "services/notify/notify_notice.h"
#include "proto/codes.h"
#include "proto/field.h"
#include "proto/money.h"
#include <inttypes.h>
#include <stdio.h>

enum { ESCAPED = 6, CODE_TEXT_SIZE = 64 * ESCAPED + 1 }; // of bytes that JSON escapes

size_t notify_notice_name(uint64_t epoch, uint64_t notice, char ret_name[NOTICE_NAME_MAX])
{
    int size = snprintf(ret_name, NOTICE_NAME_MAX, "evt_0.%d.%" PRIu64 ".%" PRIu64, STREAM_NOTIFY,
                        epoch, notice);
    return size > 0 && size < NOTICE_NAME_MAX ? (size_t)size : 0;
}

const char *notify_notice_step(uint64_t step)
{
    static const char *const words[] = {
        [LADDER_NONE] = "none",           [LADDER_LOW] = "low",
        [LADDER_EARLY] = "early",         [LADDER_LATE] = "late",
        [LADDER_EXHAUSTED] = "exhausted", [LADDER_GRACE] = "grace",
        [LADDER_STOPPED] = "stopped",     [LADDER_FROZEN] = "frozen",
        [LADDER_DELETABLE] = "deletable"};
    return step < sizeof words / sizeof *words ? words[step] : "unknown";
}

// RFC 3339 in quotes, or null for what is not.
static void print_time(instant_t at, char out[TIME_TEXT_SIZE + 2])
{
    char text[TIME_TEXT_SIZE];
    time_format(at, text);
    snprintf(out, TIME_TEXT_SIZE + 2, at ? "\"%s\"" : "null", text);
}

static const char *heard_name(uint64_t kind)
{
    static const char *const names[] = {[NOTICE_MANDATE_GIVEN] = "mandate.given",
                                        [NOTICE_MANDATE_REVOKED] = "mandate.revoked",
                                        [NOTICE_PAYMENT_ANNOUNCED] = "payment.announced",
                                        [NOTICE_AUTOPAY_PAID] = "autopay.paid",
                                        [NOTICE_AUTOPAY_DECLINED] = "autopay.declined",
                                        [NOTICE_AUTOPAY_SUSPENDED] = "autopay.suspended",
                                        [NOTICE_TOPPED_UP] = "topup.credited",
                                        [NOTICE_TRANSFER_CAME] = "transfer.credited",
                                        [NOTICE_REFUND_ASKED] = "refund.requested",
                                        [NOTICE_REFUND_DONE] = "refund.done",
                                        [NOTICE_REFUND_FAILED] = "refund.failed",
                                        [NOTICE_BONUS_ENDS] = "bonus.ends_soon",
                                        [NOTICE_ACCOUNT_CLOSED] = "account.closed"};
    return kind < sizeof names / sizeof *names && names[kind] ? names[kind] : NULL;
}

static const char *why_of(const event_notice_heard_t *e)
{
    return e->kind == NOTICE_AUTOPAY_DECLINED    ? codes_name(CODES_decline, e->why)
           : e->kind == NOTICE_AUTOPAY_SUSPENDED ? codes_name(CODES_suspension, e->why)
           : e->kind == NOTICE_REFUND_FAILED     ? codes_name(CODES_refund_end, e->why)
                                                 : "";
}

static size_t write_heard(const event_notice_heard_t *e, uint64_t sequence,
                          char ret_body[NOTICE_BODY_MAX])
{
    char account[UID_TEXT_SIZE], at[TIME_TEXT_SIZE + 2], earliest[TIME_TEXT_SIZE + 2];
    char until[TIME_TEXT_SIZE + 2];
    const char *name = heard_name(e->kind), *why = why_of(e);
    uid_format(&e->account, account);
    print_time(e->at, at);
    print_time(e->earliest, earliest);
    print_time(e->until, until);
    if (!name)
        return 0;
    int size =
        snprintf(ret_body, NOTICE_BODY_MAX,
                 "{\"type\":\"%s\",\"timestamp\":%s,\"data\":{\"account\":\"%s\",\"seq\":%" PRIu64
                 ",\"amount_kop\":%" PRId64 ",\"sum_max_kop\":%" PRId64 ",\"count_max\":%" PRIu64
                 ",\"not_before\":%s,\"why\":\"%s\",\"until\":%s}}",
                 name, at, account, sequence, e->amount, e->sum_max, e->count_max, earliest,
                 why ? why : "", until);
    return size > 0 && size < NOTICE_BODY_MAX ? (size_t)size : 0;
}

// Whatever a code holds, it is a string of JSON.
static void print_code(text_t code, char out[CODE_TEXT_SIZE])
{
    size_t used = 0;
    for (size_t i = 0; i < code.size && used + ESCAPED < CODE_TEXT_SIZE; i++) {
        uint8_t byte = (uint8_t)code.data[i];
        bool escapes = byte < ' ' || byte == '"' || byte == '\\';
        used += (size_t)snprintf(out + used, ESCAPED + 1, escapes ? "\\u%04x" : "%c", byte);
    }
    out[used] = '\0';
}

static size_t write_price(const event_price_heard_t *e, uint64_t sequence, const uid_t16 *whom,
                          char ret_body[NOTICE_BODY_MAX])
{
    char account[UID_TEXT_SIZE], at[TIME_TEXT_SIZE + 2], effective[TIME_TEXT_SIZE + 2];
    char code[CODE_TEXT_SIZE];
    const char *kind = e->kind ? codes_name(CODES_resource_kind, e->kind) : "MINUTES";
    uid_format(whom, account);
    print_time(e->at, at);
    print_time(e->effective, effective);
    print_code(e->code, code);
    int size = snprintf(
        ret_body, NOTICE_BODY_MAX,
        "{\"type\":\"price.%s\",\"timestamp\":%s,\"data\":{\"account\":\"%s\",\"seq\":%" PRIu64
        ",\"of\":\"%s\",\"code\":\"%s\",\"effective\":%s,\"before_kop\":%" PRId64
        ",\"price_kop\":%" PRId64 "}}",
        e->withdrawn ? "withdrawn" : "announced", at, account, sequence, kind ? kind : "", code,
        effective, e->before, e->price);
    return size > 0 && size < NOTICE_BODY_MAX ? (size_t)size : 0;
}

size_t notify_notice_json(const event_t *event, uint64_t sequence, const uid_t16 *whom,
                          char ret_body[NOTICE_BODY_MAX])
{
    if (event->type == EVENT_notice_heard)
        return write_heard(&event->notice_heard, sequence, ret_body);
    if (event->type == EVENT_price_heard)
        return write_price(&event->price_heard, sequence, whom, ret_body);
    const event_ladder_moved_t *moved = &event->ladder_moved;
    char account[UID_TEXT_SIZE], at[TIME_TEXT_SIZE + 2], lasts[TIME_TEXT_SIZE + 2];
    char next[TIME_TEXT_SIZE + 2];
    uid_format(&moved->account, account);
    print_time(event->at, at);
    print_time(moved->lasts, lasts);
    print_time(moved->next, next);
    int size = snprintf(
        ret_body, NOTICE_BODY_MAX,
        "{\"type\":\"ladder.%s\",\"timestamp\":%s,\"data\":{\"account\":\"%s\",\"seq\":%" PRIu64
        ",\"step\":\"%s\",\"step_before\":\"%s\",\"balance_kop\":%" PRId64
        ",\"burn_kop_hour_num\":%" PRId64 ",\"burn_kop_hour_den\":%" PRId64
        ",\"lasts_until\":%s,\"next_step_at\":%s,\"payment\":%" PRIu64 "}}",
        notify_notice_step(moved->rung), at, account, sequence, notify_notice_step(moved->rung),
        notify_notice_step(moved->rung_before), moved->balance, moved->burn, CARRY_DENOMINATOR,
        lasts, next, moved->pending);
    return size > 0 && size < NOTICE_BODY_MAX ? (size_t)size : 0;
}
