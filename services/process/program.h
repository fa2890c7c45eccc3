#pragma once
// program - which program this is: a digest of its version and of the build id that the linker gave
// it (NT_GNU_BUILD_ID, a digest of all that it is made of). Two programs with the same one have the
// same code, so what one has folded the other may go on with.
//
// Failures: false if the linker gave none. Threads: any.
#include "proto/types.h"

bool program_identity(hash_t *ret_identity);
