#include "tools/robokassa_sim/services.h"
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define US_PER_MS 1000
#define BODY_KEY_MAX 1024

static bool rubles(const json_t *value, int64_t *ret_kopecks)
{
    return decimal_of_json(value, ret_kopecks) && *ret_kopecks > 0;
}

static const char *string(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

// The positions of a refund's receipt, that come to what goes back; -1 if they do not, or are none.
static int64_t positions(const json_t *items, int64_t kopecks)
{
    int64_t sum = 0, cost;
    size_t index;
    const json_t *item;
    if (!items)
        return 0;
    json_array_foreach(items, index, item)
    {
        int64_t quantity = json_integer_value(json_object_get(item, "Quantity"));
        if (quantity < 1 || !string(item, "Name") || !string(item, "Tax") ||
            !rubles(json_object_get(item, "Cost"), &cost) || cost > kopecks / quantity)
            return -1;
        sum += cost * quantity;
    }
    return sum == kopecks ? (int64_t)json_array_size(items) : -1;
}

static void fail_invoice(reply_t *reply, const char *why)
{
    reply_json(reply, 200, json_pack("{s:b, s:s}", "isSuccess", 0, "message", why));
}

// The shop's own fields, and the one that invoices carry besides.
static char *user_fields(const sim_t *sim, const json_t *payload)
{
    text_t text;
    text_open(&text);
    fputs("shp_interface=InvoiceService.WebApi", text.file);
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(payload, "UserFields"), key, value)
    {
        if (!json_is_string(value) || strncasecmp(key, "shp_", 4) != 0)
            continue;
        fputc('&', text.file);
        text_put_encoded(text.file, key);
        fputc('=', text.file);
        text_put_encoded(text.file, json_string_value(value));
    }
    char *fields = text_take(&text);
    form_t form = {0};
    char *sorted = form_decode(&form, fields, strlen(fields)) ? shop_shp(sim->shop, &form) : NULL;
    form_clear(&form);
    free(fields);
    return sorted;
}

static const char *read_invoice(const sim_t *sim, const json_t *payload, order_t *order)
{
    const char *login = string(payload, "MerchantLogin");
    if (!login || strcmp(login, sim->shop->login) != 0 || !sim->shop->active)
        return "shop unknown or not active";
    if (!rubles(json_object_get(payload, "OutSum"), &order->amount_kopecks))
        return "OutSum is not an amount";
    const json_t *number = json_object_get(payload, "InvId");
    order->invoice = json_integer_value(number);
    if ((number && !json_is_integer(number)) || order->invoice < 0)
        return "InvId is not a number";
    const json_t *more = json_object_get(payload, "AdditionalParameters");
    const char *recurring = string(more, "Recurring"), *step = string(more, "StepByStep");
    order->recurring = recurring && strcmp(recurring, "true") == 0;
    order->step_by_step = step && strcmp(step, "true") == 0;
    if (order->recurring + order->step_by_step + !!string(more, "Token") > 1)
        return "at most one of Recurring, StepByStep and Token";
    if ((order->recurring && !sim->shop->recurring) || (order->step_by_step && !sim->shop->hold))
        return "not permitted for the shop";
    order->result_url2 = string(more, "ResultURL2");
    order->email = string(more, "Email");
    order->culture = string(payload, "Culture");
    order->description = string(payload, "Description");
    const json_t *success = json_object_get(payload, "SuccessUrl2Data");
    const json_t *fail = json_object_get(payload, "FailUrl2Data");
    order->success_url2 = string(success, "Url");
    order->success_method = string(success, "Method");
    order->fail_url2 = string(fail, "Url");
    order->fail_method = string(fail, "Method");
    const char *expiration = string(payload, "ExpirationDate");
    if (expiration && !order_parse_time(expiration, &order->expires_us))
        return "ExpirationDate is not a time";
    const operation_t *known = order->invoice ? book_find(sim->book, order->invoice, false) : NULL;
    return known && known->captured_us ? "this InvId was paid" : NULL;
}

static void create_invoice(sim_t *sim, const json_t *payload, reply_t *reply,
                           const fault_set_t *faults)
{
    order_t order = {0};
    char sum[DECIMAL_TEXT_MAX];
    const char *wrong = read_invoice(sim, payload, &order);
    order.shp = user_fields(sim, payload);
    if (!wrong && !order.shp)
        wrong = "too many UserFields";
    operation_t *o = NULL;
    if (!wrong) {
        decimal_print(order.amount_kopecks, 2, sum);
        order.out_sum = sum;
        o = sim_open(sim, &order);
    }
    if (!o) {
        fail_invoice(reply, wrong ? wrong : "no room for more operations");
    } else {
        o->invoiced = true;
        fault_set_t plan =
            fault_draw(&sim->faults, FAULT_ON_INITIAL, o->invoice, 0, sim_now_us(sim));
        sim_plan(sim, o, &plan);
        reply_json(reply, 200,
                   json_pack("{s:s, s:I, s:s++, s:b}", "id", o->page, "invId",
                             (json_int_t)o->invoice, "url", sim->public_url, "/merchant/Invoice/",
                             o->page, "isSuccess", 1));
        reply_fault_after(reply, faults, o);
    }
    order_clear(&order);
}

