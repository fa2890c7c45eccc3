// kopeck-documents - invoices of companies, and the transfers that pay them.
#include "services/documents/documents_core.h"
#include "services/process/shell.h"

int main(int argc, char **argv)
{
    config_t *config = shell_begin(
        argc, argv, "documents: invoices of companies, and the transfers that pay them");
    return shell_run(config, &documents_core, NULL, NULL);
}
