#include "tools/demonstration/inspection.h"
#include "proto/posting.h"
#include "services/process/auto.h"
#include <inttypes.h>
#include <jansson.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ASK_MS = 10000, LATEST_MS = 20000, SETTLE_MS = 30000 };

extern char **environ;

typedef struct {
    stage_t *stage;
    books_t *books;
    FILE *out;
    bool good;
} inspection_t;

__attribute__((format(printf, 4, 5))) static void note(inspection_t *self, const char *name,
                                                       bool holds, const char *format, ...)
{
    va_list arguments;
    fprintf(self->out, "  %-6s %-24s ", holds ? "ok" : "FAILED", name);
    va_start(arguments, format);
    vfprintf(self->out, format, arguments);
    va_end(arguments);
    fputc('\n', self->out);
    self->good = self->good && holds;
}

// --- everybody is at the end ---

static void inspect_end(inspection_t *self)
{
    char error[READING_ERROR_MAX] = "";
    int64_t deadline = zclock_mono() + LATEST_MS;
    instant_t now = stage_now(self->stage);
    bool read = true, there = false;
    // What the platform announced last comes by pub/sub, at the latest with the next heartbeat.
    while (read && !there && zclock_mono() < deadline) {
        fail_t fail = driver_settle(stage_driver(self->stage), SETTLE_MS);
        read = !fail && books_catch_up(self->books, error);
        there = books_totals(self->books).through == now;
    }
    note(self, "every event read", read && there,
         "%" PRIu64 " of the platform, %" PRIu64 " in the journals%s%s", stage_sent(self->stage),
         books_events(self->books),
         *error  ? "; "
         : there ? ""
                 : "; the last were never announced",
         error);
}

// --- money ---

static bool ask(client_t *client, request_t *request, answer_t *answer)
{
    return client && client_ask(client, request, ASK_MS, answer) == FAIL_NONE && !answer->fail;
}

static void inspect_balances(inspection_t *self, client_t *ledger)
{
    uint32_t wrong = 0, count = books_count(self->books);
    for (uint32_t i = 0; i < count; i++) {
        const books_account_t *account = books_account(self->books, i);
        request_t request = {.type = REQUEST_balance, .balance = {.account = account->id}};
        answer_t answer;
        wrong += account->balance != account->credits - account->debits ||
                 !ask(ledger, &request, &answer) ||
                 answer.balance.cash + answer.balance.bonus != account->balance;
    }
    note(self, "balances", !wrong,
         "%" PRIu32 " accounts: credits - debits = as posted = as "
         "answered; %" PRIu32 " differ",
         count, wrong);
}

static void inspect_totals(inspection_t *self, client_t *ledger)
{
    kopecks_t customers = 0;
    for (uint32_t i = 0; i < books_count(self->books); i++)
        customers += books_account(self->books, i)->balance;
    kopecks_t sum = customers + books_system(self->books);
    request_t request = {.type = REQUEST_totals};
    answer_t answer;
    bool agrees = ask(ledger, &request, &answer) && answer.totals.sum == 0 &&
                  answer.totals.customers == customers;
    note(self, "the sum over all", agrees && sum == 0,
         "%" PRId64 " kopecks, of that customers %" PRId64, sum, customers);
    books_totals_t totals = books_totals(self->books);
    note(self, "charges", totals.charged > 0 && !totals.refused,
         "%" PRIu64 " postings, %" PRIu64 " hours closed, %" PRId64 " kopecks charged, %" PRIu64
         " refused",
         totals.postings, totals.hours, totals.charged, totals.refused);
}

typedef struct {
    uint64_t topups, autopays;
    kopecks_t topped_up, autopaid;
} captures_t;

static bool read_captures(driver_sim_t *sim, captures_t *captures)
{
    long http = 0;
    const char *body;
    if (!driver_sim_get(sim, "/sim/captures", &http, &body) || http != 200)
        return false;
    json_t *json = json_loads(body, 0, NULL), *list = json_object_get(json, "captures"), *item;
    size_t index;
    json_array_foreach(list, index, item)
    {
        const char *kind = json_string_value(json_object_get(item, "kind"));
        kopecks_t amount = json_integer_value(json_object_get(item, "amount_kopecks"));
        bool autopay = kind && strcmp(kind, "recurring") == 0;
        *(autopay ? &captures->autopays : &captures->topups) += 1;
        *(autopay ? &captures->autopaid : &captures->topped_up) += amount;
    }
    bool good = json_is_array(list);
    json_decref(json);
    return good;
}

