# plants_receipts.cmake - a part of plants.cmake.

# --- receipts ---
foreach(name second_receipt_under_another_number second_receipt_of_the_whole_lot lot_ended_while_held
             lot_ended_with_its_last_charge lot_of_a_lost_journal_unheard held_by_a_lost_ledger_for_ever
             refund_receipt_with_other_tax chargeback_on_a_receipt receipt_for_people_in_no_light
             erased_contact_keeps_its_row receipt_to_anothers_contact
             receipt_before_its_contact_is_known)
  set(PLANT_PROFILE_${name} receipts)
endforeach()
kopeck_plant(second_receipt_under_another_number services/payment/payment_form_receipt.c
  [[.number = payment_receipts_number(invoice, RECEIPT_SECOND),]]
  [[.number = payment_receipts_number(invoice, RECEIPT_SECOND) + receipt->progress.tries % 2,]])
kopeck_plant(second_receipt_of_the_whole_lot services/payment/payment_decide_receipt.c
  [[.used = receipted->amount - gone,]]
  [[.used = receipted->amount,]])
kopeck_plant(lot_ended_while_held services/payment/payment_decide_receipt.c
  [[    if (!receipted->held)
        end_now]]
  [[    if (!receipted->empty)
        end_now]])
kopeck_plant(lot_ended_with_its_last_charge services/payment/payment_decide_receipt.c
  [[receipted->lot < until)]]
  [[receipted->lot <= until)]])
kopeck_plant(lot_of_a_lost_journal_unheard services/payment/payment_decide_receipt.c
  [[    if (!number || input->event->cause.stream]]
  [[    if (!number || !payment_state_invoice(self, number) || input->event->cause.stream]])
kopeck_plant(held_by_a_lost_ledger_for_ever services/payment/payment_state.c
  [[payment_receipts_reseed(self->receipts, event->node_reseeded.sequence);]]
  [[payment_receipts_reseed(self->receipts, UINT64_MAX);]])
kopeck_plant(refund_receipt_with_other_tax services/payment/payment_form_refund.c
  [[payment_form_refund_item(&says,]]
  [[payment_form_refund_item(&settings->receipt,]])
kopeck_plant(chargeback_on_a_receipt services/payment/payment_decide_receipt.c
  [[    each_lot(posted, hand_lot, look);]]
  [[    (void)hand_lot;]])
kopeck_plant(receipt_for_people_in_no_light services/payment/payment_receipts.c
  [[    self->people += receipt->people && !receipt->settled ? by : 0;]]
  [[    self->people += receipt->people && receipt->settled ? by : 0;]])
kopeck_plant(erased_contact_keeps_its_row services/payment/payment_decide_contact.c
  [[    decision_erase_rows(out, &asked->account);]]
  [[    (void)decision_erase_rows;]])
kopeck_plant(receipt_to_anothers_contact services/payment/payment_decide_receipt.c
  [[.sought = {account_at(self, account)->key}]]
  [[.sought = {account_at(self, 0)->key}]])
kopeck_plant(receipt_before_its_contact_is_known services/payment/payment_decide_receipt.c
  [[    if (!ask && !find_contact(self, slot, &contact, out))
        return;]]
  [[    if (!ask)
        (void)find_contact(self, slot, &contact, out);]])
