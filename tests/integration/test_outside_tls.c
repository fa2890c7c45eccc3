// Requests to the outside over TLS, with real handshakes against servers whose certificates are
// right or wrong: from a wrong one no byte of a request is ever read.
//
// The test makes an authority of its own and another one that nobody believes.
#include "services/process/outside.h"
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

enum { DAY_S = 24 * 60 * 60 };

typedef struct {
    X509 *certificate;
    EVP_PKEY *key;
} party_t;

static party_t authority, stranger;
static char authority_file[] = "/tmp/kopeck-authority-XXXXXX";
static char stranger_file[] = "/tmp/kopeck-stranger-XXXXXX";

// --- certificates ---

static void add_extension(X509 *certificate, int what, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, what, value);
    assert(extension);
    int added = X509_add_ext(certificate, extension, -1);
    assert(added == 1);
    X509_EXTENSION_free(extension);
}

// Signed by `issuer`, or by itself. `host` is what it is for; NULL for an authority.
static party_t make_party(const char *name, const party_t *issuer, const char *host, long begins_s,
                          long ends_s)
{
    static long serial;
    party_t self = {.certificate = X509_new(), .key = EVP_EC_gen("P-256")};
    assert(self.certificate && self.key);
    const party_t *signer = issuer ? issuer : &self;
    X509_NAME *subject = X509_get_subject_name(self.certificate);
    X509_set_version(self.certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(self.certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(self.certificate), begins_s);
    X509_gmtime_adj(X509_getm_notAfter(self.certificate), ends_s);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)name, -1, -1, 0);
    X509_set_issuer_name(self.certificate, X509_get_subject_name(signer->certificate));
    X509_set_pubkey(self.certificate, self.key);
    add_extension(self.certificate, NID_basic_constraints, host ? "CA:FALSE" : "critical,CA:TRUE");
    if (host)
        add_extension(self.certificate, NID_subject_alt_name, host);
    int size = X509_sign(self.certificate, signer->key, EVP_sha256());
    assert(size > 0);
    return self;
}

static void free_party(party_t *self)
{
    X509_free(self->certificate);
    EVP_PKEY_free(self->key);
}

static int write_certificate(char *path, const party_t *party)
{
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file || PEM_write_X509(file, party->certificate) != 1)
        return -1;
    return fclose(file);
}

static int make_authorities(void **state)
{
    (void)state;
    authority = make_party("An authority", NULL, NULL, -DAY_S, DAY_S);
    stranger = make_party("An authority", NULL, NULL, -DAY_S, DAY_S); // says that it is the same
    return write_certificate(authority_file, &authority) ||
           write_certificate(stranger_file, &stranger);
}

static int remove_authorities(void **state)
{
    (void)state;
    free_party(&authority);
    free_party(&stranger);
    return unlink(authority_file) || unlink(stranger_file);
}

// --- a server for one connection ---

typedef struct {
    int listener, version_max; // 0: the newest
    party_t party;
    int came; // connections, and what was read on them
    char received[4096];
    int received_size;
} server_t;

static void converse(server_t *self, SSL *tls)
{
    if (SSL_accept(tls) != 1)
        return;
    int got = SSL_read(tls, self->received, sizeof self->received - 1);
    if (got <= 0)
        return;
    self->received_size = got;
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nOK77";
    int sent = SSL_write(tls, reply, sizeof reply - 1);
    assert(sent == sizeof reply - 1);
    SSL_shutdown(tls);
}

static void *serve(void *arg)
{
    server_t *self = arg;
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    assert(context);
    SSL_CTX_set_security_level(context, 0); // it would speak anything
    SSL_CTX_use_certificate(context, self->party.certificate);
    SSL_CTX_use_PrivateKey(context, self->party.key);
    SSL_CTX_set_max_proto_version(context, self->version_max);
    int fd = accept(self->listener, NULL, NULL);
    if (fd >= 0) {
        self->came++;
        SSL *tls = SSL_new(context);
        SSL_set_fd(tls, fd);
        converse(self, tls);
        SSL_free(tls);
        close(fd);
    }
    SSL_CTX_free(context);
    return NULL;
}

