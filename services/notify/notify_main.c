// kopeck-notify - who is to be told that the money runs out, and whose containers stop.
#include "services/notify/notify_core.h"
#include "services/process/shell.h"

int main(int argc, char **argv)
{
    config_t *config = shell_begin(
        argc, argv, "notify: who is to be told that the money runs out, and whose containers stop");
    return shell_run(config, &notify_core, NULL, NULL);
}
