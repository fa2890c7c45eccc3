// money_lots - rows of the family `lots` of money_vectors.tsv: what an account has, what happens,
// and what must come of it, played through the ledger's own rules of lots.
//
//   given   C1=100.00 of 500.00; B1=30.00 until 2026-07-01 00:00; debt=30.00; reversal=10.00
//           a lot may say: of SUM, from TIME, until TIME, for SERVICE, with C1
//   when    [at TIME] charge SUM [for SERVICE] [for the hour ending TIME]; topup C2 SUM;
//           grant B2 SUM …; expire B1; refund SUM; refund C1 done | canceled;
//           chargeback C1 SUM; won C1 SUM as C3; correct SUM
//   then    C1=0.00; B1=…; debt=…; reversal=…; breakage=…; balance=…; apart=…
//
// SUM is rubles with two decimals, TIME is Moscow's, C is cash and B bonus. A bonus that a
// correction makes takes the next free number. A refund of more than there is moves nothing. An
// hour that is not named is that of the last `at`; without any, it lies before every end. Failures:
// false with a sentence; also for any word that is not above. Threads: one.
#include "services/ledger/ledger_lots.h"
#include "tests/vectors/money.h"
#include "tests/vectors/money_lots_words.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CHARGES_MAX = 32, PARTS_MAX = 64, LOTS_MAX = 64, START_DEBT = 1, FIRST_CHARGE = 1000 };

typedef struct {
    ledger_part_t parts[PARTS_MAX];
    size_t count;
} charge_t;

typedef struct {
    ledger_purses_t book;
    ledger_purse_t purse;
    charge_t charges[CHARGES_MAX];
    size_t charges_count;
    struct {
        uint64_t number;
        kopecks_t asked, charged_back;
    } lots[LOTS_MAX];
    size_t lots_count;
    uint64_t bonus_max; // the highest number of a bonus
    kopecks_t breakage;
    instant_t now; // 0 while nobody said
    money_words_t words;
    char *why;
    bool differs;
} row_t;

static bool wrong(row_t *self, const char *what)
{
    if (!self->why[0])
        (void)snprintf(self->why, MONEY_SAID_MAX, "%s, at \"%s\"", what, self->words.word);
    return false;
}

// --- what the rules say that they did ---

static void add_part(row_t *self, size_t charge, uint64_t lot, kopecks_t amount)
{
    charge_t *row = &self->charges[charge];
    if (row->count < PARTS_MAX)
        row->parts[row->count++] = (ledger_part_t){lot, amount};
    else
        (void)wrong(self, "a charge takes too many lots");
}

static void lessen(charge_t *charge, uint64_t lot, kopecks_t amount)
{
    for (size_t i = 0; i < charge->count; i++)
        if (charge->parts[i].lot == lot && charge->parts[i].amount >= amount) {
            charge->parts[i].amount -= amount;
            return;
        }
}

static void moved(void *arg, const ledger_move_t *move)
{
    row_t *self = arg;
    bool of_charge = move->debt >= FIRST_CHARGE;
    if (move->kind == LEDGER_MOVE_TAKE)
        add_part(self, self->charges_count - 1, move->lot, move->amount);
    else if (move->kind == LEDGER_MOVE_OWE && of_charge)
        add_part(self, move->debt - FIRST_CHARGE, 0, move->amount);
    else if (move->kind == LEDGER_MOVE_REPAY && of_charge) {
        lessen(&self->charges[move->debt - FIRST_CHARGE], 0, move->amount);
        add_part(self, move->debt - FIRST_CHARGE, move->lot, move->amount);
    } else if (move->kind == LEDGER_MOVE_LAPSE)
        self->breakage += move->amount;
    for (size_t i = 0; i < self->lots_count; i++)
        if (self->lots[i].number == move->lot && move->kind == LEDGER_MOVE_HOLD)
            self->lots[i].asked += move->amount;
}

// --- lots ---

static size_t known_lot(const row_t *self, uint64_t number)
{
    size_t i = 0;
    while (i < self->lots_count && self->lots[i].number != number)
        i++;
    return i;
}

// The name of a lot that is there; `letter` is B, C, or 0 for either.
static bool read_known(row_t *self, char letter, uint64_t *ret_number, size_t *ret_index)
{
    bool bonus;
    if (!money_words_lot(&self->words, ret_number, &bonus))
        return wrong(self, "expected a lot, as C1 or B1");
    if (letter && bonus != (letter == 'B'))
        return wrong(self, "a lot of the other kind was expected");
    *ret_index = known_lot(self, *ret_number);
    return *ret_index < self->lots_count || wrong(self, "there is no such lot");
}

