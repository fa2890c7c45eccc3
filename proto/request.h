#pragma once
// request - what people, services and the other processes ask of a process, and its answers; made
// from proto/requests.def.
//
// On the wire a request is [1, type, number, id, fields...]: `number` is the asker's and comes
// back; `id` is the command's UUIDv7 as bin 16, or nil for queries and controls, or [id,
// access token] where a face speaks for a customer (docs/rules.md "Who speaks for a customer"). An
// answer is [1, number, fail, sequence, detail, fields...]: `sequence` is the process's last
// applied one, `detail` a text that names what was wrong, fields only when fail is 0.
// Ownership: slices borrow from the decoded buffer. Failures: FAIL_INVALID, FAIL_VERSION.
#include "proto/fail.h"
#include "proto/field.h"

enum {
    PROTOCOL_VERSION = 1,
    REQUEST_FIELDS_MAX = 32,
    REQUEST_DETAIL_SIZE = 384,
    REQUEST_SECRET_BYTES = 512 // the other fields of a request with a secret
};

// One role per certificate, ROLE_METERING and so on; a request names the set that may send it.
// ROLE_CUSTOMER is no certificate's: a face has it beside its own for a request that carries a
// customer's access token, and for his own account alone.
typedef enum {
    ROLE_NONE = 0,
#define HOLDER(name, NAME, role, ...) ROLE_##NAME = 1 << (role),
#include "proto/services.def"
    ROLE_CUSTOMER = 1 << 30
} role_t;
enum {
    ROLE_ANY = 0
#define HOLDER(name, NAME, role, ...) | ROLE_##NAME
#include "proto/services.def"
    ,
    ROLE_OURS = 0
#define SERVICE(name, NAME, role, ...) | ROLE_##NAME
#define FACE(name, NAME, role, ...) | ROLE_##NAME
#include "proto/services.def"
    ,
    ROLE_FACES = 0
#define FACE(name, NAME, role, ...) | ROLE_##NAME
#include "proto/services.def"
    ,
    ROLE_KEEPERS = 0
#define SERVICE(name, NAME, role, ...) | ROLE_##NAME
#include "proto/services.def"
    ,
    // Whole streams and tables; an importer those of the one process that lets him in.
    ROLE_SERVICES = ROLE_KEEPERS | ROLE_AUDITOR | ROLE_OPERATOR | ROLE_IMPORTER,
    // Single records of anybody.
    ROLE_SINGLE = ROLE_SERVICES | ROLE_SERVICE | ROLE_BACKEND | ROLE_API,
    ROLE_READERS = ROLE_SINGLE | ROLE_CUSTOMER, // and a customer his own
    // Who may act for a customer.
    ROLE_PAYERS = ROLE_CUSTOMER | ROLE_BACKEND | ROLE_API | ROLE_OPERATOR,
    ROLE_POSTERS = ROLE_OPERATOR | ROLE_IMPORTER // who may post
};
role_t role_parse(const char *name); // ROLE_NONE if there is no such role
const char *role_name(role_t role);

typedef enum { REQUEST_COMMAND, REQUEST_QUERY, REQUEST_CONTROL } request_kind_t;

#define REQUEST(number, name, wire_name, kind, roles, meaning) typedef struct {
#define FIELD(type, name, meaning) FIELD_##type name;
#define ANSWER(name)                                                                               \
    char end_;                                                                                     \
    }                                                                                              \
    request_##name##_t;                                                                            \
    typedef struct {
#define REQUEST_END(name)                                                                          \
    char end_;                                                                                     \
    }                                                                                              \
    answer_##name##_t;
#include "proto/requests.def"

typedef enum {
    REQUEST_NONE = 0,
#define REQUEST(number, name, wire_name, kind, roles, meaning) REQUEST_##name = number,
#define FIELD(type, name, meaning)
#define ANSWER(name)
#define REQUEST_END(name)
#include "proto/requests.def"
} request_type_t;

typedef struct {
    request_type_t type;
    uint64_t number;
    uid_t16 id;          // zero for queries and controls
    text_t access_token; // of the customer who asks; empty if none does
    union {
#define REQUEST(number, name, wire_name, kind, roles, meaning) request_##name##_t name;
#define FIELD(type, name, meaning)
#define ANSWER(name)
#define REQUEST_END(name)
#include "proto/requests.def"
    };
} request_t;

typedef struct {
    request_type_t type;
    uint64_t number;
    fail_t fail;
    uint64_t sequence;
    text_t detail;
    union {
#define REQUEST(number, name, wire_name, kind, roles, meaning) answer_##name##_t name;
#define FIELD(type, name, meaning)
#define ANSWER(name)
#define REQUEST_END(name)
#include "proto/requests.def"
    };
} answer_t;

typedef struct {
    request_type_t type;
    const char *name, *meaning;
    request_kind_t kind;
    unsigned roles;
    const field_t *(*fields)(void);
    size_t fields_count;
    const field_t *(*answer_fields)(void);
    size_t answer_count;
} request_info_t;

const request_info_t *request_info(request_type_t type); // NULL if unknown
const request_info_t *request_info_at(size_t index);

// The account that a request names in its field `account`; NULL if it names none.
const uid_t16 *request_account(const request_t *self);

// Why the command is sent, if it can say (a field of the family `reason`); else REASON_NONE.
uint64_t request_reason(const request_t *self);

// Encoders return the number of bytes, 0 if cap is too small. Decoders leave *ret alone on failure,
// but for the number, which is set as soon as it was read (so that a refusal can be answered).
size_t request_encode(const request_t *self, void *out, size_t cap);
// FAIL_INVALID too for a code that is not of its field's family (one that was left out is 0). Then
// ret_detail, of REQUEST_DETAIL_SIZE bytes or NULL, says "why: expected 1 customer, 2 replaced, …";
// in all other cases it is empty.
fail_t request_decode(const void *data, size_t size, request_t *ret_request, char *ret_detail);
size_t answer_encode(const answer_t *self, void *out, size_t cap);
// The answer's type is not on the wire: the asker knows what it asked under this number.
fail_t answer_decode(const void *data, size_t size, request_type_t type, answer_t *ret_answer);

// The hash by which a repeated command is compared: SHA-256 over type and fields as sent (not over
// number, id and access token, and not over secrets), cut to 16 bytes. `data` is the encoded
// request. FAIL_INVALID too for one with a secret whose other fields are longer than
// REQUEST_SECRET_BYTES.
fail_t request_content(const void *data, size_t size, uid_t16 *ret_content);
