#pragma once
// vault - seals rows of the side store before they are appended, and opens them for who recalls.
//
// Each owner has a key of his own, made with his first row. It lies beside his rows as row 0,
// wrapped by a master key, of which the process has a file: one line of VERSION:KEY, parted by
// single blanks, versions ascending from 1 to 255, keys of 64 hexadecimal digits. The newest, which
// is the last, wraps; older ones open what they wrapped before. Example: the line was `1:KEY`. It
// becomes `1:KEY 2:KEY`, and the next start wraps every owner's key anew; then the line may be
// `2:KEY`. So rows are not written again, and who erases needs to destroy one key of 32 bytes.
//
// A row is XChaCha20-Poly1305 over its bytes, with a random nonce before them and owner and kind as
// what is authenticated beside them: a row cannot be put in another's place.
//
// Ownership  Keys lie in memory that is locked and wiped (secret.h). Opened rows belong to the
//            vault until the next call.
// Failures   FAIL_CORRUPT for what no key opens; NULL and the reason in `error`, which holds
// nothing
//            of the file.
// Threads    One. Source: docs/rules.md "Side store"; libsodium.
#include "proto/core.h"
#include "store/journal.h"

typedef struct vault vault_t;

vault_t *vault_new(const char *file, char *error, size_t error_size);
void vault_destroy(vault_t **self_p);

// What is to be appended in the place of a batch's plain changes. The rows live until the next
// call.
fail_t vault_seal(vault_t *self, journal_reader_t *reader, const side_row_t *rows, size_t count,
                  const journal_row_t **ret_rows, size_t *ret_count);
// All rows of an owner, none if there are none.
fail_t vault_open(vault_t *self, journal_reader_t *reader, const uid_t16 *owner,
                  const side_row_t **ret_rows, size_t *ret_count);
// Wraps the keys that lie under an older master key by the newest, from `*from` on: rows that are
// to be appended, none when all are done. *from is where the next call goes on. FAIL_CONFIG if one
// lies under a key that is not there, or another than it was.
fail_t vault_rotate(vault_t *self, journal_reader_t *reader, uid_t16 *from,
                    const journal_row_t **ret_rows, size_t *ret_count);
