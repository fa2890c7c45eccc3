#include "tools/kopeck/registry_payout.h"
#include <assert.h>
#include <stdlib.h>

typedef struct {
    day_t day;
    kopecks_t due, fee; // due: to be paid out
} payout_day_t;

typedef struct {
    payout_day_t *days; // those on which something moved
    size_t count, next; // next: the first one that no transfer brought yet
    registry_report_t *report;
} payout_t;

static void find(payout_t *self, registry_difference_t what, uint64_t number, day_t day,
                 kopecks_t there, kopecks_t here)
{
    registry_report_add(
        self->report,
        &(registry_finding_t){
            .what = what, .number = number, .day = day, .there = there, .here = here});
}

static void add_row(payout_day_t *day, const registry_row_t *row)
{
    kopecks_t amount = row->refund ? -row->amount : row->amount;
    day->due = registry_add(day->due, registry_add(amount, -row->fee));
    day->fee = registry_add(day->fee, row->fee);
}

static void collect(payout_t *self, const registry_csv_t *file, const registry_terms_t *terms)
{
    size_t span = (size_t)(terms->to - terms->from) + 1;
    payout_day_t *days = calloc(span, sizeof *days);
    assert(days);
    for (size_t i = 0; i < file->count; i++) {
        const registry_row_t *row = &file->rows[i];
        if (row->state == REGISTRY_DONE && row->day >= terms->from && row->day <= terms->to)
            add_row(&days[row->day - terms->from], row);
    }
    for (size_t i = 0; i < span; i++)
        if (days[i].due || days[i].fee) {
            days[self->count] = days[i];
            days[self->count++].day = terms->from + (day_t)i;
        }
    self->days = days;
}

// The sum of the days from `first` on that comes to the transfer; false where none does.
static bool bring(const payout_t *self, size_t first, kopecks_t amount, size_t *ret_end,
                  kopecks_t *ret_fee)
{
    kopecks_t sum = 0, fee = 0;
    for (size_t i = first; i < self->count; i++) {
        sum = registry_add(sum, self->days[i].due);
        fee = registry_add(fee, self->days[i].fee);
        if (sum == amount) {
            *ret_end = i + 1;
            *ret_fee = fee;
            return true;
        }
    }
    return false;
}

static bool is_again(const payout_t *self, kopecks_t amount)
{
    for (size_t i = 0; i < self->next; i++)
        if (self->days[i].due == amount)
            return true;
    return false;
}

static void take(payout_t *self, const registry_payout_t *transfer)
{
    size_t end;
    kopecks_t fee = 0;
    if (bring(self, self->next, transfer->amount, &end, &fee)) {
        if (fee != transfer->fee)
            find(self, REGISTRY_PAYOUT_FEE, transfer->sequence, self->days[self->next].day, fee,
                 transfer->fee);
        self->next = end;
    } else if (is_again(self, transfer->amount) || self->next == self->count) {
        find(self, REGISTRY_PAYOUT_TWICE, transfer->sequence, DAY_NONE, 0, transfer->amount);
    } else {
        const payout_day_t *day = &self->days[self->next++];
        find(self, REGISTRY_PAYOUT_DIFFERS, transfer->sequence, day->day, day->due,
             transfer->amount);
    }
}

void registry_payout_compare(const registry_books_t *books, const registry_csv_t *file,
                             const registry_terms_t *terms, registry_report_t *report)
{
    payout_t self = {.report = report};
    instant_t start = registry_day_start(terms->from);
    collect(&self, file, terms);
    for (size_t i = 0; i < books->payouts_count; i++)
        if (books->payouts[i].at >= start)
            take(&self, &books->payouts[i]);
    for (size_t i = self.next; i < self.count; i++)
        find(&self, REGISTRY_NOT_PAID_OUT, 0, self.days[i].day, self.days[i].due, 0);
    kopecks_t left = registry_add(report->clearing.left, -report->clearing.after);
    if (left)
        find(&self, REGISTRY_CLEARING_LEFT, 0, DAY_NONE, 0, left);
    free(self.days);
}
