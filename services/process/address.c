#include "services/process/address.h"
#include <arpa/inet.h>
#include <string.h>

enum { PORT_DIGITS_MAX = 5 };

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static void map(const struct in_addr *ipv4, address_t *ret_address)
{
    memcpy(ret_address->bytes, mapped, sizeof mapped);
    memcpy(ret_address->bytes + sizeof mapped, ipv4, sizeof *ipv4);
}

bool address_read(const char *text, address_t *ret_address)
{
    struct in_addr ipv4;
    struct in6_addr ipv6;
    if (inet_pton(AF_INET, text, &ipv4) == 1) {
        map(&ipv4, ret_address);
        return true;
    }
    if (inet_pton(AF_INET6, text, &ipv6) != 1)
        return false;
    memcpy(ret_address->bytes, &ipv6, sizeof ret_address->bytes);
    return true;
}

bool address_of_peer(const struct sockaddr *peer, address_t *ret_address)
{
    if (peer->sa_family == AF_INET) {
        map(&((const struct sockaddr_in *)(const void *)peer)->sin_addr, ret_address);
        return true;
    }
    if (peer->sa_family != AF_INET6)
        return false;
    memcpy(ret_address->bytes, &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr,
           sizeof ret_address->bytes);
    return true;
}

bool address_equal(const address_t *a, const address_t *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool address_is_loopback(const address_t *self)
{
    static const address_t ipv6 = {.bytes[15] = 1};
    bool is_ipv4 = memcmp(self->bytes, mapped, sizeof mapped) == 0;
    return is_ipv4 ? self->bytes[sizeof mapped] == 127 : address_equal(self, &ipv6);
}

bool address_list_read(const char *text, address_list_t *ret_list)
{
    address_list_t list = {.count = 0};
    for (const char *at = text + strspn(text, " "); *at; at += strspn(at, " ")) {
        char word[INET6_ADDRSTRLEN];
        size_t size = strcspn(at, " ");
        if (size >= sizeof word || list.count == ADDRESS_LIST_MAX)
            return false;
        memcpy(word, at, size);
        word[size] = '\0';
        if (!address_read(word, &list.items[list.count++]))
            return false;
        at += size;
    }
    *ret_list = list;
    return true;
}

bool address_list_has(const address_list_t *self, const address_t *address)
{
    for (size_t i = 0; i < self->count; i++)
        if (address_equal(&self->items[i], address))
            return true;
    return false;
}

static bool read_port(const char *text, in_port_t *ret_port)
{
    size_t size = strspn(text, "0123456789");
    unsigned port = 0;
    if (text[size] != '\0' || size > PORT_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < size; i++)
        port = port * 10 + (unsigned)(text[i] - '0');
    *ret_port = htons((uint16_t)port);
    return port <= UINT16_MAX;
}

bool address_read_listen(const char *text, struct sockaddr_in *ret_address)
{
    char host[INET_ADDRSTRLEN];
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *colon = strrchr(text, ':');
    if (!colon || (size_t)(colon - text) >= sizeof host || !read_port(colon + 1, &address.sin_port))
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        return false;
    *ret_address = address;
    return true;
}
