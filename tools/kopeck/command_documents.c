// Papers: an invoice or an act as PDF, and an act as XML, the same bytes whenever it is made.
#include "proto/digest.h"
#include "proto/month.h"
#include "services/documents/act_period.h"
#include "services/documents/vat.h"
#include "services/process/uuid7.h"
#include "tools/kopeck/act_journals.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/paper_shelf.h"
#include "tools/paper/paper.h"
#include "tools/paper/upd.h"
#include <inttypes.h>
#include <stdlib.h>

enum { SERIES = 1000000, QUARTERS = 4, ADVANCES_SIZE = 16 * 1024, NAME_SIZE = 1024 };

// What the journal has of a document, and the memory of its texts.
typedef struct {
    paper_kind_t kind;
    uint64_t number;
    uint8_t bytes[EVENT_BYTES_MAX];
    event_t event;
    bool found, rendered;
    hash_t hash; // of the paper that was made before
    uint64_t layout;
    paper_t paper;
    char title[32], period[64], inn[16], kpp[16], name[NAME_SIZE], advances[ADVANCES_SIZE];
} document_t;

// --- from the journal ---

static void take(document_t *self, bytes_t bytes, const event_t *event)
{
    bool act = event->type == EVENT_act_issued && self->kind == PAPER_ACT &&
               event->act_issued.number == self->number;
    bool invoice = event->type == EVENT_invoice_issued && self->kind == PAPER_INVOICE &&
                   event->invoice_issued.number == self->number;
    const event_document_rendered_t *rendered = &event->document_rendered;
    if ((act || invoice) && bytes.size <= sizeof self->bytes) {
        memcpy(self->bytes, bytes.data, bytes.size);
        self->found = event_decode(self->bytes, bytes.size, &self->event) == FAIL_NONE;
    }
    if (event->type == EVENT_document_rendered && !self->rendered && rendered->kind == self->kind &&
        rendered->number == self->number) {
        self->rendered = true;
        self->hash = rendered->hash;
        self->layout = rendered->layout;
    }
}

static int find(session_t *session, document_t *self)
{
    int status = EX_OK;
    uint64_t sequence;
    bytes_t bytes;
    event_t event;
    verify_source_t *source = verify_source_live(session, STREAM_DOCUMENTS, 1, &status);
    while (source && verify_source_next(source, &sequence, &bytes))
        if (event_decode(bytes.data, bytes.size, &event) == FAIL_NONE)
            take(self, bytes, &event);
    if (source)
        status = verify_source_status(source);
    verify_source_destroy(&source);
    if (status == EX_OK && !self->found) {
        fputs("kopeck: documents has no invoice or act of that number\n", stderr);
        status = EX_NOINPUT;
    }
    return status;
}

// --- what the paper says ---

static const char *keep(text_t text, char *out, size_t cap)
{
    snprintf(out, cap, "%.*s", (int)text.size, text.data);
    return out;
}

static day_t moscow_day(instant_t at)
{
    return (day_t)((at + MOSCOW_OFFSET_US) / DAY_US);
}

static bool fill_seller(session_t *session, paper_party_t *seller, int *ret_status)
{
    const options_t *options = session_options(session, ret_status);
    if (!options)
        return false;
    *seller = options->seller;
    if (*seller->name && *seller->inn && *seller->account && *seller->bank && *seller->bic)
        return true;
    fputs("kopeck: the configuration has no seller: name, inn, kpp, address, account, bank, bic, "
          "correspondent\n",
          stderr);
    *ret_status = EX_CONFIG;
    return false;
}

static void fill_invoice(document_t *self)
{
    const event_invoice_issued_t *e = &self->event.invoice_issued;
    paper_t *paper = &self->paper;
    uint32_t rate = vat_rate_on(paper->day);
    paper->due = moscow_day(e->due);
    paper->amount = e->amount;
    (void)vat_of(e->amount, rate, &paper->vat);
    paper->lines[0] =
        (paper_line_t){"Услуги облачной платформы, аванс", rate, paper->amount, paper->vat};
    paper->lines_count = 1;
    paper->buyer = (paper_party_t){.name = keep(e->name, self->name, sizeof self->name),
                                   .inn = keep(e->inn, self->inn, sizeof self->inn),
                                   .kpp = keep(e->kpp, self->kpp, sizeof self->kpp),
                                   .address = ""};
}

static void fill_lines(paper_t *paper, bytes_t rows)
{
    wire_t wire;
    wire_start(&wire, rows.data, rows.size);
    while (!wire.fail && wire_left(&wire) && paper->lines_count < PAPER_LINES_MAX &&
           wire_array(&wire, 4) == 4) {
        paper_line_t *line = &paper->lines[paper->lines_count++];
        uint64_t service;
        wire_u64(&wire, &service);
        wire_u64(&wire, &line->rate);
        wire_i64(&wire, &line->amount);
        wire_i64(&wire, &line->vat);
        const code_t *code = codes_find(CODES_resource_kind, service);
        line->name = code ? code->russian : "услуги";
    }
}

