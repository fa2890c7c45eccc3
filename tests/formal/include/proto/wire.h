#pragma once
// wire - names alone, in place of proto/wire.h: msgpack-c's templates are beyond the prover's
// parser, and no proved function touches the wire.
#include "proto/fail.h"
#include "proto/types.h"

typedef struct wire wire_t;
typedef struct pack pack_t;
