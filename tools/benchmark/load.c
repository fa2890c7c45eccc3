#include "tools/benchmark/load.h"
#include "proto/event.h"
#include "proto/posting.h"
#include "proto/stream.h"
#include "services/process/socket.h"
#include "services/process/uuid7.h"
#include "tools/benchmark/item.h"
#include <assert.h>

enum { ANSWER_MAX_MS = 60 * 1000, FUND_BATCH = FEED_ITEMS_MAX, FUND_WINDOW = 8 };

typedef struct {
    zsock_t *socket;
    void *raw;
    uint64_t sent, answered; // messages
    int64_t sent_at[LOAD_WINDOW_MAX];
    int64_t amounts[LOAD_WINDOW_MAX]; // kopecks in each message
} load_client_t;

typedef struct {
    load_t *load;
    const load_row_t *row;
    load_result_t *result;
    load_client_t clients[LOAD_CLIENTS_MAX];
    item_t item;
    bool funding;
    uint32_t fund_next, fund_end;
    uint64_t number;
    bool over; // send no more
} load_run_t;

static void make_batch(load_run_t *run, unsigned client, zmq_msg_t *message, int64_t *amount)
{
    unsigned count = run->row->batch;
    if (run->funding && run->fund_end - run->fund_next < count)
        count = run->fund_end - run->fund_next;
    feed_batch_t batch = {.number = ++run->number,
                          .producer = LOAD_PRODUCER + client,
                          .epoch = 1,
                          .first = run->load->next[client],
                          .count = count};
    uint8_t head[96];
    size_t used = feed_batch_encode_head(&batch, head, sizeof head);
    int rc = zmq_msg_init_size(message, used + count * run->item.size);
    assert(rc == 0);
    uint8_t *out = zmq_msg_data(message);
    memcpy(out, head, used);
    for (unsigned i = 0; i < count; i++)
        used += item_put(&run->item, run->funding ? run->fund_next++ : draws_next(run->row->draws),
                         amount, out + used);
    run->load->next[client] += count;
    run->over = run->over || (run->funding && run->fund_next == run->fund_end);
}

static void make_request(load_run_t *run, zmq_msg_t *message, int64_t *amount)
{
    uid_t16 account = draws_account(draws_next(run->row->draws));
    request_t request = {.number = ++run->number};
    if (run->row->kind == LOAD_BALANCES) {
        request.type = REQUEST_balance;
        request.balance.account = account;
    } else {
        request.type = REQUEST_post;
        request.id = uuid7_new();
        request.post.debit = account;
        request.post.credit = posting_system_id(SYSTEM_REVENUE);
        request.post.amount = *amount = ITEM_AMOUNT_MIN;
        request.post.kind = POSTING_CHARGE;
    }
    uint8_t bytes[256];
    size_t size = request_encode(&request, bytes, sizeof bytes);
    int rc = zmq_msg_init_size(message, size);
    assert(size && rc == 0);
    memcpy(zmq_msg_data(message), bytes, size);
}

static void send_one(load_run_t *run, unsigned which)
{
    load_client_t *client = &run->clients[which];
    zmq_msg_t message;
    int64_t amount = 0;
    if (run->row->kind == LOAD_FEED)
        make_batch(run, which, &message, &amount);
    else
        make_request(run, &message, &amount);
    unsigned slot = client->sent % LOAD_WINDOW_MAX;
    client->amounts[slot] = amount;
    client->sent_at[slot] = bench_now_ns();
    while (zmq_msg_send(&message, client->raw, ZMQ_DONTWAIT) < 0) {
        if (zmq_errno() != EAGAIN)
            bench_die("sending: %s", zmq_strerror(zmq_errno()));
        zmq_pollitem_t room = {.socket = client->raw, .events = ZMQ_POLLOUT};
        if (zmq_poll(&room, 1, ANSWER_MAX_MS) != 1)
            bench_die("the ledger takes no connection");
    }
    client->sent++;
}

