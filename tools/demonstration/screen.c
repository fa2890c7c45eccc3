#include "tools/demonstration/screen.h"
#include "proto/month.h"
#include <assert.h>
#include <inttypes.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

enum {
    COLUMNS_MIN = 72,
    LAST_EVENT = 59, // its column
    COLUMNS_MAX = 240,
    LINES_MIN = 12,
    LINES_MAX = 200,
    EVENTS_SHARE = 3, // of the lines, a third is for events, if there are accounts for the rest
    EVENTS_MIN = 4,
    FRAME_LINES = 5 // title, rule, head, gap, status
};

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define CLEAR "\033[0m"

struct screen {
    books_t *books;
    int columns, lines;
    bool colours;
};

static const char *const colours[] = {
    [BOOKS_LOW] = YELLOW,    [BOOKS_EXHAUSTED] = RED,   [BOOKS_WITHHELD] = YELLOW,
    [BOOKS_ASKED] = "",      [BOOKS_DECLINED] = YELLOW, [BOOKS_SUSPENDED] = RED,
    [BOOKS_TOPPED_UP] = "",  [BOOKS_AUTOPAID] = GREEN,  [BOOKS_RETURNED] = YELLOW,
    [BOOKS_RESTORED] = GREEN};

// --- text of a known width ---

// Puts at most `width` columns of a text and fills up with spaces, on the left if `right`.
static void put(FILE *out, const char *text, int width, bool right)
{
    mbstate_t state = {0};
    const char *at = text;
    int used = 0;
    for (size_t left = strlen(text); left;) {
        wchar_t letter;
        size_t size = mbrtowc(&letter, at, left, &state);
        if (size == 0 || size > left)
            break; // no UTF-8 from here on
        int columns = wcwidth(letter);
        if (columns < 0 || used + columns > width)
            break;
        used += columns;
        at += size;
        left -= size;
    }
    if (right)
        fprintf(out, "%*s", width - used, "");
    fwrite(text, 1, (size_t)(at - text), out);
    if (!right)
        fprintf(out, "%*s", width - used, "");
}

static void put_coloured(const screen_t *self, FILE *out, const char *colour, const char *text,
                         int width, bool right)
{
    bool coloured = self->colours && *colour;
    if (coloured)
        fputs(colour, out);
    put(out, text, width, right);
    if (coloured)
        fputs(CLEAR, out);
}

static void end_line(FILE *out)
{
    fputs("\033[K\r\n", out);
}

static struct tm moscow(instant_t at)
{
    time_t seconds = (time_t)((at + MOSCOW_OFFSET_US) / SECOND_US);
    struct tm time;
    gmtime_r(&seconds, &time);
    return time;
}

static void format_rubles(kopecks_t kopecks, char *text, size_t size)
{
    kopecks_t whole = kopecks < 0 ? -kopecks : kopecks;
    snprintf(text, size, "%s%" PRId64 ".%02" PRId64, kopecks < 0 ? "-" : "", whole / 100,
             whole % 100);
}

void screen_short_id(const uid_t16 *id, char ret_text[9])
{
    snprintf(ret_text, 9, "%02x%02x%02x%02x", id->bytes[12], id->bytes[13], id->bytes[14],
             id->bytes[15]);
}

// --- parts ---

static void put_head(const screen_t *self, FILE *out)
{
    if (self->colours)
        fputs(BOLD, out);
    put(out, "account", 8, false);
    put(out, "balance ₽", 12, true);
    put(out, "₽/hour", 9, true);
    put(out, "runs", 6, true);
    put(out, "used up", 14, true);
    put(out, "autopays", 10, true);
    put(out, "  last event", self->columns - LAST_EVENT, false);
    if (self->colours)
        fputs(CLEAR, out);
    end_line(out);
}

// When the money will be used up, autopay's payments and limits counted in.
static void put_stop(const screen_t *self, FILE *out, const books_account_t *account, instant_t now)
{
    char text[32] = "-";
    bool soon = account->stops && account->stops < now + DAY_US;
    if (account->stops == FORECAST_NEVER) {
        snprintf(text, sizeof text, "> %d days", FORECAST_DAYS);
    } else if (account->stops) {
        struct tm when = moscow(account->stops);
        strftime(text, sizeof text, "%e %b %H:%M", &when);
    }
    put_coloured(self, out, soon ? YELLOW : "", text, 14, true);
}

static void put_account(const screen_t *self, FILE *out, const books_account_t *account,
                        instant_t now)
{
    char id[9], text[BOOKS_TEXT_MAX + 32], time[16];
    enum { LOW = 10000 };
    screen_short_id(&account->id, id);
    put(out, id, 8, false);
    format_rubles(account->balance, text, sizeof text);
    put_coloured(self, out,
                 account->balance < 0     ? RED
                 : account->balance < LOW ? YELLOW
                                          : "",
                 text, 12, true);
    format_rubles(account->burn * 60 / CARRY_DENOMINATOR, text, sizeof text);
    put(out, text, 9, true);
    snprintf(text, sizeof text, "%" PRIu64, account->replicas);
    put(out, text, 6, true);
    put_stop(self, out, account, now);
    uint64_t used = account->month == month_of(now) ? account->month_autopays : 0;
    if (account->count_max)
        snprintf(text, sizeof text, "%" PRIu64 "/%" PRIu64, used, account->count_max);
    else
        strcpy(text, "-");
    const char *colour = account->suspended                                 ? RED
                         : account->count_max && used >= account->count_max ? YELLOW
                                                                            : "";
    put_coloured(self, out, colour, text, 10, true);
    *text = '\0';
    if (account->last.at) {
        struct tm when = moscow(account->last.at);
        strftime(time, sizeof time, "%H:%M", &when);
        snprintf(text, sizeof text, "  %s %s", time, account->last.text);
    }
    put(out, text, self->columns - LAST_EVENT, false);
    end_line(out);
}

