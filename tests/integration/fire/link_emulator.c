// link_emulator - a network of its own for some processes: one network namespace each, joined by a
// switch in user space that loses, delays, reorders and doubles packets and cuts any direction.
//
// Every namespace has a TUN device whose other end is here. The namespaces have no names: they
// live as long as this process or a process in them, and leave nothing behind however it ends. It
// ends when its standard input does. Needs CAP_SYS_ADMIN and CAP_NET_ADMIN.
//
// Threads: one. Units: milliseconds on the command lines, nanoseconds within, parts in a million.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
    NODES_MAX = 16,
    NAME_MAX_BYTES = 32,
    PACKET_MAX = 1500,
    PACKETS_MAX = 16384, // under way; what comes then is lost, as in any full queue
    READS_MAX = 64,      // from one device before the others have their turn
    LINE_BYTES = 256,
    DELAY_MS_MAX = 10000,
    CANNOT_RUN = 77
};
#define DEVICE "wire0"
#define MILLION UINT64_C(1000000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

typedef struct {
    char name[NAME_MAX_BYTES];
    int space, tun, control; // the namespace, the device's other end, a socket inside for ioctls
    bool down;
} node_t;

// One direction between two nodes.
typedef struct {
    uint64_t delay_ns, jitter_ns, loss_ppm, double_ppm;
    bool cut;
} link_t;

typedef struct {
    uint64_t due_ns, order;
    uint16_t size;
    uint8_t to;
    uint8_t bytes[PACKET_MAX];
} packet_t;

static node_t nodes[NODES_MAX];
static link_t links[NODES_MAX][NODES_MAX];
static size_t nodes_count;
static packet_t *heap[PACKETS_MAX], *spare[PACKETS_MAX]; // by due_ns, then order
static size_t heap_count, spare_count;
static uint64_t seed, order, forwarded, lost, doubled, cut_off;

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

// splitmix64
static uint64_t draw(void)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

// --- packets under way ---

static bool is_before(const packet_t *a, const packet_t *b)
{
    return a->due_ns < b->due_ns || (a->due_ns == b->due_ns && a->order < b->order);
}

