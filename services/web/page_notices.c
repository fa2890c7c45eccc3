#include "services/web/page_notices.h"
#include "proto/digest.h"
#include "proto/wire.h"
#include "services/web/page_rows.h"
#include <stdio.h>

enum {
    STEPS = 4,        // boxes for steps of the ladder
    WANTS_KINDS = 16, // bit 16 + n of what a contact wants is notice_kind n
    KINDS_MAX = 64 - WANTS_KINDS,
    BOXES_MAX = STEPS + KINDS_MAX,
    BOX_TEXT_MAX = 24,
    TOLD_ROWS = 8,
    CODE_TYPED_MAX = 64,
    KEY_TYPED_MAX = 128,
    ADDRESS_TYPED_MAX = 1024,
    SECRET_BYTES = 32,
    SECRET_TEXT_MAX = 64
};
enum { ASK_CONTACT, ASK_TOLD };
enum { EMAIL, WEBHOOK, CONTACTS };

// What may be chosen of the ladder; of all else each kind has a box of its own.
static const struct {
    const char *name;
    uint64_t wants;
    text_id_t what;
} steps[STEPS] = {{"low", 1 << LADDER_LOW, TEXT_N_LOW},
                  {"ends", 1 << LADDER_EARLY | 1 << LADDER_LATE, TEXT_N_ENDS},
                  {"stops",
                   1 << LADDER_EXHAUSTED | 1 << LADDER_GRACE | 1 << LADDER_STOPPED |
                       1 << LADDER_FROZEN | 1 << LADDER_DELETABLE,
                   TEXT_N_STOPS},
                  {"back", 1 << LADDER_NONE, TEXT_N_BACK}};

static const struct {
    uint64_t kind;
    const char *word, *set, *choose;
    text_id_t title, label, save, none;
} contacts[CONTACTS] = {{CONTACT_EMAIL, "email", "/notices/email", "/notices/email/choose",
                         TEXT_N_EMAIL, TEXT_N_ADDRESS, TEXT_N_SEND_CODE, TEXT_N_NO_ADDRESS},
                        {CONTACT_WEBHOOK, "webhook", "/notices/webhook", "/notices/webhook/choose",
                         TEXT_N_WEBHOOK, TEXT_N_URL, TEXT_N_SAVE_URL, TEXT_N_NO_URL}};

static const char confirm_route[] = "/notices/confirm", erase_route[] = "/notices/erase";
static const char *const email_names[] = {"ticket", "address", NULL};
static const char *const webhook_names[] = {"ticket", "address", "key", NULL};
static const char *const confirm_names[] = {"ticket", "code", NULL};
static const char *const erase_names[] = {"ticket", NULL};

typedef struct {
    web_ticket_t ticket;
    bool sent;                         // a form, whose command is the first question
    text_id_t wrong[CONTACTS], unread, // TEXT_NONE for nothing
        unchosen[CONTACTS];
} notices_t;

// --- what may be chosen ---

typedef struct {
    char name[BOX_TEXT_MAX], id[2 * BOX_TEXT_MAX];
    uint64_t wants;
    span_t what;
} box_t;

// A confirmation is no choice, nor is what a payment waits for (docs/rules.md "Notices to
// contacts"); steps have boxes of their own.
static bool is_chosen(uint64_t kind)
{
    return kind != NOTICE_CONFIRM && kind != NOTICE_LADDER && kind != NOTICE_PAYMENT_ANNOUNCED &&
           kind < KINDS_MAX;
}

static size_t boxes_of(const web_visit_t *visit, const char *word, box_t boxes[BOXES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < STEPS; i++) {
        box_t *box = &boxes[count++];
        *box = (box_t){.wants = steps[i].wants, .what = text_get(steps[i].what, visit->language)};
        snprintf(box->name, sizeof box->name, "%s", steps[i].name);
    }
    const codes_info_t *kinds = codes_info(CODES_notice_kind);
    for (size_t i = 0; i < kinds->count; i++) {
        uint64_t kind = kinds->codes[i].number;
        if (!is_chosen(kind))
            continue;
        box_t *box = &boxes[count++];
        *box = (box_t){.wants = UINT64_C(1) << (WANTS_KINDS + kind),
                       .what = page_words(CODES_notice_kind, kind, visit->language)};
        snprintf(box->name, sizeof box->name, "k%u", (unsigned)kind);
    }
    for (size_t i = 0; i < count; i++)
        snprintf(boxes[i].id, sizeof boxes[i].id, "%s-%s", word, boxes[i].name);
    return count;
}

