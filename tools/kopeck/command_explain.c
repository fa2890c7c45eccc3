// Where an event comes from, from the journals alone.
#include "proto/carry.h"
#include "proto/service.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/explain_history.h"
#include "tools/kopeck/origin.h"
#include "tools/kopeck/verify_source.h"
#include <inttypes.h>

enum { DEPTH_MAX = 16, STREAM_NAMES_MAX = 16, EVENTS_MAX = 1000 };

typedef struct {
    session_t *session;
    const char *directories[OPTIONS_STREAMS]; // offline; "" where it is not named
    bool offline;
    unsigned printed;
    bool history; // also what else payment's journal says of the same payment
    bool broken;  // something does not follow
} explanation_t;

typedef struct {
    uint8_t bytes[EVENT_BYTES_MAX];
    size_t size;
} encoded_t;

// --- events ---

// The answer goes with the next question, and the source's event with the source.
static int keep(stream_t stream, uint64_t sequence, bytes_t event, encoded_t *out)
{
    out->size = event.size;
    if (event.size <= EVENT_BYTES_MAX) {
        memcpy(out->bytes, event.data, event.size);
        return EX_OK;
    }
    fprintf(stderr, "kopeck: %s's event %" PRIu64 " is larger than an event may be\n",
            service_stream_name(stream), sequence);
    return EX_DATAERR;
}

static int fetch_live(const explanation_t *self, stream_t stream, uint64_t sequence, encoded_t *out)
{
    request_t request = {.type = REQUEST_event, .event.sequence = sequence};
    answer_t answer;
    int status = session_ask(self->session, stream, CLIENT_REPLAY, &request, &answer);
    return status == EX_OK ? keep(stream, sequence, answer.event.event, out) : status;
}

static int read_first(verify_source_t *source, stream_t stream, uint64_t sequence, encoded_t *out)
{
    uint64_t found = 0;
    bytes_t event;
    if (sequence > verify_source_last(source)) {
        fprintf(stderr, "kopeck: there is no event %" PRIu64 ", %s's last is %" PRIu64 "\n",
                sequence, service_stream_name(stream), verify_source_last(source));
        return EX_NOINPUT;
    }
    if (verify_source_next(source, &found, &event) && found == sequence)
        return keep(stream, sequence, event, out);
    return verify_source_status(source) ? verify_source_status(source) : EX_DATAERR;
}

static int fetch_offline(const explanation_t *self, stream_t stream, uint64_t sequence,
                         encoded_t *out)
{
    int status = EX_OK;
    verify_source_t *source =
        verify_source_offline(stream, self->directories[stream], sequence, &status);
    if (source)
        status = read_first(source, stream, sequence, out);
    verify_source_destroy(&source);
    return status;
}

static int fetch(const explanation_t *self, stream_t stream, uint64_t sequence, encoded_t *out,
                 event_t *ret_event)
{
    int status = self->offline ? fetch_offline(self, stream, sequence, out)
                               : fetch_live(self, stream, sequence, out);
    if (status == EX_OK && event_decode(out->bytes, out->size, ret_event) != FAIL_NONE) {
        fprintf(stderr, "kopeck: %s's event %" PRIu64 " does not decode\n",
                service_stream_name(stream), sequence);
        status = EX_DATAERR;
    }
    return status;
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
    static const char *const units[] = {
        [RESOURCE_DISK] = "MiB-minutes", [RESOURCE_INPUT] = "tokens", [RESOURCE_OUTPUT] = "tokens"};
    bool counted = line->kind >= RESOURCE_DISK && line->kind <= RESOURCE_OUTPUT;
    __int128 price = (__int128)line->price * carry_unit(line->kind);
    printf("%*s%" PRIu64 " %s at", indent, "", line->minutes,
           counted ? units[line->kind] : "minutes");
    print_kopecks(" ", price);
    print_kopecks(" kopecks are ", price * (__int128)line->minutes);
    print_kopecks("; with ", origin_carry_before(line));
    printf(" carried before, %" PRId64 " are posted", line->amount);
    print_kopecks(" and ", line->remainder);
    puts(" carried on");
}

