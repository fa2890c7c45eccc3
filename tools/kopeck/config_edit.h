#pragma once
// config_edit - one value of a configuration file, written anew in its place: every other byte, the
// file's owner and its mode stay. The new file takes the old one's name once it is on the disk.
//
// Failures: false, and why in words. Threads: one.
#include <stdbool.h>
#include <stddef.h>

enum { CONFIG_EDIT_BYTES_MAX = 1 << 20 };

// `section` and `name` as of config.h's SECTION/NAME; the entry must be there, once.
bool config_edit(const char *file, const char *section, const char *name, const char *value,
                 char *why, size_t why_size);
