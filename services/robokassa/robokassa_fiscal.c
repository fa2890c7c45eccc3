#include "services/robokassa/robokassa_fiscal.h"
#include "services/robokassa/robokassa_number.h"
#include "services/robokassa/robokassa_json.h"

// A login that would have to be escaped is none.
static bool is_login(span_t login)
{
    for (size_t i = 0; i < login.size; i++)
        if (login.bytes[i] <= ' ' || login.bytes[i] > '~' || login.bytes[i] == '"' ||
            login.bytes[i] == '\\')
            return false;
    return login.size > 0;
}

size_t robokassa_fiscal_question(span_t login, uint64_t number, char *buffer, size_t buffer_size)
{
    char text[ROBOKASSA_NUMBER_SIZE];
    writer_t writer = writer_on(buffer, buffer_size);
    if (!is_login(login))
        return 0;
    writer_string(&writer, "{\"merchantId\":\"");
    writer_text(&writer, login);
    writer_string(&writer, "\",\"id\":\"");
    writer_text(&writer, robokassa_number_print_invoice((int64_t)number, text));
    writer_string(&writer, "\"}");
    return writer_end(&writer);
}

static uint64_t number_of(const robokassa_json_t *object, const char *name)
{
    int64_t number;
    span_t text = robokassa_json_number(object, name);
    while (text.size > 1 && text.bytes[0] == '0') // a sign has ten digits
        text = (span_t){text.bytes + 1, text.size - 1};
    return robokassa_number_parse(text, &number) ? (uint64_t)number : 0;
}

bool robokassa_fiscal_read(span_t body, robokassa_fiscal_t *ret_answer)
{
    robokassa_json_t object;
    int64_t code;
    if (!robokassa_json_read(body, &object))
        return false;
    span_t sent = robokassa_json_number(&object, "ResultCode");
    span_t told = robokassa_json_number(&object, "Code");
    if (!robokassa_number_parse(sent.size ? sent : told, &code))
        return false;
    *ret_answer = (robokassa_fiscal_t){.code = code,
                                       .drive = number_of(&object, "FnNumber"),
                                       .document = number_of(&object, "FiscalDocumentNumber"),
                                       .sign = number_of(&object, "FiscalDocumentAttribute")};
    return true;
}
