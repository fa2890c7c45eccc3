// What documents' state is made of, for who saves or loads it (services/base/walk.h).
#include "services/documents/documents_state.h"

WALK_ROW(documents_account_t)
WALK_ROW(documents_invoice_t)
WALK_ROW(documents_transfer_t)
WALK_ROW(documents_alike_t)
WALK_ROW(documents_advance_t)
WALK_ROW(documents_act_t)

void documents_state_walk(void *state, walk_t *walk)
{
    documents_state_t *self = state;
    table_walk(&self->accounts, walk, walk_clear_documents_account_t);
    table_walk(&self->invoices, walk, walk_clear_documents_invoice_t);
    table_walk(&self->transfers, walk, walk_clear_documents_transfer_t);
    table_walk(&self->alike, walk, walk_clear_documents_alike_t);
    table_walk(&self->advances, walk, walk_clear_documents_advance_t);
    table_walk(&self->acts, walk, walk_clear_documents_act_t);
    WALK(walk, self->open);
    WALK(walk, self->suspense);
    WALK(walk, self->open_count);
    WALK(walk, self->paid);
    WALK(walk, self->year);
    WALK(walk, self->serial);
    WALK(walk, self->act_last);
    WALK(walk, self->shipment_last);
    WALK(walk, self->epoch);
    WALK(walk, self->put_back);
    WALK_PASS(walk, self->settings);
    WALK_WHOLE(walk, documents_state_t, self);
}
