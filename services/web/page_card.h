#pragma once
// page_card - two blocks that stand on several screens: the autopay card, whose words are the
// verdict of the process that decides, and the form of a top-up.
//
// Ownership: blocks borrow from what they are filled from. Failures: none. Threads: as web_visit.h.
#include "services/web/web_visit.h"

enum { CARD_FOREIGN_MIN_RUB = 1000 }; // docs/rules.md "Top-up"

typedef struct {
    char off[TICKET_SIZE + 1], resume[TICKET_SIZE + 1], topup[TICKET_SIZE + 1];
} page_card_tickets_t;

// `autopay` and `mandate` are NULL where they did not answer; `missing` says of each that it
// answered that there is none.
page_card_t page_card_fill(web_visit_t *visit, const answer_autopay_t *autopay,
                           const answer_mandate_t *mandate, bool missing, instant_t now,
                           page_card_tickets_t *tickets);
// Empty, with a ticket of its own and the sum that the query proposes.
page_form_t page_card_form(web_visit_t *visit, page_card_tickets_t *tickets);
