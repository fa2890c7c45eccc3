#include "services/web/web_visit.h"
#include "proto/field.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LONG_S = 120, // what is said in minutes
    TYPED_KEPT_MAX = 32,
    BACK_MAX = 512 // with each of its characters as %XX
};

static const char session_cookie[] = "__Host-kopeck=", desk_cookie[] = "__Host-kopeck-desk=",
                  language_cookie[] = "kopeck-language=";

void visit_forget(web_visit_t *self)
{
    for (size_t i = 0; i < self->asks_count; i++)
        web_question_clear(&self->asks[i]);
    self->asks_count = self->asked = 0;
}

void web_visit_release(web_visit_t *self)
{
    visit_forget(self);
    if (self->end_own)
        self->end_own(self->own);
    free(self->own);
    free(self->counters);
    free(self->page);
    free(self->form_buffer);
    free(self->access_token);
}

// --- who it is ---

// The value of a cookie; empty if it did not come.
static span_t cookie_of(const web_head_t *head, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = head->cookie; at && *at;) {
        at += strspn(at, " ;");
        if (strncmp(at, name, size) == 0)
            return (span_t){at + size, strcspn(at + size, "; ")};
        at += strcspn(at, ";");
    }
    return (span_t){0};
}

static void keep_token(web_visit_t *self, span_t access_token)
{
    self->access_token = malloc(access_token.size + 1);
    assert(self->access_token);
    memcpy(self->access_token, access_token.bytes, access_token.size);
    self->access_token[access_token.size] = '\0';
}

static bool judge(web_visit_t *self, span_t access_token, customer_t *ret_customer)
{
    const char *why;
    text_t text = {access_token.bytes, (uint32_t)access_token.size};
    return self->site->judge &&
           !self->site->judge(self->site->judge_arg, text, self->now, ret_customer, &why);
}

static void take_customer(web_visit_t *self, const customer_t *customer, span_t access_token)
{
    self->signed_in = true;
    self->account = customer->account;
    self->reads = customer->reads;
    self->pays = customer->pays;
    keep_token(self, access_token);
}

// At the desk the certificate speaks. The session says at whose account he looks, if at any.
static void look_for_operator(web_visit_t *self)
{
    self->session =
        web_sessions_find(&self->site->sessions, cookie_of(&self->head, desk_cookie), self->now);
    self->signed_in = self->reads = self->session != NULL;
    if (self->session)
        self->account = self->session->account;
}

static void look_who(web_visit_t *self)
{
    customer_t customer;
    static const char bearer[] = "Bearer ";
    const char *header = self->head.authorization;
    if (self->site->operator_name) {
        look_for_operator(self);
        return;
    }
    if (self->site->gateway) {
        span_t token = {0};
        if (header && strncmp(header, bearer, sizeof bearer - 1) == 0)
            token = span_of(header + sizeof bearer - 1);
        if (token.size && judge(self, token, &customer))
            take_customer(self, &customer, token);
        return;
    }
    self->session =
        web_sessions_find(&self->site->sessions, cookie_of(&self->head, session_cookie), self->now);
    if (!self->session)
        return;
    span_t token = span_of(self->session->access_token);
    if (judge(self, token, &customer))
        take_customer(self, &customer, token);
    else
        web_sessions_end(&self->site->sessions, self->session);
}

static language_t language_of(const web_head_t *head)
{
    span_t chosen = cookie_of(head, language_cookie);
    if (span_is(chosen, SPAN("en")))
        return LANGUAGE_ENGLISH;
    if (span_is(chosen, SPAN("ru")) || !head->language)
        return LANGUAGE_RUSSIAN;
    return strncmp(head->language, "en", 2) == 0 ? LANGUAGE_ENGLISH : LANGUAGE_RUSSIAN;
}

// --- what it says ---

static bool is_post(const web_visit_t *self)
{
    return strcmp(self->method, "POST") == 0;
}

static bool read_form(web_visit_t *self)
{
    span_t form = is_post(self) ? self->body : self->query;
    self->form_buffer = malloc(form.size + 1);
    assert(self->form_buffer);
    return form_decode(form.bytes, form.size, self->form_buffer, form.size + 1, &self->form);
}

// A name that a stranger's server gave out as ours is none of these (DNS rebinding).
static bool is_loopback(const char *host)
{
    static const char *const names[] = {"127.0.0.1", "localhost"};
    for (size_t i = 0; host && i < sizeof names / sizeof names[0]; i++) {
        size_t size = strlen(names[i]);
        if (strncmp(host, names[i], size) == 0 && (host[size] == '\0' || host[size] == ':'))
            return true;
    }
    return false;
}

