#include "services/process/security/security.h"
#include "services/process/actor.h"
#include "services/process/callers.h"
#include "services/process/security/zpl.h"
#include <assert.h>
#include <sys/stat.h>

enum { KEY_TEXT = 40, KEY_BYTES = 32, PAUSE_MS = 20 };

struct security {
    zcert_t *own;
    char *directory;
    authenticator_t authenticator;
    zactor_t *thread;
};

void security_prepare(void)
{
    setenv("ZSYS_SIGHANDLER", "false", 1);
    zsys_init();
    zsys_handler_set(NULL);
}

static bool refuse_security(char error[SECURITY_ERROR_MAX], const char *file, const char *why)
{
    snprintf(error, SECURITY_ERROR_MAX, "%s: %s", file, why);
    return false;
}

// What is wrong with a file that was read (errno 0), or why it was not.
static bool refuse_file(char error[SECURITY_ERROR_MAX], const char *file, const char *what)
{
    int why = errno;
    refuse_security(error, file, why ? strerror(why) : what);
    errno = zpl_may_pass(why) ? EAGAIN : EINVAL;
    return false;
}

// A secret that others can read is not one.
static bool check_private(const char *file, char error[SECURITY_ERROR_MAX])
{
    struct stat status;
    if (stat(file, &status) != 0)
        return refuse_file(error, file, "is not there");
    errno = EINVAL;
    if (!S_ISREG(status.st_mode))
        return refuse_security(error, file, "is not a plain file");
    // 0440 is how a credential looks that an access list lends to our user alone.
    if (status.st_mode & 077 && (status.st_mode & 0777) != 0440)
        return refuse_security(error, file, "may be read by others; expected mode 0600");
    return true;
}

// zpl_load, and again for a while where the reason may pass.
static zconfig_t *load_patiently(const char *file)
{
    int64_t until = zclock_mono() + SECURITY_PATIENCE_MS;
    zconfig_t *root;
    while (!(root = zpl_load(file)) && zpl_may_pass(errno) && zclock_mono() < until)
        zclock_sleep(PAUSE_MS);
    return root;
}

static bool decode_key(zconfig_t *root, const char *name, uint8_t ret_key[KEY_BYTES])
{
    static const uint8_t zero[KEY_BYTES];
    const char *text = zconfig_get(root, name, NULL);
    return text && strlen(text) == KEY_TEXT && zmq_z85_decode(ret_key, text) &&
           memcmp(ret_key, zero, sizeof zero) != 0;
}

zcert_t *security_load_secret(const char *secret_file, char error[SECURITY_ERROR_MAX])
{
    static const char suffix[] = "_secret";
    size_t size = strlen(secret_file), cut = sizeof suffix - 1;
    errno = EINVAL;
    if (size <= cut || size >= PATH_MAX || strcmp(secret_file + size - cut, suffix) != 0) {
        refuse_security(error, secret_file, "is not named NAME.cert_secret");
        return NULL;
    }
    if (!check_private(secret_file, error))
        return NULL;
    zconfig_t *root = load_patiently(secret_file);
    uint8_t public[KEY_BYTES], secret[KEY_BYTES];
    zcert_t *cert = NULL;
    if (root && decode_key(root, "curve/public-key", public) &&
        decode_key(root, "curve/secret-key", secret)) {
        cert = zcert_new_from(public, secret);
        assert(cert);
    } else
        refuse_file(error, secret_file, "holds no key pair");
    explicit_bzero(secret, sizeof secret);
    zconfig_destroy(&root);
    return cert;
}

bool security_load_public(const char *file, char ret_key[41], char error[SECURITY_ERROR_MAX])
{
    zconfig_t *root = load_patiently(file);
    const char *key = root ? zconfig_get(root, "curve/public-key", NULL) : NULL;
    bool good = key && strlen(key) == KEY_TEXT;
    if (good)
        memcpy(ret_key, key, KEY_TEXT + 1);
    else
        refuse_file(error, file, "holds no public key");
    zconfig_destroy(&root);
    return good;
}

// Who may come in. A file that cannot be read for a moment is waited for, since whom it lets in
// would be locked out; what stays is the authenticator's to tell. Nobody's file keeps us from
// starting.
static bool load_certificates(security_t *self, const char *directory,
                              char error[SECURITY_ERROR_MAX])
{
    int64_t until = zclock_mono() + SECURITY_PATIENCE_MS;
    authenticator_t *authenticator = &self->authenticator;
    for (;;) {
        authenticator->mark = certificates_mark(directory);
        authenticator->certificates = certificates_load(directory, NULL, error, SECURITY_ERROR_MAX);
        const certificates_t *all = authenticator->certificates;
        bool may_pass = all ? all->unread > 0 : zpl_may_pass(errno);
        if (may_pass && zclock_mono() < until) {
            certificates_destroy(&authenticator->certificates);
            zclock_sleep(PAUSE_MS);
            continue;
        }
        if (may_pass)
            authenticator->mark = 0; // read again at the next look
        errno = may_pass ? EAGAIN : EINVAL;
        return all;
    }
}

security_t *security_new(const char *secret_file, const char *public_directory,
                         const admission_t *admissions, char error[SECURITY_ERROR_MAX])
{
    if (!zsys_has_curve()) {
        refuse_security(error, "libzmq", "was built without CURVE");
        errno = EINVAL;
        return NULL;
    }
    security_t *self = calloc(1, sizeof *self);
    assert(self);
    self->authenticator.directory = self->directory = strdup(public_directory);
    self->authenticator.admissions = admissions;
    roster_board_init(&self->authenticator.board);
    assert(self->directory);
    if (load_certificates(self, public_directory, error) &&
        (self->own = security_load_secret(secret_file, error))) {
        self->thread = authenticator_new(&self->authenticator);
        if (self->thread)
            return self;
        refuse_security(error, public_directory, "the authenticator did not start");
        errno = EAGAIN;
    } else
        certificates_destroy(&self->authenticator.certificates);
    int why = errno;
    security_destroy(&self);
    errno = why;
    return NULL;
}

void security_destroy(security_t **self_p)
{
    security_t *self = *self_p;
    if (!self)
        return;
    zactor_destroy(&self->thread);
    zcert_destroy(&self->own);
    roster_board_release(&self->authenticator.board);
    free(self->directory);
    free(self);
    *self_p = NULL;
}

zcert_t *security_own(security_t *self)
{
    return self->own;
}

authenticator_t *security_authenticator(security_t *self)
{
    return &self->authenticator;
}

roster_board_t *security_roster(security_t *self)
{
    return &self->authenticator.board;
}

void security_look(security_t *self)
{
    actor_say(zactor_sock(self->thread), AUTHENTICATOR_LOOK);
}

zactor_t *security_watch(security_t *self)
{
    return self->thread;
}

const char *security_certificate(zmq_msg_t *last)
{
    const char *user = zmq_msg_gets(last, "User-Id");
    return user && strlen(user) == KEY_TEXT ? user : NULL;
}

const char *security_caller(zmq_msg_t *last)
{
    const char *certificate = security_certificate(last);
    bool counted = certificate && callers_named(zmq_msg_get(last, ZMQ_SRCFD), certificate);
    return counted ? certificate : NULL;
}
