#include "services/web/web_connections.h"
#include <stddef.h>

void web_connections_init(web_connections_t *self)
{
    self->ring = (web_connection_t){.before = &self->ring, .after = &self->ring};
}

void web_connections_spare(web_connection_t *connection)
{
    if (!connection->before)
        return;
    connection->before->after = connection->after;
    connection->after->before = connection->before;
    connection->before = connection->after = NULL;
}

void web_connections_expect(web_connections_t *self, web_connection_t *connection, int64_t now_ms)
{
    web_connections_spare(connection);
    connection->ends_ms = now_ms + WEB_PATIENCE_MS;
    connection->before = self->ring.before;
    connection->after = &self->ring;
    self->ring.before->after = connection;
    self->ring.before = connection;
}

web_connection_t *web_connections_overdue(web_connections_t *self, int64_t now_ms)
{
    web_connection_t *first = self->ring.after;
    if (first == &self->ring || first->ends_ms > now_ms)
        return NULL;
    web_connections_spare(first);
    return first;
}

int64_t web_connections_next(const web_connections_t *self)
{
    return self->ring.after == &self->ring ? INT64_MAX : self->ring.after->ends_ms;
}
