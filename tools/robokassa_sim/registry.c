#include "tools/robokassa_sim/registry.h"
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/text.h"
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define MOSCOW_S (3 * 60 * 60)
#define US_PER_S INT64_C(1000000)
#define US_PER_MS INT64_C(1000)

typedef struct {
    FILE *out;
    const char *day; // NULL: all
    int64_t rows, paid, returned, fees;
} sheet_t;

static void print_sum(const sheet_t *self, int64_t kopecks)
{
    char text[DECIMAL_TEXT_MAX];
    decimal_print(kopecks, 2, text);
    char *point = strchr(text, '.');
    if (point)
        *point = ',';
    fprintf(self->out, ";%s", text);
}

// False if it is of another day.
static bool begin_row(sheet_t *self, int64_t at_us, int64_t invoice, const char *kind,
                      const char *state)
{
    time_t at = (time_t)(at_us / US_PER_S) + MOSCOW_S;
    struct tm moscow;
    char day[16], shown[32];
    (void)gmtime_r(&at, &moscow);
    (void)strftime(day, sizeof day, "%Y-%m-%d", &moscow);
    (void)strftime(shown, sizeof shown, "%d.%m.%Y %H:%M:%S", &moscow);
    if (self->day && strcmp(self->day, day) != 0)
        return false;
    fprintf(self->out, "%s;%" PRId64 ";%s;%s", shown, invoice, kind, state);
    self->rows++;
    return true;
}

static void print_payment(sheet_t *self, const sim_t *sim, const operation_t *o)
{
    int64_t fee = (int64_t)((__int128)o->amount_kopecks * sim->config->fee_ppm / 1000000);
    if (!o->captured_us || o->test ||
        !begin_row(self, o->captured_us, o->invoice, "оплата", "оплачен"))
        return;
    print_sum(self, o->amount_kopecks);
    print_sum(self, fee);
    fputc('\n', self->out);
    self->paid += o->amount_kopecks;
    self->fees += fee;
}

static void print_refund(sheet_t *self, const sim_t *sim, const sim_refund_t *refund)
{
    const operation_t *o = book_at(sim->book, (size_t)refund->operation - 1);
    int64_t at_us = refund->created_us + sim->config->refund_delay_ms * US_PER_MS;
    if (at_us > sim_now_us(sim) || !begin_row(self, at_us, o->invoice, "возврат", "возвращен"))
        return;
    print_sum(self, refund->kopecks);
    print_sum(self, 0);
    fputc('\n', self->out);
    self->returned += refund->kopecks;
}

char *registry_text(const sim_t *sim, const char *day)
{
    text_t text;
    text_open(&text);
    sheet_t sheet = {.out = text.file, .day = day};
    fputs("\xef\xbb\xbf"
          "Дата;Номер счета;Тип;Состояние;Сумма;Комиссия\n",
          text.file);
    for (size_t i = 0; i < book_count(sim->book); i++)
        print_payment(&sheet, sim, book_at(sim->book, i));
    for (size_t i = 0; i < sim->refund_count; i++)
        print_refund(&sheet, sim, &sim->refunds[i]);
    fprintf(text.file, "TOTAL;%" PRId64, sheet.rows);
    print_sum(&sheet, sheet.paid);
    print_sum(&sheet, sheet.returned);
    print_sum(&sheet, sheet.fees);
    fputc('\n', text.file);
    return text_take(&text);
}
