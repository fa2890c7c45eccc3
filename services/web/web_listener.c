#include "services/web/web_listener.h"
#include "services/process/log.h"
#include "services/process/uuid7.h"
#include "services/web/web_connections.h"
#include "services/web/web_exchange.h"
#include <assert.h>
#include <czmq.h>
#include <microhttpd.h>
#include <poll.h>
#include <sys/socket.h>

enum { CONNECTION_MEMORY = 32 * 1024, FAREWELL_TURN_MS = 10, OWN_COUNTERS_MAX = 4096 };

struct web_listener {
    web_listener_settings_t settings;
    web_asker_t *asker;
    struct MHD_Daemon *daemon;
    web_mailbox_t mailbox; // questions that have come back
    web_connections_t connections;
    size_t unanswered; // requests that are here whole and whose reply has not left
    bool place_free;   // a connection has ended since MHD looked who waits for one
    bool started;
    pthread_t thread;
};

static web_connection_t *connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

// --- one request ---

// The raw query as it stood in the request line; MHD decodes pairs, and we decode ourselves, once.
static void *begin_exchange(void *arg, const char *uri, struct MHD_Connection *connection)
{
    (void)arg, (void)connection;
    return web_exchange_new(uri);
}

static bool may_notify(const web_listener_t *self, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const char *real_ip = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Real-IP");
    return info && web_source_may_notify(&self->settings.source, info->client_addr, real_ip);
}

// Why it was not asked, or FAIL_NONE: the question will come back.
static fail_t ask(web_listener_t *self, struct MHD_Connection *connection, web_exchange_t *exchange)
{
    uint8_t packed[EDGE_PACKED_MAX];
    request_t request;
    uid_t16 id = uuid7_new();
    const web_route_t *route = exchange->route;
    if (route->served == WEB_NOTICES && !may_notify(self, connection))
        return FAIL_SIGNATURE;
    fail_t fail = web_exchange_read(exchange, &id, packed, &request);
    if (fail)
        return fail;
    exchange->owner = connection;
    exchange->question.reply_to = &self->mailbox;
    exchange->question.context = exchange;
    exchange->question.lane = route->lane;
    exchange->question.deadline_ms = zclock_mono() + route->deadline_ms;
    return web_asker_ask(self->asker, &exchange->question, &request);
}

static bool wants_english(struct MHD_Connection *connection)
{
    const char *language =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Language");
    return language && strncmp(language, "en", 2) == 0;
}

static void add_headers(struct MHD_Response *response, const web_reply_t *reply)
{
    MHD_add_response_header(response, "Content-Type", reply->content_type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Content-Security-Policy",
                            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    if (reply->allow)
        MHD_add_response_header(response, "Allow", reply->allow);
    if (*reply->location)
        MHD_add_response_header(response, "Location", reply->location);
}

static enum MHD_Result respond(web_listener_t *self, struct MHD_Connection *connection,
                               const web_exchange_t *exchange)
{
    web_reply_t reply;
    web_exchange_reply(exchange, wants_english(connection), &reply);
    if (web_exchange_asks(exchange) && exchange->route->served == WEB_NOTICES)
        log_info("notice", "status", log_number(reply.status), "failure",
                 fail_name(exchange->question.fail));
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply.size, reply.body, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    add_headers(response, &reply);
    enum MHD_Result result = MHD_queue_response(connection, reply.status, response);
    MHD_destroy_response(response);
    web_tally_add(self->settings.tally, reply.status);
    return result;
}

// --- the customer's page ---

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static void read_head(const web_listener_t *self, struct MHD_Connection *connection,
                      web_head_t *ret_head)
{
    address_t address = {{0}};
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info)
        (void)web_source_address(&self->settings.source, info->client_addr,
                                 header(connection, "X-Real-IP"), &address);
    *ret_head = (web_head_t){.cookie = header(connection, "Cookie"),
                             .host = header(connection, "Host"),
                             .origin = header(connection, "Origin"),
                             .fetch_site = header(connection, "Sec-Fetch-Site"),
                             .fetch_dest = header(connection, "Sec-Fetch-Dest"),
                             .purpose = header(connection, "Sec-Purpose"),
                             .language = header(connection, "Accept-Language"),
                             .authorization = header(connection, "Authorization"),
                             .content_type = header(connection, "Content-Type"),
                             .accept = header(connection, "Accept"),
                             .if_none_match = header(connection, "If-None-Match"),
                             .idempotency_key = header(connection, "Idempotency-Key"),
                             .last_event_id = header(connection, "Last-Event-ID")};
    memcpy(ret_head->address, address.bytes, sizeof address.bytes);
}

