#pragma once
// services - the doors of services.robokassa.ru: invoices made by JWT, and refunds; and the
// certificate that proves ResultUrl2.
//
// Source: docs.robokassa.ru invoice-api, refund-api.
#include "tools/robokassa_sim/request.h"

bool services_answer(sim_t *sim, const request_t *request, reply_t *reply);
