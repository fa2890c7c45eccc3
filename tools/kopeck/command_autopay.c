// Autopay's decisions: why it charged, and why it did not.
#include "proto/event.h"
#include "proto/month.h"
#include "services/autopay/autopay_verdict.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/stream_reader.h"
#include "tools/kopeck/verify_source.h"
#include "tools/kopeck/words.h"

// One decision as stored, with the policy that was in force.
typedef struct {
    uint64_t sequence;
    event_t event;
    autopay_policy_t policy;
    bool offline; // the policy was read with it
} decision_view_t;

static bool is_decision(const event_t *event)
{
    return event->type == EVENT_autopay_payment_requested || event->type == EVENT_autopay_withheld;
}

static const uid_t16 *account_of(const event_t *event)
{
    return event->type == EVENT_autopay_withheld ? &event->autopay_withheld.account
                                                 : &event->autopay_payment_requested.account;
}

static uint64_t previous_of(const event_t *event)
{
    return event->type == EVENT_autopay_withheld ? event->autopay_withheld.previous
                                                 : event->autopay_payment_requested.previous;
}

static int fetch(session_t *session, uint64_t sequence, event_t *ret_event)
{
    request_t request = {.type = REQUEST_event, .event.sequence = sequence};
    answer_t answer;
    int status = session_ask(session, STREAM_AUTOPAY, CLIENT_REPLAY, &request, &answer);
    if (status == EX_OK &&
        event_decode(answer.event.event.data, answer.event.event.size, ret_event) != FAIL_NONE) {
        fprintf(stderr, "kopeck: autopay's event %llu does not decode\n",
                (unsigned long long)sequence);
        status = EX_DATAERR;
    }
    return status;
}

// The policy in force is the last one before the decision: the journal is read up to there.
static int keep_policy(void *arg, uint64_t sequence, bytes_t bytes)
{
    decision_view_t *self = arg;
    event_t event;
    if (sequence < self->sequence && event_decode(bytes.data, bytes.size, &event) == FAIL_NONE &&
        event.type == EVENT_autopay_policy_changed)
        self->policy = event.autopay_policy_changed;
    return EX_OK;
}

static int find_policy(session_t *session, decision_view_t *self)
{
    if (self->offline)
        return EX_OK;
    stream_reader_t reader = {.session = session, .stream = STREAM_AUTOPAY, .next = 1};
    return stream_reader_read(&reader, self->sequence, keep_policy, self);
}

// --- in words ---

#define RUBLES "%s%llu.%02llu"
#define RUBLES_OF(k)                                                                               \
    (k) < 0 ? "-" : "", (unsigned long long)magnitude(k) / 100,                                    \
        (unsigned long long)magnitude(k) % 100

static uint64_t magnitude(kopecks_t amount)
{
    return amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
}

// A rule of another version may know more reasons.
static const char *code_of(autopay_reason_t reason)
{
    const char *code = words_reason_code(reason);
    return code ? code : "a reason that is not known here";
}

static void print_instant(const char *before, instant_t at, const char *after)
{
    char text[TIME_TEXT_SIZE];
    time_format_moscow(at, text);
    printf("%s%s%s", before, text, after);
}

static void print_flags(uint64_t flags)
{
    const codes_info_t *info = codes_info(CODES_autopay_flag);
    for (size_t i = 0; i < info->count; i++)
        if (flags & info->codes[i].number)
            printf("  %s\n", info->codes[i].english);
}

