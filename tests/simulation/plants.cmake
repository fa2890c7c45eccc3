# plants.cmake - faults of the kind the simulator is there for, each a change of one shipped source:
# KOPECK_PLANT(name file "text that is there" "text instead"). The changed copy is compiled into a
# program of its own; the sources and what ships know nothing of it. A text that is not there (any
# more) ends the configuration, so no plant goes stale unseen.
set(KOPECK_PLANTS "")

function(kopeck_plant name file from to)
  set(source ${CMAKE_SOURCE_DIR}/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} text)
  string(FIND "${text}" "${from}" at)
  if(at LESS 0)
    message(FATAL_ERROR "plant ${name}: ${file} does not hold: ${from}")
  endif()
  string(REPLACE "${from}" "${to}" text "${text}")
  set(planted ${CMAKE_CURRENT_BINARY_DIR}/plants/${name}.c)
  file(CONFIGURE OUTPUT ${planted} CONTENT "@text@" @ONLY)
  # The changed source comes before the libraries, so it is linked instead of theirs.
  add_executable(simulate_plant_${name} simulate_main.c ${planted})
  target_compile_options(simulate_plant_${name} PRIVATE -w)
  target_link_libraries(simulate_plant_${name} PRIVATE simulation)
  set(KOPECK_PLANTS ${KOPECK_PLANTS} ${name} PARENT_SCOPE)
endfunction()

kopeck_plant(cursor_not_stored services/common/node.c
             "*cursor = follower->cursor;" "(void)cursor[0].sequence;")
kopeck_plant(push_acknowledged_undurably services/common/node_doors.c
             "self->cursors_due = self->cursors_due || brings" "self->cursors_due = false && brings")
kopeck_plant(never_flushed tests/simulation/turns.c
             "journal_memory_settle(process->disk)" "(void)process->disk")
kopeck_plant(charge_repeated_without_answer services/payment/payment_evidence.c
             "if (result->what == RESULT_NOT_CONNECTED) {" "if (result->what != RESULT_ANSWERED) {")
kopeck_plant(charge_repeated_after_restart services/payment/payment_state.c
             "invoice_at(self, row)->orphan = true" "invoice_at(self, row)->orphan = false")
kopeck_plant(success_twice services/payment/payment_evidence.c
             "else if (invoice->state != PAYMENT_SUCCEEDED)" "else")
kopeck_plant(amount_not_compared services/payment/payment_evidence.c
             "else if (received != invoice->amount)" "else if (received < 0)")
kopeck_plant(revoked_mandate_charged services/payment/payment_core.c
             "if (!mandate || !mandate->live ||" "if (!mandate ||")
kopeck_plant(credit_not_compared services/payment/payment_core.c
             "if (account->credit != request->credit)" "if (account->credit < request->credit)")
kopeck_plant(count_cap_off_by_one services/autopay/autopay_decide.c
             "self->count >= self->count_max" "self->count > self->count_max")
kopeck_plant(sum_cap_ignored services/autopay/autopay_decide.c
             "after <= self->sum_max" "self->sum <= self->sum_max")
kopeck_plant(month_in_utc proto/month.c
             "int64_t local = at + MOSCOW_OFFSET_US" "int64_t local = at")
kopeck_plant(second_decision_while_open services/autopay/autopay_state.c
             "bool pending = account->request ||" "bool pending =")
kopeck_plant(credit_not_awaited services/autopay/autopay_state.c
             "|| account->credit > self->view.payment" "")
kopeck_plant(remainder_dropped services/metering/carry.c
             "*carry = sum % CARRY_DENOMINATOR" "*carry = 0 * sum")
kopeck_plant(command_ids_forgotten services/common/command_ids.c
             "if (number == TABLE_NONE) {" "if (number != TABLE_NONE || number == TABLE_NONE) {")
