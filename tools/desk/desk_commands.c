#include "tools/desk/desk_commands.h"
#include "proto/codes.h"
#include "proto/posting.h"
#include "tools/desk/desk_change.h"

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})

// --- what a row alone means ---

static void preset_hold(request_t *request)
{
    request->autopay_hold.held = true;
}

static void preset_resume(request_t *request)
{
    request->autopay_resume.why = RESUMED_BY_OPERATOR;
}

static void preset_revoke(request_t *request)
{
    request->revoke.why = REVOKE_OPERATOR;
}

static void preset_credit(request_t *request)
{
    request->post.debit = posting_system_id(SYSTEM_REVENUE);
    request->post.kind = POSTING_CORRECTION;
}

static void preset_debit(request_t *request)
{
    request->post.credit = posting_system_id(SYSTEM_REVENUE);
    request->post.kind = POSTING_CORRECTION;
}

// --- two persons, and the clock: once for each process ---

static const char *const fields_proposal[] = {"command", NULL};
static const char *const fields_none[] = {NULL};
static const char *const fields_alone[] = {"?alone_max", "?day_max", "?rules", NULL};

#define ASK(DOOR, process, what, request_type)                                                     \
    static bool ask_##what##_##process(web_visit_t *visit, const request_t *request,               \
                                       unsigned round)                                             \
    {                                                                                              \
        (void)request;                                                                             \
        if (round == 0)                                                                            \
            visit_ask(visit, WEB_DOOR_##DOOR, REQUEST_##request_type, VISIT_LEDGER_MS);            \
        return round == 0;                                                                         \
    }
#define ASKS(DOOR, process)                                                                        \
    ASK(DOOR, process, proposals, proposals)                                                       \
    ASK(DOOR, process, clock, status)                                                              \
    ASK(DOOR, process, policies, policies)
#define OF_EACH(DO)                                                                                \
    DO(METERING, metering)                                                                         \
    DO(LEDGER, ledger)                                                                             \
    DO(PAYMENT, payment)                                                                           \
    DO(AUTOPAY, autopay)                                                                           \
    DO(DOCUMENTS, documents)                                                                       \
    DO(NOTIFY, notify)
OF_EACH(ASKS)

#define ROWS(DOOR, process)                                                                        \
    {.name = "approve-" #process,                                                                  \
     .title = TEXT_DESK_C_APPROVE,                                                                 \
     .door = WEB_DOOR_##DOOR,                                                                      \
     .type = REQUEST_approve,                                                                      \
     .fields = fields_proposal,                                                                    \
     .back = "desk/proposals",                                                                     \
     .ask = ask_proposals_##process,                                                               \
     .show = desk_show_proposal},                                                                  \
        {.name = "reject-" #process,                                                               \
         .title = TEXT_DESK_C_REJECT,                                                              \
         .door = WEB_DOOR_##DOOR,                                                                  \
         .type = REQUEST_reject,                                                                   \
         .fields = fields_proposal,                                                                \
         .back = "desk/proposals",                                                                 \
         .ask = ask_proposals_##process,                                                           \
         .show = desk_show_proposal},                                                              \
        {.name = "clock-" #process,                                                                \
         .title = TEXT_DESK_C_CLOCK,                                                               \
         .door = WEB_DOOR_##DOOR,                                                                  \
         .type = REQUEST_clock_confirm,                                                            \
         .fields = fields_none,                                                                    \
         .back = "desk",                                                                           \
         .ask = ask_clock_##process,                                                               \
         .show = desk_show_clock},                                                                 \
        {.name = "alone-" #process,                                                                \
         .title = TEXT_DESK_C_ALONE,                                                               \
         .door = WEB_DOOR_##DOOR,                                                                  \
         .type = REQUEST_operators_policy,                                                         \
         .fields = fields_alone,                                                                   \
         .back = "desk/rules",                                                                     \
         .ask = ask_policies_##process,                                                            \
         .show = desk_show_policy},

// --- the table ---

#define ROW(word, TITLE, DOOR, request, subject, screen)                                           \
    .name = word, .title = TEXT_DESK_C_##TITLE, .door = WEB_DOOR_##DOOR,                           \
    .type = REQUEST_##request, .ask = desk_ask_##subject, .show = desk_show_##subject,             \
    .back = screen

static const char *const of_account[] = {"account", NULL},
                         *const of_account_why[] = {"account", "reason", NULL},
                         *const of_credit[] = {"credit", "amount", "reason", NULL},
                         *const of_debit[] = {"debit", "amount", "reason", NULL},
                         *const of_bonus[] = {"account", "amount", "?until", "reason", NULL},
                         *const of_void[] = {"account", "lot", "reason", NULL},
                         *const of_limit[] = {"account", "limit", "reason", NULL},
                         *const of_refund[] = {"invoice", "amount", "reason", NULL},
                         *const of_cancel[] = {"refund", "reason", NULL},
                         *const of_refund_done[] = {"refund", "done", "reason", NULL},
                         *const of_resolve[] = {"invoice", "outcome", "?amount", "registry", NULL},
                         *const of_receipt[] = {"invoice", "kind", "again", "reason", NULL},
                         *const of_assign[] = {"transfer", "account", "?invoice", "reason", NULL},
                         *const of_return[] = {"transfer", "reason", NULL},
                         *const of_settle[] = {"transfer", "fee", "reason", NULL},
                         *const of_begin[] = {"kind",    "value",       "?cap",     "?topup_min",
                                              "?budget", "?starts",     "?ends",    "?per_account",
                                              "?in_all", "first_topup", "?life_us", "reason",
                                              NULL},
                         *const of_add[] = {"campaign", "code", "reason", NULL},
                         *const of_stop[] = {"campaign", "reason", NULL},
                         *const of_tariff[] = {"code", "title", "price", "effective", NULL},
                         *const of_rate[] = {"kind",      "code",      "title", "price",
                                             "?included", "effective", NULL},
                         *const of_withdraw[] = {"version", NULL},
                         *const of_quotas[] = {"?replicas",      "?replicas_account",
                                               "?meters",        "?meters_hour",
                                               "?accounts_hour", "?bytes_hour",
                                               "?refusals_hour", "?wait_us",
                                               "reason",         NULL};

// Of a policy all numbers, each of which may be left as it is.
static const char *const of_ledger[] = {"?low_threshold", "?lapse_notice_us", NULL},
                         *const of_metering[] = {"?settle_us", "?late_us", "?ahead_us",
                                                 "?notice_us", NULL},
                         *const of_autopay[] = {"?threshold",        "?interval_us",
                                                "?backoff_first_us", "?backoff_second_us",
                                                "?declines_max",     "?attempts_max",
                                                "?pacing_us",        "?crowd",
                                                "?prenotice_us",     NULL},
                         *const of_ladder[] = {"?low_threshold", "?early_us",  "?late_us",
                                               "?stop_us",       "?grace_us",  "?grace_again_us",
                                               "?freeze_us",     "?delete_us", NULL};

#define POLICY(process, DOOR, request)                                                             \
    .name = "policy-" #process, .title = TEXT_DESK_C_POLICY, .door = WEB_DOOR_##DOOR,              \
    .type = REQUEST_##request, .ask = ask_policies_##process, .show = desk_show_policy,            \
    .back = "desk/rules"

static const desk_command_t commands[] = {
    {ROW("hold", HOLD, AUTOPAY, autopay_hold, hold, "desk/accounts"), .fields = of_account,
     .preset = preset_hold},
    {ROW("release", RELEASE, AUTOPAY, autopay_hold, hold, "desk/accounts"), .fields = of_account},
    {ROW("resume", RESUME, AUTOPAY, autopay_resume, resume, "desk/accounts"), .fields = of_account,
     .preset = preset_resume},
    {ROW("revoke", REVOKE, PAYMENT, revoke, revoke, "desk/accounts"), .fields = of_account,
     .preset = preset_revoke},
    {ROW("credit", CREDIT, LEDGER, post, post, "desk/accounts"), .fields = of_credit,
     .preset = preset_credit},
    {ROW("debit", DEBIT, LEDGER, post, post, "desk/accounts"), .fields = of_debit,
     .preset = preset_debit},
    {ROW("bonus", BONUS, LEDGER, bonus_give, bonus, "desk/accounts"), .fields = of_bonus},
    {ROW("void", VOID, LEDGER, bonus_void, void, "desk/accounts"), .fields = of_void},
    {ROW("close", CLOSE, LEDGER, account_close, close, "desk/accounts"), .fields = of_account_why},
    {ROW("reopen", REOPEN, LEDGER, account_reopen, reopen, "desk/accounts"),
     .fields = of_account_why},
    {ROW("limit", LIMIT, LEDGER, credit_limit, limit, "desk/accounts"), .fields = of_limit},
    {ROW("refund", REFUND, PAYMENT, refund, refund, "desk/refunds"), .fields = of_refund},
    {ROW("cancel", CANCEL, PAYMENT, refund_cancel, cancel, "desk/refunds"), .fields = of_cancel},
    {ROW("refund-done", REFUND_DONE, PAYMENT, refund_resolve, refund_done, "desk/refunds"),
     .fields = of_refund_done},
    {ROW("resolve", RESOLVE, PAYMENT, payment_resolve, resolve, "desk/payments"),
     .fields = of_resolve},
    {ROW("receipt", RECEIPT, PAYMENT, receipt_resolve, receipt, "desk/receipts"),
     .fields = of_receipt},
    {ROW("assign", ASSIGN, DOCUMENTS, transfer_assign, assign, "desk/transfers"),
     .fields = of_assign},
    {ROW("return", RETURN, DOCUMENTS, transfer_assign, assign, "desk/transfers"),
     .fields = of_return},
    {ROW("settle", SETTLE, DOCUMENTS, transfer_settle, settle, "desk/transfers"),
     .fields = of_settle},
    {ROW("begin", BEGIN, PAYMENT, promo_begin, begin, "desk/promo"), .fields = of_begin},
    {ROW("add", ADD, PAYMENT, promo_add, add, "desk/promo"), .fields = of_add},
    {ROW("stop", STOP, PAYMENT, promo_stop, stop, "desk/promo"), .fields = of_stop},
    {ROW("tariff", TARIFF, METERING, tariff_define, tariff, "desk/rules"), .fields = of_tariff},
    {ROW("rate", RATE, METERING, rate_define, rate, "desk/rules"), .fields = of_rate},
    {ROW("withdraw", WITHDRAW, METERING, tariff_withdraw, withdraw, "desk/rules"),
     .fields = of_withdraw},
    {ROW("quotas", QUOTAS, METERING, quotas_change, quotas, "desk/rules"), .fields = of_quotas},
    {POLICY(ledger, LEDGER, ledger_policy), .fields = of_ledger},
    {POLICY(metering, METERING, metering_policy), .fields = of_metering},
    {POLICY(autopay, AUTOPAY, autopay_policy), .fields = of_autopay},
    {POLICY(notify, NOTIFY, ladder_policy), .fields = of_ladder},
    OF_EACH(ROWS)};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

const desk_command_t *desk_commands_at(size_t index)
{
    return index < COMMANDS ? &commands[index] : NULL;
}

const desk_command_t *desk_commands_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}
