#pragma once
// page_promo - the field for a promo code, and what a code brought.
//
// Whatever is wrong with a code, the page is the same: nobody learns from it which codes there are.
// What is reserved is shown as long as payment has it. A gift is told by the address that its form
// leads to, which our own key has signed: an address that somebody makes up says nothing.
// Ownership, failures, threads: as web_visit.h.
// Source: docs/rules.md "Reserved codes", "Guessed promo codes".
#include "services/web/web_visit.h"

typedef struct {
    char ticket[TICKET_SIZE + 1], percent[16];
} page_promo_texts_t;

web_step_fn page_promo_send;
// `reserved` may be NULL: there is none, or nobody says.
page_promo_t page_promo_form(const web_visit_t *visit, const answer_promo_t *reserved,
                             page_promo_texts_t *texts);
