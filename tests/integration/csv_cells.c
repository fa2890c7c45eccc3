// Writes a file for Excel with cells that would be formulas, through what writes the page's files.
// With `raw` their texts go out as they are: what test_csv_office.py must find.
#include "services/web/page_csv.h"
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 64 * 1024 };

static const char *const texts[] = {
    "потребление", "=1+1",   "+7",     "-1",
    "@SUM(1;2)",   "\t=1+1", "\r=1+1", "=HYPERLINK(\"http://x\";\"y\")",
    "a;b",         "a\"b"};
static const kopecks_t sums[] = {-777, 100000000, 1, -5, 0, 123456789, -201, 7, 10, -100};

int main(int argc, char **argv)
{
    static char file[FILE_MAX];
    bool raw = argc > 1 && strcmp(argv[1], "raw") == 0;
    writer_t writer = writer_on(file, sizeof file);
    writer_string(&writer, "\xef\xbb\xbf");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        hole_clock(&writer, LANGUAGE_RUSSIAN, INT64_C(1795950300000000));
        writer_string(&writer, ";");
        if (raw && texts[i][0] == '=')
            writer_string(&writer, texts[i]);
        else
            page_csv_cell(&writer, ';', span_of(texts[i]));
        writer_string(&writer, ";");
        hole_plain_money(&writer, ',', sums[i]);
        writer_string(&writer, "\r\n");
    }
    size_t size = writer_end(&writer);
    return size && fwrite(file, 1, size, stdout) == size ? EXIT_SUCCESS : EXIT_FAILURE;
}