static void deactivate_invoice(sim_t *sim, const json_t *payload, reply_t *reply)
{
    const char *id = string(payload, "EncodedId");
    if (!id)
        id = string(payload, "Id");
    int64_t invoice = json_integer_value(json_object_get(payload, "InvId"));
    operation_t *o = id ? book_by_page(sim->book, id) : book_opened(sim->book, invoice);
    if (!o || !o->invoiced || o->state != OPERATION_OPENED) {
        fail_invoice(reply, "no such open invoice");
        return;
    }
    o->expires_us = sim_now_us(sim);
    sim_touch(sim, o);
    reply_json(reply, 200, json_pack("{s:b}", "isSuccess", 1));
}

static void invoice(sim_t *sim, const request_t *request, reply_t *reply, bool create)
{
    fault_set_t faults = fault_draw(&sim->faults, FAULT_ON_INVOICE, 0, 0, sim_now_us(sim));
    if (reply_fault_before(reply, &faults))
        return;
    char key[BODY_KEY_MAX];
    snprintf(key, sizeof key, "%s:%s", sim->shop->login, sim->shop->password1);
    json_t *payload = token_verify(request->body, key, sim->shop->hash, false);
    memset(key, 0, sizeof key);
    if (!payload)
        fail_invoice(reply, "the token's signature does not fit");
    else if (create)
        create_invoice(sim, payload, reply, &faults);
    else
        deactivate_invoice(sim, payload, reply);
    json_decref(payload);
}

static void fail_refund(reply_t *reply, const char *why)
{
    reply_json(reply, 200, json_pack("{s:b, s:s, s:n}", "success", 0, "message", why, "requestId"));
}

static void create_refund(sim_t *sim, const request_t *request, reply_t *reply)
{
    fault_set_t faults = fault_draw(&sim->faults, FAULT_ON_REFUND, 0, 0, sim_now_us(sim));
    if (reply_fault_before(reply, &faults))
        return;
    if (!sim->shop->refund || !sim->shop->password3) {
        reply_text(reply, 401, TYPE_TEXT, text_copy("the partner has no access to the API\n"));
        return;
    }
    json_t *payload = token_verify(request->body, sim->shop->password3, DIGEST_SHA256, true);
    if (!payload) {
        reply_text(reply, 400, TYPE_TEXT, text_copy("the signature key does not exist\n"));
        return;
    }
    const char *key = string(payload, "OpKey");
    operation_t *o = key ? book_by_key(sim->book, key) : NULL;
    const json_t *wanted = json_object_get(payload, "RefundSum");
    int64_t left = o && o->state == OPERATION_PAID ? o->amount_kopecks - o->refunded_kopecks : 0;
    int64_t kopecks = left;
    bool read = !wanted || rubles(wanted, &kopecks);
    if (!o)
        fail_refund(reply, "OperationNotFound");
    else if (!read)
        fail_refund(reply, "InvalidRefundSum");
    else if (kopecks <= 0 || kopecks > left)
        fail_refund(reply, "NotEnoughOperationFunds");
    else if (positions(json_object_get(payload, "InvoiceItems"), kopecks) < 0)
        fail_refund(reply, "InvalidInvoiceItems");
    else {
        o->refund_positions += positions(json_object_get(payload, "InvoiceItems"), kopecks);
        const sim_refund_t *refund = sim_refund(sim, o, kopecks);
        if (refund)
            reply_json(
                reply, 200,
                json_pack("{s:b, s:n, s:s}", "success", 1, "message", "requestId", refund->id));
        else
            fail_refund(reply, "TooManyRefunds");
        reply_fault_after(reply, &faults, o);
    }
    json_decref(payload);
}

static void refund_state(sim_t *sim, const request_t *request, reply_t *reply)
{
    fault_set_t faults = fault_draw(&sim->faults, FAULT_ON_REFUND, 0, 0, sim_now_us(sim));
    if (reply_fault_before(reply, &faults))
        return;
    const char *id = FORM_GET(request->form, "id");
    for (size_t i = 0; id && i < sim->refund_count; i++) {
        const sim_refund_t *refund = &sim->refunds[i];
        if (strcasecmp(refund->id, id) != 0)
            continue;
        char sum[DECIMAL_TEXT_MAX];
        decimal_print(refund->kopecks, 6, sum);
        bool finished =
            refund->created_us + sim->config->refund_delay_ms * US_PER_MS <= sim_now_us(sim);
        text_t text;
        text_open(&text);
        fprintf(text.file, "{\"requestId\":\"%s\",\"amount\":%s,\"label\":\"%s\"}", refund->id, sum,
                finished ? "finished" : "processing");
        reply_text(reply, 200, TYPE_JSON, text_take(&text));
        return;
    }
    reply_json(reply, 200, json_pack("{s:s}", "message", "the id is invalid or does not exist"));
}

bool services_answer(sim_t *sim, const request_t *request, reply_t *reply)
{
    const char *path = request->path;
    bool post = strcmp(request->method, "POST") == 0;
    if (!strcasecmp(path, "/InvoiceServiceWebApi/api/CreateInvoice") && post)
        invoice(sim, request, reply, true);
    else if (!strcasecmp(path, "/InvoiceServiceWebApi/api/DeactivateInvoice") && post)
        invoice(sim, request, reply, false);
    else if (!strcasecmp(path, "/RefundService/Refund/Create") && post)
        create_refund(sim, request, reply);
    else if (!strcasecmp(path, "/RefundService/Refund/GetState"))
        refund_state(sim, request, reply);
    else if (!strcasecmp(path, "/media/files/jwtsign.cer"))
        reply_text(reply, 200, "application/x-x509-ca-cert",
                   text_copy(token_certificate(sim->key)));
    else
        return false;
    return true;
}
