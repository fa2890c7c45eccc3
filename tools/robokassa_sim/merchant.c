#include "tools/robokassa_sim/merchant.h"
#include "tools/robokassa_sim/callback.h"
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/page.h"
#include "tools/robokassa_sim/text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool expired(const sim_t *sim, const operation_t *o)
{
    return o->expires_us && o->expires_us <= sim_now_us(sim);
}

bool merchant_choose(sim_t *sim, operation_t *o, const char *action)
{
    if (o->state != OPERATION_OPENED || expired(sim, o))
        return false;
    if (strcmp(action, "abandon") == 0)
        return true; // no operation comes to be: OpStateExt goes on answering Result 3
    if (strcmp(action, "expire") == 0) {
        o->expires_us = sim_now_us(sim);
        sim_touch(sim, o);
        return true;
    }
    bool pays = strcmp(action, "pay") == 0;
    if (!pays && strcmp(action, "decline") != 0)
        return false;
    if (!pays)
        o->outcome = OPERATION_DECLINES;
    sim_confirm(sim, o);
    return true;
}

// Sends the payer back to the shop, or says on a page what happened.
static void send_back(const sim_t *sim, const operation_t *o, reply_t *reply)
{
    bool success = o->state != OPERATION_OPENED && o->outcome == OPERATION_PAYS;
    const char *own = success ? o->success_url2 : o->fail_url2;
    const char *url = *own ? own : success ? sim->shop->success_url : sim->shop->fail_url;
    bool post = *own      ? !strcmp(success ? o->success_method : o->fail_method, "POST")
                : success ? sim->shop->success_post
                          : sim->shop->fail_post;
    if (!url || !sim->config->redirect) {
        reply_text(reply, 200, TYPE_HTML, page_done(o, success ? "Paid" : "Not paid"));
        return;
    }
    char *query = success ? callback_success(o, sim->shop) : callback_fail(o);
    if (post) {
        reply_text(reply, 200, TYPE_HTML, page_forward(url, query));
    } else {
        text_t text;
        text_open(&text);
        fprintf(text.file, "%s%c%s", url, strchr(url, '?') ? '&' : '?', query);
        reply->location = text_take(&text);
        reply_text(reply, 302, TYPE_TEXT, text_copy(NULL));
    }
    free(query);
}

static void show_refusal(reply_t *reply, int code)
{
    reply_text(reply, 200, TYPE_HTML, page_error(code));
}

// The page of an opened operation; a payer that pays by itself does so at once.
static void show(sim_t *sim, operation_t *o, reply_t *reply)
{
    const operation_t *known = book_find(sim->book, o->invoice, o->test);
    if (!o->test && known->captured_us) {
        show_refusal(reply, o->invoiced ? REFUSAL_INVOICE_PAID : REFUSAL_ALREADY_PAID);
    } else if (o->state == OPERATION_OPENED && expired(sim, o)) {
        show_refusal(reply, o->invoiced ? REFUSAL_INVOICE_EXPIRED : REFUSAL_EXPIRED);
    } else if (o->state != OPERATION_OPENED) {
        reply_text(reply, 200, TYPE_HTML, page_done(o, "This page was used"));
    } else if (sim->config->payer_pays) {
        merchant_choose(sim, o, "pay");
        send_back(sim, o, reply);
    } else {
        reply_text(reply, 200, TYPE_HTML, page_choice(o));
    }
}

static refusal_t check_start(const sim_t *sim, const order_t *order)
{
    if (order->expires_us && order->expires_us <= sim_now_us(sim))
        return REFUSAL_EXPIRED;
    const operation_t *known =
        order->invoice ? book_find(sim->book, order->invoice, order->test) : NULL;
    if (!order->test && known && known->captured_us)
        return REFUSAL_ALREADY_PAID;
    if (order->token && !book_by_key(sim->book, order->token))
        return REFUSAL_INVOICE;
    return REFUSAL_NONE;
}

// Opens what was asked for, with its faults drawn, unless it is refused or a fault refuses it; NULL
// then, and why.
static operation_t *open_operation(sim_t *sim, const order_t *order, const fault_set_t *faults,
                                   refusal_t *refusal)
{
    if (!*refusal && faults->struck[FAULT_REFUSE])
        *refusal = (refusal_t)faults->code[FAULT_REFUSE];
    if (*refusal)
        return NULL;
    operation_t *o = sim_open(sim, order);
    if (o)
        sim_plan(sim, o, faults);
    else
        *refusal = REFUSAL_NOT_STARTED;
    return o;
}

