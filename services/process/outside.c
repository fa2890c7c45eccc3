#include "services/process/outside.h"
#include "services/process/outside_mail.h"
#include "services/process/public_address.h"
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

// One request, from its start until the loop has taken its result.
typedef struct flight {
    struct flight *next;
    uint64_t key;
    CURL *easy;
    struct curl_slist *headers;
    char *body;
    uint8_t *received;
    size_t received_size;
    bool body_too_large;
    outside_mail_t mail; // of an e-mail
} flight_t;

struct outside {
    CURLM *multi;
    int epoll, timer;
    bool https_only;
    unsigned timeout_ms;
    char *authorities; // NULL for the system's
    outside_relay_t relay;
    size_t count;
    flight_t *under_way;
    flight_t *done;  // failed before they were given to curl
    flight_t *given; // whose result is borrowed
};

static int watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    (void)easy;
    outside_requests_t *self = arg;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(self->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    struct epoll_event event = {.events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                                          (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0),
                                .data.fd = fd};
    int rc = epoll_ctl(self->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    if (rc != 0 && errno == ENOENT)
        rc = epoll_ctl(self->epoll, EPOLL_CTL_ADD, fd, &event);
    curl_multi_assign(self->multi, fd, self);
    return rc == 0 ? 0 : -1;
}

static int set_timer(CURLM *multi, long timeout_ms, void *arg)
{
    (void)multi;
    outside_requests_t *self = arg;
    struct itimerspec when = {{0}, {0}};
    if (timeout_ms == 0)
        when.it_value.tv_nsec = 1; // zero would disarm it
    else if (timeout_ms > 0) {
        when.it_value.tv_sec = timeout_ms / 1000;
        when.it_value.tv_nsec = timeout_ms % 1000 * 1000000;
    }
    timerfd_settime(self->timer, 0, &when, NULL);
    return 0;
}

outside_requests_t *outside_new(bool https_only, unsigned timeout_ms, const char *authorities)
{
    CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    assert(ready == CURLE_OK);
    outside_requests_t *self = calloc(1, sizeof *self);
    assert(self);
    self->https_only = https_only;
    self->timeout_ms = timeout_ms;
    self->authorities = *authorities ? strdup(authorities) : NULL;
    assert(self->authorities || !*authorities);
    self->multi = curl_multi_init();
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    self->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    assert(self->multi && self->epoll >= 0 && self->timer >= 0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = self->timer};
    int rc = epoll_ctl(self->epoll, EPOLL_CTL_ADD, self->timer, &event);
    assert(rc == 0);
    curl_multi_setopt(self->multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(self->multi, CURLMOPT_SOCKETDATA, self);
    curl_multi_setopt(self->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(self->multi, CURLMOPT_TIMERDATA, self);
    return self;
}

void outside_relay(outside_requests_t *self, const outside_relay_t *relay)
{
    self->relay = *relay;
}

static void destroy_flight(flight_t *flight)
{
    if (!flight)
        return;
    outside_mail_end(&flight->mail);
    curl_easy_cleanup(flight->easy);
    curl_slist_free_all(flight->headers);
    free(flight->body);
    free(flight->received);
    free(flight);
}

void outside_destroy(outside_requests_t **self_p)
{
    outside_requests_t *self = *self_p;
    if (!self)
        return;
    destroy_flight(self->given);
    for (flight_t *flight; (flight = self->under_way);) {
        self->under_way = flight->next;
        curl_multi_remove_handle(self->multi, flight->easy);
        destroy_flight(flight);
    }
    for (flight_t *flight; (flight = self->done);) {
        self->done = flight->next;
        destroy_flight(flight);
    }
    curl_multi_cleanup(self->multi);
    close(self->timer);
    close(self->epoll);
    free(self->authorities);
    free(self);
    *self_p = NULL;
}

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
    flight_t *flight = arg;
    size_t bytes = size * count;
    if (bytes > OUTSIDE_BODY_MAX - flight->received_size) {
        flight->body_too_large = true;
        return 0; // ends the transfer
    }
    memcpy(flight->received + flight->received_size, data, bytes);
    flight->received_size += bytes;
    return bytes;
}

// --- where to ---

// Asked of each address that a name led to, as it is connected to: no later answer of the name's
// owner leads elsewhere.
static curl_socket_t open_public(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)arg, (void)purpose;
    if (!public_address(&address->addr))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// --- what is sent ---

// libcurl ends a text at NUL, and a header at the end of a line.
static bool is_one_line(text_t text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < ' ' || text.data[i] > '~')
            return false;
    return text.size > 0 && text.size < OUTSIDE_HEADER_MAX;
}

static bool is_token(text_t name) // RFC 9110, section 5.6.2
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && (c == '\0' || !strchr(others, c)))
            return false;
    }
    return is_one_line(name);
}

