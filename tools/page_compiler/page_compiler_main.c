// page-compiler - makes C of the page's templates, texts and static files, or says where one of
// them is wrong.
//
// usage: page-compiler OUT NAME texts.def [MORE ...] FILE.css|FILE.js|FILE.html ...
//
// Writes OUT/NAME.h and OUT/NAME.c. A template comes behind the ones that it uses.
#include "tools/page_compiler/template.h"
#include "tools/page_compiler/texts.h"
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sysexits.h>

static bool ends_in(const char *name, const char *ending)
{
    size_t size = strlen(name), end = strlen(ending);
    return size > end && strcmp(name + size - end, ending) == 0;
}

static FILE *create(const char *directory, const char *name, const char *ending)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s%s", directory, name, ending);
    FILE *out = fopen(path, "w");
    if (!out)
        stop_at(path, 1, "it cannot be written");
    return out;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts(KOPECK_VERSION);
        return EX_OK;
    }
    if (argc < 4 || !ends_in(argv[3], ".def")) {
        fputs("usage: page-compiler OUT NAME texts.def [MORE ...] FILE.css|FILE.js|FILE.html "
              "...\n",
              stderr);
        return EX_USAGE;
    }
    FILE *header = create(argv[1], argv[2], ".h"), *source = create(argv[1], argv[2], ".c");
    fprintf(header,
            "#pragma once\n// %s - made by page-compiler; change what it is made of.\n"
            "#include \"services/base/hole.h\"\n\n",
            argv[2]);
    fprintf(source, "#include \"%s.h\"\n\n", argv[2]);
    int first = 3; // behind the texts
    for (; first < argc && ends_in(argv[first], ".def"); first++)
        texts_read(argv[first]);
    if (first == argc) // texts alone, in a program that may have the page too
        fprintf(header, "#define text_get %s_get\n#define page_statics %s_statics\n\n", argv[2],
                argv[2]);
    texts_write_header(header);
    fputs("#define hole_said(writer, language, id) hole_text(writer, language, text_get(id, "
          "language))\n\n",
          header);
    texts_write_source(source);
    for (int i = first; i < argc; i++)
        if (!ends_in(argv[i], ".html"))
            template_add_static(argv[i]);
    template_write_statics(header, source);
    for (int i = first; i < argc; i++)
        if (ends_in(argv[i], ".html"))
            template_compile(argv[i], header, source);
    bool written = !ferror(header) && !ferror(source);
    return fclose(header) == 0 && fclose(source) == 0 && written ? EX_OK : EX_IOERR;
}
