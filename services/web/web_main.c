// kopeck-web - the one HTTP face: Robokassa's notices and returning browsers, handed to payment.
//
// usage: kopeck-web CONFIG
//
// Besides the keys of config.h it reads:
//   web/listen               ADDRESS:PORT, IPv4; 127.0.0.1:8080
//   web/port_file            where the port is written once it is open; none
//   web/connections          at most so many at once, 256
//   web/notices_from         addresses that may send notices, space-separated; empty for any
//   web/proxy                the address of our proxy, whose X-Real-IP is believed; none
//   payment/command          payment's command door
//   payment/certificate      its public certificate file
#include "services/common/client.h"
#include "services/common/config.h"
#include "services/common/log.h"
#include "services/common/ready.h"
#include "services/common/secret.h"
#include "services/common/security.h"
#include "services/common/settings.h"
#include "services/common/uuid7.h"
#include "services/web/edge.h"
#include <arpa/inet.h>
#include <microhttpd.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sysexits.h>

enum { CLIENTS_MAX = 16, ASK_TIMEOUT_MS = 8000, CONNECTION_TIMEOUT_S = 10, PER_ADDRESS = 64 };

typedef struct {
    const char *listen, *port_file, *notices_from, *proxy, *command, *certificate, *secret;
    unsigned connections, memory_mib;
    sandbox_mode_t sandbox;
    const char *ready_file;
} web_settings_t;

// Clients are lent to one connection at a time; the mutex is the fence between threads.
typedef struct {
    web_settings_t settings;
    pthread_mutex_t lock;
    pthread_cond_t returned;
    client_t *free[CLIENTS_MAX];
    size_t free_count;
} web_t;

typedef struct {
    char body[EDGE_BODY_MAX];
    size_t size;
    bool begun, has_body, too_long;
    bool escaped; // the path: ours need none, and behind %00 it would end for some readers only
} upload_t;

static client_t *borrow(web_t *self)
{
    pthread_mutex_lock(&self->lock);
    while (self->free_count == 0)
        pthread_cond_wait(&self->returned, &self->lock);
    client_t *client = self->free[--self->free_count];
    pthread_mutex_unlock(&self->lock);
    return client;
}

static void give_back(web_t *self, client_t *client)
{
    pthread_mutex_lock(&self->lock);
    self->free[self->free_count++] = client;
    pthread_cond_signal(&self->returned);
    pthread_mutex_unlock(&self->lock);
}

// --- who asks ---

static bool listed(const char *list, const char *address)
{
    size_t size = strlen(address);
    for (const char *at = list; *at;) {
        size_t word = strcspn(at, " ");
        if (word == size && strncmp(at, address, size) == 0)
            return true;
        at += word;
        at += strspn(at, " ");
    }
    return false;
}

static bool may_notify(const web_t *self, struct MHD_Connection *connection)
{
    if (!*self->settings.notices_from)
        return true;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char address[INET_ADDRSTRLEN] = "";
    if (info && info->client_addr->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)info->client_addr)->sin_addr,
                  address, sizeof address);
    const char *real = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Real-IP");
    if (real && *self->settings.proxy && strcmp(address, self->settings.proxy) == 0)
        return listed(self->settings.notices_from, real);
    return listed(self->settings.notices_from, address);
}

// --- one request ---

// The raw query as it stood in the request line; MHD decodes pairs, and we decode ourselves, once.
static void *keep_uri(void *arg, const char *uri, struct MHD_Connection *connection)
{
    (void)arg, (void)connection;
    upload_t *upload = calloc(1, sizeof *upload);
    const char *query = strchr(uri, '?');
    if (upload)
        upload->escaped = memchr(uri, '%', query ? (size_t)(query - uri) : strlen(uri));
    if (upload && query) {
        size_t size = strlen(query + 1);
        upload->too_long = size > sizeof upload->body;
        upload->size = upload->too_long ? 0 : size;
        memcpy(upload->body, query + 1, upload->size);
    }
    return upload;
}