// The fields of the form of choices: a box each beside two of all forms.
typedef struct {
    box_t boxes[BOXES_MAX];
    const char *names[BOXES_MAX + 3];
} choice_t;

static const char *const *names_of(const web_visit_t *visit, choice_t *ret_choice)
{
    static_assert(BOXES_MAX + 2 <= FORM_FIELDS_MAX, "a form holds all boxes");
    size_t count = boxes_of(visit, "", ret_choice->boxes);
    const char **names = ret_choice->names;
    *names++ = "ticket";
    *names++ = "language";
    for (size_t i = 0; i < count; i++)
        *names++ = ret_choice->boxes[i].name;
    *names = NULL;
    return ret_choice->names;
}

// 0 for all that there is, also what comes later. False where nothing is ticked.
static bool read_wants(const web_visit_t *visit, uint64_t *ret_wants)
{
    box_t boxes[BOXES_MAX];
    size_t count = boxes_of(visit, "", boxes), ticked = 0;
    uint64_t wants = 0;
    for (size_t i = 0; i < count; i++)
        if (visit_field(visit, boxes[i].name).size) {
            wants |= boxes[i].wants;
            ticked++;
        }
    *ret_wants = ticked == count ? 0 : wants;
    return ticked > 0;
}

// --- what is shown ---

typedef struct {
    char set[CONTACTS][TICKET_SIZE + 1], choose[CONTACTS][TICKET_SIZE + 1];
    char confirm[TICKET_SIZE + 1], erase[TICKET_SIZE + 1], key[SECRET_TEXT_MAX];
    box_t boxes[CONTACTS][BOXES_MAX];
    page_notices_boxes_t shown[CONTACTS][BOXES_MAX];
} texts_t;

static text_id_t state_text(uint64_t state, text_id_t none)
{
    switch (state) {
    case CONTACT_IS_ON:
        return TEXT_N_ON;
    case CONTACT_IS_UNCONFIRMED:
        return TEXT_N_UNCONFIRMED;
    case CONTACT_IS_GONE:
        return TEXT_N_GONE;
    case CONTACT_IS_BOUNCED:
        return TEXT_N_BOUNCED;
    default:
        return none;
    }
}

static size_t fill_boxes(const web_visit_t *visit, size_t i, uint64_t wants, texts_t *texts)
{
    size_t count = boxes_of(visit, contacts[i].word, texts->boxes[i]);
    for (size_t n = 0; n < count; n++) {
        const box_t *box = &texts->boxes[i][n];
        texts->shown[i][n] =
            (page_notices_boxes_t){.id = span_of(box->id),
                                   .name = span_of(box->name),
                                   .what = box->what,
                                   .ticked = wants == 0 || (wants & box->wants) != 0};
    }
    return count;
}

static void make_secret(const web_visit_t *visit, char ret_text[SECRET_TEXT_MAX])
{
    uint8_t bytes[SECRET_BYTES];
    char base64[DIGEST_BASE64_MAX + 1];
    visit->site->random(bytes, sizeof bytes);
    (void)digest_base64(bytes, sizeof bytes, base64);
    snprintf(ret_text, SECRET_TEXT_MAX, "whsec_%.56s", base64);
    explicit_bzero(bytes, sizeof bytes);
    explicit_bzero(base64, sizeof base64);
}

static void fill_forms(const web_visit_t *visit, const notices_t *own, size_t i, texts_t *texts,
                       page_notices_contacts_t *row)
{
    span_t key = visit_field(visit, "key");
    visit_new_ticket(visit, contacts[i].set, "", texts->set[i]);
    visit_new_ticket(visit, contacts[i].choose, "", texts->choose[i]);
    row->set_ticket = span_of(texts->set[i]);
    row->choose_ticket = span_of(texts->choose[i]);
    row->wrong = own->wrong[i] != TEXT_NONE;
    row->why = own->wrong[i];
    row->typed = row->wrong ? visit_field(visit, "address") : SPAN("");
    row->choose_wrong = own->unchosen[i] != TEXT_NONE;
    row->choose_why = own->unchosen[i];
    if (i == WEBHOOK)
        make_secret(visit, texts->key);
    row->key = row->wrong && key.size ? key : span_of(texts->key);
}

