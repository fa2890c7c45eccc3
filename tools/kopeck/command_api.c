// Keys of /api/v1: a new one is shown once, and its hash kept.
#include "services/api/api_keys_file.h"
#include "tools/kopeck/command.h"
#include <openssl/crypto.h>
#include <sys/random.h>

enum { RATE_MAX = 1000 };

// A name is a word for people that no quoting can break.
static bool name_is_good(const char *name)
{
    size_t size = strlen(name);
    return size < API_KEY_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
               size;
}

static void print_key(bool json, const char *id, const char *key)
{
    if (json)
        printf("{\"id\":\"%s\",\"key\":\"%s\"}\n", id, key);
    else
        printf("%s\n", key);
}

static int make(const char *file, const api_keys_wish_t *wish, bool json)
{
    uint8_t random[API_KEY_RANDOM];
    char key[API_KEY_SIZE], id[API_KEY_ID_SIZE], hash[API_KEY_HASH_SIZE], error[512];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return EX_OSERR;
    api_key_make(random, key, id, hash);
    bool added = api_keys_add(file, wish, id, hash, error, sizeof error);
    if (added)
        print_key(json, id, key);
    else
        fprintf(stderr, "kopeck: %s\n", error);
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(random, sizeof random);
    return added ? EX_OK : EX_CANTCREAT;
}

int command_api(session_t *session, args_t *args)
{
    static const char *const words[] = {"key", NULL};
    unsigned scopes = 0;
    producers_t producers;
    api_keys_wish_t wish = {.scopes = args_option(args, "scopes"),
                            .producers = args_option(args, "producers"),
                            .until = args_option(args, "until"),
                            .rate = args_option_number(args, "rate", API_RATE, 1, RATE_MAX)};
    const char *file = args_option(args, "file");
    instant_t until;
    if (args_word(args, words) != 0)
        args_refuse(args, "what to do", NULL, "key");
    wish.name = args_operand(args, "the key's name");
    if (!name_is_good(wish.name))
        args_refuse(args, "the key's name", wish.name, "letters, digits, dots, - and _, below 64");
    if (!wish.scopes || !api_scopes_read(wish.scopes, &scopes))
        args_refuse(args, "scopes", wish.scopes, "some of read, pay, usage, events");
    if (wish.producers && !producers_parse(wish.producers, &producers))
        args_refuse(args, "producers", wish.producers, "a number from 100 on, or a range");
    if (wish.until && !time_parse(wish.until, &until))
        args_refuse(args, "until", wish.until, TIME_EXPECTED);
    if (!file)
        args_refuse(args, "file", NULL, "the file of keys");
    return command_ready(args) ? make(file, &wish, session->json) : EX_USAGE;
}
