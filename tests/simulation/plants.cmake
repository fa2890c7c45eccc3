# plants.cmake - faults of the kind the simulator is there for, each a change of one source:
# kopeck_plant(name file "text that is there" "text instead" [and so on]). The changed copy is
# compiled into a program of its own; the sources and what ships know nothing of it. A text that is
# not there once (any more) ends the configuration, so no plant goes stale unseen. PLANT_PROFILE says
# what the runs are about that are to find the plants after it.
set(PLANT_PROFILE mixed)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/plants.tsv "")

function(kopeck_plant name file)
  set(source ${CMAKE_SOURCE_DIR}/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} text)
  math(EXPR last "${ARGC} - 1")
  foreach(i RANGE 2 ${last} 2)
    math(EXPR next "${i} + 1")
    set(from "${ARGV${i}}")
    string(REPLACE "${from}" "" without "${text}")
    string(LENGTH "${text}${from}" whole)
    string(LENGTH "${without}${from}${from}" once)
    if(NOT whole EQUAL once)
      message(FATAL_ERROR "plant ${name}: ${file} does not hold once: ${from}")
    endif()
    string(REPLACE "${from}" "${ARGV${next}}" text "${text}")
  endforeach()
  set(planted ${CMAKE_CURRENT_BINARY_DIR}/plants/${name}.c)
  file(CONFIGURE OUTPUT ${planted} CONTENT "@text@" @ONLY)
  # The changed source comes before the libraries, so it is linked instead of theirs.
  add_executable(simulate_plant_${name} $<TARGET_OBJECTS:simulate_main> ${planted})
  target_compile_options(simulate_plant_${name} PRIVATE -w)
  target_link_libraries(simulate_plant_${name} PRIVATE simulation)
  file(APPEND ${CMAKE_CURRENT_BINARY_DIR}/plants.tsv "${name}\t${file}\t${PLANT_PROFILE}\n")
endfunction()

# --- the node and its shell ---
kopeck_plant(cursor_not_stored services/common/node.c
  [[*cursor = follower->cursor;]]
  [[(void)cursor[0].sequence;]])
kopeck_plant(push_acknowledged_undurably services/common/node_doors.c
  [[self->cursors_due = self->cursors_due || brings]]
  [[self->cursors_due = false && brings]])
kopeck_plant(never_flushed tests/simulation/turns.c
  [[journal_memory_settle(process->disk)]]
  [[(void)process->disk]])
