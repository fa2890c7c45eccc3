#include "services/documents/statement_check.h"
#include "services/base/table.h"
#include "services/documents/statement_parts.h"
#include <inttypes.h>
#include <stdio.h>

// --- accounts ---

static bool is_among(span_t account, const span_t *accounts, size_t count)
{
    for (size_t i = 0; account.size > 0 && i < count; i++)
        if (span_is(account, accounts[i]))
            return true;
    return false;
}

static bool is_own(const statement_t *self, const statement_terms_t *terms, span_t account)
{
    if (terms->own_accounts_count > 0)
        return is_among(account, terms->own_accounts, terms->own_accounts_count);
    return is_among(account, self->accounts, self->accounts_count);
}

static bool check_accounts(statement_t *self, const statement_terms_t *terms)
{
    for (size_t i = 0; i < self->sections_count; i++)
        if (!statement_add_account(self, self->sections[i].account, self->sections[i].line))
            return false;
    for (size_t i = 0; i < self->accounts_count; i++)
        if (!is_own(self, terms, self->accounts[i]))
            return statement_refuse(
                self, STATEMENT_NOT_OUR_ACCOUNT, 0,
                "the file is about %.*s, which is no account of ours",
                (int)(self->accounts[i].size < 40 ? self->accounts[i].size : 40),
                self->accounts[i].bytes);
    return true;
}

// 1C has the account in two places; what is ours decides, else the first that is filled.
static bool settle_account(const statement_t *self, const statement_terms_t *terms,
                           statement_party_t *party)
{
    if (is_own(self, terms, party->account))
        return true;
    bool own = is_own(self, terms, party->settlement);
    if (own || party->account.size == 0)
        party->account = party->settlement;
    return own;
}

static day_t first_day(day_t a, day_t b, day_t c)
{
    return a != DAY_NONE ? a : b != DAY_NONE ? b : c;
}

static day_t day_at(const statement_document_t *document, bool receiver)
{
    day_t in = document->receiver.booked, out = document->payer.booked;
    return receiver ? first_day(in, out, document->day) : first_day(out, in, document->day);
}

static bool check_document(statement_t *self, const statement_terms_t *terms,
                           statement_document_t *document)
{
    bool out = settle_account(self, terms, &document->payer);
    bool in = settle_account(self, terms, &document->receiver);
    if (!in && !out)
        return statement_refuse(self, STATEMENT_NOT_OUR_ACCOUNT, document->line,
                                "neither the payer's nor the receiver's account is ours");
    document->direction = in && out ? DIRECTION_OWN : in ? DIRECTION_IN : DIRECTION_OUT;
    document->own_account = out ? document->payer.account : document->receiver.account;
    document->booked = day_at(document, !out);
    document->closed =
        document->booked < (self->created != DAY_NONE ? self->created : terms->today);
    if (!document->closed)
        statement_warn(self, WARN_NOT_CLOSED, document->line);
    return true;
}

// --- totals ---

typedef struct {
    kopecks_t in, out;
} movement_t;

static bool holds(const statement_section_t *section, span_t account, day_t day)
{
    return day >= section->from && day <= section->to && span_is(section->account, account);
}

// What the documents move on a section's account in its days. False if it leaves int64.
static bool sum_documents(const statement_t *self, const statement_section_t *section,
                          movement_t *ret)
{
    movement_t sum = {0};
    for (size_t i = 0; i < self->documents_count; i++) {
        const statement_document_t *document = &self->documents[i];
        if (document->direction != DIRECTION_IN &&
            holds(section, document->payer.account, day_at(document, false)) &&
            !money_add(sum.out, document->amount, &sum.out))
            return false;
        if (document->direction != DIRECTION_OUT &&
            holds(section, document->receiver.account, day_at(document, true)) &&
            !money_add(sum.in, document->amount, &sum.in))
            return false;
    }
    *ret = sum;
    return true;
}

static bool refuse_total(statement_t *self, const statement_section_t *section, const char *what,
                         kopecks_t said, kopecks_t documents)
{
    char from[DAY_TEXT_SIZE], to[DAY_TEXT_SIZE];
    day_print(section->from, from);
    day_print(section->to, to);
    return statement_refuse(self, STATEMENT_TOTALS, section->line,
                            "section %s..%s of %.*s: %s %" PRId64 " kopecks, documents %" PRId64,
                            from, to,
                            (int)(section->account.size < 40 ? section->account.size : 40),
                            section->account.bytes, what, said, documents);
}

// A total that is missing is what the balances leave; without both balances it is not known.
static bool complete(statement_section_t *section)
{
    kopecks_t moved;
    bool balances = section->has_opening && section->has_closing &&
                    money_subtract(section->closing, section->opening, &moved);
    if (section->has_in && section->has_out)
        return true;
    if (!balances || !(section->has_in || section->has_out))
        return false;
    if (section->has_in)
        return money_subtract(section->in, moved, &section->out);
    return money_add(moved, section->out, &section->in);
}