static void begin_visit(web_listener_t *self, struct MHD_Connection *connection,
                        web_exchange_t *exchange, const char *method, const char *path)
{
    web_visit_t *visit = calloc(1, sizeof *visit);
    assert(visit);
    exchange->visit = visit;
    exchange->owner = connection;
    visit->site = self->settings.site;
    visit->face = self->settings.face;
    visit->method = method;
    visit->path = path;
    visit->query = (span_t){exchange->query, exchange->query_size};
    visit->body = (span_t){exchange->form, exchange->form_size};
    visit->too_long = exchange->too_long;
    visit->takes_file = exchange->route && exchange->route->takes_file;
    visit->now = zclock_time() * 1000;
    visit->now_ms = zclock_mono();
    read_head(self, connection, &visit->head);
}

// Sends what the last step asked. False if nothing of it is under way.
static bool ask_for_visit(web_listener_t *self, web_exchange_t *exchange)
{
    web_visit_t *visit = exchange->visit;
    for (; visit->asked < visit->asks_count; visit->asked++) {
        web_question_t *question = &visit->asks[visit->asked];
        question->reply_to = &self->mailbox;
        question->context = exchange;
        feed_batch_t *batch = question->pushes ? &visit->batch : NULL;
        fail_t fail = batch ? web_asker_push(self->asker, question, batch)
                            : web_asker_ask(self->asker, question, &visit->requests[visit->asked]);
        if (fail) // else it is the asker's now, and may be answered already
            question->fail = fail;
        exchange->waiting += !fail;
    }
    return exchange->waiting > 0;
}

static void add_page_headers(struct MHD_Response *response, const web_visit_t *visit)
{
    char policy[512], retry[16];
    snprintf(policy, sizeof policy,
             "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src "
             "'self'; form-action 'self'%s%.256s; frame-ancestors 'none'; base-uri 'none'",
             visit->pays_outside ? " " : "",
             visit->pays_outside ? visit->site->payment_origin : "");
    MHD_add_response_header(response, "Content-Type", visit->content_type);
    MHD_add_response_header(response, "Content-Security-Policy", policy);
    MHD_add_response_header(response, "Cache-Control",
                            visit->cached ? "public, max-age=31536000, immutable" : "no-store");
    MHD_add_response_header(response, "Referrer-Policy", "same-origin");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Cross-Origin-Opener-Policy", "same-origin");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    MHD_add_response_header(response, "Vary", "Cookie, Accept-Language");
    for (size_t i = 0; i < visit->headers_count; i++)
        MHD_add_response_header(response, visit->headers[i].name, visit->headers[i].value);
    if (visit->retry_s) {
        snprintf(retry, sizeof retry, "%u", visit->retry_s);
        MHD_add_response_header(response, "Retry-After", retry);
    }
    if (*visit->location)
        MHD_add_response_header(response, "Location", visit->location);
    if (*visit->cookie)
        MHD_add_response_header(response, "Set-Cookie", visit->cookie);
    if (*visit->disposition)
        MHD_add_response_header(response, "Content-Disposition", visit->disposition);
}

static enum MHD_Result show_visit(web_listener_t *self, struct MHD_Connection *connection,
                                  const web_visit_t *visit)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(visit->page_size, visit->page, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    add_page_headers(response, visit);
    enum MHD_Result result = MHD_queue_response(connection, visit->status, response);
    MHD_destroy_response(response);
    web_tally_add(self->settings.tally, visit->status);
    return result;
}

// What web tells of itself; the caller frees.
static char *count_own(const web_listener_t *self)
{
    char *text = calloc(1, OWN_COUNTERS_MAX);
    assert(text);
    writer_t out = writer_on(text, OWN_COUNTERS_MAX - 1);
    web_asker_put(self->asker, &out);
    web_tally_put(self->settings.tally, &out);
    return text;
}

