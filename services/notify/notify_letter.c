#include "services/notify/notify_letter.h"
#include "services/notify/letters_made.h"
#include "proto/codes.h"

static void say(writer_t *writer, language_t language, text_id_t text)
{
    hole_text(writer, language, text_get(text, language));
}

// --- the ladder ---

static bool write_step(language_t l, const event_ladder_moved_t *e, writer_t *subject,
                       writer_t *words)
{
    switch (e->rung) {
    case LADDER_NONE:
        say(subject, l, TEXT_BACK_SUBJECT);
        say_BACK(words, l, e->balance);
        return true;
    case LADDER_LOW:
        say(subject, l, TEXT_LOW_SUBJECT);
        say_LOW(words, l, e->balance);
        return true;
    case LADDER_EARLY:
    case LADDER_LATE:
        say_ENDS_SUBJECT(subject, l, e->lasts);
        say_ENDS(words, l, e->balance, e->lasts);
        return true;
    case LADDER_EXHAUSTED:
        say(subject, l, TEXT_USED_UP_SUBJECT);
        say_USED_UP(words, l, e->balance, e->next);
        return true;
    case LADDER_GRACE:
        say(subject, l, TEXT_GRACE_SUBJECT);
        say_GRACE(words, l, e->balance, e->next);
        return true;
    case LADDER_STOPPED:
        say(subject, l, TEXT_STOPPED_SUBJECT);
        say_STOPPED(words, l, e->balance);
        return true;
    case LADDER_FROZEN:
        say(subject, l, TEXT_FROZEN_SUBJECT);
        say_FROZEN(words, l, e->balance, e->next);
        return true;
    case LADDER_DELETABLE:
        say(subject, l, TEXT_DELETABLE_SUBJECT);
        say_DELETABLE(words, l, e->balance);
        return true;
    default:
        return false; // of a newer rule
    }
}

// --- money ---

static span_t why_of(language_t language, codes_family_t family, uint64_t why)
{
    const code_t *code = codes_find(family, why);
    return span_of(!code ? "-" : language == LANGUAGE_RUSSIAN ? code->russian : code->english);
}

static bool write_money(language_t l, const event_notice_heard_t *e, writer_t *subject,
                        writer_t *words)
{
    switch (e->kind) {
    case NOTICE_TOPPED_UP:
        say_TOPPED_UP_SUBJECT(subject, l, e->amount);
        say_TOPPED_UP(words, l, e->amount);
        return true;
    case NOTICE_TRANSFER_CAME:
        say_TRANSFER_SUBJECT(subject, l, e->amount);
        say_TRANSFER(words, l, e->amount);
        return true;
    case NOTICE_REFUND_ASKED:
        say_REFUND_ASKED_SUBJECT(subject, l, e->amount);
        say_REFUND_ASKED(words, l, e->amount);
        return true;
    case NOTICE_REFUND_DONE:
        say_REFUND_DONE_SUBJECT(subject, l, e->amount);
        say_REFUND_DONE(words, l, e->amount);
        return true;
    case NOTICE_REFUND_FAILED:
        say_REFUND_FAILED_SUBJECT(subject, l, e->amount);
        say_REFUND_FAILED(words, l, e->amount, why_of(l, CODES_refund_end, e->why));
        return true;
    case NOTICE_BONUS_ENDS:
        say_BONUS_ENDS_SUBJECT(subject, l, e->amount, e->until);
        say_BONUS_ENDS(words, l, e->amount, e->until);
        return true;
    case NOTICE_ACCOUNT_CLOSED:
        say(subject, l, TEXT_CLOSED_SUBJECT);
        say_CLOSED(words, l, e->amount);
        return true;
    default:
        return false;
    }
}

