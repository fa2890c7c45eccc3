#pragma once
// given_back - what each event of the ledger was for, told to a visitor with the event. What caused
// a charge says so itself; usage that is given back is noted first (credit.noted, which metering
// caused), posted later, and credit.made says of which note the postings before it were. Between
// posting and credit.made may stand what came of the posting, as that the account is restored.
//
// So a posting that gives back is kept until its credit.made comes; events between pass it by, and
// nothing else is out of order.
//
// Services: codes of resource_kind, 0 if nobody knows. Ownership: release frees; events that are
// kept are copies without texts and bytes, of which such postings have none. Ends the process by
// assert when memory is out. Threads: one. Source: docs/rules.md "Given back".
#include "proto/event.h"

// False ends the reading.
typedef bool given_back_visit_fn(void *arg, uint64_t sequence, const event_t *event,
                                 uint64_t service);

enum { GIVEN_BACK_MAX = 2 }; // postings of one credit: cash and bonus

typedef struct {
    given_back_visit_fn *visit;
    void *arg;
    struct given_back_note *noted;
    size_t noted_count, noted_room;
    struct {
        uint64_t sequence;
        event_t event;
    } held[GIVEN_BACK_MAX];
    size_t held_count;
} given_back_t;

void given_back_init(given_back_t *self, given_back_visit_fn *visit, void *arg);
void given_back_release(given_back_t *self);
// `service` is that of the event's cause in metering, 0 if it has none. False once a visit was.
bool given_back_feed(given_back_t *self, uint64_t sequence, const event_t *event, uint64_t service);
bool given_back_end(given_back_t *self); // visits what is still kept
