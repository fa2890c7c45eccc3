#include "tests/simulation/process.h"
#include "tests/common/model_judge.h"
#include "proto/service.h"
#include "services/autopay/autopay_core.h"
#include "services/documents/documents_core.h"
#include "services/ledger/ledger_core.h"
#include "services/ledger/ledger_reader.h"
#include "services/metering/metering_core.h"
#include "services/notify/notify_core.h"
#include "services/payment/payment_core.h"
#include "services/node/node_snapshot.h"
#include "tests/common/revive.h"
#include "tests/simulation/contacts.h"
#include "tests/simulation/robokassa_model.h"
#include <assert.h>
#include <stdlib.h>

static const core_t *const cores[PROCESSES] = {&metering_core, &ledger_core,    &payment_core,
                                               &autopay_core,  &documents_core, &notify_core};

// The ledger of a world without documents: the same, but for the stream that it follows last.
static const core_t *ledger_alone(void)
{
    static core_t alone;
    alone = ledger_core;
    assert(alone.follows[alone.follows_count - 1].stream == STREAM_DOCUMENTS);
    alone.follows_count--;
    return &alone;
}

const char *process_title(process_name_t name)
{
    return cores[name]->name;
}

process_name_t process_of(stream_t stream)
{
    process_name_t name = METERING;
    while (cores[name]->stream != stream)
        name++;
    return name;
}

// Small, so that the borders of segments are crossed too.
enum { SEGMENT_EVENTS = 1024 };

fail_t process_new_disk(journal_memory_t **ret_disk)
{
    fail_t fail = journal_memory_new(SEGMENT_EVENTS, ret_disk);
    if (!fail)
        journal_memory_settle_by_hand(*ret_disk, true);
    return fail;
}

bool process_head(const process_t *self, uint8_t *bytes, head_t *ret_head)
{
    size_t size = 0;
    uint64_t last;
    journal_t *journal = NULL;
    fail_t fail = journal_open_memory(self->disk, &journal);
    fail = fail ? fail : journal_head(journal, bytes, JOURNAL_HEAD_MAX, &size, &last);
    journal_destroy(&journal);
    return !fail && size && head_decode(bytes, size, ret_head) == FAIL_NONE;
}

void process_init(process_t *self, process_name_t name, bool documents,
                  const payment_settings_t *shop, uint64_t seed)
{
    *self = (process_t){.index = name,
                        .core = name == LEDGER && !documents ? ledger_alone() : cores[name],
                        .epoch = PROCESS_EPOCH,
                        .role = service_of(cores[name]->stream)->role,
                        .draw = draw_fork(seed, 100 + name),
                        .lateness = draw_fork(seed, 200 + name),
                        .chance = draw_fork(seed, 300 + name),
                        .fills_beside = seed % 3 == 0,
                        .beside_draw = draw_fork(seed, 400 + name)};
    if (name == PAYMENT)
        self->settings = shop;
    if (name == NOTIFY)
        self->settings = contacts_settings();
    fail_t fail = process_new_disk(&self->disk);
    assert(!fail);
}

enum { RECALL_READS = 16, ONE_IS_GONE = 8, ONE_LIES = 12, ONE_IS_CHECKED = 4 };

static void forget_mails(process_t *self)
{
    for (size_t i = 0; i < self->mails_count; i++)
        free(self->mails[i].bytes);
    self->mails_count = 0;
}

static void close_all(process_t *self)
{
    forget_mails(self);
    reader_destroy(&self->door);
    node_destroy(&self->node);
    journal_reader_destroy(&self->reader);
    journal_reader_destroy(&self->old);
    journal_destroy(&self->journal);
    self->up = self->busy = self->beside = false;
    self->crash = CRASH_NONE;
    self->bows_out = false;
    self->outside = 0;
    self->recalls.count = 0;
    self->life++;
}

void process_release(process_t *self)
{
    close_all(self);
    journal_memory_destroy(&self->disk);
    for (size_t i = 0; i < PROCESS_SNAPSHOTS; i++)
        revive_forget(&self->snapshots[i]);
}

// What does not hang on the life that it begins.
static node_config_t configure(const process_t *self)
{
    return (node_config_t){.core = self->core,
                           .core_settings = self->settings,
                           .version = "simulated",
                           .program = {{"simulated"}},
                           .epoch = self->epoch,
                           .epoch_least = self->epoch_least,
                           .batch_records = self->batch_records,
                           .importers = self->core->takes_imports,
                           .judge = model_judge};
}

// A disk turns one bit over, or a crash cut it short; or a start finds none at all.
static size_t damage(process_t *self, revive_snapshot_t ret_found[PROCESS_SNAPSHOTS])
{
    size_t count = 0;
    for (size_t i = 0; i < PROCESS_SNAPSHOTS; i++) {
        revive_snapshot_t *found = &ret_found[count];
        *found = self->snapshots[i];
        if (!found->size || draw_below(&self->chance, ONE_IS_GONE) == 0)
            continue;
        count++;
        found->bytes = malloc(found->size);
        assert(found->bytes);
        memcpy(found->bytes, self->snapshots[i].bytes, found->size);
        if (draw_below(&self->chance, ONE_LIES) == 0)
            found->bytes[draw_below(&self->chance, found->size)] ^=
                (uint8_t)(1u << draw_below(&self->chance, 8));
        if (draw_below(&self->chance, ONE_LIES) == 0)
            found->size = draw_below(&self->chance, found->size);
    }
    return count;
}

