#pragma once
// desk_upload - the parts of a body of multipart/form-data (RFC 7578), as browsers send a form with
// a file.
//
// Pure. Ownership: what is found borrows from the body. Failures: false for a body that is none, or
// has no part of that name; of two the first counts. Threads: any.
#include "proto/span.h"

bool desk_upload_part(const char *content_type, span_t body, const char *name, span_t *ret_part);
