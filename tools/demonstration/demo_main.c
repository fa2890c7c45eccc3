// kopeck-demo - the whole of Kopeck on one machine for people to look at: every process, a stand-in
// of Robokassa, and a small platform whose customers pay by card; time runs faster.
#include "services/process/security/security.h"
#include "tools/command_line/command_line.h"
#include "tools/demonstration/desk_child.h"
#include "tools/demonstration/inspection.h"
#include "tools/demonstration/screen.h"
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#define CODE "WELCOME2026"

enum {
    FRAME_MS = 250,   // between two drawings
    CHECK_HOURS = 24, // of --check, unless told otherwise
    EARLY_HOURS = 2,  // when the processes have all they need, and growth begins to count
    HOURS_MAX = 24 * 400,
    SPEED_MAX = 100000,
    DEBT_HOURS = 2, // a customer without autopay who is out of money pays again after so long
    DEBT_RUBLES = 300,
    CODE_EVERY = 5, // customers, of whom one has a promo code
    COMPANY = 0,    // the customer who pays by transfer
    COMPANY_KOPECKS = 200000,
    REFUNDED = 2, // the customer who gets some of his top-up back, after so many minutes
    REFUND_MINUTES = 2,
    REFUND_KOPECKS = 5000,
    TOLD_MAX = BOOKS_EVENTS_MAX
};

typedef struct {
    stage_options_t stage;
    uint64_t hours, speed; // hours 0: until told to end
    bool check, keep;
} options_t;

typedef struct {
    options_t options;
    stage_t *stage;
    books_t *books;
    screen_t *screen; // NULL without a terminal
    desk_child_t desk;
    int signals;
    uint64_t printed; // events said so far, without a terminal
    inspection_look_t early;
    char error[STAGE_ERROR_MAX];
} demo_t;

static void help(FILE *out)
{
    fputs(
        "usage: kopeck-demo [options]\n\n"
        "Starts every process of Kopeck with a stand-in of Robokassa and a small platform. Each\n"
        "customer tops up by card, half of them with autopay, some with a promo code; one is a\n"
        "company that pays its invoice by transfer, and one gets money back. Shows what happens,\n"
        "and until when each balance lasts, while time runs sixty times as fast as real. Ctrl-C\n"
        "ends it.\n\n"
        "  --check         no terminal: simulate 24 hours as fast as it goes, verify everything,\n"
        "                  print a table, exit 0 only if all of it holds\n"
        "  --hours H       end after so many simulated hours\n"
        "  --accounts N    customers, 3 or more (20)\n"
        "  --replicas N    containers that run at a time, about (60)\n"
        "  --speed N       simulated seconds a second (60)\n"
        "  --seed N        another platform (1)\n"
        "  --dir DIR       journals, keys, configuration and logs of this one run; default: a\n"
        "                  fresh directory under /tmp that is removed if nothing went wrong\n"
        "  --keep          keep the directory, whatever it is\n"
        "  --help          this text\n\n"
        "Exit codes: 0 ended or everything holds, 1 something does not hold or was cut short,\n"
        "64 usage, 69 a process did not become ready or time stood still, 73 no fresh directory.\n",
        out);
}

// --- the command line ---

static bool set_option(void *arg, int option, const char *value)
{
    options_t *options = arg;
    uint64_t number = 0;
    bool good;
    switch (option) {
    case 'c':
        return options->check = true;
    case 'k':
        return options->keep = true;
    case 'd':
        options->stage.directory = value;
        return *value;
    case 'H':
        return command_line_number(value, 1, HOURS_MAX, &options->hours);
    case 's':
        return command_line_number(value, 1, SPEED_MAX, &options->speed);
    case 'a':
        good = command_line_number(value, REFUNDED + 1, STAGE_ACCOUNTS_MAX, &number);
        options->stage.accounts = (uint32_t)number;
        return good;
    case 'r':
        good = command_line_number(value, 1, STAGE_REPLICAS_MAX, &number);
        options->stage.replicas = (uint32_t)number;
        return good;
    case 'S':
        return command_line_number(value, 0, UINT32_MAX, &options->stage.seed);
    default:
        return false;
    }
}

static bool parse_options(int argc, char **argv, options_t *options)
{
    static const struct option OPTIONS[] = {
        {"check", no_argument, NULL, 'c'},          {"hours", required_argument, NULL, 'H'},
        {"accounts", required_argument, NULL, 'a'}, {"replicas", required_argument, NULL, 'r'},
        {"speed", required_argument, NULL, 's'},    {"seed", required_argument, NULL, 'S'},
        {"dir", required_argument, NULL, 'd'},      {"keep", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},           {0}};
    *options = (options_t){.stage = {.accounts = 20, .replicas = 60, .seed = 1}, .speed = 60};
    const command_line_t line = {"kopeck-demo", OPTIONS, help, set_option, options};
    if (!command_line_read(&line, argc, argv))
        return false;
    if (options->check && !options->hours)
        options->hours = CHECK_HOURS;
    return optind == argc;
}