// Line 5б: the invoice's own number in its series, without the year.
static void fill_advances(document_t *self, bytes_t rows)
{
    static act_advance_t advances[ACT_PAID_MAX];
    static char numbers[ACT_PAID_MAX][16];
    size_t count = 0;
    wire_t wire;
    wire_start(&wire, rows.data, rows.size);
    while (!wire.fail && wire_left(&wire) && count < ACT_PAID_MAX && wire_array(&wire, 3) == 3) {
        uint64_t number;
        int64_t day, amount;
        wire_u64(&wire, &number);
        wire_i64(&wire, &day);
        wire_i64(&wire, &amount);
        snprintf(numbers[count], sizeof numbers[count], "%" PRIu64, number % SERIES);
        advances[count] = (act_advance_t){span_of(numbers[count]), (day_t)day};
        count++;
    }
    if (!act_period_print_advances(advances, count, self->advances, sizeof self->advances))
        snprintf(self->advances, sizeof self->advances, "-");
}

static void fill_act(document_t *self)
{
    const event_act_issued_t *e = &self->event.act_issued;
    paper_t *paper = &self->paper;
    snprintf(self->period, sizeof self->period, "%u квартал %u года",
             (unsigned)(e->quarter % QUARTERS) + 1, (unsigned)(e->quarter / QUARTERS));
    fill_lines(paper, e->lines);
    fill_advances(self, e->advances);
    paper->period = self->period;
    paper->advances = self->advances;
    paper->amount = e->amount;
    paper->vat = e->vat;
    paper->buyer = (paper_party_t){.name = keep(e->name, self->name, sizeof self->name),
                                   .inn = keep(e->inn, self->inn, sizeof self->inn),
                                   .kpp = keep(e->kpp, self->kpp, sizeof self->kpp),
                                   .address = ""};
}

// As it is known by, and its file is named.
static void print_title(document_t *self)
{
    if (self->kind == PAPER_ACT)
        snprintf(self->title, sizeof self->title, "A%02u-%06u",
                 (unsigned)(self->number / SERIES % 100), (unsigned)(self->number % SERIES));
    else
        snprintf(self->title, sizeof self->title, "%" PRIu64, self->number);
}

static bool fill(session_t *session, document_t *self, int *ret_status)
{
    if (!fill_seller(session, &self->paper.seller, ret_status))
        return false;
    print_title(self);
    self->paper.kind = self->kind;
    self->paper.layout = (unsigned)(self->rendered ? self->layout : PAPER_LAYOUT);
    self->paper.number = self->title;
    self->paper.day = moscow_day(self->event.at);
    if (self->kind == PAPER_ACT)
        fill_act(self);
    else
        fill_invoice(self);
    return true;
}

// --- the file ---

static int note(session_t *session, const document_t *self, const hash_t *hash, size_t size)
{
    request_t request = {.type = REQUEST_document_render, .id = uuid7_new()};
    request.document_render.kind = self->kind;
    request.document_render.number = self->number;
    request.document_render.hash = *hash;
    request.document_render.size = size;
    request.document_render.layout = PAPER_LAYOUT;
    answer_t answer;
    int status = session_ask(session, STREAM_DOCUMENTS, CLIENT_COMMAND, &request, &answer);
    if (status == EX_OK)
        session_did(session, &request, &answer);
    return status;
}

// What was issued once is issued so for ever. It is kept before it is given out or noted.
static int store(session_t *session, const document_t *self, const char *path, const uint8_t *bytes,
                 size_t size)
{
    const options_t *options = session->options;
    hash_t hash = {{0}};
    char hex[DIGEST_HEX_MAX + 1];
    int status = EX_OK;
    digest_sha256(bytes, size, hash.bytes);
    digest_hex_lower(hash.bytes, sizeof hash.bytes, hex);
    if (self->rendered && memcmp(&hash, &self->hash, sizeof hash) != 0) {
        fputs("kopeck: another paper was issued of this document: its bytes differ\n", stderr);
        return EX_DATAERR;
    }
    session_begin_change();
    if (*options->papers)
        status = paper_shelf_keep(options->papers, self->title, bytes, size);
    status = status ? status : paper_shelf_write(path, bytes, size);
    if (status == EX_OK && !self->rendered)
        status = note(session, self, &hash, size);
    if (status == EX_OK && session->json)
        printf("{\"number\":\"%s\",\"sha256\":\"%s\",\"size\":%zu,\"again\":%s}\n", self->title,
               hex, size, self->rendered ? "true" : "false");
    else if (status == EX_OK)
        printf("%s, %zu bytes, SHA-256 %s%s\n", self->title, size, hex,
               self->rendered ? ", as it was issued" : "");
    return status;
}

