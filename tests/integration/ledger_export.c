// ledger_export - runs the ledger over random inputs and writes its postings as an hledger journal
// with every balance after a posting asserted, so that another implementation of double entry can
// check them. To stdout the journal, to the file named by the second argument the totals that the
// ledger itself answers with, one `account balance` a line in kopecks.
//
//     ledger_export SEED TOTALS >journal
#include "proto/payment_number.h"
#include "services/ledger/ledger_core.h"
#include "tests/model/harness.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUTS = 2500, ACCOUNTS = 20 };

static uint64_t random_state;

static uint64_t draw(uint64_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random_state >> 33) % below;
}

static void step(harness_t *h, uint64_t sequence)
{
    uid_t16 account = {{(uint8_t)(1 + draw(ACCOUNTS)), 5}};
    event_t event = {.type = EVENT_usage_charged};
    h->now += (instant_t)draw(900) * SECOND_US;
    switch (draw(6)) {
    case 0:
        event.type = EVENT_payment_succeeded;
        event.payment_succeeded.invoice = PAYMENT_NUMBER_MAX + sequence;
        event.payment_succeeded.account = draw(40) ? account : (uid_t16){{0}};
        event.payment_succeeded.amount = (kopecks_t)draw(100000) + 1;
        event.payment_succeeded.kind = 1 + draw(2);
        (void)harness_event(h, STREAM_PAYMENT, sequence, &event);
        break;
    case 1:
        event.type = EVENT_posting_requested;
        event.posting_requested = (event_posting_requested_t){
            .debit = draw(2) ? account : posting_system_id(1 + draw(9)),
            .credit = draw(2) ? account : posting_system_id(1 + draw(9)),
            .amount = (kopecks_t)draw(20000) + 1,
            .kind = 1 + draw(10),
            .opens = true}; // half of them break a rule and are refused
        (void)harness_item(h, PRODUCER_FIRST, sequence, &event);
        break;
    case 2:
        (void)harness_tick(h);
        break;
    default:
        event.usage_charged.account = account;
        event.usage_charged.amount = (kopecks_t)draw(9000) + 1;
        (void)harness_event(h, STREAM_METERING, sequence, &event);
    }
}

static void print_rubles(kopecks_t amount)
{
    printf("%s%" PRId64 ".%02" PRId64, amount < 0 ? "-" : "", (amount < 0 ? -amount : amount) / 100,
           (amount < 0 ? -amount : amount) % 100);
}

static void print_side(uint64_t number, const char *wallet, kopecks_t amount)
{
    printf("    %s:%" PRIu64 "%s  ", number < SYSTEM_END ? "system" : "customer", number,
           number < SYSTEM_END ? "" : wallet);
    print_rubles(amount);
}

// hledger's sign is ours: a credit is positive, so that a customer's balance is what we owe him.
static void print_posting(const event_posted_t *posted, uint64_t sequence, instant_t at)
{
    static kopecks_t bonus[SYSTEM_END + ACCOUNTS]; // by account number, after the last posting
    char date[TIME_TEXT_SIZE];
    time_format_moscow(at, date);
    printf("%.10s %s  ; sequence:%" PRIu64 "\n", date, posting_kind_title(posted->kind), sequence);
    uint64_t sides[2] = {posted->debit, posted->credit};
    for (int side = 0; side < 2; side++) {
        uint64_t number = sides[side];
        kopecks_t amount = side ? posted->amount : -posted->amount;
        if (number < SYSTEM_END) {
            print_side(number, "", amount);
            puts("");
            continue;
        }
        assert(number < SYSTEM_END + ACCOUNTS);
        bool of_bonus = posted->bonus != bonus[number];
        bonus[number] = posted->bonus;
        print_side(number, ":cash", of_bonus ? 0 : amount);
        printf(" = ");
        print_rubles(posted->cash);
        puts("");
        print_side(number, ":bonus", of_bonus ? amount : 0);
        printf(" = ");
        print_rubles(posted->bonus);
        puts("");
    }
    puts("");
}

static void write_totals(harness_t *h, FILE *out)
{
    kopecks_t systems[SYSTEM_END];
    answer_totals_t totals = harness_totals(h, systems);
    for (size_t i = 0; i < SYSTEM_END; i++)
        if (systems[i])
            fprintf(out, "system:%zu %" PRId64 "\n", i, systems[i]);
    fprintf(out, "customer %" PRId64 "\n", totals.customers);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: ledger_export SEED TOTALS\n");
        return 2;
    }
    random_state = strtoull(argv[1], NULL, 10);
    harness_t *h = harness_new(&ledger_core, NULL);
    for (uint64_t sequence = 1; sequence <= INPUTS; sequence++)
        step(h, sequence);
    for (uint64_t sequence = 1; sequence <= h->last; sequence++) {
        event_t event = harness_read(h, sequence);
        if (event.type == EVENT_posted)
            print_posting(&event.posted, sequence, event.at);
    }
    FILE *totals = fopen(argv[2], "w");
    if (!totals) {
        perror(argv[2]);
        return 1;
    }
    write_totals(h, totals);
    int failed = fclose(totals);
    harness_destroy(&h);
    return failed ? 1 : 0;
}
