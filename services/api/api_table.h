#pragma once
// api_table - the one table of what /api/v1 serves. A new operation is a row.
//
// Ownership: rows are static. Failures: none. Threads: any.
#include "services/api/api_operation.h"

api_operation_at_fn api_table_at;
