#pragma once
// fold_list - rows of one kind that only grow, in the order in which they became durable.
#include <stddef.h>

typedef struct {
    void *rows;
    size_t count, cap;
} fold_list_t;

void *fold_add(fold_list_t *list, size_t row_size); // a new row, zeroed; rows move when it grows
