#include "services/process/settings.h"
#include "proto/service.h"
#include "services/process/log.h"
#include "services/process/socket.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const sandboxes[] = {"required", "wanted", "off", NULL};
static const char *const clocks[] = {"wall", "driven", NULL};

static const char *read_endpoint(config_t *config, const char *section, const char *name)
{
    char key[CONFIG_KEY_MAX];
    snprintf(key, sizeof key, "%s/%s", section, name);
    const char *endpoint = config_text(config, key, NULL);
    if (*endpoint && !socket_endpoint_is_valid(endpoint))
        config_refuse(config, key, endpoint, "tcp://HOST:PORT or ipc://PATH");
    return endpoint;
}

static void read_peer(config_t *config, const char *section, settings_peer_t *peer)
{
    char key[CONFIG_KEY_MAX];
    peer->publish = read_endpoint(config, section, "publish");
    peer->replay = read_endpoint(config, section, "replay");
    peer->command = peer->stream < STREAM_OURS_END ? read_endpoint(config, section, "command") : "";
    snprintf(key, sizeof key, "%s/certificate", section);
    peer->certificate = config_text(config, key, NULL);
}

static void read_follows(config_t *config, const core_t *core, settings_t *self)
{
    for (size_t i = 0; i < core->follows_count; i++) {
        settings_peer_t *peer = &self->peers[self->peers_count++];
        peer->stream = core->follows[i].stream;
        peer->name = service_stream_name(peer->stream);
        char section[CONFIG_KEY_MAX];
        snprintf(section, sizeof section, "follow/%s", peer->name ? peer->name : "?");
        read_peer(config, section, peer);
    }
}

static void read_feeds(config_t *config, const core_t *core, settings_t *self)
{
    const char *name;
    for (size_t i = 0; (name = config_entry(config, "feeds", i)); i++) {
        char section[CONFIG_KEY_MAX], *end = NULL;
        snprintf(section, sizeof section, "feeds/%.32s", name);
        unsigned long long number = strtoull(name, &end, 10);
        if (!core->takes_feed || *end || number < PRODUCER_FIRST || number > INT64_MAX ||
            i == NODE_FEEDS_MAX) {
            config_refuse(config, section, NULL,
                          "at most 16 producers from 100 on, of a service that takes feeds");
            return;
        }
        settings_peer_t *peer = &self->peers[self->peers_count++];
        peer->stream = number;
        peer->name = name;
        read_peer(config, section, peer);
        snprintf(section, sizeof section, "feeds/%.32s/owner", name);
        peer->owner = config_text(config, section, "");
        self->feeds_count++;
    }
}

void settings_access(config_t *config, access_settings_t *self)
{
    static const char *const algorithms[] = {"ES256", "RS256", NULL};
    self->issuer = config_text(config, "customers/issuer", "");
    self->algorithm =
        (access_algorithm_t)config_word(config, "customers/algorithm", algorithms, ACCESS_ES256);
    for (const char *name; (name = config_entry(config, "customers/keys", self->keys_count));
         self->keys_count++) {
        char key[CONFIG_KEY_MAX];
        snprintf(key, sizeof key, "customers/keys/%.32s", name);
        if (self->keys_count == ACCESS_TOKEN_KEYS_MAX) {
            config_refuse(config, key, NULL, "at most 4 keys");
            return;
        }
        self->keys[self->keys_count] = config_text(config, key, NULL);
    }
    if (*self->issuer && !self->keys_count)
        config_refuse(config, "customers/keys", NULL, "one to four files of public keys");
}

int settings_log_level_again(const char *file, char *ret_why, size_t size)
{
    config_t *config = config_load(file);
    int level = (int)config_word(config, "process/log", log_levels, LOG_LEVEL_INFO);
    const char *wrong = config_error(config);
    if (wrong) {
        snprintf(ret_why, size, "%s", wrong);
        level = -1;
    }
    config_destroy(&config);
    return level;
}

sandbox_mode_t settings_sandbox(config_t *config, unsigned *ret_memory_mib)
{
    *ret_memory_mib = (unsigned)config_number(config, "limits/memory_mib", 0, 64, 1u << 20);
    return (sandbox_mode_t)config_word(config, "process/sandbox", sandboxes, SANDBOX_REQUIRED);
}

