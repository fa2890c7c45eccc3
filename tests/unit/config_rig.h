#pragma once
// config_rig - a configuration file of the test's own, written and read again as often as it likes.
#include "services/process/config.h"

// A group's setup and teardown.
int config_rig_enter(void **state);
int config_rig_leave(void **state);

// The file's text as printf makes it, loaded; the configuration is the caller's.
__attribute__((format(printf, 1, 2))) config_t *config_rig_load(const char *format, ...);
