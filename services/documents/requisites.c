#include "services/documents/requisites.h"

const char *requisite_name(requisite_t verdict)
{
    static const char *const names[] = {
#define VERDICT(enumerator, name, expected) name,
        REQUISITES_LIST(VERDICT)
#undef VERDICT
    };
    return verdict < REQUISITES_COUNT ? names[verdict] : "";
}

const char *requisite_expected(requisite_t verdict)
{
    static const char *const texts[] = {
#define VERDICT(enumerator, name, expected) expected,
        REQUISITES_LIST(VERDICT)
#undef VERDICT
    };
    return verdict < REQUISITES_COUNT ? texts[verdict] : "";
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool are_digits(span_t text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_digit(text.bytes[i]))
            return false;
    return true;
}

// --- INN ---

static bool has_inn_form(span_t inn)
{
    return (inn.size == 10 || inn.size == 12) && are_digits(inn) &&
           (inn.bytes[0] != '0' || inn.bytes[1] != '0');
}

// The weights of a check digit are the last of one row, so that each digit before it has one.
static char inn_digit(const char *digits, size_t count)
{
    static const uint32_t weights[] = {3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8};
    const uint32_t *weight = weights + (sizeof weights / sizeof weights[0] - count);
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weight[i] * (uint32_t)(digits[i] - '0');
    return (char)('0' + sum % 11 % 10);
}

void requisites_inn_digits(span_t inn, char ret_digits[REQUISITE_INN_DIGITS])
{
    memset(ret_digits, 0, REQUISITE_INN_DIGITS);
    if (!has_inn_form(inn))
        return;
    if (inn.size == 10) {
        ret_digits[0] = inn_digit(inn.bytes, 9);
        return;
    }
    char digits[11];
    memcpy(digits, inn.bytes, 10);
    digits[10] = ret_digits[0] = inn_digit(digits, 10);
    ret_digits[1] = inn_digit(digits, 11);
}

requisite_t requisites_inn(span_t inn)
{
    if (!has_inn_form(inn))
        return REQUISITE_INN_FORM;
    char digits[REQUISITE_INN_DIGITS];
    requisites_inn_digits(inn, digits);
    size_t count = strlen(digits);
    return memcmp(inn.bytes + inn.size - count, digits, count) == 0 ? REQUISITE_VALID
                                                                    : REQUISITE_INN_CHECK_DIGIT;
}

// --- KPP, BIC ---

requisite_t requisites_kpp(span_t kpp)
{
    if (kpp.size != 9)
        return REQUISITE_KPP_FORM;
    for (size_t i = 0; i < kpp.size; i++) {
        char c = kpp.bytes[i];
        if (!is_digit(c) && !((i == 4 || i == 5) && c >= 'A' && c <= 'Z'))
            return REQUISITE_KPP_FORM;
    }
    return REQUISITE_VALID;
}

requisite_t requisites_bic(span_t bic)
{
    if (bic.size != 9 || !are_digits(bic) || bic.bytes[0] != '0' ||
        (bic.bytes[1] != '4' && bic.bytes[1] != '1' && bic.bytes[1] != '0'))
        return REQUISITE_BIC_FORM;
    return REQUISITE_VALID;
}

// --- account ---

enum { ACCOUNT_SIZE = 20, ACCOUNT_LETTER = 5, ACCOUNT_KEY = 8, KEY_SIGNS = 23 };

// -1 for what cannot stand there; place ACCOUNT_KEY is not looked at.
static int account_digit(span_t account, size_t at)
{
    static const char letters[] = "ABCEHKMPTX";
    char c = account.bytes[at];
    if (at == ACCOUNT_KEY)
        return 0;
    if (is_digit(c))
        return c - '0';
    const char *letter = at == ACCOUNT_LETTER && c ? strchr(letters, c) : NULL;
    return letter ? (int)(letter - letters) : -1;
}

// Correspondent accounts, and accounts at the Bank of Russia and the Treasury, which have no number
// of a bank of their own.
static bool is_kept_by_the_bank_of_russia(span_t bic, span_t account)
{
    return memcmp(account.bytes, "301", 3) == 0 || memcmp(bic.bytes + 6, "000", 3) == 0 ||
           bic.bytes[1] != '4';
}

// The sum of the last digits of the products, the key counted as nought; -1 if there is none.
static int key_sum(span_t bic, span_t account)
{
    static const int weights[] = {7, 1, 3};
    int digits[KEY_SIGNS] = {0};
    if (requisites_bic(bic) != REQUISITE_VALID || account.size != ACCOUNT_SIZE)
        return -1;
    bool central = is_kept_by_the_bank_of_russia(bic, account);
    for (size_t i = 0; i < 3; i++)
        digits[i] = central ? (i ? bic.bytes[3 + i] - '0' : 0) : bic.bytes[6 + i] - '0';
    for (size_t i = 0; i < ACCOUNT_SIZE; i++)
        if ((digits[3 + i] = account_digit(account, i)) < 0)
            return -1;
    int sum = 0;
    for (size_t i = 0; i < KEY_SIGNS; i++)
        sum += digits[i] * weights[i % 3] % 10;
    return sum;
}

int requisites_account_key(span_t bic, span_t account)
{
    int sum = key_sum(bic, account);
    return sum < 0 ? -1 : sum % 10 * 3 % 10;
}

requisite_t requisites_account(span_t bic, span_t account)
{
    if (requisites_bic(bic) != REQUISITE_VALID)
        return REQUISITE_BIC_FORM;
    int key = requisites_account_key(bic, account);
    if (key < 0 || !is_digit(account.bytes[ACCOUNT_KEY]))
        return REQUISITE_ACCOUNT_FORM;
    if (account.bytes[0] == '0' && bic.bytes[1] != '4')
        return REQUISITE_VALID; // the Treasury's own accounts have no key
    return account.bytes[ACCOUNT_KEY] - '0' == key ? REQUISITE_VALID : REQUISITE_ACCOUNT_KEY;
}
