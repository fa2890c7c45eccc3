#include "tools/kopeck/web_health.h"
#include "services/process/address.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 4096, HTTP_OK = 200, HTTP_NONE = 0 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool wait_for(int fd, short events, int64_t ends_ms)
{
    int64_t left = ends_ms - now_ms();
    struct pollfd item = {.fd = fd, .events = events};
    return left > 0 && poll(&item, 1, (int)left) == 1;
}

// What came, up to the end of the connection. False: not all of it came in time.
static bool exchange(int fd, const struct sockaddr_in *address, int64_t ends_ms,
                     char ret_answer[ANSWER_MAX])
{
    static const char ask[] =
        "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    int failed = 0;
    socklen_t size = sizeof failed;
    size_t used = 0;
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) &&
        (!wait_for(fd, POLLOUT, ends_ms) || getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) ||
         failed))
        return false;
    if (send(fd, ask, sizeof ask - 1, MSG_NOSIGNAL) != (ssize_t)sizeof ask - 1)
        return false;
    for (;;) {
        if (used == ANSWER_MAX - 1 || !wait_for(fd, POLLIN, ends_ms))
            return false;
        ssize_t got = recv(fd, ret_answer + used, ANSWER_MAX - 1 - used, 0);
        if (got < 0)
            return false;
        used += (size_t)got;
        ret_answer[used] = '\0';
        if (got == 0)
            return used > 0;
    }
}

// The answer's status and its body's first line; HTTP_NONE without an answer.
static int get(const struct sockaddr_in *address, int wait_ms, char ret_line[WEB_HEALTH_WHY_MAX])
{
    char answer[ANSWER_MAX] = "";
    int status = HTTP_NONE, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool whole = fd >= 0 && exchange(fd, address, now_ms() + wait_ms, answer);
    if (fd >= 0)
        close(fd);
    if (!whole || strncmp(answer, "HTTP/1.1 ", 9) != 0)
        return HTTP_NONE;
    status = (int)strtol(answer + 9, NULL, 10);
    const char *body = strstr(answer, "\r\n\r\n");
    body = body ? body + 4 : "";
    snprintf(ret_line, WEB_HEALTH_WHY_MAX, "%.*s", (int)strcspn(body, "\r\n"), body);
    return status;
}

// Port 0 was the kernel's choice, and stands in the port file.
static bool read_port(const char *file, struct sockaddr_in *address)
{
    char text[16] = "";
    FILE *stream = *file ? fopen(file, "re") : NULL;
    if (!stream)
        return false;
    size_t size = fread(text, 1, sizeof text - 1, stream);
    fclose(stream);
    text[size] = '\0';
    unsigned long port = strtoul(text, NULL, 10);
    address->sin_port = htons((uint16_t)port);
    return port > 0 && port <= UINT16_MAX;
}

// False: the listener is not open, or nobody could say where.
static bool place_of(config_t *config, const char *key, const char *listen, const char *port_file,
                     struct sockaddr_in *ret_address)
{
    if (!address_read_listen(listen, ret_address)) {
        config_refuse(config, key, listen, "ADDRESS:PORT, IPv4");
        return false;
    }
    if (ret_address->sin_addr.s_addr == htonl(INADDR_ANY))
        ret_address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ret_address->sin_port || read_port(port_file, ret_address);
}

static int tell(char *why, int status, const char *what)
{
    snprintf(why, WEB_HEALTH_WHY_MAX, "%s", what);
    return status;
}

// The other face has one listener.
static int ask_api(config_t *config, int wait_ms, char ret_why[WEB_HEALTH_WHY_MAX])
{
    char line[WEB_HEALTH_WHY_MAX] = "";
    struct sockaddr_in place;
    bool placed =
        place_of(config, "api/listen", config_text(config, "api/listen", "127.0.0.1:8090"),
                 config_text(config, "api/port_file", ""), &place);
    (void)config_text(config, "ledger/command", NULL); // without it, it would not run
    if (config_error(config))
        return tell(ret_why, EX_CONFIG, config_error(config));
    int status = placed ? get(&place, wait_ms, line) : HTTP_NONE;
    if (status == HTTP_NONE)
        return tell(ret_why, EX_UNAVAILABLE, "no answer");
    return status == HTTP_OK ? tell(ret_why, EX_OK, "") : tell(ret_why, EX_TEMPFAIL, line);
}

int web_health_ask(config_t *config, int wait_ms, char ret_why[WEB_HEALTH_WHY_MAX])
{
    if (config_has(config, "api"))
        return ask_api(config, wait_ms, ret_why);
    const char *listen = config_text(config, "web/listen", "127.0.0.1:8080");
    const char *port_file = config_text(config, "web/port_file", "");
    const char *notices_listen = config_text(config, "web/notices_listen", "");
    const char *notices_port_file = config_text(config, "web/notices_port_file", "");
    // Without these two it would not run.
    (void)config_text(config, "payment/command", NULL);
    (void)config_text(config, "payment/certificate", NULL);
    struct sockaddr_in pages, notices;
    bool placed = place_of(config, "web/listen", listen, port_file, &pages);
    bool apart = *notices_listen;
    bool notices_placed = !apart || place_of(config, "web/notices_listen", notices_listen,
                                             notices_port_file, &notices);
    if (config_error(config))
        return tell(ret_why, EX_CONFIG, config_error(config));
    char line[WEB_HEALTH_WHY_MAX] = "";
    int status = placed ? get(&pages, wait_ms, line) : HTTP_NONE;
    if (status == HTTP_NONE)
        return tell(ret_why, EX_UNAVAILABLE, "no answer");
    if (status != HTTP_OK)
        return tell(ret_why, EX_TEMPFAIL, *line ? line : "it says that it is not healthy");
    if (apart && (!notices_placed || get(&notices, wait_ms, line) == HTTP_NONE))
        return tell(ret_why, EX_UNAVAILABLE, "no answer where notices come in");
    return tell(ret_why, EX_OK, "");
}