// Steps until the page is there or an answer must be waited for.
static enum MHD_Result serve_visit(web_listener_t *self, struct MHD_Connection *connection,
                                   web_exchange_t *exchange, const char *method, const char *path)
{
    bool good = true;
    if (!exchange->visit) {
        begin_visit(self, connection, exchange, method, path);
        if (exchange->route->inner)
            exchange->visit->counters = count_own(self);
        else
            good = web_visit_begin(exchange->visit);
    }
    web_visit_t *visit = exchange->visit;
    visit->now_ms = zclock_mono();
    visit->path = path;
    while (good && !exchange->route->step(visit)) {
        visit->round++;
        if (ask_for_visit(self, exchange)) {
            web_connections_spare(connection_of(connection));
            MHD_suspend_connection(connection);
            return MHD_YES;
        }
    }
    return show_visit(self, connection, visit);
}

// --- whole requests ---

// The request is here whole. MHD calls again once it is resumed.
static enum MHD_Result answer(web_listener_t *self, struct MHD_Connection *connection,
                              web_exchange_t *exchange, const char *method, const char *path)
{
    self->unanswered += !exchange->whole;
    exchange->whole = true;
    if (web_exchange_visits(exchange) && (self->settings.site || exchange->route->inner))
        return serve_visit(self, connection, exchange, method, path);
    if (web_exchange_asks(exchange) && !exchange->asked) {
        exchange->asked = true;
        fail_t fail = ask(self, connection, exchange);
        exchange->waiting = !fail;
        if (!fail) { // the question is the asker's now, and may be answered already
            web_connections_spare(connection_of(connection));
            MHD_suspend_connection(connection);
            return MHD_YES;
        }
        exchange->question.fail = fail;
    }
    return respond(self, connection, exchange);
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state)
{
    (void)version;
    web_listener_t *self = arg;
    web_exchange_t *exchange = *state;
    if (!exchange->routed) { // the head is in; an answer now would leave the body unread
        exchange->find = self->settings.find;
        web_exchange_route(exchange, self->settings.served, method, path);
        exchange->has_page = self->settings.site;
        if (exchange->route && exchange->route->step && !exchange->has_page &&
            !exchange->route->inner)
            exchange->route = NULL;
        if (!exchange->route && exchange->has_page)
            exchange->route = &web_route_missing;
        return MHD_YES;
    }
    if (*size) {
        web_exchange_take(exchange, data, *size);
        *size = 0;
        return MHD_YES;
    }
    return answer(self, connection, exchange, method, path);
}

static void end_exchange(void *arg, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)code;
    web_listener_t *self = arg;
    web_exchange_t *exchange = *state;
    if (exchange && exchange->whole)
        self->unanswered--;
    web_exchange_destroy(&exchange);
    *state = NULL;
    web_connection_t *mine = connection_of(connection);
    if (mine)
        web_connections_expect(&self->connections, mine, zclock_mono());
}

// --- connections ---

static void watch_connection(void *arg, struct MHD_Connection *connection, void **context,
                             enum MHD_ConnectionNotificationCode code)
{
    web_listener_t *self = arg;
    web_connection_t *mine = *context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) { // its descriptor is closed after this
        if (mine)
            web_connections_spare(mine);
        free(mine);
        *context = NULL;
        self->place_free = true;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    mine = calloc(1, sizeof *mine);
    assert(mine && info);
    mine->socket = info->connect_fd;
    *context = mine;
    web_connections_expect(&self->connections, mine, zclock_mono());
}

static void close_overdue(web_listener_t *self, int64_t now_ms)
{
    for (web_connection_t *mine; (mine = web_connections_overdue(&self->connections, now_ms));)
        shutdown(mine->socket, SHUT_RDWR); // MHD then finds its end
}

// --- the thread ---

static int patience(const web_listener_t *self, int64_t now_ms)
{
    MHD_UNSIGNED_LONG_LONG wanted_ms;
    int64_t wait_ms = self->place_free ? 0 : web_connections_next(&self->connections);
    if (wait_ms > 0 && wait_ms != INT64_MAX)
        wait_ms = wait_ms > now_ms ? wait_ms - now_ms : 0;
    if (MHD_get_timeout(self->daemon, &wanted_ms) == MHD_YES && wanted_ms < (uint64_t)wait_ms)
        wait_ms = (int64_t)wanted_ms;
    return wait_ms > INT_MAX ? -1 : (int)wait_ms;
}

