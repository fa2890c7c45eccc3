#include "tools/kopeck/books.h"
#include "proto/month.h"
#include "services/base/table.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WALLETS = 2, CASH = 0, BONUS = 1, MONTH_NAME_SIZE = 64, DATE_SIZE = 11 };
static const char *const wallet_names[WALLETS] = {"cash", "bonus"};

typedef struct {
    uid_t16 id;
    kopecks_t balance[WALLETS]; // as the last posting states
    uint32_t asserts[WALLETS];  // number + 1 of the day's last transaction that moves it
    bool shown[WALLETS];        // in some file, so that main.journal declares it
} account_t;

// What a transaction of a day sums up.
typedef struct {
    uint64_t customer;      // number, 0 for none
    uint64_t debit, credit; // system accounts, 0 for the customer
    uint64_t kind, service;
} heading_t;

typedef struct {
    uid_t16 key; // of the heading
    heading_t heading;
    uint64_t first, last, postings;
    kopecks_t amount;
    kopecks_t moved[WALLETS]; // how much the customer's wallets rose
} transaction_t;

enum { SERVICES = 8 };

struct books {
    int directory;
    instant_t from, to, day; // `day`: the start of the day whose transactions are kept
    bool opened;             // the opening balances are written
    table_t accounts, transactions;
    kopecks_t systems[SYSTEM_END]; // debits less credits
    bool systems_shown[SYSTEM_END];
    kopecks_t income[SERVICES]; // revenue, by service
    bool income_shown[SERVICES];
    FILE *file;
    instant_t written; // the day last written to it
    uint64_t month;    // of the file; 0 if none is open
    char (*months)[MONTH_NAME_SIZE];
    books_count_t count;
    char error[160];
};

books_t *books_new(int directory, instant_t from, instant_t to)
{
    books_t *self = calloc(1, sizeof *self);
    assert(self);
    *self = (books_t){.directory = directory, .from = from, .to = to, .day = INT64_MIN};
    self->opened = from == INT64_MIN;
    table_init(&self->accounts, sizeof(account_t));
    table_init(&self->transactions, sizeof(transaction_t));
    return self;
}

void books_destroy(books_t **self_p)
{
    books_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    if (self->file)
        (void)fclose(self->file);
    table_release(&self->accounts);
    table_release(&self->transactions);
    free(self->months);
    free(self);
}

books_count_t books_count(const books_t *self)
{
    return self->count;
}

const char *books_error(const books_t *self)
{
    return self->error;
}

static bool refuse(books_t *self, uint64_t sequence, const char *why)
{
    if (!*self->error && sequence)
        snprintf(self->error, sizeof self->error, "event %" PRIu64 ": %s", sequence, why);
    else if (!*self->error)
        snprintf(self->error, sizeof self->error, "%s", why);
    return false;
}

// --- names ---

// Of every system account: what it is in a chart of accounts.
static const char *system_name(uint64_t number)
{
    switch ((system_account_t)number) {
    case SYSTEM_REVENUE:
        return "income:usage";
    case SYSTEM_CLEARING:
        return "assets:robokassa";
    case SYSTEM_BANK:
        return "assets:bank";
    case SYSTEM_FEES:
        return "expenses:robokassa";
    case SYSTEM_PROMO:
        return "expenses:bonus";
    case SYSTEM_SUSPENSE:
        return "assets:suspense";
    case SYSTEM_REFUNDS:
        return "assets:refunds";
    case SYSTEM_CHARGEBACKS:
        return "assets:chargebacks";
    case SYSTEM_APART:
        return "liabilities:bonus:apart";
    case SYSTEM_LOST_USAGE:
        return "expenses:lost usage";
    }
    return NULL;
}

static void print_service(FILE *out, uint64_t service)
{
    const char *name = service ? codes_text(CODES_resource_kind, service) : NULL;
    fprintf(out, "income:usage%s%s", name ? ":" : "", name ? name : "");
}

static void print_system(FILE *out, uint64_t number, uint64_t service)
{
    const char *name = system_name(number);
    if (number == SYSTEM_REVENUE)
        print_service(out, service);
    else if (name)
        fputs(name, out);
    else // of a newer program
        fprintf(out, "assets:system %" PRIu64, number);
}

// A lot's name comes behind the wallet's when charges name the lots that they took.
static void print_wallet(FILE *out, const account_t *account, unsigned wallet)
{
    char id[UID_TEXT_SIZE];
    uid_format(&account->id, id);
    fprintf(out, "liabilities:customers:%s:%s", id, wallet_names[wallet]);
}

