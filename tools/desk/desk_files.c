// Files at the desk: a bank statement, of which is shown what would become of each document before
// anything is entered, and Robokassa's registry, of which each row is held against its payment.
//
// Nothing of either is kept but the last statement, in memory, until it is entered. It is entered
// under an importer's certificate, as `kopeck bank import` does (docs/rules.md "Statements").
#include "proto/codes.h"
#include "proto/month.h"
#include "services/documents/statement.h"
#include "services/process/uuid7.h"
#include "tools/desk/desk_command.h"
#include "tools/desk/desk_rows.h"
#include "tools/desk/desk_screens.h"
#include "tools/desk/desk_upload.h"
#include "tools/kopeck/bank_import.h"
#include "tools/kopeck/registry_csv.h"
#include <assert.h>
#include <stdlib.h>

enum {
    SHOWN_MAX = 200,
    LOOKED_MAX = 1000,
    REFUNDS_READ = 100,
    HEX_SIZE = 2 * DIGEST_SHA256_SIZE + 1
};

static const char enter_route[] = "/desk/files/enter";

// What a document or a row came to.
typedef struct {
    fail_t fail;
    bool known;               // it came before; of a registry's refund: it went back here too
    uint64_t reason, invoice; // of a registry's row: state of its payment
    kopecks_t amount;
} found_t;

typedef struct {
    statement_t statement;
    bool has_statement, entering;
    registry_csv_t registry;
    span_t own_account;
    found_t *results;
    size_t next, asked; // the first that is not asked for yet, and from where this round asks
    web_ticket_t ticket;
} files_t;

static void end_files(void *own)
{
    files_t *self = own;
    if (self->has_statement)
        statement_release(&self->statement);
    registry_csv_release(&self->registry);
    free(self->results);
}

static files_t *files_of(web_visit_t *visit)
{
    files_t *self = visit_own(visit, sizeof *self);
    visit->end_own = end_files;
    return self;
}

// --- the forms ---

static void add_statement_form(desk_sheet_t *sheet, span_t own_account, bool wrong)
{
    desk_part(sheet, TEXT_DESK_STATEMENT_FILE);
    desk_second(sheet, desk_text(sheet, TEXT_DESK_STATEMENT_NOTE));
    desk_form(sheet, "desk/files/statement", TEXT_DESK_LOOK);
    desk_typed(sheet, "own_account", desk_text(sheet, TEXT_DESK_OWN_ACCOUNT), own_account,
               TEXT_NONE, wrong);
    desk_filed(sheet, "statement", desk_text(sheet, TEXT_DESK_FILE));
}

static void add_registry_form(desk_sheet_t *sheet)
{
    desk_part(sheet, TEXT_DESK_REGISTRY_FILE);
    desk_second(sheet, desk_text(sheet, TEXT_DESK_REGISTRY_NOTE));
    desk_form(sheet, "desk/files/registry", TEXT_DESK_LOOK);
    desk_filed(sheet, "registry", desk_text(sheet, TEXT_DESK_FILE));
}

static desk_sheet_t *new_sheet(web_visit_t *visit, text_id_t heading)
{
    desk_sheet_t *sheet = desk_sheet_new(visit, heading);
    desk_sheet_frame(sheet)->on_files = true;
    return sheet;
}

static bool show_forms(web_visit_t *visit, unsigned status, text_id_t warning, span_t own_account,
                       bool wrong)
{
    desk_sheet_t *sheet = new_sheet(visit, TEXT_DESK_FILES);
    if (warning != TEXT_NONE)
        desk_sheet_warn(sheet, desk_text(sheet, warning));
    add_statement_form(sheet, own_account, wrong);
    add_registry_form(sheet);
    return desk_sheet_show(&sheet, status);
}

bool desk_files_show(web_visit_t *visit)
{
    return desk_needs_operator(visit) || show_forms(visit, 200, TEXT_NONE, SPAN(""), false);
}

