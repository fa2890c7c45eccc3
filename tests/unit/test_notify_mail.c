// The bytes of an e-mail: a repetition is the same, nothing becomes a header, long texts fit.
#include "notify_contacts.h"
#include "proto/digest.h"
#include "services/notify/notify_mail.h"

static mail_t good(void)
{
    return (mail_t){.from = SPAN("billing@kopeck.example"),
                    .to = SPAN("anna.k+bills@mail.example"),
                    .subject = SPAN("Баланс ниже порога"),
                    .words = SPAN("На счёте 99,99 ₽.\r\n"),
                    .name = SPAN("evt_0.6.1748768520.42"),
                    .choose = SPAN("https://kopeck.example/notices"),
                    .language = LANGUAGE_RUSSIAN,
                    .at = NOON};
}

static char bytes[MAIL_SIZE_MAX];

static bool has(const char *text)
{
    return strstr(bytes, text) != NULL;
}

// Python 3.11 reads the same: email.message_from_bytes gives this subject and these words.
static void an_e_mail_is_as_the_standards_have_it(void **state)
{
    (void)state;
    mail_t mail = good();
    assert_true(mail_write(&mail, bytes));
    assert_true(has("Date: Thu, 01 Jan 2026 15:00:00 +0300\r\n"));
    assert_true(has("\r\nFrom: <billing@kopeck.example>\r\nTo: <anna.k+bills@mail.example>\r\n"));
    assert_true(
        has("\r\nSubject: =?UTF-8?B?0JHQsNC70LDQvdGBINC90LjQttC1INC/0L7RgNC+0LPQsA==?=\r\n"));
    assert_true(has("\r\nMessage-ID: <evt_0.6.1748768520.42@kopeck.example>\r\n"));
    assert_true(has("\r\nList-Unsubscribe: <https://kopeck.example/notices>\r\n"));
    assert_true(has("\r\nContent-Language: ru\r\n"));
    assert_true(has("\r\n\r\n0J3QsCDRgdGH0ZHRgtC1IDk5LDk5IOKCvS4NCg==\r\n"));
}

static void no_line_is_longer_than_smtp_takes_and_none_is_a_dot(void **state)
{
    (void)state;
    static char subject[MAIL_SUBJECT_MAX], words[MAIL_WORDS_MAX];
    mail_t mail = good();
    memset(words, '.', sizeof words);
    for (size_t i = 0; i + 1 < sizeof subject; i += 2)
        memcpy(subject + i, "ж", 2);
    mail.words = (span_t){words, sizeof words};
    mail.subject = (span_t){subject, sizeof subject};
    assert_true(mail_write(&mail, bytes));
    size_t lines = 0;
    for (char *at = bytes, *end; (end = strstr(at, "\r\n")); at = end + 2, lines++) {
        assert_true(end - at <= 76);
        assert_false(*at == '.');
        for (const char *c = at; c < end; c++)
            assert_true(*c >= ' ' && *c <= '~');
    }
    assert_true(lines > 80);
    for (const char *at = bytes; (at = strstr(at, "=?UTF-8?B?")); at++) { // whole characters
        uint8_t read[DIGEST_SIZE_MAX];
        size_t size;
        assert_true(digest_unbase64(at + 10, (size_t)(strstr(at, "?=") - at) - 10, read, &size));
        assert_int_equal(size % 2, 0);
    }
}

static void nothing_becomes_a_header(void **state)
{
    (void)state;
    mail_t mail = good();
    mail.subject = SPAN("a\r\nBcc: eve@mail.example");
    mail.words = SPAN("\r\n.\r\nMAIL FROM:<eve@mail.example>");
    assert_true(mail_write(&mail, bytes));
    assert_false(has("Bcc") || has("MAIL FROM"));
    const span_t bad[] = {SPAN("a@b.example\r\nBcc: c@d.example"), SPAN("a b@c.example"),
                          SPAN("a@b.example>"), SPAN("ж@b.example")};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mail = good();
        mail.to = bad[i];
        assert_int_equal(mail_write(&mail, bytes), 0);
        mail = good();
        mail.from = bad[i];
        assert_int_equal(mail_write(&mail, bytes), 0);
        mail = good();
        mail.choose = bad[i];
        assert_int_equal(mail_write(&mail, bytes), 0);
    }
    mail = good();
    mail.to = (span_t){"", 0};
    assert_int_equal(mail_write(&mail, bytes), 0);
}

static void a_reply_is_of_the_address_or_of_the_relay(void **state)
{
    (void)state;
    static const struct {
        unsigned status;
        bool at_recipient;
        const char *line;
        mail_answer_t answer;
    } rows[] = {{250, false, "", MAIL_TAKEN},
                {0, false, "", MAIL_UNSENT},
                {550, true, "550 5.1.1 no such user", MAIL_REFUSED},
                {550, true, "550 no such user", MAIL_REFUSED},
                {552, true, "552 5.2.2 full", MAIL_REFUSED},
                {556, true, "556 5.1.10 null MX", MAIL_REFUSED},
                {550, true, "550 5.7.1 relaying denied", MAIL_UNSENT},
                {550, true, "550 5.1.8 bad sender", MAIL_UNSENT},
                {554, true, "554 who are you", MAIL_UNSENT},
                {530, true, "530 sign in", MAIL_UNSENT},
                {451, true, "451 4.7.1 greylisted", MAIL_LATER},
                {451, false, "451 4.3.0 later", MAIL_UNSENT},
                {550, false, "550 5.1.1 of the sender", MAIL_UNSENT},
                {535, false, "535 5.7.8 password", MAIL_UNSENT},
                {550, true, "550", MAIL_REFUSED}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(
            mail_answer_read(rows[i].status, rows[i].at_recipient, span_of(rows[i].line)),
            rows[i].answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_e_mail_is_as_the_standards_have_it),
        cmocka_unit_test(no_line_is_longer_than_smtp_takes_and_none_is_a_dot),
        cmocka_unit_test(nothing_becomes_a_header),
        cmocka_unit_test(a_reply_is_of_the_address_or_of_the_relay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
