#include "tools/demonstration/vitals.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char RESIDENT[] = "VmRSS:", OWN[] = "RssAnon:"; // lines of /proc/PID/status, in kB

static bool read_memory(pid_t pid, vitals_t *vitals)
{
    char path[64], line[128];
    unsigned found = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, RESIDENT, strlen(RESIDENT)) == 0) {
            vitals->resident_kib = strtoull(line + strlen(RESIDENT), NULL, 10);
            found++;
        } else if (strncmp(line, OWN, strlen(OWN)) == 0) {
            vitals->own_kib = strtoull(line + strlen(OWN), NULL, 10);
            found++;
        }
    }
    if (file)
        fclose(file);
    return found == 2;
}

bool vitals_of(pid_t pid, vitals_t *ret_vitals)
{
    vitals_t vitals = {0};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *directory = opendir(path);
    if (!directory)
        return false;
    for (struct dirent *entry; (entry = readdir(directory));)
        vitals.files += entry->d_name[0] != '.';
    closedir(directory);
    if (!read_memory(pid, &vitals))
        return false;
    *ret_vitals = vitals;
    return true;
}
