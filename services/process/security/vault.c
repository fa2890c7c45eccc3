#include "services/process/security/vault.h"
#include "services/process/security/secret.h"
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    KEYS_MAX = 4,
    KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    SEAL_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    OVERHEAD = NONCE_BYTES + SEAL_BYTES,
    KEY_KIND = 0,                             // of the row that holds the owner's key
    KEY_ROW_BYTES = 1 + OVERHEAD + KEY_BYTES, // the master key's version, and the key sealed by it
    ROTATE_BYTES = 256 * 1024,
    NODE_ROWS = 256,         // of a batch (node.h)
    ROWS_MAX = 2 * NODE_ROWS // each may bring a key
};

typedef struct {
    uint8_t bytes[KEY_BYTES];
    uint8_t version;
} master_t;

// In memory of sodium_malloc.
typedef struct {
    master_t keys[KEYS_MAX];
    size_t count;
    uint8_t owner[KEY_BYTES]; // the owner's that is in use
} ring_t;

struct vault {
    ring_t *ring;
    journal_row_t sealed[ROWS_MAX];
    size_t sealed_count;
    uint8_t sealed_bytes[ROWS_MAX][SIDE_ROW_MAX + OVERHEAD];
    side_row_t opened[SIDE_KINDS];
    size_t opened_count;
    uint8_t opened_bytes[SIDE_KINDS][SIDE_ROW_MAX];
};

static_assert((size_t)SIDE_ROW_MAX + OVERHEAD <= JOURNAL_ROW_MAX &&
                  (size_t)SIDE_KINDS <= (size_t)JOURNAL_ROW_KINDS,
              "a sealed row is one of the store");

// --- the file ---

static bool read_version(const char **text, uint8_t *ret_version)
{
    char *end;
    unsigned long version = **text >= '1' && **text <= '9' ? strtoul(*text, &end, 10) : 0;
    if (version < 1 || version > UINT8_MAX || *end != ':')
        return false;
    *text = end + 1;
    *ret_version = (uint8_t)version;
    return true;
}

static bool read_key(const char **text, uint8_t out[KEY_BYTES])
{
    size_t size;
    if (strnlen(*text, 2 * KEY_BYTES) < 2 * KEY_BYTES ||
        sodium_hex2bin(out, KEY_BYTES, *text, 2 * KEY_BYTES, NULL, &size, NULL) ||
        size != KEY_BYTES)
        return false;
    *text += 2 * KEY_BYTES;
    return true;
}

static const char *read_keys(const char *text, ring_t *ring)
{
    for (uint8_t before = 0;; text++) {
        if (ring->count == KEYS_MAX)
            return "at most 4 keys";
        master_t *key = &ring->keys[ring->count];
        if (!read_version(&text, &key->version) || !read_key(&text, key->bytes))
            return "VERSION:KEY, the version 1 to 255, the key 64 hexadecimal digits";
        if (key->version <= before)
            return "versions that ascend";
        before = key->version;
        ring->count++;
        if (*text != ' ')
            break;
    }
    return *text ? "single blanks between keys, and nothing behind the last one" : NULL;
}

vault_t *vault_new(const char *file, char *error, size_t error_size)
{
    secret_t *secret = secret_read(file, error, error_size);
    if (!secret)
        return NULL;
    vault_t *self = calloc(1, sizeof *self);
    assert(self && sodium_init() >= 0);
    self->ring = sodium_malloc(sizeof *self->ring);
    assert(self->ring);
    sodium_memzero(self->ring, sizeof *self->ring);
    const char *wrong = read_keys(secret_reveal(secret), self->ring);
    secret_destroy(&secret);
    if (wrong) {
        snprintf(error, error_size, "expected %s", wrong);
        vault_destroy(&self);
    }
    return self;
}

static void forget(vault_t *self)
{
    sodium_memzero(self->opened_bytes, sizeof self->opened_bytes);
    sodium_memzero(self->ring->owner, sizeof self->ring->owner);
    self->opened_count = 0;
}

void vault_destroy(vault_t **self_p)
{
    vault_t *self = *self_p;
    if (!self)
        return;
    forget(self);
    sodium_free(self->ring); // wipes it
    free(self);
    *self_p = NULL;
}

// --- sealing bytes ---

// What is authenticated beside a row's bytes: whose and which it is.
typedef struct {
    uint8_t bytes[sizeof(uid_t16) + 1];
} place_t;

static place_t place_of(const uid_t16 *owner, uint8_t kind)
{
    place_t place;
    memcpy(place.bytes, owner->bytes, sizeof owner->bytes);
    place.bytes[sizeof owner->bytes] = kind;
    return place;
}

