#include "services/process/memory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#define BATCH_BYTES ((size_t)8 * 1024 * 1024)

// Pages that a batch of messages has to be given by the kernel.
static long faults_of_a_batch(void)
{
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    char *batch = malloc(BATCH_BYTES);
    assert_non_null(batch);
    memset(batch, 1, BATCH_BYTES);
    assert_int_equal(batch[BATCH_BYTES / 2], 1);
    free(batch);
    getrusage(RUSAGE_SELF, &after);
    return after.ru_minflt - before.ru_minflt;
}

static void the_next_batch_has_the_pages_of_the_last(void **state)
{
    (void)state;
    long pages = (long)(BATCH_BYTES / (size_t)sysconf(_SC_PAGESIZE));
    (void)faults_of_a_batch();
    long by_itself = faults_of_a_batch();
    if (!memory_keep_pages())
        skip(); // a sanitizer's allocator
    assert_true(by_itself > pages / 2);
    (void)faults_of_a_batch();
    assert_true(faults_of_a_batch() < pages / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_batch_has_the_pages_of_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
