#include "tests/simulation/wires.h"
#include "tests/simulation/bounds.h"
#include "tests/simulation/impostor.h"
#include "tests/simulation/turns.h"
#include <assert.h>

#define LATE_US (10 * SECOND_US) // a message that takes longer is waited for
enum { ANSWER_MAX = 1024 * 1024 };

static void post(world_t *world, unsigned from, unsigned to, step_t *step)
{
    draw_t *draws = world->draws;
    const profile_t *profile = &world->profile;
    // Each message takes the same number of draws, whatever else is the matter.
    bool lost = draw_chance(&draws[FAULT_loss], profile->loss);
    bool doubled = draw_chance(&draws[FAULT_doubled], profile->doubled);
    if (!world->calm && world->cut_until[from][to] > world->now) {
        world_reach(world, REACH_CUT);
        return;
    }
    if (!world->calm && lost) {
        world_reach(world, REACH_LOST);
        return;
    }
    unsigned copies = 1 + (!world->calm && doubled);
    if (copies == 2)
        world_reach(world, REACH_DOUBLED);
    while (copies--) {
        instant_t delay =
            draw_span(&draws[FAULT_jitter], 100, world->calm ? 5000 : profile->jitter_us);
        if (draw_chance(&draws[FAULT_late], profile->late) && !world->calm) {
            delay += draw_span(&draws[FAULT_late], 0, HOUR_US);
            world_reach(world, REACH_LATE);
        }
        step->at = world->now + delay;
        step->quiet = delay < LATE_US;
        schedule_add(&world->schedule, step);
    }
}

enum { ASLEEP_MAILS_MAX = 8 }; // what a sleeper's machine still takes; then its connections break

static bool is_deaf(const world_t *world, const process_t *process)
{
    return !process->up ||
           (process_sleeps(process, world->now) && process->mails_count >= ASLEEP_MAILS_MAX);
}

// Who hears what comes to a process's sockets: a stranger, if one runs in its place.
static process_t *who_runs(world_t *world, process_t *process)
{
    process_t *stranger = &world->stranger;
    return stranger->up && stranger->index == process->index ? stranger : process;
}

// Whom somebody reaches there who asks. One of ours may also meet its second, if there is one.
static process_t *met_by(world_t *world, process_t *process, const peer_t *asker)
{
    if (asker->bytes[0] != 'p')
        return process;
    process_t *runs = who_runs(world, process);
    return runs == process ? impostor_takes(world, process) : runs;
}

// number: kind of mail | stream << 8; other: 0, or the asker's peer.
static void deliver(world_t *world, const step_t *step)
{
    process_t *process = who_runs(world, step->arg);
    if (is_deaf(world, process))
        return;
    mail_t mail = {.kind = (mail_kind_t)(step->number & 0xff),
                   .stream = step->number >> 8,
                   .bytes = step->bytes,
                   .size = step->size};
    process_mail(process, &mail);
    bounds_queue(world, process);
    turns_want(world, process, world->now, true);
}

static void send_to(world_t *world, unsigned from, process_name_t to, mail_kind_t kind,
                    stream_t stream, const output_t *output)
{
    static uint8_t frame[FRAME_LARGE_MAX + FRAME_SMALL_MAX];
    assert(output->head.size + output->body.size <= sizeof frame);
    memcpy(frame, output->head.data, output->head.size);
    if (output->body.size)
        memcpy(frame + output->head.size, output->body.data, output->body.size);
    step_t step = {.run = deliver,
                   .arg = &world->processes[to],
                   .number = (uint64_t)kind | stream << 8,
                   .bytes = frame,
                   .size = output->head.size + output->body.size};
    post(world, from, to, &step);
}

// --- answers ---

static void hear_answer(world_t *world, const step_t *step)
{
    answer_t answer = {0};
    char kind = (char)step->other;
    world->active_at = world->now;
    if (kind == 'c')
        customers_answered(world, step->number, step->bytes, step->size);
    else if (kind == 'a')
        auditor_answered(world, step->number, step->bytes, step->size);
    else if (kind == 'f')
        platform_model_answered(world, step->bytes, step->size);
    else if (kind == 'w' &&
             answer_decode(step->bytes, step->size, REQUEST_callback, &answer) == FAIL_NONE)
        robokassa_model_answered(world, step->number, answer.fail);
}