static void put_event(const screen_t *self, FILE *out, const books_event_t *event)
{
    char text[BOOKS_TEXT_MAX + 32], time[16], id[9];
    struct tm when = moscow(event->at);
    strftime(time, sizeof time, "%H:%M", &when);
    screen_short_id(&books_account(self->books, event->account)->id, id);
    snprintf(text, sizeof text, "%s  %s  %s", time, id, event->text);
    put_coloured(self, out, colours[event->what], text, self->columns, false);
    end_line(out);
}

static void put_title(const screen_t *self, FILE *out, const screen_status_t *status)
{
    char time[32], text[160];
    struct tm when = moscow(status->now);
    strftime(time, sizeof time, "%a %e %b %Y, %H:%M", &when);
    snprintf(text, sizeof text, "Kopeck  %s Moscow  page: %s", time, status->url);
    put_coloured(self, out, BOLD, text, self->columns - 24, false);
    snprintf(text, sizeof text, "x%" PRIu64 ", Ctrl-C ends it", status->speed);
    put_coloured(self, out, DIM, text, 24, true);
    end_line(out);
}

static void put_status(const screen_t *self, FILE *out, const screen_status_t *status)
{
    books_totals_t totals = books_totals(self->books);
    char text[320], charged[32];
    format_rubles(totals.charged, charged, sizeof charged);
    snprintf(text, sizeof text,
             "%" PRIu64 " events, %" PRIu64 " postings, %s ₽ used, %" PRIu64
             " autopays, %u of %u processes up",
             books_events(self->books), totals.postings, charged, totals.autopays, status->up,
             status->processes);
    put_coloured(self, out, status->up == status->processes ? DIM : RED, text, self->columns,
                 false);
    fputs("\033[J", out); // no new line: the terminal would scroll
}

static void put_gap(const screen_t *self, FILE *out, uint32_t hidden)
{
    char text[96] = "";
    if (hidden)
        snprintf(text, sizeof text, "... %" PRIu32 " more; a taller terminal shows them", hidden);
    put_coloured(self, out, DIM, text, self->columns, false);
    end_line(out);
}

// --- the whole ---

static void measure(screen_t *self)
{
    struct winsize size = {0};
    self->columns = 80;
    self->lines = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
        self->columns = size.ws_col;
        self->lines = size.ws_row;
    }
    self->columns--; // a letter in the last column would be erased with the rest of the line
    self->columns = self->columns < COLUMNS_MIN   ? COLUMNS_MIN
                    : self->columns > COLUMNS_MAX ? COLUMNS_MAX
                                                  : self->columns;
    self->lines = self->lines < LINES_MIN   ? LINES_MIN
                  : self->lines > LINES_MAX ? LINES_MAX
                                            : self->lines;
}

static int events_shown(const screen_t *self)
{
    int spare = self->lines - FRAME_LINES, accounts = (int)books_count(self->books);
    int share = spare / EVENTS_SHARE > EVENTS_MIN ? spare / EVENTS_SHARE : EVENTS_MIN;
    return spare - accounts > share ? spare - accounts : share;
}

uint32_t screen_accounts(const screen_t *self)
{
    int room = self->lines - FRAME_LINES - events_shown(self);
    uint32_t count = books_count(self->books);
    return count < (uint32_t)room ? count : (uint32_t)room;
}

screen_t *screen_new(books_t *books)
{
    screen_t *self = calloc(1, sizeof *self);
    assert(self);
    self->books = books;
    self->colours = !getenv("NO_COLOR");
    setlocale(LC_CTYPE, "C.UTF-8");
    measure(self);
    fputs("\033[?1049h\033[?25l\033[2J", stdout); // another page, no cursor
    fflush(stdout);
    return self;
}

void screen_destroy(screen_t **self_p)
{
    screen_t *self = *self_p;
    if (!self)
        return;
    fputs("\033[?25h\033[?1049l", stdout);
    fflush(stdout);
    free(self);
    *self_p = NULL;
}

static void put_all(const screen_t *self, FILE *out, const screen_status_t *status)
{
    uint32_t shown = screen_accounts(self), count = books_count(self->books);
    fputs("\033[H", out);
    put_title(self, out, status);
    end_line(out);
    put_head(self, out);
    for (uint32_t i = 0; i < shown; i++)
        put_account(self, out, books_account(self->books, i), status->now);
    put_gap(self, out, count - shown);
    int events = events_shown(self);
    for (int i = 0; i < events; i++) {
        const books_event_t *event = books_event(self->books, (uint64_t)i);
        if (event)
            put_event(self, out, event);
        else
            end_line(out);
    }
    put_status(self, out, status);
}

void screen_draw(screen_t *self, const screen_status_t *status)
{
    char *text = NULL;
    size_t size = 0;
    measure(self);
    FILE *out = open_memstream(&text, &size); // one write, so that nothing flickers
    assert(out);
    put_all(self, out, status);
    fclose(out);
    fwrite(text, 1, size, stdout);
    fflush(stdout);
    free(text);
}

void screen_print_event(const books_event_t *event, const books_account_t *account, FILE *out)
{
    char time[32], id[9];
    struct tm when = moscow(event->at);
    strftime(time, sizeof time, "%Y-%m-%d %H:%M", &when);
    screen_short_id(&account->id, id);
    fprintf(out, "%s  %s  %s\n", time, id, event->text);
}
