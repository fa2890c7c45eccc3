#include "tools/fleet/fleet_place.h"
#include "services/common/keys.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SOCKETS_PATH_MAX = 80,
    PASSWORD_BYTES = 16,
    PORT_FIRST = 12000,
    PORT_END = 32000,
    PORT_TRIES = 100
};

static const char *const names[] = {"metering", "ledger", "payment", "autopay", "web", "sim"};

const char *fleet_place_name(fleet_process_t process)
{
    assert(process < FLEET_PROCESSES);
    return names[process];
}

void fleet_place_path(const fleet_place_t *self, const char *folder, const char *name,
                      const char *suffix, char ret_path[PATH_MAX])
{
    snprintf(ret_path, PATH_MAX, "%s/%s/%s%s", self->directory, folder, name, suffix);
}

static bool refuse(char *error, const char *what)
{
    snprintf(error, FLEET_ERROR_MAX, "%.400s: %s", what, strerror(errno));
    return false;
}

static bool make_directory(const fleet_place_t *self, const char *name, mode_t mode, char *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", self->directory, name);
    return mkdir(path, mode) == 0 || errno == EEXIST || refuse(error, path);
}

static bool make_directories(fleet_place_t *self, const char *directory, char *error)
{
    char path[PATH_MAX];
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return refuse(error, directory);
    if (!realpath(directory, path) || strlen(path) >= sizeof self->directory)
        return refuse(error, directory);
    memcpy(self->directory, path, strlen(path) + 1);
    static const char *const folders[] = {"keys", "keys/public", "keys/secret", "secret",
                                          "etc",  "var",         "log",         "run"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (!make_directory(self, folders[i], 0700, error))
            return false;
    return true;
}

static bool make_keys(const fleet_place_t *self, char *error)
{
    static const char *const wishes[] = {"metering:metering", "ledger:ledger",
                                         "payment:payment",   "autopay:autopay",
                                         "web:web",           "operator:operator:200-299",
                                         "auditor:auditor",   "platform:platform:100-199",
                                         "service:service"};
    char public[PATH_MAX], secret[PATH_MAX], made[PATH_MAX];
    snprintf(public, sizeof public, "%s/keys/public", self->directory);
    snprintf(secret, sizeof secret, "%s/keys/secret", self->directory);
    fleet_place_path(self, "keys/secret", "service", ".cert_secret", made);
    return access(made, R_OK) == 0 || keys_make(wishes, sizeof wishes / sizeof wishes[0], public,
                                                secret, error, FLEET_ERROR_MAX);
}

static bool make_password(const fleet_place_t *self, const char *name, char *error)
{
    char path[PATH_MAX], text[2 * PASSWORD_BYTES + 1];
    uint8_t random[PASSWORD_BYTES];
    fleet_place_path(self, "secret", name, "", path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return errno == EEXIST || refuse(error, path);
    ssize_t got = getrandom(random, sizeof random, 0);
    assert(got == (ssize_t)sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(text + 2 * i, 3, "%02x", random[i]);
    bool written = write(file, text, sizeof text - 1) == (ssize_t)sizeof text - 1;
    if (close(file) != 0 || !written)
        return refuse(error, path);
    return true;
}

// --- where everybody is reached ---

// Ports are taken in order from one that is drawn, so that no two doors of a fleet get the same.
static uint16_t draw_port(void)
{
    uint16_t port = 0;
    ssize_t got = getrandom(&port, sizeof port, 0);
    return (uint16_t)(PORT_FIRST + (got == sizeof port ? port % (PORT_END - PORT_FIRST) : 0));
}

// The next port that is free now, from below those that the kernel lends to whoever connects: one
// of these could be lent out for minutes while our process is down. Another program could still
// take it before ours binds it: ours then ends and is started again, and the start says so if that
// lasts.
static bool free_port(uint16_t *port, char url[FLEET_URL_MAX], char *error)
{
    for (int i = 0; i < PORT_TRIES; i++) {
        *port = *port + 1 < PORT_END ? (uint16_t)(*port + 1) : PORT_FIRST;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(*port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        bool good = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
        if (fd >= 0)
            close(fd);
        if (good) {
            snprintf(url, FLEET_URL_MAX, "127.0.0.1:%u", *port);
            return true;
        }
    }
    refuse(error, "a free port of the loopback");
    return false;
}

// `port` is the last one that was taken; NULL for UNIX sockets.
static bool choose_endpoint(const fleet_place_t *self, uint16_t *port, const char *name,
                            const char *door, char endpoint[FLEET_ENDPOINT_MAX], char *error)
{
    if (port) {
        char url[FLEET_URL_MAX];
        if (!free_port(port, url, error))
            return false;
        snprintf(endpoint, FLEET_ENDPOINT_MAX, "tcp://%s", url);
    } else {
        snprintf(endpoint, FLEET_ENDPOINT_MAX, "ipc://%.80s/%s.%s", self->sockets, name, door);
    }
    return true;
}

static bool choose_doors(const fleet_place_t *self, uint16_t *port, const char *name,
                         fleet_doors_t *doors, char *error)
{
    return choose_endpoint(self, port, name, "command", doors->command, error) &&
           choose_endpoint(self, port, name, "replay", doors->replay, error) &&
           choose_endpoint(self, port, name, "publish", doors->publish, error) &&
           choose_endpoint(self, port, name, "feed", doors->feed, error);
}

static bool choose_places(fleet_place_t *self, const fleet_options_t *options, char *error)
{
    snprintf(self->sockets, sizeof self->sockets, "%.2000s/run", self->directory);
    if (!options->tcp && strlen(self->sockets) > SOCKETS_PATH_MAX) {
        strcpy(self->sockets, "/tmp/kopeck-XXXXXX");
        if (!mkdtemp(self->sockets)) // mode 0700
            return refuse(error, self->sockets);
        self->sockets_are_ours = true;
    }
    uint16_t port = draw_port(), *tcp = options->tcp ? &port : NULL;
    for (fleet_process_t p = FLEET_METERING; p <= FLEET_AUTOPAY; p++)
        if (!choose_doors(self, tcp, names[p], &self->doors[p], error))
            return false;
    return choose_doors(self, tcp, "outbox", &self->outbox, error) &&
           free_port(&port, self->web, error) && free_port(&port, self->sim, error);
}

// --- config files ---

static FILE *create(const fleet_place_t *self, const char *name, char *error)
{
    char path[PATH_MAX];
    fleet_place_path(self, "etc", name, ".cfg", path);
    FILE *file = fopen(path, "we");
    if (!file)
        refuse(error, path);
    return file;
}

static bool finish(FILE *file, char *error)
{
    bool written = !ferror(file);
    if (fclose(file) != 0 || !written)
        return refuse(error, "a configuration file");
    return true;
}

static void put_process(FILE *file, const fleet_place_t *self, const fleet_options_t *options,
                        fleet_process_t process)
{
    const char *name = names[process], *dir = self->directory;
    bool ours = process != FLEET_WEB; // a journal and doors
    fprintf(file, "process\n    name = \"%s\"\n    log = \"info\"\n", name);
    // A trial may run on a kernel that cannot do all of it; what is installed asks for all.
    fprintf(file, "    sandbox = wanted\n    ready_file = \"%s/run/%s.ready\"\n", dir, name);
    if (ours)
        fprintf(file, "    clock = \"%s\"\n    live_feed = %d\n",
                options->driven ? "driven" : "wall", options->live_feed);
    fprintf(file, "certificates\n    secret = \"%s/keys/secret/%s.cert_secret\"\n", dir, name);
    if (!ours)
        return;
    fprintf(file, "    directory = \"%s/keys/public\"\n", dir);
    fprintf(file, "journal\n    directory = \"%s/var/%s\"\n", dir, name);
    const fleet_doors_t *doors = &self->doors[process];
    fprintf(file, "endpoints\n    command = \"%s\"\n    replay = \"%s\"\n    publish = \"%s\"\n",
            doors->command, doors->replay, doors->publish);
    if (process == FLEET_METERING || process == FLEET_LEDGER)
        fprintf(file, "    feed = \"%s\"\n", doors->feed);
}

static void put_follow(FILE *file, const fleet_place_t *self, fleet_process_t process)
{
    const fleet_doors_t *doors = &self->doors[process];
    fprintf(file,
            "    %s\n        publish = \"%s\"\n        replay = \"%s\"\n"
            "        command = \"%s\"\n        certificate = \"%s/keys/public/%s.cert\"\n",
            names[process], doors->publish, doors->replay, doors->command, self->directory,
            names[process]);
}

static void put_service(FILE *file, const fleet_place_t *self, const fleet_options_t *options,
                        fleet_process_t process)
{
    switch (process) {
    case FLEET_METERING:
        if (options->outbox)
            fprintf(file,
                    "feeds\n    %llu\n        publish = \"%s\"\n        replay = \"%s\"\n"
                    "        certificate = \"%s/keys/public/platform.cert\"\n",
                    (unsigned long long)options->outbox, self->outbox.publish, self->outbox.replay,
                    self->directory);
        break;
    case FLEET_LEDGER:
        fputs("follow\n", file);
        put_follow(file, self, FLEET_METERING);
        put_follow(file, self, FLEET_PAYMENT);
        break;
    case FLEET_PAYMENT:
        fputs("follow\n", file);
        put_follow(file, self, FLEET_AUTOPAY);
        fprintf(file,
                "robokassa\n    login = \"kopeck\"\n    algorithm = \"sha256\"\n"
                "    password1 = \"%s/secret/password1\"\n"
                "    password2 = \"%s/secret/password2\"\n"
                "    payment_url = \"http://%s/Merchant/Index.aspx\"\n"
                "    recurring_url = \"http://%s/Merchant/Recurring\"\n"
                "    state_url = \"http://%s/Merchant/WebService/Service.asmx/OpStateExt\"\n"
                "    success_url = \"http://%s/robokassa/success\"\n    fail_url = "
                "\"http://%s/robokassa/fail\"\n"
                "outside\n    https_only = 0\n",
                self->directory, self->directory, self->sim, self->sim, self->sim, self->web,
                self->web);
        break;
    case FLEET_AUTOPAY:
        fputs("follow\n", file);
        put_follow(file, self, FLEET_LEDGER);
        put_follow(file, self, FLEET_PAYMENT);
        break;
    case FLEET_WEB:
        fprintf(
            file,
            "web\n    listen = \"%s\"\n"
            "payment\n    command = \"%s\"\n    certificate = \"%s/keys/public/payment.cert\"\n",
            self->web, self->doors[FLEET_PAYMENT].command, self->directory);
        break;
    case FLEET_SIM:
    case FLEET_PROCESSES:
        assert(false);
    }
}

static bool write_service(const fleet_place_t *self, const fleet_options_t *options,
                          fleet_process_t process, char *error)
{
    FILE *file = create(self, names[process], error);
    if (!file)
        return false;
    put_process(file, self, options, process);
    put_service(file, self, options, process);
    return finish(file, error);
}

static bool write_sim(const fleet_place_t *self, const fleet_options_t *options, char *error)
{
    FILE *file = create(self, names[FLEET_SIM], error);
    if (!file)
        return false;
    fprintf(
        file,
        "listen = %s\nlogin = kopeck\nhash = sha256\n"
        "password1_file = %s/secret/password1\npassword2_file = %s/secret/password2\n"
        "result_url = http://%s/robokassa/result\nsuccess_url = http://%s/robokassa/success\n"
        "fail_url = http://%s/robokassa/fail\nclock = %s\nstart_us = %lld\njournal = %s/var/sim\n",
        self->sim, self->directory, self->directory, self->web, self->web, self->web,
        options->driven ? "driven" : "wall", (long long)options->start, self->directory);
    for (size_t i = 0; i < options->sim_lines_count; i++)
        fprintf(file, "%s\n", options->sim_lines[i]);
    return finish(file, error);
}

// The operator's own, for the command line.
static bool write_kopeck(const fleet_place_t *self, char *error)
{
    FILE *file = create(self, "kopeck", error);
    if (!file)
        return false;
    const char *dir = self->directory;
    fprintf(file, "certificate\n    secret = \"%s/keys/secret/operator.cert_secret\"\n", dir);
    for (fleet_process_t p = FLEET_METERING; p <= FLEET_AUTOPAY; p++) {
        const fleet_doors_t *doors = &self->doors[p];
        fprintf(file,
                "%s\n    command = \"%s\"\n    replay = \"%s\"\n    publish = \"%s\"\n"
                "    certificate = \"%s/keys/public/%s.cert\"\n    journal = \"%s/var/%s\"\n",
                names[p], doors->command, doors->replay, doors->publish, dir, names[p], dir,
                names[p]);
        if (p == FLEET_LEDGER)
            fprintf(file, "    feed = \"%s\"\n", doors->feed);
    }
    fprintf(file, "robokassa_sim\n    url = \"http://%s\"\n", self->sim);
    return finish(file, error);
}

bool fleet_place_open(fleet_place_t *self, const fleet_options_t *options,
                      char error[FLEET_ERROR_MAX])
{
    *self = (fleet_place_t){0};
    bool good = make_directories(self, options->directory, error) && make_keys(self, error) &&
                make_password(self, "password1", error) &&
                make_password(self, "password2", error) && choose_places(self, options, error);
    for (fleet_process_t p = FLEET_METERING; good && p < FLEET_SIM; p++)
        good = write_service(self, options, p, error);
    return good && write_sim(self, options, error) && write_kopeck(self, error);
}

static void remove_endpoint(const char *endpoint)
{
    static const char ipc[] = "ipc://";
    if (strncmp(endpoint, ipc, sizeof ipc - 1) == 0)
        unlink(endpoint + sizeof ipc - 1);
}

static void remove_doors(const fleet_doors_t *doors)
{
    remove_endpoint(doors->command);
    remove_endpoint(doors->replay);
    remove_endpoint(doors->publish);
    remove_endpoint(doors->feed);
}

void fleet_place_close(fleet_place_t *self)
{
    for (fleet_process_t p = FLEET_METERING; p <= FLEET_AUTOPAY; p++)
        remove_doors(&self->doors[p]);
    remove_doors(&self->outbox);
    if (self->sockets_are_ours)
        rmdir(self->sockets);
    self->sockets_are_ours = false;
}
