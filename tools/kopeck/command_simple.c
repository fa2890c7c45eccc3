// Commands that are one request each.
#include "proto/posting.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/post_accounts.h"

#define ASK(session, args, stream, request, ...)                                                   \
    ask(session, args, stream, request, (const ask_field_t[]){__VA_ARGS__},                        \
        sizeof((const ask_field_t[]){__VA_ARGS__}) / sizeof(ask_field_t))

int command_post_one(session_t *session, args_t *args)
{
    static const ask_field_t fields[] = {
        {"debit", NULL, NULL}, {"credit", NULL, NULL},         {"amount", NULL, NULL},
        {"kind", NULL, NULL},  {"reference", "reference", ""}, {"reason", "reason", "none"},
        {"lot", "lot", ""}};
    request_t request = {.type = REQUEST_post};
    request.post.opens = args_flag(args, "open");
    uint64_t payment = args_option_number(args, "payment", 0, 1, INT64_MAX);
    if (!ask_take(args, &request, fields, sizeof fields / sizeof fields[0]))
        return EX_USAGE;
    if (payment)
        request.post.reference = posting_payment_reference(payment);
    event_posting_requested_t row = {.debit = request.post.debit, .credit = request.post.credit};
    int status = request.post.opens ? EX_OK : post_accounts_check(session, CLIENT_COMMAND, &row, 1);
    return status == EX_OK ? ask_send(session, STREAM_LEDGER, &request) : status;
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
                   {"why", "why", "operator"});
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
        request.payment_resolve.outcome = OUTCOME_SUCCEEDED;
        request.payment_resolve.registry = args_flag(args, "registry");
        return ASK(session, args, STREAM_PAYMENT, &request, {"invoice", NULL, NULL},
                   {"amount", "amount", NULL});
    case 1:
        request.payment_resolve.outcome = OUTCOME_DECLINED;
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
        request.autopay_resume.why = RESUMED_BY_OPERATOR;
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

int command_losses(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_losses};
    return command_ready(args) ? ask_send(session, STREAM_METERING, &request) : EX_USAGE;
}

int command_producer(session_t *session, args_t *args)
{
    static const char *const words[] = {"retire", NULL};
    request_t request = {.type = REQUEST_producer_retire};
    if (args_word(args, words) < 0)
        args_refuse(args, "what to do", NULL, "retire");
    return ASK(session, args, STREAM_METERING, &request, {"producer", NULL, NULL});
}
