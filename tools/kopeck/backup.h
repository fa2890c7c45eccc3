#pragma once
// backup - what `backup` and `restore` share: the journals of some processes, copied as of one
// moment and checked, each step in a process of its own (apart.h).
//
// A backup is a directory with one journal for each process, under the process's name. Ownership:
// texts are borrowed. Failures: said on stderr; the exit status is returned. Threads: one.
#include "tools/kopeck/journal_check.h"
#include "tools/kopeck/session.h"

enum { BACKUP_PATH_MAX = 4096 };

typedef struct {
    const char *from[OPTIONS_STREAMS];              // places of journals; NULL for those left out
    char to[OPTIONS_STREAMS][BACKUP_PATH_MAX];      // directories of the copies
    char earlier[OPTIONS_STREAMS][BACKUP_PATH_MAX]; // of copies whose segments may be linked, or ""
    bool replace;                                   // copies that an earlier try left
} backup_places_t;

typedef struct {
    stream_t failed; // whose journal a failure is about
    char error[JOURNAL_CHECK_ERROR_MAX];
    journal_copied_t copied[OPTIONS_STREAMS];
    journal_check_t checks[OPTIONS_STREAMS];
} backup_result_t;

backup_result_t *backup_result_new(void); // lives until the program ends
// The journals as of one moment: what one has of another's stream the other's copy has too.
int backup_copy(const backup_places_t *places, backup_result_t *result);
// Reads every journal of `places` whole: the copies, or what they are to be copied from.
int backup_check(const backup_places_t *places, bool copies, backup_result_t *result);
void backup_print(const session_t *session, const backup_places_t *places,
                  const backup_result_t *result);
bool backup_join(char out[BACKUP_PATH_MAX], const char *directory, const char *name);
// The option of each process, by its name: its value, or NULL. Whether there is one at all.
bool backup_take(args_t *args, const char *ret_places[OPTIONS_STREAMS]);
