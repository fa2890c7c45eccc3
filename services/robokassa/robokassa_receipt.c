#include "services/robokassa/robokassa_receipt.h"
#include "proto/form.h"
#include "services/robokassa/robokassa_number.h"

#define ENTRY(enumerator, name) [enumerator] = name,
static const char *const SNOS[] = {ROBOKASSA_SNO_LIST(ENTRY)};
static const char *const TAXES[] = {ROBOKASSA_TAX_LIST(ENTRY)};
static const char *const METHODS[] = {ROBOKASSA_METHOD_LIST(ENTRY)};
static const char *const OBJECTS[] = {ROBOKASSA_OBJECT_LIST(ENTRY)};
#undef ENTRY

robokassa_item_t robokassa_receipt_advance(span_t name, kopecks_t sum)
{
    return (robokassa_item_t){.name = name,
                              .quantity = 1,
                              .sum = sum,
                              .method = ROBOKASSA_METHOD_ADVANCE,
                              .object = ROBOKASSA_OBJECT_PAYMENT,
                              .tax = ROBOKASSA_TAX_NONE};
}

static bool is_item(const robokassa_item_t *item)
{
    size_t characters;
    assert(item->method < ROBOKASSA_METHOD_COUNT);
    assert(item->object < ROBOKASSA_OBJECT_COUNT);
    assert(item->tax < ROBOKASSA_TAX_COUNT);
    return span_is_plain(item->name, &characters) && characters > 0 &&
           characters <= ROBOKASSA_ITEM_NAME_MAX && item->quantity > 0 && item->sum > 0 &&
           item->sum <= ROBOKASSA_ITEM_SUM_MAX;
}

static bool is_receipt(const robokassa_receipt_t *receipt, kopecks_t sum)
{
    assert(receipt->sno < ROBOKASSA_SNO_COUNT);
    if (receipt->items_count == 0 || receipt->items_count > ROBOKASSA_ITEMS_MAX)
        return false;
    kopecks_t total = 0; // at most ITEMS_MAX * ITEM_SUM_MAX: far inside int64
    for (size_t i = 0; i < receipt->items_count; i++) {
        if (!is_item(&receipt->items[i]))
            return false;
        total += receipt->items[i].sum;
    }
    return total == sum;
}

static void write_key(writer_t *writer, const char *before, const char *name)
{
    writer_string(writer, before);
    writer_string(writer, "\"");
    writer_string(writer, name);
    writer_string(writer, "\":");
}

// A plain text needs no other escapes: it has no control characters.
static void write_string(writer_t *writer, span_t text)
{
    writer_string(writer, "\"");
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] == '"' || text.bytes[i] == '\\')
            writer_string(writer, "\\");
        writer_put(writer, &text.bytes[i], 1);
    }
    writer_string(writer, "\"");
}

static void write_item(writer_t *writer, const robokassa_item_t *item)
{
    char text[ROBOKASSA_NUMBER_SIZE];
    write_key(writer, "{", "name");
    write_string(writer, item->name);
    write_key(writer, ",", "quantity");
    writer_text(writer, robokassa_number_print_invoice(item->quantity, text));
    write_key(writer, ",", "sum");
    writer_text(writer, robokassa_number_print_sum(item->sum, text));
    write_key(writer, ",", "payment_method");
    write_string(writer, span_of(METHODS[item->method]));
    write_key(writer, ",", "payment_object");
    write_string(writer, span_of(OBJECTS[item->object]));
    write_key(writer, ",", "tax");
    write_string(writer, span_of(TAXES[item->tax]));
    writer_string(writer, "}");
}

static void write_sno(writer_t *writer, robokassa_sno_t sno)
{
    if (sno == ROBOKASSA_SNO_ABSENT)
        return;
    write_key(writer, "", "sno");
    write_string(writer, span_of(SNOS[sno]));
    writer_string(writer, ",");
}

static void write_items(writer_t *writer, const robokassa_receipt_t *receipt)
{
    write_key(writer, "", "items");
    for (size_t i = 0; i < receipt->items_count; i++) {
        writer_string(writer, i == 0 ? "[" : ",");
        write_item(writer, &receipt->items[i]);
    }
    writer_string(writer, "]");
}

size_t robokassa_receipt_json(const robokassa_receipt_t *receipt, kopecks_t sum, char *buffer,
                              size_t buffer_size)
{
    if (!is_receipt(receipt, sum))
        return 0;
    writer_t writer = writer_on(buffer, buffer_size);
    writer_string(&writer, "{");
    write_sno(&writer, receipt->sno);
    write_items(&writer, receipt);
    writer_string(&writer, "}");
    return writer_end(&writer);
}

