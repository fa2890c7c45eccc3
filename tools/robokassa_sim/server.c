#include "tools/robokassa_sim/server.h"
#include "services/process/address.h"
#include "tools/robokassa_sim/admin.h"
#include "tools/robokassa_sim/fiscal.h"
#include "tools/robokassa_sim/merchant.h"
#include "tools/robokassa_sim/services.h"
#include "tools/robokassa_sim/text.h"
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define IDLE_TIMEOUT_S 60u
#define AWAIT_MAX_MS 10000

typedef struct {
    struct MHD_Connection *connection;
    bool answered, overflow;
    size_t size;
    char *body;
    reply_t reply;
    int64_t release_ms; // monotonic
} exchange_t;

struct server {
    sim_t *sim;
    struct MHD_Daemon *daemon;
    unsigned port;
    int file;
    size_t held_count;
    exchange_t *held[SERVER_HELD_MAX];
};

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// The library must not decode: each field is decoded exactly once, by form.
static size_t leave_escaped(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

typedef struct {
    form_t form;
    bool full;
} query_t;

static enum MHD_Result take_field(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    (void)kind;
    query_t *query = context;
    query->full = !form_add(&query->form, name, value ? value : "");
    return query->full ? MHD_NO : MHD_YES;
}

static bool loopback(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    address_t address;
    return info && address_of_peer(info->client_addr, &address) && address_is_loopback(&address);
}

static bool is_form(const exchange_t *exchange)
{
    const char *type = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND,
                                                   MHD_HTTP_HEADER_CONTENT_TYPE);
    static const char FORM[] = "application/x-www-form-urlencoded";
    return type && strncasecmp(type, FORM, strlen(FORM)) == 0;
}

static void answer(server_t *self, exchange_t *exchange, const char *url, const char *method)
{
    reply_t *reply = &exchange->reply;
    query_t query = {0};
    MHD_get_connection_values(exchange->connection, MHD_GET_ARGUMENT_KIND, take_field, &query);
    bool read = !query.full && (!exchange->size || !is_form(exchange) ||
                                form_decode(&query.form, exchange->body, exchange->size));
    char *path = form_unescape(url, strlen(url), false);
    const request_t request = {.method = method,
                               .path = path,
                               .form = &query.form,
                               .body = exchange->body ? exchange->body : ""};
    bool admin = path && strncmp(path, "/sim/", 5) == 0;
    if (exchange->overflow)
        reply_text(reply, 413, TYPE_TEXT, text_copy("too large\n"));
    else if (!read || !path)
        reply_text(reply, 400, TYPE_TEXT, text_copy("malformed\n"));
    else if (strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0)
        reply_text(reply, 405, TYPE_TEXT, text_copy("GET or POST\n"));
    else if (admin && !self->sim->config->admin_anywhere && !loopback(exchange->connection))
        reply_text(reply, 403, TYPE_TEXT, text_copy("loopback only\n"));
    else if (!admin_answer(self->sim, &request, self->held_count, reply) &&
             !merchant_answer(self->sim, &request, reply) &&
             !services_answer(self->sim, &request, reply) &&
             !fiscal_answer(self->sim, &request, reply))
        reply_text(reply, 404, TYPE_TEXT, text_copy("not found\n"));
    form_clear(&query.form);
    free(path);
    sim_flush(self->sim); // what is answered is durable
}

static enum MHD_Result reply_now(exchange_t *exchange)
{
    reply_t *reply = &exchange->reply;
    if (reply->drop)
        return MHD_NO; // closes the connection
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(reply->body), reply->body, MHD_RESPMEM_MUST_FREE);
    assert(response);
    reply->body = NULL;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    if (reply->location)
        MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, reply->location);
    enum MHD_Result queued = MHD_queue_response(exchange->connection, reply->status, response);
    MHD_destroy_response(response);
    return queued;
}

