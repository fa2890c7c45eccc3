// By which contacts an account is told, and what is not told yet. Addresses and secrets are read
// from a file or from standard input, never from the command line, which others may see.
#include "proto/digest.h"
#include "services/base/webhook.h"
#include "services/process/uuid7.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/secret_lines.h"
#include <assert.h>
#include <sys/random.h>

enum { KEY_BYTES = 32, KEY_SIZE = 128, KINDS = 16 };

static void make_key(char key[SECRET_LINE_SIZE])
{
    uint8_t bytes[KEY_BYTES];
    char text[DIGEST_BASE64_MAX + 1];
    ssize_t got = getrandom(bytes, sizeof bytes, 0);
    assert(got == (ssize_t)sizeof bytes);
    (void)digest_base64(bytes, sizeof bytes, text);
    snprintf(key, SECRET_LINE_SIZE, "whsec_%s", text);
}

// --- set ---

// Bits of `wants`.
static const struct {
    const char *word;
    unsigned bit;
} wanted[] = {{"back", LADDER_NONE},
              {"low", LADDER_LOW},
              {"early", LADDER_EARLY},
              {"late", LADDER_LATE},
              {"exhausted", LADDER_EXHAUSTED},
              {"grace", LADDER_GRACE},
              {"stopped", LADDER_STOPPED},
              {"frozen", LADDER_FROZEN},
              {"deletable", LADDER_DELETABLE},
              {"mandate-given", KINDS + NOTICE_MANDATE_GIVEN},
              {"mandate-revoked", KINDS + NOTICE_MANDATE_REVOKED},
              {"payment-announced", KINDS + NOTICE_PAYMENT_ANNOUNCED},
              {"autopay-paid", KINDS + NOTICE_AUTOPAY_PAID},
              {"autopay-declined", KINDS + NOTICE_AUTOPAY_DECLINED},
              {"autopay-suspended", KINDS + NOTICE_AUTOPAY_SUSPENDED},
              {"topup-credited", KINDS + NOTICE_TOPPED_UP},
              {"transfer-credited", KINDS + NOTICE_TRANSFER_CAME},
              {"refund-requested", KINDS + NOTICE_REFUND_ASKED},
              {"refund-done", KINDS + NOTICE_REFUND_DONE},
              {"refund-failed", KINDS + NOTICE_REFUND_FAILED},
              {"bonus-ends-soon", KINDS + NOTICE_BONUS_ENDS},
              {"account-closed", KINDS + NOTICE_ACCOUNT_CLOSED},
              {"price", KINDS + NOTICE_PRICE}};

static uint64_t read_wants(args_t *args, const char *text)
{
    uint64_t wants = 0;
    if (text && strcmp(text, "all") == 0)
        return wants;
    while (text && *text) {
        size_t size = strcspn(text, ","), i = 0, count = sizeof wanted / sizeof *wanted;
        while (i < count &&
               (strlen(wanted[i].word) != size || strncmp(wanted[i].word, text, size) != 0))
            i++;
        if (i == count) {
            args_refuse(args, "only", text,
                        "back, low, early, late, exhausted, grace, stopped, frozen, deletable, "
                        "mandate-given, mandate-revoked, payment-announced, autopay-paid, "
                        "autopay-declined, autopay-suspended, topup-credited, transfer-credited, "
                        "refund-requested, refund-done, refund-failed, bonus-ends-soon, "
                        "account-closed, price, parted by commas, or all");
            return 0;
        }
        wants |= UINT64_C(1) << wanted[i].bit;
        text += size + (text[size] == ',');
    }
    return wants;
}

static int print_set(const session_t *session, const char *key)
{
    static const column_t columns[] = {{"key", "key", false}};
    table_print_t *table = table_print_new(columns, 1, TABLE_RECORD, session->json, stdout);
    if (*key)
        table_print_text(table, key);
    else
        table_print_none(table);
    table_print_destroy(&table);
    return EX_OK;
}

static int send_set(session_t *session, request_t *request, secret_lines_t *lines)
{
    answer_t answer;
    bool webhook = request->contact_set.kind == CONTACT_WEBHOOK;
    if (webhook && !*lines->second)
        make_key(lines->second);
    request->contact_set.address = text_of(lines->first);
    request->contact_set.key = text_of(webhook ? lines->second : "");
    int status = ask_unprinted(session, STREAM_NOTIFY, request, &answer);
    return status == EX_OK ? print_set(session, webhook ? lines->second : "") : status;
}

