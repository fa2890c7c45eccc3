#include "services/web/page_rows.h"
#include "proto/posting.h"

void page_walk_start(page_walk_t *self, const answer_statement_t *statement)
{
    wire_start(&self->wire, statement->rows.data, statement->rows.size);
    self->left = statement->count > UINT32_MAX ? 0 : (uint32_t)statement->count;
}

bool page_posting_read(uint64_t sequence, bytes_t bytes, page_posting_t *ret_posting)
{
    event_t event;
    if (event_decode(bytes.data, bytes.size, &event) || event.type != EVENT_posted)
        return false;
    const event_posted_t *posted = &event.posted;
    ret_posting->sequence = sequence;
    ret_posting->at = event.at;
    ret_posting->cause = event.cause;
    ret_posting->posted = *posted;
    ret_posting->sum = posted->debit >= SYSTEM_END ? -posted->amount : posted->amount;
    return money_add(posted->cash, posted->bonus, &ret_posting->after);
}

uint64_t page_posting_usage(const page_posting_t *posting)
{
    return posting->cause.stream == STREAM_METERING ? posting->cause.sequence : 0;
}

bool page_walk_next(page_walk_t *self, page_posting_t *ret_posting)
{
    uint64_t sequence;
    bytes_t bytes;
    if (self->left == 0 || wire_array(&self->wire, 2) != 2)
        return false;
    self->left--;
    wire_u64(&self->wire, &sequence);
    wire_bytes(&self->wire, &bytes);
    return !self->wire.fail && page_posting_read(sequence, bytes, ret_posting);
}

span_t page_words(codes_family_t family, uint64_t number, language_t language)
{
    const code_t *code = codes_find(family, number);
    if (!code)
        return SPAN("?");
    return span_of(language == LANGUAGE_RUSSIAN ? code->russian : code->english);
}

span_t page_posting_what(const page_posting_t *posting, language_t language)
{
    return page_words(CODES_posting_kind, posting->posted.kind, language);
}

size_t page_rows_fill(const answer_statement_t *statement, language_t language,
                      page_rows_lines_t *ret_lines, size_t max)
{
    page_walk_t walk;
    page_posting_t posting;
    size_t count = 0;
    page_walk_start(&walk, statement);
    while (count < max && page_walk_next(&walk, &posting))
        ret_lines[count++] = (page_rows_lines_t){.at = posting.at,
                                                 .what = page_posting_what(&posting, language),
                                                 .opens = page_posting_usage(&posting) > 0,
                                                 .sum = posting.sum,
                                                 .after = posting.after,
                                                 .sequence = posting.sequence};
    return count;
}
