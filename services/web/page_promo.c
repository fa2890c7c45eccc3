#include "services/web/page_promo.h"
#include "proto/codes.h"
#include <inttypes.h>
#include <stdio.h>

// Of an address; accounts are limited by payment, which counts only what was wrong.
enum { TRIES_AN_HOUR = 100, TRY_MS = 36000, CODE_TYPED_MAX = 128, LATER_S = 3600, GIFT_MAX = 32 };

static const char route[] = "/balance/promo", gift_route[] = "/balance/promo/gift";
static const char *const names[] = {"ticket", "code", NULL};

// --- what is shown ---

static void gift_text(kopecks_t sum, char ret_text[GIFT_MAX])
{
    snprintf(ret_text, GIFT_MAX, "gift %" PRId64, sum);
}

// Did our own form lead here, a short time ago and this customer?
static bool is_given(const web_visit_t *visit, kopecks_t *ret_sum)
{
    char text[GIFT_MAX];
    uint64_t sum;
    web_ticket_t ticket;
    uint8_t seen[TICKET_SEEN_SIZE];
    if (!visit_number(visit_field(visit, "gift"), &sum) || sum == 0 || sum > INT64_MAX ||
        !web_ticket_read(&visit->site->form_key, gift_route, &visit->account,
                         visit_field(visit, "proof"), visit->now, &ticket))
        return false;
    gift_text((kopecks_t)sum, text);
    web_ticket_seen(span_of(text), seen);
    *ret_sum = (kopecks_t)sum;
    return memcmp(seen, ticket.seen, sizeof seen) == 0;
}

// Hundredths of a percent: 20, 12,5.
static span_t percent_text(uint64_t hundredths, language_t language, char text[16])
{
    unsigned whole = (unsigned)(hundredths / 100 % 1000), rest = (unsigned)(hundredths % 100);
    char comma = language == LANGUAGE_RUSSIAN ? ',' : '.';
    if (!rest)
        snprintf(text, 16, "%u", whole);
    else if (rest % 10)
        snprintf(text, 16, "%u%c%02u", whole, comma, rest);
    else
        snprintf(text, 16, "%u%c%u", whole, comma, rest / 10);
    return span_of(text);
}

page_promo_t page_promo_form(const web_visit_t *visit, const answer_promo_t *reserved,
                             page_promo_texts_t *texts)
{
    visit_new_ticket(visit, route, "", texts->ticket);
    page_promo_t promo = {.ticket = span_of(texts->ticket)};
    promo.gift = is_given(visit, &promo.given);
    if (!reserved)
        return promo;
    promo.fixed = reserved->kind == PROMO_FIXED;
    promo.by_percent = reserved->kind == PROMO_PERCENT;
    promo.bonus = reserved->cap;
    promo.percent = percent_text(reserved->value, visit->language, texts->percent);
    promo.until = reserved->until;
    promo.bound = reserved->invoice != 0;
    promo.invoice = reserved->invoice;
    promo.least = reserved->topup_min;
    promo.has_least = reserved->topup_min > 0 && !promo.bound;
    return promo;
}

// --- the form ---

// The same for every reason there is.
static bool say_refused(web_visit_t *visit)
{
    page_promo_texts_t texts;
    page_promo_wrong_t page = {.frame = visit_frame(visit, TEXT_PROMO, 0),
                               .promo = page_promo_form(visit, NULL, &texts)};
    page.frame.error = true;
    page.promo.wrong = true;
    page.promo.code = visit_field(visit, "code"); // as it was typed
    writer_t writer = visit_writer(visit);
    page_promo_wrong(&writer, visit->language, &page);
    return visit_show(visit, 422, &writer);
}

static bool begin(web_visit_t *visit)
{
    web_ticket_t ticket;
    span_t code = visit_field(visit, "code");
    if (visit_needs_own_page(visit) || visit_needs_customer(visit, true) ||
        visit_address_is_limited(visit, 'p', TRY_MS, TRIES_AN_HOUR))
        return true;
    if (!visit_form_has_only(visit, names))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    if (!visit_ticket(visit, route, &ticket))
        return visit_say(visit, 403, TEXT_E2, TEXT_E2);
    if (code.size > CODE_TYPED_MAX)
        return say_refused(visit);
    request_t *request = visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_promo_apply, VISIT_COMMAND_MS);
    request->id = ticket.command;
    request->promo_apply = (request_promo_apply_t){.account = visit->account,
                                                   .code = {code.bytes, (uint32_t)code.size}};
    return false;
}

static bool lead_on(web_visit_t *visit, const answer_promo_apply_t *answer)
{
    char text[GIFT_MAX], proof[TICKET_SIZE + 1], location[256];
    if (answer->kind != PROMO_GIFT)
        return visit_redirect(visit, "/balance#promo"); // payment says what is reserved
    gift_text(answer->amount, text);
    visit_new_ticket(visit, gift_route, text, proof);
    snprintf(location, sizeof location, "/balance?gift=%" PRId64 "&proof=%s#promo", answer->amount,
             proof);
    return visit_redirect(visit, location);
}

bool page_promo_send(web_visit_t *visit)
{
    if (visit->round == 0)
        return begin(visit);
    fail_t fail = visit_fail(visit, 0);
    if (fail == FAIL_FULL) {
        visit->retry_s = LATER_S;
        return visit_say(visit, 429, TEXT_PROMO, TEXT_NONE);
    }
    if (fail == FAIL_TIMEOUT || (fail && fail_retry(fail)))
        return visit_say_again(visit, route, names);
    if (fail == FAIL_INVALID || fail == FAIL_STATE) // there are no codes here
        return say_refused(visit);
    if (fail)
        return visit_say_failure(visit, fail);
    const answer_promo_apply_t *answer = &visit_answer(visit, 0)->promo_apply;
    return answer->accepted ? lead_on(visit, answer) : say_refused(visit);
}