static void give_answer(world_t *world, const process_t *from, const peer_t *peer, bytes_t answer)
{
    if (peer->bytes[0] == 'p') {
        send_to(world, from->index, (process_name_t)peer->bytes[1], MAIL_ANSWER, from->core->stream,
                &(output_t){.head = answer});
        return;
    }
    if (peer->bytes[0] == 'i') { // beside the wires
        auditor_told(world, answer);
        return;
    }
    step_t step = {.run = hear_answer,
                   .other = peer->bytes[0],
                   .bytes = (uint8_t *)(uintptr_t)answer.data,
                   .size = answer.size};
    if (peer->size > 8)
        memcpy(&step.number, peer->bytes + 1, sizeof step.number);
    post(world, from->index, OUTSIDE, &step);
}

// --- requests ---

// A request with its asker before it: peer, role, kind.
typedef struct {
    peer_t peer;
    role_t role;
    mail_kind_t kind;
} asker_t;

static void deliver_request(world_t *world, const step_t *step)
{
    asker_t asker;
    memcpy(&asker, step->bytes, sizeof asker);
    process_t *process = met_by(world, step->arg, &asker.peer);
    if (is_deaf(world, process))
        return;
    mail_t mail = {.kind = asker.kind,
                   .peer = asker.peer,
                   .role = asker.role,
                   .bytes = step->bytes + sizeof asker,
                   .size = step->size - sizeof asker};
    process_mail(process, &mail);
    if (process == world->impostor) {
        impostor_wake(world, process);
        return;
    }
    bounds_queue(world, process);
    turns_want(world, process, world->now, true);
}

static void send_request(world_t *world, unsigned from, process_name_t to, const asker_t *asker,
                         const void *bytes, size_t size, step_fn *run)
{
    static uint8_t frame[FRAME_LARGE_MAX];
    assert(sizeof *asker + size <= sizeof frame);
    memcpy(frame, asker, sizeof *asker);
    memcpy(frame + sizeof *asker, bytes, size);
    step_t step = {
        .run = run, .arg = &world->processes[to], .bytes = frame, .size = sizeof *asker + size};
    post(world, from, to, &step);
}

void wires_ask(world_t *world, process_name_t process, bool feed, const peer_t *peer, role_t role,
               const void *bytes, size_t size)
{
    asker_t asker;
    memset(&asker, 0, sizeof asker);
    asker.peer = *peer;
    asker.role = role;
    asker.kind = feed ? MAIL_FEED : MAIL_COMMAND;
    world->active_at = world->now;
    send_request(world, OUTSIDE, process, &asker, bytes, size, deliver_request);
}

// The replay door: a thread of its own, which sees committed records only.
static void deliver_replay(world_t *world, const step_t *step)
{
    static uint8_t answer[ANSWER_MAX];
    asker_t asker;
    memcpy(&asker, step->bytes, sizeof asker);
    process_t *process = met_by(world, step->arg, &asker.peer);
    if (!process->up || process_sleeps(process, world->now))
        return;
    if (process->busy) {
        step_t again = *step;
        again.at = world->now + SECOND_US / 100;
        schedule_add(&world->schedule, &again);
        return;
    }
    process->door->time = process_tells(process, world->now);
    size_t size = reader_answer(process->door, asker.role, world->now, step->bytes + sizeof asker,
                                step->size - sizeof asker, answer, sizeof answer);
    world_reach(world, REACH_REPLAYED);
    if (size)
        give_answer(world, process, &asker.peer, (bytes_t){answer, (uint32_t)size});
}

void wires_ask_replay(world_t *world, process_name_t process, const peer_t *peer, role_t role,
                      const void *bytes, size_t size)
{
    asker_t asker;
    memset(&asker, 0, sizeof asker);
    asker.peer = *peer;
    asker.role = role;
    world->active_at = world->now;
    send_request(world, OUTSIDE, process, &asker, bytes, size, deliver_replay);
}

