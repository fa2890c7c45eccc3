#pragma once
// paper - an invoice or an act as PDF, by cairo and pango: A4, Cyrillic, the font embedded, of an
// invoice the QR code that its bank's program reads.
//
// The same document makes the same bytes with the same libraries and font: dates and names come
// from it, and nothing from the clock or the machine. The font is DejaVu Sans; where it is not
// installed nothing is drawn. Ownership: texts are borrowed, the bytes are the caller's to free.
// Failures: false, and the reason. Threads: one.
// Source: docs/rules.md "Papers".
#include "proto/codes.h"
#include "proto/money.h"
#include "services/documents/day.h"

enum { PAPER_LINES_MAX = 64, PAPER_TEXT_MAX = 512 };

// How papers are laid out. What was issued by an older one is laid out by it for ever.
enum { PAPER_LAYOUT_FIRST = 0, PAPER_LAYOUT_WORDS = 1, PAPER_LAYOUT = PAPER_LAYOUT_WORDS };

typedef struct {
    const char *name, *inn, *kpp, *address;
    const char *account, *bank, *bic, *correspondent; // of who is paid
} paper_party_t;

typedef struct {
    const char *name;
    uint64_t rate; // of VAT
    kopecks_t amount, vat;
} paper_line_t;

typedef struct {
    paper_kind_t kind;
    unsigned layout;
    const char *number;
    day_t day, due; // due: of an invoice
    const char *period, *advances;
    paper_party_t seller, buyer;
    paper_line_t lines[PAPER_LINES_MAX];
    size_t lines_count;
    kopecks_t amount, vat;
} paper_t;

bool paper_draw(const paper_t *self, uint8_t **ret_bytes, size_t *ret_size, const char **ret_why);
// What stands in the transfer's purpose, and in the code.
void paper_purpose(const paper_t *self, char ret_text[PAPER_TEXT_MAX]);