static bool hold(server_t *self, exchange_t *exchange)
{
    const reply_t *reply = &exchange->reply;
    int64_t hold_ms = reply->await ? AWAIT_MAX_MS : reply->hold_ms;
    if (hold_ms <= 0 || self->held_count == SERVER_HELD_MAX)
        return false;
    exchange->release_ms = monotonic_ms() + hold_ms;
    self->held[self->held_count++] = exchange;
    MHD_suspend_connection(exchange->connection);
    return true;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **exchange_p)
{
    (void)version;
    server_t *self = context;
    exchange_t *exchange = *exchange_p;
    if (!exchange) {
        exchange = calloc(1, sizeof *exchange);
        assert(exchange);
        exchange->connection = connection;
        *exchange_p = exchange;
        return MHD_YES;
    }
    if (*upload_size) {
        if (exchange->size + *upload_size > FORM_BYTES_MAX) {
            exchange->overflow = true;
        } else {
            exchange->body = realloc(exchange->body, exchange->size + *upload_size + 1);
            assert(exchange->body);
            memcpy(exchange->body + exchange->size, upload, *upload_size);
            exchange->size += *upload_size;
            exchange->body[exchange->size] = 0;
        }
        *upload_size = 0;
        return MHD_YES;
    }
    if (!exchange->answered) {
        exchange->answered = true;
        answer(self, exchange, url, method);
        if (hold(self, exchange))
            return MHD_YES; // called again once resumed
    }
    return reply_now(exchange);
}

static void forget(void *context, struct MHD_Connection *connection, void **exchange_p,
                   enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    exchange_t *exchange = *exchange_p;
    if (!exchange)
        return;
    reply_clear(&exchange->reply);
    free(exchange->body);
    free(exchange);
    *exchange_p = NULL;
}

server_t *server_create(sim_t *sim)
{
    struct sockaddr_in address;
    if (!address_read_listen(sim->config->listen, &address)) {
        fprintf(stderr, "listen: '%s' is not ADDRESS:PORT\n", sim->config->listen);
        return NULL;
    }
    server_t *self = calloc(1, sizeof *self);
    assert(self);
    self->sim = sim;
    // Without LISTENING_ADDRESS_REUSE, which lets a second one share the port and its questions.
    self->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, self, MHD_OPTION_SOCK_ADDR,
        &address, MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_UNESCAPE_CALLBACK,
        leave_escaped, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVER_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S, MHD_OPTION_END);
    if (!self->daemon) {
        fprintf(stderr, "cannot listen on %s: %s\n", sim->config->listen, strerror(errno));
        free(self);
        return NULL;
    }
    self->port = MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    self->file = MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return self;
}

static void release(server_t *self, bool all)
{
    int64_t now_ms = monotonic_ms();
    size_t kept = 0;
    for (size_t i = 0; i < self->held_count; i++) {
        exchange_t *exchange = self->held[i];
        const operation_t *await = exchange->reply.await;
        bool told = await && await->channel[OPERATION_RESULT].deliveries > 0;
        if (all || told || exchange->release_ms <= now_ms)
            MHD_resume_connection(exchange->connection);
        else
            self->held[kept++] = exchange;
    }
    self->held_count = kept;
}

void server_destroy(server_t **self_p)
{
    server_t *self = *self_p;
    if (!self)
        return;
    release(self, true);
    MHD_run(self->daemon);
    MHD_stop_daemon(self->daemon);
    free(self);
    *self_p = NULL;
}

unsigned server_port(const server_t *self)
{
    return self->port;
}

int server_file(const server_t *self)
{
    return self->file;
}

void server_run(server_t *self)
{
    release(self, false);
    MHD_run(self->daemon);
}

int server_timeout_ms(const server_t *self)
{
    int64_t timeout_ms = INT32_MAX, now_ms = monotonic_ms();
    MHD_UNSIGNED_LONG_LONG wanted_ms;
    if (MHD_get_timeout(self->daemon, &wanted_ms) == MHD_YES && wanted_ms < INT32_MAX)
        timeout_ms = (int64_t)wanted_ms;
    for (size_t i = 0; i < self->held_count; i++)
        if (self->held[i]->release_ms - now_ms < timeout_ms)
            timeout_ms = self->held[i]->release_ms - now_ms;
    return timeout_ms < 0 ? 0 : timeout_ms == INT32_MAX ? -1 : (int)timeout_ms;
}
