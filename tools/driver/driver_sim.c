#include "tools/driver/driver_sim.h"
#include <assert.h>
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { TIMEOUT_MS = 5000, BODY_MAX = 256 * 1024 * 1024, BODY_FIRST = 64 * 1024 };

struct driver_sim {
    CURL *curl;
    char *url;
    char *body;
    size_t size, room;
};

static size_t take(char *data, size_t size, size_t count, void *arg)
{
    driver_sim_t *self = arg;
    size_t bytes = size * count;
    while (self->size + bytes + 1 > self->room && self->room < BODY_MAX) {
        self->room *= 2;
        self->body = realloc(self->body, self->room);
        assert(self->body);
    }
    if (self->size + bytes + 1 > self->room)
        return 0; // ends the transfer
    memcpy(self->body + self->size, data, bytes);
    self->size += bytes;
    return bytes;
}

driver_sim_t *driver_sim_new(const char *url)
{
    driver_sim_t *self = calloc(1, sizeof *self);
    assert(self);
    CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    assert(ready == CURLE_OK);
    self->curl = curl_easy_init();
    self->url = strdup(url);
    self->room = BODY_FIRST;
    self->body = malloc(self->room);
    assert(self->curl && self->url && self->body);
    curl_easy_setopt(self->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(self->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(self->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(self->curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    curl_easy_setopt(self->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(self->curl, CURLOPT_WRITEDATA, self);
    return self;
}

void driver_sim_destroy(driver_sim_t **self_p)
{
    driver_sim_t *self = *self_p;
    if (!self)
        return;
    curl_easy_cleanup(self->curl);
    free(self->url);
    free(self->body);
    free(self);
    *self_p = NULL;
}

static bool perform(driver_sim_t *self, const char *address, const char *post,
                    long *ret_http_status)
{
    char url[8192];
    int size = snprintf(url, sizeof url, "%s%s", *address == '/' ? self->url : "", address);
    if (size < 0 || (size_t)size >= sizeof url)
        return false;
    curl_easy_setopt(self->curl, CURLOPT_URL, url);
    if (post) {
        curl_easy_setopt(self->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(self->curl, CURLOPT_COPYPOSTFIELDS, post);
    } else {
        curl_easy_setopt(self->curl, CURLOPT_HTTPGET, 1L);
    }
    self->size = 0;
    CURLcode code = curl_easy_perform(self->curl);
    self->body[self->size] = '\0';
    if (code != CURLE_OK)
        return false;
    return curl_easy_getinfo(self->curl, CURLINFO_RESPONSE_CODE, ret_http_status) == CURLE_OK;
}

static bool read_status(const driver_sim_t *self, driver_sim_status_t *ret_status)
{
    json_t *json = json_loadb(self->body, self->size, 0, NULL);
    const json_t *idle = json_object_get(json, "idle"), *now = json_object_get(json, "now_us"),
                 *wake = json_object_get(json, "next_wake_us"),
                 *generation = json_object_get(json, "generation");
    bool good = json_is_boolean(idle) && json_is_integer(now) && json_is_integer(generation) &&
                (json_is_integer(wake) || json_is_null(wake));
    if (good)
        *ret_status = (driver_sim_status_t){.idle = json_is_true(idle),
                                            .now = json_integer_value(now),
                                            .wake = json_is_integer(wake) ? json_integer_value(wake)
                                                                          : INT64_MAX,
                                            .generation = json_integer_value(generation)};
    json_decref(json);
    return good;
}

bool driver_sim_status(driver_sim_t *self, driver_sim_status_t *ret_status)
{
    long http = 0;
    return perform(self, "/sim/status", NULL, &http) && http == 200 &&
           read_status(self, ret_status);
}

bool driver_sim_set(driver_sim_t *self, instant_t now, driver_sim_status_t *ret_status)
{
    char post[64];
    long http = 0;
    snprintf(post, sizeof post, "{\"now_us\":%lld}", (long long)now);
    return perform(self, "/sim/clock", post, &http) && http == 200 && read_status(self, ret_status);
}

bool driver_sim_get(driver_sim_t *self, const char *address, long *ret_http_status,
                    const char **ret_body)
{
    if (!perform(self, address, NULL, ret_http_status))
        return false;
    *ret_body = self->body;
    return true;
}
