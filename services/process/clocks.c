#include "services/process/clocks.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static instant_t read_clock(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (instant_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

// Without the strokes that a UUID's text has.
static bool read_digits(const char *digits, uid_t16 *ret_id)
{
    char text[UID_TEXT_SIZE];
    if (!digits || strlen(digits) != 32)
        return false;
    snprintf(text, sizeof text, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12,
             digits + 16, digits + 20);
    return uid_parse(text, ret_id);
}

uid_t16 clocks_boot(void)
{
    uid_t16 boot = {{0}};
    char text[64] = "";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (file) {
        size_t size = fread(text, 1, sizeof text - 1, file);
        text[strcspn(text, "\n")] = '\0';
        if (!size || !uid_parse(text, &boot))
            boot = (uid_t16){{0}};
        fclose(file);
    }
    if (uid_is_zero(&boot) && !read_digits(getenv("KOPECK_BOOT_ID"), &boot))
        boot = (uid_t16){{0}};
    return boot;
}

node_clock_t clocks_read(const uid_t16 *boot)
{
    instant_t awake = read_clock(CLOCK_MONOTONIC), since = read_clock(CLOCK_BOOTTIME),
              wall = read_clock(CLOCK_REALTIME);
    return (node_clock_t){
        .now = wall, .wall = wall, .monotonic = since, .slept_us = since - awake, .boot = *boot};
}
