// Who gets in: {the right key, no key, an unknown key, a wrong server key, a dead authenticator, a
// wrong role} over {tcp, ipc}, against a small server made of the socket factory and the role
// check; and what a stranger can cost it in memory and connections.
//
// The server answers the role's name to an operator, "denied" to anybody else who got in.
// Linked with --wrap=zpl_load, so that reading a certificate fails when a test wants it to.
#include "services/process/client.h"
#include "services/process/security/keys.h"
#include "services/process/security/security.h"
#include "services/process/socket.h"
#include "services/process/security/zpl.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <setjmp.h>
#include <cmocka.h>

enum { ANSWER_MS = 5000, SILENCE_MS = 700 };

typedef struct {
    char root[40], endpoint[128];
    security_t *security;
    zactor_t *server;
    zcert_t *operator_cert, *web_cert, *stranger;
    char server_key[41];
} rig_t;

// --- files that cannot be read ---

static atomic_int reads_to_fail, why_they_fail;

zconfig_t *__real_zpl_load(const char *file);
zconfig_t *__wrap_zpl_load(const char *file);

zconfig_t *__wrap_zpl_load(const char *file)
{
    if (reads_to_fail == 0)
        return __real_zpl_load(file);
    reads_to_fail--;
    errno = why_they_fail;
    return NULL;
}

static void fail_reads(int count, int why)
{
    why_they_fail = why;
    reads_to_fail = count;
}

// --- the server ---

typedef struct {
    const char *endpoint;
    zcert_t *own;
    roster_board_t *board;
} server_t;

static void answer(void *door, roster_t *roster)
{
    zmq_msg_t peer, body;
    zmq_msg_init(&peer);
    zmq_msg_init(&body);
    assert_true(zmq_msg_recv(&peer, door, 0) >= 0);
    assert_true(zmq_msg_recv(&body, door, 0) >= 0);
    const roster_row_t *row = roster_find(roster, security_certificate(&body));
    role_t role = row ? row->role : ROLE_NONE;
    const char *text = role == ROLE_OPERATOR ? role_name(role) : "denied";
    zmq_msg_send(&peer, door, ZMQ_SNDMORE);
    zmq_send(door, text, strlen(text), 0);
    zmq_msg_close(&peer);
    zmq_msg_close(&body);
}

static void serve(zsock_t *pipe, void *arg)
{
    const server_t *server = arg;
    zsock_t *door = socket_new(SOCKET_COMMAND_DOOR, server->endpoint, server->own, NULL);
    roster_t roster;
    roster_open(&roster, server->board);
    zsock_signal(pipe, 0);
    zstr_send(pipe, door ? socket_endpoint(door) : "");
    zmq_pollitem_t items[] = {{.socket = zsock_resolve(pipe), .events = ZMQ_POLLIN},
                              {.socket = door ? zsock_resolve(door) : NULL, .events = ZMQ_POLLIN}};
    for (;;) {
        if (zmq_poll(items, door ? 2 : 1, -1) < 0)
            continue; // interrupted
        if (items[0].revents & ZMQ_POLLIN)
            break;
        answer(items[1].socket, &roster);
    }
    zsock_destroy(&door);
    roster_close(&roster);
}

static void start(rig_t *self, const char *transport)
{
    static const char *const certificates[] = {"server:ledger", "operator:operator", "web:web"};
    char public[64], secret[64], file[128], error[SECURITY_ERROR_MAX] = "", bind[80];
    memset(self, 0, sizeof *self);
    strcpy(self->root, "/tmp/kopeck-security-XXXXXX");
    assert_non_null(mkdtemp(self->root));
    snprintf(public, sizeof public, "%s/public", self->root);
    snprintf(secret, sizeof secret, "%s/secret", self->root);
    assert_int_equal(mkdir(public, 0755) + mkdir(secret, 0700), 0);
    if (!keys_make(certificates, 3, public, secret, error, sizeof error))
        fail_msg("%s", error);
    snprintf(file, sizeof file, "%s/server.cert_secret", secret);
    static const admission_t admissions[] = {{"kopeck.command", ROLE_OPERATOR | ROLE_WEB}, {0}};
    self->security = security_new(file, public, admissions, error);
    if (!self->security)
        fail_msg("%s", error);
    strcpy(self->server_key, zcert_public_txt(security_own(self->security)));
    snprintf(file, sizeof file, "%s/operator.cert_secret", secret);
    self->operator_cert = security_load_secret(file, error);
    snprintf(file, sizeof file, "%s/web.cert_secret", secret);
    self->web_cert = security_load_secret(file, error);
    self->stranger = zcert_new();
    if (streq(transport, "tcp"))
        strcpy(bind, "tcp://127.0.0.1:*");
    else
        snprintf(bind, sizeof bind, "ipc://%s/door", self->root);
    server_t server = {bind, security_own(self->security), security_roster(self->security)};
    self->server = zactor_new(serve, &server);
    char *endpoint = zstr_recv(self->server);
    assert_non_null(endpoint);
    assert_true(*endpoint);
    snprintf(self->endpoint, sizeof self->endpoint, "%s", endpoint);
    zstr_free(&endpoint);
}