static void print_words(const decision_view_t *self, const autopay_inputs_t *in,
                        autopay_reason_t verdict)
{
    const event_autopay_payment_requested_t *r = &self->event.autopay_payment_requested;
    const event_autopay_withheld_t *w = &self->event.autopay_withheld;
    bool charge = self->event.type == EVENT_autopay_payment_requested;
    uint64_t month = month_of(in->now);
    print_instant("At ", in->now, "");
    printf(" autopay %s (decision %llu, rule %llu).\n",
           charge ? "decided to charge the card" : "decided not to charge",
           (unsigned long long)self->sequence, (unsigned long long)in->rule);
    printf("%s: %s.\n", code_of(verdict), words_reason(verdict));
    printf("  balance " RUBLES " as of the ledger's %llu, threshold " RUBLES ": %s\n",
           RUBLES_OF(in->balance),
           (unsigned long long)(charge ? r->balance_sequence : w->balance_sequence),
           RUBLES_OF(in->policy.threshold),
           in->balance < in->policy.threshold ? "below" : "not below");
    printf("  one payment is " RUBLES "\n", RUBLES_OF(in->amount));
    printf("  %04llu-%02llu in Moscow: %llu of at most %llu payments, " RUBLES " of at most " RUBLES
           "\n",
           (unsigned long long)(month / 12), (unsigned long long)(month % 12 + 1),
           (unsigned long long)in->count, (unsigned long long)in->count_max, RUBLES_OF(in->sum),
           RUBLES_OF(in->sum_max));
    printf("  %llu declines on end, %llu of at most %llu declined attempts this month\n",
           (unsigned long long)in->declines, (unsigned long long)in->attempts,
           (unsigned long long)in->policy.attempts_max);
    if (in->last)
        print_instant("  the charge before was decided at ", in->last, "");
    if (in->last)
        printf(", at least %llu min must lie between\n",
               (unsigned long long)in->policy.interval_us / MINUTE_US);
    if (in->declined)
        print_instant("  the last decline was at ", in->declined, "\n");
    print_flags(in->flags);
    instant_t until = autopay_verdict_until(in, verdict);
    if (until != INT64_MAX)
        print_instant("  time alone would change that at ", until, "\n");
}

static void print_json(const decision_view_t *self, autopay_reason_t verdict)
{
    printf("{\"verdict\":\"%s\",\"because\":\"%s\",\"decision\":", code_of(verdict),
           words_reason(verdict));
    event_json(&self->event, self->sequence, stdout);
    printf(",\"policy\":{\"interval_us\":%llu,\"backoff_first_us\":%llu,"
           "\"backoff_second_us\":%llu,\"attempts_max\":%llu}}\n",
           (unsigned long long)self->policy.interval_us,
           (unsigned long long)self->policy.backoff_first_us,
           (unsigned long long)self->policy.backoff_second_us,
           (unsigned long long)self->policy.attempts_max);
}

// Makes the decision again and says it; a verdict that is not the stored one is an error.
static int say(session_t *session, decision_view_t *self)
{
    int status = find_policy(session, self);
    if (status != EX_OK)
        return status;
    uint64_t rule = self->event.type == EVENT_autopay_withheld
                        ? self->event.autopay_withheld.rule
                        : self->event.autopay_payment_requested.rule;
    if (!autopay_rule_is_known(rule)) {
        fprintf(stderr, "kopeck: decision %llu is by rule %llu, which this program does not have\n",
                (unsigned long long)self->sequence, (unsigned long long)rule);
        return EX_DATAERR;
    }
    autopay_inputs_t inputs = autopay_inputs_from_event(&self->event, &self->policy);
    autopay_reason_t verdict = autopay_verdict(&inputs);
    if (session->json)
        print_json(self, verdict);
    else
        print_words(self, &inputs, verdict);
    if (verdict == autopay_verdict_stated(&self->event))
        return EX_OK;
    fprintf(stderr, "kopeck: decision %llu states %s; its inputs give %s\n",
            (unsigned long long)self->sequence, code_of(autopay_verdict_stated(&self->event)),
            code_of(verdict));
    return EX_VIOLATED;
}

static int last_decision(session_t *session, const uid_t16 *account, uint64_t *ret_sequence)
{
    request_t request = {.type = REQUEST_autopay, .autopay.account = *account};
    answer_t answer;
    int status = session_ask(session, STREAM_AUTOPAY, CLIENT_COMMAND, &request, &answer);
    if (status == EX_OK)
        *ret_sequence = answer.autopay.decision;
    return status;
}

