# plants_bonuses.cmake - faults of promo codes, and of bonuses that end or stand apart.

kopeck_plant(promo_one_use_too_many services/payment/promo_decide.c
  [[campaign->taken >= terms->in_all]]
  [[campaign->taken > terms->in_all]])
kopeck_plant(promo_budget_of_what_is_used_alone services/payment/promo_state.c
  [[    campaign->committed += most;]]
  [[    campaign->committed += 0 * most;]])
kopeck_plant(promo_welcome_beyond_its_budget services/payment/promo_state.c
  [[    campaign->committed += event->amount;]]
  [[    campaign->committed += 0 * event->amount;]])
kopeck_plant(promo_welcome_withheld services/ledger/ledger_decide_bonus.c
  [[                                .amount = welcomed->amount,]]
  [[                                .amount = welcomed->campaign ? 0 : welcomed->amount,]])
kopeck_plant(promo_late_money_brings_a_bonus services/payment/promo_decide.c
  [[    if (now >= held->until || (]]
  [[    if ((]])
kopeck_plant(promo_bonus_given_as_often_as_it_is_told services/ledger/ledger_decide_bonus.c
  [[    bool repeated = ledger_bonuses_find(&self->bonuses, &wish.reference) != NULL;]]
  [[    bool repeated = false;]])
kopeck_plant(promo_bonus_kept_after_a_chargeback services/ledger/ledger_bonus.c
  [[    row->returned += moved;]]
  [[    row->returned += chargeback ? 0 : moved;]])
kopeck_plant(ending_bonus_pays_after_its_end services/ledger/ledger_decide_fact.c
  [[        transfer.hour = end_of_hour(event->usage_charged.hour);]]
  [[        transfer.hour = 0 * end_of_hour(event->usage_charged.hour);]])
kopeck_plant(ending_bonus_spent_last services/ledger/ledger_purse.c
  [[return end_a != end_b ? end_a < end_b :]]
  [[return end_a != end_b && end_a != INT64_MAX && end_b != INT64_MAX ? end_a > end_b : end_a != end_b ? end_a < end_b :]])
kopeck_plant(ending_bonus_lapses_before_its_hour services/ledger/ledger_decide_ending.c
  [[    if (!first || last_hour(first) > self->closed)]]
  [[    if (!first)]])
kopeck_plant(ending_bonus_stays services/ledger/ledger_decide_ending.c
  [[    if (first && last_hour(first) <= end && end > self->closed)]]
  [[    if (first && last_hour(first) < 0 && end > self->closed)]])
kopeck_plant(apart_bonus_pays_any_service services/ledger/ledger_ending.c
  [[bool fits = !terms->category || terms->category == use->category;]]
  [[bool fits = !terms->category || terms->category <= use->category;]])
kopeck_plant(apart_bonus_begins_early services/ledger/ledger_decide_apart.c
  [[input->now < ledger_apart_due(self))]]
  [[input->now < ledger_apart_due(self) - HOUR_US)]])
kopeck_plant(apart_bonus_kept_at_a_chargeback services/ledger/ledger_state.c
  [[    if (row->apart)
        ledger_ending_claw]]
  [[    if (row->apart && taken < 0)
        ledger_ending_claw]])
kopeck_plant(old_account_counts_as_new services/payment/promo_accounts.c
  [[        return ((const noted_t *)table_row(&self->rows, row))->opened;]]
  [[        return now;]])
foreach(plant apart_bonus_pays_any_service apart_bonus_begins_early apart_bonus_kept_at_a_chargeback
        old_account_counts_as_new)
  set(PLANT_PROFILE_${plant} apart)
endforeach()
foreach(plant pays_after_its_end spent_last lapses_before_its_hour stays)
  set(PLANT_PROFILE_ending_bonus_${plant} promo)
endforeach()
foreach(plant welcome_beyond_its_budget welcome_withheld one_use_too_many budget_of_what_is_used_alone late_money_brings_a_bonus
        bonus_given_as_often_as_it_is_told bonus_kept_after_a_chargeback)
  set(PLANT_PROFILE_promo_${plant} promo)
endforeach()
