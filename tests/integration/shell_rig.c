#include "tests/integration/shell_rig.h"
#include "services/process/security/keys.h"
#include "services/process/security/security.h"
#include "services/process/shell.h"
#include <setjmp.h>
#include <cmocka.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>

extern char **environ;

// --- the authenticator, for who wants to see it die (linked with --wrap=security_new) ---

static security_t *security;

security_t *__real_security_new(const char *secret, const char *certificates,
                                const admission_t *admissions, char *error);
security_t *__wrap_security_new(const char *secret, const char *certificates,
                                const admission_t *admissions, char *error);

security_t *__wrap_security_new(const char *secret, const char *certificates,
                                const admission_t *admissions, char *error)
{
    return security = __real_security_new(secret, certificates, admissions, error);
}

// --- a core that counts ---

typedef struct {
    uint64_t count;
    int64_t sum;
} counter_t;

static void *create(const void *settings)
{
    (void)settings;
    return calloc(1, sizeof(counter_t));
}

static void add_posting(decision_t *out, int64_t amount)
{
    event_t *event = decision_add(out, EVENT_posted);
    event->posted.amount = amount;
}

static fail_t decide(const void *state, const input_t *input, decision_t *out)
{
    (void)state;
    if (input->kind == INPUT_EVENT && input->event->type == EVENT_posted)
        add_posting(out, input->event->posted.amount);
    if (input->kind != INPUT_REQUEST)
        return FAIL_NONE;
    if (input->request->type != REQUEST_post)
        return FAIL_INVALID;
    if (input->request->post.amount <= 0)
        return decision_refuse(out, FAIL_INVALID, "amount: expected more than zero");
    if (input->request->post.amount == RIG_LETHAL_AMOUNT)
        zstr_send(security_watch(security), "$TERM");
    add_posting(out, input->request->post.amount);
    return FAIL_NONE;
}

static void apply(void *state, const event_t *event, uint64_t sequence)
{
    (void)sequence;
    counter_t *self = state;
    if (event->type == EVENT_posted) {
        self->count++;
        self->sum += event->posted.amount;
    }
}

static fail_t query(const void *state, const request_t *request, const event_t *first,
                    uint64_t first_sequence, query_t *out)
{
    (void)first;
    const counter_t *self = state;
    if (request->type == REQUEST_post)
        out->answer->post.sequence = first_sequence;
    else if (request->type == REQUEST_totals) {
        out->answer->totals.accounts = self->count;
        out->answer->totals.sum = self->sum;
    } else
        return FAIL_INVALID;
    return FAIL_NONE;
}

static void due(const void *state, instant_t now, due_t *out)
{
    (void)state;
    (void)now;
    out->wake = INT64_MAX;
}

const core_t counter_core = {.name = "counter",
                             .stream = STREAM_LEDGER,
                             .create = create,
                             .destroy = free,
                             .decide = decide,
                             .apply = apply,
                             .query = query,
                             .due = due};

const core_t follower_core = {.name = "follower",
                              .stream = STREAM_AUTOPAY,
                              .follows = {{STREAM_LEDGER, FOLLOW_FACTS}},
                              .follows_count = 1,
                              .create = create,
                              .destroy = free,
                              .decide = decide,
                              .apply = apply,
                              .query = query,
                              .due = due};

// --- the processes ---

static const char *const names[] = {"counter", "follower"};

int rig_serve(const char *config_file, const char *service)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that fails leaves nobody behind
    shell_prepare();
    config_t *config = config_load(config_file);
    int status =
        shell_run(config, streq(service, names[0]) ? &counter_core : &follower_core, NULL, NULL);
    config_destroy(&config);
    return status;
}

