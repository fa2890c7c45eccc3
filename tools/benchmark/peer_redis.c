// Redis: appendfsync always, on a Unix socket. A batch is one script, which Redis runs as a whole:
// per posting two balances in a hash and an entry in its client's stream, whose ids must grow, so
// that no key is used twice.
#include "tools/benchmark/bench_rig.h"
#include "tools/benchmark/peer.h"
#include <hiredis/hiredis.h>
#include <signal.h>

enum { START_TRIES = 300, START_PAUSE_MS = 20, BATCH_MAX = 8189, FIXED = 5, TEXT_MAX = 12 };

static const char script[] =
    "for i=2,#ARGV,2 do local d,c=ARGV[i],ARGV[i+1];"
    " redis.call('HINCRBY','a',d,-40); redis.call('HINCRBY','a',c,40);"
    " redis.call('XADD',KEYS[1],ARGV[1]..'-'..i,'d',d,'c',c,'s',40) end return #ARGV";

static pid_t server;
static char socket_path[160], digest[64];
static redisContext *links[PEER_CLIENTS_MAX];
static int64_t sent_at[PEER_CLIENTS_MAX];
static unsigned connected;
static uint64_t next, acknowledged;

static redisContext *open_link(void)
{
    for (int i = 0; i < START_TRIES; i++) {
        redisContext *link = redisConnectUnix(socket_path);
        if (link && !link->err)
            return link;
        redisFree(link);
        zclock_sleep(START_PAUSE_MS);
    }
    return NULL;
}

static bool start(const char *directory, uint32_t accounts, char error[PEER_ERROR_MAX])
{
    (void)accounts; // an account begins with its first posting
    char log[160];
    snprintf(socket_path, sizeof socket_path, "%s/redis.sock", directory);
    snprintf(log, sizeof log, "%s/redis.log", directory);
    if (system("command -v redis-server >/dev/null")) {
        snprintf(error, PEER_ERROR_MAX, "redis-server is not installed");
        return false;
    }
    server = bench_spawn((char *[]){"redis-server", "--port", "0", "--unixsocket", socket_path,
                                    "--dir", (char *)directory, "--save", "", "--appendonly", "yes",
                                    "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0",
                                    NULL},
                         log);
    links[0] = open_link();
    redisReply *reply = links[0] ? redisCommand(links[0], "SCRIPT LOAD %s", script) : NULL;
    if (!reply || reply->type != REDIS_REPLY_STRING) {
        snprintf(error, PEER_ERROR_MAX, "its server did not start");
        bench_end(&server, SIGKILL);
        return false;
    }
    snprintf(digest, sizeof digest, "%s", reply->str);
    freeReplyObject(reply);
    connected = 1;
    return true;
}

static void send_batch(unsigned which, const peer_row_t *row)
{
    static char texts[2 * BATCH_MAX][TEXT_MAX], id[24], stream[16];
    static const char *arguments[FIXED + 2 * BATCH_MAX];
    static size_t sizes[FIXED + 2 * BATCH_MAX];
    unsigned count = 0;
    arguments[count++] = "EVALSHA";
    arguments[count++] = digest;
    snprintf(stream, sizeof stream, "t%u", which);
    arguments[count++] = "1";
    arguments[count++] = stream;
    snprintf(id, sizeof id, "%llu", (unsigned long long)++next);
    arguments[count++] = id;
    for (unsigned i = 0; i < 2 * row->batch; i++) {
        snprintf(texts[i], TEXT_MAX, "%u", draws_next(row->draws));
        arguments[count++] = texts[i];
    }
    for (unsigned i = 0; i < count; i++)
        sizes[i] = strlen(arguments[i]);
    sent_at[which] = bench_now_ns();
    int done = 0;
    if (redisAppendCommandArgv(links[which], (int)count, arguments, sizes))
        bench_die("Redis: %s", links[which]->errstr);
    while (!done)
        if (redisBufferWrite(links[which], &done))
            bench_die("Redis: %s", links[which]->errstr);
}

static void take_answer(unsigned which, const peer_row_t *row, peer_result_t *result)
{
    void *reply = NULL;
    if (redisGetReply(links[which], &reply) || !reply ||
        ((redisReply *)reply)->type != REDIS_REPLY_INTEGER)
        bench_die("Redis: %s", reply ? ((redisReply *)reply)->str : links[which]->errstr);
    freeReplyObject(reply);
    histogram_add(&result->latency, (uint64_t)(bench_now_ns() - sent_at[which]));
    result->count += row->batch;
}

static void run(const peer_row_t *row, peer_result_t *result)
{
    for (; connected < row->clients; connected++)
        if (!(links[connected] = open_link()))
            bench_die("Redis takes no connection");
    int64_t began = bench_now_ns(), until = began + (int64_t)(row->seconds * 1e9);
    for (unsigned i = 0; i < row->clients; i++)
        send_batch(i, row);
    for (bool more = true; more;) { // Redis answers in the order in which it was asked
        more = bench_now_ns() < until;
        for (unsigned i = 0; i < row->clients; i++) {
            take_answer(i, row, result);
            if (more)
                send_batch(i, row);
        }
    }
    result->per_second = (double)result->count / ((double)(bench_now_ns() - began) / 1e9);
    acknowledged += result->count;
}

static bool balances(void)
{
    redisReply *sum = redisCommand(
        links[0], "EVAL %s 0",
        "local s=0 for _,v in ipairs(redis.call('HVALS','a')) do s=s+tonumber(v) end return s");
    uint64_t postings = 0;
    for (unsigned i = 0; i < connected; i++) {
        redisReply *count = redisCommand(links[0], "XLEN t%u", i);
        postings += count && count->type == REDIS_REPLY_INTEGER ? (uint64_t)count->integer : 0;
        freeReplyObject(count);
    }
    bool good =
        sum && sum->type == REDIS_REPLY_INTEGER && sum->integer == 0 && postings == acknowledged;
    freeReplyObject(sum);
    return good;
}

static void stop(void)
{
    for (unsigned i = 0; i < connected; i++)
        redisFree(links[i]);
    bench_end(&server, SIGKILL);
}

const peer_t peer_redis = {.name = "Redis",
                           .clients_max = PEER_CLIENTS_MAX,
                           .start = start,
                           .run = run,
                           .balances = balances,
                           .stop = stop};
