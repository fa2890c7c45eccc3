#pragma once
// metering_tariff - the versions of all tariffs, and which of them prices a minute.
//
// A code is what the platform calls a tariff; a version is a code's price from an instant on.
// Versions are numbered from 1 in order of definition, codes from 1 in order of their first
// version. The version of a minute m is the one with the latest effective <= m:00, of equal ones
// the one defined last (which corrects the other before it was ever valid).
// Memory: grows to TARIFF_VERSIONS_MAX; the text of a code stays where it is until release.
#include "proto/money.h"
#include "proto/types.h"

enum { TARIFF_VERSIONS_MAX = 1024, TARIFF_CODE_MAX = 32, TARIFF_TITLE_MAX = 128 };

typedef struct {
    kopecks_t price;     // for 720 hours of one replica
    instant_t effective; // INT64_MAX: it was withdrawn
    uint16_t code;       // number of its code
    uint16_t next;       // the code's next version in order of definition, 0 at the end
    uint32_t included;   // MiB that cost nothing; of files alone
} tariff_version_t;

typedef struct {
    char text[TARIFF_CODE_MAX];
    uint8_t size, kind;   // what a rate prices, 0 for a tariff: those of replicas' minutes
    uint16_t first, last; // versions
} tariff_code_t;

typedef struct {
    tariff_version_t versions[TARIFF_VERSIONS_MAX];
    tariff_code_t codes[TARIFF_VERSIONS_MAX];
    uint16_t versions_count, codes_count;
} tariffs_t;

// Adds the next version; code must be 1 to TARIFF_CODE_MAX bytes and there must be room.
void tariff_define(tariffs_t *self, text_t code, kopecks_t price, instant_t effective);

// The same for a rate, which is a price of files or tokens: one text may be a code of each kind.
void tariff_define_rate(tariffs_t *self, uint8_t kind, text_t code, kopecks_t price,
                        uint32_t included, instant_t effective);

// That version never begins, so it prices nothing: it has not begun yet.
void tariff_withdraw(tariffs_t *self, uint16_t version);

uint16_t tariff_code(const tariffs_t *self, text_t code);               // 0 if there is none
uint16_t tariff_rate(const tariffs_t *self, uint8_t kind, text_t code); // 0 if there is none
uint16_t tariff_at(const tariffs_t *self, uint16_t code,
                   instant_t minute); // 0 if none is valid yet
// When the next version of a code begins after that; INT64_MAX for never.
instant_t tariff_next(const tariffs_t *self, uint16_t code, instant_t after);
text_t tariff_text(const tariffs_t *self, uint16_t version); // its code

static inline const tariff_version_t *tariff_version(const tariffs_t *self, uint16_t version)
{
    return &self->versions[version - 1];
}
