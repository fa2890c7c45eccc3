#include "tools/paper/paper.h"
#include "services/documents/payment_qr.h"
#include "services/documents/sum_words.h"
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>

#define FONT "DejaVu Sans"

// Points: of A4, its margins, a line of the table, the code.
enum { WIDTH = 595, HEIGHT = 842, LEFT = 48, RIGHT = 547, ROW = 16, CODE = 130, SMALL = 9 };
enum { TEXT = 10, TITLE = 14, AMOUNT_SIZE = 32, DAY_SIZE = 16, BOTTOM = 780 };

typedef struct {
    cairo_t *cairo;
    double y;
} sheet_t;

// --- texts ---

static void print_amount(kopecks_t amount, char out[AMOUNT_SIZE])
{
    snprintf(out, AMOUNT_SIZE, "%lld.%02lld", (long long)(amount / 100), (long long)(amount % 100));
}

static void print_day(day_t day, char out[DAY_SIZE])
{
    char text[DAY_TEXT_SIZE];
    day_print(day, text);
    snprintf(out, DAY_SIZE, "%.2s.%.2s.%.4s", text + 8, text + 5, text);
}

void paper_purpose(const paper_t *self, char ret_text[PAPER_TEXT_MAX])
{
    char day[DAY_SIZE], vat[AMOUNT_SIZE];
    print_day(self->day, day);
    print_amount(self->vat, vat);
    snprintf(ret_text, PAPER_TEXT_MAX, "Оплата по счету %s от %s. В т.ч. НДС %u%% %s", self->number,
             day, (unsigned)self->lines[0].rate, vat);
}

// --- drawing ---

// At x, broken within the width; right-aligned if that is below nought. Returns its height.
static double put(sheet_t *self, const char *text, double x, double width, int size)
{
    PangoLayout *layout = pango_cairo_create_layout(self->cairo);
    PangoFontDescription *font = pango_font_description_from_string(FONT);
    int drawn_width, height;
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    if (width > 0)
        pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_text(layout, text, -1);
    pango_layout_get_pixel_size(layout, &drawn_width, &height);
    cairo_move_to(self->cairo, width < 0 ? x - drawn_width : x, self->y);
    pango_cairo_show_layout(self->cairo, layout);
    pango_font_description_free(font);
    g_object_unref(layout);
    return height;
}

static void put_line(sheet_t *self, const char *text, int size)
{
    self->y += put(self, text, LEFT, RIGHT - LEFT, size) + 4;
}

static void rule(sheet_t *self)
{
    cairo_move_to(self->cairo, LEFT, self->y);
    cairo_line_to(self->cairo, RIGHT, self->y);
    cairo_stroke(self->cairo);
    self->y += 4;
}

static void put_party(sheet_t *self, const char *role, const paper_party_t *party)
{
    char text[PAPER_TEXT_MAX * 4];
    snprintf(text, sizeof text, "%s: %s, ИНН %s%s%s%s%s", role, party->name, party->inn,
             *party->kpp ? ", КПП " : "", party->kpp, *party->address ? ", " : "", party->address);
    put_line(self, text, TEXT);
}

static void put_bank(sheet_t *self, const paper_party_t *party)
{
    char text[PAPER_TEXT_MAX * 2];
    snprintf(text, sizeof text, "Счёт %s в %s, БИК %s, корр. счёт %s", party->account, party->bank,
             party->bic, party->correspondent);
    put_line(self, text, TEXT);
}

static void put_row(sheet_t *self, const char *name, const char *rate, const char *vat,
                    const char *amount)
{
    if (self->y > BOTTOM) {
        cairo_show_page(self->cairo);
        self->y = LEFT;
    }
    double height = put(self, name, LEFT, 250, SMALL);
    (void)put(self, rate, 370, -1, SMALL);
    (void)put(self, vat, 455, -1, SMALL);
    (void)put(self, amount, RIGHT, -1, SMALL);
    self->y += height > ROW ? height : ROW;
}

static void put_table(sheet_t *self, const paper_t *paper)
{
    char amount[AMOUNT_SIZE], vat[AMOUNT_SIZE], rate[AMOUNT_SIZE];
    rule(self);
    put_row(self, "Наименование", "Ставка НДС", "НДС, руб.", "Сумма с НДС, руб.");
    rule(self);
    for (size_t i = 0; i < paper->lines_count; i++) {
        print_amount(paper->lines[i].amount, amount);
        print_amount(paper->lines[i].vat, vat);
        snprintf(rate, sizeof rate, "%u%%", (unsigned)paper->lines[i].rate);
        put_row(self, paper->lines[i].name, rate, vat, amount);
    }
    rule(self);
    print_amount(paper->amount, amount);
    print_amount(paper->vat, vat);
    put_row(self, "Итого", "", vat, amount);
    self->y += ROW;
}

static void put_words(sheet_t *self, const char *role, kopecks_t amount)
{
    char words[SUM_WORDS_MAX], text[SUM_WORDS_MAX + PAPER_TEXT_MAX];
    if (!sum_words(amount, words))
        return; // no paper is about less than nought
    snprintf(text, sizeof text, "%s: %s", role, words);
    put_line(self, text, TEXT);
}

// --- the code ---

static QRcode *encode(const paper_t *paper)
{
    char bytes[PAYMENT_QR_SIZE_MAX], purpose[PAPER_TEXT_MAX];
    const paper_party_t *seller = &paper->seller;
    paper_purpose(paper, purpose);
    payment_qr_t code = {.name = span_of(seller->name),
                         .account = span_of(seller->account),
                         .bank = span_of(seller->bank),
                         .bic = span_of(seller->bic),
                         .correspondent = span_of(seller->correspondent),
                         .inn = span_of(seller->inn),
                         .kpp = span_of(seller->kpp),
                         .purpose = span_of(purpose),
                         .sum = paper->amount};
    size_t size = payment_qr_write(&code, bytes);
    return size ? QRcode_encodeData((int)size, (const unsigned char *)bytes, 0, QR_ECLEVEL_M)
                : NULL;
}

