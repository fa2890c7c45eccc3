// test_robokassa_state - the answer about an operation is read from either dialect of it, and a
// hostile or ambiguous one is refused whole.
#include "services/robokassa/robokassa_state.h"
#include "robokassa_fixture.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
#define OPEN "<OperationStateResponse xmlns=\"http://auth.robokassa.ru/Merchant/WebService/\">"
#define CLOSE "</OperationStateResponse>"
#define OK "<Result><Code>0</Code><Description>Запрос обработан</Description></Result>"
#define PAID                                                                                       \
    "<State><Code>100</Code><RequestDate>2026-01-01T00:00:05.1234567+03:00</RequestDate>"          \
    "<StateDate>2026-01-01T00:00:01.0000000+03:00</StateDate></State>"
#define INFO                                                                                       \
    "<Info><IncCurrLabel>BankCardPSR</IncCurrLabel><IncSum>200.000000</IncSum>"                    \
    "<PaymentMethod><Code>BankCard</Code><Description>card</Description></PaymentMethod>"          \
    "<OutCurrLabel>RUR</OutCurrLabel><OutSum>199.000000</OutSum>"                                  \
    "<OpKey>E1253728-48A9-488D-A045-9954C442AF5C-qNavrXC6Y4</OpKey></Info>"
#define FIELD(name, value) "<Field><Name>" name "</Name><Value>" value "</Value></Field>"
#define FIELDS "<UserField>" FIELD("Shp_other", "7") FIELD("Shp_user", "42") "</UserField>"

static const span_t USER = SPAN("Shp_user");

static bool read(const char *xml, robokassa_state_t *ret_state)
{
    return robokassa_state_read(xml, strlen(xml), USER, ret_state);
}

static void a_paid_operation_is_read_in_every_dialect(void **state)
{
    (void)state;
    static const char *const CASES[] = {
        HEAD OPEN OK PAID INFO FIELDS CLOSE,
        HEAD
        "<OperationStateResponse xmlns=\"http://merchant.roboxchange.com/WebService/\">" OK PAID
            INFO FIELDS CLOSE,
        "<r:OperationStateResponse xmlns:r=\"urn:r\"><r:Result><r:Code>0</r:Code></r:Result>"
        "<r:State><r:Code>100</r:Code></r:State><r:Info><r:OutSum>199.00</r:OutSum><r:OpKey>"
        "E1253728-48A9-488D-A045-9954C442AF5C-qNavrXC6Y4</r:OpKey></r:Info><r:UserFields><r:Field>"
        "<r:Name>Shp_user</r:Name><r:Value>42</r:Value></r:Field></r:UserFields>"
        "</r:OperationStateResponse>",
        OPEN
        "<UserFields><Field><Value>4&#50;</Value><Name>Shp_user</Name></Field></UserFields>" INFO
            PAID "<!-- order is not ours -->" OK CLOSE,
    };
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        robokassa_state_t got = {.result_code = -7};
        assert_true(read(CASES[i], &got));
        assert_int_equal(got.result_code, ROBOKASSA_RESULT_OK);
        assert_true(got.has_state && got.has_sum && got.has_op_key && got.has_shp);
        assert_int_equal(got.state_code, ROBOKASSA_STATE_PAID);
        assert_int_equal(got.sum, 19900);
        assert_string_equal(got.op_key, "E1253728-48A9-488D-A045-9954C442AF5C-qNavrXC6Y4");
        assert_string_equal(got.shp, "42");
    }
}

static void what_is_absent_is_said_to_be_absent(void **state)
{
    (void)state;
    robokassa_state_t got;
    assert_true(read(OPEN "<Result><Code>3</Code></Result>" CLOSE, &got));
    assert_int_equal(got.result_code, ROBOKASSA_RESULT_MISSING);
    assert_false(got.has_state || got.has_sum || got.has_op_key || got.has_shp);
    assert_true(
        read(OPEN OK PAID "<UserField>" FIELD("shp_user", "42") "</UserField>" CLOSE, &got));
    assert_true(got.has_state);
    assert_false(got.has_sum || got.has_op_key || got.has_shp);
    // the code of a payment method and of what we do not know is not the operation's
    assert_true(read(OPEN OK "<Info><PaymentMethod><Code>100</Code></PaymentMethod></Info>"
                             "<Other><Code>100</Code></Other><Wrap>" PAID "</Wrap>" CLOSE,
                     &got));
    assert_false(got.has_state);
}