static bool write_heard(language_t l, const event_notice_heard_t *e, writer_t *subject,
                        writer_t *words)
{
    switch (e->kind) {
    case NOTICE_MANDATE_GIVEN:
        say(subject, l, TEXT_GIVEN_SUBJECT);
        say_GIVEN(words, l, e->amount, e->count_max, e->sum_max);
        return true;
    case NOTICE_MANDATE_REVOKED:
        say(subject, l, TEXT_REVOKED_SUBJECT);
        say(words, l, TEXT_REVOKED);
        return true;
    case NOTICE_PAYMENT_ANNOUNCED:
        say_ANNOUNCED_SUBJECT(subject, l, e->amount);
        say_ANNOUNCED(words, l, e->amount, e->earliest);
        return true;
    case NOTICE_AUTOPAY_PAID:
        say_PAID_SUBJECT(subject, l, e->amount);
        say_PAID(words, l, e->amount);
        return true;
    case NOTICE_AUTOPAY_DECLINED:
        say_DECLINED_SUBJECT(subject, l, e->amount);
        say_DECLINED(words, l, e->amount, why_of(l, CODES_decline, e->why));
        return true;
    case NOTICE_AUTOPAY_SUSPENDED:
        say(subject, l, TEXT_SUSPENDED_SUBJECT);
        say_SUSPENDED(words, l, why_of(l, CODES_suspension, e->why));
        return true;
    default:
        return write_money(l, e, subject, words);
    }
}

// A code is letters and digits: it needs no escape.
static void write_link(const letter_t *self, writer_t *words)
{
    say(words, self->language, TEXT_CODE_LINK);
    writer_string(words, " ");
    writer_text(words, self->confirm);
    writer_string(words, "?code=");
    writer_text(words, (span_t){self->code.data, self->code.size});
    writer_string(words, "\r\n");
}

// --- prices ---

static bool write_price(language_t l, const event_price_heard_t *e, writer_t *subject,
                        writer_t *words)
{
    span_t code = {e->code.data, e->code.size};
    if (e->withdrawn) {
        say_PRICE_STAYS_SUBJECT(subject, l, code);
        say_PRICE_STAYS(words, l, code, e->effective, e->price);
    } else {
        say_PRICE_SUBJECT(subject, l, code);
        say_PRICE(words, l, code, e->effective, e->price, e->before);
    }
    writer_string(words, "\r\n\r\n");
    say(words, l,
        e->kind == 0               ? TEXT_PRICE_OF_MINUTES
        : e->kind == RESOURCE_DISK ? TEXT_PRICE_OF_FILES
                                   : TEXT_PRICE_OF_TOKENS);
    return true;
}

static bool write_what(const letter_t *self, writer_t *subject, writer_t *words)
{
    if (self->code.size) {
        say(subject, self->language, TEXT_CODE_SUBJECT);
        say_CODE(words, self->language, (span_t){self->code.data, self->code.size});
        writer_string(words, "\r\n");
        if (self->confirm.size)
            write_link(self, words);
        writer_string(words, "\r\n");
        say(words, self->language, TEXT_CODE_MORE);
        return true;
    }
    if (self->of && self->of->type == EVENT_ladder_moved)
        return write_step(self->language, &self->of->ladder_moved, subject, words);
    if (self->of && self->of->type == EVENT_notice_heard)
        return write_heard(self->language, &self->of->notice_heard, subject, words);
    if (self->of && self->of->type == EVENT_price_heard)
        return write_price(self->language, &self->of->price_heard, subject, words);
    return false;
}

bool letter_write(const letter_t *self, writer_t *subject, writer_t *words)
{
    char account[UID_TEXT_SIZE];
    uid_format(&self->account, account);
    if (!write_what(self, subject, words))
        return false;
    writer_string(words, "\r\n\r\n");
    say_ABOUT(words, self->language, span_of(account), self->at);
    if (self->choose.size) {
        writer_string(words, "\r\n");
        say(words, self->language, TEXT_CHOOSE);
        writer_string(words, " ");
        writer_text(words, self->choose);
    }
    writer_string(words, "\r\n");
    return !subject->refused && !words->refused;
}
