#include "tests/simulation/auditor.h"
#include "store/record.h"
#include "tests/simulation/fold_parts.h"
#include "tests/simulation/wires.h"
#include <inttypes.h>

enum { VISITS = 8, PAGE_BYTES = 128 * 1024 }; // of each process in a run
enum { BALANCES = PROCESSES, STATEMENTS };
#define GLANCE_CROWD_US (10 * MINUTE_US) // where there are many to look at

// --- questions ---

static void ask(world_t *world, unsigned index, request_t *request)
{
    auditor_t *self = &world->auditor;
    uint8_t bytes[512];
    audited_t *of = &self->of[index];
    request->number = of->question = ++self->questions;
    of->asked_at = world->now;
    of->asked = request->type;
    uint64_t number = index | of->question << 8;
    process_name_t name = index >= BALANCES ? LEDGER : (process_name_t)index;
    peer_t peer = {.size = 9, .bytes = {'a'}};
    memcpy(peer.bytes + 1, &number, sizeof number);
    size_t size = request_encode(request, bytes, sizeof bytes);
    if (request->type == REQUEST_replay || request->type == REQUEST_statement)
        wires_ask_replay(world, name, &peer, ROLE_AUDITOR, bytes, size);
    else
        wires_ask(world, name, false, &peer, ROLE_AUDITOR, bytes, size);
}

static void ask_page(world_t *world, process_name_t name)
{
    const audited_t *of = &world->auditor.of[name];
    request_t request = {.type = REQUEST_replay};
    request.replay.epoch = of->epoch;
    request.replay.from = of->read + 1;
    request.replay.leaf = of->leaf;
    request.replay.bytes_max = PAGE_BYTES;
    ask(world, name, &request);
}

static void ask_statement(world_t *world, uint64_t head)
{
    auditor_t *self = &world->auditor;
    request_t request = {.type = REQUEST_statement};
    request.statement.account = platform_model_account(self->statement.account);
    request.statement.head = head;
    request.statement.limit = 1 + draw_below(&self->draw, 5);
    ask(world, STATEMENTS, &request);
}

static void ask_balance(world_t *world)
{
    request_t request = {.type = REQUEST_balance};
    auditor_t *self = &world->auditor;
    self->account = (unsigned)draw_below(&self->draw, world->profile.accounts);
    request.balance.account = platform_model_account(self->account);
    ask(world, BALANCES, &request);
}

static void visit(world_t *world, const step_t *step)
{
    draw_t *draw = &world->auditor.draw;
    instant_t every = (world->end - world->start) / VISITS;
    ask(world, (unsigned)step->number, &(request_t){.type = REQUEST_status});
    world_after(world, draw_span(draw, every / 2, 3 * every / 2), visit, NULL, step->number);
}

static void glance(world_t *world, const step_t *step)
{
    (void)step;
    bool crowd = world->profile.crowd_us > 0;
    instant_t least = crowd ? MINUTE_US : HOUR_US, most = crowd ? GLANCE_CROWD_US : DAY_US;
    ask_balance(world);
    world_after(world, draw_span(&world->auditor.draw, least, most), glance, NULL, 0);
}

static void look_up_after(world_t *world, instant_t delay);

// He asks for an invoice beside the wires, at payment's next turn, so that no run goes otherwise
// for his asking. What payment must recall for it comes late or, if it crashes, never.
static void look_up(world_t *world, const step_t *step)
{
    (void)step;
    auditor_t *self = &world->auditor;
    uint64_t count = world->fold.payment.invoices.count;
    const fold_invoice_t *invoices = world->fold.payment.invoices.rows;
    request_t request = {.type = REQUEST_payment};
    uint8_t bytes[64];
    process_t *payment = &world->processes[PAYMENT];
    if (count && payment->up && !payment->busy) {
        request.number = request.payment.invoice = self->payment =
            invoices[draw_below(&self->payments_draw, count)].number;
        size_t size = request_encode(&request, bytes, sizeof bytes);
        process_mail(payment, &(mail_t){.kind = MAIL_COMMAND,
                                        .peer = {.size = 1, .bytes = {'i'}},
                                        .role = ROLE_AUDITOR,
                                        .bytes = bytes,
                                        .size = size});
    }
    look_up_after(world, draw_span(&self->payments_draw, HOUR_US, 6 * HOUR_US));
}

// Nobody wakes up for it.
static void look_up_after(world_t *world, instant_t delay)
{
    schedule_add(&world->schedule,
                 &(step_t){.at = world->now + delay, .run = look_up, .quiet = true});
}

