# plants_contacts.cmake - plants.cmake goes on, with what runs about notices to contacts are to find.

kopeck_plant(contact_no_answer_is_taken services/notify/notify_delivery.c
  [[    case WEBHOOK_AGAIN:
        break;
    }
    return DELIVERY_AGAIN;]]
  [[    case WEBHOOK_AGAIN:
        break;
    }
    return DELIVERY_TAKEN;]])
kopeck_plant(contact_of_before_is_told services/notify/notify_contact.c
  [[    return find_of_two(recalled, contact, true, ret_row);]]
  [[    return find_of_two(recalled, contact, false, ret_row) ||
           find_of_two(recalled, contact, true, ret_row);]])
kopeck_plant(contact_waits_behind_a_failure services/notify/notify_outbox.c
  [[    contact->last = contact->first ? contact->last : 0;
    offer(self, contact);]]
  [[    contact->last = contact->first ? contact->last : 0;
    if (!contact->doubtful)
        offer(self, contact);]])
kopeck_plant(contact_unheard_while_down services/node/node_streams.c
  [[    if (follower->mode == FOLLOWER_BOTH && sequence > follower->table_last)]]
  [[    if (follower->mode == FOLLOWER_BOTH && sequence <= follower->table_last)
        return;
    if (follower->mode == FOLLOWER_BOTH)]])
kopeck_plant(contact_gone_is_tried_again services/notify/notify_delivery.c
  [[    case WEBHOOK_DISABLE:
        return DELIVERY_GONE;]]
  [[    case WEBHOOK_DISABLE:
        return DELIVERY_AGAIN;]])
kopeck_plant(contact_told_newest_first services/notify/notify_outbox.c
  [[    contact->last = number + 1;
    contact->waiting++;]]
  [[    if (contact->last && contact->doubtful) {
        delivery(self, contact->last - 1)->after = 0;
        delivery(self, number)->after = contact->first;
        contact->first = number + 1;
    } else
        contact->last = number + 1;
    contact->waiting++;]])
kopeck_plant(contact_end_of_a_bonus_not_told services/notify/notify_decide_heard.c
  [[.kind = e->amount ? NOTICE_BONUS_ENDS : 0,]]
  [[.kind = e->amount < 0 ? NOTICE_BONUS_ENDS : 0,]])
kopeck_plant(contact_price_not_told_to_the_first services/notify/notify_price.c
  [[    uint64_t place = self->next;]]
  [[    uint64_t place = self->next ? self->next : 1;]])
foreach(plant no_answer_is_taken of_before_is_told waits_behind_a_failure unheard_while_down gone_is_tried_again
        told_newest_first end_of_a_bonus_not_told price_not_told_to_the_first)
  set(PLANT_PROFILE_contact_${plant} notices)
endforeach()
