// Where a journal's server is: DIRECTORY/connection.
#include "store/postgresql/postgresql_link.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_SCHEMA "kopeck"
#define DEFAULT_PORT "5432"

static fail_t refuse(char *why, const char *what)
{
    snprintf(why, JOURNAL_WHY_MAX, "connection: %s", what);
    return FAIL_CONFIG;
}

// Its bytes as a text. FAIL_MISSING if the file is not there.
static fail_t read_file(const char *directory, char out[POSTGRESQL_CONNECTION_MAX],
                        struct stat *ret_status, char *why)
{
    char path[JOURNAL_PLACE_MAX + sizeof "/connection"];
    snprintf(path, sizeof path, "%s/connection", directory);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return FAIL_MISSING;
    ssize_t size = fd < 0 || fstat(fd, ret_status) ? -1 : read(fd, out, POSTGRESQL_CONNECTION_MAX);
    if (size < 0)
        snprintf(why, JOURNAL_WHY_MAX, "connection: %s", strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    if (size < 0)
        return FAIL_STORE;
    if (size == POSTGRESQL_CONNECTION_MAX || memchr(out, '\0', (size_t)size))
        return refuse(why, "it is no text of less than 4096 bytes");
    out[size] = '\0';
    return FAIL_NONE;
}

// A schema's name goes into statements as it is.
static bool take_schema(const char *value, size_t size, postgresql_place_t *place)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    if (size == 0 || size >= sizeof place->schema || strspn(value, letters) < size)
        return false;
    memcpy(place->schema, value, size);
    place->schema[size] = '\0';
    return true;
}

// Takes the lines of people and our own word out of libpq's string.
static bool take_lines(char *text, postgresql_place_t *place)
{
    static const char ours[] = "schema=";
    bool good = true;
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        line += strspn(line, " \t\r");
        size_t size = strcspn(line, " \t\r");
        size_t used = strlen(place->connection);
        if (strncmp(line, ours, sizeof ours - 1) == 0)
            good &= take_schema(line + sizeof ours - 1, size - (sizeof ours - 1), place);
        else if (*line != '#')
            snprintf(place->connection + used, sizeof place->connection - used, "%s ", line);
    }
    return good;
}

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val ? options->val : "";
    return "";
}

static const char *what_is_wrong(const PQconninfoOption *options, const struct stat *status)
{
    if (!*value_of(options, "host") && !*value_of(options, "hostaddr"))
        return "host is missing";
    if (!*value_of(options, "dbname") || !*value_of(options, "user"))
        return "dbname or user is missing";
    if (*value_of(options, "service"))
        return "service: say here what it says";
    if (*value_of(options, "password") && status->st_mode & (S_IRWXG | S_IRWXO))
        return "it has a password and is not its owner's alone (chmod 600)";
    return NULL;
}

// libpq's texts of a wrong string may quote it.
static fail_t check(const postgresql_place_t *place, const struct stat *status, char *why)
{
    char *error = NULL;
    PQconninfoOption *options = PQconninfoParse(place->connection, &error);
    PQfreemem(error);
    if (!options)
        return refuse(why, "it is no connection string of libpq");
    const char *wrong = what_is_wrong(options, status);
    PQconninfoFree(options);
    return wrong ? refuse(why, wrong) : FAIL_NONE;
}

fail_t postgresql_place(const char *directory, postgresql_place_t *ret_place, char *why)
{
    char text[POSTGRESQL_CONNECTION_MAX];
    struct stat status;
    *ret_place = (postgresql_place_t){.schema = DEFAULT_SCHEMA};
    if (strlen(directory) >= sizeof ret_place->directory)
        return FAIL_INVALID;
    strcpy(ret_place->directory, directory);
    fail_t fail = read_file(directory, text, &status, why);
    if (!fail && !take_lines(text, ret_place))
        fail = refuse(why, "schema: small letters, digits and _ are a name");
    return fail ? fail : check(ret_place, &status, why);
}

// --- its doors ---

// The nth of a list with commas between; the last one stands for those behind it.
static size_t nth(const char *list, size_t n, const char **ret_item)
{
    for (const char *comma; n && (comma = strchr(list, ',')); n--)
        list = comma + 1;
    *ret_item = list;
    return strcspn(list, ",");
}

static fail_t add_peer(const char *host, size_t host_size, const char *ports, size_t n, char *out,
                       size_t cap)
{
    const char *port;
    size_t port_size = nth(*ports ? ports : DEFAULT_PORT, n, &port), used = strlen(out);
    if (host_size == 0 || *host == '/' || *host == '@') // a local socket
        return FAIL_NONE;
    if (port_size == 0)
        port_size = nth(DEFAULT_PORT, 0, &port);
    int size = snprintf(out + used, cap - used, "%stcp://%.*s:%.*s", used ? " " : "",
                        (int)host_size, host, (int)port_size, port);
    return size < (int)(cap - used) ? FAIL_NONE : FAIL_CONFIG;
}

fail_t postgresql_peers(const postgresql_place_t *place, char *out, size_t cap, char *why)
{
    PQconninfoOption *options = PQconninfoParse(place->connection, NULL);
    *out = '\0';
    if (!options)
        return FAIL_CONFIG; // it was parsed before
    const char *hosts = value_of(options, "hostaddr"), *ports = value_of(options, "port"), *host;
    if (!*hosts)
        hosts = value_of(options, "host");
    fail_t fail = FAIL_NONE;
    size_t count = 1;
    for (const char *at = hosts; (at = strchr(at, ',')); at++)
        count++;
    for (size_t n = 0; n < count && !fail; n++) {
        size_t size = nth(hosts, n, &host);
        fail = add_peer(host, size, ports, n, out, cap);
    }
    PQconninfoFree(options);
    return fail ? refuse(why, "too many hosts") : FAIL_NONE;
}