static void fill_code(const web_visit_t *visit, const notices_t *own, texts_t *texts,
                      page_notices_contacts_t *row)
{
    visit_new_ticket(visit, confirm_route, "", texts->confirm);
    row->confirm_ticket = span_of(texts->confirm);
    row->code = visit_field(visit, "code"); // typed, or of the link in the e-mail
    row->code_wrong = own->unread != TEXT_NONE;
    row->code_why = own->unread;
}

static page_notices_contacts_t contact_row(const web_visit_t *visit, const notices_t *own,
                                           const answer_contact_t *contact, size_t i,
                                           texts_t *texts)
{
    bool email = i == EMAIL;
    uint64_t state = email ? contact->email : contact->webhook;
    text_t address = email ? contact->email_address : contact->webhook_address;
    page_notices_contacts_t row = {.kind = span_of(contacts[i].word),
                                   .title = contacts[i].title,
                                   .label = contacts[i].label,
                                   .save = contacts[i].save,
                                   .set = span_of(contacts[i].set + 1),
                                   .choose = span_of(contacts[i].choose + 1),
                                   .state = state_text(state, contacts[i].none),
                                   .has_address = address.size > 0,
                                   .address = {address.data, address.size},
                                   .letters = email,
                                   .hooks = !email,
                                   .may = visit->pays,
                                   .chooses = visit->pays && state != CONTACT_IS_NONE,
                                   .english = contact->email_language == SAID_IN_ENGLISH,
                                   .confirms = visit->pays && state == CONTACT_IS_UNCONFIRMED,
                                   .both = !email && contact->both_until > 0,
                                   .both_until = contact->both_until};
    fill_forms(visit, own, i, texts, &row);
    if (email)
        fill_code(visit, own, texts, &row);
    uint64_t wants = email ? contact->email_wants : contact->webhook_wants;
    row.boxes_count = fill_boxes(visit, i, wants, texts);
    row.boxes = texts->shown[i];
    return row;
}

// What came of it by one contact.
static span_t delivery_words(const web_visit_t *visit, uint64_t to, uint64_t contact,
                             uint64_t delivery)
{
    if (!(to >> contact & 1))
        return SPAN("—");
    return delivery ? page_words(CODES_delivery, delivery, visit->language)
                    : text_get(TEXT_N_WAITS, visit->language);
}

static size_t fill_told(const web_visit_t *visit, const answer_told_t *answer,
                        page_notices_told_t rows[TOLD_ROWS])
{
    enum { NOTICE, QUEUED, ABOUT, STEP, TO, BY_EMAIL, BY_WEBHOOK, COLUMNS };
    wire_t wire;
    size_t count = 0;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    while (count < TOLD_ROWS && count < answer->count && wire_array(&wire, COLUMNS) == COLUMNS) {
        uint64_t values[COLUMNS];
        for (size_t i = 0; i < COLUMNS; i++)
            wire_u64(&wire, &values[i]);
        if (wire.fail)
            break;
        bool step = values[ABOUT] == NOTICE_LADDER;
        rows[count++] = (page_notices_told_t){
            .queued = (instant_t)values[QUEUED],
            .what = step ? page_words(CODES_ladder_step, values[STEP], visit->language)
                         : page_words(CODES_notice_kind, values[ABOUT], visit->language),
            .email = delivery_words(visit, values[TO], CONTACT_EMAIL, values[BY_EMAIL]),
            .webhook = delivery_words(visit, values[TO], CONTACT_WEBHOOK, values[BY_WEBHOOK])};
    }
    return count;
}

static bool has_contact(const answer_contact_t *contact)
{
    return contact->email != CONTACT_IS_NONE || contact->webhook != CONTACT_IS_NONE;
}

static bool is_wrong(const notices_t *own)
{
    return own->unread || own->wrong[EMAIL] || own->wrong[WEBHOOK] || own->unchosen[EMAIL] ||
           own->unchosen[WEBHOOK];
}