// What libcurl says itself, of the connection and of where the body ends.
static bool is_libcurls(text_t name)
{
    static const char *const names[] = {"Connection", "Content-Length", "Content-Type",
                                        "Expect",     "Host",           "Transfer-Encoding"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (name.size == strlen(names[i]) && strncasecmp(name.data, names[i], name.size) == 0)
            return true;
    return false;
}

static void add_header(flight_t *flight, text_t name, text_t value)
{
    char line[2 * OUTSIDE_HEADER_MAX + 2];
    snprintf(line, sizeof line, "%.*s: %.*s", (int)name.size, name.data, (int)value.size,
             value.data);
    struct curl_slist *list = curl_slist_append(flight->headers, line);
    assert(list);
    flight->headers = list;
}

// False for what must not be sent.
static bool add_headers(flight_t *flight, const outside_t *request)
{
    text_t type = request->content_type;
    if (request->headers_count > OUTSIDE_HEADERS_MAX || (type.size && !is_one_line(type)))
        return false;
    // A form's type libcurl writes itself, in its place.
    if (type.size && !text_equal(type, text_of(OUTSIDE_FORM)))
        add_header(flight, text_of("Content-Type"), type);
    for (size_t i = 0; i < request->headers_count; i++) {
        const outside_header_t *header = &request->headers[i];
        if (!is_token(header->name) || !is_one_line(header->value) || is_libcurls(header->name))
            return false;
        add_header(flight, header->name, header->value);
    }
    return true;
}

// A POST says what its body is; a GET has none.
static bool is_whole(const outside_t *request)
{
    if (request->method == OUTSIDE_POST)
        return request->content_type.size > 0;
    return request->method == OUTSIDE_GET && !request->content_type.size && !request->body.size;
}

static bool copy_url(const outside_t *request, char url[OUTSIDE_URL_MAX])
{
    if (request->url.size >= OUTSIDE_URL_MAX || memchr(request->url.data, '\0', request->url.size))
        return false;
    memcpy(url, request->url.data, request->url.size);
    url[request->url.size] = '\0';
    return true;
}

// What holds for every conversation.
static void set_common(const outside_requests_t *self, flight_t *flight, unsigned timeout_ms)
{
    CURL *easy = flight->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, flight);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)OUTSIDE_CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(timeout_ms ? timeout_ms : self->timeout_ms));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, flight);
    if (self->authorities) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, self->authorities);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
}

static void set_options(const outside_requests_t *self, flight_t *flight, const char *url,
                        const outside_t *request)
{
    CURL *easy = flight->easy;
    set_common(self, flight, request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_URL, url); // libcurl copies it
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, self->https_only ? "https" : "https,http");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (request->public_only)
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_public);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, flight->headers);
    if (request->method == OUTSIDE_POST) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, flight->body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->body.size);
    }
}

