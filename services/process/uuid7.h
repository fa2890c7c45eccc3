#pragma once
// uuid7 - ids of commands: a UUIDv7 of RFC 9562, section 5.7, made where the intention is made.
//
// 48 bits of milliseconds, then version and variant around 74 random bits. Ids of one millisecond
// are not ordered among themselves; nothing here needs that.
// Failures: none; without random bytes of the kernel the process ends. Threads: any.
#include "proto/types.h"

uid_t16 uuid7_new(void);
uid_t16 uuid7_of(instant_t at, const uint8_t random[10]); // pure
bool uuid7_is(const uid_t16 *id);                         // has version 7 and the RFC's variant?
instant_t uuid7_time(const uid_t16 *id);                  // to the millisecond