// Which rule, where, and what was expected: never a text of the file but what the reader says.
static bool show_refused(web_visit_t *visit, text_id_t part, span_t rule, uint64_t line, span_t why)
{
    desk_sheet_t *sheet = new_sheet(visit, TEXT_DESK_REFUSED);
    desk_part(sheet, part);
    desk_note(sheet, rule);
    if (line)
        desk_fact(sheet, TEXT_DESK_LINE, desk_number(sheet, line));
    desk_second(sheet, desk_kept(sheet, why));
    desk_link(sheet, desk_text(sheet, TEXT_DESK_FILES), "desk/files", NULL, SPAN(""));
    return desk_sheet_show(&sheet, 422);
}

// --- a statement ---

static bool is_account(span_t text)
{
    bool digits = text.size == DESK_ACCOUNT_SIZE - 1;
    for (size_t i = 0; digits && i < text.size; i++)
        digits = text.bytes[i] >= '0' && text.bytes[i] <= '9';
    return digits;
}

static bool is_entered(const statement_document_t *document)
{
    return document->direction == DIRECTION_IN && document->closed;
}

static bool read_statement(files_t *self, span_t file, instant_t now)
{
    const statement_terms_t terms = {.own_accounts = &self->own_account,
                                     .own_accounts_count = 1,
                                     .today = (day_t)((now + MOSCOW_OFFSET_US) / DAY_US)};
    self->has_statement = true;
    if (!statement_read(&self->statement, file.bytes, file.size, &terms))
        return false;
    self->results = calloc(self->statement.documents_count + 1, sizeof *self->results);
    assert(self->results);
    return true;
}

// As many as a round holds; false: there is none left.
static bool ask_documents(web_visit_t *visit, files_t *self)
{
    const statement_t *statement = &self->statement;
    visit_forget(visit);
    for (self->asked = self->next;
         self->next < statement->documents_count && visit->asks_count < VISIT_ASKS_MAX;
         self->next++) {
        const statement_document_t *document = &statement->documents[self->next];
        if (!is_entered(document))
            continue;
        request_transfer_receive_t received = bank_import_receive(statement, document);
        if (self->entering) {
            request_t *request = visit_ask(visit, WEB_DOOR_DOCUMENTS_IMPORT,
                                           REQUEST_transfer_receive, VISIT_COMMAND_MS);
            request->id = uuid7_new();
            request->transfer_receive = received;
        } else {
            visit_ask(visit, WEB_DOOR_DOCUMENTS, REQUEST_transfer_look, VISIT_LEDGER_MS)
                ->transfer_look = bank_import_look(&received);
        }
    }
    return visit->asks_count > 0;
}

// False, and the rest is not asked for, where one was refused or nobody answered.
static bool take_documents(const web_visit_t *visit, files_t *self)
{
    size_t index = 0;
    bool good = true;
    for (size_t i = self->asked; i < self->next; i++) {
        if (!is_entered(&self->statement.documents[i]))
            continue;
        const answer_t *answer = visit_answer(visit, index);
        found_t *result = &self->results[i];
        *result = (found_t){.fail = visit_fail(visit, index++)};
        good = good && answer;
        if (answer && self->entering)
            *result = (found_t){.known = answer->transfer_receive.known,
                                .reason = answer->transfer_receive.reason,
                                .invoice = answer->transfer_receive.invoice};
        else if (answer)
            *result = (found_t){.known = answer->transfer_look.known,
                                .reason = answer->transfer_look.reason,
                                .invoice = answer->transfer_look.invoice};
    }
    return good;
}

static span_t words_of(desk_sheet_t *sheet, const found_t *result)
{
    if (result->fail)
        return desk_code(sheet, CODES_fail, result->fail);
    if (result->known)
        return desk_text(sheet, TEXT_DESK_CAME_BEFORE);
    span_t words = desk_code(sheet, CODES_transfer_reason, result->reason);
    return result->invoice ? desk_joined(sheet, words, " · ", desk_number(sheet, result->invoice))
                           : words;
}

