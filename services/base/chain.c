#include "services/base/chain.h"

void chain_append(chain_t *self, chain_links_t links, uint32_t number)
{
    *chain_link(links, number) = (chain_link_t){.before = self->last};
    if (self->last)
        chain_link(links, self->last)->after = number;
    else
        self->first = number;
    self->last = number;
}

void chain_prepend(chain_t *self, chain_links_t links, uint32_t number)
{
    *chain_link(links, number) = (chain_link_t){.after = self->first};
    if (self->first)
        chain_link(links, self->first)->before = number;
    else
        self->last = number;
    self->first = number;
}

void chain_remove(chain_t *self, chain_links_t links, uint32_t number)
{
    chain_link_t *link = chain_link(links, number);
    if (link->before)
        chain_link(links, link->before)->after = link->after;
    else
        self->first = link->after;
    if (link->after)
        chain_link(links, link->after)->before = link->before;
    else
        self->last = link->before;
    *link = (chain_link_t){0};
}
