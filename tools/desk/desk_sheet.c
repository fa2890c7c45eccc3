#include "tools/desk/desk_sheet.h"
#include "services/web/page_rows.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PARTS = 24,
    NOTES = 64,
    FACTS = 128,
    HEADS = 128,
    ROWS = 256,
    CELLS = 2048,
    FIELDS = 48,
    OPTIONS = 256,
    LINKS = 64,
    TEXT_BYTES = 96 * 1024
};

struct desk_sheet {
    web_visit_t *visit;
    page_desk_t page;
    page_desk_parts_t parts[PARTS];
    page_desk_notes_t notes[NOTES];
    page_desk_facts_t facts[FACTS];
    page_desk_heads_t heads[HEADS];
    page_desk_rows_t rows[ROWS];
    page_desk_cells_t cells[CELLS];
    page_desk_fields_t fields[FIELDS];
    page_desk_options_t options[OPTIONS];
    page_desk_links_t links[LINKS];
    size_t notes_used, facts_used, heads_used, rows_used, cells_used, fields_used, options_used,
        links_used;
    unsigned numbers; // columns that stand to the right
    bool overflown;
    char text[TEXT_BYTES];
    size_t text_used;
};

desk_sheet_t *desk_sheet_new(web_visit_t *visit, text_id_t heading)
{
    desk_sheet_t *self = calloc(1, sizeof *self);
    assert(self);
    self->visit = visit;
    self->page.frame = visit_frame(visit, heading, 0);
    self->page.heading = text_get(heading, visit->language);
    self->page.parts = self->parts;
    return self;
}

page_frame_t *desk_sheet_frame(desk_sheet_t *self)
{
    return &self->page.frame;
}

void desk_sheet_say(desk_sheet_t *self, span_t text)
{
    self->page.has_said = true;
    self->page.said = text;
}

void desk_sheet_warn(desk_sheet_t *self, span_t text)
{
    self->page.has_warning = true;
    self->page.warning = text;
}

bool desk_sheet_show(desk_sheet_t **self_p, unsigned status)
{
    desk_sheet_t *self = *self_p;
    writer_t writer = visit_writer(self->visit);
    self->page.frame.error = status >= 400;
    page_desk(&writer, self->visit->language, &self->page);
    writer.refused = writer.refused || self->overflown; // never half a screen
    bool shown = visit_show(self->visit, status, &writer);
    free(self);
    *self_p = NULL;
    return shown;
}

// --- values as texts ---

span_t desk_text(const desk_sheet_t *self, text_id_t text)
{
    return text_get(text, self->visit->language);
}

span_t desk_yes(const desk_sheet_t *self, bool yes)
{
    return desk_text(self, yes ? TEXT_DESK_YES : TEXT_DESK_NO);
}

span_t desk_code(const desk_sheet_t *self, codes_family_t family, uint64_t number)
{
    return page_words(family, number, self->visit->language);
}

static writer_t begin_text(desk_sheet_t *self)
{
    return writer_on(self->text + self->text_used, TEXT_BYTES - self->text_used);
}

static span_t end_text(desk_sheet_t *self, writer_t *writer)
{
    span_t text = {self->text + self->text_used, writer->size};
    self->overflown = self->overflown || writer->refused;
    self->text_used += writer->size;
    return text;
}

span_t desk_money(desk_sheet_t *self, kopecks_t sum)
{
    writer_t writer = begin_text(self);
    hole_money(&writer, self->visit->language, sum);
    return end_text(self, &writer);
}

span_t desk_number(desk_sheet_t *self, uint64_t number)
{
    writer_t writer = begin_text(self);
    hole_id(&writer, self->visit->language, number);
    return end_text(self, &writer);
}

span_t desk_time(desk_sheet_t *self, instant_t at)
{
    writer_t writer = begin_text(self);
    if (at)
        hole_clock(&writer, self->visit->language, at);
    return end_text(self, &writer);
}

span_t desk_uid(desk_sheet_t *self, const uid_t16 *id)
{
    char text[UID_TEXT_SIZE];
    uid_format(id, text);
    return desk_kept(self, span_of(text));
}

span_t desk_kept(desk_sheet_t *self, span_t text)
{
    writer_t writer = begin_text(self);
    writer_text(&writer, text);
    return end_text(self, &writer);
}

span_t desk_joined(desk_sheet_t *self, span_t a, const char *between, span_t b)
{
    writer_t writer = begin_text(self);
    writer_text(&writer, a);
    writer_string(&writer, a.size && b.size ? between : "");
    writer_text(&writer, b);
    return end_text(self, &writer);
}

// --- parts ---

static page_desk_parts_t *part_of(desk_sheet_t *self)
{
    assert(self->page.parts_count);
    return &self->parts[self->page.parts_count - 1];
}

// A place in a pool; NULL, and the sheet is overflown, when it is full.
#define TAKE(self, pool, max)                                                                      \
    ((self)->pool##_used < (max) ? &(self)->pool[(self)->pool##_used++]                            \
                                 : ((self)->overflown = true, NULL))

void desk_part_untitled(desk_sheet_t *self)
{
    assert(self->page.parts_count < PARTS);
    page_desk_parts_t *part = &self->parts[self->page.parts_count++];
    part->notes = self->notes + self->notes_used;
    part->facts = self->facts + self->facts_used;
    part->heads = self->heads + self->heads_used;
    part->rows = self->rows + self->rows_used;
    part->fields = self->fields + self->fields_used;
    part->links = self->links + self->links_used;
}

