#include "services/documents/statement_1c.h"
#include "services/documents/statement_amount.h"
#include "services/documents/statement_parts.h"
#include "services/documents/statement_text.h"

// KEY(slot, place, key): what is read, and where it stands.
#define KEYS(KEY)                                                                                  \
    KEY(VERSION, HEADER, "ВерсияФормата")                                                          \
    KEY(ENCODING, HEADER, "Кодировка")                                                             \
    KEY(SENDER, HEADER, "Отправитель")                                                             \
    KEY(CREATED, HEADER, "ДатаСоздания")                                                           \
    KEY(HEADER_FROM, HEADER, "ДатаНачала")                                                         \
    KEY(HEADER_TO, HEADER, "ДатаКонца")                                                            \
    KEY(HEADER_ACCOUNT, HEADER, "РасчСчет")                                                        \
    KEY(HEADER_KIND, HEADER, "Документ")                                                           \
    KEY(FROM, SECTION, "ДатаНачала")                                                               \
    KEY(TO, SECTION, "ДатаКонца")                                                                  \
    KEY(ACCOUNT, SECTION, "РасчСчет")                                                              \
    KEY(OPENING, SECTION, "НачальныйОстаток")                                                      \
    KEY(TOTAL_IN, SECTION, "ВсегоПоступило")                                                       \
    KEY(TOTAL_OUT, SECTION, "ВсегоСписано")                                                        \
    KEY(CLOSING, SECTION, "КонечныйОстаток")                                                       \
    KEY(NUMBER, DOCUMENT, "Номер")                                                                 \
    KEY(DAY, DOCUMENT, "Дата")                                                                     \
    KEY(AMOUNT, DOCUMENT, "Сумма")                                                                 \
    KEY(DAY_OUT, DOCUMENT, "ДатаСписано")                                                          \
    KEY(DAY_IN, DOCUMENT, "ДатаПоступило")                                                         \
    KEY(PAYER_ACCOUNT, DOCUMENT, "ПлательщикСчет")                                                 \
    KEY(PAYER_SETTLEMENT, DOCUMENT, "ПлательщикРасчСчет")                                          \
    KEY(PAYER_INN, DOCUMENT, "ПлательщикИНН")                                                      \
    KEY(PAYER_KPP, DOCUMENT, "ПлательщикКПП")                                                      \
    KEY(PAYER_BIC, DOCUMENT, "ПлательщикБИК")                                                      \
    KEY(PAYER_NAME, DOCUMENT, "Плательщик1")                                                       \
    KEY(PAYER_WHOLE, DOCUMENT, "Плательщик")                                                       \
    KEY(RECEIVER_ACCOUNT, DOCUMENT, "ПолучательСчет")                                              \
    KEY(RECEIVER_SETTLEMENT, DOCUMENT, "ПолучательРасчСчет")                                       \
    KEY(RECEIVER_INN, DOCUMENT, "ПолучательИНН")                                                   \
    KEY(RECEIVER_KPP, DOCUMENT, "ПолучательКПП")                                                   \
    KEY(RECEIVER_BIC, DOCUMENT, "ПолучательБИК")                                                   \
    KEY(RECEIVER_NAME, DOCUMENT, "Получатель1")                                                    \
    KEY(RECEIVER_WHOLE, DOCUMENT, "Получатель")                                                    \
    KEY(PURPOSE, DOCUMENT, "НазначениеПлатежа")                                                    \
    KEY(PURPOSE_1, DOCUMENT, "НазначениеПлатежа1")                                                 \
    KEY(PURPOSE_2, DOCUMENT, "НазначениеПлатежа2")                                                 \
    KEY(PURPOSE_3, DOCUMENT, "НазначениеПлатежа3")                                                 \
    KEY(PURPOSE_4, DOCUMENT, "НазначениеПлатежа4")                                                 \
    KEY(PURPOSE_5, DOCUMENT, "НазначениеПлатежа5")                                                 \
    KEY(PURPOSE_6, DOCUMENT, "НазначениеПлатежа6")

typedef enum { HEADER, SECTION, DOCUMENT, UNKNOWN, ENDED } place_t;
typedef enum {
#define KEY(slot, place, key) slot,
    KEYS(KEY)
#undef KEY
        SLOTS
} slot_t;

enum { PURPOSE_PIECES = 6 };

static const struct {
    place_t place;
    span_t key;
} keys[] = {
#define KEY(slot, place, key) {place, {"" key, sizeof(key) - 1}},
    KEYS(KEY)
#undef KEY
};

typedef struct {
    span_t keys[STATEMENT_KEYS_MAX];
    size_t count;
} seen_t;

