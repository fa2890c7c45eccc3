#include "services/payment/payment_contact.h"
#include <assert.h>
#include <string.h>

enum { PHONE_DIGITS_MIN = 11, PHONE_DIGITS_MAX = 15, FIELDS = 1, FIELDS_MAX = 16 };

bool payment_contact_is_phone(text_t contact)
{
    if (contact.size < 1 + PHONE_DIGITS_MIN || contact.size > 1 + PHONE_DIGITS_MAX ||
        contact.data[0] != '+')
        return false;
    for (size_t i = 1; i < contact.size; i++)
        if (contact.data[i] < '0' || contact.data[i] > '9')
            return false;
    return true;
}

bool payment_contact_is_good(text_t contact)
{
    return payment_contact_is_phone(contact) || mail_address_is_good(contact);
}

size_t payment_contact_write(text_t contact, uint8_t out[PAYMENT_CONTACT_ROW_MAX])
{
    pack_t pack;
    pack_start(&pack, out, PAYMENT_CONTACT_ROW_MAX);
    pack_array(&pack, FIELDS);
    pack_text(&pack, contact);
    return pack_end(&pack);
}

// Fields of a later version stand behind these.
static bool read_row(bytes_t bytes, text_t *ret_contact)
{
    text_t contact = {0};
    wire_t wire;
    wire_start(&wire, bytes.data, bytes.size);
    if (wire_array(&wire, FIELDS_MAX) < FIELDS)
        return false;
    wire_text(&wire, &contact);
    if (wire.fail || !payment_contact_is_good(contact))
        return false;
    *ret_contact = contact;
    return true;
}

bool payment_contact_find(const recalled_t *recalled, text_t *ret_contact)
{
    for (size_t i = 0; !recalled->fail && i < recalled->rows_count; i++)
        if (recalled->rows[i].kind == PAYMENT_CONTACT_ROW)
            return read_row(recalled->rows[i].bytes, ret_contact);
    return false;
}

// --- in hand ---

static size_t place_of(const payment_contacts_t *self, uint64_t key)
{
    size_t i = 0;
    while (i < PAYMENT_CONTACTS_MAX && self->held[i].key != key)
        i++;
    return i;
}

size_t payment_contacts_room(const payment_contacts_t *self)
{
    size_t room = 0;
    for (size_t i = 0; i < PAYMENT_CONTACTS_MAX; i++)
        room += self->held[i].key == 0;
    return room;
}

bool payment_contacts_have(const payment_contacts_t *self, uint64_t key, text_t *ret_contact)
{
    size_t i = place_of(self, key);
    if (i == PAYMENT_CONTACTS_MAX)
        return false;
    *ret_contact = (text_t){self->held[i].text, self->held[i].size};
    return true;
}

void payment_contacts_take(payment_contacts_t *self, uint64_t key, uint32_t account, text_t contact)
{
    size_t i = place_of(self, key);
    i = i < PAYMENT_CONTACTS_MAX ? i : place_of(self, 0);
    if (i == PAYMENT_CONTACTS_MAX)
        return;
    assert(contact.size <= sizeof self->held[i].text);
    self->held[i].key = key;
    self->held[i].account = account;
    self->held[i].size = contact.size;
    if (contact.size)
        memcpy(self->held[i].text, contact.data, contact.size);
}

void payment_contacts_drop(payment_contacts_t *self, uint64_t key)
{
    size_t i = place_of(self, key);
    if (i < PAYMENT_CONTACTS_MAX)
        explicit_bzero(&self->held[i], sizeof self->held[i]);
}

void payment_contacts_drop_of(payment_contacts_t *self, uint32_t account)
{
    for (size_t i = 0; i < PAYMENT_CONTACTS_MAX; i++)
        if (self->held[i].key && self->held[i].account == account)
            explicit_bzero(&self->held[i], sizeof self->held[i]);
}
