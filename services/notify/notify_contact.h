#pragma once
// notify_contact - what lies in the side store of an account's contacts: an e-mail address with the
// code that confirms it, a webhook's URL with its secret. The forms of these, and the rows.
//
// An address is that of services/base/mail_address.h; a URL is https with a host name, without a
// user and without blanks. Example: anna.k+bills@mail.example, https://hooks.example/kopeck.
//
// Pure. Ownership: spans borrow; a row is written into the caller's buffer. Failures: false, 0.
// Source: docs/rules.md "Contacts"; RFC 3986.
#include "proto/core.h"

enum {
    CONTACT_URL_MAX = 1024,
    CONTACT_CODE_SIZE = 16, // symbols of Crockford's base32: 80 bits
    CONTACT_ROW_MAX = 2048,
};

// Kinds of rows: contact_kind, and a second place of webhooks. A webhook is put where the last one
// is not, so that this one's secret can sign too for a while.
enum { CONTACT_ROW_SECOND = CONTACT_WEBHOOK + 1 };

typedef struct {
    text_t address, key, code; // empty where there is none
    instant_t set;             // when; 0 in rows of before there were two
} contact_row_t;

bool contact_url_is_good(text_t url, bool http); // `http`: without TLS too, for tests
// The code that is sent, of fresh entropy; and its proof, which says nothing of it.
void contact_code_make(const uid_t16 *entropy, char ret_code[CONTACT_CODE_SIZE + 1]);
// As it was typed: blanks, hyphens and the case of letters do not count. The proof of another
// account's same code is another. False for what is no code.
bool contact_code_prove(text_t typed, const uid_t16 *account, uid_t16 *ret_proof);

size_t contact_row_write(const contact_row_t *row, uint8_t out[CONTACT_ROW_MAX]);
// Among the rows of a recall, that of a contact: of two the one that was set last, and the other.
// False if it is not there, or not readable.
bool contact_row_find(const recalled_t *recalled, uint64_t contact, contact_row_t *ret_row);
bool contact_row_before(const recalled_t *recalled, uint64_t contact, contact_row_t *ret_row);