static bool is_our_host(const web_visit_t *self)
{
    const char *origin = self->site->origin, *host = self->head.host;
    if (!*origin)
        return !self->site->operator_name || is_loopback(host);
    const char *slashes = strstr(origin, "//");
    return slashes && host && strcmp(slashes + 2, host) == 0;
}

bool web_visit_begin(web_visit_t *self)
{
    static const char plain_form[] = "application/x-www-form-urlencoded";
    static const char file_form[] = "multipart/form-data";
    const char *expected = self->takes_file ? file_form : plain_form;
    self->language = language_of(&self->head);
    if (!is_our_host(self))
        return !visit_say(self, 421, TEXT_E10, TEXT_E10);
    look_who(self);
    if (self->signed_in)
        visit_new_ticket(self, "/sign-out", "", self->sign_out);
    if (self->too_long)
        return !visit_say(self, 413, TEXT_E10, TEXT_E10);
    if (is_post(self) && (!self->head.content_type ||
                          strncmp(self->head.content_type, expected, strlen(expected)) != 0))
        return !visit_say(self, 415, TEXT_E10, TEXT_E10);
    if (!(is_post(self) && self->takes_file) && !read_form(self))
        return !visit_say(self, 400, TEXT_E10, TEXT_E10);
    return true;
}

span_t visit_field(const web_visit_t *self, const char *name)
{
    for (size_t i = 0; i < self->form.fields_count; i++)
        if (span_is(self->form.fields[i].name, span_of(name)))
            return self->form.fields[i].value;
    return (span_t){"", 0};
}

bool visit_number(span_t text, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] < '0' || text.bytes[i] > '9' ||
            __builtin_mul_overflow(number, UINT64_C(10), &number) ||
            __builtin_add_overflow(number, (uint64_t)(text.bytes[i] - '0'), &number))
            return false;
    *ret_number = number;
    return true;
}

bool visit_form_has_only(const web_visit_t *self, const char *const *names)
{
    const form_field_t *fields = self->form.fields;
    for (size_t i = 0; i < self->form.fields_count; i++) {
        size_t name = 0, before = 0;
        while (names[name] && !span_is(fields[i].name, span_of(names[name])))
            name++;
        while (before < i && !span_is(fields[before].name, fields[i].name))
            before++;
        if (!names[name] || before < i)
            return false;
    }
    return true;
}

// --- what must hold ---

bool visit_needs_own_page(web_visit_t *self)
{
    const char *site = self->head.fetch_site, *origin = self->head.origin;
    bool ours = site && strcmp(site, "same-origin") == 0;
    if (!site && origin) {
        const char *slashes = strstr(origin, "//");
        ours = *self->site->origin
                   ? strcmp(origin, self->site->origin) == 0
                   : slashes && self->head.host && strcmp(slashes + 2, self->head.host) == 0;
    }
    return !ours && visit_say(self, 403, TEXT_E2, TEXT_E2);
}

bool visit_needs_customer(web_visit_t *self, bool pays)
{
    if (!self->signed_in)
        return visit_say(self, 401, TEXT_SIGN_IN, TEXT_E1);
    if (pays ? !self->pays : !self->reads)
        return visit_say(self, 403, TEXT_E2, TEXT_E2);
    if (self->site->operator_name && uid_is_zero(&self->account)) // he looks at nobody's
        return visit_redirect(self, "/desk/accounts");
    return visit_is_limited(self, 'a', 200, 20);
}

static bool is_limited(web_visit_t *self, char kind, const uint8_t whose[16], int64_t each_ms,
                       int64_t burst)
{
    uint8_t key[LIMITS_KEY_SIZE] = {(uint8_t)kind};
    memcpy(key + 1, whose, 16);
    int64_t wait_ms = web_limits_take(&self->site->limits, key, each_ms, burst, self->now_ms);
    if (wait_ms == 0)
        return false;
    self->retry_s = (unsigned)((wait_ms + 999) / 1000);
    return visit_say(self, 429, TEXT_TOO_MANY, TEXT_NONE);
}

bool visit_is_limited(web_visit_t *self, char kind, int64_t each_ms, int64_t burst)
{
    return is_limited(self, kind, self->signed_in ? self->account.bytes : self->head.address,
                      each_ms, burst);
}

