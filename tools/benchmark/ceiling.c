// kopeck-ceiling - what the bare design reaches on this machine, with nothing but the necessary
// work: a client's batches through a ROUTER with CURVE, each posting decoded, its account found by
// 16-byte id, two balances moved, a leaf hash and the Merkle frontier, records of up to 60 KiB, one
// LMDB commit of records and frontier for all that waited, then the answers, then the publications
// to one live follower. Then the log is read back into balances. In a pipeline a thread commits
// while the next postings are taken in, and each answer still waits for the commit of its own.
//
// Not in it: ids of commands, cursors, roles, rules, queries, statements, replay doors, judgements,
// refusals: what a service adds. A posting is as small as it can be: [id, time, system account,
// amount, customer], and so is an event: those bytes, the balance after it, the posting before it.
//
// usage: kopeck-ceiling DIRECTORY BATCH WINDOW CLIENTS ACCOUNTS ZIPF(0|1) FOLLOWER(0|1)
//                       PIPELINE(0|1) SECONDS
// prints: postings/s, p50 ns, p99 ns, bytes an event on disk, replayed events/s
#include "proto/stream.h"
#include "services/process/security/keys.h"
#include "services/process/security/security.h"
#include "services/process/socket.h"
#include "store/tree.h"
#include "tools/benchmark/bench_rig.h"
#include "tools/benchmark/draws.h"
#include "tools/benchmark/histogram.h"
#include "tools/command_line/command_line.h"
#include <assert.h>
#include <lmdb.h>
#include <stdatomic.h>

enum {
    CLIENTS_MAX = 64,
    WINDOW_MAX = 256,
    TURN_MESSAGES = 256,
    RECORDS_MAX = 4096,
    SYSTEM = 3,
    SYSTEMS = 16,
    AMOUNT = 40,
    WAIT_MS = 10000,
    EVENT_TAIL = 16 // balance after, posting before
};
#define MAP_BYTES ((size_t)64 << 30)
static const uint64_t TIME_FIRST = UINT64_C(1760000000000000);

typedef struct {
    const char *directory;
    unsigned batch, window, clients;
    bool follower;
    double seconds;
    draws_t draws;
    char key[41], server[160], feed[160];
    zcert_t *own;
    atomic_bool heard, over;
    histogram_t latency;
    uint64_t acknowledged;
    double per_second;
} ceiling_t;

// --- the client ---

typedef struct {
    zsock_t *socket;
    uint64_t sent, answered;
    int64_t sent_at[WINDOW_MAX];
} dealer_t;

static void send_batch(ceiling_t *self, dealer_t *dealer, uint64_t *id)
{
    enum { ITEM_MAX = 48 };
    zmq_msg_t message;
    uint8_t *buffer = malloc((size_t)self->batch * ITEM_MAX);
    assert(buffer);
    size_t used = 0;
    for (unsigned i = 0; i < self->batch; i++) {
        uint32_t number = draws_next(&self->draws);
        uid_t16 account = draws_account(number);
        uint8_t *at = buffer + used;
        uint64_t values[2] = {__builtin_bswap64(++*id), __builtin_bswap64(TIME_FIRST + *id)};
        *at++ = 0x95;
        *at++ = 0xcf;
        memcpy(at, &values[0], 8);
        at += 8;
        *at++ = 0xcf;
        memcpy(at, &values[1], 8);
        at += 8;
        *at++ = SYSTEM;
        *at++ = AMOUNT;
        *at++ = 0xc4;
        *at++ = sizeof account.bytes;
        memcpy(at, account.bytes, sizeof account.bytes);
        at += sizeof account.bytes;
        used = (size_t)(at - buffer);
    }
    zmq_msg_init_size(&message, used);
    memcpy(zmq_msg_data(&message), buffer, used);
    free(buffer);
    dealer->sent_at[dealer->sent++ % WINDOW_MAX] = bench_now_ns();
    if (zmq_msg_send(&message, zsock_resolve(dealer->socket), 0) < 0)
        bench_die("ceiling: sending: %s", zmq_strerror(zmq_errno()));
}

