#include "services/metering/metering_coming.h"

void coming_note(coming_t *self, const tariffs_t *tariffs, uint16_t version)
{
    uint16_t code = tariff_version(tariffs, version)->code;
    for (size_t i = 0; i < self->count; i++)
        if (self->codes[i] == code)
            return;
    if (self->count < COMING_MAX)
        self->codes[self->count++] = code;
}

static kopecks_t price_at(const tariffs_t *tariffs, uint16_t code, instant_t at)
{
    uint16_t version = tariff_at(tariffs, code, at);
    return version ? tariff_version(tariffs, version)->price : 0;
}

size_t coming_pack(const coming_t *self, const tariffs_t *tariffs, instant_t now, pack_t *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        uint16_t code = self->codes[i];
        kopecks_t before = price_at(tariffs, code, now);
        instant_t at = tariff_next(tariffs, code, now);
        while (at != INT64_MAX && price_at(tariffs, code, at) == before) // the same price anew
            at = tariff_next(tariffs, code, at);
        if (at == INT64_MAX)
            continue;
        const tariff_code_t *named = &tariffs->codes[code - 1];
        pack_array(rows, 5);
        pack_u64(rows, named->kind);
        pack_text(rows, (text_t){named->text, named->size});
        pack_i64(rows, at);
        pack_i64(rows, before);
        pack_i64(rows, price_at(tariffs, code, at));
        count++;
    }
    return count;
}