static void hostile_or_ambiguous_answers_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why, *xml;
    } CASES[] = {
        {"nothing", ""},
        {"no XML", "OK1003"},
        {"HTML", "<html><body><p>error</body></html>"},
        {"cut off", HEAD OPEN OK PAID},
        {"two roots", OPEN OK CLOSE OPEN OK CLOSE},
        {"no result", OPEN PAID INFO CLOSE},
        {"another root", "<Other>" OK PAID "</Other>"},
        {"result without a number", OPEN "<Result><Code></Code></Result>" CLOSE},
        {"result that is a word", OPEN "<Result><Code>ok</Code></Result>" CLOSE},
        {"negative result", OPEN "<Result><Code>-1</Code></Result>" CLOSE},
        {"endless result", OPEN "<Result><Code>99999999999999999999</Code></Result>" CLOSE},
        {"two results", OPEN OK "<Result><Code>1</Code></Result>" PAID CLOSE},
        {"two states", OPEN OK PAID "<State><Code>10</Code></State>" CLOSE},
        {"two codes of one state", OPEN OK "<State><Code>10</Code><Code>100</Code></State>" CLOSE},
        {"empty state", OPEN OK "<State><Code/></State>" CLOSE},
        {"state with markup", OPEN OK "<State><Code>1<b>0</b>0</Code></State>" CLOSE},
        {"state with space", OPEN OK "<State><Code> 100</Code></State>" CLOSE},
        {"two sums", OPEN OK PAID INFO "<Info><OutSum>1.00</OutSum></Info>" CLOSE},
        {"a sum past kopecks", OPEN OK "<Info><OutSum>199.001</OutSum></Info>" CLOSE},
        {"a sum with a comma", OPEN OK "<Info><OutSum>199,00</OutSum></Info>" CLOSE},
        {"a key too long",
         OPEN OK "<Info><OpKey>"
                 "0123456789012345678901234567890123456789012345678901234567890123"
                 "4</OpKey></Info>" CLOSE},
        {"our field twice", OPEN OK PAID "<UserField>" FIELD("Shp_user", "42")
                                FIELD("Shp_user", "42") "</UserField>" CLOSE},
        {"our field twice in two lists",
         OPEN OK PAID FIELDS "<UserFields>" FIELD("Shp_user", "43") "</UserFields>" CLOSE},
        {"two names in one field", OPEN OK "<UserField><Field><Name>a</Name><Name>Shp_user</Name>"
                                           "<Value>42</Value></Field></UserField>" CLOSE},
        {"a document type", HEAD "<!DOCTYPE x>" OPEN OK PAID CLOSE},
        {"an entity",
         HEAD "<!DOCTYPE x [<!ENTITY c \"100\">]>" OPEN OK "<State><Code>&c;</Code></State>" CLOSE},
        {"a file", HEAD "<!DOCTYPE x [<!ENTITY c SYSTEM \"file:///etc/passwd\">]>" OPEN OK
                        "<State><Code>&c;</Code></State>" CLOSE},
        {"an unknown entity", OPEN OK "<State><Code>&c;</Code></State>" CLOSE},
        {"broken UTF-8", OPEN OK "<Info><OpKey>\xC3(</OpKey></Info>" CLOSE},
        {"an unknown encoding", "<?xml version=\"1.0\" encoding=\"ebcdic\"?>" OPEN OK CLOSE},
    };
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        robokassa_state_t got = {.result_code = -7};
        print_message("  %s\n", CASES[i].why);
        assert_false(read(CASES[i].xml, &got));
        assert_int_equal(got.result_code, -7);
    }
}

// `before`, then `count` times `piece`, then `after`.
static const char *repeated(const char *before, const char *piece, size_t count, const char *after)
{
    static char xml[2 * ROBOKASSA_STATE_SIZE_MAX];
    size_t size = 0;
    size += (size_t)sprintf(xml, "%s", before);
    for (size_t i = 0; i < count; i++)
        size += (size_t)sprintf(xml + size, "%s", piece);
    sprintf(xml + size, "%s", after);
    assert_true(size < sizeof xml - 1024);
    return xml;
}

static void maxima_hold(void **state)
{
    (void)state;
    robokassa_state_t got;
    static const struct {
        const char *before, *piece, *after;
        size_t most; // that many are read, one more is not
    } CASES[] = {
        {OPEN OK "<UserField>", FIELD("Shp_a", "1"), "</UserField>" CLOSE,
         ROBOKASSA_STATE_FIELDS_MAX},
        {OPEN OK "<UserField><Field><Value>", "a", "</Value></Field></UserField>" CLOSE,
         ROBOKASSA_STATE_TEXT_MAX},
    };
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        assert_true(
            read(repeated(CASES[i].before, CASES[i].piece, CASES[i].most, CASES[i].after), &got));
        assert_false(read(
            repeated(CASES[i].before, CASES[i].piece, CASES[i].most + 1, CASES[i].after), &got));
    }

    const char *deep =
        OPEN OK "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a></a></a></a></a></a></a>"
                "</a></a></a></a></a></a></a></a></a>" CLOSE;
    const char *deeper = OPEN OK "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a/></a></a></a></a>"
                                 "</a></a></a></a></a></a></a></a></a></a></a>" CLOSE;
    assert_true(read(deep, &got)); // the root and 15 more
    assert_false(read(deeper, &got));

    size_t frame = strlen(OPEN OK CLOSE);
    assert_true(read(repeated(OPEN OK, " ", ROBOKASSA_STATE_SIZE_MAX - frame, CLOSE), &got));
    assert_false(read(repeated(OPEN OK, " ", ROBOKASSA_STATE_SIZE_MAX - frame + 1, CLOSE), &got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_paid_operation_is_read_in_every_dialect),
        cmocka_unit_test(what_is_absent_is_said_to_be_absent),
        cmocka_unit_test(hostile_or_ambiguous_answers_are_refused),
        cmocka_unit_test(maxima_hold),
    };
    return cmocka_run_group_tests_name("robokassa_state", tests, NULL, NULL);
}