static void stop(rig_t *self)
{
    zactor_destroy(&self->server);
    security_destroy(&self->security);
    zcert_destroy(&self->operator_cert);
    zcert_destroy(&self->web_cert);
    zcert_destroy(&self->stranger);
    zdir_t *tree = zdir_new(self->root, NULL);
    zdir_remove(tree, true);
    zdir_destroy(&tree);
}

// --- who comes ---

// Asks with a socket that may be as hostile as it likes: no certificate, any server key.
static void expect(rig_t *self, zcert_t *cert, const char *server_key, const char *answer_wanted)
{
    zsock_t *socket = zsock_new(ZMQ_DEALER);
    zsock_set_linger(socket, 0);
    zsock_set_rcvtimeo(socket, answer_wanted ? ANSWER_MS : SILENCE_MS);
    if (cert) {
        zcert_apply(cert, socket);
        zsock_set_curve_serverkey(socket, server_key);
    }
    assert_int_equal(zsock_connect(socket, "%s", self->endpoint), 0);
    zstr_send(socket, "hello");
    char *word = zstr_recv(socket);
    if (answer_wanted) {
        assert_non_null(word);
        assert_string_equal(word, answer_wanted);
    } else {
        assert_null(word);
    }
    zstr_free(&word);
    zsock_destroy(&socket);
}

static void kill_authenticator(rig_t *self)
{
    zactor_t *authenticator = security_watch(self->security);
    assert_false(zsock_events(authenticator) & ZMQ_POLLIN);
    zstr_send(authenticator, "$TERM");
    zmq_pollitem_t item = {.socket = zsock_resolve(authenticator), .events = ZMQ_POLLIN};
    assert_int_equal(zmq_poll(&item, 1, ANSWER_MS), 1); // what the shell watches for
}

static void matrix(const char *transport)
{
    rig_t rig;
    start(&rig, transport);
    expect(&rig, rig.operator_cert, rig.server_key, "operator");
    expect(&rig, rig.web_cert, rig.server_key, "denied"); // got in, may not do it
    expect(&rig, NULL, NULL, NULL);
    expect(&rig, rig.stranger, rig.server_key, NULL);
    expect(&rig, rig.operator_cert, zcert_public_txt(rig.stranger), NULL);
    kill_authenticator(&rig);
    expect(&rig, rig.operator_cert, rig.server_key, NULL); // closed to everybody, not open to all
    expect(&rig, rig.stranger, rig.server_key, NULL);
    stop(&rig);
}

static void only_known_keys_with_the_role_are_served_over_tcp(void **state)
{
    (void)state;
    matrix("tcp");
}

static void only_known_keys_with_the_role_are_served_over_ipc(void **state)
{
    (void)state;
    matrix("ipc");
}

// --- certificates that cannot be read for a moment ---

// His certificate does not lie among the others yet.
static zcert_t *invite_elsewhere(rig_t *self, const char *who)
{
    char command[256];
    snprintf(command, sizeof command, "mkdir -p %s/elsewhere", self->root);
    assert_int_equal(system(command), 0);
    char elsewhere[64], secret[64], file[128], error[SECURITY_ERROR_MAX] = "";
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", self->root);
    snprintf(secret, sizeof secret, "%s/secret", self->root);
    if (!keys_make(&who, 1, elsewhere, secret, error, sizeof error))
        fail_msg("%s", error);
    snprintf(file, sizeof file, "%s/%.*s.cert_secret", secret, (int)strcspn(who, ":"), who);
    zcert_t *cert = security_load_secret(file, error);
    assert_non_null(cert);
    return cert;
}

static void let_in(rig_t *self, const char *name)
{
    char from[128], to[128];
    snprintf(from, sizeof from, "%s/elsewhere/%s.cert", self->root, name);
    snprintf(to, sizeof to, "%s/public/%s.cert", self->root, name);
    assert_int_equal(rename(from, to), 0);
}

