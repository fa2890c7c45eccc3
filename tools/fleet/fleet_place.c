#include "tools/fleet/fleet_place.h"
#include "tools/fleet/fleet_customers.h"
#include "proto/service.h"
#include "services/api/api_keys.h"
#include "services/process/security/keys.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SOCKETS_PATH_MAX = 80,
    PASSWORD_BYTES = 16,
    SECRET_BYTES = 32, // of the longest
    PORT_FIRST = 12000,
    PORT_END = 32000,
    PORT_TRIES = 100
};

const char *fleet_place_name(fleet_process_t process)
{
    assert(process < FLEET_PROCESSES);
    return process == FLEET_SIM ? "sim" : service_at(process)->name;
}

void fleet_place_path(const fleet_place_t *self, const char *folder, const char *name,
                      const char *suffix, char ret_path[PATH_MAX])
{
    snprintf(ret_path, PATH_MAX, "%s/%s/%s%s", self->directory, folder, name, suffix);
}

static bool fail_place(char *error, const char *what)
{
    snprintf(error, FLEET_ERROR_MAX, "%.400s: %s", what, strerror(errno));
    return false;
}

static bool make_directory(const fleet_place_t *self, const char *name, mode_t mode, char *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", self->directory, name);
    return mkdir(path, mode) == 0 || errno == EEXIST || fail_place(error, path);
}

static bool make_directories(fleet_place_t *self, const char *directory, char *error)
{
    char path[PATH_MAX];
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return fail_place(error, directory);
    if (!realpath(directory, path) || strlen(path) >= sizeof self->directory)
        return fail_place(error, directory);
    memcpy(self->directory, path, strlen(path) + 1);
    static const char *const folders[] = {"keys", "keys/public", "keys/secret", "secret",
                                          "etc",  "var",         "log",         "run"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (!make_directory(self, folders[i], 0700, error))
            return false;
    return true;
}

static bool lock_directory(fleet_place_t *self, char *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/lock", self->directory);
    int lock = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return fail_place(error, path);
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            snprintf(error, FLEET_ERROR_MAX, "%.400s is in use by another fleet", self->directory);
        else
            fail_place(error, path);
        close(lock);
        return false;
    }
    self->lock = lock;
    return true;
}

static bool make_keys(const fleet_place_t *self, char *error)
{
    static const char *const wishes[] = {"ours",
                                         "operator:operator:200-299",
                                         "deputy:operator",
                                         "importer:importer:200-299",
                                         "auditor:auditor",
                                         "platform:platform:100-199",
                                         "service:service",
                                         "backend:backend"};
    char public[PATH_MAX], secret[PATH_MAX], made[PATH_MAX];
    snprintf(public, sizeof public, "%s/keys/public", self->directory);
    snprintf(secret, sizeof secret, "%s/keys/secret", self->directory);
    fleet_place_path(self, "keys/secret", "service", ".cert_secret", made);
    return (access(made, R_OK) == 0 || keys_make(wishes, sizeof wishes / sizeof wishes[0], public,
                                                 secret, error, FLEET_ERROR_MAX)) &&
           fleet_customers_make_key(self->directory, error, FLEET_ERROR_MAX);
}

// So many random bytes as hexadecimal digits, behind a prefix.
static bool make_secret(const fleet_place_t *self, const char *name, const char *prefix,
                        size_t bytes, char *error)
{
    char path[PATH_MAX], text[2 * SECRET_BYTES + 8];
    uint8_t random[SECRET_BYTES];
    fleet_place_path(self, "secret", name, "", path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return errno == EEXIST || fail_place(error, path);
    ssize_t got = getrandom(random, bytes, 0);
    assert(got == (ssize_t)bytes);
    size_t size = (size_t)snprintf(text, sizeof text, "%s", prefix);
    for (size_t i = 0; i < bytes; i++, size += 2)
        snprintf(text + size, 3, "%02x", random[i]);
    bool written = write(file, text, size) == (ssize_t)size;
    if (close(file) != 0 || !written)
        return fail_place(error, path);
    return true;
}

// One key of all scopes, which the file keeps by its hash alone.
static bool make_api_key(const fleet_place_t *self, char *error)
{
    uint8_t random[API_KEY_RANDOM];
    char key[API_KEY_SIZE], id[API_KEY_ID_SIZE], hash[API_KEY_HASH_SIZE], path[PATH_MAX],
        keys_path[PATH_MAX];
    fleet_place_path(self, "secret", "api_key", "", path);
    fleet_place_path(self, "etc", "api_keys", ".cfg", keys_path);
    if (access(path, F_OK) == 0)
        return true;
    ssize_t got = getrandom(random, sizeof random, 0);
    assert(got == (ssize_t)sizeof random);
    api_key_make(random, key, id, hash);
    FILE *keys = fopen(keys_path, "we");
    FILE *file = keys ? fopen(path, "we") : NULL;
    bool good = file && fchmod(fileno(file), 0600) == 0 && fprintf(file, "%s\n", key) > 0 &&
                fprintf(keys,
                        "keys\n    %s\n        name = fleet\n        sha256 = %s\n"
                        "        scopes = \"read pay usage events\"\n        rate = 1000\n"
                        "        producers = 100-199\n",
                        id, hash) > 0;
    good = (!file || fclose(file) == 0) && good;
    good = (!keys || fclose(keys) == 0) && good;
    return good || fail_place(error, path);
}

static bool make_password(const fleet_place_t *self, const char *name, char *error)
{
    return make_secret(self, name, "", PASSWORD_BYTES, error);
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
    fail_place(error, "a free port of the loopback");
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
            return fail_place(error, self->sockets);
        self->sockets_are_ours = true;
    }
    uint16_t port = draw_port(), *tcp = options->tcp ? &port : NULL;
    for (fleet_process_t p = 0; p < FLEET_JOURNALS; p++)
        if (!choose_doors(self, tcp, fleet_place_name(p), &self->doors[p], error))
            return false;
    return choose_doors(self, tcp, "outbox", &self->outbox, error) &&
           free_port(&port, self->web, error) && free_port(&port, self->api, error) &&
           free_port(&port, self->sim, error);
}

