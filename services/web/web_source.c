#include "services/web/web_source.h"

bool web_source_address(const web_source_t *self, const struct sockaddr *peer, const char *real_ip,
                        address_t *ret_address)
{
    address_t address;
    if (!address_of_peer(peer, &address))
        return false;
    if (real_ip && self->has_proxy && address_equal(&address, &self->proxy) &&
        !address_read(real_ip, &address))
        return false;
    *ret_address = address;
    return true;
}

bool web_source_may_notify(const web_source_t *self, const struct sockaddr *peer,
                           const char *real_ip)
{
    address_t address;
    return self->allowed.count == 0 || (web_source_address(self, peer, real_ip, &address) &&
                                        address_list_has(&self->allowed, &address));
}