void settings_read(config_t *config, const core_t *core, settings_t *ret_settings)
{
    settings_t *self = ret_settings;
    *self = (settings_t){0};
    self->file = config_file(config);
    self->name = config_text(config, "process/name", core->name);
    self->log_level = (int)config_word(config, "process/log", log_levels, LOG_LEVEL_INFO);
    self->driven = config_word(config, "process/clock", clocks, 0) == 1;
    self->live_feed = config_flag(config, "process/live_feed", true);
    self->ready_file = config_text(config, "process/ready_file", "");
    self->sandbox = settings_sandbox(config, &self->memory_mib);

    self->journal = config_text(config, "journal/directory", NULL);
    if (*self->journal && !journal_engine_is_known(self->journal))
        config_refuse(config, "journal/directory", self->journal, journal_engines());
    self->create = config_flag(config, "journal/create", false);
    self->standby = config_flag(config, "journal/standby", false);
    self->epoch = config_number(config, "journal/epoch", 0, 0, 4000000000);
    self->segment_events = config_number(config, "journal/segment_events", 0, 1024, 1u << 30);
    if (self->segment_events & (self->segment_events - 1))
        config_refuse(config, "journal/segment_events", NULL, "a power of two");
    self->snapshot_events = config_number(config, "snapshots/events", 1 << 22, 0, 1u << 30);
    self->snapshot_audit = config_asked(config, SETTINGS_CHECK);
    self->snapshot_seconds = config_number(config, "snapshots/seconds", 3600, 1, 366 * 86400);

    self->side_keys = core->keeps_rows ? config_secret(config, "side/keys", "") : "";

    self->command = read_endpoint(config, "endpoints", "command");
    self->replay = read_endpoint(config, "endpoints", "replay");
    self->publish = read_endpoint(config, "endpoints", "publish");
    self->feed = core->takes_feed ? read_endpoint(config, "endpoints", "feed") : "";

    self->secret = config_secret(config, "certificates/secret", NULL);
    self->certificates = config_text(config, "certificates/directory", NULL);
    self->importers = (core->feed_roles & ROLE_IMPORTER || core->takes_imports) &&
                      config_flag(config, "certificates/importers", false);
    settings_access(config, &self->access);
    read_follows(config, core, self);
    read_feeds(config, core, self);
    // What a feed is complete up to is only published: without it nothing would ever be billed.
    if (self->feeds_count && !self->live_feed)
        config_refuse(config, "process/live_feed", "0", "1 where an outbox is followed");

    self->https_only = config_flag(config, "outside/https_only", true);
    self->authorities = config_text(config, "outside/authorities", "");
    if (*self->authorities && access(self->authorities, R_OK) != 0)
        config_refuse(config, "outside/authorities", self->authorities, "a file that can be read");
    self->outside_timeout_ms =
        (unsigned)config_number(config, "outside/timeout_ms", 10000, 100, 60000);
    if (core->mails)
        settings_relay(config, &self->relay);
    self->disk_percent = (unsigned)config_number(config, "limits/disk_percent", 80, 0, 100);
    self->reserve_bytes = config_number(config, "limits/disk_reserve_mib", 16, 1, 1u << 30) << 20;
}

// The server of a journal that is in no file.
static void let_reach(sandbox_t *sandbox, const journal_needs_t *needs)
{
    char peers[sizeof needs->peers];
    memcpy(peers, needs->peers, sizeof peers);
    for (char *rest = peers, *peer; (peer = strsep(&rest, " "));)
        if (*peer)
            sandbox_connect(sandbox, peer);
}

// Where its older segments lie.
static void let_read(sandbox_t *sandbox, const journal_needs_t *needs)
{
    char archives[sizeof needs->archives];
    memcpy(archives, needs->archives, sizeof archives);
    for (char *rest = archives, *place; (place = strsep(&rest, "\n"));)
        if (*place)
            sandbox_path(sandbox, place, LANDLOCK_READ);
}

// Behind this only what the configuration names can be reached. Secrets of the service itself were
// read before; the threads of sockets and authenticator come after.
bool settings_confine(const settings_t *settings, const journal_needs_t *needs, const char *process)
{
    sandbox_t sandbox;
    sandbox_begin(&sandbox, process);
    if (*needs->directory)
        sandbox_path(&sandbox, needs->directory, LANDLOCK_KEEP);
    let_reach(&sandbox, needs);
    let_read(&sandbox, needs);
    sandbox_path(&sandbox, settings->certificates, LANDLOCK_READ);
    sandbox_path(&sandbox, settings->secret, LANDLOCK_READ);
    sandbox_replaced(&sandbox, settings->authorities);
    sandbox_replaced(&sandbox, settings->file); // for the log's level
    sandbox_file(&sandbox, settings->ready_file);
    sandbox_bind(&sandbox, settings->command);
    sandbox_bind(&sandbox, settings->replay);
    sandbox_bind(&sandbox, settings->publish);
    sandbox_bind(&sandbox, settings->feed);
    for (size_t i = 0; i < settings->peers_count; i++) {
        const settings_peer_t *peer = &settings->peers[i];
        sandbox_replaced(&sandbox, peer->certificate);
        sandbox_connect(&sandbox, peer->publish);
        sandbox_connect(&sandbox, peer->replay);
        sandbox_connect(&sandbox, peer->command);
    }
    return sandbox_enter(&sandbox, settings->sandbox, settings->memory_mib);
}
