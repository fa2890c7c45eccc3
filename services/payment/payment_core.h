#pragma once
// payment_core - invoices, payments and mandates: whom we ask for money, what became of it, and who
// allowed us to ask again by himself.
//
// An invoice's number is committed before anything leaves. A charge leaves once: after that only
// evidence (a notice, a state answer, a named operator) says what became of it, and until then it
// is unknown. Only evidence of money credits. A mandate lives here, beside the request that uses
// it, so after a revocation is acknowledged no charge leaves.
//
// Units      Kopecks; instants in microseconds.
// Ownership  Settings are borrowed for the state's life, the shop's passwords among them.
// Failures   A bad signature, a wrong token in a redirect and an unknown invoice are one failure.
// Threads    One.
// Source     docs/rules.md "Top-ups and mandates", "Payments"; docs/robokassa.md.
#include "proto/core.h"
#include "services/payment/payment_settings.h"

extern const core_t payment_core;