static uint64_t read_language(args_t *args, const char *language)
{
    static const char *const languages[] = {"russian", "english", NULL};
    for (uint64_t i = 0; language && languages[i]; i++)
        if (strcmp(language, languages[i]) == 0)
            return i;
    if (language)
        args_refuse(args, "language", language, "russian or english");
    return SAID_IN_RUSSIAN;
}

static uint64_t read_reason(args_t *args)
{
    uint64_t code = 0;
    const char *reason = args_option(args, "reason");
    if (reason && !args_read_code(CODES_reason, reason, &code))
        args_refuse(args, "reason", reason, "mistake, goodwill, dispute, migration, test, other");
    return code;
}

static uint64_t read_kind(args_t *args)
{
    static const char *const kinds[] = {"email", "webhook", NULL};
    int kind = args_word(args, kinds);
    if (kind < 0)
        args_refuse(args, "the contact", NULL, "email or webhook");
    return kind == 1 ? CONTACT_WEBHOOK : CONTACT_EMAIL;
}

static int set(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_contact_set};
    request_contact_set_t *asked = &request.contact_set;
    secret_lines_t lines = {"", ""};
    ask_take_id(args, &request);
    asked->wants = read_wants(args, args_option(args, "only"));
    asked->language = read_language(args, args_option(args, "language"));
    asked->reason = read_reason(args);
    asked->account = args_operand_uid(args, "the account");
    asked->kind = read_kind(args);
    const char *path = args_operand(args, "the file with the address");
    if (!command_ready(args))
        return EX_USAGE;
    int status = secret_lines_read(path, &lines);
    return status == EX_OK ? send_set(session, &request, &lines) : status;
}

// --- the others ---

// What is not named stays as it is.
static int choose(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_contact_choose}, question = {.type = REQUEST_contact};
    request_contact_choose_t *asked = &request.contact_choose;
    answer_t answer;
    ask_take_id(args, &request);
    const char *only = args_option(args, "only"), *language = args_option(args, "language");
    asked->wants = read_wants(args, only);
    asked->language = read_language(args, language);
    asked->reason = read_reason(args);
    asked->account = question.contact.account = args_operand_uid(args, "the account");
    asked->kind = read_kind(args);
    if (!command_ready(args))
        return EX_USAGE;
    int status = session_ask(session, STREAM_NOTIFY, CLIENT_COMMAND, &question, &answer);
    if (status != EX_OK)
        return status;
    bool webhook = asked->kind == CONTACT_WEBHOOK;
    if (!only)
        asked->wants = webhook ? answer.contact.webhook_wants : answer.contact.email_wants;
    if (!language && !webhook) // a webhook has no words
        asked->language = answer.contact.email_language;
    return ask_send(session, STREAM_NOTIFY, &request);
}

// What came of it by one contact: nothing where it was not told so.
static void print_delivery(table_print_t *table, uint64_t to, uint64_t contact, uint64_t delivery)
{
    static const field_t deliveries = {.type = FIELD_TYPE_code, .family = CODES_delivery};
    if (to >> contact & 1 && delivery)
        table_print_field(table, &deliveries, &delivery);
    else if (to >> contact & 1)
        table_print_text(table, "waits");
    else
        table_print_none(table);
}

static bool print_told_row(table_print_t *table, wire_t *wire)
{
    enum { NUMBER, QUEUED, ABOUT, STEP, TO, BY_EMAIL, BY_WEBHOOK, COLUMNS };
    static const field_t kinds = {.type = FIELD_TYPE_code, .family = CODES_notice_kind};
    static const field_t steps = {.type = FIELD_TYPE_code, .family = CODES_ladder_step};
    uint64_t values[COLUMNS];
    if (wire_array(wire, COLUMNS) != COLUMNS)
        return false;
    for (size_t i = 0; i < COLUMNS; i++)
        wire_u64(wire, &values[i]);
    if (wire->fail)
        return false;
    table_print_number(table, values[NUMBER]);
    table_print_time(table, (instant_t)values[QUEUED]);
    table_print_field(table, &kinds, &values[ABOUT]);
    if (values[ABOUT] == NOTICE_LADDER)
        table_print_field(table, &steps, &values[STEP]);
    else
        table_print_none(table);
    print_delivery(table, values[TO], CONTACT_EMAIL, values[BY_EMAIL]);
    print_delivery(table, values[TO], CONTACT_WEBHOOK, values[BY_WEBHOOK]);
    return true;
}