static uint64_t receive_answers(ceiling_t *self, dealer_t *dealer, uint64_t *id, bool more)
{
    char answer[8];
    uint64_t count = 0;
    while (zmq_recv(zsock_resolve(dealer->socket), answer, sizeof answer, ZMQ_DONTWAIT) >= 0) {
        histogram_add(&self->latency, (uint64_t)(bench_now_ns() -
                                                 dealer->sent_at[dealer->answered++ % WINDOW_MAX]));
        count++;
        if (more)
            send_batch(self, dealer, id);
    }
    return count;
}

static void client(zsock_t *pipe, void *arg)
{
    ceiling_t *self = arg;
    dealer_t *dealers = calloc(self->clients, sizeof *dealers);
    assert(dealers);
    zmq_pollitem_t items[CLIENTS_MAX];
    for (unsigned i = 0; i < self->clients; i++) {
        dealers[i].socket = socket_new(SOCKET_FEED_CLIENT, self->server, self->own, self->key);
        assert(dealers[i].socket);
        items[i] = (zmq_pollitem_t){zsock_resolve(dealers[i].socket), 0, ZMQ_POLLOUT, 0};
        zsock_set_sndtimeo(dealers[i].socket, WAIT_MS);
        if (zmq_poll(&items[i], 1, WAIT_MS) != 1)
            bench_die("ceiling: no connection");
        items[i].events = ZMQ_POLLIN;
    }
    zsock_signal(pipe, 0);
    uint64_t id = 0, under_way = 0, messages = 0;
    int64_t began = bench_now_ns(), until = began + (int64_t)(self->seconds * 1e9);
    for (unsigned i = 0; i < self->clients; i++)
        for (unsigned w = 0; w < self->window; w++, under_way++)
            send_batch(self, &dealers[i], &id);
    for (bool more = true; under_way;) {
        if (zmq_poll(items, (int)self->clients, WAIT_MS) <= 0)
            bench_die("ceiling: no answer");
        more = more && bench_now_ns() < until;
        for (unsigned i = 0; i < self->clients; i++)
            if (items[i].revents) {
                uint64_t got = receive_answers(self, &dealers[i], &id, more);
                messages += got;
                under_way -= more ? 0 : got;
            }
    }
    self->acknowledged = messages * self->batch;
    self->per_second = (double)self->acknowledged / ((double)(bench_now_ns() - began) / 1e9);
    for (unsigned i = 0; i < self->clients; i++)
        zsock_destroy(&dealers[i].socket);
    free(dealers);
    self->over = true;
    char *end = zstr_recv(pipe); // an actor ends when it is told to
    zstr_free(&end);
}

// --- the follower ---

static void follower(zsock_t *pipe, void *arg)
{
    ceiling_t *self = arg;
    zsock_t *socket = socket_new(SOCKET_SUBSCRIBER, self->feed, self->own, self->key);
    assert(socket);
    zsock_signal(pipe, 0);
    zmq_pollitem_t items[] = {{zsock_resolve(pipe), 0, ZMQ_POLLIN, 0},
                              {zsock_resolve(socket), 0, ZMQ_POLLIN, 0}};
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (!(items[0].revents & ZMQ_POLLIN)) {
        zmq_poll(items, 2, -1);
        while (zmq_msg_recv(&message, zsock_resolve(socket), ZMQ_DONTWAIT) >= 0)
            self->heard = true;
    }
    zmq_msg_close(&message);
    zsock_destroy(&socket);
}

// --- the server ---

typedef struct {
    uid_t16 id; // all zero: free
    int64_t balance;
    uint64_t head;
} slot_t;