static zcert_t *invite(rig_t *self, const char *who)
{
    zcert_t *cert = invite_elsewhere(self, who);
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(who, ":"), who);
    let_in(self, name);
    return cert;
}

static void who_was_let_in_is_not_locked_out_by_a_file_that_cannot_be_read(void **state)
{
    (void)state;
    enum { FOR_NOW = 1000000 };
    rig_t rig;
    start(&rig, "tcp");
    zcert_t *late = invite_elsewhere(&rig, "late:operator");
    fail_reads(FOR_NOW, EMFILE);
    let_in(&rig, "late");
    expect(&rig, rig.operator_cert, rig.server_key, "operator");
    expect(&rig, late, rig.server_key, NULL); // nobody knows him yet
    assert_true(security_authenticator(rig.security)->unread > 0);
    fail_reads(0, 0);
    expect(&rig, late, rig.server_key, "operator"); // the directory has not changed since
    assert_int_equal(security_authenticator(rig.security)->unread, 0);
    zcert_destroy(&late);
    stop(&rig);
}

// Who is turned away once is deaf for good, so a certificate counts from the moment it lies there.
static void who_was_let_in_a_moment_ago_may_come_at_once(void **state)
{
    (void)state;
    rig_t rig;
    start(&rig, "tcp");
    for (int i = 0; i < 20; i++) {
        char who[32];
        snprintf(who, sizeof who, "new%d:operator", i);
        zcert_t *newcomer = invite_elsewhere(&rig, who);
        expect(&rig, rig.operator_cert, rig.server_key, "operator"); // the directory was looked at
        who[strcspn(who, ":")] = '\0';
        let_in(&rig, who);
        expect(&rig, newcomer, rig.server_key, "operator");
        zcert_destroy(&newcomer);
    }
    stop(&rig);
}

static void a_role_that_a_door_is_not_for_is_turned_away_at_the_handshake(void **state)
{
    (void)state;
    rig_t rig;
    start(&rig, "tcp");
    zcert_t *platform = invite(&rig, "platform:platform:100");
    expect(&rig, platform, rig.server_key, NULL);
    assert_true(security_authenticator(rig.security)->misplaced > 0);
    assert_int_equal(security_authenticator(rig.security)->strangers, 0);
    zcert_destroy(&platform);
    stop(&rig);
}

// On an open connection: asks until the answer is the wanted one.
static void ask_until(rig_t *self, client_t *client, const char *wanted)
{
    int64_t deadline = zclock_mono() + ANSWER_MS;
    bytes_t frame = {0};
    do {
        assert_true(zclock_mono() < deadline);
        assert_int_equal(client_send(client, "hello", 5, ANSWER_MS), FAIL_NONE);
        assert_int_equal(client_receive(client, ANSWER_MS, &frame), FAIL_NONE);
    } while (frame.size != strlen(wanted) || memcmp(frame.data, wanted, frame.size) != 0);
    (void)self;
}

static void an_open_connection_is_what_the_certificates_say_now(void **state)
{
    (void)state;
    rig_t rig;
    start(&rig, "ipc");
    zcert_t *leaver = invite(&rig, "leaver:operator");
    client_t *client = NULL;
    assert_int_equal(client_new(CLIENT_COMMAND, rig.endpoint, leaver, rig.server_key, &client),
                     FAIL_NONE);
    ask_until(&rig, client, "operator");
    unsigned long long lost = security_roster(rig.security)->lost;
    char command[256];
    snprintf(command, sizeof command, "sed -i s/operator/web/ %s/public/leaver.cert", rig.root);
    assert_int_equal(system(command), 0);
    ask_until(&rig, client, "denied");
    assert_int_equal(security_roster(rig.security)->lost, lost + 1);
    snprintf(command, sizeof command, "sed -i s/web/operator/ %s/public/leaver.cert", rig.root);
    assert_int_equal(system(command), 0);
    ask_until(&rig, client, "operator");
    snprintf(command, sizeof command, "%s/public/leaver.cert", rig.root);
    assert_int_equal(unlink(command), 0);
    ask_until(&rig, client, "denied");
    client_destroy(&client);
    zcert_destroy(&leaver);
    stop(&rig);
}

