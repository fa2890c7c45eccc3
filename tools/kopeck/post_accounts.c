#include "tools/kopeck/post_accounts.h"
#include "proto/posting.h"
#include <assert.h>
#include <stdlib.h>

enum { WINDOW = 256, QUESTION_MAX = 128 };

typedef struct {
    session_t *session;
    client_door_t door;
    uid_t16 *ids; // of customers, each once
    size_t count, unknown;
    uid_t16 first; // that is not known
} accounts_t;

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(uid_t16));
}

static void add(accounts_t *self, const uid_t16 *id)
{
    if (!uid_is_zero(id) && !posting_system_number(id))
        self->ids[self->count++] = *id;
}

static void collect(accounts_t *self, const event_posting_requested_t *rows, size_t count)
{
    self->ids = calloc(2 * count + 1, sizeof *self->ids);
    assert(self->ids);
    for (size_t i = 0; i < count; i++) {
        add(self, &rows[i].debit);
        add(self, &rows[i].credit);
    }
    qsort(self->ids, self->count, sizeof *self->ids, by_bytes);
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++)
        if (!kept || !uid_equal(&self->ids[kept - 1], &self->ids[i]))
            self->ids[kept++] = self->ids[i];
    self->count = kept;
}

static void note(accounts_t *self, size_t at, fail_t fail)
{
    if (fail == FAIL_UNKNOWN_ACCOUNT && !self->unknown++)
        self->first = self->ids[at];
}

// Many questions at once; what is not answered in time is asked again below, one by one.
static void ask_window(accounts_t *self, client_t *client, size_t begin, size_t end, bool *answered)
{
    uint8_t bytes[QUESTION_MAX];
    bytes_t frame;
    for (size_t i = begin; i < end; i++) {
        request_t request = {
            .type = REQUEST_balance, .number = i + 1, .balance.account = self->ids[i]};
        size_t size = request_encode(&request, bytes, sizeof bytes);
        assert(size);
        (void)client_send(client, bytes, size, CLIENT_RESEND_FIRST_MS);
    }
    for (size_t left = end - begin;
         left && client_receive(client, CLIENT_RESEND_FIRST_MS, &frame) == FAIL_NONE;) {
        answer_t answer = {0};
        if (answer_decode(frame.data, frame.size, REQUEST_balance, &answer) ||
            answer.number <= begin || answer.number > end || answered[answer.number - 1 - begin])
            continue;
        answered[answer.number - 1 - begin] = true;
        note(self, answer.number - 1, answer.fail);
        left--;
    }
}

static int ask_again(accounts_t *self, size_t at)
{
    request_t request = {.type = REQUEST_balance, .balance.account = self->ids[at]};
    answer_t answer;
    int status = session_try(self->session, STREAM_LEDGER, self->door, &request, &answer);
    if (status != EX_OK)
        return status;
    if (answer.fail && answer.fail != FAIL_UNKNOWN_ACCOUNT)
        return session_refused(STREAM_LEDGER, answer.fail, answer.detail);
    note(self, at, answer.fail);
    return EX_OK;
}

static int ask_all(accounts_t *self)
{
    int status = EX_OK;
    client_t *client = session_client(self->session, STREAM_LEDGER, self->door, &status);
    for (size_t begin = 0; client && begin < self->count; begin += WINDOW) {
        bool answered[WINDOW] = {false};
        size_t end = begin + WINDOW < self->count ? begin + WINDOW : self->count;
        if (end - begin > 1)
            ask_window(self, client, begin, end, answered);
        for (size_t i = begin; i < end && status == EX_OK; i++)
            if (!answered[i - begin])
                status = ask_again(self, i);
        if (status != EX_OK)
            break;
    }
    return status;
}

int post_accounts_check(session_t *session, client_door_t door,
                        const event_posting_requested_t *rows, size_t count)
{
    accounts_t self = {.session = session, .door = door};
    char id[UID_TEXT_SIZE];
    collect(&self, rows, count);
    int status = ask_all(&self);
    if (status == EX_OK && self.unknown) {
        uid_format(&self.first, id);
        fprintf(stderr, "kopeck: the ledger knows no account %s", id);
        if (self.unknown > 1)
            fprintf(stderr, ", nor %zu more of these", self.unknown - 1);
        fputs("; nothing was sent: --open opens new accounts\n", stderr);
        status = EX_NOINPUT;
    }
    free(self.ids);
    return status;
}
