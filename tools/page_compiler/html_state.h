#pragma once
// html_state - where in HTML a template stands after each of its characters, and so what may stand
// in a hole there.
//
// It knows the part of HTML that our templates are written in, and refuses the rest: attributes
// without quotes, style= and on…=, comments, scripts and styles with contents, elements that load
// or redirect (iframe, object, embed, base), elements that are not closed where they were opened.
// Ownership: a value. Failures: a text, NULL for none. Threads: any.
// Source: HTML, section 13.2.5 (tokenization), of which these are the states that we need.
#include <stdbool.h>
#include <stddef.h>

enum { HTML_DEPTH_MAX = 64, HTML_NAME_MAX = 32, HTML_ATTRIBUTES_MAX = 16 };

typedef enum {
    HTML_TEXT,      // between tags
    HTML_TAG_OPEN,  // behind <
    HTML_TAG_NAME,  // of an opening tag
    HTML_CLOSING,   // the name of a closing tag
    HTML_IN_TAG,    // between attributes
    HTML_ATTRIBUTE, // in an attribute's name
    HTML_EQUALS,    // behind =
    HTML_VALUE,     // in a value, quoted by "
    HTML_CLOSE,     // behind the / of <br/>
    HTML_DOCTYPE
} html_where_t;

typedef struct {
    html_where_t where;
    bool spaced;               // HTML_IN_TAG: a blank stands before
    bool url, queried, rooted; // HTML_VALUE: of a link; behind its ?; it began with / or #
    size_t value_size;         // characters and holes of the value so far
    char name[HTML_NAME_MAX];  // of the tag or attribute that is being read
    char tag[HTML_NAME_MAX];   // that is open now
    char seen[HTML_ATTRIBUTES_MAX][HTML_NAME_MAX];
    size_t seen_count;
    char open[HTML_DEPTH_MAX][HTML_NAME_MAX];
    size_t depth;
} html_state_t;

// Bits: the places in which a kind of hole may stand.
enum { HTML_HOLE_TEXT = 1, HTML_HOLE_ATTRIBUTE = 2, HTML_HOLE_URL = 4, HTML_HOLE_QUERY = 8 };

const char *html_take(html_state_t *self, char c);
// The place where a hole would stand now, one bit; 0 and why there is none.
unsigned html_place(const html_state_t *self, const char **ret_why);
void html_filled(html_state_t *self); // a hole stood here
// Before a block begins or ends: an attribute without value, as `checked`, is over.
void html_settle(html_state_t *self);
// Whether two branches end alike.
bool html_same(const html_state_t *a, const html_state_t *b);
// NULL if all is closed: a template may end here.
const char *html_end(const html_state_t *self);
