#include "tools/kopeck/verify_documents.h"
#include "proto/posting.h"
#include "proto/wire.h"

enum { INN_DIGITS = 10 };
#define SERIALS UINT64_C(100000000) // of a year
#define PAPERS UINT64_C(1000000)    // of a year

typedef struct {
    uid_t16 key;
    char inn[INN_DIGITS];
} company_t;

typedef struct {
    uid_t16 key; // of the number
    uid_t16 account;
    kopecks_t amount;
    bool paid;
} invoice_t;

typedef struct {
    uid_t16 key; // of the sequence
    hash_t identity;
    kopecks_t amount;
    bool open;
} transfer_t;

// What the ledger owes a posting for.
typedef struct {
    uid_t16 key; // of the sequence
    uid_t16 account, reference;
    uint64_t sequence;
    kopecks_t amount, fee;
    bool assigns, settles, posted, fee_posted;
} fact_t;

typedef struct {
    uid_t16 key; // the reference
    bool suspense;
} moved_t;

typedef struct {
    uid_t16 key; // of the ledger's sequence
    uint64_t sequence, cause;
} unexplained_t;

typedef struct {
    uid_t16 key; // the account
    uint64_t quarter;
} last_act_t;

void verify_documents_init(verify_documents_t *self, verify_report_t *report, bool joined)
{
    *self = (verify_documents_t){.report = report, .joined = joined};
    table_init(&self->companies, sizeof(company_t));
    table_init(&self->invoices, sizeof(invoice_t));
    table_init(&self->transfers, sizeof(transfer_t));
    table_init(&self->identities, sizeof(uid_t16));
    table_init(&self->facts, sizeof(fact_t));
    table_init(&self->moved, sizeof(moved_t));
    table_init(&self->unexplained, sizeof(unexplained_t));
    table_init(&self->acts, sizeof(last_act_t));
    table_init(&self->advances, sizeof(uid_t16));
}

void verify_documents_release(verify_documents_t *self)
{
    table_release(&self->companies);
    table_release(&self->invoices);
    table_release(&self->transfers);
    table_release(&self->identities);
    table_release(&self->facts);
    table_release(&self->moved);
    table_release(&self->unexplained);
    table_release(&self->acts);
    table_release(&self->advances);
}

static void *find(const table_t *table, const uid_t16 *key)
{
    uint32_t row = table_find(table, key);
    return row == TABLE_NONE ? NULL : table_row(table, row);
}

static void *find_number(const table_t *table, uint64_t number)
{
    uid_t16 key = table_key(number, 1);
    return find(table, &key);
}

static void *take(table_t *table, const uid_t16 *key)
{
    void *row = find(table, key);
    return row ? row : table_row(table, table_insert(table, key));
}

static void *take_number(table_t *table, uint64_t number)
{
    uid_t16 key = table_key(number, 1);
    return take(table, &key);
}

static bool that(verify_documents_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_DOCUMENTS, sequence, holds, expected, found);
}

// --- documents ---

static void note_company(verify_documents_t *self, const event_requisites_registered_t *e)
{
    company_t *company = take(&self->companies, &e->account);
    if (e->inn.size == INN_DIGITS)
        memcpy(company->inn, e->inn.data, INN_DIGITS);
}

// All eleven digits, each second one from the right doubled, add up to a whole ten.
static bool adds_up(uint64_t number)
{
    uint64_t sum = 0;
    for (unsigned place = 0; number; number /= 10, place++) {
        uint64_t digit = number % 10 * (place % 2 ? 2 : 1);
        sum += digit / 10 + digit % 10;
    }
    return sum % 10 == 0;
}

static void check_issued(verify_documents_t *self, uint64_t sequence,
                         const event_invoice_issued_t *e)
{
    uint64_t series = e->number / 10;
    bool next = series == self->series + 1 ||
                (series % SERIALS == 1 && series / SERIALS > self->series / SERIALS);
    that(self, "documents: invoices are one series a year", sequence, next, "the next number",
         (int64_t)e->number);
    that(self, "documents: an invoice's number has its check digit", sequence, adds_up(e->number),
         "a number that is right by Luhn", (int64_t)e->number);
    const company_t *company = find(&self->companies, &e->account);
    bool its =
        company && e->inn.size == INN_DIGITS && memcmp(company->inn, e->inn.data, INN_DIGITS) == 0;
    that(self, "documents: an invoice is the account's company's", sequence, its,
         "the INN that was registered last", (int64_t)e->number);
    self->series = series;
    invoice_t *invoice = take_number(&self->invoices, e->number);
    invoice->account = e->account;
    invoice->amount = e->amount;
}

