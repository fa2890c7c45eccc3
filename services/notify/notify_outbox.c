#include "services/notify/notify_outbox.h"
#include "proto/codes.h"
#include <assert.h>

void notify_outbox_init(notify_outbox_t *self)
{
    *self = (notify_outbox_t){0};
    table_init(&self->contacts, sizeof(notify_contacts_t));
    table_init(&self->deliveries, sizeof(notify_delivery_t));
}

void notify_outbox_release(notify_outbox_t *self)
{
    table_release(&self->contacts);
    table_release(&self->deliveries);
    for (size_t lane = 0; lane < LANES; lane++)
        heap_release(&self->lanes[lane]);
    heap_release(&self->oldest);
}

// --- what is asked ---

const notify_contacts_t *notify_contacts(const notify_outbox_t *self, const uid_t16 *account)
{
    uint32_t number = table_find(&self->contacts, account);
    return number == TABLE_NONE ? NULL : table_row(&self->contacts, number);
}

// `wants` of 0: whoever is there is told.
static uint64_t to_whom(const notify_outbox_t *self, const uid_t16 *account, uint64_t wants,
                        instant_t at)
{
    const notify_contacts_t *row = notify_contacts(self, account);
    uint64_t to = 0;
    for (uint64_t kind = CONTACT_EMAIL; row && kind <= CONTACT_KINDS; kind++) {
        const notify_contact_t *contact = notify_contact_of(row, kind);
        bool wanted = wants == 0 || contact->wants == 0 || contact->wants & wants;
        if (contact->state == CONTACT_IS_ON && wanted && contact->since <= at &&
            contact->waiting < OUTBOX_WAITING_MAX)
            to |= UINT64_C(1) << kind;
    }
    return to;
}

uint64_t notify_outbox_to_step(const notify_outbox_t *self, const uid_t16 *account, uint64_t step)
{
    return to_whom(self, account, UINT64_C(1) << step, INT64_MAX);
}

// A payment that is announced may be made only because of that: nobody chooses not to hear of it.
uint64_t notify_outbox_to_heard(const notify_outbox_t *self, const uid_t16 *account, uint64_t kind,
                                instant_t at)
{
    bool chosen = kind != NOTICE_PAYMENT_ANNOUNCED;
    return to_whom(self, account, chosen ? UINT64_C(1) << (OUTBOX_WANTS_KINDS + kind) : 0, at);
}

static uint32_t number_of(const notify_outbox_t *self, uint64_t notice, uint64_t contact)
{
    uid_t16 key = table_key(notice, contact);
    return table_find(&self->deliveries, &key);
}

const notify_delivery_t *notify_outbox_find(const notify_outbox_t *self, uint64_t notice,
                                            uint64_t contact)
{
    uint32_t number = number_of(self, notice, contact);
    return number == TABLE_NONE ? NULL : table_row(&self->deliveries, number);
}

uint32_t notify_outbox_take(notify_outbox_t *self, lane_t lane, instant_t now)
{
    uint32_t number = heap_take(&self->lanes[lane], now);
    return number == HEAP_NONE ? TABLE_NONE : number;
}

// --- the fold ---

static notify_delivery_t *delivery(const notify_outbox_t *self, uint32_t number)
{
    return table_row(&self->deliveries, number);
}

static notify_contact_t *contact_of(const notify_outbox_t *self, const uid_t16 *account,
                                    uint64_t kind)
{
    uint32_t number = table_find(&self->contacts, account);
    if (number == TABLE_NONE || kind < CONTACT_EMAIL || kind > CONTACT_KINDS)
        return NULL;
    return &((notify_contacts_t *)table_row(&self->contacts, number))->by[kind - 1];
}

// The first of those that were never tried has its turn.
static void offer(notify_outbox_t *self, const notify_contact_t *contact)
{
    if (!contact->first)
        return;
    uint32_t number = contact->first - 1;
    const notify_delivery_t *row = delivery(self, number);
    lane_t lane = row->contact == CONTACT_EMAIL ? LANE_MAIL
                  : contact->doubtful           ? LANE_AGAIN
                                                : LANE_FRESH;
    heap_set(&self->lanes[lane], number, row->next);
}

