#include "proto/service.h"
#include <assert.h>
#include <stdio.h>

#define FED true
#define UNFED false
#define FOLLOWS(...)                                                                               \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define ASKS(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static const service_t services[] = {
#define SERVICE(name, NAME, bit, number, feed, follows, net, group, files, memory, threads, what)  \
    {#name,                                                                                        \
     what,                                                                                         \
     ROLE_##NAME,                                                                                  \
     number,                                                                                       \
     feed,                                                                                         \
     follows,                                                                                      \
     SERVICE_NETWORK_##net,                                                                        \
     SERVICE_CALLS_##group,                                                                        \
     files,                                                                                        \
     memory,                                                                                       \
     threads},
#include "proto/services.def"
#define FACE(name, NAME, bit, asks, net, group, files, memory, threads, what)                      \
    {#name,                                                                                        \
     what,                                                                                         \
     ROLE_##NAME,                                                                                  \
     STREAM_NONE,                                                                                  \
     false,                                                                                        \
     asks,                                                                                         \
     SERVICE_NETWORK_##net,                                                                        \
     SERVICE_CALLS_##group,                                                                        \
     files,                                                                                        \
     memory,                                                                                       \
     threads},
#include "proto/services.def"
};
enum { SERVICES = sizeof services / sizeof services[0] };

const service_t *service_at(size_t index)
{
    return index < SERVICES ? &services[index] : NULL;
}

const service_t *service_named(const char *name)
{
    for (size_t i = 0; i < SERVICES; i++)
        if (strcmp(services[i].name, name) == 0)
            return &services[i];
    return NULL;
}

const service_t *service_of(stream_t stream)
{
    for (size_t i = 0; stream != STREAM_NONE && i < SERVICES; i++)
        if (services[i].stream == stream)
            return &services[i];
    return NULL;
}

const char *service_stream_name(stream_t stream)
{
    const service_t *service = service_of(stream);
    return service ? service->name : NULL;
}

static unsigned roles_of(stream_t stream, bool faces)
{
    unsigned roles = 0;
    for (size_t i = 0; i < SERVICES; i++)
        for (const stream_t *peer = services[i].peers; *peer != STREAM_NONE; peer++)
            if (*peer == stream && (services[i].stream == STREAM_NONE) == faces)
                roles |= services[i].role;
    return roles;
}

unsigned service_followers(stream_t stream)
{
    return roles_of(stream, false);
}

unsigned service_faces(stream_t stream)
{
    return roles_of(stream, true);
}

void service_list(char ret_list[SERVICE_LIST_MAX])
{
    size_t used = 0;
    for (stream_t stream = STREAM_FIRST; stream < STREAM_END; stream++) {
        const char *before = stream == STREAM_FIRST ? "" : stream == STREAM_END - 1 ? " or " : ", ";
        used += (size_t)snprintf(ret_list + used, SERVICE_LIST_MAX - used, "%s%s", before,
                                 service_stream_name(stream));
        assert(used < SERVICE_LIST_MAX);
    }
}