// --- config files ---

static FILE *create(const fleet_place_t *self, const char *name, char *error)
{
    char path[PATH_MAX];
    fleet_place_path(self, "etc", name, ".cfg", path);
    FILE *file = fopen(path, "we");
    if (!file)
        fail_place(error, path);
    return file;
}

static bool finish(FILE *file, char *error)
{
    bool written = !ferror(file);
    if (fclose(file) != 0 || !written)
        return fail_place(error, "a configuration file");
    return true;
}

static void put_process(FILE *file, const fleet_place_t *self, const fleet_options_t *options,
                        const service_t *service)
{
    const char *name = service->name, *dir = self->directory;
    fprintf(file, "process\n    name = \"%s\"\n    log = \"info\"\n", name);
    // A trial may run on a kernel that cannot do all of it; what is installed asks for all.
    fprintf(file, "    sandbox = wanted\n    ready_file = \"%s/run/%s.ready\"\n", dir, name);
    if (service->stream != STREAM_NONE)
        fprintf(file, "    clock = \"%s\"\n    live_feed = %d\n",
                options->driven ? "driven" : "wall", options->live_feed);
    fprintf(file, "certificates\n    secret = \"%s/keys/secret/%s.cert_secret\"\n", dir, name);
}

static void put_journal(FILE *file, const fleet_place_t *self, const fleet_options_t *options,
                        const service_t *service)
{
    const fleet_doors_t *doors = &self->doors[service->stream - STREAM_FIRST];
    fprintf(file, "    directory = \"%s/keys/public\"\n", self->directory);
    bool imports = service->stream == STREAM_LEDGER || service->stream == STREAM_DOCUMENTS;
    if (options->importers && imports)
        fprintf(file, "    importers = 1\n");
    fprintf(file,
            "journal\n    directory = \"%s%s/var/%s\"\n    create = 1\n    segment_events = %llu\n",
            self->engine, self->directory, service->name,
            (unsigned long long)(options->segment_events ? options->segment_events
                                                         : FLEET_SEGMENT_EVENTS));
    fprintf(file, "endpoints\n    command = \"%s\"\n    replay = \"%s\"\n    publish = \"%s\"\n",
            doors->command, doors->replay, doors->publish);
    if (service->takes_feed)
        fprintf(file, "    feed = \"%s\"\n", doors->feed);
    fleet_customers_put(file, self->directory);
}

static void put_follows(FILE *file, const fleet_place_t *self, const service_t *service)
{
    for (const stream_t *peer = service->peers; *peer; peer++) {
        const fleet_doors_t *doors = &self->doors[*peer - STREAM_FIRST];
        const char *name = service_stream_name(*peer);
        fprintf(file,
                "%s    %s\n        publish = \"%s\"\n        replay = \"%s\"\n"
                "        command = \"%s\"\n        certificate = \"%s/keys/public/%s.cert\"\n",
                peer == service->peers ? "follow\n" : "", name, doors->publish, doors->replay,
                doors->command, self->directory, name);
    }
}

static void put_asks(FILE *file, const fleet_place_t *self, const service_t *service)
{
    for (const stream_t *peer = service->peers; *peer; peer++) {
        const char *name = service_stream_name(*peer);
        const fleet_doors_t *doors = &self->doors[*peer - STREAM_FIRST];
        fprintf(file, "%s\n    command = \"%s\"\n    certificate = \"%s/keys/public/%s.cert\"\n",
                name, doors->command, self->directory, name);
        if (service->role == ROLE_API || *peer == STREAM_LEDGER || *peer == STREAM_AUTOPAY ||
            *peer == STREAM_METERING)
            fprintf(file, "    replay = \"%s\"\n", doors->replay);
    }
}

