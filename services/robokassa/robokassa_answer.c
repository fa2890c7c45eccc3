#include "services/robokassa/robokassa_answer.h"
#include "services/robokassa/robokassa_number.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static span_t trimmed(span_t text)
{
    while (text.size > 0 && is_space(text.bytes[0]))
        text.bytes++, text.size--;
    while (text.size > 0 && is_space(text.bytes[text.size - 1]))
        text.size--;
    return text;
}

static span_t after(span_t text, size_t at)
{
    return (span_t){text.bytes + at, text.size - at};
}

// The codes of Robokassa's table: a number that is none of them is some other number of the page.
static bool is_code(int code)
{
    return (code >= 20 && code <= 37) || (code >= 40 && code <= 43) || (code >= 51 && code <= 53) ||
           code == 60 || code == 64 || code == 65 || code == 500;
}

// Reads the number that follows within a few bytes; 0 when it is no code.
static int code_near(span_t text)
{
    size_t at = 0;
    while (at < text.size && at < ROBOKASSA_ANSWER_GAP_MAX && !is_digit(text.bytes[at]))
        at++;
    int code = 0;
    for (; at < text.size && is_digit(text.bytes[at]); at++) {
        code = code * 10 + (text.bytes[at] - '0');
        if (code > 500)
            return 0;
    }
    return is_code(code) ? code : 0;
}

// Finds a word in any case that starts where a word may start; what follows it goes to *ret_rest.
static bool find(span_t text, span_t word, span_t *ret_rest)
{
    for (size_t at = 0; at + word.size <= text.size; at++) {
        bool starts = at == 0 || !is_letter(text.bytes[at - 1]);
        if (starts && strncasecmp(text.bytes + at, word.bytes, word.size) == 0) {
            *ret_rest = after(text, at + word.size);
            return true;
        }
    }
    return false;
}

// RoboxContext = {"error":{"code":"35"}} with any quotes and spaces.
static int context_code(span_t body)
{
    span_t rest;
    if (find(body, SPAN("RoboxContext"), &rest) && find(rest, SPAN("error"), &rest) &&
        find(rest, SPAN("code"), &rest))
        return code_near(rest);
    return 0;
}

// Whether the code that was found stands in a sentence behind the word, and not in a style or a
// file's name: a number of a page's layout must close no charge.
static bool is_said(span_t text)
{
    size_t at = 0;
    while (at < text.size && text.bytes[at] != '\0' &&
           (is_letter(text.bytes[at]) || strchr(" :#-\t\r\n", text.bytes[at])))
        at++;
    bool apart = at > 0 && at < text.size && is_digit(text.bytes[at]);
    while (at < text.size && is_digit(text.bytes[at]))
        at++;
    return apart && (at == text.size || !is_letter(text.bytes[at]));
}

static int code_after(span_t body, span_t word)
{
    span_t rest = body;
    while (find(rest, word, &rest)) {
        int code = is_said(rest) ? code_near(rest) : 0;
        if (code != 0)
            return code;
    }
    return 0;
}

// OK1003 or OK+1003, ignoring case and the space around it.
static bool is_ok(span_t body, int64_t *ret_invoice)
{
    if (body.size < 2 || strncasecmp(body.bytes, "OK", 2) != 0)
        return false;
    span_t number = after(body, 2);
    if (number.size > 0 && number.bytes[0] == '+')
        number = after(number, 1);
    return robokassa_number_parse_invoice(number, ret_invoice);
}

robokassa_answer_t robokassa_answer_read(int http_status, span_t body, int64_t invoice)
{
    if (body.size > ROBOKASSA_ANSWER_SIZE_MAX)
        body.size = ROBOKASSA_ANSWER_SIZE_MAX;
    body = trimmed(body);
    if (http_status != 200 || body.size == 0)
        return (robokassa_answer_t){ROBOKASSA_UNKNOWN, 0};

    int64_t accepted;
    if (is_ok(body, &accepted))
        return (robokassa_answer_t){accepted == invoice ? ROBOKASSA_ACCEPTED : ROBOKASSA_UNKNOWN,
                                    0};

    int code = context_code(body);
    if (code == 0)
        code = code_after(body, SPAN("error"));
    if (code == 0)
        code = code_after(body, SPAN("Код ошибки"));
    return (robokassa_answer_t){code != 0 ? ROBOKASSA_REJECTED : ROBOKASSA_REJECTED_UNKNOWN, code};
}

bool robokassa_answer_is_refusal(robokassa_answer_t answer)
{
    return answer.outcome == ROBOKASSA_REJECTED &&
           codes_find(CODES_robokassa_error, (uint64_t)answer.code);
}
