#include "tools/kopeck/session.h"
#include "services/process/security/security.h"
#include "proto/service.h"
#include "services/process/socket.h"
#include "tools/kopeck/words.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>

static const char *const door_names[] = {
    [CLIENT_COMMAND] = "command", [CLIENT_FEED] = "feed", [CLIENT_REPLAY] = "replay"};

void session_close(session_t *self)
{
    for (size_t stream = 0; stream < OPTIONS_STREAMS; stream++)
        for (size_t door = 0; door < 3; door++)
            client_destroy(&self->clients[stream][door]);
    zcert_destroy(&self->certificate);
    options_destroy(&self->options);
}

const options_t *session_options(session_t *self, int *ret_status)
{
    if (!self->options)
        self->options = options_load(self->config_file);
    if (!self->options)
        *ret_status = EX_CONFIG;
    return self->options;
}

static int missing(const session_t *self, stream_t stream, const char *key)
{
    fprintf(stderr, "kopeck: %s: %s/%s is not there, and this command needs it\n",
            self->options->file, service_stream_name(stream), key);
    return EX_CONFIG;
}

static zcert_t *certificate(session_t *self, int *ret_status)
{
    char error[SECURITY_ERROR_MAX];
    if (self->certificate)
        return self->certificate;
    if (!*self->options->secret)
        fprintf(stderr, "kopeck: %s: certificate/secret is not there\n", self->options->file);
    else if (!(self->certificate = security_load_secret(self->options->secret, error)))
        fprintf(stderr, "kopeck: %s\n", error);
    if (!self->certificate)
        *ret_status = EX_CONFIG;
    return self->certificate;
}

// Everything that a connection to a process needs, or false after saying what is missing.
static bool peer(session_t *self, stream_t stream, const char *endpoint, const char *key,
                 char server_key[41], int *ret_status)
{
    const options_process_t *process = &self->options->processes[stream];
    char error[SECURITY_ERROR_MAX];
    if (!*endpoint)
        *ret_status = missing(self, stream, key);
    else if (!*process->certificate)
        *ret_status = missing(self, stream, "certificate");
    else if (!security_load_public(process->certificate, server_key, error)) {
        fprintf(stderr, "kopeck: %s\n", error);
        *ret_status = EX_CONFIG;
    } else {
        return certificate(self, ret_status) != NULL;
    }
    return false;
}

client_t *session_client(session_t *self, stream_t stream, client_door_t door, int *ret_status)
{
    client_t **client = &self->clients[stream][door];
    if (*client)
        return *client; // cppcheck-suppress identicalInnerCondition ; it is made below
    if (!session_options(self, ret_status))
        return NULL;
    const options_process_t *process = &self->options->processes[stream];
    const char *endpoint = door == CLIENT_COMMAND ? process->command
                           : door == CLIENT_FEED  ? process->feed
                                                  : process->replay;
    char server_key[41];
    if (!peer(self, stream, endpoint, door_names[door], server_key, ret_status))
        return NULL;
    if (client_new(door, endpoint, self->certificate, server_key, client)) {
        fprintf(stderr, "kopeck: %s: %s/%s = %s: expected tcp:// or ipc://\n", self->options->file,
                service_stream_name(stream), door_names[door], endpoint);
        *ret_status = EX_CONFIG;
    }
    return *client;
}

zsock_t *session_subscribe(session_t *self, stream_t stream, int *ret_status)
{
    char server_key[41];
    if (!session_options(self, ret_status))
        return NULL;
    const char *endpoint = self->options->processes[stream].publish;
    if (!peer(self, stream, endpoint, "publish", server_key, ret_status))
        return NULL;
    zsock_t *socket = socket_new(SOCKET_SUBSCRIBER, endpoint, self->certificate, server_key);
    if (!socket) {
        fprintf(stderr, "kopeck: %s: %s/publish = %s: expected tcp:// or ipc://\n",
                self->options->file, service_stream_name(stream), endpoint);
        *ret_status = EX_CONFIG;
    }
    return socket;
}

int session_status_of(fail_t fail)
{
    switch (fail) {
    case FAIL_NONE:
        return EX_OK;
    case FAIL_MISSING:
    case FAIL_UNKNOWN_ACCOUNT:
        return EX_NOINPUT;
    case FAIL_DENIED:
        return EX_NOPERM;
    case FAIL_STORE:
        return EX_IOERR;
    case FAIL_CONFIG:
        return EX_CONFIG;
    default:
        return fail_retry(fail) ? EX_TEMPFAIL : EX_DATAERR;
    }
}

int session_refused(stream_t stream, fail_t fail, text_t detail)
{
    fprintf(stderr, "kopeck: %s refused: %s (%s)", service_stream_name(stream), fail_text(fail),
            fail_name(fail));
    if (detail.size && !text_equal(detail, text_of(fail_text(fail))))
        fprintf(stderr, ": %.*s", (int)detail.size, detail.data);
    fputc('\n', stderr);
    return session_status_of(fail);
}