static void append(notify_outbox_t *self, notify_contact_t *contact, uint32_t number)
{
    if (contact->last)
        delivery(self, contact->last - 1)->after = number + 1;
    else
        contact->first = number + 1;
    contact->last = number + 1;
    contact->waiting++;
    self->mails += delivery(self, number)->contact == CONTACT_EMAIL;
    if (contact->first == contact->last)
        offer(self, contact);
}

// It was tried, or it goes away: the next one has its turn. Only the first is ever tried.
static void leave_list(notify_outbox_t *self, notify_contact_t *contact, uint32_t number)
{
    if (contact->first != number + 1)
        return;
    contact->first = delivery(self, number)->after;
    contact->last = contact->first ? contact->last : 0;
    offer(self, contact);
}

static void remove_delivery(notify_outbox_t *self, notify_contact_t *contact, uint32_t number)
{
    for (size_t lane = 0; lane < LANES; lane++)
        heap_remove(&self->lanes[lane], number);
    heap_remove(&self->oldest, number);
    leave_list(self, contact, number);
    contact->waiting--;
    self->mails -= delivery(self, number)->contact == CONTACT_EMAIL;
    table_remove(&self->deliveries, number);
}

// Nothing goes to an address that was put in another's place, or is gone.
static void drop_all(notify_outbox_t *self, const uid_t16 *account, uint64_t kind)
{
    notify_contact_t *contact = contact_of(self, account, kind);
    if (contact)
        contact->first = contact->last = 0;
    for (uint32_t i = 0; contact && contact->waiting && i < self->deliveries.count; i++)
        if (table_holds(&self->deliveries, i) && delivery(self, i)->contact == kind &&
            uid_equal(&delivery(self, i)->account, account))
            remove_delivery(self, contact, i);
}

static void set_state(notify_outbox_t *self, notify_contact_t *contact, uint8_t state)
{
    assert(contact);
    self->on -= contact->state == CONTACT_IS_ON;
    self->off -= contact->state > CONTACT_IS_ON;
    contact->state = state;
    self->on += state == CONTACT_IS_ON;
    self->off += state > CONTACT_IS_ON;
}

static void apply_set(notify_outbox_t *self, const event_contact_set_t *set, instant_t at)
{
    if (set->kind < CONTACT_EMAIL || set->kind > CONTACT_KINDS)
        return; // of a newer program
    if (table_find(&self->contacts, &set->account) == TABLE_NONE)
        (void)table_insert(&self->contacts, &set->account);
    drop_all(self, &set->account, set->kind);
    notify_contact_t *contact = contact_of(self, &set->account, set->kind);
    assert(contact);
    bool proves = !uid_is_zero(&set->proof), changed = contact->state == CONTACT_IS_ON;
    set_state(self, contact, proves ? CONTACT_IS_UNCONFIRMED : CONTACT_IS_ON);
    contact->both = changed && set->kind == CONTACT_WEBHOOK ? at + OUTBOX_BOTH_US : 0;
    contact->row = (uint8_t)(set->row ? set->row : set->kind);
    contact->since = at;
    contact->wants = set->wants;
    contact->proof = set->proof;
    contact->language = set->language == SAID_IN_ENGLISH;
    contact->doubtful = false;
}

static void apply_confirmed(notify_outbox_t *self, const event_contact_confirmed_t *confirmed)
{
    notify_contact_t *contact = contact_of(self, &confirmed->account, confirmed->kind);
    if (contact)
        set_state(self, contact, CONTACT_IS_ON);
}

static void apply_chosen(notify_outbox_t *self, const event_contact_chosen_t *chosen)
{
    notify_contact_t *contact = contact_of(self, &chosen->account, chosen->kind);
    if (!contact)
        return;
    contact->wants = chosen->wants;
    contact->language = chosen->language == SAID_IN_ENGLISH;
}

