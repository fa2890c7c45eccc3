#pragma once
// sha256_pair - SHA-256 of two short messages at once, by the instructions that x86-64 has for it.
// One message is a chain in which each round waits for the one before; two of them take hardly
// longer than one. libcrypto has no door to such a form.
//
// Failures: none. Threads: any.
#include "proto/digest.h"

// Beyond that libcrypto's own calls are as fast: in four blocks of 64 bytes, with what SHA-256 and
// the prefix add.
enum { SHA256_PAIR_MAX = 4 * 64 - 10 };

// Does this processor have the instructions?
bool sha256_pair_can(void);
// Of each message behind that byte. Messages of at most SHA256_PAIR_MAX bytes, where it can.
void sha256_pair(uint8_t prefix, const digest_part_t messages[2],
                 uint8_t ret_digests[2][DIGEST_SHA256_SIZE]);
