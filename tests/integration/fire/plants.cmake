# plants.cmake - faults that the run of kills must find: FIRE_PLANT(name process kind file "text
# that is there" "text instead") makes kopeck-PROCESS of the changed source, in a directory of its
# own; `kind` is the violation that it must come to. A text that is not there (any more) ends the
# configuration.
set(FIRE_PLANTS "")

function(fire_plant name process kind file from to)
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
  add_executable(fire_plant_${name} ${CMAKE_SOURCE_DIR}/services/${process}/${process}_main.c
                                    ${planted})
  target_compile_options(fire_plant_${name} PRIVATE -w)
  target_compile_definitions(fire_plant_${name} PRIVATE KOPECK_VERSION="${PROJECT_VERSION}")
  target_link_libraries(fire_plant_${name} PRIVATE ${process}_core service)
  set_target_properties(fire_plant_${name} PROPERTIES OUTPUT_NAME kopeck-${process}
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/plants/${name})
  set(FIRE_PLANTS ${FIRE_PLANTS} ${kind}:$<TARGET_FILE:fire_plant_${name}> PARENT_SCOPE)
endfunction()

fire_plant(answered_before_commit ledger LOST services/common/shell.c
           "node_end(self->past.node, &batch);"
           "node_end(self->past.node, &batch);
    node_committed(self->past.node);
    send_outputs(self);
    zclock_sleep(50);
#define node_committed(node) (void)(node)")
fire_plant(cursor_not_stored ledger TWICE services/common/node.c
           "*cursor = follower->cursor;" "(void)cursor[0].sequence;")
fire_plant(command_ids_forgotten payment TWICE services/common/command_ids.c
           "if (number == TABLE_NONE) {" "if (number != TABLE_NONE || number == TABLE_NONE) {")
fire_plant(success_twice payment TWICE services/payment/payment_evidence.c
           "else if (invoice->state != PAYMENT_SUCCEEDED)" "else")
fire_plant(count_cap_off_by_one autopay LIMIT services/autopay/autopay_decide.c
           "self->count >= self->count_max" "self->count > self->count_max")
fire_plant(ends_by_itself autopay ENDED services/common/shell.c
           "self->commits += batch.append;"
           "if ((self->commits += batch.append) == 20) abort();")
fire_plant(remainder_dropped metering METERS services/metering/carry.c
           "*carry = sum % CARRY_DENOMINATOR" "*carry = 0 * sum")
