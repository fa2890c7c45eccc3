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

// --- autopay ---

static span_t why_of(language_t language, codes_family_t family, uint64_t why)
{
    const code_t *code = codes_find(family, why);
    return span_of(!code ? "-" : language == LANGUAGE_RUSSIAN ? code->russian : code->english);
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
        return false;
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
