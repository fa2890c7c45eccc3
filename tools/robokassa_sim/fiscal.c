#include "tools/robokassa_sim/fiscal.h"
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/digest.h"
#include "tools/robokassa_sim/receipt.h"
#include "tools/robokassa_sim/text.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define US_PER_MS 1000
#define BASE_MAX 65536

typedef enum { TAKEN = 0, WAITING = 1, REGISTERED = 2, REFUSED = 3, INTERNAL = 1000 } code_t;

static char *decoded(const char *text, size_t length)
{
    size_t size;
    unsigned char *bytes = digest_unbase64(text, length, &size);
    char *copy = bytes ? strndup((char *)bytes, size) : NULL;
    free(bytes);
    return copy;
}

// base64url(JSON).base64url(hex of the digest of the first part and password 1).
static json_t *verified(const shop_t *shop, const char *body)
{
    char base[BASE_MAX], hex[DIGEST_HEX_MAX];
    const char *dot = strchr(body, '.');
    int first = dot ? (int)(dot - body) : 0;
    if (!first || snprintf(base, sizeof base, "%.*s%s", first, body, shop->password1) >= BASE_MAX)
        return NULL;
    digest_hex(shop->hash, base, false, hex);
    memset(base, 0, sizeof base);
    char *sent = decoded(dot + 1, strlen(dot + 1)), *text = decoded(body, (size_t)first);
    bool good = sent && text && strcmp(sent, hex) == 0; // in lower case
    json_t *json = good ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(sent);
    free(text);
    return json;
}

static bool number(const json_t *json, const char *name, int64_t *ret_number)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text && decimal_parse_integer(text, ret_number) && *ret_number > 0;
}

static bool says(const json_t *json, const char *name, const char *expected)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text && strcmp(text, expected) == 0;
}

// One payment of type 2, an advance, that is the total.
static bool is_paid_by_advance(const json_t *json, int64_t total)
{
    const json_t *payments = json_object_get(json, "payments");
    const json_t *payment = json_array_get(payments, 0);
    int64_t kopecks;
    return json_array_size(payments) == 1 &&
           json_integer_value(json_object_get(payment, "type")) == 2 &&
           decimal_of_json(json_object_get(payment, "sum"), &kopecks) && kopecks == total;
}

static bool are_full_payments(const json_t *items)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)items, i, item)
    {
        if (!says(item, "payment_method", "full_payment"))
            return false;
    }
    return true;
}

// The sum of a receipt that may be attached; 0 if it may not.
static int64_t total_of(const shop_t *shop, const json_t *json)
{
    int64_t total = 0;
    char *text = json_dumps(json, JSON_COMPACT);
    bool good = says(json, "merchantId", shop->login) && says(json, "operation", "sell") &&
                decimal_of_json(json_object_get(json, "total"), &total) && total > 0 &&
                is_paid_by_advance(json, total) &&
                are_full_payments(json_object_get(json, "items")) && text &&
                receipt_sums(text, total) && json_array_size(json_object_get(json, "vats")) == 1;
    free(text);
    return good ? total : 0;
}

static const sim_receipt_t *find(const sim_t *sim, int64_t id, int64_t invoice)
{
    for (size_t i = 0; i < sim->receipt_count; i++)
        if (sim->receipts[i].id == id || sim->receipts[i].invoice == invoice)
            return &sim->receipts[i];
    return NULL;
}

static bool are_digits(const char *text)
{
    return strspn(text, "0123456789") == strlen(text) && strlen(text) >= 11 && strlen(text) <= 15;
}

// Whom it goes to: by e-mail or by telephone. False if that is neither, or nobody is named and
// somebody must be.
static bool read_client(const sim_t *sim, const json_t *json, const char **ret_client)
{
    const json_t *client = json_object_get(json, "client");
    const char *email = json_string_value(json_object_get(client, "email"));
    const char *phone = json_string_value(json_object_get(client, "phone"));
    const char *at = email ? strchr(email, '@') : NULL;
    *ret_client = email ? email : phone ? phone : "";
    if (strlen(*ret_client) >= SIM_CLIENT_MAX || (email && (!at || at == email || !at[1])) ||
        (phone && !are_digits(phone)))
        return false;
    return **ret_client || (!client && !sim->config->receipt_client);
}