static void add_documents(desk_sheet_t *sheet, const files_t *self)
{
    static const text_id_t heads[] = {TEXT_DESK_BOOKED, TEXT_DESK_NUMBER, TEXT_DESK_SUM,
                                      TEXT_DESK_PAYER_INN, TEXT_DESK_BECOMES};
    size_t shown = 0, entered = 0;
    desk_table(sheet, heads, 5, 1 << 2);
    for (size_t i = 0; i < self->next; i++) {
        const statement_document_t *document = &self->statement.documents[i];
        char day[DAY_TEXT_SIZE];
        if (!is_entered(document))
            continue;
        entered++;
        if (shown == SHOWN_MAX)
            continue;
        day_print(document->booked, day);
        desk_row(sheet);
        desk_cell(sheet, desk_kept(sheet, span_of(day)));
        desk_cell(sheet, desk_kept(sheet, document->number));
        desk_cell(sheet, desk_money(sheet, document->amount));
        desk_cell(sheet, desk_kept(sheet, document->payer.inn));
        desk_cell(sheet, words_of(sheet, &self->results[i]));
        shown++;
    }
    desk_fact(sheet, TEXT_DESK_DOCUMENTS, desk_number(sheet, self->statement.documents_count));
    desk_fact(sheet, TEXT_DESK_INCOMING, desk_number(sheet, entered));
    if (entered > shown)
        desk_second(sheet, desk_text(sheet, TEXT_DESK_MANY));
}

static void hash_of(const statement_t *statement, char ret_hex[HEX_SIZE])
{
    digest_hex_lower(statement->sha256, DIGEST_SHA256_SIZE, ret_hex);
}

// The statement that is shown is the one that may be entered.
static void keep_statement(desk_face_t *face, span_t file, span_t own_account)
{
    char *bytes = malloc(file.size + 1);
    assert(bytes);
    memcpy(bytes, file.bytes, file.size);
    free(face->kept.bytes);
    face->kept = (desk_kept_t){.bytes = bytes, .size = file.size};
    memcpy(face->kept.own_account, own_account.bytes, own_account.size);
}

static void add_enter(desk_sheet_t *sheet, web_visit_t *visit, const files_t *self)
{
    const desk_face_t *face = visit->face;
    char hex[HEX_SIZE], ticket[TICKET_SIZE + 1];
    if (!face->enters) {
        desk_second(sheet, desk_text(sheet, TEXT_DESK_NO_IMPORTER));
        return;
    }
    hash_of(&self->statement, hex);
    visit_new_ticket(visit, enter_route, hex, ticket);
    desk_form(sheet, enter_route + 1, TEXT_DESK_ENTER);
    desk_hidden(sheet, "ticket", desk_kept(sheet, span_of(ticket)));
}

static bool show_statement(web_visit_t *visit, const files_t *self, bool whole)
{
    bool done = self->entering && whole;
    desk_sheet_t *sheet = new_sheet(visit, done ? TEXT_DESK_ENTERED : TEXT_DESK_STATEMENT_FILE);
    if (done)
        desk_sheet_say(sheet, desk_text(sheet, TEXT_DESK_ENTERED));
    else if (!whole)
        desk_sheet_warn(sheet,
                        desk_text(sheet, self->entering ? TEXT_DESK_NOT_ALL : TEXT_DESK_NO_STATE));
    desk_part_untitled(sheet);
    for (size_t i = 0; i < self->statement.warnings_count && !self->entering; i++)
        desk_note(sheet, span_of(statement_warning_meaning(self->statement.warnings[i].warning)));
    add_documents(sheet, self);
    if (!self->entering && whole)
        add_enter(sheet, visit, self);
    desk_link(sheet, desk_text(sheet, TEXT_DESK_FILES), "desk/files", NULL, SPAN(""));
    desk_link(sheet, desk_text(sheet, TEXT_DESK_TRANSFERS), "desk/transfers", NULL, SPAN(""));
    return desk_sheet_show(&sheet, whole ? 200 : 503);
}

// What the rounds behind the first do.
static bool go_on(web_visit_t *visit, files_t *self)
{
    if (visit->round > 0 && !take_documents(visit, self))
        return show_statement(visit, self, false);
    return !ask_documents(visit, self) && show_statement(visit, self, true);
}