static void a_wrong_file_concerns_nobody_else_and_two_of_one_key_let_nobody_in(void **state)
{
    (void)state;
    rig_t rig;
    start(&rig, "tcp");
    zcert_t *twin = invite(&rig, "twin:operator");
    expect(&rig, twin, rig.server_key, "operator");
    char command[256];
    snprintf(command, sizeof command,
             "cd %s/public && cp twin.cert other.cert && echo no > no.cert", rig.root);
    assert_int_equal(system(command), 0);
    int64_t deadline = zclock_mono() + ANSWER_MS;
    while (security_authenticator(rig.security)->wrong !=
           2) { // looked for at a handshake, after a while
        assert_true(zclock_mono() < deadline);
        expect(&rig, rig.operator_cert, rig.server_key, "operator");
    }
    expect(&rig, twin, rig.server_key, NULL);
    snprintf(command, sizeof command, "%s/public/other.cert", rig.root);
    assert_int_equal(unlink(command), 0);
    expect(&rig, twin, rig.server_key, "operator");
    zcert_destroy(&twin);
    stop(&rig);
}

static void a_start_waits_for_what_may_pass_and_says_so_when_it_does_not(void **state)
{
    (void)state;
    rig_t rig;
    start(&rig, "tcp");
    char public[64], file[128], error[SECURITY_ERROR_MAX], key[41];
    snprintf(public, sizeof public, "%s/public", rig.root);
    snprintf(file, sizeof file, "%s/secret/server.cert_secret", rig.root);
    security_destroy(&rig.security);
    static const int passing[] = {EINTR, EMFILE, ENFILE, ENOMEM, EIO};
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        fail_reads(5, passing[i]); // the four of the first look and one of the second
        rig.security = security_new(file, public, NULL, error);
        assert_non_null(rig.security);
        security_destroy(&rig.security);
    }
    fail_reads(1000000, EMFILE);
    errno = 0;
    assert_null(security_new(file, public, NULL, error));
    assert_int_equal(errno, EAGAIN);
    assert_false(security_load_public(file, key, error));
    assert_int_equal(errno, EAGAIN);
    fail_reads(1000000, EACCES); // what a person must mend is said at once
    int64_t from = zclock_mono();
    assert_null(security_new(file, public, NULL, error));
    assert_int_equal(errno, EINVAL);
    assert_null(security_load_secret(file, error));
    assert_int_equal(errno, EINVAL);
    assert_true(zclock_mono() - from < SECURITY_PATIENCE_MS);
    fail_reads(0, 0);
    stop(&rig);
}

static void do_nothing(int signal)
{
    (void)signal;
}

// Every thread but this one is interrupted in whatever it waits for.
static void interrupt_everybody(void)
{
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (struct dirent *task; (task = readdir(tasks));) {
        long id = strtol(task->d_name, NULL, 10);
        if (id > 0 && id != syscall(SYS_gettid))
            assert_int_equal(syscall(SYS_tgkill, getpid(), id, SIGUSR1), 0);
    }
    closedir(tasks);
}

static void an_authenticator_that_is_interrupted_goes_on(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = do_nothing};
    sigaction(SIGUSR1, &action, NULL);
    rig_t rig;
    start(&rig, "tcp");
    expect(&rig, rig.operator_cert, rig.server_key, "operator");
    interrupt_everybody();
    expect(&rig, rig.operator_cert, rig.server_key, "operator");
    assert_false(zsock_events(security_watch(rig.security)) & ZMQ_POLLIN);
    stop(&rig);
}

// --- what a stranger can cost ---

static uint64_t address_space(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    unsigned long long pages = 0;
    assert_int_equal(fscanf(file, "%llu", &pages), 1);
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int connect_raw(const rig_t *self)
{
    int port = 0;
    assert_int_equal(sscanf(self->endpoint, "tcp://127.0.0.1:%d", &port), 1);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    struct timeval wait = {.tv_sec = 10};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

// Reads until the server hangs up; false if it does not within the time-out.
static bool is_cut_off(int fd)
{
    uint8_t bytes[256];
    ssize_t got;
    do
        got = recv(fd, bytes, sizeof bytes, 0);
    while (got > 0);
    return got == 0 || errno == ECONNRESET;
}

static void a_declared_size_makes_nobody_allocate(void **state)
{
    (void)state;
    enum { CONNECTIONS = 8 };
    rig_t rig;
    start(&rig, "tcp");
    expect(&rig, rig.operator_cert, rig.server_key, "operator"); // arenas of threads are there now
    // ZMTP 3.0's greeting with CURVE, then a long command of 4 GiB: 73 bytes.
    uint8_t bomb[73] = {0xff};
    bomb[9] = 0x7f;
    bomb[10] = 3;
    memcpy(bomb + 12, "CURVE", 5);
    bomb[64] = 0x06;
    memset(bomb + 69, 0xff, 4);
    uint64_t before = address_space();
    int fds[CONNECTIONS];
    for (int i = 0; i < CONNECTIONS; i++) {
        fds[i] = connect_raw(&rig);
        assert_int_equal(send(fds[i], bomb, sizeof bomb, MSG_NOSIGNAL), sizeof bomb);
    }
    expect(&rig, rig.operator_cert, rig.server_key, "operator");
    for (int i = 0; i < CONNECTIONS; i++)
        assert_true(is_cut_off(fds[i]));
    uint64_t after = address_space();
    assert_true(after < before + (UINT64_C(256) << 20));
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i]);
    stop(&rig);
}