static void heap_push(packet_t *packet)
{
    size_t at = heap_count++;
    for (; at > 0 && is_before(packet, heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = packet;
}

static packet_t *heap_pop(void)
{
    packet_t *first = heap[0], *last = heap[--heap_count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < heap_count; at = child) {
        if (child + 1 < heap_count && is_before(heap[child + 1], heap[child]))
            child++;
        if (is_before(last, heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return first;
}

static void put_under_way(const uint8_t *bytes, size_t size, size_t to, uint64_t due_ns)
{
    if (heap_count == PACKETS_MAX) {
        lost++;
        return;
    }
    packet_t *packet = spare_count ? spare[--spare_count] : malloc(sizeof *packet);
    if (!packet)
        abort();
    packet->due_ns = due_ns;
    packet->order = order++;
    packet->size = (uint16_t)size;
    packet->to = (uint8_t)to;
    memcpy(packet->bytes, bytes, size);
    heap_push(packet);
}

// --- the switch ---

// Nodes are 10.77.0.1 and up.
static void carry(size_t from, const uint8_t *bytes, size_t size, uint64_t now)
{
    if (size < 20 || bytes[0] >> 4 != 4 || bytes[16] != 10 || bytes[17] != 77 || bytes[18] != 0)
        return; // the kernel's own chatter: IPv6, multicast
    size_t to = (size_t)bytes[19] - 1;
    if (to >= nodes_count)
        return;
    const link_t *link = &links[from][to];
    if (link->cut) {
        cut_off++;
        return;
    }
    unsigned copies = draw() % MILLION < link->double_ppm ? 2 : 1;
    doubled += copies - 1;
    for (unsigned i = 0; i < copies; i++)
        if (draw() % MILLION < link->loss_ppm)
            lost++;
        else
            put_under_way(bytes, size, to,
                          now + link->delay_ns + (link->jitter_ns ? draw() % link->jitter_ns : 0));
}

static void take(size_t from)
{
    uint8_t bytes[PACKET_MAX];
    uint64_t now = now_ns();
    for (int i = 0; i < READS_MAX; i++) {
        ssize_t size = read(nodes[from].tun, bytes, sizeof bytes);
        if (size <= 0)
            return; // nothing more, or the device is down
        carry(from, bytes, (size_t)size, now);
    }
}

static void deliver(void)
{
    for (uint64_t now = now_ns(); heap_count && heap[0]->due_ns <= now;) {
        packet_t *packet = heap_pop();
        if (write(nodes[packet->to].tun, packet->bytes, packet->size) < 0)
            lost++; // its device is down
        else
            forwarded++;
        spare[spare_count++] = packet;
    }
}

// --- nodes ---

static bool set_flags(int control, const char *device, bool up)
{
    struct ifreq request = {0};
    strcpy(request.ifr_name, device);
    if (ioctl(control, SIOCGIFFLAGS, &request) != 0)
        return false;
    request.ifr_flags = (short)(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
    return ioctl(control, SIOCSIFFLAGS, &request) == 0;
}

static bool set_address(int control, unsigned long what, const char *address)
{
    struct ifreq request = {0};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address)};
    strcpy(request.ifr_name, DEVICE);
    memcpy(&request.ifr_addr, &in, sizeof in);
    return ioctl(control, what, &request) == 0;
}

// In a namespace of its own, where we are left.
static bool make_node(node_t *self, const char *name, size_t number)
{
    char address[32];
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    strcpy(request.ifr_name, DEVICE);
    snprintf(self->name, sizeof self->name, "%s", name);
    snprintf(address, sizeof address, "10.77.0.%zu", number);
    if (unshare(CLONE_NEWNET) != 0)
        return false;
    self->space = open("/proc/self/ns/net", O_RDONLY);
    self->tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    self->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return self->space >= 0 && self->tun >= 0 && self->control >= 0 &&
           ioctl(self->tun, TUNSETIFF, &request) == 0 && set_flags(self->control, "lo", true) &&
           set_address(self->control, SIOCSIFADDR, address) &&
           set_address(self->control, SIOCSIFNETMASK, "255.255.255.0") &&
           set_flags(self->control, DEVICE, true);
}

// --- commands ---

static bool find(const char *name, size_t *ret_first, size_t *ret_end)
{
    *ret_first = 0;
    *ret_end = nodes_count;
    if (strcmp(name, "*") == 0)
        return true;
    for (size_t i = 0; i < nodes_count; i++)
        if (strcmp(name, nodes[i].name) == 0) {
            *ret_first = i;
            *ret_end = i + 1;
            return true;
        }
    return false;
}

static bool obey_link(const char *from, const char *to, const unsigned values[4], const bool *cut)
{
    size_t from_at, from_end, to_first, to_end;
    if (!find(from, &from_at, &from_end) || !find(to, &to_first, &to_end))
        return false;
    for (; from_at < from_end; from_at++)
        for (size_t to_at = to_first; to_at < to_end; to_at++) {
            link_t *link = &links[from_at][to_at];
            if (cut)
                link->cut = *cut;
            else
                *link = (link_t){.delay_ns = values[0] * NS_PER_MS,
                                 .jitter_ns = values[1] * NS_PER_MS,
                                 .loss_ppm = values[2],
                                 .double_ppm = values[3],
                                 .cut = link->cut};
        }
    return true;
}

static bool obey_device(const char *name, bool up)
{
    size_t at, end;
    if (!find(name, &at, &end))
        return false;
    bool good = true;
    for (; at < end; at++)
        if (set_flags(nodes[at].control, DEVICE, up))
            nodes[at].down = !up;
        else
            good = false;
    return good;
}

static void obey(const char *line)
{
    char word[LINE_BYTES] = "", from[LINE_BYTES] = "", to[LINE_BYTES] = "";
    unsigned values[4] = {0};
    int count = sscanf(line, "%15s %31s %31s %u %u %u %u", word, from, to, &values[0], &values[1],
                       &values[2], &values[3]);
    bool good = false;
    if (strcmp(word, "link") == 0)
        good = count == 7 && values[0] <= DELAY_MS_MAX && values[1] <= DELAY_MS_MAX &&
               obey_link(from, to, values, NULL);
    else if (strcmp(word, "cut") == 0)
        good = count == 3 && obey_link(from, to, values, &(bool){true});
    else if (strcmp(word, "heal") == 0)
        good = count == 3 && obey_link(from, to, values, &(bool){false});
    else if (strcmp(word, "up") == 0 || strcmp(word, "down") == 0)
        good = count == 2 && obey_device(from, word[0] == 'u');
    else if (strcmp(word, "counts") == 0)
        good = count == 1;
    if (good)
        printf("ok forwarded=%" PRIu64 " lost=%" PRIu64 " doubled=%" PRIu64 " cut=%" PRIu64 "\n",
               forwarded, lost, doubled, cut_off);
    else
        printf("no %s\n", line);
    fflush(stdout);
}

// False at the end of the input.
static bool read_commands(void)
{
    static char buffer[LINE_BYTES];
    static size_t used;
    ssize_t size = read(STDIN_FILENO, buffer + used, sizeof buffer - 1 - used);
    if (size <= 0)
        return size < 0 && errno == EINTR;
    used += (size_t)size;
    buffer[used] = '\0';
    char *begin = buffer;
    for (char *end; (end = strchr(begin, '\n')); begin = end + 1) {
        *end = '\0';
        obey(begin);
    }
    used = strlen(begin);
    memmove(buffer, begin, used);
    return used < sizeof buffer - 1; // a line that long is none of ours
}

static void run(void)
{
    struct pollfd polled[NODES_MAX + 1];
    polled[nodes_count] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    for (;;) {
        // A device that is down is an error without end to poll.
        for (size_t i = 0; i < nodes_count; i++)
            polled[i] = (struct pollfd){.fd = nodes[i].down ? -1 : nodes[i].tun, .events = POLLIN};
        struct timespec wait = {.tv_sec = 1};
        if (heap_count) {
            uint64_t now = now_ns(), due = heap[0]->due_ns, left = due > now ? due - now : 0;
            if (left < NS_PER_S)
                wait = (struct timespec){.tv_nsec = (long)left};
        }
        if (ppoll(polled, nodes_count + 1, &wait, NULL) > 0) {
            for (size_t i = 0; i < nodes_count; i++)
                if (polled[i].revents & POLLIN)
                    take(i);
            if (polled[nodes_count].revents && !read_commands())
                return;
        }
        deliver();
    }
}

static void help(FILE *out)
{
    fputs(
        "usage: link_emulator SEED NAME ...\n\n"
        "Makes a network namespace for each name, prints \"NAME ADDRESS NAMESPACE\" for each and\n"
        "\"ready\", joins them, and obeys lines of its standard input until that ends:\n\n"
        "  link FROM TO DELAY_MS JITTER_MS LOSS_PPM DOUBLE_PPM   one direction; * means all\n"
        "  cut FROM TO, heal FROM TO                             one direction\n"
        "  down NAME, up NAME                                    the node's device\n"
        "  counts\n\n"
        "Each is answered \"ok\" and what was carried so far, or \"no\".\n"
        "Exit codes: 0 the input ended, 64 usage, 77 namespaces or TUN devices are not ours to "
        "make.\n",
        out);
}

int main(int argc, char **argv)
{
    char *end = NULL;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        help(stdout);
        return EX_OK;
    }
    if (argc > 2)
        seed = strtoull(argv[1], &end, 10);
    if (!end || *end || argc - 2 > NODES_MAX) {
        help(stderr);
        return EX_USAGE;
    }
    for (int i = 2; i < argc; i++, nodes_count++)
        if (strlen(argv[i]) >= NAME_MAX_BYTES ||
            !make_node(&nodes[nodes_count], argv[i], nodes_count + 1)) {
            fprintf(stderr, "link_emulator: %s: %s\n", argv[i], strerror(errno));
            return CANNOT_RUN;
        }
    for (size_t i = 0; i < nodes_count; i++)
        printf("%s 10.77.0.%zu /proc/%d/fd/%d\n", nodes[i].name, i + 1, (int)getpid(),
               nodes[i].space);
    puts("ready");
    fflush(stdout);
    run();
    return EX_OK;
}
