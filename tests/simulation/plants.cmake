# plants.cmake - faults of the kind the simulator is there for; PLANT_PROFILE_name says what the runs
# about that are to find that plant, if not of everything. Where the short form begins its search
# stands in plants_near.tsv.

# --- refunds ---
foreach(name refund_repeated_without_answer refund_repeated_after_restart failed_refund_held_for_ever
             refund_of_more_than_came unknown_refund_in_no_light money_above_a_limit_stays
             money_after_a_revocation_stays)
  set(PLANT_PROFILE_${name} refunds)
endforeach()
kopeck_plant(refund_repeated_without_answer services/payment/payment_refund.c
  [[    } else {
        self->state = PAYMENT_REFUND_UNKNOWN;]]
  [[    } else {
        self->state = PAYMENT_REFUND_APPROVED;]])
kopeck_plant(refund_repeated_after_restart services/payment/payment_refunds.c
  [[payment_agenda_take(&self->creates)) != HEAP_NONE;)]]
  [[HEAP_NONE) != HEAP_NONE;)]])
kopeck_plant(failed_refund_held_for_ever services/ledger/ledger_decide_refund.c
  [[(row->state != LEDGER_HOLD_HELD && row->state != LEDGER_HOLD_NOTED)]]
  [[(row->state != LEDGER_HOLD_NOTED)]])
kopeck_plant(refund_of_more_than_came services/payment/payment_decide_refund.c
  [[sum += refund->progress.state == PAYMENT_REFUND_DONE ? refund->progress.sum : 0;]]
  [[sum += refund->progress.sum < 0;]])

kopeck_plant(unknown_refund_in_no_light services/payment/payment_refunds.c
  [[return self->progress.state == PAYMENT_REFUND_UNKNOWN ||]]
  [[return]])

kopeck_plant(money_above_a_limit_stays services/payment/payment_unwanted.c
  [[return count > mandate->count_max ||]]
  [[return count > mandate->count_max + 1 ||]])
