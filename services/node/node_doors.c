// The doors of a node: what came is decoded, its sender's role is checked, and it is answered.
#include "services/node/node_batch.h"
#include "services/node/node_commands.h"
#include "services/node/node_feeds.h"
#include "services/node/node_queries.h"
#include "services/node/node_recalls.h"
#include "services/node/node_replies.h"

static void take_request(node_t *self, door_t door, const peer_t *peer, role_t role,
                         const void *data, size_t size)
{
    request_t request;
    memset(&request, 0, sizeof request);
    char refusal[REQUEST_DETAIL_SIZE];
    fail_t fail = request_decode(data, size, &request, refusal);
    if (fail) {
        node_reply_refusal(self, door, peer, &request, fail, *refusal ? refusal : NULL);
        return;
    }
    const request_info_t *info = request_info(request.type);
    const char *detail = NULL;
    speaker_t speaker;
    fail = speaker_of(self->config.judge, self->config.judge_arg, self->clock.reading.wall, role,
                      &request, &speaker, &detail);
    if (!fail && !(info->roles & speaker.role))
        fail = FAIL_DENIED;
    if (fail) {
        node_reply_refusal(self, door, peer, &request, fail, detail);
        return;
    }
    answer_t out;
    node_query_begin(&request, &out);
    recall_t wish = {0};
    fail = info->kind == REQUEST_COMMAND
               ? node_command(self, &request, peer, speaker.role, data, size, &out, &detail)
               : node_query(self, &request, speaker_owner(&speaker), &out, &wish, &detail);
    if (fail == FAIL_LATER && wish.by) {
        fail = node_recalls_wait(self, &wish, door, peer, &request, speaker_owner(&speaker));
        if (!fail)
            return; // answered when the event is there
    }
    if (fail)
        node_reply_refusal(self, door, peer, &request, fail, detail);
    else
        node_reply(self, door, peer, &out);
}

void node_message(node_t *self, door_t door, const peer_t *peer, role_t role, const void *data,
                  size_t size)
{
    if (role == ROLE_IMPORTER && !self->config.importers)
        role = ROLE_NONE; // his certificate may be good elsewhere
    if (feed_batch_is(data, size))
        node_push(self, door, peer, role, data, size);
    else
        take_request(self, door, peer, role, data, size);
}
