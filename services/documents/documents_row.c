#include "services/documents/documents_row.h"
#include "proto/wire.h"

enum { FIELDS = 5, FIELDS_MAX = 16 };

// A byte that goes on with a character of UTF-8 does not begin one.
static text_t cut(text_t text, uint32_t size_max)
{
    uint32_t size = text.size < size_max ? text.size : size_max;
    while (size && size < text.size && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    return (text_t){text.data, size};
}

documents_row_t documents_row_of(const request_transfer_receive_t *asked)
{
    return (documents_row_t){.payer = cut(asked->payer, DOCUMENTS_ROW_PAYER_MAX),
                             .inn = asked->payer_inn,
                             .account = asked->payer_account,
                             .number = asked->number,
                             .purpose = cut(asked->purpose, DOCUMENTS_ROW_PURPOSE_MAX)};
}

size_t documents_row_write(const documents_row_t *row, uint8_t out[SIDE_ROW_MAX])
{
    pack_t pack;
    pack_start(&pack, out, SIDE_ROW_MAX);
    pack_array(&pack, FIELDS);
    pack_text(&pack, row->payer);
    pack_text(&pack, row->inn);
    pack_text(&pack, row->account);
    pack_text(&pack, row->number);
    pack_text(&pack, row->purpose);
    return pack_end(&pack);
}

// Fields of a later version stand behind these.
static bool read_row(bytes_t bytes, documents_row_t *ret_row)
{
    documents_row_t row = {.payer = {0}};
    wire_t wire;
    wire_start(&wire, bytes.data, bytes.size);
    if (wire_array(&wire, FIELDS_MAX) < FIELDS)
        return false;
    wire_text(&wire, &row.payer);
    wire_text(&wire, &row.inn);
    wire_text(&wire, &row.account);
    wire_text(&wire, &row.number);
    wire_text(&wire, &row.purpose);
    if (!wire.fail)
        *ret_row = row;
    return !wire.fail;
}

bool documents_row_find(const recalled_t *recalled, documents_row_t *ret_row)
{
    for (size_t i = 0; !recalled->fail && i < recalled->rows_count; i++)
        if (recalled->rows[i].kind == DOCUMENTS_ROW_TRANSFER)
            return read_row(recalled->rows[i].bytes, ret_row);
    return false;
}

uid_t16 documents_row_owner(const hash_t *identity)
{
    uid_t16 owner;
    memcpy(owner.bytes, identity->bytes, sizeof owner.bytes);
    return owner;
}
