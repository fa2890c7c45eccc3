// The commands: what the platform's programs do for an account. `Idempotency-Key` is the command's
// id, so a repeat has its first answer again.
#include "services/api/api_call.h"
#include "proto/codes.h"

static bool read_key(api_call_t *self, uid_t16 *ret_id)
{
    static const char expected[] = "expected a UUIDv7";
    char text[UID_TEXT_SIZE];
    const char *key = self->visit->head.idempotency_key;
    if (!key)
        return !api_problem(self, 400, "idempotency", "a command needs Idempotency-Key",
                            "Idempotency-Key");
    size_t quote = *key == '"', size = strlen(key); // a quoted string, as the draft has it; or bare
    if (size != UID_TEXT_SIZE - 1 + 2 * quote || (quote && key[size - 1] != '"'))
        return !api_problem(self, 400, "idempotency", expected, "Idempotency-Key");
    memcpy(text, key + quote, UID_TEXT_SIZE - 1);
    text[UID_TEXT_SIZE - 1] = '\0';
    if (!uid_parse(text, ret_id) || ret_id->bytes[6] >> 4 != 7)
        return !api_problem(self, 400, "idempotency", expected, "Idempotency-Key");
    return true;
}

// What a customer's own back end may say is that he said it.
static void fill_in(request_t *request)
{
    if (request->type == REQUEST_revoke)
        request->revoke.why = REVOKE_CUSTOMER;
    if (request->type == REQUEST_autopay_resume)
        request->autopay_resume.why = RESUMED_BY_CUSTOMER;
}

bool api_step_command(api_call_t *self)
{
    uid_t16 id;
    if (self->visit->round == 0) {
        if (!read_key(self, &id))
            return true;
        request_t *request =
            api_ask(self, self->operation->door, self->operation->request, API_COMMAND_MS);
        request->id = id;
        fill_in(request);
        return false;
    }
    const answer_t *answer = visit_answer(self->visit, 0);
    if (!answer)
        return api_problem_asked(self, 0);
    const request_info_t *info = request_info(self->operation->request);
    return api_show(self, 200,
                    api_json_object(info->answer_fields(), info->answer_count, &answer->status,
                                    self->operation->left_out));
}
