#pragma once
// documents_core - companies that pay by transfer: who they are, what they are to pay, and the
// transfers of bank statements that do, each once.
//
// It posts nothing: the ledger follows its stream and credits what is matched or assigned, and puts
// the rest into suspense. It follows nobody. Texts of people, purposes and payers' accounts among
// them, are in no event: of a transfer in suspense they lie in the side store. Settings: NULL for
// none. Threads: one. Source: docs/rules.md "Transfers and papers".
#include "proto/core.h"

typedef struct {
    bool rows; // the process has the keys of a side store
} documents_settings_t;

extern const core_t documents_core;
