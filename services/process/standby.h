#pragma once
// standby - a process that stands by for the writer of its journal: it follows what he writes, so
// that its state is his but for the last moments, and takes the term when nobody holds it any more.
// What is left to do then is the last events and the start's first commit: no replay.
//
// When. The engine says whether somebody holds the term (journal_is_vacant): the session of a dead
// process ends with it, and a machine that is silent loses it after some 20 s. An operator hastens
// it by ending the writer (systemctl stop) or, where nobody can reach it any more, by `kopeck
// take`. It is a hint and no fence: two that stand by, or one that is wrong, take terms one after
// the other, and of two writers the older one's next append is FAIL_FENCED. So nothing depends on
// clocks, and a writer that was held up commits nothing late.
//
// Meanwhile it answers `status` at its command door, as one that is not ready and is so many events
// behind (standby.behind), and refuses the rest with FAIL_LATER. If the server of the journal goes,
// it keeps what it has and looks for the one that follows.
//
// It is for engines that let several processes open one journal: postgresql. With LMDB the disk is
// in one machine, and a second process on it would gain nothing that the supervisor does not.
//
// Ownership: all is the caller's. Failures: as past_open; FAIL_LATER if a signal told it to end.
// Threads: the loop's.
#include "services/process/doors.h"
#include "services/process/past.h"

typedef struct {
    const settings_t *settings;
    past_t *past;   // begun; has journal, term and the node that followed, if there is one, then
    doors_t *doors; // whose command door is opened here, and stays open
    security_t *security;
    int signals;
} standby_t;

fail_t standby_run(const standby_t *self, char *error, size_t error_size);
