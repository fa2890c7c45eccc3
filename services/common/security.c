#include "services/common/security.h"
#include "services/common/keys.h"
#include <assert.h>
#include <sys/stat.h>

struct security {
    zcert_t *own;
    zactor_t *authenticator;
};

void security_prepare(void)
{
    setenv("ZSYS_SIGHANDLER", "false", 1);
    zsys_init();
    zsys_handler_set(NULL);
}

static bool refuse(char error[SECURITY_ERROR_MAX], const char *file, const char *why)
{
    snprintf(error, SECURITY_ERROR_MAX, "%s: %s", file, why);
    return false;
}

// A secret that others can read is not one.
static bool check_private(const char *file, char error[SECURITY_ERROR_MAX])
{
    struct stat status;
    if (stat(file, &status) != 0)
        return refuse(error, file, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return refuse(error, file, "is not a plain file");
    // 0440 is how a credential looks that an access list lends to our user alone.
    if (status.st_mode & 077 && (status.st_mode & 0777) != 0440)
        return refuse(error, file, "may be read by others; expected mode 0600");
    return true;
}

zcert_t *security_load_secret(const char *secret_file, char error[SECURITY_ERROR_MAX])
{
    static const char suffix[] = "_secret";
    size_t size = strlen(secret_file), cut = sizeof suffix - 1;
    if (size <= cut || size >= PATH_MAX || strcmp(secret_file + size - cut, suffix) != 0) {
        refuse(error, secret_file, "is not named NAME.cert_secret");
        return NULL;
    }
    if (!check_private(secret_file, error))
        return NULL;
    // czmq adds the suffix itself and looks for the secret file first.
    char plain[PATH_MAX];
    snprintf(plain, sizeof plain, "%.*s", (int)(size - cut), secret_file);
    zcert_t *cert = zcert_load(plain);
    static const byte zero[32];
    if (cert && memcmp(zcert_secret_key(cert), zero, sizeof zero) != 0)
        return cert;
    zcert_destroy(&cert);
    refuse(error, secret_file, "holds no key pair");
    return NULL;
}

bool security_load_public(const char *file, char ret_key[41], char error[SECURITY_ERROR_MAX])
{
    zconfig_t *root = zconfig_load(file);
    const char *key = root ? zconfig_get(root, "curve/public-key", NULL) : NULL;
    bool good = key && strlen(key) == 40;
    if (good)
        memcpy(ret_key, key, 41);
    else
        refuse(error, file, "holds no public key");
    zconfig_destroy(&root);
    return good;
}

security_t *security_new(const char *secret_file, const char *public_directory,
                         char error[SECURITY_ERROR_MAX])
{
    if (!zsys_has_curve()) {
        refuse(error, "libzmq", "was built without CURVE");
        return NULL;
    }
    if (!keys_check(public_directory, error, SECURITY_ERROR_MAX))
        return NULL;
    security_t *self = calloc(1, sizeof *self);
    assert(self);
    self->own = security_load_secret(secret_file, error);
    if (!self->own) {
        security_destroy(&self);
        return NULL;
    }
    self->authenticator = zactor_new(zauth, NULL);
    if (self->authenticator &&
        zstr_sendx(self->authenticator, "CURVE", public_directory, NULL) == 0 &&
        zsock_wait(self->authenticator) == 0)
        return self;
    refuse(error, public_directory, "the authenticator did not start");
    security_destroy(&self);
    return NULL;
}

void security_destroy(security_t **self_p)
{
    security_t *self = *self_p;
    if (!self)
        return;
    zactor_destroy(&self->authenticator);
    zcert_destroy(&self->own);
    free(self);
    *self_p = NULL;
}

zcert_t *security_own(security_t *self)
{
    return self->own;
}

zactor_t *security_watch(security_t *self)
{
    return self->authenticator;
}

role_t security_role(zmq_msg_t *last)
{
    const char *user = zmq_msg_gets(last, "User-Id");
    const char *role = user && *user ? zmq_msg_gets(last, "role") : NULL;
    return role ? role_parse(role) : ROLE_NONE;
}

producers_t security_producers(zmq_msg_t *last)
{
    producers_t producers = {0};
    const char *text = zmq_msg_gets(last, "producer");
    if (text)
        (void)producers_parse(text, &producers); // nobody's if it is none
    return producers;
}
