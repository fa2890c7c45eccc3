#pragma once
// memory - how the C library keeps what was freed.

#include <stdbool.h>

// Call before the first thread begins. What was freed stays with the process, up to 64 MiB, instead
// of going back to the kernel after each batch of messages: every page of it would be zeroed and
// mapped anew for the next batch, which took a fifth of the time of a batch of 8189 postings.
// false: this allocator has no such limits (a sanitizer's), and nothing is lost by it.
bool memory_keep_pages(void);
