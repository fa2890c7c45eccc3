#include "tools/fleet/fleet_drive.h"
#include "tools/command_line/command_line.h"
#include <assert.h>
#include <inttypes.h>
#include <unistd.h>

enum { SETTLE_MS = 60000, LINE_MAX_BYTES = 128 };

struct fleet_drive {
    driver_t *driver;
    char line[LINE_MAX_BYTES];
    size_t size;
};

static void tend(void *arg)
{
    fleet_tend(arg);
}

fleet_drive_t *fleet_drive_new(fleet_t *fleet, instant_t grid_us, char error[FLEET_ERROR_MAX])
{
    driver_options_t options = {.sim_url = fleet_url(fleet, FLEET_SIM),
                                .grid_us = grid_us,
                                .tend = tend,
                                .tend_arg = fleet};
    for (fleet_process_t p = 0; p < FLEET_JOURNALS; p++) {
        client_t *client = fleet_client(fleet, p, CLIENT_COMMAND, "operator", error);
        if (!client)
            break;
        options.processes[options.count].name = fleet_place_name(p);
        options.processes[options.count++].client = client;
    }
    fleet_drive_t *self = calloc(1, sizeof *self);
    assert(self);
    self->driver = driver_new(&options);
    if (options.count != FLEET_JOURNALS)
        fleet_drive_destroy(&self);
    return self;
}

void fleet_drive_destroy(fleet_drive_t **self_p)
{
    fleet_drive_t *self = *self_p;
    if (!self)
        return;
    driver_destroy(&self->driver);
    free(self);
    *self_p = NULL;
}

static void answer(const fleet_drive_t *self, fail_t fail, FILE *out)
{
    if (fail)
        fprintf(out, "failed %s: %s\n", fail_text(fail),
                fail == FAIL_TIMEOUT ? driver_trouble(self->driver) : "");
    else
        fprintf(out, "at %" PRId64 "\n", driver_now(self->driver));
}

static void carry_out(fleet_drive_t *self, FILE *out)
{
    uint64_t to;
    driver_counters_t counters = driver_counters(self->driver);
    if (strcmp(self->line, "settle") == 0)
        answer(self, driver_settle(self->driver, SETTLE_MS), out);
    else if (strcmp(self->line, "counters") == 0)
        fprintf(out,
                "settles %" PRIu64 " moves %" PRIu64 " rounds %" PRIu64 " unanswered %" PRIu64 "\n",
                counters.settles, counters.moves, counters.rounds, counters.unanswered);
    else if (strncmp(self->line, "to ", 3) == 0 &&
             command_line_number(self->line + 3, 0, INT64_MAX, &to))
        answer(self, driver_advance(self->driver, (instant_t)to, SETTLE_MS), out);
    else
        fprintf(out, "failed what is \"%s\"?\n", self->line);
    fflush(out);
}

bool fleet_drive_take(fleet_drive_t *self, int input, FILE *out)
{
    ssize_t got = read(input, self->line + self->size, sizeof self->line - 1 - self->size);
    if (got <= 0)
        return false;
    self->size += (size_t)got;
    for (char *end; (end = memchr(self->line, '\n', self->size));) {
        size_t used = (size_t)(end - self->line) + 1;
        *end = '\0';
        carry_out(self, out);
        self->size -= used;
        memmove(self->line, self->line + used, self->size);
    }
    return self->size < sizeof self->line - 1;
}
