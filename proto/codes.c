#include "proto/codes.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// A text that is left out compiles nowhere.
#define FAMILY(family, prefix, meaning)
#define CODE(name, number, english, russian)                                                       \
    static_assert(sizeof english > 1 && sizeof russian > 1, #name " lacks a text");
#define FAMILY_END(family)
#include "proto/codes.def"

#define FAMILY(family, prefix, meaning) static const code_t codes_of_##family[] = {
#define CODE(name, number, english, russian) {number, #name, english, russian},
#define FAMILY_END(family)                                                                         \
    }                                                                                              \
    ;
#include "proto/codes.def"

static const codes_info_t infos[CODES_END] = {
#define FAMILY(family, prefix, meaning)                                                            \
    [CODES_##family] = {#family, #prefix, meaning, codes_of_##family, CODES_COUNT_##family},
#define CODE(name, number, english, russian)
#define FAMILY_END(family)
#include "proto/codes.def"
};

const codes_info_t *codes_info(codes_family_t family)
{
    return family > CODES_NONE && family < CODES_END ? &infos[family] : NULL;
}

// Most families have no gaps, so a code stands as far behind the first one as its number says.
const code_t *codes_find(codes_family_t family, uint64_t number)
{
    const codes_info_t *info = codes_info(family);
    if (!info)
        return NULL;
    uint64_t place = number - info->codes[0].number;
    if (place < info->count && info->codes[place].number == number)
        return &info->codes[place];
    for (size_t i = 0; i < info->count; i++)
        if (info->codes[i].number == number)
            return &info->codes[i];
    return NULL;
}

const char *codes_name(codes_family_t family, uint64_t number)
{
    const code_t *code = codes_find(family, number);
    return code ? code->name + strlen(infos[family].prefix) : NULL;
}

const char *codes_text(codes_family_t family, uint64_t number)
{
    const code_t *code = codes_find(family, number);
    return code ? code->english : NULL;
}

void codes_list(codes_family_t family, char *out, size_t cap)
{
    const codes_info_t *info = codes_info(family);
    size_t used = 0;
    for (size_t i = 0; info && i < info->count && used < cap; i++)
        used += (size_t)snprintf(out + used, cap - used, "%s%" PRIu64 " %s", i ? ", " : "",
                                 info->codes[i].number, info->codes[i].english);
}
