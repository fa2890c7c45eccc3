#include "tools/desk/desk_link.h"
#include "proto/digest.h"

static const char route[] = "/enter", purpose[] = "kopeck-desk link";

void desk_link_key(zcert_t *own, web_form_key_t *ret_key)
{
    uint8_t digest[DIGEST_SIZE_MAX];
    *ret_key = (web_form_key_t){.sizes = {DIGEST_SHA256_SIZE}, .count = 1};
    digest_hmac(DIGEST_SHA256, zcert_secret_key(own), 32, purpose, sizeof purpose - 1, digest);
    memcpy(ret_key->bytes[0], digest, DIGEST_SHA256_SIZE);
    explicit_bzero(digest, sizeof digest);
}

void desk_link_make(const web_form_key_t *key, const uid_t16 *id, char ret_text[TICKET_SIZE + 1])
{
    static const uid_t16 nobody;
    web_ticket_t ticket = {.command = *id};
    web_ticket_write(key, route, &nobody, &ticket, ret_text);
    ret_text[TICKET_SIZE] = '\0';
}

fail_t desk_link_judge(void *arg, text_t link, instant_t wall, customer_t *ret_customer,
                       const char **ret_detail)
{
    static const uid_t16 nobody;
    web_ticket_t ticket;
    *ret_detail = "";
    *ret_customer = (customer_t){.reads = true};
    return web_ticket_read(arg, route, &nobody, (span_t){link.data, link.size}, wall, &ticket)
               ? FAIL_NONE
               : FAIL_DENIED;
}

// The judge has taken it: its second part is the id, whose first 48 bits are milliseconds.
bool desk_link_once(text_t link, instant_t *ret_issued, uint8_t ret_number[16])
{
    int64_t milliseconds = 0;
    if (link.size != TICKET_SIZE || !digest_unhex(link.data + 3, 32, 16, ret_number))
        return false;
    for (int i = 0; i < 6; i++)
        milliseconds = milliseconds << 8 | ret_number[i];
    *ret_issued = milliseconds * 1000;
    return true;
}