static int open_listener(uint16_t *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static int ask(uint16_t port, const char *authorities)
{
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%u/path", port);
    outside_requests_t *self = outside_new(true, 5000, authorities);
    outside_t request = {.key = 1,
                         .method = OUTSIDE_POST,
                         .url = text_of(url),
                         .content_type = text_of(OUTSIDE_FORM),
                         .body = {(const uint8_t *)"a=b&c", 5}};
    outside_start(self, &request);
    result_t result;
    for (int turns = 0; !outside_result(self, &result); turns++) {
        assert_true(turns < 1000);
        struct pollfd item = {.fd = outside_fd(self), .events = POLLIN};
        assert_int_equal(poll(&item, 1, 10000), 1);
        outside_turn(self);
    }
    if (result.what == RESULT_ANSWERED)
        assert_memory_equal(result.body.data, "OK77", 4);
    outside_destroy(&self);
    return result.what;
}

// Asks a server that has this certificate, and frees it. The result, once the server has ended.
static int ask_server(server_t *server, party_t party, const char *authorities)
{
    pthread_t thread;
    uint16_t port;
    server->party = party;
    server->listener = open_listener(&port);
    assert_int_equal(pthread_create(&thread, NULL, serve, server), 0);
    int what = ask(port, authorities);
    pthread_join(thread, NULL);
    close(server->listener);
    free_party(&party);
    assert_int_equal(server->came, 1);
    return what;
}

// It must be refused, with nothing sent.
static void expect_refusal(party_t party, const char *authorities, int version_max)
{
    server_t server = {.version_max = version_max};
    assert_int_equal(ask_server(&server, party, authorities), RESULT_NOT_CONNECTED);
    assert_int_equal(server.received_size, 0);
}

// --- the tests ---

static party_t make_good(void)
{
    return make_party("a shop", &authority, "IP:127.0.0.1", -DAY_S, DAY_S);
}

static void a_server_with_a_right_certificate_is_asked(void **state)
{
    (void)state;
    server_t server = {0};
    assert_int_equal(ask_server(&server, make_good(), authority_file), RESULT_ANSWERED);
    assert_memory_equal(server.received, "POST /path ", 11);
    server = (server_t){.version_max = TLS1_2_VERSION};
    assert_int_equal(ask_server(&server, make_good(), authority_file), RESULT_ANSWERED);
}

static void one_of_an_authority_that_is_not_ours_is_sent_nothing(void **state)
{
    (void)state;
    expect_refusal(make_party("a shop", &stranger, "IP:127.0.0.1", -DAY_S, DAY_S), authority_file,
                   0);
    expect_refusal(make_good(), stranger_file, 0);
    expect_refusal(make_good(), "", 0); // nor does the system know ours
}

static void one_that_vouches_for_itself_is_sent_nothing(void **state)
{
    (void)state;
    expect_refusal(make_party("a shop", NULL, "IP:127.0.0.1", -DAY_S, DAY_S), authority_file, 0);
}

static void one_for_another_host_is_sent_nothing(void **state)
{
    (void)state;
    expect_refusal(make_party("127.0.0.1", &authority, "DNS:example.org", -DAY_S, DAY_S),
                   authority_file, 0);
    expect_refusal(make_party("a shop", &authority, "IP:127.0.0.2", -DAY_S, DAY_S), authority_file,
                   0);
}

static void one_out_of_its_time_is_sent_nothing(void **state)
{
    (void)state;
    expect_refusal(make_party("a shop", &authority, "IP:127.0.0.1", -2 * DAY_S, -DAY_S),
                   authority_file, 0);
    expect_refusal(make_party("a shop", &authority, "IP:127.0.0.1", DAY_S, 2 * DAY_S),
                   authority_file, 0);
}

static void one_that_only_speaks_what_is_broken_is_sent_nothing(void **state)
{
    (void)state;
    expect_refusal(make_good(), authority_file, TLS1_1_VERSION);
}

// An OpenSSL that would speak anything, so that what refuses is ours.
static void be_careless(void)
{
    static char path[] = "/tmp/kopeck-openssl-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    assert(file);
    fputs("openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = any\n"
          "[any]\nMinProtocol = TLSv1\nCipherString = DEFAULT@SECLEVEL=0\n",
          file);
    fclose(file);
    setenv("OPENSSL_CONF", path, 1);
    OPENSSL_init_ssl(0, NULL); // reads it
    unlink(path);
}

int main(void)
{
    be_careless();
    signal(SIGPIPE, SIG_IGN); // of clients that have hung up
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_with_a_right_certificate_is_asked),
        cmocka_unit_test(one_of_an_authority_that_is_not_ours_is_sent_nothing),
        cmocka_unit_test(one_that_vouches_for_itself_is_sent_nothing),
        cmocka_unit_test(one_for_another_host_is_sent_nothing),
        cmocka_unit_test(one_out_of_its_time_is_sent_nothing),
        cmocka_unit_test(one_that_only_speaks_what_is_broken_is_sent_nothing),
    };
    return cmocka_run_group_tests(tests, make_authorities, remove_authorities);
}
