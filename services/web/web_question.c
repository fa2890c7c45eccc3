#include "services/web/web_question.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

fail_t web_question_write(web_question_t *self, request_t *request, uint64_t number)
{
    uint8_t frame[FRAME_SMALL_MAX];
    request->number = number;
    size_t size = request_encode(request, frame, sizeof frame);
    if (size == 0)
        return FAIL_INVALID;
    self->type = request->type;
    self->number = number;
    self->frame = malloc(size);
    assert(self->frame);
    memcpy(self->frame, frame, size);
    self->frame_size = size;
    return FAIL_NONE;
}

fail_t web_question_write_batch(web_question_t *self, feed_batch_t *batch, uint64_t number)
{
    uint8_t head[128];
    batch->number = number;
    size_t head_size = feed_batch_encode_head(batch, head, sizeof head);
    if (head_size == 0 || head_size + batch->items.size > FRAME_LARGE_MAX)
        return FAIL_INVALID;
    self->pushes = true;
    self->number = number;
    self->frame_size = head_size + batch->items.size;
    self->frame = malloc(self->frame_size);
    assert(self->frame);
    memcpy(self->frame, head, head_size);
    if (batch->items.size)
        memcpy(self->frame + head_size, batch->items.data, batch->items.size);
    return FAIL_NONE;
}

void web_question_answer(web_question_t *self, const void *frame, size_t size)
{
    self->answered = malloc(size);
    assert(self->answered);
    memcpy(self->answered, frame, size);
    if (self->pushes) {
        bool whole = feed_answer_decode(self->answered, size, &self->pushed) == FAIL_NONE;
        self->fail = whole ? self->pushed.fail : FAIL_LATER;
        return;
    }
    // An answer that cannot be read says nothing of what was asked.
    bool read = answer_decode(self->answered, size, self->type, &self->answer) == FAIL_NONE;
    self->fail = read ? self->answer.fail : FAIL_LATER;
}

void web_question_clear(web_question_t *self)
{
    free(self->frame);
    free(self->answered);
    *self = (web_question_t){0};
}
