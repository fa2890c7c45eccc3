#include "tools/command_line/csv.h"
#include "proto/utf8.h"

void csv_init(csv_t *self, FILE *file)
{
    *self = (csv_t){.file = file, .next_line = 1, .separator = ','};
}

void csv_take_semicolons(csv_t *self)
{
    self->separator = '\0';
}

// The first one that stands between fields is the file's.
static bool separates(csv_t *self, int c)
{
    if (!self->separator && (c == ',' || c == ';'))
        self->separator = (char)c;
    return c && c == self->separator;
}

static bool refuse_line(csv_t *self, const char *error)
{
    self->error = error;
    return false;
}

static bool put(csv_t *self, int c)
{
    if (self->used == CSV_RECORD_MAX)
        return refuse_line(self, "the line is longer than 4095 bytes");
    self->bytes[self->used++] = (char)c;
    return true;
}

static bool put_text(csv_t *self, int c)
{
    return c ? put(self, c) : refuse_line(self, "a zero byte; expected text in UTF-8 or ASCII");
}

static void give_back(csv_t *self, int c)
{
    if (c != EOF)
        (void)ungetc(c, self->file);
}

// Behind the opening quote, up to and with the closing one.
static bool read_quoted(csv_t *self)
{
    for (int c; (c = getc(self->file)) != EOF;) {
        if (c == '"') {
            c = getc(self->file);
            if (c != '"') {
                give_back(self, c);
                return true;
            }
        }
        self->next_line += c == '\n';
        if (!put_text(self, c))
            return false;
    }
    return refuse_line(self, "a quoted field does not end");
}

// Up to the separator or the line's end, which stay.
static bool read_plain(csv_t *self, int c)
{
    for (; c != EOF && !separates(self, c) && c != '\n' && c != '\r'; c = getc(self->file)) {
        if (c == '"')
            return refuse_line(self, "a quote inside a field that does not begin with one");
        if (!put_text(self, c))
            return false;
    }
    give_back(self, c);
    return true;
}

// Line ends may stand in quotes, so control characters are not asked about here.
static bool check_text(csv_t *self, size_t begin)
{
    for (size_t i = begin, step; i < self->used; i += step)
        if (!(step = utf8_character(&self->bytes[i], self->used - i)))
            return refuse_line(self, "bytes that are no UTF-8");
    return true;
}

static bool read_field(csv_t *self)
{
    if (self->count == CSV_FIELDS_MAX)
        return refuse_line(self, "more than 64 fields");
    size_t begin = self->used;
    int c = getc(self->file);
    if (!(c == '"' ? read_quoted(self) : read_plain(self, c)) || !check_text(self, begin) ||
        !put(self, '\0'))
        return false;
    self->fields[self->count] = &self->bytes[begin];
    return true;
}

// A line's end: LF, CRLF, or the end of the file behind the one or the other half of it.
static bool read_line_end(csv_t *self, int c)
{
    if (c == '\r') {
        c = getc(self->file);
        if (c != '\n' && c != EOF)
            return refuse_line(self, "a carriage return inside a line");
    }
    self->next_line += c == '\n';
    return c != EOF || !ferror(self->file) || refuse_line(self, "the file cannot be read");
}

static bool read_separator(csv_t *self, bool *ret_more)
{
    int c = getc(self->file);
    *ret_more = separates(self, c);
    if (!*ret_more && c != '\r' && c != '\n' && c != EOF)
        return refuse_line(self, "text behind a closing quote");
    if (!*ret_more && !read_line_end(self, c))
        return false;
    self->count++;
    return true;
}

static bool skip_mark(csv_t *self)
{
    int c = getc(self->file);
    if (c != 0xef) {
        give_back(self, c);
        return true;
    }
    return (getc(self->file) == 0xbb && getc(self->file) == 0xbf) ||
           refuse_line(self, "half a byte-order mark");
}

int csv_peek(csv_t *self)
{
    int c = EOF;
    if (self->error)
        return EOF;
    bool good = self->begun || skip_mark(self);
    self->begun = true;
    while (good && ((c = getc(self->file)) == '\n' || c == '\r'))
        good = read_line_end(self, c);
    if (good && c == EOF)
        good = read_line_end(self, c); // if it is the end
    self->line = self->next_line;
    if (!good)
        return EOF;
    give_back(self, c);
    return c;
}

bool csv_next(csv_t *self)
{
    if (self->error)
        return false;
    self->count = self->used = 0;
    if (csv_peek(self) == EOF)
        return false;
    for (bool more = true; more;)
        if (!read_field(self) || !read_separator(self, &more))
            return false;
    return true;
}

bool csv_line(csv_t *self)
{
    if (self->error)
        return false;
    self->count = self->used = 0;
    if (csv_peek(self) == EOF)
        return false;
    int c = getc(self->file);
    for (; c != EOF && c != '\n' && c != '\r'; c = getc(self->file))
        if (!put_text(self, c))
            return false;
    if (!read_line_end(self, c) || !check_text(self, 0) || !put(self, '\0'))
        return false;
    self->fields[self->count++] = self->bytes;
    return true;
}
