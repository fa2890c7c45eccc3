// Years of a company that pays an invoice a month by transfer. All of it is kept, since numbers are
// shown for ever and a statement of any age may be read again: so many bytes for each, and no more.
#include "proto/month.h"
#include "services/documents/documents_state.h"
#include "tests/model/decade.h"
#include "tests/unit/documents_words.h"

// An invoice, its transfer, and what is like that.
#define MONTH_BYTES                                                                                \
    (sizeof(documents_invoice_t) + sizeof(documents_transfer_t) + sizeof(documents_alike_t))

static void live_month(harness_t *h, unsigned month)
{
    char purpose[64], number[16];
    snprintf(purpose, sizeof purpose, "Оплата по счёту %" PRIu64, issued(h, 1, 70000));
    snprintf(number, sizeof number, "%u", month);
    request_t paid = transfer(purpose);
    paid.transfer_receive.number = text_of(number);
    paid.transfer_receive.day = (uint64_t)((h->now + MOSCOW_OFFSET_US) / DAY_US) - 1;
    for (size_t i = 0; i < sizeof month; i++)
        paid.transfer_receive.statement.bytes[i] = (uint8_t)(month >> 8 * i);
    side.count = 0;
    fail_t fail = harness_command(h, &paid);
    if (fail)
        printf("documents: %s\n", h->detail);
    keep_rows(h);
    h->now += 30 * DAY_US + 10 * HOUR_US;
    (void)harness_tick(h);
}

int main(int argc, char **argv)
{
    decade_t decade = decade_begin(&documents_core, argc, argv);
    decade.yearly = 12 * MONTH_BYTES;
    void *own = NULL;
    setup(&own);
    harness_t *h = own;
    instant_t began = h->now;
    company(h, 1, INN);
    for (unsigned month = 1; decade.lived < decade.years; month++) {
        live_month(h, month);
        if (h->now >= began + (decade.lived + 1) * DECADE_YEAR_US)
            decade_note(&decade, h->state, h->settings);
    }
    const documents_state_t *state = h->state;
    bool paid = state->paid >= decade.years * 12;
    if (!paid)
        printf("documents: %" PRIu64 " paid\n", state->paid);
    printf("documents: %zu bytes a month may stay\n", MONTH_BYTES);
    harness_destroy(&h);
    return !paid || decade_end(&decade);
}
