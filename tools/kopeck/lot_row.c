#include "tools/kopeck/lot_row.h"

bool lot_row_read(wire_t *wire, lot_row_t *ret_row)
{
    uint32_t fields = wire_array(wire, 64);
    *ret_row = (lot_row_t){.kind = 0};
    if (fields < 7)
        return false;
    wire_u64(wire, &ret_row->kind);
    wire_u64(wire, &ret_row->number);
    wire_i64(wire, &ret_row->amount);
    wire_i64(wire, &ret_row->left);
    wire_i64(wire, &ret_row->held);
    wire_i64(wire, &ret_row->from);
    wire_i64(wire, &ret_row->until);
    if (fields < 9) // of an older ledger
        return wire->fail == FAIL_NONE;
    wire_u64(wire, &ret_row->category);
    wire_flag(wire, &ret_row->apart);
    wire_skip(wire, fields - 9);
    return wire->fail == FAIL_NONE;
}
