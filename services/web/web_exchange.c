#include "services/web/web_exchange.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FORM_ROOM = 4096 }; // at first: who announces nothing sends little

web_exchange_t *web_exchange_new(const char *uri)
{
    web_exchange_t *self = calloc(1, sizeof *self);
    assert(self);
    self->question.fail = FAIL_LATER; // until something came back: nothing else says OK
    const char *mark = strchr(uri, '?');
    self->escaped = memchr(uri, '%', mark ? (size_t)(mark - uri) : strlen(uri));
    if (mark) {
        self->query_size = strlen(mark + 1);
        self->query = malloc(self->query_size + 1);
        assert(self->query);
        memcpy(self->query, mark + 1, self->query_size);
    }
    return self;
}

void web_exchange_destroy(web_exchange_t **self_p)
{
    web_exchange_t *self = *self_p;
    if (!self)
        return;
    web_question_clear(&self->question);
    if (self->visit)
        web_visit_release(self->visit);
    free(self->visit);
    free(self->query);
    free(self->form);
    free(self);
    *self_p = NULL;
}

void web_exchange_route(web_exchange_t *self, unsigned served, const char *method, const char *path)
{
    self->routed = true;
    if (self->find)
        self->route = self->find(served, self->escaped ? NULL : path);
    else
        self->route = self->escaped ? NULL : web_route_find(served, path);
    self->wrong_method = self->route && !web_route_takes(self->route, method);
}

void web_exchange_take(web_exchange_t *self, const char *data, size_t size)
{
    size_t max = web_exchange_asks(self) ? self->route->form_max : 0;
    self->has_body = true;
    if (self->too_long || size > max - self->form_size) {
        self->too_long = true;
        return;
    }
    if (self->form_size + size > self->form_room) {
        size_t room = self->form_room ? 2 * self->form_room : FORM_ROOM;
        while (room < self->form_size + size)
            room *= 2;
        self->form_room = room < max ? room : max;
        self->form = realloc(self->form, self->form_room);
        assert(self->form);
    }
    memcpy(self->form + self->form_size, data, size);
    self->form_size += size;
}

bool web_exchange_asks(const web_exchange_t *self)
{
    return self->route && !self->wrong_method;
}

bool web_exchange_visits(const web_exchange_t *self)
{
    return web_exchange_asks(self) && self->route->step;
}

fail_t web_exchange_read(const web_exchange_t *self, const uid_t16 *id, uint8_t *buffer,
                         request_t *ret_request)
{
    span_t form = {self->query, self->query_size};
    if (self->has_body) // a body counts; a query beside it does not
        form = (span_t){self->form, self->form_size};
    if (self->route->form_max == 0)
        form.size = 0;
    else if (self->too_long || form.size > self->route->form_max)
        return FAIL_INVALID;
    return self->route->read(form, id, buffer, EDGE_PACKED_MAX, ret_request);
}

void web_exchange_reply(const web_exchange_t *self, bool english, web_reply_t *ret_reply)
{
    web_outcome_t outcome = {.fail = self->question.fail,
                             .answer = &self->question.answer,
                             .english = english,
                             .has_page = self->has_page};
    if (!self->route)
        web_reply_not_found(ret_reply);
    else if (self->wrong_method)
        web_reply_not_allowed(web_route_allow(self->route), ret_reply);
    else
        self->route->reply(&outcome, ret_reply);
}
