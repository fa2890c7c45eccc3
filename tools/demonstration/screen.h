#pragma once
// screen - the live table on a terminal: accounts, the newest events below them, a line about the
// whole. Fitted to the terminal's size at every drawing; a wide or a Cyrillic letter takes the
// columns that it takes.
//
// Only for a terminal: without one, screen_print_event says each event as a line of its own.
// Ownership: the books are borrowed. Failures: none. Threads: one.
#include "tools/demonstration/books.h"

typedef struct {
    instant_t now;
    uint64_t speed, sent;
    const char *url;        // where the platform signs its customers in
    unsigned up, processes; // that serve, and that there are
} screen_status_t;

typedef struct screen screen_t;

screen_t *screen_new(books_t *books);   // takes the terminal over
void screen_destroy(screen_t **self_p); // and gives it back

void screen_draw(screen_t *self, const screen_status_t *status);
uint32_t screen_accounts(const screen_t *self); // that fit now

void screen_print_event(const books_event_t *event, const books_account_t *account, FILE *out);
void screen_short_id(const uid_t16 *id, char ret_text[9]);
