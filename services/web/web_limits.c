#include "services/web/web_limits.h"
#include <string.h>

// FNV-1a: it need not resist anybody, for a row that is crowded forgives.
static size_t row_of(const uint8_t key[LIMITS_KEY_SIZE])
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < LIMITS_KEY_SIZE; i++)
        hash = (hash ^ key[i]) * 16777619u;
    return hash % LIMITS_ROWS;
}

static web_bucket_t *find(web_limits_t *self, const uint8_t key[LIMITS_KEY_SIZE])
{
    web_bucket_t *row = self->rows[row_of(key)], *least = row;
    for (size_t i = 0; i < LIMITS_PER_ROW; i++) {
        if (memcmp(row[i].key, key, LIMITS_KEY_SIZE) == 0)
            return &row[i];
        if (row[i].full_ms < least->full_ms)
            least = &row[i];
    }
    memcpy(least->key, key, LIMITS_KEY_SIZE);
    least->full_ms = 0;
    return least;
}

int64_t web_limits_take(web_limits_t *self, const uint8_t key[LIMITS_KEY_SIZE], int64_t each_ms,
                        int64_t burst, int64_t now_ms)
{
    web_bucket_t *bucket = find(self, key);
    int64_t full_ms = bucket->full_ms > now_ms ? bucket->full_ms : now_ms;
    int64_t wait_ms = full_ms + each_ms - (now_ms + burst * each_ms);
    if (wait_ms > 0)
        return wait_ms;
    bucket->full_ms = full_ms + each_ms;
    return 0;
}
