#pragma once
// web_listener - one HTTP listener and its thread: libmicrohttpd's epoll loop, with every request
// that waits for an answer suspended, so that however many wait, none needs a thread.
//
// All that a request is made of belongs to this thread: handlers, connections and their time, and
// the mailbox in which questions come back. A connection that owes us something for
// WEB_PATIENCE_MS is closed.
//
// The order of an end: the asker stops, which gives all questions back; then the listener, which
// answers them, for at most LISTENER_FAREWELL_MS, and closes.
// Ownership: the settings, the source and the asker outlive it. Failures: NULL, after a line in the
// log. Threads: the one that made it stops and destroys it.
#include "services/web/web_asker.h"
#include "services/web/web_routes.h"
#include "services/web/web_source.h"
#include "services/web/web_site.h"
#include "services/web/web_tally.h"

enum { LISTENER_FAREWELL_MS = 1000 };

typedef struct {
    unsigned served;            // WEB_PAGES, WEB_NOTICES or both, or WEB_METRICS (web_routes.h)
    const char *listen;         // as configured
    struct sockaddr_in address; // the same
    const char *port_file;      // where the port is written once it is open; "" for none
    unsigned connections;       // at most so many at once
    unsigned per_address;       // and of one address; 0 for all
    web_source_t source;
    web_site_t *site; // of the customer's page; NULL where there is none
    // Of another face: its routes, and what its steps share; else NULL.
    web_route_find_fn *find;
    void *face;
    web_tally_t *tally; // of all listeners
} web_listener_settings_t;

typedef struct web_listener web_listener_t;

// Begins to serve. The port file is there when it returns.
web_listener_t *web_listener_new(const web_listener_settings_t *settings, web_asker_t *asker);
uint16_t web_listener_port(const web_listener_t *self);
void web_listener_destroy(web_listener_t **self_p); // the asker has stopped
