#include "tests/crash/flips.h"
#include "tests/crash/check.h"
#include <assert.h>
#include <stdio.h>

typedef struct {
    uint32_t file;
    uint64_t byte;
    unsigned bit;
} flip_t;

static flip_t draw_flip(const disk_t *files, uint64_t seed, uint64_t number)
{
    draw_t draw = draw_fork(seed, 1000 + number);
    uint64_t bytes = 0;
    for (size_t i = 0; i < files->files_count; i++)
        bytes += files->files[i].size;
    assert(bytes);
    flip_t flip = {.byte = draw_below(&draw, bytes), .bit = (unsigned)draw_below(&draw, 8)};
    while (flip.byte >= files->files[flip.file].size)
        flip.byte -= files->files[flip.file++].size;
    return flip;
}

static void judge(flipped_t *flipped, const check_t *check, const char *why, int last)
{
    if (!why)
        flipped->slack++;
    else if (!check->started)
        flipped->noticed++;
    else if (check->found != HISTORY_NONE && check->found != last)
        flipped->rolled_back++;
    else if (!flipped->violations++) {
        flipped->first = flipped->under_way;
        (void)snprintf(flipped->why, sizeof flipped->why, "a flipped bit went unnoticed: %s", why);
    }
}

void flips_run(const run_t *run, const disk_t *files, const char *directory, uint64_t from,
               uint64_t count, uint64_t only, flipped_t *flipped)
{
    place_t *place = place_new(directory);
    check_t check = {.history = run->history,
                     .demand = run->demand,
                     .life_options = run->life_options,
                     .bounds = {.acknowledged = run->at, .submitted = run->at, .term = 1}};
    check.life_options.control = CONTROL_NONE;
    check.life_options.directory = place->journal;
    place_use(place, files);
    for (uint64_t number = from; number < count; number++) {
        if (only && number != only)
            continue;
        flip_t flip = draw_flip(files, run->options.seed, number);
        flipped->under_way = number;
        place_flip(place, flip.file, flip.byte, flip.bit);
        watch_begin(place->journal, place_touched, place);
        const char *why = check_state(&check, (unsigned)number, true, false);
        watch_end();
        place_restore(place);
        judge(flipped, &check, why, run->at);
        flipped->flips++;
    }
    place_destroy(&place);
}
