// PostgreSQL: a cluster of its own in the benchmark's directory, fsync and synchronous_commit on,
// on a Unix socket. A single posting is one call of a function, a batch one call with arrays; each
// is one transaction, and each connection has one under way.
#include "tools/benchmark/bench_rig.h"
#include "tools/benchmark/peer.h"
#include <arpa/inet.h>
#include <glob.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>

enum { START_TRIES = 300, START_PAUSE_MS = 100, BATCH_MAX = 8189 };

static const char schema[] =
    "create table account(id bigint primary key, balance bigint not null) with (fillfactor=50);"
    "create table transfer(id bigint primary key, debit bigint not null, credit bigint not null,"
    " amount bigint not null);"
    // Rows are locked in the order of their numbers, so that no two postings wait for each other.
    "create function post(t bigint, d bigint, c bigint, a bigint) returns void language plpgsql as "
    "$$begin insert into transfer values(t,d,c,a);"
    " if d<c then update account set balance=balance-a where id=d;"
    "  update account set balance=balance+a where id=c;"
    " else update account set balance=balance+a where id=c;"
    "  update account set balance=balance-a where id=d; end if; end$$;"
    "create function post_all(t bigint[], d bigint[], c bigint[], a bigint) returns void"
    " language sql as "
    "$$insert into transfer select x.t, x.d, x.c, $4 from unnest($1,$2,$3) as x(t,d,c);"
    " update account set balance=balance+m.s from (select u.id, sum(u.s) as s from"
    "  (select unnest($2) as id, -$4 as s union all select unnest($3), $4) as u group by u.id) as m"
    "  where account.id=m.id$$;";

typedef struct {
    PGconn *link;
    int64_t sent_at;
} connection_t;

static pid_t server;
static char socket_directory[128];
static connection_t connections[PEER_CLIENTS_MAX];
static unsigned connected;
static uint64_t next, acknowledged;

// The server refuses to run as root; then its own user of the package runs it.
static pid_t spawn(const char *directory, const char *program, const char *arguments)
{
    static char command[1024], log[192];
    snprintf(log, sizeof log, "%s/postgres.log", directory);
    snprintf(command, sizeof command, "%s %s %s",
             geteuid() ? "exec" : "exec setpriv --reuid=postgres --regid=postgres --clear-groups",
             program, arguments);
    return bench_spawn((char *[]){"sh", "-c", command, NULL}, log);
}

static bool find_programs(char *out, size_t cap)
{
    glob_t found;
    bool good = glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) == 0;
    if (good) {
        snprintf(out, cap, "%s", found.gl_pathv[found.gl_pathc - 1]);
        *strrchr(out, '/') = '\0';
        globfree(&found);
    }
    return good;
}

static PGconn *open_link(void)
{
    char where[256];
    snprintf(where, sizeof where, "host=%s dbname=postgres user=postgres", socket_directory);
    PGconn *link = NULL;
    for (int i = 0; i < START_TRIES; i++) {
        link = PQconnectdb(where);
        if (PQstatus(link) == CONNECTION_OK)
            return link;
        PQfinish(link);
        zclock_sleep(START_PAUSE_MS);
    }
    return NULL;
}

static void run_sql(PGconn *link, const char *sql)
{
    PGresult *result = PQexec(link, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        bench_die("PostgreSQL: %s", PQerrorMessage(link));
    PQclear(result);
}

static void prepare(PGconn *link)
{
    PQclear(PQprepare(link, "post", "select post($1,$2,$3,40)", 0, NULL));
    PQclear(PQprepare(link, "post_all", "select post_all($1,$2,$3,40)", 0, NULL));
}

static bool start(const char *directory, uint32_t accounts, char error[PEER_ERROR_MAX])
{
    char programs[256], program[320], arguments[512];
    if (!find_programs(programs, sizeof programs)) {
        snprintf(error, PEER_ERROR_MAX, "PostgreSQL's server is not installed");
        return false;
    }
    struct passwd *user = getpwnam("postgres");
    snprintf(socket_directory, sizeof socket_directory, "%s/postgres", directory);
    mkdir(socket_directory, 0700);
    if (geteuid() == 0 && (!user || chown(socket_directory, user->pw_uid, user->pw_gid))) {
        snprintf(error, PEER_ERROR_MAX, "there is no user postgres to run it");
        return false;
    }
    snprintf(program, sizeof program, "%s/initdb", programs);
    snprintf(arguments, sizeof arguments, "-D %s/data -A trust -U postgres --no-sync",
             socket_directory);
    pid_t making = spawn(directory, program, arguments);
    int status = bench_wait(&making);
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        snprintf(error, PEER_ERROR_MAX, "initdb failed");
        return false;
    }
    snprintf(program, sizeof program, "%s/postgres", programs);
    snprintf(arguments, sizeof arguments,
             "-D %s/data -k %s -c listen_addresses= -c fsync=on -c synchronous_commit=on"
             " -c shared_buffers=1GB -c max_wal_size=8GB -c max_connections=100",
             socket_directory, socket_directory);
    server = spawn(directory, program, arguments);
    PGconn *link = open_link();
    if (!link) {
        snprintf(error, PEER_ERROR_MAX, "its server did not start");
        bench_end(&server, SIGQUIT);
        return false;
    }
    char fill[160];
    snprintf(fill, sizeof fill, "insert into account select i, 0 from generate_series(0,%u) as i",
             accounts - 1);
    run_sql(link, schema);
    run_sql(link, fill);
    run_sql(link, "vacuum analyze account");
    prepare(link);
    connections[0].link = link;
    connected = 1;
    return true;
}

