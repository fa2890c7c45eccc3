// Commands that are one request each.
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"

#define ASK(session, args, stream, request, ...)                                                   \
    ask(session, args, stream, request, (const ask_field_t[]){__VA_ARGS__},                        \
        sizeof((const ask_field_t[]){__VA_ARGS__}) / sizeof(ask_field_t))

int command_post_one(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_post};
    return ASK(session, args, STREAM_LEDGER, &request, {"debit", NULL, NULL},
               {"credit", NULL, NULL}, {"amount", NULL, NULL}, {"kind", NULL, NULL},
               {"reference", "reference", ""});
}

int command_topup(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_topup};
    return ASK(session, args, STREAM_PAYMENT, &request, {"account", NULL, NULL},
               {"amount_rub", NULL, NULL}, {"count_max", "autopay", "0"},
               {"sum_max", "sum-max", "0"});
}

int command_mandate(session_t *session, args_t *args)
{
    static const char *const words[] = {"revoke", "change", NULL};
    request_t request = {.type = REQUEST_mandate};
    switch (args_word(args, words)) {
    case 0:
        request.type = REQUEST_revoke;
        return ASK(session, args, STREAM_PAYMENT, &request, {"account", NULL, NULL},
                   {"why", "why", "3"});
    case 1:
        request.type = REQUEST_mandate_change;
        return ASK(session, args, STREAM_PAYMENT, &request, {"account", NULL, NULL},
                   {"count_max", "count", NULL}, {"sum_max", "sum", NULL});
    default:
        return ASK(session, args, STREAM_PAYMENT, &request, {"account", NULL, NULL});
    }
}

int command_payment(session_t *session, args_t *args)
{
    static const char *const verbs[] = {"resolve", NULL};
    static const char *const outcomes[] = {"succeeded", "declined", NULL};
    request_t request = {.type = REQUEST_payment};
    if (args_word(args, verbs) < 0)
        return ASK(session, args, STREAM_PAYMENT, &request, {"invoice", NULL, NULL});
    request.type = REQUEST_payment_resolve;
    switch (args_word(args, outcomes)) {
    case 0:
        request.payment_resolve.outcome = 1;
        return ASK(session, args, STREAM_PAYMENT, &request, {"invoice", NULL, NULL},
                   {"amount", "amount", NULL});
    case 1:
        request.payment_resolve.outcome = 2;
        return ASK(session, args, STREAM_PAYMENT, &request, {"invoice", NULL, NULL});
    default:
        args_refuse(args, "the outcome", NULL, "succeeded or declined after resolve");
        (void)command_ready(args);
        return EX_USAGE;
    }
}

int command_autopay(session_t *session, args_t *args)
{
    static const char *const words[] = {"hold", "release", "resume", NULL};
    int word = args_word(args, words);
    request_t request = {.type = REQUEST_autopay};
    if (word == 0 || word == 1) {
        request.type = REQUEST_autopay_hold;
        request.autopay_hold.held = word == 0;
    } else if (word == 2) {
        request.type = REQUEST_autopay_resume;
        request.autopay_resume.why = 3; // an operator
    }
    return ASK(session, args, STREAM_AUTOPAY, &request, {"account", NULL, NULL});
}

int command_clock(session_t *session, args_t *args)
{
    static const char *const words[] = {"confirm", NULL};
    request_t request = {.type = REQUEST_clock_confirm};
    if (args_word(args, words) < 0)
        args_refuse(args, "what to do", NULL, "confirm");
    stream_t stream = args_operand_stream(args, "the process");
    return ask(session, args, stream, &request, NULL, 0);
}
