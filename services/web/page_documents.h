#pragma once
// page_documents - the papers of an account whose company pays by transfer: the company, invoices
// with what became of them, a new one, and the acts of quarters.
//
// A form is one command: a company is registered, or an invoice issued, once however often it is
// sent. What stands in an address says nothing: that an invoice was made, the list says.
// Ownership, failures, threads: as web_visit.h. Source: docs/rules.md "Requisites", "Numbers of
// invoices", "Acts and advance invoices".
#include "services/web/web_visit.h"

web_step_fn page_documents_show, page_documents_company, page_documents_invoice;