static void forget(void *arg, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode code)
{
    (void)arg, (void)connection, (void)code;
    free(*state);
    *state = NULL;
}

static fail_t ask_payment(web_t *self, edge_route_t route, const upload_t *upload, answer_t *answer)
{
    request_t request;
    uint8_t packed[EDGE_BODY_MAX * 4];
    uid_t16 id = uuid7_new();
    memset(&request, 0, sizeof request);
    if (route == EDGE_HEALTH)
        request.type = REQUEST_status;
    else if (upload->too_long ||
             edge_request(route, upload->body, upload->size, &id, packed, sizeof packed, &request))
        return FAIL_INVALID;
    client_t *client = borrow(self);
    fail_t fail = client_ask(client, &request, ASK_TIMEOUT_MS, answer);
    if (!fail)
        fail = answer->fail;
    give_back(self, client);
    return fail;
}

static enum MHD_Result respond(struct MHD_Connection *connection, const edge_reply_t *reply)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        reply->size, (void *)(uintptr_t)reply->body, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", reply->content_type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Content-Security-Policy",
                            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state)
{
    (void)version;
    web_t *self = arg;
    upload_t *upload = *state;
    if (!upload)
        return MHD_NO;
    if (!upload->begun) { // the headers are in; an answer now would leave the body unread
        upload->begun = true;
        return MHD_YES;
    }
    if (*size) {
        if (!upload->has_body) { // a body counts; a query beside it does not
            upload->has_body = true;
            upload->too_long = false;
            upload->size = 0;
        }
        if (*size > sizeof upload->body - upload->size)
            upload->too_long = true;
        else {
            memcpy(upload->body + upload->size, data, *size);
            upload->size += *size;
        }
        *size = 0;
        return MHD_YES;
    }
    edge_route_t route = upload->escaped ? EDGE_NOT_FOUND : edge_route(method, path);
    edge_reply_t reply;
    answer_t answer;
    fail_t fail = FAIL_NONE;
    memset(&answer, 0, sizeof answer);
    if (route == EDGE_NOTICE && !may_notify(self, connection))
        fail = FAIL_SIGNATURE;
    else if (route != EDGE_NOT_FOUND && route != EDGE_NOT_ALLOWED)
        fail = ask_payment(self, route, upload, &answer);
    const char *language =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Language");
    edge_reply(route, fail, &answer, language && strncmp(language, "en", 2) == 0, &reply);
    if (route == EDGE_NOTICE)
        log_info("notice", "status", log_number(reply.status), "failure", fail_name(fail));
    return respond(connection, &reply);
}

// --- start and stop ---

static void read_settings(config_t *config, web_settings_t *settings)
{
    *settings = (web_settings_t){
        .listen = config_text(config, "web/listen", "127.0.0.1:8080"),
        .port_file = config_text(config, "web/port_file", ""),
        .connections = (unsigned)config_number(config, "web/connections", 256, 1, 4096),
        .notices_from = config_text(config, "web/notices_from", ""),
        .proxy = config_text(config, "web/proxy", ""),
        .command = config_text(config, "payment/command", NULL),
        .certificate = config_text(config, "payment/certificate", NULL),
        .secret = config_secret(config, "certificates/secret", NULL),
        .ready_file = config_text(config, "process/ready_file", "")};
    settings->sandbox = settings_sandbox(config, &settings->memory_mib);
}

