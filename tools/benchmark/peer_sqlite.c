// SQLite, in this process: WAL, synchronous=FULL, a transaction a batch, statements prepared once.
#include "tools/benchmark/bench_rig.h"
#include "tools/benchmark/peer.h"
#include <sqlite3.h>

static sqlite3 *database;
static sqlite3_stmt *begin, *insert, *debit, *credit, *commit;
static uint64_t next, acknowledged;

static void run_sql(const char *sql)
{
    char *error = NULL;
    if (sqlite3_exec(database, sql, NULL, NULL, &error))
        bench_die("SQLite: %s", error);
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL))
        bench_die("SQLite: %s", sqlite3_errmsg(database));
    return statement;
}

static void step(sqlite3_stmt *statement)
{
    if (sqlite3_step(statement) != SQLITE_DONE)
        bench_die("SQLite: %s", sqlite3_errmsg(database));
    sqlite3_reset(statement);
}

static bool start(const char *directory, uint32_t accounts, char error[PEER_ERROR_MAX])
{
    char path[256];
    snprintf(path, sizeof path, "%s/sqlite.db", directory);
    if (sqlite3_open(path, &database)) {
        snprintf(error, PEER_ERROR_MAX, "%s", sqlite3_errmsg(database));
        return false;
    }
    run_sql("pragma journal_mode=wal");
    run_sql("pragma synchronous=full");
    run_sql("create table account(id integer primary key, balance integer not null)");
    run_sql("create table transfer(id integer primary key, debit integer not null,"
            " credit integer not null, amount integer not null)");
    char fill[192];
    snprintf(fill, sizeof fill,
             "with recursive n(i) as (select 0 union all select i+1 from n where i+1<%u)"
             " insert into account select i, 0 from n",
             accounts);
    run_sql(fill);
    begin = prepare("begin immediate");
    insert = prepare("insert into transfer values(?1,?2,?3,?4)");
    debit = prepare("update account set balance=balance-?2 where id=?1");
    credit = prepare("update account set balance=balance+?2 where id=?1");
    commit = prepare("commit");
    return true;
}

static void post(draws_t *draws)
{
    int64_t from = draws_next(draws), to = draws_next(draws);
    sqlite3_bind_int64(insert, 1, (int64_t)++next);
    sqlite3_bind_int64(insert, 2, from);
    sqlite3_bind_int64(insert, 3, to);
    sqlite3_bind_int64(insert, 4, PEER_AMOUNT);
    step(insert);
    sqlite3_bind_int64(debit, 1, from);
    sqlite3_bind_int64(debit, 2, PEER_AMOUNT);
    step(debit);
    sqlite3_bind_int64(credit, 1, to);
    sqlite3_bind_int64(credit, 2, PEER_AMOUNT);
    step(credit);
}

static void run(const peer_row_t *row, peer_result_t *result)
{
    int64_t began = bench_now_ns(), until = began + (int64_t)(row->seconds * 1e9), now = began;
    while (now < until) {
        int64_t sent = now;
        step(begin);
        for (unsigned i = 0; i < row->batch; i++)
            post(row->draws);
        step(commit);
        now = bench_now_ns();
        histogram_add(&result->latency, (uint64_t)(now - sent));
        result->count += row->batch;
    }
    result->per_second = (double)result->count / ((double)(now - began) / 1e9);
    acknowledged += result->count;
}

static bool balances(void)
{
    sqlite3_stmt *sum = prepare("select (select sum(balance) from account),"
                                " (select count(*) from transfer)");
    bool good = sqlite3_step(sum) == SQLITE_ROW && sqlite3_column_int64(sum, 0) == 0 &&
                (uint64_t)sqlite3_column_int64(sum, 1) == acknowledged;
    sqlite3_finalize(sum);
    return good;
}

static void stop(void)
{
    sqlite3_stmt *const all[] = {begin, insert, debit, credit, commit};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        sqlite3_finalize(all[i]);
    sqlite3_close(database);
}

const peer_t peer_sqlite = {.name = "SQLite",
                            .clients_max = 1,
                            .start = start,
                            .run = run,
                            .balances = balances,
                            .stop = stop};