kopeck_plant(money_after_a_revocation_stays services/payment/payment_unwanted.c
  [[if (!mandate || (mandate->live &&]]
  [[if (!mandate || !mandate->live || (mandate->live &&]])

include(${CMAKE_CURRENT_LIST_DIR}/plants_receipts.cmake)

set(PLANT_PROFILE_chargeback_takes_the_oldest_lot promo)
kopeck_plant(chargeback_takes_the_oldest_lot services/ledger/ledger_decide_wish.c
  [[    transfer.lot = lot;]]
  [[    transfer.lot = 0;]])
set(PLANT_PROFILE_bonus_of_a_won_dispute_stays promo)
kopeck_plant(bonus_of_a_won_dispute_stays services/ledger/ledger_bonus.c
  [[ledger_bonus_share(row, row->returned) != row->due;]]
  [[ledger_bonus_share(row, row->returned) > row->due;]])

# --- the node and its shell ---
set(PLANT_PROFILE_charge_repeated_after_restart hard)
set(PLANT_PROFILE_proposal_forgotten_at_a_start persons)
set(PLANT_PROFILE_alone_above_the_limit persons)
kopeck_plant(proposal_forgotten_at_a_start services/node/node_batch.c
  [[    proposals_note(&self->proposals, event, sequence);]]
  [[    if (self->started)
        proposals_note(&self->proposals, event, sequence);]])
kopeck_plant(alone_above_the_limit services/node/allowances.c
  [[return amount <= self->alone_max &&]]
  [[return amount <= INT64_MAX &&]])
kopeck_plant(cursor_not_stored services/node/node.c
  [[*cursor = follower->cursor;]]
  [[(void)cursor[0].sequence;]])
kopeck_plant(view_believes_every_history services/node/node_start.c
  [[        if (cursor)
            follower_accept]]
  [[        if (cursor && follower->mode != FOLLOWER_VIEW)
            follower_accept]])
kopeck_plant(push_acknowledged_undurably services/node/node_feeds.c
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

// As the shell]]
  [[    else if (process->beside) {
        process->beside = false;
        end(world, process);
    } else
        turns_want(world, process, world->now, true);
}

// As the shell]])
kopeck_plant(duplicate_answered_from_uncommitted tests/simulation/turns.c
  [[    process->busy = true;
]]
  [[    node_committed(process->node);
    turns_want(world, process, world->now + SECOND_US, false);
]]
  [[    else
        finish(world, process);
}

// As the shell]]
  [[    else
        turns_want(world, process, world->now, true);
}

// As the shell]])
kopeck_plant(answers_of_the_batch_after services/node/node.c
  [[parcel_give(self->committed_parcel, ret_output)]]
  [[parcel_give(self->parcel, ret_output)]])
kopeck_plant(sender_of_a_feed_not_noted services/node/node_feeds.c
  [[    if (brings)
        note_sender(self, push);]]
  [[    if (brings && self->head.last < 2)
        note_sender(self, push);]])
kopeck_plant(sender_of_a_feed_forgotten_at_restart services/node/node_batch.c
  [[if (event->type == EVENT_feed_sent_by)]]
  [[if (event->type == EVENT_feed_sent_by && self->started)]])
kopeck_plant(command_ids_forgotten services/node/command_ids.c
  [[if (number == TABLE_NONE) {]]
  [[if (number != TABLE_NONE || number == TABLE_NONE) {]])
kopeck_plant(command_ids_evicted_by_arrival services/node/command_ids.c
  [[COMPACT_FIRST = 4096]]
  [[COMPACT_FIRST = 8]]
  [[if (made_ms(&row->id) + KEPT_MS >= self->newest_ms)]]
  [[if (i >= old.count / 2)]])
kopeck_plant(recall_returns_the_neighbour services/node/recall.c
  [[read_event(find, arg, search->least, buffer]]
  [[read_event(find, arg, search->least + 1, buffer]])
kopeck_plant(cursor_accepted_without_hash services/process/reader.c
  [[if (ask->from == 1 || memcmp(&ask->leaf, &none, sizeof none) == 0)]]
  [[if (ask->from >= 1)]])
kopeck_plant(older_epoch_goes_on services/node/node_feeds.c
  [[if (known && batch->epoch == known->epoch)]]
  [[if (known)]])
kopeck_plant(follower_takes_what_a_segment_repeats services/node/node_streams.c
  [[    if (!record_walk_from(record, sequence + 1, &walk))
        return; // it was taken already, or another is missing before it]]
  [[    walk = record_walk(record);]])
kopeck_plant(time_goes_back services/node/node_clock.c
  [[return now > stamp ? now : stamp;]]
  [[return now;]])
set(PLANT_PROFILE_doubt_forgotten_at_restart swarm) # of the mixed ones, clocks jump in that alone
kopeck_plant(doubt_forgotten_at_restart services/node/node_clock.c
  [[self->doubted = true;]]
  [[self->doubted = self->has_read;]])
kopeck_plant(sender_said_first services/node/node_batch.c
  [[    event_t *event = &decision->events[decision->count++];
    memset(]]
  [[    event_t *event = &decision->events[0];
    memmove(event + 1, event, decision->count++ * sizeof *event);
    memset(]])
set(PLANT_PROFILE_small_steps_never_add_up swarm)
kopeck_plant(small_steps_never_add_up services/node/node_clock.c
  [[if (!is_over(self->crept_us))]]
  [[if (!is_over(0 * self->crept_us))]])

set(PLANT_PROFILE_said_before_a_sleep_is_current autopay)
foreach(plant absurd_first_clock_taken clock_of_another_boot_believed borne_out_by_any_word)
  set(PLANT_PROFILE_${plant} swarm)
endforeach()
kopeck_plant(absurd_first_clock_taken services/node/node.c
  [[!node_clock_is_absurd(clock->now)]]
  [[clock->now]])
kopeck_plant(clock_of_another_boot_believed services/node/node_clock.c
  [[    if (self->before.now)
        return true;]]
  [[]])
kopeck_plant(said_before_a_sleep_is_current services/node/follower.c
  [[    self->asked = false;
    self->unvouched = true;
}]]
  [[    self->asked = false;
}]])
kopeck_plant(borne_out_by_any_word services/node/node_clock.c
  [[if (self->driven || is_over(self->reading.now - said) ||]]
  [[if (self->driven ||]])

set(PLANT_PROFILE_light_silent_about_the_clock swarm)
kopeck_plant(light_silent_about_the_clock services/node/node_light.c
  [[if (node_clock_is_doubted(&self->clock))]]
  [[if (node_clock_is_doubted(&self->clock) && !self->booted)]])
kopeck_plant(light_silent_about_a_stream services/node/node_light.c
  [[>= NODE_BEHIND_US)]]
  [[>= 60 * NODE_BEHIND_US)]])
kopeck_plant(light_silent_about_room services/node/node_light.c
  [[    if (self->full)]]
  [[    if (self->full && !self->booted)]])
kopeck_plant(light_red_for_ever services/node/alarms.c
  [[        if (self->rows[i].raised)]]
  [[        if (self->rows[i].raised || self->rows[i].code == ALARM_BEHIND)]])

# --- metering ---
kopeck_plant(remainder_dropped services/metering/metering_carry.c
  [[*carry = sum % CARRY_DENOMINATOR]]
  [[*carry = 0 * sum]])
kopeck_plant(remainder_of_deleted_dropped services/metering/metering_state.c
  [[    rows_account(self, meter->account)->carry = event->remainder;
    // What]]
  [[    // What]])
kopeck_plant(late_minute_billed_twice services/metering/metering_state.c
  [[        if (fresh.of[i].version == version)
            cells_bill(]]
  [[        if (fresh.of[i].version == version && hour >= self->closed)
            cells_bill(]])
kopeck_plant(late_minutes_not_collected services/metering/metering_hours.c
  [[(self->late_since / HOUR_US + 1) * HOUR_US + (instant_t)self->policy.settle_us;]]
  [[self->late_since;]])
kopeck_plant(billed_past_the_deletion services/metering/metering_decide_charging.c
  [[lines_collect(self, meter, lines->hours[i], at, true, lines);]]
  [[lines_collect(self, meter, lines->hours[i], DELETED_NEVER, true, lines);]])

set(PLANT_PROFILE_run_of_a_silent_one_billed silences)
kopeck_plant(run_of_a_silent_one_billed services/metering/metering_fresh.c
  [[vouched && deleted == DELETED_NEVER ? evidence_until]]
  [[vouched && deleted < 0 ? evidence_until]])
set(PLANT_PROFILE_one_heard_again_not_billed silences)
kopeck_plant(one_heard_again_not_billed services/metering/metering_evidence.c
  [[    to = to < closed ? to : closed;]]
  [[    to = began;]])

set(PLANT_PROFILE_run_told_too_late_goes_on billing)
kopeck_plant(run_told_too_late_goes_on services/metering/metering_decide_feed.c
  [[from > item->at ? item->at : 0};]]
  [[0};]])
set(PLANT_PROFILE_run_told_too_late_is_billed silences)
kopeck_plant(run_told_too_late_is_billed services/metering/metering_fresh.c
  [[mask_between(hour, point->from, to)]]
  [[mask_between(hour, point->at, to)]])

set(PLANT_PROFILE_stop_told_late_gives_nothing_back billing)
kopeck_plant(stop_told_late_gives_nothing_back services/metering/metering_decide_feed.c
  [[    if (rows_find(&self->replicas, &e->replica))
        credit_stop(]]
  [[    if (!number)
        credit_stop(]])

set(PLANT_PROFILE_stop_heard_last_holds billing)
kopeck_plant(stop_heard_last_holds services/metering/metering_decide_feed.c
  [[if (!points_holds(0, said_at(self, number, item->at)))]]
  [[if (said_at(self, number, item->at) == 0)]])
set(PLANT_PROFILE_start_heard_last_holds billing)
kopeck_plant(start_heard_last_holds services/metering/metering_decide_feed.c
  [[if (!points_holds(named.code, said_at(self, known, item->at)))]]
  [[if (said_at(self, known, item->at) == named.code)]])
set(PLANT_PROFILE_start_told_late_corrects_nothing billing)
kopeck_plant(start_told_late_corrects_nothing services/metering/metering_decide_feed.c
  [[    if (known)
        credit_start(]]
  [[    if (!named.code)
        credit_start(]])
set(PLANT_PROFILE_first_word_on_a_deletion_holds billing)
kopeck_plant(first_word_on_a_deletion_holds services/metering/metering_decide_feed.c
  [[} else if (item->at < resource->deleted) {]]
  [[} else if (item->at < 0) {]])

# --- the ledger ---
set(PLANT_PROFILE_given_back_to_the_wrong_wallet billing)
kopeck_plant(given_back_to_the_wrong_wallet services/ledger/ledger_decide_credit.c
  [[.bonus = bonus_of(noted, taken.bonus)]]
  [[.bonus = 0 * taken.bonus]])
kopeck_plant(account_opened_by_a_mistyped_id services/ledger/ledger_decide_wish.c
  [[else if (!wish->opens)]]
  [[else if (false && !wish->opens)]])
kopeck_plant(bonus_and_cash_charged services/ledger/ledger_transfer.c
  [[kopecks_t cash = transfer->amount - bonus;]]
  [[kopecks_t cash = transfer->amount;]])
kopeck_plant(lots_not_named services/ledger/ledger_transfer.c
  [[if (count > 1 || (count && more))]]
  [[if (count > 1 && more)]])
kopeck_plant(refund_of_the_oldest_lot services/ledger/ledger_unnamed.c
  [[walk.kept = walk.kept > posted->amount ? walk.kept - posted->amount : 0;]]
  [[walk.kept = 0;]])
kopeck_plant(debt_that_no_credit_repays services/ledger/ledger_unnamed.c
  [[    if (bonus)
        ledger_lots_deposit]]
  [[    if (bonus || lot.amount)
        ledger_lots_deposit]])
kopeck_plant(used_up_lot_named_again services/ledger/ledger_purse.c
  [[    purse->cover = ledger_purse_lot(self, first)->left;
    purse->number =]]
  [[    purse->cover = ledger_purse_lot(self, first)->left;
    purse->number = purse->spent && !purse->bonus ? ledger_purse_lot(self, purse->spent)->number :]])
kopeck_plant(lot_spent_twice services/ledger/ledger_purse.c
  [[    ledger_purse_lot(self, current)->left = purse->cover;]]
  [[    (void)current;]])

# --- payment ---
kopeck_plant(new_invoice_on_retry services/payment/payment_decide_judgement.c
  [[        payment_invoice_send(invoice_number(charge), charge->attempt + 1, out);
]]
  [[    {
        payment_evidence_unknown(charge, UNKNOWN_NO_ANSWER, out);
        event_payment_created_t *e =
            payment_invoice_create(self, &account_at(self, charge->account)->key, charge->amount, out);
        e->kind = PAYMENT_KIND_AUTOPAY;
        e->request = charge->request;
        e->parent = charge->parent;
        e->mandate = charge->mandate;
        e->expires = charge->expires;
        payment_invoice_send(e->invoice, 1, out);
    }
]])
kopeck_plant(charge_repeated_without_answer services/payment/payment_decide_evidence.c
  [[if (result->what == RESULT_NOT_CONNECTED) {]]
  [[if (result->what != RESULT_ANSWERED) {]])
kopeck_plant(charge_repeated_after_restart services/payment/payment_state.c
  [[invoice_at(self, row)->orphan = true]]
  [[invoice_at(self, row)->orphan = false]])
kopeck_plant(success_twice services/payment/payment_decide_evidence.c
  [[else if (invoice->state != PAYMENT_SUCCEEDED)]]
  [[else]])
kopeck_plant(late_success_dropped services/payment/payment_decide_evidence.c
  [[else if (invoice->state != PAYMENT_SUCCEEDED)]]
  [[else if (!invoice_is_closed(invoice))]])
kopeck_plant(amount_not_compared services/payment/payment_decide_evidence.c
  [[else if (received != invoice->amount)]]
  [[else if (received < 0)]])
kopeck_plant(revoked_mandate_charged services/payment/payment_decide_charge.c
  [[if (!mandate || !mandate->live ||]]
  [[if (!mandate ||]])
kopeck_plant(revocation_leaves_the_charge services/payment/payment_decide_evidence.c
  [[    if (account->charge == 0)
        return;]]
  [[    if (account->charge < UINT32_MAX)
        return;]])
kopeck_plant(old_request_charged services/payment/payment_decide_charge.c
  [[if (event->at < now - PAYMENT_REQUEST_AGE_US)]]
  [[if (event->at < now - DAY_US)]])
kopeck_plant(credit_not_compared services/payment/payment_decide_charge.c
  [[return account->credit == request->credit ||]]
  [[return account->credit >= request->credit ||]])

# --- autopay ---
kopeck_plant(count_cap_off_by_one services/autopay/autopay_verdict.c
  [[self->count >= self->count_max]]
  [[self->count > self->count_max]])
kopeck_plant(sum_cap_ignored services/autopay/autopay_verdict.c
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
kopeck_plant(judged_while_behind services/autopay/autopay_decide_judgement.c
  [[    if (!out->input->current)
        return;]]
  [[]])
kopeck_plant(paced_after_the_decision services/autopay/autopay_decide_judgement.c
  [[    const autopay_view_row_t *row;
    autopay_inputs_t in = autopay_inputs(self, account, out->input->now, &row);]]
  [[    const autopay_view_row_t *row;
    autopay_inputs_t in = autopay_inputs(self, account, out->input->now, &row);
    if (autopay_agenda_in_crowd(agenda, number) && !autopay_agenda_turn_came(agenda, number))
        return;]]
  [[    if (verdict == AUTOPAY_CHARGE) {
        if (look]]
  [[    if (verdict == AUTOPAY_CHARGE || autopay_agenda_turn_came(agenda, number)) {
        if (look]])
kopeck_plant(backoff_ignored services/autopay/autopay_verdict.c
  [[if (self->now < backoff_end(self))]]
  [[if (self->now < 0)]])
kopeck_plant(suspension_ignored services/autopay/autopay_state.c
  [[(account->suspended ? AUTOPAY_SUSPENDED : 0)]]
  [[0]])

kopeck_plant(refund_charges services/autopay/autopay_state.c
  [[(returned ? AUTOPAY_RETURNED : 0)]]
  [[(returned ? 0 : 0)]])
kopeck_plant(refund_suspends_nobody services/autopay/autopay_decide_payment.c
  [[else if (event->type == EVENT_mandate_refunded)]]
  [[else if (event->type == EVENT_mandate_refunded && event->at < 0)]])
kopeck_plant(chargeback_unheard services/payment/payment_decide.c
  [[input->event->type == EVENT_posted]]
  [[input->event->type == EVENT_posted && input->event->posted.kind != POSTING_CHARGEBACK]])

# --- an older journal of payment is put back ---
foreach(plant credited_numbers_forgotten_at_a_reseed restored_numbers_begin_below
              decision_of_a_lost_journal_sent_again
              success_of_a_lost_journal_counted_again mandate_of_a_lost_journal_revived
              late_money_of_a_lost_journal_not_asked_for
              credit_of_a_lost_journal_not_awaited balance_by_another_history_believed)
  set(PLANT_PROFILE_${plant} restored)
endforeach()
kopeck_plant(credited_numbers_forgotten_at_a_reseed services/ledger/ledger_state.c
  [[    self->reseeded = true;
    for]]
  [[    self->reseeded = true;
    ledger_credited_release(&self->credited);
    for]])
kopeck_plant(restored_numbers_begin_below services/payment/payment_state.c
  [[    self->number = number > self->number ? number : self->number;]]
  [[    (void)number;]])
kopeck_plant(decision_of_a_lost_journal_sent_again services/payment/payment_state.c
  [[self->suspects = true;]]
  [[self->suspects = false;]])
kopeck_plant(late_money_of_a_lost_journal_not_asked_for services/payment/payment_work.c
  [[    payment_agenda_set(&self->work->questions, invoice_row(self, invoice), at);
    return true;]]
  [[    return true;]])
kopeck_plant(success_of_a_lost_journal_counted_again services/autopay/autopay_state.c
  [[return table_find(&self->counted, &key) != TABLE_NONE;]]
  [[return table_find(&self->counted, &key) == TABLE_NONE - 1;]])
kopeck_plant(mandate_of_a_lost_journal_revived services/autopay/autopay_decide_payment.c
  [[    if (known) {]]
  [[    if (known && known->state != MANDATE_REVOKED) {]])
kopeck_plant(credit_of_a_lost_journal_not_awaited services/autopay/autopay_view.c
  [[    self->payment = last;]]
  [[    (void)last;]])

kopeck_plant(balance_by_another_history_believed services/node/node_streams.c
  [[another = another || (its && ours->epoch && its != ours->epoch);]]
  [[another = another || (its && ours->epoch && its == UINT64_MAX);]])

# --- what only crowds reach: batches, hours, tables and statements with borders ---
foreach(plant lowered_limit_not_held lowered_limit_not_noted)
  set(PLANT_PROFILE_${plant} autopay)
endforeach()
kopeck_plant(lowered_limit_not_held services/payment/payment_decide_charge.c
  [[if (is_above(request, mandate))]]
  [[if (is_above(request, mandate) && !mandate->live)]])
kopeck_plant(lowered_limit_not_noted services/autopay/autopay_decide_payment.c
  [[noted->count_max = said->count_max;]]
  [[noted->count_max += said->count_max == 0;]])
foreach(plant facts_beyond_a_full_batch_lost usage_amid_a_closing_lost carry_of_two_kinds_lost
              events_amid_pages_lost account_at_a_page_border_lost row_at_a_page_border_lost)
  set(PLANT_PROFILE_${plant} crowd)
endforeach()
kopeck_plant(facts_beyond_a_full_batch_lost services/node/node_streams.c
  [[        if (node_is_full(self))
            break;
        event_t *event]]
  [[        if (node_is_full(self)) {
            sequence = walk.sequence + walk.left;
            break;
        }
        event_t *event]])
kopeck_plant(usage_amid_a_closing_lost services/metering/metering_state.c
  [[            if (fresh.count) {]]
  [[            if (fresh.count > HOUR_MINUTES) {]])
kopeck_plant(carry_of_two_kinds_lost services/metering/metering_decide_charging.c
  [[        kopecks_t amount = carry_move(carries[i], &of_account);]]
  [[        of_account = rows_account(self, resource->account)->carry;
        kopecks_t amount = carry_move(carries[i], &of_account);]])
kopeck_plant(events_amid_pages_lost services/node/node_streams.c
  [[    follower->table_row = page->next;]]
  [[    follower->table_row = page->next;
    follower->table_last = page->last;]]
  [[    if (follower->mode == FOLLOWER_VIEW) {
        self->core->observe]]
  [[    if (follower->mode == FOLLOWER_VIEW) {
        if (sequence > follower->table_last)
            self->core->observe]])
kopeck_plant(account_at_a_page_border_lost services/ledger/ledger_query.c
  [[return end < count ? end : 0;]]
  [[return end < count ? end + 1 : 0;]])
kopeck_plant(row_at_a_page_border_lost services/ledger/ledger_reader.c
  [[.next = more ? cursor.sequence : 0,]]
  [[.next = more ? cursor.event.posted.previous : 0,]])

# --- a second process at the doors ---
kopeck_plant(parted_for_ever services/node/follower.c
  [[    self->trouble = NULL;]]
  [[    if (self->trouble)
        return;]])

# --- witnesses ---
kopeck_plant(root_of_another_moment services/process/reader.c
  [[tree_root(&self->head->tree, &out->root)]]
  [[tree_root(&self->head->tail, &out->root)]])
kopeck_plant(goes_on_behind_an_end services/node/node.c
  [[    self->ends = true;]]
  [[    self->ends = true;
    node_emit(self, EVENT_node_ended, &(cause_t){0},
              &(event_node_ended_t){.term = self->head.term}, sizeof(event_node_ended_t));]])

# --- transfers ---
set(PLANT_PROFILE_transfer_of_a_paid_invoice_credited transfers)
set(PLANT_PROFILE_likeness_credited transfers)
set(PLANT_PROFILE_transfer_assigned_by_one transfers)
set(PLANT_PROFILE_transfer_received_again transfers)
set(PLANT_PROFILE_suspense_posted_as_revenue transfers)
kopeck_plant(transfer_of_a_paid_invoice_credited services/documents/documents_decide_transfer.c
  [[invoice->paid > 0};]]
  [[false};]])
kopeck_plant(likeness_credited services/documents/documents_state.c
  [[return row && row->statement !=]]
  [[return false && row->statement !=]])
kopeck_plant(transfer_assigned_by_one services/documents/documents_decide.c
  [[return says ? INT64_MAX : 0;]]
  [[return says ? 0 : 0;]])
kopeck_plant(transfer_received_again services/documents/documents_decide_transfer.c
  [[    if (documents_state_transfer(self, &e.identity))]]
  [[    if (e.amount % 2 && documents_state_transfer(self, &e.identity))]])
kopeck_plant(suspense_posted_as_revenue services/ledger/ledger_decide_bank.c
  [[        transfer.credit = SYSTEM_SUSPENSE;]]
  [[        transfer.credit = SYSTEM_REVENUE;]])

include(${CMAKE_CURRENT_LIST_DIR}/plants_settlement.cmake)

# --- acts ---
foreach(plant late_usage_in_no_act bonus_charged_in_an_act last_hour_in_the_next_act)
  set(PLANT_PROFILE_${plant} acts)
endforeach()
kopeck_plant(late_usage_in_no_act services/documents/act_fold.c
  [[act_period_for(hour_end, account->issued) <= self->quarter;]]
  [[act_period_of(hour_end) == self->quarter;]])
kopeck_plant(bonus_charged_in_an_act services/documents/act_fold.c
  [[        line->amount += bucket->amount - bucket->bonus;]]
  [[        line->amount += bucket->amount;]])
kopeck_plant(last_hour_in_the_next_act services/documents/act_period.c
  [[return month_of(hour_end - 1) / MONTHS;]]
  [[return month_of(hour_end) / MONTHS;]])

# --- files and tokens ---
foreach(name disk_hour_added_up disk_first_sample_holds tokens_told_twice_count_twice tokens_priced_as_minutes)
  set(PLANT_PROFILE_${name} counted)
endforeach()
kopeck_plant(disk_hour_added_up services/metering/metering_decide_count.c
  [[add(b, &counted, 0, quantity - before, (uid_t16){{0}});]]
  [[add(b, &counted, 0, quantity, (uid_t16){{0}});]])
kopeck_plant(disk_first_sample_holds services/metering/metering_decide_count.c
  [[    if (quantity <= before)]]
  [[    if (before)]])
kopeck_plant(tokens_told_twice_count_twice services/metering/metering_decide_count.c
  [[    if (request)
        return compare(request, &counted);]]
  [[    if (request && compare(request, &counted))
        return FAIL_CONFLICT;]])
kopeck_plant(tokens_priced_as_minutes services/metering/metering_decide_charging.c
  [[carry_unit(meter->kind), carry)]]
  [[carry_unit(meter->kind == RESOURCE_INPUT ? RESOURCE_COMPUTE : meter->kind), carry)]])

include(plants_bonuses.cmake)
include(plants_closings.cmake)

# --- the ladder ---
kopeck_plant(ladder_said_twice services/notify/notify_decide.c
  [[    out->more = out->count > 0;
    if (out->more || !out->input->current)]]
  [[    if (!out->input->current)]])
kopeck_plant(ladder_stops_who_has_money services/notify/notify_ladder.c
  [[if (self->money < 0)
        return judge_owing]]
  [[if (self->money < 100)
        return judge_owing]])
kopeck_plant(ladder_warning_never_taken_back services/notify/notify_ladder.c
  [[self->money > self->said || eased]]
  [[self->money < self->said]])
kopeck_plant(ladder_burns_late_minutes services/notify/notify_view.c
  [[line->reason != CHARGED_HOUR || sequence]]
  [[sequence]])
kopeck_plant(ladder_freezes_at_once services/notify/notify_ladder.c
  [[return due ? LADDER_FROZEN : LADDER_STOPPED;]]
  [[return due || self->said < -1000 ? LADDER_FROZEN : LADDER_STOPPED;]])
kopeck_plant(ladder_forgets_its_alarms services/notify/notify_decide.c
  [[notify_agenda_set_alarm(self->agenda, number, ladder_until(&in));]]
  [[notify_agenda_set_alarm(self->agenda, number, INT64_MAX);]])
kopeck_plant(ladder_believes_another_ledger services/notify/notify_decide.c
  [[bool ours = out->input->vouched >> FOLLOWS_LEDGER & 1;]]
  [[bool ours = true;]])
foreach(plant said_twice stops_who_has_money warning_never_taken_back burns_late_minutes
        freezes_at_once forgets_its_alarms believes_another_ledger)
  set(PLANT_PROFILE_ladder_${plant} notices)
endforeach()

include(${CMAKE_CURRENT_LIST_DIR}/plants_contacts.cmake)

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
  file(APPEND ${CMAKE_CURRENT_BINARY_DIR}/plants.tsv "${plant}\t${file}\t${profile}\n")
endforeach()