static bool note_lot(row_t *self, uint64_t number)
{
    if (known_lot(self, number) < self->lots_count)
        return wrong(self, "there is a lot of that name");
    if (self->lots_count == LOTS_MAX)
        return wrong(self, "too many lots");
    self->lots[self->lots_count++].number = number;
    if (number % 2 && number > self->bonus_max)
        self->bonus_max = number;
    return true;
}

static bool read_new(row_t *self, char letter, ledger_credit_lot_t *ret_lot)
{
    bool bonus;
    uint64_t number;
    if (!money_words_lot(&self->words, &number, &bonus))
        return wrong(self, "expected a new lot, as C1 or B1");
    if (letter && bonus != (letter == 'B'))
        return wrong(self, "a lot of the other kind was expected");
    *ret_lot = (ledger_credit_lot_t){.number = number, .bonus = bonus, .at = self->now};
    return note_lot(self, number);
}

static kopecks_t amount_of(const row_t *self, uint64_t number)
{
    uint32_t n = ledger_purse_find(&self->book, &self->purse, number);
    return n ? ledger_purse_lot(&self->book, n)->amount : 0;
}

static bool read_with(row_t *self, ledger_terms_t *terms)
{
    size_t index;
    if (!read_known(self, 'C', &terms->with, &index))
        return false;
    terms->base = amount_of(self, terms->with);
    return terms->base > 0 || wrong(self, "the lot it came with was empty");
}

// from TIME, until TIME, for SERVICE, with C1, of SUM: in any order.
static bool read_terms(row_t *self, ledger_credit_lot_t *lot, kopecks_t *of)
{
    while (!money_words_at_end(&self->words)) {
        bool good;
        if (of && money_words_take_if(&self->words, "of"))
            good = money_words_sum(&self->words, of);
        else if (!lot->bonus)
            return money_words_take(&self->words) && wrong(self, "cash has no such term");
        else if (money_words_take_if(&self->words, "from"))
            good = money_words_time(&self->words, &lot->terms.from);
        else if (money_words_take_if(&self->words, "until"))
            good = money_words_time(&self->words, &lot->terms.until);
        else if (money_words_take_if(&self->words, "for"))
            good = money_words_service(&self->words, &lot->terms.category);
        else if (money_words_take_if(&self->words, "with"))
            good = read_with(self, &lot->terms);
        else
            return money_words_take(&self->words) && wrong(self, "an unknown term of a lot");
        if (!good)
            return wrong(self, "a term of a lot does not say what it should");
        lot->limited = lot->bonus;
    }
    return true;
}

// --- given ---

static bool read_sum(row_t *self, kopecks_t *ret_sum, kopecks_t least)
{
    if (!money_words_sum(&self->words, ret_sum))
        return wrong(self, "expected rubles and kopecks, as 100.00");
    return *ret_sum >= least || wrong(self, "too small a sum");
}

static bool start_lot(row_t *self)
{
    ledger_credit_lot_t lot;
    kopecks_t of = -1;
    if (!read_new(self, 0, &lot))
        return false;
    if (!money_words_take_if(&self->words, "="))
        return money_words_take(&self->words) && wrong(self, "expected =");
    if (!read_sum(self, &lot.amount, 0) || !read_terms(self, &lot, &of))
        return false;
    if (of >= 0 && of < lot.amount)
        return wrong(self, "more is left than there was");
    ledger_lot_t row = {.number = lot.number & UINT32_MAX,
                        .bonus = lot.bonus,
                        .left = lot.amount,
                        .amount = of >= 0 ? of : lot.amount};
    (void)ledger_purse_add(&self->book, &self->purse, &row, lot.limited ? &lot.terms : NULL);
    return true;
}

static bool start_debt(row_t *self, ledger_debt_kind_t kind)
{
    kopecks_t left;
    if (!money_words_take_if(&self->words, "="))
        return money_words_take(&self->words) && wrong(self, "expected =");
    if (!read_sum(self, &left, 0))
        return false;
    if (left)
        ledger_purse_owe(
            &self->book, &self->purse,
            &(ledger_debt_t){.kind = kind & 0x7fffffff, .number = START_DEBT, .left = left});
    return true;
}

static bool read_given(row_t *self)
{
    while (money_words_next_part(&self->words)) {
        bool good;
        if (money_words_take_if(&self->words, "debt"))
            good = start_debt(self, LEDGER_DEBT_USAGE);
        else if (money_words_take_if(&self->words, "reversal"))
            good = start_debt(self, LEDGER_DEBT_REVERSAL);
        else
            good = start_lot(self);
        if (!good)
            return false;
        if (!money_words_at_end(&self->words))
            return money_words_take(&self->words) && wrong(self, "too many words");
    }
    return true;
}