// Each dark module is a square; a quiet zone of four is left around them.
static bool put_code(sheet_t *self, const paper_t *paper)
{
    QRcode *code = encode(paper);
    if (!code)
        return false;
    double module = (double)CODE / (code->width + 8), left = LEFT + 4 * module;
    for (int row = 0; row < code->width; row++)
        for (int column = 0; column < code->width; column++)
            if (code->data[row * code->width + column] & 1)
                cairo_rectangle(self->cairo, left + column * module, self->y + (row + 4) * module,
                                module, module);
    cairo_fill(self->cairo);
    QRcode_free(code);
    self->y += CODE;
    return true;
}

// --- documents ---

static void put_title(sheet_t *self, const paper_t *paper)
{
    char text[PAPER_TEXT_MAX], day[DAY_SIZE];
    print_day(paper->day, day);
    bool act = paper->kind == PAPER_ACT;
    snprintf(text, sizeof text, "%s № %s от %s", act ? "Акт" : "Счёт на оплату", paper->number,
             day);
    put_line(self, text, TITLE);
    self->y += ROW;
}

static bool put_invoice(sheet_t *self, const paper_t *paper)
{
    char text[PAPER_TEXT_MAX * 2], day[DAY_SIZE], purpose[PAPER_TEXT_MAX];
    print_day(paper->due, day);
    paper_purpose(paper, purpose);
    put_bank(self, &paper->seller);
    snprintf(text, sizeof text, "Оплатить до %s включительно", day);
    put_line(self, text, TEXT);
    snprintf(text, sizeof text, "Назначение платежа: %s", purpose);
    put_line(self, text, TEXT);
    return put_code(self, paper);
}

static void put_act(sheet_t *self, const paper_t *paper)
{
    char text[PAPER_TEXT_MAX + 16 * 1024];
    snprintf(text, sizeof text, "Услуги оказаны за %s", paper->period);
    put_line(self, text, TEXT);
    snprintf(text, sizeof text, "Счета-фактуры на аванс (строка 5б): %s", paper->advances);
    put_line(self, text, TEXT);
    self->y += 2 * ROW;
    put_line(self, "Исполнитель ____________________        Заказчик ____________________", TEXT);
}

static bool put_all(sheet_t *self, const paper_t *paper)
{
    bool act = paper->kind == PAPER_ACT;
    put_title(self, paper);
    put_party(self, act ? "Исполнитель" : "Поставщик", &paper->seller);
    put_party(self, act ? "Заказчик" : "Покупатель", &paper->buyer);
    put_table(self, paper);
    if (paper->layout >= PAPER_LAYOUT_WORDS)
        put_words(self, act ? "Всего оказано услуг на сумму" : "Всего к оплате", paper->amount);
    if (!act)
        return put_invoice(self, paper);
    put_act(self, paper);
    return true;
}

// --- the file ---

typedef struct {
    uint8_t *bytes;
    size_t size, cap;
} memory_t;

static cairo_status_t keep(void *closure, const unsigned char *data, unsigned size)
{
    memory_t *self = closure;
    if (self->size + size > self->cap) {
        size_t cap = 2 * (self->size + size);
        uint8_t *bytes = realloc(self->bytes, cap);
        if (!bytes)
            return CAIRO_STATUS_NO_MEMORY;
        self->bytes = bytes;
        self->cap = cap;
    }
    memcpy(self->bytes + self->size, data, size);
    self->size += size;
    return CAIRO_STATUS_SUCCESS;
}

// Another font would make another paper.
static bool has_font(void)
{
    PangoFontMap *map = pango_cairo_font_map_get_default();
    PangoFontFamily **families = NULL;
    int count = 0;
    bool found = false;
    pango_font_map_list_families(map, &families, &count);
    for (int i = 0; i < count; i++)
        found = found || strcmp(pango_font_family_get_name(families[i]), FONT) == 0;
    g_free(families);
    return found;
}

static void describe(cairo_surface_t *surface, const paper_t *paper)
{
    char day[DAY_TEXT_SIZE], created[32], title[PAPER_TEXT_MAX];
    day_print(paper->day, day);
    snprintf(created, sizeof created, "%sT00:00:00Z", day);
    snprintf(title, sizeof title, "%s %s", paper->kind == PAPER_ACT ? "Акт" : "Счёт",
             paper->number);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, created);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
}

bool paper_draw(const paper_t *self, uint8_t **ret_bytes, size_t *ret_size, const char **ret_why)
{
    memory_t memory = {.bytes = NULL};
    *ret_why = "the font " FONT " is not installed";
    if (!has_font())
        return false;
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(keep, &memory, WIDTH, HEIGHT);
    describe(surface, self);
    sheet_t sheet = {.cairo = cairo_create(surface), .y = LEFT};
    cairo_set_line_width(sheet.cairo, 0.5);
    *ret_why = "the seller's requisites make no QR code";
    bool drawn = put_all(&sheet, self);
    cairo_destroy(sheet.cairo);
    cairo_surface_finish(surface);
    bool whole = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(surface);
    if (!drawn || !whole || !memory.size) {
        free(memory.bytes);
        return false;
    }
    *ret_bytes = memory.bytes;
    *ret_size = memory.size;
    return true;
}
