#include "services/base/mail_address.h"
#include <string.h>

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool mail_address_is_host(text_t host)
{
    char before = '.';
    bool dotted = false;
    for (size_t i = 0; i < host.size; before = host.data[i++]) {
        bool edge = before == '.' || i + 1 == host.size || host.data[i + 1] == '.';
        bool inner = host.data[i] == '-' || host.data[i] == '.';
        if (!is_alnum(host.data[i]) && (edge || !inner))
            return false;
        dotted = dotted || host.data[i] == '.';
    }
    return host.size > 0 && host.size <= 253 && dotted;
}

static bool is_local(const char *local, size_t size)
{
    char before = '.';
    for (size_t i = 0; i < size; before = local[i++])
        if (!is_alnum(local[i]) && !(local[i] && strchr("!#$%&'*+-/=?^_`{|}~", local[i])) &&
            !(local[i] == '.' && before != '.'))
            return false;
    return size > 0 && size <= 64 && before != '.';
}

bool mail_address_is_good(text_t address)
{
    const char *at = address.size ? memchr(address.data, '@', address.size) : NULL;
    if (!at || address.size > MAIL_ADDRESS_MAX)
        return false;
    size_t local = (size_t)(at - address.data);
    return is_local(address.data, local) &&
           mail_address_is_host((text_t){at + 1, address.size - (uint32_t)local - 1});
}