// A binary array of bigint: dimensions, nulls, type, size, lower bound; then size and value of
// each.
typedef struct {
    uint8_t bytes[20 + BATCH_MAX * 12];
    size_t used;
} array_t;

static void put_word(array_t *self, uint32_t value)
{
    value = htonl(value);
    memcpy(self->bytes + self->used, &value, sizeof value);
    self->used += sizeof value;
}

static void array_start(array_t *self, unsigned count)
{
    self->used = 0;
    put_word(self, 1);
    put_word(self, 0);
    put_word(self, 20);
    put_word(self, count);
    put_word(self, 1);
}

static void array_add(array_t *self, uint64_t value)
{
    put_word(self, 8);
    put_word(self, (uint32_t)(value >> 32));
    put_word(self, (uint32_t)value);
}

static void send_batch(connection_t *connection, const peer_row_t *row)
{
    static array_t arrays[3];
    static const int binary[] = {1, 1, 1};
    uint64_t values[3];
    const char *data[3];
    int sizes[3];
    for (int i = 0; i < 3; i++)
        array_start(&arrays[i], row->batch);
    for (unsigned n = 0; n < row->batch; n++) {
        values[0] = ++next;
        values[1] = draws_next(row->draws);
        values[2] = draws_next(row->draws);
        for (int i = 0; i < 3 && row->batch > 1; i++)
            array_add(&arrays[i], values[i]);
    }
    for (int i = 0; i < 3; i++) {
        values[i] = __builtin_bswap64(values[i]);
        data[i] = row->batch > 1 ? (const char *)arrays[i].bytes : (const char *)&values[i];
        sizes[i] = row->batch > 1 ? (int)arrays[i].used : 8;
    }
    connection->sent_at = bench_now_ns();
    if (!PQsendQueryPrepared(connection->link, row->batch > 1 ? "post_all" : "post", 3, data, sizes,
                             binary, 1))
        bench_die("PostgreSQL: %s", PQerrorMessage(connection->link));
    PQflush(connection->link);
}

// True once the answer to the transaction under way is there.
static bool take_answer(connection_t *connection, const peer_row_t *row, peer_result_t *result)
{
    if (!PQconsumeInput(connection->link))
        bench_die("PostgreSQL: %s", PQerrorMessage(connection->link));
    if (PQisBusy(connection->link))
        return false;
    for (PGresult *answer; (answer = PQgetResult(connection->link)); PQclear(answer))
        if (PQresultStatus(answer) != PGRES_TUPLES_OK)
            bench_die("PostgreSQL: %s", PQerrorMessage(connection->link));
    histogram_add(&result->latency, (uint64_t)(bench_now_ns() - connection->sent_at));
    result->count += row->batch;
    return true;
}

static void run(const peer_row_t *row, peer_result_t *result)
{
    struct pollfd waits[PEER_CLIENTS_MAX];
    for (; connected < row->clients; connected++) {
        connections[connected].link = open_link();
        if (!connections[connected].link)
            bench_die("PostgreSQL takes no connection");
        prepare(connections[connected].link);
    }
    int64_t began = bench_now_ns(), until = began + (int64_t)(row->seconds * 1e9);
    for (unsigned i = 0; i < row->clients; i++) {
        send_batch(&connections[i], row);
        waits[i] = (struct pollfd){.fd = PQsocket(connections[i].link), .events = POLLIN};
    }
    for (unsigned under_way = row->clients; under_way;) {
        poll(waits, row->clients, -1);
        bool more = bench_now_ns() < until;
        for (unsigned i = 0; i < row->clients; i++) {
            if (!waits[i].revents || !take_answer(&connections[i], row, result))
                continue;
            if (more)
                send_batch(&connections[i], row);
            else {
                waits[i].fd = -1;
                under_way--;
            }
        }
    }
    result->per_second = (double)result->count / ((double)(bench_now_ns() - began) / 1e9);
    acknowledged += result->count;
}

static bool balances(void)
{
    PGresult *result = PQexec(connections[0].link, "select (select sum(balance) from account),"
                                                   " (select count(*) from transfer)");
    bool good = PQresultStatus(result) == PGRES_TUPLES_OK &&
                strcmp(PQgetvalue(result, 0, 0), "0") == 0 &&
                strtoull(PQgetvalue(result, 0, 1), NULL, 10) == acknowledged;
    PQclear(result);
    return good;
}

static void stop(void)
{
    for (unsigned i = 0; i < connected; i++)
        PQfinish(connections[i].link);
    bench_end(&server, SIGQUIT);
}

const peer_t peer_postgres = {.name = "PostgreSQL",
                              .clients_max = PEER_CLIENTS_MAX,
                              .start = start,
                              .run = run,
                              .balances = balances,
                              .stop = stop};
