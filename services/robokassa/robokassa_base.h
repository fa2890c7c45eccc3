#pragma once
// robokassa_base - the string a Robokassa signature is the digest of, as a list of borrowed pieces:
// operands joined by ':'. It is never in one piece, so no buffer holds a password beside it.
//
// Ownership  Every operand must outlive the base.
// Threads    None.
// Source     Robokassa's documentation of the signature: absent operands vanish together with their
//            colon, Shp_ fields come last and sorted by name.
#include "proto/digest.h"
#include "proto/form.h"

enum {
    ROBOKASSA_OPERANDS_MAX = 16, // beside the Shp_ fields; a payment with every modifier has 14
    ROBOKASSA_BASE_PARTS_MAX = 2 * ROBOKASSA_OPERANDS_MAX + 4 * FORM_FIELDS_MAX,
};

typedef struct {
    digest_part_t parts[ROBOKASSA_BASE_PARTS_MAX];
    size_t parts_count;
} robokassa_base_t;

// Nobody says how Robokassa sorts names of mixed case, and libraries differ; for lower-case names
// the two orders are one.
typedef enum {
    ROBOKASSA_ORDER_BYTES,
    ROBOKASSA_ORDER_ANY_CASE,
    ROBOKASSA_ORDERS
} robokassa_order_t;

// Appends an operand; an empty one leaves its slot.
void robokassa_base_add(robokassa_base_t *self, span_t operand);

// Appends an operand unless it is absent.
void robokassa_base_add_present(robokassa_base_t *self, span_t operand);

// Appends those of the fields that are called Shp_..., in any case of the prefix, sorted.
void robokassa_base_add_shp(robokassa_base_t *self, const form_field_t *fields, size_t fields_count,
                            robokassa_order_t order);

bool robokassa_base_is_shp(span_t name);

// The signature as raw bytes; returns their count.
size_t robokassa_base_digest(const robokassa_base_t *self, digest_t digest,
                             uint8_t ret_digest[DIGEST_SIZE_MAX]);

// The signature as lower-case hex, in the caller's buffer.
span_t robokassa_base_sign(const robokassa_base_t *self, digest_t digest,
                           char ret_hex[DIGEST_HEX_MAX + 1]);
