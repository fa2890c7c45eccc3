#pragma once
// documents_core - companies that pay by transfer: who they are, what they are to pay, and the
// transfers of bank statements that do, each once.
//
// It posts nothing: the ledger follows its stream and credits what is matched or assigned, and puts
// the rest into suspense. It follows nobody. Texts of people, purposes and payers' accounts among
// them, are in no event. Settings: none. Threads: one. Source: docs/rules.md "Transfers and
// papers".
#include "proto/core.h"

extern const core_t documents_core;
