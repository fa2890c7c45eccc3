#include "services/process/public_address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    uint32_t network;
    unsigned bits;
} range_t;

#define V4(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))

static bool is_public_4(uint32_t address)
{
    static const range_t special[] = {
        {V4(0, 0, 0, 0), 8},      {V4(10, 0, 0, 0), 8},     {V4(100, 64, 0, 0), 10},
        {V4(127, 0, 0, 0), 8},    {V4(169, 254, 0, 0), 16}, {V4(172, 16, 0, 0), 12},
        {V4(192, 0, 0, 0), 24},   {V4(192, 0, 2, 0), 24},   {V4(192, 88, 99, 0), 24},
        {V4(192, 168, 0, 0), 16}, {V4(198, 18, 0, 0), 15},  {V4(198, 51, 100, 0), 24},
        {V4(203, 0, 113, 0), 24}, {V4(224, 0, 0, 0), 4},    {V4(240, 0, 0, 0), 4}};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if ((address ^ special[i].network) >> (32 - special[i].bits) == 0)
            return false;
    return true;
}

// Of what is given out, 2000::/3, without what carries another address or stands in documents.
static bool is_public_6(const uint8_t *bytes)
{
    static const uint8_t documents[] = {0x20, 0x01, 0x0d, 0xb8}, teredo[] = {0x20, 0x01, 0, 0};
    return (bytes[0] & 0xe0) == 0x20 && memcmp(bytes, documents, sizeof documents) != 0 &&
           memcmp(bytes, teredo, sizeof teredo) != 0 && !(bytes[0] == 0x20 && bytes[1] == 0x02) &&
           !(bytes[0] == 0x3f && bytes[1] == 0xff);
}

bool public_address(const struct sockaddr *address)
{
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    switch (address->sa_family) {
    case AF_INET:
        memcpy(&four, address, sizeof four);
        return is_public_4(ntohl(four.sin_addr.s_addr));
    case AF_INET6:
        memcpy(&six, address, sizeof six);
        return is_public_6(six.sin6_addr.s6_addr);
    default:
        return false;
    }
}
