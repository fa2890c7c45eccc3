// Rows hook-…: signatures of notices by Standard Webhooks, and when a notice is sent again.
//
//     given  secret S [and S], id ID, time N, body BODY      BODY is all that is left, up to a }
//            header "SIGNATURES", secret S …, body BODY
//            old and new secret both valid
//            timestamp N seconds away from the receiver's clock
//            secret S                                        | first try TIME fails, second TIME
//            first try TIME, N made                          | answer N
//     when   sign | receive | read | send | next try | deliver
//     then   what comes out
#include "services/base/webhook.h"
#include "tests/vectors/money.h"
#include <inttypes.h>
#include <stdio.h>

#define OLD_SECRET "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define NEW_SECRET "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

enum { GOT_MAX = 256 };

static const webhook_t sample = {SPAN("evt_000000000042"), 1780304520, SPAN("{\"type\":\"test\"}")};

typedef struct {
    webhook_key_t keys[WEBHOOK_KEYS_MAX];
    size_t keys_count;
    webhook_t notice;
} world_t;

static bool take_secrets(money_text_t *given, world_t *world)
{
    span_t secret;
    if (!money_take(given, "secret"))
        return false;
    do {
        if (world->keys_count == WEBHOOK_KEYS_MAX || !money_take_token(given, &secret) ||
            !webhook_key_read(secret, &world->keys[world->keys_count++]))
            return false;
    } while (money_take(given, "and"));
    return true;
}

static bool take_notice(money_text_t *given, world_t *world)
{
    span_t time;
    if (!take_secrets(given, world) || !money_take(given, ",") || !money_take(given, "id") ||
        !money_take_token(given, &world->notice.id) || !money_take(given, ",") ||
        !money_take(given, "time") || !money_take_token(given, &time) ||
        !webhook_timestamp_read(time, &world->notice.seconds) || !money_take(given, ",") ||
        !money_take(given, "body"))
        return false;
    world->notice.body = span_of(given->at);
    return given->at[0] && given->at[world->notice.body.size - 1] == '}';
}

