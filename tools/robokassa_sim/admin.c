#include "tools/robokassa_sim/admin.h"
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/merchant.h"
#include "tools/robokassa_sim/registry.h"
#include <string.h>

static void fail(reply_t *reply, unsigned status, const char *why)
{
    reply_json(reply, status, json_pack("{s:s}", "error", why));
}

// What the second receipts of an operation say, and how many there are.
static int64_t receipts_of(const sim_t *sim, const operation_t *o, int64_t *ret_count,
                           const char **ret_client)
{
    int64_t kopecks = 0;
    *ret_count = 0;
    *ret_client = "";
    for (size_t i = 0; i < sim->receipt_count; i++)
        if (sim->receipts[i].invoice == o->invoice) {
            kopecks += sim->receipts[i].kopecks;
            *ret_client = sim->receipts[i].client;
            ++*ret_count;
        }
    return kopecks;
}

static void captures(const sim_t *sim, reply_t *reply)
{
    json_t *list = json_array();
    for (size_t i = 0; i < book_count(sim->book); i++) {
        const operation_t *o = book_at(sim->book, i);
        const operation_channel_t *result = &o->channel[OPERATION_RESULT];
        int64_t receipts;
        if (!o->captured_us)
            continue;
        const char *client;
        int64_t receipts_kopecks = receipts_of(sim, o, &receipts, &client);
        json_array_append_new(
            list,
            json_pack("{s:I, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:I, s:b, s:b}",
                      "invoice", (json_int_t)o->invoice, "parent", (json_int_t)o->parent,
                      "amount_kopecks", (json_int_t)o->amount_kopecks, "kind",
                      o->parent ? "recurring" : "initial", "time_us", (json_int_t)o->captured_us,
                      "state", (json_int_t)o->state, "refunded_kopecks",
                      (json_int_t)o->refunded_kopecks, "refund_positions",
                      (json_int_t)o->refund_positions, "receipts", (json_int_t)receipts,
                      "receipts_kopecks", (json_int_t)receipts_kopecks, "receipt_client", client,
                      "deliveries", (json_int_t)result->deliveries, "acknowledged",
                      (int)result->acknowledged, "test", (int)o->test));
    }
    reply_json(reply, 200, json_pack("{s:o}", "captures", list));
}

static void operations(const sim_t *sim, const request_t *request, reply_t *reply)
{
    const char *invoice_text = FORM_GET(request->form, "invoice");
    int64_t invoice = 0;
    if (invoice_text && !decimal_parse_integer(invoice_text, &invoice)) {
        fail(reply, 400, "invoice is not a number");
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < book_count(sim->book); i++) {
        const operation_t *o = book_at(sim->book, i);
        if (!invoice_text || o->invoice == invoice)
            json_array_append_new(list, operation_json(o));
    }
    reply_json(reply, 200, json_pack("{s:o}", "operations", list));
}

static void status(const sim_t *sim, size_t held, reply_t *reply)
{
    int64_t now_us = sim_now_us(sim), wake_us = sim_next_wake_us(sim);
    size_t in_flight = sim_in_flight(sim);
    bool idle = in_flight == 0 && held == 0 && wake_us > now_us;
    json_t *wake = wake_us == OPERATION_NEVER_US ? json_null() : json_integer(wake_us);
    reply_json(reply, 200,
               json_pack("{s:b, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:o}", "idle", (int)idle,
                         "now_us", (json_int_t)now_us, "next_wake_us", wake, "generation",
                         (json_int_t)sim->generation, "pending",
                         (json_int_t)book_watched(sim->book), "in_flight", (json_int_t)in_flight,
                         "operations", (json_int_t)book_count(sim->book), "operations_max",
                         (json_int_t)sim->config->operations_max, "faults",
                         fault_json(&sim->faults)));
}

