#pragma once
// act_request - the request for an account's act, as the journals have it (act_fold).
//
// Its rows lie in the caller's memory. Failures: false if there is no act. Threads: any.
#include "proto/request.h"
#include "services/documents/act_fold.h"

enum { ACT_REQUEST_BYTES = ACT_LINES_MAX * 32 + ACT_PAID_MAX * 32 };

bool act_request_write(const act_fold_t *fold, const uid_t16 *account,
                       uint8_t scratch[ACT_REQUEST_BYTES], request_act_issue_t *ret_request);
