# plants.cmake - faults of the kind the simulator is there for; PLANT_PROFILE_name says what the runs
# are about that are to find that plant, if not of everything. PLANT_SEED_name is a seed at or before
# the first that found it, where that was a long way: the short form begins there (planted --near).
set(PLANT_SEED_charge_repeated_after_restart 40)
set(PLANT_SEED_cursor_accepted_without_hash 25)
set(PLANT_SEED_doubt_forgotten_at_restart 16)
set(PLANT_SEED_judged_while_behind 25)
set(PLANT_SEED_time_goes_back 12)
set(PLANT_SEED_paced_after_the_decision 12)

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
set(PLANT_PROFILE_cursor_accepted_without_hash billing) # in which the ledger is put back most often
kopeck_plant(cursor_accepted_without_hash services/common/reader.c
  [[if (ask->from == 1 || memcmp(&ask->leaf, &none, sizeof none) == 0)]]
  [[if (ask->from >= 1)]])
kopeck_plant(older_epoch_goes_on services/common/node_doors.c
  [[if (known && batch->epoch == known->epoch)]]
  [[if (known)]])
kopeck_plant(time_goes_back services/common/node_clock.c
  [[    if (now > self->head.time)
]]
  [[]])
set(PLANT_PROFILE_doubt_forgotten_at_restart swarm) # of the mixed ones, clocks jump in that alone
kopeck_plant(doubt_forgotten_at_restart services/common/node_clock.c
  [[self->clock_doubted = true;]]
  [[self->clock_doubted = self->started;]])

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
  [[        add_sent(invoice_number(charge), charge->attempt + 1, out);
]]
  [[    {
        payment_evidence_unknown(charge, UNKNOWN_NO_ANSWER, out);
        event_payment_created_t *e =
            add_created(self, &account_at(self, charge->account)->key, charge->amount, out);
        e->kind = PAYMENT_KIND_AUTOPAY;
        e->request = charge->request;
        e->parent = charge->parent;
        e->mandate = charge->mandate;
        e->expires = charge->expires;
        add_sent(e->invoice, 1, out);
    }
]])
kopeck_plant(charge_repeated_without_answer services/payment/payment_evidence.c
  [[if (result->what == RESULT_NOT_CONNECTED) {]]
  [[if (result->what != RESULT_ANSWERED) {]])
set(PLANT_PROFILE_charge_repeated_after_restart autopay)
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
  [[if (event->at < now - PAYMENT_REQUEST_AGE_US)]]
  [[if (event->at < now - DAY_US)]])
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

file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/plants.tsv "")
get_property(plants DIRECTORY PROPERTY KOPECK_PLANTS)
foreach(plant ${plants})
  kopeck_plant_program(simulate_plant_${plant} ${plant} SOURCES $<TARGET_OBJECTS:simulate_main>
                       LINKS simulation)
  get_property(file DIRECTORY PROPERTY KOPECK_PLANT_${plant})
  set(profile mixed)
  if(PLANT_PROFILE_${plant})
    set(profile ${PLANT_PROFILE_${plant}})
  endif()
  set(seed 1)
  if(PLANT_SEED_${plant})
    set(seed ${PLANT_SEED_${plant}})
  endif()
  file(APPEND ${CMAKE_CURRENT_BINARY_DIR}/plants.tsv "${plant}\t${file}\t${profile}\t${seed}\n")
endforeach()
