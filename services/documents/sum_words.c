#include "services/documents/sum_words.h"
#include "proto/span.h"
#include <stdio.h>

enum { GROUP = 1000, KOPECKS = 100, TEENS = 20 };

// One, two, five of them: Russian has a form for each.
typedef struct {
    const char *one, *two, *five;
    bool feminine;
} noun_t;

static const noun_t rubles = {"рубль", "рубля", "рублей", false};
static const noun_t kopecks = {"копейка", "копейки", "копеек", true};

// Of thousands and more, the smallest first.
static const noun_t groups[] = {{"тысяча", "тысячи", "тысяч", true},
                                {"миллион", "миллиона", "миллионов", false},
                                {"миллиард", "миллиарда", "миллиардов", false},
                                {"триллион", "триллиона", "триллионов", false},
                                {"квадриллион", "квадриллиона", "квадриллионов", false}};
enum { GROUPS = sizeof groups / sizeof groups[0] };

static const char *const hundreds[] = {"",        "сто",      "двести",  "триста",    "четыреста",
                                       "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"};
static const char *const tens[] = {
    "",          "",           "двадцать",  "тридцать",    "сорок",
    "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"};
static const char *const ones[TEENS] = {
    "",           "один",        "два",        "три",          "четыре",
    "пять",       "шесть",       "семь",       "восемь",       "девять",
    "десять",     "одиннадцать", "двенадцать", "тринадцать",   "четырнадцать",
    "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать", "девятнадцать"};

static const char *form_of(const noun_t *noun, unsigned number)
{
    unsigned last = number % 10, two = number % 100;
    if (two >= 11 && two <= 14)
        return noun->five;
    return last == 1 ? noun->one : last >= 2 && last <= 4 ? noun->two : noun->five;
}

static void put(writer_t *out, const char *word)
{
    if (*word && out->size)
        writer_string(out, " ");
    writer_string(out, word);
}

// Below a thousand.
static void put_group(writer_t *out, unsigned number, bool feminine)
{
    unsigned below = number % 100;
    put(out, hundreds[number / 100]);
    if (below >= TEENS) {
        put(out, tens[below / 10]);
        below %= 10;
    }
    put(out, feminine && below == 1 ? "одна" : feminine && below == 2 ? "две" : ones[below]);
}

// The first letter, two bytes of UTF-8 in the first row of Cyrillic's small letters, made a
// capital.
static void capitalize(char *text)
{
    unsigned char *second = (unsigned char *)text + 1;
    if ((unsigned char)text[0] == 0xd0 && *second >= 0xb0) { // а to п
        *second = (unsigned char)(*second - 0x20);
    } else if ((unsigned char)text[0] == 0xd1 && *second < 0x90) { // р to я
        text[0] = (char)0xd0;
        *second = (unsigned char)(*second + 0x20);
    }
}

bool sum_words(kopecks_t amount, char ret_text[SUM_WORDS_MAX])
{
    char digits[16];
    writer_t out = writer_on(ret_text, SUM_WORDS_MAX);
    if (amount < 0)
        return false;
    uint64_t whole = (uint64_t)amount / KOPECKS, unit = 1;
    unsigned part = (unsigned)((uint64_t)amount % KOPECKS);
    for (unsigned i = 0; i < GROUPS; i++)
        unit *= GROUP;
    for (unsigned i = GROUPS; i-- > 0; unit /= GROUP) {
        unsigned number = (unsigned)(whole / unit % GROUP);
        put_group(&out, number, groups[i].feminine);
        if (number)
            put(&out, form_of(&groups[i], number));
    }
    put_group(&out, (unsigned)(whole % GROUP), rubles.feminine);
    if (!whole)
        put(&out, "ноль");
    put(&out, form_of(&rubles, (unsigned)(whole % GROUP)));
    snprintf(digits, sizeof digits, "%02u", part);
    put(&out, digits);
    put(&out, form_of(&kopecks, part));
    capitalize(ret_text);
    return writer_end(&out) > 0;
}
