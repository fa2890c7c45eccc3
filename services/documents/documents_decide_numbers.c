#include "services/documents/documents_decide_numbers.h"
#include "proto/month.h"
#include "services/documents/day.h"
#include "services/documents/documents_decide_act.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { DECIMAL_SIZE = 24 };

fail_t documents_decide_numbers_known(const documents_state_t *self, decision_t *out)
{
    return self->put_back
               ? decision_refuse(out, FAIL_STATE,
                                 "an older journal was put back: numbers may have been given that "
                                 "are lost; say the last ones by numbers.note")
               : FAIL_NONE;
}

// Of this year or one before.
static bool is_invoice(uint64_t number, uint64_t year)
{
    char text[DECIMAL_SIZE];
    int size = snprintf(text, sizeof text, "%0*" PRIu64, INVOICE_NUMBER_DIGITS, number);
    return size == INVOICE_NUMBER_DIGITS && invoice_number_is((span_t){text, (size_t)size}) &&
           number / 1000000000 <= year;
}

static bool is_paper(uint64_t number, uint64_t year)
{
    return number % ACT_SERIES > 0 && number / ACT_SERIES > 0 && number / ACT_SERIES <= year;
}

// The last invoice's number, made again of what is kept of it.
static uint64_t known_invoice(const documents_state_t *self)
{
    invoice_number_t number;
    if (!self->serial || !invoice_number_make(self->year, self->serial, &number))
        return 0;
    return strtoull(number.digits, NULL, 10);
}

fail_t documents_decide_numbers(const documents_state_t *self, const request_numbers_note_t *asked,
                                decision_t *out)
{
    uint64_t year = day_year((day_t)((out->input->now + MOSCOW_OFFSET_US) / DAY_US)) % 100;
    uint64_t known = known_invoice(self);
    if (!self->put_back)
        return decision_refuse(out, FAIL_STATE,
                               "no older journal was put back: numbers go on by themselves");
    if (asked->invoice && (!is_invoice(asked->invoice, year) || asked->invoice < known))
        return decision_refuse(out, FAIL_INVALID,
                               "invoice: expected 11 digits that are right by Luhn, of no later "
                               "year than this one, and not before the last one known");
    if (asked->act && (!is_paper(asked->act, year) || asked->act < self->act_last))
        return decision_refuse(out, FAIL_INVALID,
                               "act: expected an act's number of no later year than this one, and "
                               "not before the last one known");
    if (asked->shipment &&
        (!is_paper(asked->shipment, year) || asked->shipment < self->shipment_last))
        return decision_refuse(out, FAIL_INVALID,
                               "shipment: expected an advance or shipment invoice's number of no "
                               "later year than this one, and not before the last one known");
    decision_add(out, EVENT_numbers_noted)->numbers_noted = (event_numbers_noted_t){
        .invoice = asked->invoice ? asked->invoice : known,
        .act = asked->act ? asked->act : self->act_last,
        .shipment = asked->shipment ? asked->shipment : self->shipment_last};
    return FAIL_NONE;
}
