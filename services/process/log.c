#include "services/process/log.h"
#include "proto/field.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NUMBERS = 16 };

static _Atomic log_level_t lowest = LOG_LEVEL_INFO;
static _Atomic uint64_t lost;
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;
static const char *const names[] = {"debug", "info", "warn", "error"};
static _Thread_local char numbers[NUMBERS][24];
static _Thread_local unsigned numbers_next;

void log_set_level(log_level_t level)
{
    lowest = level;
}

const char *log_number(uint64_t value)
{
    char *text = numbers[numbers_next++ % NUMBERS];
    snprintf(text, sizeof numbers[0], "%" PRIu64, value);
    return text;
}

const char *log_signed(int64_t value)
{
    char *text = numbers[numbers_next++ % NUMBERS];
    snprintf(text, sizeof numbers[0], "%" PRId64, value);
    return text;
}

typedef struct {
    char text[LOG_LINE_MAX];
    size_t size;
} line_t;

static void put(line_t *line, char c)
{
    if (line->size < sizeof line->text - 1) // one is kept for the newline
        line->text[line->size++] = c;
}

static void put_plain(line_t *line, const char *text)
{
    while (*text)
        put(line, *text++);
}

static bool needs_quotes(const char *text)
{
    if (!*text)
        return true;
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == '"' || *text == '=' || *text == '\\' ||
            *text == 0x7f)
            return true;
    return false;
}

static void put_value(line_t *line, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    if (!needs_quotes(text)) {
        put_plain(line, text);
        return;
    }
    put(line, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            put(line, '\\');
            put(line, (char)c);
        } else if (c < ' ' || c == 0x7f) {
            put_plain(line, "\\x");
            put(line, hex[c >> 4]);
            put(line, hex[c & 15]);
        } else {
            put(line, (char)c);
        }
    }
    put(line, '"');
}

void log_begin(void)
{
    int fd;
    while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
        ; // one that was closed would be the next socket's
    if (fd >= 0)
        close(fd);
    struct stat status;
    if (fstat(STDERR_FILENO, &status) || !(S_ISFIFO(status.st_mode) || isatty(STDERR_FILENO)))
        return;
    // Another description than that of whoever gave it to us: O_NONBLOCK is ours alone then.
    fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return; // another user's pipe: has_room looks before each line
    dup2(fd, STDERR_FILENO);
    close(fd);
}

// A pipe that is ready takes as much as a line at once (PIPE_BUF).
static bool has_room(void)
{
    struct pollfd item = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&item, 1, 0) == 1 && (item.revents & POLLOUT);
}

static bool is_written(const line_t *line)
{
    // Where it is a socket, as the journal's, this is what does not wait.
    ssize_t sent = send(STDERR_FILENO, line->text, line->size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == ENOTSOCK)
        sent = has_room() ? write(STDERR_FILENO, line->text, line->size) : -1;
    return sent == (ssize_t)line->size;
}

static void begin_line(line_t *line, log_level_t level, const char *message)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char when[TIME_TEXT_SIZE];
    time_format((instant_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000, when);
    line->size = 0;
    put_plain(line, when);
    put(line, ' ');
    put_plain(line, names[level]);
    put(line, ' ');
    put_value(line, message);
}

static void put_pair(line_t *line, const char *key, const char *value)
{
    put(line, ' ');
    put_plain(line, key);
    put(line, '=');
    put_value(line, value ? value : "-");
}

// Under the lock. False if there is no room, even for this.
static bool tell_of_lost(void)
{
    uint64_t count = lost;
    if (!count)
        return true;
    line_t line;
    begin_line(&line, LOG_LEVEL_WARN, "lines of the log were lost, for it could not be written");
    put_pair(&line, "count", log_number(count));
    line.text[line.size++] = '\n';
    if (!is_written(&line))
        return false;
    lost = 0;
    return true;
}

uint64_t log_lost(void)
{
    return lost;
}

void log_retry(void)
{
    pthread_mutex_lock(&writing);
    (void)tell_of_lost();
    pthread_mutex_unlock(&writing);
}

void log_line(log_level_t level, const char *message, ...)
{
    if (level < lowest)
        return;
    line_t line;
    begin_line(&line, level, message);
    va_list pairs;
    va_start(pairs, message);
    for (const char *key; (key = va_arg(pairs, const char *));)
        put_pair(&line, key, va_arg(pairs, const char *));
    va_end(pairs);
    line.text[line.size++] = '\n';
    pthread_mutex_lock(&writing);
    if (!tell_of_lost() || !is_written(&line))
        lost++;
    pthread_mutex_unlock(&writing);
}