static int draw(session_t *session, document_t *self, uint8_t **ret_bytes, size_t *ret_size)
{
    const char *why = NULL;
    int status = EX_OK;
    if (!fill(session, self, &status))
        return status;
    if (paper_draw(&self->paper, ret_bytes, ret_size, &why))
        return EX_OK;
    fprintf(stderr, "kopeck: %s\n", why);
    return EX_CONFIG;
}

static int get(session_t *session, document_t *self, const char *path)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    int status = find(session, self);
    const options_t *options = status == EX_OK ? session_options(session, &status) : NULL;
    if (!options)
        return status;
    print_title(self);
    if (self->rendered && *options->papers)
        status = paper_shelf_take(options->papers, self->title, &self->hash, &bytes, &size);
    if (status == EX_OK && !bytes)
        status = draw(session, self, &bytes, &size);
    if (status == EX_OK)
        status = store(session, self, path, bytes, size);
    free(bytes);
    return status;
}

// --- the XML of an act ---

static bool fill_upd(session_t *session, document_t *self, const char *buyer_id, upd_t *out,
                     int *ret_status)
{
    if (!fill(session, self, ret_status))
        return false;
    const options_t *options = session_options(session, ret_status);
    const event_act_issued_t *e = &self->event.act_issued;
    *out = (upd_t){.paper = &self->paper,
                   .invoice = e->invoice % SERIES,
                   .account = e->account,
                   .first = moscow_day(act_period_begin(e->quarter)),
                   .last = moscow_day(act_period_begin(e->quarter + 1)) - 1,
                   .seller_id = options->seller_id,
                   .buyer_id = buyer_id,
                   .position = options->signer_position,
                   .surname = options->signer_surname,
                   .given_name = options->signer_name,
                   .patronymic = options->signer_patronymic};
    if (*out->seller_id && *out->position && *out->surname && *out->given_name)
        return true;
    fputs("kopeck: the configuration's seller has no edi_id, signer_position, signer_surname, "
          "signer_name\n",
          stderr);
    *ret_status = EX_CONFIG;
    return false;
}

static int get_upd(session_t *session, document_t *self, const char *buyer_id, const char *path)
{
    static char bytes[UPD_SIZE_MAX], name[UPD_NAME_MAX];
    upd_t upd;
    int status = find(session, self);
    if (status != EX_OK || !fill_upd(session, self, buyer_id, &upd, &status))
        return status;
    size_t size = upd_write(&upd, bytes);
    if (!size) {
        fputs("kopeck: a text of the act or of the seller is not of Windows-1251\n", stderr);
        return EX_DATAERR;
    }
    upd_name(&upd, name);
    status = paper_shelf_write(path, (const uint8_t *)bytes, size);
    if (status == EX_OK && session->json)
        printf("{\"number\":\"%s\",\"name\":\"%s.xml\",\"size\":%zu}\n", self->title, name, size);
    else if (status == EX_OK)
        printf("%s, %zu bytes; its name is %s.xml\n", self->title, size, name);
    return status;
}

static void take_number(args_t *args, document_t *self)
{
    const char *text = args_operand(args, "the document");
    unsigned year, serial;
    char end;
    self->kind = PAPER_INVOICE;
    if (sscanf(text, "A%2u-%6u%c", &year, &serial, &end) == 2 && serial) {
        self->kind = PAPER_ACT;
        self->number = (uint64_t)year * SERIES + serial;
    } else if (*text && !args_read_number(text, &self->number)) {
        args_refuse(args, "the document", text, "an invoice's 11 digits, or an act's A26-000123");
    }
}

int command_documents(session_t *session, args_t *args)
{
    static document_t document;
    static const char *const words[] = {"get", "upd", NULL};
    const char *path = args_option(args, "output"), *buyer_id = args_option(args, "buyer-id");
    int word = args_word(args, words);
    if (word < 0)
        args_refuse(args, "what to do", NULL, "get or upd");
    take_number(args, &document);
    if (!path)
        args_refuse(args, "--output", NULL, "a file that is not there");
    if (word == 1 && document.kind != PAPER_ACT)
        args_refuse(args, "the document", NULL, "an act's A26-000123");
    if ((word == 1) != (buyer_id != NULL))
        args_refuse(args, "--buyer-id", buyer_id, "the buyer's id, of an act's XML alone");
    if (!command_ready(args))
        return EX_USAGE;
    return word == 1 ? get_upd(session, &document, buyer_id, path) : get(session, &document, path);
}