static int none(const char *what)
{
    fprintf(stderr, "kopeck: %s\n", what);
    return EX_NOINPUT;
}

int command_explain_decision(session_t *session, args_t *args)
{
    decision_view_t view = {0};
    uid_t16 account;
    const char *text = args_operand(args, "the decision");
    bool by_account = uid_parse(text, &account);
    if (!by_account && *text && !args_read_number(text, &view.sequence))
        args_refuse(
            args, "the decision", text,
            "a process and a sequence of its journal, a decision of autopay's, or an account");
    if (!command_ready(args))
        return EX_USAGE;
    int status = by_account ? last_decision(session, &account, &view.sequence) : EX_OK;
    if (status != EX_OK)
        return status;
    if (!view.sequence)
        return none("autopay has decided nothing about this account yet");
    status = fetch(session, view.sequence, &view.event);
    if (status != EX_OK)
        return status;
    return is_decision(&view.event) ? say(session, &view) : none("that event is no decision");
}

// The account's last decision by then, and the policy of that moment, from autopay's journal alone.
static int seek(const char *directory, const uid_t16 *account, instant_t at, decision_view_t *self)
{
    int status = EX_OK;
    verify_source_t *source = verify_source_offline(STREAM_AUTOPAY, directory, 1, &status);
    autopay_policy_t policy = {0};
    uint64_t sequence;
    bytes_t bytes;
    event_t event;
    while (source && verify_source_next(source, &sequence, &bytes)) {
        if (event_decode(bytes.data, bytes.size, &event) != FAIL_NONE)
            continue; // of a type that is not known here
        if (event.type == EVENT_autopay_policy_changed)
            policy = event.autopay_policy_changed;
        else if (is_decision(&event) && event.at <= at && uid_equal(account_of(&event), account))
            *self = (decision_view_t){sequence, event, policy, true};
    }
    status = source ? verify_source_status(source) : status;
    verify_source_destroy(&source);
    return status;
}

static int why_not_offline(session_t *session, const char *directories[OPTIONS_STREAMS], bool named,
                           const uid_t16 *account, instant_t at)
{
    decision_view_t view = {0};
    int status = EX_OK;
    if (!named && !command_default_journals(session, directories, &status))
        return status;
    status = seek(directories[STREAM_AUTOPAY], account, at, &view);
    if (status != EX_OK)
        return status;
    return view.sequence ? say(session, &view)
                         : none("autopay had decided nothing about this account by then");
}

int command_why_not(session_t *session, args_t *args)
{
    decision_view_t view = {0};
    const char *directories[OPTIONS_STREAMS];
    bool offline = args_flag(args, "offline"), named = command_take_journals(args, directories);
    uid_t16 account = args_operand_uid(args, "the account");
    const char *text = args_operand(args, "the time");
    instant_t at = 0;
    if (*text && !time_parse(text, &at))
        args_refuse(args, "the time", text, TIME_EXPECTED);
    if (!command_ready(args))
        return EX_USAGE;
    if (offline || named)
        return why_not_offline(session, directories, named, &account, at);
    int status = last_decision(session, &account, &view.sequence);
    while (status == EX_OK && view.sequence) {
        status = fetch(session, view.sequence, &view.event);
        if (status != EX_OK)
            return status;
        if (!is_decision(&view.event) || !uid_equal(account_of(&view.event), &account) ||
            previous_of(&view.event) >= view.sequence) {
            fprintf(stderr, "kopeck: the chain of decisions is broken at %llu\n",
                    (unsigned long long)view.sequence);
            return EX_DATAERR;
        }
        if (view.event.at <= at)
            return say(session, &view);
        view.sequence = previous_of(&view.event);
    }
    return status == EX_OK ? none("autopay had decided nothing about this account by then")
                           : status;
}
