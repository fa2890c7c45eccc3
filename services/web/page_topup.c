#include "services/web/page_topup.h"
#include "proto/codes.h"
#include "proto/digest.h"
#include "services/web/page_card.h"
#include <inttypes.h>
#include <assert.h>
#include <stdio.h>

enum { COUNT_MAX = 31, RUBLES_TYPED_MAX = 9 /* digits */, SENTENCE_MAX = 2048 };

static const char route[] = "/balance/topup";
static const char *const names[] = {"ticket", "amount", "method", "autopay",
                                    "count",  "below",  "agreed", NULL};

typedef struct {
    uint64_t rubles, count;
    kopecks_t below; // the threshold that was shown
    bool ticked, agreed, foreign;
    bool amount_wrong, foreign_wrong, count_wrong;
    web_ticket_t ticket;
} topup_t;

static bool skip_ending(span_t *text, const char *ending)
{
    size_t size = strlen(ending);
    if (text->size < size || memcmp(text->bytes + text->size - size, ending, size) != 0)
        return false;
    text->size -= size;
    return true;
}

// The size of the blank that begins there.
static size_t blank_size(span_t text)
{
    static const char *const blanks[] = {" ", "\xc2\xa0", "\xe2\x80\xaf"};
    for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++) {
        size_t size = strlen(blanks[i]);
        if (text.size >= size && memcmp(text.bytes, blanks[i], size) == 0)
            return size;
    }
    return 0;
}

uint64_t page_topup_rubles(span_t text)
{
    uint64_t rubles = 0;
    size_t digits = 0;
    if (!skip_ending(&text, "₽") && !skip_ending(&text, "руб."))
        skip_ending(&text, "руб");
    while (text.size) {
        size_t size = blank_size(text);
        char c = *text.bytes;
        if (!size && (c < '0' || c > '9' || ++digits > RUBLES_TYPED_MAX))
            return 0;
        if (!size)
            rubles = rubles * 10 + (uint64_t)(c - '0');
        size = size ? size : 1;
        text = (span_t){text.bytes + size, text.size - size};
    }
    return rubles;
}

// --- what is agreed to ---

static page_review_t review_of(web_visit_t *visit, const topup_t *topup)
{
    kopecks_t amount = (kopecks_t)topup->rubles * 100;
    return (page_review_t){.frame = visit_frame(visit, TEXT_REVIEW, 0),
                           .foreign = topup->foreign,
                           .threshold = topup->below,
                           .below = (uint64_t)topup->below,
                           .a = amount,
                           .n = topup->count,
                           .s = amount * (kopecks_t)topup->count,
                           .amount = topup->rubles};
}

static void sentence_of(const web_visit_t *visit, const page_review_t *review,
                        char ret_text[SENTENCE_MAX])
{
    writer_t writer = writer_on(ret_text, SENTENCE_MAX);
    say_T8(&writer, visit->language, review->a, review->threshold, review->n, review->s);
    size_t size = writer_end(&writer);
    assert(size > 0);
}

// The whole digest of the sentence is what the consent will be known by.
static bool has_seen(web_visit_t *visit, const topup_t *topup, hash_t *ret_consent)
{
    char text[SENTENCE_MAX];
    page_review_t review = review_of(visit, topup);
    sentence_of(visit, &review, text);
    digest_sha256(text, strlen(text), ret_consent->bytes);
    return memcmp(ret_consent->bytes, topup->ticket.seen, TICKET_SEEN_SIZE) == 0;
}

// Below which balance it will be charged, autopay says: without it there is nothing to agree to.
static bool show_review(web_visit_t *visit, topup_t *topup)
{
    char text[SENTENCE_MAX], ticket[TICKET_SIZE + 1];
    const answer_t *autopay = visit_answer(visit, 0);
    if (!autopay)
        return visit_say_failure(visit, visit_fail(visit, 0));
    topup->below = autopay->autopay.threshold;
    page_review_t review = review_of(visit, topup);
    sentence_of(visit, &review, text);
    visit_new_ticket(visit, route, text, ticket);
    review.ticket = span_of(ticket);
    review.replaces = !uid_is_zero(&autopay->autopay.mandate) &&
                      autopay->autopay.verdict != AUTOPAY_NO_REVOKED &&
                      autopay->autopay.amount != review.a;
    review.old_amount = autopay->autopay.amount;
    visit->pays_outside = true;
    writer_t writer = visit_writer(visit);
    page_review(&writer, visit->language, &review);
    return visit_show(visit, 200, &writer);
}

// --- the form ---

static bool show_errors(web_visit_t *visit, const topup_t *topup)
{
    page_card_tickets_t tickets;
    page_topup_t page = {.frame = visit_frame(visit, TEXT_TOPUP, 0),
                         .form = page_card_form(visit, &tickets)};
    page.frame.error = true;
    page.form.wrong = true;
    page.form.amount = visit_field(visit, "amount"); // as it was typed, if it was
    page.form.count = visit_field(visit, "count");
    page.form.ticked = topup->ticked;
    page.form.amount_wrong = topup->amount_wrong;
    page.form.foreign_wrong = topup->foreign_wrong;
    page.form.sum_wrong = topup->amount_wrong || topup->foreign_wrong;
    page.form.count_wrong = topup->count_wrong;
    writer_t writer = visit_writer(visit);
    page_topup(&writer, visit->language, &page);
    return visit_show(visit, 422, &writer);
}