static bool parse_listen(const char *text, struct sockaddr_in *ret_address)
{
    char host[INET_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    char *end;
    if (!colon || (size_t)(colon - text) >= sizeof host)
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    unsigned long port = strtoul(colon + 1, &end, 10);
    *ret_address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return *end == '\0' && port <= UINT16_MAX &&
           inet_pton(AF_INET, host, &ret_address->sin_addr) == 1;
}

static bool write_file(const char *path, uint16_t port)
{
    if (!*path)
        return true;
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    bool written = fprintf(file, "%u\n", port) > 0;
    return fclose(file) == 0 && written;
}

static bool confine(const web_settings_t *settings)
{
    sandbox_t sandbox;
    sandbox_begin(&sandbox, "web");
    sandbox_path(&sandbox, settings->secret, LANDLOCK_READ);
    sandbox_path(&sandbox, settings->certificate, LANDLOCK_READ);
    sandbox_file(&sandbox, settings->ready_file);
    sandbox_file(&sandbox, settings->port_file);
    sandbox_bind(&sandbox, settings->listen);
    sandbox_connect(&sandbox, settings->command);
    return sandbox_enter(&sandbox, settings->sandbox, settings->memory_mib);
}

// An exit status; that of a cause that may be gone at the next start is not EX_CONFIG.
static int make_clients(web_t *self)
{
    char error[SECURITY_ERROR_MAX], key[41];
    AUTO(zcert) own = security_load_secret(self->settings.secret, error);
    if (!own || !security_load_public(self->settings.certificate, key, error)) {
        int status = errno == EAGAIN ? EX_OSERR : EX_CONFIG;
        log_error("no certificate", "why", error);
        return status;
    }
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (client_new(CLIENT_COMMAND, self->settings.command, own, key, &self->free[i])) {
            log_error("cannot connect", "endpoint", self->settings.command);
            return EX_CONFIG;
        }
        self->free_count++;
    }
    return EX_OK;
}

static struct MHD_Daemon *start(web_t *self, const struct sockaddr_in *address)
{
    return MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL,
        NULL, handle, self, MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_URI_LOG_CALLBACK, keep_uri,
        NULL, MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_CONNECTION_LIMIT,
        self->settings.connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)PER_ADDRESS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32 * 1024, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
}

static int wait_for_signal(int signals)
{
    struct pollfd item = {.fd = signals, .events = POLLIN};
    while (poll(&item, 1, -1) < 0)
        if (errno != EINTR)
            return EX_OSERR;
    return EX_OK;
}

int main(int argc, char **argv)
{
    if (argc != 2 || argv[1][0] == '-') {
        fputs("usage: kopeck-web CONFIG\nThe HTTP face: /robokassa/result, /robokassa/success, "
              "/robokassa/fail, /health.\n",
              argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
        return argc == 2 && strcmp(argv[1], "--help") == 0 ? EX_OK : EX_USAGE;
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL); // before any thread
    int signals = signalfd(-1, &set, SFD_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);
    security_prepare();
    (void)secret_harden();

    static web_t web = {.lock = PTHREAD_MUTEX_INITIALIZER, .returned = PTHREAD_COND_INITIALIZER};
    AUTO(config) config = config_load(argv[1]);
    struct sockaddr_in address;
    read_settings(config, &web.settings);
    (void)config_text(config, "process/name", "web");
    const char *log = config_text(config, "process/log", "info");
    int level = log_level_parse(log);
    if (level < 0)
        config_refuse(config, "process/log", log, "debug, info, warn or error");
    if (!config_check(config) && !parse_listen(web.settings.listen, &address))
        config_refuse(config, "web/listen", web.settings.listen, "ADDRESS:PORT, IPv4");
    if (config_check(config)) {
        log_error(config_check(config));
        return EX_CONFIG;
    }
    log_set_level((log_level_t)level);
    if (!confine(&web.settings))
        return EX_OSERR;
    int status = make_clients(&web);
    if (status != EX_OK)
        return status;
    struct MHD_Daemon *daemon = start(&web, &address);
    const union MHD_DaemonInfo *info =
        daemon ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info || !write_file(web.settings.port_file, info->port)) {
        log_error("cannot listen", "address", web.settings.listen);
        return EX_UNAVAILABLE;
    }
    status = EX_UNAVAILABLE;
    if (ready_tell(web.settings.ready_file)) {
        log_info("ready", "port", log_number(info->port));
        status = wait_for_signal(signals);
    } else {
        log_error("cannot say that it is ready", "file", web.settings.ready_file);
    }
    log_info("stopping");
    MHD_stop_daemon(daemon);
    ready_end(web.settings.ready_file);
    while (web.free_count)
        client_destroy(&web.free[--web.free_count]);
    return status;
}
