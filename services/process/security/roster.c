#include "services/process/security/roster.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    return strcmp(((const roster_row_t *)a)->key, ((const roster_row_t *)b)->key);
}

static roster_row_t *copy_rows(const roster_row_t *rows, size_t count)
{
    roster_row_t *copy = calloc(count ? count : 1, sizeof *copy);
    assert(copy);
    if (count)
        memcpy(copy, rows, count * sizeof *copy);
    return copy;
}

void roster_board_init(roster_board_t *self)
{
    *self = (roster_board_t){.edition = 1};
    int rc = pthread_mutex_init(&self->lock, NULL);
    assert(rc == 0);
}

void roster_board_release(roster_board_t *self)
{
    free(self->rows);
    self->rows = NULL;
    pthread_mutex_destroy(&self->lock);
}

// How many of those who were there are not, or not as the same.
static unsigned count_lost(const roster_board_t *self, const roster_row_t *rows, size_t count)
{
    unsigned lost = 0;
    for (size_t i = 0; i < self->count; i++) {
        const roster_row_t *now = bsearch(&self->rows[i], rows, count, sizeof *rows, compare);
        lost += !now || now->role != self->rows[i].role;
    }
    return lost;
}

void roster_board_write(roster_board_t *self, const roster_row_t *rows, size_t count)
{
    roster_row_t *sorted = copy_rows(rows, count);
    qsort(sorted, count, sizeof *sorted, compare);
    pthread_mutex_lock(&self->lock);
    self->lost += count_lost(self, sorted, count);
    free(self->rows);
    self->rows = sorted;
    self->count = count;
    self->edition++;
    pthread_mutex_unlock(&self->lock);
}

void roster_open(roster_t *self, roster_board_t *board)
{
    *self = (roster_t){.board = board};
}

void roster_close(roster_t *self)
{
    free(self->rows);
    *self = (roster_t){0};
}

static void copy_board(roster_t *self)
{
    pthread_mutex_lock(&self->board->lock);
    free(self->rows);
    self->rows = copy_rows(self->board->rows, self->board->count);
    self->count = self->board->count;
    self->edition = self->board->edition;
    pthread_mutex_unlock(&self->board->lock);
}

const roster_row_t *roster_find(roster_t *self, const char *key)
{
    if (self->edition != self->board->edition)
        copy_board(self);
    if (!key || strlen(key) >= ROSTER_KEY_SIZE)
        return NULL;
    roster_row_t wanted = {0};
    strcpy(wanted.key, key);
    return bsearch(&wanted, self->rows, self->count, sizeof *self->rows, compare);
}
