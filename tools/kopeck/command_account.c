// An account's life: whether it is open and what it has; closing, reopening, credit.
#include "proto/event.h"
#include "proto/posting.h"
#include "services/process/uuid7.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/lot_payment.h"
#include "tools/kopeck/lot_row.h"
#include <inttypes.h>

enum { PAGES_MAX = 1000 * 1000, BACK_MAX = 1000 };

#define TAKE(args, request, ...)                                                                   \
    ask_take(args, request, (const ask_field_t[]){__VA_ARGS__},                                    \
             sizeof((const ask_field_t[]){__VA_ARGS__}) / sizeof(ask_field_t))

// What is left of a payment by card.
typedef struct {
    uint64_t invoice;
    kopecks_t amount;
} back_t;

typedef struct {
    uid_t16 account;
    bool closed;
    kopecks_t cash, bonus, limit;
    uint64_t replicas;
    int64_t burn;
    uid_t16 running[16];
    size_t running_count;
    back_t back[BACK_MAX];
    size_t back_count;
    kopecks_t cards, people; // of the cash: what goes back by card, and the rest
    kopecks_t held;
} plan_t;

// --- what there is ---

static int ask_balance(session_t *session, plan_t *plan)
{
    request_t request = {.type = REQUEST_balance, .balance.account = plan->account};
    answer_t answer;
    int status = session_ask(session, STREAM_LEDGER, CLIENT_COMMAND, &request, &answer);
    if (status != EX_OK)
        return status;
    plan->closed = answer.balance.closed;
    plan->cash = answer.balance.cash;
    plan->bonus = answer.balance.bonus;
    plan->limit = answer.balance.limit;
    return EX_OK;
}

// An account that metering has never heard of runs nothing.
static int ask_running(session_t *session, plan_t *plan)
{
    request_t request = {.type = REQUEST_meters, .meters.account = plan->account};
    answer_t answer;
    int status = session_try(session, STREAM_METERING, CLIENT_COMMAND, &request, &answer);
    if (status != EX_OK || answer.fail == FAIL_UNKNOWN_ACCOUNT)
        return status;
    if (answer.fail)
        return session_refused(STREAM_METERING, answer.fail, answer.detail);
    plan->replicas = answer.meters.replicas;
    plan->burn = answer.meters.burn;
    size_t count = answer.meters.running.size / sizeof(uid_t16);
    plan->running_count = count < 16 ? count : 16;
    memcpy(plan->running, answer.meters.running.data, plan->running_count * sizeof(uid_t16));
    return EX_OK;
}

static int add_lot(session_t *session, const lot_row_t *lot, plan_t *plan)
{
    uint64_t invoice;
    plan->held += lot->held;
    if (lot->kind != LOT_CASH || lot->left <= 0)
        return EX_OK;
    int status = lot_payment_ask(session, lot->number, &invoice);
    if (status != EX_OK)
        return status;
    if (!invoice || plan->back_count == BACK_MAX) {
        plan->people += lot->left;
        return EX_OK;
    }
    plan->back[plan->back_count++] = (back_t){invoice, lot->left};
    plan->cards += lot->left;
    return EX_OK;
}

// Rows are copied: what they stand in belongs to the answer, and more is asked meanwhile.
static int add_page(session_t *session, const answer_lots_t *answer, plan_t *plan)
{
    enum { ROWS_MAX = 500 };
    static lot_row_t rows[ROWS_MAX];
    wire_t wire;
    size_t count = 0;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (; count < answer->count && count < ROWS_MAX; count++)
        if (!lot_row_read(&wire, &rows[count])) {
            fputs("kopeck: ledger sent rows that are no lots\n", stderr);
            return EX_DATAERR;
        }
    for (size_t i = 0; i < count; i++) {
        int status = add_lot(session, &rows[i], plan);
        if (status != EX_OK)
            return status;
    }
    return EX_OK;
}

static int ask_lots(session_t *session, plan_t *plan)
{
    request_t request = {.type = REQUEST_lots, .lots.account = plan->account};
    for (unsigned page = 0; page < PAGES_MAX; page++) {
        answer_t answer;
        int status = session_ask(session, STREAM_LEDGER, CLIENT_COMMAND, &request, &answer);
        if (status != EX_OK)
            return status;
        request.lots.skip = answer.lots.next;
        bool last = !answer.lots.next;
        status = add_page(session, &answer.lots, plan);
        if (status != EX_OK || last)
            return status;
    }
    return EX_DATAERR;
}

static int ask_plan(session_t *session, plan_t *plan)
{
    int status = ask_balance(session, plan);
    if (status == EX_OK)
        status = ask_running(session, plan);
    return status == EX_OK ? ask_lots(session, plan) : status;
}

// --- the account ---

static int show(session_t *session, args_t *args)
{
    static const column_t columns[] = {{"closed", "closed", false},
                                       {"cash", "cash", true},
                                       {"bonus", "bonus", true},
                                       {"limit", "credit limit", true},
                                       {"replicas", "replicas that run", true},
                                       {"cards", "could go back to cards", true},
                                       {"people", "could go back by people", true},
                                       {"held", "on its way back", true}};
    static plan_t plan;
    plan = (plan_t){.account = args_operand_uid(args, "the account")};
    if (!command_ready(args))
        return EX_USAGE;
    int status = ask_plan(session, &plan);
    if (status != EX_OK)
        return status;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof columns[0],
                                           TABLE_RECORD, session->json, stdout);
    table_print_flag(table, plan.closed);
    table_print_money(table, plan.cash);
    table_print_money(table, plan.bonus);
    table_print_money(table, plan.limit);
    table_print_number(table, plan.replicas);
    table_print_money(table, plan.cards);
    table_print_money(table, plan.people);
    table_print_money(table, plan.held);
    table_print_destroy(&table);
    return EX_OK;
}