// What one commit takes, and whom it answers.
typedef struct {
    uint8_t *records; // RECORDS_MAX of RECORD_BYTES
    uint32_t sizes[RECORDS_MAX];
    uint64_t firsts[RECORDS_MAX];
    unsigned count;
    uint8_t frontier[TREE_SAVED_MAX];
    size_t frontier_size;
    zmq_msg_t peers[TURN_MESSAGES];
    unsigned messages;
} parcel_t;

typedef struct {
    slot_t *slots;
    uint64_t mask, last;
    int64_t systems[SYSTEMS];
    tree_t tree;
    MDB_env *env;
    MDB_dbi log, heads;
    zsock_t *door, *publisher;
    parcel_t parcels[2], *filling; // the other one is free, or being committed beside
} server_t;

enum { RECORD_BYTES = STREAM_WHOLE_MAX - 16 };

static slot_t *slot_of(const server_t *self, const uint8_t id[16])
{
    uint64_t at;
    memcpy(&at, id, sizeof at);
    slot_t *slot = &self->slots[at & self->mask];
    while (memcmp(slot->id.bytes, id, 16) != 0 && slot->head + (uint64_t)slot->balance)
        slot = &self->slots[++at & self->mask];
    return slot;
}

static void check(int rc, const char *what)
{
    if (rc)
        bench_die("ceiling: %s: %s", what, mdb_strerror(rc));
}

static void open_accounts(server_t *self, uint32_t accounts)
{
    uint64_t slots = 64;
    while (slots < (uint64_t)accounts * 2)
        slots *= 2;
    self->mask = slots - 1;
    self->slots = calloc(slots, sizeof *self->slots);
    assert(self->slots);
    for (uint32_t i = 0; i < accounts; i++) {
        uid_t16 id = draws_account(i);
        slot_t *slot = slot_of(self, id.bytes);
        *slot = (slot_t){.id = id, .balance = INT64_C(1000000000000)};
        self->systems[0] -= slot->balance;
    }
}

static uint8_t *event_place(server_t *self, size_t size)
{
    parcel_t *parcel = self->filling;
    if (parcel->count == 0 || parcel->sizes[parcel->count - 1] + size > RECORD_BYTES) {
        assert(parcel->count < RECORDS_MAX);
        parcel->firsts[parcel->count] = self->last + 1;
        parcel->sizes[parcel->count++] = 0;
    }
    unsigned record = parcel->count - 1;
    uint8_t *at = parcel->records + (size_t)record * RECORD_BYTES + parcel->sizes[record];
    parcel->sizes[record] += (uint32_t)size;
    return at;
}

static void post(server_t *self, wire_t *wire)
{
    const uint8_t *begin = wire->next;
    uint64_t id, time, system, amount;
    (void)wire_array(wire, 5);
    wire_u64(wire, &id);
    wire_u64(wire, &time);
    wire_u64(wire, &system);
    wire_u64(wire, &amount);
    const uint8_t *account = wire_take(wire, 18);
    if (!account || system >= SYSTEMS)
        bench_die("ceiling: a posting is not readable");
    slot_t *slot = slot_of(self, account + 2);
    size_t size = (size_t)(wire->next - begin);
    uint8_t *event = event_place(self, size + EVENT_TAIL);
    int64_t balance;
    if (__builtin_sub_overflow(slot->balance, (int64_t)amount, &balance))
        bench_die("ceiling: overflow");
    memcpy(event, begin, size);
    memcpy(event + size, &balance, 8);
    memcpy(event + size + 8, &slot->head, 8);
    slot->balance = balance;
    slot->head = ++self->last;
    self->systems[system] += (int64_t)amount;
    hash_t leaf;
    tree_leaf(event, size + EVENT_TAIL, &leaf);
    tree_append(&self->tree, &leaf);
}

static bool full(const parcel_t *parcel)
{
    return parcel->messages == TURN_MESSAGES || parcel->count >= RECORDS_MAX / 4;
}

