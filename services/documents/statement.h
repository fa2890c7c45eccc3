#pragma once
// statement - a bank's statement as it was read: accounts, sections with their totals, documents in
// the order in which they stand; or why it is refused, whole (docs/rules.md "Statements").
//
// Two formats are read: 1CClientBankExchange, which Russian banks write, and CSV of our own
// (services/documents/statement_csv.h). What the file says of itself is not believed: the encoding
// comes from the bytes, the direction from the own accounts, completeness from the totals.
//
// Units      Kopecks; days as in day.h. Ordinals count from 0, lines from 1.
// Memory     At most STATEMENT_BYTES_MAX are read; what is kept is at most ten times that.
// Ownership  All texts borrow from the statement, which copies what it was read from.
// Failures   statement_read: false, and `refusal` says which rule, in which line, and what was
//            expected. Texts of people (names, purposes) are in no refusal. Threads: one a
//            statement.
#include "proto/digest.h"
#include "proto/money.h"
#include "proto/span.h"
#include "services/documents/day.h"

enum {
    STATEMENT_BYTES_MAX = 8 * 1024 * 1024,
    STATEMENT_DOCUMENTS_MAX = 65536,
    STATEMENT_SECTIONS_MAX = 4096,
    STATEMENT_ACCOUNTS_MAX = 64, // of a file, and own ones
    STATEMENT_KEYS_MAX = 256,    // of a section
    STATEMENT_WARNINGS_MAX = 64, // what comes after is not said
    STATEMENT_TEXT_MAX = 256,    // of a refusal
};

// REFUSAL(enumerator, name, what it means)
#define STATEMENT_REFUSALS(REFUSAL)                                                                \
    REFUSAL(STATEMENT_ACCEPTED, "", "")                                                            \
    REFUSAL(STATEMENT_TOO_LARGE, "STATEMENT_TOO_LARGE", "more of something than is read")          \
    REFUSAL(STATEMENT_FORMAT, "STATEMENT_FORMAT", "no statement, or one whose parts do not fit")   \
    REFUSAL(STATEMENT_ENCODING, "STATEMENT_ENCODING", "neither UTF-8, Windows-1251 nor CP866")     \
    REFUSAL(STATEMENT_UNFINISHED, "STATEMENT_UNFINISHED", "its end is missing")                    \
    REFUSAL(STATEMENT_REPEATED_KEY, "STATEMENT_REPEATED_KEY", "a key stands twice in a section")   \
    REFUSAL(STATEMENT_AMOUNT, "STATEMENT_AMOUNT", "a sum is no whole number of kopecks")           \
    REFUSAL(STATEMENT_DATE, "STATEMENT_DATE", "a date is none, or is missing")                     \
    REFUSAL(STATEMENT_NOT_OUR_ACCOUNT, "STATEMENT_NOT_OUR_ACCOUNT", "of an account not ours")      \
    REFUSAL(STATEMENT_TOTALS, "STATEMENT_TOTALS", "totals and documents do not agree")             \
    REFUSAL(STATEMENT_NO_TOTALS, "NO_TOTALS", "documents of a day that no totals cover")

typedef enum {
#define REFUSAL(enumerator, name, meaning) enumerator,
    STATEMENT_REFUSALS(REFUSAL)
#undef REFUSAL
        STATEMENT_REFUSALS_COUNT
} statement_refusal_t;

// WARNING(enumerator, name, what it means): the file is read all the same.
#define STATEMENT_WARNINGS(WARNING)                                                                \
    WARNING(WARN_ENCODING_DECLARED, "ENCODING_DECLARED", "the file names another encoding")        \
    WARNING(WARN_VERSION, "VERSION", "a version of the format that nobody has seen")               \
    WARNING(WARN_HEADER_DATES, "HEADER_DATES", "the header's interval ends before it begins")      \
    WARNING(WARN_LINE_IGNORED, "LINE_IGNORED", "a line that is no key and value")                  \
    WARNING(WARN_GAP, "GAP", "a section opens with another balance than the one before closed")    \
    WARNING(WARN_NO_TOTALS, "NO_TOTALS", "documents without totals, taken on an operator's word")  \
    WARNING(WARN_NOT_CLOSED, "NOT_CLOSED", "a day that was not over; read the file again later")

typedef enum {
#define WARNING(enumerator, name, meaning) enumerator,
    STATEMENT_WARNINGS(WARNING)
#undef WARNING
        STATEMENT_WARNINGS_COUNT
} statement_warning_t;

typedef enum { STATEMENT_UTF8, STATEMENT_WINDOWS_1251, STATEMENT_CP866 } statement_encoding_t;
typedef enum { STATEMENT_1C, STATEMENT_CSV } statement_format_t;
typedef enum { DIRECTION_IN, DIRECTION_OUT, DIRECTION_OWN } direction_t;

typedef struct {
    span_t account;    // what stands for it; the own one if it is ours
    span_t settlement; // the second place where 1C has it
    span_t inn;        // 10 or 12 digits, or absent
    span_t kpp, bic, name;
    day_t booked; // at this side, DAY_NONE if it is not said
} statement_party_t;

typedef struct {
    uint32_t line;       // where it begins
    span_t kind, number; // text: 0017, БА8170433
    span_t purpose;      // as printed, its pieces joined by one blank
    span_t plain;        // the same, each run of blanks made one
    kopecks_t amount;    // more than nought
    day_t day;           // its own
    day_t booked;        // what counts: by direction the side's day, else the other's, else its own
    direction_t direction;
    span_t own_account; // of an own transfer the payer's
    statement_party_t payer, receiver;
    uint32_t ordinal; // among equals of this file
    bool closed;      // its day was over when the file was made
} statement_document_t;

typedef struct {
    uint32_t line;
    span_t account;
    day_t from, to;
    kopecks_t opening, in, out, closing;
    bool has_opening, has_in, has_out, has_closing;
    bool covers; // what it says of its days was compared with the documents
} statement_section_t;

typedef struct {
    statement_format_t format;
    statement_encoding_t encoding;
    uint8_t sha256[DIGEST_SHA256_SIZE]; // of the bytes
    span_t sender;
    day_t created, from, to; // of the header; DAY_NONE if it does not say
    span_t accounts[STATEMENT_ACCOUNTS_MAX];
    size_t accounts_count;
    statement_section_t *sections;
    size_t sections_count, sections_cap;
    statement_document_t *documents;
    size_t documents_count, documents_cap;
    struct {
        statement_warning_t warning;
        uint32_t line; // 0 if it is of no line
    } warnings[STATEMENT_WARNINGS_MAX];
    size_t warnings_count;
    bool has_total; // CSV: the last row was compared
    statement_refusal_t refusal;
    uint32_t refusal_line;
    char refusal_text[STATEMENT_TEXT_MAX];
    char *text, *joined; // what the spans point into
    size_t text_size, joined_size;
} statement_t;

typedef struct {
    const span_t *own_accounts; // none: those that the file is about are taken for own ones
    size_t own_accounts_count;
    bool without_totals; // an operator's word for documents that no totals cover
    day_t today;         // days before it are closed, where the file does not say when it was made
} statement_terms_t;

void statement_release(statement_t *self);
// Reads a whole file. The statement is released by the caller in either case.
bool statement_read(statement_t *self, const void *bytes, size_t size,
                    const statement_terms_t *terms);

const char *statement_refusal_name(statement_refusal_t refusal);
const char *statement_refusal_meaning(statement_refusal_t refusal);
const char *statement_warning_name(statement_warning_t warning);
const char *statement_warning_meaning(statement_warning_t warning);
const char *direction_name(direction_t direction);
