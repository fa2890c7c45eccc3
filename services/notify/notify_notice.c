#include "services/notify/notify_notice.h"
#include "proto/codes.h"
#include "proto/field.h"
#include "proto/money.h"
#include <inttypes.h>
#include <stdio.h>

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

size_t notify_notice_json(const event_t *event, uint64_t sequence, char ret_body[NOTICE_BODY_MAX])
{
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
