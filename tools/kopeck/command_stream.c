// Streams: replayed, and followed as they grow.
#include "proto/event.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/stream_reader.h"

enum { TAIL_QUIET_MS = 3000 }; // a subscription that hears nothing for so long is made again

// What of a stream is printed.
typedef struct {
    bool json;
    uint64_t from, to, left; // left: still to print
    event_type_t type;       // EVENT_NONE for all
} print_t;

enum { PRINT_ENOUGH = -1 }; // no exit status: the visit is over

static int print_event(void *arg, uint64_t sequence, bytes_t bytes)
{
    print_t *self = arg;
    event_t event;
    if (sequence > self->to)
        return PRINT_ENOUGH;
    fail_t fail = event_decode(bytes.data, bytes.size, &event);
    if (fail && fail != FAIL_VERSION) {
        fprintf(stderr, "kopeck: event %llu does not decode\n", (unsigned long long)sequence);
        return EX_DATAERR;
    }
    if (self->type && event.type != self->type)
        return EX_OK;
    if (self->json)
        event_json(&event, sequence, stdout);
    else {
        printf("%llu ", (unsigned long long)sequence);
        event_print(&event, stdout);
    }
    return ferror(stdout) || --self->left == 0 ? PRINT_ENOUGH : EX_OK;
}

static event_type_t take_type(args_t *args)
{
    const char *name = args_option(args, "type");
    if (!name)
        return EVENT_NONE;
    const event_info_t *info;
    for (size_t i = 0; (info = event_info_at(i)); i++)
        if (strcmp(info->name, name) == 0)
            return info->type;
    args_refuse(args, "type", name, "an event's name, as usage.charged");
    return EVENT_NONE;
}

int command_events(session_t *session, args_t *args)
{
    print_t print = {.json = session->json, .left = UINT64_MAX, .type = take_type(args)};
    stream_reader_t reader = {.session = session,
                              .next = args_option_number(args, "from", 1, 1, UINT64_MAX)};
    print.to = args_option_number(args, "to", UINT64_MAX, 1, UINT64_MAX);
    reader.stream = args_operand_stream(args, "the stream");
    if (!command_ready(args))
        return EX_USAGE;
    int status = stream_reader_read(&reader, print.to, print_event, &print);
    return status == PRINT_ENOUGH ? EX_OK : status;
}

// --- following ---

// Takes one publication, and asks for what it shows to be missing.
static int take_frame(stream_reader_t *reader, print_t *print, zmq_msg_t *frame)
{
    publication_t publication;
    bool missed = false;
    if (publication_decode(zmq_msg_data(frame), zmq_msg_size(frame), &publication))
        return EX_OK; // not ours to judge: the replay door has the truth
    int status = stream_reader_publication(reader, &publication, print_event, print, &missed);
    return missed ? stream_reader_read(reader, UINT64_MAX, print_event, print) : status;
}

static int hear(stream_reader_t *reader, print_t *print, void *socket, bool *ret_quiet)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    *ret_quiet = zmq_poll(&item, 1, TAIL_QUIET_MS) == 0;
    if (*ret_quiet) // the feed may be off: the stream is read all the same
        return stream_reader_read(reader, UINT64_MAX, print_event, print);
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    int status = EX_OK;
    while (status == EX_OK && zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) >= 0)
        status = take_frame(reader, print, &frame);
    zmq_msg_close(&frame);
    return status;
}

static int follow(session_t *session, stream_reader_t *reader, print_t *print)
{
    int status = EX_OK;
    while (status == EX_OK) {
        // Subscribed before the replay: nothing falls between the two.
        zsock_t *socket = session_subscribe(session, reader->stream, &status);
        if (!socket)
            return status;
        status = stream_reader_read(reader, UINT64_MAX, print_event, print);
        for (bool quiet = false; status == EX_OK && !quiet;) {
            fflush(stdout);
            status = hear(reader, print, zsock_resolve(socket), &quiet);
        }
        zsock_destroy(&socket);
    }
    return status;
}

int command_tail(session_t *session, args_t *args)
{
    print_t print = {.json = session->json, .to = UINT64_MAX, .type = take_type(args)};
    stream_reader_t reader = {.session = session,
                              .next = args_option_number(args, "from", 0, 1, UINT64_MAX)};
    print.left = args_option_number(args, "count", UINT64_MAX, 1, UINT64_MAX);
    reader.stream = args_operand_stream(args, "the stream");
    if (!command_ready(args))
        return EX_USAGE;
    if (!reader.next) {
        request_t request = {.type = REQUEST_status};
        answer_t answer;
        int status = session_ask(session, reader.stream, CLIENT_COMMAND, &request, &answer);
        if (status != EX_OK)
            return status;
        reader.next = answer.status.last + 1;
    }
    int status = follow(session, &reader, &print);
    return status == PRINT_ENOUGH ? EX_OK : status;
}
