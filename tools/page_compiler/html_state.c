#include "tools/page_compiler/html_state.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcasecmp(name, *names) == 0)
            return true;
    return false;
}

static bool is_void(const char *tag)
{
    static const char *const voids[] = {"br", "col", "hr", "img", "input", "link", "meta", NULL};
    return is_one_of(tag, voids);
}

static const char *check_tag(const char *tag)
{
    static const char *const refused[] = {"style",  "iframe", "object",   "embed",    "base",
                                          "applet", "frame",  "noscript", "textarea", NULL};
    return is_one_of(tag, refused) ? "an element that no template of ours may have" : NULL;
}

static const char *check_attribute(html_state_t *self)
{
    static const char *const refused[] = {"style", "srcdoc", "srcset", "formaction", "ping", NULL};
    static const char *const urls[] = {"href", "src", "action", NULL};
    if (strncasecmp(self->name, "on", 2) == 0 || is_one_of(self->name, refused))
        return "an attribute that no template of ours may have";
    for (size_t i = 0; i < self->seen_count; i++)
        if (strcasecmp(self->seen[i], self->name) == 0)
            return "an attribute a second time";
    if (self->seen_count == HTML_ATTRIBUTES_MAX)
        return "too many attributes";
    memcpy(self->seen[self->seen_count++], self->name, HTML_NAME_MAX);
    self->url = is_one_of(self->name, urls);
    return NULL;
}

static const char *grow_name(html_state_t *self, char c)
{
    size_t size = strlen(self->name);
    if (size + 1 == HTML_NAME_MAX)
        return "too long a name";
    self->name[size] = c;
    self->name[size + 1] = '\0';
    return NULL;
}

static const char *start_name(html_state_t *self, html_where_t where, char c)
{
    self->where = where;
    self->name[0] = '\0';
    return isalpha((unsigned char)c) ? grow_name(self, c) : "a name must begin with a letter";
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == ':';
}

// The > of an opening tag.
static const char *finish_tag(html_state_t *self)
{
    self->where = HTML_TEXT;
    if (is_void(self->tag))
        return NULL;
    if (self->depth == HTML_DEPTH_MAX)
        return "too many elements in each other";
    memcpy(self->open[self->depth++], self->tag, HTML_NAME_MAX);
    return NULL;
}

static const char *close_tag(html_state_t *self)
{
    if (self->depth == 0 || strcasecmp(self->open[self->depth - 1], self->name) != 0)
        return "it closes an element that is not the one open";
    self->depth--;
    self->where = HTML_TEXT;
    return NULL;
}

static bool in_script(const html_state_t *self)
{
    return self->depth > 0 && strcasecmp(self->open[self->depth - 1], "script") == 0;
}

static const char *take_in_tag(html_state_t *self, char c)
{
    if (isspace((unsigned char)c)) {
        self->where = HTML_IN_TAG;
        self->spaced = true;
        return NULL;
    }
    if (c == '>')
        return finish_tag(self);
    if (c == '/') {
        self->where = HTML_CLOSE;
        return NULL;
    }
    if (!self->spaced)
        return "a blank must stand before an attribute";
    return start_name(self, HTML_ATTRIBUTE, c);
}

static const char *take_tag_name(html_state_t *self, char c)
{
    if (is_name(c))
        return grow_name(self, c);
    memcpy(self->tag, self->name, HTML_NAME_MAX);
    self->seen_count = 0;
    self->spaced = false;
    const char *why = check_tag(self->tag);
    return why ? why : take_in_tag(self, c);
}

static const char *take_attribute(html_state_t *self, char c)
{
    if (is_name(c))
        return grow_name(self, c);
    const char *why = check_attribute(self);
    if (why)
        return why;
    self->spaced = false;
    if (c != '=')
        return self->url ? "a link without a value" : take_in_tag(self, c);
    self->where = HTML_EQUALS;
    return NULL;
}

static const char *take_value(html_state_t *self, char c)
{
    if (c == '"') {
        self->where = HTML_IN_TAG;
        self->spaced = false;
        return NULL;
    }
    if (c == '<' || c == '>' || (c == '&' && !self->url))
        return "write it as a hole or leave it out: < > & in a value";
    if (self->url && self->value_size == 0)
        self->rooted = c == '/' || c == '#';
    if (self->url && (!self->rooted || (self->value_size == 1 && c == '/')))
        return "a link must begin with one / or #";
    self->queried = self->queried || c == '?';
    self->value_size++;
    return NULL;
}