static code_t attach(sim_t *sim, const json_t *json, bool stuck)
{
    int64_t id, invoice, total = total_of(sim->shop, json);
    const char *client;
    if (!total || !read_client(sim, json, &client) || !number(json, "id", &id) ||
        !number(json, "originId", &invoice) || id == invoice)
        return REFUSED;
    const operation_t *o = book_find(sim->book, invoice, false);
    if (!o || o->state != OPERATION_PAID || !o->receipted ||
        total > o->amount_kopecks - o->refunded_kopecks)
        return REFUSED;
    const sim_receipt_t *known = find(sim, id, invoice);
    if (known)
        return known->id == id && known->invoice == invoice && known->kopecks == total ? TAKEN
                                                                                       : REFUSED;
    sim_receipt_t *receipt = sim_receipt(sim, id, invoice, total, stuck);
    if (receipt)
        memcpy(receipt->client, client, strlen(client) + 1);
    return receipt ? TAKEN : INTERNAL;
}

static void answer_code(reply_t *reply, const char *name, code_t code)
{
    char text[16];
    snprintf(text, sizeof text, "%d", (int)code);
    reply_json(reply, 200,
               json_pack("{s:s, s:s}", name, text,
                         name[0] == 'R' ? "ResultDescription" : "Description",
                         code == REFUSED || code == INTERNAL ? "Error" : "ok"));
}

static void answer_registered(reply_t *reply, int64_t id)
{
    char document[24], sign[24];
    snprintf(document, sizeof document, "%lld", (long long)(id % 1000000 + 1));
    snprintf(sign, sizeof sign, "%010lld", (long long)(id * 2654435761 % 10000000000));
    reply_json(reply, 200,
               json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "Code", "2", "Description", "Done",
                         "FnNumber", "9960440301234567", "FiscalDocumentNumber", document,
                         "FiscalDocumentAttribute", sign, "FiscalType", "1"));
}

static void status(const sim_t *sim, const json_t *json, reply_t *reply)
{
    int64_t id = 0, since_us = 0;
    bool stuck = false;
    bool read = says(json, "merchantId", sim->shop->login) && number(json, "id", &id);
    const operation_t *o = read ? book_find(sim->book, id, false) : NULL;
    const sim_receipt_t *receipt = read ? find(sim, id, 0) : NULL;
    if (receipt) {
        since_us = receipt->created_us;
        stuck = receipt->stuck;
    } else if (o && o->state == OPERATION_PAID && o->receipted) {
        since_us = o->state_us;
    } else {
        reply_json(
            reply, 200,
            json_pack("{s:s, s:s, s:n}", "Code", "1000", "Description", "Error", "Statuses"));
        return;
    }
    if (stuck || sim_now_us(sim) < since_us + sim->config->receipt_delay_ms * US_PER_MS)
        answer_code(reply, "Code", WAITING);
    else
        answer_registered(reply, id);
}

bool fiscal_answer(sim_t *sim, const request_t *request, reply_t *reply)
{
    bool attaches = !strcasecmp(request->path, "/RoboFiscal/Receipt/Attach");
    if ((!attaches && strcasecmp(request->path, "/RoboFiscal/Receipt/Status") != 0) ||
        strcmp(request->method, "POST") != 0)
        return false;
    const char *name = attaches ? "ResultCode" : "Code";
    fault_set_t faults = fault_draw(&sim->faults, FAULT_ON_RECEIPT, 0, 0, sim_now_us(sim));
    if (faults.struck[FAULT_REFUSE]) {
        answer_code(reply, name, (code_t)faults.code[FAULT_REFUSE]);
        return true;
    }
    if (reply_fault_before(reply, &faults))
        return true;
    json_t *json = verified(sim->shop, request->body);
    if (!json)
        answer_code(reply, name, INTERNAL);
    else if (attaches)
        answer_code(reply, name, attach(sim, json, faults.struck[FAULT_STUCK]));
    else
        status(sim, json, reply);
    if (json)
        reply_fault_after(reply, &faults, NULL);
    json_decref(json);
    return true;
}
