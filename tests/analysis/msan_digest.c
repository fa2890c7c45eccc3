// msan_digest - tells MemorySanitizer what libcrypto, which it cannot see into, has written. Linked
// with --wrap into builds with SANITIZE=memory alone.
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sanitizer/msan_interface.h>

EVP_MD *__real_EVP_MD_fetch(OSSL_LIB_CTX *library, const char *name, const char *properties);
EVP_MD *__wrap_EVP_MD_fetch(OSSL_LIB_CTX *library, const char *name, const char *properties);
int __real_SHA256_Final(unsigned char *digest, SHA256_CTX *context);
int __wrap_SHA256_Final(unsigned char *digest, SHA256_CTX *context);
int __real_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *digest, unsigned *size);
int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *digest, unsigned *size);
unsigned char *__real_HMAC(const EVP_MD *algorithm, const void *key, int key_size,
                           const unsigned char *data, size_t size, unsigned char *code,
                           unsigned *code_size);
unsigned char *__wrap_HMAC(const EVP_MD *algorithm, const void *key, int key_size,
                           const unsigned char *data, size_t size, unsigned char *code,
                           unsigned *code_size);
int __real_EVP_EncodeBlock(unsigned char *text, const unsigned char *bytes, int size);
int __wrap_EVP_EncodeBlock(unsigned char *text, const unsigned char *bytes, int size);
int __real_EVP_DecodeBlock(unsigned char *bytes, const unsigned char *text, int size);
int __wrap_EVP_DecodeBlock(unsigned char *bytes, const unsigned char *text, int size);

// What libcrypto hands to libc is not looked at: it was written where nobody saw it.
EVP_MD *__wrap_EVP_MD_fetch(OSSL_LIB_CTX *library, const char *name, const char *properties)
{
    __msan_scoped_disable_interceptor_checks();
    EVP_MD *algorithm = __real_EVP_MD_fetch(library, name, properties);
    __msan_scoped_enable_interceptor_checks();
    return algorithm;
}

int __wrap_SHA256_Final(unsigned char *digest, SHA256_CTX *context)
{
    int done = __real_SHA256_Final(digest, context);
    __msan_unpoison(digest, SHA256_DIGEST_LENGTH);
    return done;
}

int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *digest, unsigned *size)
{
    int done = __real_EVP_DigestFinal_ex(context, digest, size);
    __msan_unpoison(size, sizeof *size);
    __msan_unpoison(digest, *size);
    return done;
}

unsigned char *__wrap_HMAC(const EVP_MD *algorithm, const void *key, int key_size,
                           const unsigned char *data, size_t size, unsigned char *code,
                           unsigned *code_size)
{
    __msan_check_mem_is_initialized(key, (size_t)key_size);
    __msan_check_mem_is_initialized(data, size);
    __msan_scoped_disable_interceptor_checks();
    unsigned char *done = __real_HMAC(algorithm, key, key_size, data, size, code, code_size);
    __msan_scoped_enable_interceptor_checks();
    __msan_unpoison(code_size, sizeof *code_size);
    __msan_unpoison(code, *code_size);
    return done;
}

int __wrap_EVP_EncodeBlock(unsigned char *text, const unsigned char *bytes, int size)
{
    __msan_check_mem_is_initialized(bytes, (size_t)size);
    int written = __real_EVP_EncodeBlock(text, bytes, size);
    __msan_unpoison(text, (size_t)written + 1); // and its end
    return written;
}

int __wrap_EVP_DecodeBlock(unsigned char *bytes, const unsigned char *text, int size)
{
    __msan_check_mem_is_initialized(text, (size_t)size);
    int written = __real_EVP_DecodeBlock(bytes, text, size);
    if (written > 0)
        __msan_unpoison(bytes, (size_t)written);
    return written;
}
