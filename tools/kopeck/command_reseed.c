// Which history of a stream a process follows.
#include "proto/field.h"
#include "proto/service.h"
#include "services/process/uuid7.h"
#include "store/tree.h"
#include "tools/kopeck/command.h"
#include "proto/status_read.h"
#include <inttypes.h>

// The producer's history, and the leaf hash of its event `sequence`: UINT64_MAX for its last.
static int ask_history(session_t *session, stream_t stream, uint64_t sequence,
                       request_reseed_t *ret_reseed)
{
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    int status = session_ask(session, stream, CLIENT_COMMAND, &request, &answer);
    if (status != EX_OK)
        return status;
    *ret_reseed = (request_reseed_t){.stream = stream, .epoch = answer.status.epoch};
    ret_reseed->sequence = sequence == UINT64_MAX ? answer.status.last : sequence;
    if (ret_reseed->sequence > answer.status.last) {
        fprintf(stderr, "kopeck: sequence: %" PRIu64 ": expected at most %s's last, %" PRIu64 "\n",
                ret_reseed->sequence, service_stream_name(stream), answer.status.last);
        return EX_DATAERR;
    }
    if (!ret_reseed->sequence)
        return EX_OK;
    request = (request_t){.type = REQUEST_event, .event.sequence = ret_reseed->sequence};
    status = session_ask(session, stream, CLIENT_REPLAY, &request, &answer);
    if (status == EX_OK)
        tree_leaf(answer.event.event.data, answer.event.event.size, &ret_reseed->leaf);
    return status;
}

// How far the follower is, but no further than the last event that both histories have. Of one that
// follows the stream's history already nothing is taken back: it would apply events twice.
static int ask_applied(session_t *session, stream_t process, stream_t stream, uint64_t at_most,
                       uint64_t *ret_sequence)
{
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    char name[64];
    uint64_t applied, follows;
    int status = session_ask(session, stream, CLIENT_COMMAND, &request, &answer);
    uint64_t epoch = answer.status.epoch;
    if (status == EX_OK)
        status = session_ask(session, process, CLIENT_COMMAND, &request, &answer);
    if (status != EX_OK)
        return status;
    text_t counters = answer.status.counters;
    snprintf(name, sizeof name, "stream_%" PRIu64 "_applied", stream);
    bool known = status_find_counter(counters, name, &applied);
    snprintf(name, sizeof name, "stream_%" PRIu64 "_epoch", stream);
    if (!known || !status_find_counter(counters, name, &follows)) {
        fprintf(stderr, "kopeck: %s does not follow %s\n", service_stream_name(process),
                service_stream_name(stream));
        return EX_NOINPUT;
    }
    if (follows == epoch) {
        fprintf(stderr, "kopeck: %s follows this history of %s already; nothing was done\n",
                service_stream_name(process), service_stream_name(stream));
        return EX_DATAERR;
    }
    *ret_sequence = applied < at_most ? applied : at_most;
    return EX_OK;
}

int command_reseed(session_t *session, args_t *args)
{
    bool yes = args_flag(args, "yes");
    uint64_t sequence = args_option_number(args, "sequence", UINT64_MAX, 0, UINT64_MAX - 1);
    uint64_t at_most = args_option_number(args, "at-most", UINT64_MAX, 0, UINT64_MAX - 1);
    if (sequence != UINT64_MAX && at_most != UINT64_MAX)
        args_refuse(args, "at-most", "with --sequence", "one of the two");
    const char *id = args_option(args, "id");
    request_t request = {.type = REQUEST_reseed, .id = uuid7_new()};
    if (id && (!uid_parse(id, &request.id) || !uuid7_is(&request.id)))
        args_refuse(args, "id", id, "a UUID of version 7");
    stream_t process = args_operand_stream(args, "the process");
    stream_t stream = args_operand_stream(args, "the stream");
    if (!command_ready(args))
        return EX_USAGE;
    int status =
        at_most == UINT64_MAX ? EX_OK : ask_applied(session, process, stream, at_most, &sequence);
    if (status == EX_OK)
        status = ask_history(session, stream, sequence, &request.reseed);
    if (status != EX_OK)
        return status;
    const request_info_t *info = request_info(REQUEST_reseed);
    for (size_t i = 0; i < info->fields_count; i++) {
        fprintf(stderr, "%-10s", info->fields()[i].name);
        field_print(&info->fields()[i], &request.reseed, stderr);
        fputc('\n', stderr);
    }
    if (!yes) {
        fprintf(stderr,
                "%s would go on behind this event of %s; what it did by another history stays.\n"
                "Nothing was done: add --yes to do it.\n",
                service_stream_name(process), service_stream_name(stream));
        return EX_OK;
    }
    answer_t answer;
    session_begin_change();
    status = session_ask(session, process, CLIENT_COMMAND, &request, &answer);
    if (status == EX_OK)
        session_did(session, &request, &answer);
    if (status == EX_OK)
        session_print(session, &answer);
    return status;
}