// Do both nodes come to the same bytes? Where padding is not known (services/base/walk.h), those
// differ without meaning anything.
static bool are_same(node_t *a, node_t *b)
{
    if (!WALK_KNOWS_PADDING)
        return true;
    revive_snapshot_t of_a = {0}, of_b = {0};
    bool both = revive_save(a, &of_a) && revive_save(b, &of_b);
    bool same = !both || (of_a.size == of_b.size && memcmp(of_a.bytes, of_b.bytes, of_a.size) == 0);
    revive_forget(&of_a);
    revive_forget(&of_b);
    return same;
}

// From the newest snapshot that fits; what it comes to is now and then held against a replay of
// all.
static fail_t make_node(process_t *self)
{
    node_t *replayed = NULL;
    revive_snapshot_t found[PROCESS_SNAPSHOTS];
    const char *why;
    node_config_t config = configure(self);
    for (size_t i = 0; i < sizeof config.entropy; i++)
        config.entropy[i] = (uint8_t)draw_next(&self->draw);
    size_t count = damage(self, found);
    fail_t fail = revive_from(&config, self->journal, self->reader, self->term, found, count,
                              &self->node, &why);
    self->loaded = fail ? 0 : node_loaded(self->node);
    self->passed = why != NULL;
    if (!fail && self->loaded && draw_below(&self->chance, ONE_IS_CHECKED) == 0)
        fail = revive_node(&config, self->journal, self->reader, self->term, &replayed);
    if (replayed && !are_same(replayed, self->node))
        fail = FAIL_MISMATCH;
    node_destroy(&replayed);
    if (fail)
        node_destroy(&self->node);
    for (size_t i = 0; i < count; i++)
        revive_forget(&found[i]);
    return fail;
}

void process_snapshot(process_t *self)
{
    node_t *node;
    revive_snapshot_t made = {0};
    node_config_t config = configure(self);
    const char *why;
    if (!self->core->walk || revive_from(&config, self->journal, self->reader, self->term + 1,
                                         self->snapshots, PROCESS_SNAPSHOTS, &node, &why))
        return;
    if (revive_save(node, &made)) {
        revive_forget(&self->snapshots[PROCESS_SNAPSHOTS - 1]);
        memmove(&self->snapshots[1], &self->snapshots[0],
                (PROCESS_SNAPSHOTS - 1) * sizeof self->snapshots[0]);
        self->snapshots[0] = made;
    }
    node_destroy(&node);
}

static fail_t find_event(void *reader, uint64_t sequence, bytes_t *ret_event)
{
    return reader_event(reader, sequence, ret_event);
}

// As services/ledger/ledger_main.c answers what only the ledger is asked.
static fail_t read_past(reader_t *reader, const request_t *request, answer_t *answer,
                        uint8_t *scratch, size_t scratch_size, const char **ret_detail)
{
    *ret_detail = NULL;
    if (reader->stream != STREAM_LEDGER || request->type != REQUEST_statement)
        return FAIL_INVALID;
    return ledger_reader_statement(find_event, reader, &request->statement, scratch, scratch_size,
                                   &answer->statement);
}

bool process_start(process_t *self, instant_t now, const char **ret_why)
{
    assert(!self->up);
    fail_t fail = journal_open_memory(self->disk, &self->journal);
    do
        fail = fail ? fail : journal_lead(self->journal, &self->term);
    while (!fail && self->term <= self->term_least);
    journal_memory_settle(self->disk); // the term is on the disk before the head is read
    fail = fail ? fail : journal_reader_open(self->journal, &self->reader);
    fail = fail ? fail : journal_reader_open(self->journal, &self->old);
    fail = fail ? fail : make_node(self);
    *ret_why = fail ? fail_text(fail) : NULL;
    if (fail)
        return false;
    self->door =
        reader_new(self->old, self->core->stream, node_epoch(self->node), self->term, read_past);
    self->born = now;
    self->troubled_at = 0;
    for (unsigned i = 0; i < PROCESSES; i++) {
        self->heard_at[i] = now;
        self->stale_at[i] = 0;
    }
    self->up = self->boots = true;
    self->life++;
    return true;
}

bool process_return(process_t *self, const char **ret_why)
{
    node_t *before = self->node;
    self->node = NULL;
    fail_t fail = make_node(self);
    if (!fail)
        node_resume(self->node, before);
    node_destroy(&before);
    *ret_why = fail ? fail_text(fail) : NULL;
    return !fail;
}

void process_kill(process_t *self, bool keep_unsettled)
{
    close_all(self);
    journal_memory_crash(self->disk, keep_unsettled);
}

