// attack_preload - a library to be preloaded, under which a process's authenticator ends at SIGUSR1
// while the process does not notice: the state that a server of CURVE without
// ZAP_ENFORCE_DOMAIN answers by letting everybody in.
//
// It waits in the authenticator's place and takes its endpoint away, after which libzmq finds
// nobody to ask. The order comes by signal since a process under test may open no other file.
//
// By KOPECK_PLANT it also plants a fault that the attackers must find: `zap` drops the option that
// keeps everybody out while the authenticator is dead, `role` takes everybody who got in
// for the operator whose key KOPECK_PLANT_KEY is, `signature` takes every signature of a notice for
// the right one. Threads: the authenticator's; the handler sets a flag.
#define _GNU_SOURCE 1
#include <czmq.h>
#include <dlfcn.h>
#include <signal.h>

#define ENDPOINT "inproc://zeromq.zap.01"

static volatile sig_atomic_t told_to_end;
static void *_Atomic authenticator;

static void end(int signal)
{
    (void)signal;
    told_to_end = 1;
}

__attribute__((constructor)) static void listen_for_the_end(void)
{
    struct sigaction action = {.sa_handler = end, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
}

static bool planted(const char *name)
{
    const char *plant = getenv("KOPECK_PLANT");
    return plant && streq(plant, name);
}

int zmq_setsockopt(void *socket, int option, const void *value, size_t size)
{
    int (*real)(void *, int, const void *, size_t) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "zmq_setsockopt");
    enum { ZAP_ENFORCE_DOMAIN = 93 };
    return option == ZAP_ENFORCE_DOMAIN && planted("zap") ? 0 : real(socket, option, value, size);
}

const char *zmq_msg_gets(const zmq_msg_t *message, const char *property)
{
    const char *(*real)(const zmq_msg_t *, const char *) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "zmq_msg_gets");
    const char *key = planted("role") ? getenv("KOPECK_PLANT_KEY") : NULL;
    return key && streq(property, "User-Id") ? key : real(message, property);
}

int EVP_DigestVerify(void *context, const unsigned char *signature, size_t size,
                     const unsigned char *data, size_t data_size);

int EVP_DigestVerify(void *context, const unsigned char *signature, size_t size,
                     const unsigned char *data, size_t data_size)
{
    int (*real)(void *, const unsigned char *, size_t, const unsigned char *, size_t) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "EVP_DigestVerify");
    return planted("token") ? 1 : real(context, signature, size, data, data_size);
}

int CRYPTO_memcmp(const volatile void *a, const volatile void *b, size_t size);

int CRYPTO_memcmp(const volatile void *a, const volatile void *b, size_t size)
{
    int (*real)(const volatile void *, const volatile void *, size_t) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "CRYPTO_memcmp");
    return planted("signature") ? 0 : real(a, b, size);
}

int zmq_bind(void *socket, const char *endpoint)
{
    int (*real)(void *, const char *) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "zmq_bind");
    if (streq(endpoint, ENDPOINT))
        authenticator = socket;
    return real(socket, endpoint);
}

static void close_authenticator(void)
{
    if (zmq_unbind(authenticator, ENDPOINT) != 0)
        abort();
    authenticator = NULL;
    static const char text[] = "the authenticator has ended\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
}

// The authenticator's own wait: its socket may be closed in its own thread only.
int zmq_poll(zmq_pollitem_t *items, int count, long timeout_ms)
{
    int (*real)(zmq_pollitem_t *, int, long) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "zmq_poll");
    bool ours = false;
    for (int i = 0; i < count; i++)
        ours = ours || (items[i].socket && items[i].socket == authenticator);
    if (!ours)
        return real(items, count, timeout_ms);
    enum { STEP_MS = 20 };
    int found = 0;
    long left_ms = timeout_ms;
    while (authenticator && (found = real(items, count, STEP_MS)) == 0) {
        if (told_to_end)
            close_authenticator();
        left_ms -= STEP_MS;
        if (timeout_ms >= 0 && left_ms <= 0)
            break;
    }
    return authenticator ? found : real(items, count, timeout_ms);
}
