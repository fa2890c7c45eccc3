// What autopay's state is made of, for who saves or loads it (services/base/walk.h). The view is
// empty when a journal has been replayed; of the agenda there are those to be judged, in their
// order: alarms are set by judgements, of which a replay has none.
#include "services/autopay/autopay_state.h"
#include <assert.h>

WALK_ROW(autopay_account_t)
WALK_ROW(autopay_policy_t)

static void walk_agenda(autopay_agenda_t *self, walk_t *walk)
{
    uint32_t count = self->count - self->next;
    assert(walk->kind != WALK_SAVE || (!self->alarms.count && !self->credits.count &&
                                       !self->waiting && !self->next && !self->kept));
    WALK(walk, count);
    for (uint32_t i = 0; i < count && !walk->fail && walk->kind != WALK_SHAPE; i++) {
        uint32_t number = walk_loads(walk) ? 0 : self->queue[self->next + i];
        walk_value(walk, "number", &number, sizeof number);
        if (walk_loads(walk) && !walk->fail)
            autopay_agenda_touch(self, number);
    }
}

static void walk_months(autopay_state_t *self, walk_t *walk)
{
    WALK(walk, self->months_count);
    walk_pass(walk, &self->months_count + 1, sizeof self->months_count); // padding; see WALK_ROW
    if (walk_loads(walk) && self->months_count > MONTHS_MAX)
        walk->fail = FAIL_CORRUPT;
    if (!walk->fail)
        walk_rows(walk, "months", self->months, sizeof self->months[0], self->months_count, NULL);
    WALK_PASS(walk, self->months); // those that have not begun
}

void autopay_state_walk(void *state, walk_t *walk)
{
    autopay_state_t *self = state;
    table_walk(&self->accounts, walk, walk_clear_autopay_account_t);
    WALK_STRUCT(walk, autopay_policy_t, self->policy);
    walk_months(self, walk);
    table_walk(&self->counted, walk, NULL);
    WALK(walk, self->live);
    WALK(walk, self->in_flight);
    WALK(walk, self->suspended);
    WALK_PASS(walk, self->view);
    walk_agenda(self->agenda, walk);
    WALK_PASS(walk, self->agenda);
    WALK_WHOLE(walk, autopay_state_t, self);
}
