#pragma once
// documents_fixture - cmocka and small helpers for the tests of services/documents.
#include "proto/span.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants those first
#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
