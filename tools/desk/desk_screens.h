#pragma once
// desk_screens - what the desk shows: health and what waits for people; accounts; lists of what
// people see to. Each is a step of web_visit.h, and changes nothing but where the operator looks.
//
// Failures: a process that does not answer is said in its part; the rest stands. Threads: the
// pages' listener.
#include "tools/desk/desk_visit.h"

void desk_cell_account(desk_sheet_t *sheet, const uid_t16 *account); // a link to its screen

web_step_fn desk_health_show; // /desk
web_step_fn desk_accounts_show, desk_accounts_find, desk_account_show, desk_account_view;
web_step_fn desk_payments_show, desk_payment_show; // stuck ones, and any one
web_step_fn desk_transfers_show, desk_proposals_show;
web_step_fn desk_refunds_show, desk_receipts_show, desk_promo_show;
web_step_fn desk_files_show, desk_files_statement, desk_files_registry, desk_files_enter;
web_step_fn desk_rules_show; // prices, policies, quotas
