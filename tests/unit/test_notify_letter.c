// Every step and every kind has its words in both languages, with its sums and times.
#include "notify_contacts.h"
#include "services/notify/notify_letter.h"

static char subject[512], words[4096];

static bool write_letter(const letter_t *letter)
{
    writer_t out[] = {writer_on(subject, sizeof subject), writer_on(words, sizeof words)};
    bool good = letter_write(letter, &out[0], &out[1]);
    return good && writer_end(&out[0]) && writer_end(&out[1]);
}

static letter_t of(const event_t *event, language_t language)
{
    return (letter_t){.language = language,
                      .account = customer(1),
                      .of = event,
                      .at = NOON,
                      .choose = SPAN("https://kopeck.example/notices")};
}

// What HTML would have escaped, or a line could not hold, is in no text.
static void is_plain(void)
{
    assert_null(strchr(subject, '&'));
    assert_null(strchr(words, '&'));
    assert_null(strstr(words, "\xef\xbf\xbd"));
    assert_null(strchr(subject, '\n'));
    assert_non_null(strstr(words, "c0000000-0000-4000-8000-000000000001"));
    assert_non_null(strstr(words, "https://kopeck.example/notices\r\n"));
}

static bool is_russian(const char *text)
{
    return strstr(text, "\xd0") != NULL;
}

static void each_step_has_its_words_in_both_languages(void **state)
{
    (void)state;
    event_t event = {.type = EVENT_ladder_moved};
    event.ladder_moved =
        (event_ladder_moved_t){.balance = -12345, .lasts = NOON, .next = NOON + HOUR_US};
    for (uint64_t step = LADDER_NONE; step <= LADDER_DELETABLE; step++)
        for (language_t language = LANGUAGE_RUSSIAN; language <= LANGUAGE_ENGLISH; language++) {
            event.ladder_moved.rung = step;
            letter_t letter = of(&event, language);
            assert_true(write_letter(&letter));
            is_plain();
            assert_int_equal(is_russian(subject), language == LANGUAGE_RUSSIAN);
            assert_int_equal(is_russian(words), language == LANGUAGE_RUSSIAN);
            assert_non_null(strstr(words, language == LANGUAGE_RUSSIAN ? "−123,45" : "−123.45"));
        }
    event.ladder_moved.rung = LADDER_EXHAUSTED;
    letter_t letter = of(&event, LANGUAGE_ENGLISH);
    assert_true(write_letter(&letter));
    assert_non_null(strstr(words, "1\xc2\xa0Jan 2026, 16:00\xc2\xa0MSK"));
    event.ladder_moved.rung = 99; // of a newer rule
    assert_false(write_letter(&letter));
}

static void each_kind_has_its_words_in_both_languages(void **state)
{
    (void)state;
    event_t event = {.type = EVENT_notice_heard};
    event.notice_heard = (event_notice_heard_t){.amount = 50000,
                                                .sum_max = 150000,
                                                .count_max = 3,
                                                .earliest = NOON + DAY_US,
                                                .why = SUSPENDED_BY_DECLINES,
                                                .until = NOON + 3 * DAY_US};
    for (uint64_t kind = NOTICE_MANDATE_GIVEN; kind <= NOTICE_ACCOUNT_CLOSED; kind++)
        for (language_t language = LANGUAGE_RUSSIAN; language <= LANGUAGE_ENGLISH; language++) {
            event.notice_heard.kind = kind;
            letter_t letter = of(&event, language);
            assert_true(write_letter(&letter));
            is_plain();
            assert_int_equal(is_russian(subject), language == LANGUAGE_RUSSIAN);
        }
    event.notice_heard.kind = NOTICE_PAYMENT_ANNOUNCED;
    letter_t letter = of(&event, LANGUAGE_ENGLISH);
    assert_true(write_letter(&letter)); // sum and time: what a notice before a payment must say
    assert_non_null(strstr(words, "500.00"));
    assert_non_null(strstr(words, "2\xc2\xa0Jan 2026, 15:00\xc2\xa0MSK"));
    event.notice_heard.kind = NOTICE_MANDATE_GIVEN;
    assert_true(write_letter(&letter));
    assert_non_null(strstr(words, "1,500.00"));
    event.notice_heard.kind = NOTICE_BONUS_ENDS;
    assert_true(write_letter(&letter));
    assert_non_null(strstr(words, "500.00"));
    assert_non_null(strstr(words, "4\xc2\xa0Jan 2026, 15:00\xc2\xa0MSK"));
    event.notice_heard.kind = NOTICE_LADDER;
    assert_false(write_letter(&letter));
}

static void a_price_is_told_with_its_day_and_what_it_was(void **state)
{
    (void)state;
    event_t event = {.type = EVENT_price_heard};
    event.price_heard = (event_price_heard_t){
        .code = text_of("nachalny"), .effective = NOON, .before = 29000, .price = 32000};
    const uint64_t kinds[] = {0, RESOURCE_DISK, RESOURCE_INPUT};
    static const char *const per[] = {"one replica", "one gibibyte", "a million tokens"};
    for (size_t i = 0; i < 3; i++)
        for (language_t language = LANGUAGE_RUSSIAN; language <= LANGUAGE_ENGLISH; language++) {
            event.price_heard.kind = kinds[i];
            letter_t letter = of(&event, language);
            event.price_heard.withdrawn = false;
            assert_true(write_letter(&letter));
            is_plain();
            assert_int_equal(is_russian(subject), language == LANGUAGE_RUSSIAN);
            assert_non_null(strstr(subject, "nachalny"));
            assert_non_null(strstr(words, language == LANGUAGE_RUSSIAN ? "290,00" : "290.00"));
            assert_non_null(strstr(words, language == LANGUAGE_RUSSIAN ? "320,00" : "320.00"));
            if (language == LANGUAGE_ENGLISH)
                assert_non_null(strstr(words, per[i]));
            event.price_heard.withdrawn = true;
            assert_true(write_letter(&letter));
            is_plain();
            assert_null(strstr(words, language == LANGUAGE_RUSSIAN ? "290,00" : "290.00"));
        }
}

static void a_code_stands_in_its_own_letter_alone(void **state)
{
    (void)state;
    letter_t letter = of(NULL, LANGUAGE_ENGLISH);
    assert_false(write_letter(&letter));
    letter.code = text_of("0121ABJKMZZZRSTV");
    assert_true(write_letter(&letter));
    is_plain();
    assert_non_null(strstr(words, "0121ABJKMZZZRSTV"));
    assert_null(strstr(subject, "0121"));
    assert_null(strstr(words, "?code="));
    letter.confirm = SPAN("https://balance.example/notices");
    assert_true(write_letter(&letter));
    is_plain();
    assert_non_null(strstr(words, "https://balance.example/notices?code=0121ABJKMZZZRSTV\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_has_its_words_in_both_languages),
        cmocka_unit_test(each_kind_has_its_words_in_both_languages),
        cmocka_unit_test(a_price_is_told_with_its_day_and_what_it_was),
        cmocka_unit_test(a_code_stands_in_its_own_letter_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
