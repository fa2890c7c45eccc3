# node_plants.cmake - planted faults of the node and of snapshots, and the tests that must find them.
if(NOT COVERAGE)
  kopeck_plant(batch_over_the_one_before services/node/node.c
    [[    if (self->ended_parcel) // the journal still takes it in]] [[    if (false)]])
  kopeck_plant_program(test_node_batch_over_the_one_before batch_over_the_one_before
                       SOURCES test_node.c node_rig.c LINKS revive uuid7 node PkgConfig::CMOCKA)
  add_test(NAME unit/node_batch_over_the_one_before_is_found
           COMMAND test_node_batch_over_the_one_before)
  set_tests_properties(unit/node_batch_over_the_one_before_is_found PROPERTIES
    PASS_REGULAR_EXPRESSION "FAILED  . batches_come_to_the_same_whether_the_next_one_waits_or_not")
  kopeck_plant(recall_forgotten_after_a_crash services/node/node_recalls.c
    [[if (is_out(self, due->recalls[i].key))]]
    [[if (self->replayed || is_out(self, due->recalls[i].key))]])
  kopeck_plant_program(test_recall_forgotten recall_forgotten_after_a_crash
                       SOURCES test_node_recalls.c node_rig.c LINKS revive uuid7 node PkgConfig::CMOCKA)
  add_test(NAME unit/recall_forgotten_is_found COMMAND test_recall_forgotten)
  set_tests_properties(unit/recall_forgotten_is_found PROPERTIES PASS_REGULAR_EXPRESSION
                       "FAILED  . a_wish_is_wished_again_after_a_crash")
endif()
# Snapshots that must not be believed, and are: one whose bytes changed, one of another history.
if(NOT COVERAGE)
  kopeck_plant(lying_bit_believed store/snapshot.c
    [[if (memcmp(&digest, &head.digest, sizeof digest) != 0)]]
    [[if (memcmp(&digest, &head.digest, sizeof digest) != 0 && size == 0)]])
  kopeck_plant(another_history_believed services/node/node_snapshot.c
    [[|| memcmp(&leaf, &mark->leaf, sizeof leaf) != 0)]]
    [[)]])
  foreach(pair lying_bit_believed=one_whose_bit_lies_is_never_believed
               another_history_believed=one_that_is_not_of_this_journal_and_program_is_passed_over)
    string(REPLACE "=" ";" pair ${pair})
    list(GET pair 0 plant)
    list(GET pair 1 finder)
    kopeck_plant_program(test_snapshot_${plant} ${plant} SOURCES test_node_snapshot.c node_rig.c
                         LINKS revive uuid7 node PkgConfig::CMOCKA)
    add_test(NAME unit/snapshot_${plant}_is_found COMMAND test_snapshot_${plant})
    set_tests_properties(unit/snapshot_${plant}_is_found PROPERTIES
                         PASS_REGULAR_EXPRESSION "FAILED  . ${finder}")
  endforeach()
endif()
# Whose rule is gone: each is found by the test of the rule.
if(NOT COVERAGE)
  kopeck_plant(one_approves_his_own services/node/node_approvals.c
    [[text_equal(proposer, input->certificate)]] [[input->certificate.size == SIZE_MAX]])
  kopeck_plant(approved_for_ever services/node/proposals.c
    [[now >= self->expires]] [[now == INT64_MAX]])
  kopeck_plant(a_day_is_not_summed services/node/allowances.c
    [[&& after <= self->day_max]] [[&& after <= INT64_MAX]])
  kopeck_plant(items_have_no_limit services/node/node_batch.c
    [[person = feeder->role == ROLE_OPERATOR]] [[person = feeder->role == ROLE_NONE]])
  foreach(pair one_approves_his_own=nobody_approves_his_own
               approved_for_ever=a_proposal_ends_rejected_withdrawn_or_lapsed
               a_day_is_not_summed=a_days_sum_needs_a_second_person_too
               items_have_no_limit=a_persons_items_are_counted_once_a_message)
    string(REGEX MATCH "^[a-z_]+" plant ${pair})
    string(REGEX MATCH "[a-z_]+$" finder ${pair})
    kopeck_plant_program(test_${plant} ${plant}
                         SOURCES test_node_approvals.c node_rig.c LINKS revive uuid7 node PkgConfig::CMOCKA)
    add_test(NAME unit/${plant}_is_found COMMAND test_${plant})
    set_tests_properties(unit/${plant}_is_found PROPERTIES PASS_REGULAR_EXPRESSION "FAILED  . ${finder}")
  endforeach()
  kopeck_plant(set_by_whoever_spoke_last services/node/policies.c
    [[!uid_equal(&row->event.cause.command, &event->cause.command)]] [[!event->at]])
  kopeck_plant(set_by_who_set_it_before services/node/policies.c
    [[            self->rows[i] =
                (policy_t){.first = self->rows[i].first, .event = *event, .sequence = sequence};]]
    [[            self->rows[i].event = *event, self->rows[i].sequence = sequence;]])
  foreach(pair set_by_whoever_spoke_last=limits_are_set_by_one_and_agreed_to_by_another
               set_by_who_set_it_before=who_set_it_and_since_when_is_known_after_a_start_too)
    string(REGEX MATCH "^[a-z_]+" plant ${pair})
    string(REGEX MATCH "[a-z_]+$" finder ${pair})
    kopeck_plant_program(test_${plant} ${plant} SOURCES test_policies.c node_rig.c
                         LINKS revive uuid7 node ledger_core metering_core autopay_core PkgConfig::CMOCKA)
    add_test(NAME unit/${plant}_is_found COMMAND test_${plant})
    set_tests_properties(unit/${plant}_is_found PROPERTIES PASS_REGULAR_EXPRESSION "FAILED  . ${finder}")
  endforeach()
endif()