static money_verdict_t notice(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    world_t world = {.keys_count = 0};
    char got[GOT_MAX] = "refused";
    span_t header;
    bool received = money_take(&given, "header");
    if ((received && (!money_take_quoted(&given, &header) || !money_take(&given, ","))) ||
        !take_notice(&given, &world))
        return money_unknown(said, "given", given);
    if (strcmp(row->when, received ? "receive" : "sign") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    if (!received)
        (void)webhook_sign(&world.notice, world.keys, world.keys_count, got);
    else if (webhook_verify(&world.notice, header, world.keys, world.keys_count,
                            world.notice.seconds))
        snprintf(got, sizeof got, "accepted");
    return money_compare(said, got, span_of(row->then));
}

static money_verdict_t secret(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    webhook_key_t key;
    span_t text;
    char got[GOT_MAX] = "refused";
    if (!money_take(&given, "secret") || !money_take_token(&given, &text) || !money_ended(&given))
        return money_unknown(said, "given", given);
    if (strcmp(row->when, "read") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    if (webhook_key_read(text, &key))
        snprintf(got, sizeof got, "a key of %zu bytes", key.size);
    return money_compare(said, got, span_of(row->then));
}

// Each of the two signatures must be taken by the one key that made it, and by no other.
static money_verdict_t change(const money_row_t *row, money_said_t *said)
{
    static const char *const words[] = {"no signatures", "one signature", "two signatures"};
    webhook_key_t keys[2];
    char header[WEBHOOK_SIGNATURES_SIZE], got[GOT_MAX];
    size_t taken = 0, size;
    if (strcmp(row->given, "old and new secret both valid") != 0)
        return money_unknown(said, "given", (money_text_t){row->given});
    if (strcmp(row->when, "sign") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    if (!webhook_key_read(SPAN(OLD_SECRET), &keys[0]) ||
        !webhook_key_read(SPAN(NEW_SECRET), &keys[1]))
        return MONEY_UNKNOWN;
    size = webhook_sign(&sample, keys, 2, header);
    const char *blank = memchr(header, ' ', size);
    size_t first = blank ? (size_t)(blank - header) : size;
    const span_t parts[] = {{header, first}, {header + first + 1, blank ? size - first - 1 : 0}};
    for (size_t i = 0; i < 2; i++)
        taken += webhook_verify(&sample, parts[i], &keys[i], 1, sample.seconds) &&
                 !webhook_verify(&sample, parts[i], &keys[1 - i], 1, sample.seconds);
    snprintf(got, sizeof got, "%s in one header%s", words[taken],
             blank && !memchr(blank + 1, ' ', (size_t)(header + size - blank - 1))
                 ? ", parted by a blank"
                 : "");
    return money_compare(said, got, span_of(row->then));
}

// Away on either side of the clock.
static money_verdict_t stale(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    webhook_key_t key;
    char header[WEBHOOK_SIGNATURES_SIZE];
    uint64_t away;
    if (!money_take(&given, "timestamp") || !money_take_number(&given, &away) || away > 100000 ||
        !money_take(&given, "seconds away from the receiver's clock") || !money_ended(&given))
        return money_unknown(said, "given", given);
    if (strcmp(row->when, "receive") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    if (!webhook_key_read(SPAN(OLD_SECRET), &key))
        return MONEY_UNKNOWN;
    span_t signatures = {header, webhook_sign(&sample, &key, 1, header)};
    bool early = webhook_verify(&sample, signatures, &key, 1, sample.seconds + (int64_t)away);
    bool late = webhook_verify(&sample, signatures, &key, 1, sample.seconds - (int64_t)away);
    const char *got = early != late ? "refused on one side" : early ? "accepted" : "refused";
    return money_compare(said, got, span_of(row->then));
}

// 10:00:05, of the sample's day.
static bool take_time(money_text_t *text, instant_t *ret_at)
{
    unsigned hour, minute, second;
    span_t token;
    if (!money_take_token(text, &token) || token.size != 8 ||
        sscanf(token.bytes, "%2u:%2u:%2u", &hour, &minute, &second) != 3)
        return false;
    *ret_at =
        sample.seconds / 86400 * DAY_US + hour * HOUR_US + minute * MINUTE_US + second * SECOND_US;
    return true;
}

static money_verdict_t repeat(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given}, when = {row->when};
    instant_t first, second, next;
    uint64_t made;
    char got[GOT_MAX] = "none";
    if (!money_take(&given, "first try") || !take_time(&given, &first))
        return money_unknown(said, "given", given);
    if (money_take(&given, ",")) {
        if (!money_take_number(&given, &made) || made > 100 || !money_take(&given, "made") ||
            !money_ended(&given))
            return money_unknown(said, "given", given);
        if (!money_take(&when, "next try") || !money_ended(&when))
            return money_unknown(said, "when", when);
        if (webhook_next_try(first, (uint32_t)made, &next)) {
            instant_t at = next % DAY_US / SECOND_US;
            snprintf(got, sizeof got, "%02" PRId64 ":%02" PRId64 ":%02" PRId64 "%s", at / 3600,
                     at / 60 % 60, at % 60,
                     next / DAY_US > first / DAY_US ? " of the next day" : "");
        }
        return money_compare(said, got, span_of(row->then));
    }
    if (!money_take(&given, "fails,") || !money_take(&given, "second") ||
        !take_time(&given, &second) || !money_ended(&given))
        return money_unknown(said, "given", given);
    if (strcmp(row->when, "send") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    if (!webhook_next_try(first, 1, &next) || next != second)
        return money_compare(said, "the second try is at another time", span_of(row->then));
    // The same notice, sent at both times: what its three headers are then.
    char headers[2][WEBHOOK_SIGNATURES_SIZE], times[2][WEBHOOK_TIMESTAMP_SIZE];
    webhook_key_t key;
    webhook_t tries[2] = {sample, sample};
    if (!webhook_key_read(SPAN(OLD_SECRET), &key))
        return MONEY_UNKNOWN;
    for (size_t i = 0; i < 2; i++) {
        tries[i].seconds = (i ? second : first) / SECOND_US;
        if (!webhook_sign(&tries[i], &key, 1, headers[i]))
            return MONEY_UNKNOWN;
        (void)webhook_timestamp_print(tries[i].seconds, times[i]);
    }
    bool id = span_is(tries[0].id, tries[1].id);
    snprintf(got, sizeof got, "%s webhook-id, %s webhook-timestamp, %s signature",
             id ? "same" : "new", strcmp(times[0], times[1]) ? "new" : "same",
             strcmp(headers[0], headers[1]) ? "new" : "same");
    return money_compare(said, got, span_of(row->then));
}

static money_verdict_t answer(const money_row_t *row, money_said_t *said)
{
    static const char *const words[] = {"taken", "send again", "send again, slower", "disable"};
    money_text_t given = {row->given};
    uint64_t status;
    if (!money_take(&given, "answer") || !money_take_number(&given, &status) || status > 999 ||
        !money_ended(&given))
        return money_unknown(said, "given", given);
    if (strcmp(row->when, "deliver") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    return money_compare(said, words[webhook_answer_read((int)status)], span_of(row->then));
}

money_verdict_t money_hook(const money_row_t *row, money_said_t *said)
{
    static const struct {
        const char *begins;
        money_family_fn *run;
    } forms[] = {{"old and new", change}, {"timestamp ", stale}, {"first try ", repeat},
                 {"answer ", answer},     {"header ", notice},   {"secret ", notice}};
    if (strcmp(row->when, "read") == 0)
        return secret(row, said);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strncmp(row->given, forms[i].begins, strlen(forms[i].begins)) == 0)
            return forms[i].run(row, said);
    return money_unknown(said, "given", (money_text_t){row->given});
}
