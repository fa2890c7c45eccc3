// Where an event comes from, from the journals alone.
#include "proto/money.h"
#include "proto/service.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/origin.h"
#include <inttypes.h>

enum { DEPTH_MAX = 16, STREAM_NAMES_MAX = 16, EVENTS_MAX = 1000 };

typedef struct {
    session_t *session;
    unsigned printed;
    bool broken; // something does not follow
} explanation_t;

static int fetch(session_t *session, stream_t stream, uint64_t sequence, uint8_t *bytes,
                 event_t *ret_event)
{
    request_t request = {.type = REQUEST_event, .event.sequence = sequence};
    answer_t answer;
    int status = session_ask(session, stream, CLIENT_REPLAY, &request, &answer);
    if (status != EX_OK)
        return status;
    bytes_t event = answer.event.event;
    if (event.size <= EVENT_BYTES_MAX) {
        memcpy(bytes, event.data, event.size); // the answer goes with the next question
        if (event_decode(bytes, event.size, ret_event) == FAIL_NONE)
            return EX_OK;
    }
    fprintf(stderr, "kopeck: %s's event %" PRIu64 " does not decode\n", service_stream_name(stream),
            sequence);
    return EX_DATAERR;
}

// --- in words ---

// Units of 1/CARRY_DENOMINATOR kopeck in kopecks, cut off after four places.
static void print_kopecks(const char *before, __int128 units)
{
    enum { PLACES = 10000 };
    __int128 parts = units * PLACES / CARRY_DENOMINATOR;
    printf("%s%" PRId64 ".%04d", before, (int64_t)(parts / PLACES), (int)(parts % PLACES));
}

static void print_line(const event_usage_charged_t *line, int indent)
{
    __int128 price = (__int128)line->price * CARRY_PER_PRICE_MINUTE;
    printf("%*s%" PRIu64 " minutes at", indent, "", line->minutes);
    print_kopecks(" ", price);
    print_kopecks(" kopecks are ", price * (__int128)line->minutes);
    print_kopecks("; with ", origin_carry_before(line));
    printf(" carried before, %" PRId64 " are posted", line->amount);
    print_kopecks(" and ", line->remainder);
    puts(" carried on");
}

static void print_because(const origin_t *origin)
{
    static const char *const words[] = {
        [ORIGIN_CAUSE] = "because of ", [ORIGIN_LOT] = "of the lot ", [ORIGIN_DECISION] = "for "};
    if (!origin)
        return;
    fputs(words[origin->link], stdout);
    if (origin->link == ORIGIN_LOT)
        printf("(%" PRId64 ".%02" PRId64 ") ", origin->taken / 100, origin->taken % 100);
}

static void print_event(const origin_t *origin, stream_t stream, uint64_t sequence,
                        const event_t *event, const char *wrong, int indent)
{
    printf("%*s", indent, "");
    print_because(origin);
    printf("%s %" PRIu64 ": ", service_stream_name(stream), sequence);
    event_print(event, stdout);
    if (event->type == EVENT_usage_charged)
        print_line(&event->usage_charged, indent + 2);
    if (wrong)
        printf("%*sWRONG: %s\n", indent + 2, "", wrong);
}

static void print_json(explanation_t *self, const origin_t *origin, stream_t stream,
                       uint64_t sequence, const event_t *event, const char *wrong, int depth)
{
    static const char *const links[] = {
        [ORIGIN_CAUSE] = "cause", [ORIGIN_LOT] = "lot", [ORIGIN_DECISION] = "decision"};
    printf("%s{\"depth\":%d,\"link\":", self->printed ? ",\n" : "", depth);
    printf(origin ? "\"%s\"" : "null", origin ? links[origin->link] : "");
    printf(",\"taken\":%" PRId64 ",\"stream\":\"%s\",\"wrong\":", origin ? origin->taken : 0,
           service_stream_name(stream));
    printf(wrong ? "\"%s\"" : "null", wrong ? wrong : "");
    fputs(",\"event\":", stdout);
    event_json(event, sequence, stdout);
    putchar('}');
}

// --- from event to event ---

// `above` is what this one is an origin of, by `origin`; NULL for the first.
static int explain(explanation_t *self, stream_t stream, uint64_t sequence, const event_t *above,
                   const origin_t *origin, int depth)
{
    uint8_t bytes[EVENT_BYTES_MAX];
    event_t event;
    int status = fetch(self->session, stream, sequence, bytes, &event);
    if (status != EX_OK)
        return status;
    const char *wrong = above ? origin_check(above, origin, &event) : NULL;
    if (!wrong)
        wrong = origin_check_alone(&event);
    self->broken = self->broken || wrong;
    if (self->session->json)
        print_json(self, origin, stream, sequence, &event, wrong, depth);
    else
        print_event(origin, stream, sequence, &event, wrong, 2 * depth);
    self->printed++;
    origin_t origins[ORIGINS_MAX];
    size_t count = origin_list(stream, sequence, &event, origins);
    for (size_t i = 0; i < count && depth < DEPTH_MAX && self->printed < EVENTS_MAX; i++) {
        status =
            explain(self, origins[i].stream, origins[i].sequence, &event, &origins[i], depth + 1);
        if (status != EX_OK)
            return status;
    }
    return EX_OK;
}

static int explain_from(session_t *session, stream_t stream, uint64_t sequence)
{
    explanation_t self = {.session = session};
    if (session->json)
        putchar('[');
    int status = explain(&self, stream, sequence, NULL, NULL, 0);
    if (session->json)
        puts("]");
    return status == EX_OK && self.broken ? EX_VIOLATED : status;
}

// The processes that have a journal.
static size_t list_streams(const char *words[STREAM_NAMES_MAX], stream_t streams[STREAM_NAMES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; service_at(i) && count < STREAM_NAMES_MAX - 1; i++)
        if (service_at(i)->stream != STREAM_NONE) {
            words[count] = service_at(i)->name;
            streams[count++] = service_at(i)->stream;
        }
    words[count] = NULL;
    return count;
}

int command_explain(session_t *session, args_t *args)
{
    const char *words[STREAM_NAMES_MAX];
    stream_t streams[STREAM_NAMES_MAX];
    (void)list_streams(words, streams);
    int word = args_word(args, words);
    if (word < 0)
        return command_explain_decision(session, args);
    uint64_t sequence = args_operand_number(args, "the sequence");
    if (!command_ready(args))
        return EX_USAGE;
    return explain_from(session, streams[word], sequence);
}