static void drain(server_t *self)
{
    parcel_t *parcel = self->filling;
    zmq_msg_t body;
    zmq_msg_init(&body);
    void *door = zsock_resolve(self->door);
    for (; !full(parcel); parcel->messages++) {
        if (zmq_msg_recv(&parcel->peers[parcel->messages], door, ZMQ_DONTWAIT) < 0)
            break;
        zmq_msg_recv(&body, door, 0);
        wire_t wire;
        wire_start(&wire, zmq_msg_data(&body), zmq_msg_size(&body));
        while (wire_left(&wire))
            post(self, &wire);
    }
    zmq_msg_close(&body);
}

// Takes what is filled out of the hands of the loop; the other parcel must be free.
static parcel_t *close_parcel(server_t *self)
{
    parcel_t *parcel = self->filling;
    parcel->frontier_size = tree_save(&self->tree, parcel->frontier);
    self->filling = &self->parcels[parcel == self->parcels];
    assert(self->filling->messages == 0);
    return parcel;
}

static void commit(const server_t *self, parcel_t *parcel)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    check(mdb_txn_begin(self->env, NULL, 0, &txn), "begin");
    check(mdb_cursor_open(txn, self->log, &cursor), "cursor");
    for (unsigned i = 0; i < parcel->count; i++) {
        MDB_val key = {sizeof parcel->firsts[i], &parcel->firsts[i]};
        MDB_val value = {parcel->sizes[i], parcel->records + (size_t)i * RECORD_BYTES};
        check(mdb_cursor_put(cursor, &key, &value, MDB_APPEND), "append");
    }
    mdb_cursor_close(cursor);
    MDB_val key = {4, (void *)"head"}, value = {parcel->frontier_size, parcel->frontier};
    check(mdb_put(txn, self->heads, &key, &value, 0), "head");
    check(mdb_txn_commit(txn), "commit");
}

static void answer_and_publish(const server_t *self, parcel_t *parcel)
{
    void *door = zsock_resolve(self->door);
    for (unsigned i = 0; i < parcel->messages; i++) {
        zmq_msg_send(&parcel->peers[i], door, ZMQ_SNDMORE);
        zmq_send(door, "ok", 2, 0);
    }
    for (unsigned i = 0; self->publisher && i < parcel->count; i++)
        zmq_send(zsock_resolve(self->publisher), parcel->records + (size_t)i * RECORD_BYTES,
                 parcel->sizes[i], ZMQ_DONTWAIT);
    parcel->count = parcel->messages = 0;
}

static void serve(server_t *self, const ceiling_t *shared)
{
    while (!shared->over) {
        zmq_pollitem_t item = {zsock_resolve(self->door), 0, ZMQ_POLLIN, 0};
        zmq_poll(&item, 1, 50);
        drain(self);
        if (self->filling->messages == 0)
            continue;
        parcel_t *parcel = close_parcel(self);
        commit(self, parcel);
        answer_and_publish(self, parcel);
    }
}

// Commits each parcel that it is given the number of, and gives the number back.
static void committer(zsock_t *pipe, void *arg)
{
    server_t *self = arg;
    zsock_signal(pipe, 0);
    uint8_t number;
    while (zmq_recv(zsock_resolve(pipe), &number, 1, 0) == 1 && number < 2) {
        commit(self, &self->parcels[number]);
        zmq_send(zsock_resolve(pipe), &number, 1, 0);
    }
}

