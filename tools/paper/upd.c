#include "tools/paper/upd.h"
#include "proto/digest.h"
#include "services/documents/statement_text.h"
#include <stdio.h>
#include <stdlib.h>

// The end of two names of documents.
static const char shipment[] = "окумент об отгрузке товаров (выполнении работ), "
                               "передаче имущественных прав "
                               "(документ об оказании услуг)\"";

enum { AMOUNT_SIZE = 32, DAY_SIZE = 16, GUID_SIZE = 37 };

// --- texts ---

static void put(writer_t *out, const char *text)
{
    writer_string(out, text);
}

// The value of an attribute.
static void put_value(writer_t *out, const char *text)
{
    for (; *text; text++)
        if (*text == '&')
            put(out, "&amp;");
        else if (*text == '<')
            put(out, "&lt;");
        else if (*text == '"')
            put(out, "&quot;");
        else
            writer_put(out, text, 1);
}

static void attribute(writer_t *out, const char *name, const char *value)
{
    put(out, " ");
    put(out, name);
    put(out, "=\"");
    put_value(out, value);
    put(out, "\"");
}

static void amount(writer_t *out, const char *name, kopecks_t value)
{
    char text[AMOUNT_SIZE];
    snprintf(text, sizeof text, "%lld.%02lld", (long long)(value / 100), (long long)(value % 100));
    attribute(out, name, text);
}

static void day(writer_t *out, const char *name, day_t value)
{
    char text[DAY_TEXT_SIZE], turned[DAY_SIZE];
    day_print(value, text);
    snprintf(turned, sizeof turned, "%.2s.%.2s.%.4s", text + 8, text + 5, text);
    attribute(out, name, turned);
}

static void tax(writer_t *out, kopecks_t value)
{
    char text[AMOUNT_SIZE];
    snprintf(text, sizeof text, "%lld.%02lld", (long long)(value / 100), (long long)(value % 100));
    put(out, "<СумНал>");
    put(out, text);
    put(out, "</СумНал>");
}

// Of the act and nothing else, in the form of a random UUID.
static void print_guid(const upd_t *self, char out[GUID_SIZE])
{
    char text[UPD_NAME_MAX], hex[DIGEST_HEX_MAX + 1];
    uint8_t digest[DIGEST_SHA256_SIZE], bytes[sizeof self->account.bytes];
    memcpy(bytes, self->account.bytes, sizeof bytes);
    int size = snprintf(text, sizeof text, "%s ", self->paper->number);
    memcpy(text + size, bytes, sizeof bytes);
    digest_sha256(text, (size_t)size + sizeof bytes, digest);
    digest_hex_lower(digest, sizeof digest, hex);
    snprintf(out, GUID_SIZE, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex, hex + 8, hex + 12, hex + 15,
             hex + 18);
}

void upd_name(const upd_t *self, char ret_name[UPD_NAME_MAX])
{
    char text[DAY_TEXT_SIZE], guid[GUID_SIZE];
    day_print(self->paper->day, text);
    print_guid(self, guid);
    snprintf(ret_name, UPD_NAME_MAX, "ON_NSCHFDOPPR_%.64s_%.64s_%.4s%.2s%.2s_%s", self->buyer_id,
             self->seller_id, text, text + 5, text + 8, guid);
}

// --- elements ---

static void party(writer_t *out, const char *element, const paper_party_t *of)
{
    put(out, "<");
    put(out, element);
    put(out, "><ИдСв><СвЮЛУч");
    attribute(out, "НаимОрг", of->name);
    attribute(out, "ИННЮЛ", of->inn);
    attribute(out, "КПП", of->kpp);
    put(out, "/></ИдСв>");
    if (*of->address) {
        put(out, "<Адрес><АдрИнф КодСтр=\"643\" НаимСтран=\"Россия\"");
        attribute(out, "АдрТекст", of->address);
        put(out, "/></Адрес>");
    }
    if (of->account && *of->account) {
        put(out, "<БанкРекв");
        attribute(out, "НомерСчета", of->account);
        put(out, "><СвБанк");
        attribute(out, "НаимБанк", of->bank);
        attribute(out, "БИК", of->bic);
        if (*of->correspondent)
            attribute(out, "КорСчет", of->correspondent);
        put(out, "/></БанкРекв>");
    }
    put(out, "</");
    put(out, element);
    put(out, ">\r\n");
}

static void info(writer_t *out, const char *name, const char *value)
{
    put(out, "<ТекстИнф");
    attribute(out, "Идентиф", name);
    attribute(out, "Значен", value);
    put(out, "/>");
}

