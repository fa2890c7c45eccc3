#pragma once
// payment - the states of a payment and the reasons it is declined for, as they stand in events.
// Source: the billing rules, "payment state machine"; Robokassa's protocol §4.1, §9.

typedef enum { PAYMENT_KIND_TOPUP = 1, PAYMENT_KIND_AUTOPAY = 2 } payment_kind_t;

typedef enum {
    PAYMENT_CREATED = 1, // the invoice number is taken; of a top-up: the payer was sent the link
    PAYMENT_SENT = 2,    // the request may have left
    PAYMENT_PENDING = 3, // Robokassa accepted the request; no money yet
    PAYMENT_UNKNOWN = 4, // nobody knows; asked about until there is evidence
    PAYMENT_SUCCEEDED = 5,
    PAYMENT_DECLINED = 6,
    PAYMENT_EXPIRED = 7,   // a top-up nobody paid in time; a later notice still credits
    PAYMENT_MISMATCHED = 8 // an operator must decide
} payment_state_t;

typedef enum {
    DECLINE_NONE = 0,
    DECLINE_REJECTED = 1,    // Robokassa's synchronous answer, with its code
    DECLINE_STATE_10 = 2,    // cancelled, no money received
    DECLINE_STATE_60 = 3,    // money went back to the payer
    DECLINE_NOT_ARRIVED = 4, // "no such operation" for 30 minutes on end
    DECLINE_STALE = 5,       // ours, nothing sent: the request did not know a later credit
    DECLINE_EXPIRED = 6,     // ours, nothing sent: the request was older than 15 minutes
    DECLINE_REVOKED = 7,     // ours, nothing sent: the mandate is not live
    DECLINE_BUSY = 8,        // ours, nothing sent: another payment of the account is open
    DECLINE_AMOUNT = 9,      // ours, nothing sent: not the mandate's amount
    DECLINE_OPERATOR = 10    // closed by a named operator
} decline_t;
