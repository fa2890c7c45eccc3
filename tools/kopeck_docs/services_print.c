#include "tools/kopeck_docs/services_print.h"
#include "proto/service.h"
#include <inttypes.h>
#include <stdio.h>

enum { PORT_FIRST = 7000, PORT_STEP = 100, THOUSAND = 1000, GIB_MIB = 1024 };

// --- docs/services.md ---

static void print_peers(const service_t *service)
{
    for (const stream_t *peer = service->peers; *peer; peer++)
        printf("%s%s", peer == service->peers ? "" : ", ", service_stream_name(*peer));
}

static void print_processes(void)
{
    const service_t *service;
    printf("| process | stream | follows | asks | takes a feed | what it does |\n"
           "|---|---|---|---|---|---|\n");
    for (size_t i = 0; (service = service_at(i)); i++) {
        bool journal = service->stream != STREAM_NONE;
        printf("| %s | ", service->name);
        if (journal)
            printf("%" PRIu64, service->stream);
        printf(" | ");
        if (journal)
            print_peers(service);
        printf(" | ");
        if (!journal)
            print_peers(service);
        printf(" | %s | %s |\n", service->takes_feed ? "yes" : "", service->meaning);
    }
}

static void print_connects(const service_t *service)
{
    if (service->network == SERVICE_NETWORK_EGRESS) {
        printf("anywhere");
        return;
    }
    if (service->peers[0]) {
        printf("the doors of ");
        print_peers(service);
        printf(", ");
    }
    printf("DNS");
}

// 65536 as people write it.
static void print_thousands(unsigned number)
{
    if (number >= THOUSAND)
        printf("%u %03u", number / THOUSAND, number % THOUSAND);
    else
        printf("%u", number);
}

static void print_limits(void)
{
    static const char *const networks[] = {[SERVICE_NETWORK_BUS] = "none",
                                           [SERVICE_NETWORK_EGRESS] = "yes",
                                           [SERVICE_NETWORK_EDGE] = "loopback"};
    static const char *const calls[] = {
        [SERVICE_CALLS_NONE] = "those of all", [SERVICE_CALLS_KEEPER] = "and a keeper's"};
    const service_t *service;
    printf("| process | connects to (TCP) | network in its unit | system calls | descriptors | "
           "memory it may allocate | threads in its unit |\n|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; (service = service_at(i)); i++) {
        printf("| %s | ", service->name);
        print_connects(service);
        printf(" | %s | %s | ", networks[service->network], calls[service->calls]);
        print_thousands(service->files);
        printf(" | %u GiB | %u |\n", service->memory_mib / GIB_MIB, service->threads);
    }
}

void services_print_table(void)
{
    printf(
        "# Processes and roles\n\n"
        "Made by `kopeck-docs services` from proto/services.def; do not edit.\n\n"
        "A process with a journal publishes what it says as a *stream* of that number. A process\n"
        "without one keeps nothing and asks the others.\n\n");
    print_processes();
    printf("\n## What each may do, and how much\n\n"
           "[limits.md](limits.md) says what stands behind it. Memory is the default of\n"
           "`limits/memory_mib`.\n\n");
    print_limits();
    printf("\n## Roles\n\n"
           "Every certificate carries one. A process has the role of its name.\n\n"
           "| role | whose |\n|---|---|\n");
#define SERVICE(name, ...) printf("| " #name " | the process |\n");
#define FACE(name, ...) printf("| " #name " | the process |\n");
#define ROLE(name, NAME, role, meaning) printf("| " #name " | " meaning " |\n");
#include "proto/services.def"
}

// --- files beside the programs ---

void services_print_users(void)
{
    const service_t *service;
    printf(
        "# kopeck.sysusers.conf - one user for each process, one group for their doors. Made by\n"
        "# `kopeck-docs sysusers` from proto/services.def; do not edit.\n"
        "g kopeck - -\n");
    for (size_t i = 0; (service = service_at(i)); i++)
        printf("u kopeck-%s - \"Kopeck, %s\" / -\n", service->name, service->name);
}

void services_print_operator(void)
{
    static const char *const doors[] = {"command", "replay", "publish", "feed"};
    const service_t *service;
    printf("#   kopeck.cfg - the command line of an operator beside docker-compose.yml. Keys:\n"
           "#   tools/kopeck/options.h. Made by `kopeck-docs operator` from proto/services.def.\n"
           "certificate\n    secret = /keys/secret/others/operator.cert_secret\n");
    for (stream_t stream = STREAM_FIRST; (service = service_of(stream)); stream++) {
        printf("%s\n", service->name);
        for (size_t d = 0; d < (service->takes_feed ? 4 : 3); d++)
            printf("    %s = tcp://%s:%" PRIu64 "\n", doors[d], service->name,
                   PORT_FIRST + PORT_STEP * stream + 1 + d);
        printf("    certificate = /keys/public/%s.cert\n"
               "    journal = /var/lib/kopeck/%s\n",
               service->name, service->name);
    }
}

void services_print_local(void)
{
    static const char *const doors[] = {"command", "replay", "publish", "feed"};
    const service_t *service;
    printf(
        "#   kopeck-local.cfg - the command line of an operator beside the systemd units: a user\n"
        "#   of the group kopeck who can read the certificate below. Keys: "
        "tools/kopeck/options.h.\n"
        "#   Made by `kopeck-docs operator-local` from proto/services.def.\n"
        "certificate\n    secret = /etc/kopeck/secret/operator.cert_secret\n");
    for (stream_t stream = STREAM_FIRST; (service = service_of(stream)); stream++) {
        const char *name = service->name;
        printf("%s\n", name);
        for (size_t d = 0; d < (service->takes_feed ? 4 : 3); d++)
            printf("    %s = ipc:///run/kopeck/%s.%s\n", doors[d], name, doors[d]);
        printf("    certificate = /etc/kopeck/public/%s.cert\n"
               "    journal = /var/lib/kopeck-%s\n",
               name, name);
    }
}
