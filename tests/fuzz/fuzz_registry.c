// fuzz_registry - any bytes are a registry of Robokassa or are refused with a line and a reason;
// what was read has payments' numbers, days and sums that a payment can have, comes to the same
// when it is read again, and is held against journals without an end to anything.
#include "proto/posting.h"
#include "tools/kopeck/registry_books.h"
#include "tests/fuzz/fuzz.h"

static void check_rows(const registry_csv_t *file)
{
    for (size_t i = 0; i < file->count; i++) {
        const registry_row_t *row = &file->rows[i];
        char day[DAY_TEXT_SIZE];
        day_t again;
        require(row->line > 0 && row->number > 0 && row->number <= INT64_MAX);
        require(row->amount > 0 && row->amount <= POSTING_AMOUNT_MAX);
        require(row->fee >= 0 && row->fee <= row->amount);
        day_print(row->day, day);
        require(day_parse(span_of(day), &again) && again == row->day);
    }
}

// Half of the rows are paid here too, some of them in another sum.
static void check_books(const registry_csv_t *file)
{
    registry_books_t books;
    registry_report_t report;
    registry_terms_t terms = {.fee_ppm = 39000, .ledger = true, .payout = true};
    registry_books_init(&books);
    terms.from = terms.to = file->rows[0].day;
    for (size_t i = 0; i < file->count; i++) {
        const registry_row_t *row = &file->rows[i];
        event_t event = {.type = EVENT_payment_created, .at = registry_day_start(row->day)};
        terms.to = row->day > terms.to ? row->day : terms.to;
        if (i % 2 || row->refund)
            continue;
        event.payment_created.invoice = row->number;
        event.payment_created.amount = row->amount + (i % 3 == 0);
        registry_books_payment(&books, &event);
        event.type = EVENT_payment_succeeded;
        event.payment_succeeded.invoice = row->number;
        event.payment_succeeded.amount = row->amount;
        registry_books_payment(&books, &event);
    }
    registry_books_compare(&books, file, &terms, &report);
    require(report.rows <= file->count);
    for (size_t i = 0; i < report.count; i++)
        require(report.findings[i].what < REGISTRY_DIFFERENCES_COUNT);
    registry_report_release(&report);
    registry_books_release(&books);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    registry_csv_t file = {0};
    bool read = registry_csv_read(&file, data, size);
    size_t count = file.count;
    require(read == (file.error[0] == '\0') && (read || count == 0));
    check_rows(&file);
    if (count)
        check_books(&file);
    require(registry_csv_read(&file, data, size) == read && file.count == 2 * count);
    registry_csv_release(&file);
    return 0;
}
