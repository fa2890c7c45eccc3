#include "services/node/node_outside.h"
#include <assert.h>
#include <string.h>

enum { TEXTS = 2 + 2 * OUTSIDE_HEADERS_MAX }; // url, content type, names and values

// What a block begins with; its texts follow, then its body.
typedef struct {
    uint64_t key;
    size_t headers_count;
    outside_method_t method;
    unsigned timeout_ms;
    bool public_only;
    uint32_t sizes[TEXTS], body_size;
} block_head_t;

// Where each text stands in a request, in the order of a block.
static text_t *text_at(outside_t *request, size_t at)
{
    if (at < 2)
        return at == 0 ? &request->url : &request->content_type;
    outside_header_t *header = &request->headers[(at - 2) / 2];
    return at % 2 == 0 ? &header->name : &header->value;
}

static size_t count_texts(size_t headers_count)
{
    assert(headers_count <= OUTSIDE_HEADERS_MAX);
    return 2 + 2 * headers_count;
}

size_t node_outside_size(const outside_t *request)
{
    outside_t copy = *request;
    size_t size = sizeof(block_head_t) + request->body.size;
    for (size_t i = 0; i < count_texts(request->headers_count); i++)
        size += text_at(&copy, i)->size;
    return size;
}

static uint8_t *put(uint8_t *out, const void *data, size_t size)
{
    if (size)
        memcpy(out, data, size);
    return out + size;
}

void node_outside_pack(const outside_t *request, uint8_t *block)
{
    outside_t copy = *request;
    block_head_t head = {.key = request->key,
                         .headers_count = request->headers_count,
                         .method = request->method,
                         .timeout_ms = request->timeout_ms,
                         .public_only = request->public_only,
                         .body_size = request->body.size};
    size_t texts = count_texts(request->headers_count);
    for (size_t i = 0; i < texts; i++)
        head.sizes[i] = text_at(&copy, i)->size;
    uint8_t *out = put(block, &head, sizeof head);
    for (size_t i = 0; i < texts; i++)
        out = put(out, text_at(&copy, i)->data, head.sizes[i]);
    (void)put(out, request->body.data, request->body.size);
}

void node_outside_unpack(const uint8_t *block, outside_t *ret_request)
{
    block_head_t head;
    memcpy(&head, block, sizeof head);
    const uint8_t *at = block + sizeof head;
    *ret_request = (outside_t){.key = head.key,
                               .method = head.method,
                               .headers_count = head.headers_count,
                               .timeout_ms = head.timeout_ms,
                               .public_only = head.public_only};
    for (size_t i = 0; i < count_texts(head.headers_count); i++) {
        *text_at(ret_request, i) = (text_t){(const char *)at, head.sizes[i]};
        at += head.sizes[i];
    }
    ret_request->body = (bytes_t){at, head.body_size};
}
