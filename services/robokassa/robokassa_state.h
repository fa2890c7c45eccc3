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
#include "proto/codes.h"
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

typedef struct {
    int result_code; // robokassa_result_t of proto/codes.def
    bool has_state, has_sum, has_op_key, has_shp;
    int state_code; // robokassa_stage_t
    kopecks_t sum;
    char op_key[ROBOKASSA_OP_KEY_MAX + 1];
    char shp[ROBOKASSA_STATE_TEXT_MAX + 1]; // as received: an escaped value stays escaped
} robokassa_state_t;

// Reads an answer; `shp_name` is the Shp_ field whose value is wanted, in its exact spelling.
bool robokassa_state_read(const char *xml, size_t size, span_t shp_name,
                          robokassa_state_t *ret_state);