void desk_part(desk_sheet_t *self, text_id_t title)
{
    desk_part_untitled(self);
    part_of(self)->titled = true;
    part_of(self)->title = desk_text(self, title);
}

static void add_note(desk_sheet_t *self, span_t text, bool second)
{
    page_desk_notes_t *note = TAKE(self, notes, NOTES);
    if (!note)
        return;
    *note = (page_desk_notes_t){.text = text, .second = second};
    part_of(self)->notes_count++;
}

void desk_note(desk_sheet_t *self, span_t text)
{
    add_note(self, text, false);
}

void desk_second(desk_sheet_t *self, span_t text)
{
    add_note(self, text, true);
}

void desk_fact(desk_sheet_t *self, text_id_t name, span_t value)
{
    page_desk_facts_t *fact = TAKE(self, facts, FACTS);
    if (!fact)
        return;
    *fact = (page_desk_facts_t){.name = desk_text(self, name), .value = value};
    part_of(self)->facts_count++;
    part_of(self)->has_facts = true;
}

void desk_table(desk_sheet_t *self, const text_id_t *heads, size_t count, unsigned numbers)
{
    for (size_t i = 0; i < count; i++) {
        page_desk_heads_t *head = TAKE(self, heads, HEADS);
        if (!head)
            return;
        *head = (page_desk_heads_t){.text = desk_text(self, heads[i]), .number = numbers >> i & 1};
        part_of(self)->heads_count++;
    }
    self->numbers = numbers;
}

void desk_row(desk_sheet_t *self)
{
    page_desk_rows_t *row = TAKE(self, rows, ROWS);
    if (!row)
        return;
    *row = (page_desk_rows_t){.cells = self->cells + self->cells_used};
    part_of(self)->rows_count++;
    part_of(self)->has_table = true;
}

static page_desk_cells_t *add_cell(desk_sheet_t *self, span_t text)
{
    static page_desk_cells_t nowhere;
    page_desk_cells_t *cell = self->overflown ? NULL : TAKE(self, cells, CELLS);
    if (!cell)
        return &nowhere;
    page_desk_rows_t *row = &self->rows[self->rows_used - 1];
    size_t column = row->cells_count++;
    assert(column < part_of(self)->heads_count);
    *cell = (page_desk_cells_t){.text = text,
                                .name = part_of(self)->heads[column].text,
                                .number = self->numbers >> column & 1};
    return cell;
}

void desk_cell(desk_sheet_t *self, span_t text)
{
    add_cell(self, text)->plain = true;
}

void desk_cell_link(desk_sheet_t *self, span_t text, const char *path, const char *key,
                    span_t value)
{
    page_desk_cells_t *cell = add_cell(self, text);
    cell->linked = key != NULL;
    cell->opened = !key;
    cell->path = desk_kept(self, span_of(path));
    cell->key = span_of(key ? key : "");
    cell->value = value;
}

void desk_link(desk_sheet_t *self, span_t text, const char *path, const char *key, span_t value)
{
    page_desk_links_t *link = TAKE(self, links, LINKS);
    if (!link)
        return;
    *link = (page_desk_links_t){.text = text,
                                .linked = key != NULL,
                                .path = desk_kept(self, span_of(path)),
                                .key = span_of(key ? key : ""),
                                .value = value};
    part_of(self)->links_count++;
    part_of(self)->has_links = true;
}

// --- forms ---

void desk_form(desk_sheet_t *self, const char *action, text_id_t button)
{
    part_of(self)->has_form = true;
    part_of(self)->action = desk_kept(self, span_of(action));
    part_of(self)->button = desk_text(self, button);
}

static page_desk_fields_t *add_field(desk_sheet_t *self, const char *name, span_t label)
{
    static page_desk_fields_t nowhere;
    page_desk_fields_t *field = TAKE(self, fields, FIELDS);
    if (!field)
        return &nowhere;
    *field = (page_desk_fields_t){.name = span_of(name), .label = label};
    part_of(self)->fields_count++;
    return field;
}

void desk_hidden(desk_sheet_t *self, const char *name, span_t value)
{
    page_desk_fields_t *field = add_field(self, name, SPAN(""));
    field->hidden = true;
    field->value = value;
}

void desk_typed(desk_sheet_t *self, const char *name, span_t label, span_t value, text_id_t hint,
                bool wrong)
{
    page_desk_fields_t *field = add_field(self, name, label);
    field->typed = true;
    field->value = value;
    field->hinted = hint != TEXT_NONE;
    if (field->hinted)
        field->hint = desk_text(self, hint);
    field->wrong = wrong;
}

void desk_filed(desk_sheet_t *self, const char *name, span_t label)
{
    add_field(self, name, label)->file = true;
    part_of(self)->sends_file = true;
}

void desk_ticked(desk_sheet_t *self, const char *name, span_t label, bool on)
{
    page_desk_fields_t *field = add_field(self, name, label);
    field->ticked = true;
    field->on = on;
}

void desk_chosen(desk_sheet_t *self, const char *name, span_t label, codes_family_t family,
                 uint64_t selected, bool wrong)
{
    const codes_info_t *info = codes_info(family);
    page_desk_fields_t *field = add_field(self, name, label);
    field->chosen = true;
    field->wrong = wrong;
    field->options = self->options + self->options_used;
    for (size_t i = 0; i < info->count; i++) {
        page_desk_options_t *option = TAKE(self, options, OPTIONS);
        if (!option)
            return;
        *option = (page_desk_options_t){.number = info->codes[i].number,
                                        .selected = info->codes[i].number == selected,
                                        .text = desk_code(self, family, info->codes[i].number)};
        field->options_count++;
    }
}
