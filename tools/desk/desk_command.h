#pragma once
// desk_command - a command of the desk, from its form to what came of it.
//
//   GET  /desk/do/NAME      the form, filled in with what the address says
//   POST /desk/check/NAME   reads the state and shows: now -> then, and the command as it will be
//                           sent; changes nothing
//   POST /desk/do/NAME      reads the state again; if it is not as was shown, E5 and nothing is
//                           sent; else sends the command under the ticket's id, and 303
//   GET  /desk/done         what came of it, said by us (a ticket), not by an address
//
// The ticket proves that this operator saw these values beside this state. A form that is sent
// twice is one command. A row of the table (desk_commands.h) says all that differs.
// Ownership: rows are static. Failures: as those of web_visit.h. Threads: the pages' listener.
#include "tools/desk/desk_fields.h"
#include "tools/desk/desk_visit.h"

// What would change, as `show` says it: a row of it is added by desk_change.
typedef struct {
    desk_sheet_t *sheet;
    char seen[4096]; // all that was shown, in one text
    size_t seen_size;
    bool unknown; // it cannot be said: then there is nothing to confirm
} desk_changes_t;

void desk_change(desk_changes_t *self, text_id_t what, span_t before, span_t then);

typedef struct {
    const char *name;
    text_id_t title;
    web_door_id_t door;
    request_type_t type;
    const char *const *fields;          // that are typed (desk_fields.h)
    const char *back;                   // where it came from: "desk/refunds"
    void (*preset)(request_t *request); // what this row alone means; NULL for nothing
    // Asks for the state that it changes, in rounds 0, 1, ...; false: all is there.
    bool (*ask)(web_visit_t *visit, const request_t *request, unsigned round);
    // Says what would change, and completes the request with what the state says.
    void (*show)(web_visit_t *visit, request_t *request, desk_changes_t *changes);
} desk_command_t;

// What the steps of a desk share: the commands that it has sent. Of the listener's thread.
enum { DESK_SENT_MAX = 64, DESK_SENT_BYTES = 512 };

typedef struct {
    uid_t16 id;
    uint8_t bytes[DESK_SENT_BYTES];
    size_t size; // 0: there is none
} desk_sent_t;

// The last statement that was read and may be entered.
enum { DESK_FILE_MAX = 2 * 1024 * 1024, DESK_ACCOUNT_SIZE = 21 };

typedef struct {
    char *bytes; // NULL: there is none
    size_t size;
    char own_account[DESK_ACCOUNT_SIZE];
} desk_kept_t;

typedef struct {
    desk_sent_t sent[DESK_SENT_MAX]; // a ring
    size_t sent_next;
    desk_kept_t kept;
    bool enters; // an importer's certificate is at hand
} desk_face_t;

web_step_fn desk_command_form, desk_command_check, desk_command_do, desk_command_done;
