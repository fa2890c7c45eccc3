#pragma once
// begin - what the main of every process begins with.
//
// Failures: begin_config does not return when --help or --version is all that was asked for, or
// when the usage is wrong. Threads: one; it comes before all others.
#include "services/process/config.h"

// No core dumps, no memory readable by others, no czmq signal handlers, the signals of the end
// blocked. Must come before any thread and any secret.
void begin_prepare(void);
// --help, --version, and the config file that is the one argument, or the second behind the word
// `also`, which config_asked then knows; NULL: there is no such word. `what` is the process in one
// line, `keys` the file that lists what may be configured, for --help.
config_t *begin_config(int argc, char **argv, const char *what, const char *keys, const char *also);
