#include "services/metering/metering_tariff.h"
#include <assert.h>

uint16_t tariff_rate(const tariffs_t *self, uint8_t kind, text_t code)
{
    for (uint16_t i = 0; i < self->codes_count; i++)
        if (text_equal((text_t){self->codes[i].text, self->codes[i].size}, code) &&
            self->codes[i].kind == kind)
            return (uint16_t)(i + 1);
    return 0;
}

uint16_t tariff_code(const tariffs_t *self, text_t code)
{
    return tariff_rate(self, 0, code);
}

void tariff_define_rate(tariffs_t *self, uint8_t kind, text_t code, kopecks_t price,
                        uint32_t included, instant_t effective)
{
    assert(self->versions_count < TARIFF_VERSIONS_MAX);
    assert(code.size > 0 && code.size <= TARIFF_CODE_MAX);
    uint16_t number = tariff_rate(self, kind, code);
    uint16_t version = ++self->versions_count;
    if (!number) {
        number = ++self->codes_count;
        tariff_code_t *row = &self->codes[number - 1];
        memcpy(row->text, code.data, code.size);
        row->size = (uint8_t)code.size;
        row->kind = kind;
        row->first = version;
    } else
        self->versions[self->codes[number - 1].last - 1].next = version;
    self->codes[number - 1].last = version;
    self->versions[version - 1] = (tariff_version_t){
        .price = price, .effective = effective, .code = number, .included = included};
}

void tariff_define(tariffs_t *self, text_t code, kopecks_t price, instant_t effective)
{
    tariff_define_rate(self, 0, code, price, 0, effective);
}

void tariff_withdraw(tariffs_t *self, uint16_t version)
{
    assert(version > 0 && version <= self->versions_count);
    self->versions[version - 1].effective = INT64_MAX;
}

uint16_t tariff_at(const tariffs_t *self, uint16_t code, instant_t minute)
{
    assert(code > 0 && code <= self->codes_count);
    uint16_t best = 0;
    for (uint16_t v = self->codes[code - 1].first; v; v = self->versions[v - 1].next)
        if (self->versions[v - 1].effective <= minute &&
            (!best || self->versions[v - 1].effective >= self->versions[best - 1].effective))
            best = v;
    return best;
}

instant_t tariff_next(const tariffs_t *self, uint16_t code, instant_t after)
{
    assert(code > 0 && code <= self->codes_count);
    instant_t next = INT64_MAX;
    for (uint16_t v = self->codes[code - 1].first; v; v = self->versions[v - 1].next)
        if (self->versions[v - 1].effective > after && self->versions[v - 1].effective < next)
            next = self->versions[v - 1].effective;
    return next;
}

text_t tariff_text(const tariffs_t *self, uint16_t version)
{
    const tariff_code_t *code = &self->codes[self->versions[version - 1].code - 1];
    return (text_t){code->text, code->size};
}
