#include "tools/kopeck/session.h"
#include "services/common/security.h"
#include "services/common/settings.h"
#include "services/common/socket.h"
#include "tools/kopeck/words.h"
#include <assert.h>

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
            self->options->file, settings_stream_name(stream), key);
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
                settings_stream_name(stream), door_names[door], endpoint);
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
                self->options->file, settings_stream_name(stream), endpoint);
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
    fprintf(stderr, "kopeck: %s refused: %s (%s)", settings_stream_name(stream), fail_text(fail),
            fail_name(fail));
    if (detail.size && !text_equal(detail, text_of(fail_text(fail))))
        fprintf(stderr, ": %.*s", (int)detail.size, detail.data);
    fputc('\n', stderr);
    return session_status_of(fail);
}

int session_try(session_t *self, stream_t stream, client_door_t door, request_t *request,
                answer_t *ret_answer)
{
    int status = EX_SOFTWARE;
    client_t *client = session_client(self, stream, door, &status);
    if (!client)
        return status;
    fail_t fail = client_ask(client, request, (int)self->options->timeout_ms, ret_answer);
    if (!fail)
        return EX_OK;
    if (fail == FAIL_TIMEOUT)
        fprintf(stderr,
                "kopeck: %s did not answer at its %s door within %u ms: it is down, at another "
                "endpoint, or does not know our certificate\n",
                settings_stream_name(stream), door_names[door], self->options->timeout_ms);
    else
        fprintf(stderr, "kopeck: %s: %s\n", settings_stream_name(stream), fail_text(fail));
    return fail == FAIL_TIMEOUT ? EX_UNAVAILABLE : session_status_of(fail);
}

int session_ask(session_t *self, stream_t stream, client_door_t door, request_t *request,
                answer_t *ret_answer)
{
    int status = session_try(self, stream, door, request, ret_answer);
    if (status == EX_OK && ret_answer->fail)
        return session_refused(stream, ret_answer->fail, ret_answer->detail);
    return status;
}

// People read what a number means.
static void print_field(table_print_t *table, request_type_t type, const field_t *field,
                        const void *body, bool json)
{
    const char *word = NULL;
    if (!json && field->type == FIELD_TYPE_u64)
        word = words_of(type, field->name,
                        *(const uint64_t *)(const void *)((const char *)body + field->offset));
    if (word)
        table_print_text(table, word);
    else
        table_print_field(table, field, body);
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
        print_field(table, answer->type, &info->answer_fields()[i], body, self->json);
    table_print_destroy(&table);
}