typedef struct {
    statement_t *statement;
    span_t rest; // of the text
    uint32_t line;
    place_t place;
    uint32_t opened; // where the section begins
    span_t kind;     // of the document
    seen_t header, section;
    bool there[SLOTS];
    span_t values[SLOTS]; // those of sections until the section ends
} reader_1c_t;

// --- lines ---

// The next line that is not empty, without blanks at its ends. A line ends with CR, LF or both.
static bool next_line(reader_1c_t *self, span_t *ret_line)
{
    while (self->rest.size > 0) {
        size_t size = 0;
        while (size < self->rest.size && self->rest.bytes[size] != '\n' &&
               self->rest.bytes[size] != '\r')
            size++;
        span_t line = statement_text_trim((span_t){self->rest.bytes, size});
        size_t end = size < self->rest.size;
        if (end && size + 1 < self->rest.size && self->rest.bytes[size] == '\r' &&
            self->rest.bytes[size + 1] == '\n')
            end = 2;
        self->rest = (span_t){self->rest.bytes + size + end, self->rest.size - size - end};
        self->line++;
        if (line.size > 0) {
            *ret_line = line;
            return true;
        }
    }
    return false;
}

static bool begins(span_t text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && memcmp(text.bytes, word, size) == 0;
}

static bool is(span_t text, const char *word)
{
    return span_is(text, span_of(word));
}

// UniCredit's …КорСчет is what others write …Корсчет, so that both are one key.
static span_t usual_key(span_t key)
{
    static const char other[] = "КорСчет", usual[] = "Корсчет";
    size_t size = sizeof other - 1;
    if (key.size >= size && memcmp(key.bytes + key.size - size, other, size) == 0)
        memcpy((char *)(uintptr_t)key.bytes + key.size - size, usual, size);
    return key;
}

static slot_t slot_of(place_t place, span_t key)
{
    slot_t slot = 0;
    while (slot < SLOTS && (keys[slot].place != place || !span_is(keys[slot].key, key)))
        slot++;
    return slot;
}

// A key that we do not know may be a piece of somebody's purpose: it is not shown.
static bool refuse_repeated(reader_1c_t *self, span_t key)
{
    span_t shown = slot_of(self->place, key) < SLOTS ? key : SPAN("a key");
    return statement_refuse(self->statement, STATEMENT_REPEATED_KEY, self->line,
                            "%.*s stands twice in one section", (int)shown.size, shown.bytes);
}

// Notes a key of this section. False after a refusal.
static bool see(reader_1c_t *self, seen_t *seen, span_t key)
{
    for (size_t i = 0; i < seen->count; i++)
        if (span_is(seen->keys[i], key))
            return refuse_repeated(self, key);
    if (seen->count == STATEMENT_KEYS_MAX)
        return statement_refuse(self->statement, STATEMENT_TOO_LARGE, self->line,
                                "more than %d keys in a section", STATEMENT_KEYS_MAX);
    seen->keys[seen->count++] = key;
    return true;
}

// --- values ---

static bool read_day(reader_1c_t *self, slot_t slot, day_t *ret_day)
{
    span_t text = self->values[slot];
    if (day_parse(text, ret_day))
        return true;
    return statement_refuse(self->statement, STATEMENT_DATE, self->opened,
                            "%.*s \"%.*s\": expected a date as 31.08.2026",
                            (int)keys[slot].key.size, keys[slot].key.bytes,
                            (int)(text.size < 40 ? text.size : 40), text.bytes);
}

// One that may be missing.
static bool read_day_maybe(reader_1c_t *self, slot_t slot, day_t *ret_day)
{
    *ret_day = DAY_NONE;
    return self->values[slot].size == 0 || read_day(self, slot, ret_day);
}

static bool refuse_amount(reader_1c_t *self, slot_t slot)
{
    span_t text = self->values[slot];
    return statement_refuse(self->statement, STATEMENT_AMOUNT, self->opened,
                            "%.*s \"%.*s\": expected rubles with at most two decimals%s",
                            (int)keys[slot].key.size, keys[slot].key.bytes,
                            (int)(text.size < 40 ? text.size : 40), text.bytes,
                            slot == AMOUNT ? ", more than nought" : "");
}

// A sum of a section: 0 if it is empty.
static bool read_total(reader_1c_t *self, slot_t slot, kopecks_t *ret_sum, bool *ret_there)
{
    bool balance = slot == OPENING || slot == CLOSING;
    span_t text = self->values[slot];
    *ret_there = self->there[slot];
    *ret_sum = 0;
    if (text.size == 0 || (balance ? statement_amount_parse_balance(text, ret_sum)
                                   : statement_amount_parse(text, ret_sum)))
        return true;
    return refuse_amount(self, slot);
}

// --- names ---

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_of(span_t text)
{
    size_t size = 0;
    while (size < text.size && is_digit(text.bytes[size]))
        size++;
    return size;
}

