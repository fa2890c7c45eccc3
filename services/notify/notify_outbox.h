#pragma once
// notify_outbox - which contacts there are, and what is not delivered to them yet: a fold of the
// journal. What a contact is stands in the side store and never here.
//
// First tries of a contact go out in order, one at a time; what was not taken is tried again by the
// clock of its own and holds up nobody. E-mails, which one relay takes or does not, have a lane of
// their own. A contact that did not take the last one is doubtful, and
// its first tries stand behind those of others. Example: an endpoint is dead for an hour. Its five
// notices are tried one after the other, each again after 5 seconds and 5 minutes; in the places
// that are left to the undoubted, everybody else's go out at once.
//
// Numbers: of deliveries, from 0. Memory: about 300 bytes a contact's account, 130 a delivery; ends
// the process by assert when there is none. Failures: none. Threads: one.
// Source: docs/rules.md "Contacts", "Notices to contacts".
#include "proto/event.h"
#include "services/base/heap.h"
#include "services/base/table.h"

enum {
    CONTACT_KINDS = CONTACT_WEBHOOK, // from 1 on
    OUTBOX_WAITING_MAX = 256,        // of one contact: more is not queued
    OUTBOX_WANTS_KINDS = 16,         // bit n of wants is ladder_step n, or notice_kind n - 16
};

#define OUTBOX_BOTH_US DAY_US // that a webhook's secret before signs too

// To contacts that took their last one; to those that did not, and again; e-mails.
typedef enum { LANE_FRESH, LANE_AGAIN, LANE_MAIL, LANES } lane_t;

typedef struct {
    instant_t since; // of the last contact.set
    instant_t both;  // until when the secret before signs too, 0 if none does
    uint64_t wants;  // bits as above; 0 for all
    uid_t16 proof;
    uint32_t waiting;     // deliveries
    uint32_t first, last; // of those that were never tried, by number + 1; 0 for none
    uint8_t state, language;
    uint8_t row; // its kind in the side store
    bool doubtful;
} notify_contact_t;

typedef struct {
    uid_t16 account;
    notify_contact_t by[CONTACT_KINDS];
} notify_contacts_t;

typedef struct {
    uid_t16 key; // made of notice and contact
    uid_t16 account;
    uint64_t notice, of; // sequences: of the notice.queued and what it tells, 0 for nothing
    instant_t queued, first, next;
    uint32_t after; // in its contact's list of those never tried, by number + 1
    uint32_t tries;
    uint8_t contact, about; // contact_kind, notice_kind
} notify_delivery_t;

typedef struct {
    table_t contacts, deliveries;
    // Those whose turn it is, by instant. A delivery that is under way is in none of them: that is
    // no part of the fold.
    heap_t lanes[LANES];
    heap_t oldest; // all, by when they were queued
    uint64_t on, off, delivered, given_up, mails;
    instant_t mail_failing; // since when the relay takes none, 0 while it does
} notify_outbox_t;

void notify_outbox_init(notify_outbox_t *self);
void notify_outbox_release(notify_outbox_t *self);
void notify_outbox_apply(notify_outbox_t *self, const event_t *event, uint64_t sequence);

const notify_contacts_t *notify_contacts(const notify_outbox_t *self,
                                         const uid_t16 *account); // NULL if there are none
// By which contacts the account is told, as notice_queued.to has it: of a step that is said now; of
// what another journal said at that instant, which no contact hears that was set later.
uint64_t notify_outbox_to_step(const notify_outbox_t *self, const uid_t16 *account, uint64_t step);
uint64_t notify_outbox_to_heard(const notify_outbox_t *self, const uid_t16 *account, uint64_t kind,
                                instant_t at);
// NULL if nothing of that notice is to be delivered to that contact.
const notify_delivery_t *notify_outbox_find(const notify_outbox_t *self, uint64_t notice,
                                            uint64_t contact);
// What is kept of a contact's kind by an account's row.
static inline const notify_contact_t *notify_contact_of(const notify_contacts_t *row, uint64_t kind)
{
    return row && kind >= CONTACT_EMAIL && kind <= CONTACT_KINDS ? &row->by[kind - CONTACT_EMAIL]
                                                                 : NULL;
}
// Takes one whose turn it is out of its heap; TABLE_NONE if there is none.
uint32_t notify_outbox_take(notify_outbox_t *self, lane_t lane, instant_t now);