// `paid` by that transfer or assignment: the first one, to the invoice's account.
static void check_paid(verify_documents_t *self, uint64_t sequence, uint64_t number,
                       const uid_t16 *account)
{
    invoice_t *invoice = find_number(&self->invoices, number);
    that(self, "documents: what is paid is an invoice of that account, once", sequence,
         invoice && !invoice->paid && uid_equal(&invoice->account, account),
         "an invoice that nobody has paid", (int64_t)number);
    if (invoice)
        invoice->paid = true;
}

static void add_fact(verify_documents_t *self, uint64_t sequence, const hash_t *identity,
                     const uid_t16 *account, kopecks_t amount, bool assigns)
{
    fact_t *fact = take_number(&self->facts, sequence);
    fact->sequence = sequence;
    fact->account = *account;
    fact->amount = amount;
    fact->assigns = assigns;
    memcpy(fact->reference.bytes, identity->bytes, sizeof fact->reference.bytes);
}

static void check_received(verify_documents_t *self, uint64_t sequence,
                           const event_transfer_received_t *e)
{
    bool suspense = uid_is_zero(&e->account);
    uid_t16 key;
    memcpy(key.bytes, e->identity.bytes, sizeof key.bytes);
    that(self, "documents: a transfer is received once", sequence, !find(&self->identities, &key),
         "another identity", e->amount);
    (void)take(&self->identities, &key);
    that(self, "documents: what is matched is credited, the rest has its reason", sequence,
         suspense == (e->reason != TRANSFER_MATCHED), "an account or a reason", (int64_t)e->reason);
    transfer_t *row = take_number(&self->transfers, sequence);
    row->identity = e->identity;
    row->amount = e->amount;
    row->open = suspense;
    add_fact(self, sequence, &e->identity, &e->account, e->amount, false);
    if (suspense)
        return;
    const invoice_t *invoice = find_number(&self->invoices, e->invoice);
    verify_equal(self->report, "documents: a match is of the invoice's sum", STREAM_DOCUMENTS,
                 sequence, invoice ? invoice->amount : 0, e->amount);
    check_paid(self, sequence, e->invoice, &e->account);
}

static void check_assigned(verify_documents_t *self, uint64_t sequence,
                           const event_transfer_assigned_t *e)
{
    transfer_t *row = find_number(&self->transfers, e->transfer);
    bool fits = row && row->open && row->amount == e->amount &&
                memcmp(&row->identity, &e->identity, sizeof e->identity) == 0;
    that(self, "documents: what is assigned is in suspense", sequence, fits,
         "a transfer in suspense, its sum and identity", (int64_t)e->transfer);
    if (row)
        row->open = false;
    if (e->invoice)
        check_paid(self, sequence, e->invoice, &e->account);
    add_fact(self, sequence, &e->identity, &e->account, e->amount, true);
    self->assigned = sequence;
}

// What Robokassa paid out.
static void check_settled(verify_documents_t *self, uint64_t sequence,
                          const event_transfer_settled_t *e)
{
    const uid_t16 nobody = {{0}};
    transfer_t *row = find_number(&self->transfers, e->transfer);
    bool fits = row && row->open && row->amount == e->amount && e->fee >= 0 &&
                memcmp(&row->identity, &e->identity, sizeof e->identity) == 0;
    that(self, "documents: what is settled is in suspense", sequence, fits,
         "a transfer in suspense, its sum and identity", (int64_t)e->transfer);
    if (row)
        row->open = false;
    add_fact(self, sequence, &e->identity, &nobody, e->amount, true);
    fact_t *fact = find_number(&self->facts, sequence);
    fact->settles = true;
    fact->fee = e->fee;
    self->assigned = sequence;
}

// --- acts ---

// Of a year of Moscow, 1 January 2026 being day 20454.
static bool is_of_year(uint64_t number, instant_t at)
{
    uint64_t year = number / PAPERS + 2000;
    int64_t day = (at + 3 * HOUR_US) / DAY_US, years = (int64_t)year - 2026;
    int64_t first = 20454 + years * 365 + (years + 1) / 4; // the leap day of 2028 is in 2029's
    int64_t next = first + 365 + (year % 4 == 0);
    return day >= first && day < next;
}

static void check_series(verify_documents_t *self, uint64_t sequence, uint64_t *last,
                         uint64_t number, instant_t at)
{
    bool next = number == *last + 1 || (number % PAPERS == 1 && number / PAPERS > *last / PAPERS);
    that(self, "documents: acts, and advance and shipment invoices, are one series a year",
         sequence, next && is_of_year(number, at), "the next number of the year", (int64_t)number);
    *last = number;
}

// Half a kopeck up.
static kopecks_t tax_within(kopecks_t gross, uint64_t rate)
{
    __int128 twice = (__int128)2 * gross * (int64_t)rate, whole = 100 + (int64_t)rate;
    return (kopecks_t)((twice + whole) / (2 * whole));
}