bool desk_files_statement(web_visit_t *visit)
{
    files_t *self = files_of(visit);
    span_t file;
    if (visit->round > 0)
        return go_on(visit, self);
    if (desk_needs_own_form(visit))
        return true;
    const char *type = visit->head.content_type;
    if (!desk_upload_part(type, visit->body, "own_account", &self->own_account) ||
        !desk_upload_part(type, visit->body, "statement", &file))
        return show_forms(visit, 422, TEXT_DESK_NO_FILE, SPAN(""), false);
    if (!is_account(self->own_account))
        return show_forms(visit, 422, TEXT_NONE, SPAN(""), true);
    if (!read_statement(self, file, visit->now)) {
        const statement_t *refused = &self->statement;
        return show_refused(visit, TEXT_DESK_STATEMENT_FILE,
                            span_of(statement_refusal_name(refused->refusal)),
                            refused->refusal_line, span_of(refused->refusal_text));
    }
    if (self->statement.documents_count > LOOKED_MAX)
        return show_forms(visit, 422, TEXT_DESK_TOO_MANY, self->own_account, false);
    keep_statement(visit->face, file, self->own_account);
    return go_on(visit, self);
}

// The file that was shown, read again from memory; false: it is not there any more.
static bool take_kept(web_visit_t *visit, files_t *self)
{
    const desk_face_t *face = visit->face;
    uint8_t seen[TICKET_SEEN_SIZE];
    char hex[HEX_SIZE];
    self->own_account = span_of(face->kept.own_account);
    if (!face->enters || !face->kept.bytes ||
        !read_statement(self, (span_t){face->kept.bytes, face->kept.size}, visit->now))
        return false;
    hash_of(&self->statement, hex);
    web_ticket_seen(span_of(hex), seen);
    return memcmp(seen, self->ticket.seen, sizeof seen) == 0;
}

bool desk_files_enter(web_visit_t *visit)
{
    static const char *const names[] = {"ticket", NULL};
    files_t *self = files_of(visit);
    if (visit->round > 0)
        return go_on(visit, self);
    if (desk_needs_own_form(visit))
        return true;
    if (!visit_form_has_only(visit, names))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    if (!visit_ticket(visit, enter_route, &self->ticket))
        return visit_say(visit, 403, TEXT_E2, TEXT_E2);
    self->entering = true;
    if (!take_kept(visit, self))
        return show_forms(visit, 409, TEXT_DESK_NO_FILE, SPAN(""), false);
    return go_on(visit, self);
}

// --- a registry ---

static bool ask_payments(web_visit_t *visit, files_t *self)
{
    visit_forget(visit);
    for (self->asked = self->next;
         self->next < self->registry.count && visit->asks_count < VISIT_ASKS_MAX; self->next++) {
        const registry_row_t *row = &self->registry.rows[self->next];
        if (row->refund)
            visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_refunds, VISIT_LEDGER_MS)->refunds =
                (request_refunds_t){.invoice = row->number, .limit = REFUNDS_READ};
        else
            visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_payment, VISIT_LEDGER_MS)->payment.invoice =
                row->number;
    }
    return visit->asks_count > 0;
}

// Did that sum of the payment go back?
static bool went_back(const answer_refunds_t *refunds, kopecks_t amount)
{
    desk_walk_t walk;
    desk_refund_row_t row;
    desk_walk(&walk, refunds->rows, refunds->count);
    while (desk_walk_refund(&walk, &row))
        if (row.state == REFUND_DONE && row.amount == amount)
            return true;
    return false;
}

static bool take_payments(const web_visit_t *visit, files_t *self)
{
    bool good = true;
    for (size_t i = self->asked; i < self->next; i++) {
        const registry_row_t *row = &self->registry.rows[i];
        const answer_t *answer = visit_answer(visit, i - self->asked);
        found_t *result = &self->results[i];
        result->fail = visit_fail(visit, i - self->asked);
        good = good && (answer || desk_is_none(result->fail));
        if (answer && row->refund)
            result->known = went_back(&answer->refunds, row->amount);
        else if (answer) {
            result->reason = answer->payment.state;
            result->amount = answer->payment.amount;
        }
    }
    return good;
}

// What is another thing here than there; TEXT_NONE where both say the same.
static text_id_t difference_of(const registry_row_t *row, const found_t *here)
{
    bool paid_there = row->state == REGISTRY_DONE, paid_here = here->reason == PAYMENT_SUCCEEDED;
    if (row->refund)
        return paid_there && !here->known ? TEXT_DESK_BACK_THERE : TEXT_NONE;
    if (here->fail)
        return TEXT_DESK_MISSING_HERE;
    if (paid_there != paid_here)
        return TEXT_DESK_ONE_SIDE;
    return row->amount != here->amount ? TEXT_DESK_OTHER_SUM : TEXT_NONE;
}

