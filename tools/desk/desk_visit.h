#pragma once
// desk_visit - what every step of the desk begins and ends with: that it is the operator, which
// process answered, and what is said when one refused.
//
// Failures: as those of web_visit.h. Threads: the pages' listener.
#include "tools/desk/desk_sheet.h"

// A process with a journal, as the desk asks it.
typedef struct {
    web_door_id_t door;
    const char *name;
} desk_process_t;

enum { DESK_PROCESSES = 6 };
extern const desk_process_t desk_processes[DESK_PROCESSES];

// True: the reply is ready, for he must open the desk first, or the form was another site's.
// Whatever account he looks at, the desk itself is of none.
bool desk_needs_operator(web_visit_t *visit);
bool desk_needs_own_form(web_visit_t *visit);

// What became of a command that was refused, in the words of its failure and of who refused it.
bool desk_say_failure(web_visit_t *visit, size_t index, text_id_t title);
bool desk_is_none(fail_t fail); // nothing of the kind is there

// The behind part of a path of a prefix's route; what has more than `size` - 1 bytes is "".
void desk_rest(const web_visit_t *visit, const char *prefix, char *ret_rest, size_t size);
// The number in the query's field; 0 if it is none.
uint64_t desk_query_number(const web_visit_t *visit, const char *name);
