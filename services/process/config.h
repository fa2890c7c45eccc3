#pragma once
// config - one ZPL file per process (https://rfc.zeromq.org/spec/4), read key by key with its type.
//
// A missing, malformed or out-of-range value is noted with file, line, key, value and what was
// expected; the first such error sticks, later reads yield the fallback, and config_check says it,
// so a program reads everything and asks once. config_check also refuses keys and sections that
// nobody asked for, and a second entry of one name is refused when the file is read: a misspelt
// limit, or one in a second section, must not be a silent default.
// Ownership: texts live as long as the config. Failures: config_check. Threads: one.
//
// The keys of every process (services/process/settings.c reads them; services add their own, and
// services/web/web_settings.h has those of web):
//
//   process/name                   of this instance; the default is the service's name
//   process/log                    debug, info (default), warn, error
//   process/clock                  wall (default) or driven: time moves by clock.set only
//   process/live_feed              1 (default); 0 never subscribes and polls the replay doors
//   process/ready_file             made when every door is open, removed at the end; none
//   process/sandbox                required (default), wanted or off: what happens on a kernel that
//                                  cannot do all of sandbox.h
//   journal/directory              of the journal, which must be there (`kopeck init`
//                                  makes one); or ENGINE:PLACE, the engine that
//                                  keeps it and where (store/journal.h)
//   journal/create                 0 (default); 1 makes a journal where there is none, for trials,
//                                  containers and tests: a volume that is not mounted is then taken
//                                  for a new journal
//   journal/standby                0 (default); 1 stands by while another process leads the
//                                  journal, and leads when that is gone (standby.h): a
//                                  postgresql: place
//   journal/epoch                  of a new journal; by default the Unix time at which it is made.
//                                  A larger one than a journal has renames its history, which one
//                                  put back from a backup needs: what was told since is not in
//                                  it
//   journal/segment_events         of a new journal, a power of two, default 16777216
//   side/keys                      of notify, documents and payment, each its own: file of the
//                                  master keys of what may be forgotten, or credential:NAME; its
//                                  form is in security/vault.h. None: nothing of the kind is kept.
//                                  A start with another key than before is refused
//   snapshots/events               behind the last snapshot, at which one is made (snapshots.h);
//                                  default 4194304; 0: none is made, and a start replays all
//   snapshots/seconds              likewise since the last one, if a sixteenth of these events
//                                  came; default 3600
//   endpoints/command              tcp:// or ipc://, of commands and queries
//   endpoints/replay               of reads of committed records
//   endpoints/publish              of the stream
//   endpoints/feed                 of pushed batches; none if the service takes none
//   certificates/secret            NAME.cert_secret, mode 0600, or credential:NAME.cert_secret
//   certificates/directory         public certificates of all who may come in
//   certificates/importers         of the ledger and of documents: 0 (default); 1 lets the role
//                                  importer in, which posts whatever kind without a limit (ledger:
//                                  back-fill and benchmarks), or brings bank statements (documents)
//   customers/issuer               `iss` of the platform's access tokens, which say who
//                                  is signed in; without it no face may speak for a
//                                  customer
//   customers/algorithm            ES256 (default) or RS256, of those tokens
//   customers/keys/NAME            one to four files of public keys (PEM) that verify them
//   follow/NAME/publish            for each stream we follow, NAME being metering, ledger, payment,
//   follow/NAME/replay             autopay: the doors of its process
//   follow/NAME/command
//   follow/NAME/certificate        and its public certificate file
//   feeds/NUMBER/publish           for each producer whose outbox we follow, from 100 on
//   feeds/NUMBER/replay
//   feeds/NUMBER/certificate
//   feeds/NUMBER/owner             for whom it acts, as a certificate's `owner`; itself
//   outside/https_only             1 (default); 0 also takes http, for tests on the loopback
//   outside/authorities            a file of certificates (PEM): a peer's must come from one of
//                                  them, instead of those that the system trusts; none
//   outside/timeout_ms             of a request that names no time-out, default 10000
//   mail/host                      of notify: the relay that takes e-mails; none: no e-mail is sent
//   mail/port                      default 587
//   mail/tls                       starttls (default), tls from the first byte on, or none, for
//                                  tests and a relay on this machine; the certificate is verified,
//                                  as of all that is outside
//   mail/user                      as whom we sign in; none: we do not
//   mail/password                  file of its password, or credential:NAME (secret.h)
//   mail/from                      the address that e-mails are from, and where refusals go
//   mail/timeout_ms                of an e-mail, default 30000
//   limits/disk_percent            used space at which facts are refused, default 80
//   limits/memory_mib              that it may allocate, from 64 on; default in services.def
//   limits/disk_reserve_mib        of the disk that no append takes, default 16
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFIG_ERROR_MAX = 512, CONFIG_KEY_MAX = 128, CONFIG_KEYS_MAX = 512 };

typedef struct config config_t;

// What the command line asks beside the file, a word such as `--check-snapshot`; at most one.
void config_ask(config_t *self, const char *word);
bool config_asked(const config_t *self, const char *word);
const char *config_file(const config_t *self); // as config_load got it
config_t *config_load(const char *file);       // never NULL; an unreadable file is its error
void config_destroy(config_t **self_p);

// `fallback` NULL means that the key must be there.
const char *config_text(config_t *self, const char *key, const char *fallback);
uint64_t config_number(config_t *self, const char *key, uint64_t fallback, uint64_t min,
                       uint64_t max);
bool config_flag(config_t *self, const char *key, bool fallback); // 0 or 1
// One of the NULL-terminated words; its index. `fallback` is an index too.
unsigned config_word(config_t *self, const char *key, const char *const *words, unsigned fallback);
bool config_has(config_t *self, const char *key); // key or section; is no reading of it
// The path of a file that holds a secret: the value, or for credential:NAME that of the credential
// which the supervisor lends to this process (LoadCredential= of systemd). What is no path of any
// file is not shown: it may be the secret.
const char *config_secret(config_t *self, const char *key, const char *fallback);
// The name of the index-th entry of a section, NULL past its end.
const char *config_entry(config_t *self, const char *section, size_t index);

// Notes an error of the caller's own making.
void config_refuse(config_t *self, const char *key, const char *value, const char *expected);
// The first error of what was read so far; NULL if there is none.
const char *config_error(const config_t *self);
// NULL if everything that was read is good and everything that is there was read.
const char *config_check(config_t *self);
