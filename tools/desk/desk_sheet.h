#pragma once
// desk_sheet - one screen of the desk as it is put together: parts with a heading each, and in a
// part notes, facts, one table, one form and links. services/web/page/desk.html writes it out.
//
// All that is added goes to the part that was begun last. Texts are of the reader's language;
// whatever a stranger may have said is escaped by the template.
// Units: kopecks; microseconds. Ownership: the sheet owns what it makes of numbers; other spans are
// borrowed until it is shown. What finds no room is left out, and the screen says 500 then.
// Threads: the pages' listener.
#include "proto/codes.h"
#include "services/web/web_visit.h"

typedef struct desk_sheet desk_sheet_t;

desk_sheet_t *desk_sheet_new(web_visit_t *visit, text_id_t heading);
// Which tab it is of: sheet->frame.on_accounts = true.
page_frame_t *desk_sheet_frame(desk_sheet_t *self);
void desk_sheet_say(desk_sheet_t *self, span_t text);  // in green above the heading
void desk_sheet_warn(desk_sheet_t *self, span_t text); // in amber
// Writes it as the reply and frees it. True, as a step's last word is.
bool desk_sheet_show(desk_sheet_t **self_p, unsigned status);

// --- values as texts ---

span_t desk_text(const desk_sheet_t *self, text_id_t text);
span_t desk_yes(const desk_sheet_t *self, bool yes);
span_t desk_code(const desk_sheet_t *self, codes_family_t family, uint64_t number);
span_t desk_money(desk_sheet_t *self, kopecks_t sum);
span_t desk_number(desk_sheet_t *self, uint64_t number);
span_t desk_time(desk_sheet_t *self, instant_t at); // "" for 0
span_t desk_uid(desk_sheet_t *self, const uid_t16 *id);
span_t desk_kept(desk_sheet_t *self, span_t text); // a copy
span_t desk_joined(desk_sheet_t *self, span_t a, const char *between, span_t b);

// --- parts ---

void desk_part(desk_sheet_t *self, text_id_t title);
void desk_part_untitled(desk_sheet_t *self);
void desk_note(desk_sheet_t *self, span_t text);
void desk_second(desk_sheet_t *self, span_t text); // smaller
void desk_fact(desk_sheet_t *self, text_id_t name, span_t value);

// Bit n of `numbers`: the n-th column stands to the right. The heads name the cells on a phone.
void desk_table(desk_sheet_t *self, const text_id_t *heads, size_t count, unsigned numbers);
void desk_row(desk_sheet_t *self);
void desk_cell(desk_sheet_t *self, span_t text);
// A link to /PATH?KEY=VALUE, or with key NULL to /PATH, which is copied; keys are static.
void desk_cell_link(desk_sheet_t *self, span_t text, const char *path, const char *key,
                    span_t value);
void desk_link(desk_sheet_t *self, span_t text, const char *path, const char *key, span_t value);

void desk_form(desk_sheet_t *self, const char *action, text_id_t button); // action without its /
void desk_hidden(desk_sheet_t *self, const char *name, span_t value);
void desk_typed(desk_sheet_t *self, const char *name, span_t label, span_t value, text_id_t hint,
                bool wrong);                                         // hint TEXT_NONE for none
void desk_filed(desk_sheet_t *self, const char *name, span_t label); // a file to be chosen
void desk_ticked(desk_sheet_t *self, const char *name, span_t label, bool on);
void desk_chosen(desk_sheet_t *self, const char *name, span_t label, codes_family_t family,
                 uint64_t selected, bool wrong);
