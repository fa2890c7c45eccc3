#include "tools/kopeck/args.h"
#include "tools/command_line/command_line.h"
#include "proto/field.h"
#include "proto/posting.h"
#include "proto/service.h"
#include "proto/utf8.h"
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
    if (value && !utf8_is_text(text_of(value))) // a terminal shows no stranger's bytes
        snprintf(self->error, sizeof self->error, "%s: expected " UTF8_EXPECTED, what);
    else if (value)
        snprintf(self->error, sizeof self->error, "%s: \"%.80s\": expected %s", what, value,
                 expected);
    else
        snprintf(self->error, sizeof self->error, "%s is missing: expected %s", what, expected);
}

// A word that was taken. An empty one stands for nothing, wherever it stands: an unset variable of
// a script. `what` names it.
static const char *checked(args_t *self, const char *what, const char *word)
{
    if (!*word)
        args_refuse(self, what, word, "a word that is not empty");
    else if (!utf8_is_text(text_of(word)))
        args_refuse(self, what, word, UTF8_EXPECTED);
    return word;
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
            return checked(self, name, take(self, i) + 2 + size + 1);
        if (after != '\0')
            continue;
        (void)take(self, i);
        if (i < self->count && !is_option(self, i))
            return checked(self, name, take(self, i));
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
        args_refuse(self, name, text, TIME_EXPECTED);
    return at;
}

const char *args_operand_maybe(args_t *self, const char *what)
{
    for (size_t i = 0; i < self->count; i++)
        if (!is_option(self, i))
            return checked(self, what, take(self, i));
    return NULL;
}

const char *args_operand(args_t *self, const char *what)
{
    const char *text = args_operand_maybe(self, what);
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
    char names[SERVICE_LIST_MAX];
    service_list(names);
    if (*text && !args_read_stream(text, &stream))
        args_refuse(self, what, text, names);
    return stream;
}

bool args_check(args_t *self)
{
    if (self->count)
        (void)checked(self, "a word too many", self->items[0]);
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
    return args_read_code(CODES_posting_kind, text, ret_kind);
}

bool args_read_code(codes_family_t family, const char *text, uint64_t *ret_number)
{
    const codes_info_t *info = codes_info(family);
    uint64_t number;
    bool is_number = args_read_number(text, &number);
    for (size_t i = 0; i < info->count; i++) {
        const code_t *code = &info->codes[i];
        if (is_number ? code->number == number : strcasecmp(code->english, text) == 0) {
            *ret_number = code->number;
            return true;
        }
    }
    return false;
}

uint64_t args_option_code(args_t *self, const char *name, codes_family_t family)
{
    const char *word = args_option(self, name);
    uint64_t number = 0;
    if (word && !args_read_code(family, word, &number)) {
        char known[256];
        codes_list(family, known, sizeof known);
        args_refuse(self, name, word, known);
    }
    return number;
}

bool args_read_stream(const char *text, stream_t *ret_stream)
{
    for (stream_t stream = STREAM_FIRST; stream < STREAM_END; stream++)
        if (strcmp(service_stream_name(stream), text) == 0) {
            *ret_stream = stream;
            return true;
        }
    return false;
}
