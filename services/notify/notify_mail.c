#include "services/notify/notify_mail.h"
#include "proto/digest.h"
#include "proto/month.h"
#include "proto/utf8.h"
#include <stdio.h>

enum { WORD_BYTES = 39, LINE_BYTES = 57 }; // no line is longer than 76 characters

static bool is_one_line(span_t text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] <= ' ' || text.bytes[i] > '~' || strchr("<>", text.bytes[i]))
            return false;
    return true;
}

// --- headers ---

static void put_header(writer_t *out, const char *name, const char *before, span_t value,
                       const char *after)
{
    writer_string(out, name);
    writer_string(out, ": ");
    writer_string(out, before);
    writer_text(out, value);
    writer_string(out, after);
    writer_string(out, "\r\n");
}

// How many bytes of whole characters fit into an encoded word.
static size_t word_size(span_t text)
{
    size_t size = 0;
    while (size < text.size) {
        size_t next = utf8_character(text.bytes + size, text.size - size);
        next = next ? next : 1;
        if (size + next > WORD_BYTES)
            break;
        size += next;
    }
    return size;
}

static void put_subject(writer_t *out, span_t subject)
{
    char base64[DIGEST_BASE64_MAX + 1];
    const char *lead = "Subject: =?UTF-8?B?";
    while (subject.size) {
        size_t size = word_size(subject);
        writer_string(out, lead);
        writer_put(out, base64, digest_base64((const uint8_t *)subject.bytes, size, base64));
        writer_string(out, "?=\r\n");
        subject = (span_t){subject.bytes + size, subject.size - size};
        lead = " =?UTF-8?B?";
    }
}

static void put_date(writer_t *out, instant_t at)
{
    static const char days[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[64];
    uint64_t month = month_of(at);
    instant_t since = at - month_start(month);
    snprintf(text, sizeof text, "%s, %02u %s %u %02u:%02u:%02u +0300",
             days[(at + MOSCOW_OFFSET_US) / DAY_US % 7], (unsigned)(since / DAY_US) + 1,
             months[month % 12], (unsigned)(month / 12), (unsigned)(since % DAY_US / HOUR_US),
             (unsigned)(since % HOUR_US / MINUTE_US), (unsigned)(since % MINUTE_US / SECOND_US));
    put_header(out, "Date", "", span_of(text), "");
}

static void put_headers(writer_t *out, const mail_t *self)
{
    const char *at = memchr(self->from.bytes, '@', self->from.size);
    span_t domain = {at, self->from.size - (size_t)(at - self->from.bytes)};
    put_date(out, self->at);
    put_header(out, "From", "<", self->from, ">");
    put_header(out, "To", "<", self->to, ">");
    put_subject(out, self->subject);
    writer_string(out, "Message-ID: <");
    writer_text(out, self->name);
    writer_text(out, domain);
    writer_string(out, ">\r\n");
    if (self->choose.size)
        put_header(out, "List-Unsubscribe", "<", self->choose, ">");
    writer_string(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                       "Content-Type: text/plain; charset=utf-8\r\n"
                       "Content-Transfer-Encoding: base64\r\n");
    put_header(out, "Content-Language", "",
               span_of(self->language == LANGUAGE_RUSSIAN ? "ru" : "en"), "");
}

static void put_words(writer_t *out, span_t words)
{
    char base64[DIGEST_BASE64_MAX + 1];
    while (words.size) {
        size_t size = words.size < LINE_BYTES ? words.size : LINE_BYTES;
        writer_put(out, base64, digest_base64((const uint8_t *)words.bytes, size, base64));
        writer_string(out, "\r\n");
        words = (span_t){words.bytes + size, words.size - size};
    }
}

size_t mail_write(const mail_t *self, char out[MAIL_SIZE_MAX])
{
    const span_t plain[] = {self->from, self->to, self->name, self->choose};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (!is_one_line(plain[i]))
            return 0;
    if (!self->from.size || !memchr(self->from.bytes, '@', self->from.size) || !self->to.size ||
        !self->name.size || !self->subject.size || self->at < 0)
        return 0;
    writer_t writer = writer_on(out, MAIL_SIZE_MAX);
    put_headers(&writer, self);
    writer_string(&writer, "\r\n");
    put_words(&writer, self->words);
    return writer_end(&writer);
}

// --- the reply ---

// The second number of an enhanced status code, as 7 of "550 5.7.1 no relaying"; 0 if there is
// none.
static unsigned subject_of(span_t line)
{
    enum { AT = 4, DOT = 5, DIGIT = 6, NEXT = 7 };
    if (line.size <= NEXT || line.bytes[AT] != '5' || line.bytes[DOT] != '.' ||
        line.bytes[DIGIT] < '0' || line.bytes[DIGIT] > '9' || line.bytes[NEXT] != '.')
        return 0;
    return (unsigned)(line.bytes[DIGIT] - '0');
}

// 5.1.7 and 5.1.8 are about whom it is from.
static bool is_of_sender(span_t line)
{
    enum { DETAIL = 8 };
    return line.size > DETAIL && (line.bytes[DETAIL] == '7' || line.bytes[DETAIL] == '8') &&
           (line.size == DETAIL + 1 || line.bytes[DETAIL + 1] == ' ');
}

static bool is_of_address(unsigned status, span_t line)
{
    enum { ADDRESS = 1, MAILBOX = 2 };
    unsigned subject = subject_of(line);
    if (subject)
        return (subject == ADDRESS && !is_of_sender(line)) || subject == MAILBOX;
    return status == 550 || status == 551 || status == 553 || status == 556;
}

mail_answer_t mail_answer_read(unsigned status, bool at_recipient, span_t line)
{
    if (status >= 200 && status <= 299)
        return MAIL_TAKEN;
    if (!at_recipient || status < 400 || status > 599)
        return MAIL_UNSENT;
    if (status <= 499)
        return MAIL_LATER;
    return is_of_address(status, line) ? MAIL_REFUSED : MAIL_UNSENT;
}
