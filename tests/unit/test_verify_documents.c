// Every fault of documents' journal, and of the ledger's postings of transfers, is named.
#include "tools/kopeck/verify_documents.h"
#include "proto/posting.h"
#include "proto/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the ones above first
#include <cmocka.h>

#define FIRST 26000000013
#define SECOND 26000000021

enum { DOCUMENTS = 10, LEDGER = 6 };

static const uid_t16 payer = {{7}}, none;

// A company, two invoices, a match, one in suspense that is assigned by two, one that Robokassa
// paid out.
typedef struct {
    event_t documents[DOCUMENTS], ledger[LEDGER];
} history_t;

static event_t received(uint8_t identity, kopecks_t amount, uid_t16 account, uint64_t invoice)
{
    event_t event = {.type = EVENT_transfer_received};
    event.transfer_received.identity = (hash_t){{identity}};
    event.transfer_received.amount = amount;
    event.transfer_received.account = account;
    event.transfer_received.invoice = invoice;
    event.transfer_received.reason = uid_is_zero(&account) ? TRANSFER_NO_INVOICE : TRANSFER_MATCHED;
    return event;
}

static event_t issued(uint64_t number)
{
    event_t event = {.type = EVENT_invoice_issued};
    event.invoice_issued.number = number;
    event.invoice_issued.account = payer;
    event.invoice_issued.amount = 500;
    event.invoice_issued.inn = text_of("9999123456");
    return event;
}

static event_t posted(uint64_t cause, uint8_t identity, uint64_t debit, uint64_t credit)
{
    event_t event = {.type = EVENT_posted, .cause = {STREAM_DOCUMENTS, cause}};
    event.posted.account = credit < SYSTEM_END ? none : payer;
    event.posted.debit = debit;
    event.posted.credit = credit;
    event.posted.amount = 500;
    event.posted.kind = POSTING_BANK;
    event.posted.reference = (uid_t16){{identity}};
    return event;
}

static history_t good(void)
{
    history_t h = {.documents = {{.type = EVENT_requisites_registered},
                                 issued(FIRST),
                                 issued(SECOND),
                                 received(1, 500, payer, FIRST),
                                 received(2, 500, none, 0),
                                 {.type = EVENT_transfer_assigned},
                                 {.type = EVENT_command_sent_by},
                                 received(3, 500, none, 0),
                                 {.type = EVENT_transfer_settled},
                                 {.type = EVENT_command_sent_by}},
                   .ledger = {posted(4, 1, SYSTEM_BANK, SYSTEM_END),
                              posted(5, 2, SYSTEM_BANK, SYSTEM_SUSPENSE),
                              posted(6, 2, SYSTEM_SUSPENSE, SYSTEM_END),
                              posted(8, 3, SYSTEM_BANK, SYSTEM_SUSPENSE),
                              posted(9, 3, SYSTEM_SUSPENSE, SYSTEM_CLEARING),
                              posted(9, 3, SYSTEM_FEES, SYSTEM_CLEARING)}};
    h.documents[0].requisites_registered.account = payer;
    h.documents[0].requisites_registered.inn = text_of("9999123456");
    h.documents[5].transfer_assigned = (event_transfer_assigned_t){
        .transfer = 5, .identity = {{2}}, .amount = 500, .account = payer, .invoice = SECOND};
    h.documents[6].command_sent_by.approver = text_of("boris");
    h.documents[8].transfer_settled =
        (event_transfer_settled_t){.transfer = 8, .identity = {{3}}, .amount = 500, .fee = 20};
    h.documents[9].command_sent_by.approver = text_of("boris");
    h.ledger[4].posted.kind = POSTING_SETTLEMENT;
    h.ledger[5].posted.kind = POSTING_FEE;
    h.ledger[5].posted.amount = 20;
    return h;
}

