#pragma once
// session - one run of the command line: its config, its certificate, and a connection to each door
// it has asked at so far.
//
// Every failure is said here on stderr, in one line that names the process, what was wrong and what
// was expected; commands pass on the exit status (sysexits.h), which tells programs:
//   0 done   64 wrong command line   65 refused: the request or its data   66 there is no such
//   thing 69 the process cannot be reached   71 done, but standard output cannot be written (what
//   was done stands on stderr)   74 its store failed   75 try again later   77 not allowed   78
//   wrong configuration; `verify` and `reconcile` also 1: something does not hold
// Ownership: an answer borrows from its client until that door is asked again. Threads: one.
#include "services/process/client.h"
#include "tools/kopeck/args.h"
#include "tools/kopeck/options.h"
#include "tools/kopeck/table_print.h"
#include <sysexits.h>

enum { SESSION_DONE_MAX = 4096 };

typedef struct {
    const char *config_file; // NULL for the default places
    options_t *options;      // loaded when first needed
    zcert_t *certificate;
    client_t *clients[OPTIONS_STREAMS][3]; // by stream and door
    bool json;
    char
        done[SESSION_DONE_MAX]; // what was changed, for who cannot read it on stdout; "" if nothing
} session_t;

enum {
    EX_VIOLATED = 1,     // `verify`: something does not hold
    EX_UNSAID = EX_OSERR // done, and standard output could not be written: no reason to do it again
};

void session_close(session_t *self);

// NULL after an error, with its exit status in *ret_status.
const options_t *session_options(session_t *self, int *ret_status);
client_t *session_client(session_t *self, stream_t stream, client_door_t door, int *ret_status);
// A fresh subscriber to a process's publications.
zsock_t *session_subscribe(session_t *self, stream_t stream, int *ret_status);

// Asks and returns EX_OK, or says why not. Commands need their id.
int session_ask(session_t *self, stream_t stream, client_door_t door, request_t *request,
                answer_t *ret_answer);
// The same, where the process's refusal is the caller's to read in the answer's `fail`.
int session_try(session_t *self, stream_t stream, client_door_t door, request_t *request,
                answer_t *ret_answer);

// What one of several said, and the exit status of it as session_ask has it.
typedef struct {
    bool asked; // set by the caller
    int status;
    answer_t answer; // borrowed from the client of that process
} session_reply_t;

// Asks the marked ones the same question at once, at their command doors: who does not answer in
// time costs no more than that once. `quiet` says nothing of failures.
void session_ask_all(session_t *self, request_type_t type, int timeout_ms, bool quiet,
                     session_reply_t replies[OPTIONS_STREAMS]);

// Says a refusal and returns its exit status.
int session_refused(stream_t stream, fail_t fail, text_t detail);
int session_status_of(fail_t fail);

// Before anything is changed: a reader of stdout who goes away ends the command no more.
void session_begin_change(void);
// Notes what was changed: the answer to a command, or a sentence.
void session_did(session_t *self, const request_t *request, const answer_t *answer);
void session_did_say(session_t *self, const char *what);
// At the end: `status`, or EX_UNSAID after having said that stdout cannot be written, and what was
// done.
int session_end(session_t *self, int status);

// Prints an answer's fields by their table: one a line, or as one JSON object.
void session_print(const session_t *self, const answer_t *answer);
