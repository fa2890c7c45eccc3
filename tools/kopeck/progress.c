#include "tools/kopeck/progress.h"
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_MS = 100, WIDTH = 40 };

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void draw(const progress_t *self, uint64_t done, uint64_t all, const char *end)
{
    int filled = all ? (int)(done * WIDTH / all) : 0;
    fprintf(stderr, "\r%s%s[%.*s%*s] %llu of %llu %s%s", self->what, *self->what ? " " : "", filled,
            "########################################", WIDTH - filled, "",
            (unsigned long long)done, (unsigned long long)all, self->unit, end);
}

progress_t progress_begin(const char *what, const char *unit)
{
    return (progress_t){.what = what, .unit = unit, .shown = isatty(STDERR_FILENO)};
}

void progress_show(progress_t *self, uint64_t done, uint64_t all)
{
    if (!self->shown)
        return;
    int64_t now = now_ms();
    if (now < self->next_ms)
        return;
    self->next_ms = now + PAUSE_MS;
    draw(self, done, all, "");
}

void progress_end(progress_t *self, uint64_t done, uint64_t all)
{
    if (self->shown)
        draw(self, done, all, "\n");
}
