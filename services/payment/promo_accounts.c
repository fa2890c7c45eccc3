#include "services/payment/promo_accounts.h"
#include "proto/posting.h"

typedef struct {
    uid_t16 key;
    instant_t opened;
} noted_t;

void promo_accounts_init(promo_accounts_t *self)
{
    *self = (promo_accounts_t){0};
    table_init(&self->rows, sizeof(noted_t));
}

void promo_accounts_release(promo_accounts_t *self)
{
    table_release(&self->rows);
}

WALK_ROW(noted_t)

void promo_accounts_walk(promo_accounts_t *self, walk_t *walk)
{
    table_walk(&self->rows, walk, walk_clear_noted_t);
    WALK(walk, self->last);
    WALK_WHOLE(walk, promo_accounts_t, self);
}

void promo_accounts_apply(promo_accounts_t *self, const event_account_noted_t *noted)
{
    if (promo_accounts_knows(self, &noted->account))
        return;
    uint32_t row = table_insert(&self->rows, &noted->account);
    ((noted_t *)table_row(&self->rows, row))->opened = noted->opened;
    self->last = noted->number > self->last ? noted->number : self->last;
}

bool promo_accounts_knows(const promo_accounts_t *self, const uid_t16 *account)
{
    return table_find(&self->rows, account) != TABLE_NONE;
}

instant_t promo_accounts_opened(const promo_accounts_t *self, const uid_t16 *account, instant_t now)
{
    uint32_t row = table_find(&self->rows, account);
    if (row != TABLE_NONE)
        return ((const noted_t *)table_row(&self->rows, row))->opened;
    bool all = !self->last || table_used(&self->rows) >= self->last - SYSTEM_END + 1;
    return all ? now : INT64_MIN;
}
