# plants_closings.cmake - plants.cmake goes on, with what runs about closed accounts are to find.

# --- closed accounts, credit, notice before a payment, cards ---
kopeck_plant(closed_account_is_paid services/ledger/ledger_decide_fact.c
  [[if (!why && ledger_closing_is(self, &payment->account))]]
  [[if (why && ledger_closing_is(self, &payment->account))]])
kopeck_plant(closed_account_keeps_its_bonus services/ledger/ledger_state.c
  [[bool waits = row->closed && ledger_state_bonus_left(self, row) != 0;]]
  [[bool waits = row->closed && ledger_state_bonus_left(self, row) == 1;]])
kopeck_plant(closed_account_keeps_its_consent services/payment/payment_closing.c
  [[if (closed && account)]]
  [[if (!closed && account)]])
kopeck_plant(closed_account_tops_up services/payment/payment_decide_command.c
  [[if (account && account->closed)]]
  [[if (account && account->closed && account->topped_up)]])
kopeck_plant(closed_account_unheard_by_autopay services/autopay/autopay_view.c
  [[account_closed.account)->closed = true;]]
  [[account_closed.account)->closed = false;]])
kopeck_plant(limit_lent_alone services/ledger/ledger_decide_wish.c
  [[    case REQUEST_credit_limit:
        return INT64_MAX;]]
  [[    case REQUEST_credit_limit:
        return 0;]])
kopeck_plant(limit_forgotten_by_a_payment services/ledger/ledger_transfer.c
  [[!ledger_row_is_exhausted(self, &row)]]
  [[ledger_row_balance(&row) >= 0]])
kopeck_plant(charged_before_its_notice_is_over services/autopay/autopay_state.c
  [[return account->earliest ? now < account->earliest]]
  [[return account->earliest ? now + HOUR_US < account->earliest]])
kopeck_plant(charged_without_notice services/autopay/autopay_state.c
  [[: self->policy.prenotice_us > 0;]]
  [[: self->policy.prenotice_us > 0 && !account->last;]])
kopeck_plant(card_that_is_gone_is_charged services/autopay/autopay_state.c
  [[        account->no_card = true;]]
  [[        account->no_card = false;]])
foreach(plant closed_account_is_paid closed_account_keeps_its_bonus closed_account_keeps_its_consent
        closed_account_tops_up closed_account_unheard_by_autopay limit_lent_alone limit_forgotten_by_a_payment
        charged_before_its_notice_is_over charged_without_notice card_that_is_gone_is_charged)
  set(PLANT_PROFILE_${plant} closings)
endforeach()