static void print_rubles(FILE *out, kopecks_t amount)
{
    uint64_t size = amount < 0 ? -(uint64_t)amount : (uint64_t)amount;
    fprintf(out, "%s%" PRIu64 ".%02u RUB", amount < 0 ? "-" : "", size / 100,
            (unsigned)(size % 100));
}

static void print_date(FILE *out, instant_t day)
{
    char text[TIME_TEXT_SIZE];
    time_format_moscow(day, text);
    fprintf(out, "%.10s", text);
}

// The first instant of Moscow's day.
static instant_t day_of(instant_t at)
{
    instant_t since = (at + MOSCOW_OFFSET_US) % DAY_US;
    return at - (since < 0 ? since + DAY_US : since);
}

// --- files ---

static FILE *create(books_t *self, const char *name)
{
    int fd = openat(self->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file) {
        snprintf(self->error, sizeof self->error, "%s: %s", name, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return NULL;
    }
    self->count.files++;
    return file;
}

static bool finish(books_t *self, FILE *file, const char *name)
{
    bool whole = !ferror(file) && !fflush(file) && !fsync(fileno(file));
    whole &= !fclose(file);
    if (!whole && !*self->error)
        snprintf(self->error, sizeof self->error, "%s: %s", name, strerror(errno));
    return whole;
}

// The side of a posting: two blanks before an amount.
static void begin_side(books_t *self)
{
    fputs("    ", self->file);
}

static void end_side(books_t *self, kopecks_t amount, const kopecks_t *stated)
{
    fputs("  ", self->file);
    print_rubles(self->file, amount);
    if (stated) {
        fputs(" = ", self->file);
        print_rubles(self->file, *stated);
    }
    fputc('\n', self->file);
}

static void begin_transaction(books_t *self, instant_t day, const char *what)
{
    self->written = day;
    fputc('\n', self->file);
    print_date(self->file, day);
    fprintf(self->file, " * %s\n", what);
    self->count.transactions++;
}

// Negative as the customer's wallet is a liability. INT64_MIN was refused when it was summed.
static void wallet_side(books_t *self, account_t *account, unsigned wallet, kopecks_t risen,
                        bool asserts)
{
    kopecks_t stated = -account->balance[wallet];
    begin_side(self);
    print_wallet(self->file, account, wallet);
    end_side(self, -risen, asserts ? &stated : NULL);
    account->shown[wallet] = true;
}

// --- a month's end ---

static void assert_accounts(books_t *self)
{
    for (uint32_t row = 0; row < self->accounts.count; row++) {
        account_t *account = table_row(&self->accounts, row);
        for (unsigned wallet = 0; wallet < WALLETS; wallet++)
            if (account->shown[wallet])
                wallet_side(self, account, wallet, 0, true);
    }
    for (uint64_t number = 1; number < SYSTEM_END; number++)
        if (self->systems_shown[number] && number != SYSTEM_REVENUE) {
            begin_side(self);
            print_system(self->file, number, 0);
            end_side(self, 0, &self->systems[number]);
        }
    for (uint64_t service = 0; service < SERVICES; service++)
        if (self->income_shown[service]) {
            begin_side(self);
            print_service(self->file, service);
            end_side(self, 0, &self->income[service]);
        }
}

static bool close_month(books_t *self)
{
    if (!self->file)
        return true;
    begin_transaction(self, self->written, "balances at the end of this file");
    assert_accounts(self);
    FILE *file = self->file;
    self->file = NULL;
    return finish(self, file, self->months[self->count.files - 1]);
}

static bool open_month(books_t *self, instant_t day)
{
    uint64_t month = month_of(day);
    if (self->file)
        return true;
    self->months = realloc(self->months, (self->count.files + 1) * sizeof *self->months);
    assert(self->months);
    char *name = self->months[self->count.files];
    snprintf(name, MONTH_NAME_SIZE, "%04" PRIu64 "-%02" PRIu64 ".journal", month / 12,
             month % 12 + 1);
    self->month = month;
    self->file = create(self, name);
    return self->file != NULL;
}

// --- a day ---

static void system_side(books_t *self, uint64_t number, uint64_t service, kopecks_t amount)
{
    begin_side(self);
    print_system(self->file, number, service);
    end_side(self, amount, NULL);
    if (number == SYSTEM_REVENUE)
        self->income_shown[service] = true;
    self->systems_shown[number] = true;
}

static void write_transaction(books_t *self, uint32_t row)
{
    const transaction_t *t = table_row(&self->transactions, row);
    const char *title = posting_kind_title(t->heading.kind);
    begin_transaction(self, self->day, title ? title : "of a newer program");
    fprintf(self->file, "    ; seq: %" PRIu64 "-%" PRIu64 "\n    ; postings: %" PRIu64 "\n",
            t->first, t->last, t->postings);
    if (t->heading.debit)
        system_side(self, t->heading.debit, t->heading.service, t->amount);
    if (t->heading.credit)
        system_side(self, t->heading.credit, t->heading.service, -t->amount);
    if (!t->heading.customer)
        return;
    account_t *account = table_row(&self->accounts, (uint32_t)(t->heading.customer - SYSTEM_END));
    for (unsigned wallet = 0; wallet < WALLETS; wallet++)
        if (t->moved[wallet])
            wallet_side(self, account, wallet, t->moved[wallet],
                        account->asserts[wallet] == row + 1);
}

static bool write_day(books_t *self)
{
    if (!self->transactions.count)
        return true;
    if (!open_month(self, self->day))
        return false;
    for (uint32_t row = 0; row < self->transactions.count; row++) {
        const transaction_t *t = table_row(&self->transactions, row);
        if (!t->heading.customer)
            continue;
        account_t *account =
            table_row(&self->accounts, (uint32_t)(t->heading.customer - SYSTEM_END));
        for (unsigned wallet = 0; wallet < WALLETS; wallet++)
            if (t->moved[wallet])
                account->asserts[wallet] = row + 1;
    }
    for (uint32_t row = 0; row < self->transactions.count; row++)
        write_transaction(self, row);
    table_clear(&self->transactions);
    return true;
}

// What was before `from`: debits and credits of all accounts are even.
static bool write_opening(books_t *self)
{
    self->opened = true;
    self->day = day_of(self->from);
    if (!open_month(self, self->day))
        return false;
    begin_transaction(self, self->day, "opening balances");
    kopecks_t sum = 0;
    bool fits = true;
    for (uint32_t row = 0; row < self->accounts.count; row++) {
        account_t *account = table_row(&self->accounts, row);
        for (unsigned wallet = 0; wallet < WALLETS; wallet++) {
            if (account->balance[wallet])
                wallet_side(self, account, wallet, account->balance[wallet], true);
            fits &= money_add(sum, account->balance[wallet], &sum);
        }
    }
    for (uint64_t number = 1; number < SYSTEM_END; number++) {
        fits &= money_subtract(sum, self->systems[number], &sum);
        if (self->systems[number] && number != SYSTEM_REVENUE)
            system_side(self, number, 0, self->systems[number]);
    }
    for (uint64_t service = 0; service < SERVICES; service++)
        if (self->income[service])
            system_side(self, SYSTEM_REVENUE, service, self->income[service]);
    return fits && sum == 0 ? true
                            : refuse(self, 0, "the balances before the first day are not even");
}

static bool turn_to(books_t *self, instant_t at)
{
    if (at >= self->from && !self->opened && !write_opening(self))
        return false;
    instant_t day = day_of(at);
    if (day == self->day || at < self->from)
        return true;
    bool written = write_day(self);
    // Before anything of the next month moves the balances that it asserts.
    if (written && self->file && month_of(day) != self->month)
        written = close_month(self);
    self->day = day;
    return written;
}

// --- events ---

static account_t *account_at(books_t *self, uint64_t number)
{
    return number >= SYSTEM_END && number - SYSTEM_END < self->accounts.count
               ? table_row(&self->accounts, (uint32_t)(number - SYSTEM_END))
               : NULL;
}

static bool opened(books_t *self, uint64_t sequence, const event_account_opened_t *event)
{
    if (event->number < SYSTEM_END)
        return true;
    if (event->number != self->accounts.count + SYSTEM_END ||
        table_find(&self->accounts, &event->account) != TABLE_NONE)
        return refuse(self, sequence, "an account is opened out of order");
    table_insert(&self->accounts, &event->account);
    self->count.accounts++;
    return true;
}

static transaction_t *transaction_of(books_t *self, uint64_t sequence, const heading_t *heading)
{
    uid_t16 key = table_key(heading->customer << 32 | heading->debit << 16 | heading->credit,
                            heading->kind << 8 | heading->service);
    uint32_t row = table_find(&self->transactions, &key);
    if (row == TABLE_NONE) {
        row = table_insert(&self->transactions, &key);
        transaction_t *made = table_row(&self->transactions, row);
        made->heading = *heading;
        made->first = sequence;
    }
    return table_row(&self->transactions, row);
}

static bool move_systems(books_t *self, const heading_t *heading, kopecks_t amount)
{
    kopecks_t *debit = &self->systems[heading->debit], *credit = &self->systems[heading->credit];
    bool fits = true;
    if (heading->debit)
        fits &= money_add(*debit, amount, debit);
    if (heading->credit)
        fits &= money_subtract(*credit, amount, credit);
    kopecks_t *income = &self->income[heading->service];
    if (heading->debit == SYSTEM_REVENUE)
        fits &= money_add(*income, amount, income);
    if (heading->credit == SYSTEM_REVENUE)
        fits &= money_subtract(*income, amount, income);
    return fits;
}

static bool posted(books_t *self, uint64_t sequence, const event_posted_t *event, uint64_t service)
{
    bool debited = event->debit >= SYSTEM_END, credited = event->credit >= SYSTEM_END;
    heading_t heading = {.debit = debited ? 0 : event->debit,
                         .credit = credited ? 0 : event->credit,
                         .customer = debited    ? event->debit
                                     : credited ? event->credit
                                                : 0,
                         .kind = event->kind,
                         .service = service < SERVICES ? service : 0};
    account_t *account = heading.customer ? account_at(self, heading.customer) : NULL;
    if ((debited && credited) || (heading.customer && !account) || event->amount <= 0 ||
        event->amount > POSTING_AMOUNT_MAX || event->kind > UINT8_MAX ||
        heading.customer > UINT32_MAX)
        return refuse(self, sequence,
                      "this is no posting between an account that was opened and "
                      "an account of ours");
    const kopecks_t after[WALLETS] = {event->cash, event->bonus};
    kopecks_t moved[WALLETS] = {0}, all = 0;
    bool fits = move_systems(self, &heading, event->amount);
    for (unsigned wallet = 0; account && wallet < WALLETS; wallet++) {
        fits &= money_subtract(after[wallet], account->balance[wallet], &moved[wallet]);
        fits &= money_add(all, moved[wallet], &all) && after[wallet] != INT64_MIN;
        account->balance[wallet] = after[wallet];
    }
    if (!fits)
        return refuse(self, sequence, "a sum leaves the range of money");
    if (account && all != (debited ? -event->amount : event->amount))
        return refuse(self, sequence, "the balances that it states do not follow from its amount");
    if (self->day == INT64_MIN)
        return true; // before the first day: the opening balances have it
    transaction_t *t = transaction_of(self, sequence, &heading);
    t->last = sequence;
    t->postings++;
    self->count.postings++;
    fits = money_add(t->amount, event->amount, &t->amount);
    for (unsigned wallet = 0; wallet < WALLETS; wallet++)
        fits &= money_add(t->moved[wallet], moved[wallet], &t->moved[wallet]) &&
                t->moved[wallet] != INT64_MIN;
    return fits || refuse(self, sequence, "a day's sum leaves the range of money");
}

bool books_feed(books_t *self, uint64_t sequence, const event_t *event, uint64_t service)
{
    if (*self->error)
        return false;
    if (event->at >= self->to)
        return true;
    if (event->type == EVENT_account_opened)
        return opened(self, sequence, &event->account_opened);
    if (event->type != EVENT_posted)
        return true;
    return turn_to(self, event->at) && posted(self, sequence, &event->posted, service);
}

// --- the end ---

static void declare(books_t *self, FILE *out)
{
    fputs("; Kopeck's ledger. A debit is positive: a customer who has 5 rubles stands at -5.00.\n"
          "; Check it: hledger -f main.journal check -s; ledger -f main.journal --strict bal\n\n"
          "commodity RUB\n    format 1000.00 RUB\n\ntag seq\ntag postings\n\n",
          out);
    for (uint64_t number = 1; number < SYSTEM_END; number++)
        if (self->systems_shown[number] && number != SYSTEM_REVENUE) {
            fputs("account ", out);
            print_system(out, number, 0);
            fputc('\n', out);
        }
    for (uint64_t service = 0; service < SERVICES; service++)
        if (self->income_shown[service]) {
            fputs("account ", out);
            print_service(out, service);
            fputc('\n', out);
        }
    for (uint32_t row = 0; row < self->accounts.count; row++) {
        const account_t *account = table_row(&self->accounts, row);
        for (unsigned wallet = 0; wallet < WALLETS; wallet++)
            if (account->shown[wallet]) {
                fputs("account ", out);
                print_wallet(out, account, wallet);
                fputc('\n', out);
            }
    }
    fputc('\n', out);
}

bool books_end(books_t *self)
{
    if (*self->error || (!self->opened && !write_opening(self)) || !write_day(self))
        return false;
    uint64_t months = self->count.files;
    if (!close_month(self))
        return false;
    FILE *file = create(self, "main.journal");
    if (!file)
        return false;
    declare(self, file);
    for (uint64_t i = 0; i < months; i++)
        fprintf(file, "include %s\n", self->months[i]);
    return finish(self, file, "main.journal");
}
