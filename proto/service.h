#pragma once
// service - the processes of ours as values, made from proto/services.def, which says what each
// column means.
//
// Units: memory in MiB. Ownership: rows are constants. Failures: NULL for what is not there.
// Threads: any.
#include "proto/request.h"

enum { SERVICE_PEERS_MAX = 8 };

typedef enum {
    SERVICE_NETWORK_BUS,
    SERVICE_NETWORK_EGRESS,
    SERVICE_NETWORK_EDGE
} service_network_t;
typedef enum { SERVICE_CALLS_NONE, SERVICE_CALLS_KEEPER } service_calls_t;

typedef struct {
    const char *name, *meaning;
    role_t role;
    stream_t stream; // STREAM_NONE of a face
    bool takes_feed;
    // Whom a service follows, whom a face asks; the first STREAM_NONE ends them.
    stream_t peers[SERVICE_PEERS_MAX + 1];
    service_network_t network;
    service_calls_t calls;
    unsigned files, memory_mib, threads;
} service_t;

const service_t *service_at(size_t index); // in the order of the table, services before faces
const service_t *service_named(const char *name);
const service_t *service_of(stream_t stream);
const char *service_stream_name(stream_t stream); // "ledger"; NULL for a producer

// Roles of those who need a process by the table: the services that follow its stream, the faces
// that ask at its door.
unsigned service_followers(stream_t stream);
unsigned service_faces(stream_t stream);

// "metering, ledger, payment or autopay": whoever has a journal, for texts to people.
enum { SERVICE_LIST_MAX = 256 };
void service_list(char ret_list[SERVICE_LIST_MAX]);
