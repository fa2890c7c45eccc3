#pragma once
// settings - what every process is told by its config file, whatever its core: config.h lists the
// keys.
//
// Ownership: texts borrow from the config. Failures: noted in the config; ask config_check after
// the service has read its own keys too. Threads: any, once filled.
#include "services/process/config.h"
#include "services/process/outside_mail.h"
#include "services/node/node.h"
#include "services/process/security/sandbox.h"
#include "services/process/security/access_token.h"

// What a process is asked by the command line instead of running (snapshot_audit.h).
#define SETTINGS_CHECK "--check-snapshot"

// Another process whose stream we follow; `command` is empty for a producer of a feed.
typedef struct {
    stream_t stream;
    const char *name, *publish, *replay, *command, *certificate, *owner;
} settings_peer_t;

typedef struct {
    const char *file; // of the configuration
    const char *name;
    int log_level;
    bool driven, live_feed;
    const char *ready_file; // "" for none
    sandbox_mode_t sandbox;
    unsigned memory_mib;     // 0 for the sandbox's own
    const char *journal;     // where, for journal_open
    bool standby;            // it follows the journal until its writer is gone
    bool create;             // a journal, where there is none
    uint64_t epoch;          // of a new or a restored journal; 0 for the time at which it is made
    uint64_t segment_events; // 0 for what is there
    const char *side_keys;   // file of the side store's master keys; "" for none
    bool snapshot_audit;     // the newest snapshot is held against the journal, and that is all
    uint64_t snapshot_events, snapshot_seconds;    // events 0: none is made, and none loaded
    const char *command, *feed, *replay, *publish; // feed may be ""
    const char *secret, *certificates;
    bool importers;           // certificates of the role importer are let in
    access_settings_t access; // who speaks for a customer
    settings_peer_t peers[NODE_FOLLOWS_MAX];
    size_t peers_count, feeds_count; // the first peers are the core's follows, then the feeds
    bool https_only;
    const char *authorities; // of the outside; "" for those of the system
    outside_relay_t relay;   // of e-mails; no host where none is configured
    unsigned outside_timeout_ms, disk_percent;
    uint64_t reserve_bytes;
} settings_t;

void settings_read(config_t *config, const core_t *core, settings_t *ret_settings);
// process/log of the file, read again; -1 and why if it cannot be read or is wrong.
int settings_log_level_again(const char *file, char *ret_why, size_t size);
void settings_access(config_t *config, access_settings_t *ret_access); // customers/…, for web too
// mail/…: by which relay e-mails go. Its password stays in memory until the process ends.
void settings_relay(config_t *config, outside_relay_t *ret_relay);
// Gives up all that is not configured; false if it must and cannot.
bool settings_confine(const settings_t *settings, const journal_needs_t *needs,
                      const char *process);
sandbox_mode_t settings_sandbox(config_t *config, unsigned *ret_memory_mib); // for web too