static void start(sim_t *sim, const request_t *request, reply_t *reply, bool json)
{
    order_t order;
    refusal_t refusal = order_read(&order, ORDER_START, sim->shop, request->form);
    if (!refusal)
        refusal = check_start(sim, &order);
    fault_set_t faults =
        fault_draw(&sim->faults, FAULT_ON_INITIAL, order.invoice, 0, sim_now_us(sim));
    operation_t *o = NULL;
    if (!reply_fault_before(reply, &faults)) {
        o = open_operation(sim, &order, &faults, &refusal);
        if (json)
            reply_json(reply, 200,
                       json_pack("{s:s?, s:i, s:s?}", "invoiceID", o ? o->page : NULL, "errorCode",
                                 (int)refusal, "errorMessage", o ? NULL : "refused"));
        else if (o)
            show(sim, o, reply);
        else
            show_refusal(reply, (int)refusal);
        if (o)
            reply_fault_after(reply, &faults, o);
    }
    order_clear(&order);
}

static void choose(sim_t *sim, const request_t *request, reply_t *reply)
{
    const char *page = FORM_GET(request->form, "page");
    const char *action = FORM_GET(request->form, "action");
    operation_t *o = page ? book_by_page(sim->book, page) : NULL;
    if (!o)
        show_refusal(reply, REFUSAL_INVOICE_UNKNOWN);
    else if (!action || !merchant_choose(sim, o, action))
        reply_text(reply, 200, TYPE_HTML, page_done(o, "This page was used"));
    else
        send_back(sim, o, reply);
}

refusal_t merchant_check_child(const book_t *book, const order_t *order)
{
    const operation_t *parent = book_find(book, order->previous, false);
    // A child never has Recurring=true, so only a root passes.
    if (!parent || !parent->captured_us || !parent->recurring)
        return REFUSAL_RECURRING_PARAMETERS;
    const operation_t *known = book_find(book, order->invoice, false);
    return known && known->captured_us ? REFUSAL_ALREADY_PAID : REFUSAL_NONE;
}

static void charge(sim_t *sim, const request_t *request, reply_t *reply)
{
    order_t order;
    refusal_t refusal = order_read(&order, ORDER_CHILD, sim->shop, request->form);
    if (!refusal)
        refusal = merchant_check_child(sim->book, &order);
    fault_set_t faults = fault_draw(&sim->faults, FAULT_ON_RECURRING, order.invoice, order.previous,
                                    sim_now_us(sim));
    operation_t *o = NULL;
    if (!reply_fault_before(reply, &faults)) {
        o = open_operation(sim, &order, &faults, &refusal);
        if (o) {
            sim_confirm(sim, o);
            text_t text;
            text_open(&text);
            fprintf(text.file, "OK%" PRId64, o->invoice);
            reply_text(reply, 200, TYPE_TEXT, text_take(&text));
        } else {
            show_refusal(reply, (int)refusal);
        }
        if (o)
            reply_fault_after(reply, &faults, o);
    }
    order_clear(&order);
}

static void settle_hold(sim_t *sim, const request_t *request, reply_t *reply, order_kind_t kind)
{
    order_t order;
    refusal_t refusal = order_read(&order, kind, sim->shop, request->form);
    fault_set_t faults = fault_draw(&sim->faults, FAULT_ON_HOLD, order.invoice, 0, sim_now_us(sim));
    if (!reply_fault_before(reply, &faults)) {
        operation_t *o = refusal ? NULL : book_find(sim->book, order.invoice, false);
        bool done = o && o->state == OPERATION_HELD;
        if (done && kind == ORDER_CONFIRM) {
            done = order.amount_kopecks <= o->amount_kopecks;
            if (done) {
                o->amount_kopecks = order.amount_kopecks;
                text_replace(&o->out_sum, order.out_sum);
                // HOLD was told; OK is another message with deliveries of its own.
                o->channel[OPERATION_RESULT2].deliveries = 0;
                o->channel[OPERATION_RESULT2].acknowledged = false;
                sim_receive(sim, o, OPERATION_RECEIVE);
            }
        } else if (done) {
            operation_apply(o, OPERATION_RETURN, sim_now_us(sim));
            o->hold_until_us = OPERATION_NEVER_US;
            sim_touch(sim, o);
        }
        reply_text(reply, 200, TYPE_TEXT, text_copy(done ? "success: true" : "success: false"));
        if (done)
            reply_fault_after(reply, &faults, o);
    }
    order_clear(&order);
}

