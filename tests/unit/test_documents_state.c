// The fold: what was received is found by its identity and by its sequence; money in suspense adds
// up.
#include "services/documents/documents_state.h"
#include "documents_words.h"

static void transfers_are_found_by_sequence_and_by_identity(void **state)
{
    harness_t *h = *state;
    company(h, 1, INN);
    hash_t identities[5];
    uint64_t sequences[5];
    for (size_t i = 0; i < 5; i++) {
        request_t request = transfer("услуги");
        request.transfer_receive.ordinal = i;
        identities[i] = received(h, &request).identity;
        sequences[i] = h->first;
        company(h, 2, i % 2 ? INN : OTHER_INN); // other events lie between
    }
    for (size_t i = 0; i < 5; i++) {
        const documents_transfer_t *row = documents_state_received(h->state, sequences[i]);
        assert_non_null(row);
        assert_memory_equal(&row->identity, &identities[i], sizeof(hash_t));
        assert_ptr_equal(documents_state_transfer(h->state, &identities[i]), row);
        assert_null(documents_state_received(h->state, sequences[i] + 1));
    }
    assert_null(documents_state_received(h->state, 0));
    assert_null(documents_state_transfer(h->state, &(hash_t){{1}}));
}

static void suspense_adds_up(void **state)
{
    harness_t *h = *state;
    const documents_state_t *self = h->state;
    company(h, 1, INN);
    (void)issued(h, 1, 70000);
    request_t request = transfer("услуги");
    (void)received(h, &request);
    uint64_t first = h->first;
    request.transfer_receive.ordinal = 1;
    (void)received(h, &request);
    assert_int_equal(self->suspense, 140000);
    request_t right = transfer("26000000013");
    (void)received(h, &right);
    assert_int_equal(self->suspense, 140000);
    assert_int_equal(self->paid, 1);
    assert_int_equal(assign(h, first, customer(1), 0), FAIL_NONE);
    assert_int_equal(self->suspense, 70000);
    assert_int_equal(self->open_count, 1);
    assert_false(documents_state_received(self, first)->open);
}

static void what_others_say_is_passed_over(void **state)
{
    harness_t *h = *state;
    harness_append(h, &(event_t){.type = EVENT_node_clock_confirmed});
    assert_null(documents_state_account(h->state, &(uid_t16){{1}}));
    assert_null(documents_state_invoice(h->state, 26000000013));
    documents_state_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(transfers_are_found_by_sequence_and_by_identity),
        TEST(suspense_adds_up),
        TEST(what_others_say_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