// A view is fetched page by page, while its stream goes on.
static void note_table(world_t *world, const output_t *output)
{
    request_t request = {0};
    uint64_t last = world->fold.seen[process_of(output->stream)];
    world_reach(world, REACH_TABLE);
    fail_t fail = request_decode(output->head.data, output->head.size, &request, NULL);
    assert(!fail && request.type == REQUEST_table);
    if (request.table.from == 0) {
        world->table_asked = last;
        return;
    }
    world_reach(world, REACH_VIEW_PAGE);
    if (last > world->table_asked)
        world_reach(world, REACH_AMID_PAGES);
}

static void ask_process(world_t *world, const process_t *from, const output_t *output)
{
    asker_t asker;
    memset(&asker, 0, sizeof asker);
    asker.peer = (peer_t){.size = 2, .bytes = {'p', (uint8_t)from->index}};
    asker.role = from->role;
    asker.kind = MAIL_COMMAND;
    bool replay = output->kind == OUTPUT_ASK_REPLAY;
    if (!replay)
        note_table(world, output);
    send_request(world, from->index, process_of(output->stream), &asker, output->head.data,
                 output->head.size, replay ? deliver_replay : deliver_request);
}

// --- recalls ---

// The journal is read at some later turn of the same life. Nothing else hangs on when.
static void begin_search(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    if (process->life != step->number) {
        world_reach(world, REACH_RECALL_LOST);
        return;
    }
    recall_search_t search;
    memcpy(&search, step->bytes, sizeof search);
    recall_desk_add(&process->recalls, &search);
}

static void search(world_t *world, process_t *process, const recall_search_t *search)
{
    bool late = draw_chance(&process->lateness, 500000);
    instant_t delay = draw_span(&process->lateness, 0, late ? HOUR_US : SECOND_US);
    schedule_add(&world->schedule, &(step_t){.at = world->now + delay,
                                             .run = begin_search,
                                             .arg = process,
                                             .number = process->life,
                                             .quiet = true,
                                             .bytes = (uint8_t *)(uintptr_t)search,
                                             .size = sizeof *search});
}

// --- outputs ---

void wires_give(world_t *world, process_t *from, const output_t *output)
{
    switch (output->kind) {
    case OUTPUT_ANSWER:
        assert(output->body.size == 0);
        give_answer(world, from, &output->peer, output->head);
        break;
    case OUTPUT_PUBLISH:
        for (unsigned to = 0; to < world->count; to++)
            for (size_t i = 0; i < world->processes[to].core->follows_count; i++)
                if (world->processes[to].core->follows[i].stream == from->core->stream)
                    send_to(world, from->index, (process_name_t)to, MAIL_PUBLICATION,
                            from->core->stream, output);
        break;
    case OUTPUT_ASK_REPLAY:
    case OUTPUT_ASK_COMMAND:
        ask_process(world, from, output);
        break;
    case OUTPUT_OUTSIDE:
        if (from->stranger)
            world_violate(world, "I7", "a history that nobody accepted asks outside");
        world->active_at = world->now;
        from->outside++;
        bounds_outside(world, from);
        if (from->index == NOTIFY)
            contacts_take(world, &output->outside);
        else
            robokassa_model_take(world, &output->outside);
        break;
    case OUTPUT_RECALL:
        search(world, from, &output->recall);
        break;
    }
}

// A step with the result: its head, then the body.
static void deliver_result(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    if (!process->up || process->life != step->number)
        return; // whoever asked is dead
    process->outside--;
    mail_t mail = {.kind = MAIL_RESULT};
    memcpy(&mail.result, step->bytes, sizeof mail.result);
    mail.bytes = step->bytes + sizeof mail.result;
    mail.size = step->size - sizeof mail.result;
    process_mail(process, &mail);
    bounds_queue(world, process);
    world->active_at = world->now;
    turns_want(world, process, world->now, false);
}

void wires_result(world_t *world, process_name_t asker, instant_t delay, const result_t *result,
                  const char *body)
{
    uint8_t bytes[sizeof *result + 2048];
    size_t size = strlen(body);
    assert(size <= 2048);
    memcpy(bytes, result, sizeof *result);
    memcpy(bytes + sizeof *result, body, size);
    schedule_add(&world->schedule, &(step_t){.at = world->now + delay,
                                             .run = deliver_result,
                                             .arg = &world->processes[asker],
                                             .number = world->processes[asker].life,
                                             .bytes = bytes,
                                             .size = sizeof *result + size});
}