void auditor_begin(world_t *world)
{
    world->auditor.payments_draw = draw_fork(world->scenario.seed, 8);
    look_up_after(world, DAY_US);
    draw_t *draw = &world->auditor.draw;
    *draw = draw_fork(world->scenario.seed, 7);
    for (unsigned i = 0; i < world->count; i++)
        world_after(world, draw_span(draw, HOUR_US, DAY_US), visit, NULL, i);
    world_after(world, draw_span(draw, HOUR_US, DAY_US), glance, NULL, 0);
}

// When an older journal of that process was put back last, or 0.
static instant_t lost_at(const world_t *world, process_name_t name)
{
    return name == LEDGER ? world->restored_at : name == PAYMENT ? world->put_back_at : 0;
}

// --- I14 ---

static fail_t leaf_at(void *arg, uint32_t level, uint64_t index, hash_t *ret_node)
{
    const fold_list_t *leaves = arg;
    if (level > 0)
        return tree_node_of_leaves(leaf_at, arg, level, index, ret_node);
    *ret_node = ((const hash_t *)leaves->rows)[index];
    return FAIL_NONE;
}

// Does the journal of now begin with what the older checkpoint names?
static bool extends(world_t *world, process_name_t name, const answer_status_t *status)
{
    const audited_t *of = &world->auditor.of[name];
    fold_list_t *leaves = &world->fold.leaves[name];
    tree_proof_t proof;
    return of->checked <= status->last && status->last <= leaves->count &&
           tree_prove_consistency(leaf_at, leaves, of->checked, status->last, &proof) ==
               FAIL_NONE &&
           tree_verify_consistency(of->checked, &of->root, status->last, &status->root, &proof) ==
               FAIL_NONE;
}

static void check_status(world_t *world, process_name_t name, const answer_status_t *status)
{
    audited_t *of = &world->auditor.of[name];
    // A backup may be put back under the old name: then the checkpoint alone shows the loss.
    bool restored = lost_at(world, name) > of->checked_at;
    bool same = of->checked_epoch == status->epoch && !restored;
    if (of->checked && extends(world, name, status))
        world_reach(world, REACH_EXTENDS);
    else if (of->checked && same)
        world_violate(world, "I14",
                      "%s: the root of %" PRIu64 " events does not extend that of %" PRIu64,
                      process_title(name), status->last, of->checked);
    else if (of->checked)
        world_reach(world, REACH_LOSS_SHOWN);
    of->checked = status->last;
    of->checked_epoch = status->epoch;
    of->checked_at = world->now;
    of->root = status->root;
    ask_page(world, name);
}

// --- I12 ---

static void read_event(world_t *world, process_name_t name, uint64_t sequence, span_t bytes)
{
    audited_t *of = &world->auditor.of[name];
    const fold_list_t *leaves = &world->fold.leaves[name];
    tree_leaf(bytes.bytes, bytes.size, &of->leaf);
    if (sequence != of->read + 1 || sequence > leaves->count ||
        memcmp((const hash_t *)leaves->rows + sequence - 1, &of->leaf, sizeof of->leaf) != 0)
        world_violate(world, "I12",
                      "%s: a reader got an event %" PRIu64 " that is not the durable one",
                      process_title(name), sequence);
    of->read = sequence;
}

static void read_page(world_t *world, process_name_t name, const answer_t *answer)
{
    audited_t *of = &world->auditor.of[name];
    if (answer->fail == FAIL_HISTORY && lost_at(world, name)) {
        of->epoch = of->read = 0; // he begins again with the history that is there now
        world_reach(world, REACH_LOSS_READ);
        return;
    }
    if (answer->fail) {
        world_violate(world, "I12", "%s: a reader is refused: %s", process_title(name),
                      fail_name(answer->fail));
        return;
    }
    of->epoch = answer->replay.epoch;
    bytes_t page = answer->replay.records;
    while (page.size) {
        journal_record_t record;
        if (!record_page_next(&page, &record)) {
            world_violate(world, "I12", "%s: a reader got bytes that are no records",
                          process_title(name));
            return;
        }
        record_walk_t walk;
        if (!record_walk_from(&record, of->read + 1, &walk)) {
            world_violate(world, "I12", "%s: a reader got records that do not go on",
                          process_title(name));
            return;
        }
        if (record.first <= of->read)
            world_reach(world, REACH_OVERLAP_READ);
        while (record_walk_next(&walk))
            read_event(world, name, walk.sequence,
                       (span_t){(const char *)walk.event.data, walk.event.size});
    }
    world_reach(world, REACH_PAGE_READ);
    if (of->read < answer->replay.last)
        ask_page(world, name);
}

static void begin_statement(world_t *world, const answer_balance_t *balance)
{
    auditor_t *self = &world->auditor;
    const fold_list_t *list = &world->fold.accounts[self->account].balances;
    const fold_balance_t *rows = list->rows;
    size_t left = list->count;
    while (left > 0 && rows[left - 1].sequence > balance->head)
        left--;
    self->statement = (statement_t){self->account, left, world->now, 0, false};
    ask_statement(world, balance->head);
}

