#pragma once
// settings - what every process is told by its config file, whatever its core: config.h lists the
// keys.
//
// Ownership: texts borrow from the config. Failures: noted in the config; ask config_check after
// the service has read its own keys too. Threads: any, once filled.
#include "services/common/config.h"
#include "services/common/node.h"
#include "services/common/sandbox.h"

// Another process whose stream we follow; `command` is empty for a producer of a feed.
typedef struct {
    stream_t stream;
    const char *name, *publish, *replay, *command, *certificate;
} settings_peer_t;

typedef struct {
    const char *name;
    int log_level;
    bool driven, live_feed;
    const char *ready_file; // "" for none
    sandbox_mode_t sandbox;
    unsigned memory_mib; // 0 for the sandbox's own
    const char *journal_directory;
    uint64_t epoch;          // of a new or a restored journal; 0 for the time at which it is made
    uint64_t segment_events; // 0 for what is there
    const char *command, *feed, *replay, *publish; // feed may be ""
    const char *secret, *certificates;
    settings_peer_t peers[NODE_FOLLOWS_MAX];
    size_t peers_count, feeds_count; // the first peers are the core's follows, then the feeds
    bool https_only;
    unsigned outside_timeout_ms, disk_percent;
    uint64_t reserve_bytes;
} settings_t;

void settings_read(config_t *config, const core_t *core, settings_t *ret_settings);
sandbox_mode_t settings_sandbox(config_t *config, unsigned *ret_memory_mib); // for web too
const char *settings_stream_name(stream_t stream); // "ledger"; NULL for a producer