static void read_form(const web_visit_t *visit, topup_t *topup)
{
    topup->ticked = span_is(visit_field(visit, "autopay"), SPAN("1"));
    topup->agreed = span_is(visit_field(visit, "agreed"), SPAN("1"));
    topup->foreign = span_is(visit_field(visit, "method"), SPAN("foreign"));
    topup->rubles = page_topup_rubles(visit_field(visit, "amount"));
    topup->count = topup->ticked ? page_topup_rubles(visit_field(visit, "count")) : 0;
    topup->below = (kopecks_t)page_topup_rubles(visit_field(visit, "below"));
    topup->amount_wrong = topup->rubles < 1 || topup->rubles > visit->site->topup_max_rub;
    topup->foreign_wrong =
        !topup->amount_wrong && topup->foreign && topup->rubles < CARD_FOREIGN_MIN_RUB;
    topup->count_wrong = topup->ticked && (topup->count < 1 || topup->count > COUNT_MAX);
}

// True when the reply is ready.
static bool refuse_form(web_visit_t *visit, topup_t *topup)
{
    if (visit_needs_own_page(visit) || visit_needs_customer(visit, true) ||
        visit_is_limited(visit, 't', 10000, 6))
        return true;
    if (!visit_form_has_only(visit, names))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    if (!visit_ticket(visit, route, &topup->ticket))
        return visit_say(visit, 403, TEXT_E2, TEXT_E2);
    read_form(visit, topup);
    return (topup->amount_wrong || topup->foreign_wrong || topup->count_wrong) &&
           show_errors(visit, topup);
}

static bool ask_topup(web_visit_t *visit, const topup_t *topup, const hash_t *consent)
{
    visit_forget(visit);
    request_t *request = visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_topup, VISIT_COMMAND_MS);
    request->id = topup->ticket.command;
    request->topup = (request_topup_t){.account = visit->account,
                                       .amount_rub = topup->rubles,
                                       .count_max = topup->count,
                                       .method = topup->foreign ? METHOD_FOREIGN_CARD : METHOD_ANY,
                                       .consent = *consent};
    return false;
}

// The form may have been sent before: whether it is to be paid still, its payment says.
static bool ask_payment(web_visit_t *visit)
{
    fail_t fail = visit_fail(visit, 0);
    if (fail == FAIL_FULL || fail == FAIL_LIMIT) {
        visit->retry_s = 60;
        return visit_say(visit, 429, TEXT_TOO_MANY, TEXT_NONE);
    }
    if (fail == FAIL_TIMEOUT || (fail && fail_retry(fail)))
        return visit_say_again(visit, route, names);
    if (fail)
        return visit_say_failure(visit, fail);
    visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_payment, VISIT_BLOCK_MS)->payment.invoice =
        visit_answer(visit, 0)->topup.invoice;
    return false;
}

static bool finish(web_visit_t *visit)
{
    const answer_topup_t *topup = &visit_answer(visit, 0)->topup;
    const answer_t *payment = visit_answer(visit, 1);
    char link[VISIT_TEXT_MAX];
    if (payment && payment->payment.state != PAYMENT_CREATED) {
        snprintf(link, sizeof link, "/payments/%" PRIu64, topup->invoice);
        return visit_redirect(visit, link);
    }
    if (topup->link.size == 0 || topup->link.size >= sizeof link)
        return visit_say(visit, 500, TEXT_TOPUP, TEXT_E8);
    memcpy(link, topup->link.data, topup->link.size);
    link[topup->link.size] = '\0';
    return visit_redirect(visit, link);
}

// What is agreed to is asked of autopay, shown, and only then made.
static bool begin(web_visit_t *visit, topup_t *topup)
{
    hash_t consent = {{0}};
    if (refuse_form(visit, topup))
        return true;
    if (!topup->ticked)
        return ask_topup(visit, topup, &consent);
    if (topup->agreed)
        return has_seen(visit, topup, &consent) ? ask_topup(visit, topup, &consent)
                                                : visit_say(visit, 409, TEXT_TOPUP, TEXT_E5);
    visit_ask(visit, WEB_DOOR_AUTOPAY, REQUEST_autopay, VISIT_LEDGER_MS)->autopay.account =
        visit->account;
    return false;
}

bool page_topup_send(web_visit_t *visit)
{
    topup_t *topup = visit_own(visit, sizeof *topup);
    switch (visit->round) {
    case 0:
        return begin(visit, topup);
    case 1:
        return topup->ticked && !topup->agreed ? show_review(visit, topup) : ask_payment(visit);
    default:
        return finish(visit);
    }
}
