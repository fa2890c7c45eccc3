// Each core's state is walked whole: no field of it is forgotten by a snapshot.
#include "services/autopay/autopay_core.h"
#include "services/base/walk.h"
#include "services/documents/documents_core.h"
#include "services/ledger/ledger_core.h"
#include "services/metering/metering_core.h"
#include "services/notify/notify_core.h"
#include "services/payment/payment_core.h"
#include "tests/common/shop.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static void walk(const core_t *core, const void *settings)
{
    walk_t walk = {.kind = WALK_SHAPE};
    void *state = core->create(settings);
    core->walk(state, &walk);
    if (walk.missed)
        fail_msg("%s: byte %zu of %s is neither walked nor passed", core->name, walk.missed_at,
                 walk.missed);
    core->destroy(state);
}

static void no_field_of_a_state_is_forgotten(void **state)
{
    (void)state;
    payment_settings_t settings = shop_settings();
    walk(&metering_core, NULL);
    walk(&ledger_core, NULL);
    walk(&payment_core, &settings);
    walk(&autopay_core, NULL);
    walk(&documents_core, NULL);
    walk(&notify_core, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_field_of_a_state_is_forgotten)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
