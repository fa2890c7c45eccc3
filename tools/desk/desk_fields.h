#pragma once
// desk_fields - the fields of a request (proto/requests.def) as fields of a form: read from what
// was typed, and shown.
//
// Money is typed in rubles; so is `value` of a promo campaign, which is kopecks or hundredths of a
// percent. What ends in _us is typed in days or, of policies and quotas, in seconds: its label says
// it. A name that begins with ? may be left empty, which is 0. Pure but for its sheet. Ownership:
// texts of a request borrow from the visit's form. Failures: a bit of `wrong` for each field that
// is not what it must be.
#include "tools/desk/desk_sheet.h"

enum { DESK_FIELDS_MAX = 14, DESK_TYPED_MAX = 128 };

// "100", "99,50", "1 000.5" as hundredths; false for what is none, and beyond 10^12 rubles.
bool desk_read_money(span_t text, kopecks_t *ret_sum);
bool desk_read_uid(span_t text, uid_t16 *ret_id);

text_id_t desk_fields_label(const char *field); // TEXT_NONE for one that no form has

// Reads `names` (NULL ends them) into the request. Bit n of the answer: the n-th is wrong.
unsigned desk_fields_read(const web_visit_t *visit, const char *const *names, request_t *request);
// Adds them to the form that is open, as they were typed.
void desk_fields_ask(desk_sheet_t *sheet, const web_visit_t *visit, const char *const *names,
                     const request_t *request, unsigned wrong);
// The same, hidden.
void desk_fields_keep(desk_sheet_t *sheet, const web_visit_t *visit, const char *const *names);
// A field's value, which lies at `at`, as a text.
span_t desk_fields_value(desk_sheet_t *sheet, const field_t *field, const void *at);
// A row of a table of two columns each, as the command says them.
void desk_fields_tell(desk_sheet_t *sheet, const request_t *request);
// Another's command in one text; "?" for one that this program does not know.
span_t desk_fields_words(desk_sheet_t *sheet, bytes_t request);
