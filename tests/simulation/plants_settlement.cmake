# plants_settlement.cmake - a part of plants.cmake.

# --- settlement with Robokassa ---
foreach(name settled_stays_in_suspense fee_in_no_books payout_settled_for_more)
  set(PLANT_PROFILE_${name} settlement)
endforeach()
kopeck_plant(settled_stays_in_suspense services/documents/documents_state.c
  [[close_transfer(state, &event->transfer_settled.identity);]]
  [[(void)&close_transfer;]])
kopeck_plant(fee_in_no_books services/ledger/ledger_decide_bank.c
  [[return fail || !kept.amount ? fail]]
  [[return fail || kept.amount ? fail]])
kopeck_plant(payout_settled_for_more services/ledger/ledger_decide_bank.c
  [[    kept.amount = fact->fee;]]
  [[    kept.amount = fact->fee + (fact->fee > 0);]])

# --- second payments ---
foreach(name second_payment_taken_of_its_customer first_payment_goes_back_for_the_second second_payment_stays)
  set(PLANT_PROFILE_${name} settlement)
endforeach()
kopeck_plant(second_payment_taken_of_its_customer services/ledger/ledger_decide_refund.c
  [[return by_itself == UNWANTED_SECOND;]]
  [[return by_itself == UNWANTED_SECOND + 1;]])
kopeck_plant(first_payment_goes_back_for_the_second services/payment/payment_decide_refund.c
  [[    if (!second && invoice->mismatch != MISMATCH_SECOND)]]
  [[    if (second || invoice->mismatch != MISMATCH_SECOND)]])
kopeck_plant(second_payment_stays services/payment/payment_decide_evidence.c
  [[    if (out->count > before)
        payment_refund_second]]
  [[    if (out->count < before)
        payment_refund_second]])
