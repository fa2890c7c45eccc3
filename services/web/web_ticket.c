#include "services/web/web_ticket.h"
#include "proto/digest.h"

enum { MAC_SIZE = 16, COMMAND_AT = 3, SEEN_AT = COMMAND_AT + 33, MAC_AT = SEEN_AT + 33 };

static void sign(const uint8_t *key, size_t key_size, const char *route, const uid_t16 *account,
                 const web_ticket_t *ticket, uint8_t ret_mac[DIGEST_SIZE_MAX])
{
    uint8_t message[2 + 64 + 16 + 16 + TICKET_SEEN_SIZE] = "v1";
    size_t size = 2, route_size = strlen(route);
    assert(route_size < 64);
    memcpy(message + size, route, route_size + 1); // with its NUL, so that none is another's start
    size += route_size + 1;
    memcpy(message + size, account->bytes, sizeof account->bytes);
    size += sizeof account->bytes;
    memcpy(message + size, ticket->command.bytes, sizeof ticket->command.bytes);
    size += sizeof ticket->command.bytes;
    memcpy(message + size, ticket->seen, TICKET_SEEN_SIZE);
    digest_hmac(DIGEST_SHA256, key, key_size, message, size + TICKET_SEEN_SIZE, ret_mac);
}

void web_ticket_write(const web_form_key_t *key, const char *route, const uid_t16 *account,
                      const web_ticket_t *ticket, char ret_text[TICKET_SIZE + 1])
{
    uint8_t mac[DIGEST_SIZE_MAX];
    sign(key->bytes[0], key->sizes[0], route, account, ticket, mac);
    memcpy(ret_text, "v1.", COMMAND_AT);
    digest_hex_lower(ticket->command.bytes, 16, ret_text + COMMAND_AT);
    ret_text[SEEN_AT - 1] = '.';
    digest_hex_lower(ticket->seen, TICKET_SEEN_SIZE, ret_text + SEEN_AT);
    ret_text[MAC_AT - 1] = '.';
    digest_hex_lower(mac, MAC_SIZE, ret_text + MAC_AT);
}

static instant_t time_of(const uid_t16 *command)
{
    int64_t milliseconds = 0;
    for (int i = 0; i < 6; i++)
        milliseconds = milliseconds << 8 | command->bytes[i];
    return milliseconds * 1000;
}

bool web_ticket_read(const web_form_key_t *key, const char *route, const uid_t16 *account,
                     span_t text, instant_t now, web_ticket_t *ret_ticket)
{
    uint8_t mac[MAC_SIZE], right[DIGEST_SIZE_MAX];
    web_ticket_t ticket = {0};
    if (text.size != TICKET_SIZE || memcmp(text.bytes, "v1.", COMMAND_AT) != 0 ||
        text.bytes[SEEN_AT - 1] != '.' || text.bytes[MAC_AT - 1] != '.' ||
        !digest_unhex(text.bytes + COMMAND_AT, 32, 16, ticket.command.bytes) ||
        !digest_unhex(text.bytes + SEEN_AT, 32, 16, ticket.seen) ||
        !digest_unhex(text.bytes + MAC_AT, 32, MAC_SIZE, mac))
        return false;
    bool good = false;
    for (size_t i = 0; i < key->count; i++) {
        sign(key->bytes[i], key->sizes[i], route, account, &ticket, right);
        good = digest_equal(mac, right, MAC_SIZE) || good;
    }
    if (!good || now - time_of(&ticket.command) > TICKET_LIFE_US)
        return false;
    *ret_ticket = ticket;
    return true;
}

void web_ticket_seen(span_t what, uint8_t ret_seen[TICKET_SEEN_SIZE])
{
    uint8_t sha256[DIGEST_SHA256_SIZE];
    digest_sha256(what.bytes, what.size, sha256);
    memcpy(ret_seen, sha256, TICKET_SEEN_SIZE);
}