// Lines of a rate stand together and share the tax of their sum.
static void check_lines(verify_documents_t *self, uint64_t sequence, const event_act_issued_t *e)
{
    kopecks_t amount = 0, vat = 0, gross = 0, tax = 0;
    uint64_t rate = 0, before = 0;
    bool right = true;
    wire_t wire;
    wire_start(&wire, e->lines.data, e->lines.size);
    while (!wire.fail && wire_left(&wire)) {
        uint64_t service;
        kopecks_t sum, share;
        right = right && wire_array(&wire, 4) == 4;
        wire_u64(&wire, &service);
        wire_u64(&wire, &rate);
        wire_i64(&wire, &sum);
        wire_i64(&wire, &share);
        gross = rate == before ? gross + sum : sum;
        tax = rate == before ? tax + share : share;
        right = right && sum > 0 && tax == tax_within(gross, rate);
        before = rate;
        amount += sum;
        vat += share;
    }
    that(self, "documents: an act's lines and taxes add up", sequence,
         right && !wire.fail && amount == e->amount && vat == e->vat && e->debt >= 0 &&
             e->debt <= amount,
         "sums of the lines", e->amount);
}

static void check_act(verify_documents_t *self, uint64_t sequence, const event_t *event)
{
    const event_act_issued_t *e = &event->act_issued;
    check_series(self, sequence, &self->act, e->number, event->at);
    check_series(self, sequence, &self->shipment, e->invoice, event->at);
    check_lines(self, sequence, e);
    last_act_t *last = take(&self->acts, &e->account);
    that(self, "documents: no quarter has two acts", sequence, e->quarter > last->quarter,
         "a later quarter", (int64_t)e->quarter);
    last->quarter = e->quarter;
}

static void check_advance(verify_documents_t *self, uint64_t sequence, const event_t *event)
{
    const event_advance_issued_t *e = &event->advance_issued;
    check_series(self, sequence, &self->shipment, e->number, event->at);
    that(self, "documents: money has one advance invoice", sequence,
         !find(&self->advances, &e->reference) && e->amount > 0 &&
             e->vat == tax_within(e->amount, e->rate),
         "other money, and its tax", e->amount);
    (void)take(&self->advances, &e->reference);
}

// What papers may have been given by a journal that is lost: never less than what is known.
static void check_noted(verify_documents_t *self, uint64_t sequence, const event_numbers_noted_t *e)
{
    that(self, "documents: numbers that are noted are none before the last", sequence,
         e->invoice / 10 >= self->series && e->act >= self->act && e->shipment >= self->shipment,
         "the last numbers or later ones", (int64_t)e->invoice);
    self->series = e->invoice / 10;
    self->act = e->act;
    self->shipment = e->shipment;
}

static void check_agreed(verify_documents_t *self, const event_t *event)
{
    if (!self->assigned)
        return;
    bool two =
        event && event->type == EVENT_command_sent_by && event->command_sent_by.approver.size;
    that(self, "documents: an assignment is two persons'", self->assigned, two,
         "a command.sent_by with an approver", event ? (int64_t)event->type : 0);
    self->assigned = 0;
}

void verify_documents_feed(verify_documents_t *self, uint64_t sequence, const event_t *event)
{
    check_agreed(self, event);
    switch (event->type) {
    case EVENT_requisites_registered:
        note_company(self, &event->requisites_registered);
        break;
    case EVENT_invoice_issued:
        check_issued(self, sequence, &event->invoice_issued);
        break;
    case EVENT_transfer_received:
        check_received(self, sequence, &event->transfer_received);
        break;
    case EVENT_transfer_assigned:
        check_assigned(self, sequence, &event->transfer_assigned);
        break;
    case EVENT_transfer_settled:
        check_settled(self, sequence, &event->transfer_settled);
        break;
    case EVENT_act_issued:
        check_act(self, sequence, event);
        break;
    case EVENT_advance_issued:
        check_advance(self, sequence, event);
        break;
    case EVENT_numbers_noted:
        check_noted(self, sequence, &event->numbers_noted);
        break;
    default:
        break;
    }
}

// --- the ledger ---

// What came by bank, and what Robokassa kept of it, both leave clearing.
static bool is_settled_so(fact_t *fact, const event_posted_t *posted)
{
    bool fee = posted->kind == POSTING_FEE;
    bool first = fee ? fact->posted && fact->fee && !fact->fee_posted : !fact->posted;
    fact->fee_posted = fact->fee_posted || fee;
    return first && posted->debit == (uint64_t)(fee ? SYSTEM_FEES : SYSTEM_SUSPENSE) &&
           posted->credit == SYSTEM_CLEARING &&
           posted->amount == (fee ? fact->fee : fact->amount) &&
           posted->kind == (uint64_t)(fee ? POSTING_FEE : POSTING_SETTLEMENT) &&
           uid_equal(&posted->reference, &fact->reference);
}