static bool show(web_visit_t *visit, const notices_t *own)
{
    static const answer_contact_t nothing;
    size_t first = own->sent ? 1 : 0;
    const answer_t *contact = visit_answer(visit, first + ASK_CONTACT);
    const answer_t *said = visit_answer(visit, first + ASK_TOLD);
    fail_t fail = visit_fail(visit, first + ASK_CONTACT);
    bool silent = fail && fail != FAIL_MISSING && fail != FAIL_UNKNOWN_ACCOUNT;
    texts_t texts;
    page_notices_contacts_t rows[CONTACTS];
    page_notices_told_t told[TOLD_ROWS];
    page_notices_t page = {.frame = visit_frame(visit, TEXT_TAB_NOTICES, 0),
                           .saved = visit_field(visit, "saved").size > 0 && !is_wrong(own),
                           .silent = silent,
                           .known = !silent,
                           .contacts = rows,
                           .told = told};
    page.frame.on_notices = true;
    page.frame.error = is_wrong(own);
    for (; !silent && page.contacts_count < CONTACTS; page.contacts_count++)
        rows[page.contacts_count] = contact_row(visit, own, contact ? &contact->contact : &nothing,
                                                page.contacts_count, &texts);
    page.told_silent = !said;
    page.told_count = said ? fill_told(visit, &said->told, told) : 0;
    page.has_told = page.told_count > 0;
    page.none_told = said && !page.has_told;
    page.erases = visit->pays && contact && has_contact(&contact->contact);
    visit_new_ticket(visit, erase_route, "", texts.erase);
    page.erase_ticket = span_of(texts.erase);
    writer_t writer = visit_writer(visit);
    page_notices(&writer, visit->language, &page);
    explicit_bzero(texts.key, sizeof texts.key);
    return visit_show(visit, is_wrong(own) ? 422 : 200, &writer);
}

static bool ask_all(web_visit_t *visit)
{
    visit_ask(visit, WEB_DOOR_NOTIFY, REQUEST_contact, VISIT_LEDGER_MS)->contact.account =
        visit->account;
    visit_ask(visit, WEB_DOOR_NOTIFY, REQUEST_told, VISIT_LEDGER_MS)->told.account = visit->account;
    return false;
}

bool page_notices_show(web_visit_t *visit)
{
    static const char *const names[] = {"code", "saved", NULL};
    notices_t *own = visit_own(visit, sizeof *own);
    if (visit->round > 0)
        return show(visit, own);
    if (visit_needs_customer(visit, false))
        return true;
    if (!visit_form_has_only(visit, names))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    return ask_all(visit);
}

// --- forms ---

// True when the reply is ready. Else the command's id is the ticket's.
static bool refuse_form(web_visit_t *visit, const char *route, const char *const *names,
                        notices_t *own)
{
    if (visit_needs_own_page(visit) || visit_needs_customer(visit, true))
        return true;
    if (!visit_form_has_only(visit, names))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    return !visit_ticket(visit, route, &own->ticket) && visit_say(visit, 403, TEXT_E2, TEXT_E2);
}

static request_t *command(web_visit_t *visit, notices_t *own, request_type_t type)
{
    request_t *request = visit_ask(visit, WEB_DOOR_NOTIFY, type, VISIT_COMMAND_MS);
    request->id = own->ticket.command;
    own->sent = true;
    return request;
}

// Of what a person can mend the page says so, beside what he typed. `ret_why` has what each failure
// means; true when the reply is ready.
static bool ends(web_visit_t *visit, const char *route, const char *const *names, text_id_t invalid,
                 text_id_t state, text_id_t *ret_why)
{
    fail_t fail = visit_fail(visit, 0);
    if (!fail)
        return visit_redirect(visit, "/notices?saved=1");
    if (fail == FAIL_INVALID || fail == FAIL_MISMATCH || fail == FAIL_EXPIRED)
        *ret_why = invalid;
    else if (fail == FAIL_STATE)
        *ret_why = state;
    else if (fail == FAIL_TIMEOUT || fail_retry(fail))
        return visit_say_again(visit, route, names);
    else
        return visit_say_failure(visit, fail);
    return ask_all(visit);
}

static text_t text_from(span_t span)
{
    return (text_t){span.bytes, (uint32_t)span.size};
}