// --- when ---

static void set_now(row_t *self, instant_t now)
{
    if (now > self->now)
        self->now = now;
    ledger_lots_begin(&self->book, &self->purse, self->now);
}

static bool charge(row_t *self, instant_t at)
{
    ledger_use_t use = {.hour = at ? at : self->now};
    if (!read_sum(self, &use.amount, 1))
        return false;
    while (money_words_take_if(&self->words, "for"))
        if (money_words_take_if(&self->words, "the")) {
            if (!money_words_take_if(&self->words, "hour") ||
                !money_words_take_if(&self->words, "ending") ||
                !money_words_time(&self->words, &use.hour))
                return wrong(self, "expected: for the hour ending TIME");
        } else if (!money_words_service(&self->words, &use.category))
            return wrong(self, "expected a service, as compute");
    if (self->charges_count == CHARGES_MAX)
        return wrong(self, "too many charges");
    use.number = FIRST_CHARGE + self->charges_count++;
    set_now(self, use.hour);
    ledger_lots_charge(&self->book, &self->purse, &use);
    return true;
}

static bool credit(row_t *self, char letter)
{
    ledger_credit_lot_t lot;
    if (!read_new(self, letter, &lot) || !read_sum(self, &lot.amount, 1) ||
        !read_terms(self, &lot, NULL))
        return false;
    ledger_lots_credit(&self->book, &self->purse, &lot);
    return true;
}

static bool refund(row_t *self)
{
    money_words_t ahead = self->words;
    uint64_t lot;
    size_t index;
    kopecks_t amount;
    if (money_words_sum(&ahead, &amount)) {
        (void)(read_sum(self, &amount, 1) &&
               ledger_lots_hold(&self->book, &self->purse, 0, amount)); // else nothing moves
        return amount > 0;
    }
    if (!read_known(self, 'C', &lot, &index))
        return false;
    bool done = money_words_take_if(&self->words, "done");
    if (!done && !money_words_take_if(&self->words, "canceled"))
        return money_words_take(&self->words) && wrong(self, "expected done or canceled");
    amount = self->lots[index].asked;
    if (!amount)
        return wrong(self, "nothing of this lot is asked back");
    self->lots[index].asked = 0;
    ledger_lots_settle(&self->book, &self->purse, lot, amount, done);
    return true;
}

static bool chargeback(row_t *self)
{
    uint64_t lot;
    size_t index;
    kopecks_t amount;
    if (!read_known(self, 'C', &lot, &index) || !read_sum(self, &amount, 1))
        return false;
    self->lots[index].charged_back += amount;
    ledger_lots_chargeback(&self->book, &self->purse, lot, amount);
    return true;
}

// won C1 [SUM] as C3: without a sum, all that was charged back of it.
static bool won(row_t *self)
{
    uint64_t lot;
    size_t index;
    ledger_credit_lot_t again;
    kopecks_t amount;
    if (!read_known(self, 'C', &lot, &index))
        return false;
    amount = self->lots[index].charged_back;
    if (!amount)
        return wrong(self, "nothing of this lot was charged back");
    bool named = money_words_take_if(&self->words, "as");
    if (!named && (!read_sum(self, &amount, 1) || !money_words_take_if(&self->words, "as")))
        return wrong(self, "expected: as C2");
    if (!read_new(self, 'C', &again))
        return false;
    again.amount = amount;
    self->lots[index].charged_back = 0;
    ledger_lots_won(&self->book, &self->purse, lot, &again);
    return true;
}

// What was given back of a charge's parts: what nothing paid, then from the last one on.
static void lessen_parts(charge_t *charge, kopecks_t amount)
{
    for (unsigned paid = 0; paid < 2; paid++)
        for (size_t i = charge->count; i-- > 0 && amount;) {
            ledger_part_t *part = &charge->parts[i];
            if ((part->lot != 0) != paid)
                continue;
            kopecks_t given = amount < part->amount ? amount : part->amount;
            part->amount -= given;
            amount -= given;
        }
}

// Of the last charge; what goes beyond it, of the one before.
static bool correct(row_t *self)
{
    kopecks_t amount;
    if (!read_sum(self, &amount, 1))
        return false;
    for (size_t i = self->charges_count; i-- > 0 && amount;) {
        charge_t *row = &self->charges[i];
        charge_t before = *row;
        ledger_credit_lot_t instead = {.number = self->bonus_max + 2, .at = self->now};
        kopecks_t all = 0, given;
        for (size_t j = 0; j < row->count; j++)
            all += row->parts[j].amount;
        given = amount < all ? amount : all;
        lessen_parts(row, given); // first, for what is given back may pay another part of it
        if (ledger_lots_correct(&self->book, &self->purse, FIRST_CHARGE + i, before.parts,
                                before.count, given, &instead))
            return wrong(self, "a charge's parts come to less than it");
        if (ledger_purse_find(&self->book, &self->purse, instead.number) &&
            !note_lot(self, instead.number))
            return false;
        amount -= given;
    }
    return !amount || wrong(self, "more than was charged");
}

