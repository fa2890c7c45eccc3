#include "services/node/node_replies.h"
#include "services/node/node_batch.h"

void node_reply(node_t *self, door_t door, const peer_t *peer, answer_t *answer)
{
    uint8_t bytes[FRAME_SMALL_MAX];
    answer->sequence = self->head.last;
    size_t size = answer_encode(answer, bytes, sizeof bytes);
    if (!size) { // the core's answer does not fit a message: its mistake, said to the asker
        answer->fail = FAIL_LIMIT;
        answer->detail = text_of("the answer is larger than a message may be");
        size = answer_encode(answer, bytes, sizeof bytes);
    }
    stored_output_t *output = node_output_add(self, OUTPUT_ANSWER);
    output->door = door;
    output->peer = *peer;
    output->head = node_arena_add(self, bytes, size);
}

void node_reply_refusal(node_t *self, door_t door, const peer_t *peer, const request_t *request,
                        fail_t fail, const char *detail)
{
    answer_t out = {.type = request->type,
                    .number = request->number,
                    .fail = fail,
                    .detail = text_of(detail ? detail : fail_text(fail))};
    self->refused++;
    node_reply(self, door, peer, &out);
}