static const char *take_text(html_state_t *self, char c)
{
    if (c == '<')
        self->where = HTML_TAG_OPEN;
    else if (in_script(self))
        return "a script must be a file";
    return c == '>' ? "a > that closes nothing" : NULL;
}

static const char *take_tag_open(html_state_t *self, char c)
{
    if (c == '/') {
        self->where = HTML_CLOSING;
        self->name[0] = '\0';
        return NULL;
    }
    if (c == '!') {
        self->where = HTML_DOCTYPE;
        self->name[0] = '\0';
        return NULL;
    }
    return in_script(self) ? "a script must be a file" : start_name(self, HTML_TAG_NAME, c);
}

static const char *take_doctype(html_state_t *self, char c)
{
    if (c != '>')
        return grow_name(self, c);
    self->where = HTML_TEXT;
    return strcasecmp(self->name, "doctype html") == 0 ? NULL : "neither a tag nor <!doctype html>";
}

const char *html_take(html_state_t *self, char c)
{
    switch (self->where) {
    case HTML_TEXT:
        return take_text(self, c);
    case HTML_TAG_OPEN:
        return take_tag_open(self, c);
    case HTML_TAG_NAME:
        return take_tag_name(self, c);
    case HTML_CLOSING:
        return c == '>'     ? close_tag(self)
               : is_name(c) ? grow_name(self, c)
                            : "not in a closing tag";
    case HTML_IN_TAG:
        return take_in_tag(self, c);
    case HTML_ATTRIBUTE:
        return take_attribute(self, c);
    case HTML_EQUALS:
        self->where = HTML_VALUE;
        self->value_size = 0;
        self->queried = self->rooted = false;
        return c == '"' ? NULL : "a value must stand in \"";
    case HTML_VALUE:
        return take_value(self, c);
    case HTML_CLOSE:
        if (c != '>')
            return "a / in a tag";
        if (is_void(self->tag)) {
            self->where = HTML_TEXT;
            return NULL;
        }
        self->where = HTML_TEXT; // <path/> of SVG
        return strcasecmp(self->tag, "script") == 0 ? "a script must be closed" : NULL;
    case HTML_DOCTYPE:
        break;
    }
    return take_doctype(self, c);
}

unsigned html_place(const html_state_t *self, const char **ret_why)
{
    *ret_why = NULL;
    if (self->where == HTML_TEXT && !in_script(self))
        return HTML_HOLE_TEXT;
    if (self->where == HTML_VALUE && self->url) {
        if (self->rooted && self->value_size > 0)
            return self->queried ? HTML_HOLE_QUERY : HTML_HOLE_URL;
        *ret_why = "a link must begin with / or #, not with a hole";
        return 0;
    }
    if (self->where == HTML_VALUE)
        return HTML_HOLE_ATTRIBUTE;
    *ret_why = self->where == HTML_EQUALS ? "a hole as a value without quotes"
                                          : "a hole where nothing may be filled in";
    return 0;
}

void html_filled(html_state_t *self)
{
    if (self->where == HTML_VALUE)
        self->value_size++;
}

void html_settle(html_state_t *self)
{
    if (self->where == HTML_TAG_NAME) {
        memcpy(self->tag, self->name, HTML_NAME_MAX);
        self->seen_count = 0;
        self->where = HTML_IN_TAG;
    } else if (self->where == HTML_ATTRIBUTE && !check_attribute(self)) {
        self->where = HTML_IN_TAG;
    }
    self->spaced = false;
}

bool html_same(const html_state_t *a, const html_state_t *b)
{
    if (a->where != b->where || a->depth != b->depth)
        return false;
    if (a->where == HTML_VALUE &&
        (a->url != b->url || a->queried != b->queried || a->rooted != b->rooted))
        return false;
    for (size_t i = 0; i < a->depth; i++)
        if (strcasecmp(a->open[i], b->open[i]) != 0)
            return false;
    return true;
}

const char *html_end(const html_state_t *self)
{
    return self->where == HTML_TEXT && self->depth == 0 ? NULL
                                                        : "an element or a tag is open at its end";
}