static bool prepare(const outside_requests_t *self, flight_t *flight, const outside_t *request)
{
    char url[OUTSIDE_URL_MAX];
    if (request->method == OUTSIDE_MAIL) {
        set_common(self, flight, request->timeout_ms);
        return outside_mail_begin(&flight->mail, flight->easy, &self->relay, request->url,
                                  (span_t){flight->body, request->body.size});
    }
    if (!is_whole(request) || !copy_url(request, url) || !add_headers(flight, request))
        return false;
    set_options(self, flight, url, request);
    return true;
}

void outside_start(outside_requests_t *self, const outside_t *request)
{
    flight_t *flight = calloc(1, sizeof *flight);
    assert(flight);
    flight->key = request->key;
    flight->easy = curl_easy_init();
    flight->body = malloc(request->body.size + 1);
    flight->received = malloc(OUTSIDE_BODY_MAX);
    assert(flight->easy && flight->body && flight->received);
    if (request->body.size)
        memcpy(flight->body, request->body.data, request->body.size);
    self->count++;
    bool started = prepare(self, flight, request) &&
                   curl_multi_add_handle(self->multi, flight->easy) == CURLM_OK;
    flight_t **list = started ? &self->under_way : &self->done;
    flight->next = *list;
    *list = flight;
}

int outside_fd(const outside_requests_t *self)
{
    return self->epoll;
}

size_t outside_count(const outside_requests_t *self)
{
    return self->count;
}

void outside_turn(outside_requests_t *self)
{
    struct epoll_event events[64];
    int count = epoll_wait(self->epoll, events, 64, 0), running;
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == self->timer) {
            uint64_t fired;
            ssize_t got = read(self->timer, &fired, sizeof fired);
            (void)got; // set again since: nothing fired
            curl_multi_socket_action(self->multi, CURL_SOCKET_TIMEOUT, 0, &running);
            continue;
        }
        uint32_t ready = events[i].events;
        int what = (ready & EPOLLIN ? CURL_CSELECT_IN : 0) |
                   (ready & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (ready & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
        curl_multi_socket_action(self->multi, events[i].data.fd, what, &running);
    }
}

// Did the request certainly stay here? Two things must say so: the kind of failure, and that curl
// had not come to the point of sending.
static bool stayed_here(CURL *easy, CURLcode code)
{
    curl_off_t sending_us = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sending_us);
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_OPERATION_TIMEDOUT:
        return sending_us == 0;
    default:
        return false;
    }
}

static void describe(const flight_t *flight, CURLcode code, result_t *ret_result)
{
    *ret_result = (result_t){.key = flight->key, .what = RESULT_NO_ANSWER};
    if (flight->mail.to) {
        outside_mail_describe(&flight->mail, flight->easy, code == CURLE_OK, ret_result);
    } else if (code == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(flight->easy, CURLINFO_RESPONSE_CODE, &status);
        ret_result->what = RESULT_ANSWERED;
        ret_result->http_status = (unsigned)status;
        ret_result->body = (bytes_t){flight->received, (uint32_t)flight->received_size};
    } else if (!flight->body_too_large && stayed_here(flight->easy, code)) {
        ret_result->what = RESULT_NOT_CONNECTED;
    }
}

bool outside_result(outside_requests_t *self, result_t *ret_result)
{
    destroy_flight(self->given);
    self->given = NULL;
    if (self->done) {
        self->given = self->done;
        self->done = self->given->next;
        *ret_result = (result_t){.key = self->given->key, .what = RESULT_NOT_CONNECTED};
        self->count--;
        return true;
    }
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(self->multi, &left));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        CURL *easy = message->easy_handle;
        char *flight = NULL;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &flight);
        curl_multi_remove_handle(self->multi, easy); // ends the message's life
        self->given = (flight_t *)(void *)flight;
        flight_t **link = &self->under_way;
        while (*link != self->given)
            link = &(*link)->next;
        *link = self->given->next;
        describe(self->given, code, ret_result);
        self->count--;
        return true;
    }
    return false;
}