static void who_says_nothing_is_cut_off(void **state)
{
    (void)state;
    rig_t rig;
    start(&rig, "tcp");
    int fd = connect_raw(&rig);
    int64_t from = zclock_mono();
    assert_true(is_cut_off(fd));
    assert_true(zclock_mono() - from < 6000);
    close(fd);
    stop(&rig);
}

static void say(rig_t *self, client_t *client, size_t size, bool answered)
{
    (void)self;
    uint8_t *bytes = calloc(1, size);
    bytes_t frame;
    assert_int_equal(client_send(client, bytes, size, ANSWER_MS), FAIL_NONE);
    assert_int_equal(client_receive(client, answered ? ANSWER_MS : SILENCE_MS, &frame),
                     answered ? FAIL_NONE : FAIL_TIMEOUT);
    free(bytes);
}

static void a_message_over_the_limit_is_not_taken(void **state)
{
    (void)state;
    rig_t rig;
    start(&rig, "tcp");
    client_t *client = NULL;
    // A client of the feed's limit at a door of the small one.
    assert_int_equal(
        client_new(CLIENT_FEED, rig.endpoint, rig.operator_cert, rig.server_key, &client),
        FAIL_NONE);
    say(&rig, client, FRAME_SMALL_MAX, true);
    say(&rig, client, FRAME_SMALL_MAX + 4096, false);
    say(&rig, client, 100, true); // connected again by itself
    client_destroy(&client);
    // Our own clients know the limit and do not send what would cost them the connection.
    assert_int_equal(
        client_new(CLIENT_COMMAND, rig.endpoint, rig.operator_cert, rig.server_key, &client),
        FAIL_NONE);
    static uint8_t large[FRAME_SMALL_MAX + 1];
    assert_int_equal(client_send(client, large, sizeof large, ANSWER_MS), FAIL_INVALID);
    client_destroy(&client);
    stop(&rig);
}

static void only_tcp_and_ipc_are_endpoints(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "inproc://a", "udp://127.0.0.1:1", "pgm://a;b:1",      "norm://1,a:1", "tcp://",
        "",           "127.0.0.1:1",       "TCP://127.0.0.1:1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(socket_endpoint_is_valid(wrong[i]));
    assert_true(socket_endpoint_is_valid("tcp://127.0.0.1:5000"));
    assert_true(socket_endpoint_is_valid("ipc:///run/kopeck/ledger"));
    zcert_t *cert = zcert_new();
    errno = 0;
    assert_null(socket_new(SOCKET_COMMAND_DOOR, "inproc://a", cert, NULL));
    assert_int_equal(errno, EINVAL);
    zcert_destroy(&cert);
}

int main(void)
{
    security_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_known_keys_with_the_role_are_served_over_tcp),
        cmocka_unit_test(only_known_keys_with_the_role_are_served_over_ipc),
        cmocka_unit_test(who_was_let_in_is_not_locked_out_by_a_file_that_cannot_be_read),
        cmocka_unit_test(who_was_let_in_a_moment_ago_may_come_at_once),
        cmocka_unit_test(a_role_that_a_door_is_not_for_is_turned_away_at_the_handshake),
        cmocka_unit_test(an_open_connection_is_what_the_certificates_say_now),
        cmocka_unit_test(a_wrong_file_concerns_nobody_else_and_two_of_one_key_let_nobody_in),
        cmocka_unit_test(a_start_waits_for_what_may_pass_and_says_so_when_it_does_not),
        cmocka_unit_test(an_authenticator_that_is_interrupted_goes_on),
        cmocka_unit_test(a_declared_size_makes_nobody_allocate),
        cmocka_unit_test(who_says_nothing_is_cut_off),
        cmocka_unit_test(a_message_over_the_limit_is_not_taken),
        cmocka_unit_test(only_tcp_and_ipc_are_endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
