// The row of a transfer's texts: written, cut and read; and how it is answered.
#include "services/documents/documents_row.h"
#include "documents_words.h"

static recalled_t recalled_of(const side_row_t *rows, size_t count)
{
    return (recalled_t){.wish = {.by = RECALL_ROWS}, .rows = rows, .rows_count = count};
}

static documents_row_t again(const request_t *request, uint8_t bytes[SIDE_ROW_MAX])
{
    documents_row_t row = documents_row_of(&request->transfer_receive), read;
    uint32_t size = (uint32_t)documents_row_write(&row, bytes);
    assert_true(size > 0);
    side_row_t rows[2] = {{.kind = DOCUMENTS_ROW_TRANSFER + 1},
                          {.kind = DOCUMENTS_ROW_TRANSFER, .bytes = {bytes, size}}};
    recalled_t recalled = recalled_of(rows, 2);
    assert_true(documents_row_find(&recalled, &read));
    return read;
}

static void a_row_is_read_as_it_was_written(void **state)
{
    (void)state;
    uint8_t bytes[SIDE_ROW_MAX];
    request_t request = transfer("за услуги");
    documents_row_t row = again(&request, bytes);
    assert_true(text_equal(row.payer, request.transfer_receive.payer));
    assert_true(text_equal(row.inn, request.transfer_receive.payer_inn));
    assert_true(text_equal(row.account, request.transfer_receive.payer_account));
    assert_true(text_equal(row.number, request.transfer_receive.number));
    assert_true(text_equal(row.purpose, request.transfer_receive.purpose));
}

// The longest texts that documents takes fit; no character is cut in two.
static void long_texts_are_cut_behind_a_character(void **state)
{
    (void)state;
    static char text[TRANSFER_TEXT_MAX + 1], word[TRANSFER_WORD_MAX + 1];
    uint8_t bytes[SIDE_ROW_MAX];
    text[0] = 'x'; // so that each Я is across an even place
    for (size_t i = 1; i + 1 < TRANSFER_TEXT_MAX; i += 2)
        memcpy(text + i, "Я", 2);
    memset(word, '1', TRANSFER_WORD_MAX);
    request_t request = transfer(text);
    request.transfer_receive.payer = text_of(text);
    request.transfer_receive.number = request.transfer_receive.payer_account = text_of(word);
    documents_row_t row = again(&request, bytes);
    assert_int_equal(row.payer.size, DOCUMENTS_ROW_PAYER_MAX - 1);
    assert_int_equal(row.purpose.size, DOCUMENTS_ROW_PURPOSE_MAX - 1);
    assert_memory_equal(row.purpose.data, text, row.purpose.size);
}

static void what_is_no_row_is_not_read(void **state)
{
    (void)state;
    uint8_t bytes[SIDE_ROW_MAX];
    request_t request = transfer("за услуги");
    documents_row_t row = documents_row_of(&request.transfer_receive);
    uint32_t size = (uint32_t)documents_row_write(&row, bytes);
    side_row_t one = {.kind = DOCUMENTS_ROW_TRANSFER, .bytes = {bytes, size - 1}};
    recalled_t recalled = recalled_of(&one, 1);
    assert_false(documents_row_find(&recalled, &row));
    one.bytes.size = size;
    recalled.fail = FAIL_CORRUPT;
    assert_false(documents_row_find(&recalled, &row));
    bytes[0] = 0x94; // an array of four
    recalled.fail = FAIL_NONE;
    assert_false(documents_row_find(&recalled, &row));
    recalled.rows_count = 0;
    assert_false(documents_row_find(&recalled, &row));
}

// As the node asks: what the rows say is brought, and then it is answered.
static fail_t ask(harness_t *h, uint64_t sequence, fail_t found, answer_t *ret_answer)
{
    static uint8_t scratch[2 * SIDE_ROW_MAX];
    static side_row_t rows[SIDE_KINDS];
    request_t request = {.type = REQUEST_transfer_texts, .transfer_texts = {sequence}};
    query_t query = {.answer = ret_answer, .scratch = scratch, .scratch_size = sizeof scratch};
    fail_t fail = documents_core.query(h->state, &request, NULL, 0, &query);
    if (fail != FAIL_LATER)
        return fail;
    assert_int_equal(query.recall.by, RECALL_ROWS);
    recalled_t recalled = recalled_of(rows, rows_of(&query.recall.sought[0], rows));
    recalled.fail = found;
    query.recalled = &recalled;
    return documents_core.query(h->state, &request, NULL, 0, &query);
}

static void the_texts_of_one_in_suspense_are_answered(void **state)
{
    harness_t *h = *state;
    answer_t answer;
    request_t request = transfer("за услуги");
    assert_int_equal(received(h, &request).reason, TRANSFER_NO_INVOICE);
    uint64_t sequence = h->first;
    assert_int_equal(ask(h, sequence, FAIL_NONE, &answer), FAIL_NONE);
    assert_true(text_equal(answer.transfer_texts.payer, text_of("ИП Иванов И. И.")));
    assert_true(text_equal(answer.transfer_texts.payer_inn, text_of(INN)));
    assert_true(text_equal(answer.transfer_texts.document, text_of("17")));
    assert_true(text_equal(answer.transfer_texts.purpose, text_of("за услуги")));
    assert_int_equal(ask(h, sequence, FAIL_CORRUPT, &answer), FAIL_CORRUPT);
    assert_int_equal(ask(h, sequence + 1, FAIL_NONE, &answer), FAIL_MISSING);
    assert_int_equal(assign(h, sequence, customer(1), 0), FAIL_NONE);
    assert_int_equal(ask(h, sequence, FAIL_NONE, &answer), FAIL_MISSING);
    received(h, &(request_t){.type = REQUEST_transfer_receive,
                             .transfer_receive = transfer("ещё").transfer_receive});
    side.count = 0; // an older backup may lack it
    assert_int_equal(ask(h, h->first, FAIL_NONE, &answer), FAIL_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_is_read_as_it_was_written),
        TEST(long_texts_are_cut_behind_a_character),
        TEST(what_is_no_row_is_not_read),
        TEST(the_texts_of_one_in_suspense_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
