#pragma once
// options - what the command line is told by its one config file: who we are, and where each
// process and its journal are.
//
// The file is the first of: --config FILE, $KOPECK_CONFIG, ~/.config/kopeck.cfg. It is ZPL, read
// like the processes' own (services/process/config.h). Its keys:
//
//   certificate/secret   our NAME.cert_secret, mode 0600; its role says what we may do
//   NAME/command         for each process we talk to that has a journal, by its name
//   NAME/feed            ("ledger"): its doors, tcp:// or ipc://, as its own config binds them;
//   NAME/replay          only the ledger needs a feed
//   NAME/publish
//   NAME/certificate     and its public certificate file, NAME.cert
//   NAME/journal         directory of its journal, for `verify --offline`
//   seller/name          ours, for papers: name, inn, kpp, address, account, bank, bic, and
//                        correspondent, an account
//   seller/edi_id        with our operator of electronic documents; and who signs there:
//                        signer_position, signer_surname, signer_name, signer_patronymic
//   papers/directory     in which papers are kept as they were issued
//   robokassa_sim/url    of the Robokassa stand-in, http://HOST:PORT, for tools that drive it
//   timeout_ms           of one question, default 10000
//
// Every key may be missing; a command that needs it says so.
// Ownership: texts live as long as the options. Failures: options_load says what is wrong and
// returns NULL. Threads: one.
#include "proto/types.h"
#include "services/process/config.h"
#include "tools/paper/paper.h"

enum { OPTIONS_STREAMS = STREAM_END }; // indexed by stream; 0 is unused

typedef struct {
    const char *command, *feed, *replay, *publish, *certificate, *journal; // "" if not there
} options_process_t;

typedef struct {
    config_t *config;
    char file[4096];
    const char *secret; // "" if not there
    options_process_t processes[OPTIONS_STREAMS];
    const char *robokassa_sim_url;
    paper_party_t seller;  // "" what is not there
    const char *papers;    // where issued papers are kept
    const char *seller_id; // with an operator of electronic documents
    const char *signer_position, *signer_surname, *signer_name, *signer_patronymic;
    unsigned timeout_ms;
} options_t;

// `file` NULL means: look in the two other places.
options_t *options_load(const char *file);
void options_destroy(options_t **self_p);
