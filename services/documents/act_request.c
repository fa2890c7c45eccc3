#include "services/documents/act_request.h"
#include "proto/wire.h"

enum { ACT_REQUEST_LINES_BYTES = ACT_LINES_MAX * 32 };

bool act_request_write(const act_fold_t *fold, const uid_t16 *account,
                       uint8_t scratch[ACT_REQUEST_BYTES], request_act_issue_t *ret_request)
{
    act_t act;
    pack_t lines, paid;
    if (!act_fold_act(fold, account, &act))
        return false;
    pack_start(&lines, scratch, ACT_REQUEST_LINES_BYTES);
    for (size_t i = 0; i < act.lines_count; i++) {
        pack_array(&lines, 3);
        pack_u64(&lines, act.lines[i].service);
        pack_u64(&lines, act.lines[i].rate);
        pack_i64(&lines, act.lines[i].amount);
    }
    pack_start(&paid, scratch + ACT_REQUEST_LINES_BYTES,
               ACT_REQUEST_BYTES - ACT_REQUEST_LINES_BYTES);
    for (size_t i = 0; i < act.paid_count; i++) {
        pack_array(&paid, 2);
        pack_uid(&paid, &act.paid[i].reference);
        pack_i64(&paid, act.paid[i].amount);
    }
    *ret_request = (request_act_issue_t){
        .account = *account,
        .quarter = fold->quarter,
        .through = fold->metering,
        .ledger = fold->ledger,
        .bonus = act.bonus,
        .debt = act.debt,
        .lines = {scratch, (uint32_t)pack_end(&lines)},
        .paid = {scratch + ACT_REQUEST_LINES_BYTES, (uint32_t)pack_end(&paid)}};
    return true;
}
