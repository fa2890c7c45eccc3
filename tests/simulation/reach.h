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
    REACH(REACH_CREPT, "clock that crept by minutes")                                              \
    REACH(REACH_ABSURD_CLOCK, "first start refused for a clock that nobody set")                   \
    REACH(REACH_BOOTED, "machine started anew")                                                    \
    REACH(REACH_LOCAL_TIME, "machine started anew with its clock hours off")                       \
    REACH(REACH_SLEPT, "machine slept for minutes to hours")                                       \
    REACH(REACH_FROZEN, "machine frozen, its clock set right later")                               \
    REACH(REACH_BORNE_OUT, "doubt ended by another's clock")                                       \
    REACH(REACH_CLOCK_CONFIRMED, "clock confirmed by an operator")                                 \
    REACH(REACH_SENT_BY, "command that says who sent it")                                          \
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
    REACH(REACH_SILENCE, "silence: the platform is not heard")                                     \
    REACH(REACH_BOUNDED, "silence: an hour closed without the platform")                           \
    REACH(REACH_LATE_STOP, "stop told after hours were billed")                                    \
    REACH(REACH_LATE_DELETION, "deletion told after hours were billed")                            \
    REACH(REACH_TOO_LATE, "run told days after it was over")                                       \
    REACH(REACH_EQUAL, "several words about one instant, told in any order")                       \
    REACH(REACH_EQUAL_LATE, "several words about one instant, one told after hours were billed")   \
    REACH(REACH_CREDITED, "minutes given back by metering")                                        \
    REACH(REACH_CREDITED_AGAIN, "second credit of one charge line")                                \
    REACH(REACH_CREDIT_CASH, "credit given back as cash")                                          \
    REACH(REACH_CREDIT_BONUS, "credit given back as bonus")                                        \
    REACH(REACH_CHARGEBACK_OF_ITS_LOT, "promo code: chargeback of its own lot")                    \
    REACH(REACH_LOTS, "debit that took of several lots")                                           \
    REACH(REACH_LOT_DEBT, "debit that no lot covered")                                             \
    REACH(REACH_DELETION_LINE, "charge line at a deletion")                                        \
    REACH(REACH_LINKED, "consent given")                                                           \
    REACH(REACH_RELINKED, "consent replaced")                                                      \
    REACH(REACH_CHANGED, "limit lowered")                                                          \
    REACH(REACH_LOWERED_IN_FLIGHT, "limit lowered to what is paid with a payment in flight")       \
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
    REACH(REACH_CHARGED_BACK, "mandate revoked by a chargeback")                                   \
    REACH(REACH_REFUNDED, "full refund of an account with a live mandate")                         \
    REACH(REACH_RETURNED_ALONE, "drop by a refund or chargeback that charged nobody")              \
    REACH(REACH_RESEEDED, "payment reseeded after the ledger was restored")                        \
    REACH(REACH_UNMOUNTED, "volume of a journal not mounted")                                      \
    REACH(REACH_FOUND_NONE, "start that found no journal")                                         \
    REACH(REACH_STRANGER, "new journal made by mistake")                                           \
    REACH(REACH_STOPPED_AT_STRANGER, "process that stopped at such a history")                     \
    REACH(REACH_RIGHT_AGAIN, "process that stopped, of whose history nothing is wrong any more")   \
    REACH(REACH_VIEW_RESEEDED, "autopay's view reseeded after the ledger was restored")            \
    REACH(REACH_RESTORED, "older journal of the ledger restored")                                  \
    REACH(REACH_PUT_BACK, "older journal of payment restored")                                     \
    REACH(REACH_FOLLOWER_RESEEDED, "follower reseeded after payment was restored")                 \
    REACH(REACH_REPEATED, "payment told of again after a restore, put into suspense")              \
    REACH(REACH_BY_HAND, "payment that only a lost journal knew, posted by hand")                  \
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
    REACH(REACH_SEALED, "segment sealed")                                                          \
    REACH(REACH_START_SEALED, "start of a journal with sealed segments")                           \
    REACH(REACH_START_LEFTOVER, "start while a segment's records are still live too")              \
    REACH(REACH_START_SNAPSHOT, "start from a snapshot")                                           \
    REACH(REACH_SNAPSHOT_PASSED, "start that passed a snapshot over")                              \
    REACH(REACH_OVERLAP_READ, "page that begins with events read before")                          \
    REACH(REACH_BATCH_FULL, "batch full")                                                          \
    REACH(REACH_BESIDE, "batch begun while another is committed")                                  \
    REACH(REACH_HOUR_IN_PARTS, "hour closed in parts")                                             \
    REACH(REACH_AMID_CLOSING, "usage between the parts of an hour's closing")                      \
    REACH(REACH_HOUR_OF_TARIFFS, "hour of a meter under two tariffs")                              \
    REACH(REACH_DELETED_KINDS, "resource of two kinds deleted")                                    \
    REACH(REACH_VIEW_PAGE, "page border of a view crossed")                                        \
    REACH(REACH_AMID_PAGES, "events between the pages of a view")                                  \
    REACH(REACH_STATEMENT_PAGE, "page border of a statement crossed")                              \
    REACH(REACH_STATEMENT_EQUAL, "page border of a statement between equal stamps")                \
    REACH(REACH_PAYMENT_READ, "payment recalled from the journal")                                 \
    REACH(REACH_RECALL_LOST, "recall lost in a crash")                                             \
    REACH(REACH_BALANCE_READ, "balance compared at its sequence")                                  \
    REACH(REACH_DRIFT, "start of a process whose clock drifts")                                    \
    REACH(REACH_BEHIND, "light red for a stream that is not heard")                                \
    REACH(REACH_ALL_GREEN, "light looked at in calm")                                              \
    REACH(REACH_FEED_SENT_BY, "numbering of a feed whose sender was noted")                        \
    REACH(REACH_MISTYPED, "posting to an account that nobody opened, refused")                     \
    REACH(REACH_REFUND, "refunds: asked for")                                                      \
    REACH(REACH_REFUND_ABOVE, "refunds: by itself, above a limit")                                 \
    REACH(REACH_REFUND_REVOKED, "refunds: by itself, after a revocation")                          \
    REACH(REACH_REFUND_HELD, "refunds: held")                                                      \
    REACH(REACH_REFUND_REFUSED, "refunds: more than is left of the payment")                       \
    REACH(REACH_REFUND_DONE, "refunds: done")                                                      \
    REACH(REACH_REFUND_ENDED, "refunds: came to nothing")                                          \
    REACH(REACH_REFUND_UNKNOWN, "refunds: nobody knows")                                           \
    REACH(REACH_REFUND_UNHELD, "refunds: went back and was not held")                              \
    REACH(REACH_REFUND_CRASH, "refunds: payment killed while one leaves")                          \
    REACH(REACH_REFUND_TIMEOUT, "refunds: no answer")                                              \
    REACH(REACH_RECEIPT_SECOND, "receipts: second one registered")                                 \
    REACH(REACH_RECEIPT_AGAIN, "receipts: sent again")                                             \
    REACH(REACH_RECEIPT_TIMEOUT, "receipts: no answer")                                            \
    REACH(REACH_RECEIPT_CRASH, "receipts: payment killed while one leaves")                        \
    REACH(REACH_RECEIPT_MISSING, "receipts: missing for a day")                                    \
    REACH(REACH_RECEIPT_HANDED, "receipts: for people")                                            \
    REACH(REACH_RECEIPT_PART, "receipts: of a payment of which a part went back")                  \
    REACH(REACH_RECEIPT_DUE_AGAIN, "receipts: due again after a restore")                          \
    REACH(REACH_RECEIPT_CONTACT, "receipts: to the account's contact")                             \
    REACH(REACH_RECEIPT_CONTACT_ERASED, "receipts: a contact erased")                              \
    REACH(REACH_RECEIPT_UNKNOWN, "receipts: of a payment that only a lost journal knew")           \
    REACH(REACH_EXHAUSTED, "account exhausted")                                                    \
    REACH(REACH_COPIED, "second process asked at the doors of another")                            \
    REACH(REACH_PARTED, "stream stopped by the history of a second process")                       \
    REACH(REACH_PARTED_BACK, "stream that went on once its own history was back")                  \
    REACH(REACH_WITNESSED, "root of another's journal noted, and held against it")                 \
    REACH(REACH_ENDING_SPENT, "promo code: bonus that ends, spent")                                \
    REACH(REACH_BONUS_LAPSED, "promo code: bonus that lapsed")                                     \
    REACH(REACH_BONUS_VOIDED, "promo code: bonus that an operator ended")                          \
    REACH(REACH_APART, "apart: bonus set apart")                                                   \
    REACH(REACH_APART_CATEGORY, "apart: bonus that paid the service that it is for")               \
    REACH(REACH_APART_EARLY, "apart: bonus that paid before its beginning was told")               \
    REACH(REACH_APART_BEGUN, "apart: bonus that has begun")                                        \
    REACH(REACH_APART_CLAWED, "apart: bonus that went back with its top-up")                       \
    REACH(REACH_APART_ENDED, "apart: bonus that ended")                                            \
    REACH(REACH_APART_NEW, "apart: promo code for new accounts alone")                             \
    REACH(REACH_COUNTED_FILES, "counted: files beyond a quota")                                    \
    REACH(REACH_COUNTED_TOKENS, "counted: tokens")                                                 \
    REACH(REACH_COUNTED_LATE, "counted: told hours late")                                          \
    REACH(REACH_COUNTED_LATE_LINE, "counted: line of what came late")                              \
    REACH(REACH_COUNTED_TWICE, "counted: request told twice")                                      \
    REACH(REACH_COUNTED_OTHERWISE, "counted: request told with other numbers")                     \
    REACH(REACH_CLOSED, "closing: account closed")                                                 \
    REACH(REACH_BONUS_CLOSED, "closing: bonus that ended with its account")                        \
    REACH(REACH_CLOSED_SUSPENSE, "closing: payment that came too late, in suspense")               \
    REACH(REACH_LIMIT_SET, "closing: credit limit set by two")                                     \
    REACH(REACH_ANNOUNCED, "closing: payment announced")                                           \
    REACH(REACH_CARD_GONE, "closing: card that is gone")                                           \
    REACH(REACH_PROMO_RESERVED, "promo code reserved")                                             \
    REACH(REACH_PROMO_REDEEMED, "promo code redeemed with a top-up")                               \
    REACH(REACH_PROMO_WELCOMED, "promo code: none, a new account is welcomed")                     \
    REACH(REACH_PROMO_GIVEN, "promo code that is a gift")                                          \
    REACH(REACH_PROMO_REFUSED, "promo code refused")                                               \
    REACH(REACH_PROMO_RELEASED, "promo code that went back to its campaign")                       \
    REACH(REACH_PROMO_REPEATED, "promo code whose bonus was told of again after a restore")        \
    REACH(REACH_PROMO_CLAWED, "promo code whose bonus went back with its top-up")                  \
    REACH(REACH_PROMO_REGAINED, "promo code whose bonus came back with its top-up")                \
    REACH(REACH_PROMO_CLEARED, "promo code whose bonus is owed no more, as a dispute was won")     \
    REACH(REACH_PROMO_OWED, "promo code whose spent bonus is owed for a chargeback")               \
    REACH(REACH_LADDER_LOW, "ladder: low")                                                         \
    REACH(REACH_LADDER_EARLY, "ladder: a day is left")                                             \
    REACH(REACH_LADDER_LATE, "ladder: hours are left")                                             \
    REACH(REACH_LADDER_EXHAUSTED, "ladder: exhausted")                                             \
    REACH(REACH_LADDER_GRACE, "ladder: grace")                                                     \
    REACH(REACH_LADDER_STOPPED, "ladder: stopped")                                                 \
    REACH(REACH_LADDER_FROZEN, "ladder: frozen")                                                   \
    REACH(REACH_LADDER_DELETABLE, "ladder: deletable")                                             \
    REACH(REACH_LADDER_RESUMED, "ladder: money came after a stop")                                 \
    REACH(REACH_LADDER_WITHDRAWN, "ladder: warning taken back")                                    \
    REACH(REACH_CONTACT_SET, "contact: set")                                                       \
    REACH(REACH_CONTACT_CONFIRMED, "contact: e-mail address confirmed")                            \
    REACH(REACH_CONTACT_GONE, "contact: gone, or refused")                                         \
    REACH(REACH_CONTACT_ERASED, "contact: erased")                                                 \
    REACH(REACH_NOTICE_POSTED, "contact: notice to a webhook")                                     \
    REACH(REACH_NOTICE_MAILED, "contact: notice by e-mail")                                        \
    REACH(REACH_CONTACT_AGAIN, "contact: notice that left again")                                  \
    REACH(REACH_NOTICE_OF_PRICE, "contact: told of a price that will rise")                        \
    REACH(REACH_NOTICE_OF_END, "contact: told of a bonus about to end")                            \
    REACH(REACH_NOTICE_OF_OTHERS, "contact: told what the ledger, payment or autopay said")        \
    REACH(REACH_ENDED, "process that ended in order")                                              \
    REACH(REACH_ACT, "act issued")                                                                 \
    REACH(REACH_ACT_LATE, "act with late usage of a quarter before")                               \
    REACH(REACH_ACT_BONUS, "act of which a bonus paid a part")                                     \
    REACH(REACH_ACT_ADVANCE, "act that names an advance invoice")                                  \
    REACH(REACH_SECOND, "second payment: asked back by itself")                                    \
    REACH(REACH_SECOND_OTHER, "second payment: the state told was of the first one")               \
    REACH(REACH_SECOND_BACK, "second payment: went back")                                          \
    REACH(REACH_PAID_OUT, "settlement: payout of all that was due")                                \
    REACH(REACH_SETTLED_SHORT, "settlement: payout that was short")                                \
    REACH(REACH_SETTLED_BACK, "settlement: payout that came twice goes back")                      \
    REACH(REACH_SETTLED_ALL, "settlement: all that was paid out is settled")                       \
    /* Of runs about transfers alone; from here on */                                              \
    REACH(REACH_TRANSFER_MATCHED, "transfer matched")                                              \
    REACH(REACH_TRANSFER_SUSPENSE, "transfer in suspense")                                         \
    REACH(REACH_TRANSFER_KNOWN, "transfer sent again after it was received")                       \
    REACH(REACH_TRANSFER_EQUAL, "second of two equal transfers")                                   \
    REACH(REACH_TRANSFER_ALIKE, "transfer that may have come before")                              \
    REACH(REACH_TRANSFER_ASSIGNED, "transfer assigned by two")                                     \
    REACH(REACH_TRANSFER_BACK, "transfer that was nobody's")

typedef enum {
#define REACH(name, text) name,
    REACH_LIST(REACH)
#undef REACH
        REACH_COUNT
} reach_t;

extern const char *const reach_names[REACH_COUNT];