static bool expire(row_t *self)
{
    uint64_t lot;
    size_t index;
    if (!read_known(self, 'B', &lot, &index))
        return false;
    (void)ledger_lots_end(&self->book, &self->purse, lot);
    return true;
}

static bool step(row_t *self)
{
    instant_t at = 0;
    if (money_words_take_if(&self->words, "at")) {
        if (!money_words_time(&self->words, &at))
            return wrong(self, "expected a time, as 2026-06-01 00:00");
        set_now(self, at);
    }
    if (!money_words_take(&self->words))
        return wrong(self, "a word is too long");
    const char *word = self->words.word;
    if (!strcmp(word, "charge"))
        return charge(self, at);
    if (!strcmp(word, "topup"))
        return credit(self, 'C');
    if (!strcmp(word, "grant"))
        return credit(self, 'B');
    if (!strcmp(word, "expire"))
        return expire(self);
    if (!strcmp(word, "refund"))
        return refund(self);
    if (!strcmp(word, "chargeback"))
        return chargeback(self);
    if (!strcmp(word, "won"))
        return won(self);
    if (!strcmp(word, "correct"))
        return correct(self);
    return wrong(self, "an unknown step");
}

static bool carry_out(row_t *self)
{
    while (money_words_next_part(&self->words)) {
        if (!step(self))
            return false;
        if (!money_words_at_end(&self->words))
            return money_words_take(&self->words) && wrong(self, "too many words");
    }
    return true;
}

// --- then ---

static bool find_result(row_t *self, kopecks_t *ret_found)
{
    static const char *const names[] = {"debt", "reversal", "breakage", "balance", "apart"};
    ledger_totals_t totals = ledger_lots_totals(&self->book, &self->purse, self->now);
    const kopecks_t found[] = {totals.usage, totals.reversal, self->breakage,
                               ledger_totals_balance(&totals), totals.apart};
    uint64_t lot;
    size_t index;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (money_words_take_if(&self->words, names[i])) {
            *ret_found = found[i];
            return true;
        }
    if (!read_known(self, 0, &lot, &index))
        return false;
    uint32_t n = ledger_purse_find(&self->book, &self->purse, lot);
    *ret_found = n ? ledger_purse_left(&self->purse, ledger_purse_lot(&self->book, n)) : 0;
    return true;
}

static bool compare(row_t *self)
{
    size_t results = 0;
    for (; money_words_next_part(&self->words); results++) {
        kopecks_t found, expected;
        char name[MONEY_WORD_SIZE];
        if (!find_result(self, &found))
            return false;
        memcpy(name, self->words.word, sizeof name);
        if (!money_words_take_if(&self->words, "="))
            return money_words_take(&self->words) && wrong(self, "expected =");
        if (!read_sum(self, &expected, INT64_MIN))
            return false;
        if (!money_words_at_end(&self->words))
            return money_words_take(&self->words) && wrong(self, "too many words");
        if (found == expected)
            continue;
        uint64_t size = (uint64_t)(found < 0 ? -found : found);
        self->differs = true;
        (void)snprintf(self->why, MONEY_SAID_MAX, "%s=%s%" PRIu64 ".%02" PRIu64, name,
                       found < 0 ? "-" : "", size / 100, size % 100);
        return false;
    }
    return results > 0 || wrong(self, "the row expects nothing");
}

money_verdict_t money_lots(const money_row_t *vector, money_said_t *said)
{
    row_t row = {.why = said->text, .words = {.next = vector->given}, .bonus_max = 1};
    said->text[0] = '\0';
    ledger_purses_init(&row.book);
    ledger_purse_open(&row.book, &row.purse);
    bool holds = read_given(&row);
    ledger_purse_close(&row.book, &row.purse);
    row.book.moved = moved;
    row.book.arg = &row;
    row.words.next = vector->when;
    holds = holds && carry_out(&row);
    row.words.next = vector->then;
    holds = holds && compare(&row) && !said->text[0];
    ledger_purses_release(&row.book);
    return holds ? MONEY_HOLDS : row.differs ? MONEY_DIFFERS : MONEY_UNKNOWN;
}