// The number of postings, or queries, that this answer acknowledges.
static unsigned read_answer(load_run_t *run, zmq_msg_t *message)
{
    const void *data = zmq_msg_data(message);
    size_t size = zmq_msg_size(message);
    if (run->row->kind == LOAD_FEED) {
        feed_answer_t answer;
        if (feed_answer_decode(data, size, &answer))
            bench_die("an answer of the feed is not readable");
        if (answer.fail)
            bench_die("a batch was refused: %.*s", (int)answer.detail.size, answer.detail.data);
        for (uint32_t i = 0; i < answer.results.size; i++)
            if (answer.results.data[i])
                bench_die("an item was refused: %.*s", (int)answer.detail.size, answer.detail.data);
        run->result->last = answer.sequence;
        return answer.results.size;
    }
    answer_t answer;
    request_type_t type = run->row->kind == LOAD_BALANCES ? REQUEST_balance : REQUEST_post;
    if (answer_decode(data, size, type, &answer))
        bench_die("an answer is not readable");
    if (answer.fail)
        bench_die("a request was refused: %.*s", (int)answer.detail.size, answer.detail.data);
    run->result->last = answer.sequence;
    return 1;
}

static void receive(load_run_t *run, unsigned which)
{
    load_client_t *client = &run->clients[which];
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, client->raw, ZMQ_DONTWAIT) >= 0) {
        unsigned slot = client->answered++ % LOAD_WINDOW_MAX;
        histogram_add(&run->result->latency, (uint64_t)(bench_now_ns() - client->sent_at[slot]));
        run->result->count += read_answer(run, &message);
        *(run->funding ? &run->load->funded : &run->load->charged) += client->amounts[slot];
        if (!run->over)
            send_one(run, which);
    }
    zmq_msg_close(&message);
}

static bool is_under_way(const load_run_t *run)
{
    for (unsigned i = 0; i < run->row->clients; i++)
        if (run->clients[i].sent > run->clients[i].answered)
            return true;
    return false;
}

static void exchange(load_run_t *run)
{
    const load_row_t *row = run->row;
    zmq_pollitem_t items[LOAD_CLIENTS_MAX];
    for (unsigned i = 0; i < row->clients; i++)
        items[i] = (zmq_pollitem_t){.socket = run->clients[i].raw, .events = ZMQ_POLLIN};
    int64_t began = bench_now_ns(), until = began + (int64_t)(row->seconds * 1e9);
    for (unsigned i = 0; i < row->clients; i++)
        for (unsigned w = 0; w < row->window && !run->over; w++)
            send_one(run, i);
    while (is_under_way(run)) {
        if (zmq_poll(items, (int)row->clients, ANSWER_MAX_MS) <= 0)
            bench_die("the ledger does not answer");
        for (unsigned i = 0; i < row->clients; i++)
            if (items[i].revents)
                receive(run, i);
        run->over = run->over || (!run->funding && bench_now_ns() >= until);
    }
    double seconds = (double)(bench_now_ns() - began) / 1e9;
    run->result->per_second = (double)run->result->count / seconds;
    if (row->kind != LOAD_BALANCES)
        run->load->postings += run->result->count;
}

static void run_clients(load_run_t *run)
{
    const bench_rig_t *rig = run->load->rig;
    bool feed = run->row->kind == LOAD_FEED;
    assert(run->row->clients <= LOAD_CLIENTS_MAX && run->row->window <= LOAD_WINDOW_MAX);
    for (unsigned i = 0; i < run->row->clients; i++) {
        load_client_t *client = &run->clients[i];
        client->socket = socket_new(feed ? SOCKET_FEED_CLIENT : SOCKET_COMMAND_CLIENT,
                                    rig->endpoints[feed ? RIG_FEED : RIG_COMMAND],
                                    rig->importer_cert, rig->ledger_key);
        if (!client->socket)
            bench_die("a client's socket: %s", strerror(errno));
        client->raw = zsock_resolve(client->socket);
        zmq_pollitem_t room = {.socket = client->raw, .events = ZMQ_POLLOUT};
        if (zmq_poll(&room, 1, ANSWER_MAX_MS) != 1)
            bench_die("the ledger takes no connection");
    }
    exchange(run);
    for (unsigned i = 0; i < run->row->clients; i++)
        zsock_destroy(&run->clients[i].socket);
}

