// robokassa_probe - our Robokassa protocol code behind a pipe, for oracle.test.js to compare with
// an implementation that is not ours.
//
// Reads one case per line, tab-separated, and answers each with one line:
//   link    digest login password1 password2 kopecks invoice description currency ip receipt shp
//           -> the payment's link, or "refused"; invoice -1 is absent; receipt is the field's
//           value; shp is a form of the Shp_ fields in the order to pass them
//   notice  digest login password1 password2 body
//           -> the verdict's number, the invoice and the kopecks
// The passwords here are the test's own inventions.
#include "services/robokassa/robokassa_notice.h"
#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS_MAX = 12, LINE_MAX_SIZE = 65536 };

static robokassa_shop_t shop_of(char **column)
{
    robokassa_shop_t shop = {.login = span_of(column[2]),
                             .password1 = span_of(column[3]),
                             .password2 = span_of(column[4]),
                             .payment_url = SPAN("https://pay.example/Index.aspx")};
    if (!digest_by_name(column[1], &shop.digest))
        exit(2);
    return shop;
}

static form_t form_of(const char *encoded)
{
    static char buffer[FORM_SIZE_MAX];
    form_t form;
    if (!form_decode(encoded, strlen(encoded), buffer, sizeof buffer, &form))
        exit(3);
    return form;
}

static void answer_link(char **column)
{
    static char link[ROBOKASSA_REQUEST_MAX];
    robokassa_shop_t shop = shop_of(column);
    form_t shp = form_of(column[11]);
    robokassa_payment_t payment = {.sum = atoll(column[5]),
                                   .invoice = atoll(column[6]),
                                   .description = span_of(column[7]),
                                   .currency = span_of(column[8]),
                                   .user_ip = span_of(column[9]),
                                   .receipt = span_of(column[10]),
                                   .shp = shp.fields,
                                   .shp_count = shp.fields_count};
    puts(robokassa_payment_link(&shop, &payment, link, sizeof link) ? link : "refused");
}

static void answer_notice(char **column)
{
    robokassa_shop_t shop = shop_of(column);
    form_t form = form_of(column[5]);
    robokassa_notice_t notice = {.invoice = 0};
    int verdict = robokassa_notice_verify(&shop, &form, &notice);
    printf("%d %lld %lld\n", verdict, (long long)notice.invoice, (long long)notice.sum);
}

int main(void)
{
    static char line[LINE_MAX_SIZE];
    while (fgets(line, sizeof line, stdin)) {
        char *at = line, *column[COLUMNS_MAX];
        size_t columns = 0;
        while (at && columns < COLUMNS_MAX)
            column[columns++] = strsep(&at, "\t\n");
        if (strcmp(column[0], "link") == 0 && columns == 12)
            answer_link(column);
        else if (strcmp(column[0], "notice") == 0 && columns >= 6)
            answer_notice(column);
        else
            return 4;
    }
    return 0;
}
