#include "tools/tracing/openings.h"
#include "services/process/uuid7.h"
#include <stdio.h>

enum { ATTEMPTS_MAX = 200, ASK_MS = 300, LINK_MAX = 8000 };

// Only a lack of an answer is repeated: with the same id it is the same top-up.
static fail_t ask_link(uint32_t account, client_t *payment, driver_t *driver,
                       void (*tend)(void *arg), void *arg, char link[LINK_MAX + 1])
{
    request_t request = {.type = REQUEST_topup,
                         .id = uuid7_new(),
                         .topup = {.account = usage_account(account),
                                   .amount_rub = OPENING_RUB,
                                   .count_max = OPENING_COUNT_MAX}};
    fail_t fail = FAIL_TIMEOUT;
    for (int i = 0; i < ATTEMPTS_MAX && fail_retry(fail); i++) {
        answer_t answer;
        fail = client_ask(payment, &request, ASK_MS, &answer);
        if (!fail)
            fail = answer.fail;
        if (!fail && answer.topup.link.size > LINK_MAX)
            fail = FAIL_FULL;
        if (!fail) {
            memcpy(link, answer.topup.link.data, answer.topup.link.size);
            link[answer.topup.link.size] = '\0';
        } else {
            tend(arg);
            driver_tell(driver);
        }
    }
    return fail;
}

bool openings_make(const usage_t *usage, client_t *payment, driver_t *driver,
                   void (*tend)(void *arg), void *arg, char error[OPENINGS_ERROR_MAX])
{
    static char link[LINK_MAX + 1];
    for (uint32_t account = 0; account < USAGE_ACCOUNTS; account++) {
        if (!usage_has_account(usage, account))
            continue;
        fail_t fail = ask_link(account, payment, driver, tend, arg, link);
        if (fail) {
            snprintf(error, OPENINGS_ERROR_MAX, "top-up of account %u: %s", account,
                     fail_text(fail));
            return false;
        }
        long status = 0;
        const char *body;
        bool followed = driver_sim_get(driver_stand_in(driver), link, &status, &body);
        if (!followed || status / 100 > 3) {
            snprintf(error, OPENINGS_ERROR_MAX, "top-up of account %u: the pay page said %ld",
                     account, status);
            return false;
        }
        tend(arg);
    }
    return true;
}
