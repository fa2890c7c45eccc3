// robokassa-sim - a stand-in of Robokassa's merchant side over HTTP, faults included, for tests,
// demos and drivers. It is written from the protocol alone and shares no code with the client, so
// that the two check each other. Its own admin interface (/sim/...) is described in admin.h, its
// configuration by --help.
#include "tools/command_line/command_line.h"
#include "tools/robokassa_sim/delivery.h"
#include "tools/robokassa_sim/server.h"
#include "tools/robokassa_sim/text.h"
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EXIT_STOPPED = 0, EXIT_RUNTIME = 1, EXIT_USAGE = 64, EXIT_CONFIG = 78 };

#define LOOP_MAX_MS 1000
#define US_PER_MS 1000

static void help(FILE *out)
{
    fprintf(out,
            "usage: robokassa-sim --config FILE [--port-file FILE]\n\n"
            "Stands in for Robokassa's merchant side: /Merchant/..., OpStateExt, Invoice and\n"
            "refund API, callbacks with retries; tests steer it by /sim/... (admin.h).\n\n"
            "  --config FILE     configuration, lines of 'key = value', '#' starts a comment\n"
            "  --port-file FILE  where to write the port once it listens\n"
            "  --help            this text\n\n"
            "Exit codes: 0 stopped by a signal, 1 failed, 64 usage, 78 configuration.\n\n"
            "Keys (and their defaults):\n%s",
            config_help());
}

static bool write_port(const char *path, unsigned port)
{
    FILE *file = path ? fopen(path, "we") : NULL;
    if (!path)
        return true;
    bool written = file && fprintf(file, "%u\n", port) > 0;
    if (file && fclose(file) != 0)
        written = false;
    if (!written)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return written;
}

static int shorter(int a_ms, int b_ms)
{
    return a_ms < 0 ? b_ms : b_ms < 0 ? a_ms : a_ms < b_ms ? a_ms : b_ms;
}

// Until the world wakes by itself; a driven clock wakes by a request only.
static int wake_ms(const sim_t *sim)
{
    int64_t wake_us = sim_next_wake_us(sim), now_us = sim_now_us(sim);
    if (wake_us <= now_us)
        return sim_in_flight(sim) < DELIVERY_MAX ? 0 : -1;
    if (sim->config->driven || wake_us == OPERATION_NEVER_US)
        return -1;
    int64_t wait_ms = (wake_us - now_us) / US_PER_MS + 1;
    return wait_ms < LOOP_MAX_MS ? (int)wait_ms : LOOP_MAX_MS;
}

static void loop(sim_t *sim, server_t *server, delivery_t *delivery, int signals)
{
    struct curl_waitfd others[] = {{.fd = server_file(server), .events = CURL_WAIT_POLLIN},
                                   {.fd = signals, .events = CURL_WAIT_POLLIN}};
    do {
        server_run(server);
        sim_advance(sim);
        delivery_start(delivery);
        sim_flush(sim);
        delivery_run(delivery);
        int timeout_ms = shorter(LOOP_MAX_MS, shorter(server_timeout_ms(server), wake_ms(sim)));
        others[0].revents = others[1].revents = 0;
        delivery_wait(delivery, others, 2, timeout_ms);
    } while (!others[1].revents);
    sim_flush(sim);
}

static int serve(config_t **config_p, const char *port_file, int signals)
{
    sim_t *sim = sim_create(config_p);
    server_t *server = sim ? server_create(sim) : NULL;
    int code = EXIT_RUNTIME;
    if (server && write_port(port_file, server_port(server))) {
        if (!*sim->public_url) {
            text_t text;
            text_open(&text);
            const char *listen = sim->config->listen;
            fprintf(text.file, "http://%.*s:%u", (int)(strrchr(listen, ':') - listen), listen,
                    server_port(server));
            free(sim->public_url);
            sim->public_url = text_take(&text);
        }
        printf("robokassa-sim: listening on %s\n", sim->public_url);
        fflush(stdout);
        delivery_t *delivery = delivery_create(sim);
        loop(sim, server, delivery, signals);
        delivery_destroy(&delivery);
        code = EXIT_STOPPED;
    }
    server_destroy(&server);
    sim_destroy(&sim);
    return code;
}

int main(int argc, char **argv)
{
    command_line_version(argc, argv);
    static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
                                            {"port-file", required_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *config_file = NULL, *port_file = NULL;
    for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
        if (optarg && !command_line_word(optarg)) {
            fputs("robokassa-sim: a value is empty or no text\n", stderr);
            return EXIT_USAGE;
        }
        switch (option) {
        case 'c':
            config_file = optarg;
            break;
        case 'p':
            port_file = optarg;
            break;
        case 'h':
            help(stdout);
            return EXIT_STOPPED;
        default:
            return EXIT_USAGE;
        }
    }
    if (!config_file || optind != argc) {
        help(stderr);
        return EXIT_USAGE;
    }
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    signal(SIGPIPE, SIG_IGN);
    int signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    config_t *config = config_load(config_file);
    int code = config ? serve(&config, port_file, signals) : EXIT_CONFIG;
    curl_global_cleanup();
    close(signals);
    return code;
}