// As documents says, or to suspense where the account cannot take it.
static bool is_posted_so(const fact_t *fact, const event_posted_t *posted)
{
    uint64_t from = fact->assigns ? SYSTEM_SUSPENSE : SYSTEM_BANK;
    bool back = fact->assigns && uid_is_zero(&fact->account);
    uint64_t to = back ? SYSTEM_BANK : SYSTEM_SUSPENSE;
    bool placed = !back && !uid_is_zero(&fact->account) && posted->credit >= SYSTEM_END &&
                  uid_equal(&posted->account, &fact->account);
    bool kept = posted->credit == to && (back || !fact->assigns);
    return posted->debit == from && (placed || kept) && posted->amount == fact->amount &&
           posted->kind == (uint64_t)(back ? POSTING_CORRECTION : POSTING_BANK) &&
           uid_equal(&posted->reference, &fact->reference);
}

// Once each, whatever history documents has.
static void check_moved(verify_documents_t *self, uint64_t sequence, const event_posted_t *posted)
{
    const moved_t *before = find(&self->moved, &posted->reference);
    bool leaves = posted->debit == SYSTEM_SUSPENSE;
    verify_that(self->report, "documents: a transfer is posted once, and leaves suspense once",
                STREAM_LEDGER, sequence, leaves ? before && before->suspense : !before,
                "a new transfer, or one in suspense", posted->amount);
    moved_t *row = take(&self->moved, &posted->reference);
    row->suspense = posted->credit == SYSTEM_SUSPENSE;
}

static void explain(verify_documents_t *self, uint64_t sequence, const event_t *event)
{
    fact_t *fact = find_number(&self->facts, event->cause.sequence);
    bool repeated = event->type == EVENT_transfer_repeated;
    bool settles = fact && fact->settles && !repeated;
    bool holds = settles
                     ? is_settled_so(fact, &event->posted)
                     : fact && !fact->posted && (repeated || is_posted_so(fact, &event->posted));
    if (fact && repeated)
        fact->fee_posted = true; // nothing is posted of it
    if (fact)
        fact->posted = true;
    if (holds)
        return;
    unexplained_t *row = take_number(&self->unexplained, sequence);
    row->sequence = sequence;
    row->cause = event->cause.sequence;
}

// What lies behind that event was another history's: its events say nothing of ours.
static void follow_another(verify_documents_t *self, uint64_t last)
{
    self->seen = last;
    for (uint32_t i = 0; i < self->unexplained.count; i++) {
        unexplained_t *row = table_row(&self->unexplained, i);
        if (row->cause > last)
            row->cause = 0;
    }
    for (uint32_t i = 0; i < self->facts.count; i++) {
        fact_t *fact = table_row(&self->facts, i);
        if (fact->sequence > last)
            fact->posted = fact->fee_posted = false;
    }
}

void verify_documents_posted(verify_documents_t *self, uint64_t sequence, const event_t *event)
{
    if (event->type == EVENT_node_reseeded && event->node_reseeded.stream == STREAM_DOCUMENTS)
        follow_another(self, event->node_reseeded.sequence);
    bool moves = event->type == EVENT_posted || event->type == EVENT_transfer_repeated;
    if (event->cause.stream != STREAM_DOCUMENTS || !moves)
        return;
    self->seen = event->cause.sequence;
    if (event->type == EVENT_posted && event->posted.kind != POSTING_FEE)
        check_moved(self, sequence, &event->posted);
    if (self->joined)
        explain(self, sequence, event);
}

uint64_t verify_documents_finish(verify_documents_t *self, bool settled)
{
    uint64_t waiting = 0;
    check_agreed(self, NULL);
    for (uint32_t i = 0; i < self->unexplained.count; i++) {
        const unexplained_t *row = table_row(&self->unexplained, i);
        if (row->cause)
            verify_that(self->report, "documents: the ledger posts what documents says",
                        STREAM_LEDGER, row->sequence, false, "a transfer, as it was told",
                        (int64_t)row->cause);
    }
    for (uint32_t i = 0; i < self->facts.count; i++) {
        const fact_t *fact = table_row(&self->facts, i);
        bool late = fact->sequence > self->seen;
        waiting += late && !fact->posted;
        that(self, "documents: each transfer is posted", fact->sequence, fact->posted || late,
             "a posting of the ledger", fact->amount);
        that(self, "documents: what Robokassa kept is posted", fact->sequence,
             !fact->posted || !fact->fee || fact->fee_posted, "a posting of fees", fact->fee);
    }
    if (settled)
        that(self, "documents: nothing waits to be posted", self->seen, !waiting, "nothing",
             (int64_t)waiting);
    return waiting;
}
