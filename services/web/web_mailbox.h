#pragma once
// web_mailbox - where one thread finds the questions that others put there, in order; and the bell
// that wakes it.
//
// It needs no bound of its own: a question is in at most one mailbox, and places for questions are
// counted (web_asker.h).
// Ownership: holds what was put in until it is taken. Failures: web_mailbox_init is false if there
// is no descriptor. Threads: any puts, rings and closes; one waits and takes.
#include "services/web/web_question.h"
#include <pthread.h>

struct web_mailbox {
    pthread_mutex_t lock; // of all below but the descriptor
    web_question_t *first, *last;
    bool closed;
    int bell; // readable when there is something to take, or it was closed
};

bool web_mailbox_init(web_mailbox_t *self);
void web_mailbox_destroy(web_mailbox_t *self); // must be empty

// False if it is closed: the question is still the caller's.
bool web_mailbox_put(web_mailbox_t *self, web_question_t *question);
// From here on nothing can be put in; what is there can be taken.
void web_mailbox_close(web_mailbox_t *self);
// Takes the oldest, NULL if there is none; *ret_closed says that no other will come. Silences the
// bell when it finds nothing.
web_question_t *web_mailbox_take(web_mailbox_t *self, bool *ret_closed);
