// head_without - takes a stream's cursor out of a journal's head, as one has it whose writer did
// not follow that stream yet. For tests: nobody may be writing the journal.
//
// usage: head_without DIRECTORY STREAM
#include "services/node/head.h"
#include "store/journal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t bytes[JOURNAL_HEAD_MAX];
static head_t head;

static fail_t rewrite(journal_t *journal, stream_t stream, size_t *ret_taken)
{
    size_t size, kept = 0;
    uint64_t last, term;
    fail_t fail = journal_lead(journal, &term);
    fail = fail ? fail : journal_head(journal, bytes, sizeof bytes, &size, &last);
    fail = fail ? fail : head_decode(bytes, size, &head);
    if (fail)
        return fail;
    for (size_t i = 0; i < head.cursors_count; i++)
        if (head.cursors[i].stream != stream)
            head.cursors[kept++] = head.cursors[i];
    *ret_taken = head.cursors_count - kept;
    head.cursors_count = kept;
    size = head_encode(&head, bytes, sizeof bytes);
    return journal_append(journal, last, term, NULL, 0, bytes, size);
}

int main(int argc, char **argv)
{
    journal_t *journal = NULL;
    size_t taken = 0;
    if (argc != 3) {
        fputs("usage: head_without DIRECTORY STREAM\n", stderr);
        return 64;
    }
    fail_t fail = journal_open(argv[1], &(journal_options_t){0}, &journal);
    fail = fail ? fail : rewrite(journal, strtoull(argv[2], NULL, 10), &taken);
    journal_destroy(&journal);
    if (!fail && taken == 1)
        return 0;
    fprintf(stderr, "head_without: %s, %zu cursors\n", fail_text(fail), taken);
    return 1;
}
