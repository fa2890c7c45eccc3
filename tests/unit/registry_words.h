#pragma once
// registry_words - a registry's rows and the journals' events of the same day, for tests.
#include "proto/posting.h"
#include "tools/kopeck/registry_books.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define MONDAY ((day_t)20696) // 2026-08-31

static registry_books_t books;
static registry_csv_t file;
static registry_report_t report;
static registry_terms_t terms;
static uint64_t ledger_sequence;

static inline int begin(void **state)
{
    (void)state;
    file = (registry_csv_t){0};
    registry_books_init(&books);
    terms = (registry_terms_t){.from = MONDAY, .to = MONDAY, .fee_ppm = -1, .ledger = true};
    ledger_sequence = 0;
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    registry_report_release(&report);
    registry_books_release(&books);
    registry_csv_release(&file);
    return 0;
}

static inline registry_row_t *there(day_t day, uint64_t number, kopecks_t amount, bool refund)
{
    if (file.count == file.room) {
        file.room += 64;
        file.rows = realloc(file.rows, file.room * sizeof *file.rows);
        assert_non_null(file.rows);
    }
    file.rows[file.count] = (registry_row_t){
        .line = file.count + 2, .number = number, .day = day, .refund = refund, .amount = amount};
    return &file.rows[file.count++];
}

static inline void made(day_t day, uint64_t number, kopecks_t amount)
{
    event_t event = {.type = EVENT_payment_created, .at = registry_day_start(day) + HOUR_US};
    event.payment_created.invoice = number;
    event.payment_created.amount = amount;
    registry_books_payment(&books, &event);
}

static inline void came(day_t day, uint64_t number, kopecks_t amount)
{
    event_t event = {.type = EVENT_payment_succeeded, .at = registry_day_start(day) + 2 * HOUR_US};
    event.payment_succeeded.invoice = number;
    event.payment_succeeded.amount = amount;
    registry_books_payment(&books, &event);
}

static inline void posted(day_t day, posting_kind_t kind, uint64_t debit, uint64_t credit,
                          uint64_t number, kopecks_t amount)
{
    event_t event = {.type = EVENT_posted, .at = registry_day_start(day) + 3 * HOUR_US};
    event.posted.kind = kind;
    event.posted.debit = debit;
    event.posted.credit = credit;
    event.posted.amount = amount;
    event.posted.reference = posting_payment_reference(number);
    registry_books_ledger(&books, ++ledger_sequence, &event);
}

static inline void credited(day_t day, uint64_t number, kopecks_t amount)
{
    posted(day, POSTING_TOPUP, SYSTEM_CLEARING, SYSTEM_END, number, amount);
}

// Paid on that day, here as there.
static inline registry_row_t *paid(day_t day, uint64_t number, kopecks_t amount)
{
    made(day, number, amount);
    came(day, number, amount);
    credited(day, number, amount);
    return there(day, number, amount, false);
}

static inline void gave_back(day_t day, uint64_t refund, uint64_t number, kopecks_t amount)
{
    event_t event = {.type = EVENT_refund_requested, .at = registry_day_start(day) + 4 * HOUR_US};
    event.refund_requested.refund = refund;
    event.refund_requested.invoice = number;
    event.refund_requested.amount = amount;
    registry_books_payment(&books, &event);
    event.type = EVENT_refund_done;
    event.at += HOUR_US;
    event.refund_done =
        (event_refund_done_t){.refund = refund, .invoice = number, .amount = amount};
    registry_books_payment(&books, &event);
    posted(day, POSTING_REFUND, SYSTEM_REFUNDS, SYSTEM_CLEARING, number, amount);
}

static inline void compare(void)
{
    registry_report_release(&report);
    registry_books_compare(&books, &file, &terms, &report);
}

// The only difference is that one.
static inline const registry_finding_t *only(registry_difference_t what)
{
    compare();
    for (size_t i = 0; i < report.count; i++)
        print_message("  %s %llu\n", registry_difference_name(report.findings[i].what),
                      (unsigned long long)report.findings[i].number);
    assert_int_equal(report.count, 1);
    assert_int_equal(report.findings[0].what, what);
    return &report.findings[0];
}