static void write_config(rig_t *self, rig_service_t service, const char *live_feed,
                         const char *clock, int disk_percent)
{
    char path[128];
    const char *d = self->directory, *name = names[service];
    snprintf(path, sizeof path, "%s/%s.cfg", d, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "process\n    sandbox = off\n    clock = %s\n    live_feed = %s\n    ready_file = "
            "%s/%s.ready\n"
            "journal\n    directory = %s/%s\n    create = 1\n    segment_events = 1024\n"
            "endpoints\n    command = ipc://%s/%s.command\n    replay = ipc://%s/%s.replay\n"
            "    publish = ipc://%s/%s.publish\n"
            "certificates\n    secret = %s/secret/%s.cert_secret\n    directory = %s/public\n"
            "limits\n    disk_percent = %d\n",
            clock, live_feed, d, name, d, name, d, name, d, name, d, name, d, name, d,
            disk_percent);
    if (service == RIG_FOLLOWER)
        fprintf(file,
                "follow\n    ledger\n        publish = ipc://%s/counter.publish\n"
                "        replay = ipc://%s/counter.replay\n"
                "        command = ipc://%s/counter.command\n"
                "        certificate = %s/public/counter.cert\n",
                d, d, d, d);
    fclose(file);
}

void rig_init(rig_t *self, const char *live_feed, const char *clock, int disk_percent)
{
    static const char *const certificates[] = {"counter:ledger", "follower:autopay",
                                               "operator:operator", "service:service"};
    char public[128], secret[128], file[160], error[SECURITY_ERROR_MAX] = "";
    memset(self, 0, sizeof *self);
    strcpy(self->directory, "/tmp/kopeck-shell-XXXXXX");
    assert_non_null(mkdtemp(self->directory));
    snprintf(public, sizeof public, "%s/public", self->directory);
    snprintf(secret, sizeof secret, "%s/secret", self->directory);
    assert_int_equal(mkdir(public, 0755), 0);
    assert_int_equal(mkdir(secret, 0700), 0);
    if (!keys_make(certificates, 4, public, secret, error, sizeof error))
        fail_msg("%s", error);
    for (int i = 0; i < 2; i++) {
        snprintf(file, sizeof file, "%s/%s.cert", public, names[i]);
        assert_true(security_load_public(file, self->key[i], error));
        write_config(self, (rig_service_t)i, live_feed, clock, disk_percent);
    }
    snprintf(file, sizeof file, "%s/operator.cert_secret", secret);
    self->operator_cert = security_load_secret(file, error);
    snprintf(file, sizeof file, "%s/service.cert_secret", secret);
    self->service_cert = security_load_secret(file, error);
    assert_non_null(self->operator_cert);
    assert_non_null(self->service_cert);
}

void rig_release(rig_t *self)
{
    zcert_destroy(&self->operator_cert);
    zcert_destroy(&self->service_cert);
    zdir_t *tree = zdir_new(self->directory, NULL);
    zdir_remove(tree, true);
    zdir_destroy(&tree);
}

pid_t rig_start(rig_t *self, rig_service_t service)
{
    char config[128], name[16];
    snprintf(config, sizeof config, "%s/%s.cfg", self->directory, names[service]);
    snprintf(name, sizeof name, "%s", names[service]);
    char program[] = "test_shell", verb[] = "serve";
    char *argv[] = {program, verb, config, name, NULL};
    pid_t pid;
    assert_int_equal(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ), 0);
    return pid;
}

int rig_end(pid_t pid, int signal)
{
    int status;
    assert_int_equal(kill(pid, signal), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

client_t *rig_client(rig_t *self, rig_service_t service, client_door_t door, zcert_t *own)
{
    char endpoint[128];
    snprintf(endpoint, sizeof endpoint, "ipc://%s/%s.%s", self->directory, names[service],
             door == CLIENT_REPLAY ? "replay" : "command");
    client_t *client = NULL;
    assert_int_equal(client_new(door, endpoint, own, self->key[service], &client), FAIL_NONE);
    return client;
}

uint64_t rig_status_last(client_t *client)
{
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    assert_int_equal(client_ask(client, &request, 10000, &answer), FAIL_NONE);
    assert_int_equal(answer.fail, FAIL_NONE);
    return answer.status.last;
}

uint64_t rig_counter(client_t *client, const char *name)
{
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    char text[8192];
    assert_int_equal(client_ask(client, &request, 10000, &answer), FAIL_NONE);
    assert_true(answer.status.counters.size < sizeof text);
    memcpy(text, answer.status.counters.data, answer.status.counters.size);
    text[answer.status.counters.size] = '\0';
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}