static void inspect_credits(inspection_t *self)
{
    captures_t captures = {0};
    books_totals_t totals = books_totals(self->books);
    bool read = read_captures(driver_stand_in(stage_driver(self->stage)), &captures);
    note(self, "top-ups = captures",
         read && captures.topups == totals.topups && captures.topped_up == totals.topped_up &&
             totals.topups > 0,
         "%" PRIu64 " of %" PRId64 " kopecks; Robokassa %" PRIu64 " of %" PRId64, totals.topups,
         totals.topped_up, captures.topups, captures.topped_up);
    note(self, "autopays = captures",
         read && captures.autopays == totals.autopays && captures.autopaid == totals.autopaid &&
             totals.autopays > 0,
         "%" PRIu64 " of %" PRId64 " kopecks; Robokassa %" PRIu64 " of %" PRId64 "; %" PRIu64
         " declined",
         totals.autopays, totals.autopaid, captures.autopays, captures.autopaid, totals.declined);
    note(self, "a transfer and a refund", totals.transfers > 0 && totals.refunds > 0,
         "%" PRIu64 " transfers credited, %" PRIu64 " refunds gone back", totals.transfers,
         totals.refunds);
    uint32_t beyond = 0, limited = 0;
    for (uint32_t i = 0; i < books_count(self->books); i++) {
        const books_account_t *account = books_account(self->books, i);
        beyond += account->month_autopays > account->count_max;
        limited += account->count_max > 0;
    }
    note(self, "monthly limits", !beyond, "%" PRIu32 " mandates, %" PRIu32 " beyond theirs",
         limited, beyond);
}

// --- the processes ---

void inspection_look(const stage_t *stage, inspection_look_t *ret_look)
{
    ret_look->taken = vitals_of(getpid(), &ret_look->of[FLEET_PROCESSES]);
    for (fleet_process_t p = 0; p < FLEET_PROCESSES; p++) {
        pid_t pid = fleet_pid(stage_fleet(stage), p);
        ret_look->taken = pid && vitals_of(pid, &ret_look->of[p]) && ret_look->taken;
    }
}

static void inspect_vitals(inspection_t *self, const inspection_look_t *early,
                           const inspection_look_t *late)
{
    for (unsigned p = 0; p <= FLEET_PROCESSES; p++) {
        const vitals_t *before = &early->of[p], *after = &late->of[p];
        char name[32];
        snprintf(name, sizeof name, "%s did not grow",
                 p < FLEET_PROCESSES ? fleet_place_name(p) : "the demo");
        bool alone = p == FLEET_PROCESSES || fleet_starts(stage_fleet(self->stage), p) == 1;
        note(self, name,
             early->taken && late->taken && alone &&
                 after->own_kib <= before->own_kib + INSPECTION_OWN_KIB_MAX &&
                 after->resident_kib <= before->resident_kib + INSPECTION_RESIDENT_KIB_MAX &&
                 after->files <= before->files + INSPECTION_FILES_MAX,
             "own memory %" PRIu64 " -> %" PRIu64 " KiB, resident %" PRIu64 " -> %" PRIu64
             " KiB, files %u -> %u%s",
             before->own_kib, after->own_kib, before->resident_kib, after->resident_kib,
             before->files, after->files, alone ? "" : ", started again");
    }
}

// --- kopeck verify, where it was built ---

// Runs the program beside ours; its exit status, -1 if it did not end by itself.
static int run_kopeck(const char *const *argv, const char *log)
{
    posix_spawn_file_actions_t files;
    pid_t pid;
    int status = -1;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    if (posix_spawn(&pid, argv[0], &files, NULL, (char *const *)argv, environ) == 0 &&
        waitpid(pid, &status, 0) == pid)
        status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    posix_spawn_file_actions_destroy(&files);
    return status;
}

static void inspect_by_kopeck(inspection_t *self)
{
    char program[PATH_MAX] = "", config[PATH_MAX], log[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - sizeof "kopeck");
    char *slash = size > 0 ? strrchr(program, '/') : NULL;
    if (!slash)
        return;
    memcpy(slash + 1, "kopeck", sizeof "kopeck");
    const fleet_place_t *place = fleet_place(stage_fleet(self->stage));
    fleet_place_path(place, "log", "verify", ".log", log);
    fleet_place_path(place, "etc", "kopeck", ".cfg", config);
    const char *help[] = {program, "verify", "--help", NULL};
    if (access(program, X_OK) != 0 || run_kopeck(help, "/dev/null") != 0) {
        fprintf(self->out, "  %-6s %-24s not built\n", "-", "kopeck verify");
        return;
    }
    const char *verify[] = {program, "--config", config, "verify", NULL};
    int status = run_kopeck(verify, log);
    note(self, "kopeck verify", status == 0, "exit status %d; %s", status, log);
}

bool inspection_make(stage_t *stage, books_t *books, const inspection_look_t *early, FILE *out)
{
    inspection_t self = {.stage = stage, .books = books, .out = out, .good = true};
    char error[FLEET_ERROR_MAX];
    AUTO(client)
    ledger = fleet_client(stage_fleet(stage), FLEET_LEDGER, CLIENT_COMMAND, "operator", error);
    inspect_end(&self);
    inspection_look_t late; // before everything is read once more, which takes room of its own
    inspection_look(stage, &late);
    inspect_balances(&self, ledger);
    inspect_totals(&self, ledger);
    inspect_credits(&self);
    inspect_by_kopeck(&self);
    inspect_vitals(&self, early, &late);
    return self.good;
}
