# plants.cmake - faults that the run of kills must find: fire_plant(name process kind file "text
# that is there" "text instead") makes kopeck-PROCESS with that plant in it, in a directory of its
# own; `kind` is the violation that it must come to, or several of which it may come to any.
set(FIRE_PLANTS "")

function(fire_plant name process kind file from to)
  kopeck_plant(${name} ${file} "${from}" "${to}")
  set(target fire_plant_${name})
  kopeck_plant_program(${target} ${name}
    SOURCES ${CMAKE_SOURCE_DIR}/services/${process}/${process}_main.c
    LINKS ${process}_core process)
  target_compile_definitions(${target} PRIVATE KOPECK_VERSION="${PROJECT_VERSION}")
  set_target_properties(${target} PROPERTIES OUTPUT_NAME kopeck-${process}
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/plants/${name})
  set(FIRE_PLANTS ${FIRE_PLANTS} ${kind}:$<TARGET_FILE:${target}> PARENT_SCOPE)
endfunction()

# What left before its commit is missed by whoever heard of it, or of something behind it.
fire_plant(answered_before_commit ledger "FOLLOWED|OLD|LOST" services/process/shell.c
           "        status = committed(self, &batch, batch.append ? past_append(&self->past, &batch) : 0);"
           "    {
        node_committed(self->past.node);
        send_outputs(self);
        zclock_sleep(50);
        status = batch.append && past_append(&self->past, &batch) ? EX_IOERR : CONTINUE;
    }")
fire_plant(answered_before_commit_under_load ledger LOST services/process/shell.c
           "        committer_give(&self->committer, &batch);"
           "    {
        node_committed(self->past.node);
        send_outputs(self);
        zclock_sleep(50);
        (void)past_append(&self->past, &batch);
    }")
fire_plant(cursor_not_stored ledger TWICE services/node/node.c
           "*cursor = follower->cursor;" "(void)cursor[0].sequence;")
fire_plant(command_ids_forgotten payment TWICE services/node/command_ids.c
           "if (number == TABLE_NONE) {" "if (number != TABLE_NONE || number == TABLE_NONE) {")
fire_plant(success_twice payment TWICE services/payment/payment_decide_evidence.c
           "else if (invoice->state != PAYMENT_SUCCEEDED)" "else")
fire_plant(count_cap_off_by_one autopay LIMIT services/autopay/autopay_verdict.c
           "self->count >= self->count_max" "self->count > self->count_max")
fire_plant(ends_by_itself autopay ENDED services/process/shell.c
           "self->commits += batch->append;"
           "if ((self->commits += batch->append) == 20) abort();")
fire_plant(remainder_dropped metering METERS services/metering/metering_carry.c
           "*carry = sum % CARRY_DENOMINATOR" "*carry = 0 * sum")
fire_plant(lowered_limit_not_noted autopay LIMIT services/autopay/autopay_decide_payment.c
           "noted->count_max = said->count_max;"
           "noted->count_max += said->count_max == 0;")