// Nonce, then what is sealed. Returns the size.
static size_t seal(const uint8_t key[KEY_BYTES], const place_t *place, const uint8_t *plain,
                   size_t size, uint8_t *out)
{
    unsigned long long sealed;
    randombytes_buf(out, NONCE_BYTES);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        out + NONCE_BYTES, &sealed, plain, size, place->bytes, sizeof place->bytes, NULL, out, key);
    return NONCE_BYTES + (size_t)sealed;
}

static bool unseal(const uint8_t key[KEY_BYTES], const place_t *place, bytes_t sealed, uint8_t *out,
                   size_t cap, size_t *ret_size)
{
    unsigned long long size;
    if (sealed.size < OVERHEAD || sealed.size - OVERHEAD > cap ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(out, &size, NULL, sealed.data + NONCE_BYTES,
                                                   sealed.size - NONCE_BYTES, place->bytes,
                                                   sizeof place->bytes, sealed.data, key))
        return false;
    *ret_size = (size_t)size;
    return true;
}

// --- the owner's key ---

static const master_t *newest(const vault_t *self)
{
    return &self->ring->keys[self->ring->count - 1];
}

static const master_t *master_of(const vault_t *self, uint8_t version)
{
    for (size_t i = 0; i < self->ring->count; i++)
        if (self->ring->keys[i].version == version)
            return &self->ring->keys[i];
    return NULL;
}

static fail_t unwrap(vault_t *self, const uid_t16 *owner, bytes_t row)
{
    const master_t *master = row.size == KEY_ROW_BYTES ? master_of(self, row.data[0]) : NULL;
    place_t place = place_of(owner, KEY_KIND);
    size_t size;
    bytes_t sealed = {row.data + 1, row.size - 1};
    return master && unseal(master->bytes, &place, sealed, self->ring->owner,
                            sizeof self->ring->owner, &size)
               ? FAIL_NONE
               : FAIL_CORRUPT;
}

static uint8_t *add_sealed(vault_t *self, const uid_t16 *owner, uint8_t kind)
{
    assert(self->sealed_count < ROWS_MAX);
    uint8_t *bytes = self->sealed_bytes[self->sealed_count];
    self->sealed[self->sealed_count++] = (journal_row_t){*owner, kind, {bytes, 0}};
    return bytes;
}

static void end_sealed(vault_t *self, size_t size)
{
    self->sealed[self->sealed_count - 1].bytes.size = (uint32_t)size;
}

static void wrap(vault_t *self, const uid_t16 *owner)
{
    place_t place = place_of(owner, KEY_KIND);
    uint8_t *out = add_sealed(self, owner, KEY_KIND);
    out[0] = newest(self)->version;
    end_sealed(self, 1 + seal(newest(self)->bytes, &place, self->ring->owner,
                              sizeof self->ring->owner, out + 1));
}

typedef struct {
    const uid_t16 *owner;
    uint8_t bytes[KEY_ROW_BYTES];
    bytes_t row; // empty if there is none
} found_t;

static fail_t find_key(const journal_row_t *row, void *arg)
{
    found_t *found = arg;
    if (!uid_equal(&row->owner, found->owner) || row->kind != KEY_KIND)
        return FAIL_LATER; // the end: a row before his key, or another's
    uint32_t size = row->bytes.size < sizeof found->bytes ? row->bytes.size : sizeof found->bytes;
    memcpy(found->bytes, row->bytes.data, size);
    found->row = (bytes_t){found->bytes, row->bytes.size};
    return FAIL_LATER;
}

// As it is with what this batch has changed already; the key row is empty if there is none.
static fail_t look_for_key(vault_t *self, journal_reader_t *reader, found_t *found)
{
    for (size_t i = self->sealed_count; i-- > 0;) {
        const journal_row_t *row = &self->sealed[i];
        if (!uid_equal(&row->owner, found->owner))
            continue;
        if (row->kind == JOURNAL_ROW_ALL)
            return FAIL_NONE;
        if (row->kind == KEY_KIND)
            return find_key(row, found) == FAIL_LATER ? FAIL_NONE : FAIL_CORRUPT;
    }
    fail_t fail = journal_rows(reader, found->owner, 1, find_key, found);
    return fail == FAIL_LATER ? FAIL_NONE : fail;
}

// The owner's key, made where there is none.
static fail_t take_key(vault_t *self, journal_reader_t *reader, const uid_t16 *owner)
{
    found_t found = {.owner = owner};
    fail_t fail = look_for_key(self, reader, &found);
    if (fail || found.row.size)
        return fail ? fail : unwrap(self, owner, found.row);
    randombytes_buf(self->ring->owner, sizeof self->ring->owner);
    wrap(self, owner);
    return FAIL_NONE;
}

