// kopeck-autopay - decides when a linked card is charged, and can prove why it was or was not.
#include "services/autopay/autopay_core.h"
#include "services/process/shell.h"

int main(int argc, char **argv)
{
    config_t *config =
        shell_begin(argc, argv, "autopay: when to charge a linked card, and why not");
    return shell_run(config, &autopay_core, NULL, reader_events_alone);
}