bool visit_address_is_limited(web_visit_t *self, char kind, int64_t each_ms, int64_t burst)
{
    return is_limited(self, kind, self->head.address, each_ms, burst);
}

void *visit_own(web_visit_t *self, size_t size)
{
    if (!self->own)
        self->own = calloc(1, size);
    assert(self->own);
    return self->own;
}

bool visit_ticket(const web_visit_t *self, const char *route, web_ticket_t *ret_ticket)
{
    return web_ticket_read(&self->site->form_key, route, &self->account,
                           visit_field(self, "ticket"), self->now, ret_ticket);
}

void visit_new_ticket(const web_visit_t *self, const char *route, const char *seen,
                      char ret_text[TICKET_SIZE + 1])
{
    web_ticket_t ticket = {.command = self->site->new_id()};
    web_ticket_seen(span_of(seen), ticket.seen);
    web_ticket_write(&self->site->form_key, route, &self->account, &ticket, ret_text);
    ret_text[TICKET_SIZE] = '\0';
}

// --- questions ---

request_t *visit_ask(web_visit_t *self, web_door_id_t door, request_type_t type,
                     int64_t patience_ms)
{
    assert(self->asks_count < VISIT_ASKS_MAX);
    size_t index = self->asks_count++;
    request_t *request = &self->requests[index];
    self->asks[index] = (web_question_t){.fail = FAIL_LATER,
                                         .lane = WEB_LANE_PAGES,
                                         .door = door,
                                         .deadline_ms = self->now_ms + patience_ms};
    *request = (request_t){.type = type};
    if (type != REQUEST_status && self->access_token)
        request->access_token = text_of(self->access_token);
    return request;
}

const answer_t *visit_answer(const web_visit_t *self, size_t index)
{
    return self->asks[index].fail ? NULL : &self->asks[index].answer;
}

fail_t visit_fail(const web_visit_t *self, size_t index)
{
    return self->asks[index].fail;
}

// --- the reply ---

page_frame_t visit_frame(web_visit_t *self, text_id_t title, uint64_t sequence)
{
    char id[40];
    const uint8_t *b = self->account.bytes;
    snprintf(id, sizeof id, "%02x%02x%02x%02x…%02x%02x", b[0], b[1], b[2], b[3], b[14], b[15]);
    memcpy(self->account_text, id, sizeof id);
    uid_format(&self->account, self->viewed_text);
    bool desk = self->site->operator_name, at_desk = desk && uid_is_zero(&self->account);
    return (page_frame_t){.lang = self->language == LANGUAGE_RUSSIAN ? SPAN("ru") : SPAN("en"),
                          .title = title,
                          .demo = self->site->demo,
                          .signed_in = self->signed_in && !desk,
                          .signs_out = self->signed_in,
                          .customer = self->signed_in && !at_desk,
                          .desk = desk,
                          .at_desk = at_desk && self->signed_in,
                          .viewing = desk && self->signed_in && !at_desk,
                          .viewed = span_of(self->viewed_text),
                          .operator_name = desk ? span_of(self->site->operator_name) : SPAN(""),
                          .account = span_of(self->account_text),
                          .here = !is_post(self) ? span_of(self->path)
                                  : at_desk      ? SPAN("/desk")
                                                 : SPAN("/balance"),
                          .sign_out = span_of(self->sign_out),
                          .sequence_known = sequence > 0,
                          .sequence = sequence};
}

writer_t visit_writer(web_visit_t *self)
{
    free(self->page);
    self->page = malloc(VISIT_PAGE_MAX);
    assert(self->page);
    return writer_on(self->page, VISIT_PAGE_MAX);
}

bool visit_show(web_visit_t *self, unsigned status, writer_t *writer)
{
    self->page_size = writer_end(writer);
    self->status = self->page_size ? status : 500; // never half a page
    self->content_type = "text/html; charset=utf-8";
    return true;
}

bool visit_redirect(web_visit_t *self, const char *location)
{
    int size = snprintf(self->location, sizeof self->location, "%s", location);
    assert(size > 0 && (size_t)size < sizeof self->location);
    self->status = 303;
    self->page_size = 0;
    self->content_type = "text/plain; charset=utf-8";
    return true;
}

static bool say_message(web_visit_t *self, unsigned status, page_message_t *message)
{
    writer_t writer = visit_writer(self);
    message->frame = visit_frame(self, message->title, 0);
    message->frame.error = status >= 400;
    message->desk = self->site->operator_name && self->signed_in;
    message->signed_in = self->signed_in && !message->desk;
    page_message(&writer, self->language, message);
    return visit_show(self, status, &writer);
}

