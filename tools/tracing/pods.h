#pragma once
// pods - a container trace in the format of the Alibaba cluster trace's pod list: which pod ran
// from when to when, and how large it was.
//
// Columns used, wherever they stand: name, cpu_milli, scheduled_time (empty: never ran) and
// deletion_time; times in whole seconds from the trace's start, maybe written as 1511808.0. The
// file is read as tools/command_line/csv.h says. A row that lacks a column it needs, has a number
// it cannot be, a deletion before its schedule or a schedule without a deletion is an error that
// names file, line, column and value. Ownership: the pods are the list's. Failures: false and the
// error. Threads: any.
#include "proto/types.h"

enum { PODS_MAX = 1000000, PODS_ERROR_MAX = 512 };
#define PODS_SECONDS_MAX INT64_C(3155760000) // a hundred years

typedef struct {
    uint32_t number; // N of NAME-N
    uint32_t cpu_milli;
    int64_t scheduled, deleted; // seconds from the origin; scheduled is -1 if it never ran
} pod_t;

typedef struct {
    pod_t *pods;
    size_t count;
} pods_t;

bool pods_read(const char *file, pods_t *ret_pods, char error[PODS_ERROR_MAX]);
void pods_clear(pods_t *self);
