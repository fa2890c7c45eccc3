#include "tools/kopeck/lot_row.h"

bool lot_row_read(wire_t *wire, lot_row_t *ret_row)
{
    if (wire_array(wire, 64) < 7)
        return false;
    wire_u64(wire, &ret_row->kind);
    wire_u64(wire, &ret_row->number);
    wire_i64(wire, &ret_row->amount);
    wire_i64(wire, &ret_row->left);
    wire_i64(wire, &ret_row->held);
    wire_i64(wire, &ret_row->from);
    wire_i64(wire, &ret_row->until);
    return wire->fail == FAIL_NONE;
}