static span_t without(span_t text, size_t size)
{
    text = (span_t){text.bytes + size, text.size - size};
    for (size_t blank; (blank = statement_text_blank(text)) > 0 ||
                       (text.size > 0 && strchr(":,;/", text.bytes[0]));)
        text = (span_t){text.bytes + (blank ? blank : 1), text.size - (blank ? blank : 1)};
    return text;
}

// `ИНН 9999234565 name`, `9999234565, name`, `ИНН 9999234565 КПП 999901001 name`: the name.
static span_t name_of(span_t whole)
{
    span_t name = whole;
    bool named = statement_text_begins(whole, SPAN("ИНН"));
    if (named)
        name = without(whole, sizeof "ИНН" - 1);
    size_t digits = digits_of(name);
    bool ends = digits == name.size || !is_digit(name.bytes[digits]);
    if (!(named ? digits > 0 : digits == 10 || digits == 12) || !ends)
        return whole;
    span_t rest = without(name, digits);
    if (rest.size == name.size - digits && rest.size > 0)
        return whole; // a name that begins with digits
    if (statement_text_begins(rest, SPAN("КПП"))) {
        span_t code = without(rest, sizeof "КПП" - 1);
        if (digits_of(code) > 0)
            rest = without(code, digits_of(code));
    } else if (named && digits_of(rest) == 9) {
        rest = without(rest, 9);
    }
    return rest;
}

// 10 or 12 digits; what else stands there stands for nothing.
static span_t inn_of(span_t text)
{
    bool good = (text.size == 10 || text.size == 12) && digits_of(text) == text.size;
    return good ? text : (span_t){NULL, 0};
}

static statement_party_t party_of(const reader_1c_t *self, slot_t account)
{
    // The slots of both parties stand in one order.
    const span_t *value = &self->values[account];
    return (statement_party_t){.account = value[0],
                               .settlement = value[1],
                               .inn = inn_of(value[2]),
                               .kpp = value[3],
                               .bic = value[4],
                               .name = value[5].size ? value[5] : name_of(value[6])};
}

// --- sections ---

static bool end_document(reader_1c_t *self)
{
    statement_document_t *document = statement_add_document(self->statement, self->opened);
    if (!document)
        return false;
    document->kind = self->kind;
    document->number = self->values[NUMBER];
    document->payer = party_of(self, PAYER_ACCOUNT);
    document->receiver = party_of(self, RECEIVER_ACCOUNT);
    if (!statement_amount_parse(self->values[AMOUNT], &document->amount) || document->amount == 0)
        return refuse_amount(self, AMOUNT);
    if (!read_day(self, DAY, &document->day) ||
        !read_day_maybe(self, DAY_OUT, &document->payer.booked) ||
        !read_day_maybe(self, DAY_IN, &document->receiver.booked))
        return false;
    document->purpose = self->values[PURPOSE];
    if (document->purpose.size == 0)
        document->purpose =
            statement_join(self->statement, &self->values[PURPOSE_1], PURPOSE_PIECES);
    document->plain = statement_plain(self->statement, document->purpose);
    return true;
}

// The only account of the header, where a section does not name its own.
static span_t account_of(const reader_1c_t *self)
{
    if (self->values[ACCOUNT].size > 0 || self->statement->accounts_count != 1)
        return self->values[ACCOUNT];
    return self->statement->accounts[0];
}

static bool end_section(reader_1c_t *self)
{
    statement_section_t *section = statement_add_section(self->statement, self->opened);
    if (!section || !read_day_maybe(self, FROM, &section->from) ||
        !read_day_maybe(self, TO, &section->to) ||
        !read_total(self, OPENING, &section->opening, &section->has_opening) ||
        !read_total(self, TOTAL_IN, &section->in, &section->has_in) ||
        !read_total(self, TOTAL_OUT, &section->out, &section->has_out) ||
        !read_total(self, CLOSING, &section->closing, &section->has_closing))
        return false;
    section->account = account_of(self);
    if (section->from == DAY_NONE)
        section->from = self->statement->from;
    if (section->to == DAY_NONE)
        section->to = self->statement->to;
    if (section->account.size == 0)
        return statement_refuse(self->statement, STATEMENT_FORMAT, self->opened,
                                "a section without its account");
    if (section->from == DAY_NONE || section->to == DAY_NONE || section->from > section->to)
        return statement_refuse(self->statement, STATEMENT_DATE, self->opened,
                                "a section whose days are missing or end before they begin");
    return true;
}

// --- the header ---

