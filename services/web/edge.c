#include "services/web/edge.h"
#include "proto/form.h"

static fail_t pack_fields(span_t form, uint8_t *buffer, size_t cap, bytes_t *ret_fields)
{
    char decoded[EDGE_BODY_MAX];
    form_t fields;
    if (form.size > sizeof decoded ||
        !form_decode(form.bytes, form.size, decoded, sizeof decoded, &fields))
        return FAIL_INVALID;
    pack_t pack;
    pack_start(&pack, buffer, cap);
    pack_array(&pack, fields.fields_count);
    for (size_t i = 0; i < fields.fields_count; i++) {
        const form_field_t *field = &fields.fields[i];
        pack_array(&pack, 2);
        pack_text(&pack, (text_t){field->name.bytes, (uint32_t)field->name.size});
        pack_text(&pack, (text_t){field->value.bytes, (uint32_t)field->value.size});
    }
    bytes_t packed = {buffer, (uint32_t)pack_end(&pack)};
    if (!packed.size)
        return FAIL_INVALID;
    *ret_fields = packed;
    return FAIL_NONE;
}

// A request of that type, empty but for its fields, which are handed out too.
static fail_t begin(request_type_t type, span_t form, uint8_t *buffer, size_t cap,
                    request_t *ret_request, bytes_t *ret_fields)
{
    fail_t fail = pack_fields(form, buffer, cap, ret_fields);
    if (fail)
        return fail;
    memset(ret_request, 0, sizeof *ret_request);
    ret_request->type = type;
    return FAIL_NONE;
}

fail_t edge_read_notice(span_t form, const uid_t16 *id, uint8_t *buffer, size_t cap,
                        request_t *ret_request)
{
    bytes_t fields;
    fail_t fail = begin(REQUEST_callback, form, buffer, cap, ret_request, &fields);
    if (fail)
        return fail;
    ret_request->id = *id;
    ret_request->callback.fields = fields;
    return FAIL_NONE;
}

static fail_t read_return(span_t form, bool failed, uint8_t *buffer, size_t cap,
                          request_t *ret_request)
{
    bytes_t fields;
    fail_t fail = begin(REQUEST_success, form, buffer, cap, ret_request, &fields);
    if (fail)
        return fail;
    ret_request->success.fields = fields;
    ret_request->success.failed = failed;
    return FAIL_NONE;
}

fail_t edge_read_success(span_t form, const uid_t16 *id, uint8_t *buffer, size_t cap,
                         request_t *ret_request)
{
    (void)id; // a question
    return read_return(form, false, buffer, cap, ret_request);
}

fail_t edge_read_failure(span_t form, const uid_t16 *id, uint8_t *buffer, size_t cap,
                         request_t *ret_request)
{
    (void)id;
    return read_return(form, true, buffer, cap, ret_request);
}

fail_t edge_read_health(span_t form, const uid_t16 *id, uint8_t *buffer, size_t cap,
                        request_t *ret_request)
{
    (void)form, (void)id, (void)buffer, (void)cap;
    memset(ret_request, 0, sizeof *ret_request);
    ret_request->type = REQUEST_status;
    return FAIL_NONE;
}
