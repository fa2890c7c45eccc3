#pragma once
// restore_next - what an operator must do after journals were put back from a backup, in order.
//
// Each restored history gets another name (journal/epoch), so that nobody takes what it says from
// now on for what it said before. Whoever follows it then stops, until he is told to go on behind
// the last event that both histories share.
// Ownership: the steps' texts are the structure's. Failures: none. Threads: one.
#include "tools/kopeck/backup.h"

enum { RESTORE_NEXT_STEPS_MAX = 64, RESTORE_NEXT_TEXT_MAX = 320 };

typedef struct {
    size_t count;
    char steps[RESTORE_NEXT_STEPS_MAX][RESTORE_NEXT_TEXT_MAX];
} restore_next_t;

// `restored` has a value for each process whose journal was put back; `checks` says what it holds,
// and `epoch` is the new name.
void restore_next(const char *const restored[OPTIONS_STREAMS],
                  const journal_check_t checks[OPTIONS_STREAMS], uint64_t epoch,
                  restore_next_t *ret_next);