static void apply_off(notify_outbox_t *self, const event_contact_off_t *off)
{
    notify_contact_t *contact = contact_of(self, &off->account, off->kind);
    if (!contact)
        return;
    drop_all(self, &off->account, off->kind);
    set_state(self, contact,
              off->state == CONTACT_IS_BOUNCED ? CONTACT_IS_BOUNCED : CONTACT_IS_GONE);
}

static void apply_erased(notify_outbox_t *self, const uid_t16 *account)
{
    uint32_t number = table_find(&self->contacts, account);
    if (number == TABLE_NONE)
        return;
    for (uint64_t kind = CONTACT_EMAIL; kind <= CONTACT_KINDS; kind++) {
        drop_all(self, account, kind);
        set_state(self, contact_of(self, account, kind), CONTACT_IS_NONE);
    }
    table_remove(&self->contacts, number);
}

static void apply_queued(notify_outbox_t *self, const event_notice_queued_t *queued, instant_t at,
                         uint64_t sequence)
{
    for (uint64_t kind = CONTACT_EMAIL; kind <= CONTACT_KINDS; kind++) {
        notify_contact_t *contact = contact_of(self, &queued->account, kind);
        if (!contact || !(queued->to >> kind & 1))
            continue;
        uid_t16 key = table_key(sequence, kind);
        uint32_t number = table_insert(&self->deliveries, &key);
        notify_delivery_t *row = delivery(self, number);
        row->account = queued->account;
        row->notice = sequence;
        row->of = queued->back ? sequence - queued->back : 0;
        row->queued = row->next = at;
        row->contact = (uint8_t)kind;
        row->about = (uint8_t)queued->kind;
        heap_set(&self->oldest, number, at);
        append(self, contact, number);
    }
}

// Whom an e-mail goes to may be refused, or not now: then the relay is well.
static void hear_relay(notify_outbox_t *self, const event_notice_tried_t *tried, instant_t at)
{
    bool failed = tried->delivery == DELIVERY_AGAIN || tried->delivery == DELIVERY_GIVEN_UP;
    if (tried->delivery != DELIVERY_UNREADABLE)
        self->mail_failing = !failed ? 0 : self->mail_failing ? self->mail_failing : at;
}

static void apply_tried(notify_outbox_t *self, const event_notice_tried_t *tried, instant_t at)
{
    uint32_t number = number_of(self, tried->notice, tried->contact);
    notify_contact_t *contact = contact_of(self, &tried->account, tried->contact);
    if (number == TABLE_NONE || !contact)
        return;
    notify_delivery_t *row = delivery(self, number);
    bool mail = tried->contact == CONTACT_EMAIL;
    if (mail)
        hear_relay(self, tried, at);
    contact->doubtful = tried->delivery != DELIVERY_TAKEN;
    self->delivered += tried->delivery == DELIVERY_TAKEN;
    self->given_up += tried->delivery != DELIVERY_TAKEN && !tried->next;
    if (!tried->next) {
        remove_delivery(self, contact, number);
        return;
    }
    leave_list(self, contact, number);
    row->first = row->first ? row->first : at;
    row->tries = (uint32_t)tried->tries;
    row->next = tried->next;
    heap_remove(&self->lanes[LANE_FRESH], number);
    heap_set(&self->lanes[mail ? LANE_MAIL : LANE_AGAIN], number, row->next);
}

void notify_outbox_apply(notify_outbox_t *self, const event_t *event, uint64_t sequence)
{
    switch ((int)event->type) {
    case EVENT_contact_set:
        apply_set(self, &event->contact_set, event->at);
        break;
    case EVENT_contact_confirmed:
        apply_confirmed(self, &event->contact_confirmed);
        break;
    case EVENT_contact_chosen:
        apply_chosen(self, &event->contact_chosen);
        break;
    case EVENT_contact_off:
        apply_off(self, &event->contact_off);
        break;
    case EVENT_contacts_erased:
        apply_erased(self, &event->contacts_erased.account);
        break;
    case EVENT_notice_queued:
        apply_queued(self, &event->notice_queued, event->at, sequence);
        break;
    case EVENT_notice_tried:
        apply_tried(self, &event->notice_tried, event->at);
        break;
    default:
        break;
    }
}
