#include "tools/benchmark/draws.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

static const double EXPONENT = 0.99;

// The finaliser of MurmurHash3: a bijection, so no two numbers share an id.
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 33) * UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ x >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

static double fraction(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return (double)(mix(*state) >> 11) * 0x1p-53;
}

static uint32_t rank(const double *sums, uint32_t count, double share)
{
    uint32_t low = 0, high = count - 1;
    for (double wanted = share * sums[count - 1]; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (sums[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void draws_init(draws_t *self, uint32_t accounts, bool zipf)
{
    *self = (draws_t){.numbers = malloc(DRAWS * sizeof *self->numbers), .accounts = accounts};
    double *sums = calloc(accounts, sizeof *sums), sum = 0;
    assert(self->numbers && sums);
    for (uint32_t i = 0; i < accounts; i++)
        sums[i] = sum += zipf ? pow((double)i + 1, -EXPONENT) : 1;
    uint64_t state = accounts;
    for (uint32_t i = 0; i < DRAWS; i++)
        self->numbers[i] = zipf ? rank(sums, accounts, fraction(&state))
                                : (uint32_t)(fraction(&state) * (double)accounts);
    free(sums);
}

void draws_release(draws_t *self)
{
    free(self->numbers);
    *self = (draws_t){0};
}

uid_t16 draws_account(uint32_t number)
{
    uint64_t halves[2] = {mix(number * UINT64_C(2) + 1), mix(number * UINT64_C(2) + 2)};
    uid_t16 id;
    memcpy(id.bytes, halves, sizeof id.bytes);
    return id;
}
