// The books as plain-text accounting: what stands in the files, what is refused, and that the
// programs of others add them up to the same balances.
#include "tools/kopeck/books.h"
#include "proto/month.h"
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define ALICE_TEXT "a1000000-0000-4000-8000-000000000001"
#define BOB_TEXT "b0000000-0000-4000-8000-000000000001"
enum { ALICE = SYSTEM_END, BOB };

// 2026-05-31T20:59:59Z is the last second of May in Moscow.
#define JUNE INT64_C(1780261200000000)

typedef struct {
    char directory[64];
    int fd;
    books_t *books;
    uint64_t sequence;
    kopecks_t cash[2], bonus[2]; // of ALICE and BOB
} rig_t;

static uid_t16 id_of(uint64_t number)
{
    uid_t16 id;
    assert_true(uid_parse(number == ALICE ? ALICE_TEXT : BOB_TEXT, &id));
    return id;
}

static bool open_account(rig_t *rig, uint64_t number)
{
    event_t event = {.type = EVENT_account_opened, .at = JUNE - DAY_US};
    event.account_opened.account = id_of(number);
    event.account_opened.number = number;
    return books_feed(rig->books, ++rig->sequence, &event, 0);
}

static void begin(rig_t *rig, instant_t from, instant_t to)
{
    *rig = (rig_t){.directory = "/tmp/kopeck-books-XXXXXX"};
    assert_non_null(mkdtemp(rig->directory));
    rig->fd = open(rig->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(rig->fd >= 0);
    rig->books = books_new(rig->fd, from, to);
    assert_true(open_account(rig, ALICE) && open_account(rig, BOB));
}

static void end(rig_t *rig)
{
    char command[128];
    books_destroy(&rig->books);
    assert_null(rig->books);
    books_destroy(&rig->books);
    (void)close(rig->fd);
    snprintf(command, sizeof command, "rm -r %s", rig->directory);
    assert_int_equal(system(command), 0);
}

static event_t posting(rig_t *rig, instant_t at, uint64_t debit, uint64_t credit, uint64_t kind,
                       kopecks_t amount, kopecks_t of_bonus)
{
    event_t event = {.type = EVENT_posted, .at = at};
    event_posted_t *posted = &event.posted;
    *posted = (event_posted_t){.debit = debit, .credit = credit, .amount = amount, .kind = kind};
    uint64_t customer = debit >= SYSTEM_END ? debit : credit >= SYSTEM_END ? credit : 0;
    if (customer) {
        kopecks_t sign = debit >= SYSTEM_END ? -1 : 1;
        posted->account = id_of(customer);
        posted->bonus = rig->bonus[customer - ALICE] += sign * of_bonus;
        posted->cash = rig->cash[customer - ALICE] += sign * (amount - of_bonus);
    }
    return event;
}

static bool post(rig_t *rig, instant_t at, uint64_t debit, uint64_t credit, uint64_t kind,
                 kopecks_t amount, kopecks_t of_bonus)
{
    event_t event = posting(rig, at, debit, credit, kind, amount, of_bonus);
    uint64_t service = kind == POSTING_CHARGE ? RESOURCE_COMPUTE : 0;
    return books_feed(rig->books, ++rig->sequence, &event, service);
}

// The caller frees.
static char *text_of_file(const rig_t *rig, const char *name)
{
    int fd = openat(rig->fd, name, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(read(fd, text, (1 << 20) - 1) >= 0);
    (void)close(fd);
    return text;
}

static void expect(const rig_t *rig, const char *name, const char *what)
{
    char *text = text_of_file(rig, name);
    if (!strstr(text, what))
        fail_msg("%s lacks:\n%s\nit is:\n%s", name, what, text);
    free(text);
}

static int run(const rig_t *rig, const char *command)
{
    char line[512];
    snprintf(line, sizeof line, "cd %s && { %s; } >out 2>&1", rig->directory, command);
    int status = system(line);
    (void)unlinkat(rig->fd, "out", 0);
    return status;
}

static bool installed(const char *program)
{
    char line[64];
    snprintf(line, sizeof line, "command -v %s >/dev/null", program);
    return system(line) == 0;
}

// May and June of two customers, with all that moves money.
static void history(rig_t *rig)
{
    const instant_t may = JUNE - 2 * HOUR_US;
    assert_true(post(rig, may, SYSTEM_CLEARING, ALICE, POSTING_TOPUP, 50000, 0));
    assert_true(post(rig, may, SYSTEM_PROMO, ALICE, POSTING_BONUS, 11100, 11100));
    assert_true(post(rig, may + 1, ALICE, SYSTEM_REVENUE, POSTING_CHARGE, 20000, 11100));
    assert_true(post(rig, may + 2, ALICE, SYSTEM_REVENUE, POSTING_CHARGE, 1, 0));
    assert_true(post(rig, JUNE - 1, SYSTEM_BANK, SYSTEM_CLEARING, POSTING_SETTLEMENT, 50000, 0));
    assert_true(post(rig, JUNE, BOB, SYSTEM_REVENUE, POSTING_CHARGE, 300, 0));
    assert_true(post(rig, JUNE + DAY_US, ALICE, SYSTEM_REFUNDS, POSTING_REFUND, 1000, 0));
    assert_true(post(rig, JUNE + DAY_US, SYSTEM_FEES, SYSTEM_BANK, POSTING_FEE, 7, 0));
    assert_true(post(rig, JUNE + 2 * DAY_US, SYSTEM_CLEARING, BOB, POSTING_AUTOPAY, 100000, 0));
    event_t other = {.type = EVENT_account_low, .at = JUNE + 2 * DAY_US};
    assert_true(books_feed(rig->books, ++rig->sequence, &other, 0));
}

static void a_month_is_a_file_and_a_day_is_its_sums(void **state)
{
    (void)state;
    rig_t rig;
    begin(&rig, INT64_MIN, INT64_MAX);
    history(&rig);
    assert_true(books_end(rig.books));
    expect(
        &rig, "2026-05.journal",
        "2026-05-31 * top-up\n    ; seq: 3-3\n    ; postings: 1\n    assets:robokassa  500.00 RUB\n"
        "    liabilities:customers:" ALICE_TEXT ":cash  -500.00 RUB\n");
    // two charges of a day are one transaction, and its balances are those that the ledger states
    expect(&rig, "2026-05.journal",
           "2026-05-31 * usage\n    ; seq: 5-6\n    ; postings: 2\n"
           "    income:usage:compute  -200.01 RUB\n"
           "    liabilities:customers:" ALICE_TEXT ":cash  89.01 RUB = -410.99 RUB\n"
           "    liabilities:customers:" ALICE_TEXT ":bonus  111.00 RUB = 0.00 RUB\n");
    expect(&rig, "2026-05.journal", "2026-05-31 * balances at the end of this file\n");
    expect(&rig, "2026-06.journal",
           "    liabilities:customers:" BOB_TEXT ":cash  3.00 RUB = 3.00 RUB\n");
    expect(&rig, "2026-06.journal", "    income:usage:compute  0.00 RUB = -203.01 RUB\n");
    expect(&rig, "main.journal", "include 2026-05.journal\ninclude 2026-06.journal\n");
    books_count_t count = books_count(rig.books);
    assert_int_equal(count.postings, 9);
    assert_int_equal(count.accounts, 2);
    assert_int_equal(count.files, 3);
    assert_int_equal(count.transactions, 8 + 2);
    end(&rig);
}

static void what_was_before_is_the_opening(void **state)
{
    (void)state;
    rig_t rig;
    begin(&rig, JUNE + DAY_US, JUNE + 2 * DAY_US);
    history(&rig);
    assert_true(books_end(rig.books));
    expect(&rig, "2026-06.journal",
           "2026-06-02 * opening balances\n"
           "    liabilities:customers:" ALICE_TEXT ":cash  -410.99 RUB = -410.99 RUB\n"
           "    liabilities:customers:" BOB_TEXT ":cash  3.00 RUB = 3.00 RUB\n");
    assert_int_equal(books_count(rig.books).postings, 2);
    assert_true(!installed("hledger") || run(&rig, "hledger -f main.journal check -s") == 0);
    end(&rig);
    // nothing after it: the opening alone
    begin(&rig, JUNE + 30 * DAY_US, INT64_MAX);
    history(&rig);
    assert_true(books_end(rig.books));
    expect(&rig, "2026-07.journal", "2026-07-01 * opening balances\n");
    end(&rig);
}

static void other_programs_accept_them_and_find_a_wrong_kopeck(void **state)
{
    (void)state;
    rig_t rig;
    begin(&rig, INT64_MIN, INT64_MAX);
    history(&rig);
    assert_true(books_end(rig.books));
    static const char wrong[] = "sed -i 's/cash  89.01 RUB/cash  89.00 RUB/;"
                                "s/compute  -200.01/compute  -200.00/' 2026-05.journal";
    bool hledger = installed("hledger"), ledger = installed("ledger");
    if (hledger) {
        assert_int_equal(run(&rig, "hledger -f main.journal check -s"), 0);
        assert_int_equal(run(&rig, "hledger -f main.journal bal -N --flat " ALICE_TEXT ":cash "
                                   "| grep -q -- '-400.99 RUB'"),
                         0);
    }
    if (ledger) {
        assert_int_equal(run(&rig, "ledger -f main.journal --strict bal >x; rm x"), 0);
        assert_int_equal(run(&rig, "! ledger -f main.journal --pedantic bal 2>&1 | grep -i error"),
                         0);
    }
    assert_int_equal(run(&rig, wrong), 0);
    assert_true(!hledger || run(&rig, "hledger -f main.journal check -s") != 0);
    assert_true(!ledger || run(&rig, "ledger -f main.journal --strict bal") != 0);
    end(&rig);
    if (!hledger || !ledger)
        skip();
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint64_t debit, credit;
        kopecks_t amount, cash, bonus;
        const char *why;
    } rows[] = {
        {SYSTEM_CLEARING, BOB + 1, 5, 5, 0, "no posting between"},
        {ALICE, BOB, 5, -5, 0, "no posting between"},
        {SYSTEM_CLEARING, ALICE, 0, 0, 0, "no posting between"},
        {SYSTEM_CLEARING, ALICE, POSTING_AMOUNT_MAX + 1, 0, 0, "no posting between"},
        {SYSTEM_CLEARING, ALICE, 5, 4, 0, "do not follow from its amount"},
        {SYSTEM_CLEARING, ALICE, 5, -5, 0, "do not follow from its amount"},
        {SYSTEM_CLEARING, ALICE, 5, INT64_MIN, 0, "leaves the range"},
        {SYSTEM_CLEARING, ALICE, 5, INT64_MAX, INT64_MAX, "leaves the range"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_t rig;
        begin(&rig, INT64_MIN, INT64_MAX);
        event_t event = posting(&rig, JUNE, rows[i].debit == ALICE ? SYSTEM_BANK : rows[i].debit,
                                SYSTEM_REVENUE, POSTING_TOPUP, rows[i].amount, 0);
        event.posted.debit = rows[i].debit;
        event.posted.credit = rows[i].credit;
        event.posted.account = id_of(ALICE);
        event.posted.cash = rows[i].cash;
        event.posted.bonus = rows[i].bonus;
        assert_false(books_feed(rig.books, 77, &event, 0));
        assert_non_null(strstr(books_error(rig.books), "event 77: "));
        assert_non_null(strstr(books_error(rig.books), rows[i].why));
        assert_false(books_feed(rig.books, 78, &event, 0)); // the first one sticks
        assert_false(books_end(rig.books));
        end(&rig);
    }
    rig_t rig;
    begin(&rig, INT64_MIN, INT64_MAX);
    assert_false(open_account(&rig, ALICE)); // twice
    end(&rig);
}

static void a_place_that_cannot_be_written_is_named(void **state)
{
    (void)state;
    rig_t rig;
    begin(&rig, INT64_MIN, INT64_MAX);
    int taken = openat(rig.fd, "2026-05.journal", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(taken >= 0);
    (void)close(taken);
    const instant_t may = JUNE - HOUR_US;
    assert_true(post(&rig, may, SYSTEM_CLEARING, ALICE, POSTING_TOPUP, 50000, 0));
    // a day is written when the next one comes
    assert_false(post(&rig, JUNE, SYSTEM_CLEARING, ALICE, POSTING_TOPUP, 50000, 0));
    assert_non_null(strstr(books_error(rig.books), "2026-05.journal: File exists"));
    end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_is_a_file_and_a_day_is_its_sums),
        cmocka_unit_test(what_was_before_is_the_opening),
        cmocka_unit_test(other_programs_accept_them_and_find_a_wrong_kopeck),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(a_place_that_cannot_be_written_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