void process_mail(process_t *self, const mail_t *mail)
{
    if (!self->up || self->mails_count == MAILS_MAX)
        return;
    mail_t *kept = &self->mails[self->mails_count++];
    *kept = *mail;
    kept->bytes = malloc(mail->size ? mail->size : 1);
    assert(kept->bytes);
    if (mail->size)
        memcpy(kept->bytes, mail->bytes, mail->size);
}

static void hand_over(process_t *self, mail_t *mail)
{
    switch (mail->kind) {
    case MAIL_COMMAND:
        node_message(self->node, DOOR_COMMAND, &mail->peer, mail->role, mail->bytes, mail->size);
        break;
    case MAIL_FEED:
        node_message(self->node, DOOR_FEED, &mail->peer, mail->role, mail->bytes, mail->size);
        break;
    case MAIL_PUBLICATION:
        self->heard_at[process_of(mail->stream)] = self->drained_at;
        node_publication(self->node, mail->stream, mail->bytes, mail->size);
        break;
    case MAIL_ANSWER:
        self->heard_at[process_of(mail->stream)] = self->drained_at;
        node_answer(self->node, mail->stream, mail->bytes, mail->size);
        break;
    case MAIL_RESULT:
        mail->result.body = (bytes_t){mail->bytes, (uint32_t)mail->size};
        node_result(self->node, &mail->result);
        break;
    }
}

// Nothing is sealed here: a row is what the core put.
typedef struct {
    const uid_t16 *owner;
    side_row_t rows[SIDE_KINDS];
    uint8_t bytes[SIDE_KINDS][SIDE_ROW_MAX];
    size_t count;
} rows_t;

static fail_t take_row(const journal_row_t *row, void *arg)
{
    rows_t *rows = arg;
    if (!uid_equal(&row->owner, rows->owner))
        return FAIL_LATER;
    assert(rows->count < SIDE_KINDS && row->bytes.size <= SIDE_ROW_MAX);
    uint8_t *bytes = rows->bytes[rows->count];
    memcpy(bytes, row->bytes.data, row->bytes.size);
    rows->rows[rows->count++] = (side_row_t){row->owner, row->kind, {bytes, row->bytes.size}};
    return FAIL_NONE;
}

static void read_rows(process_t *self, recall_end_t *end)
{
    static rows_t rows;
    rows.owner = &end->owner;
    rows.count = 0;
    fail_t fail = journal_rows(self->reader, &end->owner, 1, take_row, &rows);
    end->fail = fail == FAIL_LATER ? FAIL_NONE : fail;
    end->rows = rows.rows;
    end->rows_count = rows.count;
}

fail_t process_append(process_t *self, const node_batch_t *batch)
{
    journal_row_t rows[NODE_ROWS_MAX];
    for (size_t i = 0; i < batch->rows_count; i++) {
        const side_row_t *row = &batch->rows[i];
        rows[i] =
            (journal_row_t){row->owner, row->bytes.size ? row->kind : JOURNAL_ROW_ALL, row->bytes};
    }
    return journal_append_rows(self->journal, batch->expected, batch->term, batch->records,
                               batch->records_count, batch->head, batch->head_size, rows,
                               batch->rows_count);
}

static fail_t find(void *reader, uint64_t sequence, void *out, size_t cap, size_t *ret_size)
{
    return journal_find(reader, sequence, out, cap, ret_size);
}

// Few reads a batch, so that searches go on in many.
static void recall(process_t *self)
{
    static uint8_t buffer[JOURNAL_EVENT_MAX];
    unsigned reads = RECALL_READS;
    recall_end_t end;
    while (!node_is_full(self->node) &&
           recall_desk_read(&self->recalls, &reads, find, self->reader, buffer, &end)) {
        if (end.wants_rows)
            read_rows(self, &end);
        node_recalled(self->node, &end);
    }
}

void process_drain(process_t *self)
{
    recall(self);
    size_t taken = 0;
    while (taken < self->mails_count && !node_is_full(self->node)) {
        hand_over(self, &self->mails[taken]);
        free(self->mails[taken++].bytes);
    }
    self->mails_count -= taken;
    memmove(self->mails, self->mails + taken, self->mails_count * sizeof *self->mails);
}

void process_boot(process_t *self, instant_t now)
{
    self->boot++;
    self->booted_at = now;
    self->slept_us = self->frozen_us = 0;
}

void process_sleep(process_t *self, instant_t now, instant_t lasts, bool frozen)
{
    self->woken_at = now + lasts;
    *(frozen ? &self->frozen_us : &self->slept_us) += lasts;
}

bool process_sleeps(const process_t *self, instant_t now)
{
    return now < self->woken_at;
}

node_clock_t process_clock(const process_t *self, instant_t now)
{
    instant_t since = now - self->booted_at - self->frozen_us;
    instant_t wall = now + self->offset_us + since / 1000000 * self->drift_ppm;
    return (node_clock_t){.now = wall,
                          .wall = wall,
                          .monotonic = HOUR_US + since,
                          .slept_us = self->slept_us,
                          .boot = {{self->boot, 1}}};
}

instant_t process_tells(const process_t *self, instant_t now)
{
    int64_t ahead_us = 0;
    return node_vouches(self->node, &ahead_us) ? process_clock(self, now).monotonic + ahead_us : 0;
}
