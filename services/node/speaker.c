#include "services/node/speaker.h"

static fail_t refuse_speaker(const char **ret_detail, fail_t fail, const char *why)
{
    *ret_detail = why;
    return fail;
}

fail_t speaker_of(speaker_judge_fn *judge, void *arg, instant_t wall, role_t role,
                  const request_t *request, speaker_t *ret_speaker, const char **ret_detail)
{
    *ret_speaker = (speaker_t){.role = role};
    if (!request->access_token.size)
        return FAIL_NONE;
    if (!(role & ROLE_FACES))
        return refuse_speaker(ret_detail, FAIL_DENIED, "an access token is for a face to show");
    if (!judge)
        return refuse_speaker(ret_detail, FAIL_DENIED, "nobody may speak for a customer here");
    customer_t *customer = &ret_speaker->customer;
    fail_t fail = judge(arg, request->access_token, wall, customer, ret_detail);
    if (fail)
        return fail;
    bool command = request_info(request->type)->kind == REQUEST_COMMAND;
    if (command ? !customer->pays : !customer->reads)
        return refuse_speaker(ret_detail, FAIL_DENIED,
                              command ? "access token: scope: expected pay"
                                      : "access token: scope: expected read");
    const uid_t16 *account = request_account(request);
    if (account && !uid_equal(account, &customer->account))
        return refuse_speaker(ret_detail, FAIL_UNKNOWN_ACCOUNT, NULL);
    ret_speaker->role |= ROLE_CUSTOMER;
    ret_speaker->for_customer = true;
    return FAIL_NONE;
}

const uid_t16 *speaker_owner(const speaker_t *self)
{
    return self->for_customer ? &self->customer.account : NULL;
}
