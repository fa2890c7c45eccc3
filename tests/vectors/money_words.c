// Rows words-…: a sum, `in words`: as papers spell it.
#include "services/documents/sum_words.h"
#include "tests/vectors/money.h"

money_verdict_t money_words(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    kopecks_t sum;
    char text[SUM_WORDS_MAX];
    if (strcmp(row->when, "in words") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    if (!money_take_sum(&given, &sum) || !money_ended(&given))
        return money_unknown(said, "given", given);
    return money_compare(said, sum_words(sum, text) ? text : "none below nought",
                         span_of(row->then));
}
