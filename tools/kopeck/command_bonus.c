// A bonus for a customer, and the end of one.
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"

enum { PAGES_MAX = 1000 * 1000 };

#define TAKE(args, request, ...)                                                                   \
    ask_take(args, request, (const ask_field_t[]){__VA_ARGS__},                                    \
             sizeof((const ask_field_t[]){__VA_ARGS__}) / sizeof(ask_field_t))

static int give(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_bonus_give};
    request.bonus_give.opens = args_flag(args, "open");
    request.bonus_give.until = args_option_time(args, "until", 0);
    request.bonus_give.begins = args_option_time(args, "begins", 0);
    const char *category = args_option(args, "category");
    if (category && !args_read_code(CODES_category, category, &request.bonus_give.category))
        args_refuse(args, "category", category, "compute, disk or models");
    if (!TAKE(args, &request, {"account", NULL, NULL}, {"amount", NULL, NULL},
              {"reason", "reason", "none"}))
        return EX_USAGE;
    return ask_send(session, STREAM_LEDGER, &request);
}

// Finds it among the rows of a page: [kind, number, amount, left, …].
static bool find_lot(const answer_lots_t *answer, uint64_t lot, kopecks_t *ret_left)
{
    wire_t wire;
    bool found = false;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; i < answer->count; i++) {
        uint64_t kind = 0, number = 0;
        int64_t amount = 0, left = 0;
        uint32_t fields = wire_array(&wire, 64);
        wire_u64(&wire, &kind);
        wire_u64(&wire, &number);
        wire_i64(&wire, &amount);
        wire_i64(&wire, &left);
        wire_skip(&wire, fields > 4 ? fields - 4 : 0);
        if (kind == LOT_BONUS && number == lot && !wire.fail) {
            *ret_left = left;
            found = true;
        }
    }
    return found && wire_end(&wire) == FAIL_NONE;
}

// What is left of it: whoever agrees is to see a sum.
static int ask_left(session_t *session, const request_bonus_void_t *order, kopecks_t *ret_left)
{
    request_t request = {.type = REQUEST_lots, .lots.account = order->account};
    for (unsigned page = 0; page < PAGES_MAX; page++) {
        answer_t answer;
        int status = session_ask(session, STREAM_LEDGER, CLIENT_COMMAND, &request, &answer);
        if (status != EX_OK || find_lot(&answer.lots, order->lot, ret_left))
            return status;
        request.lots.skip = answer.lots.next;
        if (!answer.lots.next)
            break;
    }
    fputs("kopeck: the account has no such bonus, or nothing is left of it\n", stderr);
    return EX_DATAERR;
}

static int end(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_bonus_void};
    if (!TAKE(args, &request, {"account", NULL, NULL}, {"lot", NULL, NULL},
              {"reason", "reason", "none"}))
        return EX_USAGE;
    int status = ask_left(session, &request.bonus_void, &request.bonus_void.amount);
    return status == EX_OK ? ask_send(session, STREAM_LEDGER, &request) : status;
}

int command_bonus(session_t *session, args_t *args)
{
    static const char *const words[] = {"give", "end", NULL};
    int word = args_word(args, words);
    if (word < 0) {
        args_refuse(args, "what to do", NULL, "give or end");
        (void)command_ready(args);
        return EX_USAGE;
    }
    return word == 0 ? give(session, args) : end(session, args);
}
