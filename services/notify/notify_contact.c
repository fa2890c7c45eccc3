#include "services/notify/notify_contact.h"
#include "proto/codes.h"
#include "proto/digest.h"
#include "proto/wire.h"
#include "services/base/mail_address.h"

static const char SYMBOLS[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford's

// Where the host begins; NULL if the scheme is none that may be.
static const char *host_of(text_t url, bool http)
{
    static const char secure[] = "https://", plain[] = "http://";
    if (url.size > sizeof secure && memcmp(url.data, secure, sizeof secure - 1) == 0)
        return url.data + sizeof secure - 1;
    if (http && url.size > sizeof plain && memcmp(url.data, plain, sizeof plain - 1) == 0)
        return url.data + sizeof plain - 1;
    return NULL;
}

bool contact_url_is_good(text_t url, bool http)
{
    const char *host = url.size <= CONTACT_URL_MAX ? host_of(url, http) : NULL;
    if (!host)
        return false;
    const char *end = url.data + url.size;
    for (const char *at = host; at < end; at++)
        if (*at <= ' ' || *at > '~' || strchr("\"<>\\^`{|}#@", *at))
            return false;
    size_t size = 0;
    while (host + size < end && host[size] != '/' && host[size] != '?' && host[size] != ':')
        size++;
    return mail_address_is_host((text_t){host, (uint32_t)size});
}

void contact_code_make(const uid_t16 *entropy, char ret_code[CONTACT_CODE_SIZE + 1])
{
    for (size_t i = 0; i < CONTACT_CODE_SIZE; i++)
        ret_code[i] = SYMBOLS[entropy->bytes[i] & 31];
    ret_code[CONTACT_CODE_SIZE] = '\0';
}

static bool read_code(text_t typed, char out[CONTACT_CODE_SIZE])
{
    size_t size = 0;
    for (size_t i = 0; i < typed.size; i++) {
        char c = typed.data[i];
        if (c == ' ' || c == '-')
            continue;
        c = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
        if (size == CONTACT_CODE_SIZE || !c || !strchr(SYMBOLS, c))
            return false;
        out[size++] = c;
    }
    return size == CONTACT_CODE_SIZE;
}

bool contact_code_prove(text_t typed, const uid_t16 *account, uid_t16 *ret_proof)
{
    char code[CONTACT_CODE_SIZE];
    uint8_t digest[DIGEST_SHA256_SIZE];
    if (!read_code(typed, code))
        return false;
    digest_sha256_2(account->bytes, sizeof account->bytes, code, sizeof code, digest);
    memcpy(ret_proof->bytes, digest, sizeof ret_proof->bytes);
    return true;
}

size_t contact_row_write(const contact_row_t *row, uint8_t out[CONTACT_ROW_MAX])
{
    pack_t pack;
    pack_start(&pack, out, CONTACT_ROW_MAX);
    pack_array(&pack, 4);
    pack_text(&pack, row->address);
    pack_text(&pack, row->key);
    pack_text(&pack, row->code);
    pack_i64(&pack, row->set);
    return pack_end(&pack);
}

// Fields of a later version stand behind these.
static bool read_row(bytes_t bytes, contact_row_t *ret_row)
{
    enum { FIELDS = 3, FIELDS_MAX = 16 };
    wire_t wire;
    wire_start(&wire, bytes.data, bytes.size);
    uint32_t fields = wire_array(&wire, FIELDS_MAX);
    if (fields < FIELDS)
        return false;
    wire_text(&wire, &ret_row->address);
    wire_text(&wire, &ret_row->key);
    wire_text(&wire, &ret_row->code);
    if (fields > FIELDS)
        wire_i64(&wire, &ret_row->set);
    return !wire.fail;
}

static bool find_kind(const recalled_t *recalled, uint64_t kind, contact_row_t *ret_row)
{
    *ret_row = (contact_row_t){.set = 0};
    for (size_t i = 0; !recalled->fail && i < recalled->rows_count; i++)
        if (recalled->rows[i].kind == kind)
            return read_row(recalled->rows[i].bytes, ret_row);
    return false;
}

// Which is the newer one says the row: the journal may be an older one than the side store.
static bool find_of_two(const recalled_t *recalled, uint64_t contact, bool newer,
                        contact_row_t *ret_row)
{
    contact_row_t first, second;
    bool has_first = find_kind(recalled, contact, &first);
    bool has_second =
        contact == CONTACT_WEBHOOK && find_kind(recalled, CONTACT_ROW_SECOND, &second);
    if (!has_second) {
        *ret_row = newer ? first : (contact_row_t){.set = 0};
        return newer && has_first;
    }
    bool takes_first = has_first && (first.set >= second.set) == newer;
    *ret_row = takes_first ? first : newer || has_first ? second : (contact_row_t){.set = 0};
    return newer || has_first;
}

bool contact_row_find(const recalled_t *recalled, uint64_t contact, contact_row_t *ret_row)
{
    return find_of_two(recalled, contact, true, ret_row);
}

bool contact_row_before(const recalled_t *recalled, uint64_t contact, contact_row_t *ret_row)
{
    return find_of_two(recalled, contact, false, ret_row);
}