static void serve_in_pipeline(server_t *self, const ceiling_t *shared)
{
    zactor_t *thread = zactor_new(committer, self);
    void *pipe = zsock_resolve(zactor_sock(thread));
    parcel_t *under_way = NULL;
    while (!shared->over) {
        zmq_pollitem_t items[] = {{pipe, 0, ZMQ_POLLIN, 0},
                                  {zsock_resolve(self->door), 0, ZMQ_POLLIN, 0}};
        zmq_poll(items, full(self->filling) ? 1 : 2, 50);
        drain(self);
        uint8_t number;
        if (under_way && zmq_recv(pipe, &number, 1, ZMQ_DONTWAIT) == 1) {
            answer_and_publish(self, under_way);
            under_way = NULL;
        }
        if (!under_way && self->filling->messages) {
            under_way = close_parcel(self);
            number = (uint8_t)(under_way - self->parcels);
            zmq_send(pipe, &number, 1, 0);
        }
    }
    zactor_destroy(&thread);
}

static void make_parcels(server_t *self)
{
    self->filling = self->parcels;
    for (unsigned p = 0; p < 2; p++) {
        self->parcels[p].records = malloc((size_t)RECORDS_MAX * RECORD_BYTES);
        assert(self->parcels[p].records);
        for (unsigned i = 0; i < TURN_MESSAGES; i++)
            zmq_msg_init(&self->parcels[p].peers[i]);
    }
}

static void release_parcels(server_t *self)
{
    for (unsigned p = 0; p < 2; p++) {
        for (unsigned i = 0; i < TURN_MESSAGES; i++)
            zmq_msg_close(&self->parcels[p].peers[i]);
        free(self->parcels[p].records);
    }
}

// --- the log again ---

static double replay(server_t *self, uint32_t accounts)
{
    memset(self->slots, 0, (self->mask + 1) * sizeof *self->slots);
    memset(self->systems, 0, sizeof self->systems);
    open_accounts(self, accounts);
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key, value;
    uint64_t events = 0;
    int64_t began = bench_now_ns();
    check(mdb_txn_begin(self->env, NULL, MDB_RDONLY, &txn), "begin");
    check(mdb_cursor_open(txn, self->log, &cursor), "cursor");
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        wire_t wire;
        for (wire_start(&wire, value.mv_data, value.mv_size); wire_left(&wire); events++) {
            uint64_t id, time, system, amount;
            (void)wire_array(&wire, 5);
            wire_u64(&wire, &id);
            wire_u64(&wire, &time);
            wire_u64(&wire, &system);
            wire_u64(&wire, &amount);
            const uint8_t *rest = wire_take(&wire, 18 + EVENT_TAIL);
            if (!rest || system >= SYSTEMS)
                bench_die("ceiling: an event is not readable");
            slot_t *slot = slot_of(self, rest + 2);
            slot->balance -= (int64_t)amount;
            slot->head = events + 1;
            self->systems[system] += (int64_t)amount;
        }
    }
    double seconds = (double)(bench_now_ns() - began) / 1e9;
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    int64_t sum = 0;
    for (unsigned i = 0; i < SYSTEMS; i++)
        sum += self->systems[i];
    for (uint64_t i = 0; i <= self->mask; i++)
        sum += self->slots[i].balance;
    if (sum != 0 || events != self->last)
        bench_die("ceiling: the replay does not balance");
    return (double)events / seconds;
}

static void open_log(server_t *self, const char *directory)
{
    MDB_txn *txn;
    check(mdb_env_create(&self->env), "create");
    check(mdb_env_set_mapsize(self->env, MAP_BYTES), "map");
    check(mdb_env_set_maxdbs(self->env, 2), "tables");
    check(mdb_env_open(self->env, directory, 0, 0600), directory);
    check(mdb_txn_begin(self->env, NULL, 0, &txn), "begin");
    check(mdb_dbi_open(txn, "log", MDB_CREATE | MDB_INTEGERKEY, &self->log), "log");
    check(mdb_dbi_open(txn, "heads", MDB_CREATE, &self->heads), "heads");
    check(mdb_txn_commit(txn), "commit");
}