static uint64_t check(const history_t *h, verify_report_t *ret_report, bool settled)
{
    verify_documents_t self;
    *ret_report = (verify_report_t){0};
    verify_documents_init(&self, ret_report, true);
    for (uint64_t i = 0; i < DOCUMENTS; i++)
        if (h->documents[i].type)
            verify_documents_feed(&self, i + 1, &h->documents[i]);
    for (uint64_t i = 0; i < LEDGER; i++)
        if (h->ledger[i].type)
            verify_documents_posted(&self, i + 1, &h->ledger[i]);
    uint64_t waiting = verify_documents_finish(&self, settled);
    verify_documents_release(&self);
    return waiting;
}

static void a_good_history_holds(void **state)
{
    (void)state;
    verify_report_t report;
    history_t h = good();
    assert_int_equal(check(&h, &report, true), 0);
    assert_int_equal(report.violated, 0);
    assert_true(report.checked > 20);
}

static void expect(const history_t *h, const char *rule)
{
    verify_report_t report;
    (void)check(h, &report, false);
    if (!verify_violations(&report, rule))
        fail_msg("not said: %s", rule);
}

#define FAULT(rule, change)                                                                        \
    do {                                                                                           \
        history_t h = good();                                                                      \
        change;                                                                                    \
        expect(&h, "documents: " rule);                                                            \
    } while (0)

// A gap that an older journal explains, in the place of the first invoice's payment.
static history_t noted(uint64_t invoice)
{
    history_t h = good();
    h.documents[1] = h.documents[2];
    h.documents[2].type = EVENT_numbers_noted;
    h.documents[2].numbers_noted = (event_numbers_noted_t){.invoice = invoice};
    return h;
}

static void numbers_that_may_be_lost_leave_a_gap(void **state)
{
    (void)state;
    verify_report_t report;
    history_t h = noted(26000000104);
    (void)check(&h, &report, false);
    assert_false(
        verify_violations(&report, "documents: numbers that are noted are none before the last"));
    h = noted(26000000013); // less than was issued
    expect(&h, "documents: numbers that are noted are none before the last");
}

static void every_fault_of_documents_is_named(void **state)
{
    (void)state;
    FAULT("invoices are one series a year", h.documents[2].invoice_issued.number = 26000000039);
    FAULT("invoices are one series a year", h.documents[2].invoice_issued.number = FIRST);
    FAULT("an invoice's number has its check digit", h.documents[2].invoice_issued.number++);
    FAULT("an invoice is the account's company's",
          h.documents[1].invoice_issued.inn = text_of("9999234565"));
    FAULT("an invoice is the account's company's",
          h.documents[1].invoice_issued.account.bytes[0]++);
    FAULT("a transfer is received once", h.documents[4].transfer_received.identity.bytes[0] = 1);
    FAULT("what is matched is credited, the rest has its reason",
          h.documents[3].transfer_received.reason = TRANSFER_NO_INVOICE);
    FAULT("what is matched is credited, the rest has its reason",
          h.documents[4].transfer_received.reason = TRANSFER_MATCHED);
    FAULT("a match is of the invoice's sum", h.documents[3].transfer_received.amount++);
    FAULT("what is paid is an invoice of that account, once",
          h.documents[3].transfer_received.account.bytes[0]++);
    FAULT("what is paid is an invoice of that account, once",
          h.documents[5].transfer_assigned.invoice = FIRST);
    FAULT("what is assigned is in suspense", h.documents[5].transfer_assigned.transfer = 4);
    FAULT("what is assigned is in suspense", h.documents[5].transfer_assigned.amount++);
    FAULT("what is assigned is in suspense", h.documents[5].transfer_assigned.identity.bytes[0]++);
    FAULT("an assignment is two persons'", h.documents[6].command_sent_by.approver = text_of(""));
    FAULT("an assignment is two persons'", h.documents[6].type = EVENT_node_clock_confirmed);
    FAULT("an assignment is two persons'", h.documents[9].type = EVENT_node_clock_confirmed);
    FAULT("what is settled is in suspense", h.documents[8].transfer_settled.transfer = 5);
    FAULT("what is settled is in suspense", h.documents[8].transfer_settled.amount++);
    FAULT("what is settled is in suspense", h.documents[8].transfer_settled.fee = -1);
}