static void print_because(const origin_t *origin)
{
    static const char *const words[] = {[ORIGIN_CAUSE] = "because of ",
                                        [ORIGIN_LOT] = "of the lot ",
                                        [ORIGIN_DECISION] = "for ",
                                        [ORIGIN_LINE] = "of ",
                                        [ORIGIN_TRANSFER] = "of ",
                                        [ORIGIN_BALANCE] = "by the balance of ",
                                        [ORIGIN_HOUR] = "by the hour up to ",
                                        [ORIGIN_THROUGH] = "of all up to ",
                                        [ORIGIN_HISTORY] = "before it "};
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

static void print_json_begin(const explanation_t *self, const origin_t *origin, stream_t stream,
                             int depth)
{
    static const char *const links[] = {
        [ORIGIN_CAUSE] = "cause", [ORIGIN_LOT] = "lot",           [ORIGIN_DECISION] = "decision",
        [ORIGIN_LINE] = "line",   [ORIGIN_TRANSFER] = "transfer", [ORIGIN_BALANCE] = "balance",
        [ORIGIN_HOUR] = "hour",   [ORIGIN_THROUGH] = "through",   [ORIGIN_HISTORY] = "history"};
    printf("%s{\"depth\":%d,\"link\":", self->printed ? ",\n" : "", depth);
    printf(origin ? "\"%s\"" : "null", origin ? links[origin->link] : "");
    printf(",\"taken\":%" PRId64 ",\"stream\":\"%s\"", origin ? origin->taken : 0,
           service_stream_name(stream));
}

static void print_json(const explanation_t *self, const origin_t *origin, stream_t stream,
                       uint64_t sequence, const event_t *event, const char *wrong, int depth)
{
    print_json_begin(self, origin, stream, depth);
    printf(wrong ? ",\"sequence\":%" PRIu64 ",\"wrong\":\"%s\",\"event\":"
                 : ",\"sequence\":%" PRIu64 ",\"wrong\":null,\"event\":",
           sequence, wrong);
    event_json(event, sequence, stdout);
    putchar('}');
}

// A journal that was not named is not looked into.
static int say_unnamed(explanation_t *self, const origin_t *origin, stream_t stream,
                       uint64_t sequence, int depth)
{
    if (self->session->json) {
        print_json_begin(self, origin, stream, depth);
        printf(",\"sequence\":%" PRIu64 ",\"wrong\":null,\"event\":null}", sequence);
    } else {
        printf("%*s", 2 * depth, "");
        print_because(origin);
        printf("%s %" PRIu64 ": its journal was not named\n", service_stream_name(stream),
               sequence);
    }
    self->printed++;
    return EX_OK;
}

// --- from event to event ---

// `above` is what this one is an origin of, by `origin`; NULL for the first.
static int explain(explanation_t *self, stream_t stream, uint64_t sequence, const event_t *above,
                   const origin_t *origin, int depth)
{
    encoded_t encoded;
    event_t event;
    if (self->offline && !*self->directories[stream])
        return say_unnamed(self, origin, stream, sequence, depth);
    int status = fetch(self, stream, sequence, &encoded, &event);
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

static void say_history(void *arg, uint64_t sequence, const event_t *event)
{
    static const origin_t before = {.link = ORIGIN_HISTORY, .stream = STREAM_PAYMENT};
    explanation_t *self = arg;
    if (self->session->json)
        print_json(self, &before, STREAM_PAYMENT, sequence, event, NULL, 1);
    else
        print_event(&before, STREAM_PAYMENT, sequence, event, NULL, 2);
    self->printed++;
}

static int explain_before(explanation_t *self, stream_t stream, uint64_t sequence)
{
    encoded_t encoded;
    event_t event;
    if (self->offline && !*self->directories[STREAM_PAYMENT]) {
        fputs("kopeck: payment's journal is not named; --payment DIR names it\n", stderr);
        return EX_USAGE;
    }
    int status = fetch(self, stream, sequence, &encoded, &event);
    if (status != EX_OK)
        return status;
    return explain_history(self->session, self->offline ? self->directories[STREAM_PAYMENT] : NULL,
                           &event, stream == STREAM_PAYMENT ? sequence : 0, say_history, self);
}

static int explain_from(explanation_t *self, stream_t stream, uint64_t sequence)
{
    if (self->session->json)
        putchar('[');
    int status = explain(self, stream, sequence, NULL, NULL, 0);
    if (status == EX_OK && self->history)
        status = explain_before(self, stream, sequence);
    if (self->session->json)
        puts("]");
    return status == EX_OK && self->broken ? EX_VIOLATED : status;
}

// --- the command line ---

// The processes that have a journal.
static void list_streams(const char *words[STREAM_NAMES_MAX], stream_t streams[STREAM_NAMES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; service_at(i) && count < STREAM_NAMES_MAX - 1; i++)
        if (service_at(i)->stream != STREAM_NONE) {
            words[count] = service_at(i)->name;
            streams[count++] = service_at(i)->stream;
        }
    words[count] = NULL;
}

int command_explain(session_t *session, args_t *args)
{
    const char *words[STREAM_NAMES_MAX];
    stream_t streams[STREAM_NAMES_MAX];
    explanation_t self = {.session = session};
    bool offline = args_flag(args, "offline"),
         named = command_take_journals(args, self.directories);
    self.history = args_flag(args, "history");
    list_streams(words, streams);
    int word = args_word(args, words), status = EX_OK;
    if (word < 0 && (offline || named))
        args_refuse(args, "the process", NULL, "the one of whose journal the sequence is");
    else if (word < 0)
        return command_explain_decision(session, args);
    uint64_t sequence = args_operand_number(args, "the sequence");
    if (!command_ready(args))
        return EX_USAGE;
    if (offline && !named && !command_default_journals(session, self.directories, &status))
        return status;
    self.offline = offline || named;
    return explain_from(&self, streams[word], sequence);
}
