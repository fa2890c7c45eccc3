#include "services/notify/notify_told.h"
#include "proto/codes.h"
#include <assert.h>

WALK_ROW(notify_told_account_t)

void notify_told_init(notify_told_t *self)
{
    table_init(&self->accounts, sizeof(notify_told_account_t));
}

void notify_told_release(notify_told_t *self)
{
    table_release(&self->accounts);
}

static notify_told_account_t *account_of(const notify_told_t *self, const uid_t16 *account)
{
    uint32_t number = table_find(&self->accounts, account);
    return number == TABLE_NONE ? NULL : table_row(&self->accounts, number);
}

const notify_told_row_t *notify_told(const notify_told_t *self, const uid_t16 *account, size_t nth)
{
    const notify_told_account_t *row = account_of(self, account);
    if (!row || nth >= TOLD_MAX || nth >= row->count)
        return NULL;
    return &row->rows[(row->count - 1 - nth) % TOLD_MAX];
}

// --- the fold ---

static void apply_queued(notify_told_t *self, const event_notice_queued_t *queued, instant_t at,
                         uint64_t sequence, uint8_t step)
{
    if (table_find(&self->accounts, &queued->account) == TABLE_NONE)
        (void)table_insert(&self->accounts, &queued->account);
    notify_told_account_t *row = account_of(self, &queued->account);
    assert(row);
    row->rows[row->count++ % TOLD_MAX] =
        (notify_told_row_t){.notice = sequence,
                            .queued = at,
                            .kind = (uint8_t)queued->kind,
                            .step = queued->kind == NOTICE_LADDER ? step : 0,
                            .to = (uint8_t)queued->to};
}

static void apply_tried(notify_told_t *self, const event_notice_tried_t *tried)
{
    notify_told_account_t *row = account_of(self, &tried->account);
    for (size_t i = 0; row && i < TOLD_MAX; i++)
        if (row->rows[i].notice == tried->notice && tried->contact < sizeof row->rows[i].came)
            row->rows[i].came[tried->contact] = (uint8_t)tried->delivery;
}

// Of who is erased nothing is said any more.
static void apply_erased(notify_told_t *self, const uid_t16 *account)
{
    uint32_t number = table_find(&self->accounts, account);
    if (number != TABLE_NONE)
        table_remove(&self->accounts, number);
}

void notify_told_apply(notify_told_t *self, const event_t *event, uint64_t sequence, uint8_t step)
{
    if (event->type == EVENT_notice_queued)
        apply_queued(self, &event->notice_queued, event->at, sequence, step);
    if (event->type == EVENT_notice_tried)
        apply_tried(self, &event->notice_tried);
    if (event->type == EVENT_contacts_erased)
        apply_erased(self, &event->contacts_erased.account);
}

void notify_told_walk(notify_told_t *self, walk_t *walk)
{
    table_walk(&self->accounts, walk, walk_clear_notify_told_account_t);
    WALK_WHOLE(walk, notify_told_t, self);
}