// --- closing ---

static const column_t steps_columns[] = {{"step", "step", false},
                                         {"payment", "payment", true},
                                         {"amount", "amount", true},
                                         {"result", "result", false}};

static void print_step(table_print_t *table, const char *step, uint64_t payment, kopecks_t amount,
                       const char *result)
{
    char number[24]; // a text in JSON too, as every number of a payment
    snprintf(number, sizeof number, "%" PRIu64, payment);
    table_print_text(table, step);
    if (payment)
        table_print_text(table, number);
    else
        table_print_none(table);
    table_print_money(table, amount);
    if (result)
        table_print_text(table, result);
    else
        table_print_none(table);
}

// What runs is named, for closing does not stop it.
static int refuse_running(const plan_t *plan)
{
    fprintf(stderr, "kopeck: the account still runs %" PRIu64 " replicas; delete first:\n",
            plan->replicas);
    for (size_t i = 0; i < plan->running_count; i++) {
        char id[UID_TEXT_SIZE];
        uid_format(&plan->running[i], id);
        fprintf(stderr, "  resource %s\n", id);
    }
    return EX_DATAERR;
}

static int send_close(session_t *session, request_t *request, const plan_t *plan,
                      const char **ret_result)
{
    answer_t answer;
    *ret_result = "closed before";
    if (plan->closed)
        return EX_OK;
    request->account_close.cash = plan->cash;
    request->account_close.bonus = plan->bonus;
    int status = ask_unprinted(session, STREAM_LEDGER, request, &answer);
    *ret_result = status != EX_OK                ? "not closed"
                  : answer.account_close.pending ? "another must agree; then say it again"
                                                 : "closed";
    return status == EX_OK && answer.account_close.pending ? EX_TEMPFAIL : status;
}

static int send_refund(session_t *session, const back_t *back, uint64_t reason,
                       table_print_t *table)
{
    request_t request = {.type = REQUEST_refund, .id = uuid7_new()};
    answer_t answer;
    request.refund.invoice = back->invoice;
    request.refund.amount = back->amount;
    request.refund.reason = reason;
    int status = ask_unprinted(session, STREAM_PAYMENT, &request, &answer);
    const char *result = status != EX_OK         ? "refused"
                         : answer.refund.pending ? "another must agree"
                                                 : "asked for";
    print_step(table, "goes back to its card", back->invoice, back->amount, result);
    return status;
}

static void print_rest(table_print_t *table, const plan_t *plan)
{
    if (plan->people)
        print_step(table, "for people to send back", 0, plan->people, NULL);
    if (plan->cash < 0)
        print_step(table, "owed", 0, -plan->cash, NULL);
}

static void print_plan(table_print_t *table, const plan_t *plan)
{
    if (plan->bonus > 0 && !plan->closed)
        print_step(table, "bonus ends", 0, plan->bonus, NULL);
    for (size_t i = 0; i < plan->back_count; i++)
        print_step(table, "goes back to its card", plan->back[i].invoice, plan->back[i].amount,
                   NULL);
    print_rest(table, plan);
}

// First the account, so that nothing is spent or comes in meanwhile; then payment by payment.
static int carry_out(session_t *session, request_t *request, const plan_t *plan,
                     table_print_t *table)
{
    const char *result;
    int status = send_close(session, request, plan, &result);
    print_step(table, "account", 0, plan->cash + plan->bonus, result);
    if (status != EX_OK)
        return status;
    if (plan->bonus > 0 && !plan->closed)
        print_step(table, "bonus ends", 0, plan->bonus, "ends");
    for (size_t i = 0; i < plan->back_count; i++) {
        int sent = send_refund(session, &plan->back[i], request->account_close.reason, table);
        status = status == EX_OK ? sent : status;
    }
    print_rest(table, plan);
    return status;
}

static int close_account(session_t *session, args_t *args)
{
    static plan_t plan;
    request_t request = {.type = REQUEST_account_close};
    bool yes = args_flag(args, "yes");
    if (!TAKE(args, &request, {"account", NULL, NULL}, {"reason", "reason", "none"}))
        return EX_USAGE;
    plan = (plan_t){.account = request.account_close.account};
    int status = ask_plan(session, &plan);
    if (status != EX_OK)
        return status;
    if (plan.replicas || plan.running_count)
        return refuse_running(&plan);
    table_print_t *table =
        table_print_new(steps_columns, sizeof steps_columns / sizeof steps_columns[0], TABLE_ROWS,
                        session->json, stdout);
    if (yes)
        status = carry_out(session, &request, &plan, table);
    else
        print_plan(table, &plan);
    table_print_destroy(&table);
    if (!yes)
        fputs("Nothing was done: add --yes to do it. Autopay would end, and no top-up would be "
              "made.\n",
              stderr);
    return status;
}

int command_account(session_t *session, args_t *args)
{
    static const char *const words[] = {"close", "reopen", "credit", NULL};
    request_t request = {.type = REQUEST_account_reopen};
    switch (args_word(args, words)) {
    case 0:
        return close_account(session, args);
    case 1:
        return TAKE(args, &request, {"account", NULL, NULL}, {"reason", "reason", "none"})
                   ? ask_send(session, STREAM_LEDGER, &request)
                   : EX_USAGE;
    case 2:
        request.type = REQUEST_credit_limit;
        return TAKE(args, &request, {"account", NULL, NULL}, {"limit", NULL, NULL},
                    {"reason", "reason", "none"})
                   ? ask_send(session, STREAM_LEDGER, &request)
                   : EX_USAGE;
    default:
        return show(session, args);
    }
}
