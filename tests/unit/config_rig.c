#include "tests/unit/config_rig.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/kopeck-config-rig-XXXXXX";

int config_rig_enter(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

int config_rig_leave(void **state)
{
    (void)state;
    return unlink(path);
}

config_t *config_rig_load(const char *format, ...)
{
    FILE *file = fopen(path, "w");
    assert(file);
    va_list args;
    va_start(args, format);
    vfprintf(file, format, args);
    va_end(args);
    fclose(file);
    return config_load(path);
}
