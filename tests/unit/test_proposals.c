// Proposals: found by id, decided once, lapsed by time, and bounded so that nobody crowds another
// out.
#include "services/node/proposals.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define NOW (INT64_C(1767225600) * SECOND_US)

static uid_t16 id_of(uint64_t n)
{
    uid_t16 id = {{1}};
    memcpy(id.bytes + 8, &n, sizeof n);
    return id;
}

static void propose(proposals_t *self, uint64_t n, const char *who, instant_t at, size_t size)
{
    static uint8_t request[PROPOSAL_BYTES_MAX + 1] = {7, 8, 9};
    event_t event = {.type = EVENT_command_proposed, .at = at, .cause.command = id_of(n)};
    event.command_proposed = (event_command_proposed_t){.certificate = text_of(who),
                                                        .amount = (kopecks_t)n * 100,
                                                        .expires = at + PROPOSAL_LIFE_US,
                                                        .request = {request, (uint32_t)size}};
    proposals_note(self, &event, n);
}

static const proposal_t *found(const proposals_t *self, uint64_t n)
{
    uid_t16 id = id_of(n);
    return proposals_find(self, &id);
}

static void what_became_of_a_proposal_is_known(void **state)
{
    (void)state;
    proposals_t self = {0};
    for (uint64_t n = 1; n <= 4; n++)
        propose(&self, n, "anna", NOW, 3);
    event_t agreed = {.type = EVENT_command_sent_by, .at = NOW};
    agreed.command_sent_by = (event_command_sent_by_t){
        .certificate = text_of("anna"), .approver = text_of("boris"), .proposal = 2};
    proposals_note(&self, &agreed, 10);
    agreed.command_sent_by.proposal = 0; // a command that one person sent
    proposals_note(&self, &agreed, 11);
    event_t rejected = {.type = EVENT_command_rejected, .at = NOW};
    rejected.command_rejected =
        (event_command_rejected_t){.proposal = 3, .certificate = text_of("vera")};
    proposals_note(&self, &rejected, 12);
    assert_null(found(&self, 9));
    assert_int_equal(proposal_state(found(&self, 1), NOW), PROPOSAL_OPEN);
    assert_int_equal(proposal_state(found(&self, 2), NOW), PROPOSAL_APPROVED);
    assert_string_equal(found(&self, 2)->by, "boris");
    assert_int_equal(proposal_state(found(&self, 3), NOW), PROPOSAL_REJECTED);
    assert_string_equal(found(&self, 3)->by, "vera");
    assert_int_equal(proposal_state(found(&self, 4), NOW + PROPOSAL_LIFE_US - 1), PROPOSAL_OPEN);
    assert_int_equal(proposal_state(found(&self, 4), NOW + PROPOSAL_LIFE_US), PROPOSAL_LAPSED);
    assert_int_equal(proposal_state(found(&self, 2), NOW + PROPOSAL_LIFE_US), PROPOSAL_APPROVED);
    assert_int_equal(found(&self, 1)->amount, 100);
    assert_int_equal(found(&self, 1)->size, 3);
    assert_int_equal(found(&self, 1)->request[2], 9);
    propose(&self, 5, "anna", NOW,
            PROPOSAL_BYTES_MAX + 1); // of another program: nothing to agree to
    assert_int_equal(found(&self, 5)->size, 0);
    proposals_release(&self);
}

static void who_fills_his_places_leaves_those_of_others(void **state)
{
    (void)state;
    proposals_t self = {0};
    for (uint64_t n = 1; n <= PROPOSALS_OWN_MAX; n++) {
        assert_true(proposals_have_room(&self, text_of("anna"), NOW));
        propose(&self, n, "anna", NOW, 1);
    }
    assert_false(proposals_have_room(&self, text_of("anna"), NOW));
    assert_true(proposals_have_room(&self, text_of("ann"), NOW));
    assert_true(proposals_have_room(&self, text_of("boris"), NOW));
    assert_true(proposals_have_room(&self, text_of("anna"), NOW + PROPOSAL_LIFE_US));
    for (uint64_t n = 1; n <= PROPOSALS_OPEN_MAX - PROPOSALS_OWN_MAX; n++)
        propose(&self, 1000 + n, n % 2 ? "boris" : "vera", NOW, 1);
    assert_false(proposals_have_room(&self, text_of("dina"), NOW));
    proposals_release(&self);
}

static void the_oldest_that_waits_no_more_makes_room(void **state)
{
    (void)state;
    proposals_t self = {0};
    propose(&self, 1, "anna", NOW, 1);
    propose(&self, 2, "anna", NOW - PROPOSAL_LIFE_US, 1); // has lapsed
    for (uint64_t n = 3; n <= PROPOSALS_MAX; n++)
        propose(&self, n, "anna", NOW, 1);
    assert_int_equal(self.count, PROPOSALS_MAX);
    propose(&self, PROPOSALS_MAX + 1, "boris", NOW, 1);
    assert_int_equal(self.count, PROPOSALS_MAX);
    assert_non_null(found(&self, 1));
    assert_null(found(&self, 2));
    assert_string_equal(found(&self, PROPOSALS_MAX + 1)->certificate, "boris");
    assert_int_equal(self.rows[1].sequence, 3);
    proposals_release(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_became_of_a_proposal_is_known),
        cmocka_unit_test(who_fills_his_places_leaves_those_of_others),
        cmocka_unit_test(the_oldest_that_waits_no_more_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