static bool check_section(statement_t *self, statement_section_t *section)
{
    movement_t sum;
    kopecks_t closing = 0;
    section->covers = complete(section);
    if (!sum_documents(self, section, &sum))
        return statement_refuse(self, STATEMENT_TOTALS, section->line, "sums that leave int64");
    if (section->covers && section->in != sum.in)
        return refuse_total(self, section, "came in", section->in, sum.in);
    if (section->covers && section->out != sum.out)
        return refuse_total(self, section, "went out", section->out, sum.out);
    if (!section->has_opening || !section->has_closing)
        return true;
    if (!money_add(section->opening, sum.in, &closing) ||
        !money_subtract(closing, sum.out, &closing) || closing != section->closing)
        return refuse_total(self, section, "closing balance", section->closing, closing);
    return true;
}

static bool is_covered(const statement_t *self, span_t account, day_t day)
{
    for (size_t i = 0; i < self->sections_count; i++)
        if (self->sections[i].covers && holds(&self->sections[i], account, day))
            return true;
    return false;
}

// Of an own transfer each side that the file is about must be covered, and one at least.
static bool document_is_covered(const statement_t *self, const statement_document_t *document)
{
    bool covered = false;
    for (int receiver = 0; receiver < 2; receiver++) {
        if (document->direction == (receiver ? DIRECTION_OUT : DIRECTION_IN))
            continue;
        span_t account = receiver ? document->receiver.account : document->payer.account;
        if (is_covered(self, account, day_at(document, receiver)))
            covered = true;
        else if (is_among(account, self->accounts, self->accounts_count))
            return false;
    }
    return covered;
}

static bool check_coverage(statement_t *self, const statement_terms_t *terms)
{
    for (size_t i = 0; !self->has_total && i < self->documents_count; i++) {
        const statement_document_t *document = &self->documents[i];
        if (document_is_covered(self, document))
            continue;
        if (!terms->without_totals)
            return statement_refuse(self, STATEMENT_NO_TOTALS, document->line,
                                    "no section has totals for the day of this document");
        statement_warn(self, WARN_NO_TOTALS, document->line);
        break;
    }
    return true;
}

// Of one account: a section that begins on the day after another must open as that one closed.
static void look_for_gaps(statement_t *self)
{
    for (size_t i = 1; i < self->sections_count; i++) {
        const statement_section_t *section = &self->sections[i], *before = section - 1;
        if (section->has_opening && before->has_closing &&
            span_is(section->account, before->account) && section->from > before->to &&
            section->opening != before->closing)
            statement_warn(self, WARN_GAP, section->line);
    }
}

// --- identity ---

typedef struct {
    uid_t16 key;
    uint32_t count;
} equal_t;

void statement_identity(const statement_document_t *document, identity_t identity,
                        uint8_t ret_digest[DIGEST_SHA256_SIZE])
{
    char day[DAY_TEXT_SIZE], sum[24], ordinal[16];
    uint8_t digest[DIGEST_SIZE_MAX];
    day_print(document->booked, day);
    snprintf(sum, sizeof sum, "%" PRId64, document->amount);
    snprintf(ordinal, sizeof ordinal, "%u",
             identity == IDENTITY_WHOLE ? document->ordinal : UINT32_MAX);
    bool alike = identity == IDENTITY_ALIKE;
    const statement_party_t *payer = &document->payer;
    span_t texts[] = {SPAN("kopeck/transfer/v1"),
                      document->own_account,
                      span_of(day),
                      document->number,
                      span_of(sum),
                      payer->inn,
                      alike ? SPAN("-") : payer->account,
                      alike ? SPAN("-") : document->plain,
                      span_of(ordinal)};
    enum { TEXTS = sizeof texts / sizeof texts[0] };
    digest_part_t parts[2 * TEXTS];
    for (size_t i = 0; i < TEXTS; i++) {
        // No text of a statement has this control character (services/documents/statement_text.h).
        parts[2 * i] = (digest_part_t){texts[i].bytes, texts[i].size};
        parts[2 * i + 1] = (digest_part_t){"\x1f", 1};
    }
    digest_parts(DIGEST_SHA256, parts, 2 * TEXTS, digest);
    memcpy(ret_digest, digest, DIGEST_SHA256_SIZE);
}

static void number_equals(statement_t *self)
{
    table_t equals;
    table_init(&equals, sizeof(equal_t));
    for (size_t i = 0; i < self->documents_count; i++) {
        uint8_t digest[DIGEST_SHA256_SIZE];
        uid_t16 key;
        statement_identity(&self->documents[i], IDENTITY_WITHOUT_ORDINAL, digest);
        memcpy(key.bytes, digest, sizeof key.bytes);
        uint32_t row = table_find(&equals, &key);
        if (row == TABLE_NONE)
            row = table_insert(&equals, &key);
        self->documents[i].ordinal = ((equal_t *)table_row(&equals, row))->count++;
    }
    table_release(&equals);
}

bool statement_check(statement_t *self, const statement_terms_t *terms)
{
    if (!check_accounts(self, terms))
        return false;
    for (size_t i = 0; i < self->documents_count; i++)
        if (!check_document(self, terms, &self->documents[i]))
            return false;
    for (size_t i = 0; i < self->sections_count; i++)
        if (!check_section(self, &self->sections[i]))
            return false;
    if (!check_coverage(self, terms))
        return false;
    look_for_gaps(self);
    number_equals(self);
    return true;
}