// --- what one process alone is told ---

static void put_metering(FILE *file, const fleet_place_t *self, const fleet_options_t *options)
{
    if (options->outbox)
        fprintf(file,
                "feeds\n    %llu\n        publish = \"%s\"\n        replay = \"%s\"\n"
                "        certificate = \"%s/keys/public/platform.cert\"\n",
                (unsigned long long)options->outbox, self->outbox.publish, self->outbox.replay,
                self->directory);
}

static void put_payment(FILE *file, const fleet_place_t *self, const fleet_options_t *options)
{
    (void)options;
    fprintf(file,
            "robokassa\n    login = \"kopeck\"\n    algorithm = \"sha256\"\n"
            "    password1 = \"%s/secret/password1\"\n"
            "    password2 = \"%s/secret/password2\"\n"
            "    password3 = \"%s/secret/password3\"\n    refund_items = 1\n"
            "    refund_url = \"http://%s/RefundService/Refund/Create\"\n"
            "    refund_state_url = \"http://%s/RefundService/Refund/GetState\"\n"
            "    receipt_url = \"http://%s/RoboFiscal/Receipt/Attach\"\n"
            "    receipt_state_url = \"http://%s/RoboFiscal/Receipt/Status\"\n"
            "    receipt_contact = \"receipts@kopeck.example\"\n"
            "    payment_url = \"http://%s/Merchant/Index.aspx\"\n"
            "    recurring_url = \"http://%s/Merchant/Recurring\"\n"
            "    state_url = \"http://%s/Merchant/WebService/Service.asmx/OpStateExt\"\n"
            "    success_url = \"http://%s/robokassa/success\"\n    fail_url = "
            "\"http://%s/robokassa/fail\"\n"
            "outside\n    https_only = 0\npromo\n    keys = \"%s/secret/promo_keys\"\n"
            "side\n    keys = \"%s/secret/payment_side_keys\"\n",
            self->directory, self->directory, self->directory, self->sim, self->sim, self->sim,
            self->sim, self->sim, self->sim, self->sim, self->web, self->web, self->directory,
            self->directory);
}

static void put_documents(FILE *file, const fleet_place_t *self, const fleet_options_t *options)
{
    (void)options;
    fprintf(file, "side\n    keys = \"%s/secret/documents_side_keys\"\n", self->directory);
}

// Contacts at this machine are told too: the tests' own sinks.
static void put_notify(FILE *file, const fleet_place_t *self, const fleet_options_t *options)
{
    (void)options;
    fprintf(file,
            "side\n    keys = \"%s/secret/side_keys\"\n"
            "webhooks\n    http = 1\n    inside = 1\noutside\n    https_only = 0\n",
            self->directory);
}

static void put_web(FILE *file, const fleet_place_t *self, const fleet_options_t *options)
{
    fprintf(file,
            "web\n    listen = \"%s\"\n    origin = \"http://%s\"\n"
            "    payment_origin = \"http://%s\"\n    form_key = \"%s/secret/form_key\"\n"
            "    demo = 1\n",
            self->web, self->web, self->sim, self->directory);
    if (options->sign_in_url)
        fprintf(file, "    sign_in_url = \"%s\"\n", options->sign_in_url);
    fleet_customers_put(file, self->directory);
}

// It pushes usage under the platform's own certificate.
static void put_api(FILE *file, const fleet_place_t *self, const fleet_options_t *options)
{
    (void)options;
    fprintf(file,
            "api\n    listen = \"%s\"\n    keys = \"%s/etc/api_keys.cfg\"\n"
            "usage\n    feed = \"%s\"\n    secret = \"%s/keys/secret/platform.cert_secret\"\n",
            self->api, self->directory, self->doors[FLEET_METERING].feed, self->directory);
}

static void (*const put_own[FLEET_PROCESSES])(FILE *, const fleet_place_t *,
                                              const fleet_options_t *) = {
    [FLEET_METERING] = put_metering,
    [FLEET_PAYMENT] = put_payment,
    [FLEET_DOCUMENTS] = put_documents,
    [FLEET_NOTIFY] = put_notify,
    [FLEET_WEB] = put_web,
    [FLEET_API] = put_api};

static bool write_service(const fleet_place_t *self, const fleet_options_t *options,
                          fleet_process_t process, char *error)
{
    const service_t *service = service_at(process);
    FILE *file = create(self, service->name, error);
    if (!file)
        return false;
    put_process(file, self, options, service);
    if (service->stream != STREAM_NONE) {
        put_journal(file, self, options, service);
        put_follows(file, self, service);
    } else {
        put_asks(file, self, service);
    }
    if (put_own[process])
        put_own[process](file, self, options);
    return finish(file, error);
}