// --- the run's directory ---

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

// Time does not go back: a directory is of one run.
static bool is_used(const char *directory)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/var", directory);
    return access(path, F_OK) == 0;
}

// --- time passes ---

static bool is_ended(const demo_t *self, int wait_ms)
{
    struct pollfd wait = {.fd = self->signals, .events = POLLIN};
    return poll(&wait, 1, wait_ms) != 0;
}

// One in five has a promo code.
static bool enters_code(uint32_t account)
{
    return account % CODE_EVERY == 2;
}

// Everybody pays for the first time, a company by transfer, the others by card: those with an odd
// number tick the box, for little money and for few or many payments a month, so that limits are
// met.
static bool open_accounts(demo_t *self)
{
    static const uint8_t counts[] = {3, 5, 10, 31};
    uint64_t invoice;
    if (!stage_invoice(self->stage, COMPANY, COMPANY_KOPECKS, &invoice, self->error) ||
        !stage_begin(self->stage, self->error) ||
        !stage_campaign(self->stage, CODE, self->options.stage.accounts, self->error) ||
        !stage_transfer(self->stage, invoice, COMPANY_KOPECKS, self->error))
        return false;
    for (uint32_t i = COMPANY + 1; i < self->options.stage.accounts; i++) {
        uint64_t count_max = i % 2 ? counts[i / 2 % sizeof counts] : 0;
        if (is_ended(self, 0) ||
            (enters_code(i) && !stage_enter(self->stage, i, CODE, self->error)) ||
            !stage_topup(self->stage, i, 102 + i * 37 % 11 * 6, count_max, self->error))
            return false;
    }
    return books_catch_up(self->books, self->error);
}

// A customer without autopay looks at his account now and then.
static bool pay_debts(demo_t *self)
{
    for (uint32_t i = 0; i < books_count(self->books); i++) {
        books_account_t *account = books_account(self->books, i);
        if (account->exhausted && !account->count_max &&
            stage_now(self->stage) >= account->exhausted_at + DEBT_HOURS * HOUR_US &&
            !stage_topup(self->stage, i, DEBT_RUBLES, 0, self->error))
            return false;
    }
    return true;
}

static bool advance(demo_t *self, instant_t to)
{
    instant_t before = stage_now(self->stage), early = STAGE_START + EARLY_HOURS * HOUR_US;
    if (!stage_advance(self->stage, to, self->error) || !books_catch_up(self->books, self->error))
        return false;
    if (before < early && to >= early)
        inspection_look(self->stage, &self->early);
    instant_t back = STAGE_START + REFUND_MINUTES * MINUTE_US;
    if (before < back && to >= back &&
        !stage_refund(self->stage, REFUNDED, REFUND_KOPECKS, self->error))
        return false;
    return before / HOUR_US == to / HOUR_US ||
           (pay_debts(self) && books_catch_up(self->books, self->error));
}

static void print_events(demo_t *self)
{
    uint64_t told = books_told(self->books);
    uint64_t fresh = told - self->printed < TOLD_MAX ? told - self->printed : TOLD_MAX;
    for (uint64_t back = fresh; back-- > 0;) {
        const books_event_t *event = books_event(self->books, back);
        screen_print_event(event, books_account(self->books, event->account), stdout);
    }
    self->printed = told;
    fflush(stdout);
}

static void show(demo_t *self)
{
    if (!self->screen) {
        print_events(self);
        return;
    }
    screen_status_t status = {.now = stage_now(self->stage),
                              .speed = self->options.speed,
                              .url = stage_url(self->stage),
                              .sent = stage_sent(self->stage),
                              .processes = FLEET_PROCESSES};
    for (fleet_process_t p = 0; p < FLEET_PROCESSES; p++)
        status.up += fleet_is_ready(stage_fleet(self->stage), p);
    books_ask_meters(self->books, 0, screen_accounts(self->screen));
    screen_draw(self->screen, &status);
}

