// kopeck-documents - invoices of companies, and the transfers that pay them.
//
// Texts of transfers in suspense are kept where side/keys is configured (config.h).
#include "services/documents/documents_core.h"
#include "services/process/shell.h"

int main(int argc, char **argv)
{
    config_t *config = shell_begin(
        argc, argv, "documents: invoices of companies, and the transfers that pay them");
    documents_settings_t settings = {.rows = config_has(config, "side/keys")};
    return shell_run(config, &documents_core, &settings, NULL);
}
