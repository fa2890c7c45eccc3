// kopeck-fleet - starts one platform's processes on this machine with a stand-in of Robokassa,
// keeps them alive, and stops them when it is told to. For demos, tests and trying things out.
#include "proto/service.h"
#include "services/process/security/security.h"
#include "tools/command_line/command_line.h"
#include "tools/fleet/fleet_drive.h"
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

enum { START_MS = 60000, TEND_MS = 50 };

typedef struct {
    fleet_options_t fleet;
    bool drive;
    instant_t grid_us;
} options_t;

static void help(FILE *out)
{
    fputs(
        "usage: kopeck-fleet up --dir DIR [options]\n\n"
        "Starts every process of Kopeck and robokassa-sim from the programs beside\n"
        "this one, with keys, passwords, configuration, journals and logs in DIR (made if "
        "missing,\n"
        "used again if there), prints where they are reached and which config file the command\n"
        "line takes, and keeps them alive until SIGTERM or SIGINT. They also end when this program "
        "dies.\n\n"
        "  --dir DIR         the run's directory\n"
        "  --clock WORD      wall (default) or driven: time moves by clock.set only\n"
        "  --start US        first instant of the stand-in's driven clock, microseconds since "
        "1970\n"
        "  --live-feed 0|1   0: nobody subscribes, everybody polls the replay doors (1)\n"
        "  --tcp             loopback ports instead of UNIX sockets\n"
        "  --importers       the ledger takes postings of any kind under importer.cfg, for trials\n"
        "  --segment-events N  of new journals, a power of two from 1024 on (1024: so that trials\n"
        "                    meet sealed segments; a platform's default is 16777216)\n"
        "  --drive           moves a driven clock by lines of standard input: \"to "
        "MICROSECONDS\",\n"
        "                    \"settle\", \"counters\"; each is answered by a line. Its end is a "
        "SIGTERM\n"
        "  --grid US         then: wake-ups are met at multiples of it (1 minute: 60000000)\n"
        "  --outbox NUMBER   metering follows this producer's outbox; default: usage is pushed\n"
        "  --sim LINE        a further line of robokassa-sim's configuration; repeatable\n"
        "  --help            this text\n\n"
        "Exit codes: 0 stopped by a signal, 64 usage, 69 a process did not become ready,\n"
        "73 the directory cannot be made, or another fleet uses it.\n",
        out);
}

static bool set_option(void *arg, int option, const char *value)
{
    options_t *all = arg;
    fleet_options_t *options = &all->fleet;
    uint64_t number = 0;
    switch (option) {
    case 'D':
        all->drive = true;
        return true;
    case 'g':
        all->grid_us = command_line_number(value, 0, INT64_MAX, &number) ? (instant_t)number : -1;
        return all->grid_us >= 0;
    case 'd':
        options->directory = value;
        return true;
    case 'c':
        options->driven = strcmp(value, "driven") == 0;
        return options->driven || strcmp(value, "wall") == 0;
    case 's':
        options->start = command_line_number(value, 0, INT64_MAX, &number) ? (instant_t)number : -1;
        return options->start >= 0;
    case 'l':
        options->live_feed = strcmp(value, "1") == 0;
        return options->live_feed || strcmp(value, "0") == 0;
    case 't':
        options->tcp = true;
        return true;
    case 'i':
        options->importers = true;
        return true;
    case 'e':
        return command_line_number(value, 1024, 1u << 30, &options->segment_events) &&
               (options->segment_events & (options->segment_events - 1)) == 0;
    case 'o':
        options->outbox =
            command_line_number(value, PRODUCER_FIRST, INT64_MAX, &number) ? number : 0;
        return options->outbox != 0;
    case 'm':
        if (options->sim_lines_count == FLEET_SIM_LINES_MAX || strchr(value, '\n'))
            return false;
        options->sim_lines[options->sim_lines_count++] = value;
        return true;
    default:
        return false;
    }
}

static bool parse_options(int argc, char **argv, options_t *options)
{
    static const struct option OPTIONS[] = {{"dir", required_argument, NULL, 'd'},
                                            {"clock", required_argument, NULL, 'c'},
                                            {"start", required_argument, NULL, 's'},
                                            {"live-feed", required_argument, NULL, 'l'},
                                            {"tcp", no_argument, NULL, 't'},
                                            {"segment-events", required_argument, NULL, 'e'},
                                            {"outbox", required_argument, NULL, 'o'},
                                            {"sim", required_argument, NULL, 'm'},
                                            {"importers", no_argument, NULL, 'i'},
                                            {"drive", no_argument, NULL, 'D'},
                                            {"grid", required_argument, NULL, 'g'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    *options = (options_t){.fleet.live_feed = true};
    const command_line_t line = {"kopeck-fleet", OPTIONS, help, set_option, options};
    if (!command_line_read(&line, argc, argv))
        return false;
    return options->fleet.directory && (options->fleet.driven || !options->drive) &&
           optind + 1 == argc && strcmp(argv[optind], "up") == 0;
}

static void print_places(const fleet_t *fleet)
{
    const fleet_place_t *place = fleet_place(fleet);
    printf("kopeck    --config %s/etc/kopeck.cfg\n", place->directory);
    for (fleet_process_t p = 0; p < FLEET_JOURNALS; p++) {
        const fleet_doors_t *doors = &place->doors[p];
        printf("%-9s command %s\n%-9s replay  %s\n%-9s publish %s\n", fleet_place_name(p),
               doors->command, "", doors->replay, "", doors->publish);
        if (service_at(p)->takes_feed)
            printf("%-9s feed    %s\n", "", doors->feed);
    }
    printf("%-9s %s\n%-9s http://%s\n%-9s %s\n", "web", fleet_url(fleet, FLEET_WEB), "api",
           place->api, "sim", fleet_url(fleet, FLEET_SIM));
    fflush(stdout);
}

// Until a signal comes, or the drive's last line was read.
static void keep(fleet_t *fleet, fleet_drive_t *drive, int signals)
{
    struct pollfd wait[] = {{.fd = signals, .events = POLLIN},
                            {.fd = drive ? STDIN_FILENO : -1, .events = POLLIN}};
    while (poll(wait, 2, TEND_MS) >= 0 && !wait[0].revents) {
        if (wait[1].revents && !fleet_drive_take(drive, STDIN_FILENO, stdout))
            return;
        fleet_tend(fleet);
    }
}

static bool serve(fleet_t *fleet, const options_t *options, int signals, char *error)
{
    if (!fleet_start(fleet, START_MS, error))
        return false;
    fleet_drive_t *drive = options->drive ? fleet_drive_new(fleet, options->grid_us, error) : NULL;
    if (options->drive && !drive)
        return false;
    print_places(fleet);
    keep(fleet, drive, signals);
    fleet_drive_destroy(&drive);
    return true;
}

int main(int argc, char **argv)
{
    options_t options;
    if (!parse_options(argc, argv, &options)) {
        help(stderr);
        return EX_USAGE;
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    security_prepare();
    int signals = signalfd(-1, &set, SFD_CLOEXEC);
    char error[FLEET_ERROR_MAX];
    fleet_t *fleet = fleet_new(&options.fleet, error);
    if (!fleet) {
        fprintf(stderr, "kopeck-fleet: %s\n", error);
        return EX_CANTCREAT;
    }
    bool good = serve(fleet, &options, signals, error);
    if (!good)
        fprintf(stderr, "kopeck-fleet: %s\n", error);
    fleet_destroy(&fleet);
    return good ? EX_OK : EX_UNAVAILABLE;
}
