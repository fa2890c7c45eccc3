#pragma once
// robokassa - what we say to Robokassa and what it answers at once: the link a payer is sent to,
// the charge of a saved card, the question what became of an invoice. Strings in, strings out.
//
// What Robokassa tells us on its own is robokassa_notice; its answer to a charge is
// robokassa_answer, and to the question robokassa_state.
//
// Units      Kopecks; texts are UTF-8.
// Ownership  Everything is borrowed for the call; results go to the caller's buffer. Passwords are
//            read in place and never copied.
// Failures   A size of 0: the request breaks a rule of the protocol or does not fit the buffer.
// Threads    Any.
// Source     docs.robokassa.ru pay-interface, recurring, xml-interfaces. Signed fields keep the
//            bytes they are signed with: the server hashes each value after one decoding.
#include "services/robokassa/robokassa_base.h"
#include "services/robokassa/robokassa_number.h"

enum {
    ROBOKASSA_DESCRIPTION_MAX = 100, // characters
    ROBOKASSA_SHP_SIZE_MAX = 2048,   // all names and values together
    ROBOKASSA_PASSWORD_MIN = 8,      // characters; ours, the protocol sets none
    ROBOKASSA_REQUEST_MAX = 65536,   // a buffer of this size takes all requests of ours
};
#define ROBOKASSA_INVOICE_ABSENT INT64_C(-1) // Robokassa assigns a number; so it does for a sent 0

typedef struct {
    span_t login;
    span_t password1;       // signs what we send
    span_t password2;       // signs what Robokassa sends, and our questions
    span_t password2_other; // also accepted in notices while the password is changed
    digest_t digest;        // as the shop is set
    bool test;              // test payments and their passwords, instead of live ones
    // Where to; each may be any stand-in's. Only the first is read here, the others are for whoever
    // sends the bodies.
    span_t payment_url;   // .../Merchant/Index.aspx
    span_t recurring_url; // .../Merchant/Recurring
    span_t state_url;     // .../Merchant/WebService/Service.asmx/OpStateExt
} robokassa_shop_t;

// An absent text is one of size 0. The order of the first fields is the order they are signed in.
typedef struct {
    kopecks_t sum;
    int64_t invoice; // or ROBOKASSA_INVOICE_ABSENT
    span_t currency; // legacy
    span_t user_ip;  // legacy
    span_t receipt;  // escaped once (robokassa_receipt_escaped)
    bool hold;
    span_t result_url2;
    span_t success_url2, success_url2_method; // GET or POST; both or none
    span_t fail_url2, fail_url2_method;
    span_t token;            // OpKey of an earlier payment
    const form_field_t *shp; // Shp_ and lower-case letters or digits; the value escaped once
    size_t shp_count;
    // From here on unsigned: the payer can change them.
    bool recurring; // the payment becomes a parent: its card may be charged again
    span_t description, culture, email, expiration;
} robokassa_payment_t;

// A charge of the card that paid `previous_invoice`, which is always the parent itself, never a
// charge that followed it.
typedef struct {
    kopecks_t sum;
    int64_t invoice;
    int64_t previous_invoice;
    span_t description;
    span_t receipt; // escaped once
    const form_field_t *shp;
    size_t shp_count;
} robokassa_charge_t;

// False when the shop cannot work safely: no login, a password missing, too short to be one or used
// twice. (With password 1 equal to password 2 the payer's own redirect would prove a payment.)
bool robokassa_shop_is_safe(const robokassa_shop_t *shop);

// The fields of a payment as a form: a POST's body. It waits for its caller, the customer's page;
// payment answers with the link.
size_t robokassa_payment_body(const robokassa_shop_t *shop, const robokassa_payment_t *payment,
                              char *buffer, size_t buffer_size);

// The same behind the shop's payment address: a GET's link. Browsers cut long links, so a payment
// with a receipt is better posted.
size_t robokassa_payment_link(const robokassa_shop_t *shop, const robokassa_payment_t *payment,
                              char *buffer, size_t buffer_size);

// The body of a POST to .../Merchant/Recurring. Refused in test mode, which knows no charges.
size_t robokassa_charge_body(const robokassa_shop_t *shop, const robokassa_charge_t *charge,
                             char *buffer, size_t buffer_size);

// The body or query for .../Service.asmx/OpStateExt.
size_t robokassa_state_body(const robokassa_shop_t *shop, int64_t invoice, char *buffer,
                            size_t buffer_size);
