#include "tools/robokassa_sim/page.h"
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/form.h"
#include "tools/robokassa_sim/text.h"
#include <inttypes.h>
#include <string.h>

static void start(text_t *text, const char *title)
{
    text_open(text);
    fprintf(text->file,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s</title>"
            "</head><body>\n<h1>%s</h1>\n",
            title, title);
}

static char *finish(text_t *text)
{
    fputs("</body></html>\n", text->file);
    return text_take(text);
}

static void put_operation(FILE *out, const operation_t *o)
{
    char sum[DECIMAL_TEXT_MAX];
    decimal_print(o->amount_kopecks, 2, sum);
    fprintf(out, "<p>Invoice %" PRId64 ", %s RUB%s%s%s</p>\n<p>", o->invoice, sum,
            o->test ? ", test" : "", o->recurring ? ", subscription" : "", o->hold ? ", hold" : "");
    text_put_escaped(out, o->description);
    fputs("</p>\n", out);
}

char *page_error(int code)
{
    text_t text;
    start(&text, "Payment error");
    fprintf(text.file,
            "<p>Error %d</p>\n<script>var RoboxContext = {\"error\":{\"code\":\"%d\"}};"
            "</script>\n",
            code, code);
    return finish(&text);
}

char *page_choice(const operation_t *o)
{
    static const char *const ACTIONS[] = {"pay", "decline", "abandon", "expire"};
    text_t text;
    start(&text, "Payment");
    put_operation(text.file, o);
    fputs("<form method=\"post\" action=\"/Merchant/Pay\"><input type=\"hidden\" name=\"page\" "
          "value=\"",
          text.file);
    text_put_escaped(text.file, o->page);
    fputs("\">\n", text.file);
    for (size_t i = 0; i < sizeof ACTIONS / sizeof ACTIONS[0]; i++)
        fprintf(text.file, "<button name=\"action\" value=\"%s\">%s</button>\n", ACTIONS[i],
                ACTIONS[i]);
    fputs("</form>\n", text.file);
    return finish(&text);
}

char *page_done(const operation_t *o, const char *what)
{
    text_t text;
    start(&text, what);
    put_operation(text.file, o);
    return finish(&text);
}

char *page_forward(const char *url, const char *query)
{
    text_t text;
    start(&text, "Back to the shop");
    fputs("<form method=\"post\" action=\"", text.file);
    text_put_escaped(text.file, url);
    fputs("\">\n", text.file);
    form_t form = {0};
    form_decode(&form, query, strlen(query));
    for (size_t i = 0; i < form.count; i++) {
        fputs("<input type=\"hidden\" name=\"", text.file);
        text_put_escaped(text.file, form.fields[i].name);
        fputs("\" value=\"", text.file);
        text_put_escaped(text.file, form.fields[i].value);
        fputs("\">\n", text.file);
    }
    form_clear(&form);
    fputs("<button>Continue</button></form>\n<script>document.forms[0].submit();</script>\n",
          text.file);
    return finish(&text);
}
