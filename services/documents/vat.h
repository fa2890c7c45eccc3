#pragma once
// vat - the tax within a sum, in whole kopecks, of a document and of its lines (docs/rules.md
// "VAT").
//
// A rate of 22 stands for 22/122 of a gross sum. The document comes first: each line gets what the
// running total grows by, so that lines add up to the document exactly.
// Failures: false, and nothing written, for a sum below nought, a rate above 100, or lines that
// together leave int64. Threads: any.
#include "proto/money.h"
#include "services/documents/day.h"
#include <stddef.h>

// gross x rate / (100 + rate), half a kopeck up.
bool vat_of(kopecks_t gross, uint32_t rate, kopecks_t *ret_tax);
// ret_taxes has room for `count`.
bool vat_of_lines(const kopecks_t *lines, size_t count, uint32_t rate, kopecks_t *ret_taxes,
                  kopecks_t *ret_total);
// The full rate in force on a day. Money that came before keeps the rate of its day.
uint32_t vat_rate_on(day_t day);
