#pragma once
// page_limits - the limits of autopay a month: lowered at once, raised by a new consent alone.
//
// The ticket holds the limits that were shown: if they are others by now, and not those that the
// form wants, nothing is changed and the customer looks again. What would raise a limit leads to a
// top-up, whose review is where it is agreed to. Source: docs/rules.md "Consent".
// Ownership, failures, threads: as web_visit.h.
#include "services/web/web_visit.h"

typedef struct {
    char ticket[TICKET_SIZE + 1], count[24], sum[24];
} page_limits_texts_t;

web_step_fn page_limits_send;
// The form, filled with the limits of a live mandate.
page_limits_t page_limits_form(const web_visit_t *visit, const answer_mandate_t *mandate,
                               page_limits_texts_t *texts);