static void every_fault_of_the_ledger_is_named(void **state)
{
    (void)state;
    FAULT("the ledger posts what documents says", h.ledger[0].posted.amount++);
    FAULT("the ledger posts what documents says", h.ledger[0].posted.account.bytes[0]++);
    FAULT("the ledger posts what documents says", h.ledger[0].posted.kind = POSTING_TOPUP);
    FAULT("the ledger posts what documents says", h.ledger[1].posted.credit = SYSTEM_REVENUE);
    FAULT("the ledger posts what documents says", h.ledger[0].posted.reference.bytes[0]++);
    FAULT("the ledger posts what documents says", h.ledger[2].posted.debit = SYSTEM_BANK);
    FAULT("the ledger posts what documents says", h.ledger[3].cause.sequence = 7);
    FAULT("a transfer is posted once, and leaves suspense once", h.ledger[3] = h.ledger[1]);
    FAULT("a transfer is posted once, and leaves suspense once", h.ledger[3] = h.ledger[2]);
    FAULT("each transfer is posted", h.ledger[1].type = EVENT_node_clock_confirmed);
    FAULT("the ledger posts what documents says", h.ledger[4].posted.credit = SYSTEM_FEES);
    FAULT("the ledger posts what documents says", h.ledger[4].posted.kind = POSTING_CORRECTION);
    FAULT("the ledger posts what documents says", h.ledger[5].posted.amount++);
    FAULT("the ledger posts what documents says", h.ledger[5].posted.debit = SYSTEM_BANK);
    FAULT("what Robokassa kept is posted", h.ledger[5].type = EVENT_node_clock_confirmed);
}

static void what_the_ledger_has_not_heard_is_under_way(void **state)
{
    (void)state;
    verify_report_t report;
    history_t h = good();
    for (size_t i = 3; i < LEDGER; i++)
        h.ledger[i].type = EVENT_node_clock_confirmed;
    assert_int_equal(check(&h, &report, false), 2);
    assert_int_equal(report.violated, 0);
    assert_int_equal(check(&h, &report, true), 2);
    assert_true(report.violated > 0); // nothing may be
}

// Documents' journal was put back as it was after its third event, and the statement read again.
static void a_history_that_was_lost_says_nothing_of_this_one(void **state)
{
    (void)state;
    verify_report_t report;
    history_t h = good();
    event_t before = h.ledger[0];
    before.cause.sequence = 9; // where it stood then
    h.ledger[0] = before;
    h.ledger[1] = (event_t){.type = EVENT_node_reseeded};
    h.ledger[1].node_reseeded.stream = STREAM_DOCUMENTS;
    h.ledger[1].node_reseeded.sequence = 3;
    h.ledger[2] = (event_t){.type = EVENT_transfer_repeated, .cause = {STREAM_DOCUMENTS, 4}};
    h.ledger[3] = posted(5, 2, SYSTEM_BANK, SYSTEM_SUSPENSE);
    h.ledger[4].type = h.ledger[5].type = EVENT_node_clock_confirmed;
    assert_int_equal(check(&h, &report, false), 3);
    assert_int_equal(report.violated, 0);
    h.ledger[1].type = EVENT_node_clock_confirmed;
    expect(&h, "documents: the ledger posts what documents says");
}

// --- acts ---

enum { ACT_EVENTS = 5 };

static uint8_t act_lines[64];

