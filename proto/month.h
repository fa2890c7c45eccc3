#pragma once
// month - calendar months of Moscow: UTC+3 all year since 26 October 2014, without tzdata, so that
// a replay in ten years gives the same months. Source: docs/rules.md "Month".
#include "proto/types.h"

#define MOSCOW_OFFSET_US (3 * HOUR_US)

// year x 12 + month - 1: consecutive months are consecutive numbers.
uint64_t month_of(instant_t at);
instant_t month_start(uint64_t month);