// Says why there is no answer and returns its exit status.
static int say_failure(stream_t stream, client_door_t door, fail_t fail, int timeout_ms)
{
    if (fail == FAIL_TIMEOUT)
        fprintf(stderr,
                "kopeck: %s did not answer at its %s door within %d ms: it is down, at another "
                "endpoint, or does not know our certificate\n",
                service_stream_name(stream), door_names[door], timeout_ms);
    else
        fprintf(stderr, "kopeck: %s: %s\n", service_stream_name(stream), fail_text(fail));
    return fail == FAIL_TIMEOUT ? EX_UNAVAILABLE : session_status_of(fail);
}

int session_try(session_t *self, stream_t stream, client_door_t door, request_t *request,
                answer_t *ret_answer)
{
    int status = EX_SOFTWARE;
    client_t *client = session_client(self, stream, door, &status);
    if (!client)
        return status;
    int timeout_ms = (int)self->options->timeout_ms;
    fail_t fail = client_ask(client, request, timeout_ms, ret_answer);
    return fail ? say_failure(stream, door, fail, timeout_ms) : EX_OK;
}

// One question of several. The client is handed to the thread and back by its begin and end.
typedef struct {
    client_t *client; // NULL if there is none
    request_t request;
    int timeout_ms;
    answer_t answer;
    fail_t fail;
    pthread_t thread;
} asking_t;

static void *ask_one(void *arg)
{
    asking_t *self = arg;
    self->fail = client_ask(self->client, &self->request, self->timeout_ms, &self->answer);
    return NULL;
}

void session_ask_all(session_t *self, request_type_t type, int timeout_ms, bool quiet,
                     session_reply_t replies[OPTIONS_STREAMS])
{
    asking_t asking[OPTIONS_STREAMS] = {0};
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        if (!replies[stream].asked)
            continue;
        asking_t *one = &asking[stream];
        one->request.type = type;
        one->timeout_ms = timeout_ms;
        one->client = session_client(self, stream, CLIENT_COMMAND, &replies[stream].status);
        if (!one->client)
            continue;
        int failed = pthread_create(&one->thread, NULL, ask_one, one);
        assert(!failed);
    }
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        asking_t *one = &asking[stream];
        session_reply_t *reply = &replies[stream];
        if (!one->client)
            continue;
        pthread_join(one->thread, NULL);
        reply->answer = one->answer;
        if (one->fail)
            reply->status =
                quiet ? EX_UNAVAILABLE : say_failure(stream, CLIENT_COMMAND, one->fail, timeout_ms);
        else if (one->answer.fail)
            reply->status = quiet ? session_status_of(one->answer.fail)
                                  : session_refused(stream, one->answer.fail, one->answer.detail);
        else
            reply->status = EX_OK;
    }
}

int session_ask(session_t *self, stream_t stream, client_door_t door, request_t *request,
                answer_t *ret_answer)
{
    int status = session_try(self, stream, door, request, ret_answer);
    if (status == EX_OK && ret_answer->fail)
        return session_refused(stream, ret_answer->fail, ret_answer->detail);
    return status;
}

void session_print(const session_t *self, const answer_t *answer)
{
    const request_info_t *info = request_info(answer->type);
    const void *body = &answer->status; // every member of the union begins where the union does
    column_t columns[TABLE_COLUMNS_MAX];
    if (!info->answer_count) {
        fputs(self->json ? "{}\n" : "done\n", stdout);
        return;
    }
    assert(info->answer_count <= TABLE_COLUMNS_MAX);
    for (size_t i = 0; i < info->answer_count; i++)
        columns[i] =
            (column_t){info->answer_fields()[i].name, info->answer_fields()[i].name, false};
    table_print_t *table =
        table_print_new(columns, info->answer_count, TABLE_RECORD, self->json, stdout);
    for (size_t i = 0; i < info->answer_count; i++)
        table_print_field(table, &info->answer_fields()[i], body);
    table_print_destroy(&table);
}

// --- what was done, where it cannot be read ---

void session_begin_change(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
}

void session_did_say(session_t *self, const char *what)
{
    snprintf(self->done, sizeof self->done, "%s", what);
}

void session_did(session_t *self, const request_t *request, const answer_t *answer)
{
    const request_info_t *info = request_info(request->type);
    char id[UID_TEXT_SIZE];
    FILE *out = fmemopen(self->done, sizeof self->done, "w");
    assert(out);
    uid_format(&request->id, id);
    fprintf(out, "%s, --id %s", info->name, id);
    if (!info->answer_count || strcmp(info->answer_fields()[0].name, "sequence") != 0)
        fprintf(out, ", sequence %llu at most", (unsigned long long)answer->sequence);
    for (size_t i = 0; i < info->answer_count; i++) {
        fprintf(out, ", %s ", info->answer_fields()[i].name);
        field_print(&info->answer_fields()[i], &answer->status, out);
    }
    fclose(out);
}

int session_end(session_t *self, int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "kopeck: standard output cannot be written: %s\n",
            errno ? strerror(errno) : "not all of it was");
    if (self->done[0])
        fprintf(stderr, "kopeck: this was done all the same, do not do it again: %s\n", self->done);
    return status ? status : EX_UNSAID;
}