kopeck_plant(acknowledged_before_commit tests/simulation/turns.c
  [[    process->busy = true;
]]
  [[    process->busy = true;
    finish(world, process);
    if (!process->up)
        return;
]]
  [[    else
        finish(world, process);
}

static void commit]]
  [[    else
        turns_want(world, process, world->now, true);
}

static void commit]])
kopeck_plant(duplicate_answered_from_uncommitted tests/simulation/turns.c
  [[    process->busy = true;
]]
  [[    node_committed(process->node);
    turns_want(world, process, world->now + SECOND_US, false);
]]
  [[    else
        finish(world, process);
}

static void commit]]
  [[    else
        turns_want(world, process, world->now, true);
}

static void commit]])
kopeck_plant(command_ids_forgotten services/common/command_ids.c
  [[if (number == TABLE_NONE) {]]
  [[if (number != TABLE_NONE || number == TABLE_NONE) {]])
kopeck_plant(command_ids_evicted_by_arrival services/common/command_ids.c
  [[COMPACT_FIRST = 4096]]
  [[COMPACT_FIRST = 8]]
  [[if (made_ms(&row->id) + KEPT_MS >= self->newest_ms)]]
  [[if (i >= old.count / 2)]])
set(PLANT_PROFILE billing) # in which the ledger is put back most often
kopeck_plant(cursor_accepted_without_hash services/common/reader.c
  [[if (ask->from == 1 || memcmp(&ask->leaf, &none, sizeof none) == 0)]]
  [[if (ask->from >= 1)]])
set(PLANT_PROFILE mixed)
kopeck_plant(older_epoch_goes_on services/common/node_doors.c
  [[if (known && batch->epoch == known->epoch)]]
  [[if (known)]])
kopeck_plant(time_goes_back services/common/node.c
  [[if (!self->config.driven && clock->now > self->head.time)]]
  [[if (!self->config.driven)]])

# --- metering ---
kopeck_plant(remainder_dropped services/metering/carry.c
  [[*carry = sum % CARRY_DENOMINATOR]]
  [[*carry = 0 * sum]])
kopeck_plant(remainder_of_deleted_dropped services/metering/usage.c
  [[    usage_account(self, meter->account)->carry = event->remainder;
    // What]]
  [[    // What]])
kopeck_plant(late_minute_billed_twice services/metering/usage.c
  [[        if (fresh.of[i].version == version)
            cells_bill(]]
  [[        if (fresh.of[i].version == version && hour >= self->closed)
            cells_bill(]])
kopeck_plant(billed_past_the_deletion services/metering/charging.c
  [[lines_collect(self, meter, lines->hours[i], at, lines);]]
  [[lines_collect(self, meter, lines->hours[i], DELETED_NEVER, lines);]])

# --- the ledger ---
kopeck_plant(bonus_and_cash_charged services/ledger/ledger_transfer.c
  [[kopecks_t cash = transfer->amount - bonus;]]
  [[kopecks_t cash = transfer->amount;]])

# --- payment ---
kopeck_plant(new_invoice_on_retry services/payment/payment_core.c
  [[            add_sent(number, invoice->attempt + 1, out);
]]
  [[        {
            payment_evidence_unknown(invoice, UNKNOWN_NO_ANSWER, out);
            event_payment_created_t *e = add_created(
                self, &account_at(self, invoice->account)->key, invoice->amount, out);
            e->kind = PAYMENT_KIND_AUTOPAY;
            e->request = invoice->request;
            e->parent = invoice->parent;
            e->mandate = invoice->mandate;
            e->expires = invoice->expires;
            add_sent(e->invoice, 1, out);
        }
]])
kopeck_plant(charge_repeated_without_answer services/payment/payment_evidence.c
  [[if (result->what == RESULT_NOT_CONNECTED) {]]
  [[if (result->what != RESULT_ANSWERED) {]])
kopeck_plant(charge_repeated_after_restart services/payment/payment_state.c
  [[invoice_at(self, row)->orphan = true]]
  [[invoice_at(self, row)->orphan = false]])
kopeck_plant(success_twice services/payment/payment_evidence.c
  [[else if (invoice->state != PAYMENT_SUCCEEDED)]]
  [[else]])
kopeck_plant(late_success_dropped services/payment/payment_evidence.c
  [[else if (invoice->state != PAYMENT_SUCCEEDED)]]
  [[else if (!invoice_is_closed(invoice))]])
kopeck_plant(amount_not_compared services/payment/payment_evidence.c
  [[else if (received != invoice->amount)]]
  [[else if (received < 0)]])
kopeck_plant(revoked_mandate_charged services/payment/payment_core.c
  [[if (!mandate || !mandate->live ||]]
  [[if (!mandate ||]])
kopeck_plant(revocation_leaves_the_charge services/payment/payment_evidence.c
  [[    if (account->charge == 0)
        return;]]
  [[    if (account->charge < UINT32_MAX)
        return;]])
kopeck_plant(old_request_charged services/payment/payment_core.c
  [[if (now - event->at > PAYMENT_REQUEST_AGE_US)]]
  [[if (now - event->at > DAY_US)]])
kopeck_plant(credit_not_compared services/payment/payment_core.c
  [[if (account->credit != request->credit)]]
  [[if (account->credit < request->credit)]])

# --- autopay ---
kopeck_plant(count_cap_off_by_one services/autopay/autopay_decide.c
  [[self->count >= self->count_max]]
  [[self->count > self->count_max]])
kopeck_plant(sum_cap_ignored services/autopay/autopay_decide.c
  [[after <= self->sum_max]]
  [[self->sum <= self->sum_max]])
kopeck_plant(month_in_utc proto/month.c
  [[int64_t local = at + MOSCOW_OFFSET_US]]
  [[int64_t local = at]])
kopeck_plant(month_by_rule services/autopay/autopay_state.c
  [[        if (reach_month(account, settled->month)) {
            account->count++;]]
  [[        if (reach_month(account, month_of(at))) {
            account->count++;]])
kopeck_plant(second_decision_while_open services/autopay/autopay_state.c
  [[bool pending = account->request ||]]
  [[bool pending =]])
kopeck_plant(credit_not_awaited services/autopay/autopay_state.c
  [[|| account->credit > self->view.payment]]
  [[]])
kopeck_plant(judged_while_behind services/autopay/autopay_judge.c
  [[    if (!out->input->current)
        return;]]
  [[]])
kopeck_plant(paced_after_the_decision services/autopay/autopay_judge.c
  [[    const view_row_t *row;
    autopay_inputs_t in = autopay_inputs(self, account, out->input->now, &row);]]
  [[    const view_row_t *row;
    autopay_inputs_t in = autopay_inputs(self, account, out->input->now, &row);
    if (agenda_in_crowd(agenda, number) && !agenda_turn_came(agenda, number))
        return;]]
  [[    if (verdict == AUTOPAY_CHARGE) {
        if (look]]
  [[    if (verdict == AUTOPAY_CHARGE || agenda_turn_came(agenda, number)) {
        if (look]])
kopeck_plant(backoff_ignored services/autopay/autopay_decide.c
  [[if (self->now < backoff_end(self))]]
  [[if (self->now < 0)]])
kopeck_plant(suspension_ignored services/autopay/autopay_state.c
  [[(account->suspended ? AUTOPAY_SUSPENDED : 0)]]
  [[0]])
