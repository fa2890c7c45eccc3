#include "proto/posting.h"

static const uid_t16 system_base = {{0, 0, 0, 0, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 0}};

uid_t16 posting_system_id(uint64_t number)
{
    uid_t16 id = system_base;
    id.bytes[15] = (uint8_t)number;
    return id;
}

uint64_t posting_system_number(const uid_t16 *id)
{
    if (memcmp(id->bytes, system_base.bytes, 15) != 0 || id->bytes[15] >= SYSTEM_END)
        return 0;
    return id->bytes[15];
}

const char *posting_system_title(uint64_t number)
{
    switch (number) {
#define SYSTEM(name, value, title)                                                                 \
    case value:                                                                                    \
        return title;
        SYSTEM_LIST(SYSTEM)
#undef SYSTEM
    }
    return NULL;
}

const char *posting_kind_title(uint64_t kind)
{
    switch (kind) {
#define POSTING(name, number, wallet, title)                                                       \
    case number:                                                                                   \
        return title;
        POSTING_LIST(POSTING)
#undef POSTING
    }
    return NULL;
}

wallet_t posting_wallet(uint64_t kind)
{
    switch (kind) {
#define POSTING(name, number, wallet, title)                                                       \
    case number:                                                                                   \
        return wallet;
        POSTING_LIST(POSTING)
#undef POSTING
    }
    return WALLET_NONE;
}