// Takes what has come back, and lets its connections go on. False if no more will come.
static bool take_answers(web_listener_t *self)
{
    bool closed;
    for (web_question_t *question; (question = web_mailbox_take(&self->mailbox, &closed));) {
        web_exchange_t *exchange = question->context;
        if (--exchange->waiting > 0)
            continue;
        web_connections_expect(&self->connections, connection_of(exchange->owner), zclock_mono());
        MHD_resume_connection(exchange->owner);
    }
    return !closed;
}

// One round. MHD's own time-out (0.9.75) knows neither of a connection that was just resumed, so
// its turn follows at once, nor of a place that has become free before those who wait for one, so
// another turn follows that. False if no more answers will come.
static bool turn(web_listener_t *self, int wait_ms)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd items[] = {{.fd = info->epoll_fd, .events = POLLIN},
                             {.fd = self->mailbox.bell, .events = POLLIN}};
    int rc = poll(items, 2, wait_ms);
    assert(rc >= 0 || errno == EINTR);
    bool open = take_answers(self);
    close_overdue(self, zclock_mono());
    self->place_free = false;
    MHD_run(self->daemon);
    return open;
}

static void *run(void *arg)
{
    web_listener_t *self = arg;
    while (turn(self, patience(self, zclock_mono())))
        ;
    int64_t end_ms = zclock_mono() + LISTENER_FAREWELL_MS;
    for (int64_t now_ms; self->unanswered > 0 && (now_ms = zclock_mono()) < end_ms;)
        turn(self, end_ms - now_ms < FAREWELL_TURN_MS ? (int)(end_ms - now_ms) : FAREWELL_TURN_MS);
    return NULL;
}

// --- start and stop ---

static struct MHD_Daemon *listen_on(web_listener_t *self)
{
    const web_listener_settings_t *settings = &self->settings;
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, self,
                            MHD_OPTION_SOCK_ADDR, &settings->address, MHD_OPTION_URI_LOG_CALLBACK,
                            begin_exchange, self, MHD_OPTION_NOTIFY_COMPLETED, end_exchange, self,
                            MHD_OPTION_NOTIFY_CONNECTION, watch_connection, self,
                            MHD_OPTION_CONNECTION_LIMIT, settings->connections,
                            MHD_OPTION_PER_IP_CONNECTION_LIMIT, settings->per_address,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static bool write_port(const char *path, uint16_t port)
{
    FILE *file = *path ? fopen(path, "w") : NULL;
    if (!file)
        return !*path;
    bool written = fprintf(file, "%u\n", port) > 0;
    return fclose(file) == 0 && written;
}

// Nothing is taken in before the thread, which is the last that can fail.
static bool start(web_listener_t *self)
{
    return web_mailbox_init(&self->mailbox) && (self->daemon = listen_on(self)) &&
           write_port(self->settings.port_file, web_listener_port(self)) &&
           pthread_create(&self->thread, NULL, run, self) == 0;
}

web_listener_t *web_listener_new(const web_listener_settings_t *settings, web_asker_t *asker)
{
    web_listener_t *self = calloc(1, sizeof *self);
    assert(self);
    self->settings = *settings;
    self->asker = asker;
    web_connections_init(&self->connections);
    self->started = start(self);
    if (!self->started) {
        log_error("cannot listen", "address", settings->listen);
        web_listener_destroy(&self);
    }
    return self;
}

uint16_t web_listener_port(const web_listener_t *self)
{
    return MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void web_listener_destroy(web_listener_t **self_p)
{
    web_listener_t *self = *self_p;
    if (!self)
        return;
    if (self->started) {
        web_mailbox_close(&self->mailbox);
        pthread_join(self->thread, NULL);
    }
    if (self->daemon)
        MHD_stop_daemon(self->daemon);
    web_mailbox_destroy(&self->mailbox);
    free(self);
    *self_p = NULL;
}
