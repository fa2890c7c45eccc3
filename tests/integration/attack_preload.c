// attack_preload - a library to be preloaded, under which a process's authenticator ends at SIGUSR1
// while the process does not notice: the state that a server of CURVE without
// ZAP_ENFORCE_DOMAIN answers by letting everybody in.
//
// It stands in for zauth: runs the real one inside and passes its one order on. The order to end
// comes by signal since a process under test may open no other file.
//
// By KOPECK_PLANT it also plants a fault that the attackers must find: `zap` drops the option that
// keeps everybody out while the authenticator is dead, `role` makes everybody who got in an
// operator, `heartbeat` switches libzmq's heartbeats on, `signature` takes every signature for the
// right one.
// Threads: the actor's; the handler sets a flag.
#define _GNU_SOURCE 1
#include <czmq.h>
#include <dlfcn.h>
#include <signal.h>

void zauth(zsock_t *pipe, void *arg);

static volatile sig_atomic_t told_to_end;

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
    int heartbeat_ms = 2000;
    if (option == ZMQ_HANDSHAKE_IVL && planted("heartbeat"))
        real(socket, ZMQ_HEARTBEAT_IVL, &heartbeat_ms, sizeof heartbeat_ms);
    return option == ZAP_ENFORCE_DOMAIN && planted("zap") ? 0 : real(socket, option, value, size);
}

const char *zmq_msg_gets(const zmq_msg_t *message, const char *property)
{
    const char *(*real)(const zmq_msg_t *, const char *) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "zmq_msg_gets");
    return streq(property, "role") && planted("role") ? "operator" : real(message, property);
}

int CRYPTO_memcmp(const volatile void *a, const volatile void *b, size_t size);

int CRYPTO_memcmp(const volatile void *a, const volatile void *b, size_t size)
{
    int (*real)(const volatile void *, const volatile void *, size_t) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "CRYPTO_memcmp");
    return planted("signature") ? 0 : real(a, b, size);
}

static zactor_t *pass_on(zsock_t *pipe, zactor_fn *real)
{
    zactor_t *inner = zactor_new(real, NULL);
    char *order = zstr_recv(pipe), *directory = zstr_recv(pipe);
    if (!inner || !order || !directory || zstr_sendx(inner, order, directory, NULL) != 0 ||
        zsock_wait(inner) != 0)
        abort();
    zstr_free(&order);
    zstr_free(&directory);
    zsock_signal(pipe, 0);
    return inner;
}

void zauth(zsock_t *pipe, void *arg)
{
    zactor_fn *real = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "zauth");
    (void)arg;
    if (!real)
        abort();
    zsock_signal(pipe, 0);
    zactor_t *inner = pass_on(pipe, real);
    zmq_pollitem_t item = {.socket = zsock_resolve(pipe), .events = ZMQ_POLLIN};
    while (zmq_poll(&item, 1, 20) >= 0 && !item.revents)
        if (told_to_end && inner) {
            zactor_destroy(&inner);
            static const char text[] = "the authenticator has ended\n";
            ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
            (void)written;
        }
    zactor_destroy(&inner);
}
