// dispute: the payer's bank takes a payment back, or gives it again, and what may be shown to it.
#include "proto/posting.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/exhibit.h"
#include "tools/kopeck/lot_payment.h"
#include "tools/kopeck/lot_row.h"
#include <errno.h>
#include <inttypes.h>

// --- what was taken back, and what came again ---

static int ask_payment(session_t *session, uint64_t invoice, answer_t *ret_answer)
{
    request_t question = {.type = REQUEST_payment, .payment.invoice = invoice};
    return session_ask(session, STREAM_PAYMENT, CLIENT_COMMAND, &question, ret_answer);
}

// --- the lot that the payment is ---

// Of one page; 0 if none of these is it. What is used up is no matter: nothing is taken of it.
static int look_at_page(session_t *session, const answer_lots_t *answer, uint64_t invoice,
                        uint64_t *ret_lot)
{
    wire_t wire;
    int status = EX_OK;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; i < answer->count && status == EX_OK && !*ret_lot; i++) {
        lot_row_t row;
        uint64_t paid = 0;
        if (!lot_row_read(&wire, &row))
            return session_refused(STREAM_LEDGER, FAIL_CORRUPT, text_of("a row is not readable"));
        if (row.kind == LOT_CASH && row.left > 0)
            status = lot_payment_ask(session, row.number, &paid);
        if (paid == invoice)
            *ret_lot = row.number;
    }
    return status;
}

static int find_lot(session_t *session, const uid_t16 *account, uint64_t invoice, uint64_t *ret_lot)
{
    request_t request = {.type = REQUEST_lots, .lots.account = *account};
    do {
        answer_t answer;
        int status = session_ask(session, STREAM_LEDGER, CLIENT_COMMAND, &request, &answer);
        if (status == EX_OK)
            status = look_at_page(session, &answer.lots, invoice, ret_lot);
        if (status != EX_OK)
            return status;
        request.lots.skip = answer.lots.next;
    } while (request.lots.skip && !*ret_lot);
    return EX_OK;
}

// A chargeback that names its payment, and takes its lot first; `won` posts it back.
static int post(session_t *session, args_t *args, bool won)
{
    request_t request = {.type = REQUEST_post};
    answer_t payment;
    ask_take_id(args, &request);
    uint64_t invoice = args_operand_number(args, "the payment");
    const char *amount = args_option(args, "amount");
    if (!amount || !args_read_rubles(amount, &request.post.amount) || request.post.amount <= 0)
        args_refuse(args, "amount", amount, ARGS_RUBLES);
    if (!command_ready(args))
        return EX_USAGE;
    int status = ask_payment(session, invoice, &payment);
    if (status != EX_OK)
        return status;
    uid_t16 system = posting_system_id(SYSTEM_CHARGEBACKS);
    request.post.debit = won ? system : payment.payment.account;
    request.post.credit = won ? payment.payment.account : system;
    request.post.kind = POSTING_CHARGEBACK;
    request.post.reference = posting_payment_reference(invoice);
    request.post.reason = REASON_DISPUTE;
    if (!won)
        status = find_lot(session, &payment.payment.account, invoice, &request.post.lot);
    if (status != EX_OK)
        return status;
    return ask_send(session, STREAM_LEDGER, &request);
}

// --- what may be shown ---

typedef struct {
    session_t *session;
    const char *directories[OPTIONS_STREAMS];
    bool offline;
} journals_t;

static verify_source_t *open_journal(void *arg, stream_t stream, int *ret_status)
{
    const journals_t *self = arg;
    const char *directory = self->directories[stream];
    if (self->offline)
        return *directory ? verify_source_offline(stream, directory, 1, ret_status) : NULL;
    return *self->session->options->processes[stream].replay
               ? verify_source_live(self->session, stream, 1, ret_status)
               : NULL;
}

static int write_file(const exhibit_t *exhibit, const char *name)
{
    FILE *file = fopen(name, "wx"); // nothing is written over
    if (!file) {
        fprintf(stderr, "kopeck: %s: %s\n", name, strerror(errno));
        return EX_CANTCREAT;
    }
    exhibit_write(exhibit, file);
    bool written = !ferror(file);
    if (fclose(file) != 0 || !written) {
        fprintf(stderr, "kopeck: %s: it could not be written whole\n", name);
        return EX_IOERR;
    }
    return EX_OK;
}

static int show(session_t *session, args_t *args)
{
    journals_t journals = {.session = session};
    bool offline = args_flag(args, "offline"),
         named = command_take_journals(args, journals.directories);
    uint64_t invoice = args_operand_number(args, "the payment");
    const char *name = args_operand(args, "the file");
    exhibit_t exhibit;
    int status = EX_OK;
    if (!command_ready(args))
        return EX_USAGE;
    if (offline && !named && !command_default_journals(session, journals.directories, &status))
        return status;
    journals.offline = offline || named;
    if (!journals.offline && !session_options(session, &status))
        return status;
    status = exhibit_collect(&exhibit, invoice, open_journal, &journals);
    if (status == EX_OK)
        status = write_file(&exhibit, name);
    if (status == EX_OK && session->json)
        printf("{\"file\":\"%s\",\"events\":%zu,\"minutes\":%" PRIu64 ",\"used\":%" PRId64 "}\n",
               name, exhibit.count, exhibit.minutes, exhibit.used);
    else if (status == EX_OK)
        printf("%s: %zu events, %" PRIu64 " minutes\n", name, exhibit.count, exhibit.minutes);
    exhibit_release(&exhibit);
    return status;
}

int command_dispute(session_t *session, args_t *args)
{
    static const char *const words[] = {"won", "evidence", NULL};
    int word = args_word(args, words);
    return word == 1 ? show(session, args) : post(session, args, word == 0);
}