// What may go through a sign-in and stand in a form again: never what ticks a box, and no promo
// code, which would stay in the browser's history.
static const struct {
    const char *route, *page, *names[4];
} kept[] = {{"/balance/topup", "/balance", {"amount", "count", "method", NULL}},
            {"/autopay/limits", "/autopay", {"count", "sum", NULL}},
            {"/documents/invoice", "/documents", {"amount", NULL}},
            {"/notices", "/notices", {"code", NULL}}}; // of the link in an e-mail

// The page that a form stood on, with what was typed; false for a page without that.
static bool write_back(const web_visit_t *self, char back[BACK_MAX])
{
    size_t form = 0, count = sizeof kept / sizeof kept[0];
    writer_t writer = writer_on(back, BACK_MAX);
    while (form < count && strcmp(kept[form].route, self->path) != 0)
        form++;
    writer_string(&writer, form < count ? kept[form].page : "/balance");
    bool typed = false;
    for (size_t i = 0; form < count && kept[form].names[i]; i++) {
        span_t value = visit_field(self, kept[form].names[i]);
        if (!value.size || value.size > TYPED_KEPT_MAX)
            continue;
        writer_string(&writer, typed ? "&" : "?");
        writer_string(&writer, kept[form].names[i]);
        writer_string(&writer, "=");
        form_escape(&writer, value);
        typed = true;
    }
    writer_end(&writer);
    return typed;
}

bool visit_say(web_visit_t *self, unsigned status, text_id_t title, text_id_t why)
{
    char back[BACK_MAX];
    bool get = !is_post(self), unknown = status == 401;
    bool typed = write_back(self, back);
    if (status == 503 && !self->retry_s)
        self->retry_s = 60;
    page_message_t message = {.title = title, .why = unknown && typed && !get ? TEXT_E1_KEPT : why};
    if (unknown && self->site->operator_name)
        message.why = TEXT_DESK_E1;
    message.long_limited = status == 429 && self->retry_s >= LONG_S;
    message.limited = status == 429 && !message.long_limited;
    message.wait_seconds = self->retry_s;
    message.wait_minutes = (self->retry_s + 59) / 60;
    message.can_sign_in = unknown && *self->site->sign_in_url;
    message.from_platform = unknown && !*self->site->sign_in_url && !self->site->operator_name;
    message.back = get && !typed ? span_of(self->path) : span_of(back);
    return say_message(self, status, &message);
}

bool visit_say_failure(web_visit_t *self, fail_t fail)
{
    switch (fail) {
    case FAIL_INVALID:
    case FAIL_OVERFLOW:
    case FAIL_TARIFF:
    case FAIL_EXPIRED:
    case FAIL_FUTURE:
        return visit_say(self, 422, TEXT_E10, TEXT_E10);
    case FAIL_DENIED: // the token has ended meanwhile
        return visit_say(self, 401, TEXT_SIGN_IN, TEXT_E1);
    case FAIL_MISSING:
    case FAIL_UNKNOWN_ACCOUNT:
        return visit_say(self, 404, TEXT_E3, TEXT_E3);
    case FAIL_CONFLICT:
        return visit_say(self, 409, TEXT_TOPUP, TEXT_E4);
    case FAIL_STATE:
    case FAIL_MISMATCH:
        return visit_say(self, 409, TEXT_TAB_BALANCE, TEXT_E5);
    default:
        return visit_say(self, fail_retry(fail) || fail == FAIL_TIMEOUT ? 503 : 500,
                         TEXT_TAB_BALANCE, TEXT_E8);
    }
}

bool visit_say_again(web_visit_t *self, const char *route, const char *const *names)
{
    page_message_fields_t fields[VISIT_AGAIN_MAX];
    size_t count = 0;
    for (size_t i = 0; names[i] && count < VISIT_AGAIN_MAX; i++) {
        span_t value = visit_field(self, names[i]);
        if (value.size)
            fields[count++] = (page_message_fields_t){.name = span_of(names[i]), .value = value};
    }
    self->retry_s = 1;
    return say_message(self, 503,
                       &(page_message_t){.title = TEXT_E9,
                                         .why = TEXT_NONE,
                                         .can_repeat = true,
                                         .action = span_of(route + 1),
                                         .fields = fields,
                                         .fields_count = count});
}