static bool write_sim(const fleet_place_t *self, const fleet_options_t *options, char *error)
{
    FILE *file = create(self, fleet_place_name(FLEET_SIM), error);
    if (!file)
        return false;
    fprintf(
        file,
        "listen = %s\nlogin = kopeck\nhash = sha256\n"
        "password1_file = %s/secret/password1\npassword2_file = %s/secret/password2\n"
        "password3_file = %s/secret/password3\n"
        "result_url = http://%s/robokassa/result\nsuccess_url = http://%s/robokassa/success\n"
        "fail_url = http://%s/robokassa/fail\nclock = %s\nstart_us = %lld\njournal = %s/var/sim\n"
        "receipt_client = yes\n",
        self->sim, self->directory, self->directory, self->directory, self->web, self->web,
        self->web, options->driven ? "driven" : "wall", (long long)options->start, self->directory);
    for (size_t i = 0; i < options->sim_lines_count; i++)
        fprintf(file, "%s\n", options->sim_lines[i]);
    return finish(file, error);
}

// For the command line, under that certificate.
static bool write_kopeck(const fleet_place_t *self, const char *file_name, const char *certificate,
                         char *error)
{
    FILE *file = create(self, file_name, error);
    if (!file)
        return false;
    const char *dir = self->directory;
    fprintf(file, "certificate\n    secret = \"%s/keys/secret/%s.cert_secret\"\n", dir,
            certificate);
    for (fleet_process_t p = 0; p < FLEET_JOURNALS; p++) {
        const fleet_doors_t *doors = &self->doors[p];
        const char *name = fleet_place_name(p);
        fprintf(file,
                "%s\n    command = \"%s\"\n    replay = \"%s\"\n    publish = \"%s\"\n"
                "    certificate = \"%s/keys/public/%s.cert\"\n    journal = \"%s%s/var/%s\"\n",
                name, doors->command, doors->replay, doors->publish, dir, name, self->engine, dir,
                name);
        if (service_at(p)->takes_feed)
            fprintf(file, "    feed = \"%s\"\n", doors->feed);
    }
    fprintf(file, "robokassa_sim\n    url = \"http://%s\"\n", self->sim);
    return finish(file, error);
}

// How a journal in the database is reached (store/postgresql/journal_postgresql.h).
static bool write_connection(const fleet_place_t *self, const char *name, const char *database,
                             char *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "var/%s", name);
    if (!make_directory(self, path, 0700, error))
        return false;
    snprintf(path, sizeof path, "%s/var/%s/connection", self->directory, name);
    FILE *file = fopen(path, "w");
    if (!file)
        return fail_place(error, path);
    fprintf(file, "%s\nschema=%s\n", database, name);
    return finish(file, error);
}

static bool name_engine(fleet_place_t *self, const char *database, char *error)
{
    bool good = true;
    self->engine = database ? "postgresql:" : "";
    for (fleet_process_t p = 0; database && good && p < FLEET_JOURNALS; p++)
        good = write_connection(self, fleet_place_name(p), database, error);
    return good;
}

bool fleet_place_open(fleet_place_t *self, const fleet_options_t *options,
                      char error[FLEET_ERROR_MAX])
{
    *self = (fleet_place_t){0};
    bool good = make_directories(self, options->directory, error) && lock_directory(self, error) &&
                make_keys(self, error) && make_api_key(self, error) &&
                make_password(self, "password1", error) &&
                make_password(self, "password2", error) &&
                make_password(self, "password3", error) && make_password(self, "form_key", error) &&
                make_secret(self, "promo_keys", "1:", SECRET_BYTES, error) &&
                make_secret(self, "side_keys", "1:", SECRET_BYTES, error) &&
                make_secret(self, "documents_side_keys", "1:", SECRET_BYTES, error) &&
                make_secret(self, "payment_side_keys", "1:", SECRET_BYTES, error) &&
                name_engine(self, options->database, error) && choose_places(self, options, error);
    for (fleet_process_t p = 0; good && p < FLEET_SIM; p++)
        good = write_service(self, options, p, error);
    return good && write_sim(self, options, error) &&
           write_kopeck(self, "kopeck", "operator", error) &&
           write_kopeck(self, "deputy", "deputy", error) &&
           write_kopeck(self, "importer", "importer", error);
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
    for (fleet_process_t p = 0; p < FLEET_JOURNALS; p++)
        remove_doors(&self->doors[p]);
    remove_doors(&self->outbox);
    if (self->sockets_are_ours)
        rmdir(self->sockets);
    self->sockets_are_ours = false;
    if (self->lock)
        close(self->lock);
    self->lock = 0;
}