// Paced by the wall: a slow machine falls behind and says so by its clock, no minute is skipped.
static bool run_live(demo_t *self)
{
    instant_t end =
        self->options.hours ? STAGE_START + (instant_t)self->options.hours * HOUR_US : INT64_MAX;
    int64_t began = zclock_mono(), drawn = began - FRAME_MS;
    while (!is_ended(self, 0) && stage_now(self->stage) < end) {
        int64_t real = zclock_mono() - began;
        instant_t to = STAGE_START + real * 1000 * (instant_t)self->options.speed;
        instant_t step = stage_now(self->stage) + MINUTE_US;
        to = to < step ? to : step;
        if (!advance(self, to < end ? to : end))
            return false;
        if (zclock_mono() - drawn >= FRAME_MS) {
            drawn = zclock_mono();
            show(self);
        }
        stage_tend(self->stage);
        if (to < step && is_ended(self, FRAME_MS / 5))
            break;
    }
    return true;
}

static bool run_check(demo_t *self)
{
    int64_t began = zclock_mono();
    instant_t end = STAGE_START + (instant_t)self->options.hours * HOUR_US;
    while (stage_now(self->stage) < end) {
        if (is_ended(self, 0)) {
            snprintf(self->error, sizeof self->error, "cut short");
            return false;
        }
        if (!advance(self, stage_now(self->stage) + HOUR_US))
            return false;
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\r%3u of %3u hours",
                    (unsigned)((stage_now(self->stage) - STAGE_START) / HOUR_US),
                    (unsigned)self->options.hours);
    }
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    printf("%u accounts, %u replicas, %u simulated hours in %.1f s\n\n",
           self->options.stage.accounts, self->options.stage.replicas,
           (unsigned)self->options.hours, (double)(zclock_mono() - began) / 1000);
    if (!self->early.taken)
        inspection_look(self->stage, &self->early);
    return inspection_make(self->stage, self->books, &self->early, stdout);
}

static bool begin(demo_t *self)
{
    fprintf(stderr, "starting %d processes in %s; kopeck --config %s/etc/kopeck.cfg asks them\n",
            FLEET_PROCESSES, self->options.stage.directory, self->options.stage.directory);
    self->stage = stage_new(&self->options.stage, self->error);
    if (!self->stage)
        return false;
    uid_t16 *accounts = calloc(self->options.stage.accounts, sizeof *accounts);
    for (uint32_t i = 0; accounts && i < self->options.stage.accounts; i++)
        accounts[i] = stage_account(self->stage, i);
    if (accounts)
        self->books = books_new(stage_fleet(self->stage), accounts, self->options.stage.accounts,
                                self->error);
    free(accounts);
    if (!self->books || !open_accounts(self))
        return false;
    fprintf(stderr, "the customers' page: open %s and choose a customer\n", stage_url(self->stage));
    if (self->options.check) // nobody looks
        return true;
    if (!desk_child_start(&self->desk, self->options.stage.directory, self->error))
        return false;
    fprintf(stderr, "the operators' desk, once and within 10 minutes: %s\n", self->desk.link);
    return true;
}

static int run(demo_t *self)
{
    bool begun = begin(self), good = false;
    if (begun && self->options.check) {
        good = run_check(self);
    } else if (begun) {
        if (isatty(STDOUT_FILENO))
            self->screen = screen_new(self->books);
        good = run_live(self);
        screen_destroy(&self->screen);
    }
    if (!good && *self->error)
        fprintf(stderr, "kopeck-demo: %s\n", self->error);
    desk_child_stop(&self->desk);
    bool stood = !good && *self->error && !is_ended(self, 0);
    books_destroy(&self->books);
    stage_destroy(&self->stage);
    if (self->options.check && begun)
        printf("\n%s\n", good ? "everything holds" : "NOT everything holds");
    return good ? EX_OK : stood ? EX_UNAVAILABLE : 1;
}

int main(int argc, char **argv)
{
    demo_t demo = {0};
    if (!parse_options(argc, argv, &demo.options)) {
        help(stderr);
        return EX_USAGE;
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    security_prepare();
    demo.signals = signalfd(-1, &set, SFD_CLOEXEC);
    char fresh[] = "/tmp/kopeck-demo-XXXXXX";
    bool ours = !demo.options.stage.directory;
    if (ours)
        demo.options.stage.directory = mkdtemp(fresh);
    if (!demo.options.stage.directory) {
        perror("kopeck-demo: /tmp");
        return EX_CANTCREAT;
    }
    if (is_used(demo.options.stage.directory)) {
        fprintf(stderr, "kopeck-demo: %s holds an earlier run; name a fresh directory\n",
                demo.options.stage.directory);
        return EX_CANTCREAT;
    }
    int status = run(&demo);
    bool wanted = demo.options.keep || (demo.options.check && status != EX_OK);
    if (ours && !wanted)
        nftw(fresh, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    else
        fprintf(stderr, "journals and logs are in %s\n", demo.options.stage.directory);
    return status;
}