static void write_number(writer_t *writer, const char *before, const char *name, uint64_t number)
{
    char text[ROBOKASSA_NUMBER_SIZE];
    write_key(writer, before, name);
    write_string(writer, robokassa_number_print_invoice((int64_t)number, text));
}

static void write_sum(writer_t *writer, const char *before, const char *name, kopecks_t sum)
{
    char text[ROBOKASSA_NUMBER_SIZE];
    write_key(writer, before, name);
    writer_text(writer, robokassa_number_print_sum(sum, text));
}

static void write_client(writer_t *writer, const robokassa_second_t *second)
{
    span_t said = second->email.size ? second->email : second->phone;
    if (!said.size)
        return;
    write_key(writer, ",", "client");
    write_key(writer, "{", second->email.size ? "email" : "phone");
    write_string(writer, said);
    writer_string(writer, "}");
}

size_t robokassa_receipt_second(const robokassa_second_t *second,
                                const robokassa_receipt_t *receipt, kopecks_t sum, char *buffer,
                                size_t buffer_size)
{
    if (!second->login.size || !is_receipt(receipt, sum))
        return 0;
    writer_t writer = writer_on(buffer, buffer_size);
    write_key(&writer, "{", "merchantId");
    write_string(&writer, second->login);
    write_number(&writer, ",", "id", second->number);
    write_number(&writer, ",", "originId", second->invoice);
    writer_string(&writer, ",\"operation\":\"sell\",");
    write_sno(&writer, receipt->sno);
    if (second->site.size) {
        write_key(&writer, "", "url");
        write_string(&writer, second->site);
        writer_string(&writer, ",");
    }
    write_sum(&writer, "", "total", sum);
    writer_string(&writer, ",");
    write_items(&writer, receipt);
    write_client(&writer, second);
    write_sum(&writer, ",\"payments\":[{\"type\":2,", "sum", sum);
    write_key(&writer, "}],\"vats\":[{", "type");
    write_string(&writer, span_of(TAXES[receipt->items[0].tax]));
    write_sum(&writer, ",", "sum", second->vat);
    writer_string(&writer, "}]}");
    return writer_end(&writer);
}

bool robokassa_receipt_is_refunded(const robokassa_item_t *item)
{
    return is_item(item) && item->sum % item->quantity == 0;
}

void robokassa_receipt_refunded(const robokassa_item_t *item, writer_t *writer)
{
    char text[ROBOKASSA_NUMBER_SIZE];
    assert(robokassa_receipt_is_refunded(item));
    write_key(writer, "[{", "Name");
    write_string(writer, item->name);
    write_key(writer, ",", "Quantity");
    writer_text(writer, robokassa_number_print_invoice(item->quantity, text));
    write_key(writer, ",", "Cost");
    writer_text(writer, robokassa_number_print_sum(item->sum / item->quantity, text));
    write_key(writer, ",", "Tax");
    write_string(writer, span_of(TAXES[item->tax]));
    write_key(writer, ",", "PaymentMethod");
    write_string(writer, span_of(METHODS[item->method]));
    write_key(writer, ",", "PaymentObject");
    write_string(writer, span_of(OBJECTS[item->object]));
    writer_string(writer, "}]");
}

size_t robokassa_receipt_escaped(span_t json, char *buffer, size_t buffer_size)
{
    writer_t writer = writer_on(buffer, buffer_size);
    form_escape(&writer, json);
    return writer_end(&writer);
}

// Finds a name's place in a list; false when it is not there.
static bool find(const char *const *names, size_t names_count, const char *name, size_t *ret_place)
{
    for (size_t i = 0; i < names_count; i++) {
        if (strcmp(names[i], name) == 0) {
            *ret_place = i;
            return true;
        }
    }
    return false;
}

#define READER(noun, type, names, count)                                                           \
    bool robokassa_receipt_##noun(const char *name, type *ret_##noun)                              \
    {                                                                                              \
        size_t place;                                                                              \
        if (!find(names, count, name, &place))                                                     \
            return false;                                                                          \
        *ret_##noun = (type)place;                                                                 \
        return true;                                                                               \
    }
READER(sno, robokassa_sno_t, SNOS, ROBOKASSA_SNO_COUNT)
READER(tax, robokassa_tax_t, TAXES, ROBOKASSA_TAX_COUNT)
READER(method, robokassa_method_t, METHODS, ROBOKASSA_METHOD_COUNT)
READER(object, robokassa_object_t, OBJECTS, ROBOKASSA_OBJECT_COUNT)
#undef READER
