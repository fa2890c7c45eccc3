#include "services/web/page_card.h"
#include "proto/codes.h"
#include "proto/month.h"

static text_id_t verdict_text(uint64_t verdict)
{
    switch (verdict) {
    case AUTOPAY_NO_STALE:
        return TEXT_A13;
    case AUTOPAY_NO_ACCOUNT_CLOSED:
        return TEXT_A15;
    case AUTOPAY_NO_OPERATOR_HOLD:
        return TEXT_A12;
    case AUTOPAY_NO_SUSPENDED:
        return TEXT_A11;
    case AUTOPAY_NO_RETURNED:
        return TEXT_A19;
    default:
        return TEXT_A_UNKNOWN;
    }
}

// Behind that an answer of the bank is late.
#define LATE_US (15 * MINUTE_US)

static void fill_verdict(page_card_t *card, uint64_t verdict, instant_t now)
{
    bool *own = NULL;
    switch (verdict) {
    case AUTOPAY_CHARGE:
        own = &card->charges;
        break;
    case AUTOPAY_NO_ABOVE_THRESHOLD:
        own = &card->waits;
        break;
    case AUTOPAY_NO_PENDING:
        own = now - card->since < LATE_US ? &card->pending : &card->late;
        break;
    case AUTOPAY_NO_BACKOFF:
        own = &card->backoff;
        break;
    case AUTOPAY_NO_INTERVAL:
        own = &card->interval;
        break;
    case AUTOPAY_NO_PRENOTICE:
        own = &card->announced;
        break;
    case AUTOPAY_NO_COUNT_CAP:
        own = &card->capped;
        break;
    case AUTOPAY_NO_SUM_CAP:
        own = &card->sum_capped;
        break;
    case AUTOPAY_NO_ATTEMPT_CAP:
        own = &card->declined;
        break;
    default:
        card->plain = true;
        card->verdict = verdict_text(verdict);
        return;
    }
    *own = true;
}

static void fill_numbers(page_card_t *card, const answer_autopay_t *autopay,
                         const answer_mandate_t *mandate)
{
    bool same = mandate && uid_equal(&mandate->mandate, &autopay->mandate);
    card->amount = autopay->amount;
    card->count = autopay->count;
    card->count_max = same ? mandate->count_max : autopay->count_max;
    card->sum = autopay->sum;
    card->sum_max = same ? mandate->sum_max : autopay->sum_max;
    card->threshold = autopay->threshold;
    card->attempts = autopay->attempts;
    card->since = autopay->last;
    card->again = autopay->again;
    card->suspended = autopay->suspended;
    card->seen = autopay->balance_sequence > 0;
    card->seen_balance = autopay->balance;
    card->seen_sequence = autopay->balance_sequence;
}

// Payment has the mandate and knows first of its end; autopay has it from there.
static bool is_revoked(const answer_autopay_t *autopay, const answer_mandate_t *mandate)
{
    return mandate ? mandate->state == MANDATE_REVOKED : autopay->verdict == AUTOPAY_NO_REVOKED;
}

page_card_t page_card_fill(web_visit_t *visit, const answer_autopay_t *autopay,
                           const answer_mandate_t *mandate, bool missing, instant_t now,
                           page_card_tickets_t *tickets)
{
    page_card_t card = {.next_month = month_start(month_of(now) + 1), .may = visit->pays};
    visit_new_ticket(visit, "/autopay/off", "", tickets->off);
    visit_new_ticket(visit, "/autopay/resume", "", tickets->resume);
    card.off_ticket = span_of(tickets->off);
    card.resume = span_of(tickets->resume);
    if (mandate && mandate->state == MANDATE_REVOKED) {
        card.revoked = true;
        return card;
    }
    if (!autopay) {
        card.off = missing && !mandate;
        card.silent = !card.off;
        return card;
    }
    if (is_revoked(autopay, mandate)) {
        card.revoked = true;
        return card;
    }
    bool none = autopay->verdict == AUTOPAY_NO_NOT_ENABLED ||
                autopay->verdict == AUTOPAY_NO_INSTRUMENT || uid_is_zero(&autopay->mandate);
    card.off = none;
    if (none)
        return card;
    card.live = true;
    fill_numbers(&card, autopay, mandate);
    fill_verdict(&card, autopay->verdict, now);
    return card;
}

page_form_t page_card_form(web_visit_t *visit, page_card_tickets_t *tickets)
{
    span_t amount = visit_field(visit, "amount"), count = visit_field(visit, "count");
    visit_new_ticket(visit, "/balance/topup", "", tickets->topup);
    visit->pays_outside = true;
    return (page_form_t){.ticket = span_of(tickets->topup),
                         .amount = amount.size ? amount : SPAN("500"),
                         .count = count.size ? count : SPAN("3"),
                         .foreign = span_is(visit_field(visit, "method"), SPAN("foreign")),
                         .foreign_min = CARD_FOREIGN_MIN_RUB * 100,
                         .raises = span_is(visit_field(visit, "raise"), SPAN("1")),
                         .min = 100,
                         .max = (kopecks_t)visit->site->topup_max_rub * 100};
}