// --- rows ---

static fail_t seal_row(vault_t *self, journal_reader_t *reader, const side_row_t *row)
{
    if (!row->bytes.size) {
        (void)add_sealed(self, &row->owner, JOURNAL_ROW_ALL);
        return FAIL_NONE;
    }
    fail_t fail = take_key(self, reader, &row->owner);
    if (fail)
        return fail;
    place_t place = place_of(&row->owner, row->kind);
    uint8_t *out = add_sealed(self, &row->owner, row->kind);
    end_sealed(self, seal(self->ring->owner, &place, row->bytes.data, row->bytes.size, out));
    return FAIL_NONE;
}

fail_t vault_seal(vault_t *self, journal_reader_t *reader, const side_row_t *rows, size_t count,
                  const journal_row_t **ret_rows, size_t *ret_count)
{
    fail_t fail = FAIL_NONE;
    self->sealed_count = 0;
    for (size_t i = 0; i < count && !fail; i++)
        fail = seal_row(self, reader, &rows[i]);
    forget(self);
    *ret_rows = self->sealed;
    *ret_count = self->sealed_count;
    return fail;
}

typedef struct {
    vault_t *vault;
    const uid_t16 *owner;
    bool has_key;
} opening_t;

// The owner's key is the first of his rows.
static fail_t open_row(const journal_row_t *row, void *arg)
{
    opening_t *opening = arg;
    vault_t *self = opening->vault;
    size_t size;
    if (!uid_equal(&row->owner, opening->owner))
        return FAIL_LATER;
    if (row->kind == KEY_KIND) {
        opening->has_key = true;
        return unwrap(self, &row->owner, row->bytes);
    }
    place_t place = place_of(&row->owner, row->kind);
    if (!opening->has_key || self->opened_count == SIDE_KINDS || row->kind >= SIDE_KINDS ||
        !unseal(self->ring->owner, &place, row->bytes, self->opened_bytes[self->opened_count],
                SIDE_ROW_MAX, &size))
        return FAIL_CORRUPT;
    self->opened[self->opened_count] = (side_row_t){
        row->owner, row->kind, {self->opened_bytes[self->opened_count], (uint32_t)size}};
    self->opened_count++;
    return FAIL_NONE;
}

fail_t vault_open(vault_t *self, journal_reader_t *reader, const uid_t16 *owner,
                  const side_row_t **ret_rows, size_t *ret_count)
{
    opening_t opening = {.vault = self, .owner = owner};
    forget(self);
    fail_t fail = journal_rows(reader, owner, 1, open_row, &opening);
    sodium_memzero(self->ring->owner, sizeof self->ring->owner);
    if (fail == FAIL_LATER)
        fail = FAIL_NONE;
    if (fail)
        forget(self);
    *ret_rows = self->opened;
    *ret_count = self->opened_count;
    return fail;
}

// --- rotation ---

typedef struct {
    vault_t *vault;
    uid_t16 last;
    size_t seen;
} rotation_t;

static fail_t rewrap(const journal_row_t *row, void *arg)
{
    rotation_t *rotation = arg;
    vault_t *self = rotation->vault;
    if (self->sealed_count == NODE_ROWS)
        return FAIL_LATER;
    rotation->last = row->owner;
    rotation->seen++;
    if (row->kind != KEY_KIND)
        return FAIL_NONE;
    if (unwrap(self, &row->owner, row->bytes))
        return FAIL_CONFIG;
    if (row->bytes.data[0] != newest(self)->version)
        wrap(self, &row->owner);
    return FAIL_NONE;
}

// The owner behind him in the order of the store; the same if there is none.
static uid_t16 behind(uid_t16 owner)
{
    uid_t16 next = owner;
    for (size_t i = sizeof next.bytes; i-- > 0;)
        if (++next.bytes[i])
            return next;
    return owner;
}

fail_t vault_rotate(vault_t *self, journal_reader_t *reader, uid_t16 *from,
                    const journal_row_t **ret_rows, size_t *ret_count)
{
    fail_t fail;
    rotation_t rotation;
    self->sealed_count = 0;
    do {
        rotation = (rotation_t){.vault = self, .last = *from};
        fail = journal_rows(reader, from, ROTATE_BYTES, rewrap, &rotation);
        if (!fail || fail == FAIL_LATER)
            *from = behind(rotation.last);
    } while (!fail && rotation.seen && self->sealed_count == 0);
    forget(self);
    *ret_rows = self->sealed;
    *ret_count = self->sealed_count;
    return fail == FAIL_LATER ? FAIL_NONE : fail;
}
