#include "tools/kopeck/args.h"
#include "tools/command_line/command_line.h"
#include "proto/field.h"
#include "proto/posting.h"
#include "services/common/settings.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

void args_init(args_t *self, int argc, char **argv)
{
    *self = (args_t){0};
    bool literal = false;
    for (int i = 0; i < argc; i++) {
        if (!literal && strcmp(argv[i], "--") == 0) {
            literal = true;
            continue;
        }
        if (self->count == ARGS_MAX) {
            args_refuse(self, "the command line", argv[i], "fewer words");
            return;
        }
        self->literal[self->count] = literal;
        self->items[self->count++] = argv[i];
    }
}

void args_refuse(args_t *self, const char *what, const char *value, const char *expected)
{
    if (self->error[0])
        return;
    if (value)
        snprintf(self->error, sizeof self->error, "%s: \"%.80s\": expected %s", what, value,
                 expected);
    else
        snprintf(self->error, sizeof self->error, "%s is missing: expected %s", what, expected);
}

static const char *take(args_t *self, size_t at)
{
    const char *item = self->items[at];
    self->count--;
    memmove(&self->items[at], &self->items[at + 1], (self->count - at) * sizeof self->items[0]);
    memmove(&self->literal[at], &self->literal[at + 1], (self->count - at) * sizeof(bool));
    return item;
}

static bool is_option(const args_t *self, size_t at)
{
    const char *item = self->items[at];
    return !self->literal[at] && item[0] == '-' && item[1] == '-' && item[2] != '\0';
}

bool args_flag(args_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (is_option(self, i) && strcmp(self->items[i] + 2, name) == 0) {
            (void)take(self, i);
            return true;
        }
    return false;
}

const char *args_option(args_t *self, const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < self->count; i++) {
        if (!is_option(self, i) || strncmp(self->items[i] + 2, name, size) != 0)
            continue;
        char after = self->items[i][2 + size];
        if (after == '=')
            return take(self, i) + 2 + size + 1;
        if (after != '\0')
            continue;
        (void)take(self, i);
        if (i < self->count && !is_option(self, i))
            return take(self, i);
        args_refuse(self, name, NULL, "a value after the option");
        return NULL;
    }
    return NULL;
}

uint64_t args_option_number(args_t *self, const char *name, uint64_t fallback, uint64_t min,
                            uint64_t max)
{
    const char *text = args_option(self, name);
    uint64_t number;
    if (!text)
        return fallback;
    if (args_read_number(text, &number) && number >= min && number <= max)
        return number;
    char expected[64];
    snprintf(expected, sizeof expected, "a whole number from %llu to %llu", (unsigned long long)min,
             (unsigned long long)max);
    args_refuse(self, name, text, expected);
    return fallback;
}

instant_t args_option_time(args_t *self, const char *name, instant_t fallback)
{
    const char *text = args_option(self, name);
    instant_t at = fallback;
    if (text && !time_parse(text, &at))
        args_refuse(self, name, text, "a date, or a time as 2026-01-31T12:00:00Z");
    return at;
}

const char *args_operand_maybe(args_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (!is_option(self, i))
            return take(self, i);
    return NULL;
}

const char *args_operand(args_t *self, const char *what)
{
    const char *text = args_operand_maybe(self);
    if (!text)
        args_refuse(self, what, NULL, "it on the command line; see --help");
    return text ? text : "";
}

int args_word(args_t *self, const char *const *words)
{
    for (size_t i = 0; i < self->count; i++)
        for (int w = 0; words[w]; w++)
            if (!is_option(self, i) && strcmp(self->items[i], words[w]) == 0) {
                (void)take(self, i);
                return w;
            }
    return -1;
}

uid_t16 args_operand_uid(args_t *self, const char *what)
{
    const char *text = args_operand(self, what);
    uid_t16 id = {{0}};
    if (*text && !uid_parse(text, &id))
        args_refuse(self, what, text, "a UUID");
    return id;
}

uint64_t args_operand_number(args_t *self, const char *what)
{
    const char *text = args_operand(self, what);
    uint64_t number = 0;
    if (*text && !args_read_number(text, &number))
        args_refuse(self, what, text, "a whole number");
    return number;
}

stream_t args_operand_stream(args_t *self, const char *what)
{
    const char *text = args_operand(self, what);
    stream_t stream = STREAM_NONE;
    if (*text && !args_read_stream(text, &stream))
        args_refuse(self, what, text, "metering, ledger, payment or autopay");
    return stream;
}

bool args_check(args_t *self)
{
    if (self->count && !self->error[0])
        snprintf(self->error, sizeof self->error, "%s \"%.80s\" is not known here; see --help",
                 is_option(self, 0) ? "the option" : "the word", self->items[0]);
    return !self->error[0];
}

bool args_read_number(const char *text, uint64_t *ret_number)
{
    return command_line_number(text, 0, UINT64_MAX, ret_number);
}

bool args_read_rubles(const char *text, kopecks_t *ret_amount)
{
    bool negative = *text == '-';
    text += negative;
    if (*text < '0' || *text > '9')
        return false;
    kopecks_t amount = 0;
    int decimals = -1; // not yet behind the point
    for (; *text; text++) {
        if (*text == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (*text < '0' || *text > '9' || decimals == 2 || !money_multiply(amount, 10, &amount) ||
            !money_add(amount, *text - '0', &amount))
            return false;
        decimals += decimals >= 0;
    }
    if (decimals == 0)
        return false;
    for (int left = decimals < 0 ? 2 : 2 - decimals; left > 0; left--)
        if (!money_multiply(amount, 10, &amount))
            return false;
    *ret_amount = negative ? -amount : amount;
    return true;
}

bool args_read_account(const char *text, uid_t16 *ret_account)
{
    for (uint64_t number = 1; number < SYSTEM_END; number++) {
        const char *title = posting_system_title(number);
        if (title && strcasecmp(title, text) == 0) {
            *ret_account = posting_system_id(number);
            return true;
        }
    }
    return uid_parse(text, ret_account);
}

bool args_read_kind(const char *text, uint64_t *ret_kind)
{
    uint64_t number;
    if (args_read_number(text, &number)) {
        if (!posting_kind_title(number))
            return false;
        *ret_kind = number;
        return true;
    }
    for (number = 1; posting_kind_title(number); number++)
        if (strcasecmp(posting_kind_title(number), text) == 0) {
            *ret_kind = number;
            return true;
        }
    return false;
}

bool args_read_stream(const char *text, stream_t *ret_stream)
{
    for (stream_t stream = STREAM_METERING; stream <= STREAM_AUTOPAY; stream++)
        if (strcmp(settings_stream_name(stream), text) == 0) {
            *ret_stream = stream;
            return true;
        }
    return false;
}
