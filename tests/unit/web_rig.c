#include "tests/unit/web_rig.h"
#include <stdlib.h>
#include <unistd.h>

web_rig_t web_rig;

static char directory[] = "/tmp/kopeck-web-rig-XXXXXX";

int web_rig_begin(void **state)
{
    (void)state;
    char path[64];
    zsys_handler_set(NULL);
    if (!mkdtemp(directory))
        return -1;
    snprintf(web_rig.endpoint, sizeof web_rig.endpoint, "ipc://%s/payment", directory);
    snprintf(web_rig.port_file, sizeof web_rig.port_file, "%s/port", directory);
    snprintf(web_rig.certificate, sizeof web_rig.certificate, "%s/payment.cert", directory);
    snprintf(web_rig.secret, sizeof web_rig.secret, "%s/web.cert_secret", directory);
    snprintf(path, sizeof path, "%s/web.cert", directory);
    zcert_t *web = zcert_new();
    web_rig.payment = zcert_new();
    zcert_set_meta(web_rig.payment, "role", "payment");
    zcert_set_meta(web, "role", "web");
    int failed = zcert_save_public(web_rig.payment, web_rig.certificate) || zcert_save(web, path);
    zcert_destroy(&web);
    return failed;
}

int web_rig_end(void **state)
{
    (void)state;
    static const char *const names[] = {"payment", "payment.cert", "port", "web.cert",
                                        "web.cert_secret"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    zcert_destroy(&web_rig.payment);
    return rmdir(directory);
}
