// kopeck-metering - takes the platform's usage and charges each running container by the minute.
#include "services/process/shell.h"
#include "services/metering/metering_core.h"

int main(int argc, char **argv)
{
    config_t *config = shell_begin(argc, argv, "metering: usage in, charge lines out");
    return shell_run(config, &metering_core, NULL, reader_events_alone);
}