void load_init(load_t *self, const bench_rig_t *rig)
{
    *self = (load_t){.rig = rig};
    load_reset(self);
}

void load_reset(load_t *self)
{
    for (unsigned i = 0; i < LOAD_CLIENTS_MAX; i++)
        self->next[i] = 1;
    self->charged = self->funded = 0;
    self->postings = 0;
}

static void run_row(load_t *self, const load_row_t *row, uint32_t fund, load_result_t *result)
{
    load_run_t *run = calloc(1, sizeof *run);
    assert(run);
    memset(result, 0, sizeof *result);
    run->load = self;
    run->row = row;
    run->result = result;
    run->funding = fund > 0;
    run->fund_end = fund;
    item_make(&run->item, run->funding);
    run_clients(run);
    free(run);
}

void load_fund(load_t *self, uint32_t accounts)
{
    load_result_t *result = malloc(sizeof *result);
    assert(result);
    load_row_t row = {.kind = LOAD_FEED, .batch = FUND_BATCH, .clients = 1, .window = FUND_WINDOW};
    run_row(self, &row, accounts, result);
    free(result);
}

void load_run(load_t *self, const load_row_t *row, load_result_t *ret_result)
{
    run_row(self, row, 0, ret_result);
}

static int64_t system_balance(bytes_t systems, uint64_t wanted)
{
    wire_t wire;
    wire_start(&wire, systems.data, systems.size);
    int64_t found = 0;
    for (uint32_t left = wire_array(&wire, SYSTEM_END); left; left--) {
        uint64_t number;
        int64_t balance;
        (void)wire_array(&wire, 2);
        wire_u64(&wire, &number);
        wire_i64(&wire, &balance);
        if (number == wanted)
            found = balance;
    }
    return found;
}

bool load_agrees(load_t *self, uint32_t accounts)
{
    zsock_t *socket = socket_new(SOCKET_COMMAND_CLIENT, self->rig->endpoints[RIG_COMMAND],
                                 self->rig->importer_cert, self->rig->ledger_key);
    uint8_t bytes[64];
    request_t request = {.type = REQUEST_totals, .number = 1};
    size_t size = request_encode(&request, bytes, sizeof bytes);
    zsock_set_sndtimeo(socket, ANSWER_MAX_MS);
    zsock_set_rcvtimeo(socket, ANSWER_MAX_MS);
    zmq_msg_t message;
    zmq_msg_init(&message);
    answer_t answer;
    if (zmq_send(zsock_resolve(socket), bytes, size, 0) < 0 ||
        zmq_msg_recv(&message, zsock_resolve(socket), 0) < 0 ||
        answer_decode(zmq_msg_data(&message), zmq_msg_size(&message), REQUEST_totals, &answer) ||
        answer.fail)
        bench_die("the ledger does not say its totals");
    answer_totals_t totals = answer.totals;
    int64_t revenue = system_balance(totals.systems, SYSTEM_REVENUE);
    zmq_msg_close(&message);
    zsock_destroy(&socket);
    bool good = totals.sum == 0 && totals.accounts == accounts && revenue == self->charged &&
                totals.customers == self->funded - self->charged;
    if (!good)
        fprintf(stderr,
                "bench: the ledger has sum %lld, accounts %llu, revenue %lld, customers %lld; "
                "acknowledged were accounts %u, revenue %lld, customers %lld\n",
                (long long)totals.sum, (unsigned long long)totals.accounts, (long long)revenue,
                (long long)totals.customers, accounts, (long long)self->charged,
                (long long)(self->funded - self->charged));
    return good;
}