static void head(writer_t *out, const upd_t *self, const char *number)
{
    const paper_t *paper = self->paper;
    put(out, "<СвСчФакт");
    attribute(out, "НомерДок", number);
    day(out, "ДатаДок", paper->day);
    put(out, ">\r\n");
    party(out, "СвПрод", &paper->seller);
    party(out, "СвПокуп", &paper->buyer);
    put(out, "<ДокПодтвОтгрНом РеквНаимДок=\"Универсальный передаточный документ\"");
    attribute(out, "РеквНомерДок", number);
    day(out, "РеквДатаДок", paper->day);
    put(out, "/>\r\n<ДенИзм КодОКВ=\"643\" НаимОКВ=\"Российский рубль\"/>\r\n<ИнфПолФХЖ1>");
    info(out, "Акт", paper->number);
    info(out, "Строка 5б", paper->advances);
    put(out, "</ИнфПолФХЖ1>\r\n</СвСчФакт>\r\n");
}

static void line(writer_t *out, const paper_t *paper, size_t index)
{
    const paper_line_t *of = &paper->lines[index];
    char text[PAPER_TEXT_MAX];
    snprintf(text, sizeof text, "%zu", index + 1);
    put(out, "<СведТов");
    attribute(out, "НомСтр", text);
    snprintf(text, sizeof text, "%s, %s", of->name, paper->period);
    attribute(out, "НаимТов", text);
    put(out, " ОКЕИ_Тов=\"796\" НаимЕдИзм=\"шт\" КолТов=\"1\"");
    amount(out, "ЦенаТов", of->amount - of->vat);
    amount(out, "СтТовБезНДС", of->amount - of->vat);
    snprintf(text, sizeof text, "%u%%", (unsigned)of->rate);
    attribute(out, "НалСт", text);
    amount(out, "СтТовУчНал", of->amount);
    put(out, "><ДопСведТов ПрТовРаб=\"3\"/><Акциз><БезАкциз>без акциза</БезАкциз></Акциз><СумНал>");
    tax(out, of->vat);
    put(out, "</СумНал></СведТов>\r\n");
}

static void table(writer_t *out, const paper_t *paper)
{
    put(out, "<ТаблСчФакт>\r\n");
    for (size_t i = 0; i < paper->lines_count; i++)
        line(out, paper, i);
    put(out, "<ВсегоОпл");
    amount(out, "СтТовБезНДСВсего", paper->amount - paper->vat);
    amount(out, "СтТовУчНалВсего", paper->amount);
    put(out, "><СумНалВсего>");
    tax(out, paper->vat);
    put(out, "</СумНалВсего></ВсегоОпл>\r\n</ТаблСчФакт>\r\n");
}

static void tail(writer_t *out, const upd_t *self)
{
    put(out, "<СвПродПер><СвПер СодОпер=\"Услуги оказаны\"");
    day(out, "ДатаПер", self->paper->day);
    day(out, "ДатаНачПер", self->first);
    day(out, "ДатаОконПер", self->last);
    put(out, "><БезДокОснПер>1</БезДокОснПер></СвПер></СвПродПер>\r\n");
    put(out, "<Подписант СпосПодтПолном=\"1\"");
    attribute(out, "Должн", self->position);
    put(out, "><ФИО");
    attribute(out, "Фамилия", self->surname);
    attribute(out, "Имя", self->given_name);
    if (*self->patronymic)
        attribute(out, "Отчество", self->patronymic);
    put(out, "/></Подписант>\r\n");
}

static void document(writer_t *out, const upd_t *self)
{
    char name[UPD_NAME_MAX], number[AMOUNT_SIZE];
    upd_name(self, name);
    snprintf(number, sizeof number, "%llu", (unsigned long long)self->invoice);
    put(out, "<?xml version=\"1.0\" encoding=\"windows-1251\"?>\r\n<Файл");
    attribute(out, "ИдФайл", name);
    put(out, " ВерсФорм=\"5.03\" ВерсПрог=\"Kopeck\">\r\n<Документ КНД=\"1115131\"");
    put(out, " Функция=\"СЧФДОП\" ПоФактХЖ=\"Д");
    put(out, shipment);
    put(out, " НаимДокОпр=\"Счет-фактура и д");
    put(out, shipment);
    day(out, "ДатаИнфПр", self->paper->day);
    put(out, " ВремИнфПр=\"00.00.00\"");
    attribute(out, "НаимЭконСубСост", self->paper->seller.name);
    put(out, ">\r\n");
    head(out, self, number);
    table(out, self->paper);
    tail(out, self);
    put(out, "</Документ>\r\n</Файл>\r\n");
}

size_t upd_write(const upd_t *self, char ret_bytes[UPD_SIZE_MAX])
{
    char *text = malloc(UPD_SIZE_MAX);
    size_t size = 0;
    assert(text);
    writer_t out = writer_on(text, UPD_SIZE_MAX);
    document(&out, self);
    size_t whole = writer_end(&out);
    if (!whole || !statement_text_narrow((span_t){text, whole}, ret_bytes, &size))
        size = 0;
    free(text);
    return size;
}