static int state_result(const sim_t *sim, const request_t *request, operation_t **ret_operation)
{
    const char *login = FORM_GET(request->form, "MerchantLogin", "MrchLogin");
    const char *invoice_text = FORM_GET(request->form, "InvoiceID", "InvId");
    const char *signature = FORM_GET(request->form, "Signature", "SignatureValue");
    if (!login || strcmp(login, sim->shop->login) != 0 || !sim->shop->active)
        return 2;
    if (!invoice_text ||
        !shop_signed(sim->shop, SHOP_BASE(NULL, login, invoice_text, sim->shop->password2),
                     signature))
        return 1;
    int64_t invoice;
    if (!decimal_parse_integer(invoice_text, &invoice))
        return 3;
    operation_t *live = book_find(sim->book, invoice, false);
    operation_t *test = book_find(sim->book, invoice, true);
    if (!live || live->state == OPERATION_OPENED)
        return 3;
    if (test && test->state != OPERATION_OPENED)
        return 4;
    *ret_operation = live;
    return 0;
}

static void state(sim_t *sim, const request_t *request, reply_t *reply)
{
    operation_t *o = NULL;
    int result = state_result(sim, request, &o);
    const char *invoice_text = FORM_GET(request->form, "InvoiceID", "InvId");
    int64_t invoice = 0;
    if (invoice_text)
        decimal_parse_integer(invoice_text, &invoice);
    fault_set_t faults =
        fault_draw(&sim->faults, FAULT_ON_STATE, invoice, o ? o->parent : 0, sim_now_us(sim));
    if (reply_fault_before(reply, &faults))
        return;
    if (faults.struck[FAULT_REFUSE])
        result = 1000;
    const callback_style_t style = {.legacy_namespace = sim->config->legacy_namespace,
                                    .user_fields = sim->config->user_fields};
    reply_text(reply, 200, TYPE_XML, callback_xml(result, o, &style, sim_now_us(sim)));
}

static void currencies(const sim_t *sim, const request_t *request, reply_t *reply)
{
    const char *login = FORM_GET(request->form, "MerchantLogin", "MrchLogin");
    bool known = login && strcmp(login, sim->shop->login) == 0;
    text_t text;
    text_open(&text);
    fprintf(text.file,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<CurrenciesList "
            "xmlns=\"http://auth.robokassa.ru/Merchant/WebService/\"><Result><Code>%d</Code>"
            "</Result>%s</CurrenciesList>\n",
            known ? 0 : 2,
            known ? "<Groups><Group Code=\"BankCard\" Description=\"Bank card\"><Items><Currency "
                    "Label=\"BankCardPSR\" Alias=\"BankCard\" Name=\"Bank card\"/></Items></Group>"
                    "</Groups>"
                  : "");
    reply_text(reply, 200, TYPE_XML, text_take(&text));
}

// "/Merchant/Index/ID" and "/merchant/Invoice/ID".
static operation_t *paged(const sim_t *sim, const char *path, bool *ret_paged)
{
    static const char *const PREFIXES[] = {"/Merchant/Index/", "/Merchant/Invoice/"};
    for (size_t i = 0; i < 2; i++)
        if (strncasecmp(path, PREFIXES[i], strlen(PREFIXES[i])) == 0) {
            *ret_paged = true;
            return book_by_page(sim->book, path + strlen(PREFIXES[i]));
        }
    return NULL;
}

bool merchant_answer(sim_t *sim, const request_t *request, reply_t *reply)
{
    const char *path = request->path;
    bool post = strcmp(request->method, "POST") == 0, page = false;
    operation_t *o = paged(sim, path, &page);
    bool choice = !strcasecmp(path, "/Merchant/Pay") && post;
    bool list = !strcasecmp(path, "/Merchant/WebService/Service.asmx/GetCurrencies");
    if (page || choice || list) {
        fault_set_t faults =
            fault_draw(&sim->faults, FAULT_ON_PAGE, o ? o->invoice : 0, 0, sim_now_us(sim));
        if (reply_fault_before(reply, &faults))
            return true;
    }
    if (o)
        show(sim, o, reply);
    else if (page)
        show_refusal(reply, REFUSAL_INVOICE_UNKNOWN);
    else if (!strcasecmp(path, "/Merchant/Index.aspx") ||
             !strcasecmp(path, "/Merchant/Payment/Index") ||
             !strcasecmp(path, "/Merchant/Payment/CoFPayment"))
        start(sim, request, reply, false);
    else if (!strcasecmp(path, "/Merchant/Indexjson.aspx") && post)
        start(sim, request, reply, true);
    else if (choice)
        choose(sim, request, reply);
    else if (!strcasecmp(path, "/Merchant/Recurring") && post)
        charge(sim, request, reply);
    else if (!strcasecmp(path, "/Merchant/Payment/Confirm") && post)
        settle_hold(sim, request, reply, ORDER_CONFIRM);
    else if (!strcasecmp(path, "/Merchant/Payment/Cancel") && post)
        settle_hold(sim, request, reply, ORDER_CANCEL);
    else if (!strcasecmp(path, "/Merchant/WebService/Service.asmx/OpStateExt"))
        state(sim, request, reply);
    else if (list)
        currencies(sim, request, reply);
    else
        return false;
    return true;
}