static security_t *make_security(ceiling_t *self)
{
    static const char *const names[] = {"ceiling:ledger", "client:operator"};
    char public[192], secret[192], file[256], error[SECURITY_ERROR_MAX] = "";
    snprintf(public, sizeof public, "%s/public", self->directory);
    snprintf(secret, sizeof secret, "%s/secret", self->directory);
    mkdir(public, 0755);
    mkdir(secret, 0700);
    if (!keys_make(names, 2, public, secret, error, sizeof error))
        bench_die("ceiling: %s", error);
    snprintf(file, sizeof file, "%s/client.cert_secret", secret);
    self->own = security_load_secret(file, error);
    snprintf(file, sizeof file, "%s/ceiling.cert", public);
    security_load_public(file, self->key, error);
    snprintf(file, sizeof file, "%s/ceiling.cert_secret", secret);
    security_t *security = security_new(file, public, NULL, error);
    if (!self->own || !security)
        bench_die("ceiling: %s", error);
    snprintf(self->server, sizeof self->server, "ipc://%s/feed", self->directory);
    snprintf(self->feed, sizeof self->feed, "ipc://%s/publish", self->directory);
    return security;
}

int main(int argc, char **argv)
{
    command_line_version(argc, argv);
    if (argc != 10) {
        fputs("usage: kopeck-ceiling DIRECTORY BATCH WINDOW CLIENTS ACCOUNTS ZIPF(0|1) "
              "FOLLOWER(0|1) PIPELINE(0|1) SECONDS\n",
              stderr);
        return 64;
    }
    security_prepare();
    static ceiling_t self;
    static server_t server;
    uint32_t accounts = (uint32_t)atoi(argv[5]);
    self.directory = argv[1];
    self.batch = (unsigned)atoi(argv[2]);
    self.window = (unsigned)atoi(argv[3]);
    self.clients = (unsigned)atoi(argv[4]);
    self.follower = atoi(argv[7]);
    bool in_pipeline = atoi(argv[8]);
    self.seconds = atof(argv[9]);
    if (!*self.directory || !self.batch || self.batch > FEED_ITEMS_MAX || !self.window ||
        self.window > WINDOW_MAX || !self.clients || self.clients > CLIENTS_MAX || !accounts ||
        self.seconds <= 0)
        bench_die("ceiling: a number is out of its range");
    draws_init(&self.draws, accounts, atoi(argv[6]));
    security_t *security = make_security(&self);
    open_log(&server, self.directory);
    open_accounts(&server, accounts);
    make_parcels(&server);
    zcert_t *own = security_own(security);
    server.door = socket_new(SOCKET_FEED_DOOR, self.server, own, NULL);
    if (!server.door)
        bench_die("ceiling: %s: %s", self.server, strerror(errno));
    zactor_t *listener = NULL;
    if (self.follower) {
        server.publisher = socket_new(SOCKET_PUBLISHER, self.feed, own, NULL);
        listener = zactor_new(follower, &self);
        while (!self.heard) {
            zmq_send(zsock_resolve(server.publisher), "h", 1, 0);
            zclock_sleep(1);
        }
    }
    zactor_t *sender = zactor_new(client, &self);
    if (in_pipeline)
        serve_in_pipeline(&server, &self);
    else
        serve(&server, &self);
    zactor_destroy(&sender);
    zactor_destroy(&listener);
    zsock_destroy(&server.publisher);
    zsock_destroy(&server.door);
    zcert_destroy(&self.own);
    security_destroy(&security);
    double replayed = replay(&server, accounts);
    struct stat state;
    char file[192];
    snprintf(file, sizeof file, "%s/data.mdb", self.directory);
    stat(file, &state);
    printf("%.0f %llu %llu %.1f %.0f\n", self.per_second,
           (unsigned long long)histogram_at(&self.latency, 0.5),
           (unsigned long long)histogram_at(&self.latency, 0.99),
           (double)state.st_blocks * 512 / (double)server.last, replayed);
    mdb_env_close(server.env);
    draws_release(&self.draws);
    release_parcels(&server);
    free(server.slots);
    return 0;
}