static void add_difference(desk_sheet_t *sheet, const registry_row_t *row, const found_t *here,
                           text_id_t what)
{
    span_t number = desk_number(sheet, row->number);
    desk_row(sheet);
    desk_cell(sheet, desk_number(sheet, row->line));
    if (here->fail)
        desk_cell(sheet, number);
    else
        desk_cell_link(sheet, number, "desk/payment", "invoice", number);
    desk_cell(sheet, desk_text(sheet, what));
    desk_cell(sheet, desk_money(sheet, row->amount));
    desk_cell(sheet, here->fail ? SPAN("—") : desk_money(sheet, here->amount));
    desk_cell(sheet, here->fail ? SPAN("—") : desk_code(sheet, CODES_invoice_state, here->reason));
    if (what == TEXT_DESK_ONE_SIDE && row->state == REGISTRY_DONE)
        desk_cell_link(sheet, desk_text(sheet, TEXT_DESK_C_RESOLVE), "desk/do/resolve", "invoice",
                       number);
    else
        desk_cell(sheet, SPAN("—"));
}

static bool show_registry(web_visit_t *visit, const files_t *self)
{
    static const text_id_t heads[] = {TEXT_DESK_LINE,  TEXT_DESK_PAYMENT, TEXT_DESK_WHAT,
                                      TEXT_DESK_THERE, TEXT_DESK_HERE,    TEXT_DESK_STATE,
                                      TEXT_DESK_DO};
    desk_sheet_t *sheet = new_sheet(visit, TEXT_DESK_REGISTRY_FILE);
    size_t agree = 0, shown = 0;
    desk_part(sheet, TEXT_DESK_DIFFERENCES);
    desk_table(sheet, heads, 7, 1 << 0 | 1 << 3 | 1 << 4);
    for (size_t i = 0; i < self->registry.count; i++) {
        const registry_row_t *row = &self->registry.rows[i];
        text_id_t what = difference_of(row, &self->results[i]);
        agree += what == TEXT_NONE;
        if (what != TEXT_NONE && shown++ < SHOWN_MAX)
            add_difference(sheet, row, &self->results[i], what);
    }
    desk_fact(sheet, TEXT_DESK_ROWS, desk_number(sheet, self->registry.count));
    desk_fact(sheet, TEXT_DESK_AGREES, desk_number(sheet, agree));
    desk_fact(sheet, TEXT_DESK_DIFFERENCES, desk_number(sheet, shown));
    if (shown > SHOWN_MAX)
        desk_second(sheet, desk_text(sheet, TEXT_DESK_MANY));
    desk_link(sheet, desk_text(sheet, TEXT_DESK_FILES), "desk/files", NULL, SPAN(""));
    return desk_sheet_show(&sheet, 200);
}

static bool read_registry(web_visit_t *visit, files_t *self)
{
    span_t file;
    if (!desk_upload_part(visit->head.content_type, visit->body, "registry", &file))
        return !show_forms(visit, 422, TEXT_DESK_NO_FILE, SPAN(""), false);
    if (!registry_csv_read(&self->registry, file.bytes, file.size))
        return !show_refused(visit, TEXT_DESK_REGISTRY_FILE, SPAN("CSV"), 0,
                             span_of(self->registry.error));
    if (self->registry.count > LOOKED_MAX)
        return !show_forms(visit, 422, TEXT_DESK_TOO_MANY, SPAN(""), false);
    self->results = calloc(self->registry.count + 1, sizeof *self->results);
    assert(self->results);
    return true;
}

bool desk_files_registry(web_visit_t *visit)
{
    files_t *self = files_of(visit);
    if (visit->round == 0 && (desk_needs_own_form(visit) || !read_registry(visit, self)))
        return true;
    if (visit->round > 0 && !take_payments(visit, self))
        return show_forms(visit, 503, TEXT_DESK_NO_STATE, SPAN(""), false);
    return !ask_payments(visit, self) && show_registry(visit, self);
}
