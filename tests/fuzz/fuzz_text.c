// fuzz_text - what people type: times, ids, amounts, numbers, names. Each is read exactly or
// refused, and what was read is printed as a text that reads as the same.
//
// The first byte chooses the reader.
#include "services/process/uuid7.h"
#include "proto/request.h"
#include "proto/span.h"
#include "proto/digest.h"
#include "tools/kopeck/args.h"
#include "tests/fuzz/fuzz.h"

static void check_time(const char *text)
{
    char printed[TIME_TEXT_SIZE];
    instant_t at, again;
    if (!time_parse(text, &at))
        return;
    time_format(at, printed);
    if (printed[0] == '-' || strchr(printed, 'u')) // before year 0 or after 9999: not a date
        return;
    require(time_parse(printed, &again) && again == at);
    // A date is the day it names, not one that it runs over into.
    size_t size = strlen(text);
    if (size == 10 && text[4] == '-' && text[7] == '-' && strspn(text, "0123456789-") == size) {
        time_format_moscow(at, printed); // a date without a zone is Moscow's
        require(memcmp(printed, text, size) == 0);
    }
    if (size == 20 && text[10] == 'T' && text[19] == 'Z' && strspn(text, "0123456789-:TZ") == size)
        require(memcmp(printed, text, 19) == 0);
}

static void check_uid(const char *text)
{
    char printed[UID_TEXT_SIZE];
    uid_t16 id;
    if (!uid_parse(text, &id))
        return;
    uid_format(&id, printed);
    require(strcasecmp(printed, text) == 0);
    if (uuid7_is(&id)) {
        uint8_t random[10];
        memcpy(random, id.bytes + 6, sizeof random);
        uid_t16 again = uuid7_of(uuid7_time(&id), random);
        require(uid_equal(&again, &id));
    }
}

static void check_amount(const char *text)
{
    char printed[32];
    kopecks_t amount, again;
    if (!args_read_rubles(text, &amount))
        return;
    uint64_t size = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    snprintf(printed, sizeof printed, "%s%llu.%02llu", amount < 0 ? "-" : "",
             (unsigned long long)size / 100, (unsigned long long)size % 100);
    require(args_read_rubles(printed, &again) && again == amount);
}

static void check_number(const char *text)
{
    char printed[32];
    uint64_t number, again, kind;
    if (args_read_kind(text, &kind))
        require(kind > 0);
    if (!args_read_number(text, &number))
        return;
    snprintf(printed, sizeof printed, "%llu", (unsigned long long)number);
    require(args_read_number(printed, &again) && again == number);
    const char *digits = text + strspn(text, "0");
    require(strcmp(printed, *digits ? digits : "0") == 0);
}

static void check_names(const char *text)
{
    uid_t16 account;
    stream_t stream;
    digest_t digest;
    size_t characters;
    (void)args_read_account(text, &account);
    if (args_read_stream(text, &stream))
        require(stream >= STREAM_FIRST && stream < STREAM_END);
    if (digest_by_name(text, &digest))
        require(strcasecmp(digest_name(digest), text) == 0);
    role_t role = role_parse(text);
    if (role != ROLE_NONE)
        require(strcmp(role_name(role), text) == 0);
    if (span_is_plain(span_of(text), &characters))
        require(characters <= strlen(text));
}

static void check_hex(const char *text)
{
    uint8_t bytes[DIGEST_SIZE_MAX];
    char printed[2 * DIGEST_SIZE_MAX + 1];
    size_t size = strlen(text) / 2;
    if (size > sizeof bytes || !digest_unhex(text, strlen(text), size, bytes))
        return;
    digest_hex_lower(bytes, size, printed);
    require(strcasecmp(printed, text) == 0);
}

// A command line: the words stand between newlines.
static void check_line(char *text)
{
    static const char *const words[] = {"show", "list", NULL};
    char *items[ARGS_MAX + 8];
    int count = 0;
    for (char *word; count < ARGS_MAX + 8 && (word = strsep(&text, "\n"));)
        items[count++] = word;
    args_t args;
    args_init(&args, count, items);
    (void)args_flag(&args, "json");
    uint64_t number = args_option_number(&args, "limit", 10, 1, 500);
    require(number >= 1 && number <= 500);
    (void)args_option_time(&args, "from", 0);
    (void)args_option(&args, "file");
    (void)args_word(&args, words);
    (void)args_operand_uid(&args, "account");
    (void)args_operand_number(&args, "sequence");
    (void)args_operand_stream(&args, "stream");
    (void)args_operand_maybe(&args, "a word");
    require(args_check(&args) == !args.error[0]);
    require(strlen(args.error) < sizeof args.error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || memchr(data + 1, 0, size - 1))
        return 0;
    char *text = text_copy(data + 1, size - 1);
    switch (data[0]) {
    case 't':
        check_time(text);
        break;
    case 'u':
        check_uid(text);
        break;
    case 'r':
        check_amount(text);
        break;
    case 'n':
        check_number(text);
        break;
    case 'x':
        check_hex(text);
        break;
    case 'l':
        check_line(text);
        break;
    default:
        check_names(text);
        break;
    }
    free(text);
    return 0;
}
