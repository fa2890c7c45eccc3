#include "tools/desk/desk_routes.h"
#include "services/web/page_account.h"
#include "services/web/page_csv.h"
#include "services/web/page_documents.h"
#include "services/web/page_hour.h"
#include "services/web/page_lines.h"
#include "services/web/page_notices.h"
#include "services/web/page_payments.h"
#include "services/web/page_sign.h"
#include "services/web/page_stream.h"
#include "services/web/page_why.h"
#include "tools/desk/desk_command.h"
#include "tools/desk/desk_screens.h"
#include <string.h>

#define ROUTE(address, does, function)                                                             \
    .path = address, .served = WEB_PAGES, .methods = WEB_##does, .form_max = EDGE_BODY_MAX,        \
    .lane = WEB_LANE_PAGES, .step = function
#define PREFIX .prefix = true
#define UPLOAD(address, function)                                                                  \
    .path = address, .served = WEB_PAGES, .methods = WEB_POST, .lane = WEB_LANE_PAGES,             \
    .step = function, .form_max = DESK_FILE_MAX, .takes_file = true

static const web_route_t routes[] = {
    {ROUTE("/", GET, page_sign_root)},
    {ROUTE("/enter", GET, page_sign_enter)},
    {ROUTE("/sign-out", POST, page_sign_out)},
    {ROUTE("/language", POST, page_sign_language)},
    {ROUTE("/static/", GET, page_sign_static), PREFIX},
    {ROUTE("/desk", GET, desk_health_show)},
    {ROUTE("/desk/find", POST, desk_accounts_find)},
    {ROUTE("/desk/accounts", GET, desk_accounts_show)},
    {ROUTE("/desk/accounts/", GET, desk_account_show), PREFIX},
    {ROUTE("/desk/view/", POST, desk_account_view), PREFIX},
    {ROUTE("/desk/payments", GET, desk_payments_show)},
    {ROUTE("/desk/payment", GET, desk_payment_show)},
    {ROUTE("/desk/transfers", GET, desk_transfers_show)},
    {ROUTE("/desk/proposals", GET, desk_proposals_show)},
    {ROUTE("/desk/refunds", GET, desk_refunds_show)},
    {ROUTE("/desk/receipts", GET, desk_receipts_show)},
    {ROUTE("/desk/promo", GET, desk_promo_show)},
    {ROUTE("/desk/rules", GET, desk_rules_show)},
    {ROUTE("/desk/files", GET, desk_files_show)},
    {UPLOAD("/desk/files/statement", desk_files_statement)},
    {UPLOAD("/desk/files/registry", desk_files_registry)},
    {ROUTE("/desk/files/enter", POST, desk_files_enter)},
    {ROUTE("/desk/check/", POST, desk_command_check), PREFIX},
    {ROUTE("/desk/done", GET, desk_command_done)},
    // Of the customer's page: nothing that changes anything has a row.
    {ROUTE("/balance", GET, page_account_balance)},
    {ROUTE("/balance/lines", GET, page_lines_show)},
    {ROUTE("/balance/lines.csv", GET, page_csv_send)},
    {ROUTE("/balance/lines/", GET, page_hour_show), PREFIX},
    {ROUTE("/balance/stream", GET, page_stream_send)},
    {ROUTE("/payments", GET, page_payments_show)},
    {ROUTE("/autopay", GET, page_account_autopay)},
    {ROUTE("/autopay/why", GET, page_why_show)},
    {ROUTE("/documents", GET, page_documents_show)},
    {ROUTE("/notices", GET, page_notices_show)}};

static bool does_command(web_visit_t *visit)
{
    return strcmp(visit->method, "POST") == 0 ? desk_command_do(visit) : desk_command_form(visit);
}

static const web_route_t command = {.path = "/desk/do/",
                                    .served = WEB_PAGES,
                                    .methods = WEB_GET | WEB_POST,
                                    PREFIX,
                                    .form_max = EDGE_BODY_MAX,
                                    .lane = WEB_LANE_PAGES,
                                    .step = does_command};

static bool is_at(const web_route_t *route, const char *path)
{
    return route->prefix ? strncmp(path, route->path, strlen(route->path)) == 0
                         : strcmp(path, route->path) == 0;
}

const web_route_t *desk_routes_find(unsigned served, const char *path)
{
    if (!path || !(served & WEB_PAGES))
        return NULL;
    if (is_at(&command, path))
        return &command;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if (is_at(&routes[i], path))
            return &routes[i];
    return NULL;
}
