#include "services/web/web_routes.h"
#include "services/web/page_account.h"
#include "services/web/page_autopay.h"
#include "services/web/page_csv.h"
#include "services/web/page_documents.h"
#include "services/web/page_hour.h"
#include "services/web/page_limits.h"
#include "services/web/page_lines.h"
#include "services/web/page_notices.h"
#include "services/web/page_payment.h"
#include "services/web/page_payments.h"
#include "services/web/page_promo.h"
#include "services/web/page_sign.h"
#include "services/web/page_stream.h"
#include "services/web/page_topup.h"
#include "services/web/page_why.h"
#include "services/web/web_metrics.h"
#include <string.h>

// A notice is a command and may wait for a commit, and for a payment that is being started again.
// The others are questions of which a person, or a supervisor, waits for the outcome; `kopeck ping`
// waits for 3 seconds.
enum { NOTICE_MS = 8000, PAYER_MS = 8000, HEALTH_MS = 2000 };

#define FORM .form_max = EDGE_BODY_MAX, .lane = WEB_LANE_PAGES
#define PAGE(address, does, function)                                                              \
    .path = (address), .served = WEB_PAGES, .methods = WEB_##does, FORM, .step = (function)

static const web_route_t routes[] = {
    {.path = "/robokassa/result",
     .served = WEB_NOTICES,
     .methods = WEB_GET | WEB_POST,
     .form_max = EDGE_BODY_MAX,
     .lane = WEB_LANE_NOTICES,
     .deadline_ms = NOTICE_MS,
     .read = edge_read_notice,
     .reply = web_reply_notice},
    {.path = "/robokassa/success",
     .served = WEB_PAGES,
     .methods = WEB_GET | WEB_POST,
     .form_max = EDGE_BODY_MAX,
     .lane = WEB_LANE_PAGES,
     .deadline_ms = PAYER_MS,
     .read = edge_read_success,
     .reply = web_reply_success},
    {.path = "/robokassa/fail",
     .served = WEB_PAGES,
     .methods = WEB_GET | WEB_POST,
     .form_max = EDGE_BODY_MAX,
     .lane = WEB_LANE_PAGES,
     .deadline_ms = PAYER_MS,
     .read = edge_read_failure,
     .reply = web_reply_failure},
    {.path = "/health",
     .served = WEB_PAGES,
     .methods = WEB_GET,
     .lane = WEB_LANE_PAGES,
     .deadline_ms = HEALTH_MS,
     .read = edge_read_health,
     .reply = web_reply_health},
    {.path = "/metrics",
     .served = WEB_METRICS,
     .methods = WEB_GET,
     .lane = WEB_LANE_METRICS,
     .step = web_metrics_show,
     .inner = true},
    {.path = "/balance",
     .served = WEB_PAGES,
     .methods = WEB_GET,
     FORM,
     .step = page_account_balance},
    {.path = "/balance/lines",
     .served = WEB_PAGES,
     .methods = WEB_GET,
     FORM,
     .step = page_lines_show},
    {.path = "/balance/lines.csv",
     .served = WEB_PAGES,
     .methods = WEB_GET,
     FORM,
     .step = page_csv_send},
    {.path = "/balance/lines/",
     .prefix = true,
     .served = WEB_PAGES,
     .methods = WEB_GET,
     FORM,
     .step = page_hour_show},
    {.path = "/balance/stream",
     .served = WEB_PAGES,
     .methods = WEB_GET,
     FORM,
     .step = page_stream_send},
    {.path = "/balance/topup",
     .served = WEB_PAGES,
     .methods = WEB_POST,
     FORM,
     .step = page_topup_send},
    {.path = "/balance/promo",
     .served = WEB_PAGES,
     .methods = WEB_POST,
     FORM,
     .step = page_promo_send},
    {.path = "/payments",
     .served = WEB_PAGES,
     .methods = WEB_GET,
     FORM,
     .step = page_payments_show},
    {.path = "/payments/",
     .prefix = true,
     .served = WEB_PAGES,
     .methods = WEB_GET,
     FORM,
     .step = page_payment_show},
    {.path = "/autopay",
     .served = WEB_PAGES,
     .methods = WEB_GET,
     FORM,
     .step = page_account_autopay},
    {.path = "/autopay/why", .served = WEB_PAGES, .methods = WEB_GET, FORM, .step = page_why_show},
    {.path = "/autopay/off",
     .served = WEB_PAGES,
     .methods = WEB_POST,
     FORM,
     .step = page_autopay_off},
    {.path = "/autopay/resume",
     .served = WEB_PAGES,
     .methods = WEB_POST,
     FORM,
     .step = page_autopay_resume},
    {.path = "/autopay/limits",
     .served = WEB_PAGES,
     .methods = WEB_POST,
     FORM,
     .step = page_limits_send},
    {.path = "/documents",
     .served = WEB_PAGES,
     .methods = WEB_GET,
     FORM,
     .step = page_documents_show},
    {.path = "/documents/company",
     .served = WEB_PAGES,
     .methods = WEB_POST,
     FORM,
     .step = page_documents_company},
    {.path = "/documents/invoice",
     .served = WEB_PAGES,
     .methods = WEB_POST,
     FORM,
     .step = page_documents_invoice},
    {PAGE("/notices", GET, page_notices_show)},
    {PAGE("/notices/email", POST, page_notices_email)},
    {PAGE("/notices/webhook", POST, page_notices_webhook)},
    {PAGE("/notices/confirm", POST, page_notices_confirm)},
    {PAGE("/notices/email/choose", POST, page_notices_choose_email)},
    {PAGE("/notices/webhook/choose", POST, page_notices_choose_webhook)},
    {PAGE("/notices/erase", POST, page_notices_erase)},
    {.path = "/enter", .served = WEB_PAGES, .methods = WEB_GET, FORM, .step = page_sign_enter},
    {.path = "/sign-in", .served = WEB_PAGES, .methods = WEB_GET, FORM, .step = page_sign_in},
    {.path = "/sign-out", .served = WEB_PAGES, .methods = WEB_POST, FORM, .step = page_sign_out},
    {.path = "/language",
     .served = WEB_PAGES,
     .methods = WEB_POST,
     FORM,
     .step = page_sign_language},
    {.path = "/", .served = WEB_PAGES, .methods = WEB_GET, FORM, .step = page_sign_root},
    {.path = "/static/",
     .prefix = true,
     .served = WEB_PAGES,
     .methods = WEB_GET,
     FORM,
     .step = page_sign_static},
};

const web_route_t web_route_missing = {
    .path = "", .methods = WEB_GET | WEB_POST, FORM, .step = page_sign_missing};

static bool is_at(const web_route_t *route, const char *path)
{
    return route->prefix ? strncmp(path, route->path, strlen(route->path)) == 0
                         : strcmp(path, route->path) == 0;
}

const web_route_t *web_route_find(unsigned served, const char *path)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if ((routes[i].served & served) && is_at(&routes[i], path))
            return &routes[i];
    return NULL;
}

bool web_route_takes(const web_route_t *self, const char *method)
{
    bool gets = strcmp(method, "GET") == 0 || (self->step && strcmp(method, "HEAD") == 0);
    return (self->methods & WEB_ANY) || ((self->methods & WEB_GET) && gets) ||
           ((self->methods & WEB_POST) && strcmp(method, "POST") == 0);
}

const char *web_route_allow(const web_route_t *self)
{
    switch (self->methods) {
    case WEB_GET:
        return "GET";
    case WEB_POST:
        return "POST";
    default:
        return "GET, POST";
    }
}