static int told(session_t *session, args_t *args)
{
    static const column_t columns[] = {{"notice", "notice", true}, {"queued", "queued", false},
                                       {"about", "about", false},  {"step", "step", false},
                                       {"email", "email", false},  {"webhook", "webhook", false}};
    request_t request = {.type = REQUEST_told};
    answer_t answer;
    wire_t wire;
    request.told.account = args_operand_uid(args, "the account");
    if (!command_ready(args))
        return EX_USAGE;
    int status = session_ask(session, STREAM_NOTIFY, CLIENT_COMMAND, &request, &answer);
    if (status != EX_OK)
        return status;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof *columns, TABLE_ROWS,
                                           session->json, stdout);
    wire_start(&wire, answer.told.rows.data, answer.told.rows.size);
    uint64_t shown = 0;
    while (shown < answer.told.count && print_told_row(table, &wire))
        shown++;
    table_print_destroy(&table);
    if (shown == answer.told.count)
        return EX_OK;
    fputs("kopeck: notify sent rows that cannot be read\n", stderr);
    return EX_DATAERR;
}

static int confirm(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_contact_confirm};
    secret_lines_t lines = {"", ""};
    ask_take_id(args, &request);
    request.contact_confirm.account = args_operand_uid(args, "the account");
    const char *path = args_operand(args, "the file with the code");
    if (!command_ready(args))
        return EX_USAGE;
    int status = secret_lines_read(path, &lines);
    request.contact_confirm.code = text_of(lines.first);
    return status == EX_OK ? ask_send(session, STREAM_NOTIFY, &request) : status;
}

int command_contact(session_t *session, args_t *args)
{
    static const char *const words[] = {"set", "show", "confirm", "erase", "choose", "told", NULL};
    static const ask_field_t shown[] = {{"account", NULL, NULL}};
    static const ask_field_t erased[] = {{"account", NULL, NULL}, {"reason", "reason", "none"}};
    request_t show = {.type = REQUEST_contact}, erase = {.type = REQUEST_contact_erase};
    switch (args_word(args, words)) {
    case 0:
        return set(session, args);
    case 1:
        return ask(session, args, STREAM_NOTIFY, &show, shown, 1);
    case 2:
        return confirm(session, args);
    case 3:
        return ask(session, args, STREAM_NOTIFY, &erase, erased, 2);
    case 4:
        return choose(session, args);
    case 5:
        return told(session, args);
    default:
        args_refuse(args, "what to do", NULL, "set, show, confirm, choose, told or erase");
        return command_ready(args) ? EX_OK : EX_USAGE;
    }
}

// --- the outbox ---

static void print_row(table_print_t *table, wire_t *wire)
{
    static const field_t contacts = {.type = FIELD_TYPE_code, .family = CODES_contact_kind};
    static const field_t kinds = {.type = FIELD_TYPE_code, .family = CODES_notice_kind};
    uint64_t number = 0;
    int64_t at = 0;
    uid_t16 account;
    wire_u64(wire, &number);
    table_print_number(table, number);
    wire_uid(wire, &account);
    table_print_uid(table, &account);
    wire_u64(wire, &number);
    table_print_field(table, &contacts, &number);
    wire_u64(wire, &number);
    table_print_field(table, &kinds, &number);
    wire_i64(wire, &at);
    table_print_time(table, at);
    wire_u64(wire, &number);
    table_print_number(table, number);
    wire_i64(wire, &at);
    table_print_time(table, at);
}

static int print_page(const answer_outbox_t *page, table_print_t *table)
{
    enum { COLUMNS = 7 };
    wire_t wire;
    wire_start(&wire, page->rows.data, page->rows.size);
    for (uint64_t i = 0; i < page->count && wire_array(&wire, COLUMNS) == COLUMNS; i++)
        print_row(table, &wire);
    if (wire_end(&wire) == FAIL_NONE)
        return EX_OK;
    fputs("kopeck: notify sent rows that cannot be read\n", stderr);
    return EX_DATAERR;
}

int command_outbox(session_t *session, args_t *args)
{
    static const column_t columns[] = {{"notice", "notice", true},    {"account", "account", false},
                                       {"contact", "contact", false}, {"about", "about", false},
                                       {"queued", "queued", false},   {"tries", "tries", true},
                                       {"next", "next", false}};
    request_t request = {.type = REQUEST_outbox};
    answer_t answer;
    int status;
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof *columns, TABLE_ROWS,
                                           session->json, stdout);
    do {
        status = session_ask(session, STREAM_NOTIFY, CLIENT_COMMAND, &request, &answer);
        if (status == EX_OK)
            status = print_page(&answer.outbox, table);
        request.outbox.from = answer.outbox.next;
    } while (status == EX_OK && answer.outbox.next);
    table_print_destroy(&table);
    return status;
}
