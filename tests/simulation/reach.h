#pragma once
// reach - the situations a run should have seen, each counted where it happens; one that was never
// seen says that the simulator proves nothing about it.

// REACH(enumerator, "name")
#define REACH_LIST(REACH)                                                                          \
    REACH(REACH_CRASH_BEFORE_COMMIT, "crash before a commit")                                      \
    REACH(REACH_CRASH_IN_COMMIT_LOST, "crash inside a commit, batch lost")                         \
    REACH(REACH_CRASH_IN_COMMIT_KEPT, "crash inside a commit, batch kept")                         \
    REACH(REACH_CRASH_BEFORE_OUTPUTS, "crash between commit and outputs")                          \
    REACH(REACH_CRASH_AMONG_OUTPUTS, "crash among the outputs")                                    \
    REACH(REACH_CRASH_IDLE, "crash between batches")                                               \
    REACH(REACH_APPEND_FAILED, "failed append")                                                    \
    REACH(REACH_APPEND_FAILED_DURABLE, "failed append that was durable")                           \
    REACH(REACH_DISK_FULL, "append without room")                                                  \
    REACH(REACH_BOOT_WITHOUT_ROOM, "boot without room")                                            \
    REACH(REACH_NEARLY_FULL, "disk nearly full")                                                   \
    REACH(REACH_SLOW_DISK, "append that took over a second")                                       \
    REACH(REACH_CLOCK_BACK, "clock set back")                                                      \
    REACH(REACH_CLOCK_AHEAD, "clock set ahead")                                                    \
    REACH(REACH_CLOCK_CONFIRMED, "clock confirmed by an operator")                                 \
    REACH(REACH_LOST, "message lost")                                                              \
    REACH(REACH_DOUBLED, "message doubled")                                                        \
    REACH(REACH_LATE, "message late by up to an hour")                                             \
    REACH(REACH_CUT, "message into a one-way partition")                                           \
    REACH(REACH_REPLAYED, "replay answered")                                                       \
    REACH(REACH_TABLE, "table asked")                                                              \
    REACH(REACH_RESENT, "usage pushed again")                                                      \
    REACH(REACH_REWIND, "platform rewound to a new epoch")                                         \
    REACH(REACH_HISTORY, "push of an older epoch answered or refused")                             \
    REACH(REACH_TOLD_TWICE, "minute told of twice")                                                \
    REACH(REACH_LIE, "lie of the platform refused")                                                \
    REACH(REACH_LATE_LINE, "charge line for late minutes")                                         \
    REACH(REACH_DELETION_LINE, "charge line at a deletion")                                        \
    REACH(REACH_LINKED, "consent given")                                                           \
    REACH(REACH_RELINKED, "consent replaced")                                                      \
    REACH(REACH_CHANGED, "limit lowered")                                                          \
    REACH(REACH_REVOKED, "mandate revoked")                                                        \
    REACH(REACH_REVOKED_IN_FLIGHT, "mandate revoked with a payment in flight")                     \
    REACH(REACH_DECIDED, "autopay decided")                                                        \
    REACH(REACH_SETTLED, "autopay payment succeeded")                                              \
    REACH(REACH_DECLINED, "autopay payment declined by evidence")                                  \
    REACH(REACH_STALE, "request declined as stale")                                                \
    REACH(REACH_EXPIRED_REQUEST, "request older than 15 minutes")                                  \
    REACH(REACH_REQUEST_REVOKED, "request under a mandate that is not live")                       \
    REACH(REACH_BUSY, "request while another payment is open")                                     \
    REACH(REACH_NOT_ARRIVED, "charge that never arrived")                                          \
    REACH(REACH_TIMEOUT, "charge without an answer")                                               \
    REACH(REACH_TIMEOUT_PAID, "charge without an answer, paid")                                    \
    REACH(REACH_NOT_CONNECTED, "charge without a connection")                                      \
    REACH(REACH_UNKNOWN_RESTART, "charge unknown since a restart")                                 \
    REACH(REACH_AFTER_DECLINE, "success after a decline or lapse")                                 \
    REACH(REACH_MISMATCH, "wrong amount")                                                          \
    REACH(REACH_NOTICE_AGAIN, "notice after settlement")                                           \
    REACH(REACH_BY_STATE, "credited by a state answer")                                            \
    REACH(REACH_REMINDED, "payment that only a registry would have found")                         \
    REACH(REACH_LAPSED, "top-up lapsed unpaid")                                                    \
    REACH(REACH_COUNT_CAP, "count cap reached")                                                    \
    REACH(REACH_SUM_CAP, "sum cap reached")                                                        \
    REACH(REACH_SUSPENDED, "autopay suspended")                                                    \
    REACH(REACH_BACKOFF, "waiting after a decline")                                                \
    REACH(REACH_MONTH_IN_FLIGHT, "month edge with a payment in flight")                            \
    REACH(REACH_STOPPED, "platform stopped an exhausted account")                                  \
    REACH(REACH_RETURNED, "refund against an hour's posting")                                      \
    REACH(REACH_TAKEN_BACK, "chargeback")                                                          \
    REACH(REACH_RESTORED, "older journal of the ledger restored")                                  \
    REACH(REACH_BONUS, "bonus")                                                                    \
    REACH(REACH_GARBLED, "charge answered with what is no answer")                                 \
    REACH(REACH_GARBLED_TAKEN, "charge taken and answered with an error")                          \
    REACH(REACH_HASTY, "notice before the charge's answer")                                        \
    REACH(REACH_FORGED, "forged notice refused")                                                   \
    REACH(REACH_STUBBORN, "notice repeated for over a day")                                        \
    REACH(REACH_LAGGING, "state answer behind the truth")                                          \
    REACH(REACH_MAINTENANCE, "request during Robokassa's maintenance")                             \
    REACH(REACH_SILENT, "capture without a notice")                                                \
    REACH(REACH_CREDIT_LATER, "mandate at autopay before its credit")                              \
    REACH(REACH_MONTH_BEGUN, "decision in the first hour of a month")                              \
    REACH(REACH_EXTENDS, "checkpoint shown to extend an older one")                                \
    REACH(REACH_LOSS_SHOWN, "lost history shown by an older checkpoint")                           \
    REACH(REACH_LOSS_READ, "reader told that his history was lost")                                \
    REACH(REACH_PAGE_READ, "page of a journal read by an auditor")                                 \
    REACH(REACH_BALANCE_READ, "balance compared at its sequence")                                  \
    REACH(REACH_DRIFT, "start of a process whose clock drifts")                                    \
    REACH(REACH_EXHAUSTED, "account exhausted")

typedef enum {
#define REACH(name, text) name,
    REACH_LIST(REACH)
#undef REACH
        REACH_COUNT
} reach_t;

extern const char *const reach_names[REACH_COUNT];
