#pragma once
// payment_contact - where an account's fiscal receipts go: an e-mail address or a telephone number
// (tag 1008). It lies in the side store under the account's key; here are its form, its row, and
// the few that are in hand because a receipt is being sent to them.
//
// A number is `+` and 11 to 15 digits, without blanks. Example: anna.k+bills@mail.example,
// +79990000001.
//
// What is in hand is no part of the fold: a contact is recalled when a receipt is to be sent,
// stays until that was answered, and is wiped then, or when the account has another one.
//
// Ownership: texts are borrowed; those in hand are copies. Failures: false. Threads: one.
// Source: docs/rules.md "Whom receipts go to".
#include "proto/core.h"
#include "services/base/mail_address.h"

enum {
    PAYMENT_CONTACT_ROW = SIDE_KIND_FIRST, // its kind
    PAYMENT_CONTACT_ROW_MAX = MAIL_ADDRESS_MAX + 16,
    PAYMENT_CONTACTS_MAX = DUE_RECALLS_MAX, // in hand
};

bool payment_contact_is_phone(text_t contact);
bool payment_contact_is_good(text_t contact);
size_t payment_contact_write(text_t contact, uint8_t out[PAYMENT_CONTACT_ROW_MAX]);
// Among the rows of a recall. False if it is not there, or not readable.
bool payment_contact_find(const recalled_t *recalled, text_t *ret_contact);

typedef struct {
    struct {
        uint64_t key; // of the request that it is for; 0: the place is free
        uint32_t account, size;
        char text[MAIL_ADDRESS_MAX];
    } held[PAYMENT_CONTACTS_MAX];
} payment_contacts_t;

size_t payment_contacts_room(const payment_contacts_t *self); // free places
bool payment_contacts_have(const payment_contacts_t *self, uint64_t key, text_t *ret_contact);
// An empty one too, which says that none can be read. Without room it is dropped.
void payment_contacts_take(payment_contacts_t *self, uint64_t key, uint32_t account,
                           text_t contact);
void payment_contacts_drop(payment_contacts_t *self, uint64_t key);
void payment_contacts_drop_of(payment_contacts_t *self, uint32_t account);
