#include "tools/robokassa_sim/delivery.h"
#include "tools/robokassa_sim/callback.h"
#include "tools/robokassa_sim/text.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX 256

typedef struct {
    operation_t *operation;
    size_t channel, answer_size;
    CURL *curl;
    struct curl_slist *headers;
    char *body;
    char answer[ANSWER_MAX + 1];
} transfer_t;

struct delivery {
    sim_t *sim;
    CURLM *multi;
    size_t count;
    transfer_t *transfers[DELIVERY_MAX];
};

delivery_t *delivery_create(sim_t *sim)
{
    delivery_t *self = calloc(1, sizeof *self);
    assert(self);
    self->sim = sim;
    self->multi = curl_multi_init();
    assert(self->multi);
    return self;
}

static void destroy(delivery_t *self, size_t i)
{
    transfer_t *transfer = self->transfers[i];
    curl_multi_remove_handle(self->multi, transfer->curl);
    curl_easy_cleanup(transfer->curl);
    curl_slist_free_all(transfer->headers);
    free(transfer->body);
    free(transfer);
    self->transfers[i] = self->transfers[--self->count];
}

void delivery_destroy(delivery_t **self_p)
{
    delivery_t *self = *self_p;
    if (!self)
        return;
    while (self->count)
        destroy(self, 0);
    curl_multi_cleanup(self->multi);
    free(self);
    *self_p = NULL;
}

// More than an OK and a number may come; only its beginning is kept.
static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
    transfer_t *transfer = context;
    size_t room = ANSWER_MAX - transfer->answer_size;
    size_t taken = size * count < room ? size * count : room;
    memcpy(transfer->answer + transfer->answer_size, bytes, taken);
    transfer->answer_size += taken;
    return size * count;
}

static callback_damage_t damage(operation_t *o)
{
    if (o->wrong_amounts > 0) {
        o->wrong_amounts--;
        return CALLBACK_WRONG_AMOUNT;
    }
    if (o->wrong_signatures > 0) {
        o->wrong_signatures--;
        return CALLBACK_WRONG_SIGNATURE;
    }
    return CALLBACK_TRUE;
}

static char *jws_body(const sim_t *sim, const operation_t *o)
{
    char *payload = callback_state(o, sim->shop, sim_now_us(sim));
    assert(payload);
    char *jws = token_sign(sim->key, payload);
    free(payload);
    text_t text;
    text_open(&text);
    if (sim->config->jws_base64) {
        char *wrapped = digest_base64(jws, strlen(jws), false);
        fputs(wrapped, text.file);
        free(wrapped);
    } else {
        const char *quote = sim->config->jws_quoted ? "\"" : "";
        fprintf(text.file, "%s%s%s", quote, jws, quote);
    }
    free(jws);
    return text_take(&text);
}

static void set_target(const sim_t *sim, transfer_t *transfer)
{
    CURL *curl = transfer->curl;
    operation_t *o = transfer->operation;
    if (transfer->channel == OPERATION_RESULT2) {
        transfer->body = jws_body(sim, o);
        transfer->headers = curl_slist_append(NULL, "Content-Type: application/json");
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers);
        curl_easy_setopt(curl, CURLOPT_URL, o->result_url2);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, transfer->body);
        return;
    }
    const callback_style_t style = {.payer_email = sim->config->payer_email,
                                    .fee_ppm = sim->config->fee_ppm};
    transfer->body = callback_result(o, sim->shop, &style, damage(o));
    const char *url = sim->shop->result_url;
    if (sim->shop->result_post) {
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, transfer->body);
        return;
    }
    text_t text;
    text_open(&text);
    fprintf(text.file, "%s%c%s", url, strchr(url, '?') ? '&' : '?', transfer->body);
    char *full = text_take(&text);
    curl_easy_setopt(curl, CURLOPT_URL, full); // curl copies it
    free(full);
}

static void start(delivery_t *self, operation_t *o, size_t channel)
{
    transfer_t *transfer = calloc(1, sizeof *transfer);
    assert(transfer);
    transfer->operation = o;
    transfer->channel = channel;
    CURL *curl = transfer->curl = curl_easy_init();
    assert(curl);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, ".NET Framework/v4.0.30319");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)self->sim->config->delivery_timeout_ms);
    set_target(self->sim, transfer);
    o->channel[channel].in_flight = true;
    self->transfers[self->count++] = transfer;
    sim_touch(self->sim, o);
    curl_multi_add_handle(self->multi, curl);
}

void delivery_start(delivery_t *self)
{
    int64_t now_us = sim_now_us(self->sim);
    for (size_t i = 0; i < book_watched(self->sim->book); i++) {
        operation_t *o = book_watched_at(self->sim->book, i);
        for (size_t c = 0; c < OPERATION_CHANNELS; c++)
            if (!o->channel[c].in_flight && o->channel[c].due_us <= now_us &&
                self->count < DELIVERY_MAX)
                start(self, o, c);
    }
}

static void end(delivery_t *self, CURL *curl, CURLcode code)
{
    size_t i = 0;
    while (i < self->count && self->transfers[i]->curl != curl)
        i++;
    assert(i < self->count);
    transfer_t *transfer = self->transfers[i];
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    bool accepted = code == CURLE_OK &&
                    (transfer->channel == OPERATION_RESULT2
                         ? status >= 200 && status <= 299
                         : callback_accepted(transfer->operation, status, transfer->answer));
    sim_delivered(self->sim, transfer->operation, transfer->channel, accepted);
    destroy(self, i);
}

void delivery_run(delivery_t *self)
{
    int running, left;
    curl_multi_perform(self->multi, &running);
    for (CURLMsg *message; (message = curl_multi_info_read(self->multi, &left));)
        if (message->msg == CURLMSG_DONE)
            end(self, message->easy_handle, message->data.result);
}

void delivery_wait(delivery_t *self, struct curl_waitfd *others, unsigned count, int timeout_ms)
{
    curl_multi_poll(self->multi, others, count, timeout_ms, NULL);
}
