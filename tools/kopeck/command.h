#pragma once
// command - one word of the command line and what it does. A command takes what it knows from its
// arguments, then calls command_ready; what it returns is the exit status.
#include "tools/kopeck/session.h"

typedef int command_fn(session_t *session, args_t *args);

typedef struct {
    const char *name;
    command_fn *run;
    const char *operands; // as shown after the name
    const char *help;     // lines for --help; the first one is shown in the list of commands
} command_t;

extern const command_t commands[]; // ends with a NULL name

// Takes the command line as done. False after having said what is wrong; the status is EX_USAGE.
bool command_ready(args_t *args);
// Takes --PROCESS DIR of each journal, "" where it is not named; true if any is.
bool command_take_journals(args_t *args, const char *directories[OPTIONS_STREAMS]);
// Where none was named: those of the config. False after an error, its exit status in *ret_status.
bool command_default_journals(session_t *session, const char *directories[OPTIONS_STREAMS],
                              int *ret_status);

command_fn command_account, command_accounts, command_balance, command_statement, command_lots,
    command_totals, command_payments;
command_fn command_post, command_post_one;
command_fn command_refund, command_refunds, command_dispute;
command_fn command_topup, command_mandate, command_payment, command_autopay, command_rate,
    command_tariff, command_clock, command_meters, command_forecast, command_minutes,
    command_losses, command_producer;
command_fn command_receipt, command_receipts, command_reconcile;
command_fn command_resource, command_quotas, command_policy, command_promo, command_bonus,
    command_grant;
command_fn command_proposals, command_approve, command_reject, command_limits;
command_fn command_tail, command_events;
command_fn command_explain, command_explain_decision, command_why_not;
command_fn command_status, command_reseed, command_keys, command_api, command_ping;
command_fn command_act, command_bank, command_invoice, command_notices, command_contact,
    command_outbox, command_verify, command_export;
command_fn command_documents;
command_fn command_archive, command_backup, command_restore, command_take, command_init,
    command_move;
