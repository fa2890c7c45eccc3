#pragma once
// robokassa_state - Robokassa's answer to the question what became of an invoice (OpStateExt).
//
// The XML is a stranger's: no DOCTYPE and so no entity of its own, no deep nesting, no long text,
// no second value where one is meant. Namespaces are ignored, for there are two in use.
//
// Units      Kopecks.
// Ownership  The state holds copies.
// Failures   false: this is no answer to the question, and nothing follows from it.
// Threads    Any.
// Source     docs.robokassa.ru xml-interfaces.
#include "proto/money.h"
#include "proto/span.h"
#include <stdint.h>

enum {
    ROBOKASSA_STATE_SIZE_MAX = 65536,
    ROBOKASSA_STATE_DEPTH_MAX = 16,
    ROBOKASSA_STATE_FIELDS_MAX = 64, // Shp_ fields in one answer
    ROBOKASSA_STATE_TEXT_MAX = 2048, // bytes of a name or value that we read
    ROBOKASSA_OP_KEY_MAX = 64,
};

// Result/Code: whether there is an answer.
enum {
    ROBOKASSA_RESULT_OK = 0,
    ROBOKASSA_RESULT_SIGNATURE = 1,
    ROBOKASSA_RESULT_SHOP = 2,
    ROBOKASSA_RESULT_MISSING = 3, // no such operation, or none yet
    ROBOKASSA_RESULT_DOUBLE = 4,  // a test operation and a live one share the number
    ROBOKASSA_RESULT_INTERNAL = 1000,
};

// State/Code: how far the operation is.
enum {
    ROBOKASSA_STATE_STARTED = 5,
    ROBOKASSA_STATE_CANCELLED = 10, // no money came; support may yet change it
    ROBOKASSA_STATE_HELD = 20,
    ROBOKASSA_STATE_RECEIVED = 50, // will be 100 or 60
    ROBOKASSA_STATE_RETURNED = 60, // the money went back before it was credited
    ROBOKASSA_STATE_SUSPENDED = 80,
    ROBOKASSA_STATE_PAID = 100,
};

typedef struct {
    int result_code;
    bool has_state, has_sum, has_op_key, has_shp;
    int state_code;
    kopecks_t sum;
    char op_key[ROBOKASSA_OP_KEY_MAX + 1];
    char shp[ROBOKASSA_STATE_TEXT_MAX + 1]; // as received: an escaped value stays escaped
} robokassa_state_t;

// Reads an answer; `shp_name` is the Shp_ field whose value is wanted, in its exact spelling.
bool robokassa_state_read(const char *xml, size_t size, span_t shp_name,
                          robokassa_state_t *ret_state);
