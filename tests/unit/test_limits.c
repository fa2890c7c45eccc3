// The limits that PROTOCOL.md section 20 says are those of the code: row by row, number by number.
#include "proto/event.h"
#include "proto/money.h"
#include "proto/request.h"
#include "proto/stream.h"
#include "services/documents/documents_decide_transfer.h"
#include "services/ledger/ledger_core.h"
#include "services/ledger/ledger_reader.h"
#include "services/metering/metering_carry.h"
#include "services/metering/metering_core.h"
#include "services/metering/metering_rows.h"
#include "services/node/command_ids.h"
#include "services/node/head.h"
#include "services/node/node.h"
#include "services/node/proposals.h"
#include "services/node/recall.h"
#include "services/payment/payment_settings.h"
#include "services/process/handshake.h"
#include "store/journal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { NUMBERS_MAX = 2, LINE_BYTES_MAX = 1024 };

// `beyond` is said where one more is refused for good, or for now.
static const struct {
    const char *what;
    int64_t numbers[NUMBERS_MAX];
    const char *beyond;
} rows[] = {
    {"frame at command doors, to replay doors, on publications", {FRAME_SMALL_MAX}, ""},
    {"frame at feed doors, from replay doors", {FRAME_LARGE_MAX}, ""},
    {"fields of a request or an answer", {REQUEST_FIELDS_MAX}, ""},
    {"elements of an event", {EVENT_FIELDS_MAX}, ""},
    {"event", {EVENT_BYTES_MAX}, ""},
    {"record", {JOURNAL_RECORD_MAX, STREAM_WHOLE_MAX}, ""},
    {"record published whole", {STREAM_WHOLE_MAX}, ""},
    {"items of a feed's batch", {FEED_ITEMS_MAX}, ""},
    {"producers that push to one process", {HEAD_CURSORS_MAX - NODE_FOLLOWS_MAX}, "for good"},
    {"producers whose `through` metering's hours wait for", {PRODUCERS_MAX}, ""},
    {"batches under way of one producer", {512, 4}, ""}, // asked of clients; nothing counts it
    {"replay questions out at a time, per follower", {1}, ""}, // by its one question number
    {"rows of a statement page", {LEDGER_STATEMENT_ROWS_MAX}, ""},
    {"id of a command", {COMMAND_IDS_KEPT_DAYS, COMMAND_IDS_AHEAD_MINUTES}, ""},
    {"queries that wait for an older event", {RECALL_WAITING_MAX}, "at a time"},
    {"proposals that wait, of one certificate, of all",
     {PROPOSALS_OWN_MAX, PROPOSALS_OPEN_MAX},
     "at a time"},
    {"a command that is proposed", {PROPOSAL_BYTES_MAX}, ""},
    {"versions of tariffs, of all codes", {TARIFF_VERSIONS_MAX}, "for good"},
    {"a tariff's code", {TARIFF_CODE_MAX}, ""},
    {"a tariff's title", {TARIFF_TITLE_MAX}, ""},
    {"a tariff's price for 720 hours", {PRICE_MAX}, ""},
    {"replicas that metering knows", {METERING_REPLICAS_DEFAULT}, "at a time"},
    {"meters that metering knows", {METERING_METERS_DEFAULT}, "at a time"},
    {"a command of the handshake, as its metadata is", {HANDSHAKE_COMMAND_MAX}, ""},
    {"topics subscribed to at a publication", {64, 512}, ""}, // subscriptions.h, socket.h
    {"amount of a posting", {POSTING_AMOUNT_MAX}, ""},
    {"customers' accounts of a ledger", {LEDGER_ACCOUNTS_MAX}, "for good"},
    {"invoices of one payment journal", {PAYMENT_INVOICES_MAX}, "for good"},
    {"unpaid top-ups of one account", {PAYMENT_TOPUPS_OPEN_MAX}, "at a time"},
    {"autopay payments a month that may be consented to", {PAYMENT_COUNT_MAX}, ""},
    {"companies of documents", {DOCUMENTS_ACCOUNTS_MAX}, "for good"},
    {"invoices, transfers, advance invoices and acts of documents",
     {DOCUMENTS_INVOICES_MAX},
     "for good"},
    {"invoices of one account in a day of Moscow", {DOCUMENTS_ISSUED_A_DAY_MAX}, "at a time"},
    {"a transfer's purpose; its number and its payer's account",
     {TRANSFER_TEXT_MAX, TRANSFER_WORD_MAX},
     ""},
    {"a company's name", {DOCUMENTS_NAME_CHARACTERS}, ""},
    {"name of a certificate", {PEER_NAME_MAX}, ""},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

_Static_assert(DOCUMENTS_TRANSFERS_MAX == DOCUMENTS_INVOICES_MAX &&
                   DOCUMENTS_ADVANCES_MAX == DOCUMENTS_INVOICES_MAX &&
                   DOCUMENTS_ACTS_MAX == DOCUMENTS_INVOICES_MAX,
               "one number of the page is for each of them");

// The next number of the text, written in groups of three: 65 536. False if there is none.
static bool next_number(const char **text, int64_t *ret_number)
{
    const char *at = *text;
    while (*at && (*at < '0' || *at > '9'))
        at++;
    if (!*at)
        return false;
    for (*ret_number = 0; *at >= '0' && *at <= '9'; at++) {
        *ret_number = *ret_number * 10 + (*at - '0');
        at += at[1] == ' ' && at[2] >= '0' && at[2] <= '9';
    }
    *text = at;
    return true;
}

static void check_row(size_t i, const char *what, const char *limit)
{
    int64_t number = 0;
    const char *rest = limit;
    if (i == ROWS || strcmp(rows[i].what, what) != 0)
        fail_msg("row %zu: the page says `%s`, this test `%s`", i, what,
                 i < ROWS ? rows[i].what : "nothing");
    for (size_t n = 0; n < NUMBERS_MAX; n++) {
        bool there = next_number(&rest, &number);
        if (there != (rows[i].numbers[n] != 0) || (there && number != rows[i].numbers[n]))
            fail_msg("%s: the page says `%s`, the code %lld", what, limit,
                     (long long)rows[i].numbers[n]);
    }
    if (*rows[i].beyond && !strstr(limit, rows[i].beyond))
        fail_msg("%s: `%s` does not say that this is %s", what, limit, rows[i].beyond);
}

static void the_page_says_what_the_code_does(void **state)
{
    (void)state;
    char line[LINE_BYTES_MAX];
    FILE *page = fopen(PAGE, "r");
    size_t found = 0;
    bool inside = false;
    assert_non_null(page);
    while (fgets(line, sizeof line, page)) {
        if (strncmp(line, "## ", 3) == 0)
            inside = strncmp(line, "## 20. ", 7) == 0;
        char *middle = inside && strncmp(line, "| ", 2) == 0 ? strstr(line, " | ") : NULL;
        if (!middle || strncmp(line, "| what", 6) == 0)
            continue;
        *middle = '\0';
        check_row(found++, line + 2, middle + 3);
    }
    fclose(page);
    assert_int_equal(found, ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_page_says_what_the_code_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