static void check_balance(world_t *world, const answer_t *answer)
{
    int64_t stated = answer->balance.cash + answer->balance.bonus;
    int64_t known = fold_balance_at(&world->fold, world->auditor.account, answer->balance.sequence);
    if (answer->fail == FAIL_UNKNOWN_ACCOUNT)
        return;
    if (answer->fail || answer->balance.sequence > world->fold.seen[LEDGER] || known != stated)
        world_violate(world, "I12",
                      "a balance of %" PRId64 " at sequence %" PRIu64 ", where it is %" PRId64,
                      stated, answer->balance.sequence, known);
    world_reach(world, REACH_BALANCE_READ);
    if (world->profile.crowd_us && answer->balance.head)
        begin_statement(world, &answer->balance);
}

// Each row is the posting before the last one.
static void read_row(world_t *world, uint64_t sequence, const event_t *event)
{
    statement_t *self = &world->auditor.statement;
    const fold_balance_t *rows = world->fold.accounts[self->account].balances.rows;
    const fold_balance_t *row = self->left ? &rows[self->left - 1] : NULL;
    if (!row || row->sequence != sequence ||
        row->balance != event->posted.cash + event->posted.bonus) {
        world_violate(world, "I12",
                      "a statement of account %u has %" PRIu64 " where %" PRIu64 " is",
                      self->account, sequence, row ? row->sequence : 0);
        return;
    }
    if (self->at_border && self->at == event->at)
        world_reach(world, REACH_STATEMENT_EQUAL);
    self->at_border = false;
    self->at = event->at;
    self->left--;
}

static void read_rows(world_t *world, const answer_statement_t *page)
{
    wire_t rows;
    wire_start(&rows, page->rows.data, page->rows.size);
    for (uint64_t i = 0; i < page->count && !world->violated; i++) {
        uint64_t sequence = 0;
        bytes_t bytes = {0};
        event_t event = {0};
        (void)wire_array(&rows, 2);
        wire_u64(&rows, &sequence);
        wire_bytes(&rows, &bytes);
        if (rows.fail || event_decode(bytes.data, bytes.size, &event))
            world_violate(world, "I12", "a statement has a row that is none");
        else
            read_row(world, sequence, &event);
    }
}

static void read_statement(world_t *world, const answer_t *answer)
{
    statement_t *self = &world->auditor.statement;
    if (self->begun <= world->restored_at)
        return; // it was of a history that is lost
    if (!answer->fail)
        read_rows(world, &answer->statement);
    bool ends = answer->fail || !answer->statement.next;
    if (ends && self->left)
        world_violate(world, "I12", "a statement of account %u ends %zu postings too early: %s",
                      self->account, self->left, fail_name(answer->fail));
    if (ends)
        return;
    world_reach(world, REACH_STATEMENT_PAGE);
    self->at_border = true;
    ask_statement(world, answer->statement.next);
}

void auditor_told(world_t *world, bytes_t bytes)
{
    answer_t answer = {0};
    const answer_payment_t *told = &answer.payment;
    fail_t fail = answer_decode(bytes.data, bytes.size, REQUEST_payment, &answer);
    if (fail || answer.number != world->auditor.payment)
        return;
    const fold_invoice_t *known = fold_invoice(&world->fold, answer.number);
    if (!known)
        return; // it was asked about before an older journal was put back
    uid_t16 account = platform_model_account(known->account);
    if (answer.fail || told->kind != known->kind || told->amount != known->amount ||
        told->request != known->request || !uid_equal(&told->account, &account))
        world_violate(world, "I12", "payment says of invoice %" PRIu64 " what it is not",
                      answer.number);
    world_reach(world, REACH_PAYMENT_READ);
}

void auditor_answered(world_t *world, uint64_t number, const void *bytes, size_t size)
{
    unsigned index = number & 0xff;
    process_name_t name = index >= BALANCES ? LEDGER : (process_name_t)index;
    audited_t *of = &world->auditor.of[index];
    answer_t answer = {0};
    if (number >> 8 != of->question || of->asked_at <= lost_at(world, name))
        return;
    if (answer_decode(bytes, size, of->asked, &answer)) {
        world_violate(world, "I12", "%s: a reader got an answer that is none", process_title(name));
        return;
    }
    of->question = 0; // a second copy of the answer says nothing
    if (of->asked == REQUEST_balance)
        check_balance(world, &answer);
    else if (of->asked == REQUEST_statement)
        read_statement(world, &answer);
    else if (of->asked == REQUEST_replay)
        read_page(world, name, &answer);
    else if (!answer.fail)
        check_status(world, name, &answer.status);
}
