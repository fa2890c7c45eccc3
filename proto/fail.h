#pragma once
// fail - the one list of ways a call can fail: the family `fail` of proto/codes.def. The same
// numbers go on the wire. Zero is success, so `if (fail)` reads as it should.
#include "proto/codes.h"
#include <stdbool.h>

const char *fail_text(fail_t fail);
const char *fail_name(fail_t fail); // "FAIL_INVALID"; "FAIL_NONE" for 0
bool fail_retry(fail_t fail);       // may the same request succeed later?
