// fuzz_config - any file is a process's configuration or is refused with a reason; what is accepted
// lies within the limits that were asked for.
#include "services/process/settings.h"
#include "services/ledger/ledger_core.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const words[] = {"wall", "driven", NULL};
    static int fd = -1;
    char path[32];
    settings_t settings;
    file_fill(&fd, path, data, size);
    config_t *config = config_load(path);
    settings_read(config, &ledger_core, &settings);
    require(config_number(config, "limits/own", 7, 5, 9) >= 5);
    require(config_word(config, "process/own", words, 1) <= 1);
    (void)config_flag(config, "process/flag", false);
    for (size_t i = 0; i < 4 && config_entry(config, "own", i); i++)
        ;
    const char *error = config_check(config);
    require(!error || (*error && strlen(error) < CONFIG_ERROR_MAX));
    require(settings.peers_count <= NODE_FOLLOWS_MAX && settings.feeds_count <= NODE_FEEDS_MAX);
    if (!error) {
        require(*settings.secret && *settings.certificates && *settings.command);
        require(settings.disk_percent <= 100);
    }
    config_destroy(&config);
    return 0;
}
