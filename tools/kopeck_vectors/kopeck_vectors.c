// kopeck-vectors - prints the golden vectors: `kopeck-vectors events` or `kopeck-vectors protocol`,
// as they stand in tests/vectors/NAME.tsv: name, bytes in hex, and for events their JSON form.
//
// A line that was ever shipped is never changed: append only, as the tables themselves.
#include "proto/digest.h"
#include "tools/command_line/command_line.h"
#include "tools/kopeck_vectors/samples.h"

static void print(void *arg, const char *name, const void *data, size_t size, const char *json)
{
    char hex[2 * SAMPLE_BYTES_MAX + 1];
    digest_hex_lower(data, size, hex);
    fprintf(arg, "%s\t%s%s%s\n", name, hex, json ? "\t" : "", json ? json : "");
}

int main(int argc, char **argv)
{
    command_line_version(argc, argv);
    if (argc == 2 && strcmp(argv[1], "events") == 0)
        samples_events(print, stdout);
    else if (argc == 2 && strcmp(argv[1], "protocol") == 0)
        samples_protocol(print, stdout);
    else {
        fputs("usage: kopeck-vectors events | protocol\n", stderr);
        return 64;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