static bool act(sim_t *sim, int64_t invoice, const char *action)
{
    static const struct {
        const char *name;
        operation_event_t event;
    } INTERVENTIONS[] = {
        {"revive", OPERATION_REVIVE}, {"suspend", OPERATION_SUSPEND}, {"return", OPERATION_RETURN}};
    for (size_t i = 0; i < sizeof INTERVENTIONS / sizeof INTERVENTIONS[0]; i++) {
        if (strcmp(action, INTERVENTIONS[i].name) != 0)
            continue;
        operation_t *o = book_find(sim->book, invoice, false);
        if (!o)
            return false;
        if (INTERVENTIONS[i].event == OPERATION_REVIVE)
            return sim_receive(sim, o, OPERATION_REVIVE);
        if (!operation_apply(o, INTERVENTIONS[i].event, sim_now_us(sim)))
            return false;
        // A suspended or returned operation tells nobody and waits for nothing.
        o->decide_us = o->hold_until_us = OPERATION_NEVER_US;
        for (size_t c = 0; c < OPERATION_CHANNELS; c++)
            o->channel[c].due_us = OPERATION_NEVER_US;
        sim_touch(sim, o);
        return true;
    }
    operation_t *o = book_opened(sim->book, invoice);
    return o && merchant_choose(sim, o, action);
}

static void pay(sim_t *sim, const json_t *json, reply_t *reply)
{
    const json_t *invoice = json_object_get(json, "invoice");
    const char *action = json_string_value(json_object_get(json, "action"));
    if (!json_is_integer(invoice) || !action)
        fail(reply, 400, "invoice (a number) and action (a word) are needed");
    else if (!act(sim, json_integer_value(invoice), action))
        fail(reply, 409, "no operation of that number waits for that");
    else
        reply_json(reply, 200, json_pack("{s:b}", "done", 1));
}

static void faults(sim_t *sim, const json_t *json, reply_t *reply)
{
    const json_t *rules = json_object_get(json, "rules"), *seed = json_object_get(json, "seed");
    fault_t fresh = {.seed = json_is_integer(seed) ? json_integer_value(seed) : sim->faults.seed};
    char error[FAULT_ERROR_MAX];
    if (!json_is_array(rules) || json_array_size(rules) > FAULT_RULES_MAX) {
        fail(reply, 400, "rules must be a list of at most 64");
        return;
    }
    for (size_t i = 0; i < json_array_size(rules); i++) {
        fault_rule_t rule;
        if (!fault_parse_json(json_array_get(rules, i), &rule, error)) {
            fail(reply, 400, error);
            return;
        }
        fault_add(&fresh, &rule);
    }
    sim->faults = fresh;
    sim->generation++;
    reply_json(reply, 200, fault_json(&sim->faults));
}

static void set_clock(sim_t *sim, const json_t *json, size_t held, reply_t *reply)
{
    const json_t *now = json_object_get(json, "now_us");
    if (!json_is_integer(now))
        fail(reply, 400, "now_us (a number) is needed");
    else if (!sim_set_now_us(sim, json_integer_value(now)))
        fail(reply, 409, "the clock is not driven, or this would set it back");
    else {
        sim_advance(sim);
        status(sim, held, reply);
    }
}

bool admin_answer(sim_t *sim, const request_t *request, size_t held, reply_t *reply)
{
    if (strncmp(request->path, "/sim/", 5) != 0)
        return false;
    const char *what = request->path + 5;
    if (strcmp(request->method, "GET") == 0) {
        if (strcmp(what, "captures") == 0)
            captures(sim, reply);
        else if (strcmp(what, "operations") == 0)
            operations(sim, request, reply);
        else if (strcmp(what, "status") == 0)
            status(sim, held, reply);
        else if (strcmp(what, "registry") == 0)
            reply_text(reply, 200, "text/csv; charset=utf-8",
                       registry_text(sim, FORM_GET(request->form, "day")));
        else
            fail(reply, 404, "no such page");
        return true;
    }
    json_t *json = json_loads(request->body, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(json))
        fail(reply, 400, "the body is not a JSON object");
    else if (strcmp(what, "pay") == 0)
        pay(sim, json, reply);
    else if (strcmp(what, "faults") == 0)
        faults(sim, json, reply);
    else if (strcmp(what, "clock") == 0)
        set_clock(sim, json, held, reply);
    else
        fail(reply, 404, "no such page");
    json_decref(json);
    return true;
}