// 18 October 2026; an advance invoice, two acts, and a year later another one.
static void good_acts(event_t events[ACT_EVENTS])
{
    pack_t rows;
    pack_start(&rows, act_lines, sizeof act_lines);
    static const int64_t lines[2][4] = {{1, 22, 36000, 6492}, {4, 22, 9000, 1623}};
    for (size_t i = 0; i < 2; i++) {
        pack_array(&rows, 4);
        for (size_t j = 0; j < 4; j++)
            pack_i64(&rows, lines[i][j]);
    }
    bytes_t packed = {act_lines, (uint32_t)pack_end(&rows)};
    for (size_t i = 0; i < ACT_EVENTS; i++) {
        events[i] = (event_t){.type = EVENT_act_issued, .at = INT64_C(1792281600000000)};
        events[i].act_issued = (event_act_issued_t){.number = 26000000 + i,
                                                    .invoice = 26000001 + i,
                                                    .account = payer,
                                                    .quarter = 8104 + i,
                                                    .amount = 45000,
                                                    .vat = 8115,
                                                    .lines = packed};
    }
    events[0] = (event_t){.type = EVENT_advance_issued, .at = events[0].at};
    events[0].advance_issued = (event_advance_issued_t){.number = 26000001,
                                                        .account = payer,
                                                        .reference = {{1}},
                                                        .amount = 50000,
                                                        .rate = 22,
                                                        .vat = 9016};
    events[3].at += 365 * DAY_US;
    events[3].act_issued.number = 27000001;
    events[3].act_issued.invoice = 27000001;
    events[4] = (event_t){.type = EVENT_advance_issued, .at = events[3].at};
    events[4].advance_issued = events[0].advance_issued;
    events[4].advance_issued.number = 27000002;
    events[4].advance_issued.reference = (uid_t16){{2}};
}

static void keep_first(void *arg, const violation_t *violation)
{
    const char **first = arg;
    *first = *first ? *first : violation->rule;
}

static const char *fault_of(const event_t events[ACT_EVENTS])
{
    const char *first = NULL;
    verify_report_t report = {.say = keep_first, .arg = &first};
    verify_documents_t all;
    verify_documents_init(&all, &report, false);
    for (size_t i = 0; i < ACT_EVENTS; i++)
        verify_documents_feed(&all, 1 + i, &events[i]);
    verify_documents_release(&all);
    return first;
}

static void every_fault_of_acts_is_named(void **state)
{
    (void)state;
    static const char series[] =
        "documents: acts, and advance and shipment invoices, are one series a year";
    event_t events[ACT_EVENTS];
    good_acts(events);
    assert_null(fault_of(events));
    events[2].act_issued.number++;
    assert_string_equal(fault_of(events), series);
    good_acts(events);
    events[2].act_issued.invoice = 26000002;
    assert_string_equal(fault_of(events), series);
    good_acts(events);
    events[3].at = events[2].at; // a year's number before the year
    assert_string_equal(fault_of(events), series);
    good_acts(events);
    events[1].act_issued.amount++;
    assert_string_equal(fault_of(events), "documents: an act's lines and taxes add up");
    good_acts(events);
    events[1].act_issued.debt = 45001;
    assert_string_equal(fault_of(events), "documents: an act's lines and taxes add up");
    good_acts(events);
    events[2].act_issued.quarter--;
    assert_string_equal(fault_of(events), "documents: no quarter has two acts");
    good_acts(events);
    events[4].advance_issued.reference = (uid_t16){{1}};
    assert_string_equal(fault_of(events), "documents: money has one advance invoice");
    good_acts(events);
    events[0].advance_issued.vat++;
    assert_string_equal(fault_of(events), "documents: money has one advance invoice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_history_holds),
        cmocka_unit_test(numbers_that_may_be_lost_leave_a_gap),
        cmocka_unit_test(every_fault_of_documents_is_named),
        cmocka_unit_test(every_fault_of_the_ledger_is_named),
        cmocka_unit_test(what_the_ledger_has_not_heard_is_under_way),
        cmocka_unit_test(a_history_that_was_lost_says_nothing_of_this_one),
        cmocka_unit_test(every_fault_of_acts_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