static bool send_contact(web_visit_t *visit, size_t i, const char *const *names)
{
    notices_t *own = visit_own(visit, sizeof *own);
    span_t address = visit_field(visit, "address"), key = visit_field(visit, "key");
    if (visit->round > 1 || (visit->round == 1 && !own->sent))
        return show(visit, own);
    if (visit->round == 1)
        return ends(visit, contacts[i].set, names, i == EMAIL ? TEXT_N_ADDRESS_BAD : TEXT_N_URL_BAD,
                    i == EMAIL ? TEXT_N_EARLY : TEXT_N_NOT_HERE, &own->wrong[i]);
    if (refuse_form(visit, contacts[i].set, names, own))
        return true;
    if (address.size > ADDRESS_TYPED_MAX || key.size > KEY_TYPED_MAX) {
        own->wrong[i] = i == EMAIL ? TEXT_N_ADDRESS_BAD : TEXT_N_URL_BAD;
        return ask_all(visit);
    }
    command(visit, own, REQUEST_contact_set)->contact_set = (request_contact_set_t){
        .account = visit->account,
        .kind = contacts[i].kind,
        .address = text_from(address),
        .key = text_from(key),
        .language = visit->language == LANGUAGE_ENGLISH ? SAID_IN_ENGLISH : SAID_IN_RUSSIAN};
    return false;
}

bool page_notices_email(web_visit_t *visit)
{
    return send_contact(visit, EMAIL, email_names);
}

bool page_notices_webhook(web_visit_t *visit)
{
    return send_contact(visit, WEBHOOK, webhook_names);
}

bool page_notices_confirm(web_visit_t *visit)
{
    notices_t *own = visit_own(visit, sizeof *own);
    span_t code = visit_field(visit, "code");
    if (visit->round > 1 || (visit->round == 1 && !own->sent))
        return show(visit, own);
    if (visit->round == 1)
        return ends(visit, confirm_route, confirm_names, TEXT_N_CODE_BAD, TEXT_N_NO_CODE,
                    &own->unread);
    if (refuse_form(visit, confirm_route, confirm_names, own))
        return true;
    if (code.size > CODE_TYPED_MAX) {
        own->unread = TEXT_N_CODE_BAD;
        return ask_all(visit);
    }
    command(visit, own, REQUEST_contact_confirm)->contact_confirm =
        (request_contact_confirm_t){.account = visit->account, .code = text_from(code)};
    return false;
}

static bool choose(web_visit_t *visit, size_t i)
{
    notices_t *own = visit_own(visit, sizeof *own);
    choice_t choice;
    uint64_t wants;
    if (visit->round > 1 || (visit->round == 1 && !own->sent))
        return show(visit, own);
    const char *const *names = names_of(visit, &choice);
    if (visit->round == 1)
        return ends(visit, contacts[i].choose, names, TEXT_E10, TEXT_E10, &own->unchosen[i]);
    if (refuse_form(visit, contacts[i].choose, names, own))
        return true;
    if (!read_wants(visit, &wants)) {
        own->unchosen[i] = TEXT_N_CHOOSE_BAD;
        return ask_all(visit);
    }
    bool english = span_is(visit_field(visit, "language"), SPAN("en"));
    command(visit, own, REQUEST_contact_choose)->contact_choose =
        (request_contact_choose_t){.account = visit->account,
                                   .kind = contacts[i].kind,
                                   .wants = wants,
                                   .language = english ? SAID_IN_ENGLISH : SAID_IN_RUSSIAN};
    return false;
}

bool page_notices_choose_email(web_visit_t *visit)
{
    return choose(visit, EMAIL);
}

bool page_notices_choose_webhook(web_visit_t *visit)
{
    return choose(visit, WEBHOOK);
}

bool page_notices_erase(web_visit_t *visit)
{
    notices_t *own = visit_own(visit, sizeof *own);
    if (visit->round > 1)
        return show(visit, own);
    if (visit->round == 1)
        return ends(visit, erase_route, erase_names, TEXT_E10, TEXT_N_NOT_HERE, &own->wrong[EMAIL]);
    if (refuse_form(visit, erase_route, erase_names, own))
        return true;
    command(visit, own, REQUEST_contact_erase)->contact_erase.account = visit->account;
    return false;
}