static bool read_header_key(reader_1c_t *self, slot_t slot, span_t value)
{
    statement_t *statement = self->statement;
    switch (slot) {
    case VERSION:
        if (!is(value, "1.01") && !is(value, "1.02") && !is(value, "1.03"))
            statement_warn(statement, WARN_VERSION, self->line);
        return true;
    case ENCODING:
        if (value.size > 0 && !statement_encoding_is_called(statement->encoding, value))
            statement_warn(statement, WARN_ENCODING_DECLARED, self->line);
        return true;
    case SENDER:
        statement->sender = value;
        return true;
    case CREATED:
        self->values[CREATED] = value;
        self->opened = self->line;
        return read_day_maybe(self, CREATED, &statement->created);
    case HEADER_FROM: // these two are believed nowhere but where a section says nothing
        (void)day_parse(value, &statement->from);
        return true;
    case HEADER_TO:
        (void)day_parse(value, &statement->to);
        return true;
    case HEADER_ACCOUNT:
        return value.size == 0 || statement_add_account(statement, value, self->line);
    default:
        return true;
    }
}

// --- the walk ---

static bool take_key(reader_1c_t *self, span_t line)
{
    const char *sign = memchr(line.bytes, '=', line.size);
    if (!sign) {
        statement_warn(self->statement, WARN_LINE_IGNORED, self->line);
        return true;
    }
    size_t size = (size_t)(sign - line.bytes);
    span_t key = usual_key(statement_text_trim((span_t){line.bytes, size}));
    span_t value = statement_text_trim((span_t){sign + 1, line.size - size - 1});
    slot_t slot = slot_of(self->place, key);
    bool repeatable = slot == HEADER_ACCOUNT || slot == HEADER_KIND;
    seen_t *seen = self->place == HEADER ? &self->header : &self->section;
    if (!repeatable && !see(self, seen, key))
        return false;
    if (slot == SLOTS)
        return true;
    if (self->place == HEADER)
        return read_header_key(self, slot, value);
    self->there[slot] = true;
    self->values[slot] = value;
    return true;
}

static bool open_section(reader_1c_t *self, place_t place, span_t kind)
{
    if (self->place != HEADER)
        return statement_refuse(self->statement, STATEMENT_FORMAT, self->line,
                                "a section begins before the one of line %u ended", self->opened);
    self->place = place;
    self->opened = self->line;
    self->kind = kind;
    self->section.count = 0;
    memset(self->there, 0, sizeof self->there);
    memset(self->values, 0, sizeof self->values);
    return true;
}

static bool close_section(reader_1c_t *self, place_t place)
{
    if (self->place != place)
        return statement_refuse(self->statement, STATEMENT_FORMAT, self->line,
                                "the end of a section that did not begin");
    self->place = HEADER;
    return place == DOCUMENT ? end_document(self) : place != SECTION || end_section(self);
}

static bool take_line(reader_1c_t *self, span_t line)
{
    const char *sign = memchr(line.bytes, '=', line.size);
    size_t size = sign ? (size_t)(sign - line.bytes) : line.size;
    span_t word = statement_text_trim((span_t){line.bytes, size});
    span_t kind = {NULL, 0};
    if (sign)
        kind = statement_text_trim((span_t){sign + 1, line.size - size - 1});
    if (is(word, "СекцияДокумент"))
        return open_section(self, DOCUMENT, kind);
    if (is(word, "СекцияРасчСчет"))
        return open_section(self, SECTION, kind);
    if (is(word, "КонецДокумента"))
        return close_section(self, DOCUMENT);
    if (is(word, "КонецРасчСчет"))
        return close_section(self, SECTION);
    if (is(word, "КонецФайла")) {
        if (self->place != HEADER)
            return statement_refuse(self->statement, STATEMENT_UNFINISHED, self->line,
                                    "the file ends within the section of line %u", self->opened);
        self->place = ENDED;
        return true;
    }
    if (self->place == HEADER && begins(word, "Секция"))
        return open_section(self, UNKNOWN, kind);
    if (self->place == UNKNOWN && begins(word, "Конец"))
        return close_section(self, UNKNOWN);
    return self->place == UNKNOWN || take_key(self, line);
}

bool statement_1c_read(statement_t *self)
{
    reader_1c_t reader = {.statement = self, .rest = {self->text, self->text_size}};
    span_t line;
    (void)next_line(&reader, &line); // the first, which statement_read looked at
    while (next_line(&reader, &line)) {
        if (reader.place == ENDED)
            return statement_refuse(self, STATEMENT_FORMAT, reader.line, "text behind КонецФайла");
        if (!take_line(&reader, line))
            return false;
    }
    if (reader.place != ENDED)
        return statement_refuse(self, STATEMENT_UNFINISHED, reader.line,
                                "КонецФайла is missing: the file was cut off");
    if (self->from != DAY_NONE && self->to != DAY_NONE && self->from > self->to)
        statement_warn(self, WARN_HEADER_DATES, 0);
    return true;
}
