#pragma once
// api_openapi - the table of operations as OpenAPI 3.1, and as the page docs/api.md.
//
// Ownership: a new reference. Failures: none. Threads: any. Pure.
#include "services/api/api_operation.h"
#include <jansson.h>
#include <stdio.h>

json_t *api_openapi(api_operation_at_fn *at);
void api_openapi_print_page(api_operation_at_fn *at, FILE *out);
