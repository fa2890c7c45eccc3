#pragma once
// page_csv - the details as a file: for Excel in Russian (semicolons, decimal commas, a mark at the
// start) or for programs (RFC 4180, kopecks, UTC), frozen at a head. No shorter file than asked
// for: where there are more rows than CSV_ROWS_MAX a page offers them in parts, each of which says
// in its name which one it is, and in its Link where the next one begins.
//
//   ?...&part=2&head=900   the second part, from that posting on
//   ?...&rest=2&head=900   all from there: as one part, or again as a page of parts
//
// Ownership, failures, threads: as web_visit.h.
#include "services/web/web_visit.h"

enum { CSV_ROWS_MAX = 100000, CSV_PAGE_ROWS = 500, CSV_ROW_SIZE_MAX = 256 };

web_step_fn page_csv_send;
// A cell, quoted where it must be; what a spreadsheet would take for a formula begins with '.
void page_csv_cell(writer_t *writer, char comma, span_t text);
